#include <errno.h>
#include <string.h>
#include <sys/time.h>

#include "netdb_file.h"

#include "w5100_bsd.h"

void free_in_another_file(struct w5100_bsd_addrinfo *list) {
    freeaddrinfo(list);
}

struct w5100_bsd_addrinfo *list_of_another_file(const char *node) {
    struct addrinfo *list;
    return getaddrinfo(node, NULL, NULL, &list) == 0 ? list : NULL;
}
