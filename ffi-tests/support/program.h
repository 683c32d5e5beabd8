/* program.h - another program, run by a test: its input, its output and how it ends. */
#ifndef PROGRAM_H
#define PROGRAM_H

#include <stdio.h>
#include <sys/types.h>

/** A child process with its standard input and output. */
struct program {
    pid_t process;
    FILE *input;
    FILE *output;
};

/** Run the program at `path` with up to two arguments; NULL ends them. */
struct program program_start(const char *path, const char *first, const char *second);

/** Give it a line. */
void program_order(struct program *program, const char *line);

/** The rest of its next line that begins with `start`; lines before it are skipped. Lasts until the
    next call. */
const char *program_line_after(struct program *program, const char *start);

/** Wait for its end, which must be with status 0. */
void program_ends_well(struct program *program);

#endif /* PROGRAM_H */
