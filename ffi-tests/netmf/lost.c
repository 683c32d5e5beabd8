/* No change is missed: it comes between the interpreter's question and its sleep, in the midst of a
   call, or with no interrupt to tell of it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "interpreter.h"

#define SLEEPS_FOR_EVER_MS 20000
#define ROUNDS 200
#define SESSIONS 3
#define CHUNK 600

static w5100_sim_conn *conns[SESSIONS];
static int listener;
static uint32_t injected;

static void start(bool wired, unsigned seed) {
    srand(seed);
    interpreter.timers_inside = true;
    interpreter_start(wired);
    listener = managed_listener(PORT, 4);
}

/* The peer sends just when a thread has found nothing to read. */
static void send_before_park(int fd) {
    (void)fd;
    if (rand() % 2 == 0) {
        injected++;
        CHECK_EQ(w5100_sim_conn_send(conns[0], (const uint8_t *)"!", 1), 1);
        wire_run(rand() % 3); /* it arrives before the thread sleeps, or after */
    }
}

static void receive_what_is_injected(void *fd) {
    char data[CHUNK];
    uint32_t all = 0;
    while (all < ROUNDS) {
        const int count = managed_receive(*(int *)fd, data, sizeof data, -1);
        CHECK(count > 0);
        all += (uint32_t)count;
    }
}

/* Nobody but the one that is about to sleep brings anything about. */
static void nudge(void *context) {
    (void)context;
    while (injected < ROUNDS) {
        green_sleep(7);
        if (injected < ROUNDS) {
            injected++;
            CHECK_EQ(w5100_sim_conn_send(conns[0], (const uint8_t *)"?", 1), 1);
        }
    }
}

static void between(bool wired, unsigned seed) {
    int fd;
    start(wired, seed);
    conns[0] = managed_session(listener, PORT, &fd);
    interpreter.before_park = send_before_park;
    green("receives", receive_what_is_injected, &fd);
    green("nudges", nudge, NULL);
    green_run(SLEEPS_FOR_EVER_MS);
    CHECK(injected >= ROUNDS);
}

CASE(netmf_lost_data_between_the_question_and_the_sleep) {
    between(false, 1);
}

CASE(netmf_lost_data_between_the_question_and_the_sleep_with_int_wired) {
    between(true, 2);
}

/* What each kind of wait waits for, brought about just before the sleep; nothing else happens. */
static int what;

static void bring_about(int fd) {
    static const uint8_t ip[4] = NETWORK(DEVICE_IP);
    (void)fd;
    interpreter.before_park = NULL;
    switch (what) {
    case 0:
        CHECK_EQ(w5100_sim_conn_send(conns[0], (const uint8_t *)"!", 1), 1);
        break;
    case 1:
        w5100_sim_conn_close(conns[0]);
        break;
    case 2:
        w5100_sim_conn_abort(conns[0]);
        break;
    default:
        CHECK(w5100_sim_peer_connect(wire_peer(), ip, PORT) != NULL);
    }
    wire_run(50);
}

static int outcome;

static void wait_for_it(void *fd) {
    outcome = managed_poll(*(int *)fd, MODE_READ, -1);
}

static void each_kind(bool wired) {
    static const int expected[4] = {1, 1, -10054, 1};
    start(wired, 3);
    for (what = 0; what < 4; what++) {
        int fd;
        conns[0] = managed_session(listener, PORT, &fd);
        interpreter_pass(600);
        interpreter.before_park = bring_about;
        interpreter.raised = false;
        green("waits", wait_for_it, what == 3 ? &listener : &fd);
        const uint32_t begin = wire_now_ms();
        green_run(SLEEPS_FOR_EVER_MS);
        CHECK_EQ(outcome, expected[what]);
        CHECK(wire_now_ms() - begin <= 70); /* told within a step of the service */
        CHECK_EQ(w5100_netmf_sock_close(fd), 0);
        w5100_sim_conn_close(conns[0]);
        interpreter_pass(200);
    }
}

CASE(netmf_lost_each_kind_of_change_just_before_the_sleep) {
    each_kind(false);
}

CASE(netmf_lost_each_kind_of_change_just_before_the_sleep_with_int_wired) {
    each_kind(true);
}

/* Room is made by an ACK, which no interrupt tells of and which nothing else follows. */
static void wait_for_room(void *fd) {
    char data[CHUNK] = {0};
    for (int i = 0;; i++) {
        CHECK(i < 100);
        const int found = managed_ask(*(int *)fd, MODE_WRITE);
        if (found == 0) {
            break;
        }
        CHECK(w5100_netmf_sock_send(*(int *)fd, data, sizeof data, 0) > 0);
        green_sleep(2);
    }
    outcome = managed_poll(*(int *)fd, MODE_WRITE, -1);
}

