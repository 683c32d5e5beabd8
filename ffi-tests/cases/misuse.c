/* NULLs, wrong lengths and wrong numbers: an error each time, and the library goes on. */
#include <stdio.h>
#include <string.h>

#include "port.h"
#include "wire.h"

#define PORT 80

static int32_t tcp(void) {
    return CHECK_OK(w5100_socket(W5100_AF_INET, W5100_SOCK_STREAM, 0));
}

static int32_t udp(void) {
    return CHECK_OK(w5100_socket(W5100_AF_INET, W5100_SOCK_DGRAM, 0));
}

static int32_t session(void) {
    int32_t fd;
    wire_session(wire_listener(PORT, 2), PORT, &fd);
    return fd;
}

CASE(enable_refuses_an_incomplete_port) {
    const w5100_port *good = port_of(wire_add_chip(0));
    const w5100_config config = wire_config(0);
    w5100_port port = *good;
    CHECK_ERROR(WIZnet_Enable(NULL, &config), EFAULT);
    CHECK_ERROR(WIZnet_Enable(good, NULL), EFAULT);
    port.size = 0;
    CHECK_ERROR(WIZnet_Enable(&port, &config), EINVAL);
    port = *good;
    port.transfer = NULL;
    CHECK_ERROR(WIZnet_Enable(&port, &config), EFAULT);
    port = *good;
    port.now_ms = NULL;
    CHECK_ERROR(WIZnet_Enable(&port, &config), EFAULT);
    port = *good;
    port.unlock = NULL;
    CHECK_ERROR(WIZnet_Enable(&port, &config), EFAULT);
    CHECK_EQ(WIZnet_Enable(good, &config), 0);
}

CASE(enable_refuses_a_memory_split_that_does_not_fit) {
    const w5100_port *port = port_of(wire_add_chip(0));
    w5100_config config = wire_config(0);
    memcpy(config.rx_kib, (uint8_t[]){4, 4, 1, 0}, 4);
    CHECK_ERROR(WIZnet_Enable(port, &config), EINVAL);
    memcpy(config.rx_kib, (uint8_t[]){3, 1, 1, 1}, 4);
    CHECK_ERROR(WIZnet_Enable(port, &config), EINVAL);
}

CASE(enable_refuses_a_configuration_that_cannot_be) {
    const w5100_port *port = port_of(wire_add_chip(0));
    w5100_config config = wire_config(0);
    config.size = 3;
    CHECK_ERROR(WIZnet_Enable(port, &config), EINVAL);
    config = wire_config(0);
    memset(config.mac, 0xFF, sizeof config.mac);
    CHECK_ERROR(WIZnet_Enable(port, &config), EINVAL);
    memset(config.mac, 0, sizeof config.mac);
    CHECK_ERROR(WIZnet_Enable(port, &config), EINVAL);
}

/* A session on device 0, enabled with `port`. */
static void works_with(const w5100_port *port, uint16_t tcp_port) {
    const w5100_config config = wire_config(0);
    CHECK_EQ(WIZnet_Enable(port, &config), 0);
    CHECK(w5100_errno_location() != NULL);
    wire_still_works(tcp_port);
    CHECK_EQ(WIZnet_Disable(0), 0);
}

CASE(every_optional_callback_may_be_missing) {
    const w5100_port *full = port_of(wire_add_chip(0));
    w5100_port ports[6] = {*full, *full, *full, *full, *full, *full};
    wire_add_peer();
    ports[0].reset = NULL;
    ports[1].wait = NULL;
    ports[2].notify = NULL;
    ports[3].lock = ports[3].unlock = NULL;
    ports[4].interrupt = NULL;
    ports[5].errno_location = NULL;
    for (uint16_t i = 0; i < 6; i++) {
        works_with(&ports[i], PORT + i);
    }
}

CASE(the_least_port_is_enough) {
    const w5100_port *full = port_of(wire_add_chip(0));
    const w5100_port least = {
        .size = sizeof least,
        .context = full->context,
        .transfer = full->transfer,
        .now_ms = full->now_ms,
    };
    wire_add_peer();
    works_with(&least, PORT);
}

