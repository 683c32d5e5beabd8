/*
 * w5100_bsd.h - the plain BSD socket names over w5100.h.
 *
 * Opt-in and header-only. A file that includes it may say socket(), recv(), close(), struct
 * sockaddr_in; the library itself exports nothing but w5100_... and cannot collide with the C
 * library of its host. Needs C99 or C++11 and a C library with <errno.h> and <sys/time.h>.
 *
 * How it differs from the core (w5100.h):
 *   - a failing call returns -1 and stores the reason in errno; errno is untouched on success;
 *   - the reason is the C library's own E... number, not the core's (newlib's differ from Linux's);
 *   - errno is where the port's errno_location() says, normally `(int32_t *)&errno`, which is the
 *     calling thread's. A port without that callback has one static cell: read it as
 *     *w5100_errno_location().
 *
 * Rules for the including file:
 *   - include it last: it takes the names over with macros, and a system header that came after
 *     it would be rewritten by them. System headers that came before are fine;
 *   - the functions are function-like macros: `send(...)` is ours, while `&send` is still what it
 *     was before. A C++ member called send or close is caught too;
 *   - close() and ioctl() are wanted for files as well as sockets. Define W5100_BSD_NO_IO_NAMES
 *     before the include to leave these two alone and use closesocket() and ioctlsocket().
 *
 * Which errors a call gives, and when it blocks, is said at the core function of the same name.
 * All calls are for task context, none for an interrupt.
 */
#ifndef W5100_BSD_H
#define W5100_BSD_H

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/time.h>
#include <sys/types.h>

#include "w5100.h"
#include "w5100_errno.h"
#include "w5100_inet.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- types --------------------------------------------------------------------------------- */

#undef socklen_t
#undef sa_family_t
#undef in_port_t
#undef in_addr_t
#undef nfds_t
#undef in_addr
#undef s_addr
#undef sockaddr
#undef sockaddr_in
#undef pollfd

/** Length of an address or of an option's value, in bytes. */
#define socklen_t uint32_t
/** An address family: AF_INET. */
#define sa_family_t uint16_t
/** A port number in network byte order. */
#define in_port_t uint16_t
/** An IPv4 address in network byte order. */
#define in_addr_t uint32_t
/** Number of entries of a poll set. */
#define nfds_t uint32_t

#define in_addr w5100_bsd_in_addr
#define sockaddr w5100_bsd_sockaddr
#define sockaddr_in w5100_bsd_sockaddr_in
#define pollfd w5100_bsd_pollfd

/** An IPv4 address. */
struct in_addr {
    in_addr_t s_addr; /**< network byte order */
};

/** Any address: what the calls take a pointer to. Cast a struct sockaddr_in to it. */
struct sockaddr {
    sa_family_t sa_family; /**< AF_INET */
    char sa_data[14];      /**< port and address, see struct sockaddr_in */
};

/** An IPv4 address and port. */
struct sockaddr_in {
    sa_family_t sin_family;  /**< AF_INET */
    in_port_t sin_port;      /**< network byte order: htons(80) */
    struct in_addr sin_addr; /**< network byte order: htonl(INADDR_ANY), inet_addr("...") */
    uint8_t sin_zero[8];     /**< ignored */
};

/** One entry of a poll set. */
struct pollfd {
    int fd;        /**< socket; negative: skip this entry */
    short events;  /**< asked for: POLLIN, POLLOUT, POLLRDHUP */
    short revents; /**< found; may also have POLLERR, POLLHUP, POLLNVAL */
};

/* The core works on these structures in place. */
#define W5100_BSD_ASSERT(name, condition) typedef char w5100_bsd_assert_##name[(condition) ? 1 : -1]
#define W5100_BSD_SAME_PLACE(ours, theirs)                                                         \
    (offsetof(struct sockaddr_in, ours) == offsetof(w5100_sockaddr_in, theirs))
W5100_BSD_ASSERT(int_is_32_bits, sizeof(int) == sizeof(int32_t));
W5100_BSD_ASSERT(sockaddr_size, sizeof(struct sockaddr) == sizeof(w5100_sockaddr_in));
W5100_BSD_ASSERT(sockaddr_in_size, sizeof(struct sockaddr_in) == sizeof(w5100_sockaddr_in));
W5100_BSD_ASSERT(sin_family, W5100_BSD_SAME_PLACE(sin_family, sin_family));
W5100_BSD_ASSERT(sin_port, W5100_BSD_SAME_PLACE(sin_port, sin_port));
W5100_BSD_ASSERT(sin_addr, W5100_BSD_SAME_PLACE(sin_addr, sin_addr));
W5100_BSD_ASSERT(pollfd_size, sizeof(struct pollfd) == sizeof(w5100_pollfd));
W5100_BSD_ASSERT(pollfd_events, offsetof(struct pollfd, events) == offsetof(w5100_pollfd, events));
W5100_BSD_ASSERT(pollfd_revents,
                 offsetof(struct pollfd, revents) == offsetof(w5100_pollfd, revents));

