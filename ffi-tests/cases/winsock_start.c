/* The Winsock view: start and end, versions, and the last error of each thread. */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "port.h"
#include "worker.h"

#include "winsock_case.h"

#define PORT 80

/* ---- start and end ------------------------------------------------------------------------- */

CASE(n1_every_call_before_the_start_says_so) {
    sockaddr_in address = winsock_address(PEER_IP, PORT);
    sockaddr *const where = (sockaddr *)&address;
    int length = sizeof address, value = 0;
    u_long word = 0;
    char data[16] = "";
    struct addrinfo *list;
    fd_set set;
    wire_start();
    const SOCKET fd = CHECK_OK(w5100_socket(AF_INET, SOCK_STREAM, 0));
    FD_ZERO(&set);
    FD_SET(fd, &set);
    CHECK_WSA(socket(AF_INET, SOCK_STREAM, 0), WSANOTINITIALISED);
    CHECK_WSA(bind(fd, where, sizeof address), WSANOTINITIALISED);
    CHECK_WSA(listen(fd, 1), WSANOTINITIALISED);
    CHECK_WSA(accept(fd, NULL, NULL), WSANOTINITIALISED);
    CHECK_WSA(connect(fd, where, sizeof address), WSANOTINITIALISED);
    CHECK_WSA(send(fd, data, 1, 0), WSANOTINITIALISED);
    CHECK_WSA(recv(fd, data, 1, 0), WSANOTINITIALISED);
    CHECK_WSA(sendto(fd, data, 1, 0, where, sizeof address), WSANOTINITIALISED);
    CHECK_WSA(recvfrom(fd, data, 1, 0, where, &length), WSANOTINITIALISED);
    CHECK_WSA(shutdown(fd, SD_BOTH), WSANOTINITIALISED);
    CHECK_WSA(ioctlsocket(fd, FIONREAD, &word), WSANOTINITIALISED);
    CHECK_WSA(getsockname(fd, where, &length), WSANOTINITIALISED);
    CHECK_WSA(getpeername(fd, where, &length), WSANOTINITIALISED);
    CHECK_WSA(setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &value, sizeof value), WSANOTINITIALISED);
    CHECK_WSA(setsockopt(fd, SOL_SOCKET, SO_LINGER, &value, sizeof value), WSANOTINITIALISED);
    length = sizeof value;
    CHECK_WSA(getsockopt(fd, SOL_SOCKET, SO_TYPE, &value, &length), WSANOTINITIALISED);
    CHECK_WSA(select(0, &set, NULL, NULL, NULL), WSANOTINITIALISED);
    CHECK_WSA(gethostname(data, sizeof data), WSANOTINITIALISED);
    CHECK_WSA(gethostbyname("192.168.1.1") == NULL ? SOCKET_ERROR : 0, WSANOTINITIALISED);
    CHECK_EQ(getaddrinfo("192.168.1.1", "80", NULL, &list), WSANOTINITIALISED);
    CHECK_EQ(WSAGetLastError(), WSANOTINITIALISED);
    freeaddrinfo(NULL);
    CHECK_WSA(closesocket(fd), WSANOTINITIALISED);
    CHECK_WSA(WSACleanup(), WSANOTINITIALISED);
    CHECK_EQ(w5100_close(fd), 0); /* none of them has touched the socket */
}

CASE(n1_what_needs_no_start_works_before_it) {
    WSASetLastError(7);
    CHECK_EQ(WSAGetLastError(), 7);
    CHECK_EQ(ntohs(htons(5000)), 5000);
    CHECK_EQ(inet_addr("1.2.3.4"), htonl(0x01020304));
    CHECK_EQ(WSAGetLastError(), 7);
}

CASE(n1_starts_are_counted) {
    WSADATA data;
    wire_start();
    for (int i = 0; i < 3; i++) {
        CHECK_EQ(WSAStartup(MAKEWORD(2, 2), &data), 0);
    }
    const SOCKET fd = socket(AF_INET, SOCK_STREAM, 0);
    CHECK_EQ(WSACleanup(), 0);
    CHECK_EQ(WSACleanup(), 0);
    CHECK_EQ(closesocket(fd), 0);
    CHECK_EQ(WSACleanup(), 0);
    CHECK_WSA(WSACleanup(), WSANOTINITIALISED);
    CHECK_WSA(socket(AF_INET, SOCK_STREAM, 0), WSANOTINITIALISED);
}

