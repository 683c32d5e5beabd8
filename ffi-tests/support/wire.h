/*
 * wire.h - the usual scene: a chip with the library on a wire, and a host that the test plays.
 *
 * Time is virtual and stands still unless every thread of the test waits for it.
 */
#ifndef WIRE_H
#define WIRE_H

#include "check.h"
#include "w5100.h"
#include "w5100_sim.h"

#define NETWORK(last)                                                                              \
    { 192, 168, 1, (last) }
#define DEVICE_IP 201 /* the last byte of device 0's address; device 1 has the next */
#define PEER_IP 10
#define NOBODY_IP 77 /* an address that nobody has */

/** The world, chip 0, device 0 on it, and the peer; the calling thread takes part in the clock. */
void wire_start(void);

/** Only the world and a chip at `index`, for a test that calls WIZnet_Enable by itself. */
w5100_sim_chip *wire_add_chip(int index);

/** Only the peer, for a test that calls WIZnet_Enable by itself. */
void wire_add_peer(void);

/** The library on a further chip: its device number. */
int32_t wire_add_device(int index);

/** What wire_start configures device `index` with. */
w5100_config wire_config(int index);

w5100_sim_world *wire_world(void);
w5100_sim_chip *wire_chip(int index);
w5100_sim_peer *wire_peer(void);

/** Let `ms` of virtual time pass. */
void wire_run(uint32_t ms);

/** Virtual milliseconds since the start. */
uint32_t wire_now_ms(void);

/** Let time pass until `holds(context)`: false when it does not within `limit_ms`. */
bool wire_until(bool (*holds)(void *context), void *context, uint32_t limit_ms);

/** An address, for the library: 192.168.1.`last`, `port` in host order. 0 is 0.0.0.0. */
w5100_sockaddr_in wire_address(uint8_t last, uint16_t port);

/** A listening TCP socket of device 0. */
int32_t wire_listener(uint16_t port, int32_t backlog);

/** The peer connects to `port` of device 0 and is connected, or the case fails. */
w5100_sim_conn *wire_client(uint16_t port);

/** A client as above, and the library's end of it. */
w5100_sim_conn *wire_session(int32_t listener, uint16_t port, int32_t *accepted);

/** The client sends all of `data`, time passes as needed. */
void wire_client_sends(w5100_sim_conn *conn, const void *data, size_t length);

/** The client gets exactly `data`, time passes as needed. */
void wire_client_gets(w5100_sim_conn *conn, const void *data, size_t length);

/** SPI frames so far that broke the chip select rules of chip 0. */
uint32_t wire_violations(void);

/** Hardware sockets that device `device` has free. */
uint32_t wire_free_sockets(int32_t device);

/** The library is usable as ever: a session on a new listener echoes. For after a misuse. */
void wire_still_works(uint16_t port);

#endif /* WIRE_H */
