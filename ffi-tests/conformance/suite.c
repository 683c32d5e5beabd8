/* The main of a conformance program: runs the cases, each in a process of its own, and prints one
 * JSON object a line for each observation. With the id of a row, only that row's. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "suite.h"

#define MOST_CASES 256
#define MOST_OBSERVATIONS 32
#define PATIENCE_S 60 /* a case that takes longer hangs */

/* What a case's process has seen. */
typedef struct {
    bool there;
    char outcome[48];
    int native;
} observation;

static const conformance_case *cases[MOST_CASES];
static int case_count;
static const conformance_case *current;
static observation *seen;
static volatile sig_atomic_t signals;

void suite_add(const conformance_case *one) {
    if (case_count == MOST_CASES || one->count > MOST_OBSERVATIONS) {
        abort();
    }
    cases[case_count++] = one;
}

static void count_signal(int number) {
    (void)number;
    signals++;
}

int suite_signals(void) {
    return signals;
}

/* Why `one` is not observed in this view, or NULL. */
static const char *reason(const expectation *one) {
    if (strcmp(VIEW_NAME, "linux") == 0) {
        return one->not_linux;
    }
    if (strcmp(VIEW_NAME, "winsock") == 0) {
        return one->not_winsock;
    }
    return strcmp(VIEW_NAME, "bsd") == 0 ? one->not_bsd : one->not_core;
}

/* What this view must answer, or NULL. */
static const char *expected(const expectation *one) {
    if (strcmp(VIEW_NAME, "linux") == 0) {
        return NULL;
    }
    if (strcmp(VIEW_NAME, "winsock") != 0) {
        return one->ours;
    }
    return one->winsock != NULL ? one->winsock : one->ours;
}

static int index_of(const char *label) {
    for (int i = 0; i < current->count; i++) {
        if (strcmp(current->expected[i].label, label) == 0) {
            return i;
        }
    }
    fprintf(stderr, "%s: no observation %s\n", current->row, label);
    _Exit(EXIT_FAILURE);
}

bool suite_runs(const char *label) {
    return reason(&current->expected[index_of(label)]) == NULL;
}

void suite_observe(const char *label, const char *outcome, int native) {
    observation *one = &seen[index_of(label)];
    snprintf(one->outcome, sizeof one->outcome, "%s", outcome);
    one->native = native;
    one->there = true;
}

void suite_observe_result(const char *label, long result) {
    char number[24];
    if (result < 0) {
        const int error = v_error();
        suite_observe(label, v_error_name(error), error);
    } else {
        snprintf(number, sizeof number, "%ld", result);
        suite_observe(label, number, 0);
    }
}

long suite_must(long result, const char *text, const char *file, int line) {
    if (result < 0) {
        fprintf(stderr, "%s: %s:%d: %s failed: %s\n", VIEW_NAME, file, line, text,
                v_error_name(v_error()));
        _Exit(EXIT_FAILURE);
    }
    return result;
}

const char *suite_events(int revents) {
    static const struct {
        int bit;
        const char *name;
    } names[] = {{V_POLLIN, "IN"},   {V_POLLOUT, "OUT"}, {V_POLLRDHUP, "RDHUP"},
                 {V_POLLERR, "ERR"}, {V_POLLHUP, "HUP"}, {V_POLLNVAL, "NVAL"}};
    static char text[48];
    text[0] = '\0';
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if ((revents & names[i].bit) != 0) {
            strcat(strcat(text, text[0] == '\0' ? "" : "|"), names[i].name);
            revents &= ~names[i].bit;
        }
    }
    if (revents != 0) {
        strcat(text, "?");
    }
    return text[0] == '\0' ? "0" : text;
}

/* ---- the run ------------------------------------------------------------------------------- */

static void run_in_child(void) {
    signal(SIGPIPE, count_signal);
    alarm(PATIENCE_S);
    scene_start();
    current->run();
    _Exit(EXIT_SUCCESS);
}

static void print_text(const char *name, const char *text) {
    printf(",\"%s\":\"", name);
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\') {
            putchar('\\');
        }
        putchar(*text);
    }
    putchar('"');
}

/* One line; whether the observation is as expected. */
static bool print(const conformance_row *row, int i, int status) {
    const expectation *one = &current->expected[i];
    const char *const want = expected(one);
    printf("{\"view\":\"%s\"", VIEW_NAME);
    print_text("row", row->id);
    print_text("title", row->title);
    print_text("label", one->label);
    if (reason(one) != NULL) {
        print_text("not_run", reason(one));
        puts("}");
        return true;
    }
    if (want != NULL) {
        print_text("expected", want);
    }
    if (seen[i].there) {
        print_text("got", seen[i].outcome);
        printf(",\"native\":%d", seen[i].native);
    } else {
        printf(",\"missing\":%d", status);
    }
    puts("}");
    return seen[i].there && (want == NULL || strcmp(want, seen[i].outcome) == 0);
}

static bool run(const conformance_row *row, const conformance_case *one) {
    int status = -1;
    bool as_expected = true;
    current = one;
    memset(seen, 0, MOST_OBSERVATIONS * sizeof *seen);
    fflush(stdout);
    const pid_t child = fork();
    if (child == 0) {
        run_in_child();
    }
    waitpid(child, &status, 0);
    for (int i = 0; i < one->count; i++) {
        as_expected = print(row, i, status) && as_expected;
    }
    return as_expected && status == 0;
}

/* Whether the row has an observation in this view, and each is as expected. */
static bool run_row(const conformance_row *row) {
    bool as_expected = true;
    int observed = 0;
    for (int i = 0; i < case_count; i++) {
        if (strcmp(cases[i]->row, row->id) == 0) {
            as_expected = run(row, cases[i]) && as_expected;
            for (int k = 0; k < cases[i]->count; k++) {
                observed += reason(&cases[i]->expected[k]) == NULL ? 1 : 0;
            }
        }
    }
    if (observed == 0 && strcmp(VIEW_NAME, "linux") != 0) {
        fprintf(stderr, "%s: nothing is observed of row %s\n", VIEW_NAME, row->id);
        return false;
    }
    return as_expected;
}

/* Each case belongs to a row. */
static bool all_listed(void) {
    bool listed = true;
    for (int i = 0; i < case_count; i++) {
        bool found = false;
        for (int k = 0; k < suite_row_count; k++) {
            found = found || strcmp(cases[i]->row, suite_rows[k].id) == 0;
        }
        if (!found) {
            fprintf(stderr, "no row %s\n", cases[i]->row);
            listed = false;
        }
    }
    return listed;
}

int main(int argc, char **argv) {
    bool as_expected = all_listed();
    seen = mmap(NULL, MOST_OBSERVATIONS * sizeof *seen, PROT_READ | PROT_WRITE,
                MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (seen == MAP_FAILED) {
        return EXIT_FAILURE;
    }
    for (int i = 0; i < suite_row_count; i++) {
        if (argc < 2 || strcmp(argv[1], suite_rows[i].id) == 0) {
            as_expected = run_row(&suite_rows[i]) && as_expected;
        }
    }
    return as_expected ? EXIT_SUCCESS : EXIT_FAILURE;
}
