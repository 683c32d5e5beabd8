/* The example sntp, as a function, on the simulated wire: its time is virtual, so that its patience
   costs none. What its servers may send is tried in tests/tap/sntp.rs too, over real sockets. */
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "port.h"
#include "wire.h"
#include "worker.h"

/** The example's main(), by the name it is compiled with here. */
int sntp_main(int argc, char **argv);

/* The example's port, as its own port.h has it. The scene is set before it is started. */
int32_t port_open(const w5100_config *config);
uint32_t port_now_ms(void);
void port_close(int32_t device);

int32_t port_open(const w5100_config *config) {
    return WIZnet_Enable(port_of(wire_chip(0)), config);
}

uint32_t port_now_ms(void) {
    return wire_now_ms();
}

void port_close(int32_t device) {
    CHECK_EQ(WIZnet_Disable(device), 0);
}

#define LENGTH 48
#define PORT 123
#define MOST 8

/* 2026-11-21 20:15:03 UTC, in seconds since 1900. */
#define NOW 4004280903u
#define WORDS "2026-11-21 20:15:03."

enum answer { NONE, GOOD, TOO_OFTEN, STARTING, UNSET, FAR, EMPTY, STALE };

/* What the server does with the questions, one after the other, and what it has seen. */
static struct {
    enum answer script[MOST];
    int count;
    uint32_t work_ms; /* what an answer takes it */
    int asked;
    uint32_t at[MOST]; /* ms */
    uint8_t nonces[MOST][8];
} server;

static atomic_bool over;

static void put_time(uint8_t *at, uint32_t seconds, uint32_t ms) {
    const uint32_t fraction = (uint32_t)(((uint64_t)ms << 32) / 1000 + 1);
    for (int i = 0; i < 4; i++) {
        at[i] = (uint8_t)(seconds >> (24 - 8 * i));
        at[4 + i] = (uint8_t)(fraction >> (24 - 8 * i));
    }
}

/* The answer to question `number`; its bytes are told in RFC 5905, 7.3. */
static void compose(uint8_t message[LENGTH], int number) {
    const enum answer answer = server.script[number];
    memset(message, 0, LENGTH);
    message[0] = (uint8_t)(answer == UNSET ? 0xE4 : 0x24); /* leap indicator, version 4, mode 4 */
    message[1] = (uint8_t)(answer == TOO_OFTEN || answer == STARTING ? 0 : answer == FAR ? 16 : 3);
    memcpy(message + 12, answer == TOO_OFTEN ? "RATE" : answer == STARTING ? "INIT" : "LOCL", 4);
    memcpy(message + 24, server.nonces[answer == STALE ? number - 1 : number], 8);
    put_time(message + 32, NOW, 0);
    if (answer != EMPTY) {
        put_time(message + 40, NOW, server.work_ms);
    }
}

static int32_t serve(void *unused) {
    uint8_t message[LENGTH + 1], from[4];
    uint16_t port;
    (void)unused;
    while (!atomic_load(&over)) {
        if (w5100_sim_peer_udp_recv(wire_peer(), PORT, message, sizeof message, from, &port) ==
            LENGTH) {
            const int number = server.asked++;
            CHECK(number < server.count);
            server.at[number] = wire_now_ms();
            memcpy(server.nonces[number], message + 40, 8);
            if (server.script[number] != NONE) {
                compose(message, number);
                wire_run(server.work_ms);
                CHECK_EQ(w5100_sim_peer_udp_send(wire_peer(), PORT, from, port, message, LENGTH),
                         0);
            }
        }
        wire_run(1);
    }
    return 0;
}

static char output[1024];

/* What the example prints on standard output is kept; its exit status. */
static int run(const char *tries) {
    char *argv[] = {(char *)"sntp", (char *)"192.168.1.10", (char *)tries, NULL};
    FILE *file = tmpfile();
    const int console = dup(STDOUT_FILENO);
    CHECK(file != NULL && console >= 0);
    fflush(stdout);
    CHECK(dup2(fileno(file), STDOUT_FILENO) >= 0);
    const int status = sntp_main(3, argv);
    fflush(stdout);
    CHECK(dup2(console, STDOUT_FILENO) >= 0);
    rewind(file);
    output[fread(output, 1, sizeof output - 1, file)] = '\0';
    fclose(file);
    return status;
}

