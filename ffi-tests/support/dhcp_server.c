#include "dhcp_server.h"

#include <string.h>

#define SERVER_PORT 67
#define OPTIONS 240 /* where they begin in a message (RFC 2131, section 2) */

static const uint8_t everyone[4] = {255, 255, 255, 255};
static const uint8_t nowhere[4] = {0};
static const uint8_t peer_ip[4] = NETWORK(PEER_IP);

struct dhcp_server server;

const uint8_t *server_option(uint8_t code, uint8_t *length) {
    for (int at = OPTIONS; at < server.last_length && server.last[at] != 255;) {
        if (server.last[at] == 0) {
            at++;
            continue;
        }
        *length = server.last[at + 1];
        if (server.last[at] == code) {
            return server.last + at + 2;
        }
        at += 2 + *length;
    }
    return NULL;
}

static size_t put(uint8_t *to, uint8_t code, const void *data, uint8_t length) {
    to[0] = code;
    to[1] = length;
    memcpy(to + 2, data, length);
    return 2u + length;
}

static size_t put_seconds(uint8_t *to, uint8_t code, uint8_t seconds) {
    const uint8_t data[4] = {0, 0, 0, seconds};
    return put(to, code, data, sizeof data);
}

static void answer(uint8_t kind) {
    static const uint8_t mask[4] = {255, 255, 255, 0}, router[4] = NETWORK(1);
    static const uint8_t names[8] = {192, 168, 1, 3, 192, 168, 1, 4}, ntp[4] = NETWORK(5);
    const uint8_t leased[4] = NETWORK(server.leased);
    uint8_t message[400] = {2, 1, 6};
    memcpy(message + 4, server.last + 4, 4);     /* xid */
    memcpy(message + 10, server.last + 10, 2);   /* flags */
    memcpy(message + 28, server.last + 28, 16);  /* chaddr */
    memcpy(message + 236, server.last + 236, 4); /* cookie */
    uint8_t *at = message + OPTIONS;
    at += put(at, 53, &kind, 1);
    at += put(at, 54, peer_ip, 4);
    if (kind != NAK) {
        memcpy(message + 16, leased, 4); /* yiaddr */
        at += put_seconds(at, 51, SECONDS);
        at += put_seconds(at, 58, T1);
        at += put_seconds(at, 59, T2);
        at += put(at, 1, mask, 4);
        at += put(at, 3, router, 4);
        at += put(at, 6, names, 8);
        at += put(at, 42, ntp, 4);
        at += put(at, 15, "lan.example", 11);
    }
    *at = 255;
    const bool broadcast = (server.last[10] & 0x80) != 0;
    CHECK_EQ(w5100_sim_peer_udp_send(wire_peer(), SERVER_PORT, broadcast ? everyone : leased,
                                     CLIENT_PORT, message, sizeof message),
             0);
}

static void hear(void) {
    const w5100_config config = wire_config(0);
    static const uint8_t cookie[4] = {99, 130, 83, 99};
    uint8_t length = 0;
    CHECK_EQ(server.last[0], 1);
    CHECK(memcmp(server.last + 28, config.mac, 6) == 0);
    CHECK(memcmp(server.last + 236, cookie, 4) == 0);
    const uint8_t *kind = server_option(53, &length);
    CHECK(kind != NULL && length == 1);
    CHECK(server.count < (int)sizeof server.heard);
    server.heard[server.count++] = *kind;
    if (server.silent) {
        return;
    }
    if (*kind == DISCOVER) {
        answer(OFFER);
    } else if (*kind == REQUEST && !server.offers_only) {
        answer(server.refuses ? NAK : ACK);
    }
}

/* The next message, if there is one; else the last stays. */
static bool server_takes_one(void) {
    uint8_t data[sizeof server.last];
    const int32_t length =
        w5100_sim_peer_udp_recv(wire_peer(), SERVER_PORT, data, sizeof data, NULL, NULL);
    if (length > 0) {
        CHECK(length >= 300 && length <= (int32_t)sizeof data);
        memcpy(server.last, data, (size_t)length);
        server.last_length = length;
    }
    return length > 0;
}

void pass_in(uint32_t ms, uint32_t step) {
    for (uint32_t done = 0; done < ms; done += step) {
        w5100_service(0);
        wire_run(step);
        while (server_takes_one()) {
            hear();
        }
    }
}

void pass(uint32_t ms) {
    pass_in(ms, 10);
}

void server_heard(int count, const uint8_t *kinds) {
    CHECK_EQ(server.count, count);
    CHECK(memcmp(server.heard, kinds, (size_t)count) == 0);
    server.count = 0;
}

void server_start(void) {
    wire_start();
    server.leased = LEASED_IP;
    CHECK_EQ(w5100_sim_peer_udp_bind(wire_peer(), SERVER_PORT, false), 0);
}

w5100_dhcp_status status(void) {
    w5100_dhcp_status status;
    memset(&status, 0xAA, sizeof status);
    CHECK_EQ(w5100_dhcp_get(0, &status), 0);
    return status;
}

void state_is(uint8_t expected) {
    CHECK_EQ(status().state, expected);
}

int own_ip(void) {
    w5100_config config = {.size = sizeof config};
    CHECK_EQ(w5100_get_config(0, &config), 0);
    const uint8_t expected[4] = NETWORK(config.ip[3]);
    CHECK(memcmp(config.ip, config.ip[3] == 0 ? nowhere : expected, 4) == 0);
    return config.ip[3];
}

void start_bound(uint8_t leased, uint32_t flags) {
    const w5100_dhcp_config config = {.size = sizeof config, .flags = flags};
    server_start();
    server.leased = leased;
    CHECK_EQ(w5100_dhcp_start(0, &config), 0);
    pass(1000);
    HEARD(DISCOVER, REQUEST);
    state_is(W5100_DHCP_BOUND);
    CHECK_EQ(own_ip(), leased);
}
