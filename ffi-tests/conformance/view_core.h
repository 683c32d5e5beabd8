/* view_core.h - w5100.h itself: negative errors. */
#ifndef VIEW_CORE_H
#define VIEW_CORE_H

#include <string.h>

#include "w5100.h"
#include "w5100_inet.h"
#include "w5100_select.h"

#define VIEW_NAME "core"
#define V(name) W5100_##name

#define V_POLLIN W5100_POLLIN
#define V_POLLOUT W5100_POLLOUT
#define V_POLLERR W5100_POLLERR
#define V_POLLHUP W5100_POLLHUP
#define V_POLLNVAL W5100_POLLNVAL
#define V_POLLRDHUP W5100_POLLRDHUP

typedef int v_fd;
typedef uint32_t v_length;
typedef w5100_sockaddr_in v_address;
typedef w5100_pollfd v_pollfd;
typedef w5100_linger v_linger;

extern _Thread_local int v_last_error;

static inline int v_error(void) {
    return v_last_error;
}

static inline void v_set_error(int error) {
    v_last_error = error;
}

static inline long v_result(int32_t result) {
    if (result < 0) {
        v_last_error = -result;
        return -1;
    }
    return result;
}

static inline v_address v_at(uint32_t ip, uint16_t port) {
    v_address address = {.sin_family = W5100_AF_INET, .sin_port = w5100_htons(port)};
    const uint32_t network = w5100_htonl(ip);
    memcpy(address.sin_addr, &network, sizeof network);
    return address;
}

static inline uint16_t v_port(const v_address *address) {
    return w5100_htons(address->sin_port);
}

/* Before the first call. */
static inline void v_start(void) {}

#define v_socket(...) v_result(w5100_socket(__VA_ARGS__))
#define v_bind(...) v_result(w5100_bind(__VA_ARGS__))
#define v_listen(...) v_result(w5100_listen(__VA_ARGS__))
#define v_accept(...) v_result(w5100_accept(__VA_ARGS__))
#define v_connect(...) v_result(w5100_connect(__VA_ARGS__))
#define v_send(...) v_result(w5100_send(__VA_ARGS__))
#define v_recv(...) v_result(w5100_recv(__VA_ARGS__))
#define v_sendto(...) v_result(w5100_sendto(__VA_ARGS__))
#define v_recvfrom(...) v_result(w5100_recvfrom(__VA_ARGS__))
#define v_shutdown(...) v_result(w5100_shutdown(__VA_ARGS__))
#define v_close(...) v_result(w5100_close(__VA_ARGS__))
#define v_poll(...) v_result(w5100_poll(__VA_ARGS__))
#define v_getsockname(...) v_result(w5100_getsockname(__VA_ARGS__))
#define v_getpeername(...) v_result(w5100_getpeername(__VA_ARGS__))
#define v_setsockopt(...) v_result(w5100_setsockopt(__VA_ARGS__))
#define v_getsockopt(...) v_result(w5100_getsockopt(__VA_ARGS__))
#define v_ioctl(...) v_result(w5100_ioctl(__VA_ARGS__))

static inline long v_set_timeout(v_fd fd, int name, uint32_t ms) {
    return v_setsockopt(fd, W5100_SOL_SOCKET, name, &ms, sizeof ms);
}

static inline long v_get_timeout(v_fd fd, int name) {
    uint32_t ms = 0;
    v_length length = sizeof ms;
    return v_getsockopt(fd, W5100_SOL_SOCKET, name, &ms, &length) < 0 ? -1 : (long)ms;
}

/* The core takes milliseconds: there are no microseconds to be wrong. */
static inline long v_set_timeval(v_fd fd, long seconds, long microseconds) {
    (void)fd, (void)seconds, (void)microseconds;
    return -1;
}

static inline long v_select(int nfds, v_fd fd, int *ready, int seconds, int microseconds) {
    w5100_fd_set sets[3];
    const w5100_timeout timeout = {seconds, microseconds};
    for (int i = 0; i < 3; i++) {
        w5100_fd_zero(&sets[i]);
        if ((*ready >> i & 1) != 0) {
            w5100_fd_set_add(fd, &sets[i]);
        }
    }
    const long result =
        v_result(w5100_select(nfds < 0 ? nfds : 0, &sets[0], &sets[1], &sets[2], &timeout));
    *ready = w5100_fd_isset(fd, &sets[0]) | w5100_fd_isset(fd, &sets[1]) << 1 |
             w5100_fd_isset(fd, &sets[2]) << 2;
    return result;
}

#endif /* VIEW_CORE_H */
