#include "dns_server.h"

#include <stdatomic.h>
#include <string.h>

#include "worker.h"

#define PORT 53
#define HEADER 12
#define NXDOMAIN 3
#define A 1
#define CNAME 5

static const uint8_t server_ip[1][4] = {NETWORK(DNS_IP)};

struct dns_server dns;

void dns_add(void) {
    static const uint8_t mac[6] = {2, 0, 0, 0, 0, DNS_IP}, mask[4] = {255, 255, 255, 0};
    static const uint8_t gateway[4] = NETWORK(1);
    dns.peer = w5100_sim_peer_new(wire_world(), mac, server_ip[0], mask, gateway);
    CHECK(dns.peer != NULL);
    CHECK_EQ(w5100_sim_peer_udp_bind(dns.peer, PORT, false), 0);
}

void dns_start(void) {
    wire_start();
    dns_add();
    CHECK_EQ(w5100_dns_set(0, server_ip, 1), 0);
}

/* The name in a question, as text; where it ends. */
static size_t read_name(const uint8_t *message, char *name) {
    size_t at = HEADER, length = 0;
    while (message[at] != 0) {
        if (length > 0) {
            name[length++] = '.';
        }
        memcpy(name + length, message + at + 1, message[at]);
        length += message[at];
        at += message[at] + 1u;
    }
    name[length] = 0;
    return at + 1;
}

static size_t put_record(uint8_t *to, uint16_t owner, uint8_t kind, const void *data,
                         uint8_t length) {
    const uint8_t head[12] = {
        (uint8_t)(owner >> 8), (uint8_t)owner, 0, kind, 0, 1, 0, 0, 0, DNS_LIFETIME_S, 0, length};
    memcpy(to, head, sizeof head);
    memcpy(to + sizeof head, data, length);
    return sizeof head + length;
}

/* Adds the answer to a question: its length. */
static size_t answer(uint8_t *message, size_t length, const char *name) {
    static const uint8_t other[] = "\5other\7example";
    uint8_t address[4] = DNS_ADDRESS;
    message[2] |= 0x80;
    message[3] = 0x80;
    if (strcmp(name, DNS_HOST_ABSENT) == 0 || (dns.only != NULL && strcmp(name, dns.only) != 0)) {
        message[3] |= NXDOMAIN;
        return length;
    }
    uint16_t owner = 0xC000 | HEADER; /* the question's name */
    message[7] = 1;
    if (strcmp(name, DNS_HOST_ALIAS) == 0) {
        const uint16_t data = (uint16_t)(length + 12);
        length += put_record(message + length, owner, CNAME, other, sizeof other);
        owner = 0xC000 | data;
        message[7] = 2;
    } else if (strcmp(name, DNS_HOST_MANY) == 0) {
        message[7] = DNS_MANY;
        for (int i = 1; i < DNS_MANY; i++, address[3]++) {
            length += put_record(message + length, owner, A, address, 4);
        }
    }
    return length + put_record(message + length, owner, A, address, 4);
}

static void note(const char *name) {
    memcpy(dns.last, name, sizeof dns.last);
    if (dns.count < (int)(sizeof dns.names / sizeof dns.names[0])) {
        memcpy(dns.names[dns.count], name, sizeof dns.names[0]);
    }
    dns.count++;
}

/* The next question, if there is one. */
static void serve(void) {
    static const uint8_t question[4] = {0, A, 0, 1};
    uint8_t message[700], ip[4];
    char name[256] = "";
    uint16_t port;
    const int32_t length =
        w5100_sim_peer_udp_recv(dns.peer, PORT, message, sizeof message - 200, ip, &port);
    if (length <= 0) {
        return;
    }
    const size_t end = read_name(message, name);
    CHECK_EQ(end + 4, length);
    CHECK(memcmp(message + end, question, 4) == 0);
    note(name);
    if (!dns.silent) {
        const size_t whole = answer(message, (size_t)length, name);
        CHECK_EQ(w5100_sim_peer_udp_send(dns.peer, PORT, ip, port, message, whole), 0);
    }
}

void dns_pass(uint32_t ms) {
    for (uint32_t done = 0; done < ms; done += 2) {
        wire_run(2);
        serve();
    }
}

struct while_call {
    int32_t (*call)(void *argument);
    void *argument;
    atomic_bool done;
};

static int32_t make_call(void *argument) {
    struct while_call *self = argument;
    const int32_t result = self->call(self->argument);
    atomic_store(&self->done, true);
    return result;
}

int32_t dns_while(int32_t (*call)(void *argument), void *argument) {
    struct while_call self = {.call = call, .argument = argument};
    worker thread;
    worker_start(&thread, make_call, &self);
    while (!atomic_load(&self.done)) {
        dns_pass(2);
    }
    return worker_join(&thread);
}
