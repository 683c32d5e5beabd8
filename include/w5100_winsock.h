/*
 * w5100_winsock.h - Winsock's names over w5100.h.
 *
 * Opt-in and header-only. A file that includes it may say WSAStartup(), socket(), closesocket(),
 * SOCKADDR_IN; the library itself exports nothing but w5100_... names. It takes the place of
 * <winsock.h>, <winsock2.h> and of the little that socket code wants of <windows.h>. Needs C99 or
 * C++11.
 *
 * How it differs from the core (w5100.h):
 *   - every call but WSAStartup, WSAGetLastError, WSASetLastError, and those on byte order, on
 *     addresses as text and on sets fails with WSANOTINITIALISED while Winsock is not started;
 *   - a failing call returns SOCKET_ERROR (accept and socket: INVALID_SOCKET, which is the same),
 *     and WSAGetLastError() tells the reason as a WSA... code. It is the calling thread's if the
 *     port has last_error_location(), and is untouched on success;
 *   - a time that is over on a blocking socket is WSAETIMEDOUT, and what a non-blocking one cannot
 *     do at once is WSAEWOULDBLOCK, connect included;
 *   - a datagram that does not fit is WSAEMSGSIZE, with the buffer filled; what is left of it is
 *     lost;
 *   - lengths are int; a negative one is WSAEFAULT for data, and like 0 for an address or option.
 *
 * How it differs from Windows:
 *   - SOCKET is signed, u_long has 32 bits, WSADATA's texts are shorter;
 *   - select looks at `nfds`: a negative one is WSAEINVAL. A failed connect is in the first two
 *     sets too, and not in the third alone;
 *   - WSAAsyncSelect is in w5100_winsock_window.h;
 *   - accept with an address and no length fills in the address: room for a sockaddr_in is taken
 *     for granted. Windows tells nothing then, but programs were written that expect it.
 *
 * Rules for the including file:
 *   - include it last: it takes the names over with macros, and a system header that came after
 *     it would be rewritten by them. System headers that came before are fine;
 *   - the functions are function-like macros: `send(...)` is ours, while `&send` is still what it
 *     was before. A C++ member called send is caught too.
 *
 * Which errors a call gives (by w5100_wsa_error()), and when it blocks, is said at the core
 * function of the same name. All calls are for task context, none for an interrupt.
 */
#ifndef W5100_WINSOCK_H
#define W5100_WINSOCK_H

#include "w5100_inet.h"
#include "w5100_winsock_errors.h"
#include "w5100_winsock_netdb.h"
#include "w5100_winsock_options.h"
#include "w5100_winsock_types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- start, end, errors -------------------------------------------------------------------- */

/** Start Winsock: 0 or a WSA... code. Counted: each start needs a WSACleanup(). `data->wVersion` is
    what was asked for, 2.2 at most. A device must be enabled. Does not block. */
static inline int w5100_wsa_WSAStartup(WORD version, WSADATA *data) {
    static const char description[] = "Sockets over the W5100";
    w5100_info row;
    uint16_t granted = 0;
    int result = WSAEFAULT;
    if (data != NULL) {
        result = w5100_wsa_startup(version, &granted);
    }
    if (result == 0) {
        memset(data, 0, sizeof *data);
        data->wVersion = granted;
        data->wHighVersion = MAKEWORD(2, 2);
        memcpy(data->szDescription, description, sizeof description);
        memcpy(data->szSystemStatus, "Running", sizeof "Running");
        while (w5100_info_get(0, data->iMaxSockets, &row) >= 0) {
            data->iMaxSockets++;
        }
        data->iMaxUdpDg = 1472;
    }
    return result;
}

/* ---- making and ending sockets ------------------------------------------------------------- */

/** A new handle for the program. A WSACleanup in another thread may have come too early to close
    it: then it is closed here. */
static inline SOCKET w5100_wsa_new_socket(int32_t handle) {
    if (handle >= 0 && w5100_wsa_is_off()) {
        (void)w5100_close(handle);
        return INVALID_SOCKET;
    }
    return w5100_wsa_result(handle);
}

/** New socket on the first device: AF_INET, SOCK_..., protocol 0 or the type's own. */
static inline SOCKET w5100_wsa_socket(int family, int type, int protocol) {
    return w5100_wsa_is_off() ? INVALID_SOCKET
                              : w5100_wsa_new_socket(w5100_socket(family, type, protocol));
}

/** Reserve a local port; port 0 picks a free one. */
static inline int w5100_wsa_bind(SOCKET fd, const struct sockaddr *address, int length) {
    return w5100_wsa_is_off() ? SOCKET_ERROR
                              : w5100_wsa_result(w5100_bind(fd, w5100_wsa_address(address),
                                                            w5100_wsa_length(length)));
}