static void come_back(void *context) {
    (void)context;
    green_sleep(1100);
    w5100_sim_peer_vanish(wire_peer(), false);
}

static void room(bool wired) {
    int fd;
    start(wired, 4);
    conns[0] = managed_session(listener, PORT, &fd);
    CHECK_EQ(w5100_sim_conn_service(conns[0], W5100_SIM_SERVICE_DISCARD), 0);
    interpreter_pass(600);
    w5100_sim_peer_vanish(wire_peer(), true);
    green("writes", wait_for_room, &fd);
    green("peer", come_back, NULL);
    green_run(SLEEPS_FOR_EVER_MS);
    CHECK_EQ(outcome, 1);
}

CASE(netmf_lost_room_that_an_ack_makes) {
    room(false);
}

CASE(netmf_lost_room_that_an_ack_makes_with_int_wired) {
    room(true);
}

/* The chip was left alone for half a second when the thread begins to wait: the layer asks for its
   step sooner than it had agreed to. */
static uint32_t acknowledged_at, told_at;

static void come_back_and_look(void *context) {
    (void)context;
    const uint64_t before = w5100_sim_conn_received(conns[0]);
    green_sleep(20);
    w5100_sim_peer_vanish(wire_peer(), false);
    while (w5100_sim_conn_received(conns[0]) == before) {
        green_sleep(1);
    }
    acknowledged_at = wire_now_ms();
}

static void wait_and_look(void *fd) {
    outcome = managed_poll(*(int *)fd, MODE_WRITE, -1);
    told_at = wire_now_ms();
}

static void await_a_step(void) {
    for (const uint32_t before = interpreter.services; interpreter.services == before;) {
        interpreter_pass(1);
    }
}

CASE(netmf_lost_what_no_interrupt_tells_is_told_soon_with_int_wired) {
    static char data[CHUNK];
    int fd;
    interpreter_start(true);
    listener = managed_listener(PORT, 4);
    conns[0] = managed_session(listener, PORT, &fd);
    CHECK_EQ(w5100_sim_conn_service(conns[0], W5100_SIM_SERVICE_DISCARD), 0);
    w5100_sim_peer_vanish(wire_peer(), true);
    for (int i = 0; i < 20; i++) {
        w5100_netmf_sock_send(fd, data, sizeof data, 0);
        interpreter_pass(5);
    }
    interpreter_pass(2000);
    await_a_step();
    await_a_step();
    green("writes", wait_and_look, &fd);
    green("peer", come_back_and_look, NULL);
    green_run(SLEEPS_FOR_EVER_MS);
    CHECK_EQ(outcome, 1);
    CHECK(told_at >= acknowledged_at);
    CHECK(told_at - acknowledged_at <= 20);
}

static void connect_and_look(void *context) {
    const int fd = managed_socket(1);
    const uint32_t begin = wire_now_ms();
    (void)context;
    outcome = managed_connect(fd, PEER_IP, PEER_PORT);
    told_at = wire_now_ms() - begin;
}

CASE(netmf_lost_a_refused_connect_is_told_soon_with_int_wired) {
    interpreter_start(true);
    interpreter_pass(2000);
    await_a_step();
    /* Nobody may announce how it ends. */
    const w5100_netmf_sockaddr to = managed_address(NOBODY_IP, PEER_PORT);
    const int fd = managed_socket(1);
    interpreter.asked_ms = 500;
    CHECK_CODE(w5100_netmf_sock_connect(fd, &to, sizeof to), 10035);
    CHECK_EQ(interpreter.asked_ms, 10);
    CHECK_EQ(w5100_netmf_sock_close(fd), 0);
    interpreter_pass(2000);
    await_a_step();
    green("connects", connect_and_look, NULL);
    green_run(SLEEPS_FOR_EVER_MS);
    CHECK_EQ(outcome, -10061);
    CHECK(told_at <= 30);
}

/* No thread asks for anything; /INT alone has the layer put another socket in LISTEN. */
CASE(netmf_lost_an_interrupt_has_the_listener_looked_after) {
    static const uint8_t ip[4] = NETWORK(DEVICE_IP);
    w5100_sim_conn *clients[4];
    interpreter_start(true);
    listener = managed_listener(PORT, 4);
    interpreter_pass(2000);
    await_a_step();
    for (int i = 0; i < 4; i++) {
        clients[i] = w5100_sim_peer_connect(wire_peer(), ip, PORT);
        interpreter_pass(20);
    }
    for (int i = 0; i < 4; i++) {
        CHECK(w5100_sim_conn_established(clients[i]));
    }
}

