/* Names of hosts: w5100_resolve and w5100_dns_set, with a name server that the test plays. */
#include <stdatomic.h>
#include <string.h>

#include "port.h"
#include "wire.h"
#include "worker.h"

#define SERVER_IP 3
#define SERVER_PORT 53
#define LIFETIME_S 60
#define HOST "www.example.org"
#define ABSENT "none.example.org"
#define ALIAS "alias.example.org"

static const uint8_t address[4] = {10, 1, 2, 3};
static const uint8_t servers[1][4] = {NETWORK(SERVER_IP)};

/* The server: one address for all names, but ABSENT, which it does not know. */
static struct {
    w5100_sim_peer *peer;
    bool silent;
    char name[256];
    int count;
} server;

static void start(void) {
    static const uint8_t mac[6] = {2, 0, 0, 0, 0, SERVER_IP}, mask[4] = {255, 255, 255, 0};
    static const uint8_t gateway[4] = NETWORK(1);
    wire_start();
    server.peer = w5100_sim_peer_new(wire_world(), mac, servers[0], mask, gateway);
    CHECK(server.peer != NULL);
    CHECK_EQ(w5100_sim_peer_udp_bind(server.peer, SERVER_PORT, false), 0);
    CHECK_EQ(w5100_dns_set(0, servers, 1), 0);
}

/* The name in a question, as text; where it ends. */
static size_t read_name(const uint8_t *message) {
    size_t at = 12, length = 0;
    while (message[at] != 0) {
        if (length > 0) {
            server.name[length++] = '.';
        }
        memcpy(server.name + length, message + at + 1, message[at]);
        length += message[at];
        at += message[at] + 1u;
    }
    server.name[length] = 0;
    return at + 1;
}

static size_t put_record(uint8_t *to, uint16_t owner, uint8_t kind, const void *data,
                         uint8_t length) {
    const uint8_t head[12] = {
        (uint8_t)(owner >> 8), (uint8_t)owner, 0, kind, 0, 1, 0, 0, 0, LIFETIME_S, 0, length};
    memcpy(to, head, sizeof head);
    memcpy(to + sizeof head, data, length);
    return sizeof head + length;
}

/* Adds the answer to a question: its length (RFC 1035, 4.1). */
static size_t answer(uint8_t *message, size_t length) {
    static const uint8_t other[] = "\5other\7example";
    message[2] |= 0x80;
    message[3] = 0x80;
    if (strcmp(server.name, ABSENT) == 0) {
        message[3] |= 3; /* NXDOMAIN */
        return length;
    }
    uint16_t owner = 0xC000 | 12; /* the question's name */
    message[7] = 1;
    if (strcmp(server.name, ALIAS) == 0) {
        const uint16_t data = (uint16_t)(length + 12);
        length += put_record(message + length, owner, 5, other, sizeof other);
        owner = 0xC000 | data;
        message[7] = 2;
    }
    return length + put_record(message + length, owner, 1, address, 4);
}

/* Time passes, and questions are answered; the library is not called. */
static void pass(uint32_t ms) {
    uint8_t message[600], ip[4];
    uint16_t port;
    for (uint32_t done = 0; done < ms; done += 2) {
        wire_run(2);
        const int32_t length = w5100_sim_peer_udp_recv(server.peer, SERVER_PORT, message,
                                                       sizeof message - 100, ip, &port);
        if (length <= 0) {
            continue;
        }
        const uint8_t question[4] = {0, 1, 0, 1};
        const size_t end = read_name(message);
        CHECK_EQ(end + 4, length);
        CHECK(memcmp(message + end, question, 4) == 0);
        server.count++;
        if (!server.silent) {
            const size_t whole = answer(message, (size_t)length);
            CHECK_EQ(w5100_sim_peer_udp_send(server.peer, SERVER_PORT, ip, port, message, whole),
                     0);
        }
    }
}

struct question {
    const char *name;
    int32_t timeout_ms;
    uint8_t ip[4];
    worker thread;
    atomic_bool done;
};

static int32_t ask(void *argument) {
    struct question *self = argument;
    const int32_t result = w5100_resolve(0, self->name, self->ip, self->timeout_ms);
    atomic_store(&self->done, true);
    return result;
}

