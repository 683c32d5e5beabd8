/* Eight threads push data on four sessions of one chip: none starves, and all that holds of one
   thread's calls holds here too. */
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "load.h"
#include "port.h"

#define RUN_MS 3000
/* Of a thread that never waits for the lock for long: it also waits for the host, and for its turn
   on the bus behind seven others. */
#define LONGEST_MS 500

/* The least that a thread moved is at least half of what those of its role moved on average. */
static void check_shares(int sessions, enum load_role role) {
    uint32_t least = UINT32_MAX;
    uint32_t total = 0;
    for (int i = 0; i < sessions; i++) {
        const uint32_t bytes = load_bytes(i, role);
        printf("%s %d: %u bytes, %u ms at most without any\n",
               role == LOAD_WRITER ? "writer" : "reader", i, bytes, load_longest_ms(i, role));
        total += bytes;
        least = bytes < least ? bytes : least;
        fflush(stdout);
    }
    for (int i = 0; i < sessions; i++) {
        CHECK(load_longest_ms(i, role) <= LONGEST_MS);
    }
    CHECK(total > 0);
    CHECK(least >= total / (uint32_t)sessions / 2);
}

static void none_starves(bool port_has_lock) {
    load_start(port_has_lock);
    load_push_all();
    wire_run(RUN_MS);
    check_shares(LOAD_SESSIONS, LOAD_WRITER);
    check_shares(LOAD_SESSIONS, LOAD_READER);
    load_stop();
}

CASE(w5_none_of_eight_threads_starves) {
    none_starves(false);
}

CASE(w5_none_of_eight_threads_starves_with_a_lock_of_the_port) {
    none_starves(true);
}

static atomic_bool stop;

/* Looks at a session without waiting, over and over: this has the lock most of the time. */
static int32_t look(void *unused) {
    int32_t looks = 0;
    (void)unused;
    for (; !atomic_load(&stop); looks++) {
        w5100_pollfd entry = {load_fd(0), W5100_POLLIN | W5100_POLLOUT, 0};
        CHECK_OK(w5100_poll(&entry, 1, 0));
    }
    return looks;
}

CASE(w5_none_of_eight_threads_starves_beside_one_that_never_waits) {
    worker hog;
    load_start(false);
    load_push_all();
    worker_start(&hog, look, NULL);
    wire_run(RUN_MS);
    atomic_store(&stop, true);
    CHECK(worker_join(&hog) > 0);
    check_shares(LOAD_SESSIONS, LOAD_WRITER);
    check_shares(LOAD_SESSIONS, LOAD_READER);
    load_stop();
}

/* A handle that was closed while its session was busy is dead, also as its hardware socket and its
   slot are busy with another one. */
CASE(w6_stale_handles_stay_dead_under_load) {
    char byte;
    load_start(false);
    load_push_all();
    for (int round = 0; round < 4; round++) {
        const int32_t old = load_fd(3);
        load_until_moved(4, 4000);
        const uint32_t begin = wire_now_ms();
        CHECK_EQ(w5100_close(old), 0);
        CHECK_ERROR(load_ended(3, LOAD_WRITER, begin), EBADF);
        CHECK_ERROR(load_ended(3, LOAD_READER, begin), EBADF);
        load_connect(3);
        CHECK(load_fd(3) != old);
        load_push(3, LOAD_WRITER);
        load_push(3, LOAD_READER);
        for (int i = 0; i < 20; i++) {
            CHECK_ERROR(w5100_send(old, "astray", 6, W5100_MSG_DONTWAIT), EBADF);
            CHECK_ERROR(w5100_recv(old, &byte, 1, W5100_MSG_DONTWAIT), EBADF);
            CHECK_ERROR(w5100_shutdown(old, W5100_SHUT_RDWR), EBADF);
            CHECK_ERROR(w5100_close(old), EBADF);
            wire_run(5);
        }
    }
    load_stop();
}

static int32_t wakes;

static int32_t poll_wake(void *unused) {
    w5100_pollfd set[2] = {{wakes, W5100_POLLIN, 0}, {load_listener(), W5100_POLLIN, 0}};
    (void)unused;
    CHECK_EQ(w5100_poll(set, 2, W5100_WAIT_FOREVER), 1);
    CHECK_EQ(set[1].revents, 0);
    return set[0].revents;
}

