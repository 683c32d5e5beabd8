/*
 * tcp_client.c - connect to a server, send a line, print the reply.
 *
 * The server is at the gateway's address; with the simulated chip that leads to 127.0.0.1 of this
 * computer.
 *
 *     tcp_client PORT [TEXT]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "port/port.h"
#include "w5100_bsd.h"

static const w5100_config config = {
    .size = sizeof config,
    .mac = {42, 185, 44, 2, 206, 128},
    .ip = {192, 168, 1, 202},
    .mask = {255, 255, 255, 0},
    .gateway = {192, 168, 1, 1},
};

static int fail(const char *what) {
    perror(what);
    return EXIT_FAILURE;
}

/* Send the line, say that no more will come, and print until the server has no more to say. */
static int talk(int fd, const char *line) {
    char reply[256];
    ssize_t count;
    if (send(fd, line, strlen(line), 0) < 0 || send(fd, "\n", 1, 0) < 0) {
        return fail("send");
    }
    if (shutdown(fd, SHUT_WR) < 0) {
        return fail("shutdown");
    }
    while ((count = recv(fd, reply, sizeof reply, 0)) > 0) {
        fwrite(reply, 1, (size_t)count, stdout);
    }
    return count < 0 ? fail("recv") : EXIT_SUCCESS;
}

static int run(uint16_t port, const char *line) {
    const struct timeval patience = {.tv_sec = 5, .tv_usec = 0};
    struct sockaddr_in server = {.sin_family = AF_INET, .sin_port = htons(port)};
    int result;
    memcpy(&server.sin_addr, config.gateway, sizeof config.gateway);
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) < 0) {
        return fail("socket");
    }
    if (connect(fd, (struct sockaddr *)&server, sizeof server) < 0) {
        result = fail("connect");
    } else {
        result = talk(fd, line);
    }
    close(fd);
    return result;
}

int main(int argc, char **argv) {
    if (argc < 2) {
        fprintf(stderr, "usage: %s PORT [TEXT]\n", argv[0]);
        return EXIT_FAILURE;
    }
    const int32_t device = port_open(&config);
    if (device < 0) {
        fprintf(stderr, "no chip: %s\n", w5100_strerror(device));
        return EXIT_FAILURE;
    }
    const int result = run((uint16_t)atoi(argv[1]), argc > 2 ? argv[2] : "hello");
    port_close(device);
    return result;
}
