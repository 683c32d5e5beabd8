/* getaddrinfo in the BSD view. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>

#include "dns_server.h"
#include "port.h"

#include "w5100_bsd.h"

#define SILENCE_MS 10500 /* until a server that does not answer is given up, about */

static const uint8_t dns_address[4] = DNS_ADDRESS;

struct request {
    const char *node, *service;
    struct addrinfo hints;
    struct addrinfo *list;
};

static int32_t ask(void *argument) {
    struct request *self = argument;
    return getaddrinfo(self->node, self->service, &self->hints, &self->list);
}

/* Asks while the name server answers. */
static int resolved(const char *node, const char *service, int flags, struct addrinfo **list) {
    struct request request = {
        .node = node, .service = service, .hints = {.ai_flags = flags, .ai_socktype = SOCK_STREAM}};
    const int result = dns_while(ask, &request);
    *list = request.list;
    return result;
}

/* "1/6 2/17": socket types and protocols of the answer, or the error. */
static const char *types(const char *service, int socktype, int protocol) {
    static char text[64];
    const struct addrinfo hints = {.ai_socktype = socktype, .ai_protocol = protocol};
    struct addrinfo *list;
    int length = 0;
    const int result = getaddrinfo("10.1.2.3", service, &hints, &list);
    snprintf(text, sizeof text, "%d", result);
    for (struct addrinfo *at = list; at != NULL; at = at->ai_next) {
        length += snprintf(text + length, sizeof text - (size_t)length, "%s%d/%d",
                           length == 0 ? "" : " ", at->ai_socktype, at->ai_protocol);
    }
    freeaddrinfo(list);
    return text;
}

static const struct sockaddr_in *address_of(const struct addrinfo *entry) {
    CHECK_EQ(entry->ai_family, AF_INET);
    CHECK_EQ(entry->ai_addrlen, sizeof(struct sockaddr_in));
    CHECK_EQ(entry->ai_addr->sa_family, AF_INET);
    return (const struct sockaddr_in *)(const void *)entry->ai_addr;
}

static int error_of(const char *node, const char *service, int flags, int family) {
    const struct addrinfo hints = {.ai_flags = flags, .ai_family = family};
    struct addrinfo *list = (struct addrinfo *)(void *)&list;
    const int result = getaddrinfo(node, service, &hints, &list);
    CHECK((list == NULL) == (result != 0));
    freeaddrinfo(list);
    return result;
}

/* No device is enabled: none is needed. */
CASE(a_number_needs_no_lookup) {
    struct addrinfo *list;
    int count = 0;
    CHECK_EQ(getaddrinfo("10.1.2.3", "8080", NULL, &list), 0);
    for (struct addrinfo *at = list; at != NULL; at = at->ai_next, count++) {
        const struct sockaddr_in *address = address_of(at);
        CHECK_EQ(address->sin_port, htons(8080));
        CHECK(memcmp(&address->sin_addr, dns_address, 4) == 0);
        CHECK(at->ai_canonname == NULL);
    }
    CHECK_EQ(count, 3);
    freeaddrinfo(list);
    freeaddrinfo(NULL);
}

CASE(the_list_has_the_types_that_fit_the_hints) {
    CHECK(strcmp(types("80", 0, 0), "1/6 2/17 3/0") == 0);
    CHECK(strcmp(types(NULL, 0, 0), "1/6 2/17 3/0") == 0);
    CHECK(strcmp(types("80", SOCK_STREAM, 0), "1/6") == 0);
    CHECK(strcmp(types("80", SOCK_DGRAM, 0), "2/17") == 0);
    CHECK(strcmp(types(NULL, SOCK_RAW, 0), "3/0") == 0);
    CHECK(strcmp(types("", SOCK_RAW, IPPROTO_ICMP), "3/1") == 0);
    CHECK(strcmp(types("80", 0, IPPROTO_TCP), "1/6") == 0);
    CHECK(strcmp(types("80", 0, IPPROTO_UDP), "2/17") == 0);
    CHECK(strcmp(types(NULL, 0, IPPROTO_ICMP), "3/1") == 0);
    CHECK(strcmp(types("80", SOCK_DGRAM, IPPROTO_UDP), "2/17") == 0);
    /* What does not fit: EAI_SOCKTYPE is -7, EAI_SERVICE -8. */
    CHECK(strcmp(types("80", SOCK_STREAM, IPPROTO_UDP), "-7") == 0);
    CHECK(strcmp(types("80", SOCK_DGRAM, IPPROTO_TCP), "-7") == 0);
    CHECK(strcmp(types("80", 99, 0), "-7") == 0);
    CHECK(strcmp(types("80", -1, -1), "-7") == 0);
    CHECK(strcmp(types("80", SOCK_RAW, 0), "-8") == 0);
    CHECK(strcmp(types("80", 0, IPPROTO_ICMP), "-8") == 0);
}

