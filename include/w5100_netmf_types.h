/*
 * w5100_netmf_types.h - what w5100_netmf.h gives and takes. Included by it.
 *
 * The structs are laid out as NETMF and nanoFramework have theirs on a 32-bit CPU, by measuring
 * those; that they stay so is checked here.
 */
#ifndef W5100_NETMF_TYPES_H
#define W5100_NETMF_TYPES_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What a function returns that failed. */
#define W5100_NETMF_SOCKET_ERROR (-1)
/** Sockets of a set. */
#define W5100_NETMF_FD_SETSIZE 256
/** w5100_netmf_sock_ioctl(): tells the bytes that wait (UDP: of the next datagram). */
#define W5100_NETMF_FIONREAD 0x4004667F
/** w5100_netmf_sock_ioctl(): accepted; a socket of this layer never blocks. */
#define W5100_NETMF_FIONBIO ((int32_t)0x8004667Eu)
/** Level SOL_SOCKET, `int32_t`: the negative of SO_LINGER. */
#define W5100_NETMF_SO_DONTLINGER (~0x80)
/** Level SOL_SOCKET, `int32_t`: the negative of SO_REUSEADDR. */
#define W5100_NETMF_SO_EXCLUSIVEADDRUSE (~4)

/** w5100_netmf_configuration.flags: the address comes from DHCP. */
#define W5100_NETMF_DHCP 0x01u
/** w5100_netmf_configuration.flags: the name servers do. */
#define W5100_NETMF_DYNAMIC_DNS 0x02u
/** w5100_netmf_adapter_update(): the name servers. */
#define W5100_NETMF_UPDATE_DNS 0x01u
/** w5100_netmf_adapter_update(): DHCP on, or the fixed address, as `flags` of the struct says. */
#define W5100_NETMF_UPDATE_DHCP 0x02u
/** w5100_netmf_adapter_update(): the lease is renewed; wins over the next one. */
#define W5100_NETMF_UPDATE_RENEW 0x04u
/** w5100_netmf_adapter_update(): the lease is given back. */
#define W5100_NETMF_UPDATE_RELEASE 0x08u
/** w5100_netmf_adapter_update(): the MAC address. */
#define W5100_NETMF_UPDATE_MAC 0x10u

/** An address: the family, then what it says of it (SOCK_sockaddr). */
typedef struct w5100_netmf_sockaddr {
    uint16_t sa_family; /**< 2, AF_INET */
    char sa_data[14];   /**< as in w5100_netmf_sockaddr_in */
} w5100_netmf_sockaddr;

/** The same of IPv4 (SOCK_sockaddr_in). */
typedef struct w5100_netmf_sockaddr_in {
    int16_t sin_family; /**< 2, AF_INET */
    uint16_t sin_port;  /**< in network order */
    uint32_t sin_addr;  /**< in network order */
    char sin_zero[8];   /**< not looked at; 0 when written */
} w5100_netmf_sockaddr_in;

/** A set of sockets: a list, not bits (SOCK_fd_set). */
typedef struct w5100_netmf_fd_set {
    uint32_t fd_count;                        /**< how many there are */
    int32_t fd_array[W5100_NETMF_FD_SETSIZE]; /**< the first `fd_count` count */
} w5100_netmf_fd_set;

/** A time to wait (SOCK_timeval). */
typedef struct w5100_netmf_timeval {
    long tv_sec;  /**< 0 or more */
    long tv_usec; /**< 0 or more */
} w5100_netmf_timeval;

/** A result of w5100_netmf_sock_getaddrinfo() (SOCK_addrinfo). */
typedef struct w5100_netmf_addrinfo {
    int32_t ai_flags;                     /**< 0 */
    int32_t ai_family;                    /**< 2, AF_INET */
    int32_t ai_socktype;                  /**< as asked for */
    int32_t ai_protocol;                  /**< of this type */
    size_t ai_addrlen;                    /**< 16 */
    char *ai_canonname;                   /**< an empty string */
    w5100_netmf_sockaddr *ai_addr;        /**< the address */
    struct w5100_netmf_addrinfo *ai_next; /**< NULL: a host has one here */
} w5100_netmf_addrinfo;

