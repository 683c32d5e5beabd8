/*
 * The C examples, as programs: run with the path of one, and "client" when it is tcp_client.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "tcp.h"

#define SESSIONS 4
#define LENGTH (64 * 1024)

/* A child process with its standard input and output. */
struct program {
    pid_t process;
    FILE *input;
    FILE *output;
};

static struct program start(const char *path, const char *first, const char *second) {
    struct program program;
    int to[2], from[2];
    CHECK_EQ(pipe(to), 0);
    CHECK_EQ(pipe(from), 0);
    program.process = fork();
    if (program.process == 0) {
        dup2(to[0], STDIN_FILENO);
        dup2(from[1], STDOUT_FILENO);
        close(to[1]);
        close(from[0]);
        execl(path, path, first, second, (char *)NULL);
        _exit(127);
    }
    close(to[0]);
    close(from[1]);
    program.input = fdopen(to[1], "w");
    program.output = fdopen(from[0], "r");
    CHECK(program.input != NULL && program.output != NULL);
    return program;
}

static void order(struct program *program, const char *line) {
    CHECK(fprintf(program->input, "%s\n", line) > 0);
    CHECK_EQ(fflush(program->input), 0);
}

/* The rest of a line that begins with `start`; lines before it are skipped. */
static const char *line_after(struct program *program, const char *start) {
    static char line[256];
    do {
        CHECK(fgets(line, sizeof line, program->output) != NULL);
    } while (strncmp(line, start, strlen(start)) != 0);
    return line + strlen(start);
}

/* How many rows of the socket table show an established connection. */
static int established(struct program *program) {
    char line[256];
    int count = 0;
    order(program, "table");
    do {
        CHECK(fgets(line, sizeof line, program->output) != NULL);
        count += strstr(line, "ESTABLISHED") != NULL;
    } while (strncmp(line, "frames ", 7) != 0);
    return count;
}

static void ends_well(struct program *program) {
    int status = -1;
    CHECK_EQ(waitpid(program->process, &status, 0), program->process);
    CHECK_EQ(status, 0);
}

static void echo(int fd, uint8_t first) {
    static uint8_t data[LENGTH];
    for (size_t i = 0; i < sizeof data; i++) {
        data[i] = (uint8_t)(first + i * 3);
    }
    tcp_echo(fd, data, sizeof data);
}

static int server(const char *path) {
    int clients[SESSIONS];
    struct program program = start(path, "0", NULL);
    const uint16_t port = (uint16_t)atoi(line_after(&program, "listening on 127.0.0.1:"));
    for (int i = 0; i < SESSIONS; i++) {
        clients[i] = tcp_connect(port);
        echo(clients[i], (uint8_t)i);
    }
    CHECK_EQ(established(&program), SESSIONS);
    tcp_close(clients[0]);
    clients[0] = tcp_connect_served(port);
    for (int i = 0; i < SESSIONS; i++) {
        echo(clients[i], (uint8_t)(i + 10));
    }
    order(&program, "quit");
    ends_well(&program);
    return EXIT_SUCCESS;
}

static int client(const char *path) {
    uint16_t port;
    char number[8];
    char line[32];
    const int listener = tcp_listen(&port);
    snprintf(number, sizeof number, "%u", port);
    struct program program = start(path, number, "anyone there?");
    const int fd = tcp_accept(listener);
    CHECK_EQ(tcp_recv_all(fd, line, sizeof line), 14);
    CHECK(memcmp(line, "anyone there?\n", 14) == 0);
    tcp_send(fd, "here I am\n", 10);
    tcp_close(fd);
    line_after(&program, "here I am\n");
    ends_well(&program);
    return EXIT_SUCCESS;
}

int main(int argc, char **argv) {
    if (argc < 2) {
        fprintf(stderr, "usage: %s PROGRAM [client]\n", argv[0]);
        return EXIT_FAILURE;
    }
    return argc == 2 ? server(argv[1]) : client(argv[1]);
}