/** Take connections; at most `backlog` (clamped to 1..4) wait for accept(). */
static inline int w5100_wsa_listen(SOCKET fd, int backlog) {
    return w5100_wsa_is_off() ? SOCKET_ERROR : w5100_wsa_result(w5100_listen(fd, backlog));
}

/** The oldest waiting connection as a new socket. `address` and `length` may be NULL, or `length`
    alone: see above. Blocks. */
static inline SOCKET w5100_wsa_accept(SOCKET fd, struct sockaddr *address, int *length) {
    uint32_t room = length == NULL ? sizeof(struct sockaddr_in) : w5100_wsa_length(*length);
    int32_t handle;
    if (w5100_wsa_is_off()) {
        return INVALID_SOCKET;
    }
    handle = w5100_accept(fd, w5100_wsa_address(address), &room);
    if (handle < 0) {
        return w5100_wsa_waited(fd, 0, handle);
    }
    if (address != NULL && length != NULL) {
        *length = (int)room;
    }
    return w5100_wsa_new_socket(handle);
}

/** TCP: connect. A blocking socket waits, SO_SNDTIMEO at most: WSAETIMEDOUT then, and it goes on in
    the background; a non-blocking one gives WSAEWOULDBLOCK. UDP: set the peer. */
static inline int w5100_wsa_connect(SOCKET fd, const struct sockaddr *address, int length) {
    return w5100_wsa_is_off() ? SOCKET_ERROR
                              : w5100_wsa_waited(fd, 0,
                                                 w5100_connect(fd, w5100_wsa_address(address),
                                                               w5100_wsa_length(length)));
}

/** End one direction or both: SD_RECEIVE, SD_SEND, SD_BOTH. */
static inline int w5100_wsa_shutdown(SOCKET fd, int how) {
    return w5100_wsa_is_off() ? SOCKET_ERROR : w5100_wsa_result(w5100_shutdown(fd, how));
}

/** Close. Wakes every thread that waits on the socket: its call fails with WSAENOTSOCK. Waits only
    with SO_LINGER; when that time is over, WSAEWOULDBLOCK. The socket is closed in every case. */
static inline int w5100_wsa_closesocket(SOCKET fd) {
    return w5100_wsa_is_off() ? SOCKET_ERROR : w5100_wsa_result(w5100_close(fd));
}

/* ---- data ---------------------------------------------------------------------------------- */

/** Send one datagram to `address`; NULL and on TCP: as send(). */
static inline int w5100_wsa_sendto(SOCKET fd, const void *data, int length, int flags,
                                   const struct sockaddr *address, int address_length) {
    if (w5100_wsa_is_off()) {
        return SOCKET_ERROR;
    }
    if (length < 0) {
        return w5100_wsa_fail(WSAEFAULT);
    }
    return w5100_wsa_waited(fd, flags,
                            w5100_sendto(fd, data, (size_t)length, flags,
                                         w5100_wsa_address(address),
                                         w5100_wsa_length(address_length)));
}

/** Send; a blocking TCP socket sends all of it. The number of bytes taken. */
static inline int w5100_wsa_send(SOCKET fd, const void *data, int length, int flags) {
    return w5100_wsa_sendto(fd, data, length, flags, NULL, 0);
}

/** Receive, and who sent it. `address` and `address_length` may be NULL. WSAEMSGSIZE: a datagram
    was cut to `length` bytes, which are there, and so is the address. */
static inline int w5100_wsa_recvfrom(SOCKET fd, void *data, int length, int flags,
                                     struct sockaddr *address, int *address_length) {
    uint32_t room = address_length == NULL ? 0 : w5100_wsa_length(*address_length);
    uint32_t *const room_out = address_length == NULL ? NULL : &room;
    w5100_sockaddr_in *const from = w5100_wsa_address(address);
    int32_t result;
    if (w5100_wsa_is_off()) {
        return SOCKET_ERROR;
    }
    if (length < 0) {
        return w5100_wsa_fail(WSAEFAULT);
    }
    result = w5100_recvfrom(fd, data, (size_t)length, flags | MSG_TRUNC, from, room_out);
    if (result == -W5100_EOPNOTSUPP) { /* TCP has no datagrams that could be cut */
        result = w5100_recvfrom(fd, data, (size_t)length, flags, from, room_out);
    }
    if (result >= 0 && address != NULL) {
        *address_length = (int)room;
    }
    if (result > length && (flags & MSG_TRUNC) == 0) {
        return w5100_wsa_fail(WSAEMSGSIZE);
    }
    return w5100_wsa_waited(fd, flags, result);
}

