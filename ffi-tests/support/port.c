#include "port.h"

#include <errno.h>
#include <pthread.h>
#include <time.h>

#include "check.h"

#define PATIENCE_S 20
#define MOST_PORTS 16

static pthread_mutex_t waiting_mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t waiting_changed = PTHREAD_COND_INITIALIZER;
static int waiting;

/* What a port's context is. */
struct place {
    w5100_sim_chip *chip;
    pthread_mutex_t mutex;
    w5100_port port;
};

static struct place places[MOST_PORTS];
static int place_count;

static void count_waiting(int change) {
    pthread_mutex_lock(&waiting_mutex);
    waiting += change;
    pthread_cond_broadcast(&waiting_changed);
    pthread_mutex_unlock(&waiting_mutex);
}

static w5100_sim_chip *chip_of(void *context) {
    return ((struct place *)context)->chip;
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
    pthread_mutex_lock(&((struct place *)context)->mutex);
}

static void unlock(void *context) {
    pthread_mutex_unlock(&((struct place *)context)->mutex);
}

static bool interrupt(void *context) {
    return w5100_sim_interrupt(chip_of(context));
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

w5100_port *port_of(w5100_sim_chip *chip) {
    CHECK(place_count < MOST_PORTS);
    struct place *place = &places[place_count++];
    place->chip = chip;
    pthread_mutex_init(&place->mutex, NULL);
    place->port = (w5100_port){
        .size = sizeof place->port,
        .context = place,
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
    return &place->port;
}

bool port_broken;

static int32_t may_break(void *context, uint8_t *frames, size_t count) {
    return port_broken ? -1 : transfer(context, frames, count);
}

w5100_port *port_that_breaks(w5100_sim_chip *chip) {
    w5100_port *port = port_of(chip);
    port->transfer = may_break;
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
