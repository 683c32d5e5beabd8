/*
 * The Winsock examples, as programs: run with the part, the server's path and the client's, "-" for
 * the one whose place this computer's own TCP takes, "crowd" for several clients of this computer.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "program.h"
#include "tcp.h"

#define TEXT "This is some data!"
#define GREETING "Hello, welcome to my server."
#define REPORT "Received Data! "

struct part {
    const char *name;
    const char *argument; /* by which the programs know the part; NULL if they have no other */
    const char *client_says;
    size_t client_length; /* the second part's text goes with the 0 at its end */
    const char *server_says;
    bool client_ends; /* the client shuts down and reads to the end */
};

static const struct part parts[] = {
    {"first", "first", TEXT, sizeof TEXT - 1, TEXT, true},
    {"second", "second", "Test String", sizeof "Test String", GREETING, false},
    {"async", NULL, "Test String", sizeof "Test String", GREETING, false},
};

static uint16_t port_of_server(struct program *server) {
    return (uint16_t)atoi(program_line_after(server, "listening on 127.0.0.1:"));
}

static struct program start_server(const struct part *part, const char *path) {
    return program_start(path, part->argument, NULL);
}

static struct program start_client(const struct part *part, const char *path, uint16_t port) {
    char number[8];
    snprintf(number, sizeof number, "%u", port);
    return part->argument == NULL ? program_start(path, number, NULL)
                                  : program_start(path, part->argument, number);
}

static void reports(struct program *program, const char *text) {
    char line[64];
    snprintf(line, sizeof line, "%s\n", text);
    CHECK(strcmp(program_line_after(program, REPORT), line) == 0);
}

static void each_other(const struct part *part, const char *server_path, const char *client_path) {
    struct program server = start_server(part, server_path);
    struct program client = start_client(part, client_path, port_of_server(&server));
    reports(&client, part->server_says);
    program_line_after(&server, "client 192.168.1.1");
    if (!part->client_ends) {
        reports(&server, part->client_says);
    }
    program_ends_well(&client);
    program_ends_well(&server);
}

static void server_alone(const struct part *part, const char *path) {
    char got[64];
    struct program server = start_server(part, path);
    const int fd = tcp_connect(port_of_server(&server));
    tcp_send(fd, part->client_says, part->client_length);
    if (part->client_ends) {
        tcp_shutdown(fd);
    }
    const size_t length = strlen(part->server_says);
    CHECK_EQ(tcp_recv_all(fd, got, sizeof got), length);
    CHECK(memcmp(got, part->server_says, length) == 0);
    if (!part->client_ends) {
        reports(&server, part->client_says);
    }
    tcp_close(fd);
    program_ends_well(&server);
}

static void client_alone(const struct part *part, const char *path) {
    uint16_t port;
    char got[64];
    const int listener = tcp_listen(&port);
    struct program client = start_client(part, path, port);
    const int fd = tcp_accept(listener);
    tcp_send(fd, part->server_says, strlen(part->server_says));
    if (!part->client_ends) {
        tcp_shutdown(fd);
    }
    CHECK_EQ(tcp_recv_all(fd, got, sizeof got), part->client_length);
    CHECK(memcmp(got, part->client_says, part->client_length) == 0);
    tcp_close(fd);
    reports(&client, part->server_says);
    program_ends_well(&client);
}

static void is_greeted(int fd, const struct part *part) {
    char got[64];
    const size_t length = strlen(part->server_says);
    tcp_recv(fd, got, length);
    CHECK(memcmp(got, part->server_says, length) == 0);
}

/* All are there before the first one speaks, and they speak in the other order. */
static void server_of_a_crowd(const struct part *part, const char *path) {
    int fds[3];
    char got[1];
    struct program server = start_server(part, path);
    const uint16_t port = port_of_server(&server);
    for (int i = 0; i < 3; i++) {
        fds[i] = tcp_connect(port);
        is_greeted(fds[i], part);
    }
    for (int i = 2; i > 0; i--) {
        tcp_send(fds[i], part->client_says, part->client_length);
        reports(&server, part->client_says);
        CHECK_EQ(tcp_recv_all(fds[i], got, sizeof got), 0);
        tcp_close(fds[i]);
    }
    tcp_close(fds[0]); /* and one goes without a word */
    program_ends_well(&server);
}

int main(int argc, char **argv) {
    for (size_t i = 0; argc == 4 && i < sizeof parts / sizeof parts[0]; i++) {
        const bool has_server = strcmp(argv[2], "-") != 0;
        const bool has_client = strcmp(argv[3], "-") != 0;
        if (strcmp(argv[1], parts[i].name) != 0 || (!has_server && !has_client)) {
            continue;
        }
        if (strcmp(argv[3], "crowd") == 0) {
            server_of_a_crowd(&parts[i], argv[2]);
        } else if (has_server && has_client) {
            each_other(&parts[i], argv[2], argv[3]);
        } else if (has_server) {
            server_alone(&parts[i], argv[2]);
        } else {
            client_alone(&parts[i], argv[3]);
        }
        return EXIT_SUCCESS;
    }
    fprintf(stderr, "usage: %s first|second|async SERVER|- CLIENT|-|crowd\n", argv[0]);
    return EXIT_FAILURE;
}
