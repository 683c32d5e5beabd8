/* The simulator from C: two peers, a chip, the clock, and what NULL does. */
#include "w5100_sim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                        \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)

static const uint8_t mask[4] = {255, 255, 255, 0};
static const uint8_t none[4] = {0, 0, 0, 0};
static const uint8_t alice_ip[4] = {10, 0, 0, 1};
static const uint8_t bob_ip[4] = {10, 0, 0, 2};

static void read_register(w5100_sim_chip *chip, uint16_t address, uint8_t expected) {
    uint8_t frame[4] = {0x0F, (uint8_t)(address >> 8), (uint8_t)address, 0};
    CHECK(w5100_sim_transfer(chip, frame, 1) == 0);
    CHECK(frame[0] == 0 && frame[1] == 1 && frame[2] == 2);
    CHECK(frame[3] == expected);
}

static void chip_answers(w5100_sim_world *world) {
    w5100_sim_chip *chip = w5100_sim_chip_new(world);
    w5100_sim_counters counters;
    CHECK(chip != NULL);
    const uint64_t before = w5100_sim_now_us(world);
    read_register(chip, 0x0017, 0x07); /* RTR after reset: 2000 */
    read_register(chip, 0x0018, 0xD0);
    read_register(chip, 0x0019, 0x08);            /* RCR */
    CHECK(w5100_sim_now_us(world) - before == 6); /* 3 frames of 2.29 us */
    CHECK(w5100_sim_peek(chip, 0x001A) == 0x55);  /* RMSR */
    CHECK(w5100_sim_counters_get(chip, &counters) == 0);
    CHECK(counters.frames == 3 && counters.reads == 3 && counters.violations == 0);
    CHECK(!w5100_sim_interrupt(chip));

    uint8_t frame[4] = {0x0F, 0x00, 0x17, 0};
    w5100_sim_fault_absent(chip, true, 0xFF);
    CHECK(w5100_sim_transfer(chip, frame, 1) == 0);
    CHECK(frame[0] == 0xFF && frame[3] == 0xFF);
    w5100_sim_fault_absent(chip, false, 0);
    read_register(chip, 0x0017, 0x07);

    const uint64_t token = w5100_sim_events(chip);
    w5100_sim_notify(chip);
    CHECK(w5100_sim_events(chip) != token);
    const uint32_t now = w5100_sim_now_ms(chip);
    w5100_sim_wait(chip, token, 1000); /* something has happened: no wait */
    CHECK(w5100_sim_now_ms(chip) - now <= 1);
    w5100_sim_wait(chip, w5100_sim_events(chip), 1000);
    CHECK(w5100_sim_now_ms(chip) - now >= 1000);

    w5100_sim_options options;
    CHECK(w5100_sim_options_default(&options) == 0);
    CHECK(options.size == sizeof options && options.latched_registers);
    CHECK(w5100_sim_chip_new_with(world, &options) != NULL);
    options.refuse = 99;
    CHECK(w5100_sim_chip_new_with(world, &options) == NULL);
}

static uint32_t violations(const w5100_sim_chip *chip) {
    w5100_sim_counters counters;
    CHECK(w5100_sim_counters_get(chip, &counters) == 0);
    return counters.violations;
}

/* A frame byte by byte; then two that get into each other, as of masters without a lock. */
static void frames_by_hand(w5100_sim_world *world) {
    static const uint8_t frame[4] = {0x0F, 0x00, 0x17, 0}; /* RTR */
    static const uint8_t answer[4] = {0, 1, 2, 0x07};
    w5100_sim_chip *chip = w5100_sim_chip_new(world);
    w5100_sim_select(chip, true);
    for (int i = 0; i < 4; i++) {
        CHECK(w5100_sim_clock_byte(chip, frame[i]) == answer[i]);
    }
    w5100_sim_select(chip, false);
    CHECK(violations(chip) == 0);
    w5100_sim_select(chip, true);
    w5100_sim_clock_byte(chip, frame[0]);
    w5100_sim_select(chip, true); /* the second master: low already */
    w5100_sim_clock_byte(chip, frame[0]);
    w5100_sim_select(chip, false);
    CHECK(violations(chip) == 1);
    CHECK(w5100_sim_clock_byte(chip, frame[1]) == 0);
    CHECK(violations(chip) == 1);
}

