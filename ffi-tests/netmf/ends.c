/* The eleven points, second part: timeouts, closing, names and addresses. */
#include <string.h>

#include "dns_server.h"
#include "interpreter.h"

#define TIMED_OUT 10060
#define WOULD_BLOCK 10035
#define NOT_A_SOCKET 10038
#define HOST_NOT_FOUND 11001
#define SLEEPS_FOR_EVER_MS 60000

static char data[2048];
static int outcome;
static uint32_t took;

static void receive_for_a_second(void *fd) {
    const uint32_t begin = wire_now_ms();
    outcome = managed_receive(*(int *)fd, data, sizeof data, 1000);
    took = wire_now_ms() - begin;
}

CASE(netmf_point_8_timeouts_are_the_interpreters_and_the_option_is_accepted) {
    int fd;
    int32_t ms = 1;
    interpreter_start(false);
    const int listener = managed_listener(PORT, 4);
    managed_session(listener, PORT, &fd);
    CHECK_EQ(w5100_netmf_sock_setsockopt(fd, 0xFFFF, 0x1006, (const char *)&ms, 4), 0);
    CHECK_EQ(w5100_netmf_sock_setsockopt(fd, 0xFFFF, 0x1005, (const char *)&ms, 4), 0);
    green("receives", receive_for_a_second, &fd);
    green_run(SLEEPS_FOR_EVER_MS);
    CHECK_EQ(outcome, -TIMED_OUT);
    CHECK(took >= 1000 && took <= 1002);
    ms = -1; /* for ever */
    CHECK_EQ(w5100_netmf_sock_setsockopt(fd, 0xFFFF, 0x1006, (const char *)&ms, 4), 0);
    CHECK_CODE(w5100_netmf_sock_recv(fd, data, sizeof data, 0), WOULD_BLOCK);
}

static void wait_for_data(void *fd) {
    outcome = managed_receive(*(int *)fd, data, sizeof data, -1);
}

/* The interpreter sets the event itself, so that who is parked looks again. */
static void close_it(void *fd) {
    green_sleep(100);
    CHECK_EQ(w5100_netmf_sock_close(*(int *)fd), 0);
    interpreter.raised = true;
}

CASE(netmf_point_9_close_ends_the_wait_of_another_thread) {
    int fd, listener;
    interpreter_start(false);
    listener = managed_listener(PORT, 4);
    managed_session(listener, PORT, &fd);
    green("receives", wait_for_data, &fd);
    green("closes", close_it, &fd);
    green_run(SLEEPS_FOR_EVER_MS);
    CHECK_EQ(outcome, -NOT_A_SOCKET); /* it sees handle -1 before it asks; this says no more */
    green("accepts", wait_for_data, &listener);
    green("closes", close_it, &listener);
    green_run(SLEEPS_FOR_EVER_MS);
    CHECK_EQ(outcome, -NOT_A_SOCKET);
}

CASE(netmf_point_9_close_returns_at_once_and_the_data_and_the_fin_go_out) {
    int fd;
    interpreter_start(false);
    const int listener = managed_listener(PORT, 4);
    w5100_sim_conn *conn = managed_session(listener, PORT, &fd);
    CHECK_EQ(w5100_netmf_sock_send(fd, "goodbye", 7, 0), 7);
    const uint32_t begin = wire_now_ms();
    CHECK_EQ(w5100_netmf_sock_close(fd), 0);
    CHECK(wire_now_ms() - begin <= 1);
    CHECK_CODE(w5100_netmf_sock_close(fd), NOT_A_SOCKET);
    interpreter_pass(200);
    wire_client_gets(conn, "goodbye", 7);
    CHECK(w5100_sim_conn_finished(conn));
    w5100_sim_conn_close(conn);
    interpreter_pass(200);
    CHECK_EQ(wire_free_sockets(0), 4); /* the listener's counts as free */
}

static const char *name;
static w5100_netmf_addrinfo *found;
static bool for_nanoframework;

/* Dns.GetHostEntry: the call is made again at each event, for 30 s. */
static void look_up(void *context) {
    const uint32_t begin = wire_now_ms();
    (void)context;
    for (;;) {
        outcome = for_nanoframework ? w5100_netmf_sock_getaddrinfo_nf(name, NULL, NULL, &found)
                                    : w5100_netmf_sock_getaddrinfo(name, NULL, NULL, &found);
        took = wire_now_ms() - begin;
        if (outcome != -1 || w5100_netmf_sock_getlasterror() != WOULD_BLOCK || took >= 30000) {
            return;
        }
        green_park(30000 - took);
    }
}

static void serve_names(void *count) {
    for (int i = 0; i < *(int *)count; i++) {
        green_sleep(10);
        dns_pass(1);
    }
}

static void check_found(uint8_t a, uint8_t b, uint8_t c, uint8_t d) {
    const uint8_t ip[4] = {a, b, c, d};
    w5100_netmf_sockaddr_in address;
    CHECK_EQ(outcome, 0);
    CHECK(found != NULL && found->ai_next == NULL);
    CHECK_EQ(found->ai_family, 2);
    CHECK_EQ(found->ai_addrlen, 16);
    CHECK_EQ(found->ai_canonname[0], 0);
    memcpy(&address, found->ai_addr, sizeof address);
    CHECK_EQ(address.sin_family, 2);
    CHECK(memcmp(&address.sin_addr, ip, 4) == 0);
    w5100_netmf_sock_freeaddrinfo(found);
}

