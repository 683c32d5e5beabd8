/*
 * scene.h - the other end.
 *
 * Two make it: scene_sim.c, where the library drives a simulated chip and the other end is a
 * scripted host on its wire, and scene_linux.c, where it is a second socket of this computer. What
 * waits here waits for an event; on the wire time is virtual.
 */
#ifndef SCENE_H
#define SCENE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Whose address. */
typedef enum {
    ANY,      /* 0.0.0.0 */
    OURS,     /* the socket's side */
    PEER,     /* the other end */
    FOREIGN,  /* not ours */
    NOBODY,   /* no answer to ARP; not on Linux */
    SILENT,   /* answers ARP and nothing else; not on Linux */
    EVERYONE, /* broadcast */
} host;

/** The other end of a TCP connection. */
typedef struct peer peer;

/** Set the stage; once, before anything else. */
void scene_start(void);

/** A chip whose receive memory is lost when a connection ends; not on Linux. Before any socket. */
void scene_forgetful_chip(void);

/** Have each hardware socket of the chip 1 KiB each way; not on Linux. Before any socket. */
void scene_little_memory(void);

/** An address of `whose`, in host order. */
uint32_t scene_ip(host whose);

/** Milliseconds since some moment. */
uint32_t scene_now_ms(void);

/** Let all that is on its way arrive, while our side looks at nothing. */
void scene_settle(void);

/** Have few sockets left, so that they run out soon. */
void scene_few_sockets(void);

/** Have a socket buffer so little that a peer that does not read is soon felt. */
void scene_little_buffer(long fd);

/** The chip's hardware sockets that are free; commands it was given. Not on Linux. */
int scene_free_hardware(void);
int scene_commands(void);

/* ---- TCP ----------------------------------------------------------------------------------- */

/** A port of the peer that takes connections; they have room for little that is not read. */
uint16_t peer_listens(void);

/** A port where a connect stays under way, as long as the case does not wait. */
uint16_t peer_hesitates(void);

/** A port that refuses. */
uint16_t peer_refuses(void);

/** The peer connects to our `port`, and is connected. */
peer *peer_connects(uint16_t port);

/** Whether our `port` refuses the peer; not on Linux. */
bool peer_is_refused(uint16_t port);

/** The peer's end of the connection that came to its `port`. */
peer *peer_accepts(uint16_t port);

/** Send; the bytes may still be on their way. */
void peer_sends(peer *self, const void *data, size_t length);

/** Send to a connection that may be gone. */
void peer_tries(peer *self, const void *data, size_t length);

/** Whether exactly `data` comes. */
bool peer_gets(peer *self, const void *data, size_t length);

/** Read everything from now on, and close when the other side has. */
void peer_discards(peer *self);

/** FIN; reading goes on. RST. */
void peer_ends(peer *self);
void peer_resets(peer *self);

/** Whether all it has sent is acknowledged, or gets so. */
bool peer_is_acknowledged(peer *self);

/** How the connection ends for the peer, which reads on: "FIN", "RST", "nothing". */
const char *peer_sees(peer *self);

/** The peer falls silent, and all its connections; not on Linux. */
void peer_vanishes(void);

/* ---- UDP ----------------------------------------------------------------------------------- */

/** A port of the peer for datagrams, one where nobody is. */
uint16_t peer_udp(void);
uint16_t peer_udp_nobody(void);

/** Send a datagram from `from`, a port that peer_udp() gave, to our port `to`. */
void peer_udp_sends(uint16_t from, uint16_t to, const void *data, size_t length);

/** Whether a datagram waits at `port`. */
bool peer_udp_waits(uint16_t port);

/** Length of the next datagram that comes to `port`. */
long peer_udp_gets(uint16_t port);

/* ---- a second thread ----------------------------------------------------------------------- */

/** A call made by a thread of its own. */
typedef struct {
    pthread_t thread;
    long (*call)(void *argument);
    void *argument;
    long result;
    int error;
    int id;
} task;

void task_start(task *self, long (*call)(void *argument), void *argument);

/** Until it waits inside its call. */
void task_until_blocked(task *self);

/** Until it ends: what the call gave, its error included. */
long task_join(task *self);

#endif /* SCENE_H */
