/*
 * load.h - four sessions with a host, and eight threads that push data on them: for each session
 * one that writes as fast as it can, and one that reads what the host sends back.
 *
 * The bytes are checked, and who got on how far.
 */
#ifndef LOAD_H
#define LOAD_H

#include "wire.h"
#include "worker.h"

#define LOAD_PORT 80
#define LOAD_SESSIONS 4
#define LOAD_AT_ONCE_MS 300 /* of virtual time, while all the others want the chip too */

enum load_role { LOAD_WRITER, LOAD_READER, LOAD_ROLES };

/** The library on a chip, with the port's lock and unlock or without; a host; and a listener. */
void load_start(bool port_has_lock);

/** Let time pass until the listener has a hardware socket for the next client. */
void load_until_armed(void);

/** A session of the listener, number `i`. The host sends all back. */
void load_connect(int i);

/** All four sessions, with both threads each. */
void load_push_all(void);

/** One thread of session `i`. */
void load_push(int i, enum load_role role);

int32_t load_listener(void);
int32_t load_fd(int i);
w5100_sim_conn *load_conn(int i);

/** Bytes that a thread has moved so far. */
uint32_t load_bytes(int i, enum load_role role);

/** The longest virtual time that a thread spent without moving any. */
uint32_t load_longest_ms(int i, enum load_role role);

/** Let time pass until a thread moved nothing for so long: it waits in its call. */
void load_until_stuck(int i, enum load_role role, uint32_t ms);

/** Let time pass until each of the sessions' threads has moved so many bytes more. */
void load_until_moved(int sessions, uint32_t bytes);

/** A thread's call ends within LOAD_AT_ONCE_MS of `since`: with what. */
int32_t load_ended(int i, enum load_role role, uint32_t since);

/** Close the sessions that are open: their threads end with EBADF, at once. No byte was wrong, no
    frame either, no call held the lock for too many of them, and all that the library had is free
    again. */
void load_stop(void);

#endif /* LOAD_H */
