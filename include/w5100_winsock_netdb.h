/*
 * w5100_winsock_netdb.h - names of hosts in the Winsock view.
 *
 * A part of w5100_winsock.h: include that. It takes the place of what <ws2tcpip.h> has of this:
 * IPv4 alone, a service is a number, and a host has one address.
 *
 * Memory, since there is no heap:
 *   - gethostbyname() gives static storage, which the thread's next call in the same source file
 *     overwrites. Where W5100_THREAD_LOCAL is nothing all tasks share it;
 *   - getaddrinfo() gives entries of a pool of the source file, which has W5100_ADDRINFO_MAX (6) of
 *     them, and EAI_MEMORY when they are all out. It may be called by any number of tasks at a
 * time. freeaddrinfo() may be called from any file, and for the rest of a list alone.
 *
 * The device that is asked is the one whose sockets socket() makes. Both block while a name is
 * looked up, for 10.5 s for each name server that is silent; an address is not looked up.
 */
#ifndef W5100_WINSOCK_NETDB_H
#define W5100_WINSOCK_NETDB_H

#include "w5100_netdb.h"
#include "w5100_winsock_options.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- hosts --------------------------------------------------------------------------------- */

/** The host of a name, or of an address as text. NULL: WSAHOST_NOT_FOUND, or what is no name;
    WSATRY_AGAIN: no name server answers, or none is set; WSAEFAULT: NULL; WSAENOBUFS and WSAEMFILE:
    no hardware socket or no handle is free, at once; WSAENETDOWN. What it points to lasts until the
    next call: see above. Blocks. */
static inline struct hostent *w5100_wsa_gethostbyname(const char *name) {
    static W5100_THREAD_LOCAL struct w5100_host_room room;
    static W5100_THREAD_LOCAL struct hostent host;
    if (w5100_wsa_is_off() || w5100_wsa_result(w5100_host_find(name, &room, sizeof room)) < 0) {
        return NULL;
    }
    host.h_name = w5100_host_name(&room.host);
    host.h_aliases = room.host.aliases;
    host.h_addrtype = AF_INET;
    host.h_length = sizeof room.host.address;
    host.h_addr_list = room.host.addresses;
    return &host;
}

/** This host's name, which is the address of the first device as text: gethostbyname() finds it.
    WSAEFAULT: `name` is NULL, or more than `length` bytes are needed; 16 are enough. */
static inline int w5100_wsa_gethostname(char *name, int length) {
    w5100_config config;
    uint32_t address;
    if (w5100_wsa_is_off() || w5100_wsa_result(w5100_first_device(&config)) < 0) {
        return SOCKET_ERROR;
    }
    memcpy(&address, config.ip, sizeof address);
    return name == NULL || w5100_inet_ntop(address, name, w5100_wsa_length(length)) == NULL
               ? w5100_wsa_fail(WSAEFAULT)
               : 0;
}

/* ---- addresses and services ---------------------------------------------------------------- */

#undef addrinfo
#define addrinfo w5100_wsa_addrinfo

/** What getaddrinfo() is asked, the first four, and what it gives: arguments for socket() and
    connect() or bind(). */
typedef struct addrinfo {
    int ai_flags;             /**< AI_... */
    int ai_family;            /**< AF_INET, or asked: AF_UNSPEC, which is the same */
    int ai_socktype;          /**< SOCK_..., or asked: 0 for all */
    int ai_protocol;          /**< IPPROTO_..., or asked: 0 for the type's own */
    size_t ai_addrlen;        /**< bytes of the address */
    char *ai_canonname;       /**< with AI_CANONNAME the node as it was given; else NULL */
    struct sockaddr *ai_addr; /**< a struct sockaddr_in */
    struct addrinfo *ai_next; /**< the same for another socket type, or NULL */
} addrinfo;

typedef struct addrinfo *w5100_wsa_paddrinfo;
#undef ADDRINFO
#undef ADDRINFOA
#undef PADDRINFO
#undef PADDRINFOA
#undef LPADDRINFO
#define ADDRINFO w5100_wsa_addrinfo
#define ADDRINFOA w5100_wsa_addrinfo
#define PADDRINFO w5100_wsa_paddrinfo
#define PADDRINFOA w5100_wsa_paddrinfo
#define LPADDRINFO w5100_wsa_paddrinfo

