/*
 * w5100_winsock_options.h - options and addresses of w5100_winsock.h, which includes it.
 */
#ifndef W5100_WINSOCK_OPTIONS_H
#define W5100_WINSOCK_OPTIONS_H

#include "w5100_inet.h"
#include "w5100_winsock_errors.h"
#include "w5100_winsock_types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- results ------------------------------------------------------------------------------- */

/** SOCKET_ERROR, with `code` as the last error. */
static inline int w5100_wsa_fail(int code) {
    w5100_wsa_set_last_error(code);
    return SOCKET_ERROR;
}

/** True, and the last error is set, while Winsock is not started. */
static inline int w5100_wsa_is_off(void) {
    return !w5100_wsa_started() && w5100_wsa_fail(WSANOTINITIALISED) != 0;
}

/** As w5100_wsa_result(), for a call that waits: its time being over has a code of its own. */
static inline int w5100_wsa_waited(SOCKET fd, int flags, int32_t result) {
    int32_t nonblocking = 0;
    uint32_t length = sizeof nonblocking;
    if (result != -W5100_EAGAIN && result != -W5100_EINPROGRESS) {
        return w5100_wsa_result(result);
    }
    (void)w5100_getsockopt(fd, W5100_SOL_SOCKET, W5100_SO_NONBLOCK, &nonblocking, &length);
    return w5100_wsa_fail(nonblocking != 0 || (flags & MSG_DONTWAIT) != 0 ? WSAEWOULDBLOCK
                                                                          : WSAETIMEDOUT);
}

/** The core's length of an address or option. */
static inline uint32_t w5100_wsa_length(int length) {
    return length < 0 ? 0 : (uint32_t)length;
}

static inline w5100_sockaddr_in *w5100_wsa_address(const struct sockaddr *address) {
    return (w5100_sockaddr_in *)(uintptr_t)address;
}

/* ---- options ------------------------------------------------------------------------------- */

/* The longest value that the core knows: two words. */
#define W5100_WSA_OPTION_WORDS 2

/** Set one of the two options on lingering. The core's pair is {on, seconds}. */
static inline int32_t w5100_wsa_set_linger(SOCKET fd, int name, const void *value,
                                           uint32_t length) {
    int32_t pair[W5100_WSA_OPTION_WORDS] = {0, 0};
    uint32_t pair_length = sizeof pair;
    const int32_t result = w5100_getsockopt(fd, SOL_SOCKET, SO_LINGER, pair, &pair_length);
    if (result < 0) {
        return result;
    }
    if (value == NULL) {
        return -W5100_EFAULT;
    }
    if (name == SO_LINGER) {
        struct linger wanted;
        if (length < sizeof wanted) {
            return -W5100_EINVAL;
        }
        memcpy(&wanted, value, sizeof wanted);
        pair[0] = wanted.l_onoff != 0;
        pair[1] = wanted.l_linger;
    } else {
        BOOL off;
        if (length < sizeof off) {
            return -W5100_EINVAL;
        }
        memcpy(&off, value, sizeof off);
        pair[0] = !off;
    }
    return w5100_setsockopt(fd, SOL_SOCKET, SO_LINGER, pair, sizeof pair);
}

/** Set an option. Times are in milliseconds, SO_LINGER is a struct linger. `value` need not be
    aligned. Does not block. */
static inline int w5100_wsa_setsockopt(SOCKET fd, int level, int name, const void *value,
                                       int length) {
    int32_t words[W5100_WSA_OPTION_WORDS] = {0, 0};
    uint32_t size = w5100_wsa_length(length);
    if (w5100_wsa_is_off()) {
        return SOCKET_ERROR;
    }
    if (level == SOL_SOCKET && (name == SO_LINGER || name == SO_DONTLINGER)) {
        return w5100_wsa_result(w5100_wsa_set_linger(fd, name, value, size));
    }
    size = size < sizeof words ? size : (uint32_t)sizeof words;
    if (value != NULL) {
        memcpy(words, value, size);
    }
    return w5100_wsa_result(w5100_setsockopt(fd, level, name, value == NULL ? NULL : words, size));
}

