/*
 * w5100_winsock_types.h - the types and numbers of w5100_winsock.h, which includes it.
 *
 * Types are macros for names of the library's, so that the C library's own, if they were included
 * before, stay what they are. Structures have typedefs of the same name: C may say `sockaddr_in`
 * without `struct`, as C++ does.
 */
#ifndef W5100_WINSOCK_TYPES_H
#define W5100_WINSOCK_TYPES_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "w5100.h"
#include "w5100_select.h"

/* ---- Windows' own types -------------------------------------------------------------------- */

#undef BYTE
#undef WORD
#undef DWORD
#undef BOOL
#undef u_char
#undef u_short
#undef u_int
#undef u_long
#define BYTE uint8_t
#define WORD uint16_t
#define DWORD uint32_t
#define BOOL int
#define u_char uint8_t
#define u_short uint16_t
#define u_int uint32_t
#define u_long uint32_t /**< 32 bits, as on Windows, whatever `unsigned long` has */

#ifndef TRUE
#define TRUE 1
#endif
#ifndef FALSE
#define FALSE 0
#endif
#ifndef FAR
#define FAR
#endif
#ifndef MAKEWORD
#define MAKEWORD(low, high) ((WORD)(((unsigned)(low)&0xFFu) | (((unsigned)(high)&0xFFu) << 8)))
#endif
#ifndef LOBYTE
#define LOBYTE(word) ((BYTE)((word)&0xFFu))
#endif
#ifndef HIBYTE
#define HIBYTE(word) ((BYTE)(((word) >> 8) & 0xFFu))
#endif
#ifndef LOWORD
#define LOWORD(dword) ((WORD)((dword)&0xFFFFu))
#endif
#ifndef HIWORD
#define HIWORD(dword) ((WORD)(((dword) >> 16) & 0xFFFFu))
#endif
#ifndef ZeroMemory
#define ZeroMemory(memory, length) ((void)memset((memory), 0, (length)))
#endif

/* ---- sockets and addresses ----------------------------------------------------------------- */

#undef SOCKET
#undef INVALID_SOCKET
#undef SOCKET_ERROR
/** A socket: the library's handle, above 0. Signed, so that it compares with either of these. */
#define SOCKET int
#define INVALID_SOCKET ((SOCKET)-1) /**< socket, accept: failed */
#define SOCKET_ERROR (-1)           /**< the other calls: failed */

#undef s_addr
#undef in_addr
#undef sockaddr
#undef sockaddr_in
#undef hostent
#undef h_addr
#undef timeval
#undef linger
#undef ip_mreq
#undef fd_set
#define in_addr w5100_wsa_in_addr
#define sockaddr w5100_wsa_sockaddr
#define sockaddr_in w5100_wsa_sockaddr_in
#define hostent w5100_wsa_hostent
#define timeval w5100_wsa_timeval
#define linger w5100_wsa_linger
#define ip_mreq w5100_wsa_ip_mreq

/** An IPv4 address, in network byte order. */
typedef struct in_addr {
    union {
        struct {
            u_char s_b1, s_b2, s_b3, s_b4;
        } S_un_b; /**< the bytes, first byte first */
        struct {
            u_short s_w1, s_w2;
        } S_un_w;
        u_long S_addr; /**< the word: htonl(INADDR_ANY), inet_addr("...") */
    } S_un;
} in_addr;
#define s_addr S_un.S_addr

/** Any address: what the calls take a pointer to. Cast a sockaddr_in to it. */
typedef struct sockaddr {
    u_short sa_family; /**< AF_INET */
    char sa_data[14];  /**< port and address, see sockaddr_in */
} sockaddr;

/** An IPv4 address and port. */
typedef struct sockaddr_in {
    u_short sin_family;      /**< AF_INET */
    u_short sin_port;        /**< network byte order: htons(80) */
    struct in_addr sin_addr; /**< network byte order */
    char sin_zero[8];        /**< ignored */
} sockaddr_in;

/** What a name stands for. */
typedef struct hostent {
    char *h_name;       /**< the name */
    char **h_aliases;   /**< other names, ended by NULL */
    short h_addrtype;   /**< AF_INET */
    short h_length;     /**< bytes of an address: 4 */
    char **h_addr_list; /**< addresses in network byte order, ended by NULL */
} hostent;
#define h_addr h_addr_list[0] /**< the first of them */

