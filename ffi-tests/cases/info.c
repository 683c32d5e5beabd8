/* F8: the rows of sockets. */
#include <string.h>

#include "table.h"

#define PORT 80

static const uint8_t peer_ip[4] = NETWORK(PEER_IP);
static const uint8_t no_ip[4] = {0, 0, 0, 0};

CASE(f8_a_socket_without_anything_has_an_empty_row) {
    wire_start();
    const int32_t fd = table_tcp();
    const w5100_info row = table_look(fd);
    w5100_info expected;
    memset(&expected, 0, sizeof expected);
    expected.handle = fd;
    expected.kind = W5100_SOCK_STREAM;
    expected.hardware = 255;
    CHECK(memcmp(&row, &expected, sizeof row) == 0);
}

CASE(f8_a_listener_shows_its_children_and_who_waits) {
    int32_t fds[2];
    wire_start();
    const int32_t listener = wire_listener(PORT, 3);
    for (int i = 0; i < 2; i++) {
        wire_session(listener, PORT, &fds[i]);
    }
    wire_client(PORT);
    table_tcp(); /* nobody's child */
    CHECK_EQ(w5100_service(0), 0);
    w5100_info row = table_known(listener);
    CHECK_EQ(row.kind, W5100_SOCK_STREAM);
    CHECK_EQ(row.hardware, 255);
    CHECK_EQ(row.status, TABLE_LISTEN);
    CHECK_EQ(row.local_port, PORT);
    CHECK_EQ(row.backlog, 3);
    CHECK_EQ(row.children, 2);
    CHECK_EQ(row.pending, 1);
    CHECK_EQ(row.unread, 0);
    CHECK_EQ(row.outstanding, 0);
    table_check_peer(row.remote_ip, row.remote_port, no_ip, 0);

    CHECK_EQ(w5100_close(fds[0]), 0);
    CHECK_EQ(table_known(listener).children, 1);
    CHECK_EQ(table_known(listener).pending, 1);
    fds[0] = CHECK_OK(w5100_accept(listener, NULL, NULL));
    CHECK_EQ(table_known(listener).children, 2);
    CHECK_EQ(table_known(listener).pending, 0);
    /* A child is no listener. */
    CHECK_EQ(table_known(fds[0]).children, 0);
    CHECK_EQ(table_known(fds[0]).backlog, 0);
}

CASE(f8_children_are_those_of_this_listener) {
    int32_t fd;
    wire_start();
    const int32_t first = wire_listener(PORT, 1);
    const int32_t second = wire_listener(PORT + 1, 1);
    wire_session(first, PORT, &fd);
    CHECK_EQ(table_known(first).children, 1);
    CHECK_EQ(table_known(second).children, 0);
}

CASE(f8_a_connection_shows_its_ends_bytes_and_times) {
    char data[5];
    wire_start();
    const int32_t fd = table_tcp();
    w5100_sim_conn *conn = table_connect(fd);
    const uint32_t connected = wire_now_ms();
    wire_run(100);
    table_client_sends(conn, "twelve bytes");
    CHECK_EQ(w5100_service(0), 0);
    CHECK_EQ(w5100_recv(fd, data, sizeof data, 0), 5);
    const uint32_t heard = wire_now_ms();
    wire_run(200);
    table_send(fd, 300);
    wire_run(50);
    CHECK_EQ(table_look(fd).outstanding, 0); /* acknowledged, and the library knows */
    w5100_sim_peer_vanish(wire_peer(), true);
    table_send(fd, 100);
    const uint32_t sent = wire_now_ms();
    wire_run(700);

    const w5100_info row = table_look(fd);
    CHECK_EQ(row.handle, fd);
    CHECK_EQ(row.kind, W5100_SOCK_STREAM);
    CHECK_EQ(row.hardware, 0);
    CHECK_EQ(row.status, TABLE_ESTABLISHED);
    CHECK_EQ(row.pending, 0);
    CHECK_EQ(row.backlog, 0);
    CHECK_EQ(row.children, 0);
    w5100_sockaddr_in own = {0};
    uint32_t length = sizeof own;
    CHECK_EQ(w5100_getsockname(fd, &own, &length), 0);
    CHECK_EQ(row.local_port, own.sin_port >> 8 | (own.sin_port & 0xFF) << 8);
    table_check_peer(row.remote_ip, row.remote_port, peer_ip, TABLE_PEER_PORT);
    CHECK_EQ(row.unread, 12 - 5);
    CHECK_EQ(row.outstanding, 100);
    CHECK_EQ(row.bytes_in, 5);
    CHECK_EQ(row.bytes_out, 400);
    CHECK_EQ(row.timeout_ms, 0);
    CHECK_EQ(row.tag, 0);
    table_check_ms(row.age_ms, wire_now_ms() - connected);
    table_check_ms(row.silent_ms, wire_now_ms() - heard);
    table_check_ms(row.outstanding_ms, wire_now_ms() - sent);
}

