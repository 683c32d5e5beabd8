/*
 * http_server.c - a web server in one task: four sessions at a time, kept and pipelined.
 *
 * Pages are in http_pages.c, the protocol in http.c and http_request.c. This is all that is left
 * for a program to do. It ends when it is told to; a board is not.
 *
 *     http_server [port of this computer, 0 or none: any [idle time in ms]]
 */
#include <stdio.h>
#include <stdlib.h>

#include "console.h"
#include "http.h"
#include "port/port.h"
#include "w5100_netstat.h"

#define CHIP_PORT 80
#define IDLE_MS 15000
#define PAUSE_MS 1000 /* after trouble with the chip */

/* The first byte is even: some hosts and switches drop frames from a group address. */
static const w5100_config config = {
    .size = sizeof config,
    .mac = {42, 185, 44, 2, 206, 132},
    .ip = {192, 168, 1, 201},
    .mask = {255, 255, 255, 0},
    .gateway = {192, 168, 1, 1},
    .dns = {192, 168, 1, 1},
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

static int fail(const char *what, int32_t error) {
    fprintf(stderr, "%s: %s\n", what, w5100_strerror(error));
    return EXIT_FAILURE;
}

int main(int argc, char **argv) {
    const uint16_t host_port = argc > 1 ? (uint16_t)atoi(argv[1]) : 0;
    const uint32_t idle_ms = argc > 2 ? (uint32_t)atoi(argv[2]) : IDLE_MS;
    char where[PORT_REACH_SIZE];
    const int32_t device = port_open(&config);
    if (device < 0) {
        return fail("no chip", device);
    }
    int32_t error = http_start(&server, device, CHIP_PORT, idle_ms);
    if (error < 0 || (error = port_reach(&config, CHIP_PORT, host_port, where)) < 0) {
        return fail("cannot listen", error);
    }
    if (console_start(show_table, quit) < 0) {
        return EXIT_FAILURE;
    }
    printf("listening on %s\n", where);
    fflush(stdout);
    while ((error = http_step(&server, -1)) != -W5100_EBADF) {
        if (error < 0) {
            fprintf(stderr, "%s\n", w5100_strerror(error));
            w5100_poll(NULL, 0, PAUSE_MS); /* the library sets the chip up again */
        }
    }
    http_stop(&server);
    port_close(device);
    return EXIT_SUCCESS;
}
