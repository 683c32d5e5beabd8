#include "table.h"

#include <string.h>

static w5100_info row_by(int32_t (*get)(int32_t, uint32_t, w5100_info *), int32_t fd) {
    w5100_info row;
    int32_t found;
    for (uint32_t i = 0; (found = get(0, i, &row)) >= 0; i++) {
        if (found > 0 && row.handle == fd) {
            return row;
        }
    }
    CHECK(!"the socket has a row");
    return row;
}

w5100_info table_known(int32_t fd) {
    return row_by(w5100_info_get, fd);
}

w5100_info table_look(int32_t fd) {
    return row_by(w5100_info_look, fd);
}

w5100_hardware table_hardware(uint32_t number) {
    w5100_hardware held;
    CHECK_EQ(w5100_hardware_get(0, number, &held), 0);
    return held;
}

void table_check_ms(uint32_t actual, uint32_t expected) {
    const int32_t off = (int32_t)(actual - expected);
    if (off < -TABLE_SLACK_MS || off > TABLE_SLACK_MS) {
        CHECK_EQ(actual, expected);
    }
}

void table_check_peer(const uint8_t *actual_ip, uint16_t actual_port, const uint8_t *ip,
                      uint16_t port) {
    CHECK(memcmp(actual_ip, ip, 4) == 0);
    CHECK_EQ(actual_port, port);
}

uint32_t table_frames(void) {
    w5100_sim_counters counters;
    CHECK_EQ(w5100_sim_counters_get(wire_chip(0), &counters), 0);
    return counters.frames;
}

int32_t table_tcp(void) {
    return CHECK_OK(w5100_socket(W5100_AF_INET, W5100_SOCK_STREAM, 0));
}

int32_t table_udp(uint16_t port) {
    const w5100_sockaddr_in local = wire_address(0, port);
    const int32_t fd = CHECK_OK(w5100_socket(W5100_AF_INET, W5100_SOCK_DGRAM, 0));
    CHECK_EQ(w5100_bind(fd, &local, sizeof local), 0);
    return fd;
}

void table_set(int32_t fd, int32_t level, int32_t name, uint32_t value) {
    CHECK_EQ(w5100_setsockopt(fd, level, name, &value, sizeof value), 0);
}

w5100_sim_conn *table_connect(int32_t fd) {
    const w5100_sockaddr_in address = wire_address(PEER_IP, TABLE_PEER_PORT);
    w5100_sim_conn *conn;
    CHECK_EQ(w5100_sim_peer_listen(wire_peer(), TABLE_PEER_PORT), 0);
    CHECK_EQ(w5100_connect(fd, &address, sizeof address), 0);
    wire_run(1);
    conn = w5100_sim_peer_accept(wire_peer(), TABLE_PEER_PORT);
    CHECK(conn != NULL);
    return conn;
}

void table_client_sends(w5100_sim_conn *conn, const char *text) {
    wire_client_sends(conn, text, strlen(text));
    wire_run(1);
}

void table_send(int32_t fd, int32_t length) {
    static const uint8_t zeros[TABLE_RING];
    CHECK_EQ(w5100_send(fd, zeros, (size_t)length, 0), length);
}
