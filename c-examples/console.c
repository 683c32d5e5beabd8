#include "console.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

static int signal_pipe[2];
static void (*on_table)(void);
static void (*on_quit)(void);

static void on_signal(int number) {
    const char order = number == SIGUSR1 ? 't' : 'q';
    const ssize_t written = write(signal_pipe[1], &order, 1);
    (void)written; /* a full pipe already holds orders enough */
}

/* One order by its first letter; false ends the console. */
static bool obey(char order) {
    if (order == 't') {
        on_table();
    } else if (order == 'q') {
        on_quit();
        return false;
    }
    return true;
}

/* Take what standard input has: each line is an order. False ends the console. */
static bool read_lines(bool *open) {
    static char line[16];
    static size_t length;
    char byte;
    if (read(STDIN_FILENO, &byte, 1) <= 0) {
        *open = false;
        return true;
    }
    if (byte != '\n') {
        if (length < sizeof line - 1) {
            line[length++] = byte;
        }
        return true;
    }
    line[length] = '\0';
    length = 0;
    return obey(strcmp(line, "table") == 0 ? 't' : strcmp(line, "quit") == 0 ? 'q' : '?');
}

static void *run(void *unused) {
    struct pollfd inputs[2] = {{.fd = signal_pipe[0], .events = POLLIN},
                               {.fd = STDIN_FILENO, .events = POLLIN}};
    bool going = true;
    bool open = true;
    (void)unused;
    while (going) {
        char order;
        inputs[1].fd = open ? STDIN_FILENO : -1;
        if (poll(inputs, 2, -1) < 0) {
            continue; /* a signal: its order is in the pipe */
        }
        if (inputs[0].revents != 0 && read(signal_pipe[0], &order, 1) == 1) {
            going = obey(order);
        }
        if (going && inputs[1].revents != 0) {
            going = read_lines(&open);
        }
    }
    return NULL;
}

int console_start(void (*table)(void), void (*quit)(void)) {
    struct sigaction action;
    pthread_t thread;
    on_table = table;
    on_quit = quit;
    memset(&action, 0, sizeof action);
    action.sa_handler = on_signal;
    action.sa_flags = SA_RESTART;
    if (pipe(signal_pipe) != 0 || sigaction(SIGUSR1, &action, NULL) != 0 ||
        sigaction(SIGINT, &action, NULL) != 0 || sigaction(SIGTERM, &action, NULL) != 0 ||
        pthread_create(&thread, NULL, run, NULL) != 0) {
        return -1;
    }
    pthread_detach(thread);
    return 0;
}
