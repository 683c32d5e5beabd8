/*
 * w5100_bsd_netdb.h - the BSD view's calls on names of hosts.
 *
 * A part of w5100_bsd.h: include that. What it takes from the system's <netdb.h> is less than all:
 * there is IPv4, a service is a number, and a host has one address.
 *
 * Memory, since there is no heap:
 *   - gethostbyname() gives static storage, which the next call overwrites. On a system with
 *     threads of the compiler's each thread has its own in each source file that calls it;
 * elsewhere all tasks share it, so that only one of them may use it. gethostbyname_r() takes the
 * caller's;
 *   - getaddrinfo() gives entries of a pool of the source file, which has W5100_ADDRINFO_MAX (6) of
 *     them, and EAI_MEMORY when they are all out. It may be called by any number of tasks at a
 * time. freeaddrinfo() may be called from any file, and for the rest of a list alone.
 *
 * The device that is asked is the one whose sockets socket() makes. All of it blocks while a name
 * is looked up, for 10.5 s for each name server that is silent; an address is not looked up.
 */
#ifndef W5100_BSD_NETDB_H
#define W5100_BSD_NETDB_H

#include "w5100_bsd_types.h"
#include "w5100_errno.h"
#include "w5100_netdb.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- types and numbers --------------------------------------------------------------------- */

#undef hostent
#undef h_addr
#undef addrinfo
#define hostent w5100_bsd_hostent
#define addrinfo w5100_bsd_addrinfo
#define h_addr h_addr_list[0] /**< the first address */

/** What a name stands for. */
struct hostent {
    char *h_name;       /**< the name as it was given */
    char **h_aliases;   /**< other names: none, but the NULL that ends them */
    int h_addrtype;     /**< AF_INET */
    int h_length;       /**< bytes of an address: 4 */
    char **h_addr_list; /**< one address in network byte order, and a NULL */
};

/** What getaddrinfo() is asked, the first four, and what it gives: arguments for socket() and
    connect() or bind(). */
struct addrinfo {
    int ai_flags;             /**< AI_... */
    int ai_family;            /**< AF_INET, or asked: AF_UNSPEC, which is the same */
    int ai_socktype;          /**< SOCK_..., or asked: 0 for all */
    int ai_protocol;          /**< IPPROTO_..., or asked: 0 for the type's own */
    socklen_t ai_addrlen;     /**< bytes of the address */
    struct sockaddr *ai_addr; /**< a struct sockaddr_in */
    char *ai_canonname;       /**< with AI_CANONNAME the node as it was given; else NULL */
    struct addrinfo *ai_next; /**< the same for another socket type, or NULL */
};

#undef AI_PASSIVE
#undef AI_CANONNAME
#undef AI_NUMERICHOST
#undef AI_NUMERICSERV
#undef AI_V4MAPPED
#undef AI_ALL
#undef AI_ADDRCONFIG
#define AI_PASSIVE W5100_AI_PASSIVE         /**< no node: 0.0.0.0, to bind; else 127.0.0.1 */
#define AI_CANONNAME W5100_AI_CANONNAME     /**< a copy of the node, in the first entry */
#define AI_NUMERICHOST W5100_AI_NUMERICHOST /**< the node is an address: no name is looked up */
#define AI_NUMERICSERV W5100_AI_NUMERICSERV /**< the service is a number, which it is anyway */
#define AI_V4MAPPED 0                       /**< of IPv6: these change nothing */
#define AI_ALL 0
#define AI_ADDRCONFIG 0

