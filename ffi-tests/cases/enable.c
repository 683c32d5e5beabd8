/* Bringing the chip up, and what can be asked of it. */
#include <stdio.h>
#include <string.h>

#include "port.h"
#include "wire.h"

/* WIZnet_Enable on a faulty chip ends with ENETDOWN within 200 ms of the bus' time. */
static void enable_is_netdown(w5100_sim_chip *chip) {
    const w5100_port *port = port_of(chip);
    const w5100_config config = wire_config(0);
    const uint32_t begin = w5100_sim_now_ms(chip);
    CHECK_ERROR(WIZnet_Enable(port, &config), ENETDOWN);
    CHECK(w5100_sim_now_ms(chip) - begin <= 200);
}

CASE(g6_an_absent_chip_low_is_an_error_within_200_ms) {
    w5100_sim_chip *chip = wire_add_chip(0);
    w5100_sim_fault_absent(chip, true, 0x00);
    enable_is_netdown(chip);
}

CASE(g6_an_absent_chip_high_is_an_error_within_200_ms) {
    w5100_sim_chip *chip = wire_add_chip(0);
    w5100_sim_fault_absent(chip, true, 0xFF);
    enable_is_netdown(chip);
}

CASE(g6_enable_works_once_the_chip_is_there) {
    w5100_sim_chip *chip = wire_add_chip(0);
    const w5100_config config = wire_config(0);
    w5100_sim_fault_absent(chip, true, 0xFF);
    enable_is_netdown(chip);
    w5100_sim_fault_absent(chip, false, 0);
    const w5100_port *port = port_of(chip);
    CHECK_EQ(WIZnet_Enable(port, &config), 0);
}

static int32_t broken_transfer(void *context, uint8_t *frames, size_t count) {
    (void)context;
    (void)frames;
    (void)count;
    return -1;
}

CASE(g6_a_failing_bus_is_an_error) {
    w5100_sim_chip *chip = wire_add_chip(0);
    const w5100_config config = wire_config(0);
    w5100_port *port = port_of(chip);
    port->transfer = broken_transfer;
    CHECK_ERROR(WIZnet_Enable(port, &config), EIO);
}

CASE(g6_a_chip_that_dies_later_ends_calls_with_an_error) {
    char byte;
    int32_t fd;
    wire_start();
    const int32_t listener = wire_listener(80, 1);
    wire_session(listener, 80, &fd);
    w5100_sim_fault_absent(wire_chip(0), true, 0xFF);
    const uint32_t begin = wire_now_ms();
    CHECK_ERROR(w5100_send(fd, "x", 1, 0), ENETDOWN);
    CHECK_ERROR(w5100_recv(fd, &byte, 1, 0), ENETDOWN);
    CHECK(wire_now_ms() - begin <= 400);
}

/* A chip whose Sn_CR never clears: each command is waited for within a bound. */
CASE(g6_a_chip_that_takes_no_command_ends_calls_with_an_error) {
    const w5100_sockaddr_in server = wire_address(PEER_IP, 7000);
    wire_start();
    const int32_t fd = CHECK_OK(w5100_socket(W5100_AF_INET, W5100_SOCK_STREAM, 0));
    w5100_sim_fault_hung(wire_chip(0), true);
    const uint32_t begin = wire_now_ms();
    CHECK_ERROR(w5100_connect(fd, &server, sizeof server), ENETDOWN);
    CHECK(wire_now_ms() - begin <= 400);
    w5100_close(fd); /* whatever it says of the chip */
    CHECK_ERROR(w5100_close(fd), EBADF);
}

/* The echo 00 01 02 of every frame is checked: a garbled one is counted, and done again. */
CASE(bus_noise_is_counted_and_made_good) {
    w5100_counters counters;
    wire_start();
    w5100_sim_fault_echo(wire_chip(0), 50, false);
    wire_still_works(80);
    CHECK_EQ(w5100_counters_get(0, &counters), 0);
    CHECK(counters.echo_errors > 0);
}

CASE(the_library_and_the_chip_count_the_same_frames) {
    w5100_counters library;
    w5100_sim_counters chip;
    wire_start();
    wire_still_works(80);
    CHECK_EQ(w5100_counters_get(0, &library), 0);
    CHECK_EQ(w5100_sim_counters_get(wire_chip(0), &chip), 0);
    CHECK_EQ(library.frames, chip.frames);
    CHECK_EQ(library.commands, chip.commands);
    CHECK_EQ(library.echo_errors, 0);
    CHECK_EQ(chip.violations, 0);
    CHECK_EQ(chip.misuses, 0);
}

