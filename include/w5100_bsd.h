/*
 * w5100_bsd.h - the plain BSD socket names over w5100.h.
 *
 * Opt-in and header-only. A file that includes it may say socket(), recv(), close(), struct
 * sockaddr_in; the library itself exports nothing but w5100_... and cannot collide with the C
 * library of its host. Needs C99 or C++11 and a C library with <errno.h>, <fcntl.h> and
 * <sys/time.h>. Its types and numbers are in w5100_bsd_types.h, its options in w5100_bsd_options.h,
 * gethostbyname() and getaddrinfo() in w5100_bsd_netdb.h.
 *
 * How it differs from the core (w5100.h):
 *   - a failing call returns -1 and stores the reason in errno; errno is untouched on success;
 *   - the reason is the C library's own E... number, not the core's (newlib's differ from Linux's);
 *   - errno is the C library's, and so the calling thread's where that has threads. A system with
 *     another errno tells in the port's errno_location() where it is; both are set.
 *
 * Rules for the including file:
 *   - include it last: it takes the names over with macros, and a system header that came after
 *     it would be rewritten by them. System headers that came before are fine;
 *   - the functions are function-like macros: `send(...)` is ours, while `&send` is still what it
 *     was before. A C++ member called send or close is caught too;
 *   - close(), ioctl() and fcntl() are wanted for files as well as sockets. Define
 *     W5100_BSD_NO_IO_NAMES before the include to leave these alone and use closesocket() and
 *     ioctlsocket() with FIONBIO;
 *   - read() and write() are not taken over: recv() and send() with 0 as flags do the same.
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
#include "w5100_bsd_netdb.h"
#include "w5100_bsd_options.h"
#include "w5100_bsd_types.h"
#include "w5100_errno.h"
#include "w5100_inet.h"
#include "w5100_select.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- calls --------------------------------------------------------------------------------- */

/** New socket on device 0: AF_INET with SOCK_STREAM or SOCK_DGRAM, protocol 0 or the type's own;
    with SOCK_RAW, the protocol; AF_PACKET with SOCK_RAW and 0. */
static inline int w5100_bsd_socket(int family, int type, int protocol) {
    return w5100_errno_result(w5100_socket(family, type, protocol));
}

/** Reserve a local port; port 0 picks a free one. */
static inline int w5100_bsd_bind(int fd, const struct sockaddr *address, socklen_t length) {
    return w5100_errno_result(
        w5100_bind(fd, (const w5100_sockaddr_in *)(const void *)address, length));
}

/** Take connections; at most `backlog` (clamped to 1..4) wait for accept(). */
static inline int w5100_bsd_listen(int fd, int backlog) {
    return w5100_errno_result(w5100_listen(fd, backlog));
}

/** The oldest waiting connection as a new socket. `address` and `length` may be NULL. Blocks. */
static inline int w5100_bsd_accept(int fd, struct sockaddr *address, socklen_t *length) {
    return w5100_errno_result(w5100_accept(fd, (w5100_sockaddr_in *)(void *)address, length));
}

/** TCP: connect, blocks. UDP: set the peer, or with AF_UNSPEC have none again. */
static inline int w5100_bsd_connect(int fd, const struct sockaddr *address, socklen_t length) {
    return w5100_errno_result(
        w5100_connect(fd, (const w5100_sockaddr_in *)(const void *)address, length));
}

/** Send; a blocking TCP socket sends all of it. The number of bytes taken. */
static inline ssize_t w5100_bsd_send(int fd, const void *data, size_t length, int flags) {
    return w5100_errno_result(w5100_send(fd, data, length, flags));
}

/** Receive at most `length` bytes; waits for the first. 0: the peer has closed. */
static inline ssize_t w5100_bsd_recv(int fd, void *data, size_t length, int flags) {
    return w5100_errno_result(w5100_recv(fd, data, length, flags));
}

/** Send one datagram to `address`. */
static inline ssize_t w5100_bsd_sendto(int fd, const void *data, size_t length, int flags,
                                       const struct sockaddr *address, socklen_t address_length) {
    return w5100_errno_result(w5100_sendto(
        fd, data, length, flags, (const w5100_sockaddr_in *)(const void *)address, address_length));
}

/** Receive, and who sent it. `address` and `address_length` may be NULL. */
static inline ssize_t w5100_bsd_recvfrom(int fd, void *data, size_t length, int flags,
                                         struct sockaddr *address, socklen_t *address_length) {
    return w5100_errno_result(w5100_recvfrom(fd, data, length, flags,
                                             (w5100_sockaddr_in *)(void *)address, address_length));
}

/** End one direction or both: SHUT_RD, SHUT_WR, SHUT_RDWR. */
static inline int w5100_bsd_shutdown(int fd, int how) {
    return w5100_errno_result(w5100_shutdown(fd, how));
}

/** Close. Wakes every thread that waits on the socket: its call fails with EBADF. Blocks only with
    SO_LINGER; the socket is closed in every case, also when -1 says that data was lost. */
static inline int w5100_bsd_close(int fd) {
    return w5100_errno_result(w5100_close(fd));
}

