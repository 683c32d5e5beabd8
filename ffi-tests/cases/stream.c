/* A TCP session's data: send, recv, poll, timeouts, the end. */
#include <stdlib.h>
#include <string.h>

#include "port.h"
#include "wire.h"
#include "worker.h"

#define PORT 80

static int32_t session(w5100_sim_conn **conn) {
    int32_t fd;
    wire_start();
    *conn = wire_session(wire_listener(PORT, 4), PORT, &fd);
    return fd;
}

static int16_t ready(int32_t fd, int16_t events) {
    w5100_pollfd entry = {fd, events, 0};
    CHECK(w5100_poll(&entry, 1, 0) >= 0);
    return entry.revents;
}

static int32_t recv_one(void *fd) {
    char byte;
    return w5100_recv(*(int32_t *)fd, &byte, 1, 0);
}

/* An hour of virtual time, and recv still waits. */
CASE(g7_a_receive_timeout_of_for_ever_never_ends) {
    w5100_sim_conn *conn;
    worker reader;
    uint32_t forever = 0;
    int32_t fd = session(&conn);
    CHECK_EQ(w5100_setsockopt(fd, W5100_SOL_SOCKET, W5100_SO_RCVTIMEO, &forever, sizeof forever),
             0);
    worker_start(&reader, recv_one, &fd);
    port_until_waiting(1);
    wire_run(3600 * 1000);
    port_until_waiting(1);
    wire_client_sends(conn, "x", 1);
    CHECK_EQ(worker_join(&reader), 1);
}

CASE(g7_a_receive_timeout_ends_the_wait) {
    w5100_sim_conn *conn;
    char byte;
    uint32_t ms = 250;
    const int32_t fd = session(&conn);
    CHECK_EQ(w5100_setsockopt(fd, W5100_SOL_SOCKET, W5100_SO_RCVTIMEO, &ms, sizeof ms), 0);
    const uint32_t begin = wire_now_ms();
    CHECK_ERROR(w5100_recv(fd, &byte, 1, 0), EAGAIN);
    CHECK(wire_now_ms() - begin >= 250);
    CHECK(wire_now_ms() - begin <= 300);
}

CASE(g8_readable_with_nothing_to_read_is_the_peers_close) {
    w5100_sim_conn *conn;
    char byte;
    int32_t available = -1;
    const int32_t fd = session(&conn);
    CHECK_EQ(ready(fd, W5100_POLLIN), 0);
    w5100_sim_conn_close(conn);
    w5100_pollfd entry = {fd, W5100_POLLIN, 0};
    CHECK_EQ(w5100_poll(&entry, 1, W5100_WAIT_FOREVER), 1);
    CHECK((entry.revents & W5100_POLLIN) != 0);
    CHECK_EQ(w5100_ioctl(fd, W5100_FIONREAD, &available), 0);
    CHECK_EQ(available, 0);
    CHECK_EQ(w5100_recv(fd, &byte, 1, 0), 0);
}

CASE(g8_fionread_counts_what_recv_would_give) {
    w5100_sim_conn *conn;
    char data[8];
    int32_t available = -1;
    const int32_t fd = session(&conn);
    wire_client_sends(conn, "12345", 5);
    wire_run(10);
    CHECK_EQ(w5100_ioctl(fd, W5100_FIONREAD, &available), 0);
    CHECK_EQ(available, 5);
    CHECK_EQ(w5100_recv(fd, data, 2, W5100_MSG_PEEK), 2);
    CHECK_EQ(w5100_recv(fd, data, 2, 0), 2);
    CHECK_EQ(w5100_ioctl(fd, W5100_FIONREAD, &available), 0);
    CHECK_EQ(available, 3);
}

