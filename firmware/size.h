/* size.h - the smallest port there is, for the programs that are only measured. */
#ifndef SIZE_H
#define SIZE_H

#include "w5100.h"

/* Somewhere a result can go that the compiler does not see through. */
static volatile int32_t size_result;

static volatile uint8_t size_spi;
static volatile uint32_t size_clock;

static int32_t size_transfer(void *context, uint8_t *frames, size_t count) {
    (void)context;
    for (size_t i = 0; i < count * 4; i++) {
        size_spi = frames[i];
        frames[i] = size_spi;
    }
    return 0;
}

static uint32_t size_now_ms(void *context) {
    (void)context;
    return size_clock;
}

static const w5100_port size_port = {
    .size = sizeof size_port,
    .transfer = size_transfer,
    .now_ms = size_now_ms,
};

static const w5100_config size_config = {
    .size = sizeof size_config,
    .mac = {2, 0, 0, 0, 0, 1},
    .ip = {192, 168, 1, 201},
    .mask = {255, 255, 255, 0},
    .gateway = {192, 168, 1, 1},
};

/* The entry point; there is no start-up code. */
void start(void);

#endif /* SIZE_H */
