/* N10: select with three sets and a time, under its plain names. */
#include <netinet/in.h>
#include <pthread.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

#include "port.h"
#include "wire.h"
#include "worker.h"

#include "w5100_bsd.h"

#define PORT 80
#define AT_ONCE_MS 100

static struct sockaddr_in peer_address(uint16_t port) {
    struct sockaddr_in address;
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(0xC0A80100 + PEER_IP);
    return address;
}

static int tcp(void) {
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(fd > 0);
    return fd;
}

static int nonblocking_tcp(void) {
    const int fd = tcp();
    CHECK_EQ(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    return fd;
}

/* A connection, ours to be waited for; nothing is sent yet. */
static int session(int server, w5100_sim_conn **conn) {
    int32_t fd;
    *conn = wire_session(server, PORT, &fd);
    return (int)fd;
}

static fd_set set_of(int fd) {
    fd_set set;
    FD_ZERO(&set);
    FD_SET(fd, &set);
    return set;
}

/* Begin to connect to a port where nobody listens, and let the refusal arrive. */
static int refused(void) {
    const struct sockaddr_in nobody = peer_address(9);
    const int fd = nonblocking_tcp();
    CHECK_EQ(connect(fd, (const struct sockaddr *)&nobody, sizeof nobody), -1);
    CHECK_EQ(errno, EINPROGRESS);
    return fd;
}

CASE(n10_select_waits_for_three_sets_at_once) {
    w5100_sim_conn *reader_end, *writer_end;
    struct timeval limit = {5, 0};
    wire_start();
    const int server = wire_listener(PORT, 2);
    const int reader = session(server, &reader_end);
    const int writer = session(server, &writer_end);
    const int failing = refused();
    wire_client_sends(reader_end, "x", 1);
    wire_run(100);

    fd_set readable = set_of(reader), writable = set_of(writer), except = set_of(failing);
    FD_SET(server, &readable);
    FD_SET(writer, &readable);
    FD_SET(reader, &except);
    FD_SET(writer, &except);
    CHECK_EQ(select(failing + 1, &readable, &writable, &except, &limit), 3);
    CHECK(FD_ISSET(reader, &readable));
    CHECK(!FD_ISSET(server, &readable));
    CHECK(!FD_ISSET(writer, &readable));
    CHECK(FD_ISSET(writer, &writable));
    CHECK(FD_ISSET(failing, &except));
    CHECK(!FD_ISSET(reader, &except));
    CHECK(!FD_ISSET(writer, &except));
    CHECK_EQ(limit.tv_sec, 5); /* not written */
    CHECK_EQ(limit.tv_usec, 0);
}

CASE(n10_select_counts_a_socket_in_each_of_its_sets) {
    w5100_sim_conn *conn;
    wire_start();
    const int fd = session(wire_listener(PORT, 1), &conn);
    wire_client_sends(conn, "x", 1);
    wire_run(20);
    fd_set readable = set_of(fd), writable = set_of(fd), except = set_of(fd);
    CHECK_EQ(select(fd + 1, &readable, &writable, &except, NULL), 2);
    CHECK(FD_ISSET(fd, &readable));
    CHECK(FD_ISSET(fd, &writable));
    CHECK(!FD_ISSET(fd, &except));
}

CASE(n10_select_sees_a_client_that_waits_for_accept) {
    wire_start();
    const int server = wire_listener(PORT, 1);
    wire_client(PORT);
    fd_set readable = set_of(server);
    CHECK_EQ(select(server + 1, &readable, NULL, NULL, NULL), 1);
    CHECK(FD_ISSET(server, &readable));
    CHECK(accept(server, NULL, NULL) > 0);
}

CASE(n10_select_sees_the_end_of_a_stream_as_readable) {
    w5100_sim_conn *conn;
    char byte;
    wire_start();
    const int fd = session(wire_listener(PORT, 1), &conn);
    w5100_sim_conn_close(conn);
    fd_set readable = set_of(fd), except = set_of(fd);
    CHECK_EQ(select(fd + 1, &readable, NULL, &except, NULL), 1);
    CHECK(FD_ISSET(fd, &readable));
    CHECK_EQ(recv(fd, &byte, 1, 0), 0);
}

CASE(n10_select_sees_a_finished_connect_as_writable) {
    const struct sockaddr_in server = peer_address(7000);
    int error = -1;
    socklen_t length = sizeof error;
    wire_start();
    CHECK_EQ(w5100_sim_peer_listen(wire_peer(), 7000), 0);
    const int fd = nonblocking_tcp();
    CHECK_EQ(connect(fd, (const struct sockaddr *)&server, sizeof server), -1);
    CHECK_EQ(errno, EINPROGRESS);
    fd_set readable = set_of(fd), writable = set_of(fd), except = set_of(fd);
    CHECK_EQ(select(fd + 1, &readable, &writable, &except, NULL), 1);
    CHECK(FD_ISSET(fd, &writable));
    CHECK_EQ(getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length), 0);
    CHECK_EQ(error, 0);
}

