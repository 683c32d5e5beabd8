/*
 * w5100_bsd_options.h - the BSD view's options: setsockopt, getsockopt, ioctl and fcntl.
 *
 * A part of w5100_bsd.h: include that. What an option does, and its range, is said at the W5100_
 * name of it in w5100.h.
 */
#ifndef W5100_BSD_OPTIONS_H
#define W5100_BSD_OPTIONS_H

#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/time.h>

#include "w5100_bsd_types.h"
#include "w5100_errno.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- of any socket ------------------------------------------------------------------------- */

#undef SOL_SOCKET
#undef SO_ACCEPTCONN
#undef SO_REUSEADDR
#undef SO_KEEPALIVE
#undef SO_BROADCAST
#undef SO_LINGER
#undef SO_SNDBUF
#undef SO_RCVBUF
#undef SO_SNDTIMEO
#undef SO_RCVTIMEO
#undef SO_ERROR
#undef SO_TYPE
#undef SO_NONBLOCK
#undef SO_CLOSE_WAIT_TIMEOUT
#undef SO_PROMISCUOUS
#undef SO_TAG
#define SOL_SOCKET W5100_SOL_SOCKET       /**< the level of the options below */
#define SO_ACCEPTCONN W5100_SO_ACCEPTCONN /**< int, read only: it listens */
#define SO_REUSEADDR W5100_SO_REUSEADDR   /**< int */
#define SO_KEEPALIVE W5100_SO_KEEPALIVE   /**< int: ask a silent peer, see TCP_KEEPIDLE */
#define SO_BROADCAST W5100_SO_BROADCAST   /**< int: allows datagrams to broadcast addresses */
#define SO_LINGER W5100_SO_LINGER         /**< struct linger */
#define SO_SNDBUF W5100_SO_SNDBUF         /**< int, bytes that may wait for the peer */
#define SO_RCVBUF W5100_SO_RCVBUF         /**< int, bytes; deals all of the chip's memory anew */
#define SO_SNDTIMEO W5100_SO_SNDTIMEO     /**< struct timeval; {0, 0} is for ever */
#define SO_RCVTIMEO W5100_SO_RCVTIMEO     /**< struct timeval; {0, 0} is for ever */
#define SO_ERROR W5100_SO_ERROR           /**< int, an E... number; reading clears it */
#define SO_TYPE W5100_SO_TYPE             /**< int, SOCK_... */
#define SO_NONBLOCK W5100_SO_NONBLOCK     /**< int, 0 or 1: as FIONBIO */
#define SO_CLOSE_WAIT_TIMEOUT W5100_SO_CLOSE_WAIT_TIMEOUT /**< uint32_t, ms; 0 is for ever */
#define SO_PROMISCUOUS W5100_SO_PROMISCUOUS               /**< int, AF_PACKET: all frames */
#define SO_TAG W5100_SO_TAG                               /**< uint32_t: a mark, only shown */

#undef linger
#define linger w5100_bsd_linger

/** SO_LINGER: what close does with a connection. */
struct linger {
    int l_onoff;  /**< 0: end it in the background; else within `l_linger` */
    int l_linger; /**< seconds; 0 drops it at once */
};

/* ---- of TCP -------------------------------------------------------------------------------- */

#undef TCP_NODELAY
#undef TCP_KEEPIDLE
#undef TCP_KEEPINTVL
#undef TCP_KEEPCNT
#undef TCP_QUICKACK
#undef TCP_USER_TIMEOUT
#define TCP_NODELAY W5100_TCP_NODELAY           /**< int */
#define TCP_KEEPIDLE W5100_TCP_KEEPIDLE         /**< int, s of silence before the first question */
#define TCP_KEEPINTVL W5100_TCP_KEEPINTVL       /**< int, s between two of them */
#define TCP_KEEPCNT W5100_TCP_KEEPCNT           /**< int, how many */
#define TCP_QUICKACK W5100_TCP_QUICKACK         /**< int, the same switch as TCP_NODELAY */
#define TCP_USER_TIMEOUT W5100_TCP_USER_TIMEOUT /**< int, ms without progress; 0 is for ever */

/* ---- of IP --------------------------------------------------------------------------------- */

#undef IP_TOS
#undef IP_TTL
#undef IP_MULTICAST_TTL
#undef IP_ADD_MEMBERSHIP
#undef IP_DROP_MEMBERSHIP
#define IP_TOS W5100_IP_TOS                         /**< int or one byte */
#define IP_TTL W5100_IP_TTL                         /**< int or one byte */
#define IP_MULTICAST_TTL W5100_IP_MULTICAST_TTL     /**< int or one byte */
#define IP_ADD_MEMBERSHIP W5100_IP_ADD_MEMBERSHIP   /**< struct ip_mreq; one group per socket */
#define IP_DROP_MEMBERSHIP W5100_IP_DROP_MEMBERSHIP /**< struct ip_mreq */

/* Options of a system that the chip has not, under numbers that are another option's here. Without
   their names they cannot be mistaken for it. */
#undef SO_SNDBUFFORCE
#undef IP_HDRINCL
#undef IP_OPTIONS
#undef IP_MTU_DISCOVER
#undef IP_RECVTTL
#undef IP_RECVTOS

#undef ip_mreq
#define ip_mreq w5100_bsd_ip_mreq

/** IP_ADD_MEMBERSHIP, IP_DROP_MEMBERSHIP: a group. */
struct ip_mreq {
    struct in_addr imr_multiaddr; /**< the group, in network byte order */
    struct in_addr imr_interface; /**< INADDR_ANY or the chip's address */
};

/* ---- the calls ----------------------------------------------------------------------------- */

