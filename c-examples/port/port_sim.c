/*
 * port_sim.c - the port of a program that runs on this computer, over the simulated chip.
 *
 * Threads are pthreads. The simulator's forward network leads a port of 127.0.0.1 to the chip, and
 * the chip's connections to its gateway back to 127.0.0.1; a program may give a network of its own.
 * With W5100_SIM_TAP in the environment, a TAP device of that name stands in for the forward
 * network: this computer is the chip's gateway, and reaches the chip at its own address.
 */
#include "port.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "port_sim.h"

static pthread_mutex_t chip_mutex = PTHREAD_MUTEX_INITIALIZER;
static w5100_sim_world *world;
static w5100_sim_chip *chip;

/* A board would lower /SCS, clock four bytes and raise /SCS again, for each frame. */
static int32_t transfer(void *context, uint8_t *frames, size_t count) {
    return w5100_sim_transfer(context, frames, count);
}

static void reset(void *context, bool asserted) {
    w5100_sim_reset(context, asserted);
}

static uint32_t now_ms(void *context) {
    return w5100_sim_now_ms(context);
}

/* The token comes first: an event between the look at `seen` and the sleep changes it, so that the
   sleep ends at once and no wake is lost. /INT counts as an event of the simulator. */
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

/* errno is a macro for the calling thread's own cell. */
static int32_t *errno_location(void *context) {
    (void)context;
    return &errno;
}

/* The last Winsock error is a variable of its own: neither view may disturb the other's. */
static int32_t *last_error_location(void *context) {
    static _Thread_local int32_t last_error;
    (void)context;
    return &last_error;
}

/* The library uses it in place, from WIZnet_Enable to WIZnet_Disable. */
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

int32_t port_open_in(w5100_sim_world *own_world, const w5100_config *config) {
    world = own_world;
    chip = world != NULL ? w5100_sim_chip_new(world) : NULL;
    if (chip == NULL) {
        return -W5100_EIO;
    }
    port.context = chip;
    return WIZnet_Enable(&port, config);
}

static const char *tap_name(void) {
    return getenv("W5100_SIM_TAP");
}

/* A configuration without a gateway, as before DHCP, takes the interface as it is. */
static w5100_sim_world *open_tap(const w5100_config *config) {
    static const uint8_t none[sizeof config->gateway];
    char reason[256];
    uint8_t prefix = 0;
    while (prefix < 32 && (config->mask[prefix / 8] & (0x80 >> prefix % 8)) != 0) {
        prefix++;
    }
    const bool address = memcmp(config->gateway, none, sizeof none) != 0;
    w5100_sim_world *tap = w5100_sim_tap(tap_name(), address ? config->gateway : NULL, prefix);
    if (tap == NULL) {
        w5100_sim_reason(reason, sizeof reason);
        fprintf(stderr, "%s\n", reason);
    }
    return tap;
}

int32_t port_open(const w5100_config *config) {
    const bool tap = tap_name() != NULL;
    return port_open_in(tap ? open_tap(config) : w5100_sim_forward(config->gateway), config);
}

int32_t port_reach(const w5100_config *config, uint16_t chip_port, uint16_t wanted,
                   char where[PORT_REACH_SIZE]) {
    if (tap_name() != NULL) {
        const uint8_t *ip = config->ip;
        snprintf(where, PORT_REACH_SIZE, "%u.%u.%u.%u:%u", ip[0], ip[1], ip[2], ip[3], chip_port);
        return 0;
    }
    const int32_t opened = w5100_sim_forward_port(world, wanted, config->ip, chip_port);
    if (opened < 0) {
        return -W5100_EADDRINUSE;
    }
    snprintf(where, PORT_REACH_SIZE, "127.0.0.1:%u", (unsigned)opened);
    return 0;
}

uint32_t port_now_ms(void) {
    return now_ms(chip);
}

void port_close(int32_t device) {
    WIZnet_Disable(device);
    w5100_sim_free(world);
    world = NULL;
    chip = NULL;
}
