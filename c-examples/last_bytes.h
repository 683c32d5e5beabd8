/* last_bytes.h - what a program does that closes its sockets and then gives the chip back. */
#ifndef LAST_BYTES_H
#define LAST_BYTES_H

#include <stdint.h>

/**
 * Wait until the device has ended all connections that were closed, which it does in the background
 * (10 s at most). A computer's system lives on when a program ends, and sends what is left; here
 * nobody would.
 */
void last_bytes_wait(int32_t device);

#endif /* LAST_BYTES_H */
