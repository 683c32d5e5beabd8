/*
 * echo_poll.c - an echo server in one thread: poll() over the listener and its sessions.
 *
 * What a board without threads does. Nothing blocks but poll(): a session that cannot send all it
 * has keeps the rest and is polled for room instead of for data.
 *
 *     echo_poll [port of this computer, 0 or none: any]
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "console.h"
#include "port/port.h"
#include "server.h"
#include "w5100_bsd.h"
#include "w5100_netstat.h"

#define MAX_SESSIONS 4

/* The first byte is even: some hosts and switches drop frames from a group address. */
static const w5100_config config = {
    .size = sizeof config,
    .mac = {42, 185, 44, 2, 206, 127},
    .ip = {192, 168, 1, 201},
    .mask = {255, 255, 255, 0},
    .gateway = {192, 168, 1, 1},
    .dns = {192, 168, 1, 1},
};

/* What a session still has to send back. */
struct backlog {
    char data[1024];
    size_t start;
    size_t end;
};

static int32_t device;
static struct pollfd set[1 + MAX_SESSIONS]; /* the listener, then the sessions; fd -1: none */
static struct backlog backlogs[1 + MAX_SESSIONS];

static void end_session(int i) {
    close(set[i].fd);
    set[i].fd = -1;
}

/* One step of a session that poll found ready: receive, or send what is left. */
static void serve(int i) {
    struct backlog *left = &backlogs[i];
    ssize_t count;
    if (left->start == left->end) {
        count = recv(set[i].fd, left->data, sizeof left->data, MSG_DONTWAIT);
        left->start = 0;
        left->end = count > 0 ? (size_t)count : 0;
    } else {
        count = send(set[i].fd, left->data + left->start, left->end - left->start, MSG_DONTWAIT);
        left->start += count > 0 ? (size_t)count : 0;
    }
    if (count == 0 || (count < 0 && errno != EAGAIN)) {
        end_session(i);
        return;
    }
    set[i].events = left->start == left->end ? POLLIN : POLLOUT;
}

/* With four sessions the listener is left out of the set, and a fifth client waits. */
static void take_client(void) {
    for (int i = 1; i <= MAX_SESSIONS; i++) {
        if (set[i].fd < 0) {
            set[i].fd = accept(set[0].fd, NULL, NULL);
            set[i].events = POLLIN;
            backlogs[i].start = backlogs[i].end = 0;
            return;
        }
    }
}

static bool room_for_client(void) {
    for (int i = 1; i <= MAX_SESSIONS; i++) {
        if (set[i].fd < 0) {
            return true;
        }
    }
    return false;
}

static void print_line(void *context, const char *line) {
    (void)context;
    puts(line);
}

static void show_table(void) {
    w5100_netstat(device, W5100_NETSTAT_LOOK, print_line, NULL);
    fflush(stdout);
}

/* Closing the listener ends the poll it is in. */
static void quit(void) {
    close(set[0].fd);
}

int main(int argc, char **argv) {
    const uint16_t host_port = argc > 1 ? (uint16_t)atoi(argv[1]) : 0;
    int on = 1;
    device = port_open(&config);
    if (device < 0) {
        fprintf(stderr, "no chip: %s\n", w5100_strerror(device));
        return EXIT_FAILURE;
    }
    for (int i = 1; i <= MAX_SESSIONS; i++) {
        set[i].fd = -1;
    }
    set[0].fd = server_start(&config, MAX_SESSIONS, host_port);
    /* Non-blocking: a client may give up between poll() and accept(). */
    if (set[0].fd < 0 || ioctl(set[0].fd, FIONBIO, &on) < 0 ||
        console_start(show_table, quit) < 0) {
        return EXIT_FAILURE;
    }
    while ((set[0].revents & POLLNVAL) == 0) {
        set[0].events = room_for_client() ? POLLIN : 0;
        if (poll(set, 1 + MAX_SESSIONS, -1) < 0) {
            perror("poll");
            break;
        }
        for (int i = 1; i <= MAX_SESSIONS; i++) {
            if (set[i].fd >= 0 && set[i].revents != 0) {
                serve(i);
            }
        }
        if ((set[0].revents & POLLIN) != 0) {
            take_client();
        }
    }
    for (int i = 1; i <= MAX_SESSIONS; i++) {
        end_session(i);
    }
    port_close(device);
    return EXIT_SUCCESS;
}
