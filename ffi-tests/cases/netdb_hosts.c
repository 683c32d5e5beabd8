/* gethostbyname and gethostbyname_r of the BSD view; which device is asked; the domain that DHCP
   told. */
#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/time.h>

#include "dhcp_server.h"
#include "dns_server.h"
#include "worker.h"

#include "w5100_bsd.h"

static const uint8_t dns_address[4] = DNS_ADDRESS;
static const uint8_t servers[1][4] = {NETWORK(DNS_IP)};

static bool is_host(const struct hostent *host, const char *name) {
    return strcmp(host->h_name, name) == 0 && host->h_aliases[0] == NULL &&
           host->h_addrtype == AF_INET && host->h_length == 4 && host->h_addr_list[1] == NULL &&
           host->h_addr == host->h_addr_list[0] && memcmp(host->h_addr, dns_address, 4) == 0;
}

/* ---- gethostbyname ------------------------------------------------------------------------- */

/* The call of a thread of its own, with what it gives there. */
struct question {
    const char *name;
    int error;
    char found[W5100_NAME_SIZE];
    worker thread;
    atomic_bool done;
};

static int32_t ask(void *argument) {
    struct question *self = argument;
    const struct hostent *host = gethostbyname(self->name);
    self->error = h_errno;
    if (host != NULL) {
        CHECK(is_host(host, self->name));
        strcpy(self->found, host->h_name);
    }
    atomic_store(&self->done, true);
    return host != NULL;
}

static int asked(const char *name) {
    struct question question = {.name = name};
    return dns_while(ask, &question) == 1 ? 0 : question.error;
}

/* No device is enabled: none is needed. */
CASE(a_number_needs_no_lookup) {
    CHECK(is_host(gethostbyname("10.1.2.3"), "10.1.2.3"));
    CHECK(is_host(gethostbyname("10.66051"), "10.66051"));
}

CASE(a_name_is_looked_up_and_is_the_hosts_name) {
    dns_start();
    CHECK_EQ(asked(DNS_HOST), 0);
    CHECK_EQ(asked(DNS_HOST_ALIAS), 0);
    CHECK_EQ(dns.count, 2);
    CHECK(is_host(gethostbyname("WWW.example.org"), "WWW.example.org")); /* remembered */
    CHECK_EQ(dns.count, 2);
    CHECK_EQ(wire_free_sockets(0), 4);
}

CASE(h_errno_tells_why_there_is_no_host) {
    wire_start();
    h_errno = 77;
    CHECK(gethostbyname(DNS_HOST) == NULL);
    CHECK_EQ(h_errno, TRY_AGAIN); /* no server is set */
    CHECK(gethostbyname("10.1.2.3") != NULL);
    CHECK_EQ(h_errno, TRY_AGAIN); /* untouched by success */
    dns_add();
    CHECK_EQ(w5100_dns_set(0, servers, 1), 0);
    CHECK_EQ(asked(DNS_HOST_ABSENT), HOST_NOT_FOUND);
    dns.silent = true;
    CHECK_EQ(asked(DNS_HOST), TRY_AGAIN);
    errno = 0;
    CHECK(gethostbyname(NULL) == NULL);
    CHECK_EQ(h_errno, NETDB_INTERNAL);
    CHECK_EQ(errno, EFAULT);
    CHECK_EQ(WIZnet_Disable(0), 0);
    CHECK(gethostbyname(DNS_HOST) == NULL);
    CHECK_EQ(h_errno, NETDB_INTERNAL);
    CHECK_EQ(errno, ENETDOWN);
}

CASE(the_next_call_overwrites_the_result) {
    const struct hostent *first = gethostbyname("10.1.2.3");
    const struct hostent *second = gethostbyname("10.1.2.4");
    CHECK(first == second);
    CHECK(strcmp(first->h_name, "10.1.2.4") == 0);
}

/* On a system whose threads the compiler knows, as here. */
CASE(each_thread_has_a_result_and_an_h_errno_of_its_own) {
    static const char *const names[] = {"a.example", "b.example", "c.example", DNS_HOST_ABSENT};
    struct question questions[4] = {0};
    dns_start();
    h_errno = 77;
    const struct hostent *own = gethostbyname("10.1.2.3");
    for (int i = 0; i < 4; i++) {
        questions[i].name = names[i];
        worker_start(&questions[i].thread, ask, &questions[i]);
    }
    for (int i = 0; i < 4; i++) {
        while (!atomic_load(&questions[i].done)) {
            dns_pass(2);
        }
    }
    for (int i = 0; i < 4; i++) {
        CHECK_EQ(worker_join(&questions[i].thread), i < 3);
        CHECK(strcmp(questions[i].found, i < 3 ? names[i] : "") == 0);
    }
    CHECK_EQ(questions[3].error, HOST_NOT_FOUND);
    CHECK_EQ(h_errno, 77);
    CHECK(is_host(own, "10.1.2.3"));
}