/** Read one of the two options on lingering: writes at most `*length` bytes. */
static inline int32_t w5100_wsa_get_linger(SOCKET fd, int name, void *value, int *length) {
    int32_t pair[W5100_WSA_OPTION_WORDS];
    uint32_t pair_length = sizeof pair;
    struct linger lingers;
    BOOL off;
    const void *from = &lingers;
    size_t size = sizeof lingers;
    const int32_t result = w5100_getsockopt(fd, SOL_SOCKET, SO_LINGER, pair, &pair_length);
    if (result < 0) {
        return result;
    }
    lingers.l_onoff = pair[0] != 0;
    lingers.l_linger = (u_short)pair[1];
    off = pair[0] == 0;
    if (name == SO_DONTLINGER) {
        from = &off;
        size = sizeof off;
    }
    if (value == NULL || length == NULL) {
        return -W5100_EFAULT;
    }
    if (w5100_wsa_length(*length) < size) {
        return -W5100_EINVAL;
    }
    memcpy(value, from, size);
    *length = (int)size;
    return 0;
}

/** Read an option; `*length` is the room on entry and the size of the value on return. `value` need
    not be aligned. Does not block. */
static inline int w5100_wsa_getsockopt(SOCKET fd, int level, int name, void *value, int *length) {
    int32_t words[W5100_WSA_OPTION_WORDS] = {0, 0};
    uint32_t size = length == NULL ? 0 : w5100_wsa_length(*length);
    int32_t result;
    if (w5100_wsa_is_off()) {
        return SOCKET_ERROR;
    }
    if (level == SOL_SOCKET && (name == SO_LINGER || name == SO_DONTLINGER)) {
        return w5100_wsa_result(w5100_wsa_get_linger(fd, name, value, length));
    }
    size = size < sizeof words ? size : (uint32_t)sizeof words;
    result = w5100_getsockopt(fd, level, name, value == NULL ? NULL : words,
                              length == NULL ? NULL : &size);
    if (result >= 0) {
        if (level == SOL_SOCKET && name == SO_ERROR) {
            words[0] = w5100_wsa_error(words[0]);
        }
        memcpy(value, words, size);
        *length = (int)size;
    }
    return w5100_wsa_result(result);
}

/** FIONREAD and FIONBIO. Does not block. */
static inline int w5100_wsa_ioctlsocket(SOCKET fd, long request, u_long *value) {
    int32_t word = 0;
    int32_t result;
    if (w5100_wsa_is_off()) {
        return SOCKET_ERROR;
    }
    if (value != NULL && request == FIONBIO) {
        word = *value != 0;
    }
    result = w5100_ioctl(fd, (uint32_t)request, value == NULL ? NULL : &word);
    if (result >= 0 && request == FIONREAD) {
        *value = (u_long)word;
    }
    return w5100_wsa_result(result);
}

/* ---- addresses ----------------------------------------------------------------------------- */

typedef int32_t w5100_wsa_name_call(int32_t fd, w5100_sockaddr_in *address, uint32_t *length);

static inline int w5100_wsa_name(w5100_wsa_name_call *call, SOCKET fd, struct sockaddr *address,
                                 int *length) {
    uint32_t room = length == NULL ? 0 : w5100_wsa_length(*length);
    int32_t result;
    if (w5100_wsa_is_off()) {
        return SOCKET_ERROR;
    }
    result = call(fd, w5100_wsa_address(address), length == NULL ? NULL : &room);
    if (result >= 0) {
        *length = (int)room;
    }
    return w5100_wsa_result(result);
}

/** The local address and port. Does not block. */
static inline int w5100_wsa_getsockname(SOCKET fd, struct sockaddr *address, int *length) {
    return w5100_wsa_name(w5100_getsockname, fd, address, length);
}

/** The peer's address and port. Does not block. */
static inline int w5100_wsa_getpeername(SOCKET fd, struct sockaddr *address, int *length) {
    return w5100_wsa_name(w5100_getpeername, fd, address, length);
}

/** The address as text, in a buffer that each source file has one of. */
static inline char *w5100_wsa_inet_ntoa(struct in_addr address) {
    return w5100_inet_ntoa(address.s_addr);
}

#ifdef __cplusplus
}
#endif

#endif /* W5100_WINSOCK_OPTIONS_H */
