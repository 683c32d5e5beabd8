/*
 * The stress program: all calls of the library from many threads at once, on sockets that others
 * close and replace meanwhile, while peers connect, send, reset and vanish.
 *
 *     stress SEED OPERATIONS     each thread does so many operations
 *     stress crowded-bus         a thread uses the bus past the library: the checker must see it
 *
 * Ends with status 0 if all bytes were right, all hardware sockets are free at the end, and no SPI
 * frame broke a rule. It is run as it is, and with all of it under ThreadSanitizer.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "jobs.h"
#include "scene.h"

#define FEWEST_TO_JUDGE 1000 /* with fewer operations not everything has come to pass */

static bool judges;

void check_note(const char *what, uint32_t count) {
    printf("  %-36s %8u\n", what, count);
    fflush(stdout);
    CHECK(count > 0 || !judges);
}

static void stress(uint64_t seed, uint32_t operations) {
    judges = operations >= FEWEST_TO_JUDGE;
    scene_start(seed);
    for (int i = 0; i < 4; i++) {
        thread_add("wild", wild_job, operations);
    }
    for (int i = 0; i < 2; i++) {
        thread_add("server", server_job, operations / 8);
        thread_add("client", client_job, operations / 8);
    }
    thread_add("datagrams", datagram_job, operations / 8);
    thread_add("closer", closer_job, operations);
    thread_add("manager", manager_job, operations / 2);
    thread_add("interrupts", interrupt_job, operations);
    thread_add("peers", peer_job, 0);
    threads_start(seed);
    threads_join();
    scene_close_all();
    scene_check();
    printf("seed %llu: %u calls, %u of them begun while another thread was at work\n",
           (unsigned long long)seed, threads_calls(), threads_overlaps());
    printf("  %-36s %8u\n", "long waits ended by a close", threads_woken());
    wild_check();
    sessions_check();
    peer_check();
    CHECK(threads_overlaps() > threads_calls() / 100);
}

/* Reads a register over and over, while the others work. */
static void trespasser_job(thread *self) {
    (void)self;
    while (threads_at_work()) {
        scene_read_behind_its_back(1, 0x0019);
        thread_rests(1);
    }
}

static void caller_job(thread *self) {
    while (thread_goes_on(self)) {
        CALL(1, w5100_service(1));
    }
}

/* Without the lock two frames get into each other: a checker that misses that proves nothing. */
static void crowded_bus(void) {
    scene_start(1);
    thread_add("caller", caller_job, 20000);
    thread_add("trespasser", trespasser_job, 0);
    threads_start(1);
    threads_join();
    printf("violations: %u\n", scene_faults().violations);
    CHECK(scene_faults().violations > 0);
}

int main(int argc, char **argv) {
    if (argc == 2 && strcmp(argv[1], "crowded-bus") == 0) {
        crowded_bus();
    } else if (argc == 3) {
        stress(strtoull(argv[1], NULL, 0), (uint32_t)strtoul(argv[2], NULL, 0));
    } else {
        fprintf(stderr, "usage: stress SEED OPERATIONS | stress crowded-bus\n");
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}