CASE(a_service_is_a_port_number) {
    static const struct {
        const char *text;
        int port; /* or an error */
    } rows[] = {{"0", 0},
                {"80", 80},
                {"00080", 80},
                {"65535", 65535},
                {"", 0},
                {"65536", EAI_SERVICE},
                {"4294967376", EAI_SERVICE}, /* 80, had it 32 bits */
                {"99999999999999999999", EAI_SERVICE},
                {"http", EAI_SERVICE},
                {"80x", EAI_SERVICE},
                {" 80", EAI_SERVICE},
                {"80 ", EAI_SERVICE},
                {"-1", EAI_SERVICE},
                {"+80", EAI_SERVICE},
                {"0x50", EAI_SERVICE}};
    const struct addrinfo numeric = {.ai_flags = AI_NUMERICSERV};
    struct addrinfo *list;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const int result = getaddrinfo("10.1.2.3", rows[i].text, NULL, &list);
        CHECK_EQ(result < 0 ? result : ntohs(address_of(list)->sin_port), rows[i].port);
        freeaddrinfo(list);
        CHECK_EQ(getaddrinfo("10.1.2.3", rows[i].text, &numeric, &list),
                 rows[i].port < 0 ? EAI_NONAME : 0);
        freeaddrinfo(list);
    }
}

CASE(no_node_is_any_address_or_this_host) {
    const struct addrinfo passive = {.ai_flags = AI_PASSIVE};
    struct addrinfo *list;
    CHECK_EQ(getaddrinfo(NULL, "80", &passive, &list), 0);
    CHECK_EQ(address_of(list)->sin_addr.s_addr, htonl(INADDR_ANY));
    CHECK_EQ(address_of(list)->sin_port, htons(80));
    CHECK_EQ(list->ai_flags, AI_PASSIVE);
    freeaddrinfo(list);
    CHECK_EQ(getaddrinfo(NULL, "80", NULL, &list), 0);
    CHECK_EQ(address_of(list)->sin_addr.s_addr, htonl(INADDR_LOOPBACK));
    freeaddrinfo(list);
    CHECK_EQ(getaddrinfo("10.1.2.3", "80", &passive, &list), 0); /* makes no difference */
    CHECK(memcmp(&address_of(list)->sin_addr, dns_address, 4) == 0);
    freeaddrinfo(list);
}

CASE(f10_what_getaddrinfo_refuses) {
    CHECK_EQ(error_of(NULL, NULL, 0, AF_UNSPEC), EAI_NONAME);
    CHECK_EQ(error_of(NULL, NULL, AI_PASSIVE, AF_INET), EAI_NONAME);
    CHECK_EQ(error_of("10.1.2.3", "80", 0x4000, AF_INET), EAI_BADFLAGS);
    CHECK_EQ(error_of(NULL, "80", AI_CANONNAME, AF_INET), EAI_BADFLAGS);
    CHECK_EQ(error_of("10.1.2.3", "80", 0, 10), EAI_FAMILY); /* AF_INET6 on Linux */
    CHECK_EQ(error_of("10.1.2.3", "80", 0, -1), EAI_FAMILY);
    CHECK_EQ(error_of("host", "80", AI_NUMERICHOST, AF_INET), EAI_NONAME);
    CHECK_EQ(error_of("::1", "80", AI_NUMERICHOST, AF_INET), EAI_NONAME);
    CHECK_EQ(error_of("10.1.2.3", "80", AI_ADDRCONFIG | AI_V4MAPPED | AI_ALL, AF_INET), 0);
    errno = 0;
    CHECK_EQ(getaddrinfo("10.1.2.3", "80", NULL, NULL), EAI_SYSTEM);
    CHECK_EQ(errno, EFAULT);
    errno = 0;
    CHECK_EQ(error_of("host", "80", 0, AF_INET), EAI_SYSTEM); /* no device is enabled */
    CHECK_EQ(errno, ENETDOWN);
}

