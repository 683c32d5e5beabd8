/*
 * What a plain BSD program finds. Built twice from the same source: over w5100_bsd.h, and with
 * PLAIN_SYSTEM over this computer's own sockets on loopback. It has to pass on both.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "plain.h"

/* A call failed with this errno. */
#define FAILS(call, error)                                                                         \
    do {                                                                                           \
        errno = 0;                                                                                 \
        CHECK_EQ((call), -1);                                                                      \
        CHECK_EQ(errno, error);                                                                    \
    } while (0)

static const struct timeval patience = {30, 0};

static int open_socket(int type) {
    const int fd = socket(AF_INET, type, 0);
    CHECK(fd > 0);
    return fd;
}

static int get_int(int fd, int level, int name) {
    int value = -77;
    socklen_t length = sizeof value;
    CHECK_EQ(getsockopt(fd, level, name, &value, &length), 0);
    CHECK_EQ(length, sizeof value);
    return value;
}

/* Wait for reading or writing: whether it came to it. */
static int ready(int fd, int writing) {
    struct timeval limit = patience;
    fd_set set;
    FD_ZERO(&set);
    FD_SET(fd, &set);
    CHECK_EQ(select(fd + 1, writing ? NULL : &set, writing ? &set : NULL, NULL, &limit), 1);
    return FD_ISSET(fd, &set);
}

static int connecting_to(uint16_t port) {
    const struct sockaddr_in address = plain_peer(port);
    const int fd = open_socket(SOCK_STREAM);
    CHECK_EQ(fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK), 0);
    FAILS(connect(fd, (const struct sockaddr *)&address, sizeof address), EINPROGRESS);
    return fd;
}

CASE(plain_a_client_that_never_blocks) {
    char data[16];
    plain_start();
    const int fd = connecting_to(PLAIN_ECHO);
    CHECK(ready(fd, 1));
    CHECK_EQ(get_int(fd, SOL_SOCKET, SO_ERROR), 0);
    FAILS(recv(fd, data, sizeof data, 0), EAGAIN);
    CHECK_EQ(send(fd, "hello", 5, MSG_NOSIGNAL), 5);
    CHECK(ready(fd, 0));
    CHECK_EQ(recv(fd, data, 2, MSG_PEEK), 2);
    CHECK_EQ(recv(fd, data, sizeof data, 0), 5);
    CHECK(memcmp(data, "hello", 5) == 0);
    CHECK_EQ(close(fd), 0);
    FAILS(close(fd), EBADF);
}

CASE(plain_shutdown_ends_each_direction_by_itself) {
    struct sockaddr_in name;
    socklen_t length = sizeof name;
    char data[16];
    plain_start();
    const struct sockaddr_in address = plain_peer(PLAIN_ECHO);
    const int fd = open_socket(SOCK_STREAM);
    FAILS(shutdown(open_socket(SOCK_STREAM), SHUT_WR), ENOTCONN);
    FAILS(getpeername(fd, (struct sockaddr *)&name, &length), ENOTCONN);
    CHECK_EQ(connect(fd, (const struct sockaddr *)&address, sizeof address), 0);
    FAILS(connect(fd, (const struct sockaddr *)&address, sizeof address), EISCONN);
    CHECK_EQ(getpeername(fd, (struct sockaddr *)&name, &length), 0);
    CHECK_EQ(length, sizeof name);
    CHECK_EQ(name.sin_port, address.sin_port);
    CHECK_EQ(name.sin_addr.s_addr, address.sin_addr.s_addr);
    CHECK_EQ(send(fd, "hello", 5, 0), 5);
    CHECK_EQ(shutdown(fd, SHUT_WR), 0);
    CHECK_EQ(shutdown(fd, SHUT_WR), 0);
    FAILS(send(fd, "more", 4, MSG_NOSIGNAL), EPIPE);
    for (size_t count = 0; count < 5;) {
        const ssize_t part = recv(fd, data + count, sizeof data - count, 0);
        CHECK(part > 0);
        count += (size_t)part;
    }
    CHECK_EQ(recv(fd, data, sizeof data, 0), 0);
    CHECK_EQ(recv(fd, data, sizeof data, 0), 0);
    FAILS(shutdown(fd, 99), EINVAL);
}

