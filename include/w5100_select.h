/*
 * w5100_select.h - select over w5100_poll().
 *
 * Opt-in and header-only; the views with plain names are built on it. A set is a list of handles
 * and not a field of bits, since a handle is a large number.
 *
 * Stack: w5100_select() holds 24 * W5100_FD_SETSIZE bytes, that is 768 unless it is defined
 * otherwise, for three sets may have nothing in common. A set itself has 4 + 4 * W5100_FD_SETSIZE.
 * Each source file that calls it has a copy of its code, 0.8 KiB on a Cortex-M3.
 */
#ifndef W5100_SELECT_H
#define W5100_SELECT_H

#include <stddef.h>
#include <stdint.h>

#include "w5100.h"

#ifdef __cplusplus
extern "C" {
#endif

/** The most handles of a set. A program may define it before the include, from 1 to 65535; all of
    its files that hand sets to each other need the same. */
#ifndef W5100_FD_SETSIZE
#define W5100_FD_SETSIZE 32
#endif

/** A set of handles. */
typedef struct w5100_fd_set {
    uint32_t fd_count;                  /**< how many there are */
    int32_t fd_array[W5100_FD_SETSIZE]; /**< the first `fd_count` count */
} w5100_fd_set;

/** A time to wait: the sum of both. */
typedef struct w5100_timeout {
    int32_t seconds;      /**< 0 or more */
    int32_t microseconds; /**< 0 or more; may be a second or longer */
} w5100_timeout;

/** Make a set empty. */
static inline void w5100_fd_zero(w5100_fd_set *set) {
    set->fd_count = 0;
}

/** Handles of a set. One that was never made empty may claim to have more than it can hold. */
static inline uint32_t w5100_fd_set_length(const w5100_fd_set *set) {
    return set->fd_count < W5100_FD_SETSIZE ? set->fd_count : W5100_FD_SETSIZE;
}

/** 1 if `fd` is in the set, else 0. */
static inline int w5100_fd_isset(int32_t fd, const w5100_fd_set *set) {
    const uint32_t length = w5100_fd_set_length(set);
    for (uint32_t i = 0; i < length; i++) {
        if (set->fd_array[i] == fd) {
            return 1;
        }
    }
    return 0;
}

/** Put `fd` into a set. One that is in it stays there once; a full set is not changed. */
static inline void w5100_fd_set_add(int32_t fd, w5100_fd_set *set) {
    if (set->fd_count < W5100_FD_SETSIZE && !w5100_fd_isset(fd, set)) {
        set->fd_array[set->fd_count++] = fd;
    }
}

/** Take `fd` out of a set, if it is in it. */
static inline void w5100_fd_clr(int32_t fd, w5100_fd_set *set) {
    const uint32_t length = w5100_fd_set_length(set);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < length; i++) {
        if (set->fd_array[i] != fd) {
            set->fd_array[kept++] = set->fd_array[i];
        }
    }
    set->fd_count = kept;
}

/* What makes a handle ready for each of the three sets. Only the first two have to be asked for. */
#define W5100_SELECT_READABLE (W5100_POLLIN | W5100_POLLHUP | W5100_POLLERR)
#define W5100_SELECT_WRITABLE (W5100_POLLOUT | W5100_POLLERR)
#define W5100_SELECT_EXCEPT W5100_POLLERR

/* How long, in milliseconds, a handle rests that has nothing but a hang-up to tell. */
#define W5100_SELECT_REST_MS 10

/* The handles of all three sets, each once. */
typedef struct w5100_select_list {
    uint32_t count;
    w5100_pollfd entries[3 * W5100_FD_SETSIZE];
} w5100_select_list;

static inline w5100_pollfd *w5100_select_find(w5100_select_list *list, int32_t fd) {
    for (uint32_t i = 0; i < list->count; i++) {
        if (list->entries[i].fd == fd) {
            return &list->entries[i];
        }
    }
    return NULL;
}

/* Have `events` waited for on each handle of `set`. */
static inline int32_t w5100_select_gather(w5100_select_list *list, const w5100_fd_set *set,
                                          int events) {
    if (set == NULL) {
        return 0;
    }
    if (set->fd_count > W5100_FD_SETSIZE) {
        return -W5100_EINVAL;
    }
    for (uint32_t i = 0; i < set->fd_count; i++) {
        const int32_t fd = set->fd_array[i];
        w5100_pollfd *entry = w5100_select_find(list, fd);
        if (fd < 0) {
            return -W5100_EBADF; /* poll would skip it */
        }
        if (entry == NULL) {
            entry = &list->entries[list->count++];
            entry->fd = fd;
            entry->events = 0;
            entry->revents = 0;
        }
        entry->events = (int16_t)(entry->events | events);
    }
    return 0;
}

/* Leave in `set` what is ready by `bits`: how many are. */
static inline int32_t w5100_select_keep(w5100_select_list *list, w5100_fd_set *set, int bits) {
    uint32_t kept = 0;
    if (set == NULL) {
        return 0;
    }
    for (uint32_t i = 0; i < set->fd_count; i++) {
        const int32_t fd = set->fd_array[i];
        const w5100_pollfd *entry = w5100_select_find(list, fd);
        if (entry != NULL && (entry->revents & bits) != 0) {
            set->fd_array[kept++] = fd;
        }
    }
    set->fd_count = kept;
    return (int32_t)kept;
}

