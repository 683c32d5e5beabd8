#include "holds.h"

#include "check.h"
#include "w5100.h"

void holds_check(void) {
    w5100_counters counters;
    for (int32_t device = 0; w5100_counters_get(device, &counters) == 0; device++) {
        if (counters.echo_errors == 0 && counters.bus_errors == 0) {
            CHECK(counters.lock_frames_max <= W5100_LOCK_FRAMES);
        }
    }
}
