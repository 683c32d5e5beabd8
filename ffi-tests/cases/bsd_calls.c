/* The BSD view's calls: flags, datagrams, fcntl and ioctl. System headers come first, on purpose.
 */
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "wire.h"

#include "w5100_bsd.h"

#define ECHO_PORT 7

/* A call failed with this errno. */
#define FAILS(call, error)                                                                         \
    do {                                                                                           \
        errno = 0;                                                                                 \
        CHECK_EQ((call), -1);                                                                      \
        CHECK_EQ(errno, error);                                                                    \
    } while (0)

static int open_socket(int family, int type, int protocol) {
    const int fd = socket(family, type, protocol);
    CHECK(fd > 0);
    return fd;
}

static struct sockaddr_in address_of(const char *ip, uint16_t port) {
    struct sockaddr_in address;
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    CHECK_EQ(inet_aton(ip, &address.sin_addr), 1);
    return address;
}

/* A datagram socket whose peer sends everything back. */
static int echoing(void) {
    const struct sockaddr_in peer = address_of("192.168.1.10", ECHO_PORT);
    wire_start();
    CHECK_EQ(w5100_sim_peer_udp_bind(wire_peer(), ECHO_PORT, true), 0);
    const int fd = open_socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP);
    CHECK_EQ(connect(fd, (const struct sockaddr *)&peer, sizeof peer), 0);
    return fd;
}

CASE(bsd_msg_trunc_tells_the_whole_length) {
    char data[4] = "....";
    const int fd = echoing();
    CHECK_EQ(send(fd, "0123456789", 10, 0), 10);
    CHECK_EQ(recv(fd, data, 3, MSG_TRUNC | MSG_PEEK), 10);
    CHECK(memcmp(data, "012.", 4) == 0);
    CHECK_EQ(recv(fd, data, 3, MSG_TRUNC), 10);
    FAILS(recv(fd, data, 3, MSG_DONTWAIT), EAGAIN);
    FAILS(recv(fd, data, 3, MSG_DONTWAIT), EWOULDBLOCK);
}

CASE(bsd_msg_trunc_is_not_for_streams) {
    char byte;
    int32_t fd;
    wire_start();
    wire_session(wire_listener(80, 1), 80, &fd);
    FAILS(recv((int)fd, &byte, 1, MSG_TRUNC), EOPNOTSUPP);
}

CASE(bsd_msg_more_collects_one_datagram) {
    char data[16];
    const int fd = echoing();
    CHECK_EQ(send(fd, "one ", 4, MSG_MORE), 4);
    CHECK_EQ(send(fd, "data", 4, MSG_MORE), 4);
    wire_run(100);
    FAILS(recv(fd, data, sizeof data, MSG_DONTWAIT), EAGAIN);
    CHECK_EQ(send(fd, "gram", 4, MSG_NOSIGNAL), 4);
    CHECK_EQ(recv(fd, data, sizeof data, 0), 12);
    CHECK(memcmp(data, "one datagram", 12) == 0);
}

CASE(bsd_af_unspec_takes_the_peer_away) {
    struct sockaddr nobody;
    struct sockaddr_in peer;
    socklen_t length = sizeof peer;
    const int fd = echoing();
    CHECK_EQ(getpeername(fd, (struct sockaddr *)&peer, &length), 0);
    CHECK_EQ(ntohs(peer.sin_port), ECHO_PORT);
    memset(&nobody, 0, sizeof nobody);
    nobody.sa_family = AF_UNSPEC;
    CHECK_EQ(connect(fd, &nobody, sizeof nobody), 0);
    FAILS(getpeername(fd, (struct sockaddr *)&peer, &length), ENOTCONN);
    FAILS(send(fd, "x", 1, 0), EDESTADDRREQ);
}

