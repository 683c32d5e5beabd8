/* Names of hosts in the Winsock view. */
#include <stdatomic.h>
#include <string.h>

#include "dns_server.h"
#include "port.h"
#include "worker.h"

#include "winsock_case.h"

static const uint8_t dns_address[4] = DNS_ADDRESS;
static const uint8_t servers[1][4] = {NETWORK(DNS_IP)};

static void start(void) {
    WSADATA data;
    dns_start();
    CHECK_EQ(WSAStartup(MAKEWORD(2, 2), &data), 0);
}

static bool is_host(const struct hostent *host, const char *name) {
    return strcmp(host->h_name, name) == 0 && host->h_aliases[0] == NULL &&
           host->h_addrtype == AF_INET && host->h_length == 4 && host->h_addr_list[1] == NULL &&
           memcmp(host->h_addr, dns_address, 4) == 0;
}

struct question {
    const char *name;
    int code;
    worker thread;
    atomic_bool done;
};

/* The last error is the thread's own. */
static int32_t ask_host(void *argument) {
    struct question *self = argument;
    WSASetLastError(0);
    const struct hostent *host = gethostbyname(self->name);
    self->code = WSAGetLastError();
    CHECK((host == NULL) == (self->code != 0));
    CHECK(host == NULL || is_host(host, self->name));
    atomic_store(&self->done, true);
    return 0;
}

static int host_code(const char *name) {
    struct question question = {.name = name};
    CHECK_EQ(dns_while(ask_host, &question), 0);
    return question.code;
}

static int32_t ask_list(void *argument) {
    struct question *self = argument;
    const ADDRINFO hints = {.ai_socktype = SOCK_STREAM};
    PADDRINFOA list = NULL;
    WSASetLastError(0);
    const int result = getaddrinfo(self->name, "80", &hints, &list);
    CHECK_EQ(WSAGetLastError(), result);
    CHECK((list == NULL) == (result != 0));
    CHECK(list == NULL || memcmp(list->ai_addr->sa_data + 2, dns_address, 4) == 0);
    freeaddrinfo(list);
    return result;
}

static int list_code(const char *name) {
    struct question question = {.name = name};
    return dns_while(ask_list, &question);
}

CASE(n6_gethostbyname_looks_names_up) {
    start();
    CHECK_EQ(host_code(DNS_HOST), 0);
    CHECK(strcmp(dns.last, DNS_HOST) == 0);
    CHECK_EQ(host_code(DNS_HOST_ALIAS), 0);
    CHECK_EQ(host_code(DNS_HOST_MANY), 0);
    CHECK_EQ(host_code("10.1.2.3"), 0);
    CHECK_EQ(dns.count, 3);
    CHECK_EQ(wire_free_sockets(0), 4);
}

/* With a server that would know it. */
CASE(n6_the_guides_name_fails_at_once_and_without_its_space_it_is_found) {
    start();
    const uint32_t begin = wire_now_ms();
    CHECK(gethostbyname("danaos.cslab.ntua.gr ") == NULL);
    CHECK_EQ(WSAGetLastError(), WSAHOST_NOT_FOUND);
    CHECK_EQ(h_errno, HOST_NOT_FOUND);
    CHECK_EQ(wire_now_ms(), begin);
    CHECK_EQ(dns.count, 0);
    CHECK_EQ(host_code("danaos.cslab.ntua.gr"), 0);
    CHECK_EQ(dns.count, 1);
}

CASE(n6_the_codes_of_names_tell_what_failed) {
    start();
    CHECK_EQ(host_code(DNS_HOST_ABSENT), WSAHOST_NOT_FOUND);
    CHECK_EQ(list_code(DNS_HOST_ABSENT), WSAHOST_NOT_FOUND);
    dns.silent = true;
    CHECK_EQ(host_code(DNS_HOST), WSATRY_AGAIN);
    CHECK_EQ(list_code("other.example.org"), WSATRY_AGAIN);
    CHECK_EQ(w5100_dns_set(0, NULL, 0), 0);
    CHECK_EQ(host_code("third.example.org"), WSATRY_AGAIN);
    for (int i = 0; i < 4; i++) {
        winsock_bound(SOCK_DGRAM, (uint16_t)(100 + i));
    }
    CHECK_EQ(host_code(DNS_HOST), WSAENOBUFS);
    CHECK_EQ(list_code(DNS_HOST), WSAENOBUFS);
    CHECK_EQ(host_code(NULL), WSAEFAULT);
    CHECK_EQ(WIZnet_Disable(0), 0);
    CHECK_EQ(host_code(DNS_HOST), WSAENETDOWN);
    CHECK_EQ(list_code(DNS_HOST), WSAENETDOWN);
}

