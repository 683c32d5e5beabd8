/* W7: close from another thread wakes whoever waits on the socket, at once, with EBADF. */
#include "port.h"
#include "wire.h"
#include "worker.h"

#define PORT 80
#define AT_ONCE_MS 100 /* of virtual time */

/* `call(&fd)` waits inside the library; closing fd ends it. */
static void close_ends(int32_t (*call)(void *fd), int32_t fd, uint32_t settle_ms) {
    worker waiter;
    worker_start(&waiter, call, &fd);
    port_until_waiting(1);
    wire_run(settle_ms);
    port_until_waiting(1);
    const uint32_t begin = wire_now_ms();
    CHECK_EQ(w5100_close(fd), 0);
    CHECK_ERROR(worker_join(&waiter), EBADF);
    CHECK(wire_now_ms() - begin <= AT_ONCE_MS);
    CHECK_ERROR(w5100_close(fd), EBADF);
}

static int32_t call_recv(void *fd) {
    char byte;
    return w5100_recv(*(int32_t *)fd, &byte, 1, 0);
}

static int32_t call_accept(void *fd) {
    return w5100_accept(*(int32_t *)fd, NULL, NULL);
}

/* The second call is the one that finds the socket closed: the first gives what it had sent. */
static int32_t call_send(void *fd) {
    static const uint8_t data[256 * 1024];
    const int32_t count = w5100_send(*(int32_t *)fd, data, sizeof data, 0);
    CHECK(count < (int32_t)sizeof data);
    return count >= 0 ? w5100_send(*(int32_t *)fd, data, 1, 0) : count;
}

static int32_t call_connect(void *fd) {
    const w5100_sockaddr_in nobody = wire_address(NOBODY_IP, 80);
    return w5100_connect(*(int32_t *)fd, &nobody, sizeof nobody);
}

static int32_t call_poll(void *fd) {
    w5100_pollfd entry = {*(int32_t *)fd, W5100_POLLIN, 0};
    CHECK_EQ(w5100_poll(&entry, 1, W5100_WAIT_FOREVER), 1);
    return entry.revents == W5100_POLLNVAL ? -W5100_EBADF : entry.revents;
}

static int32_t session(void) {
    int32_t fd;
    wire_session(wire_listener(PORT, 4), PORT, &fd);
    return fd;
}

CASE(w7_close_wakes_recv) {
    wire_start();
    close_ends(call_recv, session(), 200);
}

CASE(w7_close_wakes_accept) {
    wire_start();
    close_ends(call_accept, wire_listener(PORT, 4), 200);
}

/* The peer does not read: after a second the rings of both sides are full. */
CASE(w7_close_wakes_send) {
    wire_start();
    close_ends(call_send, session(), 1000);
}

CASE(w7_close_wakes_connect) {
    wire_start();
    close_ends(call_connect, CHECK_OK(w5100_socket(W5100_AF_INET, W5100_SOCK_STREAM, 0)), 200);
}

CASE(w7_close_wakes_poll) {
    wire_start();
    close_ends(call_poll, session(), 200);
}

CASE(w7_close_wakes_recvfrom) {
    const w5100_sockaddr_in local = wire_address(0, 5000);
    wire_start();
    const int32_t fd = CHECK_OK(w5100_socket(W5100_AF_INET, W5100_SOCK_DGRAM, 0));
    CHECK_EQ(w5100_bind(fd, &local, sizeof local), 0);
    close_ends(call_recv, fd, 200);
}

/* Four readers, each on a socket of its own: one close wakes its own reader only. */
CASE(w7_close_wakes_only_its_own) {
    w5100_sim_conn *conns[4];
    int32_t fds[4];
    worker readers[4];
    wire_start();
    const int32_t listener = wire_listener(PORT, 4);
    for (int i = 0; i < 4; i++) {
        conns[i] = wire_session(listener, PORT, &fds[i]);
    }
    for (int i = 0; i < 4; i++) {
        worker_start(&readers[i], call_recv, &fds[i]);
    }
    port_until_waiting(4);
    CHECK_EQ(w5100_close(fds[1]), 0);
    CHECK_ERROR(worker_join(&readers[1]), EBADF);
    port_until_waiting(3);
    for (int i = 0; i < 4; i++) {
        if (i != 1) {
            wire_client_sends(conns[i], "x", 1);
            CHECK_EQ(worker_join(&readers[i]), 1);
        }
    }
}