/** Receive at most `length` bytes; waits for the first. 0: the peer has closed. */
static inline int w5100_wsa_recv(SOCKET fd, void *data, int length, int flags) {
    return w5100_wsa_recvfrom(fd, data, length, flags, NULL, NULL);
}

/** Wait until a socket of one of the sets is ready: how many are, counted in each set. The sets
    then hold these alone. 0 after `timeout`, which is not written; NULL is for ever. WSAEINVAL:
    all sets are NULL or empty, or a part of the time is negative. */
static inline int w5100_wsa_select(int nfds, fd_set *readable, fd_set *writable, fd_set *except,
                                   const struct timeval *timeout) {
    w5100_timeout limit = {0, 0};
    long seconds;
    if (w5100_wsa_is_off()) {
        return SOCKET_ERROR;
    }
    if ((readable == NULL || readable->fd_count == 0) &&
        (writable == NULL || writable->fd_count == 0) &&
        (except == NULL || except->fd_count == 0)) {
        return w5100_wsa_fail(WSAEINVAL);
    }
    if (timeout != NULL) {
        if (timeout->tv_sec < 0 || timeout->tv_usec < 0) {
            return w5100_wsa_fail(WSAEINVAL);
        }
        /* A long may be wider than the core's; either part alone may be a second or more. */
        seconds = timeout->tv_usec / 1000000;
        seconds = timeout->tv_sec < INT32_MAX - seconds ? timeout->tv_sec + seconds : INT32_MAX;
        limit.seconds = (int32_t)seconds;
        limit.microseconds = (int32_t)(timeout->tv_usec % 1000000);
    }
    return w5100_wsa_result(
        w5100_select(nfds, readable, writable, except, timeout == NULL ? NULL : &limit));
}

#ifdef __cplusplus
}
#endif

/* ---- the plain names ----------------------------------------------------------------------- */
/* Variadic, so that an argument may hold a comma: &(struct timeval){5, 0}. */

#undef WSAStartup
#undef socket
#undef bind
#undef listen
#undef accept
#undef connect
#undef shutdown
#undef closesocket
#undef send
#undef sendto
#undef recv
#undef recvfrom
#undef select
#undef setsockopt
#undef getsockopt
#undef ioctlsocket
#undef getsockname
#undef getpeername
#undef inet_ntoa
#undef inet_addr
#undef htons
#undef ntohs
#undef htonl
#undef ntohl
#undef WSACleanup
#undef WSAGetLastError
#undef WSASetLastError
#define WSAStartup(...) w5100_wsa_WSAStartup(__VA_ARGS__)
#define socket(...) w5100_wsa_socket(__VA_ARGS__)
#define bind(...) w5100_wsa_bind(__VA_ARGS__)
#define listen(...) w5100_wsa_listen(__VA_ARGS__)
#define accept(...) w5100_wsa_accept(__VA_ARGS__)
#define connect(...) w5100_wsa_connect(__VA_ARGS__)
#define shutdown(...) w5100_wsa_shutdown(__VA_ARGS__)
#define closesocket(...) w5100_wsa_closesocket(__VA_ARGS__)
#define send(...) w5100_wsa_send(__VA_ARGS__)
#define sendto(...) w5100_wsa_sendto(__VA_ARGS__)
#define recv(...) w5100_wsa_recv(__VA_ARGS__)
#define recvfrom(...) w5100_wsa_recvfrom(__VA_ARGS__)
#define select(...) w5100_wsa_select(__VA_ARGS__)
#define setsockopt(...) w5100_wsa_setsockopt(__VA_ARGS__)
#define getsockopt(...) w5100_wsa_getsockopt(__VA_ARGS__)
#define ioctlsocket(...) w5100_wsa_ioctlsocket(__VA_ARGS__)
#define getsockname(...) w5100_wsa_getsockname(__VA_ARGS__)
#define getpeername(...) w5100_wsa_getpeername(__VA_ARGS__)
#define inet_ntoa(...) w5100_wsa_inet_ntoa(__VA_ARGS__)
#define WSACleanup() w5100_wsa_cleanup()
#define WSAGetLastError() w5100_wsa_last_error()
#define WSASetLastError(code) w5100_wsa_set_last_error(code)
#define inet_addr(...) w5100_inet_addr(__VA_ARGS__)
#define htons(...) w5100_htons(__VA_ARGS__)
#define ntohs(...) w5100_htons(__VA_ARGS__)
#define htonl(...) w5100_htonl(__VA_ARGS__)
#define ntohl(...) w5100_htonl(__VA_ARGS__)

#endif /* W5100_WINSOCK_H */
