/* Raw sockets: IP packets of one protocol, and Ethernet frames. */
#include <string.h>

#include "port.h"
#include "wire.h"

#define EXPERIMENT 253 /* an IP protocol for experiments (RFC 3692) */
#define MAC_SIZE 6
#define HEADER 14

static const uint8_t broadcast[MAC_SIZE] = {255, 255, 255, 255, 255, 255};
static const uint8_t peer_mac[MAC_SIZE] = {0x02, 0, 0, 0, 0, PEER_IP};

static int32_t raw(int32_t protocol) {
    return CHECK_OK(w5100_socket(W5100_AF_INET, W5100_SOCK_RAW, protocol));
}

static int32_t packet(void) {
    return CHECK_OK(w5100_socket(W5100_AF_PACKET, W5100_SOCK_RAW, 0));
}

/* The Internet checksum (RFC 1071). */
static uint16_t checksum(const uint8_t *bytes, size_t length) {
    uint32_t sum = 0;
    for (size_t i = 0; i < length; i++) {
        sum += i % 2 == 0 ? (uint32_t)bytes[i] << 8 : bytes[i];
    }
    sum = (sum & 0xFFFF) + (sum >> 16);
    return (uint16_t) ~(sum + (sum >> 16));
}

static void put_word(uint8_t *at, uint16_t value) {
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static void inject(const uint8_t *frame, size_t length) {
    CHECK_EQ(w5100_sim_peer_inject(wire_peer(), frame, length), 0);
    wire_run(20);
}

/* An IP packet of the peer's comes to the chip. */
static void arrives(uint8_t protocol, const char *text) {
    uint8_t frame[200] = {0};
    static const uint8_t ips[8] = {192, 168, 1, PEER_IP, 192, 168, 1, DEVICE_IP};
    const w5100_config config = wire_config(0);
    uint8_t *const ip = frame + HEADER;
    memcpy(frame, config.mac, MAC_SIZE);
    memcpy(frame + MAC_SIZE, peer_mac, MAC_SIZE);
    put_word(frame + 12, 0x0800);
    ip[0] = 0x45;
    put_word(ip + 2, (uint16_t)(20 + strlen(text)));
    ip[8] = 64;
    ip[9] = protocol;
    memcpy(ip + 12, ips, sizeof ips);
    put_word(ip + 10, checksum(ip, 20));
    memcpy(ip + 20, text, strlen(text));
    inject(frame, HEADER + 20 + strlen(text));
}

CASE(socket_refuses_what_the_chip_keeps_to_itself) {
    wire_start();
    CHECK_ERROR(w5100_socket(W5100_AF_INET, W5100_SOCK_RAW, 0), EPROTONOSUPPORT);
    CHECK_ERROR(w5100_socket(W5100_AF_INET, W5100_SOCK_RAW, W5100_IPPROTO_TCP), EPROTONOSUPPORT);
    CHECK_ERROR(w5100_socket(W5100_AF_INET, W5100_SOCK_RAW, W5100_IPPROTO_UDP), EPROTONOSUPPORT);
    CHECK_ERROR(w5100_socket(W5100_AF_INET, W5100_SOCK_RAW, 256), EINVAL);
    CHECK_ERROR(w5100_socket(W5100_AF_INET, W5100_SOCK_RAW, -1), EINVAL);
    CHECK_ERROR(w5100_socket(W5100_AF_PACKET, W5100_SOCK_DGRAM, 0), ESOCKTNOSUPPORT);
    CHECK_ERROR(w5100_socket(W5100_AF_PACKET, W5100_SOCK_STREAM, 0), ESOCKTNOSUPPORT);
    CHECK_ERROR(w5100_socket(W5100_AF_PACKET, W5100_SOCK_RAW, 1), EPROTOTYPE);
    raw(1);
    raw(255);
    packet();
    CHECK_EQ(wire_free_sockets(0), 4);
}

CASE(so_type_of_raw_sockets_is_sock_raw) {
    int32_t fds[2];
    wire_start();
    fds[0] = raw(EXPERIMENT);
    fds[1] = packet();
    for (int i = 0; i < 2; i++) {
        int32_t type = -1;
        uint32_t length = sizeof type;
        CHECK_EQ(w5100_getsockopt(fds[i], W5100_SOL_SOCKET, W5100_SO_TYPE, &type, &length), 0);
        CHECK_EQ(type, W5100_SOCK_RAW);
        CHECK_ERROR(w5100_listen(fds[i], 1), EOPNOTSUPP);
        CHECK_ERROR(w5100_accept(fds[i], NULL, NULL), EOPNOTSUPP);
        CHECK_ERROR(w5100_outstanding(fds[i]), EOPNOTSUPP);
    }
}

CASE(an_echo_request_is_answered) {
    uint8_t request[8 + 32] = {8, 0, 0, 0, 0x12, 0x34, 0, 1};
    uint8_t reply[1500];
    w5100_sockaddr_in from;
    uint32_t length = sizeof from;
    wire_start();
    const w5100_sockaddr_in peer = wire_address(PEER_IP, 0);
    const int32_t fd = raw(W5100_IPPROTO_ICMP);
    put_word(request + 2, checksum(request, sizeof request));
    CHECK_EQ(w5100_sendto(fd, request, sizeof request, 0, &peer, sizeof peer), sizeof request);
    CHECK_EQ(w5100_recvfrom(fd, reply, sizeof reply, 0, &from, &length), sizeof request);
    CHECK_EQ(reply[0], 0);
    CHECK_EQ(checksum(reply, sizeof request), 0);
    CHECK(memcmp(reply + 4, request + 4, sizeof request - 4) == 0);
    CHECK(memcmp(&from, &peer, 8) == 0);
}

CASE(a_raw_socket_gets_payloads_of_its_protocol) {
    char data[16];
    wire_start();
    const w5100_sockaddr_in any = wire_address(0, 0);
    const w5100_sockaddr_in other = wire_address(NOBODY_IP, 0);
    const int32_t fd = raw(EXPERIMENT);
    CHECK_EQ(w5100_bind(fd, &any, sizeof any), 0);
    arrives(EXPERIMENT - 1, "another's");
    arrives(EXPERIMENT, "first");
    arrives(EXPERIMENT, "second");
    CHECK_EQ(w5100_recv(fd, data, 2, W5100_MSG_TRUNC), 5);
    CHECK_EQ(w5100_recv(fd, data, sizeof data, 0), 6);
    CHECK(memcmp(data, "second", 6) == 0);
    CHECK_EQ(w5100_connect(fd, &other, sizeof other), 0);
    arrives(EXPERIMENT, "foreign");
    CHECK_ERROR(w5100_recv(fd, data, sizeof data, W5100_MSG_DONTWAIT), EAGAIN);
}

CASE(packets_too_long_or_empty_are_refused) {
    static uint8_t data[1481];
    wire_start();
    const w5100_sockaddr_in peer = wire_address(PEER_IP, 0);
    const int32_t fd = raw(EXPERIMENT);
    CHECK_ERROR(w5100_sendto(fd, data, 1481, 0, &peer, sizeof peer), EMSGSIZE);
    CHECK_ERROR(w5100_sendto(fd, data, 0, 0, &peer, sizeof peer), EOPNOTSUPP);
    CHECK_ERROR(w5100_send(fd, data, 1, 0), EDESTADDRREQ);
    CHECK_EQ(w5100_sendto(fd, data, 1480, 0, &peer, sizeof peer), 1480);
}

CASE(a_raw_send_that_erratum_1_swallows_is_told_once) {
    char data[4];
    wire_start();
    const w5100_sockaddr_in peer = wire_address(PEER_IP, 0);
    const int32_t fd = raw(EXPERIMENT);
    CHECK_EQ(w5100_connect(fd, &peer, sizeof peer), 0);
    w5100_sim_fault_swallow_send(wire_chip(0));
    CHECK_EQ(w5100_send(fd, "lost", 4, 0), 4);
    CHECK_ERROR(w5100_recv(fd, data, sizeof data, 0), ENETRESET);
    arrives(EXPERIMENT, "peer");
    CHECK_EQ(w5100_recv(fd, data, sizeof data, 0), 4);
}

CASE(frames_go_out_and_come_in_whole) {
    uint8_t request[HEADER + 28] = {0};
    static const uint8_t kinds[8] = {0, 1, 8, 0, MAC_SIZE, 4, 0, 1};
    static const uint8_t peer_ip[4] = NETWORK(PEER_IP);
    uint8_t frame[1514];
    wire_start();
    const w5100_config config = wire_config(0);
    const int32_t fd = packet();
    memcpy(request, broadcast, MAC_SIZE);
    memcpy(request + MAC_SIZE, config.mac, MAC_SIZE);
    put_word(request + 12, 0x0806);
    memcpy(request + HEADER, kinds, sizeof kinds);
    memcpy(request + HEADER + 8, config.mac, MAC_SIZE);
    memcpy(request + HEADER + 14, config.ip, 4);
    memcpy(request + HEADER + 24, peer_ip, 4);
    /* Somebody asks for the peer's MAC by ARP, and the peer answers. */
    CHECK_EQ(w5100_send(fd, request, sizeof request, 0), sizeof request);
    CHECK_EQ(w5100_recv(fd, frame, sizeof frame, 0), sizeof request);
    CHECK(memcmp(frame, config.mac, MAC_SIZE) == 0);
    CHECK(memcmp(frame + HEADER + 8, peer_mac, MAC_SIZE) == 0);
    CHECK_EQ(frame[HEADER + 7], 2);
    CHECK_EQ(wire_violations(), 0);
}

CASE(frames_of_impossible_length_are_refused) {
    static uint8_t frame[1515];
    wire_start();
    const int32_t fd = packet();
    CHECK_ERROR(w5100_send(fd, frame, 13, 0), EINVAL);
    CHECK_ERROR(w5100_send(fd, frame, 1515, 0), EMSGSIZE);
    CHECK_EQ(w5100_send(fd, frame, 14, 0), 14);
    CHECK_EQ(w5100_send(fd, frame, 1514, 0), 1514);
}

CASE(frames_for_others_come_in_when_asked_for) {
    static const uint8_t nobody[MAC_SIZE] = {2, 7, 7, 7, 7, 7};
    uint8_t frame[64] = {0};
    uint8_t got[64];
    int32_t fds[2];
    wire_start();
    const w5100_sockaddr_in any = wire_address(0, 0);
    memcpy(frame, nobody, MAC_SIZE);
    memcpy(frame + MAC_SIZE, peer_mac, MAC_SIZE);
    put_word(frame + 12, 0x88B5);
    for (int32_t all = 0; all <= 1; all++) {
        int32_t value = -1;
        uint32_t length = sizeof value;
        const int32_t fd = fds[all] = packet();
        CHECK_EQ(w5100_setsockopt(fd, W5100_SOL_SOCKET, W5100_SO_PROMISCUOUS, &all, sizeof all), 0);
        CHECK_EQ(w5100_getsockopt(fd, W5100_SOL_SOCKET, W5100_SO_PROMISCUOUS, &value, &length), 0);
        CHECK_EQ(value, all);
        CHECK_EQ(w5100_bind(fd, &any, sizeof any), 0);
        inject(frame, sizeof frame);
        if (all) {
            CHECK_EQ(w5100_recv(fd, got, sizeof got, 0), sizeof frame);
            CHECK(memcmp(got, frame, sizeof frame) == 0);
        } else {
            CHECK_ERROR(w5100_recv(fd, got, sizeof got, W5100_MSG_DONTWAIT), EAGAIN);
        }
        CHECK_EQ(w5100_close(fd), 0);
    }
}

CASE(frames_need_the_first_hardware_socket) {
    static uint8_t frame[60];
    int32_t session;
    wire_start();
    const int32_t listener = wire_listener(80, 4);
    w5100_sim_conn *client = wire_session(listener, 80, &session);
    const int32_t fd = packet();
    CHECK_ERROR(w5100_send(fd, frame, sizeof frame, 0), ENOBUFS);
    CHECK_EQ(w5100_close(session), 0);
    w5100_sim_conn_free(client);
    wire_run(100);
    CHECK_EQ(w5100_service(0), 0);
    wire_run(100);
    CHECK_EQ(w5100_service(0), 0);
    /* Now only the listener may have it, which gives it up. */
    CHECK_EQ(w5100_send(fd, frame, sizeof frame, 0), sizeof frame);
    client = wire_session(listener, 80, &session);
    CHECK_EQ(w5100_send(session, "hello", 5, 0), 5);
    wire_client_gets(client, "hello", 5);
    w5100_sim_conn_free(client);
}
