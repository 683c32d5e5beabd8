/*
 * watch.h - which connection is the trouble: slow or dead, and how to get rid of a dead one.
 *
 * It asks the library alone, so it is the same on a board. There it has a task of its own, of any
 * priority, which may do other things in between:
 *
 *     static struct watch watch = {.slow_bytes = 4096, .dead_ms = 30000, .report = report};
 *     for (;;) {
 *         vTaskDelay(pdMS_TO_TICKS(1000));
 *         watch_look(&watch);
 *     }
 *
 * The library needs its parts `stats` and `options`, as it has by default.
 */
#ifndef WATCH_H
#define WATCH_H

#include <stdint.h>

#include "w5100.h"

/** Rows of the socket table: as many as a library can be built for. */
#define WATCH_ROWS 32

/** What a row of the socket table says of its connection. */
enum watch_verdict {
    WATCH_FINE,
    WATCH_SLOW, /**< bytes wait for the peer from look to look, and it takes few */
    WATCH_DEAD, /**< bytes wait for the peer, and nothing has come from it for too long */
};

/** What a row said in the look before. */
struct watch_past {
    int32_t handle;
    uint32_t outstanding;
    uint32_t acknowledged; /**< since the connection began, wrapping */
};

/** What to look at, and what is too little or too long. The rest is 0 at first. */
struct watch {
    int32_t device;
    uint32_t slow_bytes; /**< fewer acknowledged from one look to the next are slow */
    uint32_t dead_ms;    /**< without an acknowledgment and without a byte received */
    /** Told of each connection that is slow, and of each dead one before it is closed. */
    void (*report)(void *context, const w5100_info *row, enum watch_verdict verdict);
    void *context;
    struct watch_past past[WATCH_ROWS];
};

/**
 * The verdict on one row, with what it said before. The chip does not tell a peer that is gone from
 * one whose program has stopped reading and sends nothing: both are dead when their time is over,
 * as both keep what they tie up. Give `dead_ms` the time that the slowest honest peer may take.
 */
enum watch_verdict watch_judge(const struct watch *watch, const struct watch_past *past,
                               const w5100_info *row);

/**
 * Look at all sockets once, and close the dead: their tasks, wherever they wait, get -W5100_EBADF,
 * and their hardware sockets are free at once. Returns how many were closed. Does not block, and
 * costs W5100_LOOK_FRAMES frames at most for each socket with hardware.
 */
uint32_t watch_look(struct watch *watch);

#endif /* WATCH_H */
