/* What the NTUA guide's programs do, call by call. */
#include <string.h>

#include "winsock_case.h"

#define PORT 80
#define GUIDE_PORT 5000

/* "return a SOCKET, or SOCKET_ERROR": the guide compares with the latter. */
CASE(n2_socket_takes_pf_inet_and_compares_with_socket_error) {
    SOCKET sock;
    winsock_start();
    CHECK((sock = socket(PF_INET, SOCK_STREAM, 0)) != SOCKET_ERROR);
    CHECK(sock > 0);
    CHECK((sock = socket(PF_INET, 99, 0)) == SOCKET_ERROR);
    CHECK(sock == INVALID_SOCKET);
}

CASE(n3_bind_takes_port_5000_and_picks_a_port_for_0) {
    sockaddr_in sin;
    int length = sizeof sin;
    winsock_start();
    const SOCKET server = winsock_bound(SOCK_STREAM, GUIDE_PORT);
    const SOCKET client = winsock_bound(SOCK_STREAM, 0);
    CHECK_EQ(getsockname(server, (sockaddr *)&sin, &length), 0);
    CHECK_EQ(sin.sin_port, htons(5000));
    CHECK_EQ(length, sizeof sin);
    CHECK_EQ(getsockname(client, (sockaddr *)&sin, &length), 0);
    CHECK(ntohs(sin.sin_port) >= 49152);
    sin = winsock_address(0, GUIDE_PORT);
    const SOCKET other = socket(AF_INET, SOCK_STREAM, 0);
    CHECK_WSA(bind(other, (sockaddr *)&sin, sizeof sin), WSAEADDRINUSE);
}

CASE(n4_listen_takes_somaxconn_and_200) {
    winsock_start();
    const SOCKET first = winsock_bound(SOCK_STREAM, GUIDE_PORT);
    const SOCKET second = winsock_bound(SOCK_STREAM, 1234);
    CHECK_EQ(listen(first, SOMAXCONN), 0);
    CHECK_EQ(listen(second, 200), 0);
    wire_client(GUIDE_PORT);
    wire_client(1234);
    CHECK(accept(first, NULL, NULL) != INVALID_SOCKET);
    CHECK(accept(second, NULL, NULL) != INVALID_SOCKET);
}

CASE(n5_accept_with_an_address_and_no_length_tells_the_client) {
    sockaddr_in from;
    winsock_start();
    const SOCKET server = winsock_listener(PORT);
    wire_client(PORT);
    memset(&from, 0xAA, sizeof from);
    CHECK(accept(server, (sockaddr *)&from, NULL) != INVALID_SOCKET);
    CHECK_EQ(from.sin_family, AF_INET);
    CHECK_EQ(from.sin_addr.s_addr, inet_addr("192.168.1.10"));
    CHECK(from.sin_port != 0);
}

CASE(n5_accept_with_a_length_writes_it) {
    sockaddr_in from;
    int length = 100;
    winsock_start();
    const SOCKET server = winsock_listener(PORT);
    wire_client(PORT);
    wire_client(PORT);
    CHECK(accept(server, (sockaddr *)&from, &length) != INVALID_SOCKET);
    CHECK_EQ(length, sizeof from);
    CHECK_EQ(from.sin_addr.S_un.S_addr, inet_addr("192.168.1.10"));
    length = 4;
    CHECK_WSA(accept(server, (sockaddr *)&from, &length), WSAEINVAL);
    CHECK(accept(server, NULL, &length) != INVALID_SOCKET); /* the length is not looked at */
    CHECK_EQ(length, 4);
}