#undef AI_PASSIVE
#undef AI_CANONNAME
#undef AI_NUMERICHOST
#undef AI_NUMERICSERV
#undef AI_ALL
#undef AI_ADDRCONFIG
#undef AI_V4MAPPED
#define AI_PASSIVE W5100_AI_PASSIVE         /**< no node: 0.0.0.0, to bind; else 127.0.0.1 */
#define AI_CANONNAME W5100_AI_CANONNAME     /**< a copy of the node, in the first entry */
#define AI_NUMERICHOST W5100_AI_NUMERICHOST /**< the node is an address: no name is looked up */
#define AI_NUMERICSERV W5100_AI_NUMERICSERV /**< the service is a number, which it is anyway */
#define AI_ALL 0x0100                       /**< of IPv6: these change nothing */
#define AI_ADDRCONFIG 0x0400
#define AI_V4MAPPED 0x0800

#undef EAI_AGAIN
#undef EAI_BADFLAGS
#undef EAI_FAIL
#undef EAI_FAMILY
#undef EAI_MEMORY
#undef EAI_NODATA
#undef EAI_NONAME
#undef EAI_SERVICE
#undef EAI_SOCKTYPE
#define EAI_AGAIN WSATRY_AGAIN           /**< no name server answers, or none is set */
#define EAI_BADFLAGS WSAEINVAL           /**< an unknown flag, or AI_CANONNAME without a node */
#define EAI_FAIL WSANO_RECOVERY          /**< never given */
#define EAI_FAMILY WSAEAFNOSUPPORT       /**< neither AF_INET nor AF_UNSPEC */
#define EAI_MEMORY WSA_NOT_ENOUGH_MEMORY /**< the pool is empty: see above */
#define EAI_NODATA EAI_NONAME            /**< as on Windows */
#define EAI_NONAME WSAHOST_NOT_FOUND     /**< no such host; no node and no service; not numeric */
#define EAI_SERVICE WSATYPE_NOT_FOUND    /**< not a number up to 65535, or for a raw socket */
#define EAI_SOCKTYPE WSAESOCKTNOSUPPORT  /**< no such type, or the protocol is not the type's */

#undef h_errno
#undef HOST_NOT_FOUND
#undef TRY_AGAIN
#undef NO_RECOVERY
#undef NO_DATA
#undef NO_ADDRESS
#define h_errno WSAGetLastError() /**< what gethostbyname() told, by its older name */
#define HOST_NOT_FOUND WSAHOST_NOT_FOUND
#define TRY_AGAIN WSATRY_AGAIN
#define NO_RECOVERY WSANO_RECOVERY
#define NO_DATA WSANO_DATA
#define NO_ADDRESS WSANO_ADDRESS

/** An entry of the pool. */
struct w5100_wsa_addrinfo_entry {
    struct addrinfo info; /* first, so that it leads to the rest */
    struct sockaddr_in address;
    uint32_t taken;
};

/** Gives a list of getaddrinfo(), or the rest of one, back. NULL is understood, and Winsock need
    not be started. Does not block. */
static inline void w5100_wsa_freeaddrinfo(struct addrinfo *list) {
    while (list != NULL) {
        struct addrinfo *const next = list->ai_next;
        w5100_addrinfo_name_free(list->ai_canonname);
        (void)w5100_exchange(&((struct w5100_wsa_addrinfo_entry *)(void *)list)->taken, 0);
        list = next;
    }
}

/** An entry that nobody has; NULL if there is none. */
static inline struct w5100_wsa_addrinfo_entry *w5100_wsa_addrinfo_take(void) {
    static struct w5100_wsa_addrinfo_entry pool[W5100_ADDRINFO_MAX];
    for (int i = 0; i < W5100_ADDRINFO_MAX; i++) {
        if (w5100_take(&pool[i].taken)) {
            memset(&pool[i].info, 0, sizeof pool[i].info);
            return &pool[i];
        }
    }
    return NULL;
}

/** One entry of what was found, without a name; NULL if there is none. */
static inline struct addrinfo *w5100_wsa_addrinfo_entry(const w5100_addrinfo *found, int at) {
    struct w5100_wsa_addrinfo_entry *const entry = w5100_wsa_addrinfo_take();
    struct sockaddr_in address;
    if (entry == NULL) {
        return NULL;
    }
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_port = found->port;
    address.sin_addr.s_addr = found->address;
    memcpy(&entry->address, &address, sizeof address); /* it is read as a sockaddr too */
    entry->info.ai_flags = (int)found->flags;
    entry->info.ai_family = AF_INET;
    entry->info.ai_socktype = (int)found->types[at].socktype;
    entry->info.ai_protocol = (int)found->types[at].protocol;
    entry->info.ai_addrlen = sizeof entry->address;
    entry->info.ai_addr = (struct sockaddr *)(void *)&entry->address;
    return &entry->info;
}

