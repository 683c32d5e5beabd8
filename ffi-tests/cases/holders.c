/* W12: who holds a port, by its tag; R8: what it costs to read that. */
#include <stdio.h>
#include <string.h>

#include "table.h"

#define PORT 80

/* Who has `port`, by the rows alone. */
static w5100_info holder(uint16_t port) {
    w5100_info row;
    int32_t found;
    for (uint32_t i = 0; (found = w5100_info_get(0, i, &row)) >= 0; i++) {
        if (found > 0 && row.local_port == port) {
            return row;
        }
    }
    memset(&row, 0, sizeof row);
    return row;
}

CASE(w12_the_row_of_a_port_shows_who_holds_it_by_its_tag) {
    const w5100_sockaddr_in local = wire_address(0, PORT);
    wire_start();
    const int32_t fd = table_tcp();
    table_set(fd, W5100_SOL_SOCKET, W5100_SO_TAG, 0xC0FFEE);
    CHECK_EQ(w5100_bind(fd, &local, sizeof local), 0);
    const int32_t datagram = table_udp(PORT + 1);
    table_set(datagram, W5100_SOL_SOCKET, W5100_SO_TAG, 0xFFFFFFFF);
    const int32_t second = table_tcp();
    CHECK_ERROR(w5100_bind(second, &local, sizeof local), EADDRINUSE);
    CHECK_EQ(holder(PORT).handle, fd);
    CHECK_EQ(holder(PORT).tag, 0xC0FFEE);
    CHECK_EQ(holder(PORT + 1).handle, datagram);
    CHECK_EQ(holder(PORT + 1).tag, 0xFFFFFFFF);
    CHECK_EQ(table_known(second).tag, 0);
    /* A tag may be changed at any time, and read back. */
    uint32_t tag = 0;
    uint32_t length = sizeof tag;
    table_set(fd, W5100_SOL_SOCKET, W5100_SO_TAG, 7);
    CHECK_EQ(w5100_getsockopt(fd, W5100_SOL_SOCKET, W5100_SO_TAG, &tag, &length), 0);
    CHECK_EQ(tag, 7);
    CHECK_EQ(holder(PORT).tag, 7);
    CHECK_EQ(w5100_close(fd), 0);
    CHECK_EQ(holder(PORT).handle, 0);
    CHECK_EQ(w5100_bind(second, &local, sizeof local), 0);
    CHECK_EQ(holder(PORT).handle, second);
    CHECK_EQ(holder(PORT).tag, 0);
}

CASE(w12_accepted_sockets_have_the_tag_of_their_listener_and_may_get_another) {
    int32_t fds[2];
    wire_start();
    const int32_t listener = wire_listener(PORT, 2);
    table_set(listener, W5100_SOL_SOCKET, W5100_SO_TAG, 5);
    for (int i = 0; i < 2; i++) {
        wire_session(listener, PORT, &fds[i]);
        CHECK_EQ(table_known(fds[i]).tag, 5);
        CHECK_EQ(table_known(fds[i]).local_port, PORT);
    }
    table_set(fds[0], W5100_SOL_SOCKET, W5100_SO_TAG, 6);
    CHECK_EQ(table_known(fds[0]).tag, 6);
    CHECK_EQ(table_known(fds[1]).tag, 5);
    CHECK_EQ(table_known(listener).tag, 5);
    /* Who has which hardware socket: its handle leads to the row. */
    for (int i = 0; i < 2; i++) {
        CHECK_EQ(table_hardware(table_known(fds[i]).hardware).handle, fds[i]);
    }
}

CASE(w12_a_tag_ends_with_its_socket) {
    wire_start();
    for (int round = 0; round < 100; round++) {
        const int32_t fd = table_tcp();
        CHECK_EQ(table_known(fd).tag, 0);
        table_set(fd, W5100_SOL_SOCKET, W5100_SO_TAG, 0xAAAAAAAA);
        CHECK_EQ(w5100_close(fd), 0);
    }
}

/* Reads everything that reads without asking. */
static void read_all(void) {
    w5100_info row;
    w5100_counters counters;
    for (uint32_t i = 0; w5100_info_get(0, i, &row) >= 0; i++) {
    }
    for (uint32_t i = 0; i < 4; i++) {
        table_hardware(i);
    }
    CHECK_EQ(w5100_counters_get(0, &counters), 0);
}

/* What reading costs now: nothing, or with a look the bound, only for what has hardware. */
static void check_cost(const char *when) {
    w5100_info row;
    int32_t found;
    const uint32_t before = table_frames();
    read_all();
    if (table_frames() != before) {
        printf("%s:\n", when);
        CHECK_EQ(table_frames() - before, 0);
    }
    for (uint32_t i = 0; (found = w5100_info_get(0, i, &row)) >= 0; i++) {
        const uint32_t most = found > 0 && row.hardware != 255 ? W5100_LOOK_FRAMES : 0;
        const uint32_t begin = table_frames();
        CHECK_EQ(w5100_info_look(0, i, &row), found);
        const uint32_t cost = table_frames() - begin;
        if (cost > most) {
            printf("%s, row %u:\n", when, (unsigned)i);
            CHECK_EQ(cost, most);
        }
    }
}

/* Every kind of row at once, with news for each: before a look it knows nothing of them. */
CASE(r8_reading_rows_costs_no_frame_and_a_look_its_bound) {
    const w5100_sockaddr_in nobody = wire_address(NOBODY_IP, 1);
    static const uint8_t own_ip[4] = NETWORK(DEVICE_IP);
    static const uint8_t text[4] = "new";
    int32_t fd;
    wire_start();
    check_cost("nothing is open");
    const int32_t listener = wire_listener(PORT, 2);
    table_tcp();
    check_cost("a listener");
    w5100_sim_conn *conn = wire_session(listener, PORT, &fd);
    check_cost("a connection");
    w5100_sim_conn_send(conn, text, sizeof text);
    table_send(fd, TABLE_RING);
    check_cost("bytes both ways");
    wire_run(10);
    check_cost("they have arrived");
    const int32_t datagram = table_udp(53);
    w5100_sim_peer_udp_bind(wire_peer(), 53, false);
    w5100_sim_peer_udp_send(wire_peer(), 53, own_ip, 53, text, sizeof text);
    wire_run(10);
    check_cost("a datagram waits");
    CHECK_EQ(w5100_sendto(datagram, "x", 1, 0, &nobody, sizeof nobody), 1);
    check_cost("a datagram in ARP");
    wire_run(3000);
    check_cost("which failed");
    w5100_sim_conn_close(conn);
    w5100_sim_peer_connect(wire_peer(), own_ip, PORT);
    wire_run(10);
    check_cost("the peer has closed, another client comes");
    w5100_sim_conn_abort(conn);
    wire_run(10);
    check_cost("the connection is reset");
    w5100_sim_peer_vanish(wire_peer(), true);
    fd = CHECK_OK(w5100_accept(listener, NULL, NULL));
    table_send(fd, 10);
    check_cost("a peer vanished");
    wire_run(40000); /* 31.8 s: the chip gives up */
    check_cost("the chip gave up");
    CHECK_EQ(w5100_close(fd), 0);
    check_cost("closed");
}