/* As Winsock and lwIP have it; Linux has such a socket in the first two sets only. */
CASE(n10_select_has_a_failed_connect_in_all_three_sets) {
    int error = 0;
    socklen_t length = sizeof error;
    wire_start();
    const int fd = refused();
    fd_set readable = set_of(fd), writable = set_of(fd), except = set_of(fd);
    CHECK_EQ(select(fd + 1, &readable, &writable, &except, NULL), 3);
    CHECK(FD_ISSET(fd, &readable));
    CHECK(FD_ISSET(fd, &writable));
    CHECK(FD_ISSET(fd, &except));
    CHECK_EQ(getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length), 0);
    CHECK_EQ(error, ECONNREFUSED);
}

CASE(n10_select_waits_for_a_failure_alone) {
    wire_start();
    const int fd = refused();
    fd_set except = set_of(fd);
    CHECK_EQ(select(fd + 1, NULL, NULL, &except, NULL), 1);
    CHECK(FD_ISSET(fd, &except));
}

/* Linux does not look at the third set for this either; poll tells a hang-up without being asked.
 */
CASE(n10_select_does_not_take_a_hang_up_for_a_failure) {
    struct timeval limit = {0, 250000};
    wire_start();
    const int fresh = tcp();
    fd_set except = set_of(fresh);
    const uint32_t begin = wire_now_ms();
    CHECK_EQ(select(fresh + 1, NULL, NULL, &except, &limit), 0);
    CHECK(wire_now_ms() - begin >= 250);
    CHECK(wire_now_ms() - begin <= 250 + AT_ONCE_MS);
    CHECK(!FD_ISSET(fresh, &except));
    fd_set readable = set_of(fresh), writable = set_of(fresh);
    except = set_of(fresh);
    CHECK_EQ(select(fresh + 1, &readable, &writable, &except, NULL), 2);
    CHECK(!FD_ISSET(fresh, &except));
}

static int32_t select_except(void *context) {
    const int *fds = context;
    fd_set except = set_of(fds[0]), readable = set_of(fds[1]);
    const int count = select(1, &readable, NULL, &except, NULL);
    return count == 1 && FD_ISSET(fds[1], &readable) ? 0 : -1;
}

/* A hang-up in one set keeps nobody from being woken by what happens in another. */
CASE(n10_select_wakes_while_a_hang_up_rests) {
    w5100_sim_conn *conn;
    worker waiter;
    int fds[2];
    wire_start();
    fds[0] = tcp();
    fds[1] = session(wire_listener(PORT, 1), &conn);
    worker_start(&waiter, select_except, fds);
    port_until_waiting(1);
    wire_run(200);
    const uint32_t begin = wire_now_ms();
    wire_client_sends(conn, "x", 1);
    CHECK_EQ(worker_join(&waiter), 0);
    CHECK(wire_now_ms() - begin <= AT_ONCE_MS);
}

static int32_t select_failed(void *context) {
    const int fd = *(int *)context;
    fd_set except = set_of(fd);
    return select(fd + 1, NULL, NULL, &except, NULL) == 1 && FD_ISSET(fd, &except) ? 0 : -1;
}

CASE(n10_select_sees_a_failure_that_follows_a_hang_up) {
    const struct sockaddr_in nobody = peer_address(9);
    worker waiter;
    wire_start();
    int fd = nonblocking_tcp();
    worker_start(&waiter, select_failed, &fd);
    port_until_waiting(1);
    wire_run(200);
    CHECK_EQ(connect(fd, (const struct sockaddr *)&nobody, sizeof nobody), -1);
    const uint32_t begin = wire_now_ms();
    CHECK_EQ(worker_join(&waiter), 0);
    CHECK(wire_now_ms() - begin <= AT_ONCE_MS);
}

/* What select is asked for, and how long that must take at least and at most. */
static const struct {
    struct timeval limit;
    uint32_t at_least_ms;
} times[] = {
    {{0, 0}, 0},          {{0, 1}, 1},          {{0, 1000}, 1},      {{0, 1001}, 2},
    {{0, 25000}, 25},     {{1, 0}, 1000},       {{2, 999001}, 3000}, {{0, 1500000}, 1500},
    {{3600, 0}, 3600000}, {{1, 2000000}, 3000},
};

