/* The BSD view's options, flags and socket types. System headers come first, on purpose. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "wire.h"

#include "w5100_bsd.h"

#define ECHO_PORT 7
#define UNTOUCHED 1234 /* an errno that no call gives */

static int open_socket(int family, int type, int protocol) {
    const int fd = socket(family, type, protocol);
    CHECK(fd > 0);
    return fd;
}

static int tcp(void) {
    return open_socket(AF_INET, SOCK_STREAM, 0);
}

static int udp(void) {
    return open_socket(AF_INET, SOCK_DGRAM, 0);
}

static struct sockaddr_in address_of(const char *ip, uint16_t port) {
    struct sockaddr_in address;
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    CHECK_EQ(inet_aton(ip, &address.sin_addr), 1);
    return address;
}

/* A call failed with this errno. */
#define FAILS(call, error)                                                                         \
    do {                                                                                           \
        errno = 0;                                                                                 \
        CHECK_EQ((call), -1);                                                                      \
        CHECK_EQ(errno, error);                                                                    \
    } while (0)

static int get_int(int fd, int level, int name) {
    int value = -77;
    socklen_t length = sizeof value;
    CHECK_EQ(getsockopt(fd, level, name, &value, &length), 0);
    CHECK_EQ(length, sizeof value);
    return value;
}

static int set_int(int fd, int level, int name, int value) {
    return setsockopt(fd, level, name, &value, sizeof value);
}

static const struct {
    int level, name, type;
    int first, set, wrong; /* at first, another value, one out of range (0: there is none) */
} ints[] = {
    {SOL_SOCKET, SO_REUSEADDR, SOCK_STREAM, 0, 1, 0},
    {SOL_SOCKET, SO_KEEPALIVE, SOCK_STREAM, 0, 1, 0},
    {SOL_SOCKET, SO_BROADCAST, SOCK_DGRAM, 0, 1, 0},
    {SOL_SOCKET, SO_NONBLOCK, SOCK_STREAM, 0, 1, 0},
    {SOL_SOCKET, SO_SNDBUF, SOCK_STREAM, 2048, 1000, -1},
    {SOL_SOCKET, SO_RCVBUF, SOCK_STREAM, 2048, 4096, -1},
    {SOL_SOCKET, SO_CLOSE_WAIT_TIMEOUT, SOCK_STREAM, 0, 60000, 0},
    {IPPROTO_TCP, TCP_NODELAY, SOCK_STREAM, 1, 0, 0},
    {IPPROTO_TCP, TCP_QUICKACK, SOCK_STREAM, 1, 0, 0},
    {IPPROTO_TCP, TCP_KEEPIDLE, SOCK_STREAM, 7200, 60, -1},
    {IPPROTO_TCP, TCP_KEEPINTVL, SOCK_STREAM, 75, 10, -1},
    {IPPROTO_TCP, TCP_KEEPCNT, SOCK_STREAM, 9, 3, -1},
    {IPPROTO_TCP, TCP_USER_TIMEOUT, SOCK_STREAM, 0, 5000, -1},
    {IPPROTO_IP, IP_TOS, SOCK_STREAM, 0, 16, 256},
    {IPPROTO_IP, IP_TTL, SOCK_STREAM, 128, 64, 256},
    {IPPROTO_IP, IP_MULTICAST_TTL, SOCK_DGRAM, 1, 4, 256},
};

CASE(bsd_options_give_back_what_was_set) {
    wire_start();
    for (size_t i = 0; i < sizeof ints / sizeof ints[0]; i++) {
        const int fd = open_socket(AF_INET, ints[i].type, 0);
        errno = UNTOUCHED;
        CHECK_EQ(get_int(fd, ints[i].level, ints[i].name), ints[i].first);
        CHECK_EQ(set_int(fd, ints[i].level, ints[i].name, ints[i].set), 0);
        CHECK_EQ(get_int(fd, ints[i].level, ints[i].name), ints[i].set);
        CHECK_EQ(errno, UNTOUCHED);
        if (ints[i].wrong != 0) {
            FAILS(set_int(fd, ints[i].level, ints[i].name, ints[i].wrong), EINVAL);
            CHECK_EQ(get_int(fd, ints[i].level, ints[i].name), ints[i].set);
        }
        CHECK_EQ(set_int(fd, ints[i].level, ints[i].name, ints[i].first), 0);
        CHECK_EQ(close(fd), 0);
    }
}

