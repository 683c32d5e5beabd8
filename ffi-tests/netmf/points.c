/* The eleven points of how an interpreter drives its socket layer, first part: calls and waits. */
#include <string.h>

#include "interpreter.h"

#define REFUSED 10061
#define TIMED_OUT 10060
#define RESET 10054
#define WOULD_BLOCK 10035
#define SLEEPS_FOR_EVER_MS 60000

static char data[4096];

static int32_t recv_now(int fd) {
    return w5100_netmf_sock_recv(fd, data, sizeof data, 0);
}

/* Every call, in states in which others would wait; port->wait fails the case. */
CASE(netmf_point_1_every_call_returns_at_once_whatever_fionbio_says) {
    int fd;
    int32_t off = 0;
    w5100_netmf_addrinfo *found;
    interpreter_start(false);
    const int listener = managed_listener(PORT, 4);
    w5100_sim_conn *conn = managed_session(listener, PORT, &fd);
    const int32_t linger = 0x00050001; /* on, 5 seconds */
    w5100_sim_peer_vanish(wire_peer(), true);
    const uint32_t begin = wire_now_ms();
    CHECK_EQ(w5100_netmf_sock_ioctl(listener, W5100_NETMF_FIONBIO, &off), 0);
    CHECK_EQ(w5100_netmf_sock_ioctl(fd, W5100_NETMF_FIONBIO, &off), 0);
    CHECK_CODE(w5100_netmf_sock_accept(listener, NULL, NULL), WOULD_BLOCK);
    CHECK_CODE(recv_now(fd), WOULD_BLOCK);
    CHECK_EQ(w5100_netmf_sock_setsockopt(fd, 0xFFFF, 0x80, (const char *)&linger, 4), 0);
    while (w5100_netmf_sock_send(fd, data, sizeof data, 0) > 0) {
    }
    CHECK_EQ(w5100_netmf_sock_getlasterror(), WOULD_BLOCK);
    const int client = w5100_netmf_sock_socket(2, 1, 0);
    const w5100_netmf_sockaddr to = managed_address(PEER_IP, PEER_PORT);
    CHECK_EQ(w5100_netmf_sock_ioctl(client, W5100_NETMF_FIONBIO, &off), 0);
    CHECK_CODE(w5100_netmf_sock_connect(client, &to, sizeof to), WOULD_BLOCK);
    CHECK_EQ(managed_ask(client, MODE_WRITE), 0);
    const int udp = managed_socket(2);
    CHECK_EQ(w5100_netmf_sock_sendto(udp, "a", 1, 0, &to, sizeof to), 1);
    CHECK_CODE(w5100_netmf_sock_sendto(udp, "b", 1, 0, &to, sizeof to), WOULD_BLOCK);
    CHECK_CODE(w5100_netmf_sock_recvfrom(udp, data, sizeof data, 0, NULL, NULL), WOULD_BLOCK);
    CHECK(w5100_netmf_sock_getaddrinfo("www.example.org", NULL, NULL, &found) != 0);
    CHECK_EQ(w5100_netmf_sock_close(fd), 0);
    CHECK_EQ(w5100_netmf_sock_close(client), 0);
    CHECK_EQ(w5100_netmf_sock_close(udp), 0);
    CHECK(wire_now_ms() - begin <= 20); /* what the frames themselves take */
    w5100_sim_conn_free(conn);
}

static int fds[2];
static int got[2];

static void receive_on(void *index) {
    const int i = *(const int *)index;
    got[i] = managed_receive(fds[i], data, sizeof data, -1);
}

static void wake_two(void *conn) {
    green_sleep(100);
    CHECK_EQ(w5100_sim_conn_send(conn, (const uint8_t *)"one", 3), 3);
    green_sleep(100);
    CHECK_EQ(got[0], 3);
    CHECK_EQ(got[1], -1); /* woken by what is none of its business, it sleeps on */
    w5100_sim_conn_close(conn);
}

static void close_later(void *conn) {
    green_sleep(300);
    w5100_sim_conn_close(conn);
}

static void two_wait(bool wired) {
    static const int index[2] = {0, 1};
    interpreter_start(wired);
    const int listener = managed_listener(PORT, 4);
    w5100_sim_conn *conn = managed_session(listener, PORT, &fds[0]);
    w5100_sim_conn *other = managed_session(listener, PORT, &fds[1]);
    green("first", receive_on, (void *)&index[0]);
    green("second", receive_on, (void *)&index[1]);
    green("peer", wake_two, conn);
    got[1] = -1;
    interpreter.selects = 0;
    green("ends", close_later, other);
    green_run(SLEEPS_FOR_EVER_MS);
    CHECK_EQ(got[0], 3);
    CHECK_EQ(got[1], 0);
    CHECK(interpreter.selects >= 4);
    CHECK(interpreter.selects <= 40);
}

