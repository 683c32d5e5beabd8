/* Where Winsock expects something else than the core says. */
#include <string.h>

#include "winsock_case.h"

#define PORT 80

/* A connection from the peer: its socket, and the peer's end. */
static SOCKET session(w5100_sim_conn **conn) {
    SOCKET fd;
    *conn = wire_session(winsock_listener(PORT), PORT, &fd);
    return fd;
}

static void set_time(SOCKET fd, int name, int ms) {
    CHECK_EQ(setsockopt(fd, SOL_SOCKET, name, (const char *)&ms, sizeof ms), 0);
}

/* ---- handles ------------------------------------------------------------------------------- */

CASE(what_is_no_open_socket_is_wsaenotsock) {
    static const SOCKET wrong[] = {INVALID_SOCKET, 0, 1, 12345, INT32_MAX, INT32_MIN};
    sockaddr_in address = winsock_address(PEER_IP, PORT);
    sockaddr *const where = (sockaddr *)&address;
    winsock_start();
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        int length = sizeof address, value = 0, value_length = sizeof value;
        u_long word = 0;
        char data[4] = "";
        const SOCKET fd = wrong[i];
        CHECK_WSA(bind(fd, where, sizeof address), WSAENOTSOCK);
        CHECK_WSA(listen(fd, 1), WSAENOTSOCK);
        CHECK_WSA(accept(fd, where, &length), WSAENOTSOCK);
        CHECK_WSA(connect(fd, where, sizeof address), WSAENOTSOCK);
        CHECK_WSA(send(fd, data, 1, 0), WSAENOTSOCK);
        CHECK_WSA(recv(fd, data, 1, 0), WSAENOTSOCK);
        CHECK_WSA(sendto(fd, data, 1, 0, where, sizeof address), WSAENOTSOCK);
        CHECK_WSA(recvfrom(fd, data, 1, 0, where, &length), WSAENOTSOCK);
        CHECK_WSA(shutdown(fd, SD_BOTH), WSAENOTSOCK);
        CHECK_WSA(closesocket(fd), WSAENOTSOCK);
        CHECK_WSA(ioctlsocket(fd, FIONREAD, &word), WSAENOTSOCK);
        CHECK_WSA(getsockname(fd, where, &length), WSAENOTSOCK);
        CHECK_WSA(getpeername(fd, where, &length), WSAENOTSOCK);
        CHECK_WSA(setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &value, 4), WSAENOTSOCK);
        CHECK_WSA(getsockopt(fd, SOL_SOCKET, SO_ERROR, &value, &value_length), WSAENOTSOCK);
    }
}

CASE(closing_twice_is_wsaenotsock) {
    winsock_start();
    const SOCKET fd = socket(AF_INET, SOCK_STREAM, 0);
    CHECK_EQ(closesocket(fd), 0);
    CHECK_WSA(closesocket(fd), WSAENOTSOCK);
}

CASE(socket_arguments_that_do_not_fit_have_winsocks_codes) {
    winsock_start();
    CHECK_WSA(socket(99, SOCK_STREAM, 0), WSAEAFNOSUPPORT);
    CHECK_WSA(socket(AF_INET, 99, 0), WSAESOCKTNOSUPPORT);
    CHECK_WSA(socket(AF_INET, SOCK_STREAM, IPPROTO_UDP), WSAEPROTOTYPE);
}

/* ---- connect ------------------------------------------------------------------------------- */

CASE(a_connect_that_does_not_block_is_wsaewouldblock_then_wsaealready_then_wsaeisconn) {
    sockaddr_in peer = winsock_address(PEER_IP, PORT);
    fd_set writable;
    winsock_start();
    CHECK_EQ(w5100_sim_peer_listen(wire_peer(), PORT), 0);
    const SOCKET fd = socket(AF_INET, SOCK_STREAM, 0);
    winsock_nonblocking(fd);
    CHECK_WSA(connect(fd, (sockaddr *)&peer, sizeof peer), WSAEWOULDBLOCK);
    CHECK_WSA(connect(fd, (sockaddr *)&peer, sizeof peer), WSAEALREADY);
    FD_ZERO(&writable);
    FD_SET(fd, &writable);
    CHECK_EQ(select(0, NULL, &writable, NULL, NULL), 1);
    CHECK_WSA(connect(fd, (sockaddr *)&peer, sizeof peer), WSAEISCONN);
}