#undef EAI_BADFLAGS
#undef EAI_NONAME
#undef EAI_NODATA
#undef EAI_AGAIN
#undef EAI_FAIL
#undef EAI_FAMILY
#undef EAI_ADDRFAMILY
#undef EAI_SOCKTYPE
#undef EAI_SERVICE
#undef EAI_MEMORY
#undef EAI_SYSTEM
#undef EAI_OVERFLOW
#define EAI_BADFLAGS W5100_EAI_BADFLAGS /**< an unknown flag, or AI_CANONNAME without a node */
#define EAI_NONAME W5100_EAI_NONAME     /**< no such host; no node and no service; not numeric */
#define EAI_AGAIN W5100_EAI_AGAIN       /**< no name server answers, or none is set */
#define EAI_FAIL (-4)                   /**< never given, as the next */
#define EAI_NODATA (-5)
#define EAI_FAMILY W5100_EAI_FAMILY     /**< neither AF_INET nor AF_UNSPEC */
#define EAI_SOCKTYPE W5100_EAI_SOCKTYPE /**< no such type, or the protocol is not the type's */
#define EAI_SERVICE W5100_EAI_SERVICE   /**< not a number up to 65535, or for a raw socket */
#define EAI_ADDRFAMILY (-9)             /**< never given */
#define EAI_MEMORY W5100_EAI_MEMORY     /**< the pool is empty: see above */
#define EAI_SYSTEM W5100_EAI_SYSTEM     /**< errno tells */
#define EAI_OVERFLOW (-12)              /**< never given */

#undef NETDB_INTERNAL
#undef NETDB_SUCCESS
#undef HOST_NOT_FOUND
#undef TRY_AGAIN
#undef NO_RECOVERY
#undef NO_DATA
#undef NO_ADDRESS
#define NETDB_INTERNAL (-1) /**< errno tells */
#define NETDB_SUCCESS 0
#define HOST_NOT_FOUND 1 /**< no such host, or it has no address */
#define TRY_AGAIN 2      /**< no name server answers, or none is set */
#define NO_RECOVERY 3    /**< never given, as the next */
#define NO_DATA 4
#define NO_ADDRESS NO_DATA

/* ---- gethostbyname ------------------------------------------------------------------------- */

/** Where h_errno is: one of the source file, and of the thread as W5100_THREAD_LOCAL says. */
static inline int *w5100_bsd_h_errno_location(void) {
    static W5100_THREAD_LOCAL int number;
    return &number;
}

/** The h_errno for a result of w5100_host_find(); sets errno where it is NETDB_INTERNAL. */
static inline int w5100_bsd_host_error(int32_t result) {
    if (result == -W5100_EHOSTNOTFOUND) {
        return HOST_NOT_FOUND;
    }
    if (result == -W5100_ENAMESERVER) {
        return TRY_AGAIN;
    }
    w5100_errno_set(w5100_to_errno(-result));
    return NETDB_INTERNAL;
}

/** Has `host` show what w5100_host_find() put into `room`. */
static inline void w5100_bsd_host_show(struct hostent *host, void *room) {
    struct w5100_host *const found = (struct w5100_host *)room;
    host->h_name = w5100_host_name(found);
    host->h_aliases = found->aliases;
    host->h_addrtype = AF_INET;
    host->h_length = sizeof found->address;
    host->h_addr_list = found->addresses;
}

/** The host of a name, or of an address as text: NULL, and h_errno tells why: HOST_NOT_FOUND,
    TRY_AGAIN, or NETDB_INTERNAL, of which errno tells more: EFAULT (`name` is NULL), ENOBUFS or
    EMFILE (at once: no hardware socket or handle is free), ENETDOWN, EIO. What it points to lasts
    until the next call: see above. Blocks. */
static inline struct hostent *w5100_bsd_gethostbyname(const char *name) {
    static W5100_THREAD_LOCAL struct w5100_host_room room;
    static W5100_THREAD_LOCAL struct hostent host;
    const int32_t result = w5100_host_find(name, &room, sizeof room);
    if (result < 0) {
        *w5100_bsd_h_errno_location() = w5100_bsd_host_error(result);
        return NULL;
    }
    w5100_bsd_host_show(&host, &room);
    return &host;
}

/**
 * The same in memory of the caller's, for any number of tasks at a time.
 *
 * @param name    as above
 * @param host    filled in, with pointers into `buffer`
 * @param buffer  300 bytes suffice for any name on a 64-bit CPU and less; need not be aligned
 * @param size    of it, in bytes
 * @param result  `host`, or NULL where there is none
 * @param error   in place of h_errno; written if there is no host. May be NULL
 * @return 0, ERANGE: `size` is too small; or else what errno would be: ENOENT for HOST_NOT_FOUND,
 *   EAGAIN for TRY_AGAIN
 */
