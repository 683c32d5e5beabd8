/* Lists of getaddrinfo(), by its BSD name, and the word by which their memory is handed out. */
#include "hosts.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "w5100.h"
#include "w5100_bsd.h"

/* Nobody else has written into it. */
static void check_list(const struct addrinfo *list, const char *node, uint16_t port) {
    for (const struct addrinfo *at = list; at != NULL; at = at->ai_next) {
        const struct sockaddr_in *address = (const struct sockaddr_in *)(const void *)at->ai_addr;
        CHECK_EQ(address->sin_addr.s_addr, inet_addr(node));
        CHECK_EQ(address->sin_port, htons(port));
        CHECK(at->ai_canonname == NULL || strcmp(at->ai_canonname, node) == 0);
    }
}

bool hosts_list(thread *self) {
    struct addrinfo hints = {.ai_socktype = (int)roll(self, 3)}, *list = NULL;
    const uint16_t port = (uint16_t)roll(self, 0x10000);
    char node[16], service[6];
    snprintf(node, sizeof node, "10.0.%u.%u", (unsigned)roll(self, 256), (unsigned)roll(self, 256));
    snprintf(service, sizeof service, "%u", (unsigned)port);
    hints.ai_flags = roll(self, 2) == 0 ? AI_CANONNAME : 0;
    thread_enters("getaddrinfo", 0);
    const int result = getaddrinfo(node, service, &hints, &list);
    thread_leaves(0);
    CHECK(result == 0 ? list != NULL : result == EAI_MEMORY && list == NULL);
    check_list(list, node, port);
    thread_rests(roll(self, 3));
    check_list(list, node, port);
    if (list != NULL && roll(self, 2) == 0) {
        freeaddrinfo(list->ai_next);
        list->ai_next = NULL;
    }
    freeaddrinfo(list);
    return result == 0;
}

bool hosts_exchange(thread *self) {
    static uint32_t taken;
    static uint32_t changes; /* plain: the word alone keeps others away */
    if (CALL(0, w5100_exchange(&taken, 1)) != 0) {
        return false;
    }
    const uint32_t before = changes;
    changes = before + roll(self, 10);
    CHECK(changes - before < 10);
    CHECK_EQ(w5100_exchange(&taken, 0), 1);
    return true;
}
