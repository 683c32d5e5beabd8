/* DHCP: its calls by the names of C, errors and waits. */
#include <string.h>

#include "dhcp_server.h"
#include "port.h"
#include "worker.h"

static int32_t bind_udp(int32_t fd, uint16_t port) {
    const w5100_sockaddr_in local = wire_address(0, port);
    return w5100_bind(fd, &local, sizeof local);
}

static int32_t udp(uint16_t port) {
    const int32_t fd = CHECK_OK(w5100_socket(W5100_AF_INET, W5100_SOCK_DGRAM, 0));
    CHECK_EQ(bind_udp(fd, port), 0);
    return fd;
}

CASE(every_state_has_its_name) {
    static const char *const names[] = {"OFF",   "SELECTING", "REQUESTING", "REBOOTING",
                                        "BOUND", "RENEWING",  "REBINDING",  "DECLINING"};
    CHECK_EQ(W5100_DHCP_DECLINING + 1, sizeof names / sizeof names[0]);
    for (int state = 0; state <= 255; state++) {
        const char *expected = state <= W5100_DHCP_DECLINING ? names[state] : "UNKNOWN";
        CHECK(strcmp(w5100_dhcp_state_name((uint8_t)state), expected) == 0);
    }
}

CASE(f10_unknown_devices_are_refused) {
    static const int32_t unknown[] = {-1, 4, 1000, INT32_MIN, INT32_MAX};
    w5100_dhcp_status out;
    wire_start();
    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++) {
        CHECK_ERROR(w5100_dhcp_start(unknown[i], NULL), EINVAL);
        CHECK_ERROR(w5100_dhcp_stop(unknown[i]), EINVAL);
        CHECK_ERROR(w5100_dhcp_release(unknown[i]), EINVAL);
        CHECK_ERROR(w5100_dhcp_renew(unknown[i]), EINVAL);
        CHECK_ERROR(w5100_dhcp_get(unknown[i], &out), EINVAL);
        CHECK_ERROR(w5100_dhcp_wait(unknown[i], -1), EINVAL);
    }
}

CASE(f10_a_device_that_is_not_enabled_is_netdown) {
    const w5100_dhcp_config config = {.size = sizeof config, .host_name = "board"};
    CHECK_ERROR(w5100_dhcp_start(0, NULL), ENETDOWN);
    CHECK_ERROR(w5100_dhcp_start(0, &config), ENETDOWN);
    CHECK_ERROR(w5100_dhcp_stop(0), ENETDOWN);
    CHECK_ERROR(w5100_dhcp_release(0), ENETDOWN);
    CHECK_ERROR(w5100_dhcp_renew(0), ENETDOWN);
    CHECK_ERROR(w5100_dhcp_wait(0, -1), ENETDOWN);
    state_is(W5100_DHCP_OFF);
}

CASE(f10_nulls_and_sizes) {
    w5100_dhcp_config config = {.size = sizeof config - 1};
    wire_start();
    CHECK_ERROR(w5100_dhcp_get(0, NULL), EFAULT);
    CHECK_ERROR(w5100_dhcp_start(0, &config), EINVAL);
    config.size = 0;
    CHECK_ERROR(w5100_dhcp_start(0, &config), EINVAL);
    state_is(W5100_DHCP_OFF);
    CHECK_EQ(own_ip(), DEVICE_IP);
    config.size = sizeof config + 100; /* of a later version */
    CHECK_EQ(w5100_dhcp_start(0, &config), 0);
    CHECK_EQ(w5100_dhcp_stop(0), 0);
    CHECK_EQ(w5100_dhcp_start(0, NULL), 0);
}

CASE(f10_what_the_state_does_not_allow) {
    wire_start();
    CHECK_ERROR(w5100_dhcp_renew(0), EINVAL);
    CHECK_ERROR(w5100_dhcp_wait(0, -1), EINVAL);
    CHECK_EQ(w5100_dhcp_stop(0), 0);
    CHECK_EQ(w5100_dhcp_release(0), 0);
    CHECK_EQ(own_ip(), DEVICE_IP);
    CHECK_EQ(w5100_dhcp_start(0, NULL), 0);
    CHECK_ERROR(w5100_dhcp_start(0, NULL), EALREADY);
    CHECK_ERROR(w5100_dhcp_renew(0), EINVAL); /* no lease yet */
    CHECK_ERROR(w5100_dhcp_wait(0, 0), EAGAIN);
}

