/* Hosts and services by name, as far as nobody has to be asked: addresses as text, and errors. */
#include <stdio.h>
#include <string.h>

#include "session.h"

#define UNKNOWN_FLAG 0x40000

#if defined VIEW_CORE
#include "w5100_netdb.h"

#define AI_PASSIVE W5100_AI_PASSIVE
#define AI_CANONNAME W5100_AI_CANONNAME
#define AI_NUMERICHOST W5100_AI_NUMERICHOST
#define AI_NUMERICSERV W5100_AI_NUMERICSERV
#define EAI_BADFLAGS W5100_EAI_BADFLAGS
#define EAI_NONAME W5100_EAI_NONAME
#define EAI_AGAIN W5100_EAI_AGAIN
#define EAI_FAMILY W5100_EAI_FAMILY
#define EAI_SOCKTYPE W5100_EAI_SOCKTYPE
#define EAI_SERVICE W5100_EAI_SERVICE
#endif

static const char *address_text(const void *address) {
    static char text[16];
    uint8_t bytes[4];
    memcpy(bytes, address, 4);
    snprintf(text, sizeof text, "%u.%u.%u.%u", bytes[0], bytes[1], bytes[2], bytes[3]);
    return text;
}

static const char *error_text(int error) {
    static const struct {
        int number;
        const char *name;
    } names[] = {
        {EAI_BADFLAGS, "BADFLAGS"},     {EAI_NONAME, "NONAME"},     {EAI_AGAIN, "AGAIN"},
        {EAI_FAMILY, "FAMILY"},         {EAI_SOCKTYPE, "SOCKTYPE"}, {EAI_SERVICE, "SERVICE"},
#ifdef EAI_ADDRFAMILY
        {EAI_ADDRFAMILY, "ADDRFAMILY"},
#endif
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (names[i].number == error) {
            return names[i].name;
        }
    }
    return "unknown";
}

static const char *type_text(int type) {
    return type == V(SOCK_STREAM) ? "STREAM" : type == V(SOCK_DGRAM) ? "DGRAM" : "RAW";
}

/*
 * What is observed:
 *   listed()   the types of a list: "STREAM/6 DGRAM/17"
 *   got()      address, port and name that a stream gets: "10.1.2.3:80 10.1.2.3"
 *   host_of()  a host's name and address: "10.1.2.3 10.1.2.3"
 * or else the error.
 */
#if defined VIEW_CORE

static const char *listed(const char *node, const char *service, int type, int protocol) {
    static char text[64];
    w5100_addrinfo found = {.family = V(AF_INET), .socktype = type, .protocol = protocol};
    size_t length = 0;
    const int error = w5100_addrinfo_find(node, service, &found);
    if (error != 0) {
        return error_text(error);
    }
    for (int i = 0; i < found.count; i++) {
        length +=
            (size_t)snprintf(text + length, sizeof text - length, "%s%s/%d", i == 0 ? "" : " ",
                             type_text(found.types[i].socktype), (int)found.types[i].protocol);
    }
    return text;
}

static const char *got(const char *node, const char *service, int flags, int family) {
    static char text[64];
    w5100_addrinfo found = {.flags = flags, .family = family, .socktype = V(SOCK_STREAM)};
    const int error = w5100_addrinfo_find(node, service, &found);
    if (error != 0) {
        return error_text(error);
    }
    snprintf(text, sizeof text, "%s:%u", address_text(&found.address), w5100_htons(found.port));
    return text;
}

static const char *host_of(const char *name) {
    static char text[64];
    struct w5100_host_room room;
    const int32_t result = w5100_host_find(name, &room, sizeof room);
    if (result < 0) {
        return result == -W5100_EHOSTNOTFOUND ? "HOST_NOT_FOUND" : "another";
    }
    snprintf(text, sizeof text, "%s %s", w5100_host_name(&room.host),
             address_text(&room.host.address));
    return text;
}

#else

static const char *listed(const char *node, const char *service, int type, int protocol) {
    static char text[64];
    struct addrinfo hints, *list = NULL;
    size_t length = 0;
    memset(&hints, 0, sizeof hints);
    hints.ai_family = AF_INET;
    hints.ai_socktype = type;
    hints.ai_protocol = protocol;
    const int error = getaddrinfo(node, service, &hints, &list);
    if (error != 0) {
        return error_text(error);
    }
    for (const struct addrinfo *at = list; at != NULL; at = at->ai_next) {
        length +=
            (size_t)snprintf(text + length, sizeof text - length, "%s%s/%d", at == list ? "" : " ",
                             type_text(at->ai_socktype), at->ai_protocol);
    }
    freeaddrinfo(list);
    return text;
}

