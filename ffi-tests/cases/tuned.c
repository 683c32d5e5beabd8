/* What follows from the options of a TCP connection, and what can be asked about it. */
#include <string.h>

#include "wire.h"
#include "worker.h"

#define PORT 80
#define VERDICT_MS 31800 /* the chip's last try, with its times as at reset */
#define LATE_MS 60       /* naps of the library */

static int32_t tcp(void) {
    return CHECK_OK(w5100_socket(W5100_AF_INET, W5100_SOCK_STREAM, 0));
}

static void set(int32_t fd, int32_t level, int32_t name, int32_t value) {
    CHECK_EQ(w5100_setsockopt(fd, level, name, &value, sizeof value), 0);
}

static int32_t get(int32_t fd, int32_t level, int32_t name) {
    int32_t value = -77;
    uint32_t length = sizeof value;
    CHECK_EQ(w5100_getsockopt(fd, level, name, &value, &length), 0);
    return value;
}

static void set_linger(int32_t fd, int32_t onoff, int32_t seconds) {
    const w5100_linger linger = {onoff, seconds};
    CHECK_EQ(w5100_setsockopt(fd, W5100_SOL_SOCKET, W5100_SO_LINGER, &linger, sizeof linger), 0);
}

static w5100_sim_conn *session(int32_t *fd) {
    const int32_t listener = wire_listener(PORT, 1);
    w5100_sim_conn *conn = wire_session(listener, PORT, fd);
    CHECK_EQ(w5100_close(listener), 0);
    return conn;
}

/* A session with bytes under way that the peer, who reads nothing, will not acknowledge. */
static w5100_sim_conn *stuck_session(int32_t *fd) {
    static const uint8_t data[8000];
    CHECK_EQ(w5100_sim_peer_buffers(wire_peer(), 1000, 1000), 0);
    w5100_sim_conn *conn = session(fd);
    set(*fd, W5100_SOL_SOCKET, W5100_SO_SNDTIMEO, 300);
    CHECK(w5100_send(*fd, data, sizeof data, 0) > 0);
    CHECK(w5100_outstanding(*fd) > 0);
    return conn;
}

static w5100_info row_of(int32_t fd) {
    w5100_info row;
    for (uint32_t i = 0; w5100_info_get(0, i, &row) >= 0; i++) {
        if (w5100_info_get(0, i, &row) == 1 && row.handle == fd) {
            return row;
        }
    }
    CHECK(!"in the table");
    return row;
}

/* Time passes and the library looks after its connections. */
static void pass(uint32_t ms) {
    for (const uint32_t begin = wire_now_ms(); wire_now_ms() - begin < ms;) {
        wire_run(10);
        CHECK_EQ(w5100_service(0), 0);
    }
}

static void check_elapsed(uint32_t begin, uint32_t expected) {
    const uint32_t elapsed = wire_now_ms() - begin;
    CHECK(elapsed >= expected);
    CHECK(elapsed <= expected + LATE_MS);
}

CASE(r6_linger_0_frees_the_hardware_at_once) {
    int32_t fd;
    wire_start();
    w5100_sim_conn *conn = stuck_session(&fd);
    set_linger(fd, 1, 0);
    const uint32_t begin = wire_now_ms();
    CHECK_EQ(w5100_close(fd), 0);
    CHECK(wire_now_ms() - begin < 5);
    CHECK_EQ(wire_free_sockets(0), 4);
    pass(1000);
    CHECK(!w5100_sim_conn_finished(conn));
    CHECK(!w5100_sim_conn_closed(conn));
}

static uint32_t closed_at;

static int32_t close_it(void *fd) {
    const int32_t result = w5100_close(*(int32_t *)fd);
    closed_at = wire_now_ms();
    return result;
}