static void peers_talk(w5100_sim_world *world) {
    static const uint8_t alice_mac[6] = {2, 0, 0, 0, 0, 1};
    static const uint8_t bob_mac[6] = {2, 0, 0, 0, 0, 2};
    w5100_sim_peer *alice = w5100_sim_peer_new(world, alice_mac, alice_ip, mask, none);
    w5100_sim_peer *bob = w5100_sim_peer_new(world, bob_mac, bob_ip, mask, none);
    char text[16];
    uint8_t from[4];
    uint16_t from_port;

    CHECK(w5100_sim_peer_listen(bob, 80) == 0);
    w5100_sim_conn *client = w5100_sim_peer_connect(alice, bob_ip, 80);
    CHECK(!w5100_sim_conn_established(client));
    w5100_sim_run_for(world, 10);
    CHECK(strcmp(w5100_sim_conn_state(client), "ESTABLISHED") == 0);
    w5100_sim_conn *server = w5100_sim_peer_accept(bob, 80);
    CHECK(server != NULL);
    CHECK(w5100_sim_conn_send(client, (const uint8_t *)"hello", 5) == 5);
    w5100_sim_run_for(world, 10);
    CHECK(w5100_sim_conn_available(server) == 5);
    CHECK(w5100_sim_conn_recv(server, (uint8_t *)text, sizeof text) == 5);
    CHECK(memcmp(text, "hello", 5) == 0);
    w5100_sim_conn_abort(server);
    w5100_sim_run_for(world, 10);
    CHECK(w5100_sim_conn_was_reset(client) && w5100_sim_conn_closed(client));
    w5100_sim_conn_free(client);
    w5100_sim_conn_free(server);

    CHECK(w5100_sim_peer_udp_bind(bob, 7, true) == 0);
    CHECK(w5100_sim_peer_udp_send(alice, 5000, bob_ip, 7, (const uint8_t *)"echo", 4) == 0);
    CHECK(w5100_sim_peer_ping(alice, bob_ip, (const uint8_t *)"ping", 4) == 0);
    w5100_sim_run_for(world, 10);
    CHECK(w5100_sim_peer_udp_recv(alice, 5000, (uint8_t *)text, 2, from, &from_port) == 4);
    CHECK(memcmp(from, bob_ip, 4) == 0 && from_port == 7 && memcmp(text, "ec", 2) == 0);
    CHECK(w5100_sim_peer_ping_reply(alice, (uint8_t *)text, sizeof text) == 4);
    CHECK(w5100_sim_peer_ping_reply(alice, (uint8_t *)text, sizeof text) == W5100_SIM_ERROR);
}

static void null_is_an_error(w5100_sim_world *world) {
    uint8_t bytes[4] = {0};
    w5100_sim_chip *chip = w5100_sim_chip_new(world);
    CHECK(w5100_sim_forward(NULL) == NULL);
    CHECK(w5100_sim_chip_new(NULL) == NULL);
    CHECK(w5100_sim_chip_new_with(world, NULL) == NULL);
    CHECK(w5100_sim_transfer(NULL, bytes, 1) == W5100_SIM_ERROR);
    CHECK(w5100_sim_transfer(chip, NULL, 1) == W5100_SIM_ERROR);
    CHECK(w5100_sim_transfer(chip, NULL, 0) == 0);
    CHECK(w5100_sim_transfer(chip, bytes, SIZE_MAX) == W5100_SIM_ERROR);
    CHECK(w5100_sim_counters_get(chip, NULL) == W5100_SIM_ERROR);
    CHECK(w5100_sim_link_set(world, NULL) == W5100_SIM_ERROR);
    CHECK(w5100_sim_capture(world, NULL) == W5100_SIM_ERROR);
    CHECK(w5100_sim_forward_port(world, 0, bob_ip, 80) == W5100_SIM_ERROR); /* not this world */
    CHECK(w5100_sim_peer_new(world, NULL, bob_ip, mask, none) == NULL);
    CHECK(w5100_sim_peer_connect(NULL, bob_ip, 80) == NULL);
    CHECK(w5100_sim_conn_send(NULL, bytes, 4) == 0);
    CHECK(w5100_sim_conn_closed(NULL));
    CHECK(w5100_sim_clock_byte(NULL, 0) == 0);
    w5100_sim_select(NULL, true);
    w5100_sim_wait(NULL, 0, 1000);
    w5100_sim_notify(NULL);
    w5100_sim_reset(NULL, true);
    w5100_sim_run_for(NULL, 1);
    w5100_sim_conn_free(NULL);
    w5100_sim_free(NULL);
}

