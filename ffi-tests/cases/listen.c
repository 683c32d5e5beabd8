/* Listening with four hardware sockets. */
#include <string.h>

#include "port.h"
#include "wire.h"
#include "worker.h"

#define PORT 80

static void echo(int32_t fd, w5100_sim_conn *conn, const char *text) {
    char data[32];
    const size_t length = strlen(text);
    wire_client_sends(conn, text, length);
    CHECK_EQ(w5100_recv(fd, data, sizeof data, 0), length);
    CHECK_EQ(w5100_send(fd, data, length, 0), length);
    wire_client_gets(conn, text, length);
}

CASE(g1_listener_costs_no_session) {
    static const char *const texts[4] = {"one", "two", "three", "four"};
    w5100_sim_conn *conns[4];
    int32_t fds[4];
    wire_start();
    const int32_t listener = wire_listener(PORT, 4);
    for (int i = 0; i < 4; i++) {
        conns[i] = wire_session(listener, PORT, &fds[i]);
    }
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 4; i++) {
            echo(fds[i], conns[i], texts[i]);
        }
    }
    CHECK_EQ(wire_free_sockets(0), 0);
}

CASE(g1_four_clients_connect_before_any_accept) {
    w5100_sim_conn *conns[4];
    wire_start();
    const int32_t listener = wire_listener(PORT, 4);
    for (int i = 0; i < 4; i++) {
        conns[i] = wire_client(PORT);
        wire_client_sends(conns[i], &"abcd"[i], 1);
    }
    /* The oldest comes first. */
    for (int i = 0; i < 4; i++) {
        char byte;
        const int32_t fd = CHECK_OK(w5100_accept(listener, NULL, NULL));
        CHECK_EQ(w5100_recv(fd, &byte, 1, 0), 1);
        CHECK_EQ(byte, "abcd"[i]);
    }
}

static bool is_closed(void *conn) {
    return w5100_sim_conn_closed(conn);
}

/* A fifth client: refused while there are four, taken once one is gone. */
CASE(g2_fifth_client_waits_until_one_closes) {
    static const uint8_t ip[4] = NETWORK(DEVICE_IP);
    int32_t on = 1;
    int32_t fds[4];
    w5100_sim_conn *conns[4];
    wire_start();
    const int32_t listener = wire_listener(PORT, 4);
    CHECK_EQ(w5100_ioctl(listener, W5100_FIONBIO, &on), 0);
    for (int i = 0; i < 4; i++) {
        conns[i] = wire_session(listener, PORT, &fds[i]);
    }
    w5100_sim_conn *fifth = w5100_sim_peer_connect(wire_peer(), ip, PORT);
    CHECK(wire_until(is_closed, fifth, 60000));
    CHECK_ERROR(w5100_accept(listener, NULL, NULL), EAGAIN);

    w5100_sim_conn_close(conns[2]);
    wire_run(10);
    CHECK_EQ(w5100_close(fds[2]), 0);
    wire_run(50);
    CHECK_EQ(w5100_service(0) >= 0, true);
    int32_t fd;
    w5100_sim_conn *retry = wire_session(listener, PORT, &fd);
    echo(fd, retry, "fifth");
    echo(fds[0], conns[0], "first");
}

static int32_t accept_one(void *listener) {
    return w5100_accept(*(int32_t *)listener, NULL, NULL);
}

CASE(g2_accept_blocks_while_four_sessions_are_open) {
    int32_t fds[4];
    w5100_sim_conn *conns[4];
    worker waiter;
    wire_start();
    int32_t listener = wire_listener(PORT, 4);
    for (int i = 0; i < 4; i++) {
        conns[i] = wire_session(listener, PORT, &fds[i]);
    }
    worker_start(&waiter, accept_one, &listener);
    port_until_waiting(1);
    wire_run(500);
    port_until_waiting(1);
    w5100_sim_conn_close(conns[0]);
    wire_run(10);
    CHECK_EQ(w5100_close(fds[0]), 0);
    wire_run(50);
    w5100_sim_conn *next = wire_client(PORT);
    const int32_t fd = CHECK_OK(worker_join(&waiter));
    echo(fd, next, "next");
}

/* Two sessions that begin at the same time: each has a handle of its own. */
CASE(g11_accept_hands_each_handle_over_by_value) {
    int32_t first, second;
    wire_start();
    const int32_t listener = wire_listener(PORT, 4);
    w5100_sim_conn *a = wire_client(PORT);
    w5100_sim_conn *b = wire_client(PORT);
    first = CHECK_OK(w5100_accept(listener, NULL, NULL));
    second = CHECK_OK(w5100_accept(listener, NULL, NULL));
    CHECK(first > 0 && second > 0 && first != second && first != listener);
    echo(first, a, "first");
    echo(second, b, "second");
    echo(first, a, "first again");
}