static const char *got(const char *node, const char *service, int flags, int family) {
    static char text[64];
    struct addrinfo hints, *list = NULL;
    memset(&hints, 0, sizeof hints);
    hints.ai_flags = flags;
    hints.ai_family = family;
    hints.ai_socktype = SOCK_STREAM;
    const int error = getaddrinfo(node, service, &hints, &list);
    if (error != 0) {
        return error_text(error);
    }
    const v_address *address = (const v_address *)(const void *)list->ai_addr;
    snprintf(text, sizeof text, "%s:%u%s%s", address_text(&address->sin_addr), v_port(address),
             list->ai_canonname == NULL ? "" : " ",
             list->ai_canonname == NULL ? "" : list->ai_canonname);
    freeaddrinfo(list);
    return text;
}

static const char *host_of(const char *name) {
    static char text[64];
    const struct hostent *found = gethostbyname(name);
    if (found != NULL) {
        snprintf(text, sizeof text, "%s %s%s", found->h_name, address_text(found->h_addr_list[0]),
                 found->h_addr_list[1] != NULL || found->h_aliases[0] != NULL ? " and more" : "");
        return text;
    }
#if defined VIEW_WINSOCK
    return WSAGetLastError() == WSAHOST_NOT_FOUND ? "HOST_NOT_FOUND" : "another";
#else
    return h_errno == HOST_NOT_FOUND ? "HOST_NOT_FOUND"
           : h_errno == NO_RECOVERY  ? "NO_RECOVERY"
                                     : "another";
#endif
}

#endif

ROW(getaddrinfo_types, lists, IS("any", "STREAM/6 DGRAM/17 RAW/0"),
    IS("any, with a service", "STREAM/6 DGRAM/17 RAW/0"), IS("stream", "STREAM/6"),
    IS("datagram", "DGRAM/17"), IS("raw", "RAW/0"), IS("raw, with a service", "SERVICE"),
    IS("TCP", "STREAM/6"), IS("UDP", "DGRAM/17"), IS("ICMP", "RAW/1"),
    IS("ICMP, with a service", "SERVICE"), IS("raw TCP", "RAW/6"), IS("stream of UDP", "SOCKTYPE"),
    IS("datagram of TCP", "SOCKTYPE"), IS("unknown type", "SOCKTYPE")) {
    static const char ip[] = "10.1.2.3";
    OBSERVE_TEXT("any", listed(ip, NULL, 0, 0));
    OBSERVE_TEXT("any, with a service", listed(ip, "80", 0, 0));
    OBSERVE_TEXT("stream", listed(ip, "80", V(SOCK_STREAM), 0));
    OBSERVE_TEXT("datagram", listed(ip, "80", V(SOCK_DGRAM), 0));
    OBSERVE_TEXT("raw", listed(ip, NULL, V(SOCK_RAW), 0));
    OBSERVE_TEXT("raw, with a service", listed(ip, "80", V(SOCK_RAW), 0));
    OBSERVE_TEXT("TCP", listed(ip, "80", 0, V(IPPROTO_TCP)));
    OBSERVE_TEXT("UDP", listed(ip, "80", 0, V(IPPROTO_UDP)));
    OBSERVE_TEXT("ICMP", listed(ip, NULL, 0, V(IPPROTO_ICMP)));
    OBSERVE_TEXT("ICMP, with a service", listed(ip, "80", 0, V(IPPROTO_ICMP)));
    OBSERVE_TEXT("raw TCP", listed(ip, NULL, V(SOCK_RAW), V(IPPROTO_TCP)));
    OBSERVE_TEXT("stream of UDP", listed(ip, "80", V(SOCK_STREAM), V(IPPROTO_UDP)));
    OBSERVE_TEXT("datagram of TCP", listed(ip, "80", V(SOCK_DGRAM), V(IPPROTO_TCP)));
    OBSERVE_TEXT("unknown type", listed(ip, "80", 99, 0));
}