/* ---- constants ----------------------------------------------------------------------------- */

#undef AF_INET
#undef PF_INET
#undef SOCK_STREAM
#undef SOCK_DGRAM
#undef IPPROTO_TCP
#undef IPPROTO_UDP
#undef INADDR_ANY
#undef INADDR_NONE
#undef INADDR_BROADCAST
#define AF_INET W5100_AF_INET         /**< IPv4, the only family */
#define PF_INET W5100_AF_INET         /**< the same, by its older name */
#define SOCK_STREAM W5100_SOCK_STREAM /**< TCP */
#define SOCK_DGRAM W5100_SOCK_DGRAM   /**< UDP */
#define IPPROTO_TCP W5100_IPPROTO_TCP
#define IPPROTO_UDP W5100_IPPROTO_UDP
#define INADDR_ANY ((in_addr_t)0)                /**< bind: the chip's address */
#define INADDR_NONE W5100_INADDR_NONE            /**< inet_addr: not an address */
#define INADDR_BROADCAST ((in_addr_t)0xFFFFFFFF) /**< every host of this subnet */

#undef POLLIN
#undef POLLOUT
#undef POLLERR
#undef POLLHUP
#undef POLLNVAL
#undef POLLRDHUP
#define POLLIN W5100_POLLIN       /**< recv or accept would not block; also at the peer's close */
#define POLLOUT W5100_POLLOUT     /**< there is room to send */
#define POLLERR W5100_POLLERR     /**< an error is pending: SO_ERROR tells it */
#define POLLHUP W5100_POLLHUP     /**< both directions are closed */
#define POLLNVAL W5100_POLLNVAL   /**< not an open socket */
#define POLLRDHUP W5100_POLLRDHUP /**< the peer has closed its direction */

#undef SHUT_RD
#undef SHUT_WR
#undef SHUT_RDWR
#define SHUT_RD W5100_SHUT_RD     /**< recv gives 0 from now on */
#define SHUT_WR W5100_SHUT_WR     /**< send what is queued, then FIN */
#define SHUT_RDWR W5100_SHUT_RDWR /**< both */

#undef MSG_PEEK
#undef MSG_DONTWAIT
#undef MSG_NOSIGNAL
#define MSG_PEEK W5100_MSG_PEEK         /**< recv: leave the data queued */
#define MSG_DONTWAIT W5100_MSG_DONTWAIT /**< this call does not block */
#define MSG_NOSIGNAL 0                  /**< no call ever raises SIGPIPE */

#undef SOL_SOCKET
#undef SO_REUSEADDR
#undef SO_BROADCAST
#undef SO_SNDTIMEO
#undef SO_RCVTIMEO
#undef SO_ERROR
#undef SO_TYPE
#undef SO_NONBLOCK
#define SOL_SOCKET W5100_SOL_SOCKET     /**< the level of the options below; others: ENOPROTOOPT */
#define SO_REUSEADDR W5100_SO_REUSEADDR /**< int */
#define SO_BROADCAST W5100_SO_BROADCAST /**< int: allows datagrams to broadcast addresses */
#define SO_SNDTIMEO W5100_SO_SNDTIMEO   /**< struct timeval; {0, 0} is for ever */
#define SO_RCVTIMEO W5100_SO_RCVTIMEO   /**< struct timeval; {0, 0} is for ever */
#define SO_ERROR W5100_SO_ERROR         /**< int, an E... number; reading clears it */
#define SO_TYPE W5100_SO_TYPE           /**< int, SOCK_... */
#define SO_NONBLOCK W5100_SO_NONBLOCK   /**< int, 0 or 1: as FIONBIO */

#undef FIONREAD
#undef FIONBIO
#define FIONREAD W5100_FIONREAD /**< int out: bytes that recv would give without waiting */
#define FIONBIO W5100_FIONBIO   /**< int in: 1 makes the socket non-blocking */

/* ---- errors -------------------------------------------------------------------------------- */

/** Turn a core result into a BSD one: a negative error becomes -1 and errno. */
static inline int w5100_bsd_result(int32_t result) {
    if (result < 0) {
        /* By bytes: int32_t is `long` on some targets, and errno is an int. */
        const int error = w5100_to_errno(-result);
        memcpy(w5100_errno_location(), &error, sizeof error);
        return -1;
    }
    return (int)result;
}

