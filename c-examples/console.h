/*
 * console.h - how the servers among the examples take orders while they serve.
 *
 * A line "table" on standard input, or SIGUSR1: show the socket table.
 * A line "quit", SIGINT or SIGTERM: end. The end of standard input changes nothing.
 */
#ifndef CONSOLE_H
#define CONSOLE_H

/** Start the console's thread, which calls `table` and, once, `quit`. 0, or -1 on failure. */
int console_start(void (*table)(void), void (*quit)(void));

#endif /* CONSOLE_H */