CASE(n1_the_last_cleanup_closes_all_sockets_of_all_devices_for_ever) {
    WSADATA data;
    SOCKET old[5];
    w5100_sockaddr_in local = wire_address(0, PORT);
    winsock_start();
    const int32_t second = wire_add_device(1);
    old[0] = winsock_listener(PORT);
    wire_session(old[0], PORT, &old[1]);
    old[2] = winsock_bound(SOCK_DGRAM, PORT);
    old[3] = CHECK_OK(w5100_socket_on(second, AF_INET, SOCK_DGRAM, 0)); /* not Winsock's own */
    CHECK_EQ(w5100_bind(old[3], &local, sizeof local), 0);
    old[4] = socket(AF_INET, SOCK_STREAM, 0);
    CHECK_EQ(WSACleanup(), 0);
    for (int i = 0; i < 5; i++) {
        CHECK_ERROR(w5100_listen(old[i], 1), EBADF);
    }
    CHECK_EQ(wire_free_sockets(second), 4);
    CHECK_EQ(WSAStartup(MAKEWORD(2, 2), &data), 0);
    for (int i = 0; i < 5; i++) {
        const SOCKET fd = winsock_bound(SOCK_STREAM, (uint16_t)(PORT + i)); /* all ports are free */
        for (int k = 0; k < 5; k++) {
            CHECK(fd != old[k]);
            CHECK_WSA(closesocket(old[k]), WSAENOTSOCK);
        }
    }
}

static bool is_finished(void *conn) {
    return w5100_sim_conn_finished(conn);
}

CASE(n1_the_last_cleanup_ends_connections_with_a_fin_after_their_data) {
    w5100_sim_conn *conn;
    SOCKET fd;
    winsock_start();
    conn = wire_session(winsock_listener(PORT), PORT, &fd);
    CHECK_EQ(send(fd, "last words", 10, 0), 10);
    wire_client_gets(conn, "last words", 10);
    CHECK_EQ(WSACleanup(), 0);
    CHECK(wire_until(is_finished, conn, 1000));
    CHECK(!w5100_sim_conn_was_reset(conn));
}

static int32_t waits_for_data(void *argument) {
    char byte;
    const int result = recv(*(SOCKET *)argument, &byte, 1, 0);
    return result == SOCKET_ERROR ? WSAGetLastError() : result;
}

static int32_t waits_for_a_client(void *argument) {
    const SOCKET result = accept(*(SOCKET *)argument, NULL, NULL);
    return result == INVALID_SOCKET ? WSAGetLastError() : result;
}

CASE(n1_the_last_cleanup_ends_the_waits_of_other_threads) {
    worker threads[2];
    SOCKET server, client;
    winsock_start();
    server = winsock_listener(PORT);
    wire_session(server, PORT, &client);
    worker_start(&threads[0], waits_for_data, &client);
    worker_start(&threads[1], waits_for_a_client, &server);
    wire_run(20);
    CHECK_EQ(WSACleanup(), 0);
    CHECK_EQ(worker_join(&threads[0]), WSAENOTSOCK);
    CHECK_EQ(worker_join(&threads[1]), WSAENOTSOCK);
}

/* What another thread would find while the last cleanup is at work: called from its bus transfers.
 */
static int32_t (*real_transfer)(void *context, uint8_t *frames, size_t count);
static bool is_ending;
static int looks;

static int32_t transfer_with_a_look(void *context, uint8_t *frames, size_t count) {
    if (is_ending) {
        WSADATA data;
        CHECK_EQ(WSAStartup(MAKEWORD(2, 2), &data), WSASYSNOTREADY);
        CHECK_WSA(WSACleanup(), WSANOTINITIALISED);
        CHECK_WSA(socket(AF_INET, SOCK_STREAM, 0), WSANOTINITIALISED);
        looks++;
    }
    return real_transfer(context, frames, count);
}