static inline int w5100_bsd_gethostbyname_r(const char *name, struct hostent *host, char *buffer,
                                            size_t size, struct hostent **result, int *error) {
    const size_t skipped = (sizeof(void *) - (uintptr_t)buffer % sizeof(void *)) % sizeof(void *);
    int32_t outcome = -W5100_EFAULT;
    int number;
    if (host != NULL && buffer != NULL && result != NULL) {
        *result = NULL;
        outcome = w5100_host_find(name, buffer + (skipped < size ? skipped : size),
                                  skipped < size ? size - skipped : 0);
    }
    if (outcome == 0) {
        w5100_bsd_host_show(host, buffer + skipped);
        *result = host;
        return 0;
    }
    number = outcome == -W5100_EHOSTNOTFOUND ? HOST_NOT_FOUND
             : outcome == -W5100_ENAMESERVER ? TRY_AGAIN
                                             : NETDB_INTERNAL;
    if (error != NULL) {
        *error = number;
    }
    return number == HOST_NOT_FOUND     ? ENOENT
           : number == TRY_AGAIN        ? EAGAIN
           : outcome == -W5100_EMSGSIZE ? ERANGE
                                        : w5100_to_errno(-outcome);
}

/** A sentence about a value of h_errno; never NULL. */
static inline const char *w5100_bsd_hstrerror(int error) {
    switch (error) {
    case NETDB_SUCCESS:
        return "Success";
    case HOST_NOT_FOUND:
        return "No such host";
    case TRY_AGAIN:
        return "No name server answers";
    case NO_RECOVERY:
        return "Name server failed";
    case NO_DATA:
        return "Name has no address";
    case NETDB_INTERNAL:
        return "Error of the library: see errno";
    default:
        return "Unknown error";
    }
}

/* ---- getaddrinfo --------------------------------------------------------------------------- */

/** An entry of the pool. */
struct w5100_bsd_addrinfo_entry {
    struct addrinfo info; /* first, so that it leads to the rest */
    struct sockaddr_in address;
    uint32_t taken;
};

/** Gives a list of getaddrinfo(), or the rest of one, back. NULL is understood. Does not block. */
static inline void w5100_bsd_freeaddrinfo(struct addrinfo *list) {
    while (list != NULL) {
        struct addrinfo *const next = list->ai_next;
        w5100_addrinfo_name_free(list->ai_canonname);
        (void)w5100_exchange(&((struct w5100_bsd_addrinfo_entry *)(void *)list)->taken, 0);
        list = next;
    }
}

/** An entry that nobody has; NULL if there is none. */
static inline struct w5100_bsd_addrinfo_entry *w5100_bsd_addrinfo_take(void) {
    static struct w5100_bsd_addrinfo_entry pool[W5100_ADDRINFO_MAX];
    for (int i = 0; i < W5100_ADDRINFO_MAX; i++) {
        if (w5100_take(&pool[i].taken)) {
            memset(&pool[i].info, 0, sizeof pool[i].info);
            return &pool[i];
        }
    }
    return NULL;
}