CASE(a_refused_connect_is_told_by_so_error_with_winsocks_number) {
    sockaddr_in peer = winsock_address(PEER_IP, PORT);
    int error = 0, length = sizeof error;
    fd_set except;
    winsock_start();
    const SOCKET fd = socket(AF_INET, SOCK_STREAM, 0);
    winsock_nonblocking(fd);
    CHECK_WSA(connect(fd, (sockaddr *)&peer, sizeof peer), WSAEWOULDBLOCK);
    FD_ZERO(&except);
    FD_SET(fd, &except);
    CHECK_EQ(select(0, NULL, NULL, &except, NULL), 1);
    CHECK_EQ(getsockopt(fd, SOL_SOCKET, SO_ERROR, (char *)&error, &length), 0);
    CHECK_EQ(error, WSAECONNREFUSED);
    CHECK_EQ(length, sizeof error);
    CHECK_EQ(getsockopt(fd, SOL_SOCKET, SO_ERROR, (char *)&error, &length), 0);
    CHECK_EQ(error, 0);
}

CASE(a_blocking_connect_tells_why_it_failed) {
    sockaddr_in peer = winsock_address(PEER_IP, PORT);
    winsock_start();
    const SOCKET fd = socket(AF_INET, SOCK_STREAM, 0);
    CHECK_WSA(connect(fd, (sockaddr *)&peer, sizeof peer), WSAECONNREFUSED);
    peer = winsock_address(PEER_IP, 0);
    CHECK_WSA(connect(fd, (sockaddr *)&peer, sizeof peer), WSAEADDRNOTAVAIL);
    peer = winsock_address(NOBODY_IP, PORT);
    CHECK_WSA(connect(fd, (sockaddr *)&peer, sizeof peer), WSAEHOSTUNREACH);
}

CASE(a_blocking_connect_whose_time_is_over_is_wsaetimedout) {
    sockaddr_in peer = winsock_address(PEER_IP, PORT);
    winsock_start();
    w5100_sim_peer_vanish(wire_peer(), true);
    const SOCKET fd = socket(AF_INET, SOCK_STREAM, 0);
    set_time(fd, SO_SNDTIMEO, 500);
    const uint32_t begin = wire_now_ms();
    CHECK_WSA(connect(fd, (sockaddr *)&peer, sizeof peer), WSAETIMEDOUT);
    CHECK(wire_now_ms() - begin >= 500);
    CHECK(wire_now_ms() - begin < 600);
}

/* ---- time ---------------------------------------------------------------------------------- */

CASE(times_are_milliseconds_and_wsaetimedout_when_over) {
    w5100_sim_conn *conn;
    int ms = 0, length = sizeof ms;
    char byte;
    winsock_start();
    const SOCKET fd = session(&conn);
    set_time(fd, SO_RCVTIMEO, 1500);
    CHECK_EQ(getsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, (char *)&ms, &length), 0);
    CHECK_EQ(ms, 1500);
    CHECK_EQ(length, sizeof ms);
    const uint32_t begin = wire_now_ms();
    CHECK_WSA(recv(fd, &byte, 1, 0), WSAETIMEDOUT);
    CHECK(wire_now_ms() - begin >= 1500);
    CHECK(wire_now_ms() - begin < 1600);
}

CASE(what_a_non_blocking_socket_cannot_do_is_wsaewouldblock) {
    w5100_sim_conn *conn;
    char byte;
    winsock_start();
    const SOCKET server = winsock_listener(PORT + 1);
    const SOCKET fd = session(&conn);
    CHECK_WSA(recv(fd, &byte, 1, MSG_DONTWAIT), WSAEWOULDBLOCK);
    set_time(fd, SO_RCVTIMEO, 1500); /* means nothing any more */
    winsock_nonblocking(fd);
    winsock_nonblocking(server);
    const uint32_t begin = wire_now_ms();
    CHECK_WSA(recv(fd, &byte, 1, 0), WSAEWOULDBLOCK);
    CHECK_WSA(accept(server, NULL, NULL), WSAEWOULDBLOCK);
    CHECK(wire_now_ms() - begin < 100);
}

CASE(an_accept_whose_time_is_over_is_wsaetimedout) {
    winsock_start();
    const SOCKET server = winsock_listener(PORT);
    set_time(server, SO_RCVTIMEO, 300);
    CHECK_WSA(accept(server, NULL, NULL), WSAETIMEDOUT);
}