/* By whatever call the library learns of them: one that waits, one that receives, a look. What it
   does itself is no news from the peer, though the chip announces bytes that are left anew. */
CASE(f8_silence_is_counted_from_when_bytes_came_in_and_by_nothing_else) {
    static uint8_t data[1500];
    w5100_pollfd entry;
    wire_start();
    const int32_t fd = table_tcp();
    w5100_sim_conn *conn = table_connect(fd);
    for (int way = 0; way < 4; way++) {
        wire_client_sends(conn, data, sizeof data);
        wire_run(1);
        const uint32_t heard = wire_now_ms();
        switch (way) {
        case 0:
            CHECK_EQ(w5100_service(0), 0);
            break;
        case 1:
            CHECK_EQ(w5100_recv(fd, data, 5, 0), 5);
            break;
        case 2:
            entry = (w5100_pollfd){fd, W5100_POLLIN, 0};
            CHECK_EQ(w5100_poll(&entry, 1, 0), 1);
            break;
        default:
            table_look(fd);
        }
        wire_run(500);
        table_check_ms(table_look(fd).silent_ms, wire_now_ms() - heard);
        /* More than half of the ring: its room is given back by a RECV. */
        CHECK_EQ(w5100_recv(fd, data, 1300, 0), 1300);
        table_send(fd, 10);
        wire_run(500);
        CHECK_EQ(w5100_service(0), 0);
        table_check_ms(table_look(fd).silent_ms, wire_now_ms() - heard);
        CHECK_EQ(w5100_recv(fd, data, sizeof data, 0), way == 1 ? 195 : 200);
    }
}

CASE(f8_the_bytes_are_those_of_the_connection_and_not_of_the_one_before) {
    int32_t fd;
    wire_start();
    const int32_t listener = wire_listener(PORT, 1);
    for (int round = 0; round < 3; round++) {
        w5100_sim_conn *conn = wire_session(listener, PORT, &fd);
        const uint32_t begin = wire_now_ms();
        table_send(fd, 10 + round);
        wire_run(20);
        const w5100_info row = table_look(fd);
        CHECK_EQ(row.bytes_out, 10 + round);
        CHECK_EQ(row.bytes_in, 0);
        CHECK_EQ(row.outstanding, 0);
        CHECK_EQ(row.outstanding_ms, 0);
        table_check_ms(row.silent_ms, wire_now_ms() - begin);
        CHECK_EQ(w5100_close(fd), 0);
        w5100_sim_conn_free(conn);
        wire_run(500);
        CHECK_EQ(w5100_service(0), 0);
    }
}

CASE(f8_the_state_and_its_age_follow_the_connection) {
    int32_t fd;
    wire_start();
    w5100_sim_conn *conn = wire_session(wire_listener(PORT, 1), PORT, &fd);
    wire_run(300);
    w5100_sim_conn_close(conn);
    wire_run(1);
    CHECK_EQ(table_known(fd).status, TABLE_ESTABLISHED); /* nobody has asked */
    CHECK_EQ(table_look(fd).status, TABLE_CLOSE_WAIT);
    wire_run(400);
    CHECK_EQ(table_known(fd).status, TABLE_CLOSE_WAIT);
    table_check_ms(table_known(fd).age_ms, 400);
    w5100_sim_conn_abort(conn);
    wire_run(1);
    CHECK_EQ(table_look(fd).status, TABLE_CLOSED);
    CHECK_EQ(table_look(fd).outstanding, 0);
}

