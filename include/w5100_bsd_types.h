/*
 * w5100_bsd_types.h - the BSD view's types, and the numbers its calls take.
 *
 * A part of w5100_bsd.h: include that.
 */
#ifndef W5100_BSD_TYPES_H
#define W5100_BSD_TYPES_H

#include <stddef.h>
#include <stdint.h>

#include "w5100.h"
#include "w5100_inet.h"
#include "w5100_select.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- types --------------------------------------------------------------------------------- */

#undef socklen_t
#undef sa_family_t
#undef in_port_t
#undef in_addr_t
#undef nfds_t
#undef in_addr
#undef s_addr
#undef sockaddr
#undef sockaddr_in
#undef pollfd
#undef fd_set

/** Length of an address or of an option's value, in bytes. */
#define socklen_t uint32_t
/** An address family: AF_INET. */
#define sa_family_t uint16_t
/** A port number in network byte order. */
#define in_port_t uint16_t
/** An IPv4 address in network byte order. */
#define in_addr_t uint32_t
/** Number of entries of a poll set. */
#define nfds_t uint32_t
/** What select waits for: a list of at most FD_SETSIZE sockets. See w5100_select.h. */
#define fd_set w5100_fd_set

#define in_addr w5100_bsd_in_addr
#define sockaddr w5100_bsd_sockaddr
#define sockaddr_in w5100_bsd_sockaddr_in
#define pollfd w5100_bsd_pollfd

/** An IPv4 address. */
struct in_addr {
    in_addr_t s_addr; /**< network byte order */
};

/** Any address: what the calls take a pointer to. Cast a struct sockaddr_in to it. */
struct sockaddr {
    sa_family_t sa_family; /**< AF_INET; AF_UNSPEC to disconnect */
    char sa_data[14];      /**< port and address, see struct sockaddr_in */
};

/** An IPv4 address and port. */
struct sockaddr_in {
    sa_family_t sin_family;  /**< AF_INET */
    in_port_t sin_port;      /**< network byte order: htons(80) */
    struct in_addr sin_addr; /**< network byte order: htonl(INADDR_ANY), inet_addr("...") */
    uint8_t sin_zero[8];     /**< ignored */
};

/** One entry of a poll set. */
struct pollfd {
    int fd;        /**< socket; negative: skip this entry */
    short events;  /**< asked for: POLLIN, POLLOUT, POLLRDHUP */
    short revents; /**< found; may also have POLLERR, POLLHUP, POLLNVAL */
};

/* The core works on these structures in place. */
#define W5100_BSD_ASSERT(name, condition) typedef char w5100_bsd_assert_##name[(condition) ? 1 : -1]
#define W5100_BSD_SAME_PLACE(ours, theirs)                                                         \
    (offsetof(struct sockaddr_in, ours) == offsetof(w5100_sockaddr_in, theirs))
W5100_BSD_ASSERT(int_is_32_bits, sizeof(int) == sizeof(int32_t));
W5100_BSD_ASSERT(sockaddr_size, sizeof(struct sockaddr) == sizeof(w5100_sockaddr_in));
W5100_BSD_ASSERT(sockaddr_in_size, sizeof(struct sockaddr_in) == sizeof(w5100_sockaddr_in));
W5100_BSD_ASSERT(sin_family, W5100_BSD_SAME_PLACE(sin_family, sin_family));
W5100_BSD_ASSERT(sin_port, W5100_BSD_SAME_PLACE(sin_port, sin_port));
W5100_BSD_ASSERT(sin_addr, W5100_BSD_SAME_PLACE(sin_addr, sin_addr));
W5100_BSD_ASSERT(pollfd_size, sizeof(struct pollfd) == sizeof(w5100_pollfd));
W5100_BSD_ASSERT(pollfd_events, offsetof(struct pollfd, events) == offsetof(w5100_pollfd, events));
W5100_BSD_ASSERT(pollfd_revents,
                 offsetof(struct pollfd, revents) == offsetof(w5100_pollfd, revents));

/* ---- sockets ------------------------------------------------------------------------------- */

#undef AF_UNSPEC
#undef AF_INET
#undef AF_PACKET
#undef PF_UNSPEC
#undef PF_INET
#undef PF_PACKET
#undef SOCK_STREAM
#undef SOCK_DGRAM
#undef SOCK_RAW
#undef IPPROTO_IP
#undef IPPROTO_ICMP
#undef IPPROTO_TCP
#undef IPPROTO_UDP
#undef SOMAXCONN
#define AF_UNSPEC W5100_AF_UNSPEC /**< connect on a datagram socket: no peer any more */
#define AF_INET W5100_AF_INET     /**< IPv4 */
#define AF_PACKET W5100_AF_PACKET /**< with SOCK_RAW: whole Ethernet frames */
#define PF_UNSPEC AF_UNSPEC       /**< the same, by their older names */
#define PF_INET AF_INET
#define PF_PACKET AF_PACKET
#define SOCK_STREAM W5100_SOCK_STREAM   /**< TCP */
#define SOCK_DGRAM W5100_SOCK_DGRAM     /**< UDP */
#define SOCK_RAW W5100_SOCK_RAW         /**< another protocol over IP, or frames */
#define IPPROTO_IP W5100_IPPROTO_IP     /**< the level of the IP_ options */
#define IPPROTO_ICMP W5100_IPPROTO_ICMP /**< ping, with SOCK_RAW */
#define IPPROTO_TCP W5100_IPPROTO_TCP   /**< also the level of the TCP_ options */
#define IPPROTO_UDP W5100_IPPROTO_UDP
#define SOMAXCONN 4 /**< listen: what a longer backlog is cut to */

