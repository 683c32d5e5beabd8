/* The other hosts: clients and servers on the simulated wire, all played by one thread. */
#include <stdlib.h>

#include "check.h"
#include "jobs.h"
#include "records.h"
#include "scene.h"

#define CLIENTS 9
#define CHUNK 1000
#define LONGEST 4000 /* bytes that a strict client has to say */

enum kind { NONE, STRICT, WILD };

/* The peer's end of a connection. */
struct client {
    enum kind kind;
    w5100_sim_conn *conn;
    uint32_t number;
    uint32_t sent;
    uint32_t got;
    uint32_t age;
    records_reader reader;
};

static struct client clients[CLIENTS];
static uint32_t last_number;
static uint32_t strict_bytes, wild_records, datagrams;

static void client_begin(struct client *client, enum kind kind, w5100_sim_conn *conn) {
    const struct client fresh = {.kind = kind, .conn = conn, .number = ++last_number};
    CHECK(conn != NULL);
    *client = fresh;
}

static void client_end(struct client *client) {
    w5100_sim_conn_free(client->conn);
    client->kind = NONE;
}

static void connect_to(thread *self, struct client *client) {
    const uint32_t whom = roll(self, 3);
    const int device = whom == 2 ? 1 : 0;
    const w5100_sockaddr_in chip = scene_address((uint8_t)(DEVICE_IP + device), 0);
    const uint16_t port = whom == 0 ? ECHO_PORT : WILD_PORT;
    client_begin(client, whom == 0 ? STRICT : WILD,
                 w5100_sim_peer_connect(scene_peer(), chip.sin_addr, port));
}

/* Sends on; what a strict client sends is a stream that it expects back. */
static void client_sends(thread *self, struct client *client) {
    uint8_t data[CHUNK];
    if (client->kind == WILD) {
        /* A cut would leave a piece of a record at the start of the next call, which is no harm. */
        const size_t length = RECORD * (1 + roll(self, 40));
        records_fill(data, length, client->number);
        w5100_sim_conn_send(client->conn, data, length);
        return;
    }
    const size_t length = 1 + roll(self, CHUNK);
    stream_fill(data, length, client->number, client->sent);
    client->sent += (uint32_t)w5100_sim_conn_send(client->conn, data, length);
}

static void client_receives(struct client *client) {
    uint8_t data[CHUNK];
    size_t count;
    while ((count = w5100_sim_conn_recv(client->conn, data, sizeof data)) > 0) {
        if (client->kind == STRICT) {
            CHECK(stream_matches(data, count, client->number, client->got));
            client->got += (uint32_t)count;
            CHECK(client->got <= client->sent);
            strict_bytes += (uint32_t)count;
        } else {
            /* All of a connection was sent on one handle. */
            const uint32_t before = client->reader.whole;
            CHECK(records_read(&client->reader, data, count));
            wild_records += client->reader.whole - before;
        }
    }
}

/* A client now and then stops reading for a while, closes, breaks the connection or is done. */
static void client_goes_on(thread *self, struct client *client) {
    client->age++;
    if (roll(self, 3) > 0) {
        client_receives(client);
    }
    if (client->kind == STRICT ? client->sent < LONGEST : client->age < 20) {
        client_sends(self, client);
    } else if (client->kind == STRICT && client->got == client->sent) {
        w5100_sim_conn_close(client->conn);
    }
    const uint32_t fate = roll(self, 60);
    if (fate == 0) {
        w5100_sim_conn_abort(client->conn);
    } else if (fate < 3) {
        w5100_sim_conn_close(client->conn);
    }
    if (client->age > 100 || w5100_sim_conn_closed(client->conn)) {
        client_receives(client);
        client_end(client);
    }
}

/* The library's own connections. They need a place too, or are let go. */
static void accept_one(struct client *client) {
    w5100_sim_conn *conn = w5100_sim_peer_accept(scene_peer(), PEER_WILD_PORT);
    if (conn != NULL) {
        client_begin(client, WILD, conn);
    }
    w5100_sim_conn_free(w5100_sim_peer_accept(scene_peer(), PEER_ECHO_PORT));
}

/* Datagrams to the devices; and those that came are whole, each of one socket. */
static void exchange_datagrams(thread *self) {
    uint8_t data[1500];
    const int device = (int)roll(self, DEVICES);
    const w5100_sockaddr_in chip = scene_address((uint8_t)(DEVICE_IP + device), 0);
    records_fill(data, 40, 1);
    w5100_sim_peer_udp_send(scene_peer(), PEER_UDP_PORT + 1, chip.sin_addr, UDP_PORT, data,
                            roll(self, 41));
    if (roll(self, 8) == 0) {
        w5100_sim_peer_ping(scene_peer(), chip.sin_addr, data, 32);
    }
    while (w5100_sim_peer_ping_reply(scene_peer(), data, sizeof data) >= 0) {
        datagrams++;
    }
}

/* The host's power fails for a while. */
static void fall_silent(thread *self) {
    w5100_sim_peer_vanish(scene_peer(), true);
    thread_rests(roll(self, 300));
    w5100_sim_peer_vanish(scene_peer(), false);
}

void peer_job(thread *self) {
    CHECK_EQ(w5100_sim_peer_listen(scene_peer(), PEER_WILD_PORT), 0);
    CHECK_EQ(w5100_sim_peer_listen_service(scene_peer(), PEER_ECHO_PORT, W5100_SIM_SERVICE_ECHO),
             0);
    CHECK_EQ(w5100_sim_peer_udp_bind(scene_peer(), PEER_UDP_PORT, true), 0);
    while (threads_at_work()) {
        struct client *client = &clients[roll(self, CLIENTS)];
        if (client->kind != NONE) {
            client_goes_on(self, client);
        } else if (roll(self, 2) == 0) {
            connect_to(self, client);
        } else {
            accept_one(client);
        }
        exchange_datagrams(self);
        if (roll(self, 200) == 0) {
            fall_silent(self);
        }
        thread_rests(2 + roll(self, 5));
    }
    for (int i = 0; i < CLIENTS; i++) {
        if (clients[i].kind != NONE) {
            client_end(&clients[i]);
        }
    }
}

void peer_check(void) {
    check_note("bytes that strict clients got back", strict_bytes);
    check_note("records that wild clients read", wild_records);
    check_note("pings answered", datagrams);
}
