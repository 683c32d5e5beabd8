/* What a runtime should not do: it gets an error, and nothing is changed or lost. */
#include <string.h>

#include "interpreter.h"

#define FAULT 10014
#define INVALID 10022
#define NO_SOCKETS 10024
#define WOULD_BLOCK 10035
#define NOT_A_SOCKET 10038
#define NO_OPTION 10042

static char data[2048];
static w5100_netmf_sockaddr address;
static int32_t size = 16;

CASE(netmf_misuse_words_that_are_no_sockets) {
    static const int wild[] = {0, -1, 1, 31, 0x7FFFFFFF, (int)0x80000000, 12345678};
    int32_t word = 0;
    interpreter_start(false);
    const int closed = managed_socket(1);
    CHECK_EQ(w5100_netmf_sock_close(closed), 0);
    const int one_more = managed_socket(1); /* in its place */
    address = managed_address(PEER_IP, PEER_PORT);
    for (int i = 0; i <= 7; i++) {
        const int fd = i < 7 ? wild[i] : closed;
        w5100_netmf_fd_set set = {2, {one_more, fd}};
        CHECK_CODE(w5100_netmf_sock_bind(fd, &address, 16), NOT_A_SOCKET);
        CHECK_CODE(w5100_netmf_sock_bind(fd, NULL, 16), NOT_A_SOCKET);
        CHECK_CODE(w5100_netmf_sock_connect(fd, &address, 16), NOT_A_SOCKET);
        CHECK_CODE(w5100_netmf_sock_connect(fd, NULL, 0), NOT_A_SOCKET);
        CHECK_CODE(w5100_netmf_sock_listen(fd, 1), NOT_A_SOCKET);
        CHECK_CODE(w5100_netmf_sock_accept(fd, NULL, NULL), NOT_A_SOCKET);
        CHECK_CODE(w5100_netmf_sock_accept(fd, &address, NULL), NOT_A_SOCKET);
        CHECK_CODE(w5100_netmf_sock_shutdown(fd, 2), NOT_A_SOCKET);
        CHECK_CODE(w5100_netmf_sock_close(fd), NOT_A_SOCKET);
        CHECK_CODE(w5100_netmf_sock_send(fd, data, 1, 0), NOT_A_SOCKET);
        CHECK_CODE(w5100_netmf_sock_send(fd, NULL, -1, 77), NOT_A_SOCKET);
        CHECK_CODE(w5100_netmf_sock_recv(fd, data, 1, 0), NOT_A_SOCKET);
        CHECK_CODE(w5100_netmf_sock_sendto(fd, data, 1, 0, &address, 16), NOT_A_SOCKET);
        CHECK_CODE(w5100_netmf_sock_recvfrom(fd, data, 1, 0, &address, &size), NOT_A_SOCKET);
        CHECK_CODE(w5100_netmf_sock_select(1, &set, NULL, NULL, NULL), NOT_A_SOCKET);
        CHECK_CODE(w5100_netmf_sock_select(1, NULL, &set, NULL, NULL), NOT_A_SOCKET);
        CHECK_CODE(w5100_netmf_sock_select(1, NULL, NULL, &set, NULL), NOT_A_SOCKET);
        CHECK_EQ(set.fd_count, 2);
        CHECK_EQ(set.fd_array[0], one_more);
        CHECK_EQ(set.fd_array[1], fd);
        CHECK_CODE(w5100_netmf_sock_ioctl(fd, W5100_NETMF_FIONREAD, &word), NOT_A_SOCKET);
        CHECK_CODE(w5100_netmf_sock_ioctl(fd, W5100_NETMF_FIONBIO, &word), NOT_A_SOCKET);
        CHECK_CODE(w5100_netmf_sock_ioctl(fd, W5100_NETMF_FIONBIO, NULL), NOT_A_SOCKET);
        CHECK_CODE(w5100_netmf_sock_setsockopt(fd, 6, 1, data, 4), NOT_A_SOCKET);
        CHECK_CODE(w5100_netmf_sock_getsockopt(fd, 0xFFFF, 0x1008, data, &size), NOT_A_SOCKET);
        CHECK_CODE(w5100_netmf_sock_getpeername(fd, &address, &size), NOT_A_SOCKET);
        CHECK_CODE(w5100_netmf_sock_getsockname(fd, NULL, &size), NOT_A_SOCKET);
        CHECK_EQ(w5100_netmf_sock_getsocklasterror(fd), NOT_A_SOCKET);
    }
    CHECK_EQ(w5100_netmf_sock_getsocklasterror(one_more), 0); /* none of it is its own */
    CHECK_EQ(w5100_netmf_sock_close(one_more), 0);
}