CASE(n1_a_cleanup_stops_lookups) {
    start();
    CHECK_EQ(WSACleanup(), 0);
    CHECK_EQ(host_code(DNS_HOST), WSANOTINITIALISED);
    CHECK_EQ(list_code("10.1.2.3"), WSANOTINITIALISED);
    CHECK_EQ(dns.count, 0);
}

CASE(n6_each_thread_has_a_host_of_its_own) {
    static const char *const names[] = {"a.example", "b.example", "c.example", DNS_HOST_ABSENT};
    struct question questions[4] = {0};
    start();
    const struct hostent *own = gethostbyname("10.1.2.3");
    for (int i = 0; i < 4; i++) {
        questions[i].name = names[i];
        worker_start(&questions[i].thread, ask_host, &questions[i]);
    }
    for (int i = 0; i < 4; i++) {
        while (!atomic_load(&questions[i].done)) {
            dns_pass(2);
        }
    }
    for (int i = 0; i < 4; i++) {
        CHECK_EQ(worker_join(&questions[i].thread), 0);
        CHECK_EQ(questions[i].code, i < 3 ? 0 : WSAHOST_NOT_FOUND);
    }
    CHECK(is_host(own, "10.1.2.3"));
}

CASE(n12_the_codes_of_getaddrinfo_are_winsocks) {
    CHECK_EQ(EAI_AGAIN, 11002);
    CHECK_EQ(EAI_BADFLAGS, 10022);
    CHECK_EQ(EAI_FAIL, 11003);
    CHECK_EQ(EAI_FAMILY, 10047);
    CHECK_EQ(EAI_MEMORY, 8);
    CHECK_EQ(EAI_NONAME, 11001);
    CHECK_EQ(EAI_SERVICE, 10109);
    CHECK_EQ(EAI_SOCKTYPE, 10044);
    CHECK_EQ(AI_PASSIVE, 1);
    CHECK_EQ(AI_CANONNAME, 2);
    CHECK_EQ(AI_NUMERICHOST, 4);
    CHECK_EQ(AI_NUMERICSERV, 8);
    CHECK(strcmp(gai_strerror(EAI_NONAME), w5100_wsa_strerror(WSAHOST_NOT_FOUND)) == 0);
    CHECK(strcmp(gai_strerrorA(EAI_SERVICE), w5100_wsa_strerror(WSATYPE_NOT_FOUND)) == 0);
}

static int refused(const char *node, const char *service, int flags, int family, int type) {
    const ADDRINFO hints = {.ai_flags = flags, .ai_family = family, .ai_socktype = type};
    LPADDRINFO list = (LPADDRINFO)(void *)&list;
    WSASetLastError(0);
    const int result = getaddrinfo(node, service, &hints, &list);
    CHECK_EQ(WSAGetLastError(), result);
    CHECK((list == NULL) == (result != 0));
    freeaddrinfo(list);
    return result;
}

