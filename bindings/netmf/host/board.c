#include "board.h"

#include <errno.h>
#include <pthread.h>
#include <stddef.h>
#include <time.h>

#include "router.h"

#define NAP_NS 1000000L /* between two looks at what the network's server is asked */
#define NAPS_TO_SERVICE 20

static pthread_mutex_t chip_mutex = PTHREAD_MUTEX_INITIALIZER;
static w5100_sim_world *_Atomic world;
static w5100_sim_chip *chip;

static int32_t transfer(void *context, uint8_t *frames, size_t count) {
    return w5100_sim_transfer(context, frames, count);
}

static void reset(void *context, bool asserted) {
    w5100_sim_reset(context, asserted);
}

static uint32_t now_ms(void *context) {
    return w5100_sim_now_ms(context);
}

/* The token comes first: what happens between the look at `seen` and the sleep changes it. */
static void wait(void *context, uint32_t seen, uint32_t timeout_ms) {
    const uint64_t token = w5100_sim_events(context);
    if (!w5100_notified(seen)) {
        w5100_sim_wait(context, token, timeout_ms);
    }
}

static void notify(void *context) {
    w5100_sim_notify(context);
}

static void lock(void *context) {
    (void)context;
    pthread_mutex_lock(&chip_mutex);
}

static void unlock(void *context) {
    (void)context;
    pthread_mutex_unlock(&chip_mutex);
}

static bool interrupt(void *context) {
    return w5100_sim_interrupt(context);
}

static int32_t *errno_location(void *context) {
    (void)context;
    return &errno;
}

static int32_t *last_error_location(void *context) {
    static _Thread_local int32_t last_error;
    (void)context;
    return &last_error;
}

static w5100_port port = {
    .size = sizeof port,
    .transfer = transfer,
    .reset = reset,
    .now_ms = now_ms,
    .wait = wait,
    .notify = notify,
    .lock = lock,
    .unlock = unlock,
    .interrupt = interrupt,
    .errno_location = errno_location,
    .last_error_location = last_error_location,
};

/* The server on the network, and a task of the board that has the library end connections and
   renew leases while the program does something else. It ends with the process. */
static void *background(void *unused) {
    const struct timespec nap = {.tv_nsec = NAP_NS};
    for (uint32_t naps = 0;; naps++) {
        router_serve();
        if (naps % NAPS_TO_SERVICE == 0) {
            w5100_service(0);
        }
        nanosleep(&nap, NULL);
    }
    return unused;
}

int32_t board_open(const uint8_t gateway[4], const w5100_config *config) {
    pthread_t thread;
    w5100_sim_world *made = w5100_sim_forward(gateway);
    port.context = chip = made != NULL ? w5100_sim_chip_new(made) : NULL;
    if (chip == NULL) {
        return -W5100_EIO;
    }
    const int32_t device = WIZnet_Enable(&port, config);
    if (device >= 0 && router_start(made, gateway) &&
        pthread_create(&thread, NULL, background, NULL) == 0) {
        pthread_detach(thread);
        world = made;
        return device;
    }
    WIZnet_Disable(device);
    w5100_sim_free(made);
    chip = NULL;
    return device < 0 ? device : -W5100_EIO;
}

int32_t board_reopen(const w5100_config *config) {
    WIZnet_Disable(0);
    return WIZnet_Enable(&port, config);
}

const w5100_sim_world *board_world(void) {
    return world;
}

int32_t board_complaints(void) {
    w5100_sim_counters counters;
    return w5100_sim_counters_get(chip, &counters) == 0
               ? (int32_t)(counters.violations + counters.misuses)
               : W5100_SIM_ERROR;
}
