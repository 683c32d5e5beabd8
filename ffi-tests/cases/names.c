/* Names: bind, getsockname, getpeername. */
#include <string.h>

#include "port.h"
#include "wire.h"

static int32_t tcp(void) {
    return CHECK_OK(w5100_socket(W5100_AF_INET, W5100_SOCK_STREAM, 0));
}

static int32_t bind_port(int32_t fd, uint16_t port) {
    const w5100_sockaddr_in local = wire_address(0, port);
    return w5100_bind(fd, &local, sizeof local);
}

static w5100_sockaddr_in name_of(int32_t fd) {
    w5100_sockaddr_in local;
    uint32_t length = sizeof local;
    CHECK_EQ(w5100_getsockname(fd, &local, &length), 0);
    CHECK_EQ(length, sizeof local);
    CHECK_EQ(local.sin_family, W5100_AF_INET);
    return local;
}

CASE(w1_bind_to_port_0_picks_a_free_port) {
    wire_start();
    const int32_t first = tcp();
    const int32_t second = tcp();
    CHECK_EQ(bind_port(first, 0), 0);
    CHECK_EQ(bind_port(second, 0), 0);
    CHECK(name_of(first).sin_port != 0);
    CHECK(name_of(second).sin_port != 0);
    CHECK(name_of(first).sin_port != name_of(second).sin_port);
}

static uint32_t first_random(void *context) {
    (void)context;
    return 0x12345678;
}

static uint32_t second_random(void *context) {
    (void)context;
    return 0x9ABCDEF1;
}

static uint16_t first_port_with(uint32_t (*random)(void *)) {
    w5100_port *port = port_of(wire_chip(0));
    const w5100_config config = wire_config(0);
    port->random = random;
    const int32_t device = CHECK_OK(WIZnet_Enable(port, &config));
    const int32_t fd = CHECK_OK(w5100_socket_on(device, W5100_AF_INET, W5100_SOCK_STREAM, 0));
    CHECK_EQ(bind_port(fd, 0), 0);
    const uint16_t chosen = name_of(fd).sin_port;
    CHECK_EQ(WIZnet_Disable(device), 0);
    return chosen;
}

CASE(w1_the_first_port_differs_after_a_restart) {
    wire_add_chip(0);
    CHECK(first_port_with(first_random) != first_port_with(second_random));
}

static int asked_for_random;

static uint32_t counted_random(void *context) {
    asked_for_random++;
    return first_random(context);
}

/* Ports are seen by other hosts: what questions for names are numbered by is apart from them. */
CASE(questions_for_names_have_random_bits_of_their_own) {
    wire_add_chip(0);
    first_port_with(counted_random);
    CHECK_EQ(asked_for_random, 2);
}

CASE(w2_bind_is_the_reservation) {
    wire_start();
    const int32_t first = tcp();
    const int32_t second = tcp();
    CHECK_EQ(bind_port(first, 5000), 0);
    CHECK_ERROR(bind_port(second, 5000), EADDRINUSE);
    CHECK_EQ(w5100_close(first), 0);
    CHECK_EQ(bind_port(second, 5000), 0);
}

CASE(w2_tcp_and_udp_ports_are_apart) {
    wire_start();
    CHECK_EQ(bind_port(tcp(), 5000), 0);
    CHECK_EQ(bind_port(CHECK_OK(w5100_socket(W5100_AF_INET, W5100_SOCK_DGRAM, 0)), 5000), 0);
}

