/* session.h - what most cases begin with. */
#ifndef SESSION_H
#define SESSION_H

#include "suite.h"

/** Sockets as they come. */
v_fd tcp(void);
v_fd udp(void);

/** A TCP socket that listens on a free port; a datagram socket that has one. */
v_fd listener(uint16_t *port);
v_fd udp_bound(uint16_t *port);

/** A TCP connection, with room for little that is not read. */
v_fd session(peer **other);

/** A datagram socket that is connected to port `to` of the peer and has the port `*port`. */
v_fd udp_connected(uint16_t *port, uint16_t to);

void nonblocking(v_fd fd, bool on);

/** The connect of a non-blocking socket to a port of the peer. */
long connect_to(v_fd fd, uint16_t port);

/** A non-blocking socket whose connect is under way; one whose was refused, which was not told. */
v_fd connecting(void);
v_fd refused(void);

/** Wait until one of `events` holds on the socket, or an error or hang-up. */
void await(v_fd fd, int events);

/** What holds of V_POLLIN, V_POLLOUT, V_POLLRDHUP and what needs no asking: "IN|HUP". A view
   without poll tells the sets of select instead: "read write". */
const char *state(v_fd fd, int events);

/** Wait at most `ms` for the socket to be readable, below 0 for ever: 1, or 0. */
long wait_readable(v_fd fd, int ms);

/** "read write except", of READABLE and so on. */
const char *sets(int found);

/** Calls that do not wait. */
long send_now(v_fd fd, const void *data, size_t length);
long recv_now(v_fd fd, void *data, size_t length);

/** Bytes, or datagrams, wait to be received. */
void await_data(v_fd fd);

/** The peer's FIN has come. */
void await_fin(v_fd fd);

/** The connection is over in both directions. */
void await_hangup(v_fd fd);

/** What SO_ERROR tells, and clears. */
const char *pending_error(v_fd fd);

/** "no earlier", or "earlier", than `ms` after `begin`. */
const char *no_earlier(uint32_t begin, uint32_t ms);

/** "part", or what else `result` is of `length`. */
const char *part_of(long result, long length);

#endif /* SESSION_H */
