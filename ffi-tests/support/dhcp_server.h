/*
 * dhcp_server.h - a DHCP server of the test's own, at the wire's peer.
 *
 * It leases one address, and is told what to keep to itself.
 */
#ifndef DHCP_SERVER_H
#define DHCP_SERVER_H

#include "wire.h"

#define CLIENT_PORT 68
#define LEASED_IP 88
#define SECONDS 60 /* of a lease; the two times at which it is renewed */
#define T1 20
#define T2 40

enum kind { DISCOVER = 1, OFFER, REQUEST, DECLINE, ACK, NAK, RELEASE }; /* RFC 2132, 9.6 */

struct dhcp_server {
    uint8_t leased; /* the last byte of the address that it leases */
    bool silent, offers_only, refuses;
    uint8_t heard[32]; /* kinds of message, not yet asked for by HEARD */
    int count;
    uint8_t last[600]; /* the last message */
    int32_t last_length;
};

extern struct dhcp_server server;

/** The usual scene, and the server at its peer. */
void server_start(void);

/** An option of the last message, and how long it is; NULL if it is not there. */
const uint8_t *server_option(uint8_t code, uint8_t *length);

/** Time passes in steps, the library is served, and so are its messages. */
void pass_in(uint32_t ms, uint32_t step);

/** The same, in steps of 10 ms. */
void pass(uint32_t ms);

/** The server has heard exactly this since the last such question. */
void server_heard(int count, const uint8_t *kinds);
#define HEARD(...)                                                                                 \
    server_heard((int)sizeof((uint8_t[]){__VA_ARGS__}), (const uint8_t[]){__VA_ARGS__})

/** What w5100_dhcp_get tells of device 0. */
w5100_dhcp_status status(void);

/** The state that it tells is `expected`. */
void state_is(uint8_t expected);

/** The last byte of the chip's address: 0 for none. */
int own_ip(void);

/** The scene, and a client that has the lease of `leased`; `flags` of w5100_dhcp_config. */
void start_bound(uint8_t leased, uint32_t flags);

#endif /* DHCP_SERVER_H */
