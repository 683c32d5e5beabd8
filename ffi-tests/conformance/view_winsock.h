/* view_winsock.h - w5100_winsock.h. There is no poll: what waits is select. */
#ifndef VIEW_WINSOCK_H
#define VIEW_WINSOCK_H

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/types.h>
#include <unistd.h>

#include "w5100_winsock.h"

#define VIEW_NAME "winsock"
#define V(name) name

#ifndef SHUT_RD
#define SHUT_RD SD_RECEIVE
#define SHUT_WR SD_SEND
#define SHUT_RDWR SD_BOTH
#endif

#define V_POLLIN W5100_POLLIN
#define V_POLLOUT W5100_POLLOUT
#define V_POLLERR W5100_POLLERR
#define V_POLLHUP W5100_POLLHUP
#define V_POLLNVAL W5100_POLLNVAL
#define V_POLLRDHUP W5100_POLLRDHUP

typedef SOCKET v_fd;
typedef int v_length;
typedef struct sockaddr_in v_address;
typedef w5100_pollfd v_pollfd;
typedef struct linger v_linger;

/* Before the first call. */
static inline void v_start(void) {
    WSADATA data;
    if (WSAStartup(MAKEWORD(1, 1), &data) != 0) {
        abort();
    }
}

static inline int v_error(void) {
    return WSAGetLastError();
}

static inline void v_set_error(int error) {
    WSASetLastError(error);
}

static inline v_address v_at(uint32_t ip, uint16_t port) {
    v_address address;
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(ip);
    return address;
}

static inline uint16_t v_port(const v_address *address) {
    return ntohs(address->sin_port);
}

static inline long v_socket(int family, int type, int protocol) {
    return socket(family, type, protocol);
}

static inline long v_bind(v_fd fd, const v_address *address, v_length length) {
    return bind(fd, (const struct sockaddr *)address, length);
}

static inline long v_listen(v_fd fd, int backlog) {
    return listen(fd, backlog);
}

static inline long v_accept(v_fd fd, v_address *address, v_length *length) {
    return accept(fd, (struct sockaddr *)address, length);
}

static inline long v_connect(v_fd fd, const v_address *address, v_length length) {
    return connect(fd, (const struct sockaddr *)address, length);
}

static inline long v_send(v_fd fd, const void *data, size_t length, int flags) {
    return send(fd, data, (int)length, flags);
}

static inline long v_recv(v_fd fd, void *data, size_t length, int flags) {
    return recv(fd, data, (int)length, flags);
}

static inline long v_sendto(v_fd fd, const void *data, size_t length, int flags,
                            const v_address *address, v_length address_length) {
    return sendto(fd, data, (int)length, flags, (const struct sockaddr *)address, address_length);
}

static inline long v_recvfrom(v_fd fd, void *data, size_t length, int flags, v_address *address,
                              v_length *address_length) {
    return recvfrom(fd, data, (int)length, flags, (struct sockaddr *)address, address_length);
}

static inline long v_shutdown(v_fd fd, int how) {
    return shutdown(fd, how);
}

static inline long v_close(v_fd fd) {
    return closesocket(fd);
}

static inline long v_getsockname(v_fd fd, v_address *address, v_length *length) {
    return getsockname(fd, (struct sockaddr *)address, length);
}

static inline long v_getpeername(v_fd fd, v_address *address, v_length *length) {
    return getpeername(fd, (struct sockaddr *)address, length);
}

static inline long v_setsockopt(v_fd fd, int level, int name, const void *value, v_length length) {
    return setsockopt(fd, level, name, (const char *)value, length);
}

static inline long v_getsockopt(v_fd fd, int level, int name, void *value, v_length *length) {
    return getsockopt(fd, level, name, (char *)value, length);
}

static inline long v_ioctl(v_fd fd, long request, int *value) {
    return ioctlsocket(fd, request, (u_long *)(void *)value);
}

static inline long v_set_timeout(v_fd fd, int name, uint32_t ms) {
    const int value = (int)ms;
    return v_setsockopt(fd, SOL_SOCKET, name, &value, sizeof value);
}

static inline long v_get_timeout(v_fd fd, int name) {
    int value = 0;
    v_length length = sizeof value;
    return v_getsockopt(fd, SOL_SOCKET, name, &value, &length) < 0 ? -1 : value;
}

/* A timeout is a number of milliseconds: there are no microseconds to be wrong. */
static inline long v_set_timeval(v_fd fd, long seconds, long microseconds) {
    (void)fd, (void)seconds, (void)microseconds;
    return -1;
}

/* For the suite to wait with; nothing is observed by it. */
static inline long v_poll(v_pollfd *set, unsigned count, int timeout_ms) {
    const int32_t result = w5100_poll(set, count, timeout_ms);
    return result < 0 ? -1 : result;
}

/* `seconds` below -1: for ever. */
static inline long v_select(int nfds, v_fd fd, int *ready, int seconds, int microseconds) {
    struct timeval timeout;
    fd_set sets[3];
    timeout.tv_sec = seconds;
    timeout.tv_usec = microseconds;
    for (int i = 0; i < 3; i++) {
        FD_ZERO(&sets[i]);
        if ((*ready >> i & 1) != 0) {
            FD_SET(fd, &sets[i]);
        }
    }
    const long result = select(nfds, &sets[0], &sets[1], &sets[2], seconds < -1 ? NULL : &timeout);
    *ready = 0;
    for (int i = 0; i < 3; i++) {
        *ready |= (FD_ISSET(fd, &sets[i]) ? 1 : 0) << i;
    }
    return result;
}

#endif /* VIEW_WINSOCK_H */
