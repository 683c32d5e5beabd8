/* F8: who holds the hardware sockets. */
#include <string.h>

#include "table.h"

#define PORT 80

#define SLOT 31         /* the bits of a handle that say which slot it has */
#define ORPHAN_MS 10000 /* what a connection may take to end after close */

static const uint8_t peer_ip[4] = NETWORK(PEER_IP);

CASE(f8_each_hardware_socket_tells_whom_it_works_for) {
    int32_t fd;
    wire_start();
    for (uint32_t i = 0; i < 4; i++) {
        CHECK_EQ(table_hardware(i).role, W5100_ROLE_FREE);
        CHECK_EQ(table_hardware(i).handle, 0);
        CHECK_EQ(table_hardware(i).local_port, 0);
    }
    const int32_t listener = wire_listener(PORT, 2);
    CHECK_EQ(table_hardware(0).role, W5100_ROLE_ARMED);
    CHECK_EQ(table_hardware(0).handle, listener);
    CHECK_EQ(table_hardware(0).status, TABLE_LISTEN);
    CHECK_EQ(table_hardware(0).local_port, PORT);
    wire_client(PORT);
    CHECK_EQ(table_hardware(0).role, W5100_ROLE_PENDING);
    CHECK_EQ(table_hardware(0).handle, listener);
    CHECK_EQ(table_hardware(0).status, TABLE_ESTABLISHED);
    fd = CHECK_OK(w5100_accept(listener, NULL, NULL));
    CHECK_EQ(w5100_close(listener), 0);
    w5100_hardware held = table_hardware(0);
    CHECK_EQ(held.role, W5100_ROLE_CONNECTION);
    CHECK_EQ(held.handle, fd);
    CHECK_EQ(held.local_port, PORT);
    CHECK_EQ(table_known(fd).hardware, 0);
    const int32_t datagram = table_udp(53);
    held = table_hardware(table_known(datagram).hardware);
    CHECK_EQ(held.role, W5100_ROLE_DATAGRAM);
    CHECK_EQ(held.handle, datagram);
    CHECK_EQ(held.status, TABLE_UDP);
    CHECK_EQ(held.local_port, 53);
    CHECK_ERROR(w5100_hardware_get(0, 4, &held), EINVAL);
}

/* A closed connection whose peer is gone has no socket any more, and its hardware row tells how
   long it holds on. */
CASE(f8_an_orphan_is_visible_until_it_is_given_up) {
    wire_start();
    const int32_t fd = table_tcp();
    table_connect(fd);
    const uint16_t port = table_known(fd).local_port;
    w5100_sim_peer_vanish(wire_peer(), true);
    table_send(fd, 100);
    CHECK_EQ(w5100_close(fd), 0);
    const uint32_t closed = wire_now_ms();
    /* What takes the closed one's slot is another socket. */
    CHECK_EQ(table_tcp() & SLOT, fd & SLOT);
    for (int i = 0; i < 3; i++) {
        const w5100_hardware held = table_hardware(0);
        CHECK_EQ(held.role, W5100_ROLE_ORPHAN);
        CHECK_EQ(held.handle, 0);
        CHECK_EQ(held.status, TABLE_ESTABLISHED); /* its FIN waits for the data */
        CHECK_EQ(held.local_port, port);
        table_check_peer(held.remote_ip, held.remote_port, peer_ip, TABLE_PEER_PORT);
        CHECK_EQ(held.outstanding, 100);
        table_check_ms(held.timeout_ms, ORPHAN_MS - (wire_now_ms() - closed));
        wire_run(3000);
        CHECK_EQ(w5100_service(0), 0);
    }
    wire_run(ORPHAN_MS - 9000 + TABLE_SLACK_MS);
    CHECK_EQ(w5100_service(0), 0);
    CHECK_EQ(table_hardware(0).role, W5100_ROLE_FREE);
    CHECK_EQ(table_hardware(0).timeout_ms, 0);
}

/* Its datagram waits for an answer to ARP that never comes. */
CASE(f8_a_closed_datagram_socket_that_still_sends_is_leaving) {
    const w5100_sockaddr_in nobody = wire_address(NOBODY_IP, 1);
    wire_start();
    const int32_t fd = table_udp(53);
    CHECK_EQ(w5100_sendto(fd, "x", 1, 0, &nobody, sizeof nobody), 1);
    wire_run(10);
    CHECK_EQ(w5100_close(fd), 0);
    CHECK_EQ(table_udp(54) & SLOT, fd & SLOT);
    CHECK_EQ(table_hardware(0).role, W5100_ROLE_LEAVING);
    CHECK_EQ(table_hardware(0).handle, 0);
    CHECK_EQ(table_hardware(0).local_port, 53);
    wire_run(2500); /* 1.8 s: RTR x (RCR + 1) */
    CHECK_EQ(w5100_service(0), 0);
    CHECK_EQ(table_hardware(0).role, W5100_ROLE_FREE);
}

