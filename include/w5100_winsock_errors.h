/*
 * w5100_winsock_errors.h - Winsock's error codes, with the numbers of Windows.
 *
 * Included by w5100_winsock.h; of use alone to a file that only looks at codes. Their names and
 * texts: w5100_wsa_error_name(), w5100_wsa_strerror().
 */
#ifndef W5100_WINSOCK_ERRORS_H
#define W5100_WINSOCK_ERRORS_H

#include "w5100.h"

#define WSA_INVALID_HANDLE 6      /**< not a valid event handle */
#define WSA_NOT_ENOUGH_MEMORY 8   /**< out of memory */
#define WSA_INVALID_PARAMETER 87  /**< a parameter is not valid */
#define WSA_OPERATION_ABORTED 995 /**< an overlapped operation was given up */
#define WSA_IO_INCOMPLETE 996     /**< an overlapped operation is not finished yet */
#define WSA_IO_PENDING 997        /**< an overlapped operation goes on in the background */

#define WSABASEERR 10000
#define WSAEINTR 10004           /**< a blocking call was interrupted */
#define WSAEACCES 10013          /**< broadcast without SO_BROADCAST */
#define WSAEFAULT 10014          /**< NULL where data is needed, or a negative length */
#define WSAEINVAL 10022          /**< an argument or state that makes no sense for the call */
#define WSAEMFILE 10024          /**< all handles are in use */
#define WSAEWOULDBLOCK 10035     /**< not done, and the socket does not block */
#define WSAEINPROGRESS 10036     /**< a blocking call is under way */
#define WSAEALREADY 10037        /**< a connect is under way */
#define WSAENOTSOCK 10038        /**< not an open socket */
#define WSAEDESTADDRREQ 10039    /**< a datagram needs a destination */
#define WSAEMSGSIZE 10040        /**< a datagram too large to send, or for the buffer */
#define WSAEPROTOTYPE 10041      /**< the protocol does not fit the socket type */
#define WSAENOPROTOOPT 10042     /**< no such option */
#define WSAEPROTONOSUPPORT 10043 /**< no such protocol */
#define WSAESOCKTNOSUPPORT 10044 /**< no such socket type */
#define WSAEOPNOTSUPP 10045      /**< not for this kind of socket */
#define WSAEPFNOSUPPORT 10046    /**< no such protocol family */
#define WSAEAFNOSUPPORT 10047    /**< no such address family */
#define WSAEADDRINUSE 10048      /**< the port is in use */
#define WSAEADDRNOTAVAIL 10049   /**< not an address of this chip, or none to connect to */
#define WSAENETDOWN 10050        /**< no device is enabled, or its chip does not answer */
#define WSAENETUNREACH 10051     /**< no way to that network */
#define WSAENETRESET 10052       /**< the connection was lost when the chip was reset */
#define WSAECONNABORTED 10053    /**< the connection was ended on this side */
#define WSAECONNRESET 10054      /**< the peer reset the connection */
#define WSAENOBUFS 10055         /**< no hardware socket can be had */
#define WSAEISCONN 10056         /**< connected already */
#define WSAENOTCONN 10057        /**< not connected */
#define WSAESHUTDOWN 10058       /**< sending is over on this socket */
#define WSAETIMEDOUT 10060       /**< the peer does not answer, or the socket's time is over */
#define WSAECONNREFUSED 10061    /**< nobody listens there */
#define WSAEHOSTDOWN 10064       /**< the host is down */
#define WSAEHOSTUNREACH 10065    /**< no answer to ARP */
#define WSAEPROCLIM 10067        /**< too many users */
#define WSASYSNOTREADY 10091     /**< WSAStartup: no device is enabled */
#define WSAVERNOTSUPPORTED 10092 /**< WSAStartup: no such version */
#define WSANOTINITIALISED 10093  /**< WSAStartup comes first */
/** The peer is shutting down. Some lists print 10094 for it, which the texts understand too. */
#define WSAEDISCON 10101
#define WSAEINVALIDPROCTABLE 10104   /**< invalid procedure table of a provider */
#define WSAEINVALIDPROVIDER 10105    /**< invalid version of a provider */
#define WSAEPROVIDERFAILEDINIT 10106 /**< a provider did not start */
#define WSASYSCALLFAILURE 10107      /**< a system call failed */
#define WSATYPE_NOT_FOUND 10109      /**< class type not found */
#define WSAHOST_NOT_FOUND 11001      /**< no such host */
#define WSATRY_AGAIN 11002           /**< no such host for now */
#define WSANO_RECOVERY 11003         /**< the name server failed */
#define WSANO_DATA 11004             /**< the name has no address */
#define WSANO_ADDRESS WSANO_DATA

/* Spellings of older lists. */
#define WSAENOPROTOPT WSAENOPROTOOPT
#define WSA_INVALIDPROCEDURE WSAEINVALIDPROCTABLE
#define WSA_INVALIDPROVIDER WSAEINVALIDPROVIDER
#define WSAPROVIDERFAILEDINIT WSAEPROVIDERFAILEDINIT

#endif /* W5100_WINSOCK_ERRORS_H */