CASE(netmf_point_2_one_event_wakes_all_that_are_parked) {
    two_wait(false);
}

CASE(netmf_point_2_the_same_with_int_wired) {
    two_wait(true);
    CHECK(interpreter.interrupts > 0);
}

/* Nothing happens: nobody is woken, and with /INT wired the chip is left alone. */
static void quiet(bool wired, uint32_t steps) {
    interpreter_start(wired);
    const int listener = managed_listener(PORT, 4);
    interpreter_pass(1000);
    CHECK_EQ(managed_ask(listener, MODE_READ), 0);
    interpreter.events = 0;
    interpreter.services = 0;
    interpreter_pass(10000);
    CHECK_EQ(interpreter.events, 0);
    CHECK(interpreter.services >= steps);
    CHECK(interpreter.services <= steps + 2);
}

CASE(netmf_point_2_without_a_change_there_is_no_event) {
    quiet(false, 10000 / 10);
}

CASE(netmf_point_2_without_a_change_and_with_int_wired_the_chip_rests) {
    quiet(true, 10000 / 500);
}

/* The answer to the step that is under way does not put off the one that the interrupt wants. */
CASE(netmf_point_2_an_interrupt_within_a_service_step_has_another_made_at_once) {
    int fd;
    interpreter_start(true);
    const int listener = managed_listener(PORT, 4);
    w5100_sim_conn *conn = managed_session(listener, PORT, &fd);
    interpreter_pass(2000);
    CHECK_EQ(w5100_netmf_service(), 500);
    wire_client_sends(conn, "x", 1);
    wire_run(20);
    interpreter.interrupts = 0;
    interpreter.asked_ms = 500;
    CHECK_EQ(w5100_netmf_service(), 1); /* the line is seen to fall in its first transfer */
    CHECK_EQ(interpreter.interrupts, 1);
    CHECK_EQ(interpreter.asked_ms, 0);
    CHECK_EQ(w5100_netmf_service(), 500);
}

CASE(netmf_point_3_sets_are_edited_in_place) {
    int a, b;
    const w5100_netmf_timeval zero = {0, 0};
    interpreter_start(false);
    const int listener = managed_listener(PORT, 4);
    w5100_sim_conn *conn = managed_session(listener, PORT, &a);
    managed_session(listener, PORT, &b);
    w5100_netmf_fd_set r = {3, {a, listener, b}};
    w5100_netmf_fd_set w = {2, {listener, b}};
    w5100_netmf_fd_set e = {3, {a, b, listener}};
    wire_client_sends(conn, "x", 1);
    interpreter_pass(10);
    CHECK_EQ(w5100_netmf_sock_select(1, &r, &w, &e, &zero), 2);
    CHECK_EQ(r.fd_count, 1);
    CHECK_EQ(r.fd_array[0], a);
    CHECK_EQ(w.fd_count, 1);
    CHECK_EQ(w.fd_array[0], b);
    CHECK_EQ(e.fd_count, 0); /* nothing is wrong */
    CHECK_EQ(w5100_netmf_sock_getlasterror(), 0);
    /* None is ready: all are empty. Only one set, and none. */
    r = (w5100_netmf_fd_set){2, {listener, b}};
    CHECK_EQ(w5100_netmf_sock_select(0, &r, NULL, NULL, NULL), 0);
    CHECK_EQ(r.fd_count, 0);
}

CASE(netmf_point_3_read_wins_while_data_waits_and_the_error_is_kept) {
    int fd;
    const w5100_netmf_timeval zero = {0, 0};
    interpreter_start(false);
    const int listener = managed_listener(PORT, 4);
    w5100_sim_conn *conn = managed_session(listener, PORT, &fd);
    wire_client_sends(conn, "rest", 4);
    interpreter_pass(10);
    w5100_sim_conn_abort(conn);
    interpreter_pass(10);
    w5100_netmf_fd_set r = {1, {fd}};
    w5100_netmf_fd_set e = {1, {fd}};
    CHECK_EQ(w5100_netmf_sock_select(1, &r, NULL, &e, &zero), 1);
    CHECK_EQ(r.fd_count, 1);
    CHECK_EQ(e.fd_count, 0);
    CHECK_EQ(managed_available(fd), 4);
    /* write and except: the error, which stays for the reader. */
    CHECK_EQ(managed_ask(fd, MODE_WRITE), -RESET);
    CHECK_EQ(recv_now(fd), 4);
    CHECK_EQ(managed_ask(fd, MODE_READ), -RESET);
    CHECK_EQ(managed_ask(fd, MODE_ERROR), 0); /* told once */
    CHECK_EQ(managed_ask(fd, MODE_READ), 1);
    CHECK_EQ(recv_now(fd), 0);
}

