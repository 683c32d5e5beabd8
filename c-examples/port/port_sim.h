/* port_sim.h - what port_sim.c offers besides port.h, to programs that make a network. */
#ifndef PORT_SIM_H
#define PORT_SIM_H

#include "w5100.h"
#include "w5100_sim.h"

/** As port_open(), with the chip in a world that the program has made. port_close() ends it. */
int32_t port_open_in(w5100_sim_world *own_world, const w5100_config *config);

#endif /* PORT_SIM_H */