CASE(bsd_a_closed_port_refuses_a_connected_datagram_once) {
    const struct sockaddr_in closed = address_of("192.168.1.10", 9);
    struct timeval limit = {5, 0};
    char byte;
    wire_start();
    const int fd = open_socket(AF_INET, SOCK_DGRAM, 0);
    CHECK_EQ(connect(fd, (const struct sockaddr *)&closed, sizeof closed), 0);
    CHECK_EQ(send(fd, "x", 1, 0), 1);
    fd_set except;
    FD_ZERO(&except);
    FD_SET(fd, &except);
    CHECK_EQ(select(fd + 1, NULL, NULL, &except, &limit), 1);
    FAILS(recv(fd, &byte, 1, 0), ECONNREFUSED);
    FAILS(recv(fd, &byte, 1, MSG_DONTWAIT), EAGAIN);
}

CASE(n13_broadcast_needs_the_option) {
    const struct sockaddr_in everyone = address_of("255.255.255.255", 5000);
    const int yes = 1;
    wire_start();
    const int fd = open_socket(AF_INET, SOCK_DGRAM, 0);
    FAILS(sendto(fd, "x", 1, 0, (const struct sockaddr *)&everyone, sizeof everyone), EACCES);
    CHECK_EQ(setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &yes, sizeof yes), 0);
    CHECK_EQ(sendto(fd, "x", 1, 0, (const struct sockaddr *)&everyone, sizeof everyone), 1);
}

CASE(n14_a_datagram_too_large_is_emsgsize) {
    static char data[1473];
    const int fd = echoing();
    FAILS(send(fd, data, sizeof data, 0), EMSGSIZE);
    CHECK_EQ(send(fd, data, sizeof data - 1, 0), sizeof data - 1);
}

CASE(n11_accept_needs_a_listener) {
    wire_start();
    FAILS(accept(open_socket(AF_INET, SOCK_STREAM, 0), NULL, NULL), EINVAL);
    FAILS(accept(open_socket(AF_INET, SOCK_DGRAM, 0), NULL, NULL), EOPNOTSUPP);
}

CASE(bsd_sockets_of_every_kind) {
    wire_start();
    CHECK_EQ(close(open_socket(PF_INET, SOCK_STREAM, IPPROTO_IP)), 0);
    CHECK_EQ(close(open_socket(PF_INET, SOCK_DGRAM, IPPROTO_UDP)), 0);
    CHECK_EQ(close(open_socket(AF_INET, SOCK_RAW, IPPROTO_ICMP)), 0);
    CHECK_EQ(close(open_socket(AF_PACKET, SOCK_RAW, 0)), 0);
    FAILS(socket(AF_INET, SOCK_RAW, IPPROTO_TCP), EPROTONOSUPPORT);
    FAILS(socket(AF_INET, SOCK_RAW, 256), EINVAL);
    FAILS(socket(AF_INET, SOCK_STREAM, IPPROTO_UDP), EPROTOTYPE);
    FAILS(socket(AF_INET, 99, 0), ESOCKTNOSUPPORT);
    FAILS(socket(99, SOCK_STREAM, 0), EAFNOSUPPORT);
}

static uint16_t checksum(const uint8_t *data, size_t length) {
    uint32_t sum = 0;
    for (size_t i = 0; i < length; i++) {
        sum += (uint32_t)data[i] << (i % 2 == 0 ? 8 : 0);
    }
    return (uint16_t) ~(sum + (sum >> 16));
}