CASE(a_send_whose_time_is_over_is_wsaetimedout_or_what_was_taken) {
    static char data[64 * 1024];
    w5100_sim_conn *conn;
    winsock_start();
    CHECK_EQ(w5100_sim_peer_buffers(wire_peer(), 1024, 1024), 0);
    const SOCKET fd = session(&conn);
    set_time(fd, SO_SNDTIMEO, 300);
    const int taken = send(fd, data, sizeof data, 0);
    CHECK(taken > 0 && taken < (int)sizeof data);
    CHECK_WSA(send(fd, data, sizeof data, 0), WSAETIMEDOUT);
    winsock_nonblocking(fd);
    CHECK_WSA(send(fd, data, sizeof data, 0), WSAEWOULDBLOCK);
}

/* ---- data ---------------------------------------------------------------------------------- */

CASE(a_send_after_shutdown_is_wsaeshutdown) {
    w5100_sim_conn *conn;
    char data[8];
    winsock_start();
    const SOCKET fd = session(&conn);
    CHECK_EQ(shutdown(fd, SD_SEND), 0);
    CHECK_WSA(send(fd, "x", 1, 0), WSAESHUTDOWN);
    wire_client_sends(conn, "still", 5);
    CHECK_EQ(recv(fd, data, sizeof data, 0), 5);
    CHECK_EQ(shutdown(fd, SD_RECEIVE), 0);
    CHECK_EQ(recv(fd, data, sizeof data, 0), 0);
    CHECK_WSA(shutdown(fd, 3), WSAEINVAL);
}

CASE(what_is_not_connected_says_so) {
    char byte = 0;
    winsock_start();
    const SOCKET fd = socket(AF_INET, SOCK_STREAM, 0);
    CHECK_WSA(send(fd, &byte, 1, 0), WSAENOTCONN);
    CHECK_WSA(recv(fd, &byte, 1, 0), WSAENOTCONN);
    CHECK_WSA(shutdown(fd, SD_BOTH), WSAENOTCONN);
    const SOCKET datagrams = socket(AF_INET, SOCK_DGRAM, 0);
    CHECK_WSA(send(datagrams, &byte, 1, 0), WSAEDESTADDRREQ);
}

CASE(a_reset_by_the_peer_is_told_once) {
    w5100_sim_conn *conn;
    char byte;
    winsock_start();
    const SOCKET fd = session(&conn);
    w5100_sim_conn_abort(conn);
    CHECK_WSA(recv(fd, &byte, 1, 0), WSAECONNRESET);
    CHECK_EQ(recv(fd, &byte, 1, 0), 0);
    CHECK_WSA(send(fd, &byte, 1, 0), WSAESHUTDOWN);
}

CASE(negative_lengths_and_null_are_errors_of_the_argument) {
    sockaddr_in address = winsock_address(PEER_IP, PORT);
    sockaddr *const where = (sockaddr *)&address;
    w5100_sim_conn *conn;
    int length = -1, value = 0;
    char data[4] = "";
    winsock_start();
    const SOCKET fd = session(&conn);
    CHECK_WSA(send(fd, data, -1, 0), WSAEFAULT);
    CHECK_WSA(recv(fd, data, -1, 0), WSAEFAULT);
    CHECK_WSA(send(fd, data, INT32_MIN, 0), WSAEFAULT);
    CHECK_WSA(send(fd, NULL, 1, 0), WSAEFAULT);
    CHECK_WSA(recv(fd, NULL, 1, 0), WSAEFAULT);
    CHECK_WSA(getpeername(fd, where, &length), WSAEINVAL);
    CHECK_WSA(getpeername(fd, where, NULL), WSAEFAULT);
    CHECK_WSA(getpeername(fd, NULL, &length), WSAEFAULT);
    CHECK_WSA(setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &value, -1), WSAEINVAL);
    CHECK_WSA(setsockopt(fd, SOL_SOCKET, SO_BROADCAST, NULL, 4), WSAEFAULT);
    CHECK_WSA(getsockopt(fd, SOL_SOCKET, SO_TYPE, &value, &length), WSAEINVAL);
    CHECK_WSA(getsockopt(fd, SOL_SOCKET, SO_TYPE, &value, NULL), WSAEFAULT);
    CHECK_WSA(getsockopt(fd, SOL_SOCKET, SO_TYPE, NULL, &length), WSAEFAULT);
    CHECK_WSA(ioctlsocket(fd, FIONREAD, NULL), WSAEFAULT);
    const SOCKET other = socket(AF_INET, SOCK_STREAM, 0);
    CHECK_WSA(bind(other, where, -1), WSAEINVAL);
    CHECK_WSA(bind(other, NULL, sizeof address), WSAEFAULT);
    CHECK_WSA(connect(other, where, 4), WSAEINVAL);
}

