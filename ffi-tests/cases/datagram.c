/* Datagrams: flags, connected sockets, groups and header fields, by the names of C. */
#include <string.h>

#include "port.h"
#include "wire.h"

#define ECHO_PORT 7
#define KEEP_PORT 1000
#define CLOSED_PORT 1001
#define OWN_PORT 2000
#define GROUP                                                                                      \
    { 239, 1, 2, 3 }

static w5100_sockaddr_in keeper, echo;

/* A bound socket; the peer has a port that sends back and one that keeps what it gets. */
static int32_t start(void) {
    const w5100_sockaddr_in local = wire_address(0, OWN_PORT);
    wire_start();
    keeper = wire_address(PEER_IP, KEEP_PORT);
    echo = wire_address(PEER_IP, ECHO_PORT);
    CHECK_EQ(w5100_sim_peer_udp_bind(wire_peer(), ECHO_PORT, true), 0);
    CHECK_EQ(w5100_sim_peer_udp_bind(wire_peer(), KEEP_PORT, false), 0);
    const int32_t fd = CHECK_OK(w5100_socket(W5100_AF_INET, W5100_SOCK_DGRAM, 0));
    CHECK_EQ(w5100_bind(fd, &local, sizeof local), 0);
    return fd;
}

static void peer_sends(uint16_t from, const char *text) {
    static const uint8_t ip[4] = NETWORK(DEVICE_IP);
    const uint8_t *data = (const uint8_t *)text;
    CHECK_EQ(w5100_sim_peer_udp_send(wire_peer(), from, ip, OWN_PORT, data, strlen(text)), 0);
    wire_run(20);
}

/* The peer's port has got exactly `text`, in one datagram. */
static void peer_got(const char *text) {
    uint8_t data[2000];
    wire_run(20);
    const int32_t length =
        w5100_sim_peer_udp_recv(wire_peer(), KEEP_PORT, data, sizeof data, NULL, NULL);
    CHECK_EQ(length, strlen(text));
    CHECK(memcmp(data, text, strlen(text)) == 0);
}

static int32_t send_keeper(int32_t fd, const char *text, int32_t flags) {
    return w5100_sendto(fd, text, strlen(text), flags, &keeper, sizeof keeper);
}

static int32_t so_error(int32_t fd) {
    int32_t error = -1;
    uint32_t length = sizeof error;
    CHECK_EQ(w5100_getsockopt(fd, W5100_SOL_SOCKET, W5100_SO_ERROR, &error, &length), 0);
    return error;
}

static int32_t available(int32_t fd) {
    int32_t count = -1;
    CHECK_EQ(w5100_ioctl(fd, W5100_FIONREAD, &count), 0);
    return count;
}

CASE(msg_trunc_tells_the_whole_length) {
    char data[16];
    const int32_t fd = start();
    peer_sends(KEEP_PORT, "0123456789");
    peer_sends(KEEP_PORT, "next");
    CHECK_EQ(available(fd), 10);
    CHECK_EQ(w5100_recv(fd, data, 4, W5100_MSG_PEEK | W5100_MSG_TRUNC), 10);
    CHECK_EQ(w5100_recv(fd, data, 4, W5100_MSG_PEEK), 4);
    CHECK_EQ(w5100_recv(fd, NULL, 0, W5100_MSG_PEEK | W5100_MSG_TRUNC), 10);
    memset(data, '-', sizeof data);
    CHECK_EQ(w5100_recvfrom(fd, data, 4, W5100_MSG_TRUNC, NULL, NULL), 10);
    CHECK(memcmp(data, "0123-", 5) == 0);
    CHECK_EQ(available(fd), 4);
    CHECK_EQ(w5100_recv(fd, data, sizeof data, W5100_MSG_TRUNC), 4);
    CHECK(memcmp(data, "next", 4) == 0);
    CHECK_EQ(available(fd), 0);
}

CASE(msg_dontwait_does_not_wait) {
    char data[16];
    const int32_t fd = start();
    const uint32_t begin = wire_now_ms();
    CHECK_ERROR(w5100_recv(fd, data, sizeof data, W5100_MSG_DONTWAIT), EAGAIN);
    CHECK_ERROR(w5100_recv(fd, data, sizeof data, W5100_MSG_DONTWAIT | W5100_MSG_PEEK), EAGAIN);
    CHECK(wire_now_ms() - begin <= 2);
    const w5100_sockaddr_in nobody = wire_address(NOBODY_IP, KEEP_PORT);
    CHECK_EQ(w5100_sendto(fd, "x", 1, W5100_MSG_DONTWAIT, &nobody, sizeof nobody), 1);
    CHECK_ERROR(send_keeper(fd, "y", W5100_MSG_DONTWAIT), EAGAIN);
    /* It waits for the one before it, which ARP ends. */
    CHECK_ERROR(send_keeper(fd, "y", 0), EHOSTUNREACH);
    CHECK_EQ(send_keeper(fd, "y", 0), 1);
    peer_got("y");
}

