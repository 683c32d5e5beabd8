/*
 * The C examples, as programs: run with the path of one, and with what it is when it is no server:
 * "client" for tcp_client, "ping", "frames", "http"; "tap" for a server on a real network.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "check.h"
#include "program.h"
#include "tcp.h"
#include "w5100_sim.h"

#define SESSIONS 4
#define LENGTH (64 * 1024)

/* How many hardware sockets the table shows with an established connection. */
static int established(struct program *program) {
    char line[256];
    int count = 0;
    program_order(program, "table");
    do {
        CHECK(fgets(line, sizeof line, program->output) != NULL);
        count += strstr(line, " connection ESTABLISHED") != NULL;
    } while (strncmp(line, "frames ", 7) != 0);
    return count;
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
    struct program program = program_start(path, "0", NULL);
    const uint16_t port = (uint16_t)atoi(program_line_after(&program, "listening on 127.0.0.1:"));
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
    program_order(&program, "quit");
    program_ends_well(&program);
    return EXIT_SUCCESS;
}

/* The whole data of the four sessions of a server on a TAP device, in a network namespace that ends
   with this process. Without the privileges it says so and is served on the forward network. */
static int tap(const char *path) {
    enum { MEBIBYTE = 1024 * 1024 };
    const char *const required = getenv("W5100_REAL_NETWORK");
    char reason[256];
    int clients[SESSIONS];
    if (w5100_sim_own_network() == 0) {
        CHECK_EQ(setenv("W5100_SIM_TAP", "w5100", 1), 0);
    } else {
        w5100_sim_reason(reason, sizeof reason);
        fprintf(stderr, "note: the forward network, not a real one, without %s\n", reason);
        CHECK(required == NULL || strcmp(required, "required") != 0);
    }
    struct program program = program_start(path, "0", NULL);
    char address[64];
    snprintf(address, sizeof address, "%s", program_line_after(&program, "listening on "));
    for (int i = 0; i < SESSIONS; i++) {
        clients[i] = tcp_connect_to(address);
        echo(clients[i], (uint8_t)i);
    }
    for (int i = 0; i < SESSIONS; i++) {
        for (int sent = 0; sent < MEBIBYTE / SESSIONS; sent += LENGTH) {
            echo(clients[i], (uint8_t)(i + sent / LENGTH));
        }
        tcp_close(clients[i]);
    }
    program_order(&program, "quit");
    program_ends_well(&program);
    return EXIT_SUCCESS;
}

static int client(const char *path) {
    uint16_t port;
    char number[8];
    char line[32];
    const int listener = tcp_listen(&port);
    snprintf(number, sizeof number, "%u", port);
    struct program program = program_start(path, number, "anyone there?");
    const int fd = tcp_accept(listener);
    CHECK_EQ(tcp_recv_all(fd, line, sizeof line), 14);
    CHECK(memcmp(line, "anyone there?\n", 14) == 0);
    tcp_send(fd, "here I am\n", 10);
    tcp_close(fd);
    program_line_after(&program, "here I am\n");
    program_ends_well(&program);
    return EXIT_SUCCESS;
}

static int ping(const char *path) {
    struct program program = program_start(path, "192.168.1.1", "2");
    program_line_after(&program, "56 bytes from 192.168.1.1: seq=1 time=");
    program_line_after(&program, "56 bytes from 192.168.1.1: seq=2 time=");
    program_line_after(&program, "2 sent, 2 received, 0 lost, ");
    program_ends_well(&program);
    return EXIT_SUCCESS;
}

static int frames(const char *path) {
    struct program program = program_start(path, "192.168.1.1", "100");
    const char *mac = program_line_after(&program, "192.168.1.1 is at ");
    CHECK_EQ(strlen(mac), strlen("00:00:00:00:00:00\n"));
    program_ends_well(&program);
    program = program_start(path, "192.168.1.99", "100");
    program_line_after(&program, "nobody has 192.168.1.99");
    int status = 0;
    CHECK_EQ(waitpid(program.process, &status, 0), program.process);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == EXIT_FAILURE);
    return EXIT_SUCCESS;
}

/* The head of the answer to a request after which the server closes, and its body; the whole length
   of both. */
static size_t get(uint16_t port, const char *request, char *answer, size_t room, char **body) {
    const int fd = tcp_connect(port);
    tcp_send(fd, request, strlen(request));
    const size_t length = tcp_recv_all(fd, answer, room - 1);
    answer[length] = '\0';
    *body = strstr(answer, "\r\n\r\n");
    CHECK(*body != NULL);
    *body += 4;
    tcp_close(fd);
    return length;
}

/* tests/tap/http.rs has all that can be asked of it. */
static int http(const char *path) {
    enum { FILE_LENGTH = 1024 * 1024 };
    static char answer[FILE_LENGTH + 1024];
    struct program program = program_start(path, "0", NULL);
    const uint16_t port = (uint16_t)atoi(program_line_after(&program, "listening on 127.0.0.1:"));
    char *body;
    get(port, "GET / HTTP/1.0\r\n\r\n", answer, sizeof answer, &body);
    CHECK(strncmp(answer, "HTTP/1.1 200 OK\r\n", 17) == 0);
    CHECK(strstr(body, "<h1>W5100</h1>") != NULL);
    const size_t length = get(port, "GET /file HTTP/1.0\r\n\r\n", answer, sizeof answer, &body);
    CHECK_EQ(length - (size_t)(body - answer), FILE_LENGTH);
    for (uint32_t i = 0; i < FILE_LENGTH; i++) {
        CHECK_EQ((uint8_t)body[i], (uint8_t)(i * 2654435761u >> 24));
    }
    program_order(&program, "quit");
    program_ends_well(&program);
    return EXIT_SUCCESS;
}

int main(int argc, char **argv) {
    const char *what = argc > 2 ? argv[2] : "server";
    if (argc < 2) {
        fprintf(stderr, "usage: %s PROGRAM [client | ping | frames | http | tap]\n", argv[0]);
        return EXIT_FAILURE;
    }
    return strcmp(what, "ping") == 0     ? ping(argv[1])
           : strcmp(what, "frames") == 0 ? frames(argv[1])
           : strcmp(what, "http") == 0   ? http(argv[1])
           : strcmp(what, "tap") == 0    ? tap(argv[1])
           : strcmp(what, "client") == 0 ? client(argv[1])
                                         : server(argv[1]);
}