/** A time to wait: the sum of both. */
typedef struct timeval {
    long tv_sec;  /**< seconds */
    long tv_usec; /**< microseconds */
} timeval;

/** SO_LINGER: whether closesocket waits, and for how many seconds. */
typedef struct linger {
    u_short l_onoff;
    u_short l_linger;
} linger;

/** IP_ADD_MEMBERSHIP, IP_DROP_MEMBERSHIP. */
typedef struct ip_mreq {
    struct in_addr imr_multiaddr; /**< the group */
    struct in_addr imr_interface; /**< the chip's address, or INADDR_ANY */
} ip_mreq;

/* The core works on these structures in place. */
#define W5100_WSA_ASSERT(name, condition) typedef char w5100_wsa_assert_##name[(condition) ? 1 : -1]
#define W5100_WSA_SAME_PLACE(member)                                                               \
    (offsetof(struct sockaddr_in, member) == offsetof(w5100_sockaddr_in, member))
W5100_WSA_ASSERT(int_is_32_bits, sizeof(int) == sizeof(int32_t));
W5100_WSA_ASSERT(sockaddr_size, sizeof(struct sockaddr) == sizeof(w5100_sockaddr_in));
W5100_WSA_ASSERT(sockaddr_in_size, sizeof(struct sockaddr_in) == sizeof(w5100_sockaddr_in));
W5100_WSA_ASSERT(sin_family, W5100_WSA_SAME_PLACE(sin_family));
W5100_WSA_ASSERT(sin_port, W5100_WSA_SAME_PLACE(sin_port));
W5100_WSA_ASSERT(sin_addr, W5100_WSA_SAME_PLACE(sin_addr));
W5100_WSA_ASSERT(ip_mreq_size, sizeof(struct ip_mreq) == sizeof(w5100_ip_mreq));

/* Windows' other names of these. */
typedef struct in_addr *w5100_wsa_pin_addr;
typedef struct sockaddr *w5100_wsa_psockaddr;
typedef struct sockaddr_in *w5100_wsa_psockaddr_in;
typedef struct hostent *w5100_wsa_phostent;
#undef IN_ADDR
#undef PIN_ADDR
#undef SOCKADDR
#undef PSOCKADDR
#undef LPSOCKADDR
#undef SOCKADDR_IN
#undef PSOCKADDR_IN
#undef LPSOCKADDR_IN
#undef HOSTENT
#undef PHOSTENT
#undef LPHOSTENT
#undef TIMEVAL
#undef LINGER
#define IN_ADDR w5100_wsa_in_addr
#define PIN_ADDR w5100_wsa_pin_addr
#define SOCKADDR w5100_wsa_sockaddr
#define PSOCKADDR w5100_wsa_psockaddr
#define LPSOCKADDR w5100_wsa_psockaddr
#define SOCKADDR_IN w5100_wsa_sockaddr_in
#define PSOCKADDR_IN w5100_wsa_psockaddr_in
#define LPSOCKADDR_IN w5100_wsa_psockaddr_in
#define HOSTENT w5100_wsa_hostent
#define PHOSTENT w5100_wsa_phostent
#define LPHOSTENT w5100_wsa_phostent
#define TIMEVAL w5100_wsa_timeval
#define LINGER w5100_wsa_linger

/* ---- WSAStartup ---------------------------------------------------------------------------- */

#undef WSADATA
#undef WSAData
#undef LPWSADATA
#undef WSADESCRIPTION_LEN
#undef WSASYS_STATUS_LEN
#define WSAData w5100_wsa_data
#define WSADESCRIPTION_LEN 31 /**< shorter than on Windows, for small stacks */
#define WSASYS_STATUS_LEN 15  /**< likewise */

/** What WSAStartup tells. */
typedef struct WSAData {
    WORD wVersion;                              /**< the version granted, as MAKEWORD gives it */
    WORD wHighVersion;                          /**< the highest there is: 2.2 */
    char szDescription[WSADESCRIPTION_LEN + 1]; /**< what this is */
    char szSystemStatus[WSASYS_STATUS_LEN + 1]; /**< how it is */
    u_short iMaxSockets;                        /**< sockets of a device, at most */
    u_short iMaxUdpDg;                          /**< bytes of a datagram, at most */
    char *lpVendorInfo;                         /**< NULL */
} WSAData;
typedef w5100_wsa_data *w5100_wsa_pdata;
#define WSADATA w5100_wsa_data
#define LPWSADATA w5100_wsa_pdata