/* Nobody is asked for what cannot be a name: no time passes. */
CASE(f10_what_is_no_name_is_not_looked_up) {
    static const char *const bad[] = {"",          " ",         "10.1.2.3 ", "10.1.2.256",
                                      "1.2.3.4.5", "10.1.2.3.", "a b",       "www.example.org ",
                                      "a\tb",      "a\x7f",     ".",         "..",
                                      "a..b",      "host.1",    "host.10."};
    char name[300];
    dns_start();
    const uint32_t begin = wire_now_ms();
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        CHECK_EQ(error_of(bad[i], "80", 0, AF_INET), EAI_NONAME);
        CHECK_EQ(error_of(bad[i], "80", AI_NUMERICHOST, AF_INET), EAI_NONAME);
        CHECK(gethostbyname(bad[i]) == NULL);
        CHECK_EQ(h_errno, HOST_NOT_FOUND);
    }
    memset(name, 'a', sizeof name);
    name[64] = 0; /* a label has 63 */
    CHECK_EQ(error_of(name, "80", 0, AF_INET), EAI_NONAME);
    name[64] = 'a';
    name[sizeof name - 1] = 0;
    CHECK_EQ(error_of(name, "80", 0, AF_INET), EAI_NONAME);
    CHECK(gethostbyname(name) == NULL);
    CHECK_EQ(h_errno, HOST_NOT_FOUND);
    CHECK_EQ(wire_now_ms(), begin);
    CHECK_EQ(wire_free_sockets(0), 4);
}

CASE(addresses_have_bsds_forms) {
    static const struct {
        const char *text;
        uint32_t address;
    } rows[] = {{"10.258", 0x0A000102},
                {"10.1.515", 0x0A010203},
                {"012.0x1.2.3", 0x0A010203},
                {"0xA010203", 0x0A010203},
                {"167838211", 0x0A010203}};
    const struct addrinfo hints = {.ai_flags = AI_NUMERICHOST};
    struct addrinfo *list;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        CHECK_EQ(getaddrinfo(rows[i].text, NULL, &hints, &list), 0);
        CHECK_EQ(ntohl(address_of(list)->sin_addr.s_addr), rows[i].address);
        freeaddrinfo(list);
    }
}

CASE(a_name_is_looked_up) {
    struct addrinfo *list;
    dns_start();
    CHECK_EQ(resolved(DNS_HOST, "80", 0, &list), 0);
    CHECK(memcmp(&address_of(list)->sin_addr, dns_address, 4) == 0);
    CHECK(list->ai_canonname == NULL && list->ai_next == NULL);
    freeaddrinfo(list);
    CHECK(strcmp(dns.last, DNS_HOST) == 0);
    CHECK_EQ(dns.count, 1);
    CHECK_EQ(resolved(DNS_HOST_ALIAS, "80", AI_CANONNAME, &list), 0);
    CHECK(memcmp(&address_of(list)->sin_addr, dns_address, 4) == 0);
    CHECK(strcmp(list->ai_canonname, DNS_HOST_ALIAS) == 0);
    freeaddrinfo(list);
    CHECK_EQ(resolved(DNS_HOST_ABSENT, "80", 0, &list), EAI_NONAME);
    CHECK(list == NULL);
    CHECK_EQ(resolved("silly.example", "80", AI_NUMERICHOST, &list), EAI_NONAME);
    CHECK_EQ(dns.count, 3);
    CHECK_EQ(wire_free_sockets(0), 4);
    CHECK_EQ(wire_violations(), 0);
}

CASE(of_many_addresses_the_first_is_given) {
    struct addrinfo *list;
    dns_start();
    CHECK_EQ(resolved(DNS_HOST_MANY, "80", 0, &list), 0);
    CHECK(memcmp(&address_of(list)->sin_addr, dns_address, 4) == 0);
    CHECK(list->ai_next == NULL);
    freeaddrinfo(list);
    const struct hostent *host = gethostbyname(DNS_HOST_MANY);
    CHECK(memcmp(host->h_addr, dns_address, 4) == 0);
    CHECK(host->h_addr_list[1] == NULL);
    CHECK_EQ(dns.count, 1); /* it was remembered */
}