CASE(bsd_options_answer_for_each_mistake) {
    int value = 1;
    char wide[64];
    socklen_t length = 3;
    wire_start();
    const int fd = tcp();
    for (size_t i = 0; i < sizeof ints / sizeof ints[0]; i++) {
        const int each = open_socket(AF_INET, ints[i].type, 0);
        FAILS(setsockopt(each, ints[i].level, ints[i].name, &value, 3), EINVAL);
        FAILS(setsockopt(each, ints[i].level, ints[i].name, NULL, sizeof value), EFAULT);
        length = 3;
        FAILS(getsockopt(each, ints[i].level, ints[i].name, &value, &length), EINVAL);
        CHECK_EQ(length, 3);
        length = sizeof wide;
        FAILS(getsockopt(each, ints[i].level, ints[i].name, NULL, &length), EFAULT);
        FAILS(getsockopt(each, ints[i].level, ints[i].name, wide, NULL), EFAULT);
        CHECK_EQ(getsockopt(each, ints[i].level, ints[i].name, wide, &length), 0);
        CHECK_EQ(length, sizeof(int));
        CHECK_EQ(close(each), 0);
    }
    FAILS(set_int(fd, SOL_SOCKET, 9999, 1), ENOPROTOOPT);
    FAILS(set_int(fd, IPPROTO_TCP, 9999, 1), ENOPROTOOPT);
    FAILS(set_int(fd, 9999, SO_REUSEADDR, 1), ENOPROTOOPT);
    FAILS(set_int(udp(), IPPROTO_TCP, TCP_NODELAY, 1), ENOPROTOOPT);
    FAILS(set_int(fd, IPPROTO_IP, IP_MULTICAST_TTL, 1), ENOPROTOOPT);
    FAILS(set_int(fd, SOL_SOCKET, SO_ERROR, 1), ENOPROTOOPT);
    FAILS(set_int(fd, SOL_SOCKET, SO_TYPE, 1), ENOPROTOOPT);
    FAILS(set_int(fd, SOL_SOCKET, SO_ACCEPTCONN, 1), ENOPROTOOPT);
}

/* Whatever else is wrong with the call. */
CASE(bsd_options_of_a_closed_socket_are_ebadf) {
    static const int names[] = {SO_REUSEADDR, SO_LINGER, SO_RCVTIMEO, SO_SNDTIMEO, SO_ERROR};
    struct timeval time = {-1, 0};
    socklen_t length = 1;
    wire_start();
    const int fd = tcp();
    CHECK_EQ(close(fd), 0);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        FAILS(setsockopt(fd, SOL_SOCKET, names[i], &time, sizeof time), EBADF);
        FAILS(setsockopt(fd, SOL_SOCKET, names[i], &time, 1), EBADF);
        FAILS(getsockopt(fd, SOL_SOCKET, names[i], &time, &length), EBADF);
    }
    FAILS(setsockopt(fd, IPPROTO_IP, IP_TTL, &time, 1), EBADF);
    FAILS(getsockopt(fd, IPPROTO_IP, IP_TTL, &time, &length), EBADF);
    CHECK_EQ(length, 1);
}

CASE(bsd_so_type_and_so_acceptconn_tell_what_a_socket_is) {
    wire_start();
    const int fd = tcp();
    CHECK_EQ(get_int(fd, SOL_SOCKET, SO_TYPE), SOCK_STREAM);
    CHECK_EQ(get_int(udp(), SOL_SOCKET, SO_TYPE), SOCK_DGRAM);
    CHECK_EQ(get_int(open_socket(AF_INET, SOCK_RAW, IPPROTO_ICMP), SOL_SOCKET, SO_TYPE), SOCK_RAW);
    CHECK_EQ(get_int(fd, SOL_SOCKET, SO_ACCEPTCONN), 0);
    CHECK_EQ(listen(fd, SOMAXCONN), 0);
    CHECK_EQ(get_int(fd, SOL_SOCKET, SO_ACCEPTCONN), 1);
}