CASE(unknown_flags_are_refused) {
    char data[4];
    const int32_t fd = start();
    const int32_t stream = CHECK_OK(w5100_socket(W5100_AF_INET, W5100_SOCK_STREAM, 0));
    CHECK_ERROR(send_keeper(fd, "x", W5100_MSG_PEEK), EOPNOTSUPP);
    CHECK_ERROR(send_keeper(fd, "x", 1), EOPNOTSUPP);
    CHECK_ERROR(w5100_recv(fd, data, sizeof data, W5100_MSG_MORE), EOPNOTSUPP);
    CHECK_ERROR(w5100_recv(fd, data, sizeof data, 1), EOPNOTSUPP);
    CHECK_ERROR(w5100_recv(stream, data, sizeof data, W5100_MSG_TRUNC), EOPNOTSUPP);
}

CASE(msg_more_collects_one_datagram) {
    static char large[1472];
    const int32_t fd = start();
    CHECK_EQ(send_keeper(fd, "one ", W5100_MSG_MORE), 4);
    CHECK_EQ(w5100_send(fd, "two ", 4, W5100_MSG_MORE), 4);
    CHECK_EQ(w5100_send(fd, "three", 5, 0), 5);
    peer_got("one two three");
    CHECK_EQ(send_keeper(fd, "all", W5100_MSG_MORE), 3);
    CHECK_EQ(w5100_send(fd, NULL, 0, 0), 0);
    peer_got("all");
    CHECK_EQ(send_keeper(fd, "lost", W5100_MSG_MORE), 4);
    CHECK_ERROR(w5100_send(fd, large, sizeof large, 0), EMSGSIZE);
    CHECK_ERROR(w5100_send(fd, "x", 1, 0), EDESTADDRREQ);
    CHECK_EQ(send_keeper(fd, "anew", 0), 4);
    peer_got("anew");
}

CASE(port_unreachable_is_econnrefused_once) {
    const w5100_sockaddr_in closed = wire_address(PEER_IP, CLOSED_PORT);
    char data[4];
    const int32_t fd = start();
    CHECK_EQ(w5100_connect(fd, &closed, sizeof closed), 0);
    for (int way = 0; way < 3; way++) {
        CHECK_EQ(w5100_send(fd, "anyone?", 7, 0), 7);
        wire_run(20);
        if (way == 0) {
            CHECK_ERROR(w5100_send(fd, "anyone?", 7, 0), ECONNREFUSED);
        } else if (way == 1) {
            CHECK_ERROR(w5100_recv(fd, data, sizeof data, 0), ECONNREFUSED);
        } else {
            w5100_pollfd entry = {.fd = fd, .events = W5100_POLLIN};
            CHECK_EQ(w5100_poll(&entry, 1, 0), 1);
            CHECK_EQ(entry.revents, W5100_POLLIN | W5100_POLLERR);
            CHECK_EQ(so_error(fd), W5100_ECONNREFUSED);
        }
        CHECK_EQ(so_error(fd), 0);
        CHECK_ERROR(w5100_recv(fd, data, sizeof data, W5100_MSG_DONTWAIT), EAGAIN);
    }
}

CASE(af_unspec_disconnects) {
    const w5100_sockaddr_in nothing = {.sin_family = W5100_AF_UNSPEC};
    w5100_sockaddr_in name;
    uint32_t length = sizeof name;
    char data[16];
    const int32_t fd = start();
    CHECK_EQ(w5100_connect(fd, &keeper, sizeof keeper), 0);
    CHECK_EQ(w5100_getpeername(fd, &name, &length), 0);
    CHECK(memcmp(&name, &keeper, 8) == 0);
    CHECK_EQ(w5100_is_connected(fd), 1);
    peer_sends(KEEP_PORT + 1, "foreign");
    CHECK_ERROR(w5100_recv(fd, data, sizeof data, W5100_MSG_DONTWAIT), EAGAIN);
    CHECK_EQ(w5100_connect(fd, &nothing, sizeof nothing), 0);
    CHECK_ERROR(w5100_getpeername(fd, &name, &length), ENOTCONN);
    CHECK_ERROR(w5100_send(fd, "x", 1, 0), EDESTADDRREQ);
    peer_sends(KEEP_PORT + 1, "anyone");
    CHECK_EQ(w5100_recv(fd, data, sizeof data, 0), 6);
    CHECK_EQ(w5100_is_connected(fd), 0);
    /* The family alone is enough; on TCP it means nothing. */
    CHECK_EQ(w5100_connect(fd, &nothing, sizeof nothing.sin_family), 0);
    const int32_t stream = CHECK_OK(w5100_socket(W5100_AF_INET, W5100_SOCK_STREAM, 0));
    CHECK_ERROR(w5100_connect(stream, &nothing, sizeof nothing), EAFNOSUPPORT);
}

CASE(f6_shutdown_of_a_connected_socket) {
    char data[4];
    const int32_t fd = start();
    CHECK_ERROR(w5100_shutdown(fd, W5100_SHUT_RD), ENOTCONN);
    CHECK_EQ(w5100_connect(fd, &keeper, sizeof keeper), 0);
    CHECK_ERROR(w5100_shutdown(fd, 3), EINVAL);
    CHECK_EQ(w5100_shutdown(fd, W5100_SHUT_RD), 0);
    CHECK_EQ(w5100_recv(fd, data, sizeof data, 0), 0);
    CHECK_EQ(w5100_send(fd, "still", 5, 0), 5);
    CHECK_EQ(w5100_shutdown(fd, W5100_SHUT_WR), 0);
    CHECK_ERROR(w5100_send(fd, "x", 1, 0), EPIPE);
    peer_got("still");
}

