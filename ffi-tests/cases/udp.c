/* Datagrams. */
#include <string.h>

#include "port.h"
#include "wire.h"

#define ECHO_PORT 7

static int32_t udp(void) {
    return CHECK_OK(w5100_socket(W5100_AF_INET, W5100_SOCK_DGRAM, 0));
}

static void start_with_echo(void) {
    wire_start();
    CHECK_EQ(w5100_sim_peer_udp_bind(wire_peer(), ECHO_PORT, true), 0);
}

CASE(a_datagram_comes_back_with_its_senders_address) {
    const w5100_sockaddr_in peer = wire_address(PEER_IP, ECHO_PORT);
    w5100_sockaddr_in from;
    uint32_t length = sizeof from;
    char data[16];
    start_with_echo();
    const int32_t fd = udp();
    CHECK_EQ(w5100_sendto(fd, "hello", 5, 0, &peer, sizeof peer), 5);
    CHECK_EQ(w5100_recvfrom(fd, data, sizeof data, 0, &from, &length), 5);
    CHECK(memcmp(data, "hello", 5) == 0);
    CHECK_EQ(length, sizeof from);
    CHECK_EQ(from.sin_port, peer.sin_port);
    CHECK(memcmp(&from.sin_addr, &peer.sin_addr, 4) == 0);
}

CASE(a_connected_socket_sends_without_an_address) {
    const w5100_sockaddr_in peer = wire_address(PEER_IP, ECHO_PORT);
    char data[16];
    start_with_echo();
    const int32_t fd = udp();
    CHECK_ERROR(w5100_send(fd, "x", 1, 0), EDESTADDRREQ);
    CHECK_EQ(w5100_connect(fd, &peer, sizeof peer), 0);
    CHECK_EQ(w5100_send(fd, "again", 5, 0), 5);
    CHECK_EQ(w5100_recv(fd, data, sizeof data, 0), 5);
}

CASE(a_short_read_loses_the_rest_of_the_datagram_only) {
    const w5100_sockaddr_in peer = wire_address(PEER_IP, ECHO_PORT);
    char data[16];
    int32_t available = 0;
    start_with_echo();
    const int32_t fd = udp();
    CHECK_EQ(w5100_sendto(fd, "first", 5, 0, &peer, sizeof peer), 5);
    CHECK_EQ(w5100_sendto(fd, "second", 6, 0, &peer, sizeof peer), 6);
    wire_run(20);
    CHECK_EQ(w5100_ioctl(fd, W5100_FIONREAD, &available), 0);
    CHECK_EQ(available, 5);
    CHECK_EQ(w5100_recv(fd, data, 2, 0), 2);
    CHECK(memcmp(data, "fi", 2) == 0);
    CHECK_EQ(w5100_recv(fd, data, sizeof data, 0), 6);
    CHECK(memcmp(data, "second", 6) == 0);
}

/* The chip locks up on an empty datagram and silently splits one above 1472 bytes. */
CASE(datagrams_the_chip_cannot_send_are_refused) {
    static uint8_t data[1473];
    const w5100_sockaddr_in peer = wire_address(PEER_IP, ECHO_PORT);
    const w5100_sockaddr_in port_0 = wire_address(PEER_IP, 0);
    const w5100_sockaddr_in everyone = wire_address(255, ECHO_PORT);
    start_with_echo();
    const int32_t fd = udp();
    CHECK_ERROR(w5100_sendto(fd, data, 0, 0, &peer, sizeof peer), EOPNOTSUPP);
    CHECK_ERROR(w5100_sendto(fd, data, 1473, 0, &peer, sizeof peer), EMSGSIZE);
    CHECK_EQ(w5100_sendto(fd, data, 1472, 0, &peer, sizeof peer), 1472);
    CHECK_ERROR(w5100_sendto(fd, data, 1, 0, &port_0, sizeof port_0), EINVAL);
    CHECK_ERROR(w5100_sendto(fd, NULL, 1, 0, &peer, sizeof peer), EFAULT);
    CHECK_ERROR(w5100_sendto(fd, data, 1, 0, &everyone, sizeof everyone), EACCES);
}

/* Four hardware sockets: the fifth datagram socket is refused at once, and takes one when it can.
 */
CASE(a_fifth_datagram_socket_has_no_hardware_socket) {
    int32_t fds[5];
    wire_start();
    for (int i = 0; i < 5; i++) {
        const w5100_sockaddr_in local = wire_address(0, (uint16_t)(6000 + i));
        fds[i] = udp();
        if (i < 4) {
            CHECK_EQ(w5100_bind(fds[i], &local, sizeof local), 0);
        }
    }
    const w5100_sockaddr_in local = wire_address(0, 6004);
    const uint32_t begin = wire_now_ms();
    CHECK_ERROR(w5100_bind(fds[4], &local, sizeof local), ENOBUFS);
    CHECK(wire_now_ms() - begin <= 5);
    CHECK_EQ(wire_free_sockets(0), 0);
    CHECK_EQ(w5100_close(fds[1]), 0);
    CHECK_EQ(w5100_bind(fds[4], &local, sizeof local), 0);
}
