/* Names of hosts: w5100_resolve and w5100_dns_set, with a name server that the test plays. */
#include <stdatomic.h>
#include <string.h>

#include "dns_server.h"
#include "port.h"
#include "worker.h"

static const uint8_t address[4] = DNS_ADDRESS;
static const uint8_t servers[1][4] = {NETWORK(DNS_IP)};

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
    const int32_t result = dns_while(ask, &question);
    memcpy(ip, question.ip, 4);
    return result;
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
    CHECK_ERROR(w5100_resolve(0, DNS_HOST, ip, -1), ENETDOWN);
    CHECK_ERROR(w5100_resolve(0, "10.1.2.3", ip, 0), ENETDOWN);
    CHECK_ERROR(w5100_dns_set(0, servers, 1), ENETDOWN);
    CHECK_ERROR(w5100_dns_set(0, NULL, 0), ENETDOWN);
}

CASE(f10_nulls_and_counts) {
    static const uint8_t four[4][4] = {NETWORK(1), NETWORK(2), NETWORK(3), NETWORK(4)};
    w5100_config config = {.size = sizeof config};
    uint8_t ip[4];
    dns_start();
    CHECK_ERROR(w5100_resolve(0, NULL, ip, 0), EFAULT);
    CHECK_ERROR(w5100_resolve(0, DNS_HOST, NULL, 0), EFAULT);
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
    dns_start();
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
    CHECK(strcmp(dns.last, name) == 0);
    memmove(name, name + 1, sizeof name - 1);
    memset(name, 'b', 62);
    name[62] = 'b';
    name[63] = 0;
    resolves(name);
    CHECK(strcmp(dns.last, name) == 0);
}

CASE(f10_a_broken_bus_is_eio) {
    const w5100_config config = wire_config(0);
    uint8_t ip[4];
    w5100_port *port = port_that_breaks(wire_add_chip(0));
    CHECK_EQ(WIZnet_Enable(port, &config), 0);
    CHECK_EQ(w5100_dns_set(0, servers, 1), 0);
    port_broken = true;
    CHECK_ERROR(w5100_resolve(0, DNS_HOST, ip, -1), EIO);
    CHECK_EQ(w5100_dns_set(0, servers, 1), 0); /* uses no bus */
    port_broken = false;
    CHECK_EQ(wire_free_sockets(0), 4);
    CHECK_ERROR(w5100_resolve(0, DNS_HOST, ip, -1), ENAMESERVER);
}

CASE(f10_a_full_handle_table_is_emfile) {
    int32_t fds[256];
    uint8_t ip[4];
    int count = 0;
    dns_start();
    while ((fds[count] = w5100_socket(W5100_AF_INET, W5100_SOCK_STREAM, 0)) >= 0) {
        CHECK(++count < 256);
    }
    CHECK_EQ(fds[count], -W5100_EMFILE);
    CHECK_ERROR(w5100_resolve(0, DNS_HOST, ip, -1), EMFILE);
    CHECK_EQ(wire_free_sockets(0), 4);
    CHECK_EQ(w5100_close(fds[0]), 0);
    resolves(DNS_HOST);
    fds[0] = CHECK_OK(w5100_socket(W5100_AF_INET, W5100_SOCK_STREAM, 0)); /* given back */
}

CASE(four_numbers_are_their_own_answer) {
    uint8_t ip[4] = {0};
    dns_start();
    CHECK_EQ(w5100_resolve(0, "10.1.2.3", ip, 0), 0);
    CHECK(memcmp(ip, address, 4) == 0);
    wire_run(100);
    dns_pass(100);
    CHECK_EQ(dns.count, 0);
    CHECK_EQ(wire_free_sockets(0), 4);
}

CASE(a_name_is_looked_up_and_remembered_for_its_lifetime) {
    uint8_t ip[4] = {0};
    dns_start();
    resolves(DNS_HOST);
    CHECK(strcmp(dns.last, DNS_HOST) == 0);
    CHECK_EQ(dns.count, 1);
    CHECK_EQ(w5100_resolve(0, "WWW.Example.ORG", ip, 0), 0);
    CHECK(memcmp(ip, address, 4) == 0);
    CHECK_EQ(dns.count, 1);
    wire_run(DNS_LIFETIME_S * 1000);
    CHECK_ERROR(w5100_resolve(0, DNS_HOST, ip, 0), EAGAIN);
    resolves(DNS_HOST);
    CHECK_EQ(dns.count, 2);
    CHECK_EQ(wire_violations(), 0);
}

CASE(an_alias_is_followed) {
    dns_start();
    resolves(DNS_HOST_ALIAS);
    CHECK_EQ(dns.count, 1);
}