/* The peer stops reading: the ring fills, POLLOUT goes; it reads on: POLLOUT comes back. */
CASE(g9_writable_says_that_there_is_room) {
    static uint8_t data[1024];
    uint8_t sink[2048];
    w5100_sim_conn *conn;
    const int32_t fd = session(&conn);
    CHECK_EQ(ready(fd, W5100_POLLOUT), W5100_POLLOUT);
    while ((ready(fd, W5100_POLLOUT) & W5100_POLLOUT) != 0) {
        CHECK(w5100_send(fd, data, sizeof data, W5100_MSG_DONTWAIT) > 0);
        wire_run(20);
    }
    CHECK_ERROR(w5100_send(fd, data, sizeof data, W5100_MSG_DONTWAIT), EAGAIN);
    while (w5100_sim_conn_recv(conn, sink, sizeof sink) > 0) {
        wire_run(20);
    }
    w5100_pollfd entry = {fd, W5100_POLLOUT, 0};
    CHECK_EQ(w5100_poll(&entry, 1, 60000), 1);
    CHECK(w5100_send(fd, data, 1, W5100_MSG_DONTWAIT) == 1);
}

CASE(f1_recv_gives_what_is_left_then_0_for_ever) {
    w5100_sim_conn *conn;
    char data[4];
    const int32_t fd = session(&conn);
    wire_client_sends(conn, "abcdef", 6);
    w5100_sim_conn_close(conn);
    wire_run(50);
    CHECK_EQ(w5100_recv(fd, data, sizeof data, 0), 4);
    CHECK(memcmp(data, "abcd", 4) == 0);
    CHECK_EQ(w5100_recv(fd, data, sizeof data, 0), 2);
    CHECK(memcmp(data, "ef", 2) == 0);
    for (int i = 0; i < 100; i++) {
        CHECK_EQ(w5100_recv(fd, data, sizeof data, 0), 0);
    }
}

/* The peer's close leaves our direction open: what we send still arrives. */
CASE(f1_sending_goes_on_after_the_peers_close) {
    w5100_sim_conn *conn;
    char data[4];
    const int32_t fd = session(&conn);
    w5100_sim_conn_close(conn);
    CHECK_EQ(w5100_recv(fd, data, sizeof data, 0), 0);
    CHECK_EQ(w5100_send(fd, "late", 4, 0), 4);
    wire_client_gets(conn, "late", 4);
}

static bool all_acknowledged(void *fd) {
    return w5100_outstanding(*(int32_t *)fd) == 0;
}

CASE(f5_the_graceful_recipe_delivers_every_byte) {
    static uint8_t data[6000];
    w5100_sim_conn *conn;
    char byte;
    int32_t fd = session(&conn);
    for (size_t i = 0; i < sizeof data; i++) {
        data[i] = (uint8_t)(i * 7);
    }
    CHECK_EQ(w5100_send(fd, data, sizeof data, 0), sizeof data);
    wire_client_gets(conn, data, sizeof data);
    CHECK(wire_until(all_acknowledged, &fd, 1000));
    CHECK_EQ(w5100_shutdown(fd, W5100_SHUT_WR), 0);
    CHECK_EQ(w5100_shutdown(fd, W5100_SHUT_WR), 0);
    CHECK_ERROR(w5100_send(fd, "x", 1, 0), EPIPE);
    wire_run(50);
    w5100_sim_conn_close(conn);
    CHECK_EQ(w5100_recv(fd, &byte, 1, 0), 0);
    CHECK_EQ(w5100_close(fd), 0);
}

CASE(f5_the_graceful_recipe_ends_when_the_peer_is_gone) {
    w5100_sim_conn *conn;
    char byte;
    const int32_t fd = session(&conn);
    w5100_sim_peer_vanish(wire_peer(), true);
    CHECK_EQ(w5100_send(fd, "lost", 4, 0), 4);
    CHECK_EQ(w5100_outstanding(fd), 4);
    CHECK_ERROR(w5100_recv(fd, &byte, 1, 0), ETIMEDOUT);
    CHECK_EQ(w5100_close(fd), 0);
}