static uint16_t port_number(w5100_sockaddr_in address) {
    uint8_t bytes[2];
    memcpy(bytes, &address.sin_port, sizeof bytes);
    return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

/* See which port an implicit bind takes, reserve those after it, and let some more happen. */
CASE(w3_an_implicit_bind_never_takes_a_bound_port) {
    enum { RESERVED = 8 };
    const w5100_sockaddr_in server = wire_address(PEER_IP, 7000);
    wire_start();
    CHECK_EQ(w5100_sim_peer_listen(wire_peer(), 7000), 0);
    const int32_t probe = tcp();
    CHECK_EQ(w5100_connect(probe, &server, sizeof server), 0);
    const uint16_t next = (uint16_t)(port_number(name_of(probe)) + 1);
    for (uint16_t i = 0; i < RESERVED; i++) {
        CHECK_EQ(bind_port(tcp(), (uint16_t)(next + i)), 0);
    }
    for (int i = 0; i < 3; i++) {
        const int32_t fd = tcp();
        CHECK_EQ(w5100_connect(fd, &server, sizeof server), 0);
        CHECK((uint16_t)(port_number(name_of(fd)) - next) >= RESERVED);
    }
}

CASE(w4_getsockname_gives_the_port_always_and_the_ip_once_connected) {
    static const uint8_t own[4] = NETWORK(DEVICE_IP);
    static const uint8_t any[4] = {0};
    const w5100_sockaddr_in server = wire_address(PEER_IP, 7000);
    const w5100_sockaddr_in port_6000 = wire_address(0, 6000);
    wire_start();
    CHECK_EQ(w5100_sim_peer_listen(wire_peer(), 7000), 0);
    const int32_t fd = tcp();
    CHECK_EQ(name_of(fd).sin_port, 0);
    CHECK_EQ(bind_port(fd, 6000), 0);
    w5100_sockaddr_in name = name_of(fd);
    CHECK_EQ(name.sin_port, port_6000.sin_port);
    CHECK(memcmp(&name.sin_addr, any, 4) == 0);
    CHECK_EQ(w5100_connect(fd, &server, sizeof server), 0);
    name = name_of(fd);
    CHECK_EQ(name.sin_port, port_6000.sin_port);
    CHECK(memcmp(&name.sin_addr, own, 4) == 0);
}

CASE(w4_an_accepted_session_knows_both_names) {
    static const uint8_t own[4] = NETWORK(DEVICE_IP);
    static const uint8_t other[4] = NETWORK(PEER_IP);
    w5100_sockaddr_in from, peer;
    uint32_t from_length = sizeof from, peer_length = sizeof peer;
    wire_start();
    const int32_t listener = wire_listener(80, 1);
    wire_client(80);
    const int32_t fd = CHECK_OK(w5100_accept(listener, &from, &from_length));
    CHECK_EQ(from_length, sizeof from);
    CHECK(memcmp(&from.sin_addr, other, 4) == 0);
    CHECK_EQ(w5100_getpeername(fd, &peer, &peer_length), 0);
    CHECK(memcmp(&peer.sin_addr, other, 4) == 0);
    CHECK_EQ(peer.sin_port, from.sin_port);
    CHECK(peer.sin_port != 0);
    const w5100_sockaddr_in name = name_of(fd);
    CHECK_EQ(name.sin_port, wire_address(0, 80).sin_port);
    CHECK(memcmp(&name.sin_addr, own, 4) == 0);
}

CASE(bind_answers_for_each_mistake) {
    const w5100_sockaddr_in good = wire_address(0, 5000);
    const w5100_sockaddr_in foreign = wire_address(PEER_IP, 5001);
    w5100_sockaddr_in family = good;
    family.sin_family = 99;
    wire_start();
    const int32_t fd = tcp();
    CHECK_ERROR(w5100_bind(fd, NULL, sizeof good), EFAULT);
    CHECK_ERROR(w5100_bind(fd, &good, sizeof good - 1), EINVAL);
    CHECK_ERROR(w5100_bind(fd, &family, sizeof family), EAFNOSUPPORT);
    CHECK_ERROR(w5100_bind(fd, &foreign, sizeof foreign), EADDRNOTAVAIL);
    CHECK_EQ(w5100_bind(fd, &good, sizeof good), 0);
    CHECK_ERROR(w5100_bind(fd, &good, sizeof good), EINVAL);
}

CASE(getpeername_without_a_peer) {
    w5100_sockaddr_in peer;
    uint32_t length = sizeof peer;
    wire_start();
    CHECK_ERROR(w5100_getpeername(tcp(), &peer, &length), ENOTCONN);
}