/* ---- families, types, protocols ------------------------------------------------------------ */

#undef AF_UNSPEC
#undef AF_INET
#undef AF_PACKET
#undef PF_UNSPEC
#undef PF_INET
#undef SOCK_STREAM
#undef SOCK_DGRAM
#undef SOCK_RAW
#undef IPPROTO_IP
#undef IPPROTO_ICMP
#undef IPPROTO_TCP
#undef IPPROTO_UDP
#undef INADDR_ANY
#undef INADDR_NONE
#undef INADDR_BROADCAST
#undef INADDR_LOOPBACK
#undef SOMAXCONN
#define AF_UNSPEC W5100_AF_UNSPEC
#define PF_UNSPEC W5100_AF_UNSPEC     /**< connect on a datagram socket: no peer any more */
#define AF_INET W5100_AF_INET         /**< IPv4 */
#define PF_INET W5100_AF_INET         /**< the same, by its older name */
#define AF_PACKET W5100_AF_PACKET     /**< frames, with SOCK_RAW; not Windows' */
#define SOCK_STREAM W5100_SOCK_STREAM /**< TCP */
#define SOCK_DGRAM W5100_SOCK_DGRAM   /**< UDP */
#define SOCK_RAW W5100_SOCK_RAW       /**< IP payloads, or with AF_PACKET frames */
#define IPPROTO_IP W5100_IPPROTO_IP
#define IPPROTO_ICMP W5100_IPPROTO_ICMP
#define IPPROTO_TCP W5100_IPPROTO_TCP
#define IPPROTO_UDP W5100_IPPROTO_UDP
#define INADDR_ANY ((u_long)0)                /**< bind: the chip's address */
#define INADDR_NONE ((u_long)0xFFFFFFFF)      /**< inet_addr: not an address */
#define INADDR_BROADCAST ((u_long)0xFFFFFFFF) /**< every host of this subnet */
#define INADDR_LOOPBACK ((u_long)0x7F000001)
#define SOMAXCONN 0x7FFFFFFF /**< listen: as many as can be, which is 4 */

/* ---- flags and options --------------------------------------------------------------------- */

#undef SD_RECEIVE
#undef SD_SEND
#undef SD_BOTH
#define SD_RECEIVE W5100_SHUT_RD /**< recv gives 0 from now on */
#define SD_SEND W5100_SHUT_WR    /**< send what is queued, then FIN */
#define SD_BOTH W5100_SHUT_RDWR  /**< both */

#undef MSG_PEEK
#undef MSG_TRUNC
#undef MSG_DONTWAIT
#undef MSG_MORE
#define MSG_PEEK W5100_MSG_PEEK         /**< recv: leave the data queued */
#define MSG_TRUNC W5100_MSG_TRUNC       /**< recv: a cut datagram's whole length, no error */
#define MSG_DONTWAIT W5100_MSG_DONTWAIT /**< this call does not block; not known to Windows */
#define MSG_MORE W5100_MSG_MORE         /**< send: a part of a datagram; not known to Windows */

