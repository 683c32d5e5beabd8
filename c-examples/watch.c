#include "watch.h"

enum watch_verdict watch_judge(const struct watch *watch, const w5100_info *row) {
    if (row->kind != W5100_SOCK_STREAM || row->outstanding == 0 ||
        row->outstanding_ms < watch->slow_ms) {
        return WATCH_FINE;
    }
    return row->outstanding_ms >= watch->dead_ms && row->silent_ms >= watch->dead_ms ? WATCH_DEAD
                                                                                     : WATCH_SLOW;
}

/* Without linger the hardware socket would still try to deliver what nobody takes. If the handle's
   owner has closed it meanwhile both calls fail, and no newer socket is hit. */
static void drop(int32_t handle) {
    const w5100_linger at_once = {1, 0};
    w5100_setsockopt(handle, W5100_SOL_SOCKET, W5100_SO_LINGER, &at_once, sizeof at_once);
    w5100_close(handle);
}

uint32_t watch_look(const struct watch *watch) {
    w5100_info row;
    uint32_t closed = 0;
    int32_t found;
    for (uint32_t i = 0; (found = w5100_info_look(watch->device, i, &row)) >= 0; i++) {
        const enum watch_verdict verdict = found > 0 ? watch_judge(watch, &row) : WATCH_FINE;
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