/* The name has a space at its end, in the guide. It is none, and nobody is asked for it. */
CASE(n6_gethostbyname_of_the_guides_name_fails_cleanly) {
    static const char *const names[] = {
        "danaos.cslab.ntua.gr ", "", ".", "a..b", "192.168.1.10 ", "192.168.1.256", "1.2.3.4.5"};
    winsock_start();
    const uint32_t begin = wire_now_ms();
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        WSASetLastError(0);
        CHECK(gethostbyname(names[i]) == NULL);
        CHECK_EQ(WSAGetLastError(), WSAHOST_NOT_FOUND);
    }
    CHECK(gethostbyname(NULL) == NULL);
    CHECK_EQ(WSAGetLastError(), WSAEFAULT);
    CHECK_EQ(wire_now_ms(), begin);
    CHECK_EQ(wire_free_sockets(0), 4);
}

CASE(n6_gethostbyname_of_an_address_gives_a_host) {
    struct hostent *host;
    sockaddr_in sin;
    winsock_start();
    host = gethostbyname("192.168.1.10");
    CHECK(host != NULL);
    CHECK(strcmp(host->h_name, "192.168.1.10") == 0);
    CHECK(host->h_aliases[0] == NULL);
    CHECK_EQ(host->h_addrtype, AF_INET);
    CHECK_EQ(host->h_length, 4);
    CHECK(host->h_addr_list[1] == NULL);
    sin.sin_addr.s_addr = ((struct in_addr *)(host->h_addr))->s_addr; /* as the guide does it */
    CHECK_EQ(sin.sin_addr.s_addr, inet_addr("192.168.1.10"));
}

CASE(n6_gethostname_gives_what_gethostbyname_finds) {
    char name[16];
    winsock_start();
    CHECK_EQ(gethostname(name, sizeof name), 0);
    CHECK(strcmp(name, "192.168.1.201") == 0);
    CHECK(gethostbyname(name) != NULL);
    CHECK_WSA(gethostname(name, 13), WSAEFAULT);
    CHECK_WSA(gethostname(NULL, 16), WSAEFAULT);
    CHECK_WSA(gethostname(name, -1), WSAEFAULT);
}

CASE(n7_addresses_and_ports_are_in_network_byte_order) {
    sockaddr_in sin;
    static const uint8_t expected[4] = {192, 168, 1, 201};
    CHECK((sin.sin_addr.S_un.S_addr = inet_addr("192.168.1.201")) != INADDR_NONE);
    CHECK(memcmp(&sin.sin_addr, expected, 4) == 0);
    CHECK_EQ(sin.sin_addr.S_un.S_un_b.s_b4, 201);
    CHECK(strcmp(inet_ntoa(sin.sin_addr), "192.168.1.201") == 0);
    CHECK_EQ(inet_addr("not an address"), INADDR_NONE);
    CHECK_EQ(inet_addr(NULL), INADDR_NONE);
    CHECK(memcmp(&(u_short){htons(0x0102)}, "\1\2", 2) == 0);
    CHECK(memcmp(&(u_long){htonl(0x01020304)}, "\1\2\3\4", 4) == 0);
    CHECK_EQ(ntohs(htons(1234)), 1234);
    CHECK_EQ(ntohl(htonl(0x01020304)), 0x01020304);
}

CASE(n7_words_are_made_and_taken_apart) {
    CHECK_EQ(MAKEWORD(2, 1), 0x0102);
    CHECK_EQ(LOBYTE(0x0102), 2);
    CHECK_EQ(HIBYTE(0x0102), 1);
    CHECK_EQ(LOWORD(0x00010002), 2);
    CHECK_EQ(HIWORD(0x00010002), 1);
    CHECK_EQ(sizeof(WORD), 2);
    CHECK_EQ(sizeof(DWORD), 4);
    CHECK_EQ(sizeof(u_long), 4);
}

static SOCKET connected(SOCKET *server, w5100_sim_conn **conn) {
    SOCKET client;
    *server = winsock_listener(PORT);
    *conn = wire_session(*server, PORT, &client);
    return client;
}

