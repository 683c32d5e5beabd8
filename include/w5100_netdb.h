/*
 * w5100_netdb.h - hosts and services by name: what gethostbyname() and getaddrinfo() of the views
 * with plain names are made of.
 *
 * Opt-in and header-only. The library has to have its part `dns`, as it has by default. Names are
 * looked up by w5100_resolve(), on the first device that is enabled, the one whose sockets
 * w5100_socket() makes. A host has one address here: the first of an answer that has several.
 *
 * There is no heap. What getaddrinfo() gives is taken from a pool of the source file that calls it,
 * and freeaddrinfo() of any file gives it back; see W5100_ADDRINFO_MAX. On a Cortex-M3 each source
 * file that calls gethostbyname() has 0.7 KiB of code and 290 bytes of RAM for it, and for
 * getaddrinfo() 1.0 KiB and 570 bytes.
 */
#ifndef W5100_NETDB_H
#define W5100_NETDB_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "w5100.h"
#include "w5100_inet.h"

/** Entries of lists of getaddrinfo() that a source file may have in its hands at a time. Without a
    socket type a list has three entries, else one. An entry has 52 bytes on a 32-bit CPU. A program
    may define it before the include. */
#ifndef W5100_ADDRINFO_MAX
#define W5100_ADDRINFO_MAX 6
#endif

/** Of these lists, how many may have a name, for which AI_CANONNAME asks: 260 bytes each. */
#ifndef W5100_ADDRINFO_NAMES
#define W5100_ADDRINFO_NAMES 1
#endif

/** What makes the result of gethostbyname() each thread's own. Define it as nothing where the
    compiler's threads are not the system's; each source file then has one for all threads. */
#ifndef W5100_THREAD_LOCAL
#if defined(__unix__) || defined(__APPLE__)
#define W5100_THREAD_LOCAL __thread
#else
#define W5100_THREAD_LOCAL
#endif
#endif

/** Room for the longest name, its final 0 included. */
#define W5100_NAME_SIZE 254

