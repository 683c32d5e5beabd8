/*
 * check.h - test cases and assertions.
 *
 *     CASE(w1_port_0_picks_a_free_port) { CHECK_EQ(w5100_bind(...), 0); }
 *
 * A program holds several cases and runs the one it is given by name, or all one after the other,
 * each in a process of its own: the library is new for each. The first check that fails ends it.
 */
#ifndef CHECK_H
#define CHECK_H

#include <stdbool.h>
#include <stdint.h>

#define CASE(name)                                                                                 \
    static void name(void);                                                                        \
    __attribute__((constructor)) static void add_##name(void) {                                    \
        check_add(#name, name);                                                                    \
    }                                                                                              \
    static void name(void)

/** The condition holds, or the case fails. */
#define CHECK(condition) check_true((condition), #condition, __FILE__, __LINE__)

/** Two integers are the same, or the case fails and shows both. */
#define CHECK_EQ(actual, expected)                                                                 \
    check_equal((int64_t)(actual), (int64_t)(expected), #actual, __FILE__, __LINE__)

/** A call failed with this error: CHECK_ERROR(w5100_close(0), EBADF). */
#define CHECK_ERROR(call, error) check_error((call), W5100_##error, #call, __FILE__, __LINE__)

/** A call did not fail: gives its result on. */
#define CHECK_OK(call) check_ok((call), #call, __FILE__, __LINE__)

void check_add(const char *name, void (*run)(void));
void check_true(bool holds, const char *text, const char *file, int line);
void check_equal(int64_t actual, int64_t expected, const char *text, const char *file, int line);
void check_error(int32_t result, int32_t error, const char *text, const char *file, int line);
int32_t check_ok(int32_t result, const char *text, const char *file, int line);

#endif /* CHECK_H */