CASE(f10_calls_before_enable_are_errors) {
    w5100_info row;
    w5100_counters counters;
    w5100_config config = {.size = sizeof config};
    CHECK(w5100_socket(W5100_AF_INET, W5100_SOCK_STREAM, 0) < 0);
    CHECK(w5100_socket_on(0, W5100_AF_INET, W5100_SOCK_STREAM, 0) < 0);
    CHECK(WIZnet_Disable(0) < 0);
    CHECK(w5100_get_config(0, &config) < 0);
    CHECK(w5100_set_config(0, &config) < 0);
    CHECK(w5100_service(0) < 0);
    CHECK_EQ(w5100_counters_get(0, &counters), 0);
    CHECK_EQ(counters.frames, 0);
    CHECK_EQ(w5100_info_get(0, 0, &row), 0);
    CHECK_ERROR(w5100_close(1), EBADF);
    CHECK(w5100_errno_location() != NULL);
    w5100_interrupt(0);
}

CASE(f10_device_numbers_out_of_range_are_errors) {
    static const int32_t numbers[] = {-1, 100, INT32_MAX, INT32_MIN};
    w5100_info row;
    w5100_counters counters;
    w5100_config config = {.size = sizeof config};
    wire_start();
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        const int32_t device = numbers[i];
        CHECK(w5100_socket_on(device, W5100_AF_INET, W5100_SOCK_STREAM, 0) < 0);
        CHECK(WIZnet_Disable(device) < 0);
        CHECK(w5100_get_config(device, &config) < 0);
        CHECK(w5100_set_config(device, &config) < 0);
        CHECK(w5100_service(device) < 0);
        CHECK(w5100_counters_get(device, &counters) < 0);
        CHECK(w5100_info_get(device, 0, &row) < 0);
        w5100_interrupt(device);
    }
    wire_still_works(PORT);
}

CASE(f10_null_outputs_of_a_device_are_efault) {
    w5100_info row;
    wire_start();
    CHECK_ERROR(w5100_get_config(0, NULL), EFAULT);
    CHECK_ERROR(w5100_set_config(0, NULL), EFAULT);
    CHECK_ERROR(w5100_counters_get(0, NULL), EFAULT);
    CHECK_ERROR(w5100_info_get(0, 0, NULL), EFAULT);
    CHECK_ERROR(w5100_info_get(0, UINT32_MAX, &row), EINVAL);
    CHECK_EQ(w5100_info_get(0, 0, &row), 0);
}

CASE(sockets_of_no_known_kind) {
    wire_start();
    CHECK_ERROR(w5100_socket(99, W5100_SOCK_STREAM, 0), EAFNOSUPPORT);
    CHECK_ERROR(w5100_socket(W5100_AF_INET, 99, 0), ESOCKTNOSUPPORT);
    CHECK_ERROR(w5100_socket(W5100_AF_INET, W5100_SOCK_STREAM, W5100_IPPROTO_UDP), EPROTOTYPE);
    CHECK_ERROR(w5100_socket(W5100_AF_INET, W5100_SOCK_DGRAM, W5100_IPPROTO_TCP), EPROTOTYPE);
    CHECK_OK(w5100_socket(W5100_AF_INET, W5100_SOCK_STREAM, W5100_IPPROTO_TCP));
    CHECK_OK(w5100_socket(W5100_AF_INET, W5100_SOCK_DGRAM, W5100_IPPROTO_UDP));
}

CASE(f10_null_buffers_are_efault_unless_empty) {
    wire_start();
    const int32_t fd = session();
    CHECK_ERROR(w5100_send(fd, NULL, 1, 0), EFAULT);
    CHECK_EQ(w5100_send(fd, NULL, 0, 0), 0);
    CHECK_ERROR(w5100_recv(fd, NULL, 1, 0), EFAULT);
    CHECK_EQ(w5100_recv(fd, NULL, 0, 0), 0);
    wire_still_works(PORT + 1);
}