/* The example asks a server that answers so. */
static int ask(const char *tries, int count, const enum answer *script) {
    worker answering;
    CHECK(count <= MOST);
    memcpy(server.script, script, (size_t)count * sizeof *script);
    server.count = count;
    CHECK_EQ(w5100_sim_peer_udp_bind(wire_peer(), PORT, false), 0);
    worker_start(&answering, serve, NULL);
    const int status = run(tries);
    atomic_store(&over, true);
    CHECK_EQ(worker_join(&answering), 0);
    return status;
}
#define ASK(tries, ...)                                                                            \
    ask(tries, (int)(sizeof((enum answer[]){__VA_ARGS__}) / sizeof(enum answer)),                  \
        (const enum answer[]){__VA_ARGS__})

static void start(void) {
    wire_add_chip(0);
    wire_add_peer();
}

/* So many seconds, less than a tenth more, are between one question and the next. */
static void paused(int number, uint32_t seconds) {
    const uint32_t ms = server.at[number + 1] - server.at[number];
    if (ms < seconds * 1000 || ms >= seconds * 1000 + 100) {
        fprintf(stderr, "%u ms between questions %d and %d\n", (unsigned)ms, number, number + 1);
    }
    CHECK(ms >= seconds * 1000 && ms < seconds * 1000 + 100);
}

CASE(a_server_that_is_silent_is_asked_again_each_time_after_twice_as_long) {
    start();
    CHECK_EQ(ASK("5", NONE, NONE, NONE, NONE, GOOD), 0);
    CHECK_EQ(server.asked, 5);
    for (int i = 0; i < 4; i++) {
        paused(i, 15u << i);
        CHECK(memcmp(server.nonces[i], server.nonces[i + 1], 8) != 0);
    }
    CHECK(strncmp(output, WORDS, strlen(WORDS)) == 0);
}

CASE(a_server_that_does_not_know_the_time_is_asked_again) {
    start();
    CHECK_EQ(ASK("8", STARTING, UNSET, FAR, EMPTY, GOOD), 0);
    CHECK_EQ(server.asked, 5);
    const char *at = output;
    for (int i = 0; i < 4; i++) {
        paused(i, 15u << i);
        CHECK(strncmp(at, "the server does not know\n", 25) == 0);
        at += 25;
    }
    CHECK(strncmp(at, WORDS, strlen(WORDS)) == 0);
}

CASE(a_server_that_is_asked_too_often_is_asked_less_often) {
    start();
    CHECK_EQ(ASK("3", TOO_OFTEN, NONE, GOOD), 0);
    CHECK_EQ(server.asked, 3);
    paused(0, 30);
    paused(1, 60);
    CHECK(strncmp(output, "the server is asked too often\n" WORDS, 30 + strlen(WORDS)) == 0);
}

CASE(an_answer_to_the_question_before_is_none) {
    start();
    CHECK_EQ(ASK("3", NONE, STALE, GOOD), 0);
    CHECK_EQ(server.asked, 3);
    paused(1, 30);
}

CASE(it_gives_up_after_as_many_questions_as_it_was_told) {
    start();
    CHECK(ASK("2", NONE, NONE) != 0);
    CHECK_EQ(server.asked, 2);
    CHECK(strcmp(output, "") == 0);
}

CASE(a_host_without_a_server_is_given_up) {
    start();
    CHECK(run("3") != 0);
    CHECK(strcmp(output, "") == 0);
    CHECK(wire_now_ms() >= 15000 + 30000);
}

/* Half of the way there and back is what the answer took; what the server did meanwhile does not
   count. */
static void is_on_time(uint32_t work_ms) {
    w5100_sim_link link;
    unsigned ms;
    start();
    CHECK_EQ(w5100_sim_link_get(wire_world(), &link), 0);
    link.latency_us = 30000;
    CHECK_EQ(w5100_sim_link_set(wire_world(), &link), 0);
    server.work_ms = work_ms;
    /* The first question also has to wait for ARP; its answer does not come in time. */
    CHECK_EQ(ASK("2", NONE, GOOD), 0);
    CHECK_EQ(sscanf(output, WORDS "%3u UTC, says 192.168.1.10\n", &ms), 1);
    CHECK(ms >= work_ms + 29 && ms <= work_ms + 33);
}

CASE(the_way_of_the_answer_is_counted) {
    is_on_time(0);
}

CASE(what_the_server_takes_is_not_counted) {
    is_on_time(200);
}
