/*
 * dhcp_http.c - the web server of http_server.c on a board that gets its address by DHCP.
 *
 * The library gets the address, renews it and gets another one should it be lost, while the
 * program's one task serves clients; what happens to the address is told by a callback, which
 * prints it. Connections go on over a renewal. When the address is lost they end, and the listener
 * is at the new address as soon as there is one.
 *
 *     dhcp_http [hold | borrow [HOST NAME]]
 *
 * "hold" keeps one of the four hardware sockets for the renewals, so that three clients are served
 * at a time; "borrow" serves four, and takes a socket that listens when it has to renew. On this
 * computer it needs a network with a DHCP server, which the simulator's forward network has not:
 *
 *     W5100_SIM_TAP=chips,192.168.1.1/24 dhcp_http
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "console.h"
#include "http.h"
#include "port/port.h"
#include "w5100_netstat.h"

#define CHIP_PORT 80
#define IDLE_MS 60000
#define TICK_MS 200   /* how long an event of the network may wait to be told */
#define PAUSE_MS 1000 /* after trouble with the chip */

/* No address yet. A board has a MAC of its own, from where it keeps its serial number. */
static const w5100_config config = {
    .size = sizeof config,
    .mac = {42, 185, 44, 2, 206, 133},
};

static struct http_server server;

static void print_line(void *context, const char *line) {
    (void)context;
    puts(line);
}

static void show_table(void) {
    w5100_netstat(server.device, W5100_NETSTAT_LOOK, print_line, NULL);
    fflush(stdout);
}

/* Closing the listener ends the step it is in. */
static void quit(void) {
    w5100_close(server.listener);
}

static void print_address(const char *name, const uint8_t ip[4]) {
    printf(", %s %u.%u.%u.%u", name, ip[0], ip[1], ip[2], ip[3]);
}

static void print_lease(const char *what, int32_t device) {
    w5100_dhcp_status lease;
    w5100_dhcp_get(device, &lease);
    printf("%s %u.%u.%u.%u", what, lease.address[0], lease.address[1], lease.address[2],
           lease.address[3]);
    print_address("mask", lease.mask);
    print_address("gateway", lease.gateway);
    print_address("name server", lease.dns[0]);
    print_address("from", lease.server);
    if (lease.seconds == W5100_DHCP_FOREVER) {
        printf(", for ever\n");
    } else {
        printf(", %lu s\n", (unsigned long)lease.seconds);
    }
}

static void print_reach(int32_t device) {
    w5100_config now = {.size = sizeof now};
    char where[PORT_REACH_SIZE];
    if (w5100_get_config(device, &now) == 0 && port_reach(&now, CHIP_PORT, 0, where) == 0) {
        printf("listening on %s\n", where);
    }
}

/* Runs inside w5100_dispatch(), so in the program's own task. */
static void on_network(void *context, int32_t device, uint32_t event) {
    (void)context;
    switch (event) {
    case W5100_NETWORK_BOUND:
        print_lease("BOUND", device);
        print_reach(device);
        break;
    case W5100_NETWORK_RENEWED:
        print_lease("RENEWED", device);
        break;
    case W5100_NETWORK_LOST:
        printf("LOST\n");
        break;
    default:
        printf("CONFLICT\n");
    }
    fflush(stdout);
}

/* DHCP, then the listener: it leaves to DHCP what DHCP needs. */
static int32_t start(int32_t device, const w5100_dhcp_config *dhcp) {
    const uint32_t all =
        W5100_NETWORK_BOUND | W5100_NETWORK_RENEWED | W5100_NETWORK_LOST | W5100_NETWORK_CONFLICT;
    int32_t error = w5100_network_watch(device, all, on_network, NULL);
    if (error == 0) {
        error = w5100_dhcp_start(device, dhcp);
    }
    return error < 0 ? error : http_start(&server, device, CHIP_PORT, IDLE_MS);
}

static int fail(const char *what, int32_t error) {
    fprintf(stderr, "%s: %s\n", what, w5100_strerror(error));
    return EXIT_FAILURE;
}

int main(int argc, char **argv) {
    const w5100_dhcp_config dhcp = {
        .size = sizeof dhcp,
        .flags = argc > 1 && strcmp(argv[1], "borrow") == 0 ? W5100_DHCP_BORROW : 0,
        .host_name = argc > 2 ? argv[2] : "w5100",
    };
    const int32_t device = port_open(&config);
    if (device < 0) {
        return fail("no chip", device);
    }
    int32_t error = start(device, &dhcp);
    if (error < 0) {
        return fail("cannot start", error);
    }
    if (console_start(show_table, quit) < 0) {
        return EXIT_FAILURE;
    }
    printf("no address yet\n");
    fflush(stdout);
    while ((error = http_step(&server, TICK_MS)) != -W5100_EBADF) {
        if (error < 0) {
            fprintf(stderr, "%s\n", w5100_strerror(error));
            w5100_poll(NULL, 0, PAUSE_MS); /* the library sets the chip up again */
        }
        w5100_dispatch(0);
    }
    http_stop(&server);
    port_close(device);
    return EXIT_SUCCESS;
}