CASE(n1_while_the_last_cleanup_closes_there_is_neither_a_start_nor_a_call) {
    w5100_port port = *port_of(wire_add_chip(0));
    const w5100_config config = wire_config(0);
    WSADATA data;
    SOCKET fd;
    real_transfer = port.transfer;
    port.transfer = transfer_with_a_look;
    CHECK_EQ(WIZnet_Enable(&port, &config), 0);
    wire_add_peer();
    CHECK_EQ(WSAStartup(MAKEWORD(2, 2), &data), 0);
    wire_session(winsock_listener(PORT), PORT, &fd);
    is_ending = true;
    CHECK_EQ(WSACleanup(), 0);
    is_ending = false;
    CHECK(looks > 0);
    CHECK_EQ(WSAStartup(MAKEWORD(2, 2), &data), 0);
    CHECK_EQ(WSACleanup(), 0);
    CHECK_EQ(WIZnet_Disable(0), 0); /* the port ends here */
}

/* As if WSACleanup had come between the call's look and the socket. */
CASE(n1_a_socket_that_the_last_cleanup_could_not_see_is_closed) {
    winsock_start();
    CHECK_EQ(WSACleanup(), 0);
    const int32_t fd = CHECK_OK(w5100_socket(AF_INET, SOCK_STREAM, 0));
    CHECK_WSA(w5100_wsa_new_socket(fd), WSANOTINITIALISED);
    CHECK_ERROR(w5100_close(fd), EBADF);
}

CASE(a_start_without_an_enabled_device_is_not_ready) {
    WSADATA data;
    CHECK_EQ(WSAStartup(MAKEWORD(2, 2), &data), WSASYSNOTREADY);
    CHECK(!w5100_wsa_started());
    wire_start();
    CHECK_EQ(WSAStartup(MAKEWORD(2, 2), &data), 0);
    CHECK_EQ(WSACleanup(), 0);
    CHECK_EQ(WIZnet_Disable(0), 0);
    CHECK_EQ(WSAStartup(MAKEWORD(2, 2), &data), WSASYSNOTREADY);
}

/* ---- versions ------------------------------------------------------------------------------ */

CASE(a_start_grants_the_version_asked_for_up_to_2_2) {
    static const WORD versions[][2] = {
        {MAKEWORD(1, 0), MAKEWORD(1, 0)}, {MAKEWORD(1, 1), MAKEWORD(1, 1)},
        {MAKEWORD(2, 0), MAKEWORD(2, 0)}, {MAKEWORD(2, 1), MAKEWORD(2, 1)},
        {MAKEWORD(2, 2), MAKEWORD(2, 2)}, {MAKEWORD(2, 3), MAKEWORD(2, 2)},
        {MAKEWORD(3, 0), MAKEWORD(2, 2)}, {MAKEWORD(255, 255), MAKEWORD(2, 2)},
    };
    WSADATA data;
    wire_start();
    for (size_t i = 0; i < sizeof versions / sizeof versions[0]; i++) {
        memset(&data, 0xAA, sizeof data);
        CHECK_EQ(WSAStartup(versions[i][0], &data), 0);
        CHECK_EQ(data.wVersion, versions[i][1]);
        CHECK_EQ(data.wHighVersion, MAKEWORD(2, 2));
        CHECK(strlen(data.szDescription) <= WSADESCRIPTION_LEN && data.szDescription[0] != '\0');
        CHECK(strlen(data.szSystemStatus) <= WSASYS_STATUS_LEN && data.szSystemStatus[0] != '\0');
        CHECK(data.lpVendorInfo == NULL);
    }
}

CASE(a_start_below_1_0_or_without_data_fails_and_does_not_count) {
    WSADATA data;
    wire_start();
    CHECK_EQ(WSAStartup(MAKEWORD(0, 9), &data), WSAVERNOTSUPPORTED);
    CHECK_EQ(WSAStartup(0, &data), WSAVERNOTSUPPORTED);
    CHECK_EQ(WSAStartup(MAKEWORD(2, 2), NULL), WSAEFAULT);
    CHECK(!w5100_wsa_started());
}

