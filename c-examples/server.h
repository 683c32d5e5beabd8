/* server.h - how the servers among the examples begin: a listener that clients can reach. */
#ifndef SERVER_H
#define SERVER_H

#include <stdint.h>

#include "w5100.h"

/**
 * Listen on port 80 of the chip, where `backlog` connections may wait, lead `host_port` of this
 * computer there (0: any), and say so on standard output. The listener, or -1 after a message on
 * standard error.
 */
int server_start(const w5100_config *config, int backlog, uint16_t host_port);

#endif /* SERVER_H */
