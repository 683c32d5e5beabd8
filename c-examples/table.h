/* table.h - print what the library knows about its sockets. */
#ifndef TABLE_H
#define TABLE_H

#include <stdint.h>

/** Print the socket table of `device`, a row a socket, and below it the counters. */
void table_print(int32_t device);

#endif /* TABLE_H */
