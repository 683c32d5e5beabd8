/* Options that Winsock has in another form, and datagrams that do not fit. */
#include <string.h>

#include "winsock_case.h"

#define PORT 80

static SOCKET session(w5100_sim_conn **conn) {
    SOCKET fd;
    *conn = wire_session(winsock_listener(PORT), PORT, &fd);
    return fd;
}

/* The core's own view of SO_LINGER. */
static w5100_linger core_linger(SOCKET fd) {
    w5100_linger linger_pair = {-1, -1};
    uint32_t length = sizeof linger_pair;
    CHECK_EQ(w5100_getsockopt(fd, W5100_SOL_SOCKET, W5100_SO_LINGER, &linger_pair, &length), 0);
    return linger_pair;
}

/* ---- lingering ----------------------------------------------------------------------------- */

CASE(linger_is_a_pair_of_shorts) {
    struct linger wanted = {1, 300}, got = {0, 0};
    int length = sizeof got;
    winsock_start();
    const SOCKET fd = socket(AF_INET, SOCK_STREAM, 0);
    CHECK_EQ(sizeof wanted, 4);
    CHECK_EQ(setsockopt(fd, SOL_SOCKET, SO_LINGER, (char *)&wanted, sizeof wanted), 0);
    CHECK_EQ(core_linger(fd).l_onoff, 1);
    CHECK_EQ(core_linger(fd).l_linger, 300);
    CHECK_EQ(getsockopt(fd, SOL_SOCKET, SO_LINGER, (char *)&got, &length), 0);
    CHECK_EQ(got.l_onoff, 1);
    CHECK_EQ(got.l_linger, 300);
    CHECK_EQ(length, sizeof got);
    wanted.l_linger = 65535; /* the core's longest is a second less */
    CHECK_EQ(setsockopt(fd, SOL_SOCKET, SO_LINGER, &wanted, sizeof wanted), 0);
    CHECK_EQ(core_linger(fd).l_linger, 65534);
    wanted.l_onoff = 0;
    CHECK_EQ(setsockopt(fd, SOL_SOCKET, SO_LINGER, &wanted, sizeof wanted), 0);
    CHECK_EQ(core_linger(fd).l_onoff, 0);
}

CASE(dontlinger_is_the_opposite_of_linger) {
    const struct linger wanted = {1, 30};
    BOOL off = TRUE;
    int length = sizeof off;
    winsock_start();
    const SOCKET fd = socket(AF_INET, SOCK_STREAM, 0);
    CHECK_EQ(SO_DONTLINGER, ~0x80);
    CHECK_EQ(getsockopt(fd, SOL_SOCKET, SO_DONTLINGER, (char *)&off, &length), 0);
    CHECK_EQ(off, TRUE);
    CHECK_EQ(length, sizeof off);
    CHECK_EQ(setsockopt(fd, SOL_SOCKET, SO_LINGER, &wanted, sizeof wanted), 0);
    CHECK_EQ(getsockopt(fd, SOL_SOCKET, SO_DONTLINGER, &off, &length), 0);
    CHECK_EQ(off, FALSE);
    off = TRUE;
    CHECK_EQ(setsockopt(fd, SOL_SOCKET, SO_DONTLINGER, &off, sizeof off), 0);
    CHECK_EQ(core_linger(fd).l_onoff, 0);
    off = FALSE;
    CHECK_EQ(setsockopt(fd, SOL_SOCKET, SO_DONTLINGER, &off, sizeof off), 0);
    CHECK_EQ(core_linger(fd).l_onoff, 1);
}

