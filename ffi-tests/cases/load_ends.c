/* What ends a wait from another thread, while the chip is busy with the sessions of others: close
   (W7, R7), shutdown, a wake handle in a select (W8). */
#include <pthread.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

#include "load.h"
#include "port.h"

#include "w5100_bsd.h"

#define STUCK_MS 1000 /* who moved nothing for so long waits inside its call */

/* Sessions 0 to 2 push data. The host says nothing on session 3, whose reader waits; or reads
   nothing, and its writer waits. */
static void load_with(enum load_role waiting) {
    load_start(false);
    for (int i = 0; i < LOAD_SESSIONS; i++) {
        load_connect(i);
    }
    CHECK_EQ(w5100_sim_conn_service(load_conn(3), waiting == LOAD_READER
                                                      ? W5100_SIM_SERVICE_DISCARD
                                                      : W5100_SIM_SERVICE_MANUAL),
             0);
    for (int i = 0; i < LOAD_SESSIONS; i++) {
        load_push(i, LOAD_WRITER);
        load_push(i, LOAD_READER);
    }
    load_until_stuck(3, waiting, STUCK_MS);
}

/* The others have noticed nothing. */
static void others_go_on(void) {
    load_until_moved(3, 2000);
    load_stop();
}

CASE(w7_close_wakes_recv_under_load) {
    load_with(LOAD_READER);
    const uint32_t begin = wire_now_ms();
    CHECK_EQ(w5100_close(load_fd(3)), 0);
    CHECK_ERROR(load_ended(3, LOAD_READER, begin), EBADF);
    CHECK_ERROR(load_ended(3, LOAD_WRITER, begin), EBADF);
    others_go_on();
}

/* The socket whose peer has acknowledged nothing of what it was sent for so long; 0 if there is
   none. */
static int32_t silent_for(uint32_t ms) {
    w5100_info row;
    int32_t found;
    int32_t silent = 0;
    for (uint32_t i = 0; (found = w5100_info_look(0, i, &row)) >= 0; i++) {
        if (found == 1 && row.outstanding > 0 && row.outstanding_ms >= ms) {
            CHECK_EQ(silent, 0);
            silent = row.handle;
        }
    }
    return silent;
}

/* A monitor looks again and again, and closes the socket of the peer that takes nothing. */
CASE(r7_a_monitor_closes_a_blocked_writers_socket_under_load) {
    int32_t silent = 0;
    load_with(LOAD_WRITER);
    for (int looks = 0; silent == 0; looks++) {
        CHECK(looks < 100);
        wire_run(100);
        silent = silent_for(STUCK_MS);
    }
    CHECK_EQ(silent, load_fd(3));
    const uint32_t begin = wire_now_ms();
    CHECK_EQ(w5100_close(silent), 0);
    CHECK_ERROR(load_ended(3, LOAD_WRITER, begin), EBADF);
    CHECK_ERROR(load_ended(3, LOAD_READER, begin), EBADF);
    others_go_on();
}

CASE(w7_shutdown_wakes_recv_under_load) {
    load_with(LOAD_READER);
    const uint32_t begin = wire_now_ms();
    CHECK_EQ(w5100_shutdown(load_fd(3), W5100_SHUT_RD), 0);
    CHECK_EQ(load_ended(3, LOAD_READER, begin), 0);
    load_until_moved(3, 2000);
    CHECK_EQ(w5100_close(load_fd(3)), 0);
    CHECK_ERROR(load_ended(3, LOAD_WRITER, wire_now_ms()), EBADF);
    others_go_on();
}

CASE(w7_shutdown_wakes_send_under_load) {
    load_with(LOAD_WRITER);
    const uint32_t begin = wire_now_ms();
    CHECK_EQ(w5100_shutdown(load_fd(3), W5100_SHUT_WR), 0);
    CHECK_ERROR(load_ended(3, LOAD_WRITER, begin), EPIPE);
    load_until_moved(3, 2000);
    CHECK_EQ(w5100_close(load_fd(3)), 0);
    CHECK_ERROR(load_ended(3, LOAD_READER, wire_now_ms()), EBADF);
    others_go_on();
}

/* A ninth thread's call: when it has begun to wait, `end` ends it, with `answer`. */
static void ends(int32_t (*call)(void *fd), int32_t fd, int32_t (*end)(int32_t fd),
                 int32_t answer) {
    worker waiter;
    worker_start(&waiter, call, &fd);
    wire_run(STUCK_MS);
    const uint32_t begin = wire_now_ms();
    CHECK_EQ(end(fd), 0);
    CHECK_EQ(worker_join(&waiter), answer);
    CHECK(wire_now_ms() - begin <= LOAD_AT_ONCE_MS);
}

