/*
 * port_sim.c - the port of a program that runs on this computer, over the simulated chip.
 *
 * Threads are pthreads. The simulator's forward network leads a port of 127.0.0.1 to the chip, and
 * the chip's connections to its gateway back to 127.0.0.1; a program may give a network of its own.
 *
 * The environment may say otherwise:
 *
 *     W5100_SIM_TAP=chips                 a TAP device of that name stands in for the forward
 *                                         network: this computer is the chip's gateway, and reaches
 *                                         the chip at its own address
 *     W5100_SIM_TAP=chips,192.168.1.1/24  the same, at an address of its own: for a chip that is
 *                                         to get its address by DHCP
 *     W5100_SIM_LINK=seed=7,loss_permille=20
 *                                         the link is so bad: members of w5100_sim_link by name,
 *                                         and the seed of its lots
 *     W5100_SIM_CAPTURE=frames.pcap       all frames, for Wireshark
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

static const char *tap_setting(void) {
    return getenv("W5100_SIM_TAP");
}

static uint8_t prefix_of(const uint8_t mask[4]) {
    uint8_t prefix = 0;
    while (prefix < 32 && (mask[prefix / 8] & (0x80 >> prefix % 8)) != 0) {
        prefix++;
    }
    return prefix;
}

/* A configuration without a gateway, as before DHCP, takes the interface as it is, unless the
   setting names its address. */
static w5100_sim_world *open_tap(const w5100_config *config) {
    static const uint8_t none[sizeof config->gateway];
    char reason[256], name[32] = "";
    unsigned ip[4] = {0}, length = 0;
    const int words = sscanf(tap_setting(), "%31[^,],%u.%u.%u.%u/%u", name, &ip[0], &ip[1], &ip[2],
                             &ip[3], &length);
    const uint8_t own[4] = {(uint8_t)ip[0], (uint8_t)ip[1], (uint8_t)ip[2], (uint8_t)ip[3]};
    const uint8_t *address =
        memcmp(config->gateway, none, sizeof none) != 0 ? config->gateway : NULL;
    uint8_t prefix = prefix_of(config->mask);
    if (words == 6) {
        address = own;
        prefix = (uint8_t)length;
    }
    w5100_sim_world *tap = w5100_sim_tap(name, address, prefix);
    if (tap == NULL) {
        w5100_sim_reason(reason, sizeof reason);
        fprintf(stderr, "%s\n", reason);
    }
    return tap;
}

/* The value of "name=value" in a list of such; 0 if it is not there. */
static uint32_t value_of(const char *list, const char *name) {
    const size_t length = strlen(name);
    while (list != NULL && (strncmp(list, name, length) != 0 || list[length] != '=')) {
        list = strchr(list, ',');
        list = list != NULL ? list + 1 : NULL;
    }
    return list != NULL ? (uint32_t)strtoul(list + length + 1, NULL, 10) : 0;
}

static void set_up_link(const w5100_sim_world *network, const char *setting) {
    const w5100_sim_link link = {
        .latency_us = value_of(setting, "latency_us"),
        .jitter_us = value_of(setting, "jitter_us"),
        .loss_permille = (uint16_t)value_of(setting, "loss_permille"),
        .duplicate_permille = (uint16_t)value_of(setting, "duplicate_permille"),
        .reorder_permille = (uint16_t)value_of(setting, "reorder_permille"),
        .reorder_delay_us = value_of(setting, "reorder_delay_us"),
        .corrupt_permille = (uint16_t)value_of(setting, "corrupt_permille"),
    };
    w5100_sim_link_seed(network, value_of(setting, "seed"));
    w5100_sim_link_set(network, &link);
}

int32_t port_open(const w5100_config *config) {
    const bool tap = tap_setting() != NULL;
    const char *const link = getenv("W5100_SIM_LINK");
    const char *const capture = getenv("W5100_SIM_CAPTURE");
    w5100_sim_world *network = tap ? open_tap(config) : w5100_sim_forward(config->gateway);
    if (network != NULL && link != NULL) {
        set_up_link(network, link);
    }
    if (network != NULL && capture != NULL && w5100_sim_capture(network, capture) < 0) {
        fprintf(stderr, "cannot write %s\n", capture);
        w5100_sim_free(network);
        return -W5100_EIO;
    }
    return port_open_in(network, config);
}

int32_t port_reach(const w5100_config *config, uint16_t chip_port, uint16_t wanted,
                   char where[PORT_REACH_SIZE]) {
    if (tap_setting() != NULL) {
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

/* What a chip of silicon would not have borne. */
static void complain(void) {
    w5100_sim_counters counters;
    if (w5100_sim_counters_get(chip, &counters) == 0 &&
        (counters.violations != 0 || counters.misuses != 0)) {
        fprintf(stderr, "%lu broken rules of SPI, %lu misuses of the chip\n",
                (unsigned long)counters.violations, (unsigned long)counters.misuses);
    }
}

void port_close(int32_t device) {
    WIZnet_Disable(device);
    complain();
    w5100_sim_free(world);
    world = NULL;
    chip = NULL;
}
