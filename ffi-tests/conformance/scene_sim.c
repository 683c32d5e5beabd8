/* The scene of the library's views: a simulated chip, and a scripted host as the peer. Time is
 * virtual: it moves while every thread of the case waits. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "port.h"
#include "wire.h"
#undef CASE /* check.h's: a case of this suite is a ROW */

#include "suite.h"

#define PATIENCE_MS 5000
#define SETTLE_MS 100 /* many round trips */
#define OTHER_CHIP 1

#if defined VIEW_CORE
_Thread_local int v_last_error;
#endif

struct peer {
    w5100_sim_conn *conn;
};

static uint16_t next_port = 7000;

void scene_start(void) {
    wire_start();
    v_start();
}

/* A chip of one's own making, before the device is enabled on it. */
static w5100_port *other_chip(const w5100_sim_options *options) {
    w5100_sim_chip *chip = w5100_sim_chip_new_with(wire_world(), options);
    REQUIRE(chip != NULL);
    return port_of(chip);
}

/* Device 0 again, on a chip without that memory. */
void scene_forgetful_chip(void) {
    const w5100_config config = wire_config(0);
    w5100_sim_options options;
    w5100_sim_options_default(&options);
    options.rx_survives_close = false;
    w5100_sim_plug(wire_chip(0), false);
    REQUIRE(WIZnet_Disable(0) == 0);
    REQUIRE(WIZnet_Enable(other_chip(&options), &config) == 0);
}

void scene_little_memory(void) {
    static const uint8_t kib[4] = {1, 1, 1, 1};
    REQUIRE(w5100_set_memory(0, kib, kib) == 0);
}

/* A second chip, which drops a SYN that nobody listens for. */
static uint32_t silent_host(void) {
    const w5100_config config = wire_config(OTHER_CHIP);
    w5100_sim_options options;
    w5100_sim_options_default(&options);
    options.refuse = W5100_SIM_RESET_SILENT;
    REQUIRE(WIZnet_Enable(other_chip(&options), &config) > 0);
    return 0xC0A80100u + DEVICE_IP + OTHER_CHIP;
}

uint32_t scene_ip(host whose) {
    switch (whose) {
    case OURS:
        return 0xC0A80100u + DEVICE_IP;
    case PEER:
        return 0xC0A80100u + PEER_IP;
    case FOREIGN:
        return 0xC0000201u; /* 192.0.2.1, RFC 5737 */
    case NOBODY:
        return 0xC0A80100u + NOBODY_IP;
    case SILENT:
        return silent_host();
    case EVERYONE:
        return 0xC0A801FFu;
    default:
        return 0;
    }
}

uint32_t scene_now_ms(void) {
    return wire_now_ms();
}

void scene_settle(void) {
    wire_run(SETTLE_MS);
}

void scene_few_sockets(void) {}

void scene_little_buffer(long fd) {
    (void)fd; /* the chip's is little */
}

int scene_free_hardware(void) {
    return (int)wire_free_sockets(0);
}

int scene_commands(void) {
    w5100_counters counters;
    REQUIRE(w5100_counters_get(0, &counters) == 0);
    return (int)counters.commands;
}

/* ---- the peer ------------------------------------------------------------------------------ */

/* Let time pass until `holds`; the library looks after its chip meanwhile. */
static bool until(bool (*holds)(void *context), void *context) {
    for (int ms = 0; !holds(context); ms++) {
        if (ms == PATIENCE_MS) {
            return false;
        }
        w5100_service(0);
        wire_run(1);
    }
    return true;
}

static peer *new_peer(w5100_sim_conn *conn) {
    peer *self = malloc(sizeof *self);
    REQUIRE(self != NULL && conn != NULL);
    self->conn = conn;
    return self;
}

uint16_t peer_listens(void) {
    REQUIRE(w5100_sim_peer_listen(wire_peer(), ++next_port) == 0);
    return next_port;
}

/* Time stands still while the case does not wait. */
uint16_t peer_hesitates(void) {
    return peer_listens();
}

uint16_t peer_refuses(void) {
    return ++next_port;
}

peer *peer_connects(uint16_t port) {
    return new_peer(wire_client(port));
}

static bool decided(void *conn) {
    return w5100_sim_conn_established(conn) || w5100_sim_conn_closed(conn);
}

bool peer_is_refused(uint16_t port) {
    static const uint8_t ip[4] = NETWORK(DEVICE_IP);
    w5100_sim_conn *conn = w5100_sim_peer_connect(wire_peer(), ip, port);
    REQUIRE(conn != NULL && until(decided, conn));
    return w5100_sim_conn_was_reset(conn);
}

