/*
 * port.h - what the examples ask of the place they run in.
 *
 * Two implementations stand beside it: port_sim.c (this computer, simulated chip) and port_board.c
 * (a bare-metal Cortex-M3 board, to start your own from). A program for one fixed board would
 * simply call WIZnet_Enable() with its port struct.
 */
#ifndef PORT_H
#define PORT_H

#include "w5100.h"

/** Room for the text of port_reach(). */
#define PORT_REACH_SIZE 24

/** Bring the chip up with `config`: the device number, or a negative error. */
int32_t port_open(const w5100_config *config);

/**
 * Say in `where`, as "address:port", how a client reaches TCP port `chip_port` of the chip.
 *
 * On a board that is the chip's own address. On the simulator it is a port of this computer, which
 * this call opens: `wanted`, or any free one when that is 0. Returns 0, or a negative error.
 */
int32_t port_reach(const w5100_config *config, uint16_t chip_port, uint16_t wanted,
                   char where[PORT_REACH_SIZE]);

/** The port's clock: milliseconds, wrapping. */
uint32_t port_now_ms(void);

/** Give the chip back. Call it when no other thread is in the library any more. */
void port_close(int32_t device);

#endif /* PORT_H */
