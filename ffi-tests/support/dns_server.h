/*
 * dns_server.h - a name server of the test's own, on a host of its own (RFC 1035, 4.1).
 *
 * It has DNS_ADDRESS for every name, but for those below.
 */
#ifndef DNS_SERVER_H
#define DNS_SERVER_H

#include "wire.h"

#define DNS_IP 3 /* the last byte of the server's address */
#define DNS_LIFETIME_S 60
#define DNS_MANY 5                 /* addresses of DNS_HOST_MANY, DNS_ADDRESS and those after it */
#define DNS_HOST "www.example.org" /* a name like any other */
#define DNS_HOST_ABSENT "none.example.org" /* has no address: NXDOMAIN */
#define DNS_HOST_ALIAS "alias.example.org" /* is another name for one that has */
#define DNS_HOST_MANY "many.example.org"   /* has DNS_MANY addresses */
#define DNS_ADDRESS                                                                                \
    { 10, 1, 2, 3 }

struct dns_server {
    w5100_sim_peer *peer;
    bool silent;      /* hears, and does not answer */
    const char *only; /* if not NULL, no other name is known */
    char last[256];   /* asked for, like the first few of all questions: */
    char names[8][256];
    int count; /* questions so far */
};

extern struct dns_server dns;

/** The host, on the wire as it is. */
void dns_add(void);

/** The usual scene, with the server on it, which device 0 is told of. */
void dns_start(void);

/** Time passes, and questions are answered; the library is not called. */
void dns_pass(uint32_t ms);

/** A call in a thread of its own, while the server answers: what it gives. */
int32_t dns_while(int32_t (*call)(void *argument), void *argument);

#endif /* DNS_SERVER_H */