/* BSD has it in an unsigned char, Linux in either, so programs do either. */
CASE(bsd_ip_options_may_be_one_byte) {
    static const int names[] = {IP_TOS, IP_TTL, IP_MULTICAST_TTL};
    wire_start();
    const int fd = udp();
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        unsigned char bytes[3] = {200, 201, 202};
        socklen_t length = 1;
        CHECK_EQ(setsockopt(fd, IPPROTO_IP, names[i], &bytes[1], 1), 0);
        CHECK_EQ(get_int(fd, IPPROTO_IP, names[i]), 201);
        bytes[1] = 0;
        CHECK_EQ(getsockopt(fd, IPPROTO_IP, names[i], &bytes[1], &length), 0);
        CHECK_EQ(length, 1);
        CHECK(memcmp(bytes, "\310\311\312", 3) == 0);
    }
}

CASE(bsd_linger_is_a_struct_linger) {
    struct linger linger = {7, 7};
    socklen_t length = sizeof linger;
    wire_start();
    const int fd = tcp();
    CHECK_EQ(getsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, &length), 0);
    CHECK_EQ(length, sizeof linger);
    CHECK_EQ(linger.l_onoff, 0);
    linger = (struct linger){1, 30};
    CHECK_EQ(setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger), 0);
    linger = (struct linger){0, 0};
    CHECK_EQ(getsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, &length), 0);
    CHECK_EQ(linger.l_onoff, 1);
    CHECK_EQ(linger.l_linger, 30);
    FAILS(setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger - 1), EINVAL);
    FAILS(setsockopt(fd, SOL_SOCKET, SO_LINGER, NULL, sizeof linger), EFAULT);
    linger.l_linger = -1;
    FAILS(setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger), EINVAL);
    /* Who switches it off need not say for how long. */
    linger.l_onoff = 0;
    CHECK_EQ(setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger), 0);
    linger = (struct linger){7, 7};
    CHECK_EQ(getsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, &length), 0);
    CHECK_EQ(linger.l_onoff, 0);
    length = sizeof linger - 1;
    FAILS(getsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, &length), EINVAL);
}

CASE(bsd_linger_0_frees_the_hardware_at_once) {
    const struct linger at_once = {1, 0};
    int32_t fd;
    wire_start();
    const int server = wire_listener(80, 1);
    wire_session(server, 80, &fd);
    CHECK_EQ(close(server), 0);
    CHECK_EQ(wire_free_sockets(0), 3);
    CHECK_EQ(send((int)fd, "x", 1, 0), 1);
    CHECK_EQ(setsockopt((int)fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once), 0);
    CHECK_EQ(close((int)fd), 0);
    CHECK_EQ(wire_free_sockets(0), 4);
}

CASE(bsd_memory_is_dealt_anew_only_while_nothing_is_in_use) {
    const struct sockaddr_in local = address_of("0.0.0.0", 6000);
    wire_start();
    const int busy = udp();
    const int fd = tcp();
    CHECK_EQ(bind(busy, (const struct sockaddr *)&local, sizeof local), 0);
    FAILS(set_int(fd, SOL_SOCKET, SO_RCVBUF, 4096), EBUSY);
    CHECK_EQ(set_int(fd, SOL_SOCKET, SO_RCVBUF, 2048), 0); /* it is that */
    CHECK_EQ(close(busy), 0);
    CHECK_EQ(set_int(fd, SOL_SOCKET, SO_RCVBUF, 4096), 0);
    CHECK_EQ(get_int(fd, SOL_SOCKET, SO_RCVBUF), 4096);
}

