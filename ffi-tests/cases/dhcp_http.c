/* The example dhcp_http, as a function, on the simulated wire: hours of leases take no time. */
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "dhcp_server.h"
#include "port.h"
#include "worker.h"

/** The example's main(), by the name it is compiled with here. */
int dhcp_http_main(int argc, char **argv);

/* What the example has of its port and its console. The scene is set before it is started. */
int32_t port_open(const w5100_config *config);
int32_t port_reach(const w5100_config *config, uint16_t chip_port, uint16_t wanted, char *where);
uint32_t port_now_ms(void);
void port_close(int32_t device);
int console_start(void (*table)(void), void (*quit)(void));

/* With the MAC that the server of the test knows. */
int32_t port_open(const w5100_config *config) {
    const w5100_config known = wire_config(0);
    w5100_config own = *config;
    memcpy(own.mac, known.mac, sizeof own.mac);
    return WIZnet_Enable(port_of(wire_chip(0)), &own);
}

int32_t port_reach(const w5100_config *config, uint16_t chip_port, uint16_t wanted, char *where) {
    CHECK_EQ(wanted, 0);
    return sprintf(where, "%u:%u", config->ip[3], chip_port) > 0 ? 0 : -1;
}

uint32_t port_now_ms(void) {
    return wire_now_ms();
}

void port_close(int32_t device) {
    CHECK_EQ(WIZnet_Disable(device), 0);
}

static void (*_Atomic quit_order)(void);

int console_start(void (*table)(void), void (*quit)(void)) {
    (void)table;
    atomic_store(&quit_order, quit);
    return 0;
}

/* ---- the board ------------------------------------------------------------------------------- */

static worker board;
static FILE *printed;
static int console;

static int32_t run(void *policy) {
    char *argv[] = {(char *)"dhcp_http", policy, NULL};
    return dhcp_http_main(2, argv);
}

/* It boots, and what it prints is kept. */
static void boot(const char *policy) {
    wire_add_chip(0);
    wire_add_peer();
    server.leased = LEASED_IP;
    CHECK_EQ(w5100_sim_peer_udp_bind(wire_peer(), 67, false), 0);
    printed = tmpfile();
    console = dup(STDOUT_FILENO);
    CHECK(printed != NULL && console >= 0);
    CHECK(dup2(fileno(printed), STDOUT_FILENO) >= 0);
    worker_start(&board, run, (void *)policy);
}

/* The network and its server go on for so long. */
static void seconds(uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        pass_in(1000, 50);
        server.count = 0;
    }
}

/* The board is told to end: what it has printed. */
static const char *output(void) {
    static char text[64 * 1024];
    atomic_load (&quit_order)();
    CHECK_EQ(worker_join(&board), 0);
    fflush(stdout);
    CHECK(dup2(console, STDOUT_FILENO) >= 0);
    rewind(printed);
    text[fread(text, 1, sizeof text - 1, printed)] = '\0';
    return text;
}

static int lines_with(const char *text, const char *start) {
    int count = 0;
    for (const char *at = text; at != NULL; at = strchr(at, '\n')) {
        at += *at == '\n';
        count += strncmp(at, start, strlen(start)) == 0;
    }
    return count;
}

/* ---- its clients ----------------------------------------------------------------------------- */

static bool connected(void *conn) {
    return w5100_sim_conn_established(conn);
}

static w5100_sim_conn *client(uint8_t last) {
    const uint8_t ip[4] = NETWORK(last);
    w5100_sim_conn *conn = w5100_sim_peer_connect(wire_peer(), ip, 80);
    CHECK(conn != NULL && wire_until(connected, conn, 1000));
    return conn;
}

/* A page without a body, so that its end is easily seen. */
static void gets_a_page(w5100_sim_conn *conn) {
    static const char request[] = "HEAD / HTTP/1.1\r\nHost: w5100\r\n\r\n";
    static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
                                 "Content-Length: 225\r\nConnection: keep-alive\r\n\r\n";
    wire_client_sends(conn, request, sizeof request - 1);
    wire_client_gets(conn, answer, sizeof answer - 1);
}

/* Every 20 s, for an hour. */
static void an_hour_of_renewals(const char *policy) {
    boot(policy);
    seconds(2);
    w5100_sim_conn *conn = client(LEASED_IP);
    for (int i = 0; i < 3600 / T1; i++) {
        gets_a_page(conn);
        seconds(T1);
    }
    gets_a_page(conn);
    const char *text = output();
    CHECK_EQ(lines_with(text, "BOUND 192.168.1.88, mask 255.255.255.0, gateway 192.168.1.1, "
                              "name server 192.168.1.3, from 192.168.1.10, 60 s\n"),
             1);
    CHECK_EQ(lines_with(text, "listening on 88:80\n"), 1);
    CHECK_EQ(lines_with(text, "LOST"), 0);
    const int renewed = lines_with(text, "RENEWED 192.168.1.88, ");
    CHECK(renewed >= 3600 / T1 - 2 && renewed <= 3600 / T1);
}

CASE(g3_a_connection_is_kept_over_an_hour_of_renewals) {
    an_hour_of_renewals("hold");
}

CASE(g3_a_connection_is_kept_over_an_hour_of_renewals_with_a_borrowed_socket) {
    an_hour_of_renewals("borrow");
}

CASE(when_the_lease_is_over_it_is_lost_and_another_address_is_served) {
    boot("hold");
    seconds(2);
    w5100_sim_conn *conn = client(LEASED_IP);
    gets_a_page(conn);
    server.silent = true;
    seconds(SECONDS + 1);
    server.silent = false;
    server.leased = LEASED_IP + 1;
    seconds(70);
    gets_a_page(client(LEASED_IP + 1));
    const char *text = output();
    CHECK_EQ(lines_with(text, "LOST\n"), 1);
    CHECK_EQ(lines_with(text, "BOUND 192.168.1.88, "), 1);
    CHECK_EQ(lines_with(text, "BOUND 192.168.1.89, "), 1);
    CHECK(strstr(text, "LOST\n") < strstr(text, "BOUND 192.168.1.89, "));
}

/* It asks who has the peer's address, in the name of the chip's own. */
static void another_host_has(uint8_t last) {
    static const uint8_t mac[6] = {0x02, 0, 0, 0, 0, 0x77}, mask[4] = {255, 255, 255, 0};
    static const uint8_t peer[4] = NETWORK(PEER_IP), gateway[4] = NETWORK(1);
    const uint8_t ip[4] = NETWORK(last);
    w5100_sim_peer *thief = w5100_sim_peer_new(wire_world(), mac, ip, mask, gateway);
    CHECK(thief != NULL);
    CHECK_EQ(w5100_sim_peer_ping(thief, peer, mac, sizeof mac), 0);
}

CASE(a_conflict_is_told_and_another_address_is_served) {
    boot("hold");
    seconds(2);
    server.leased = LEASED_IP + 1;
    another_host_has(LEASED_IP);
    seconds(30);
    gets_a_page(client(LEASED_IP + 1));
    const char *text = output();
    CHECK_EQ(lines_with(text, "CONFLICT\n"), 1);
    CHECK_EQ(lines_with(text, "LOST\n"), 1);
    CHECK_EQ(lines_with(text, "BOUND 192.168.1.89, "), 1);
    CHECK(strstr(text, "CONFLICT\nLOST\n") != NULL);
}
