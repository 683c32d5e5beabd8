/* worker.h - a thread of the test that makes one call into the library. */
#ifndef WORKER_H
#define WORKER_H

#include <pthread.h>
#include <stdint.h>

typedef struct {
    pthread_t thread;
    int32_t (*call)(void *argument);
    void *argument;
    int32_t result;
} worker;

/** Start `call(argument)` in a thread that takes part in the wire's clock. */
void worker_start(worker *self, int32_t (*call)(void *argument), void *argument);

/** Wait for its end: what the call gave. Time passes meanwhile as the workers need it. */
int32_t worker_join(worker *self);

#endif /* WORKER_H */