CASE(lingering_options_check_their_arguments) {
    struct linger value = {1, 1};
    int length = 3;
    winsock_start();
    const SOCKET fd = socket(AF_INET, SOCK_STREAM, 0);
    CHECK_WSA(setsockopt(fd, SOL_SOCKET, SO_LINGER, &value, 3), WSAEINVAL);
    CHECK_WSA(setsockopt(fd, SOL_SOCKET, SO_DONTLINGER, &value, -1), WSAEINVAL);
    CHECK_WSA(setsockopt(fd, SOL_SOCKET, SO_LINGER, NULL, 4), WSAEFAULT);
    CHECK_WSA(getsockopt(fd, SOL_SOCKET, SO_LINGER, &value, &length), WSAEINVAL);
    CHECK_WSA(getsockopt(fd, SOL_SOCKET, SO_LINGER, &value, NULL), WSAEFAULT);
    CHECK_WSA(getsockopt(fd, SOL_SOCKET, SO_DONTLINGER, NULL, &length), WSAEFAULT);
    CHECK_EQ(core_linger(fd).l_onoff, 0);
    CHECK_EQ(closesocket(fd), 0);
    CHECK_WSA(setsockopt(fd, SOL_SOCKET, SO_LINGER, &value, 4), WSAENOTSOCK);
    CHECK_WSA(getsockopt(fd, SOL_SOCKET, SO_DONTLINGER, &value, &length), WSAENOTSOCK);
}

CASE(a_close_that_lingers_too_long_is_wsaewouldblock) {
    const struct linger two_seconds = {1, 2};
    w5100_sim_conn *conn;
    winsock_start();
    const SOCKET fd = session(&conn);
    CHECK_EQ(setsockopt(fd, SOL_SOCKET, SO_LINGER, &two_seconds, sizeof two_seconds), 0);
    w5100_sim_peer_vanish(wire_peer(), true);
    CHECK_EQ(send(fd, "lost", 4, 0), 4);
    const uint32_t begin = wire_now_ms();
    CHECK_WSA(closesocket(fd), WSAEWOULDBLOCK);
    CHECK(wire_now_ms() - begin >= 2000);
    CHECK(wire_now_ms() - begin < 2200);
    CHECK_WSA(closesocket(fd), WSAENOTSOCK);
}

CASE(a_close_that_lingers_waits_until_all_is_acknowledged) {
    const struct linger two_seconds = {1, 2};
    w5100_sim_conn *conn;
    winsock_start();
    const SOCKET fd = session(&conn);
    CHECK_EQ(w5100_sim_conn_service(conn, W5100_SIM_SERVICE_DISCARD), 0);
    CHECK_EQ(setsockopt(fd, SOL_SOCKET, SO_LINGER, &two_seconds, sizeof two_seconds), 0);
    CHECK_EQ(send(fd, "taken", 5, 0), 5);
    CHECK_EQ(closesocket(fd), 0);
    CHECK_EQ(w5100_sim_conn_received(conn), 5);
}

/* ---- other options ------------------------------------------------------------------------- */

static void takes(SOCKET fd, int level, int name, int value) {
    int got = -1, length = sizeof got;
    CHECK_EQ(setsockopt(fd, level, name, (const char *)&value, sizeof value), 0);
    CHECK_EQ(getsockopt(fd, level, name, (char *)&got, &length), 0);
    CHECK_EQ(got, value);
    CHECK_EQ(length, sizeof got);
}

CASE(options_of_a_stream_go_in_and_come_out) {
    int value = -1, length = sizeof value;
    winsock_start();
    const SOCKET fd = socket(AF_INET, SOCK_STREAM, 0);
    takes(fd, SOL_SOCKET, SO_KEEPALIVE, TRUE);
    takes(fd, SOL_SOCKET, SO_REUSEADDR, TRUE);
    takes(fd, SOL_SOCKET, SO_SNDTIMEO, 1234);
    takes(fd, IPPROTO_TCP, TCP_NODELAY, FALSE);
    takes(fd, IPPROTO_TCP, TCP_KEEPIDLE, 60);
    takes(fd, IPPROTO_TCP, TCP_KEEPINTVL, 10);
    takes(fd, IPPROTO_TCP, TCP_KEEPCNT, 3);
    takes(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, 5000);
    takes(fd, IPPROTO_IP, IP_TTL, 7);
    takes(fd, IPPROTO_IP, IP_TOS, 0x10);
    CHECK_EQ(getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &value, &length), 0);
    CHECK_EQ(value, FALSE);
    const SOCKET server = winsock_listener(PORT);
    CHECK_EQ(getsockopt(server, SOL_SOCKET, SO_ACCEPTCONN, &value, &length), 0);
    CHECK_EQ(value, TRUE);
    CHECK_EQ(getsockopt(server, SOL_SOCKET, SO_RCVBUF, &value, &length), 0);
    CHECK_EQ(value, 2048);
}