CASE(disable_ends_the_lookup_of_another_thread) {
    struct question question = {.name = DNS_HOST};
    dns_start();
    dns.silent = true;
    worker_start(&question.thread, ask, &question);
    dns_pass(500);
    CHECK_EQ(dns.count, 1);
    CHECK_EQ(WIZnet_Disable(0), 0);
    CHECK_EQ(worker_join(&question.thread), 0);
    CHECK_EQ(question.error, NETDB_INTERNAL);
}

CASE(every_code_has_a_text) {
    static const int codes[] = {NETDB_INTERNAL, NETDB_SUCCESS, HOST_NOT_FOUND,
                                TRY_AGAIN,      NO_RECOVERY,   NO_DATA};
    static const int addresses[] = {0,           EAI_BADFLAGS,   EAI_NONAME, EAI_AGAIN,
                                    EAI_FAIL,    EAI_NODATA,     EAI_FAMILY, EAI_SOCKTYPE,
                                    EAI_SERVICE, EAI_ADDRFAMILY, EAI_MEMORY, EAI_SYSTEM,
                                    EAI_OVERFLOW};
    const char *unknown = hstrerror(99);
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        CHECK(strlen(hstrerror(codes[i])) > 0);
        CHECK(strcmp(hstrerror(codes[i]), unknown) != 0);
        for (size_t k = 0; k < i; k++) {
            CHECK(strcmp(hstrerror(codes[i]), hstrerror(codes[k])) != 0);
        }
    }
    CHECK(strcmp(hstrerror(INT32_MIN), unknown) == 0);
    for (size_t i = 0; i < sizeof addresses / sizeof addresses[0]; i++) {
        CHECK(strlen(gai_strerror(addresses[i])) > 0);
        CHECK(strcmp(gai_strerror(addresses[i]), unknown) != 0);
        for (size_t k = 0; k < i; k++) {
            CHECK(strcmp(gai_strerror(addresses[i]), gai_strerror(addresses[k])) != 0);
        }
    }
    CHECK(strcmp(gai_strerror(1), unknown) == 0);
    CHECK(strcmp(gai_strerror(INT32_MAX), unknown) == 0);
}

/* ---- gethostbyname_r ----------------------------------------------------------------------- */

/* Whether the host fits into exactly so much, and writes no more: 0, or the error. */
static int fits(const char *name, size_t size, size_t skipped) {
    static _Alignas(16) char block[400];
    struct hostent host, *result = &host;
    int error = 77;
    memset(block, 0x5A, sizeof block);
    const int outcome = gethostbyname_r(name, &host, block + skipped, size, &result, &error);
    CHECK(result == (outcome == 0 ? &host : NULL));
    CHECK_EQ(error, outcome == 0 ? 77 : NETDB_INTERNAL);
    CHECK(outcome != 0 || is_host(&host, name));
    CHECK(outcome != 0 || (uintptr_t)host.h_addr_list % sizeof(char *) == 0);
    for (size_t i = 0; i < sizeof block; i++) {
        CHECK(block[i] == 0x5A || (i >= skipped && i < skipped + size));
    }
    return outcome;
}

CASE(gethostbyname_r_puts_all_into_the_callers_memory) {
    char name[W5100_NAME_SIZE];
    for (size_t skipped = 0; skipped < 8; skipped++) {
        int outcome = ERANGE;
        size_t size = 0;
        while ((outcome = fits("10.1.2.3", size, skipped)) == ERANGE) {
            CHECK(++size < 100);
        }
        CHECK_EQ(outcome, 0);
        CHECK(size > sizeof "10.1.2.3" + 3 * sizeof(char *) + 4 - 1);
        CHECK_EQ(fits("10.1.2.3", 300, skipped), 0);
    }
    memset(name, '0', sizeof name); /* the longest name there is, and it is an address */
    memcpy(name + 1, "x", 1);
    strcpy(name + sizeof name - sizeof "A010203", "A010203");
    for (size_t skipped = 0; skipped < 8; skipped++) {
        CHECK_EQ(fits(name, 300, skipped), 0);
    }
}

