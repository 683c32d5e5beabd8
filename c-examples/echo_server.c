/*
 * echo_server.c - an echo server with a thread for each session, four at once.
 *
 * The W5100 has four hardware sockets. The listener takes none of them away from the sessions, so
 * four clients talk at the same time; when one of them leaves, the next one gets in.
 *
 *     echo_server [port of this computer, 0 or none: any]
 */
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
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

static int32_t device;
static int server;
static sem_t free_sessions;
static atomic_bool ending;
static atomic_int sessions[MAX_SESSIONS];

static bool wait_for(int client, short events) {
    struct pollfd ready = {client, events, 0};
    return poll(&ready, 1, -1) > 0;
}

/* Readable with nothing to read: that is how the client's close shows. */
static bool has_data(int client) {
    int available = 0;
    return wait_for(client, POLLIN) && ioctl(client, FIONREAD, &available) == 0 && available > 0;
}

static void echo(int client) {
    char buffer[1024];
    while (has_data(client)) {
        const ssize_t count = recv(client, buffer, sizeof buffer, 0);
        if (count <= 0 || send(client, buffer, (size_t)count, 0) != count) {
            break;
        }
        wait_for(client, POLLOUT);
    }
}

/* Swap one entry of `sessions`: 0 for a new handle, or an ended session's for 0. */
static void replace(int old, int new) {
    for (int i = 0; i < MAX_SESSIONS; i++) {
        int expected = old;
        if (atomic_compare_exchange_strong(&sessions[i], &expected, new)) {
            return;
        }
    }
}

/* The handle came by value: no later accept can change it. */
static void *session(void *argument) {
    const int client = (int)(intptr_t)argument;
    echo(client);
    replace(client, 0);
    close(client);
    sem_post(&free_sessions);
    return NULL;
}

static void start_session(int client) {
    pthread_t thread;
    replace(0, client);
    if (pthread_create(&thread, NULL, session, (void *)(intptr_t)client) == 0) {
        pthread_detach(thread);
    } else {
        replace(client, 0);
        close(client);
        sem_post(&free_sessions);
    }
}

static void print_client(const struct sockaddr_in *from) {
    const uint8_t *ip = (const uint8_t *)&from->sin_addr;
    printf("new session from %u.%u.%u.%u:%u\n", ip[0], ip[1], ip[2], ip[3], ntohs(from->sin_port));
    fflush(stdout);
}

static void print_line(void *context, const char *line) {
    (void)context;
    puts(line);
}

static void show_table(void) {
    w5100_netstat(device, W5100_NETSTAT_LOOK, print_line, NULL);
    fflush(stdout);
}

/* Closing the listener wakes the accept that waits on it; the post wakes the wait for a session. */
static void quit(void) {
    if (!atomic_exchange(&ending, true)) {
        close(server);
        sem_post(&free_sessions);
    }
}

/* A session that ends by itself meanwhile is no danger: an old handle reaches no newer socket. */
static void end_sessions(void) {
    for (int i = 0; i < MAX_SESSIONS; i++) {
        close(atomic_load(&sessions[i]));
    }
    for (int i = 0; i < MAX_SESSIONS; i++) {
        sem_wait(&free_sessions);
    }
}

int main(int argc, char **argv) {
    const uint16_t host_port = argc > 1 ? (uint16_t)atoi(argv[1]) : 0;
    device = port_open(&config);
    if (device < 0) {
        fprintf(stderr, "no chip: %s\n", w5100_strerror(device));
        return EXIT_FAILURE;
    }
    sem_init(&free_sessions, 0, MAX_SESSIONS);
    server = server_start(&config, MAX_SESSIONS, host_port);
    if (server < 0 || console_start(show_table, quit) < 0) {
        return EXIT_FAILURE;
    }
    for (;;) {
        sem_wait(&free_sessions);
        struct sockaddr_in from;
        socklen_t length = sizeof from;
        const int client = accept(server, (struct sockaddr *)&from, &length);
        if (client < 0) {
            break;
        }
        print_client(&from);
        start_session(client);
    }
    if (!atomic_load(&ending)) {
        perror("accept");
        quit();
    }
    end_sessions();
    port_close(device);
    return EXIT_SUCCESS;
}