CASE(netmf_point_3_except_alone_tells_the_sockets_own_error) {
    int a, b;
    interpreter_start(false);
    const int listener = managed_listener(PORT, 4);
    w5100_sim_conn *conn = managed_session(listener, PORT, &a);
    managed_session(listener, PORT, &b);
    w5100_sim_conn_abort(conn);
    interpreter_pass(10);
    CHECK_CODE(w5100_netmf_sock_bind(b, NULL, 0), 10014); /* stale */
    CHECK_EQ(managed_ask(b, MODE_ERROR), 0);
    CHECK_EQ(w5100_netmf_sock_getlasterror(), 0);
    CHECK_EQ(managed_ask(a, MODE_ERROR), -RESET);
    CHECK_EQ(w5100_netmf_sock_getsocklasterror(a), RESET);
    CHECK_EQ(w5100_netmf_sock_getsocklasterror(b), 10014);
}

static int outcomes[3];

static void connect_to_three(void *context) {
    const int fd = managed_socket(1);
    (void)context;
    outcomes[0] = managed_connect(fd, PEER_IP, PEER_PORT); /* nobody listens */
    CHECK_EQ(w5100_sim_peer_listen(wire_peer(), PEER_PORT), 0);
    outcomes[1] = managed_connect(fd, PEER_IP, PEER_PORT); /* again, on the same socket */
    CHECK_EQ(w5100_netmf_sock_close(fd), 0);
    const int other = managed_socket(1);
    outcomes[2] = managed_connect(other, NOBODY_IP, PEER_PORT);
    CHECK_EQ(w5100_netmf_sock_close(other), 0);
}

static void connects(bool wired) {
    interpreter_start(wired);
    green("connects", connect_to_three, NULL);
    green_run(SLEEPS_FOR_EVER_MS);
    CHECK_EQ(outcomes[0], -REFUSED);
    CHECK_EQ(outcomes[1], 0);
    CHECK(outcomes[2] == -10065 || outcomes[2] == -TIMED_OUT); /* no answer to ARP */
}

CASE(netmf_point_4_connect_is_begun_and_polled) {
    connects(false);
}

CASE(netmf_point_4_connect_with_int_wired) {
    connects(true);
}

CASE(netmf_point_4_the_last_error_is_set_at_each_failure_and_is_0_after_success) {
    interpreter_start(false);
    const w5100_netmf_sockaddr to = managed_address(PEER_IP, PEER_PORT);
    const w5100_netmf_sockaddr none = managed_address(PEER_IP, 0);
    const int fd = managed_socket(1);
    CHECK_CODE(w5100_netmf_sock_connect(fd, &none, sizeof none), 10049);
    CHECK_CODE(w5100_netmf_sock_connect(fd, &to, sizeof to), WOULD_BLOCK);
    CHECK_CODE(w5100_netmf_sock_connect(fd, &to, sizeof to), 10037);
    const int udp = managed_socket(2);
    CHECK_EQ(w5100_netmf_sock_connect(udp, &to, sizeof to), 0);
    CHECK_EQ(w5100_netmf_sock_getlasterror(), 0);
}

static void accept_two(void *listener) {
    for (int i = 0; i < 2; i++) {
        outcomes[i] = managed_accept(*(int *)listener);
    }
}

static void connect_twice(void *context) {
    static const uint8_t ip[4] = NETWORK(DEVICE_IP);
    (void)context;
    green_sleep(50);
    CHECK(w5100_sim_peer_connect(wire_peer(), ip, PORT) != NULL);
    green_sleep(50);
    CHECK(w5100_sim_peer_connect(wire_peer(), ip, PORT) != NULL);
}

CASE(netmf_point_5_accept_is_polled_and_then_does_not_fail) {
    int listener;
    interpreter_start(false);
    listener = managed_listener(PORT, 4);
    CHECK_CODE(w5100_netmf_sock_accept(listener, NULL, NULL), WOULD_BLOCK);
    green("accepts", accept_two, &listener);
    green("clients", connect_twice, NULL);
    green_run(SLEEPS_FOR_EVER_MS);
    CHECK(outcomes[0] > 0 && outcomes[1] > 0 && outcomes[0] != outcomes[1]);
}

