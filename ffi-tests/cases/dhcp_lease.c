/* DHCP: the address, the hardware socket that it takes, and how both are given back. */
#include <string.h>

#include "dhcp_server.h"
#include "port.h"

static const uint8_t nowhere[4] = {0};
static const uint8_t peer_ip[4] = NETWORK(PEER_IP);

CASE(an_address_is_got_and_all_that_comes_with_it) {
    static const uint8_t leased[4] = NETWORK(LEASED_IP), gateway[4] = NETWORK(1);
    static const uint8_t mask[4] = {255, 255, 255, 0}, ntp[4] = NETWORK(5);
    static const uint8_t names[8] = {192, 168, 1, 3, 192, 168, 1, 4};
    w5100_config config = {.size = sizeof config};
    server_start();
    CHECK_EQ(w5100_dhcp_start(0, NULL), 0);
    state_is(W5100_DHCP_SELECTING);
    CHECK_EQ(own_ip(), 0);
    pass(1000);
    HEARD(DISCOVER, REQUEST);
    CHECK_EQ(w5100_dhcp_wait(0, -1), 0);
    CHECK_EQ(w5100_get_config(0, &config), 0);
    CHECK(memcmp(config.ip, leased, 4) == 0);
    CHECK(memcmp(config.mask, mask, 4) == 0);
    CHECK(memcmp(config.gateway, gateway, 4) == 0);
    CHECK(memcmp(config.dns, names, 4) == 0);
    const w5100_dhcp_status now = status();
    CHECK_EQ(now.state, W5100_DHCP_BOUND);
    CHECK_EQ(now.reserved, 0);
    CHECK(memcmp(now.address, leased, 4) == 0);
    CHECK(memcmp(now.mask, mask, 4) == 0);
    CHECK(memcmp(now.gateway, gateway, 4) == 0);
    CHECK(memcmp(now.dns, names, 8) == 0);
    CHECK(memcmp(now.ntp, ntp, 4) == 0);
    CHECK(memcmp(now.server, peer_ip, 4) == 0);
    CHECK_EQ(now.seconds, SECONDS);
    CHECK(now.seconds_left <= SECONDS && now.seconds_left >= SECONDS - 2);
    CHECK_EQ(now.t1, T1);
    CHECK_EQ(now.t2, T2);
    CHECK_EQ(now.domain_length, 11);
    CHECK(strcmp(now.domain, "lan.example") == 0);
    CHECK_EQ(wire_violations(), 0);
}

CASE(its_name_and_the_address_it_had_are_told) {
    const char name[] = "a-name-of-more-than-thirty-two-bytes";
    const uint8_t had[4] = NETWORK(LEASED_IP);
    const w5100_dhcp_config config = {
        .size = sizeof config, .host_name = name, .remembered = NETWORK(LEASED_IP)};
    uint8_t length = 0;
    server_start();
    server.silent = true;
    CHECK_EQ(w5100_dhcp_start(0, &config), 0);
    state_is(W5100_DHCP_REBOOTING);
    while (server.count == 0) {
        pass(10);
    }
    const uint8_t *text = server_option(12, &length);
    CHECK(text != NULL && length == 32 && memcmp(text, name, 32) == 0);
    const uint8_t *wanted = server_option(50, &length);
    CHECK(wanted != NULL && length == 4 && memcmp(wanted, had, 4) == 0);
    CHECK(server_option(54, &length) == NULL); /* RFC 2131, 4.3.2: not in INIT-REBOOT */
    server.silent = false;
    HEARD(REQUEST);
    pass(6000); /* until it is asked again */
    HEARD(REQUEST);
    state_is(W5100_DHCP_BOUND);
    CHECK_EQ(own_ip(), LEASED_IP);
}

