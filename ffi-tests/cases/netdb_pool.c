/* The pool that the lists of getaddrinfo come from, in the BSD view. */
#include <errno.h>
#include <string.h>
#include <sys/time.h>

#include "netdb_file.h"
#include "wire.h"
#include "worker.h"

#include "w5100_bsd.h"

static const struct sockaddr_in *address_of(const struct addrinfo *entry) {
    CHECK_EQ(entry->ai_addr->sa_family, AF_INET);
    return (const struct sockaddr_in *)(const void *)entry->ai_addr;
}

static uint32_t ip_of(const struct addrinfo *entry) {
    return ntohl(address_of(entry)->sin_addr.s_addr);
}

CASE(a_pool_that_is_empty_is_eai_memory) {
    const struct addrinfo one = {.ai_socktype = SOCK_DGRAM};
    struct addrinfo *lists[W5100_ADDRINFO_MAX], *more;
    for (int i = 0; i < W5100_ADDRINFO_MAX; i++) {
        CHECK_EQ(getaddrinfo("10.1.2.3", "80", &one, &lists[i]), 0);
    }
    CHECK_EQ(getaddrinfo("10.1.2.3", "80", &one, &more), EAI_MEMORY);
    CHECK(more == NULL);
    freeaddrinfo(lists[0]);
    freeaddrinfo(lists[1]);
    CHECK_EQ(getaddrinfo("10.1.2.3", "80", NULL, &more), EAI_MEMORY); /* three, and two are left */
    CHECK_EQ(getaddrinfo("10.1.2.3", "80", &one, &lists[0]), 0);      /* of which none was lost */
    CHECK_EQ(getaddrinfo("10.1.2.3", "80", &one, &lists[1]), 0);
    CHECK_EQ(getaddrinfo("10.1.2.3", "80", &one, &more), EAI_MEMORY);
    for (int i = 0; i < W5100_ADDRINFO_MAX; i++) {
        CHECK_EQ(address_of(lists[i])->sin_port, htons(80));
        freeaddrinfo(lists[i]);
    }
    for (int i = 0; i < 1000; i++) {
        CHECK_EQ(getaddrinfo("10.1.2.3", "80", NULL, &more), 0);
        freeaddrinfo(more);
    }
}

CASE(names_of_lists_have_a_pool_of_their_own) {
    const struct addrinfo hints = {.ai_flags = AI_CANONNAME, .ai_socktype = SOCK_DGRAM};
    struct addrinfo *lists[W5100_ADDRINFO_NAMES], *more;
    for (int i = 0; i < W5100_ADDRINFO_NAMES; i++) {
        CHECK_EQ(getaddrinfo("10.1.2.3", "80", &hints, &lists[i]), 0);
        CHECK(strcmp(lists[i]->ai_canonname, "10.1.2.3") == 0);
    }
    for (int i = 0; i < 2 * W5100_ADDRINFO_MAX; i++) {
        CHECK_EQ(getaddrinfo("10.1.2.3", "80", &hints, &more), EAI_MEMORY);
        CHECK(more == NULL);
    }
    CHECK_EQ(getaddrinfo("10.1.2.3", "80", NULL, &more), 0); /* no entry was lost */
    freeaddrinfo(more);
    freeaddrinfo(lists[0]);
    CHECK_EQ(getaddrinfo("10.1.2.4", "80", &hints, &more), 0);
    CHECK(strcmp(more->ai_canonname, "10.1.2.4") == 0);
}

CASE(the_rest_of_a_list_can_be_freed_alone) {
    struct addrinfo *first, *second, *third;
    CHECK_EQ(getaddrinfo("10.1.2.3", "80", NULL, &first), 0);
    CHECK_EQ(getaddrinfo("10.1.2.4", "80", NULL, &second), 0);
    CHECK_EQ(getaddrinfo("10.1.2.5", "80", NULL, &third), EAI_MEMORY);
    freeaddrinfo(first->ai_next);
    first->ai_next = NULL;
    freeaddrinfo(second->ai_next->ai_next);
    second->ai_next->ai_next = NULL;
    CHECK_EQ(getaddrinfo("10.1.2.5", "80", NULL, &third), 0);
    CHECK_EQ(ip_of(first), 0x0A010203);
    CHECK_EQ(ip_of(second->ai_next), 0x0A010204);
    CHECK_EQ(ip_of(third->ai_next->ai_next), 0x0A010205);
}

CASE(a_list_can_be_freed_by_another_file) {
    struct addrinfo *list;
    for (int i = 0; i < 10 * W5100_ADDRINFO_MAX; i++) {
        CHECK_EQ(getaddrinfo("10.1.2.3", "80", NULL, &list), 0);
        free_in_another_file(list);
        list = list_of_another_file("10.1.2.3");
        CHECK(list != NULL);
        freeaddrinfo(list);
    }
}

/* What one thread asks for. */
struct wanted {
    const char *node, *service;
};

static int32_t take_and_free(void *argument) {
    struct wanted *self = argument;
    for (int i = 0; i < 100000; i++) {
        struct addrinfo *list;
        const int result = getaddrinfo(self->node, self->service, NULL, &list);
        CHECK(result == 0 || result == EAI_MEMORY);
        for (struct addrinfo *at = list; at != NULL; at = at->ai_next) {
            CHECK_EQ(address_of(at)->sin_addr.s_addr, inet_addr(self->node));
            CHECK_EQ(ntohs(address_of(at)->sin_port), (self->service[0] - '0') * 11);
        }
        freeaddrinfo(list);
    }
    return 0;
}

CASE(threads_take_their_lists_from_one_pool) {
    struct wanted wanted[] = {{.node = "10.0.0.1", .service = "11"},
                              {.node = "10.0.0.2", .service = "22"},
                              {.node = "10.0.0.3", .service = "33"},
                              {.node = "10.0.0.4", .service = "44"}};
    struct addrinfo *lists[W5100_ADDRINFO_MAX / 3];
    worker threads[4];
    wire_start();
    for (int i = 0; i < 4; i++) {
        worker_start(&threads[i], take_and_free, &wanted[i]);
    }
    for (int i = 0; i < 4; i++) {
        CHECK_EQ(worker_join(&threads[i]), 0);
    }
    for (int i = 0; i < W5100_ADDRINFO_MAX / 3; i++) { /* all of it is back */
        CHECK_EQ(getaddrinfo("10.1.2.3", "80", NULL, &lists[i]), 0);
    }
}
