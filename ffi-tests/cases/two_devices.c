/* Two chips, two devices, one program: they talk to each other over one wire. */
#include <string.h>

#include "wire.h"
#include "worker.h"

#define PORT 80

static int32_t connect_to_first(void *fd) {
    const w5100_sockaddr_in server = wire_address(DEVICE_IP, PORT);
    return w5100_connect(*(int32_t *)fd, &server, sizeof server);
}

CASE(two_devices_talk_to_each_other) {
    w5100_sockaddr_in from, own;
    uint32_t from_length = sizeof from, own_length = sizeof own;
    char data[8];
    wire_start();
    const int32_t second = wire_add_device(1);
    CHECK_EQ(second, 1);
    const int32_t listener = wire_listener(PORT, 1);
    int32_t client = CHECK_OK(w5100_socket_on(second, W5100_AF_INET, W5100_SOCK_STREAM, 0));
    CHECK_EQ(connect_to_first(&client), 0);
    const int32_t server = CHECK_OK(w5100_accept(listener, &from, &from_length));
    CHECK_EQ(w5100_getsockname(client, &own, &own_length), 0);
    CHECK(memcmp(&from, &own, sizeof own) == 0);

    CHECK_EQ(w5100_send(client, "ping", 4, 0), 4);
    CHECK_EQ(w5100_recv(server, data, sizeof data, 0), 4);
    CHECK(memcmp(data, "ping", 4) == 0);
    CHECK_EQ(w5100_send(server, "pong", 4, 0), 4);
    CHECK_EQ(w5100_recv(client, data, sizeof data, 0), 4);
    CHECK(memcmp(data, "pong", 4) == 0);

    CHECK_EQ(w5100_close(client), 0);
    CHECK_EQ(w5100_recv(server, data, sizeof data, 0), 0);
    CHECK_EQ(w5100_close(server), 0);
}

CASE(each_device_has_ports_and_sockets_of_its_own) {
    const w5100_sockaddr_in local = wire_address(0, PORT);
    wire_start();
    const int32_t second = wire_add_device(1);
    wire_listener(PORT, 4);
    const int32_t other = CHECK_OK(w5100_socket_on(second, W5100_AF_INET, W5100_SOCK_STREAM, 0));
    CHECK_EQ(w5100_bind(other, &local, sizeof local), 0);
    CHECK_EQ(w5100_listen(other, 4), 0);
    CHECK_EQ(WIZnet_Disable(second), 0);
    CHECK_ERROR(w5100_close(other), EBADF);
    wire_still_works(PORT + 1);
}

/* One poll over the sockets of both. */
CASE(poll_takes_sockets_of_two_devices) {
    wire_start();
    const int32_t second = wire_add_device(1);
    const int32_t listener = wire_listener(PORT, 1);
    int32_t client = CHECK_OK(w5100_socket_on(second, W5100_AF_INET, W5100_SOCK_STREAM, 0));
    CHECK_EQ(connect_to_first(&client), 0);
    wire_run(5); /* the last ACK of the handshake */
    w5100_pollfd set[2] = {{listener, W5100_POLLIN, 0}, {client, W5100_POLLOUT, 0}};
    CHECK_EQ(w5100_poll(set, 2, 1000), 2);
    CHECK_EQ(set[0].revents, W5100_POLLIN);
    CHECK_EQ(set[1].revents, W5100_POLLOUT);
}

/* One device's dead chip is no matter for the other. */
CASE(a_dead_device_leaves_the_other_alone) {
    wire_start();
    const int32_t second = wire_add_device(1);
    w5100_sim_fault_absent(wire_chip(1), true, 0xFF);
    const int32_t fd = CHECK_OK(w5100_socket_on(second, W5100_AF_INET, W5100_SOCK_STREAM, 0));
    CHECK_ERROR(connect_to_first(&(int32_t){fd}), ENETDOWN);
    wire_still_works(PORT);
}
