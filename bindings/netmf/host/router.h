/* router.h - the server of DHCP and DNS on the simulated network. */
#ifndef ROUTER_H
#define ROUTER_H

#include <stdbool.h>
#include <stdint.h>

#include "w5100_sim.h"

/** Put the server on the wire, at the gateway's address plus one. False: not enough memory. */
bool router_start(const w5100_sim_world *world, const uint8_t gateway[4]);

/** Answer what has come meanwhile; from one thread only. */
void router_serve(void);

#endif /* ROUTER_H */
