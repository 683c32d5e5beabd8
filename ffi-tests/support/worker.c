#include "worker.h"

#include "wire.h"

static void *run(void *argument) {
    worker *self = argument;
    self->result = self->call(self->argument);
    w5100_sim_thread_leave(wire_world());
    return NULL;
}

void worker_start(worker *self, int32_t (*call)(void *argument), void *argument) {
    self->call = call;
    self->argument = argument;
    w5100_sim_thread_enter(wire_world()); /* on its behalf: no time passes before it runs */
    CHECK_EQ(pthread_create(&self->thread, NULL, run, self), 0);
}

int32_t worker_join(worker *self) {
    w5100_sim_thread_leave(wire_world());
    CHECK_EQ(pthread_join(self->thread, NULL), 0);
    w5100_sim_thread_enter(wire_world());
    return self->result;
}
