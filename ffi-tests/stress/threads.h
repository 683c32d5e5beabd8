/*
 * threads.h - the threads of the stress program: what each is doing, dice, and a watchdog.
 *
 * What threads share here is read and written with relaxed atomics alone. They order nothing, so
 * that no order which the program happens to bring hides a race inside the library.
 */
#ifndef THREADS_H
#define THREADS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define PEEK(cell) atomic_load_explicit(&(cell), memory_order_relaxed)
#define POKE(cell, value) atomic_store_explicit(&(cell), (value), memory_order_relaxed)
#define COUNT(cell, change) atomic_fetch_add_explicit(&(cell), (change), memory_order_relaxed)

/** One call into the library: noted for the watchdog and for the figures, and its result checked.
    CALL(fd, w5100_close(fd)) */
#define CALL(handle, call) (thread_enters(#call, (handle)), thread_leaves((int32_t)(call)))

typedef struct thread thread;

/** What a thread does: threads_start() runs it in a pthread of its own. */
typedef void (*thread_job)(thread *self);

/** Make a thread that does `job`, `operations` times whatever it counts as one. */
void thread_add(const char *name, thread_job job, uint32_t operations);

/** Start all. Each takes part in the world's clock. */
void threads_start(uint64_t seed);

/** Wait for their end. A wait that nothing else ends is ended by closing its socket. */
void threads_join(void);

/** How many calls began while another thread was inside the library and not asleep. */
uint32_t threads_overlaps(void);

/** Waits that a close of the socket had to end, since nothing else did. */
uint32_t threads_woken(void);

/** Calls made by all threads. */
uint32_t threads_calls(void);

/** Whether the thread has more to do. Counts one operation as done. */
bool thread_goes_on(thread *self);

/** True while a thread that counts operations is at work: for those that do not. */
bool threads_at_work(void);

/** A random number below `sides`. */
uint32_t roll(thread *self, uint32_t sides);

/** The port's wait begins (true) or ends. */
void thread_sleeps(bool begins);

/** Let virtual time pass. */
void thread_rests(uint32_t ms);

void thread_enters(const char *call, int32_t handle);
int32_t thread_leaves(int32_t result);

/** Print a count at the end; none at all fails, if the run was long enough. */
void check_note(const char *what, uint32_t count);

#endif /* THREADS_H */
