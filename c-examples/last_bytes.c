#include "last_bytes.h"

#include "w5100.h"

#define HARDWARE_SOCKETS 4
#define STEP_MS 10

void last_bytes_wait(int32_t device) {
    w5100_counters counters;
    while (w5100_service(device) == 0 && w5100_counters_get(device, &counters) == 0 &&
           counters.free_sockets < HARDWARE_SOCKETS) {
        w5100_poll(NULL, 0, STEP_MS);
    }
}
