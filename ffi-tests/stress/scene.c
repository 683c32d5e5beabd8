#include "scene.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "check.h"

#define NETWORK(last)                                                                              \
    { 192, 168, 1, (last) }
#define CLOSING_MS 11000 /* what a close may take in the background is 10 s */

/* What a port's context is. */
struct board {
    w5100_sim_chip *chip;
    pthread_mutex_t mutex;
    bool by_hand;
    atomic_bool on_bus;
    uint64_t frames; /* plain: that transfers come one at a time is for others to see to */
    w5100_port port;
};

static struct board boards[DEVICES];
static w5100_sim_world *world;
static w5100_sim_peer *peer;
static _Atomic uint32_t crowded;

static void clock_frame(struct board *board, uint8_t *frame) {
    w5100_sim_select(board->chip, true);
    for (int i = 0; i < 4; i++) {
        frame[i] = w5100_sim_clock_byte(board->chip, frame[i]);
    }
    w5100_sim_select(board->chip, false);
}

static int32_t transfer(void *context, uint8_t *frames, size_t count) {
    struct board *board = context;
    if (atomic_exchange_explicit(&board->on_bus, true, memory_order_relaxed)) {
        COUNT(crowded, 1);
    }
    board->frames += count;
    if (board->by_hand) {
        for (size_t i = 0; i < count; i++) {
            clock_frame(board, frames + 4 * i);
        }
    } else {
        CHECK_EQ(w5100_sim_transfer(board->chip, frames, count), 0);
    }
    POKE(board->on_bus, false);
    return 0;
}

static void reset(void *context, bool asserted) {
    w5100_sim_reset(((struct board *)context)->chip, asserted);
}

static uint32_t now_ms(void *context) {
    return w5100_sim_now_ms(((struct board *)context)->chip);
}

static void wait(void *context, uint32_t seen, uint32_t timeout_ms) {
    struct board *board = context;
    const uint64_t token = w5100_sim_events(board->chip);
    if (!w5100_notified(seen)) {
        thread_sleeps(true);
        w5100_sim_wait(board->chip, token, timeout_ms);
        thread_sleeps(false);
    }
}

static void notify(void *context) {
    w5100_sim_notify(((struct board *)context)->chip);
}

/* The holder may sleep while it sets a chip up: who waits for it here must not stop the clock. */
static void lock(void *context) {
    struct board *board = context;
    if (pthread_mutex_trylock(&board->mutex) != 0) {
        w5100_sim_thread_leave(world);
        CHECK_EQ(pthread_mutex_lock(&board->mutex), 0);
        w5100_sim_thread_enter(world);
    }
}

static void unlock(void *context) {
    CHECK_EQ(pthread_mutex_unlock(&((struct board *)context)->mutex), 0);
}

static bool interrupt(void *context) {
    return w5100_sim_interrupt(((struct board *)context)->chip);
}

static uint32_t random_bits(void *context) {
    return (uint32_t)w5100_sim_now_us(world) * 2654435761u + ((struct board *)context)->by_hand;
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

static w5100_port port_of(int device) {
    w5100_port port = {
        .size = sizeof port,
        .context = &boards[device],
        .transfer = transfer,
        .reset = reset,
        .now_ms = now_ms,
        .wait = wait,
        .notify = notify,
        .random = random_bits,
        .errno_location = errno_location,
        .last_error_location = last_error_location,
    };
    if (device == 0) {
        port.interrupt = interrupt;
    } else {
        port.lock = lock;
        port.unlock = unlock;
    }
    return port;
}

w5100_config scene_config(int device) {
    const w5100_config config = {
        .size = sizeof config,
        .mac = {0x02, 0, 0, 0, 0, (uint8_t)(1 + device)},
        .ip = NETWORK((uint8_t)(DEVICE_IP + device)),
        .mask = {255, 255, 255, 0},
        .gateway = NETWORK(1),
        .retry_count = 4,
        .retry_time = 300, /* 30 ms: a peer that is gone is soon known to be */
    };
    return config;
}

static void enable(int device) {
    const w5100_config config = scene_config(device);
    CHECK_EQ(CALL(device, WIZnet_Enable(&boards[device].port, &config)), device);
}

void scene_start(uint64_t seed) {
    static const uint8_t mac[6] = {0x02, 0, 0, 0, 0, PEER_IP};
    static const uint8_t ip[4] = NETWORK(PEER_IP);
    static const uint8_t mask[4] = {255, 255, 255, 0};
    static const uint8_t gateway[4] = NETWORK(1);
    world = w5100_sim_wire(seed);
    CHECK(world != NULL);
    w5100_sim_thread_enter(world);
    peer = w5100_sim_peer_new(world, mac, ip, mask, gateway);
    CHECK(peer != NULL);
    for (int device = 0; device < DEVICES; device++) {
        struct board *board = &boards[device];
        board->chip = w5100_sim_chip_new(world);
        CHECK(board->chip != NULL);
        pthread_mutex_init(&board->mutex, NULL);
        board->by_hand = device == 1;
        board->port = port_of(device);
        enable(device);
    }
}

void scene_restart(int device) {
    CHECK_EQ(CALL(device, WIZnet_Disable(device)), 0);
    enable(device);
}

w5100_sim_world *scene_world(void) {
    return world;
}

w5100_sim_peer *scene_peer(void) {
    return peer;
}

w5100_sim_chip *scene_chip(int device) {
    return boards[device].chip;
}

w5100_sockaddr_in scene_address(uint8_t last, uint16_t port) {
    const uint8_t ip[4] = NETWORK(last);
    const uint8_t bytes[2] = {(uint8_t)(port >> 8), (uint8_t)port};
    w5100_sockaddr_in address = {.sin_family = W5100_AF_INET};
    memcpy(&address.sin_port, bytes, sizeof bytes);
    memcpy(&address.sin_addr, ip, last != 0 ? sizeof ip : 0);
    return address;
}

void scene_close_all(void) {
    for (int device = 0; device < DEVICES; device++) {
        w5100_info row;
        int32_t found;
        for (uint32_t i = 0; (found = w5100_info_get(device, i, &row)) >= 0; i++) {
            if (found == 1) {
                CALL(row.handle, w5100_close(row.handle));
            }
        }
    }
}

struct scene_faults scene_faults(void) {
    struct scene_faults faults = {.crowded = PEEK(crowded)};
    for (int device = 0; device < DEVICES; device++) {
        w5100_sim_counters counters;
        CHECK_EQ(w5100_sim_counters_get(boards[device].chip, &counters), 0);
        faults.violations += counters.violations;
        faults.misuses += counters.misuses;
    }
    return faults;
}

void scene_check(void) {
    for (int waited = 0; waited < CLOSING_MS; waited += 100) {
        for (int device = 0; device < DEVICES; device++) {
            CHECK_EQ(w5100_service(device), 0);
        }
        thread_rests(100);
    }
    for (int device = 0; device < DEVICES; device++) {
        w5100_counters counters;
        CHECK_EQ(w5100_counters_get(device, &counters), 0);
        CHECK_EQ(counters.free_sockets, 4);
        CHECK_EQ(counters.echo_errors, 0);
    }
    const struct scene_faults faults = scene_faults();
    CHECK_EQ(faults.violations, 0);
    CHECK_EQ(faults.misuses, 0);
    CHECK_EQ(faults.crowded, 0);
}

uint8_t scene_read_behind_its_back(int device, uint16_t address) {
    uint8_t frame[4] = {0x0F, (uint8_t)(address >> 8), (uint8_t)address, 0};
    clock_frame(&boards[device], frame);
    return frame[3];
}