/* Asks in a thread of its own, while the server answers. */
static int32_t resolve(const char *name, uint8_t ip[4]) {
    struct question question = {.name = name, .timeout_ms = -1};
    memset(question.ip, 0xAA, 4);
    worker_start(&question.thread, ask, &question);
    while (!atomic_load(&question.done)) {
        pass(2);
    }
    memcpy(ip, question.ip, 4);
    return worker_join(&question.thread);
}

static void resolves(const char *name) {
    uint8_t ip[4];
    CHECK_EQ(resolve(name, ip), 0);
    CHECK(memcmp(ip, address, 4) == 0);
}

static int32_t udp(uint16_t port) {
    const w5100_sockaddr_in local = wire_address(0, port);
    const int32_t fd = CHECK_OK(w5100_socket(W5100_AF_INET, W5100_SOCK_DGRAM, 0));
    CHECK_EQ(w5100_bind(fd, &local, sizeof local), 0);
    return fd;
}

CASE(f10_unknown_devices_are_refused) {
    static const int32_t unknown[] = {-1, 4, 1000, INT32_MIN, INT32_MAX};
    uint8_t ip[4];
    wire_start();
    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++) {
        CHECK_ERROR(w5100_resolve(unknown[i], "10.1.2.3", ip, 0), EINVAL);
        CHECK_ERROR(w5100_dns_set(unknown[i], servers, 1), EINVAL);
    }
}

CASE(f10_a_device_that_is_not_enabled_is_netdown) {
    uint8_t ip[4];
    CHECK_ERROR(w5100_resolve(0, HOST, ip, -1), ENETDOWN);
    CHECK_ERROR(w5100_resolve(0, "10.1.2.3", ip, 0), ENETDOWN);
    CHECK_ERROR(w5100_dns_set(0, servers, 1), ENETDOWN);
    CHECK_ERROR(w5100_dns_set(0, NULL, 0), ENETDOWN);
}

CASE(f10_nulls_and_counts) {
    static const uint8_t four[4][4] = {NETWORK(1), NETWORK(2), NETWORK(3), NETWORK(4)};
    w5100_config config = {.size = sizeof config};
    uint8_t ip[4];
    start();
    CHECK_ERROR(w5100_resolve(0, NULL, ip, 0), EFAULT);
    CHECK_ERROR(w5100_resolve(0, HOST, NULL, 0), EFAULT);
    CHECK_ERROR(w5100_dns_set(0, NULL, 1), EFAULT);
    CHECK_ERROR(w5100_dns_set(0, four, W5100_DNS_SERVERS + 1), EINVAL);
    CHECK_ERROR(w5100_dns_set(0, four, UINT32_MAX), EINVAL);
    CHECK_EQ(w5100_get_config(0, &config), 0);
    CHECK(memcmp(config.dns, servers[0], 4) == 0); /* as it was */
    CHECK_EQ(w5100_dns_set(0, four, W5100_DNS_SERVERS), 0);
    CHECK_EQ(w5100_get_config(0, &config), 0);
    CHECK(memcmp(config.dns, four[0], 4) == 0);
    CHECK_EQ(w5100_dns_set(0, NULL, 0), 0);
    CHECK_EQ(w5100_get_config(0, &config), 0);
    CHECK(memcmp(config.dns, "\0\0\0\0", 4) == 0);
    CHECK_EQ(wire_free_sockets(0), 4);
}

/* RFC 1035, 2.3.4: labels of 1 to 63 bytes; the longest name is 253 in text. */
CASE(f10_what_is_no_name_is_refused_at_once) {
    static const char *const bad[] = {"", ".", "..", "a..b", ".a", "a.."};
    char name[400];
    uint8_t ip[4] = {1, 2, 3, 4};
    start();
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        CHECK_ERROR(w5100_resolve(0, bad[i], ip, -1), EINVAL);
    }
    memset(name, 'a', sizeof name);
    name[64] = 0;
    CHECK_ERROR(w5100_resolve(0, name, ip, -1), EINVAL);
    name[64] = 'a';
    for (int at = 63; at < 254; at += 64) {
        name[at] = '.';
    }
    name[254] = 0;
    CHECK_ERROR(w5100_resolve(0, name, ip, -1), EINVAL);
    CHECK(memcmp(ip, "\1\2\3\4", 4) == 0);
    CHECK_EQ(wire_free_sockets(0), 4);
    name[253] = 0;
    resolves(name);
    CHECK(strcmp(server.name, name) == 0);
    memmove(name, name + 1, sizeof name - 1);
    memset(name, 'b', 62);
    name[62] = 'b';
    name[63] = 0;
    resolves(name);
    CHECK(strcmp(server.name, name) == 0);
}