#undef SOL_SOCKET
#undef SO_ACCEPTCONN
#undef SO_REUSEADDR
#undef SO_KEEPALIVE
#undef SO_BROADCAST
#undef SO_LINGER
#undef SO_DONTLINGER
#undef SO_SNDBUF
#undef SO_RCVBUF
#undef SO_SNDTIMEO
#undef SO_RCVTIMEO
#undef SO_ERROR
#undef SO_TYPE
#undef SO_NONBLOCK
#undef SO_CLOSE_WAIT_TIMEOUT
#undef SO_PROMISCUOUS
#undef SO_TAG
#define SOL_SOCKET W5100_SOL_SOCKET       /**< the level of these options */
#define SO_ACCEPTCONN W5100_SO_ACCEPTCONN /**< BOOL, read only: listens */
#define SO_REUSEADDR W5100_SO_REUSEADDR   /**< BOOL */
#define SO_KEEPALIVE W5100_SO_KEEPALIVE   /**< BOOL */
#define SO_BROADCAST W5100_SO_BROADCAST   /**< BOOL: allows datagrams to broadcast addresses */
#define SO_LINGER W5100_SO_LINGER         /**< struct linger */
#define SO_DONTLINGER (~SO_LINGER)        /**< BOOL: the opposite of l_onoff */
#define SO_SNDBUF W5100_SO_SNDBUF         /**< int: bytes */
#define SO_RCVBUF W5100_SO_RCVBUF         /**< int: bytes */
#define SO_SNDTIMEO W5100_SO_SNDTIMEO     /**< int: milliseconds, 0 for ever; then WSAETIMEDOUT */
#define SO_RCVTIMEO W5100_SO_RCVTIMEO     /**< int: milliseconds, 0 for ever; then WSAETIMEDOUT */
#define SO_ERROR W5100_SO_ERROR           /**< int, a WSA... code; reading clears it */
#define SO_TYPE W5100_SO_TYPE             /**< int: SOCK_... */
#define SO_NONBLOCK W5100_SO_NONBLOCK     /**< BOOL: as FIONBIO. This and the next: not Windows' */
#define SO_CLOSE_WAIT_TIMEOUT W5100_SO_CLOSE_WAIT_TIMEOUT /**< int: milliseconds */
#define SO_PROMISCUOUS W5100_SO_PROMISCUOUS               /**< BOOL: frames for others too */
#define SO_TAG W5100_SO_TAG                               /**< DWORD: a mark, only shown */

#undef TCP_NODELAY
#undef TCP_KEEPIDLE
#undef TCP_KEEPINTVL
#undef TCP_KEEPCNT
#undef TCP_QUICKACK
#undef TCP_USER_TIMEOUT
#define TCP_NODELAY W5100_TCP_NODELAY           /**< BOOL; level IPPROTO_TCP, and so the next */
#define TCP_KEEPIDLE W5100_TCP_KEEPIDLE         /**< int: seconds */
#define TCP_KEEPINTVL W5100_TCP_KEEPINTVL       /**< int: seconds */
#define TCP_KEEPCNT W5100_TCP_KEEPCNT           /**< int */
#define TCP_QUICKACK W5100_TCP_QUICKACK         /**< BOOL: the same bit as TCP_NODELAY */
#define TCP_USER_TIMEOUT W5100_TCP_USER_TIMEOUT /**< int: milliseconds, 0 for ever */

#undef IP_TOS
#undef IP_TTL
#undef IP_MULTICAST_TTL
#undef IP_ADD_MEMBERSHIP
#undef IP_DROP_MEMBERSHIP
#define IP_TOS W5100_IP_TOS                         /**< int; level IPPROTO_IP, and so the next */
#define IP_TTL W5100_IP_TTL                         /**< int */
#define IP_MULTICAST_TTL W5100_IP_MULTICAST_TTL     /**< int */
#define IP_ADD_MEMBERSHIP W5100_IP_ADD_MEMBERSHIP   /**< struct ip_mreq */
#define IP_DROP_MEMBERSHIP W5100_IP_DROP_MEMBERSHIP /**< struct ip_mreq */

#undef FIONREAD
#undef FIONBIO
#define FIONREAD ((long)W5100_FIONREAD) /**< ioctlsocket: bytes that recv would give at once */
#define FIONBIO ((long)W5100_FIONBIO)   /**< ioctlsocket: 1 makes the socket non-blocking */

/* ---- sets of sockets ----------------------------------------------------------------------- */

#undef FD_SETSIZE
#undef FD_ZERO
#undef FD_SET
#undef FD_CLR
#undef FD_ISSET
#define fd_set w5100_fd_set /**< fd_count handles in fd_array */
#define FD_SETSIZE W5100_FD_SETSIZE
#define FD_ZERO(set) w5100_fd_zero(set)
#define FD_SET(fd, set) w5100_fd_set_add((fd), (set))
#define FD_CLR(fd, set) w5100_fd_clr((fd), (set))
#define FD_ISSET(fd, set) w5100_fd_isset((fd), (set))
#define __WSAFDIsSet(fd, set) w5100_fd_isset((fd), (set))

#endif /* W5100_WINSOCK_TYPES_H */
