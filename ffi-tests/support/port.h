/*
 * port.h - the port of the tests: pthreads over a simulated chip, and a way to know that a thread
 * is waiting inside the library.
 */
#ifndef PORT_H
#define PORT_H

#include "w5100.h"
#include "w5100_sim.h"

/** A port for `chip`, which lasts to the end. What is changed in it before WIZnet_Enable counts. */
w5100_port *port_of(w5100_sim_chip *chip);

/** The same, whose bus fails while `port_broken`. There is one such port. */
w5100_port *port_that_breaks(w5100_sim_chip *chip);
extern bool port_broken;

/** Block, in real time, until `count` threads are inside the wait callback. Fails after 20 s. */
void port_until_waiting(int count);

#endif /* PORT_H */
