/* selftest_winsock.c - the Winsock view in a firmware: where int32_t is a long and u_long may be
   the C library's own. */
#include "selftest_winsock.h"

#include <string.h>
#include <sys/types.h>

#include "stub_chip.h"
#include "w5100_winsock.h"

#define TEXT(line) #line
#define LINE(line) TEXT(line)
#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            return "selftest_winsock.c:" LINE(__LINE__) ": " #condition "\n";                      \
        }                                                                                          \
    } while (0)

static const char *a_session_echoes(SOCKET server) {
    sockaddr_in from;
    int length = sizeof from;
    u_long available = 0;
    char data[8];
    fd_set readable;
    const struct timeval limit = {1, 0};
    const int n = stub_connect();
    CHECK(n >= 0);
    const SOCKET client = accept(server, (sockaddr *)&from, &length);
    CHECK(client != INVALID_SOCKET);
    CHECK(length == sizeof from);
    CHECK(from.sin_addr.S_un.S_addr == inet_addr("10.0.0.2"));
    stub_receive(n, "hello", 5);
    FD_ZERO(&readable);
    FD_SET(client, &readable);
    CHECK(select(0, &readable, NULL, NULL, &limit) == 1);
    CHECK(ioctlsocket(client, FIONREAD, &available) == 0);
    CHECK(available == 5);
    CHECK(recv(client, data, sizeof data, 0) == 5);
    CHECK(send(client, data, 5, 0) == 5);
    CHECK(stub_sent(n, data, sizeof data) == 5);
    stub_finish(n);
    CHECK(recv(client, data, sizeof data, 0) == 0);
    return NULL;
}

static const char *errors_are_winsocks(SOCKET server) {
    struct addrinfo *list = NULL;
    int ms = 20;
    u_long on = 1;
    CHECK(setsockopt(server, SOL_SOCKET, SO_RCVTIMEO, (const char *)&ms, sizeof ms) == 0);
    CHECK(accept(server, NULL, NULL) == INVALID_SOCKET);
    CHECK(WSAGetLastError() == WSAETIMEDOUT);
    CHECK(ioctlsocket(server, FIONBIO, &on) == 0);
    CHECK(accept(server, NULL, NULL) == INVALID_SOCKET);
    CHECK(WSAGetLastError() == WSAEWOULDBLOCK);
    CHECK(strcmp(w5100_wsa_error_name(WSAGetLastError()), "WSAEWOULDBLOCK") == 0);
    CHECK(gethostbyname("10.0.0.2") != NULL);
    CHECK(gethostbyname("ten ") == NULL);
    CHECK(WSAGetLastError() == WSAHOST_NOT_FOUND);
    CHECK(gethostbyname("ten") == NULL);
    CHECK(WSAGetLastError() == WSATRY_AGAIN); /* there is no name server */
    CHECK(getaddrinfo("10.0.0.2", "80", NULL, &list) == 0);
    CHECK(list->ai_next->ai_next != NULL); /* stream, datagram, raw */
    CHECK(((sockaddr_in *)(void *)list->ai_addr)->sin_addr.s_addr == inet_addr("10.0.0.2"));
    freeaddrinfo(list);
    return NULL;
}

const char *selftest_winsock(void) {
    sockaddr_in local;
    const char *failed;
    WSADATA data;
    CHECK(socket(AF_INET, SOCK_STREAM, 0) == INVALID_SOCKET);
    CHECK(WSAGetLastError() == WSANOTINITIALISED);
    CHECK(WSAStartup(MAKEWORD(2, 0), &data) == 0);
    CHECK(data.wVersion == MAKEWORD(2, 0));
    const SOCKET server = socket(AF_INET, SOCK_STREAM, 0);
    ZeroMemory(&local, sizeof local);
    local.sin_family = AF_INET;
    local.sin_port = htons(5000);
    CHECK(bind(server, (sockaddr *)&local, sizeof local) == 0);
    CHECK(listen(server, SOMAXCONN) == 0);
    failed = a_session_echoes(server);
    if (failed == NULL) {
        failed = errors_are_winsocks(server);
    }
    CHECK(WSACleanup() == 0);
    CHECK(w5100_close(server) == -W5100_EBADF);
    return failed;
}