CASE(f8_hardware_without_memory_is_absent) {
    w5100_config config = wire_config(0);
    const uint8_t kib[4] = {4, 4, 0, 0};
    memcpy(config.rx_kib, kib, sizeof kib);
    memcpy(config.tx_kib, kib, sizeof kib);
    wire_start();
    CHECK_EQ(w5100_set_memory(0, kib, kib), 0);
    for (uint32_t i = 0; i < 4; i++) {
        CHECK_EQ(table_hardware(i).role, i < 2 ? W5100_ROLE_FREE : W5100_ROLE_ABSENT);
    }
}

CASE(f8_roles_have_names) {
    static const char *const names[8] = {"free",     "armed",  "pending", "connection",
                                         "datagram", "orphan", "leaving", "absent"};
    for (int role = 0; role < 256; role++) {
        CHECK(strcmp(w5100_role_name((uint8_t)role), role < 8 ? names[role] : "unknown") == 0);
    }
}

CASE(f8_wrong_arguments_are_refused) {
    w5100_info row;
    w5100_hardware held;
    wire_start();
    CHECK_ERROR(w5100_info_look(0, 10000, &row), EINVAL);
    CHECK_ERROR(w5100_info_look(-1, 0, &row), EINVAL);
    CHECK_ERROR(w5100_info_look(0, 0, NULL), EFAULT);
    CHECK_ERROR(w5100_hardware_get(-1, 0, &held), EINVAL);
    CHECK_ERROR(w5100_hardware_get(0, 0xFFFFFFFF, &held), EINVAL);
    CHECK_ERROR(w5100_hardware_get(0, 0, NULL), EFAULT);
}

static w5100_counters counters(void) {
    w5100_counters counters;
    CHECK_EQ(w5100_counters_get(0, &counters), 0);
    return counters;
}

CASE(f8_the_counts_are_those_of_the_scene) {
    const w5100_sockaddr_in nobody = wire_address(NOBODY_IP, 1);
    char data[5];
    int32_t fd;
    wire_start();
    CHECK_EQ(counters().resets, 1); /* the enable */
    CHECK_EQ(counters().timeouts, 0);
    w5100_sim_conn *conn = wire_session(wire_listener(PORT, 1), PORT, &fd);
    table_client_sends(conn, "hello");
    CHECK_EQ(w5100_recv(fd, data, sizeof data, W5100_MSG_PEEK), 5);
    CHECK_EQ(counters().bytes_in, 0); /* it is still there */
    CHECK_EQ(w5100_recv(fd, data, sizeof data, 0), 5);
    table_send(fd, 1000);
    const int32_t datagram = table_udp(53);
    CHECK_EQ(w5100_sendto(datagram, "x", 1, 0, &nobody, sizeof nobody), 1);
    CHECK_EQ(counters().bytes_in, 5);
    CHECK_EQ(counters().bytes_out, 1001);
    wire_run(2500); /* no answer to ARP */
    CHECK_EQ(w5100_service(0), 0);
    CHECK_EQ(counters().timeouts, 1);
    const int32_t failed = table_tcp();
    CHECK_ERROR(w5100_connect(failed, &nobody, sizeof nobody), EHOSTUNREACH);
    CHECK_EQ(counters().timeouts, 2);
    w5100_sim_peer_vanish(wire_peer(), true);
    table_send(fd, 1);
    wire_run(32000); /* no acknowledgment */
    CHECK_EQ(w5100_service(0), 0);
    CHECK_EQ(counters().timeouts, 3);
    CHECK_EQ(counters().frames, table_frames());
    CHECK_EQ(counters().echo_errors, 0);
    CHECK_EQ(counters().bus_errors, 0);
    CHECK_EQ(counters().commands_repeated, 0);
    w5100_sim_counters chip;
    CHECK_EQ(w5100_sim_counters_get(wire_chip(0), &chip), 0);
    CHECK_EQ(counters().commands, chip.commands);
    CHECK_EQ(counters().resets, 1);
}

/* Noise on the line: frames are counted that the chip did not echo, and commands given again; a
   chip that is gone, accesses that were given up. */
CASE(f8_the_counts_tell_of_a_bad_bus) {
    wire_start();
    const uint32_t commands = counters().commands;
    w5100_sim_fault_echo(wire_chip(0), 7, true);
    for (int i = 0; i < 50; i++) {
        CHECK_EQ(w5100_close(table_udp(0)), 0);
    }
    w5100_sim_fault_echo(wire_chip(0), 0, false);
    const w5100_counters noisy = counters();
    CHECK(noisy.echo_errors > 0);
    CHECK(noisy.commands_repeated > 0);
    CHECK(noisy.commands_repeated <= noisy.echo_errors);
    CHECK_EQ(noisy.commands - commands, 100); /* OPEN and CLOSE: an order counts once */
    CHECK_EQ(noisy.bus_errors, 0);
    w5100_sim_fault_absent(wire_chip(0), true, 0xFF);
    const w5100_sockaddr_in any = wire_address(0, 0);
    const int32_t fd = CHECK_OK(w5100_socket(W5100_AF_INET, W5100_SOCK_DGRAM, 0));
    CHECK_ERROR(w5100_bind(fd, &any, sizeof any), ENETDOWN);
    CHECK(counters().bus_errors > 0);
    CHECK(counters().echo_errors > noisy.echo_errors);
}