static void look_up_with_server(const char *host, bool nanoframework) {
    int rounds = 100;
    name = host;
    for_nanoframework = nanoframework;
    green("looks up", look_up, NULL);
    green("server", serve_names, &rounds);
    green_run(SLEEPS_FOR_EVER_MS);
}

static void start_with_names(void) {
    static const uint8_t server_ip[4] = NETWORK(DNS_IP);
    w5100_netmf_configuration configuration = interpreter_configuration();
    memcpy(&configuration.dnsServer1, server_ip, 4);
    interpreter_start_with(false, &configuration);
    dns_add();
}

CASE(netmf_point_10_getaddrinfo_is_called_again_until_the_answer_is_there) {
    start_with_names();
    look_up_with_server(DNS_HOST, false);
    check_found(10, 1, 2, 3);
    CHECK(took >= 10 && took <= 100);
    look_up_with_server(DNS_HOST_ALIAS, true);
    check_found(10, 1, 2, 3);
}

CASE(netmf_point_10_netmf_has_the_error_returned_and_nanoframework_has_it_stored) {
    start_with_names();
    look_up_with_server(DNS_HOST_ABSENT, false);
    CHECK_EQ(outcome, HOST_NOT_FOUND);
    CHECK_EQ(w5100_netmf_sock_getlasterror(), HOST_NOT_FOUND);
    look_up_with_server(DNS_HOST_ABSENT, true);
    CHECK_EQ(outcome, -1);
    CHECK_EQ(w5100_netmf_sock_getlasterror(), HOST_NOT_FOUND);
}

CASE(netmf_point_10_a_server_that_is_silent_ends_it_within_30_seconds) {
    start_with_names();
    dns.silent = true;
    name = DNS_HOST;
    for_nanoframework = false;
    green("looks up", look_up, NULL);
    green_run(SLEEPS_FOR_EVER_MS);
    CHECK_EQ(outcome, 11002);
    CHECK(took < 30000);
}

CASE(netmf_point_10_no_name_is_the_own_address_and_four_numbers_are_one) {
    interpreter_start(false);
    outcome = w5100_netmf_sock_getaddrinfo("", NULL, NULL, &found);
    check_found(192, 168, 1, DEVICE_IP);
    outcome = w5100_netmf_sock_getaddrinfo_nf("10.20.30.40", NULL, NULL, &found);
    check_found(10, 20, 30, 40);
    /* A port, and what was asked for. */
    const w5100_netmf_addrinfo hints = {.ai_family = 2, .ai_socktype = 1};
    CHECK_EQ(w5100_netmf_sock_getaddrinfo("1.2.3.4", "8080", &hints, &found), 0);
    CHECK_EQ(found->ai_socktype, 1);
    CHECK_EQ(found->ai_protocol, 6);
    CHECK_EQ((uint8_t)found->ai_addr->sa_data[0], 8080 >> 8);
    CHECK_EQ((uint8_t)found->ai_addr->sa_data[1], 8080 & 255);
    w5100_netmf_sock_freeaddrinfo(found);
}

CASE(netmf_point_10_results_are_given_back) {
    w5100_netmf_addrinfo *results[5];
    interpreter_start(false);
    for (int i = 0; i < 4; i++) {
        CHECK_EQ(w5100_netmf_sock_getaddrinfo("1.2.3.4", NULL, NULL, &results[i]), 0);
    }
    CHECK_EQ(w5100_netmf_sock_getaddrinfo("1.2.3.4", NULL, NULL, &results[4]), 10024);
    w5100_netmf_sock_freeaddrinfo(NULL);
    w5100_netmf_sock_freeaddrinfo(results[2]);
    CHECK_EQ(w5100_netmf_sock_getaddrinfo("5.6.7.8", NULL, NULL, &results[4]), 0);
    CHECK(results[4] == results[2]);
    for (int i = 0; i < 4; i++) {
        w5100_netmf_sock_freeaddrinfo(results[i]);
    }
}

static void check_end(const w5100_netmf_sockaddr *address, uint8_t last, uint16_t port) {
    const w5100_netmf_sockaddr expected = managed_address(last, port);
    CHECK(memcmp(address, &expected, sizeof expected) == 0);
}

CASE(netmf_point_11_both_ends_tell_their_addresses_in_16_bytes) {
    int fd;
    int32_t length = 16;
    w5100_netmf_sockaddr address;
    interpreter_start(false);
    const int listener = managed_listener(PORT, 4);
    managed_session(listener, PORT, &fd);
    CHECK_EQ(w5100_netmf_sock_getsockname(fd, &address, &length), 0);
    CHECK_EQ(length, 16);
    check_end(&address, DEVICE_IP, PORT);
    CHECK_EQ(w5100_netmf_sock_getpeername(fd, &address, &length), 0);
    CHECK_EQ(length, 16);
    const uint16_t port =
        (uint16_t)((uint8_t)address.sa_data[0] << 8 | (uint8_t)address.sa_data[1]);
    check_end(&address, PEER_IP, port);
    CHECK_CODE(w5100_netmf_sock_getpeername(listener, &address, &length), 10057);
    /* One of 28 bytes, as with IPv6, and anywhere in memory. */
    static char room[40];
    length = 28;
    CHECK_EQ(w5100_netmf_sock_getsockname(fd, (w5100_netmf_sockaddr *)(void *)(room + 1), &length),
             0);
    CHECK_EQ(length, 16);
    memcpy(&address, room + 1, sizeof address);
    check_end(&address, DEVICE_IP, PORT);
}