CASE(a_reset_is_told_once) {
    w5100_sim_conn *conn;
    char byte;
    const int32_t fd = session(&conn);
    w5100_sim_conn_abort(conn);
    CHECK_ERROR(w5100_recv(fd, &byte, 1, 0), ECONNRESET);
    CHECK_EQ(w5100_recv(fd, &byte, 1, 0), 0);
    CHECK_ERROR(w5100_send(fd, "x", 1, 0), EPIPE);
}

/* The peer has closed and is gone: what we send meets a RST, which is told once. */
CASE(sending_to_a_peer_that_is_gone_is_told_once) {
    w5100_sim_conn *conn;
    char byte;
    const int32_t fd = session(&conn);
    w5100_sim_conn_close(conn);
    CHECK_EQ(w5100_recv(fd, &byte, 1, 0), 0);
    w5100_sim_conn_abort(conn);
    wire_run(20);
    CHECK_ERROR(w5100_send(fd, "x", 1, 0), ECONNRESET);
    CHECK_ERROR(w5100_send(fd, "x", 1, 0), EPIPE);
}

CASE(shutdown_of_receiving_wakes_recv) {
    w5100_sim_conn *conn;
    worker reader;
    int32_t fd = session(&conn);
    worker_start(&reader, recv_one, &fd);
    port_until_waiting(1);
    CHECK_EQ(w5100_shutdown(fd, W5100_SHUT_RD), 0);
    CHECK_EQ(worker_join(&reader), 0);
    CHECK_EQ(w5100_send(fd, "still", 5, 0), 5);
    wire_client_gets(conn, "still", 5);
}

/* The peer does not read: the time is up with a part sent, then with nothing. */
CASE(a_send_timeout_gives_a_part_then_eagain) {
    static uint8_t data[256 * 1024];
    w5100_sim_conn *conn;
    uint32_t ms = 300;
    const int32_t fd = session(&conn);
    CHECK_EQ(w5100_setsockopt(fd, W5100_SOL_SOCKET, W5100_SO_SNDTIMEO, &ms, sizeof ms), 0);
    const int32_t part = CHECK_OK(w5100_send(fd, data, sizeof data, 0));
    CHECK(part > 0 && part < (int32_t)sizeof data);
    const uint32_t begin = wire_now_ms();
    CHECK_ERROR(w5100_send(fd, data, sizeof data, 0), EAGAIN);
    CHECK(wire_now_ms() - begin >= 300);
    CHECK(wire_now_ms() - begin <= 350);
}

/* Enough for the rings to wrap many times, in pieces that do not divide them. */
CASE(a_long_stream_comes_back_unchanged) {
    enum { LENGTH = 100 * 1000, PIECE = 777 };
    static uint8_t data[LENGTH];
    w5100_sim_conn *conn;
    const int32_t fd = session(&conn);
    srand(1);
    for (size_t i = 0; i < LENGTH; i++) {
        data[i] = (uint8_t)rand();
    }
    for (size_t done = 0; done < LENGTH;) {
        uint8_t piece[PIECE];
        const size_t length = LENGTH - done < PIECE ? LENGTH - done : PIECE;
        wire_client_sends(conn, data + done, length);
        for (size_t got = 0; got < length;) {
            got += (size_t)CHECK_OK(w5100_recv(fd, piece + got, length - got, 0));
        }
        CHECK(memcmp(piece, data + done, length) == 0);
        CHECK_EQ(w5100_send(fd, piece, length, 0), length);
        wire_client_gets(conn, data + done, length);
        done += length;
    }
}

CASE(a_connect_is_refused_or_unanswered) {
    const w5100_sockaddr_in closed = wire_address(PEER_IP, 9);
    const w5100_sockaddr_in nobody = wire_address(NOBODY_IP, 9);
    wire_start();
    const int32_t fd = CHECK_OK(w5100_socket(W5100_AF_INET, W5100_SOCK_STREAM, 0));
    CHECK_ERROR(w5100_connect(fd, &closed, sizeof closed), ECONNREFUSED);
    CHECK_ERROR(w5100_connect(fd, &nobody, sizeof nobody), EHOSTUNREACH);
    CHECK_EQ(w5100_sim_peer_listen(wire_peer(), 9), 0);
    CHECK_EQ(w5100_connect(fd, &closed, sizeof closed), 0);
}