CASE(a_start_tells_how_many_sockets_there_are) {
    WSADATA data;
    int count = 0;
    wire_start();
    CHECK_EQ(WSAStartup(MAKEWORD(1, 1), &data), 0);
    CHECK_EQ(data.iMaxUdpDg, 1472);
    while (socket(AF_INET, SOCK_STREAM, 0) != INVALID_SOCKET) {
        count++;
    }
    CHECK_EQ(WSAGetLastError(), WSAEMFILE);
    CHECK_EQ(data.iMaxSockets, count);
}

/* ---- the last error ------------------------------------------------------------------------ */

CASE(the_last_error_stays_when_a_call_succeeds) {
    winsock_start();
    WSASetLastError(1234);
    const SOCKET fd = socket(AF_INET, SOCK_DGRAM, 0);
    CHECK(fd != INVALID_SOCKET);
    CHECK_EQ(closesocket(fd), 0);
    CHECK_EQ(WSAGetLastError(), 1234);
}

CASE(the_last_error_is_not_errno) {
    winsock_start();
    errno = 1234;
    CHECK_WSA(closesocket(1), WSAENOTSOCK);
    CHECK_EQ(errno, 1234);
    errno = 4321;
    CHECK_EQ(WSAGetLastError(), WSAENOTSOCK);
}

static int32_t fails_elsewhere(void *unused) {
    (void)unused;
    CHECK_EQ(WSAGetLastError(), 0);
    CHECK_EQ(socket(99, SOCK_STREAM, 0), INVALID_SOCKET);
    return WSAGetLastError();
}

CASE(the_last_error_is_the_calling_threads) {
    worker thread;
    winsock_start();
    CHECK_WSA(closesocket(1), WSAENOTSOCK);
    worker_start(&thread, fails_elsewhere, NULL);
    CHECK_EQ(worker_join(&thread), WSAEAFNOSUPPORT);
    CHECK_EQ(WSAGetLastError(), WSAENOTSOCK);
}

static int32_t reads_the_last_error(void *unused) {
    (void)unused;
    return WSAGetLastError();
}

CASE(without_any_location_all_threads_share_one_last_error) {
    w5100_port port = *port_of(wire_add_chip(0));
    const w5100_config config = wire_config(0);
    worker thread;
    port.errno_location = NULL;
    port.last_error_location = NULL;
    CHECK_EQ(WIZnet_Enable(&port, &config), 0);
    errno = 1;
    WSASetLastError(WSAEINTR);
    worker_start(&thread, reads_the_last_error, NULL);
    CHECK_EQ(worker_join(&thread), WSAEINTR);
    CHECK_EQ(errno, 1);
    CHECK_EQ(WIZnet_Disable(0), 0); /* the port ends here */
}

/* A port compiled against a header that ended with errno_location. The page behind it cannot be
   touched, so the library does not look there. */
CASE(a_port_of_the_first_version_works_and_keeps_the_last_error_in_errno) {
    const size_t size = offsetof(w5100_port, last_error_location);
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    const w5100_config config = wire_config(0);
    w5100_port full = *port_of(wire_add_chip(0));
    char *const pages =
        mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(pages != MAP_FAILED);
    CHECK_EQ(mprotect(pages + page, page, PROT_NONE), 0);
    full.size = (uint32_t)size;
    w5100_port *const old = (w5100_port *)(void *)memcpy(pages + page - size, &full, size);
    wire_add_peer();
    CHECK_EQ(WIZnet_Enable(old, &config), 0);
    wire_still_works(PORT);
    errno = 0;
    WSASetLastError(WSAEINTR);
    CHECK_EQ(errno, WSAEINTR);
    CHECK_EQ(WSAGetLastError(), WSAEINTR);
    CHECK_EQ(WIZnet_Disable(0), 0);
}

CASE(a_port_that_is_shorter_still_is_refused) {
    w5100_port port = *port_of(wire_add_chip(0));
    const w5100_config config = wire_config(0);
    port.size = (uint32_t)offsetof(w5100_port, last_error_location) - 1;
    CHECK_ERROR(WIZnet_Enable(&port, &config), EINVAL);
}
