#include "tcp.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"

#define PATIENCE_MS 30000

static struct sockaddr_in loopback(uint16_t port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

/* Wait until one of `events` holds: which do. */
static int ready(int fd, short events) {
    struct pollfd entry = {fd, events, 0};
    CHECK_EQ(poll(&entry, 1, PATIENCE_MS), 1);
    return entry.revents;
}

static int connect_at(const struct sockaddr_in *address) {
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(fd >= 0);
    CHECK_EQ(connect(fd, (const struct sockaddr *)address, sizeof *address), 0);
    return fd;
}

int tcp_connect(uint16_t port) {
    const struct sockaddr_in address = loopback(port);
    return connect_at(&address);
}

int tcp_connect_to(const char *text) {
    struct sockaddr_in address = loopback(0);
    char ip[INET_ADDRSTRLEN];
    unsigned port;
    CHECK_EQ(sscanf(text, "%15[0-9.]:%u", ip, &port), 2);
    CHECK(port <= UINT16_MAX);
    address.sin_port = htons((uint16_t)port);
    CHECK_EQ(inet_pton(AF_INET, ip, &address.sin_addr), 1);
    return connect_at(&address);
}

int tcp_connect_served(uint16_t port) {
    for (int tries = 0; tries < 1000; tries++) {
        char byte = 'x';
        const int fd = tcp_connect(port);
        if (send(fd, &byte, 1, MSG_NOSIGNAL) == 1 && (ready(fd, POLLIN) & POLLIN) != 0 &&
            recv(fd, &byte, 1, 0) == 1) {
            return fd;
        }
        tcp_close(fd);
    }
    CHECK(!"served");
    return -1;
}

int tcp_listen(uint16_t *port) {
    struct sockaddr_in address = loopback(0);
    socklen_t length = sizeof address;
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(fd >= 0);
    CHECK_EQ(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    CHECK_EQ(listen(fd, 8), 0);
    CHECK_EQ(getsockname(fd, (struct sockaddr *)&address, &length), 0);
    *port = ntohs(address.sin_port);
    return fd;
}

int tcp_accept(int listener) {
    ready(listener, POLLIN);
    const int fd = accept(listener, NULL, NULL);
    CHECK(fd >= 0);
    return fd;
}

void tcp_echo(int fd, const uint8_t *data, size_t length) {
    uint8_t part[4096];
    size_t sent = 0;
    size_t received = 0;
    while (received < length) {
        const int found = ready(fd, sent < length ? POLLIN | POLLOUT : POLLIN);
        if ((found & POLLOUT) != 0) {
            const ssize_t count = send(fd, data + sent, length - sent, MSG_DONTWAIT | MSG_NOSIGNAL);
            CHECK(count > 0);
            sent += (size_t)count;
        }
        if ((found & POLLIN) != 0) {
            const ssize_t count = recv(fd, part, sizeof part, 0);
            CHECK(count > 0 && (size_t)count <= length - received);
            CHECK(memcmp(part, data + received, (size_t)count) == 0);
            received += (size_t)count;
        }
    }
}

void tcp_send(int fd, const void *data, size_t length) {
    CHECK_EQ(send(fd, data, length, MSG_NOSIGNAL), length);
}

void tcp_recv(int fd, void *data, size_t length) {
    for (size_t got = 0; got < length;) {
        ready(fd, POLLIN);
        const ssize_t count = recv(fd, (char *)data + got, length - got, 0);
        CHECK(count > 0);
        got += (size_t)count;
    }
}

size_t tcp_recv_all(int fd, void *data, size_t room) {
    size_t length = 0;
    for (;;) {
        char *const place = (char *)data + length;
        ready(fd, POLLIN);
        CHECK(length < room);
        const ssize_t count = recv(fd, place, room - length, 0);
        CHECK(count >= 0);
        if (count == 0) {
            return length;
        }
        length += (size_t)count;
    }
}

void tcp_shutdown(int fd) {
    CHECK_EQ(shutdown(fd, SHUT_WR), 0);
}

void tcp_close(int fd) {
    CHECK_EQ(close(fd), 0);
}