CASE(n10_select_waits_its_time_and_empties_the_sets) {
    w5100_sim_conn *conn;
    wire_start();
    const int fd = session(wire_listener(PORT, 1), &conn);
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        struct timeval limit = times[i].limit;
        fd_set readable = set_of(fd), except = set_of(fd);
        const uint64_t begin = w5100_sim_now_us(wire_world());
        errno = 1234;
        CHECK_EQ(select(fd + 1, &readable, NULL, &except, &limit), 0);
        const uint64_t us = w5100_sim_now_us(wire_world()) - begin;
        CHECK(us >= times[i].at_least_ms * UINT64_C(1000));
        CHECK(us <= (times[i].at_least_ms + 15) * UINT64_C(1000));
        CHECK(!FD_ISSET(fd, &readable));
        CHECK(!FD_ISSET(fd, &except));
        CHECK_EQ(errno, 1234);
    }
}

CASE(n10_select_without_sets_is_a_sleep) {
    struct timeval limit = {0, 200000};
    wire_start();
    const uint64_t begin = w5100_sim_now_us(wire_world());
    CHECK_EQ(select(0, NULL, NULL, NULL, &limit), 0);
    CHECK(w5100_sim_now_us(wire_world()) - begin >= 200000);
}

static int32_t select_readable(void *context) {
    struct timeval limit = {INT32_MAX, INT32_MAX};
    fd_set readable = set_of(*(int *)context);
    const int count = select(1, &readable, NULL, NULL, &limit);
    return count < 0 ? -errno : count;
}

/* More than fits in the core's milliseconds: waits, and neither ends at once nor fails. */
CASE(n10_select_clamps_a_huge_time) {
    w5100_sim_conn *conn;
    worker waiter;
    wire_start();
    int fd = session(wire_listener(PORT, 1), &conn);
    worker_start(&waiter, select_readable, &fd);
    port_until_waiting(1);
    wire_run(60000);
    port_until_waiting(1);
    wire_client_sends(conn, "x", 1);
    CHECK_EQ(worker_join(&waiter), 1);
}

CASE(n10_select_is_ended_by_close_in_another_thread) {
    w5100_sim_conn *conn;
    worker waiter;
    wire_start();
    int fd = session(wire_listener(PORT, 1), &conn);
    worker_start(&waiter, select_readable, &fd);
    port_until_waiting(1);
    wire_run(200);
    port_until_waiting(1);
    const uint32_t begin = wire_now_ms();
    CHECK_EQ(close(fd), 0);
    CHECK_EQ(worker_join(&waiter), -EBADF);
    CHECK(wire_now_ms() - begin <= AT_ONCE_MS);
}

/* Two entries for a socket would cost twice the frames. */
CASE(n10_a_socket_in_all_sets_is_asked_for_once) {
    w5100_counters before, once, thrice;
    struct timeval now = {0, 0};
    w5100_sim_conn *conn;
    wire_start();
    const int fd = session(wire_listener(PORT, 1), &conn);
    struct pollfd entry = {fd, POLLIN | POLLOUT, 0};
    CHECK_EQ(poll(&entry, 1, 0), 1);
    CHECK_EQ(w5100_counters_get(0, &before), 0);
    CHECK_EQ(poll(&entry, 1, 0), 1);
    CHECK_EQ(w5100_counters_get(0, &once), 0);
    fd_set readable = set_of(fd), writable = set_of(fd), except = set_of(fd);
    CHECK_EQ(select(fd + 1, &readable, &writable, &except, &now), 1);
    CHECK_EQ(w5100_counters_get(0, &thrice), 0);
    CHECK_EQ(thrice.frames - once.frames, once.frames - before.frames);
}

/* A runtime that sends as soon as select says so would spin if that would block. */
CASE(netmf_a_socket_that_select_finds_writable_takes_a_byte) {
    static uint8_t data[3000];
    struct timeval now = {0, 0};
    int writable_count = 0, full_count = 0;
    w5100_sim_conn *conn;
    uint32_t random = 5100;
    wire_start();
    const int fd = session(wire_listener(PORT, 1), &conn);
    CHECK_EQ(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    for (int i = 0; i < 2000; i++) {
        random = random * 1664525u + 1013904223u;
        const uint32_t part = random >> 8;
        switch (random >> 30) {
        case 0:
            CHECK(send(fd, data, 1 + part % sizeof data, 0) > 0 || errno == EAGAIN);
            break;
        case 1:
            w5100_sim_conn_recv(conn, data, part % sizeof data);
            break;
        case 2:
            wire_run(part % 20);
            break;
        default:
            break;
        }
        fd_set writable = set_of(fd);
        const int count = select(fd + 1, NULL, &writable, NULL, &now);
        writable_count += count;
        full_count += 1 - count;
        CHECK_EQ(count, FD_ISSET(fd, &writable));
        CHECK(count == 0 || send(fd, data, 1, 0) == 1);
    }
    CHECK(writable_count > 100 && full_count > 100);
}