CASE(r6_linger_waits_for_the_peer) {
    int32_t fd;
    worker closer;
    wire_start();
    w5100_sim_peer_ack_delay(wire_peer(), 200);
    w5100_sim_conn *conn = session(&fd);
    set_linger(fd, 1, 20);
    CHECK_EQ(w5100_send(fd, "all of it", 9, 0), 9);
    worker_start(&closer, close_it, &fd);
    wire_run(3000);
    CHECK(w5100_sim_conn_finished(conn) || w5100_sim_conn_available(conn) == 9);
    /* Dead while its close waits. */
    CHECK_ERROR(w5100_send(fd, "x", 1, 0), EBADF);
    CHECK_ERROR(w5100_close(fd), EBADF);
    CHECK_EQ(wire_free_sockets(0), 3);
    wire_client_gets(conn, "all of it", 9);
    const uint32_t begin = wire_now_ms();
    w5100_sim_conn_close(conn);
    CHECK_EQ(worker_join(&closer), 0);
    CHECK(closed_at >= begin && closed_at <= begin + LATE_MS);
    CHECK_EQ(wire_free_sockets(0), 4);
}

CASE(r6_linger_ends_with_ewouldblock) {
    int32_t fd;
    wire_start();
    stuck_session(&fd);
    set_linger(fd, 1, 3);
    const uint32_t begin = wire_now_ms();
    CHECK_ERROR(w5100_close(fd), EWOULDBLOCK);
    check_elapsed(begin, 3000);
    CHECK_EQ(wire_free_sockets(0), 4);
    CHECK_ERROR(w5100_close(fd), EBADF);
}

CASE(r6_a_nonblocking_socket_lingers_in_the_background) {
    int32_t fd;
    wire_start();
    stuck_session(&fd);
    set_linger(fd, 1, 3);
    set(fd, W5100_SOL_SOCKET, W5100_SO_NONBLOCK, 1);
    const uint32_t begin = wire_now_ms();
    CHECK_EQ(w5100_close(fd), 0);
    CHECK(wire_now_ms() - begin < 5);
    pass(2900);
    CHECK_EQ(wire_free_sockets(0), 3);
    pass(150);
    CHECK_EQ(wire_free_sockets(0), 4);
}

CASE(r6_accepted_sockets_inherit_all_but_nonblocking) {
    static const struct {
        int32_t level, name, value;
    } options[] = {
        {W5100_SOL_SOCKET, W5100_SO_KEEPALIVE, 1},
        {W5100_SOL_SOCKET, W5100_SO_SNDTIMEO, 2},
        {W5100_SOL_SOCKET, W5100_SO_RCVTIMEO, 3},
        {W5100_SOL_SOCKET, W5100_SO_CLOSE_WAIT_TIMEOUT, 4},
        {W5100_SOL_SOCKET, W5100_SO_SNDBUF, 5},
        {W5100_IPPROTO_TCP, W5100_TCP_NODELAY, 0},
        {W5100_IPPROTO_TCP, W5100_TCP_KEEPIDLE, 6},
        {W5100_IPPROTO_TCP, W5100_TCP_KEEPINTVL, 7},
        {W5100_IPPROTO_TCP, W5100_TCP_KEEPCNT, 8},
        {W5100_IPPROTO_TCP, W5100_TCP_USER_TIMEOUT, 9},
        {W5100_IPPROTO_IP, W5100_IP_TOS, 10},
        {W5100_IPPROTO_IP, W5100_IP_TTL, 11},
    };
    int32_t fd;
    w5100_linger linger;
    uint32_t length = sizeof linger;
    wire_start();
    const int32_t listener = wire_listener(PORT, 1);
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
        set(listener, options[i].level, options[i].name, options[i].value);
    }
    set_linger(listener, 1, 12);
    set(listener, W5100_SOL_SOCKET, W5100_SO_NONBLOCK, 1);
    wire_session(listener, PORT, &fd);
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
        CHECK_EQ(get(fd, options[i].level, options[i].name), options[i].value);
    }
    CHECK_EQ(w5100_getsockopt(fd, W5100_SOL_SOCKET, W5100_SO_LINGER, &linger, &length), 0);
    CHECK_EQ(linger.l_onoff, 1);
    CHECK_EQ(linger.l_linger, 12);
    CHECK_EQ(get(fd, W5100_SOL_SOCKET, W5100_SO_NONBLOCK), 0);
}

