#include "check.h"

#include <stdio.h>
#include <stdlib.h>

#include "w5100.h"

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
