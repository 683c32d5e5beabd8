/* winsock_case.h - what the cases of the Winsock view share. Include it last: it takes the plain
   names over. */
#ifndef WINSOCK_CASE_H
#define WINSOCK_CASE_H

#include "wire.h"

#include "w5100_winsock.h"

/** A call failed with this code, told as the last error. */
#define CHECK_WSA(call, code)                                                                      \
    do {                                                                                           \
        WSASetLastError(0);                                                                        \
        CHECK_EQ((call), SOCKET_ERROR);                                                            \
        CHECK_EQ(WSAGetLastError(), (code));                                                       \
    } while (0)

/** The usual scene, with Winsock 2.2 started. */
static inline void winsock_start(void) {
    WSADATA data;
    wire_start();
    CHECK_EQ(WSAStartup(MAKEWORD(2, 2), &data), 0);
}

/** An address: 192.168.1.`last`, or any for 0; `port` in host order. */
static inline sockaddr_in winsock_address(uint8_t last, uint16_t port) {
    sockaddr_in address;
    ZeroMemory(&address, sizeof address);
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = last == 0 ? htonl(INADDR_ANY) : htonl(0xC0A80100u | last);
    return address;
}

/** A socket of this type, bound to `port`. */
static inline SOCKET winsock_bound(int type, uint16_t port) {
    sockaddr_in local = winsock_address(0, port);
    const SOCKET fd = socket(AF_INET, type, 0);
    CHECK(fd != INVALID_SOCKET);
    CHECK_EQ(bind(fd, (sockaddr *)&local, sizeof local), 0);
    return fd;
}

static inline SOCKET winsock_listener(uint16_t port) {
    const SOCKET fd = winsock_bound(SOCK_STREAM, port);
    CHECK_EQ(listen(fd, SOMAXCONN), 0);
    return fd;
}

static inline void winsock_nonblocking(SOCKET fd) {
    u_long on = 1;
    CHECK_EQ(ioctlsocket(fd, FIONBIO, &on), 0);
}

#endif /* WINSOCK_CASE_H */
