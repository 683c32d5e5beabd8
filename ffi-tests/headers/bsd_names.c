/*
 * Every name of the BSD view, after every system header that has some of them: compiled as C and
 * C++ for each compiler, never run.
 */
#include <fcntl.h>
#include <sys/select.h>
#include <sys/time.h>
#include <sys/types.h>
#include <unistd.h>
#if __has_include(<sys/socket.h>)
#include <arpa/inet.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#endif

#include "w5100_bsd.h"

int numbers(const int **list);
int calls(int fd, const struct sockaddr_in *to);
int names(const char *name);

int numbers(const int **list) {
    static const int all[] = {AF_UNSPEC,
                              AF_INET,
                              AF_PACKET,
                              PF_UNSPEC,
                              PF_INET,
                              PF_PACKET,
                              SOCK_STREAM,
                              SOCK_DGRAM,
                              SOCK_RAW,
                              IPPROTO_IP,
                              IPPROTO_ICMP,
                              IPPROTO_TCP,
                              IPPROTO_UDP,
                              SOMAXCONN,
                              INET_ADDRSTRLEN,
                              POLLIN,
                              POLLOUT,
                              POLLERR,
                              POLLHUP,
                              POLLNVAL,
                              POLLRDHUP,
                              POLLRDNORM,
                              POLLWRNORM,
                              SHUT_RD,
                              SHUT_WR,
                              SHUT_RDWR,
                              MSG_PEEK,
                              MSG_TRUNC,
                              MSG_DONTWAIT,
                              MSG_MORE,
                              MSG_NOSIGNAL,
                              FD_SETSIZE,
                              SOL_SOCKET,
                              SO_ACCEPTCONN,
                              SO_REUSEADDR,
                              SO_KEEPALIVE,
                              SO_BROADCAST,
                              SO_LINGER,
                              SO_SNDBUF,
                              SO_RCVBUF,
                              SO_SNDTIMEO,
                              SO_RCVTIMEO,
                              SO_ERROR,
                              SO_TYPE,
                              SO_NONBLOCK,
                              SO_CLOSE_WAIT_TIMEOUT,
                              SO_PROMISCUOUS,
                              SO_TAG,
                              TCP_NODELAY,
                              TCP_KEEPIDLE,
                              TCP_KEEPINTVL,
                              TCP_KEEPCNT,
                              TCP_QUICKACK,
                              TCP_USER_TIMEOUT,
                              IP_TOS,
                              IP_TTL,
                              IP_MULTICAST_TTL,
                              IP_ADD_MEMBERSHIP,
                              IP_DROP_MEMBERSHIP,
                              F_GETFL,
                              F_SETFL,
                              O_NONBLOCK,
                              AI_PASSIVE,
                              AI_CANONNAME,
                              AI_NUMERICHOST,
                              AI_NUMERICSERV,
                              AI_V4MAPPED,
                              AI_ALL,
                              AI_ADDRCONFIG,
                              EAI_BADFLAGS,
                              EAI_NONAME,
                              EAI_NODATA,
                              EAI_AGAIN,
                              EAI_FAIL,
                              EAI_FAMILY,
                              EAI_ADDRFAMILY,
                              EAI_SOCKTYPE,
                              EAI_SERVICE,
                              EAI_MEMORY,
                              EAI_SYSTEM,
                              EAI_OVERFLOW,
                              NETDB_INTERNAL,
                              NETDB_SUCCESS,
                              HOST_NOT_FOUND,
                              TRY_AGAIN,
                              NO_RECOVERY,
                              NO_DATA,
                              NO_ADDRESS,
                              IN_MULTICAST(0)};
    static const in_addr_t addresses[] = {INADDR_ANY,          INADDR_NONE,
                                          INADDR_BROADCAST,    INADDR_LOOPBACK,
                                          INADDR_UNSPEC_GROUP, INADDR_ALLHOSTS_GROUP};
    *list = all;
    return (int)(sizeof all / sizeof all[0] + sizeof addresses / sizeof addresses[0]);
}

int calls(int fd, const struct sockaddr_in *to) {
    const struct linger linger = {1, 30};
    struct ip_mreq group;
    struct sockaddr_in address;
    struct sockaddr *any = (struct sockaddr *)&address;
    struct timeval limit = {0, 0};
    struct pollfd entry = {0, POLLIN, 0};
    socklen_t length = sizeof address;
    sa_family_t family = AF_INET;
    in_port_t port = htons(ntohs(80));
    in_addr_t host = htonl(ntohl(INADDR_ANY));
    nfds_t count = 1;
    fd_set set;
    char text[INET_ADDRSTRLEN];
    int value = socket(family, SOCK_STREAM, 0);

    address = *to;
    address.sin_port = port;
    address.sin_addr.s_addr = host;
    group.imr_multiaddr = group.imr_interface = address.sin_addr;
    FD_ZERO(&set);
    FD_SET(fd, &set);
    FD_CLR(value, &set);
    value += bind(fd, any, length) + listen(fd, SOMAXCONN) + accept(fd, any, &length);
    value += connect(fd, any, length) + shutdown(fd, SHUT_RDWR);
    value += (int)(send(fd, text, 1, 0) + recv(fd, text, 1, 0));
    value += (int)(sendto(fd, text, 1, 0, any, length) + recvfrom(fd, text, 1, 0, any, &length));
    value += poll(&entry, count, 0) + select(fd + 1, &set, &set, &set, &limit);
    value += FD_ISSET(fd, &set) + getsockname(fd, any, &length) + getpeername(fd, any, &length);
    value += setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
    value += setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &group, sizeof group);
    value += getsockopt(fd, SOL_SOCKET, SO_ERROR, &value, &length);
    value += ioctl(fd, FIONBIO, &value) + ioctlsocket(fd, FIONREAD, &value);
    value += fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) + close(fd) + closesocket(fd);
    value += inet_aton("1.2.3.4", &address.sin_addr) + inet_pton(AF_INET, "1.2.3.4", &host);
    value += (int)inet_addr("1.2.3.4") + inet_ntoa(address.sin_addr)[0];
    return value + inet_ntop(AF_INET, &address.sin_addr, text, sizeof text)[0] + text[0];
}

int names(const char *name) {
    const struct hostent *host = gethostbyname(name);
    struct addrinfo hints = {0, AF_UNSPEC, SOCK_STREAM, IPPROTO_TCP, 0, NULL, NULL, NULL};
    struct addrinfo *list = NULL;
    struct hostent room;
    struct hostent *found = &room;
    char buffer[300];
    int error = h_errno;

    h_errno = gethostbyname_r(name, &room, buffer, sizeof buffer, &found, &error);
    error +=
        hstrerror(h_errno)[0] + host->h_name[0] + host->h_addr[0] + (host->h_aliases[0] != NULL);
    error += host->h_addrtype + host->h_length + host->h_addr_list[0][0];
    error += gai_strerror(getaddrinfo(name, "80", &hints, &list))[0];
    error += list->ai_flags + list->ai_addr->sa_family + (list->ai_canonname != NULL);
    error += (int)list->ai_addrlen;
    freeaddrinfo(list->ai_next);
    return error;
}
