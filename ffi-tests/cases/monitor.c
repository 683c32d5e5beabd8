/*
 * The monitor example, as a program: run with its path, and "off" for the run without the monitor,
 * which has to be found wanting.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "check.h"
#include "program.h"

#define LEAST_PERCENT 90
#define DEAD_AFTER_MS 5000
#define LOOK_EVERY_MS 1000
#define LATE_MS 500 /* what the looks themselves may take */
#define RING 2048

/* The row that the verdict on the dead peer shows: who, with a full ring, and since when. */
static void check_dead(struct program *program) {
    char kind[8], peer[32];
    unsigned hardware, port, unread, outstanding, since, silent;
    const char *row = program_line_after(program, "DEAD vanishes: ");
    CHECK_EQ(sscanf(row, "%7s %u %u %31s %u/%u %u %u ESTABLISHED", kind, &hardware, &port, peer,
                    &unread, &outstanding, &since, &silent),
             8);
    CHECK(strcmp(kind, "tcp") == 0);
    CHECK(strcmp(peer, "192.168.1.14:9") == 0);
    CHECK_EQ(outstanding, RING);
    CHECK_EQ(unread, 0);
    CHECK(since >= DEAD_AFTER_MS && since < DEAD_AFTER_MS + LOOK_EVERY_MS + LATE_MS);
    CHECK(silent >= since);
    CHECK(strstr(row, " 0x103 ") != NULL);
}

/* A session's line of the figures: while one peer was dead, and after it was dropped. */
static void check_kept(struct program *program, const char *name) {
    unsigned during, after;
    const char *line = program_line_after(program, name);
    const char *percent = strstr(line, "during ");
    CHECK(percent != NULL);
    CHECK_EQ(sscanf(percent, "during %u %%, after %u %%", &during, &after), 2);
    CHECK(during >= LEAST_PERCENT);
    CHECK(after >= LEAST_PERCENT);
}

static void finds_the_dead(const char *path) {
    struct program program = program_start(path, NULL, NULL);
    program_line_after(&program, "SLOW slow: ");
    check_dead(&program);
    program_line_after(&program, "writer vanishes: send gave EBADF");
    check_kept(&program, "fast 1 ");
    check_kept(&program, "fast 2 ");
    check_kept(&program, "slow ");
    program_line_after(&program, "as it must be");
    program_ends_well(&program);
}

static void without_it_the_dead_stays(const char *path) {
    int status = 0;
    struct program program = program_start(path, "off", NULL);
    program_line_after(&program, "NOT SO: the dead one's writer has ended");
    program_line_after(&program, "NOT SO: the dead one is found, once");
    program_line_after(&program, "NOT SO: the dead one's hardware socket is free");
    program_line_after(&program, "FAILED");
    CHECK_EQ(waitpid(program.process, &status, 0), program.process);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == EXIT_FAILURE);
}

int main(int argc, char **argv) {
    if (argc < 2) {
        fprintf(stderr, "usage: %s PROGRAM [off]\n", argv[0]);
        return EXIT_FAILURE;
    }
    if (argc > 2 && strcmp(argv[2], "off") == 0) {
        without_it_the_dead_stays(argv[1]);
    } else {
        finds_the_dead(argv[1]);
    }
    return EXIT_SUCCESS;
}