CASE(f10_what_getaddrinfo_refuses) {
    start();
    CHECK_EQ(refused(NULL, NULL, 0, AF_UNSPEC, 0), WSAHOST_NOT_FOUND);
    CHECK_EQ(refused("10.1.2.3", "80", 0x4000, AF_INET, 0), WSAEINVAL);
    CHECK_EQ(refused(NULL, "80", AI_CANONNAME, AF_INET, 0), WSAEINVAL);
    CHECK_EQ(refused("10.1.2.3", "80", 0, 23, 0), WSAEAFNOSUPPORT); /* Windows' AF_INET6 */
    CHECK_EQ(refused("10.1.2.3", "80", 0, AF_INET, 99), WSAESOCKTNOSUPPORT);
    CHECK_EQ(refused("10.1.2.3", "http", 0, AF_INET, 0), WSATYPE_NOT_FOUND);
    CHECK_EQ(refused("10.1.2.3", "65536", 0, AF_INET, 0), WSATYPE_NOT_FOUND);
    CHECK_EQ(refused("10.1.2.3", "http", AI_NUMERICSERV, AF_INET, 0), WSAHOST_NOT_FOUND);
    CHECK_EQ(refused(DNS_HOST, "80", AI_NUMERICHOST, AF_INET, 0), WSAHOST_NOT_FOUND);
    CHECK_EQ(refused("10.1.2.3", "80", AI_ADDRCONFIG | AI_V4MAPPED | AI_ALL, AF_INET, 0), 0);
    WSASetLastError(0);
    CHECK_EQ(getaddrinfo("10.1.2.3", "80", NULL, NULL), WSAEFAULT);
    CHECK_EQ(WSAGetLastError(), WSAEFAULT);
    CHECK_EQ(dns.count, 0);
}

CASE(the_list_is_what_socket_and_connect_take) {
    const ADDRINFO hints = {.ai_flags = AI_CANONNAME, .ai_protocol = IPPROTO_TCP};
    PADDRINFOA list;
    char byte = 0;
    winsock_start();
    CHECK_EQ(w5100_sim_peer_listen_service(wire_peer(), 7, W5100_SIM_SERVICE_ECHO), 0);
    CHECK_EQ(getaddrinfo("192.168.1.10", "7", &hints, &list), 0);
    CHECK(strcmp(list->ai_canonname, "192.168.1.10") == 0);
    CHECK(list->ai_next == NULL);
    const SOCKET sock = socket(list->ai_family, list->ai_socktype, list->ai_protocol);
    CHECK_EQ(connect(sock, list->ai_addr, (int)list->ai_addrlen), 0);
    freeaddrinfo(list);
    CHECK_EQ(send(sock, "x", 1, 0), 1);
    CHECK_EQ(recv(sock, &byte, 1, 0), 1);
    CHECK_EQ(byte, 'x');
}

CASE(a_passive_list_is_what_bind_takes) {
    const ADDRINFO hints = {.ai_flags = AI_PASSIVE, .ai_socktype = SOCK_STREAM};
    PADDRINFOA list;
    winsock_start();
    CHECK_EQ(getaddrinfo(NULL, "5000", &hints, &list), 0);
    const SOCKET sock = socket(list->ai_family, list->ai_socktype, list->ai_protocol);
    CHECK_EQ(bind(sock, list->ai_addr, (int)list->ai_addrlen), 0);
    CHECK_EQ(listen(sock, SOMAXCONN), 0);
    freeaddrinfo(list);
    wire_client(5000);
    CHECK(accept(sock, NULL, NULL) != INVALID_SOCKET);
}

CASE(a_pool_that_is_empty_is_wsa_not_enough_memory) {
    PADDRINFOA first, second, third;
    start();
    CHECK_EQ(getaddrinfo("10.1.2.3", "80", NULL, &first), 0);
    CHECK_EQ(getaddrinfo("10.1.2.4", "80", NULL, &second), 0);
    CHECK_EQ(getaddrinfo("10.1.2.5", "80", NULL, &third), WSA_NOT_ENOUGH_MEMORY);
    CHECK_EQ(WSAGetLastError(), WSA_NOT_ENOUGH_MEMORY);
    CHECK(third == NULL);
    freeaddrinfo(first->ai_next);
    first->ai_next = NULL;
    CHECK_EQ(getaddrinfo("10.1.2.5", "80", NULL, &third), WSA_NOT_ENOUGH_MEMORY);
    freeaddrinfo(first);
    CHECK_EQ(getaddrinfo("10.1.2.5", "80", NULL, &third), 0);
    CHECK_EQ(w5100_dns_set(0, servers, 1), 0);
    CHECK_EQ(list_code(DNS_HOST), WSA_NOT_ENOUGH_MEMORY);
    freeaddrinfo(second);
    CHECK_EQ(list_code(DNS_HOST), 0);
}