static int32_t (*good_transfer)(void *context, uint8_t *frames, size_t count);
static bool broken;

static int32_t may_break(void *context, uint8_t *frames, size_t count) {
    return broken ? -1 : good_transfer(context, frames, count);
}

CASE(f10_a_broken_bus_is_eio) {
    const w5100_config config = wire_config(0);
    uint8_t ip[4];
    w5100_port *port = port_of(wire_add_chip(0));
    good_transfer = port->transfer;
    port->transfer = may_break;
    CHECK_EQ(WIZnet_Enable(port, &config), 0);
    CHECK_EQ(w5100_dns_set(0, servers, 1), 0);
    broken = true;
    CHECK_ERROR(w5100_resolve(0, HOST, ip, -1), EIO);
    CHECK_EQ(w5100_dns_set(0, servers, 1), 0); /* uses no bus */
    broken = false;
    CHECK_EQ(wire_free_sockets(0), 4);
    CHECK_ERROR(w5100_resolve(0, HOST, ip, -1), ENAMESERVER);
}

CASE(f10_a_full_handle_table_is_emfile) {
    int32_t fds[256];
    uint8_t ip[4];
    int count = 0;
    start();
    while ((fds[count] = w5100_socket(W5100_AF_INET, W5100_SOCK_STREAM, 0)) >= 0) {
        CHECK(++count < 256);
    }
    CHECK_EQ(fds[count], -W5100_EMFILE);
    CHECK_ERROR(w5100_resolve(0, HOST, ip, -1), EMFILE);
    CHECK_EQ(wire_free_sockets(0), 4);
    CHECK_EQ(w5100_close(fds[0]), 0);
    resolves(HOST);
    fds[0] = CHECK_OK(w5100_socket(W5100_AF_INET, W5100_SOCK_STREAM, 0)); /* given back */
}

CASE(four_numbers_are_their_own_answer) {
    uint8_t ip[4] = {0};
    start();
    CHECK_EQ(w5100_resolve(0, "10.1.2.3", ip, 0), 0);
    CHECK(memcmp(ip, address, 4) == 0);
    wire_run(100);
    pass(100);
    CHECK_EQ(server.count, 0);
    CHECK_EQ(wire_free_sockets(0), 4);
}

CASE(a_name_is_looked_up_and_remembered_for_its_lifetime) {
    uint8_t ip[4] = {0};
    start();
    resolves(HOST);
    CHECK(strcmp(server.name, HOST) == 0);
    CHECK_EQ(server.count, 1);
    CHECK_EQ(w5100_resolve(0, "WWW.Example.ORG", ip, 0), 0);
    CHECK(memcmp(ip, address, 4) == 0);
    CHECK_EQ(server.count, 1);
    wire_run(LIFETIME_S * 1000);
    CHECK_ERROR(w5100_resolve(0, HOST, ip, 0), EAGAIN);
    resolves(HOST);
    CHECK_EQ(server.count, 2);
    CHECK_EQ(wire_violations(), 0);
}

CASE(an_alias_is_followed) {
    start();
    resolves(ALIAS);
    CHECK_EQ(server.count, 1);
}

CASE(g5_the_free_count_is_the_same_on_every_path) {
    uint8_t ip[4] = {0};
    start();
    resolves(HOST);
    CHECK_EQ(wire_free_sockets(0), 4);
    CHECK_EQ(resolve(ABSENT, ip), -W5100_EHOSTNOTFOUND);
    CHECK_EQ(wire_free_sockets(0), 4);
    server.silent = true;
    CHECK_ERROR(w5100_resolve(0, "silent.example.org", ip, 0), EAGAIN);
    CHECK_EQ(wire_free_sockets(0), 3); /* it is under way */
    const uint32_t begin = wire_now_ms();
    CHECK_EQ(resolve("silent.example.org", ip), -W5100_ENAMESERVER);
    CHECK(wire_now_ms() - begin >= 7800 && wire_now_ms() - begin < 13200);
    CHECK_EQ(server.count, 2 + 3);
    CHECK_EQ(wire_free_sockets(0), 4);
}

