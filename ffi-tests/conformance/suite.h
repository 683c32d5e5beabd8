/*
 * suite.h - what every call answers in every state, as a table.
 *
 *     ROW(send_fresh, states, IS("fresh", "ENOTCONN"), IS("listening", "ENOTCONN")) {
 *         OBSERVE("fresh", v_send(tcp(), "x", 1, 0));
 *         ...
 *     }
 *
 * A row (rows.c) is a call in a state; it has one or more cases, each with its observations and
 * what the library must answer. The cases are compiled once for each view (view.h) and once for the
 * sockets of this computer, where nothing is expected: its answers are there to compare with.
 */
#ifndef SUITE_H
#define SUITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scene.h"
#include "view.h"

/** What one observation must give. A view that answers otherwise has a text of its own; where it
    cannot be observed, the reason why. */
typedef struct {
    const char *label;
    const char *ours;
    const char *winsock;
    const char *not_core;
    const char *not_bsd;
    const char *not_winsock;
    const char *not_linux;
} expectation;

typedef struct {
    const char *row;
    const expectation *expected;
    int count;
    void (*run)(void);
} conformance_case;

typedef struct {
    const char *id;
    const char *title;
} conformance_row;

/** All rows, in order. */
extern const conformance_row suite_rows[];
extern const int suite_row_count;

#define IS(label_, ...)                                                                            \
    { .label = label_, .ours = __VA_ARGS__ }

/** A stale handle: Winsock's EBADF is WSAENOTSOCK. */
#define IS_EBADF(label_) IS(label_, "EBADF", .winsock = "ENOTSOCK")

/** A case of the row `row`, with what is expected of its observations. */
#define ROW(row_, name, ...)                                                                       \
    static void row_##_##name(void);                                                               \
    static const expectation row_##_##name##_expected[] = {__VA_ARGS__};                           \
    __attribute__((constructor)) static void row_##_##name##_add(void) {                           \
        static const conformance_case self = {                                                     \
            #row_, row_##_##name##_expected,                                                       \
            sizeof row_##_##name##_expected / sizeof(expectation), row_##_##name};                 \
        suite_add(&self);                                                                          \
    }                                                                                              \
    static void row_##_##name(void)

/** Make a call if its outcome can be observed in this view, and record it. */
#define OBSERVE(label, call)                                                                       \
    do {                                                                                           \
        if (suite_runs(label)) {                                                                   \
            suite_observe_result(label, (call));                                                   \
        }                                                                                          \
    } while (0)

/** The same for an expression that is a text. */
#define OBSERVE_TEXT(label, text)                                                                  \
    do {                                                                                           \
        if (suite_runs(label)) {                                                                   \
            suite_observe(label, (text), 0);                                                       \
        }                                                                                          \
    } while (0)

/** A step on the way to an observation: its result, or the case ends. */
#define MUST(call) suite_must((call), #call, __FILE__, __LINE__)
#define REQUIRE(holds) ((void)suite_must((holds) ? 0 : -1, #holds, __FILE__, __LINE__))

void suite_add(const conformance_case *one);
bool suite_runs(const char *label);
void suite_observe(const char *label, const char *outcome, int native);
void suite_observe_result(const char *label, long result);
long suite_must(long result, const char *text, const char *file, int line);

/** "IN|OUT", "0". */
const char *suite_events(int revents);

/** SIGPIPEs so far. */
int suite_signals(void);

#endif /* SUITE_H */