/* What recv gives and how long it takes, of a session on which five bytes were acknowledged. */
static void silent_peer(bool keepalive, uint32_t expected) {
    char byte;
    int32_t fd;
    w5100_sim_conn *conn = session(&fd);
    set(fd, W5100_SOL_SOCKET, W5100_SO_KEEPALIVE, keepalive);
    set(fd, W5100_IPPROTO_TCP, W5100_TCP_KEEPIDLE, 20);
    set(fd, W5100_IPPROTO_TCP, W5100_TCP_KEEPINTVL, 5);
    set(fd, W5100_IPPROTO_TCP, W5100_TCP_KEEPCNT, 3);
    set(fd, W5100_SOL_SOCKET, W5100_SO_RCVTIMEO, 600000);
    CHECK_EQ(w5100_send(fd, "hello", 5, 0), 5);
    const uint32_t begin = wire_now_ms();
    wire_client_gets(conn, "hello", 5);
    w5100_sim_peer_vanish(wire_peer(), true);
    if (keepalive) {
        CHECK_ERROR(w5100_recv(fd, &byte, 1, 0), ETIMEDOUT);
        CHECK_EQ(w5100_recv(fd, &byte, 1, 0), 0);
    } else {
        CHECK_ERROR(w5100_recv(fd, &byte, 1, 0), EAGAIN);
    }
    check_elapsed(begin, expected);
    w5100_sim_peer_vanish(wire_peer(), false);
    set_linger(fd, 1, 0);
    CHECK_EQ(w5100_close(fd), 0);
    CHECK_EQ(wire_free_sockets(0), 4);
}

CASE(n15_keepalive_finds_a_dead_peer) {
    w5100_sim_counters counters;
    wire_start();
    silent_peer(true, 20000 + 2 * 5000 + VERDICT_MS);
    silent_peer(false, 600000);
    CHECK_EQ(w5100_sim_counters_get(wire_chip(0), &counters), 0);
    CHECK_EQ(counters.misuses, 0);
}

CASE(r4_the_user_timeout_covers_a_closed_window) {
    char byte;
    int32_t fd;
    wire_start();
    stuck_session(&fd);
    /* Of which 300 ms were spent on sending. */
    const uint32_t begin = wire_now_ms() - 300;
    set(fd, W5100_IPPROTO_TCP, W5100_TCP_USER_TIMEOUT, 4000);
    set(fd, W5100_SOL_SOCKET, W5100_SO_RCVTIMEO, 60000);
    CHECK_ERROR(w5100_recv(fd, &byte, 1, 0), ETIMEDOUT);
    CHECK(wire_now_ms() - begin >= 4000 - LATE_MS);
    CHECK(wire_now_ms() - begin <= 4000 + 300 + LATE_MS);
    CHECK_EQ(w5100_recv(fd, &byte, 1, 0), 0);
    CHECK_ERROR(w5100_send(fd, "x", 1, 0), EPIPE);
    CHECK_EQ(wire_free_sockets(0), 4);
}

CASE(f2_close_wait_shows_its_age_and_is_reaped_when_asked) {
    char byte;
    int32_t fd;
    wire_start();
    w5100_sim_conn *conn = session(&fd);
    w5100_sim_conn_close(conn);
    const uint32_t begin = wire_now_ms();
    pass(60000);
    const w5100_info row = row_of(fd);
    CHECK_EQ(strcmp(w5100_state_name(row.status), "CLOSE_WAIT"), 0);
    CHECK(row.age_ms <= wire_now_ms() - begin);
    CHECK(row.age_ms + LATE_MS >= wire_now_ms() - begin);
    CHECK_EQ(w5100_recv(fd, &byte, 1, 0), 0);
    /* That long it has waited, so it is at once. */
    set(fd, W5100_SOL_SOCKET, W5100_SO_CLOSE_WAIT_TIMEOUT, 50000);
    pass(100);
    CHECK_EQ(wire_free_sockets(0), 4);
    CHECK(w5100_sim_conn_finished(conn));
    CHECK_ERROR(w5100_recv(fd, &byte, 1, 0), ECONNABORTED);
    CHECK_EQ(w5100_recv(fd, &byte, 1, 0), 0);
    CHECK_EQ(row_of(fd).age_ms, 0);
}