CASE(netmf_misuse_null_and_lengths_lose_nothing) {
    static const int32_t lengths[] = {-1, 0, 15, (int32_t)0x80000000};
    int fd;
    interpreter_start(false);
    const int listener = managed_listener(PORT, 4);
    w5100_sim_conn *conn = managed_session(listener, PORT, &fd);
    const int udp = managed_socket(2);
    address = managed_address(PEER_IP, PEER_PORT);
    wire_client_sends(conn, "kept", 4);
    interpreter_pass(20);
    CHECK_CODE(w5100_netmf_sock_recv(fd, NULL, 4, 0), FAULT);
    CHECK_CODE(w5100_netmf_sock_recv(fd, data, -1, 0), INVALID);
    CHECK_CODE(w5100_netmf_sock_recv(fd, data, 4, 1), 10045);
    CHECK_CODE(w5100_netmf_sock_recvfrom(fd, data, 4, 0, &address, NULL), FAULT);
    CHECK_CODE(w5100_netmf_sock_send(fd, NULL, 1, 0), FAULT);
    CHECK_CODE(w5100_netmf_sock_send(fd, data, (int32_t)0x80000000, 0), INVALID);
    CHECK_CODE(w5100_netmf_sock_send(fd, data, 1, 2), 10045);
    CHECK_EQ(w5100_netmf_sock_send(fd, NULL, 0, 0), 0);
    CHECK_EQ(w5100_netmf_sock_recv(fd, NULL, 0, 0), 0);
    CHECK_CODE(w5100_netmf_sock_bind(udp, NULL, 16), FAULT);
    CHECK_CODE(w5100_netmf_sock_connect(udp, NULL, 16), FAULT);
    CHECK_CODE(w5100_netmf_sock_accept(listener, &address, NULL), FAULT);
    CHECK_CODE(w5100_netmf_sock_getsockname(fd, NULL, &size), FAULT);
    CHECK_CODE(w5100_netmf_sock_getpeername(fd, &address, NULL), FAULT);
    for (int i = 0; i < 4; i++) {
        size = lengths[i];
        CHECK_CODE(w5100_netmf_sock_bind(udp, &address, size), INVALID);
        CHECK_CODE(w5100_netmf_sock_connect(udp, &address, size), INVALID);
        CHECK_CODE(w5100_netmf_sock_sendto(udp, data, 1, 0, &address, size), INVALID);
        CHECK_CODE(w5100_netmf_sock_accept(listener, &address, &size), INVALID);
        CHECK_CODE(w5100_netmf_sock_recvfrom(fd, data, 4, 0, &address, &size), INVALID);
        CHECK_CODE(w5100_netmf_sock_getpeername(fd, &address, &size), INVALID);
        CHECK_EQ(size, lengths[i]);
    }
    size = 16;
    CHECK_CODE(w5100_netmf_sock_ioctl(fd, W5100_NETMF_FIONREAD, NULL), FAULT);
    CHECK_CODE(w5100_netmf_sock_ioctl(fd, 0x4008667F, &size), INVALID);
    CHECK_CODE(w5100_netmf_sock_ioctl(listener, W5100_NETMF_FIONREAD, &size), INVALID);
    CHECK_EQ(size, 16);
    /* Two clients, of whom one was not lost to a bad accept. */
    CHECK_EQ(w5100_netmf_sock_recvfrom(fd, data, 4, 2, &address, &size), 4);
    CHECK_EQ(w5100_netmf_sock_recv(fd, data, sizeof data, 0), 4);
    CHECK(memcmp(data, "kept", 4) == 0);
}

CASE(netmf_misuse_sets_that_cannot_be) {
    const w5100_netmf_timeval zero = {0, 0};
    const w5100_netmf_timeval before = {-1, 0};
    const w5100_netmf_timeval before_too = {0, -1};
    interpreter_start(false);
    const int fd = managed_socket(1);
    w5100_netmf_fd_set set = {1, {fd}};
    w5100_netmf_fd_set none = {0, {0}};
    w5100_netmf_fd_set many;
    memset(&many, 0xFF, sizeof many);
    CHECK_CODE(w5100_netmf_sock_select(1, NULL, NULL, NULL, &zero), INVALID);
    CHECK_CODE(w5100_netmf_sock_select(1, &none, &none, NULL, &zero), INVALID);
    CHECK_CODE(w5100_netmf_sock_select(1, &set, &many, NULL, &zero), INVALID);
    many.fd_count = 257;
    CHECK_CODE(w5100_netmf_sock_select(1, &set, NULL, &many, &zero), INVALID);
    CHECK_CODE(w5100_netmf_sock_select(1, &set, NULL, NULL, &before), INVALID);
    CHECK_CODE(w5100_netmf_sock_select(1, &set, NULL, NULL, &before_too), INVALID);
    CHECK_EQ(many.fd_count, 257);
    CHECK_EQ(set.fd_count, 1);
    CHECK_EQ(set.fd_array[0], fd);
    /* The same set twice, the same socket many times, and a full set. */
    const int listener = managed_listener(PORT, 1);
    many.fd_count = 256;
    for (int i = 0; i < 256; i++) {
        many.fd_array[i] = i % 2 == 0 ? listener : fd;
    }
    CHECK_EQ(w5100_netmf_sock_select(1, NULL, &many, NULL, &zero), 128);
    CHECK_EQ(many.fd_count, 128);
    CHECK_EQ(many.fd_array[127], fd);
    w5100_netmf_sock_select(1, &set, &set, &set, &zero);
    CHECK(set.fd_count <= 1);
}