CASE(f10_null_and_short_addresses) {
    w5100_sockaddr_in address = wire_address(PEER_IP, 7000);
    uint32_t length = sizeof address;
    wire_start();
    const int32_t fd = session();
    const int32_t fresh = tcp();
    const int32_t datagrams = udp();
    CHECK_ERROR(w5100_connect(fresh, NULL, sizeof address), EFAULT);
    CHECK_ERROR(w5100_connect(fresh, &address, 3), EINVAL);
    CHECK_ERROR(w5100_getsockname(fd, NULL, &length), EFAULT);
    CHECK_ERROR(w5100_getsockname(fd, &address, NULL), EFAULT);
    CHECK_ERROR(w5100_getpeername(fd, NULL, &length), EFAULT);
    CHECK_ERROR(w5100_getpeername(fd, &address, NULL), EFAULT);
    CHECK_ERROR(w5100_sendto(datagrams, "x", 1, 0, &address, 3), EINVAL);
    CHECK_ERROR(w5100_sendto(datagrams, "x", 1, 0, NULL, 0), EDESTADDRREQ);
    wire_still_works(PORT + 1);
}

CASE(f10_outputs_without_room) {
    w5100_sockaddr_in address;
    uint32_t little = sizeof address - 1;
    char byte;
    wire_start();
    const int32_t fd = session();
    const int32_t datagrams = udp();
    CHECK_ERROR(w5100_getsockname(fd, &address, &little), EINVAL);
    CHECK_ERROR(w5100_getpeername(fd, &address, &little), EINVAL);
    CHECK_ERROR(w5100_recvfrom(datagrams, &byte, 1, W5100_MSG_DONTWAIT, &address, NULL), EFAULT);
    CHECK_ERROR(w5100_recvfrom(datagrams, &byte, 1, W5100_MSG_DONTWAIT, &address, &little), EINVAL);
    CHECK_ERROR(w5100_recv(fd, &byte, 1, 0x4000), EOPNOTSUPP);
    CHECK_ERROR(w5100_send(fd, &byte, 1, 0x4000), EOPNOTSUPP);
    CHECK_EQ(little, sizeof address - 1);
}

/* An accept that fails for its arguments loses no client. */
CASE(a_mistaken_accept_keeps_the_client) {
    w5100_sockaddr_in address;
    uint32_t little = 3;
    wire_start();
    const int32_t listener = wire_listener(PORT, 1);
    wire_client(PORT);
    CHECK_ERROR(w5100_accept(listener, &address, NULL), EFAULT);
    CHECK_ERROR(w5100_accept(listener, &address, &little), EINVAL);
    CHECK(w5100_accept(listener, NULL, NULL) > 0);
}

CASE(connect_answers_for_each_mistake) {
    w5100_sockaddr_in address = wire_address(PEER_IP, 7000);
    const w5100_sockaddr_in port_0 = wire_address(PEER_IP, 0);
    const w5100_sockaddr_in nowhere = wire_address(0, 7000);
    wire_start();
    const int32_t fd = tcp();
    CHECK_ERROR(w5100_connect(fd, &port_0, sizeof port_0), EADDRNOTAVAIL);
    CHECK_ERROR(w5100_connect(fd, &nowhere, sizeof nowhere), EADDRNOTAVAIL);
    CHECK_ERROR(w5100_connect(wire_listener(PORT, 1), &address, sizeof address), EOPNOTSUPP);
    address.sin_family = 99;
    CHECK_ERROR(w5100_connect(fd, &address, sizeof address), EAFNOSUPPORT);
}

CASE(calls_on_a_socket_without_a_connection) {
    char byte;
    wire_start();
    const int32_t fd = tcp();
    const int32_t listener = wire_listener(PORT, 1);
    CHECK_ERROR(w5100_send(fd, "x", 1, 0), ENOTCONN);
    CHECK_ERROR(w5100_recv(fd, &byte, 1, 0), ENOTCONN);
    CHECK_ERROR(w5100_send(listener, "x", 1, 0), ENOTCONN);
    CHECK_ERROR(w5100_recv(listener, &byte, 1, 0), ENOTCONN);
    CHECK_ERROR(w5100_shutdown(fd, W5100_SHUT_WR), ENOTCONN);
    w5100_pollfd entry = {fd, W5100_POLLIN | W5100_POLLOUT, 0};
    CHECK_EQ(w5100_poll(&entry, 1, 0), 1);
    CHECK_EQ(entry.revents, W5100_POLLOUT | W5100_POLLHUP);
}