CASE(n8_data_goes_both_ways_with_the_lengths_given) {
    typedef struct {
        int a;
        char b[3];
    } MyStruct;
    MyStruct a = {1, {2, 3, 4}};
    char szBuffer[1024];
    w5100_sim_conn *conn;
    SOCKET server;
    winsock_start();
    const SOCKET sock = connected(&server, &conn);
    CHECK_EQ(send(sock, "Test String", 12, 0), 12); /* 11 letters and the 0 at their end */
    CHECK_EQ(send(sock, (char *)&a, sizeof(MyStruct), 0), sizeof(MyStruct));
    wire_client_gets(conn, "Test String", 12);
    wire_client_gets(conn, &a, sizeof a);
    wire_client_sends(conn, "Hello, welcome to my server.", 28);
    ZeroMemory(szBuffer, 1024);
    CHECK_EQ(recv(sock, szBuffer, 1024, 0), 28);
    CHECK(strcmp(szBuffer, "Hello, welcome to my server.") == 0);
    w5100_sim_conn_close(conn);
    CHECK_EQ(recv(sock, szBuffer, 1024, 0), 0);
    CHECK_EQ(closesocket(sock), 0);
    CHECK_EQ(closesocket(server), 0);
}

CASE(n8_the_client_connects_after_bind_to_port_0) {
    sockaddr_in remote = winsock_address(PEER_IP, GUIDE_PORT);
    char byte;
    winsock_start();
    CHECK_EQ(w5100_sim_peer_listen_service(wire_peer(), GUIDE_PORT, W5100_SIM_SERVICE_ECHO), 0);
    const SOCKET sock = winsock_bound(SOCK_STREAM, 0);
    CHECK_EQ(connect(sock, (sockaddr *)&remote, sizeof(sockaddr_in)), 0);
    CHECK_EQ(send(sock, "x", 1, 0), 1);
    CHECK_EQ(recv(sock, &byte, 1, 0), 1);
    CHECK_EQ(byte, 'x');
}

/* ---- select -------------------------------------------------------------------------------- */

CASE(n10_select_tells_readable_writable_and_failed_sockets) {
    sockaddr_in nobody = winsock_address(PEER_IP, 9);
    struct timeval limit = {5, 0};
    fd_set readable, writable, except;
    w5100_sim_conn *conn;
    SOCKET server;
    winsock_start();
    const SOCKET idle = connected(&server, &conn);
    const SOCKET refused = socket(AF_INET, SOCK_STREAM, 0);
    winsock_nonblocking(refused);
    CHECK_WSA(connect(refused, (sockaddr *)&nobody, sizeof nobody), WSAEWOULDBLOCK);
    wire_client(PORT); /* waits for accept; meanwhile the other is refused */
    wire_run(100);
    FD_ZERO(&readable);
    FD_ZERO(&writable);
    FD_ZERO(&except);
    FD_SET(server, &readable);
    FD_SET(idle, &readable);
    FD_SET(idle, &writable);
    FD_SET(idle, &except);
    FD_SET(refused, &except);
    CHECK_EQ(select(0, &readable, &writable, &except, &limit), 3);
    CHECK(FD_ISSET(server, &readable));
    CHECK(!FD_ISSET(idle, &readable));
    CHECK(FD_ISSET(idle, &writable));
    CHECK(!FD_ISSET(idle, &except));
    CHECK(FD_ISSET(refused, &except));
    CHECK(__WSAFDIsSet(refused, &except));
    CHECK_EQ(except.fd_count, 1);
    CHECK_EQ(except.fd_array[0], refused);
}

