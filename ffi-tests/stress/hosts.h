/* hosts.h - lists of getaddrinfo(), which threads take from one pool. */
#ifndef HOSTS_H
#define HOSTS_H

#include "threads.h"

/** Have a list for a while, and give it back. True if there was one, as it should be. */
bool hosts_list(thread *self);

/** Do something that two threads must not do at once, if none does. True if it was done. */
bool hosts_exchange(thread *self);

#endif /* HOSTS_H */