CASE(netmf_misuse_options_as_the_framework_uses_them_and_others) {
    int32_t word = 1;
    char *value = (char *)&word;
    interpreter_start(false);
    const int fd = managed_socket(1);
    CHECK_EQ(w5100_netmf_sock_setsockopt(fd, 6, 1, value, 4), 0);       /* NoDelay */
    CHECK_EQ(w5100_netmf_sock_setsockopt(fd, 0xFFFF, 4, value, 4), 0);  /* ReuseAddress */
    CHECK_EQ(w5100_netmf_sock_setsockopt(fd, 0xFFFF, ~4, value, 4), 0); /* ExclusiveAddressUse */
    word = 0x00070001;
    CHECK_EQ(w5100_netmf_sock_setsockopt(fd, 0xFFFF, 0x80, value, 4), 0); /* Linger */
    word = 0;
    CHECK_EQ(w5100_netmf_sock_getsockopt(fd, 0xFFFF, 0x80, value, &size), 0);
    CHECK_EQ(word, 0x00070001);
    CHECK_EQ(size, 4);
    CHECK_EQ(w5100_netmf_sock_getsockopt(fd, 0xFFFF, ~0x80, value, &size), 0); /* DontLinger */
    CHECK_EQ(word, 0);
    word = 1;
    CHECK_EQ(w5100_netmf_sock_setsockopt(fd, 0xFFFF, ~0x80, value, 4), 0);
    CHECK_EQ(w5100_netmf_sock_getsockopt(fd, 0xFFFF, 0x80, value, &size), 0);
    CHECK_EQ(word & 0xFFFF, 0);
    CHECK_EQ(w5100_netmf_sock_getsockopt(fd, 0xFFFF, 0x1008, value, &size), 0); /* Type */
    CHECK_EQ(word, 1);
    CHECK_EQ(w5100_netmf_sock_getsockopt(fd, 0xFFFF, 0x1007, value, &size), 0); /* Error */
    CHECK_EQ(word, 0);
    word = 4096;
    CHECK_EQ(w5100_netmf_sock_setsockopt(fd, 0xFFFF, 0x1002, value, 4), 0); /* ReceiveBuffer */
    CHECK_EQ(wire_free_sockets(0), 4);
    CHECK_CODE(w5100_netmf_sock_setsockopt(fd, 0xFFFF, 0x7777, value, 4), NO_OPTION);
    CHECK_CODE(w5100_netmf_sock_setsockopt(fd, 1, 1, value, 4), NO_OPTION);
    CHECK_CODE(w5100_netmf_sock_setsockopt(fd, 0xFFFF, 4, value, 3), INVALID);
    CHECK_CODE(w5100_netmf_sock_setsockopt(fd, 0xFFFF, 4, value, -1), INVALID);
    CHECK_CODE(w5100_netmf_sock_setsockopt(fd, 0xFFFF, 0x80, value, 3), INVALID);
    CHECK_CODE(w5100_netmf_sock_setsockopt(fd, 0xFFFF, 4, NULL, 4), FAULT);
    CHECK_CODE(w5100_netmf_sock_setsockopt(fd, 0xFFFF, 0x80, NULL, 4), FAULT);
    CHECK_CODE(w5100_netmf_sock_getsockopt(fd, 0xFFFF, 4, NULL, &size), FAULT);
    CHECK_CODE(w5100_netmf_sock_getsockopt(fd, 0xFFFF, 4, value, NULL), FAULT);
    size = 3;
    CHECK_CODE(w5100_netmf_sock_getsockopt(fd, 0xFFFF, 4, value, &size), INVALID);
    size = 16;
}

/* An error that nobody was told of yet is the option's, by Winsock's number. */
CASE(netmf_misuse_the_pending_error_is_told_once) {
    int fd;
    int32_t word = 0;
    interpreter_start(false);
    const int listener = managed_listener(PORT, 4);
    w5100_sim_conn *conn = managed_session(listener, PORT, &fd);
    w5100_sim_conn_abort(conn);
    interpreter_pass(20);
    CHECK_EQ(w5100_netmf_sock_getsockopt(fd, 0xFFFF, 0x1007, (char *)&word, &size), 0);
    CHECK_EQ(word, 10054);
    CHECK_EQ(w5100_netmf_sock_getsockopt(fd, 0xFFFF, 0x1007, (char *)&word, &size), 0);
    CHECK_EQ(word, 0);
}