static int32_t end_by_close(int32_t fd) {
    return w5100_close(fd);
}

static int32_t end_by_shutdown(int32_t fd) {
    return w5100_shutdown(fd, W5100_SHUT_RD);
}

static int32_t end_by_wake(int32_t fd) {
    return w5100_wake(fd);
}

static int32_t call_accept(void *fd) {
    return w5100_accept(*(int32_t *)fd, NULL, NULL);
}

static int32_t call_connect(void *fd) {
    const w5100_sockaddr_in nobody = wire_address(NOBODY_IP, 80);
    return w5100_connect(*(int32_t *)fd, &nobody, sizeof nobody);
}

static int32_t call_poll(void *fd) {
    w5100_pollfd entry = {*(int32_t *)fd, W5100_POLLIN | W5100_POLLRDHUP, 0};
    CHECK_EQ(w5100_poll(&entry, 1, W5100_WAIT_FOREVER), 1);
    return entry.revents;
}

/* 1, or the error. */
static int32_t call_select(void *fd) {
    const int one = *(int32_t *)fd;
    fd_set set;
    FD_ZERO(&set);
    FD_SET(one, &set);
    const int count = select(one + 1, &set, NULL, NULL, NULL);
    CHECK(count < 0 || FD_ISSET(one, &set));
    return count < 0 ? -errno : count;
}

CASE(w7_close_wakes_accept_under_load) {
    const w5100_sockaddr_in local = wire_address(0, LOAD_PORT + 1);
    load_start(false);
    load_push_all();
    const int32_t second = CHECK_OK(w5100_socket(W5100_AF_INET, W5100_SOCK_STREAM, 0));
    CHECK_EQ(w5100_bind(second, &local, sizeof local), 0);
    CHECK_EQ(w5100_listen(second, 1), 0);
    ends(call_accept, second, end_by_close, -W5100_EBADF);
    others_go_on();
}

/* A connect takes the fourth hardware socket, so only three sessions push data. */
CASE(w7_close_wakes_connect_under_load) {
    load_start(false);
    for (int i = 0; i < 3; i++) {
        load_connect(i);
        load_push(i, LOAD_WRITER);
        load_push(i, LOAD_READER);
    }
    ends(call_connect, CHECK_OK(w5100_socket(W5100_AF_INET, W5100_SOCK_STREAM, 0)), end_by_close,
         -W5100_EBADF);
    others_go_on();
}

/* The reader of session 3 waits beside the ninth thread, and is woken as well. */
static void ends_beside_a_reader(int32_t (*call)(void *fd), int32_t (*end)(int32_t fd),
                                 int32_t answer, int32_t recv_gives) {
    load_with(LOAD_READER);
    ends(call, load_fd(3), end, answer);
    CHECK_EQ(load_ended(3, LOAD_READER, wire_now_ms()), recv_gives);
    if (recv_gives == 0) {
        CHECK_EQ(w5100_close(load_fd(3)), 0);
    }
    CHECK_ERROR(load_ended(3, LOAD_WRITER, wire_now_ms()), EBADF);
    others_go_on();
}

CASE(w7_close_wakes_poll_under_load) {
    ends_beside_a_reader(call_poll, end_by_close, W5100_POLLNVAL, -W5100_EBADF);
}

CASE(w7_close_wakes_select_under_load) {
    ends_beside_a_reader(call_select, end_by_close, -EBADF, -W5100_EBADF);
}

CASE(w7_shutdown_wakes_poll_under_load) {
    ends_beside_a_reader(call_poll, end_by_shutdown, W5100_POLLIN | W5100_POLLRDHUP, 0);
}

CASE(w7_shutdown_wakes_select_under_load) {
    ends_beside_a_reader(call_select, end_by_shutdown, 1, 0);
}

CASE(w8_a_wake_ends_select_under_load) {
    load_start(false);
    load_push_all();
    const int32_t wakes = CHECK_OK(w5100_wake_new(0));
    ends(call_select, wakes, end_by_wake, 1);
    /* It was not cleared: the next one does not wait at all. */
    CHECK_EQ(call_select((int32_t[]){wakes}), 1);
    CHECK_EQ(w5100_close(wakes), 0);
    others_go_on();
}