CASE(every_state_is_told) {
    server_start();
    server.silent = true;
    CHECK_EQ(w5100_dhcp_start(0, NULL), 0);
    pass(200);
    state_is(W5100_DHCP_SELECTING);
    server.silent = false;
    server.offers_only = true;
    pass(10000);
    state_is(W5100_DHCP_REQUESTING);
    server.offers_only = false;
    pass(20000);
    state_is(W5100_DHCP_BOUND);
    CHECK_EQ(w5100_dhcp_renew(0), 0);
    CHECK_ERROR(w5100_dhcp_renew(0), EINVAL); /* it is being renewed */
    state_is(W5100_DHCP_RENEWING);
    server.count = 0;
    pass(100);
    HEARD(REQUEST);
    state_is(W5100_DHCP_BOUND);
    server.silent = true;
    pass_in((T1 + 1) * 1000, 100);
    state_is(W5100_DHCP_RENEWING);
    CHECK_EQ(w5100_dhcp_wait(0, 0), 0); /* there is a lease still */
    pass_in((T2 - T1) * 1000, 100);
    state_is(W5100_DHCP_REBINDING);
    CHECK_EQ(own_ip(), LEASED_IP);
    pass_in((SECONDS - T2) * 1000, 100);
    state_is(W5100_DHCP_SELECTING);
    CHECK_EQ(own_ip(), 0);
}

CASE(a_refusal_takes_the_address_away) {
    start_bound(LEASED_IP, 0);
    server.refuses = true;
    CHECK_EQ(w5100_dhcp_renew(0), 0);
    pass(500);
    HEARD(REQUEST);
    state_is(W5100_DHCP_SELECTING);
    CHECK_EQ(own_ip(), 0);
    CHECK_ERROR(w5100_dhcp_wait(0, 0), EAGAIN);
}

CASE(g3_stop_keeps_the_address_and_gives_the_socket_back) {
    start_bound(LEASED_IP, 0);
    CHECK_EQ(wire_free_sockets(0), 3);
    CHECK_EQ(w5100_dhcp_stop(0), 0);
    pass(1000);
    CHECK_EQ(server.count, 0);
    state_is(W5100_DHCP_OFF);
    CHECK_EQ(own_ip(), LEASED_IP);
    CHECK_EQ(wire_free_sockets(0), 4);
    CHECK_EQ(w5100_dhcp_stop(0), 0);
}

CASE(g3_release_gives_the_address_and_the_socket_back) {
    char data[4];
    int32_t fd;
    start_bound(DEVICE_IP, 0);
    w5100_sim_conn *conn = wire_session(wire_listener(80, 1), 80, &fd);
    CHECK_EQ(w5100_dhcp_release(0), 0);
    pass(1000);
    HEARD(RELEASE);
    state_is(W5100_DHCP_OFF);
    CHECK_EQ(own_ip(), 0);
    CHECK_ERROR(w5100_recv(fd, data, sizeof data, 0), ECONNABORTED);
    CHECK_EQ(w5100_close(fd), 0);
    w5100_sim_conn_free(conn);
    pass(1000);
    CHECK(wire_free_sockets(0) >= 3); /* the listener has the fourth */
}

/* What comes on the heels of a release does not undo it. */
static void release_then(int32_t (*call)(int32_t device)) {
    start_bound(LEASED_IP, 0);
    CHECK_EQ(w5100_dhcp_release(0), 0);
    CHECK_EQ(call(0), 0);
    pass(1000);
    HEARD(RELEASE);
    state_is(W5100_DHCP_OFF);
    CHECK_EQ(own_ip(), 0);
    CHECK_EQ(wire_free_sockets(0), 4);
}

CASE(a_second_release_changes_nothing) {
    release_then(w5100_dhcp_release);
}

CASE(a_stop_after_release_changes_nothing) {
    release_then(w5100_dhcp_stop);
}

CASE(g3_release_ends_without_its_server_too) {
    start_bound(LEASED_IP, 0);
    w5100_sim_peer_vanish(wire_peer(), true);
    CHECK_EQ(w5100_dhcp_release(0), 0);
    pass(5000); /* ARP gives up long before */
    state_is(W5100_DHCP_OFF);
    CHECK_EQ(own_ip(), 0);
    CHECK_EQ(wire_free_sockets(0), 4);
}

