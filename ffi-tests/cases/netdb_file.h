/* netdb_file.h - a second source file, with a pool of its own. */
#ifndef NETDB_FILE_H
#define NETDB_FILE_H

struct w5100_bsd_addrinfo;

/** freeaddrinfo() there; getaddrinfo() of an address there. By the type's own name, since the view
    is included last. */
void free_in_another_file(struct w5100_bsd_addrinfo *list);
struct w5100_bsd_addrinfo *list_of_another_file(const char *node);

#endif /* NETDB_FILE_H */