CASE(r5_sndbuf_caps_what_is_outstanding) {
    static const uint8_t data[3000];
    int32_t fd;
    w5100_pollfd entry = {0, W5100_POLLOUT, 0};
    wire_start();
    session(&fd);
    set(fd, W5100_SOL_SOCKET, W5100_SO_SNDBUF, 700);
    CHECK_EQ(get(fd, W5100_SOL_SOCKET, W5100_SO_SNDBUF), 700);
    w5100_sim_peer_vanish(wire_peer(), true);
    CHECK_EQ(w5100_send(fd, data, sizeof data, W5100_MSG_DONTWAIT), 700);
    wire_run(10);
    CHECK_EQ(w5100_outstanding(fd), 700);
    entry.fd = fd;
    CHECK_EQ(w5100_poll(&entry, 1, 0), 0);
    CHECK_ERROR(w5100_send(fd, data, 1, W5100_MSG_DONTWAIT), EAGAIN);
    set(fd, W5100_SOL_SOCKET, W5100_SO_SNDBUF, 8192);
    CHECK_EQ(get(fd, W5100_SOL_SOCKET, W5100_SO_SNDBUF), 2048);
    CHECK_EQ(w5100_poll(&entry, 1, 0), 1);
    CHECK_EQ(w5100_send(fd, data, sizeof data, W5100_MSG_DONTWAIT), 2048 - 700);
}

/* Sn_MR of the only hardware socket in this state. */
static uint8_t mode_of(uint8_t status) {
    uint8_t mode = 0;
    for (uint16_t base = 0x0400; base < 0x0800; base += 0x0100) {
        if (w5100_sim_peek(wire_chip(0), base + 3) == status) {
            CHECK_EQ(mode, 0);
            mode = w5100_sim_peek(wire_chip(0), base);
        }
    }
    return mode;
}

CASE(w11_nodelay_is_the_nd_bit) {
    static const int32_t names[] = {W5100_TCP_NODELAY, W5100_TCP_QUICKACK};
    enum { LISTEN = 0x14, ESTABLISHED = 0x17, WITH_ND = 0x21, WITHOUT_ND = 0x01 };
    wire_start();
    for (size_t i = 0; i < 2; i++) {
        int32_t fd;
        const int32_t listener = wire_listener(PORT, 1);
        CHECK_EQ(mode_of(LISTEN), WITH_ND);
        set(listener, W5100_IPPROTO_TCP, names[i], 0);
        CHECK_EQ(get(listener, W5100_IPPROTO_TCP, names[1 - i]), 0);
        CHECK_EQ(mode_of(LISTEN), WITHOUT_ND);
        wire_session(listener, PORT, &fd);
        CHECK_EQ(get(fd, W5100_IPPROTO_TCP, names[i]), 0);
        CHECK_EQ(mode_of(ESTABLISHED), WITHOUT_ND);
        set_linger(fd, 1, 0);
        CHECK_EQ(w5100_close(fd), 0);
        CHECK_EQ(w5100_close(listener), 0);
    }
}

CASE(f3_f4_a_connection_tells_how_it_stands) {
    int32_t fd;
    wire_start();
    const int32_t fresh = tcp();
    CHECK_EQ(w5100_is_connected(fresh), 0);
    CHECK_EQ(w5100_state(fresh), 0);
    const int32_t listener = wire_listener(PORT, 1);
    CHECK_EQ(w5100_is_connected(listener), 0);
    CHECK_EQ(strcmp(w5100_state_name((uint8_t)w5100_state(listener)), "LISTEN"), 0);
    w5100_sim_conn *conn = wire_session(listener, PORT, &fd);
    CHECK_EQ(w5100_is_connected(fd), 1);
    CHECK_EQ(strcmp(w5100_state_name((uint8_t)w5100_state(fd)), "ESTABLISHED"), 0);
    wire_client_sends(conn, "more", 4);
    w5100_sim_conn_close(conn);
    wire_run(10);
    CHECK_EQ(w5100_is_connected(fd), 0);
    CHECK_EQ(strcmp(w5100_state_name((uint8_t)w5100_state(fd)), "CLOSE_WAIT"), 0);
    char data[8];
    CHECK_EQ(w5100_recv(fd, data, sizeof data, 0), 4);
    CHECK_EQ(w5100_recv(fd, data, sizeof data, 0), 0);
    CHECK_EQ(w5100_close(fd), 0);
    CHECK_ERROR(w5100_is_connected(fd), EBADF);
    CHECK_ERROR(w5100_state(fd), EBADF);
}