CASE(plain_a_refused_connect_is_readable_and_writable_and_told_once) {
    struct timeval limit = patience;
    fd_set readable, writable;
    plain_start();
    const int fd = connecting_to(PLAIN_NOBODY);
    CHECK(ready(fd, 1));
    FD_ZERO(&readable);
    FD_SET(fd, &readable);
    writable = readable;
    CHECK_EQ(select(fd + 1, &readable, &writable, NULL, &limit), 2);
    struct pollfd entry = {fd, POLLIN | POLLOUT, 0};
    CHECK_EQ(poll(&entry, 1, 0), 1);
    CHECK_EQ(entry.revents, POLLIN | POLLOUT | POLLERR | POLLHUP);
    CHECK_EQ(get_int(fd, SOL_SOCKET, SO_ERROR), ECONNREFUSED);
    CHECK_EQ(get_int(fd, SOL_SOCKET, SO_ERROR), 0);
    CHECK_EQ(poll(&entry, 1, 0), 1);
    CHECK_EQ(entry.revents, POLLIN | POLLOUT | POLLHUP);
}

CASE(plain_a_listener_without_clients) {
    struct sockaddr_in address;
    socklen_t length = sizeof address;
    struct timeval limit = {0, 20000};
    fd_set readable;
    int count;
    plain_start();
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_ANY);
    const int fd = open_socket(SOCK_STREAM);
    CHECK_EQ(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    FAILS(bind(fd, (struct sockaddr *)&address, sizeof address), EINVAL);
    CHECK_EQ(getsockname(fd, (struct sockaddr *)&address, &length), 0);
    CHECK(address.sin_port != 0);
    FAILS(accept(fd, NULL, NULL), EINVAL);
    CHECK_EQ(get_int(fd, SOL_SOCKET, SO_ACCEPTCONN), 0);
    CHECK_EQ(listen(fd, SOMAXCONN), 0);
    CHECK_EQ(get_int(fd, SOL_SOCKET, SO_ACCEPTCONN), 1);
    const int second = open_socket(SOCK_STREAM);
    FAILS(bind(second, (struct sockaddr *)&address, sizeof address), EADDRINUSE);
    FD_ZERO(&readable);
    FD_SET(fd, &readable);
    CHECK_EQ(select(fd + 1, &readable, NULL, NULL, &limit), 0);
    CHECK(!FD_ISSET(fd, &readable));
    FAILS(ioctl(fd, FIONREAD, &count), EINVAL);
    CHECK_EQ(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    FAILS(accept(fd, NULL, NULL), EAGAIN);
}

CASE(plain_select_refuses_what_cannot_be) {
    struct timeval limit = {0, -1};
    fd_set set;
    plain_start();
    const int fd = open_socket(SOCK_STREAM);
    FD_ZERO(&set);
    FD_SET(fd, &set);
    FAILS(select(fd + 1, &set, NULL, NULL, &limit), EINVAL);
    limit.tv_sec = -1;
    limit.tv_usec = 0;
    FAILS(select(fd + 1, &set, NULL, NULL, &limit), EINVAL);
    limit.tv_sec = 0;
    FAILS(select(-1, &set, NULL, NULL, &limit), EINVAL);
    CHECK_EQ(close(fd), 0);
    FAILS(select(fd + 1, &set, NULL, NULL, &limit), EBADF);
    CHECK(FD_ISSET(fd, &set));
    limit.tv_usec = 1500000; /* more than a second, and allowed */
    FD_ZERO(&set);
    CHECK_EQ(select(0, &set, NULL, NULL, &limit), 0);
}

CASE(plain_datagrams_keep_their_borders) {
    char data[32];
    int count = 0;
    struct sockaddr_in from;
    socklen_t length = sizeof from;
    plain_start();
    const struct sockaddr_in address = plain_peer(PLAIN_ECHO);
    const struct sockaddr *to = (const struct sockaddr *)&address;
    const int fd = open_socket(SOCK_DGRAM);
    FAILS(send(fd, "x", 1, 0), EDESTADDRREQ);
    CHECK_EQ(sendto(fd, "0123456789", 10, 0, to, sizeof address), 10);
    CHECK(ready(fd, 0));
    CHECK_EQ(ioctl(fd, FIONREAD, &count), 0);
    CHECK_EQ(count, 10);
    CHECK_EQ(recv(fd, data, 3, MSG_PEEK | MSG_TRUNC), 10);
    CHECK_EQ(recvfrom(fd, data, 3, 0, (struct sockaddr *)&from, &length), 3);
    CHECK_EQ(from.sin_port, address.sin_port);
    FAILS(recv(fd, data, sizeof data, MSG_DONTWAIT), EAGAIN);
    CHECK_EQ(connect(fd, to, sizeof address), 0);
    CHECK_EQ(send(fd, "one ", 4, MSG_MORE), 4);
    CHECK_EQ(send(fd, "datagram", 8, 0), 8);
    CHECK_EQ(recv(fd, data, sizeof data, 0), 12);
    CHECK(memcmp(data, "one datagram", 12) == 0);
}

CASE(plain_a_datagram_to_a_closed_port_is_refused_once) {
    char byte;
    plain_start();
    const struct sockaddr_in address = plain_peer(PLAIN_NOBODY);
    const int fd = open_socket(SOCK_DGRAM);
    CHECK_EQ(connect(fd, (const struct sockaddr *)&address, sizeof address), 0);
    CHECK_EQ(send(fd, "x", 1, 0), 1);
    FAILS(recv(fd, &byte, 1, 0), ECONNREFUSED);
    FAILS(recv(fd, &byte, 1, MSG_DONTWAIT), EAGAIN);
}

CASE(plain_options_and_their_errors) {
    const struct linger set = {1, 30};
    struct linger linger = {0, 0};
    struct timeval time = {0, 1000000};
    socklen_t length = sizeof linger;
    int on = 1;
    plain_start();
    const int fd = open_socket(SOCK_STREAM);
    CHECK_EQ(setsockopt(fd, SOL_SOCKET, SO_LINGER, &set, sizeof set), 0);
    CHECK_EQ(getsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, &length), 0);
    CHECK_EQ(length, sizeof linger);
    CHECK_EQ(linger.l_onoff, 1);
    CHECK_EQ(linger.l_linger, 30);
    CHECK_EQ(setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &on, sizeof on), 0);
    CHECK_EQ(get_int(fd, IPPROTO_TCP, TCP_KEEPIDLE), 1);
    CHECK_EQ(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on), 0);
    CHECK_EQ(get_int(fd, IPPROTO_TCP, TCP_NODELAY), 1);
    CHECK_EQ(setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on), 0);
    CHECK_EQ(get_int(fd, SOL_SOCKET, SO_KEEPALIVE), 1);
    CHECK_EQ(get_int(fd, SOL_SOCKET, SO_TYPE), SOCK_STREAM);
    FAILS(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time), EDOM);
    FAILS(setsockopt(fd, SOL_SOCKET, SO_LINGER, &set, sizeof set - 1), EINVAL);
    FAILS(setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, 2), EINVAL);
    FAILS(setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, NULL, sizeof on), EFAULT);
    FAILS(setsockopt(fd, SOL_SOCKET, 9999, &on, sizeof on), ENOPROTOOPT);
    FAILS(setsockopt(fd, IPPROTO_TCP, 9999, &on, sizeof on), ENOPROTOOPT);
    CHECK_EQ(fcntl(fd, F_GETFL), O_RDWR);
    CHECK_EQ(ioctl(fd, FIONBIO, &on), 0);
    CHECK_EQ(fcntl(fd, F_GETFL), O_RDWR | O_NONBLOCK);
    FAILS(ioctl(fd, 9999, &on), ENOTTY);
    FAILS(fcntl(fd, 9999, 0), EINVAL);
    CHECK_EQ(close(fd), 0);
    FAILS(fcntl(fd, F_GETFL), EBADF);
    FAILS(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time), EBADF);
}