CASE(w8_a_wake_ends_poll_under_load) {
    load_start(false);
    load_push_all();
    wakes = CHECK_OK(w5100_wake_new(0));
    for (int round = 0; round < 20; round++) {
        worker waiter;
        worker_start(&waiter, poll_wake, NULL);
        wire_run((uint32_t)round * 3); /* before the poll begins, and later and later in it */
        const uint32_t begin = wire_now_ms();
        CHECK_EQ(w5100_wake(wakes), 0);
        CHECK_EQ(worker_join(&waiter), W5100_POLLIN);
        CHECK(wire_now_ms() - begin <= LOAD_AT_ONCE_MS);
        CHECK_EQ(w5100_wake_clear(wakes), 1);
    }
    CHECK_EQ(w5100_close(wakes), 0);
    load_until_moved(4, 1000);
    load_stop();
}

#define LINE 90
#define LINES 60
#define WRITERS 2

/* Lines of one letter. */
static int32_t write_lines(void *letter) {
    char line[LINE];
    memset(line, *(const char *)letter, sizeof line);
    for (int i = 0; i < LINES; i++) {
        CHECK_EQ(w5100_send(load_fd(3), line, sizeof line, 0), sizeof line);
    }
    return 0;
}

/* Two threads send on one connection while six push data on the other three. */
CASE(w9_concurrent_sends_stay_whole_under_load) {
    static char letters[WRITERS] = {'a', 'b'};
    static uint8_t got[WRITERS * LINES * LINE];
    worker writers[WRITERS];
    size_t length = 0;
    load_start(false);
    for (int i = 0; i < LOAD_SESSIONS; i++) {
        load_connect(i);
    }
    CHECK_EQ(w5100_sim_conn_service(load_conn(3), W5100_SIM_SERVICE_MANUAL), 0);
    for (int i = 0; i < 3; i++) {
        load_push(i, LOAD_WRITER);
        load_push(i, LOAD_READER);
    }
    for (int i = 0; i < WRITERS; i++) {
        worker_start(&writers[i], write_lines, &letters[i]);
    }
    for (int ms = 0; length < sizeof got && ms < 60000; ms++) {
        length += w5100_sim_conn_recv(load_conn(3), got + length, sizeof got - length);
        wire_run(1);
    }
    CHECK_EQ(length, sizeof got);
    for (int i = 0; i < WRITERS; i++) {
        CHECK_EQ(worker_join(&writers[i]), 0);
    }
    for (size_t i = 0; i < sizeof got; i++) {
        CHECK_EQ(got[i], got[i / LINE * LINE]);
    }
    load_stop();
}

/* Reads all rows and totals, every ten milliseconds. */
static int32_t watch(void *unused) {
    w5100_info row;
    w5100_hardware hardware;
    w5100_counters counters;
    int32_t rounds = 0;
    (void)unused;
    for (; !atomic_load(&stop); rounds++) {
        uint32_t open = 0;
        int32_t found;
        for (uint32_t i = 0; (found = w5100_info_get(0, i, &row)) >= 0; i++) {
            open += (uint32_t)found;
        }
        CHECK(open >= 4 &&
              open <= 6); /* the listener and its sessions; one of them comes and goes */
        for (uint32_t i = 0; i < 4; i++) {
            CHECK_EQ(w5100_hardware_get(0, i, &hardware), 0);
        }
        CHECK_EQ(w5100_counters_get(0, &counters), 0);
        CHECK(counters.free_sockets <= 1);
        w5100_sim_run_for(wire_world(), 10);
    }
    return rounds;
}

/* One session comes and goes many times, three push data, and somebody reads the statistics. */
CASE(r8_statistics_disturb_and_leak_nothing_under_load) {
    enum { CYCLES = 50 };
    worker watcher;
    char byte;
    load_start(false);
    for (int i = 0; i < 3; i++) {
        load_connect(i);
        load_push(i, LOAD_WRITER);
        load_push(i, LOAD_READER);
    }
    worker_start(&watcher, watch, NULL);
    for (int i = 0; i < CYCLES; i++) {
        int32_t fd;
        load_until_armed();
        w5100_sim_conn *conn = wire_session(load_listener(), LOAD_PORT, &fd);
        wire_client_sends(conn, "x", 1);
        CHECK_EQ(w5100_recv(fd, &byte, 1, 0), 1);
        CHECK_EQ(w5100_send(fd, &byte, 1, 0), 1);
        wire_client_gets(conn, "x", 1);
        w5100_sim_conn_close(conn);
        CHECK_EQ(w5100_recv(fd, &byte, 1, 0), 0);
        CHECK_EQ(w5100_close(fd), 0);
        w5100_sim_conn_free(conn);
    }
    load_until_moved(3, 1000);
    atomic_store(&stop, true);
    CHECK(worker_join(&watcher) > 0);
    check_shares(3, LOAD_WRITER);
    check_shares(3, LOAD_READER);
    load_stop(); /* finds every handle and hardware socket free */
}