CASE(bsd_a_raw_socket_pings) {
    uint8_t request[12] = {8, 0, 0, 0, 0x51, 0, 0, 1, 'p', 'i', 'n', 'g'};
    uint8_t reply[64];
    const struct sockaddr_in peer = address_of("192.168.1.10", 0);
    const struct sockaddr *to = (const struct sockaddr *)&peer;
    struct sockaddr_in from;
    socklen_t length = sizeof from;
    wire_start();
    const int fd = open_socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
    const uint16_t sum = checksum(request, sizeof request);
    request[2] = (uint8_t)(sum >> 8);
    request[3] = (uint8_t)sum;
    CHECK_EQ(sendto(fd, request, sizeof request, 0, to, sizeof peer), sizeof request);
    CHECK_EQ(recvfrom(fd, reply, sizeof reply, 0, (struct sockaddr *)&from, &length), 12);
    CHECK_EQ(from.sin_addr.s_addr, peer.sin_addr.s_addr);
    CHECK_EQ(reply[0], 0); /* an echo reply, without an IP header before it */
    CHECK(memcmp(reply + 4, request + 4, 8) == 0);
}

CASE(bsd_fcntl_makes_a_socket_not_wait) {
    int on = -1;
    socklen_t length = sizeof on;
    wire_start();
    const int fd = open_socket(AF_INET, SOCK_STREAM, 0);
    CHECK_EQ(fcntl(fd, F_GETFL), O_RDWR);
    CHECK_EQ(fcntl(fd, F_SETFL, fcntl(fd, F_GETFL, 0) | O_NONBLOCK), 0);
    CHECK_EQ(fcntl(fd, F_GETFL), O_RDWR | O_NONBLOCK);
    CHECK_EQ(getsockopt(fd, SOL_SOCKET, SO_NONBLOCK, &on, &length), 0);
    CHECK_EQ(on, 1);
    CHECK_EQ(listen(fd, 1), 0);
    FAILS(accept(fd, NULL, NULL), EAGAIN);
    CHECK_EQ(fcntl(fd, F_SETFL, fcntl(fd, F_GETFL, 0) & ~O_NONBLOCK), 0);
    CHECK_EQ(fcntl(fd, F_GETFL), O_RDWR);
    FAILS(fcntl(fd, F_GETFD), EINVAL);
    FAILS(fcntl(fd, 9999, 1), EINVAL);
    CHECK_EQ(close(fd), 0);
    FAILS(fcntl(fd, F_GETFL), EBADF);
    FAILS(fcntl(fd, F_SETFL, O_NONBLOCK), EBADF);
    FAILS(fcntl(fd, 9999), EBADF);
}

CASE(bsd_fcntl_and_ioctl_are_one_switch) {
    int on = 1;
    wire_start();
    const int fd = open_socket(AF_INET, SOCK_STREAM, 0);
    CHECK_EQ(ioctl(fd, FIONBIO, &on), 0);
    CHECK_EQ(fcntl(fd, F_GETFL), O_RDWR | O_NONBLOCK);
    CHECK_EQ(fcntl(fd, F_SETFL, 0), 0);
    CHECK_EQ(listen(fd, 1), 0);
    FAILS(ioctl(fd, FIONREAD, &on), EINVAL);
    FAILS(ioctl(fd, 9999, &on), ENOTTY);
    FAILS(ioctl(fd, FIONBIO, NULL), EFAULT);
}

/* Linux's MSG_WAITALL: taken for another flag of ours, or for none, it would do something else. */
CASE(bsd_flags_of_the_system_alone_are_refused) {
    char byte;
    const int fd = echoing();
    FAILS(recv(fd, &byte, 1, MSG_WAITALL), EOPNOTSUPP);
    FAILS(send(fd, "x", 1, MSG_OOB), EOPNOTSUPP);
    FAILS(send(fd, "x", 1, MSG_DONTROUTE), EOPNOTSUPP);
}

CASE(bsd_normal_data_is_all_data) {
    const int fd = echoing();
    CHECK_EQ(send(fd, "x", 1, 0), 1);
    struct pollfd entry = {fd, POLLRDNORM, 0};
    CHECK_EQ(poll(&entry, 1, 5000), 1);
    CHECK((entry.revents & POLLRDNORM) != 0);
    entry.events = POLLWRNORM;
    CHECK_EQ(poll(&entry, 1, 5000), 1);
    CHECK_EQ(entry.revents, POLLWRNORM);
}