CASE(bsd_a_group_is_joined_and_left) {
    struct ip_mreq group, other;
    wire_start();
    const int fd = udp();
    group.imr_multiaddr.s_addr = inet_addr("239.1.2.3");
    group.imr_interface.s_addr = htonl(INADDR_ANY);
    other = group;
    other.imr_multiaddr.s_addr = inet_addr("239.1.2.4");
    FAILS(setsockopt(fd, IPPROTO_IP, IP_DROP_MEMBERSHIP, &group, sizeof group), EADDRNOTAVAIL);
    FAILS(setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &group, sizeof group - 1), EINVAL);
    FAILS(setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, NULL, sizeof group), EFAULT);
    FAILS(setsockopt(tcp(), IPPROTO_IP, IP_ADD_MEMBERSHIP, &group, sizeof group), ENOPROTOOPT);
    errno = UNTOUCHED;
    CHECK_EQ(setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &group, sizeof group), 0);
    CHECK_EQ(errno, UNTOUCHED);
    FAILS(setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &group, sizeof group), EADDRINUSE);
    FAILS(setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &other, sizeof other), ENOBUFS);
    FAILS(setsockopt(fd, IPPROTO_IP, IP_DROP_MEMBERSHIP, &other, sizeof other), EADDRNOTAVAIL);
    CHECK_EQ(setsockopt(fd, IPPROTO_IP, IP_DROP_MEMBERSHIP, &group, sizeof group), 0);
    other.imr_interface.s_addr = inet_addr("192.168.1.201"); /* our own */
    CHECK_EQ(setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &other, sizeof other), 0);
    CHECK_EQ(setsockopt(fd, IPPROTO_IP, IP_DROP_MEMBERSHIP, &other, sizeof other), 0);
    other.imr_interface.s_addr = inet_addr("192.168.1.10");
    FAILS(setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &other, sizeof other), EADDRNOTAVAIL);
    group.imr_multiaddr.s_addr = inet_addr("223.255.255.255");
    FAILS(setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &group, sizeof group), EINVAL);
}

/* A peer that reads nothing: what is under way stays there. */
CASE(bsd_close_waits_for_the_linger_time_and_tells_when_it_was_too_short) {
    static const char data[16384];
    const struct linger second = {1, 1};
    const struct timeval soon = {0, 500000};
    int32_t fd;
    wire_start();
    wire_session(wire_listener(80, 1), 80, &fd);
    CHECK_EQ(setsockopt((int)fd, SOL_SOCKET, SO_LINGER, &second, sizeof second), 0);
    CHECK_EQ(setsockopt((int)fd, SOL_SOCKET, SO_SNDTIMEO, &soon, sizeof soon), 0);
    while (send((int)fd, data, sizeof data, 0) > 0) {
    }
    CHECK_EQ(errno, EAGAIN);
    const uint32_t begin = wire_now_ms();
    FAILS(close((int)fd), EWOULDBLOCK);
    CHECK(wire_now_ms() - begin >= 1000);
    CHECK(wire_now_ms() - begin <= 1100);
    FAILS(close((int)fd), EBADF);
}

CASE(bsd_close_with_linger_is_0_when_all_arrived) {
    const struct linger minute = {1, 60};
    int32_t fd;
    wire_start();
    w5100_sim_conn *conn = wire_session(wire_listener(80, 1), 80, &fd);
    CHECK_EQ(w5100_sim_conn_service(conn, W5100_SIM_SERVICE_DISCARD), 0);
    CHECK_EQ(setsockopt((int)fd, SOL_SOCKET, SO_LINGER, &minute, sizeof minute), 0);
    CHECK_EQ(send((int)fd, "farewell", 8, 0), 8);
    CHECK_EQ(close((int)fd), 0);
    CHECK_EQ(w5100_sim_conn_received(conn), 8);
    CHECK(w5100_sim_conn_finished(conn));
}

CASE(bsd_a_member_receives_what_is_sent_to_its_group) {
    static const uint8_t group_ip[4] = {239, 1, 2, 3};
    const struct sockaddr_in local = address_of("0.0.0.0", 6000);
    struct ip_mreq group;
    char data[8];
    wire_start();
    CHECK_EQ(w5100_sim_peer_udp_bind(wire_peer(), 5000, false), 0);
    const int fd = udp();
    CHECK_EQ(bind(fd, (const struct sockaddr *)&local, sizeof local), 0);
    CHECK_EQ(
        w5100_sim_peer_udp_send(wire_peer(), 5000, group_ip, 6000, (const uint8_t *)"early", 5), 0);
    wire_run(100);
    FAILS(recv(fd, data, sizeof data, MSG_DONTWAIT), EAGAIN);
    memset(&group, 0, sizeof group);
    memcpy(&group.imr_multiaddr, group_ip, sizeof group_ip);
    CHECK_EQ(setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &group, sizeof group), 0);
    CHECK_EQ(
        w5100_sim_peer_udp_send(wire_peer(), 5000, group_ip, 6000, (const uint8_t *)"hello", 5), 0);
    CHECK_EQ(recv(fd, data, sizeof data, 0), 5);
    CHECK(memcmp(data, "hello", 5) == 0);
}