static int32_t membership(int32_t fd, int32_t option, w5100_ip_mreq value) {
    return w5100_setsockopt(fd, W5100_IPPROTO_IP, option, &value, sizeof value);
}

CASE(groups_are_joined_and_left_by_options) {
    const w5100_ip_mreq group = {.imr_multiaddr = GROUP};
    const w5100_ip_mreq on_chip = {.imr_multiaddr = GROUP, .imr_interface = NETWORK(DEVICE_IP)};
    const w5100_ip_mreq elsewhere = {.imr_multiaddr = GROUP, .imr_interface = NETWORK(PEER_IP)};
    const w5100_ip_mreq other = {.imr_multiaddr = {239, 1, 2, 4}};
    const w5100_ip_mreq none = {.imr_multiaddr = NETWORK(PEER_IP)};
    static const uint8_t to[4] = GROUP;
    char data[16];
    uint32_t length = sizeof group;
    const int32_t fd = start();
    CHECK_ERROR(membership(fd, W5100_IP_DROP_MEMBERSHIP, group), EADDRNOTAVAIL);
    CHECK_ERROR(membership(fd, W5100_IP_ADD_MEMBERSHIP, elsewhere), EADDRNOTAVAIL);
    CHECK_ERROR(membership(fd, W5100_IP_ADD_MEMBERSHIP, none), EINVAL);
    CHECK_EQ(membership(fd, W5100_IP_ADD_MEMBERSHIP, group), 0);
    CHECK_ERROR(membership(fd, W5100_IP_ADD_MEMBERSHIP, on_chip), EADDRINUSE);
    CHECK_ERROR(membership(fd, W5100_IP_ADD_MEMBERSHIP, other), ENOBUFS);
    CHECK_ERROR(send_keeper(fd, "x", 0), EOPNOTSUPP);
    const uint8_t *text = (const uint8_t *)"to all";
    CHECK_EQ(w5100_sim_peer_udp_send(wire_peer(), KEEP_PORT, to, OWN_PORT, text, 6), 0);
    CHECK_EQ(w5100_recv(fd, data, sizeof data, 0), 6);
    CHECK_EQ(membership(fd, W5100_IP_DROP_MEMBERSHIP, on_chip), 0);
    CHECK_EQ(send_keeper(fd, "x", 0), 1);
    peer_got("x");
    /* Set only; too short; NULL; no group without UDP. */
    w5100_ip_mreq value = group;
    CHECK_ERROR(w5100_getsockopt(fd, W5100_IPPROTO_IP, W5100_IP_ADD_MEMBERSHIP, &value, &length),
                ENOPROTOOPT);
    CHECK_ERROR(w5100_setsockopt(fd, W5100_IPPROTO_IP, W5100_IP_ADD_MEMBERSHIP, &group, 7), EINVAL);
    CHECK_ERROR(w5100_setsockopt(fd, W5100_IPPROTO_IP, W5100_IP_ADD_MEMBERSHIP, NULL, length),
                EFAULT);
    const int32_t stream = CHECK_OK(w5100_socket(W5100_AF_INET, W5100_SOCK_STREAM, 0));
    CHECK_ERROR(membership(stream, W5100_IP_ADD_MEMBERSHIP, group), ENOPROTOOPT);
}

/* Erratum 1: the chip never ends this send, and is reset. */
CASE(erratum_1_is_cured_and_told_once) {
    char data[8];
    const int32_t fd = start();
    const w5100_sockaddr_in local = wire_address(0, OWN_PORT + 1);
    const int32_t second = CHECK_OK(w5100_socket(W5100_AF_INET, W5100_SOCK_DGRAM, 0));
    CHECK_EQ(w5100_bind(second, &local, sizeof local), 0);
    w5100_sim_fault_swallow_send(wire_chip(0));
    CHECK_EQ(send_keeper(fd, "lost", 0), 4);
    /* Whoever waits finds it, after the time ARP may take. */
    const uint32_t begin = wire_now_ms();
    CHECK_ERROR(w5100_recv(second, data, sizeof data, 0), ENETRESET);
    CHECK(wire_now_ms() - begin >= 1800 && wire_now_ms() - begin <= 3000);
    CHECK_EQ(so_error(second), 0);
    CHECK_EQ(so_error(fd), W5100_ENETRESET);
    CHECK_EQ(so_error(fd), 0);
    CHECK_EQ(send_keeper(fd, "again", 0), 5);
    peer_got("again");
    CHECK_EQ(w5100_sendto(second, "echo", 4, 0, &echo, sizeof echo), 4);
    CHECK_EQ(w5100_recv(second, data, sizeof data, 0), 4);
    CHECK_EQ(wire_free_sockets(0), 2);
}