CASE(no_answer_is_eai_again) {
    struct addrinfo *list;
    static const uint8_t servers[1][4] = {NETWORK(DNS_IP)};
    wire_start();
    uint32_t begin = wire_now_ms();
    CHECK_EQ(error_of(DNS_HOST, "80", 0, AF_INET), EAI_AGAIN); /* no server is set */
    CHECK(wire_now_ms() - begin <= 20);
    dns_add();
    dns.silent = true;
    CHECK_EQ(w5100_dns_set(0, servers, 1), 0);
    begin = wire_now_ms();
    CHECK_EQ(resolved(DNS_HOST, "80", 0, &list), EAI_AGAIN);
    CHECK(wire_now_ms() - begin >= SILENCE_MS * 3 / 4);
    CHECK(wire_now_ms() - begin <= SILENCE_MS * 5 / 4);
    CHECK_EQ(wire_free_sockets(0), 4);
}

CASE(g5_four_busy_hardware_sockets_are_an_error_at_once) {
    struct sockaddr_in local = {.sin_family = AF_INET};
    int fds[4];
    dns_start();
    for (int i = 0; i < 4; i++) {
        local.sin_port = htons((uint16_t)(100 + i));
        fds[i] = socket(AF_INET, SOCK_DGRAM, 0);
        CHECK_EQ(bind(fds[i], (struct sockaddr *)&local, sizeof local), 0);
    }
    const uint32_t begin = wire_now_ms();
    errno = 0;
    CHECK_EQ(error_of(DNS_HOST, "80", 0, AF_INET), EAI_SYSTEM);
    CHECK_EQ(errno, ENOBUFS);
    errno = 0;
    CHECK(gethostbyname(DNS_HOST) == NULL);
    CHECK_EQ(h_errno, NETDB_INTERNAL);
    CHECK_EQ(errno, ENOBUFS);
    CHECK(wire_now_ms() - begin <= 5);
    CHECK_EQ(error_of("10.1.2.3", "80", 0, AF_INET), 0);
    CHECK_EQ(closesocket(fds[3]), 0);
    struct addrinfo *list;
    CHECK_EQ(resolved(DNS_HOST, "80", 0, &list), 0);
    freeaddrinfo(list);
    CHECK_EQ(wire_free_sockets(0), 1);
}

CASE(f10_errors_of_the_library_are_in_errno) {
    static const uint8_t servers[1][4] = {NETWORK(DNS_IP)};
    const w5100_config config = wire_config(0);
    w5100_port *port = port_that_breaks(wire_add_chip(0));
    CHECK_EQ(WIZnet_Enable(port, &config), 0);
    CHECK_EQ(w5100_dns_set(0, servers, 1), 0);
    port_broken = true;
    errno = 0;
    CHECK_EQ(error_of(DNS_HOST, "80", 0, AF_INET), EAI_SYSTEM);
    CHECK_EQ(errno, EIO);
    errno = 0;
    CHECK(gethostbyname(DNS_HOST) == NULL);
    CHECK_EQ(h_errno, NETDB_INTERNAL);
    CHECK_EQ(errno, EIO);
    port_broken = false;
    while (socket(AF_INET, SOCK_STREAM, 0) >= 0) {
    }
    CHECK_EQ(errno, EMFILE);
    errno = 0;
    CHECK_EQ(error_of(DNS_HOST, "80", 0, AF_INET), EAI_SYSTEM);
    CHECK_EQ(errno, EMFILE);
}

CASE(the_list_is_what_socket_and_connect_take) {
    struct addrinfo *list, hints = {.ai_socktype = SOCK_STREAM};
    char byte = 0;
    wire_start();
    CHECK_EQ(w5100_sim_peer_listen_service(wire_peer(), 7, W5100_SIM_SERVICE_ECHO), 0);
    CHECK_EQ(getaddrinfo("192.168.1.10", "7", &hints, &list), 0);
    const int fd = socket(list->ai_family, list->ai_socktype, list->ai_protocol);
    CHECK_EQ(connect(fd, list->ai_addr, list->ai_addrlen), 0);
    freeaddrinfo(list);
    CHECK_EQ(send(fd, "x", 1, 0), 1);
    CHECK_EQ(recv(fd, &byte, 1, 0), 1);
    CHECK_EQ(byte, 'x');
}