CASE(a_nonblocking_connect_is_polled_for) {
    const w5100_sockaddr_in server = wire_address(PEER_IP, 7000);
    int32_t on = 1, error = -1;
    uint32_t length = sizeof error;
    wire_start();
    CHECK_EQ(w5100_sim_peer_listen(wire_peer(), 7000), 0);
    const int32_t fd = CHECK_OK(w5100_socket(W5100_AF_INET, W5100_SOCK_STREAM, 0));
    CHECK_EQ(w5100_ioctl(fd, W5100_FIONBIO, &on), 0);
    CHECK_ERROR(w5100_connect(fd, &server, sizeof server), EINPROGRESS);
    CHECK_ERROR(w5100_connect(fd, &server, sizeof server), EALREADY);
    w5100_pollfd entry = {fd, W5100_POLLOUT, 0};
    CHECK_EQ(w5100_poll(&entry, 1, 5000), 1);
    CHECK_EQ(entry.revents, W5100_POLLOUT);
    CHECK_EQ(w5100_getsockopt(fd, W5100_SOL_SOCKET, W5100_SO_ERROR, &error, &length), 0);
    CHECK_EQ(error, 0);
    CHECK_ERROR(w5100_connect(fd, &server, sizeof server), EISCONN);
}

CASE(a_refused_nonblocking_connect_is_polled_for) {
    const w5100_sockaddr_in closed = wire_address(PEER_IP, 9);
    int32_t on = 1, error = 0;
    uint32_t length = sizeof error;
    wire_start();
    const int32_t fd = CHECK_OK(w5100_socket(W5100_AF_INET, W5100_SOCK_STREAM, 0));
    CHECK_EQ(w5100_ioctl(fd, W5100_FIONBIO, &on), 0);
    CHECK_ERROR(w5100_connect(fd, &closed, sizeof closed), EINPROGRESS);
    CHECK_EQ(ready(fd, W5100_POLLIN | W5100_POLLOUT), 0);
    wire_run(50);
    CHECK_EQ(ready(fd, W5100_POLLIN | W5100_POLLOUT),
             W5100_POLLIN | W5100_POLLOUT | W5100_POLLERR | W5100_POLLHUP);
    CHECK_EQ(w5100_getsockopt(fd, W5100_SOL_SOCKET, W5100_SO_ERROR, &error, &length), 0);
    CHECK_EQ(error, W5100_ECONNREFUSED);
    CHECK_EQ(ready(fd, W5100_POLLIN | W5100_POLLOUT), W5100_POLLIN | W5100_POLLOUT | W5100_POLLHUP);
}

CASE(poll_waits_no_shorter_than_asked) {
    w5100_sim_conn *conn;
    const int32_t fd = session(&conn);
    w5100_pollfd entry = {fd, W5100_POLLIN, 0};
    const uint32_t begin = wire_now_ms();
    CHECK_EQ(w5100_poll(&entry, 1, 70), 0);
    CHECK(wire_now_ms() - begin >= 70);
    CHECK(wire_now_ms() - begin <= 120);
    CHECK_EQ(entry.revents, 0);
}

CASE(poll_skips_negative_entries_and_flags_stale_ones) {
    w5100_sim_conn *conn;
    const int32_t fd = session(&conn);
    CHECK_EQ(w5100_close(fd), 0);
    w5100_pollfd set[2] = {{-1, W5100_POLLIN, 0x7F}, {fd, W5100_POLLIN, 0}};
    CHECK_EQ(w5100_poll(set, 2, W5100_WAIT_FOREVER), 1);
    CHECK_EQ(set[0].revents, 0);
    CHECK_EQ(set[1].revents, W5100_POLLNVAL);
}
