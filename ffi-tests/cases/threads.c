/* G10: a thread for each session on one chip. */
#include <stdlib.h>
#include <string.h>

#include "port.h"
#include "wire.h"
#include "worker.h"

#define PORT 80
#define SESSIONS 4

/* Echo until the client closes: the number of bytes. */
static int32_t echo(void *argument) {
    const int32_t fd = *(int32_t *)argument;
    char data[500];
    int32_t total = 0;
    int32_t count;
    while ((count = CHECK_OK(w5100_recv(fd, data, sizeof data, 0))) > 0) {
        CHECK_EQ(w5100_send(fd, data, (size_t)count, 0), count);
        total += count;
    }
    CHECK_EQ(w5100_close(fd), 0);
    return total;
}

/* What client `i` sends: no two clients agree in any place. */
static void fill(uint8_t *data, size_t length, int i, int round) {
    for (size_t k = 0; k < length; k++) {
        data[k] = (uint8_t)(k * 4 + (size_t)round * 20 + (size_t)i);
    }
}

CASE(g10_4_threads_echo_and_nothing_is_mixed) {
    enum { ROUNDS = 30, LENGTH = 1500 };
    uint8_t data[LENGTH];
    w5100_sim_conn *conns[SESSIONS];
    int32_t fds[SESSIONS];
    worker threads[SESSIONS];
    wire_start();
    const int32_t listener = wire_listener(PORT, SESSIONS);
    for (int i = 0; i < SESSIONS; i++) {
        conns[i] = wire_session(listener, PORT, &fds[i]);
        worker_start(&threads[i], echo, &fds[i]);
    }
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < SESSIONS; i++) {
            fill(data, LENGTH, i, round);
            wire_client_sends(conns[i], data, LENGTH);
        }
        for (int i = 0; i < SESSIONS; i++) {
            fill(data, LENGTH, i, round);
            wire_client_gets(conns[i], data, LENGTH);
        }
    }
    for (int i = 0; i < SESSIONS; i++) {
        w5100_sim_conn_close(conns[i]);
        CHECK_EQ(worker_join(&threads[i]), ROUNDS * LENGTH);
    }
    CHECK_EQ(wire_violations(), 0);
}

struct writer {
    int32_t fd;
    char letter;
};

static int32_t write_lines(void *argument) {
    const struct writer *writer = argument;
    char line[100];
    memset(line, writer->letter, sizeof line);
    for (int i = 0; i < 50; i++) {
        CHECK_EQ(w5100_send(writer->fd, line, sizeof line, 0), sizeof line);
    }
    return 0;
}

/* Two threads send on one socket: what one call sends stays together. */
CASE(w9_concurrent_sends_keep_each_calls_bytes_together) {
    enum { LINE = 100, LINES = 100 };
    char got[LINE * LINES];
    size_t length = 0;
    struct writer writers[2];
    worker threads[2];
    int32_t fd;
    wire_start();
    w5100_sim_conn *conn = wire_session(wire_listener(PORT, 1), PORT, &fd);
    for (int i = 0; i < 2; i++) {
        writers[i].fd = fd;
        writers[i].letter = "ab"[i];
        worker_start(&threads[i], write_lines, &writers[i]);
    }
    for (int ms = 0; length < sizeof got && ms < 60000; ms++) {
        length += w5100_sim_conn_recv(conn, (uint8_t *)got + length, sizeof got - length);
        wire_run(1);
    }
    CHECK_EQ(length, sizeof got);
    for (int i = 0; i < 2; i++) {
        CHECK_EQ(worker_join(&threads[i]), 0);
    }
    for (size_t i = 0; i < sizeof got; i++) {
        CHECK_EQ(got[i], got[i / LINE * LINE]);
    }
}