/* ---- addresses, in host byte order --------------------------------------------------------- */

#undef INADDR_ANY
#undef INADDR_NONE
#undef INADDR_BROADCAST
#undef INADDR_LOOPBACK
#undef INADDR_UNSPEC_GROUP
#undef INADDR_ALLHOSTS_GROUP
#undef IN_MULTICAST
#undef INET_ADDRSTRLEN
#define INADDR_ANY ((in_addr_t)0)                   /**< bind: the chip's address */
#define INADDR_NONE W5100_INADDR_NONE               /**< inet_addr: not an address */
#define INADDR_BROADCAST ((in_addr_t)0xFFFFFFFF)    /**< every host of this subnet */
#define INADDR_LOOPBACK ((in_addr_t)0x7F000001)     /**< 127.0.0.1, which the chip does not have */
#define INADDR_UNSPEC_GROUP ((in_addr_t)0xE0000000) /**< 224.0.0.0, the first of the groups */
#define INADDR_ALLHOSTS_GROUP ((in_addr_t)0xE0000001)               /**< 224.0.0.1 */
#define IN_MULTICAST(address) (((in_addr_t)(address) >> 28) == 0xE) /**< it is a group's */
#define INET_ADDRSTRLEN W5100_INET_ADDRSTRLEN /**< room for any address, see inet_ntop */

/* ---- the calls' flags ---------------------------------------------------------------------- */

#undef POLLIN
#undef POLLOUT
#undef POLLERR
#undef POLLHUP
#undef POLLNVAL
#undef POLLRDHUP
#undef POLLRDNORM
#undef POLLWRNORM
#define POLLIN W5100_POLLIN       /**< recv or accept would not block; also at the peer's close */
#define POLLOUT W5100_POLLOUT     /**< there is room to send */
#define POLLERR W5100_POLLERR     /**< an error is pending: SO_ERROR tells it */
#define POLLHUP W5100_POLLHUP     /**< both directions are closed */
#define POLLNVAL W5100_POLLNVAL   /**< not an open socket */
#define POLLRDHUP W5100_POLLRDHUP /**< the peer has closed its direction */
#define POLLRDNORM POLLIN         /**< there is no urgent data, so all of it is normal */
#define POLLWRNORM POLLOUT

#undef SHUT_RD
#undef SHUT_WR
#undef SHUT_RDWR
#define SHUT_RD W5100_SHUT_RD     /**< recv gives 0 from now on */
#define SHUT_WR W5100_SHUT_WR     /**< send what is queued, then FIN */
#define SHUT_RDWR W5100_SHUT_RDWR /**< both */

#undef MSG_PEEK
#undef MSG_TRUNC
#undef MSG_DONTWAIT
#undef MSG_MORE
#undef MSG_NOSIGNAL
#define MSG_PEEK W5100_MSG_PEEK         /**< recv: leave the data queued */
#define MSG_TRUNC W5100_MSG_TRUNC       /**< recv: the datagram's whole length, even if cut */
#define MSG_DONTWAIT W5100_MSG_DONTWAIT /**< this call does not block */
#define MSG_MORE W5100_MSG_MORE         /**< send: the datagram goes on with the next call */
#define MSG_NOSIGNAL 0                  /**< no call ever raises SIGPIPE */

#undef FD_SETSIZE
#undef FD_ZERO
#undef FD_SET
#undef FD_CLR
#undef FD_ISSET
#define FD_SETSIZE                                                                                 \
    W5100_FD_SETSIZE /**< sockets of a set, 32; define W5100_FD_SETSIZE for others                 \
                      */
#define FD_ZERO(...) w5100_fd_zero(__VA_ARGS__)   /**< (set): make it empty */
#define FD_SET(...) w5100_fd_set_add(__VA_ARGS__) /**< (fd, set): put one in */
#define FD_CLR(...) w5100_fd_clr(__VA_ARGS__)     /**< (fd, set): take it out */
#define FD_ISSET(...) w5100_fd_isset(__VA_ARGS__) /**< (fd, set): 1 if it is in, else 0 */

#ifdef __cplusplus
}
#endif

#endif /* W5100_BSD_TYPES_H */