CASE(a_datagram_tells_its_sender) {
    static const uint8_t ip[4] = NETWORK(DEVICE_IP);
    sockaddr_in from;
    int length = 100;
    char data[8];
    winsock_start();
    const SOCKET fd = winsock_bound(SOCK_DGRAM, PORT);
    CHECK_EQ(w5100_sim_peer_udp_bind(wire_peer(), 7, false), 0);
    CHECK_EQ(w5100_sim_peer_udp_send(wire_peer(), 7, ip, PORT, (const uint8_t *)"hello", 5), 0);
    CHECK_EQ(recvfrom(fd, data, sizeof data, 0, (sockaddr *)&from, &length), 5);
    CHECK_EQ(length, sizeof from);
    CHECK_EQ(from.sin_port, htons(7));
    CHECK_EQ(from.sin_addr.s_addr, inet_addr("192.168.1.10"));
    CHECK_WSA(recvfrom(fd, data, sizeof data, 0, (sockaddr *)&from, NULL), WSAEFAULT);
}

/* ---- ioctlsocket, options ------------------------------------------------------------------ */

CASE(ioctlsocket_works_on_32_bits) {
    struct {
        u_long value;
        u_long behind;
    } word = {1, 0xAAAAAAAA};
    w5100_sim_conn *conn;
    char byte;
    winsock_start();
    const SOCKET fd = session(&conn);
    wire_client_sends(conn, "12345", 5);
    CHECK_EQ(recv(fd, &byte, 1, 0), 1);
    CHECK_EQ(ioctlsocket(fd, FIONREAD, &word.value), 0);
    CHECK_EQ(word.value, 4);
    CHECK_EQ(word.behind, 0xAAAAAAAA);
    word.value = 0x80000000; /* not 0 is on */
    CHECK_EQ(ioctlsocket(fd, FIONBIO, &word.value), 0);
    CHECK_EQ(word.value, 0x80000000);
    CHECK_EQ(recv(fd, &byte, 1, 0), 1);
    CHECK_EQ(recv(fd, &byte, 1, 0), 1);
    CHECK_EQ(recv(fd, &byte, 1, 0), 1);
    CHECK_EQ(recv(fd, &byte, 1, 0), 1);
    CHECK_WSA(recv(fd, &byte, 1, 0), WSAEWOULDBLOCK);
    CHECK_WSA(ioctlsocket(fd, 12345, &word.value), WSAEINVAL);
}

CASE(options_need_no_aligned_value) {
    char bytes[12];
    int length = 4, on = 1, type = 0;
    winsock_start();
    const SOCKET fd = socket(AF_INET, SOCK_DGRAM, 0);
    memcpy(bytes + 1, &on, sizeof on);
    CHECK_EQ(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, bytes + 1, sizeof on), 0);
    CHECK_EQ(getsockopt(fd, SOL_SOCKET, SO_TYPE, bytes + 3, &length), 0);
    memcpy(&type, bytes + 3, sizeof type);
    CHECK_EQ(type, SOCK_DGRAM);
    length = 100;
    CHECK_EQ(getsockopt(fd, SOL_SOCKET, SO_REUSEADDR, bytes + 5, &length), 0);
    CHECK_EQ(length, 4);
    memcpy(&on, bytes + 5, sizeof on);
    CHECK_EQ(on, 1);
}

CASE(unknown_options_are_wsaenoprotoopt) {
    int value = 0, length = sizeof value;
    winsock_start();
    const SOCKET fd = socket(AF_INET, SOCK_STREAM, 0);
    CHECK_WSA(setsockopt(fd, SOL_SOCKET, 0x7777, &value, 4), WSAENOPROTOOPT);
    CHECK_WSA(getsockopt(fd, 99, SO_TYPE, &value, &length), WSAENOPROTOOPT);
}
