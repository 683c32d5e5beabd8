#include "threads.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "check.h"
#include "scene.h"
#include "w5100.h"

#define MOST_THREADS 32
#define PATIENCE_S 60 /* of real time, without any call coming to its end */
#define IDLE_MS 1000  /* of virtual time, of one thread: perhaps a wait without an end */

struct thread {
    const char *name;
    thread_job job;
    uint32_t operations;
    uint32_t dice;
    pthread_t pthread;
    /* For the watchdog. */
    _Atomic(const char *) call;
    _Atomic int32_t handle;
    _Atomic uint32_t calls;
    _Atomic uint32_t done;
    _Atomic bool asleep;
    _Atomic bool ended;
};

static thread threads[MOST_THREADS];
static int thread_count;
static _Thread_local thread *current;
static _Atomic int32_t inside; /* threads in the library and not asleep */
static _Atomic uint32_t overlaps;
static _Atomic uint32_t woken; /* threads that waited for too long */

void thread_add(const char *name, thread_job job, uint32_t operations) {
    CHECK(thread_count < MOST_THREADS);
    thread *added = &threads[thread_count++];
    added->name = name;
    added->job = job;
    added->operations = operations;
}

uint32_t roll(thread *self, uint32_t sides) {
    self->dice = self->dice * 1664525u + 1013904223u;
    return (self->dice >> 8) % sides;
}

void thread_enters(const char *call, int32_t handle) {
    if (COUNT(inside, 1) > 0) {
        COUNT(overlaps, 1);
    }
    if (current != NULL) {
        POKE(current->handle, handle);
        POKE(current->call, call);
    }
}

int32_t thread_leaves(int32_t result) {
    COUNT(inside, -1);
    if (result < 0 && strcmp(w5100_error_name(result), "UNKNOWN") == 0) {
        fprintf(stderr, "%s gave %ld\n", current != NULL ? PEEK(current->call) : "a call",
                (long)result);
        CHECK(!"no error of the library");
    }
    if (current != NULL) {
        POKE(current->call, NULL);
        COUNT(current->calls, 1);
    }
    return result;
}

void thread_sleeps(bool begins) {
    COUNT(inside, begins ? -1 : 1);
    if (current != NULL) {
        POKE(current->asleep, begins);
    }
}

void thread_rests(uint32_t ms) {
    if (current != NULL) {
        POKE(current->call, "rest");
    }
    w5100_sim_run_for(scene_world(), ms);
    if (current != NULL) {
        POKE(current->call, NULL);
    }
}

bool thread_goes_on(thread *self) {
    return COUNT(self->done, 1) < self->operations;
}

bool threads_at_work(void) {
    for (int i = 0; i < thread_count; i++) {
        if (threads[i].operations > 0 && !PEEK(threads[i].ended)) {
            return true;
        }
    }
    return false;
}

uint32_t threads_overlaps(void) {
    return PEEK(overlaps);
}

uint32_t threads_woken(void) {
    return PEEK(woken);
}

uint32_t threads_calls(void) {
    uint32_t total = 0;
    for (int i = 0; i < thread_count; i++) {
        total += PEEK(threads[i].calls);
    }
    return total;
}

/* Who waits where. */
static void print_threads(void) {
    for (int i = 0; i < thread_count; i++) {
        const thread *one = &threads[i];
        const char *call = PEEK(one->call);
        fprintf(stderr, "%2d %-10s %8u calls, %6u of %6u operations, %s%s (handle %#x)\n", i,
                one->name, PEEK(one->calls), PEEK(one->done), one->operations,
                PEEK(one->ended) ? "ended"
                : call == NULL   ? "in no call"
                                 : call,
                PEEK(one->asleep) ? ", asleep" : "", (unsigned)PEEK(one->handle));
    }
}

/* Takes no part in the world's clock, and looks at nothing but the counts. */
static void *watch(void *unused) {
    uint32_t last = 0;
    int quiet_s = 0;
    (void)unused;
    for (;;) {
        const struct timespec second = {1, 0};
        nanosleep(&second, NULL);
        const uint32_t calls = threads_calls();
        quiet_s = calls == last ? quiet_s + 1 : 0;
        last = calls;
        if (quiet_s >= PATIENCE_S) {
            fprintf(stderr, "no call has come to an end for %d s\n", PATIENCE_S);
            print_threads();
            _Exit(EXIT_FAILURE);
        }
    }
}

static void *run(void *argument) {
    current = argument;
    current->job(current);
    POKE(current->ended, true);
    w5100_sim_thread_leave(scene_world());
    return NULL;
}

void threads_start(uint64_t seed) {
    pthread_t watchdog;
    for (int i = 0; i < thread_count; i++) {
        threads[i].dice = (uint32_t)seed * 2654435761u + (uint32_t)i * 40503u;
        w5100_sim_thread_enter(scene_world()); /* on its behalf: no time passes before it runs */
    }
    for (int i = 0; i < thread_count; i++) {
        CHECK_EQ(pthread_create(&threads[i].pthread, NULL, run, &threads[i]), 0);
    }
    CHECK_EQ(pthread_create(&watchdog, NULL, watch, NULL), 0);
    CHECK_EQ(pthread_detach(watchdog), 0);
}

static bool all_ended(void) {
    for (int i = 0; i < thread_count; i++) {
        if (!PEEK(threads[i].ended)) {
            return false;
        }
    }
    return true;
}

/* Some sockets have no time limit: who has waited for long on one is to be woken by its end. */
static void wake_the_idle(void) {
    static uint32_t last[MOST_THREADS];
    for (int i = 0; i < thread_count; i++) {
        const uint32_t calls = PEEK(threads[i].calls);
        if (calls == last[i] && PEEK(threads[i].asleep)) {
            const int32_t handle = PEEK(threads[i].handle);
            CALL(handle, w5100_close(handle));
            COUNT(woken, 1);
        }
        last[i] = calls;
    }
}

void threads_join(void) {
    while (!all_ended()) {
        thread_rests(IDLE_MS);
        wake_the_idle();
    }
    w5100_sim_thread_leave(scene_world());
    for (int i = 0; i < thread_count; i++) {
        CHECK_EQ(pthread_join(threads[i].pthread, NULL), 0);
    }
    w5100_sim_thread_enter(scene_world());
}
