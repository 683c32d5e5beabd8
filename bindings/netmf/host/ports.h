/* ports.h - ports of 127.0.0.1 that lead to the chip. */
#ifndef PORTS_H
#define PORTS_H

#include <stdbool.h>
#include <stdint.h>

/** As w5100_host_reach(), to a chip at `ip`; all zeros: not yet. */
int32_t ports_reach(const uint8_t ip[4], uint16_t chip_port, bool datagram);

/** Open those that were asked for before the chip had this address. */
void ports_moved(const uint8_t ip[4]);

#endif /* PORTS_H */