CASE(netmf_misuse_a_lack_of_sockets_is_10024_be_it_handles_or_hardware) {
    int last = 0;
    int32_t count = 0;
    interpreter_start(false);
    for (uint16_t i = 0; i < 4; i++) {
        address = managed_address(0, (uint16_t)(5000 + i));
        last = managed_socket(2);
        CHECK_EQ(w5100_netmf_sock_bind(last, &address, 16), 0);
    }
    const int more = managed_socket(2);
    address = managed_address(0, 6000);
    CHECK_CODE(w5100_netmf_sock_bind(more, &address, 16), NO_SOCKETS);
    const int tcp = managed_socket(1);
    address = managed_address(PEER_IP, PEER_PORT);
    CHECK_CODE(w5100_netmf_sock_connect(tcp, &address, 16), NO_SOCKETS);
    CHECK_EQ(w5100_netmf_sock_close(last), 0);
    CHECK_CODE(w5100_netmf_sock_connect(tcp, &address, 16), WOULD_BLOCK);
    while (w5100_netmf_sock_socket(2, 1, 0) > 0) {
        CHECK(++count < 32);
    }
    CHECK_EQ(w5100_netmf_sock_getlasterror(), NO_SOCKETS);
    CHECK_CODE(w5100_netmf_sock_socket(23, 1, 0), 10047);
    CHECK_CODE(w5100_netmf_sock_socket(17, 3, 0), 10047);
    CHECK_CODE(w5100_netmf_sock_socket(2, 9, 0), 10044);
    CHECK_CODE(w5100_netmf_sock_socket(2, 1, 17), 10041);
}

CASE(netmf_misuse_names_that_cannot_be) {
    w5100_netmf_addrinfo *found = NULL;
    const w5100_netmf_addrinfo other = {.ai_family = 23};
    interpreter_start(false);
    CHECK_EQ(w5100_netmf_sock_getaddrinfo(NULL, NULL, NULL, &found), FAULT);
    CHECK_EQ(w5100_netmf_sock_getaddrinfo("a", NULL, NULL, NULL), FAULT);
    CHECK_EQ(w5100_netmf_sock_getaddrinfo("1.2.3.4", "65536", NULL, &found), INVALID);
    CHECK_EQ(w5100_netmf_sock_getaddrinfo("1.2.3.4", "http", NULL, &found), INVALID);
    CHECK_EQ(w5100_netmf_sock_getaddrinfo("1.2.3.4", NULL, &other, &found), 10047);
    CHECK_EQ(w5100_netmf_sock_getaddrinfo("a..b", NULL, NULL, &found), INVALID);
    CHECK_CODE(w5100_netmf_sock_getaddrinfo_nf("a..b", NULL, NULL, &found), INVALID);
    CHECK(found == NULL);
}

static void no_event(void *context) {
    (void)context;
}

CASE(netmf_misuse_before_the_beginning_and_after_the_end) {
    const w5100_netmf_hooks lacks_event = {sizeof lacks_event, NULL, NULL, NULL};
    const w5100_netmf_hooks too_short = {4, no_event, NULL, NULL};
    w5100_netmf_configuration configuration = interpreter_configuration();
    w5100_netmf_addrinfo *found;
    CHECK_CODE(w5100_netmf_initialize(NULL, NULL, NULL), FAULT);
    CHECK_CODE(w5100_netmf_initialize(NULL, NULL, &lacks_event), FAULT);
    CHECK_CODE(w5100_netmf_initialize(NULL, NULL, &too_short), INVALID);
    CHECK_CODE(w5100_netmf_sock_socket(2, 1, 0), 10050);
    CHECK_EQ(w5100_netmf_sock_getaddrinfo("", NULL, NULL, &found), 10050);
    CHECK_EQ(w5100_netmf_service(), 500);
    CHECK_CODE(w5100_netmf_adapter_load(0, &configuration), 10050);
    CHECK_EQ(w5100_netmf_uninitialize(), 0);
    interpreter_start(false);
    const int fd = managed_socket(1);
    CHECK_EQ(managed_ask(fd, MODE_ERROR), 0);
    interpreter.events = 0;
    CHECK_EQ(w5100_netmf_uninitialize(), 0);
    CHECK(interpreter.events > 0); /* who is parked finds out */
    CHECK_CODE(w5100_netmf_sock_close(fd), NOT_A_SOCKET);
    CHECK_EQ(w5100_netmf_service(), 500);
}