/* Whatever is lacking, nothing is changed by the attempt. */
CASE(f10_start_tells_what_is_lacking) {
    int32_t fds[4], all[256];
    int count = 0;
    wire_start();
    for (int i = 0; i < 4; i++) {
        fds[i] = udp((uint16_t)(100 + i));
    }
    CHECK_ERROR(w5100_dhcp_start(0, NULL), ENOBUFS);
    CHECK_EQ(w5100_close(fds[0]), 0);
    fds[0] = udp(CLIENT_PORT);
    CHECK_EQ(w5100_close(fds[1]), 0);
    CHECK_ERROR(w5100_dhcp_start(0, NULL), EADDRINUSE);
    CHECK_EQ(w5100_close(fds[0]), 0);
    while ((all[count] = w5100_socket(W5100_AF_INET, W5100_SOCK_STREAM, 0)) >= 0) {
        CHECK(++count < 256);
    }
    CHECK_EQ(all[count], -W5100_EMFILE);
    CHECK_ERROR(w5100_dhcp_start(0, NULL), EMFILE);
    state_is(W5100_DHCP_OFF);
    CHECK_EQ(own_ip(), DEVICE_IP);
    CHECK_EQ(wire_free_sockets(0), 2);
    CHECK_EQ(w5100_close(all[0]), 0);
    CHECK_EQ(w5100_dhcp_start(0, NULL), 0);
    CHECK_EQ(wire_free_sockets(0), 1);
}

CASE(f10_a_broken_bus_is_eio) {
    const w5100_config config = wire_config(0);
    w5100_port *port = port_that_breaks(wire_add_chip(0));
    CHECK_EQ(WIZnet_Enable(port, &config), 0);
    port_broken = true;
    CHECK_ERROR(w5100_dhcp_start(0, NULL), EIO);
    port_broken = false;
    state_is(W5100_DHCP_OFF);
    CHECK_EQ(wire_free_sockets(0), 4);
    CHECK_EQ(w5100_dhcp_start(0, NULL), 0);
    port_broken = true;
    CHECK_ERROR(w5100_dhcp_wait(0, 1000), EIO);
    port_broken = false;
    CHECK_ERROR(w5100_dhcp_wait(0, 1000), EAGAIN);
}

CASE(a_wait_ends_with_its_time) {
    wire_start();
    CHECK_EQ(w5100_dhcp_start(0, NULL), 0);
    const uint32_t begin = wire_now_ms();
    CHECK_ERROR(w5100_dhcp_wait(0, 2000), EAGAIN);
    CHECK(wire_now_ms() - begin >= 2000 && wire_now_ms() - begin <= 2100);
}

static int32_t wait_for_ever(void *argument) {
    (void)argument;
    return w5100_dhcp_wait(0, -1);
}

/* The wait ends as soon as `event` happens. */
static void ends_a_wait(int32_t (*event)(int32_t device), int32_t outcome) {
    worker waiter;
    wire_start();
    CHECK_EQ(w5100_dhcp_start(0, NULL), 0);
    worker_start(&waiter, wait_for_ever, NULL);
    wire_run(500);
    const uint32_t begin = wire_now_ms();
    CHECK_EQ(event(0), 0);
    CHECK_EQ(worker_join(&waiter), outcome);
    CHECK(wire_now_ms() - begin <= 20);
}

CASE(stop_ends_the_wait_of_another_thread) {
    ends_a_wait(w5100_dhcp_stop, -W5100_EINVAL);
}

CASE(release_ends_the_wait_of_another_thread) {
    ends_a_wait(w5100_dhcp_release, -W5100_EINVAL);
}

CASE(disable_ends_the_wait_of_another_thread) {
    ends_a_wait(WIZnet_Disable, -W5100_ENETDOWN);
}

CASE(a_lease_ends_the_wait_of_another_thread) {
    worker waiter;
    server_start();
    CHECK_EQ(w5100_dhcp_start(0, NULL), 0);
    worker_start(&waiter, wait_for_ever, NULL);
    pass(1000);
    CHECK_EQ(worker_join(&waiter), 0);
    CHECK_EQ(own_ip(), LEASED_IP);
}