CASE(g5_the_free_count_is_the_same_on_every_path) {
    uint8_t ip[4] = {0};
    dns_start();
    resolves(DNS_HOST);
    CHECK_EQ(wire_free_sockets(0), 4);
    CHECK_EQ(resolve(DNS_HOST_ABSENT, ip), -W5100_EHOSTNOTFOUND);
    CHECK_EQ(wire_free_sockets(0), 4);
    dns.silent = true;
    CHECK_ERROR(w5100_resolve(0, "silent.example.org", ip, 0), EAGAIN);
    CHECK_EQ(wire_free_sockets(0), 3); /* it is under way */
    const uint32_t begin = wire_now_ms();
    CHECK_EQ(resolve("silent.example.org", ip), -W5100_ENAMESERVER);
    CHECK(wire_now_ms() - begin >= 7800 && wire_now_ms() - begin < 13200);
    CHECK_EQ(dns.count, 2 + 3);
    CHECK_EQ(wire_free_sockets(0), 4);
}

CASE(g5_four_busy_is_enobufs_at_once_and_three_work) {
    uint8_t ip[4];
    int32_t fds[4];
    dns_start();
    for (int i = 0; i < 4; i++) {
        fds[i] = udp((uint16_t)(100 + i));
    }
    const uint32_t begin = wire_now_ms();
    CHECK_ERROR(w5100_resolve(0, DNS_HOST, ip, -1), ENOBUFS);
    CHECK(wire_now_ms() - begin <= 5);
    CHECK_EQ(w5100_close(fds[3]), 0);
    resolves(DNS_HOST);
    CHECK_EQ(wire_free_sockets(0), 1);
}

CASE(no_server_is_enameserver) {
    uint8_t ip[4];
    wire_start();
    const uint32_t begin = wire_now_ms();
    CHECK_ERROR(w5100_resolve(0, DNS_HOST, ip, -1), ENAMESERVER);
    CHECK(wire_now_ms() - begin <= 20); /* there is nobody to ask */
    CHECK_EQ(w5100_dns_set(0, servers, 1), 0);
    CHECK_ERROR(w5100_resolve(0, DNS_HOST, ip, -1), ENAMESERVER); /* nobody has that address */
    CHECK_EQ(wire_free_sockets(0), 4);
}

CASE(the_second_server_is_asked_when_the_first_is_absent) {
    static const uint8_t both[2][4] = {NETWORK(NOBODY_IP), NETWORK(DNS_IP)};
    dns_start();
    CHECK_EQ(w5100_dns_set(0, both, 2), 0);
    resolves(DNS_HOST);
}

CASE(a_time_that_is_over_leaves_the_question_for_a_later_call) {
    uint8_t ip[4] = {0};
    dns_start();
    CHECK_ERROR(w5100_resolve(0, DNS_HOST, ip, 0), EAGAIN);
    dns_pass(100);
    CHECK_EQ(dns.count, 1);
    CHECK_EQ(w5100_resolve(0, DNS_HOST, ip, 0), 0);
    CHECK(memcmp(ip, address, 4) == 0);
    dns.silent = true;
    const uint32_t begin = wire_now_ms();
    CHECK_ERROR(w5100_resolve(0, DNS_HOST_ABSENT, ip, 500), EAGAIN);
    CHECK(wire_now_ms() - begin >= 500 && wire_now_ms() - begin <= 600);
    dns.silent = false;
    dns_pass(100);
    CHECK_ERROR(w5100_resolve(0, DNS_HOST_ABSENT, ip, 0), EHOSTNOTFOUND);
    CHECK_EQ(wire_free_sockets(0), 4);
}

CASE(threads_that_ask_for_different_names_all_get_their_answer) {
    static const char *const names[] = {"a.example", "b.example", "c.example", DNS_HOST_ABSENT};
    struct question questions[4] = {0};
    dns_start();
    for (int i = 0; i < 4; i++) {
        questions[i].name = names[i];
        questions[i].timeout_ms = -1;
        worker_start(&questions[i].thread, ask, &questions[i]);
    }
    /* All of them first: while a thread is joined, time runs on and no server answers. */
    for (int i = 0; i < 4; i++) {
        while (!atomic_load(&questions[i].done)) {
            dns_pass(2);
        }
    }
    for (int i = 0; i < 4; i++) {
        CHECK_EQ(worker_join(&questions[i].thread), i < 3 ? 0 : -W5100_EHOSTNOTFOUND);
        CHECK(i == 3 || memcmp(questions[i].ip, address, 4) == 0);
    }
    CHECK(dns.count >= 4); /* one that is not remembered may be asked for again */
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
    dns_start();
    worker_start(&thread, disable, NULL);
    CHECK_ERROR(w5100_resolve(0, DNS_HOST, ip, -1), ENETDOWN);
    CHECK_EQ(worker_join(&thread), 0);
    CHECK_EQ(WIZnet_Enable(port_of(wire_chip(0)), &config), 0);
    CHECK_EQ(w5100_dns_set(0, servers, 1), 0);
    dns_pass(20);
    resolves(DNS_HOST);
}