static inline int w5100_bsd_is_time(int level, int name) {
    return level == SOL_SOCKET && (name == SO_RCVTIMEO || name == SO_SNDTIMEO);
}

/* Those that BSD has in an unsigned char, and Linux in either. */
static inline int w5100_bsd_may_be_byte(int level, int name) {
    return level == IPPROTO_IP && (name == IP_TOS || name == IP_TTL || name == IP_MULTICAST_TTL);
}

static inline int w5100_bsd_set_time(int fd, int name, const void *value, socklen_t length) {
    struct timeval time;
    uint32_t ms;
    if (length < sizeof time) {
        return w5100_errno_result(w5100_setsockopt(fd, SOL_SOCKET, name, value, 0)); /* EINVAL */
    }
    memcpy(&time, value, sizeof time);
    if (time.tv_sec < 0 || time.tv_usec < 0 || time.tv_usec >= 1000000) {
        /* Only if the socket is there. */
        const int32_t error = w5100_setsockopt(fd, SOL_SOCKET, name, value, 0);
        return w5100_errno_result(error == -W5100_EINVAL ? -W5100_EDOM : error);
    }
    ms = time.tv_sec >= INT32_MAX / 1000
             ? (uint32_t)INT32_MAX
             : (uint32_t)time.tv_sec * 1000u + ((uint32_t)time.tv_usec + 999u) / 1000u;
    return w5100_errno_result(w5100_setsockopt(fd, SOL_SOCKET, name, &ms, sizeof ms));
}

/** Set an option. The two timeouts take a struct timeval: EDOM when it is negative or has a
    million microseconds or more; rounded up to milliseconds, at most INT32_MAX of them. */
static inline int w5100_bsd_setsockopt(int fd, int level, int name, const void *value,
                                       socklen_t length) {
    if (value != NULL && w5100_bsd_is_time(level, name)) {
        return w5100_bsd_set_time(fd, name, value, length);
    }
    if (value != NULL && length == 1 && w5100_bsd_may_be_byte(level, name)) {
        const int32_t word = *(const uint8_t *)value;
        return w5100_errno_result(w5100_setsockopt(fd, level, name, &word, sizeof word));
    }
    return w5100_errno_result(w5100_setsockopt(fd, level, name, value, length));
}

/* As `size` bytes, what the core gave for `name`: milliseconds, an error number or a small one. */
static inline void w5100_bsd_put_option(int name, uint32_t word, void *value, socklen_t size) {
    if (size == 1) {
        *(uint8_t *)value = (uint8_t)word;
    } else if (name == SO_ERROR) {
        const int error = word == 0 ? 0 : w5100_to_errno((int32_t)word);
        memcpy(value, &error, sizeof error);
    } else {
        struct timeval time;
        memset(&time, 0, sizeof time);
        time.tv_sec += (int32_t)(word / 1000u);
        time.tv_usec += (int32_t)(word % 1000u * 1000u);
        memcpy(value, &time, sizeof time);
    }
}

/** Read an option; `*length` is the room on entry and the size of the value on return. */
static inline int w5100_bsd_getsockopt(int fd, int level, int name, void *value,
                                       socklen_t *length) {
    socklen_t size = 0; /* of an option whose value is not as the core has it */
    uint32_t word = 0;
    uint32_t word_size = sizeof word;
    int result;
    if (w5100_bsd_is_time(level, name)) {
        size = sizeof(struct timeval);
    } else if (level == SOL_SOCKET && name == SO_ERROR) {
        size = sizeof(int);
    } else if (length != NULL && *length == 1 && w5100_bsd_may_be_byte(level, name)) {
        size = 1;
    }
    if (size == 0 || value == NULL || length == NULL) {
        return w5100_errno_result(w5100_getsockopt(fd, level, name, value, length));
    }
    if (*length < size) {
        word_size = 0; /* EINVAL, and whatever goes before it */
    }
    result = w5100_errno_result(w5100_getsockopt(fd, level, name, &word, &word_size));
    if (result == 0) {
        w5100_bsd_put_option(name, word, value, size);
        *length = size;
    }
    return result;
}

#undef FIONREAD
#undef FIONBIO
#define FIONREAD W5100_FIONREAD /**< int out: bytes that recv would give without waiting */
#define FIONBIO W5100_FIONBIO   /**< int in: 1 makes the socket non-blocking */

/** FIONREAD and FIONBIO; `value` points to an int. */
static inline int w5100_bsd_ioctl(int fd, unsigned long request, void *value) {
    return w5100_errno_result(w5100_ioctl(fd, (uint32_t)request, (int32_t *)value));
}

/** F_GETFL: O_RDWR, and O_NONBLOCK if it does not block. F_SETFL: O_NONBLOCK or not; other flags
    are not looked at. EINVAL for other commands. The numbers are the C library's. */
static inline int w5100_bsd_fcntl(int fd, int command, int flags) {
    int32_t on = 0;
    uint32_t length = sizeof on;
    int32_t result = w5100_getsockopt(fd, SOL_SOCKET, SO_NONBLOCK, &on, &length);
    if (result < 0) {
        return w5100_errno_result(result);
    }
    if (command == F_SETFL) {
        on = (flags & O_NONBLOCK) != 0;
        result = w5100_setsockopt(fd, SOL_SOCKET, SO_NONBLOCK, &on, sizeof on);
    } else if (command == F_GETFL) {
        result = on != 0 ? O_RDWR | O_NONBLOCK : O_RDWR;
    } else {
        result = -W5100_EINVAL;
    }
    return w5100_errno_result(result);
}

#ifdef __cplusplus
}
#endif

#endif /* W5100_BSD_OPTIONS_H */