/* ---- calls --------------------------------------------------------------------------------- */

/** New socket: AF_INET, SOCK_STREAM or SOCK_DGRAM, protocol 0 or the type's own. On device 0. */
static inline int w5100_bsd_socket(int family, int type, int protocol) {
    return w5100_bsd_result(w5100_socket(family, type, protocol));
}

/** Reserve a local port; port 0 picks a free one. */
static inline int w5100_bsd_bind(int fd, const struct sockaddr *address, socklen_t length) {
    return w5100_bsd_result(
        w5100_bind(fd, (const w5100_sockaddr_in *)(const void *)address, length));
}

/** Take connections; at most `backlog` (clamped to 1..4) wait for accept(). */
static inline int w5100_bsd_listen(int fd, int backlog) {
    return w5100_bsd_result(w5100_listen(fd, backlog));
}

/** The oldest waiting connection as a new socket. `address` and `length` may be NULL. Blocks. */
static inline int w5100_bsd_accept(int fd, struct sockaddr *address, socklen_t *length) {
    return w5100_bsd_result(w5100_accept(fd, (w5100_sockaddr_in *)(void *)address, length));
}

/** TCP: connect, blocks. UDP: set the peer. */
static inline int w5100_bsd_connect(int fd, const struct sockaddr *address, socklen_t length) {
    return w5100_bsd_result(
        w5100_connect(fd, (const w5100_sockaddr_in *)(const void *)address, length));
}

/** Send; a blocking TCP socket sends all of it. The number of bytes taken. */
static inline ssize_t w5100_bsd_send(int fd, const void *data, size_t length, int flags) {
    return w5100_bsd_result(w5100_send(fd, data, length, flags));
}

/** Receive at most `length` bytes; waits for the first. 0: the peer has closed. */
static inline ssize_t w5100_bsd_recv(int fd, void *data, size_t length, int flags) {
    return w5100_bsd_result(w5100_recv(fd, data, length, flags));
}

/** Send one datagram to `address`. */
static inline ssize_t w5100_bsd_sendto(int fd, const void *data, size_t length, int flags,
                                       const struct sockaddr *address, socklen_t address_length) {
    return w5100_bsd_result(w5100_sendto(
        fd, data, length, flags, (const w5100_sockaddr_in *)(const void *)address, address_length));
}

/** Receive, and who sent it. `address` and `address_length` may be NULL. */
static inline ssize_t w5100_bsd_recvfrom(int fd, void *data, size_t length, int flags,
                                         struct sockaddr *address, socklen_t *address_length) {
    return w5100_bsd_result(w5100_recvfrom(fd, data, length, flags,
                                           (w5100_sockaddr_in *)(void *)address, address_length));
}

/** End one direction or both: SHUT_RD, SHUT_WR, SHUT_RDWR. */
static inline int w5100_bsd_shutdown(int fd, int how) {
    return w5100_bsd_result(w5100_shutdown(fd, how));
}

/** Close. Wakes every thread that waits on the socket: its call fails with EBADF. */
static inline int w5100_bsd_close(int fd) {
    return w5100_bsd_result(w5100_close(fd));
}

/** Wait until an entry of `set` is ready: how many are, 0 after `timeout_ms` (-1: for ever). */
static inline int w5100_bsd_poll(struct pollfd *set, nfds_t count, int timeout_ms) {
    return w5100_bsd_result(w5100_poll((w5100_pollfd *)(void *)set, count, timeout_ms));
}

/** The local address and port. */
static inline int w5100_bsd_getsockname(int fd, struct sockaddr *address, socklen_t *length) {
    return w5100_bsd_result(w5100_getsockname(fd, (w5100_sockaddr_in *)(void *)address, length));
}

/** The peer's address and port. */
static inline int w5100_bsd_getpeername(int fd, struct sockaddr *address, socklen_t *length) {
    return w5100_bsd_result(w5100_getpeername(fd, (w5100_sockaddr_in *)(void *)address, length));
}

/** FIONREAD and FIONBIO; `value` points to an int. */
static inline int w5100_bsd_ioctl(int fd, unsigned long request, void *value) {
    return w5100_bsd_result(w5100_ioctl(fd, (uint32_t)request, (int32_t *)value));
}

/** Set an option. The two timeouts take a struct timeval: EDOM when it is negative or has a
    million microseconds or more; rounded up to milliseconds, at most INT32_MAX of them. */