/** The list of what was found; NULL if there is no room for all of it. */
static inline struct addrinfo *w5100_wsa_addrinfo_list(const char *node,
                                                       const w5100_addrinfo *found) {
    struct addrinfo *list = NULL;
    struct addrinfo **end = &list;
    const int named = (found->flags & AI_CANONNAME) != 0;
    for (int i = 0; i < found->count; i++) {
        *end = w5100_wsa_addrinfo_entry(found, i);
        if (list != NULL && i == 0 && named) {
            list->ai_canonname = w5100_addrinfo_name(node);
        }
        if (*end == NULL || (named && list->ai_canonname == NULL)) {
            w5100_wsa_freeaddrinfo(list);
            return NULL;
        }
        end = &(*end)->ai_next;
    }
    return list;
}

/** The WSA... code of what w5100_addrinfo_find() gave. */
static inline int w5100_wsa_addrinfo_code(int32_t result, int32_t error) {
    switch (result) {
    case W5100_EAI_BADFLAGS:
        return EAI_BADFLAGS;
    case W5100_EAI_NONAME:
        return EAI_NONAME;
    case W5100_EAI_AGAIN:
        return EAI_AGAIN;
    case W5100_EAI_FAMILY:
        return EAI_FAMILY;
    case W5100_EAI_SOCKTYPE:
        return EAI_SOCKTYPE;
    case W5100_EAI_SERVICE:
        return EAI_SERVICE;
    case W5100_EAI_MEMORY:
        return EAI_MEMORY;
    default:
        return w5100_wsa_error(error);
    }
}

/**
 * The address of a host and a port, as arguments for socket() and connect() or bind().
 *
 * @param node     name of a host, or its address as text; NULL: see AI_PASSIVE
 * @param service  port as a decimal number; NULL or "" is port 0. Not both may be NULL
 * @param hints    flags, family, socket type and protocol that are wanted; NULL: any
 * @param list     where to put the list, of an entry for each socket type. NULL if it fails
 * @return 0, or EAI_..., which are WSA... codes, and WSANOTINITIALISED, WSAEFAULT (`list` is NULL),
 *   WSAENOBUFS and WSAEMFILE (no hardware socket or no handle is free, at once), WSAENETDOWN. It is
 *   the last error too
 *
 * Blocks if a name has to be looked up.
 */
static inline int w5100_wsa_getaddrinfo(const char *node, const char *service,
                                        const struct addrinfo *hints, struct addrinfo **list) {
    w5100_addrinfo found;
    int32_t result;
    found.flags = hints == NULL ? 0 : hints->ai_flags & ~(AI_ALL | AI_ADDRCONFIG | AI_V4MAPPED);
    found.family = hints == NULL ? AF_UNSPEC : hints->ai_family;
    found.socktype = hints == NULL ? 0 : hints->ai_socktype;
    found.protocol = hints == NULL ? 0 : hints->ai_protocol;
    if (w5100_wsa_is_off()) {
        return WSANOTINITIALISED;
    }
    if (list == NULL) {
        (void)w5100_wsa_fail(WSAEFAULT);
        return WSAEFAULT;
    }
    *list = NULL;
    result = w5100_addrinfo_find(node, service, &found);
    if (result == 0) {
        *list = w5100_wsa_addrinfo_list(node, &found);
        result = *list == NULL ? W5100_EAI_MEMORY : 0;
    }
    if (result != 0) {
        result = w5100_wsa_addrinfo_code(result, found.error);
        (void)w5100_wsa_fail((int)result);
    }
    return (int)result;
}

#ifdef __cplusplus
}
#endif

/* ---- the plain names ----------------------------------------------------------------------- */

#undef gethostbyname
#undef gethostname
#undef getaddrinfo
#undef freeaddrinfo
#undef gai_strerror
#undef gai_strerrorA
#define gethostbyname(...) w5100_wsa_gethostbyname(__VA_ARGS__)
#define gethostname(...) w5100_wsa_gethostname(__VA_ARGS__)
#define getaddrinfo(...) w5100_wsa_getaddrinfo(__VA_ARGS__)
#define freeaddrinfo(...) w5100_wsa_freeaddrinfo(__VA_ARGS__)
#define gai_strerror(code) w5100_wsa_strerror(code) /**< a sentence; never NULL */
#define gai_strerrorA(code) w5100_wsa_strerror(code)

#endif /* W5100_WINSOCK_NETDB_H */