CASE(f8_the_timeout_tells_when_the_library_ends_the_connection) {
    int32_t fd;
    wire_start();
    w5100_sim_conn *conn = wire_session(wire_listener(PORT, 1), PORT, &fd);
    table_set(fd, W5100_IPPROTO_TCP, W5100_TCP_USER_TIMEOUT, 5000);
    table_set(fd, W5100_SOL_SOCKET, W5100_SO_CLOSE_WAIT_TIMEOUT, 3000);
    wire_run(100);
    CHECK_EQ(table_look(fd).timeout_ms, 0); /* neither is at stake */
    w5100_sim_peer_vanish(wire_peer(), true);
    table_send(fd, 100);
    wire_run(2000);
    table_check_ms(table_look(fd).timeout_ms, 5000 - 2000);
    /* The peer is back, takes it, and has nothing more to say. */
    w5100_sim_peer_vanish(wire_peer(), false);
    w5100_sim_conn_close(conn);
    wire_run(5000);
    const w5100_info row = table_look(fd);
    CHECK_EQ(row.status, TABLE_CLOSE_WAIT);
    CHECK_EQ(row.outstanding, 0);
    wire_run(1000);
    table_check_ms(table_look(fd).timeout_ms, 3000 - 1000);
}

CASE(f8_datagram_sockets_have_rows) {
    static const char text[10] = "ten bytes";
    const w5100_sockaddr_in peer = wire_address(PEER_IP, TABLE_PEER_PORT);
    static const uint8_t own_ip[4] = NETWORK(DEVICE_IP);
    wire_start();
    wire_run(1000);
    const int32_t unbound = CHECK_OK(w5100_socket(W5100_AF_INET, W5100_SOCK_DGRAM, 0));
    const int32_t fd = table_udp(53);
    const uint32_t opened = wire_now_ms();
    wire_run(700);
    w5100_info row = table_look(fd);
    table_check_ms(row.silent_ms, wire_now_ms() - opened);
    table_check_ms(row.age_ms, wire_now_ms() - opened);
    row = table_known(unbound);
    CHECK_EQ(row.kind, W5100_SOCK_DGRAM);
    CHECK_EQ(row.hardware, 255);
    CHECK_EQ(row.status, TABLE_CLOSED);
    CHECK_EQ(row.local_port, 0);

    CHECK_EQ(w5100_sim_peer_udp_bind(wire_peer(), TABLE_PEER_PORT, false), 0);
    CHECK_EQ(w5100_sim_peer_udp_send(wire_peer(), TABLE_PEER_PORT, own_ip, 53,
                                     (const uint8_t *)text, sizeof text),
             0);
    wire_run(10);
    const uint32_t heard = wire_now_ms();
    row = table_look(fd);
    CHECK_EQ(row.kind, W5100_SOCK_DGRAM);
    CHECK_EQ(row.hardware, 0);
    CHECK_EQ(row.status, TABLE_UDP);
    CHECK_EQ(row.local_port, 53);
    table_check_peer(row.remote_ip, row.remote_port, no_ip, 0);
    CHECK_EQ(row.unread, 8 + sizeof text); /* with its header */
    CHECK_EQ(row.bytes_in, 0);
    char data[20];
    CHECK_EQ(w5100_recv(fd, data, sizeof data, 0), sizeof text);
    CHECK_EQ(w5100_connect(fd, &peer, sizeof peer), 0);
    CHECK_EQ(w5100_send(fd, text, 4, 0), 4);
    wire_run(300);
    row = table_look(fd);
    table_check_peer(row.remote_ip, row.remote_port, peer_ip, TABLE_PEER_PORT);
    CHECK_EQ(row.unread, 0);
    CHECK_EQ(row.bytes_in, sizeof text);
    CHECK_EQ(row.bytes_out, 4);
    CHECK_EQ(row.outstanding, 0); /* it is out, and nobody acknowledges datagrams */
    table_check_ms(row.silent_ms, wire_now_ms() - heard);

    const int32_t raw = CHECK_OK(w5100_socket(W5100_AF_INET, W5100_SOCK_RAW, W5100_IPPROTO_ICMP));
    const w5100_sockaddr_in any = wire_address(0, 0);
    CHECK_EQ(w5100_bind(raw, &any, sizeof any), 0);
    row = table_known(raw);
    CHECK_EQ(row.kind, W5100_SOCK_RAW);
    CHECK_EQ(row.status, TABLE_IPRAW);
    CHECK_EQ(row.hardware, 1);
}

CASE(f8_a_wake_handle_has_a_row_with_its_handle_alone) {
    wire_start();
    const int32_t wake = CHECK_OK(w5100_wake_new(0));
    const w5100_info row = table_look(wake);
    CHECK_EQ(row.kind, 0);
    CHECK_EQ(row.hardware, 255);
    CHECK_EQ(row.status, 0);
}