static inline int w5100_bsd_setsockopt(int fd, int level, int name, const void *value,
                                       socklen_t length) {
    struct timeval time;
    uint32_t ms;
    if (level != SOL_SOCKET || (name != SO_RCVTIMEO && name != SO_SNDTIMEO) || value == NULL) {
        return w5100_bsd_result(w5100_setsockopt(fd, level, name, value, length));
    }
    if (length < sizeof time) {
        return w5100_bsd_result(-W5100_EINVAL);
    }
    memcpy(&time, value, sizeof time);
    if (time.tv_sec < 0 || time.tv_usec < 0 || time.tv_usec >= 1000000) {
        return w5100_bsd_result(-W5100_EDOM);
    }
    ms = time.tv_sec >= INT32_MAX / 1000
             ? (uint32_t)INT32_MAX
             : (uint32_t)time.tv_sec * 1000u + ((uint32_t)time.tv_usec + 999u) / 1000u;
    return w5100_bsd_result(w5100_setsockopt(fd, level, name, &ms, sizeof ms));
}

/** Read an option; `*length` is the room on entry and the size of the value on return. */
static inline int w5100_bsd_getsockopt(int fd, int level, int name, void *value,
                                       socklen_t *length) {
    const int is_time = name == SO_RCVTIMEO || name == SO_SNDTIMEO;
    struct timeval time;
    uint32_t word = 0; /* milliseconds, or the core's error number */
    uint32_t word_size = sizeof word;
    int result;
    if (level != SOL_SOCKET || (!is_time && name != SO_ERROR) || value == NULL || length == NULL) {
        return w5100_bsd_result(w5100_getsockopt(fd, level, name, value, length));
    }
    if (*length < (is_time ? sizeof time : sizeof word)) {
        return w5100_bsd_result(-W5100_EINVAL);
    }
    result = w5100_bsd_result(w5100_getsockopt(fd, level, name, &word, &word_size));
    if (result < 0) {
        return result;
    }
    if (is_time) {
        memset(&time, 0, sizeof time);
        time.tv_sec += (int32_t)(word / 1000u);
        time.tv_usec += (int32_t)(word % 1000u * 1000u);
        memcpy(value, &time, sizeof time);
        *length = sizeof time;
    } else {
        const int error = word == 0 ? 0 : w5100_to_errno((int32_t)word);
        memcpy(value, &error, sizeof error);
        *length = sizeof error;
    }
    return result;
}

#ifdef __cplusplus
}
#endif

/* ---- the plain names ----------------------------------------------------------------------- */
/* Variadic, so that an argument may hold a comma: &(struct timeval){5, 0}. */

#undef socket
#undef bind
#undef listen
#undef accept
#undef connect
#undef send
#undef recv
#undef sendto
#undef recvfrom
#undef shutdown
#undef poll
#undef getsockname
#undef getpeername
#undef setsockopt
#undef getsockopt
#undef closesocket
#undef ioctlsocket
#undef htons
#undef ntohs
#undef htonl
#undef ntohl
#undef inet_addr
#define socket(...) w5100_bsd_socket(__VA_ARGS__)
#define bind(...) w5100_bsd_bind(__VA_ARGS__)
#define listen(...) w5100_bsd_listen(__VA_ARGS__)
#define accept(...) w5100_bsd_accept(__VA_ARGS__)
#define connect(...) w5100_bsd_connect(__VA_ARGS__)
#define send(...) w5100_bsd_send(__VA_ARGS__)
#define recv(...) w5100_bsd_recv(__VA_ARGS__)
#define sendto(...) w5100_bsd_sendto(__VA_ARGS__)
#define recvfrom(...) w5100_bsd_recvfrom(__VA_ARGS__)
#define shutdown(...) w5100_bsd_shutdown(__VA_ARGS__)
#define poll(...) w5100_bsd_poll(__VA_ARGS__)
#define getsockname(...) w5100_bsd_getsockname(__VA_ARGS__)
#define getpeername(...) w5100_bsd_getpeername(__VA_ARGS__)
#define setsockopt(...) w5100_bsd_setsockopt(__VA_ARGS__)
#define getsockopt(...) w5100_bsd_getsockopt(__VA_ARGS__)
#define closesocket(...) w5100_bsd_close(__VA_ARGS__)
#define ioctlsocket(...) w5100_bsd_ioctl(__VA_ARGS__)
#define htons(...) w5100_htons(__VA_ARGS__)
#define ntohs(...) w5100_htons(__VA_ARGS__)
#define htonl(...) w5100_htonl(__VA_ARGS__)
#define ntohl(...) w5100_htonl(__VA_ARGS__)
#define inet_addr(...) w5100_inet_addr(__VA_ARGS__)

#ifndef W5100_BSD_NO_IO_NAMES
#undef close
#undef ioctl
#define close(...) w5100_bsd_close(__VA_ARGS__)
#define ioctl(...) w5100_bsd_ioctl(__VA_ARGS__)
#endif

#endif /* W5100_BSD_H */