/** Wait until an entry of `set` is ready: how many are, 0 after `timeout_ms` (-1: for ever). */
static inline int w5100_bsd_poll(struct pollfd *set, nfds_t count, int timeout_ms) {
    return w5100_errno_result(w5100_poll((w5100_pollfd *)(void *)set, count, timeout_ms));
}

/** The local address and port. */
static inline int w5100_bsd_getsockname(int fd, struct sockaddr *address, socklen_t *length) {
    return w5100_errno_result(w5100_getsockname(fd, (w5100_sockaddr_in *)(void *)address, length));
}

/** The peer's address and port. */
static inline int w5100_bsd_getpeername(int fd, struct sockaddr *address, socklen_t *length) {
    return w5100_errno_result(w5100_getpeername(fd, (w5100_sockaddr_in *)(void *)address, length));
}

/** Wait until a socket of one of the sets is ready: how many are, counted in each set. The sets
    then hold these alone. 0 after `timeout`, which is not written; NULL is for ever. `nfds` is not
    looked at unless it is negative. A failed connect is in `except` too. */
static inline int w5100_bsd_select(int nfds, fd_set *readable, fd_set *writable, fd_set *except,
                                   const struct timeval *timeout) {
    w5100_timeout limit;
    uint32_t seconds;
    if (timeout == NULL) {
        return w5100_errno_result(w5100_select(nfds, readable, writable, except, NULL));
    }
    if (timeout->tv_sec < 0 || timeout->tv_usec < 0) {
        return w5100_errno_result(-W5100_EINVAL);
    }
    /* Both may be wider than the core's; its own limit is far below. */
    seconds = timeout->tv_sec < INT32_MAX ? (uint32_t)timeout->tv_sec : (uint32_t)INT32_MAX;
    seconds += timeout->tv_usec / 1000000 < INT32_MAX ? (uint32_t)(timeout->tv_usec / 1000000)
                                                      : (uint32_t)INT32_MAX;
    limit.seconds = seconds < (uint32_t)INT32_MAX ? (int32_t)seconds : INT32_MAX;
    limit.microseconds = (int32_t)(timeout->tv_usec % 1000000);
    return w5100_errno_result(w5100_select(nfds, readable, writable, except, &limit));
}

/* ---- addresses as text --------------------------------------------------------------------- */

/** The address in `text` by BSD's rules, see w5100_inet_aton(): 1, or 0 if it is none. */
static inline int w5100_bsd_inet_aton(const char *text, struct in_addr *address) {
    return w5100_inet_aton(text, address == NULL ? NULL : &address->s_addr);
}

/** The address as text, in a buffer that each source file has one of; see w5100_inet_ntoa(). */
static inline char *w5100_bsd_inet_ntoa(struct in_addr address) {
    return w5100_inet_ntoa(address.s_addr);
}

/** Four decimal numbers with dots, to 4 bytes at `address`: 1, 0 if `text` is something else, or
    -1: EAFNOSUPPORT, `family` is not AF_INET. */
static inline int w5100_bsd_inet_pton(int family, const char *text, void *address) {
    uint32_t word = 0;
    if (family != AF_INET) {
        w5100_errno_set(EAFNOSUPPORT);
        return -1;
    }
    if (address == NULL || !w5100_inet_pton(text, &word)) {
        return 0;
    }
    memcpy(address, &word, sizeof word);
    return 1;
}

/** The 4 bytes at `address` as text: `text`, or NULL. EAFNOSUPPORT: `family` is not AF_INET;
    ENOSPC: more than `size` bytes, INET_ADDRSTRLEN are enough. */
static inline const char *w5100_bsd_inet_ntop(int family, const void *address, char *text,
                                              socklen_t size) {
    uint32_t word = 0;
    const char *result = NULL;
    if (family != AF_INET) {
        w5100_errno_set(EAFNOSUPPORT);
        return NULL;
    }
    memcpy(&word, address, sizeof word);
    result = w5100_inet_ntop(word, text, size);
    if (result == NULL) {
        w5100_errno_set(ENOSPC);
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
#undef select
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
#undef inet_aton
#undef inet_ntoa
#undef inet_pton
#undef inet_ntop
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
#define select(...) w5100_bsd_select(__VA_ARGS__)
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
#define inet_aton(...) w5100_bsd_inet_aton(__VA_ARGS__)
#define inet_ntoa(...) w5100_bsd_inet_ntoa(__VA_ARGS__)
#define inet_pton(...) w5100_bsd_inet_pton(__VA_ARGS__)
#define inet_ntop(...) w5100_bsd_inet_ntop(__VA_ARGS__)

#ifndef W5100_BSD_NO_IO_NAMES
#undef close
#undef ioctl
#undef fcntl
#define close(...) w5100_bsd_close(__VA_ARGS__)
#define ioctl(...) w5100_bsd_ioctl(__VA_ARGS__)
/* The third argument may be missing: then it is 0, and the one after it is not looked at. */
#define fcntl(...) W5100_BSD_FCNTL(__VA_ARGS__, 0, 0)
#define W5100_BSD_FCNTL(fd, command, flags, ...) w5100_bsd_fcntl(fd, command, flags)
#endif

#endif /* W5100_BSD_H */