#ifdef __cplusplus
extern "C" {
#endif

/* ---- hosts --------------------------------------------------------------------------------- */

/** The first device that is enabled, and what it is set to: its number, or -W5100_ENETDOWN,
    -W5100_EIO. Does not block. Task only. */
static inline int32_t w5100_first_device(w5100_config *config) {
    int32_t device = 0;
    int32_t result;
    config->size = sizeof *config;
    while ((result = w5100_get_config(device, config)) == -W5100_ENETDOWN) {
        device++;
    }
    if (result == -W5100_EINVAL) { /* past the last device: none is enabled */
        return -W5100_ENETDOWN;
    }
    return result < 0 ? result : device;
}

/* An address as text and nothing behind it, in the forms of w5100_inet_aton(): 1, or 0. */
static inline int w5100_host_number(const char *text, uint32_t *address) {
    for (const char *at = text; *at != '\0'; at++) {
        if ((uint8_t)*at <= ' ') {
            return 0;
        }
    }
    return w5100_inet_aton(text, address);
}

/* Whether `text` may be asked for: no name has white space in it, nor a number as its last part. A
   name server would not know it either, but to ask takes time and a hardware socket. */
static inline int w5100_host_may_be(const char *text) {
    int is_number = 1; /* the part so far */
    for (; *text != '\0'; text++) {
        if ((uint8_t)*text <= ' ' || *text == 0x7F) {
            return 0;
        }
        if (*text != '.') {
            is_number = is_number && *text >= '0' && *text <= '9';
        } else if (text[1] != '\0') {
            is_number = 1;
        }
    }
    return !is_number;
}

/**
 * The address of a host, by its name or by an address as text in the forms of w5100_inet_aton(),
 * which needs no device.
 *
 * @param name     may be NULL
 * @param address  filled in, in network byte order
 * @return 0, or
 *   - -W5100_EHOSTNOTFOUND: there is no such host, or this is no name
 *   - -W5100_ENAMESERVER: no server answered, or none is set
 *   - -W5100_ENOBUFS, -W5100_EMFILE: no hardware socket or no handle can be had, at once
 *   - -W5100_ENETDOWN: no device is enabled, or it was disabled meanwhile
 *   - -W5100_EFAULT: an argument is NULL
 *   - -W5100_EIO
 *
 * Blocks, as w5100_resolve() without a limit. Task only.
 */
static inline int32_t w5100_host_address(const char *name, uint32_t *address) {
    w5100_config config;
    uint8_t ip[4];
    int32_t result;
    if (name == NULL || address == NULL) {
        return -W5100_EFAULT;
    }
    if (w5100_host_number(name, address)) {
        return 0;
    }
    if (!w5100_host_may_be(name)) {
        return -W5100_EHOSTNOTFOUND;
    }
    result = w5100_first_device(&config);
    if (result >= 0) {
        result = w5100_resolve(result, name, ip, -1);
    }
    if (result >= 0) {
        memcpy(address, ip, sizeof ip);
    }
    return result == -W5100_EINVAL ? -W5100_EHOSTNOTFOUND : result;
}

/** What a hostent points to. The name is behind it. */
struct w5100_host {
    char *addresses[2]; /**< the one there is, and NULL */
    char *aliases[1];   /**< NULL */
    uint32_t address;   /**< network byte order */
};

/** Room for one with any name. */
struct w5100_host_room {
    struct w5100_host host;
    char name[W5100_NAME_SIZE];
};

/** The name of a host that w5100_host_find() gave. */
static inline char *w5100_host_name(struct w5100_host *host) {
    return (char *)(host + 1);
}

/**
 * Looks a host up and puts it, and the name that it was asked for, into `room`.
 *
 * @param name  see w5100_host_address()
 * @param room  aligned for a pointer
 * @param size  bytes of it
 * @return 0; -W5100_EMSGSIZE: it has no room for so long a name; or what w5100_host_address() gives
 *
 * Blocks. Task only.
 */
static inline int32_t w5100_host_find(const char *name, void *room, size_t size) {
    struct w5100_host *const host = (struct w5100_host *)room;
    uint32_t address = 0;
    size_t length;
    int32_t result;
    if (name == NULL || room == NULL) {
        return -W5100_EFAULT;
    }
    length = strlen(name) + 1;
    if (length > W5100_NAME_SIZE) {
        return -W5100_EHOSTNOTFOUND;
    }
    if (size < sizeof *host || size - sizeof *host < length) {
        return -W5100_EMSGSIZE;
    }
    result = w5100_host_address(name, &address);
    if (result < 0) {
        return result;
    }
    memcpy(&host->address, &address, sizeof address); /* it is read as an in_addr */
    host->addresses[0] = (char *)&host->address;
    host->addresses[1] = NULL;
    host->aliases[0] = NULL;
    memcpy(w5100_host_name(host), name, length);
    return 0;
}

/* ---- addresses and services ---------------------------------------------------------------- */

/* Flags of w5100_addrinfo_find(). */
#define W5100_AI_PASSIVE 0x01     /**< no node: any address, to bind; else 127.0.0.1 */
#define W5100_AI_CANONNAME 0x02   /**< tell the name; that is the node as it was given */
#define W5100_AI_NUMERICHOST 0x04 /**< the node is an address: nothing is looked up */
#define W5100_AI_NUMERICSERV 0x08 /**< the service is a number, as it has to be anyway */

/* What it gives. */
#define W5100_EAI_BADFLAGS (-1) /**< an unknown flag, or a name was asked for without a node */
#define W5100_EAI_NONAME (-2)   /**< no such host; no node and no service; not numeric */
#define W5100_EAI_AGAIN (-3)    /**< no name server answers, or none is set */
#define W5100_EAI_FAMILY (-6)   /**< not IPv4 */
#define W5100_EAI_SOCKTYPE (-7) /**< no such socket type, or the protocol is not the type's */
#define W5100_EAI_SERVICE (-8)  /**< not a number from 0 to 65535, or a raw socket */
#define W5100_EAI_MEMORY (-10)  /**< the pool is empty */
#define W5100_EAI_SYSTEM (-11)  /**< an error of the library's own: see `error` */

/** Entries of a list, at most. */
#define W5100_ADDRINFO_TYPES 3

/** What is known of a node and a service. */
typedef struct w5100_addrinfo {
    int32_t flags;    /**< in, and so the next: W5100_AI_... */
    int32_t family;   /**< W5100_AF_UNSPEC or W5100_AF_INET */
    int32_t socktype; /**< W5100_SOCK_..., or 0 for each there is */
    int32_t protocol; /**< W5100_IPPROTO_..., or 0 for the type's own */
    int32_t error;    /**< out, and so the next: W5100_E... of W5100_EAI_SYSTEM */
    uint32_t address; /**< network byte order */
    uint16_t port;    /**< network byte order */
    uint16_t count;   /**< how many types follow */
    struct {
        int32_t socktype;
        int32_t protocol;
    } types[W5100_ADDRINFO_TYPES]; /**< what to make a socket with */
} w5100_addrinfo;

/* The number that `text` is, in network byte order: 1, or 0 if it is none of a port. */
static inline int w5100_service_port(const char *text, uint16_t *port) {
    uint32_t value = 0;
    for (; *text >= '0' && *text <= '9' && value <= 0xFFFF; text++) {
        value = value * 10u + (uint32_t)(*text - '0');
    }
    *port = w5100_htons((uint16_t)value);
    return *text == '\0' && value <= 0xFFFF;
}

/* Fills `types` in: 0, or the error. */
static inline int32_t w5100_addrinfo_types(w5100_addrinfo *self, int has_service) {
    static const uint8_t known[W5100_ADDRINFO_TYPES][2] = {{W5100_SOCK_STREAM, W5100_IPPROTO_TCP},
                                                           {W5100_SOCK_DGRAM, W5100_IPPROTO_UDP},
                                                           {W5100_SOCK_RAW, 0}};
    self->count = 0;
    for (int i = 0; i < W5100_ADDRINFO_TYPES; i++) {
        const int is_raw = known[i][0] == W5100_SOCK_RAW;
        if ((self->socktype != 0 && self->socktype != known[i][0]) ||
            (self->protocol != 0 && self->protocol != known[i][1] && !is_raw)) {
            continue;
        }
        if (is_raw && has_service && (self->socktype != 0 || self->protocol != 0)) {
            return W5100_EAI_SERVICE;
        }
        self->types[self->count].socktype = known[i][0];
        self->types[self->count].protocol = is_raw ? self->protocol : known[i][1];
        self->count++;
        if (self->protocol != 0) {
            break; /* a raw socket has what no other has */
        }
    }
    return self->count == 0 ? W5100_EAI_SOCKTYPE : 0;
}

/* Fills `address` in: 0, or the error. */
static inline int32_t w5100_addrinfo_host(w5100_addrinfo *self, const char *node) {
    int32_t result;
    if (node == NULL) {
        self->address = (self->flags & W5100_AI_PASSIVE) != 0 ? 0 : w5100_htonl(0x7F000001u);
        return 0;
    }
    if ((self->flags & W5100_AI_NUMERICHOST) != 0) {
        return w5100_host_number(node, &self->address) ? 0 : W5100_EAI_NONAME;
    }
    result = w5100_host_address(node, &self->address);
    if (result >= 0) {
        return 0;
    }
    self->error = -result;
    return result == -W5100_EHOSTNOTFOUND ? W5100_EAI_NONAME
           : result == -W5100_ENAMESERVER ? W5100_EAI_AGAIN
                                          : W5100_EAI_SYSTEM;
}

/**
 * What getaddrinfo() does, apart from its list.
 *
 * @param node     a host as w5100_host_address() takes it, or NULL: see W5100_AI_PASSIVE
 * @param service  a port as a decimal number; NULL and "" are port 0
 * @param self     what is wanted, and what is found
 * @return 0, or W5100_EAI_..., below 0
 *
 * Blocks if a name has to be looked up. Task only.
 */
static inline int32_t w5100_addrinfo_find(const char *node, const char *service,
                                          w5100_addrinfo *self) {
    const int32_t known =
        W5100_AI_PASSIVE | W5100_AI_CANONNAME | W5100_AI_NUMERICHOST | W5100_AI_NUMERICSERV;
    int32_t result;
    self->error = 0;
    self->port = 0;
    if (node == NULL && service == NULL) {
        return W5100_EAI_NONAME;
    }
    if ((self->flags & ~known) != 0 || (node == NULL && (self->flags & W5100_AI_CANONNAME) != 0)) {
        return W5100_EAI_BADFLAGS;
    }
    if (self->family != W5100_AF_UNSPEC && self->family != W5100_AF_INET) {
        return W5100_EAI_FAMILY;
    }
    if (service != NULL && !w5100_service_port(service, &self->port)) {
        return (self->flags & W5100_AI_NUMERICSERV) != 0 ? W5100_EAI_NONAME : W5100_EAI_SERVICE;
    }
    result = w5100_addrinfo_types(self, service != NULL && *service != '\0');
    return result != 0 ? result : w5100_addrinfo_host(self, node);
}

/* ---- the pool ------------------------------------------------------------------------------ */

/** Takes what a word stands for, if nobody has it: 1, or 0. It is given back with
    w5100_exchange(word, 0). Does not block. */
static inline int w5100_take(uint32_t *word) {
    return w5100_exchange(word, 1) == 0;
}

/** A name of a list. */
struct w5100_addrinfo_name {
    char text[W5100_NAME_SIZE]; /* first, so that it leads to the rest */
    uint32_t taken;
};

/** A copy of `name`, or NULL if none can be had. */
static inline char *w5100_addrinfo_name(const char *name) {
    static struct w5100_addrinfo_name names[W5100_ADDRINFO_NAMES];
    const size_t length = strlen(name) + 1;
    for (int i = 0; i < W5100_ADDRINFO_NAMES && length <= W5100_NAME_SIZE; i++) {
        if (w5100_take(&names[i].taken)) {
            memcpy(names[i].text, name, length);
            return names[i].text;
        }
    }
    return NULL;
}

/** Gives a copy back. NULL is understood. */
static inline void w5100_addrinfo_name_free(char *text) {
    if (text != NULL) {
        (void)w5100_exchange(&((struct w5100_addrinfo_name *)(void *)text)->taken, 0);
    }
}

#ifdef __cplusplus
}
#endif

#endif /* W5100_NETDB_H */
