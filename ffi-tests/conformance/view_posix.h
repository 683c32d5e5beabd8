/* view_posix.h - the plain names, of whoever defined them before: -1 and errno. */
#ifndef VIEW_POSIX_H
#define VIEW_POSIX_H

#define V(name) name

#define V_POLLIN POLLIN
#define V_POLLOUT POLLOUT
#define V_POLLERR POLLERR
#define V_POLLHUP POLLHUP
#define V_POLLNVAL POLLNVAL
#define V_POLLRDHUP POLLRDHUP

typedef int v_fd;
typedef socklen_t v_length;
typedef struct sockaddr_in v_address;
typedef struct pollfd v_pollfd;
typedef struct linger v_linger;

/* Before the first call. */
static inline void v_start(void) {}

static inline int v_error(void) {
    return errno;
}

static inline void v_set_error(int error) {
    errno = error;
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
    return send(fd, data, length, flags);
}

static inline long v_recv(v_fd fd, void *data, size_t length, int flags) {
    return recv(fd, data, length, flags);
}

static inline long v_sendto(v_fd fd, const void *data, size_t length, int flags,
                            const v_address *address, v_length address_length) {
    return sendto(fd, data, length, flags, (const struct sockaddr *)address, address_length);
}

static inline long v_recvfrom(v_fd fd, void *data, size_t length, int flags, v_address *address,
                              v_length *address_length) {
    return recvfrom(fd, data, length, flags, (struct sockaddr *)address, address_length);
}

static inline long v_shutdown(v_fd fd, int how) {
    return shutdown(fd, how);
}

static inline long v_close(v_fd fd) {
    return close(fd);
}

static inline long v_poll(v_pollfd *set, unsigned count, int timeout_ms) {
    return poll(set, count, timeout_ms);
}

static inline long v_getsockname(v_fd fd, v_address *address, v_length *length) {
    return getsockname(fd, (struct sockaddr *)address, length);
}

static inline long v_getpeername(v_fd fd, v_address *address, v_length *length) {
    return getpeername(fd, (struct sockaddr *)address, length);
}

static inline long v_setsockopt(v_fd fd, int level, int name, const void *value, v_length length) {
    return setsockopt(fd, level, name, value, length);
}

static inline long v_getsockopt(v_fd fd, int level, int name, void *value, v_length *length) {
    return getsockopt(fd, level, name, value, length);
}

static inline long v_ioctl(v_fd fd, unsigned long request, int *value) {
    return ioctl(fd, request, value);
}

static inline long v_set_timeval(v_fd fd, long seconds, long microseconds) {
    struct timeval time;
    memset(&time, 0, sizeof time);
    time.tv_sec += seconds;
    time.tv_usec += microseconds;
    return setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
}

static inline long v_set_timeout(v_fd fd, int name, uint32_t ms) {
    struct timeval time;
    memset(&time, 0, sizeof time);
    time.tv_sec += ms / 1000;
    time.tv_usec += ms % 1000 * 1000;
    return setsockopt(fd, SOL_SOCKET, name, &time, sizeof time);
}

static inline long v_get_timeout(v_fd fd, int name) {
    struct timeval time;
    v_length length = sizeof time;
    return getsockopt(fd, SOL_SOCKET, name, &time, &length) < 0
               ? -1
               : (long)time.tv_sec * 1000 + (long)time.tv_usec / 1000;
}

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
    const long result = select(nfds, &sets[0], &sets[1], &sets[2], &timeout);
    *ready = 0;
    for (int i = 0; i < 3; i++) {
        *ready |= (FD_ISSET(fd, &sets[i]) ? 1 : 0) << i;
    }
    return result;
}

#endif /* VIEW_POSIX_H */