ROW(getaddrinfo_node, addresses, IS("address", "10.1.2.3:80"), IS("short address", "10.0.0.3:80"),
    IS("hexadecimal", "10.0.0.3:80"),
    IS("name", "10.1.2.3:80 10.1.2.3", .not_core = "the caller has it"),
    IS("passive, address", "10.1.2.3:80"), IS("passive", "0.0.0.0:80"), IS("none", "127.0.0.1:80"),
    IS("neither", "NONAME"), IS("neither, unknown flag", "NONAME"), IS("unknown flag", "BADFLAGS"),
    IS("none, name", "BADFLAGS"), IS("not numeric", "NONAME"), IS("too large", "NONAME"),
    IS("space", "NONAME"), IS("empty", "NONAME"), IS("family unknown", "FAMILY"),
    IS("family IPv6", "FAMILY")) {
    const int inet6 = 10; /* Linux's; no view of the library's has it */
    OBSERVE_TEXT("address", got("10.1.2.3", "80", 0, V(AF_UNSPEC)));
    OBSERVE_TEXT("short address", got("10.3", "80", AI_NUMERICHOST, V(AF_INET)));
    OBSERVE_TEXT("hexadecimal", got("0xA.3", "80", AI_NUMERICHOST, V(AF_INET)));
    OBSERVE_TEXT("name", got("10.1.2.3", "80", AI_CANONNAME, V(AF_INET)));
    OBSERVE_TEXT("passive, address", got("10.1.2.3", "80", AI_PASSIVE, V(AF_INET)));
    OBSERVE_TEXT("passive", got(NULL, "80", AI_PASSIVE, V(AF_INET)));
    OBSERVE_TEXT("none", got(NULL, "80", 0, V(AF_INET)));
    OBSERVE_TEXT("neither", got(NULL, NULL, AI_PASSIVE, V(AF_INET)));
    OBSERVE_TEXT("neither, unknown flag", got(NULL, NULL, UNKNOWN_FLAG, V(AF_INET)));
    OBSERVE_TEXT("unknown flag", got("10.1.2.3", "80", UNKNOWN_FLAG, V(AF_INET)));
    OBSERVE_TEXT("none, name", got(NULL, "80", AI_CANONNAME, V(AF_INET)));
    OBSERVE_TEXT("not numeric", got("host", "80", AI_NUMERICHOST, V(AF_INET)));
    OBSERVE_TEXT("too large", got("10.1.2.256", "80", AI_NUMERICHOST, V(AF_INET)));
    OBSERVE_TEXT("space", got("10.1.2.3 ", "80", AI_NUMERICHOST, V(AF_INET)));
    OBSERVE_TEXT("empty", got("", "80", AI_NUMERICHOST, V(AF_INET)));
    OBSERVE_TEXT("family unknown", got("10.1.2.3", "80", 0, 99));
    OBSERVE_TEXT("family IPv6", got("10.1.2.3", "80", AI_NUMERICHOST, inet6));
}

ROW(getaddrinfo_service, ports, IS("80", "10.1.2.3:80"), IS("00080", "10.1.2.3:80"),
    IS("0", "10.1.2.3:0"), IS("none", "10.1.2.3:0"), IS("empty", "10.1.2.3:0"),
    IS("65535", "10.1.2.3:65535"), IS("65536", "SERVICE"), IS("-1", "SERVICE"),
    IS("+80", "SERVICE"), IS("space", "SERVICE"), IS("80x", "SERVICE"),
    IS("name, numeric wanted", "NONAME"), IS("unknown name", "SERVICE")) {
    static const char ip[] = "10.1.2.3";
    OBSERVE_TEXT("80", got(ip, "80", AI_NUMERICSERV, V(AF_INET)));
    OBSERVE_TEXT("00080", got(ip, "00080", 0, V(AF_INET)));
    OBSERVE_TEXT("0", got(ip, "0", 0, V(AF_INET)));
    OBSERVE_TEXT("none", got(ip, NULL, 0, V(AF_INET)));
    OBSERVE_TEXT("empty", got(ip, "", 0, V(AF_INET)));
    OBSERVE_TEXT("65535", got(ip, "65535", 0, V(AF_INET)));
    OBSERVE_TEXT("65536", got(ip, "65536", 0, V(AF_INET)));
    OBSERVE_TEXT("-1", got(ip, "-1", 0, V(AF_INET)));
    OBSERVE_TEXT("+80", got(ip, "+80", 0, V(AF_INET)));
    OBSERVE_TEXT("space", got(ip, " 80", 0, V(AF_INET)));
    OBSERVE_TEXT("80x", got(ip, "80x", 0, V(AF_INET)));
    OBSERVE_TEXT("name, numeric wanted", got(ip, "http", AI_NUMERICSERV, V(AF_INET)));
    OBSERVE_TEXT("unknown name", got(ip, "no-such-service", 0, V(AF_INET)));
}

ROW(gethostbyname, addresses, IS("address", "10.1.2.3 10.1.2.3"),
    IS("short address", "10.3 10.0.0.3"), IS("word", "3 0.0.0.3"),
    IS("hexadecimal", "0xA.3 10.0.0.3"), IS("too large", "HOST_NOT_FOUND"),
    IS("five parts", "HOST_NOT_FOUND"), IS("empty", "HOST_NOT_FOUND")) {
    OBSERVE_TEXT("address", host_of("10.1.2.3"));
    OBSERVE_TEXT("short address", host_of("10.3"));
    OBSERVE_TEXT("word", host_of("3"));
    OBSERVE_TEXT("hexadecimal", host_of("0xA.3"));
    OBSERVE_TEXT("too large", host_of("10.1.2.256"));
    OBSERVE_TEXT("five parts", host_of("1.2.3.4.5"));
    OBSERVE_TEXT("empty", host_of(""));
}
