#include "wire.h"

#include <string.h>

#include "port.h"

#define SEED 5100
#define STEP_MS 1
#define PATIENCE_MS 60000

static w5100_sim_world *world;
static w5100_sim_chip *chips[2];
static w5100_sim_peer *peer;

w5100_config wire_config(int index) {
    const w5100_config config = {
        .size = sizeof config,
        .mac = {0x02, 0, 0, 0, 0, (uint8_t)(1 + index)},
        .ip = NETWORK((uint8_t)(DEVICE_IP + index)),
        .mask = {255, 255, 255, 0},
        .gateway = NETWORK(1),
    };
    return config;
}

w5100_sim_chip *wire_add_chip(int index) {
    if (world == NULL) {
        world = w5100_sim_wire(SEED);
        CHECK(world != NULL);
        w5100_sim_thread_enter(world);
    }
    chips[index] = w5100_sim_chip_new(world);
    CHECK(chips[index] != NULL);
    return chips[index];
}

int32_t wire_add_device(int index) {
    const w5100_config config = wire_config(index);
    return CHECK_OK(WIZnet_Enable(port_of(wire_add_chip(index)), &config));
}

void wire_add_peer(void) {
    static const uint8_t mac[6] = {0x02, 0, 0, 0, 0, PEER_IP};
    static const uint8_t ip[4] = NETWORK(PEER_IP);
    static const uint8_t mask[4] = {255, 255, 255, 0};
    static const uint8_t gateway[4] = NETWORK(1);
    peer = w5100_sim_peer_new(world, mac, ip, mask, gateway);
    CHECK(peer != NULL);
}

void wire_start(void) {
    CHECK_EQ(wire_add_device(0), 0);
    wire_add_peer();
}

w5100_sim_world *wire_world(void) {
    return world;
}

w5100_sim_chip *wire_chip(int index) {
    return chips[index];
}

w5100_sim_peer *wire_peer(void) {
    return peer;
}

void wire_run(uint32_t ms) {
    w5100_sim_run_for(world, ms);
}

uint32_t wire_now_ms(void) {
    return w5100_sim_now_ms(chips[0]);
}

bool wire_until(bool (*holds)(void *context), void *context, uint32_t limit_ms) {
    for (uint32_t ms = 0; !holds(context); ms += STEP_MS) {
        if (ms >= limit_ms) {
            return false;
        }
        wire_run(STEP_MS);
    }
    return true;
}

w5100_sockaddr_in wire_address(uint8_t last, uint16_t port) {
    const uint8_t ip[4] = NETWORK(last);
    w5100_sockaddr_in address = {.sin_family = W5100_AF_INET};
    const uint8_t bytes[2] = {(uint8_t)(port >> 8), (uint8_t)port};
    memcpy(&address.sin_port, bytes, sizeof bytes);
    if (last != 0) {
        memcpy(&address.sin_addr, ip, sizeof ip);
    }
    return address;
}

int32_t wire_listener(uint16_t port, int32_t backlog) {
    const w5100_sockaddr_in local = wire_address(0, port);
    const int32_t listener = CHECK_OK(w5100_socket(W5100_AF_INET, W5100_SOCK_STREAM, 0));
    CHECK_EQ(w5100_bind(listener, &local, sizeof local), 0);
    CHECK_EQ(w5100_listen(listener, backlog), 0);
    return listener;
}

/* The program's tasks are all busy elsewhere, so it lets the library look after its listeners. */
static bool is_established(void *conn) {
    w5100_service(0);
    return w5100_sim_conn_established(conn);
}

w5100_sim_conn *wire_client(uint16_t port) {
    static const uint8_t ip[4] = NETWORK(DEVICE_IP);
    w5100_sim_conn *conn = w5100_sim_peer_connect(peer, ip, port);
    CHECK(conn != NULL);
    CHECK(wire_until(is_established, conn, PATIENCE_MS));
    return conn;
}

w5100_sim_conn *wire_session(int32_t listener, uint16_t port, int32_t *accepted) {
    w5100_sim_conn *conn = wire_client(port);
    *accepted = CHECK_OK(w5100_accept(listener, NULL, NULL));
    return conn;
}

struct bytes {
    w5100_sim_conn *conn;
    const uint8_t *data;
    size_t length;
    size_t done;
};

static bool all_sent(void *context) {
    struct bytes *bytes = context;
    bytes->done +=
        w5100_sim_conn_send(bytes->conn, bytes->data + bytes->done, bytes->length - bytes->done);
    return bytes->done == bytes->length;
}

void wire_client_sends(w5100_sim_conn *conn, const void *data, size_t length) {
    struct bytes bytes = {conn, data, length, 0};
    CHECK(wire_until(all_sent, &bytes, PATIENCE_MS));
}

static bool all_there(void *context) {
    struct bytes *bytes = context;
    uint8_t part[2048];
    const size_t left = bytes->length - bytes->done;
    const size_t room = left < sizeof part ? left : sizeof part;
    const size_t count = w5100_sim_conn_recv(bytes->conn, part, room);
    CHECK(memcmp(part, bytes->data + bytes->done, count) == 0);
    bytes->done += count;
    return bytes->done == bytes->length;
}

void wire_client_gets(w5100_sim_conn *conn, const void *data, size_t length) {
    struct bytes bytes = {conn, data, length, 0};
    CHECK(wire_until(all_there, &bytes, PATIENCE_MS));
}

uint32_t wire_free_sockets(int32_t device) {
    w5100_counters counters;
    CHECK_EQ(w5100_counters_get(device, &counters), 0);
    return counters.free_sockets;
}

void wire_still_works(uint16_t port) {
    char data[5];
    int32_t fd;
    const int32_t listener = wire_listener(port, 1);
    w5100_sim_conn *conn = wire_session(listener, port, &fd);
    wire_client_sends(conn, "alive", 5);
    CHECK_EQ(w5100_recv(fd, data, sizeof data, 0), 5);
    CHECK_EQ(w5100_send(fd, data, sizeof data, 0), 5);
    wire_client_gets(conn, "alive", 5);
    CHECK_EQ(w5100_close(fd), 0);
    CHECK_EQ(w5100_close(listener), 0);
    w5100_sim_conn_free(conn);
}

uint32_t wire_violations(void) {
    w5100_sim_counters counters;
    CHECK_EQ(w5100_sim_counters_get(chips[0], &counters), 0);
    return counters.violations;
}
