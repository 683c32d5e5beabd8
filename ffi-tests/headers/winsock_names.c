/*
 * The Winsock view's names of hosts, after every system header that has some of them: compiled as C
 * and C++ for each compiler, never run.
 */
#include <sys/time.h>
#include <sys/types.h>
#include <unistd.h>
#if __has_include(<sys/socket.h>)
#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#endif

#include "w5100_winsock.h"

int numbers(const int **list);
int names(const char *name);

int numbers(const int **list) {
    static const int all[] = {
        AI_PASSIVE,  AI_CANONNAME, AI_NUMERICHOST, AI_NUMERICSERV, AI_ALL,         AI_ADDRCONFIG,
        AI_V4MAPPED, EAI_AGAIN,    EAI_BADFLAGS,   EAI_FAIL,       EAI_FAMILY,     EAI_MEMORY,
        EAI_NODATA,  EAI_NONAME,   EAI_SERVICE,    EAI_SOCKTYPE,   HOST_NOT_FOUND, TRY_AGAIN,
        NO_RECOVERY, NO_DATA,      NO_ADDRESS,
    };
    *list = all;
    return (int)(sizeof all / sizeof all[0]);
}

int names(const char *name) {
    struct addrinfo hints = {AI_PASSIVE, AF_UNSPEC, SOCK_STREAM, IPPROTO_TCP, 0, NULL, NULL, NULL};
    addrinfo *list = NULL;
    ADDRINFO *same = list;
    ADDRINFOA *also = same;
    PADDRINFO first = also;
    PADDRINFOA second = first;
    LPADDRINFO third = second;
    LPHOSTENT host = gethostbyname(name);
    char text[16];
    int value = gethostname(text, sizeof text) + host->h_addr[0] + host->h_length;

    value += getaddrinfo(name, "80", &hints, &third) + gai_strerror(EAI_FAIL)[0];
    value += (int)third->ai_addrlen + third->ai_addr->sa_family + gai_strerrorA(EAI_AGAIN)[0];
    freeaddrinfo(third);
    value += h_errno;
    return value + text[0];
}