static void forward_takes_a_port(void) {
    w5100_sim_world *world = w5100_sim_forward(alice_ip);
    CHECK(world != NULL);
    const int32_t port = w5100_sim_forward_port(world, 0, bob_ip, 80);
    CHECK(port > 0 && port <= 65535);
    CHECK(w5100_sim_forward_port(world, (uint16_t)port, bob_ip, 80) == W5100_SIM_ERROR);
    w5100_sim_free(world);
}

static void the_link_takes_every_setting(w5100_sim_world *world) {
    const w5100_sim_link set = {.latency_us = 1,
                                .loss_permille = 2,
                                .duplicate_permille = 3,
                                .reorder_permille = 4,
                                .reorder_delay_us = 5,
                                .jitter_us = 6,
                                .corrupt_permille = 7};
    w5100_sim_link before, got;
    CHECK(w5100_sim_link_get(world, &before) == 0);
    CHECK(w5100_sim_link_set(world, &set) == 0);
    CHECK(w5100_sim_link_get(world, &got) == 0);
    CHECK(got.latency_us == 1 && got.loss_permille == 2 && got.duplicate_permille == 3);
    CHECK(got.reorder_permille == 4 && got.reorder_delay_us == 5 && got.jitter_us == 6);
    CHECK(got.corrupt_permille == 7 && !got.partitioned);
    w5100_sim_link_seed(world, 1);
    w5100_sim_link_seed(NULL, 1);
    CHECK(w5100_sim_link_set(world, &before) == 0);
}

/* With or without the privileges: it works, or it says why it does not. */
static void tap_is_made_or_explained(void) {
    char reason[200] = "?";
    const bool own = w5100_sim_own_network() == 0;
    CHECK((w5100_sim_reason(NULL, 0) == 0) == own);
    CHECK(w5100_sim_tap(NULL, alice_ip, 24) == NULL);
    CHECK(w5100_sim_tap("", alice_ip, 24) == NULL);
    CHECK(w5100_sim_reason(reason, sizeof reason) == strlen(reason) && reason[0] != '\0');
    CHECK(w5100_sim_reason(reason, 5) > 5 && strlen(reason) == 4);
    if (own) {
        w5100_sim_world *world = w5100_sim_tap("chips", alice_ip, 24);
        CHECK(world != NULL && w5100_sim_reason(reason, sizeof reason) == 0);
        CHECK(reason[0] == '\0' && w5100_sim_chip_new(world) != NULL);
        CHECK(w5100_sim_forward_port(world, 0, bob_ip, 80) == W5100_SIM_ERROR);
        w5100_sim_free(world);
    }
}

int main(int argc, char **argv) {
    CHECK(argc == 2);
    w5100_sim_world *world = w5100_sim_wire(1);
    CHECK(world != NULL);
    CHECK(w5100_sim_capture(world, argv[1]) == 0);
    chip_answers(world);
    frames_by_hand(world);
    const uint64_t quiet = w5100_sim_trace_hash(world);
    peers_talk(world);
    CHECK(w5100_sim_trace_hash(world) != quiet);
    null_is_an_error(world);
    the_link_takes_every_setting(world);
    CHECK(w5100_sim_capture_stop(world) == 0);
    w5100_sim_free(world);
    forward_takes_a_port();
    tap_is_made_or_explained();
    return 0;
}