/** An adapter (SOCK_NetworkConfiguration). Addresses are as in memory: first byte first. */
typedef struct w5100_netmf_configuration {
    uint32_t flags;                /**< `W5100_NETMF_DHCP`, `W5100_NETMF_DYNAMIC_DNS` */
    uint32_t ipaddr;               /**< own address */
    uint32_t subnetmask;           /**< subnet mask */
    uint32_t gateway;              /**< router; 0 for none */
    uint32_t dnsServer1;           /**< name server; 0 for none */
    uint32_t dnsServer2;           /**< another one; 0 for none */
    uint32_t networkInterfaceType; /**< 6, Ethernet */
    uint32_t macAddressLen;        /**< 6 */
    uint8_t macAddressBuffer[64];  /**< MAC address; the rest is 0 when written */
} w5100_netmf_configuration;

/** What the runtime does for the layer. */
typedef struct w5100_netmf_hooks {
    uint32_t size; /**< sizeof(w5100_netmf_hooks), so that the struct can grow */
    /** Sets the runtime's socket event, which wakes all that is parked: something changed. Called
        from within any call of the library, and from w5100_interrupt(): fit for an interrupt. */
    void (*event)(void *context);
    /** Has w5100_netmf_service() called in `ms` milliseconds or sooner, 0 for at once, in place of
        what was agreed before. NULL: the runtime calls it every 10 ms. Called likewise. */
    void (*schedule)(void *context, uint32_t ms);
    void *context; /**< given back to both */
} w5100_netmf_hooks;

/* The layout that the runtimes' own structs have. */
#if defined(__cplusplus)
#define W5100_NETMF_ASSERT(condition) static_assert(condition, #condition)
#elif defined(__STDC_VERSION__) && __STDC_VERSION__ >= 201112L
#define W5100_NETMF_ASSERT(condition) _Static_assert(condition, #condition)
#endif
#ifdef W5100_NETMF_ASSERT
#define W5100_NETMF_AT(type, member, at)                                                           \
    W5100_NETMF_ASSERT(offsetof(w5100_netmf_##type, member) == (at))
/* A word of the CPU: on one of 64 bits pointers and `long` have more bytes. */
#define W5100_NETMF_WORD sizeof(void *)
W5100_NETMF_ASSERT(sizeof(w5100_netmf_sockaddr) == 16);
W5100_NETMF_AT(sockaddr, sa_data, 2);
W5100_NETMF_ASSERT(sizeof(w5100_netmf_sockaddr_in) == 16);
W5100_NETMF_AT(sockaddr_in, sin_port, 2);
W5100_NETMF_AT(sockaddr_in, sin_addr, 4);
W5100_NETMF_AT(sockaddr_in, sin_zero, 8);
W5100_NETMF_ASSERT(sizeof(w5100_netmf_fd_set) == 1028);
W5100_NETMF_AT(fd_set, fd_array, 4);
W5100_NETMF_ASSERT(sizeof(w5100_netmf_timeval) == 2 * sizeof(long));
W5100_NETMF_AT(timeval, tv_usec, sizeof(long));
W5100_NETMF_ASSERT(sizeof(w5100_netmf_addrinfo) == 16 + 4 * W5100_NETMF_WORD);
W5100_NETMF_AT(addrinfo, ai_family, 4);
W5100_NETMF_AT(addrinfo, ai_socktype, 8);
W5100_NETMF_AT(addrinfo, ai_protocol, 12);
W5100_NETMF_AT(addrinfo, ai_addrlen, 16);
W5100_NETMF_AT(addrinfo, ai_canonname, 16 + W5100_NETMF_WORD);
W5100_NETMF_AT(addrinfo, ai_addr, 16 + 2 * W5100_NETMF_WORD);
W5100_NETMF_AT(addrinfo, ai_next, 16 + 3 * W5100_NETMF_WORD);
W5100_NETMF_ASSERT(sizeof(w5100_netmf_configuration) == 96);
W5100_NETMF_AT(configuration, ipaddr, 4);
W5100_NETMF_AT(configuration, subnetmask, 8);
W5100_NETMF_AT(configuration, gateway, 12);
W5100_NETMF_AT(configuration, dnsServer1, 16);
W5100_NETMF_AT(configuration, dnsServer2, 20);
W5100_NETMF_AT(configuration, networkInterfaceType, 24);
W5100_NETMF_AT(configuration, macAddressLen, 28);
W5100_NETMF_AT(configuration, macAddressBuffer, 32);
W5100_NETMF_ASSERT(sizeof(w5100_netmf_hooks) == 4 * W5100_NETMF_WORD);
W5100_NETMF_AT(hooks, event, W5100_NETMF_WORD);
W5100_NETMF_AT(hooks, schedule, 2 * W5100_NETMF_WORD);
W5100_NETMF_AT(hooks, context, 3 * W5100_NETMF_WORD);
#endif

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* W5100_NETMF_TYPES_H */