CASE(a_group_is_joined_with_the_addresses_of_windows) {
    static const uint8_t group[4] = {239, 1, 2, 3};
    struct ip_mreq mreq;
    char data[8];
    winsock_start();
    const SOCKET fd = winsock_bound(SOCK_DGRAM, PORT);
    mreq.imr_multiaddr.s_addr = inet_addr("239.1.2.3");
    mreq.imr_interface.s_addr = htonl(INADDR_ANY);
    CHECK_EQ(setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, (char *)&mreq, sizeof mreq), 0);
    CHECK_EQ(w5100_sim_peer_udp_bind(wire_peer(), 7, false), 0);
    CHECK_EQ(w5100_sim_peer_udp_send(wire_peer(), 7, group, PORT, (const uint8_t *)"all", 3), 0);
    CHECK_EQ(recv(fd, data, sizeof data, 0), 3);
    CHECK_EQ(setsockopt(fd, IPPROTO_IP, IP_DROP_MEMBERSHIP, (char *)&mreq, sizeof mreq), 0);
    CHECK_WSA(setsockopt(fd, IPPROTO_IP, IP_DROP_MEMBERSHIP, (char *)&mreq, sizeof mreq),
              WSAEADDRNOTAVAIL);
}

/* ---- datagrams that do not fit ------------------------------------------------------------- */

static SOCKET with_datagrams(void) {
    static const uint8_t ip[4] = NETWORK(DEVICE_IP);
    winsock_start();
    const SOCKET fd = winsock_bound(SOCK_DGRAM, PORT);
    CHECK_EQ(w5100_sim_peer_udp_bind(wire_peer(), 7, false), 0);
    CHECK_EQ(w5100_sim_peer_udp_send(wire_peer(), 7, ip, PORT, (const uint8_t *)"0123456789", 10),
             0);
    CHECK_EQ(w5100_sim_peer_udp_send(wire_peer(), 7, ip, PORT, (const uint8_t *)"next", 4), 0);
    return fd;
}

CASE(a_datagram_that_is_cut_is_wsaemsgsize_with_the_buffer_filled) {
    char data[9] = "--------";
    sockaddr_in from;
    int length = sizeof from;
    const SOCKET fd = with_datagrams();
    ZeroMemory(&from, sizeof from);
    CHECK_WSA(recvfrom(fd, data, 4, 0, (sockaddr *)&from, &length), WSAEMSGSIZE);
    CHECK(strcmp(data, "0123----") == 0);
    CHECK_EQ(from.sin_port, htons(7));
    CHECK_EQ(length, sizeof from);
    CHECK_EQ(recv(fd, data, 4, 0), 4); /* the rest of the first is gone; this one fits */
    CHECK(memcmp(data, "next", 4) == 0);
}

CASE(a_peek_at_a_datagram_that_is_cut_is_wsaemsgsize_and_leaves_it) {
    char data[16] = "";
    const SOCKET fd = with_datagrams();
    CHECK_WSA(recv(fd, data, 4, MSG_PEEK), WSAEMSGSIZE);
    CHECK(memcmp(data, "0123", 4) == 0);
    CHECK_EQ(recv(fd, data, sizeof data, 0), 10);
}

CASE(a_datagram_of_which_the_length_is_asked_is_no_error_when_cut) {
    char data[4];
    const SOCKET fd = with_datagrams();
    CHECK_EQ(recv(fd, data, sizeof data, MSG_TRUNC), 10);
    CHECK_EQ(recv(fd, data, sizeof data, MSG_TRUNC), 4);
}

/* A stream has nothing that could be cut: the rest stays. */
CASE(a_stream_is_never_wsaemsgsize) {
    w5100_sim_conn *conn;
    char data[4];
    winsock_start();
    const SOCKET fd = session(&conn);
    wire_client_sends(conn, "0123456789", 10);
    CHECK_EQ(recv(fd, data, sizeof data, 0), 4);
    CHECK_EQ(recv(fd, data, sizeof data, MSG_PEEK), 4);
    CHECK(memcmp(data, "4567", 4) == 0);
    CHECK_EQ(recv(fd, data, sizeof data, 0), 4);
    CHECK_EQ(recv(fd, data, sizeof data, 0), 2);
}