/** One entry of what was found, without a name; NULL if there is none. */
static inline struct addrinfo *w5100_bsd_addrinfo_entry(const w5100_addrinfo *found, int at) {
    struct w5100_bsd_addrinfo_entry *const entry = w5100_bsd_addrinfo_take();
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
static inline struct addrinfo *w5100_bsd_addrinfo_list(const char *node,
                                                       const w5100_addrinfo *found) {
    struct addrinfo *list = NULL;
    struct addrinfo **end = &list;
    const int named = (found->flags & AI_CANONNAME) != 0;
    for (int i = 0; i < found->count; i++) {
        *end = w5100_bsd_addrinfo_entry(found, i);
        if (list != NULL && i == 0 && named) {
            list->ai_canonname = w5100_addrinfo_name(node);
        }
        if (*end == NULL || (named && list->ai_canonname == NULL)) {
            w5100_bsd_freeaddrinfo(list);
            return NULL;
        }
        end = &(*end)->ai_next;
    }
    return list;
}

/**
 * The address of a host and a port, as arguments for socket() and connect() or bind().
 *
 * @param node     name of a host, or its address as text; NULL: see AI_PASSIVE
 * @param service  port as a decimal number; NULL or "" is port 0. Not both may be NULL
 * @param hints    flags, family, socket type and protocol that are wanted; NULL: any
 * @param list     where to put the list, of an entry for each socket type. NULL if it fails
 * @return 0, or EAI_..., of which gai_strerror() gives the text. With EAI_SYSTEM errno is set:
 *   EFAULT (`list` is NULL), ENOBUFS or EMFILE (at once: no hardware socket or handle is free),
 *   ENETDOWN, EIO
 *
 * Blocks if a name has to be looked up.
 */
static inline int w5100_bsd_getaddrinfo(const char *node, const char *service,
                                        const struct addrinfo *hints, struct addrinfo **list) {
    w5100_addrinfo found;
    int32_t result = W5100_EAI_SYSTEM;
    found.error = W5100_EFAULT;
    found.flags = hints == NULL ? 0 : hints->ai_flags;
    found.family = hints == NULL ? AF_UNSPEC : hints->ai_family;
    found.socktype = hints == NULL ? 0 : hints->ai_socktype;
    found.protocol = hints == NULL ? 0 : hints->ai_protocol;
    if (list != NULL) {
        *list = NULL;
        result = w5100_addrinfo_find(node, service, &found);
    }
    if (result == W5100_EAI_SYSTEM) {
        w5100_errno_set(w5100_to_errno(found.error));
    }
    if (result == 0) {
        *list = w5100_bsd_addrinfo_list(node, &found);
        result = *list == NULL ? W5100_EAI_MEMORY : 0;
    }
    return (int)result;
}

/** A sentence about what getaddrinfo() gave; never NULL. */
static inline const char *w5100_bsd_gai_strerror(int error) {
    switch (error) {
    case 0:
        return "Success";
    case EAI_BADFLAGS:
        return "Bad flags";
    case EAI_NONAME:
        return "No such host or service";
    case EAI_AGAIN:
        return "No name server answers";
    case EAI_FAIL:
        return "Name server failed";
    case EAI_NODATA:
        return "Name has no address";
    case EAI_FAMILY:
        return "Address family not supported";
    case EAI_SOCKTYPE:
        return "Socket type or protocol not supported";
    case EAI_SERVICE:
        return "Service is not a port number, or the socket type has no ports";
    case EAI_ADDRFAMILY:
        return "Host has no address of this family";
    case EAI_MEMORY:
        return "Too many lists that were not freed";
    case EAI_SYSTEM:
        return "Error of the library: see errno";
    case EAI_OVERFLOW:
        return "Too little room";
    default:
        return "Unknown error";
    }
}

#ifdef __cplusplus
}
#endif

/* ---- the plain names ----------------------------------------------------------------------- */

#undef h_errno
#undef gethostbyname
#undef gethostbyname_r
#undef hstrerror
#undef getaddrinfo
#undef freeaddrinfo
#undef gai_strerror
#define h_errno (*w5100_bsd_h_errno_location())
#define gethostbyname(...) w5100_bsd_gethostbyname(__VA_ARGS__)
#define gethostbyname_r(...) w5100_bsd_gethostbyname_r(__VA_ARGS__)
#define hstrerror(...) w5100_bsd_hstrerror(__VA_ARGS__)
#define getaddrinfo(...) w5100_bsd_getaddrinfo(__VA_ARGS__)
#define freeaddrinfo(...) w5100_bsd_freeaddrinfo(__VA_ARGS__)
#define gai_strerror(...) w5100_bsd_gai_strerror(__VA_ARGS__)

#endif /* W5100_BSD_NETDB_H */