/* Poll tells a hang-up unasked, but it does not make a handle ready for the third set. An entry of
   that set alone which has nothing else is put to rest: poll skips it, since ~fd is negative. How
   many there are. */
static inline int32_t w5100_select_rest(w5100_select_list *list) {
    int32_t resting = 0;
    for (uint32_t i = 0; i < list->count; i++) {
        w5100_pollfd *entry = &list->entries[i];
        if (entry->events == 0 && entry->revents == W5100_POLLHUP) {
            entry->fd = ~entry->fd;
            resting++;
        }
    }
    return resting;
}

static inline void w5100_select_wake(w5100_select_list *list) {
    for (uint32_t i = 0; i < list->count; i++) {
        if (list->entries[i].fd < 0) {
            list->entries[i].fd = ~list->entries[i].fd;
        }
    }
}

/* Poll until an entry is ready for a set. Of the time, only turns that ended without a result are
   counted: it gets longer, never shorter. */
static inline int32_t w5100_select_wait(w5100_select_list *list, int32_t timeout_ms) {
    for (;;) {
        int32_t found = w5100_poll(list->entries, list->count, timeout_ms);
        const int32_t resting = found > 0 ? w5100_select_rest(list) : 0;
        if (found <= 0 || found > resting) {
            w5100_select_wake(list);
            return found;
        }
        const int32_t turn = timeout_ms >= 0 && timeout_ms < W5100_SELECT_REST_MS
                                 ? timeout_ms
                                 : W5100_SELECT_REST_MS;
        found = w5100_poll(list->entries, list->count, turn);
        w5100_select_wake(list);
        if (found != 0 || turn == timeout_ms) {
            return found;
        }
        timeout_ms -= timeout_ms < 0 ? 0 : turn;
    }
}

/* Milliseconds, rounded up, and no more than fit. */
static inline int32_t w5100_select_ms(const w5100_timeout *timeout) {
    const uint32_t part = ((uint32_t)timeout->microseconds + 999u) / 1000u;
    uint32_t ms = INT32_MAX;
    if (timeout->seconds <= INT32_MAX / 1000) {
        ms = (uint32_t)timeout->seconds * 1000u + part;
    }
    return ms < INT32_MAX ? (int32_t)ms : INT32_MAX;
}

/**
 * Waits until a handle of one of the sets is ready.
 *
 * @param nfds      0 or more, and not looked at otherwise: a set knows how many handles it has, and
 *                  the highest handle plus one says nothing about them
 * @param readable  w5100_recv() or w5100_accept() would not wait: data, a client, the end of the
 *                  stream, an error, or a socket that was never connected. May be NULL
 * @param writable  w5100_send() would not wait: room, a connect that is done, an error. May be NULL
 * @param except    a connect that failed, or another error that W5100_SO_ERROR has to tell. May be
 *                  NULL
 * @param timeout   rounded up to milliseconds, 24.8 days at most; {0, 0} does not wait; NULL waits
 *                  for ever. Not written
 * @return the handles that are ready, one counted in each set that has it; the sets then hold
 *   these alone. 0 when the time is over; the sets are then empty. Or an error, which leaves the
 *   sets as they were:
 *   - -W5100_EBADF: a set has a handle that is not open, or that another task closed meanwhile
 *   - -W5100_EINVAL: `nfds` or a part of the time is negative, or a set was never made empty
 *   - -W5100_ENETDOWN, -W5100_EIO
 *
 * Blocks. Task only.
 */
static inline int32_t w5100_select(int32_t nfds, w5100_fd_set *readable, w5100_fd_set *writable,
                                   w5100_fd_set *except, const w5100_timeout *timeout) {
    w5100_select_list list;
    int32_t result;
    list.count = 0;
    if (nfds < 0 || (timeout != NULL && (timeout->seconds < 0 || timeout->microseconds < 0))) {
        return -W5100_EINVAL;
    }
    result = w5100_select_gather(&list, readable, W5100_POLLIN);
    if (result == 0) {
        result = w5100_select_gather(&list, writable, W5100_POLLOUT);
    }
    if (result == 0) {
        result = w5100_select_gather(&list, except, 0);
    }
    if (result == 0) {
        result = w5100_select_wait(&list, timeout == NULL ? -1 : w5100_select_ms(timeout));
    }
    if (result < 0) {
        return result;
    }
    for (uint32_t i = 0; i < list.count; i++) {
        if ((list.entries[i].revents & W5100_POLLNVAL) != 0) {
            return -W5100_EBADF;
        }
    }
    return w5100_select_keep(&list, readable, W5100_SELECT_READABLE) +
           w5100_select_keep(&list, writable, W5100_SELECT_WRITABLE) +
           w5100_select_keep(&list, except, W5100_SELECT_EXCEPT);
}

#ifdef __cplusplus
}
#endif

#endif /* W5100_SELECT_H */
