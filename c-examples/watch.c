#include "watch.h"

static uint32_t acknowledged(const w5100_info *row) {
    return row->bytes_out - row->outstanding;
}

enum watch_verdict watch_judge(const struct watch *watch, const struct watch_past *past,
                               const w5100_info *row) {
    if (row->kind != W5100_SOCK_STREAM || row->outstanding == 0) {
        return WATCH_FINE;
    }
    if (row->outstanding_ms >= watch->dead_ms && row->silent_ms >= watch->dead_ms) {
        return WATCH_DEAD;
    }
    /* Bytes that were not there in the look before may have gone out just now. */
    return past->handle == row->handle && past->outstanding != 0 &&
                   acknowledged(row) - past->acknowledged < watch->slow_bytes
               ? WATCH_SLOW
               : WATCH_FINE;
}

/* Without linger the hardware socket would still try to deliver what nobody takes. If the handle's
   owner has closed it meanwhile both calls fail, and no newer socket is hit. */
static void drop(int32_t handle) {
    const w5100_linger at_once = {1, 0};
    w5100_setsockopt(handle, W5100_SOL_SOCKET, W5100_SO_LINGER, &at_once, sizeof at_once);
    w5100_close(handle);
}

uint32_t watch_look(struct watch *watch) {
    w5100_info row;
    uint32_t closed = 0;
    int32_t found;
    for (uint32_t i = 0; i < WATCH_ROWS && (found = w5100_info_look(watch->device, i, &row)) >= 0;
         i++) {
        if (found == 0) {
            continue;
        }
        const enum watch_verdict verdict = watch_judge(watch, &watch->past[i], &row);
        watch->past[i] = (struct watch_past){row.handle, row.outstanding, acknowledged(&row)};
        if (verdict != WATCH_FINE) {
            watch->report(watch->context, &row, verdict);
        }
        if (verdict == WATCH_DEAD) {
            drop(row.handle);
            closed++;
        }
    }
    return closed;
}