/* Eight green threads: a listener's, an echo for each of three sessions, a client of the peer's
   echo, a datagram socket, and two that come and go. */
static int fds[SESSIONS];
static int served;
static uint32_t echoed;

static void echo_session(void *index) {
    char data[CHUNK];
    const int fd = fds[*(const int *)index];
    for (;;) {
        const int count = managed_receive(fd, data, 1 + rand() % CHUNK, -1);
        if (count <= 0) {
            CHECK(count == 0 || count == -10054);
            break;
        }
        echoed += (uint32_t)count;
        if (managed_send(fd, data, count) < 0) {
            break;
        }
    }
    CHECK_EQ(w5100_netmf_sock_close(fd), 0);
}

static void client_of_peer(void *index) {
    const int *i = index;
    char data[CHUNK], back[CHUNK];
    for (int round = 0; round < 12; round++) {
        const int fd = managed_socket(1);
        if (managed_connect(fd, PEER_IP, PEER_PORT) == 0) {
            memset(data, 'a' + *i + round, sizeof data);
            CHECK_EQ(managed_send(fd, data, sizeof data), CHUNK);
            for (int all = 0; all < CHUNK;) {
                const int count = managed_receive(fd, back, CHUNK - all, -1);
                CHECK(count > 0);
                CHECK(memcmp(data, back, (size_t)count) == 0);
                all += count;
            }
            served++;
        }
        CHECK_EQ(w5100_netmf_sock_close(fd), 0);
        green_sleep(1 + rand() % 20);
    }
}

static void play_peers(void *rounds) {
    uint8_t data[CHUNK];
    memset(data, 'x', sizeof data);
    for (int round = 0; round < *(int *)rounds; round++) {
        w5100_sim_conn *conn = conns[rand() % 2];
        w5100_sim_conn_send(conn, data, 1 + (size_t)(rand() % CHUNK));
        for (int i = 0; i < 2; i++) {
            w5100_sim_conn_recv(conns[i], data, sizeof data);
        }
        green_sleep((uint32_t)(rand() % 12));
    }
    w5100_sim_conn_close(conns[0]);
    w5100_sim_conn_abort(conns[1]);
}

static void poll_until_timeout(void *context) {
    (void)context;
    for (int i = 0; i < 30; i++) {
        CHECK_EQ(managed_poll(listener, MODE_ERROR, 40), 0);
    }
}

static void accept_and_close(void *context) {
    (void)context;
    CHECK_EQ(managed_poll(listener, MODE_READ, 500), 0);
}

static void run_before_park(int fd) {
    (void)fd;
    if (rand() % 4 == 0) {
        wire_run(rand() % 3);
    }
}

static void stress(bool wired, unsigned seed) {
    static const int index[4] = {0, 1, 2, 3};
    int rounds = 150;
    start(wired, seed);
    CHECK_EQ(w5100_sim_peer_listen_service(wire_peer(), PEER_PORT, W5100_SIM_SERVICE_ECHO), 0);
    for (int i = 0; i < 2; i++) {
        conns[i] = managed_session(listener, PORT, &fds[i]);
    }
    interpreter.before_park = run_before_park;
    green("echo 0", echo_session, (void *)&index[0]);
    green("echo 1", echo_session, (void *)&index[1]);
    green("client 0", client_of_peer, (void *)&index[0]);
    green("client 1", client_of_peer, (void *)&index[1]);
    green("client 2", client_of_peer, (void *)&index[2]);
    green("peers", play_peers, &rounds);
    green("errors", poll_until_timeout, NULL);
    green("accepts", accept_and_close, NULL);
    green_run(SLEEPS_FOR_EVER_MS);
    printf("seed %u: %d sessions, %u bytes, %u events, %u selects, %u steps, %u interrupts\n", seed,
           served, echoed, interpreter.events, interpreter.selects, interpreter.services,
           interpreter.interrupts);
    CHECK(served >= 12);
    CHECK(echoed > 10000);
    interpreter_pass(15000);
    CHECK_EQ(wire_free_sockets(0), 4);
    CHECK_EQ(w5100_netmf_sock_close(listener), 0);
}

CASE(netmf_stress_eight_green_threads_seed_1) {
    stress(false, 11);
}

CASE(netmf_stress_eight_green_threads_seed_2) {
    stress(false, 12);
}

CASE(netmf_stress_eight_green_threads_with_int_wired_seed_1) {
    stress(true, 21);
}

CASE(netmf_stress_eight_green_threads_with_int_wired_seed_2) {
    stress(true, 22);
}