CASE(g5_four_busy_is_enobufs_at_once_and_three_work) {
    uint8_t ip[4];
    int32_t fds[4];
    start();
    for (int i = 0; i < 4; i++) {
        fds[i] = udp((uint16_t)(100 + i));
    }
    const uint32_t begin = wire_now_ms();
    CHECK_ERROR(w5100_resolve(0, HOST, ip, -1), ENOBUFS);
    CHECK(wire_now_ms() - begin <= 5);
    CHECK_EQ(w5100_close(fds[3]), 0);
    resolves(HOST);
    CHECK_EQ(wire_free_sockets(0), 1);
}

CASE(no_server_is_enameserver) {
    uint8_t ip[4];
    wire_start();
    const uint32_t begin = wire_now_ms();
    CHECK_ERROR(w5100_resolve(0, HOST, ip, -1), ENAMESERVER);
    CHECK(wire_now_ms() - begin <= 20); /* there is nobody to ask */
    CHECK_EQ(w5100_dns_set(0, servers, 1), 0);
    CHECK_ERROR(w5100_resolve(0, HOST, ip, -1), ENAMESERVER); /* nobody has that address */
    CHECK_EQ(wire_free_sockets(0), 4);
}

CASE(the_second_server_is_asked_when_the_first_is_absent) {
    static const uint8_t both[2][4] = {NETWORK(NOBODY_IP), NETWORK(SERVER_IP)};
    start();
    CHECK_EQ(w5100_dns_set(0, both, 2), 0);
    resolves(HOST);
}

CASE(a_time_that_is_over_leaves_the_question_for_a_later_call) {
    uint8_t ip[4] = {0};
    start();
    CHECK_ERROR(w5100_resolve(0, HOST, ip, 0), EAGAIN);
    pass(100);
    CHECK_EQ(server.count, 1);
    CHECK_EQ(w5100_resolve(0, HOST, ip, 0), 0);
    CHECK(memcmp(ip, address, 4) == 0);
    server.silent = true;
    const uint32_t begin = wire_now_ms();
    CHECK_ERROR(w5100_resolve(0, ABSENT, ip, 500), EAGAIN);
    CHECK(wire_now_ms() - begin >= 500 && wire_now_ms() - begin <= 600);
    server.silent = false;
    pass(100);
    CHECK_ERROR(w5100_resolve(0, ABSENT, ip, 0), EHOSTNOTFOUND);
    CHECK_EQ(wire_free_sockets(0), 4);
}

CASE(threads_that_ask_for_different_names_all_get_their_answer) {
    static const char *const names[] = {"a.example", "b.example", "c.example", ABSENT};
    struct question questions[4] = {0};
    start();
    for (int i = 0; i < 4; i++) {
        questions[i].name = names[i];
        questions[i].timeout_ms = -1;
        worker_start(&questions[i].thread, ask, &questions[i]);
    }
    /* All of them first: while a thread is joined, time runs on and no server answers. */
    for (int i = 0; i < 4; i++) {
        while (!atomic_load(&questions[i].done)) {
            pass(2);
        }
    }
    for (int i = 0; i < 4; i++) {
        CHECK_EQ(worker_join(&questions[i].thread), i < 3 ? 0 : -W5100_EHOSTNOTFOUND);
        CHECK(i == 3 || memcmp(questions[i].ip, address, 4) == 0);
    }
    CHECK(server.count >= 4); /* one that is not remembered may be asked for again */
    CHECK_EQ(wire_free_sockets(0), 4);
}

static int32_t disable(void *argument) {
    (void)argument;
    wire_run(500);
    return WIZnet_Disable(0);
}

CASE(disable_ends_the_wait_of_another_thread) {
    const w5100_config config = wire_config(0);
    uint8_t ip[4];
    worker thread;
    start();
    worker_start(&thread, disable, NULL);
    CHECK_ERROR(w5100_resolve(0, HOST, ip, -1), ENETDOWN);
    CHECK_EQ(worker_join(&thread), 0);
    CHECK_EQ(WIZnet_Enable(port_of(wire_chip(0)), &config), 0);
    CHECK_EQ(w5100_dns_set(0, servers, 1), 0);
    pass(20);
    resolves(HOST);
}
