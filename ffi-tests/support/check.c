#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "w5100.h"

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

/* _Exit: other threads may be anywhere. */
static _Noreturn void fail(void) {
    fflush(stderr);
    _Exit(EXIT_FAILURE);
}

void check_true(bool holds, const char *text, const char *file, int line) {
    if (!holds) {
        fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, text);
        fail();
    }
}

void check_equal(int64_t actual, int64_t expected, const char *text, const char *file, int line) {
    if (actual != expected) {
        fprintf(stderr, "%s:%d: %s is %lld, expected %lld\n", file, line, text, (long long)actual,
                (long long)expected);
        fail();
    }
}

void check_error(int32_t result, int32_t error, const char *text, const char *file, int line) {
    if (result != -error) {
        fprintf(stderr, "%s:%d: %s is %ld (%s), expected %s\n", file, line, text, (long)result,
                result < 0 ? w5100_error_name(result) : "no error", w5100_error_name(error));
        fail();
    }
}

int32_t check_ok(int32_t result, const char *text, const char *file, int line) {
    if (result < 0) {
        fprintf(stderr, "%s:%d: %s failed: %s\n", file, line, text, w5100_error_name(result));
        fail();
    }
    return result;
}

static int run_apart(int i) {
    int status = -1;
    const pid_t child = fork();
    if (child == 0) {
        cases[i].run();
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
            return EXIT_SUCCESS;
        }
    }
    if (argc >= 2) {
        fprintf(stderr, "no case %s\n", argv[1]);
        return EXIT_FAILURE;
    }
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