CASE(options_that_are_not_there) {
    int32_t value = 0;
    uint32_t length = sizeof value;
    uint32_t short_length = 1;
    wire_start();
    const int32_t fd = session();
    CHECK_ERROR(w5100_setsockopt(fd, 77, W5100_SO_REUSEADDR, &value, sizeof value), ENOPROTOOPT);
    CHECK_ERROR(w5100_setsockopt(fd, W5100_SOL_SOCKET, 0x7777, &value, sizeof value), ENOPROTOOPT);
    CHECK_ERROR(w5100_setsockopt(fd, W5100_SOL_SOCKET, W5100_SO_REUSEADDR, &value, 1), EINVAL);
    CHECK_ERROR(w5100_setsockopt(fd, W5100_SOL_SOCKET, W5100_SO_REUSEADDR, NULL, 4), EFAULT);
    CHECK_ERROR(w5100_getsockopt(fd, 77, W5100_SO_TYPE, &value, &length), ENOPROTOOPT);
    CHECK_ERROR(w5100_getsockopt(fd, W5100_SOL_SOCKET, 0x7777, &value, &length), ENOPROTOOPT);
    CHECK_ERROR(w5100_getsockopt(fd, W5100_SOL_SOCKET, W5100_SO_TYPE, NULL, &length), EFAULT);
    CHECK_ERROR(w5100_getsockopt(fd, W5100_SOL_SOCKET, W5100_SO_TYPE, &value, NULL), EFAULT);
    CHECK_ERROR(w5100_getsockopt(fd, W5100_SOL_SOCKET, W5100_SO_TYPE, &value, &short_length),
                EINVAL);
    CHECK_EQ(w5100_getsockopt(fd, W5100_SOL_SOCKET, W5100_SO_TYPE, &value, &length), 0);
    CHECK_EQ(value, W5100_SOCK_STREAM);
}

CASE(ioctls_and_shutdowns_that_are_not_there) {
    int32_t value = 0;
    wire_start();
    const int32_t fd = session();
    CHECK_ERROR(w5100_ioctl(fd, 0x1234, &value), ENOTTY);
    CHECK_ERROR(w5100_ioctl(fd, W5100_FIONREAD, NULL), EFAULT);
    CHECK_ERROR(w5100_ioctl(fd, W5100_FIONBIO, NULL), EFAULT);
    CHECK_ERROR(w5100_ioctl(wire_listener(PORT + 1, 1), W5100_FIONREAD, &value), EINVAL);
    CHECK_ERROR(w5100_shutdown(fd, 3), EINVAL);
    CHECK_ERROR(w5100_shutdown(fd, -1), EINVAL);
}

CASE(poll_of_nothing) {
    wire_start();
    CHECK_EQ(w5100_poll(NULL, 0, 0), 0);
    CHECK_ERROR(w5100_poll(NULL, 1, 0), EFAULT);
    const uint32_t begin = wire_now_ms();
    CHECK_EQ(w5100_poll(NULL, 0, 30), 0);
    CHECK(wire_now_ms() - begin >= 30);
}

/* A failed call writes none of its outputs. */
CASE(f10_outputs_are_written_only_on_success) {
    w5100_sockaddr_in address;
    uint32_t length = 7;
    wire_start();
    memset(&address, 0xA5, sizeof address);
    const w5100_sockaddr_in before = address;
    CHECK_ERROR(w5100_getpeername(tcp(), &address, &length), ENOTCONN);
    CHECK(memcmp(&address, &before, sizeof address) == 0);
    CHECK_EQ(length, 7);
}
