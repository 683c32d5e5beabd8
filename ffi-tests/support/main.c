/* The main of a test program: its cases, by name or all. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "holds.h"

#define MOST_CASES 64

static struct {
    const char *name;
    void (*run)(void);
} cases[MOST_CASES];
static int case_count;

void check_add(const char *name, void (*run)(void)) {
    if (case_count == MOST_CASES) {
        abort();
    }
    cases[case_count].name = name;
    cases[case_count++].run = run;
}

static int run_apart(int i) {
    int status = -1;
    const pid_t child = fork();
    if (child == 0) {
        cases[i].run();
        holds_check();
        _Exit(EXIT_SUCCESS);
    }
    waitpid(child, &status, 0);
    printf("%s: %s\n", cases[i].name, status == 0 ? "passed" : "FAILED");
    return status == 0 ? 0 : 1;
}

int main(int argc, char **argv) {
    int failed = 0;
    for (int i = 0; i < case_count; i++) {
        if (argc < 2) {
            failed += run_apart(i);
        } else if (strcmp(argv[1], cases[i].name) == 0) {
            cases[i].run();
            holds_check();
            return EXIT_SUCCESS;
        }
    }
    if (argc >= 2) {
        fprintf(stderr, "no case %s\n", argv[1]);
        return EXIT_FAILURE;
    }
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
