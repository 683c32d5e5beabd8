/* options.h - options, and the views with other names over a socket. */
#ifndef OPTIONS_H
#define OPTIONS_H

#include "threads.h"

/** Set or read any option, to a value that may be wrong. True if it was done. */
bool options_any(thread *self, int32_t fd);

/** BSD select over `count` sockets, in three sets. True if one was ready. */
bool options_select(thread *self, const int32_t *fds, int count);

/** Calls of the Winsock view that concern no socket, and errors by name. */
void options_errors(thread *self);

#endif /* OPTIONS_H */