CASE(n10_select_waits_its_time_and_empties_the_sets) {
    struct timeval limit = {1, 500000};
    fd_set readable;
    w5100_sim_conn *conn;
    SOCKET server;
    winsock_start();
    const SOCKET idle = connected(&server, &conn);
    const uint32_t begin = wire_now_ms();
    FD_ZERO(&readable);
    FD_SET(idle, &readable);
    FD_SET(server, &readable);
    FD_CLR(server, &readable);
    CHECK_EQ(select(0, &readable, NULL, NULL, &limit), 0);
    CHECK(wire_now_ms() - begin >= 1500);
    CHECK(wire_now_ms() - begin < 1600);
    CHECK_EQ(readable.fd_count, 0);
    CHECK_EQ(limit.tv_sec, 1);
    FD_SET(idle, &readable);
    limit.tv_sec = limit.tv_usec = 0;
    CHECK_EQ(select(0, &readable, NULL, NULL, &limit), 0);
    FD_SET(idle, &readable);
    wire_client_sends(conn, "x", 1);
    CHECK_EQ(select(0, &readable, NULL, NULL, NULL), 1);
    CHECK(FD_ISSET(idle, &readable));
}

CASE(n10_select_refuses_what_makes_no_sense) {
    struct timeval limit = {-1, 0};
    fd_set set, empty;
    winsock_start();
    const SOCKET fd = socket(AF_INET, SOCK_STREAM, 0);
    FD_ZERO(&empty);
    CHECK_WSA(select(0, NULL, NULL, NULL, NULL), WSAEINVAL);
    CHECK_WSA(select(0, &empty, &empty, &empty, NULL), WSAEINVAL);
    FD_ZERO(&set);
    FD_SET(fd, &set);
    CHECK_WSA(select(-1, &set, NULL, NULL, NULL), WSAEINVAL);
    CHECK_WSA(select(0, &set, NULL, NULL, &limit), WSAEINVAL);
    limit.tv_sec = 0;
    limit.tv_usec = -1;
    CHECK_WSA(select(0, &set, NULL, NULL, &limit), WSAEINVAL);
    CHECK_EQ(closesocket(fd), 0);
    CHECK_WSA(select(0, &set, NULL, NULL, NULL), WSAENOTSOCK);
}

/* ---- what the appendix says of single calls ------------------------------------------------ */

CASE(n11_accept_wants_a_listening_tcp_socket) {
    winsock_start();
    CHECK_WSA(accept(winsock_bound(SOCK_STREAM, PORT), NULL, NULL), WSAEINVAL);
    CHECK_WSA(accept(winsock_bound(SOCK_DGRAM, PORT), NULL, NULL), WSAEOPNOTSUPP);
}

CASE(n13_a_broadcast_needs_so_broadcast) {
    sockaddr_in everybody = winsock_address(0, 9);
    BOOL on = TRUE;
    winsock_start();
    everybody.sin_addr.s_addr = INADDR_BROADCAST;
    const SOCKET fd = socket(AF_INET, SOCK_DGRAM, 0);
    CHECK_WSA(sendto(fd, "x", 1, 0, (sockaddr *)&everybody, sizeof everybody), WSAEACCES);
    CHECK_EQ(setsockopt(fd, SOL_SOCKET, SO_BROADCAST, (char *)&on, sizeof on), 0);
    CHECK_EQ(sendto(fd, "x", 1, 0, (sockaddr *)&everybody, sizeof everybody), 1);
}

CASE(n14_a_datagram_that_is_too_large_to_send_says_so) {
    static char data[65536];
    sockaddr_in peer = winsock_address(PEER_IP, 9);
    winsock_start();
    const SOCKET fd = socket(AF_INET, SOCK_DGRAM, 0);
    CHECK_EQ(w5100_sim_peer_udp_bind(wire_peer(), 9, false), 0);
    CHECK_WSA(sendto(fd, data, 1473, 0, (sockaddr *)&peer, sizeof peer), WSAEMSGSIZE);
    CHECK_WSA(sendto(fd, data, sizeof data, 0, (sockaddr *)&peer, sizeof peer), WSAEMSGSIZE);
    CHECK_EQ(sendto(fd, data, 1472, 0, (sockaddr *)&peer, sizeof peer), 1472);
}