/* The datasheet's addresses: GAR 0001, SUBR 0005, SHAR 0009, SIPR 000F. */
static void chip_holds(uint16_t address, const uint8_t *expected, size_t length) {
    for (size_t i = 0; i < length; i++) {
        CHECK_EQ(w5100_sim_peek(wire_chip(0), (uint16_t)(address + i)), expected[i]);
    }
}

CASE(g6_the_configuration_is_set_and_read_back) {
    w5100_config set = wire_config(0);
    w5100_config read = {.size = sizeof read};
    const w5100_port *port = port_of(wire_add_chip(0));
    memcpy(set.dns, (uint8_t[])NETWORK(53), 4);
    CHECK_EQ(WIZnet_Enable(port, &set), 0);
    chip_holds(0x0001, set.gateway, 4);
    chip_holds(0x0005, set.mask, 4);
    chip_holds(0x0009, set.mac, 6);
    chip_holds(0x000F, set.ip, 4);

    CHECK_EQ(w5100_get_config(0, &read), 0);
    CHECK(memcmp(read.mac, set.mac, 6) == 0);
    CHECK(memcmp(read.ip, set.ip, 4) == 0);
    CHECK(memcmp(read.mask, set.mask, 4) == 0);
    CHECK(memcmp(read.gateway, set.gateway, 4) == 0);
    CHECK(memcmp(read.dns, set.dns, 4) == 0);
}

CASE(g6_the_address_changes_at_run_time) {
    w5100_config set = wire_config(0);
    w5100_config read = {.size = sizeof read};
    wire_start();
    set.ip[3] = 99;
    set.dns[0] = 8;
    CHECK_EQ(w5100_set_config(0, &set), 0);
    chip_holds(0x000F, set.ip, 4);
    CHECK_EQ(w5100_get_config(0, &read), 0);
    CHECK_EQ(read.ip[3], 99);
    CHECK_EQ(read.dns[0], 8);
}

CASE(g4_static_addresses_hold_no_hardware_socket) {
    w5100_config config = wire_config(0);
    const w5100_port *port = port_of(wire_add_chip(0));
    memcpy(config.dns, (uint8_t[])NETWORK(53), 4);
    CHECK_EQ(WIZnet_Enable(port, &config), 0);
    CHECK_EQ(wire_free_sockets(0), 4);
}

CASE(disable_ends_every_handle) {
    w5100_sim_chip *chip = wire_add_chip(0);
    const w5100_port *port = port_of(chip);
    const w5100_config config = wire_config(0);
    CHECK_EQ(WIZnet_Enable(port, &config), 0);
    const int32_t old = CHECK_OK(w5100_socket(W5100_AF_INET, W5100_SOCK_STREAM, 0));
    CHECK_EQ(WIZnet_Disable(0), 0);
    CHECK_ERROR(w5100_close(old), EBADF);
    CHECK(w5100_socket(W5100_AF_INET, W5100_SOCK_STREAM, 0) < 0);

    CHECK_EQ(WIZnet_Enable(port, &config), 0);
    const int32_t new = CHECK_OK(w5100_socket(W5100_AF_INET, W5100_SOCK_STREAM, 0));
    CHECK(new != old);
    CHECK_ERROR(w5100_close(old), EBADF);
}

CASE(the_version_is_the_packages) {
    const uint32_t number = w5100_version_number();
    char text[32];
    CHECK(strcmp(w5100_version(), PACKAGE_VERSION) == 0);
    snprintf(text, sizeof text, "%u.%u.%u", number >> 16, number >> 8 & 0xFF, number & 0xFF);
    CHECK(strcmp(text, PACKAGE_VERSION) == 0);
}

CASE(errors_and_states_have_names) {
    CHECK(strcmp(w5100_error_name(W5100_EBADF), "EBADF") == 0);
    CHECK(strcmp(w5100_error_name(-W5100_EBADF), "EBADF") == 0);
    CHECK(strlen(w5100_strerror(W5100_ECONNRESET)) > 0);
    CHECK(strcmp(w5100_strerror(W5100_ECONNRESET), w5100_strerror(-W5100_ECONNRESET)) == 0);
    CHECK(strlen(w5100_strerror(12345)) > 0);
    CHECK(strlen(w5100_strerror(INT32_MIN)) > 0);
    CHECK(strlen(w5100_error_name(INT32_MIN)) > 0);
    CHECK(strcmp(w5100_state_name(0x17), "ESTABLISHED") == 0);
    CHECK(strcmp(w5100_state_name(0x14), "LISTEN") == 0);
    CHECK(strlen(w5100_state_name(0x99)) > 0);
}
