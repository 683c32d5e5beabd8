/* board.h - the simulated board: a chip, the port that leads to it, and its network. */
#ifndef BOARD_H
#define BOARD_H

#include <stdbool.h>
#include <stdint.h>

#include "w5100.h"
#include "w5100_sim.h"

/** Make the network around `gateway`, and power the board: the device's number, or an error. */
int32_t board_open(const uint8_t gateway[4], const w5100_config *config);

/** Reset the board: the device's number, or an error. */
int32_t board_reopen(const w5100_config *config);

/** The network; NULL while there is no board. */
const w5100_sim_world *board_world(void);

/** Broken rules and misuses that the chip has counted. */
int32_t board_complaints(void);

#endif /* BOARD_H */
