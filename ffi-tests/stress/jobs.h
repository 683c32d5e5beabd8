/* jobs.h - what the threads of the stress program do. */
#ifndef JOBS_H
#define JOBS_H

#include "threads.h"

/** Any call on any of a few sockets that all such threads share, open or closed meanwhile. */
void wild_job(thread *self);

/** Signals a wake handle, or clears it, if what it finds is one: for an interrupt. */
void wild_signal(thread *self);

/** Every kind of wild call did what it is for at least once, or the program fails. */
void wild_check(void);

/** Accepts clients of ECHO_PORT and sends back what they send. */
void server_job(thread *self);

/** Connects to the peer's echo server, and reads back what it sent. */
void client_job(thread *self);

/** Sends datagrams to the peer's echo, and reads them back. */
void datagram_job(thread *self);

/** Disturbs the sockets of the three above: options, states, polls, shutdown, close. */
void closer_job(thread *self);

/** Sessions and datagrams came through whole, or the program fails. */
void sessions_check(void);

/** Reads tables, changes addresses and memory, disables and enables. */
void manager_job(thread *self);

/** What an interrupt handler may call, at any moment. */
void interrupt_job(thread *self);

/** The other hosts: clients that send, read, reset, fall silent. Ends with the others. */
void peer_job(thread *self);

/** What they read was right, and there was some; or the program fails. */
void peer_check(void);

#endif /* JOBS_H */