/* As the published echo server finds out that its client has gone. */
CASE(netmf_point_6_readable_without_bytes_is_the_end_of_the_stream) {
    int fd;
    interpreter_start(false);
    const int listener = managed_listener(PORT, 4);
    w5100_sim_conn *conn = managed_session(listener, PORT, &fd);
    CHECK_EQ(managed_ask(fd, MODE_READ), 0);
    wire_client_sends(conn, "last", 4);
    w5100_sim_conn_close(conn);
    interpreter_pass(20);
    CHECK_EQ(managed_ask(fd, MODE_READ), 1);
    CHECK_EQ(managed_available(fd), 4);
    CHECK_EQ(recv_now(fd), 4);
    for (int i = 0; i < 2; i++) {
        CHECK_EQ(managed_ask(fd, MODE_READ), 1);
        CHECK_EQ(managed_available(fd), 0);
        CHECK_EQ(recv_now(fd), 0);
    }
}

CASE(netmf_point_6_a_reset_is_told_after_the_unread_data) {
    int fd;
    interpreter_start(false);
    const int listener = managed_listener(PORT, 4);
    w5100_sim_conn *conn = managed_session(listener, PORT, &fd);
    wire_client_sends(conn, "last", 4);
    interpreter_pass(10);
    w5100_sim_conn_abort(conn);
    interpreter_pass(20);
    CHECK_EQ(managed_ask(fd, MODE_READ), 1);
    CHECK_EQ(w5100_netmf_sock_recv(fd, data, 2, 0), 2);
    CHECK_EQ(managed_ask(fd, MODE_READ), 1);
    CHECK_EQ(recv_now(fd), 2);
    CHECK_EQ(managed_ask(fd, MODE_READ), -RESET);
}

/* The peer does not read: the ring fills, and each time there is room again a send takes it. */
static void send_much(void *fd) {
    outcomes[0] = 0;
    for (int i = 0; i < 24; i++) {
        const int sent = managed_send(*(int *)fd, data, 1000);
        CHECK_EQ(sent, 1000); /* managed_send fails where "writable" was no word to count on */
        outcomes[0] += sent;
    }
}

static void read_late(void *conn) {
    uint64_t all = 0;
    while (all < 24000) {
        green_sleep(700);
        all += w5100_sim_conn_recv(conn, (uint8_t *)data, 1500);
    }
}

static void writes(bool wired) {
    int fd;
    interpreter_start(wired);
    CHECK_EQ(w5100_sim_peer_buffers(wire_peer(), 3000, 3000), 0);
    const int listener = managed_listener(PORT, 4);
    w5100_sim_conn *conn = managed_session(listener, PORT, &fd);
    green("sends", send_much, &fd);
    green("reads", read_late, conn);
    interpreter.selects = 0;
    green_run(SLEEPS_FOR_EVER_MS);
    CHECK_EQ(outcomes[0], 24000);
    CHECK(interpreter.selects < 1000); /* it did not spin */
}

CASE(netmf_point_7_writable_means_that_a_send_takes_a_byte) {
    writes(false);
}

CASE(netmf_point_7_room_is_told_with_int_wired_though_no_interrupt_tells_it) {
    writes(true);
}

CASE(netmf_point_7_not_writable_while_connecting_or_with_a_full_ring) {
    int fd;
    interpreter_start(false);
    const int listener = managed_listener(PORT, 4);
    managed_session(listener, PORT, &fd);
    w5100_sim_peer_vanish(wire_peer(), true);
    CHECK(managed_ask(fd, MODE_WRITE) > 0);
    while (w5100_netmf_sock_send(fd, data, 512, 0) > 0) {
        interpreter_pass(5); /* a SEND is out, but nobody acknowledges */
    }
    CHECK_EQ(w5100_netmf_sock_getlasterror(), WOULD_BLOCK);
    CHECK_EQ(managed_ask(fd, MODE_WRITE), 0);
    const int client = managed_socket(1);
    const w5100_netmf_sockaddr to = managed_address(NOBODY_IP, PEER_PORT);
    CHECK_CODE(w5100_netmf_sock_connect(client, &to, sizeof to), WOULD_BLOCK);
    CHECK_EQ(managed_ask(client, MODE_WRITE), 0);
}