CASE(g3_of_four_sessions_dhcp_leaves_three) {
    static const uint8_t ip[4] = NETWORK(DEVICE_IP);
    int32_t fds[4];
    start_bound(DEVICE_IP, 0);
    const int32_t listener = wire_listener(80, 4);
    for (int i = 0; i < 3; i++) {
        wire_session(listener, 80, &fds[i]);
    }
    CHECK_EQ(wire_free_sockets(0), 0);
    w5100_sim_conn *fourth = w5100_sim_peer_connect(wire_peer(), ip, 80);
    pass(500);
    CHECK(!w5100_sim_conn_established(fourth));
    w5100_sim_conn_free(fourth);
    CHECK_EQ(w5100_dhcp_stop(0), 0);
    wire_session(listener, 80, &fds[3]);
    CHECK_EQ(wire_violations(), 0);
}

CASE(g3_a_policy_that_borrows_leaves_four) {
    int32_t fds[4];
    start_bound(DEVICE_IP, W5100_DHCP_BORROW);
    CHECK_EQ(wire_free_sockets(0), 4);
    const int32_t listener = wire_listener(80, 4);
    pass_in((T1 + 1) * 1000, 100); /* the listener lends one */
    HEARD(REQUEST);
    state_is(W5100_DHCP_BOUND);
    for (int i = 0; i < 4; i++) {
        wire_session(listener, 80, &fds[i]);
    }
    /* With four sessions none can be lent, and none is disturbed: the renewal waits for one. */
    pass_in((T1 + 1) * 1000, 100);
    CHECK_EQ(server.count, 0);
    state_is(W5100_DHCP_RENEWING);
    CHECK_EQ(w5100_close(fds[0]), 0);
    pass_in(11000, 100);
    CHECK(server.count > 0 && server.heard[0] == REQUEST);
    state_is(W5100_DHCP_BOUND);
    for (int i = 1; i < 4; i++) {
        CHECK_EQ(w5100_is_connected(fds[i]), 1);
    }
}

CASE(an_address_that_another_host_has_is_declined) {
    static const uint8_t mac[6] = {2, 0, 0, 0, 0, 99}, ip[4] = NETWORK(LEASED_IP);
    static const uint8_t mask[4] = {255, 255, 255, 0}, text[1] = {'x'};
    start_bound(LEASED_IP, 0);
    w5100_sim_peer *thief = w5100_sim_peer_new(wire_world(), mac, ip, mask, nowhere);
    CHECK(thief != NULL);
    /* Its ARP tells the chip. */
    CHECK_EQ(w5100_sim_peer_udp_send(thief, 9, peer_ip, 9, text, 1), 0);
    pass(1000);
    HEARD(DECLINE);
    CHECK_EQ(own_ip(), 0);
    CHECK_ERROR(w5100_dhcp_wait(0, 0), EAGAIN);
    pass(8000);
    CHECK_EQ(server.count, 0); /* ten seconds of rest (RFC 2131, 3.1) */
    server.leased = LEASED_IP + 1;
    pass(14000);
    HEARD(DISCOVER, REQUEST);
    CHECK_EQ(own_ip(), LEASED_IP + 1);
}

CASE(disable_ends_it) {
    const w5100_config config = wire_config(0);
    start_bound(LEASED_IP, 0);
    CHECK_EQ(WIZnet_Disable(0), 0);
    state_is(W5100_DHCP_OFF);
    CHECK_EQ(WIZnet_Enable(port_of(wire_chip(0)), &config), 0);
    state_is(W5100_DHCP_OFF);
    CHECK_EQ(own_ip(), DEVICE_IP);
    CHECK_EQ(wire_free_sockets(0), 4);
    pass_in((T1 + 1) * 1000, 100);
    CHECK_EQ(server.count, 0);
    CHECK_EQ(w5100_dhcp_start(0, NULL), 0);
    pass(1000);
    CHECK_EQ(own_ip(), LEASED_IP);
}