/* A backlog of one: the second client is refused until the first was accepted. */
CASE(f9_the_backlog_limits_waiting_connections) {
    static const uint8_t ip[4] = NETWORK(DEVICE_IP);
    int32_t fd;
    wire_start();
    const int32_t listener = wire_listener(PORT, 1);
    wire_client(PORT);
    w5100_service(0);
    w5100_sim_conn *refused = w5100_sim_peer_connect(wire_peer(), ip, PORT);
    CHECK(wire_until(is_closed, refused, 60000));
    CHECK_OK(w5100_accept(listener, NULL, NULL));
    wire_session(listener, PORT, &fd);
}

CASE(f9_the_backlog_is_clamped_to_one_and_four) {
    w5100_info row;
    wire_start();
    wire_listener(81, 0);
    CHECK_EQ(w5100_info_get(0, 0, &row), 1);
    CHECK_EQ(row.backlog, 1);
    wire_listener(82, 200);
    CHECK_EQ(w5100_info_get(0, 1, &row), 1);
    CHECK_EQ(row.backlog, 4);
}

CASE(listen_by_itself_binds_a_port) {
    w5100_sockaddr_in local;
    uint32_t length = sizeof local;
    wire_start();
    const int32_t fd = CHECK_OK(w5100_socket(W5100_AF_INET, W5100_SOCK_STREAM, 0));
    CHECK_EQ(w5100_listen(fd, 4), 0);
    CHECK_EQ(w5100_getsockname(fd, &local, &length), 0);
    CHECK(local.sin_port != 0);
}

/* The rows of a listener and of its session, in the order of their making. */
CASE(the_socket_table_shows_listener_and_session) {
    static const uint8_t other[4] = NETWORK(PEER_IP);
    w5100_sockaddr_in from;
    uint32_t length = sizeof from;
    w5100_info row;
    wire_start();
    const int32_t listener = wire_listener(PORT, 3);
    CHECK_EQ(w5100_info_get(0, 0, &row), 1);
    CHECK_EQ(row.handle, listener);
    CHECK_EQ(row.kind, W5100_SOCK_STREAM);
    CHECK_EQ(row.local_port, PORT);
    CHECK_EQ(row.backlog, 3);
    CHECK_EQ(row.pending, 0);
    CHECK(strcmp(w5100_state_name(row.status), "LISTEN") == 0);

    w5100_sim_conn *conn = wire_client(PORT);
    CHECK_EQ(w5100_info_get(0, 0, &row), 1);
    CHECK_EQ(row.pending, 1);
    const int32_t fd = CHECK_OK(w5100_accept(listener, &from, &length));
    wire_client_sends(conn, "12345", 5);
    wire_run(5);
    int32_t available = 0;
    CHECK_EQ(w5100_ioctl(fd, W5100_FIONREAD, &available), 0);
    CHECK_EQ(w5100_info_get(0, 1, &row), 1);
    CHECK_EQ(row.handle, fd);
    CHECK(row.hardware < 4);
    CHECK_EQ(row.local_port, PORT);
    CHECK(memcmp(row.remote_ip, other, 4) == 0);
    CHECK(row.remote_port != 0);
    CHECK_EQ(row.unread, 5);
    CHECK(strcmp(w5100_state_name(row.status), "ESTABLISHED") == 0);
    CHECK_EQ(w5100_info_get(0, 2, &row), 0);
}

CASE(closing_the_listener_leaves_accepted_sessions) {
    int32_t fd;
    wire_start();
    const int32_t listener = wire_listener(PORT, 4);
    w5100_sim_conn *conn = wire_session(listener, PORT, &fd);
    CHECK_EQ(w5100_close(listener), 0);
    echo(fd, conn, "still here");
    CHECK_ERROR(w5100_accept(listener, NULL, NULL), EBADF);
}

CASE(accept_where_there_is_no_listener) {
    wire_start();
    const int32_t tcp = CHECK_OK(w5100_socket(W5100_AF_INET, W5100_SOCK_STREAM, 0));
    const int32_t udp = CHECK_OK(w5100_socket(W5100_AF_INET, W5100_SOCK_DGRAM, 0));
    CHECK_ERROR(w5100_accept(tcp, NULL, NULL), EINVAL);
    CHECK_ERROR(w5100_accept(udp, NULL, NULL), EOPNOTSUPP);
    CHECK_ERROR(w5100_listen(udp, 1), EOPNOTSUPP);
}
