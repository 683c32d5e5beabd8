#include "port.h"

#include <errno.h>
#include <pthread.h>
#include <time.h>

#include "check.h"

#define PATIENCE_S 20
#define MOST_CHIPS 4

static pthread_mutex_t waiting_mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t waiting_changed = PTHREAD_COND_INITIALIZER;
static int waiting;

/* One mutex a chip, found by its place. */
static struct {
    w5100_sim_chip *chip;
    pthread_mutex_t mutex;
} chips[MOST_CHIPS];
static int chip_count;

static void count_waiting(int change) {
    pthread_mutex_lock(&waiting_mutex);
    waiting += change;
    pthread_cond_broadcast(&waiting_changed);
    pthread_mutex_unlock(&waiting_mutex);
}

static w5100_sim_chip *chip_of(void *context) {
    return chips[(intptr_t)context].chip;
}

static int32_t transfer(void *context, uint8_t *frames, size_t count) {
    return w5100_sim_transfer(chip_of(context), frames, count);
}

static void reset(void *context, bool asserted) {
    w5100_sim_reset(chip_of(context), asserted);
}

static uint32_t now_ms(void *context) {
    return w5100_sim_now_ms(chip_of(context));
}

static void wait(void *context, uint32_t seen, uint32_t timeout_ms) {
    const uint64_t token = w5100_sim_events(chip_of(context));
    if (w5100_notified(seen)) {
        return;
    }
    count_waiting(1);
    w5100_sim_wait(chip_of(context), token, timeout_ms);
    count_waiting(-1);
}

static void notify(void *context) {
    w5100_sim_notify(chip_of(context));
}

static void lock(void *context) {
    pthread_mutex_lock(&chips[(intptr_t)context].mutex);
}

static void unlock(void *context) {
    pthread_mutex_unlock(&chips[(intptr_t)context].mutex);
}

static bool interrupt(void *context) {
    return w5100_sim_interrupt(chip_of(context));
}

static int32_t *errno_location(void *context) {
    (void)context;
    return &errno;
}

w5100_port port_of(w5100_sim_chip *chip) {
    CHECK(chip_count < MOST_CHIPS);
    chips[chip_count].chip = chip;
    pthread_mutex_init(&chips[chip_count].mutex, NULL);
    const w5100_port port = {
        .size = sizeof port,
        .context = (void *)(intptr_t)chip_count++,
        .transfer = transfer,
        .reset = reset,
        .now_ms = now_ms,
        .wait = wait,
        .notify = notify,
        .lock = lock,
        .unlock = unlock,
        .interrupt = interrupt,
        .errno_location = errno_location,
    };
    return port;
}

void port_until_waiting(int count) {
    struct timespec limit;
    clock_gettime(CLOCK_REALTIME, &limit);
    limit.tv_sec += PATIENCE_S;
    pthread_mutex_lock(&waiting_mutex);
    while (waiting < count) {
        CHECK_EQ(pthread_cond_timedwait(&waiting_changed, &waiting_mutex, &limit), 0);
    }
    pthread_mutex_unlock(&waiting_mutex);
}