CASE(gethostbyname_r_tells_its_errors_beside_h_errno) {
    struct hostent host, *result = &host;
    char buffer[300];
    int error = 0;
    wire_start();
    h_errno = 77;
    errno = 0;
    CHECK_EQ(gethostbyname_r("a b", &host, buffer, sizeof buffer, &result, &error), ENOENT);
    CHECK_EQ(error, HOST_NOT_FOUND);
    CHECK(result == NULL);
    CHECK_EQ(gethostbyname_r(DNS_HOST, &host, buffer, sizeof buffer, &result, &error), EAGAIN);
    CHECK_EQ(error, TRY_AGAIN);
    CHECK_EQ(gethostbyname_r(NULL, &host, buffer, sizeof buffer, &result, &error), EFAULT);
    CHECK_EQ(error, NETDB_INTERNAL);
    CHECK_EQ(gethostbyname_r("10.1.2.3", NULL, buffer, sizeof buffer, &result, NULL), EFAULT);
    CHECK_EQ(gethostbyname_r("10.1.2.3", &host, NULL, 0, &result, NULL), EFAULT);
    CHECK_EQ(gethostbyname_r("10.1.2.3", &host, buffer, sizeof buffer, NULL, NULL), EFAULT);
    CHECK_EQ(WIZnet_Disable(0), 0);
    CHECK_EQ(gethostbyname_r(DNS_HOST, &host, buffer, sizeof buffer, &result, &error), ENETDOWN);
    CHECK_EQ(error, NETDB_INTERNAL);
    CHECK_EQ(h_errno, 77);
    CHECK_EQ(errno, 0);
}

/* ---- the plain names of the library -------------------------------------------------------- */

CASE(a_program_of_the_librarys_own_names_has_the_same) {
    uint32_t address = 0;
    w5100_config config;
    CHECK_ERROR(w5100_first_device(&config), ENETDOWN);
    CHECK_EQ(w5100_host_address("10.1.2.3", &address), 0);
    CHECK(memcmp(&address, dns_address, 4) == 0);
    CHECK_ERROR(w5100_host_address(DNS_HOST, &address), ENETDOWN);
    CHECK_ERROR(w5100_host_address(NULL, &address), EFAULT);
    CHECK_ERROR(w5100_host_address(DNS_HOST, NULL), EFAULT);
    CHECK_ERROR(w5100_host_address("a b", &address), EHOSTNOTFOUND);
    wire_start();
    CHECK_EQ(w5100_first_device(&config), 0);
    CHECK_EQ(config.ip[3], DEVICE_IP);
    CHECK_ERROR(w5100_host_address("a..b", &address), EHOSTNOTFOUND);
    CHECK_ERROR(w5100_host_address(DNS_HOST, &address), ENAMESERVER);
}

CASE(the_first_device_that_is_enabled_is_asked) {
    w5100_config config;
    dns_start();
    CHECK_EQ(wire_add_device(1), 1);
    CHECK_EQ(w5100_dns_set(1, servers, 1), 0);
    CHECK_EQ(asked(DNS_HOST), 0);
    CHECK_EQ(WIZnet_Disable(0), 0);
    CHECK_EQ(w5100_first_device(&config), 1);
    CHECK_EQ(config.ip[3], DEVICE_IP + 1);
    CHECK_EQ(asked(DNS_HOST), 0);
    CHECK_EQ(dns.count, 2); /* the second device did not know it */
    CHECK_EQ(wire_free_sockets(1), 4);
}

/* ---- the domain that DHCP told ------------------------------------------------------------- */

static void bound(void) {
    start_bound(LEASED_IP, 0); /* its domain is lan.example, its first server DNS_IP */
    dns_add();
}

CASE(a_name_of_one_part_is_looked_for_in_the_domain_first) {
    bound();
    dns.only = "printer.lan.example";
    CHECK_EQ(asked("printer"), 0);
    CHECK_EQ(dns.count, 1);
    CHECK(strcmp(dns.names[0], "printer.lan.example") == 0);
}

CASE(a_name_that_is_not_in_the_domain_is_looked_for_alone) {
    bound();
    dns.only = "printer";
    CHECK_EQ(asked("printer"), 0);
    CHECK_EQ(dns.count, 2);
    CHECK(strcmp(dns.names[0], "printer.lan.example") == 0);
    CHECK(strcmp(dns.names[1], "printer") == 0);
    CHECK_EQ(asked("scanner"), HOST_NOT_FOUND);
    CHECK_EQ(dns.count, 4);
    CHECK(strcmp(dns.names[2], "scanner.lan.example") == 0);
    CHECK(strcmp(dns.names[3], "scanner") == 0);
    CHECK_EQ(wire_free_sockets(0), 3); /* one is for DHCP */
}

CASE(a_name_with_a_dot_is_looked_for_as_it_is) {
    bound();
    CHECK_EQ(asked("printer."), 0);
    CHECK_EQ(asked("www.example.org"), 0);
    CHECK_EQ(dns.count, 2);
    CHECK(strcmp(dns.names[0], "printer") == 0);
    CHECK(strcmp(dns.names[1], "www.example.org") == 0);
}
