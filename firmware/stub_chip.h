/*
 * stub_chip.h - a W5100 of the smallest kind: registers, memory, and commands done at once.
 *
 * There is no network behind it: a test plays the peer by setting registers. Addresses, reset
 * values and states are the datasheet's.
 */
#ifndef STUB_CHIP_H
#define STUB_CHIP_H

#include <stddef.h>
#include <stdint.h>

/** What the bus does to a frame. */
enum stub_bus {
    STUB_CHIP,  /**< the chip answers */
    STUB_LOW,   /**< nothing there, MISO pulled low */
    STUB_HIGH,  /**< nothing there, MISO pulled high */
    STUB_BROKEN /**< the SPI controller reports an error */
};

/** Put the registers to their reset values and choose the bus. */
void stub_start(enum stub_bus bus);

/** The transfer callback of w5100_port. */
int32_t stub_transfer(void *context, uint8_t *frames, size_t count);

/** A client at 10.0.0.2:1234 connects to the hardware socket that listens. Its number, or -1. */
int stub_connect(void);

/** `length` bytes arrive on hardware socket `n`. */
void stub_receive(int n, const void *data, size_t length);

/** The client of hardware socket `n` closes. */
void stub_finish(int n);

/** What was last sent on hardware socket `n`: the number of bytes, at most `room`, put in `data`.
 */
size_t stub_sent(int n, void *data, size_t room);

#endif /* STUB_CHIP_H */