struct arrival {
    uint16_t port;
    w5100_sim_conn *conn;
};

static bool arrived(void *context) {
    struct arrival *self = context;
    self->conn = w5100_sim_peer_accept(wire_peer(), self->port);
    return self->conn != NULL;
}

peer *peer_accepts(uint16_t port) {
    struct arrival self = {port, NULL};
    REQUIRE(until(arrived, &self));
    return new_peer(self.conn);
}

void peer_sends(peer *self, const void *data, size_t length) {
    REQUIRE(w5100_sim_conn_send(self->conn, data, length) == length);
}

void peer_tries(peer *self, const void *data, size_t length) {
    (void)w5100_sim_conn_send(self->conn, data, length);
}

struct wanted {
    peer *from;
    const uint8_t *data;
    size_t length;
    size_t count;
    bool same;
};

static bool all_there(void *context) {
    struct wanted *self = context;
    uint8_t part[2048];
    const size_t left = self->length - self->count;
    const size_t count =
        w5100_sim_conn_recv(self->from->conn, part, left < sizeof part ? left : sizeof part);
    self->same = self->same && memcmp(part, self->data + self->count, count) == 0;
    self->count += count;
    return self->count == self->length;
}

bool peer_gets(peer *self, const void *data, size_t length) {
    struct wanted wanted = {self, data, length, 0, true};
    return until(all_there, &wanted) && wanted.same;
}

void peer_discards(peer *self) {
    REQUIRE(w5100_sim_conn_service(self->conn, W5100_SIM_SERVICE_DISCARD) == 0);
}

void peer_ends(peer *self) {
    w5100_sim_conn_close(self->conn);
}

void peer_resets(peer *self) {
    w5100_sim_conn_abort(self->conn);
}

static bool acknowledged(void *conn) {
    return w5100_sim_conn_unacknowledged(conn) == 0;
}

bool peer_is_acknowledged(peer *self) {
    return until(acknowledged, self->conn);
}

static bool ended(void *conn) {
    uint8_t part[2048];
    while (w5100_sim_conn_recv(conn, part, sizeof part) > 0) {
    }
    return w5100_sim_conn_finished(conn) || w5100_sim_conn_was_reset(conn);
}

const char *peer_sees(peer *self) {
    if (!until(ended, self->conn)) {
        return "nothing";
    }
    return w5100_sim_conn_was_reset(self->conn) ? "RST" : "FIN";
}

void peer_vanishes(void) {
    w5100_sim_peer_vanish(wire_peer(), true);
}

uint16_t peer_udp(void) {
    REQUIRE(w5100_sim_peer_udp_bind(wire_peer(), ++next_port, false) == 0);
    return next_port;
}

uint16_t peer_udp_nobody(void) {
    return ++next_port;
}

void peer_udp_sends(uint16_t from, uint16_t to, const void *data, size_t length) {
    static const uint8_t ip[4] = NETWORK(DEVICE_IP);
    REQUIRE(w5100_sim_peer_udp_send(wire_peer(), from, ip, to, data, length) == 0);
}

struct datagram {
    uint16_t port;
    long length;
};

static bool came(void *context) {
    struct datagram *self = context;
    uint8_t data[2048];
    self->length = w5100_sim_peer_udp_recv(wire_peer(), self->port, data, sizeof data, NULL, NULL);
    return self->length >= 0;
}

bool peer_udp_waits(uint16_t port) {
    (void)port; /* asked only about a datagram that the chip cannot send */
    return false;
}

long peer_udp_gets(uint16_t port) {
    struct datagram self = {port, -1};
    REQUIRE(until(came, &self));
    return self.length;
}

/* ---- a second thread ----------------------------------------------------------------------- */

static void *run(void *argument) {
    task *self = argument;
    self->result = self->call(self->argument);
    self->error = v_error();
    w5100_sim_thread_leave(wire_world());
    return NULL;
}

void task_start(task *self, long (*call)(void *argument), void *argument) {
    self->call = call;
    self->argument = argument;
    w5100_sim_thread_enter(wire_world()); /* on its behalf: no time passes before it runs */
    REQUIRE(pthread_create(&self->thread, NULL, run, self) == 0);
}

void task_until_blocked(task *self) {
    (void)self;
    port_until_waiting(1);
}

long task_join(task *self) {
    w5100_sim_thread_leave(wire_world());
    REQUIRE(pthread_join(self->thread, NULL) == 0);
    w5100_sim_thread_enter(wire_world());
    v_set_error(self->error);
    return self->result;
}
