/* The forward network: real TCP connections of this computer, in real time. */
#include <pthread.h>
#include <string.h>

#include "check.h"
#include "port.h"
#include "tcp.h"

#define SESSIONS 4
#define CHIP_PORT 80
#define LENGTH (64 * 1024)

static const w5100_config config = {
    .size = sizeof config,
    .mac = {0x02, 0, 0, 0, 0, 1},
    .ip = {192, 168, 1, 201},
    .mask = {255, 255, 255, 0},
    .gateway = {192, 168, 1, 1},
};

static w5100_sim_world *world;

static void start(void) {
    world = w5100_sim_forward(config.gateway);
    CHECK(world != NULL);
    w5100_sim_chip *chip = w5100_sim_chip_new(world);
    CHECK(chip != NULL);
    CHECK_EQ(WIZnet_Enable(port_of(chip), &config), 0);
}

static int32_t tcp_socket(void) {
    return CHECK_OK(w5100_socket(W5100_AF_INET, W5100_SOCK_STREAM, 0));
}

/* A listener of the chip, and the port of this computer that leads to it. */
static int32_t listener(uint16_t *host_port) {
    w5100_sockaddr_in local = {.sin_family = W5100_AF_INET};
    const uint8_t port[2] = {0, CHIP_PORT};
    memcpy(&local.sin_port, port, sizeof port);
    const int32_t fd = tcp_socket();
    CHECK_EQ(w5100_bind(fd, &local, sizeof local), 0);
    CHECK_EQ(w5100_listen(fd, SESSIONS), 0);
    *host_port = (uint16_t)CHECK_OK(w5100_sim_forward_port(world, 0, config.ip, CHIP_PORT));
    return fd;
}

/* A session of the chip's side, its handle by value. */
static void *serve(void *handle) {
    const int32_t fd = (int32_t)(intptr_t)handle;
    char data[1024];
    int32_t count;
    while ((count = CHECK_OK(w5100_recv(fd, data, sizeof data, 0))) > 0) {
        CHECK_EQ(w5100_send(fd, data, (size_t)count, 0), count);
    }
    CHECK_EQ(w5100_close(fd), 0);
    return NULL;
}

struct client {
    pthread_t thread;
    int fd;
    uint8_t first; /* the first byte it sends, which no other client's data has there */
};

static void *talk(void *argument) {
    const struct client *client = argument;
    uint8_t data[LENGTH];
    for (size_t i = 0; i < sizeof data; i++) {
        data[i] = (uint8_t)(client->first + i * 5);
    }
    tcp_echo(client->fd, data, sizeof data);
    tcp_close(client->fd);
    return NULL;
}

CASE(g10_4_threads_echo_to_four_real_clients) {
    pthread_t servers[SESSIONS];
    struct client clients[SESSIONS];
    uint16_t port;
    start();
    const int32_t server = listener(&port);
    for (int i = 0; i < SESSIONS; i++) {
        clients[i].fd = tcp_connect(port);
        clients[i].first = (uint8_t)i;
        const int32_t fd = CHECK_OK(w5100_accept(server, NULL, NULL));
        CHECK_EQ(pthread_create(&servers[i], NULL, serve, (void *)(intptr_t)fd), 0);
    }
    for (int i = 0; i < SESSIONS; i++) {
        CHECK_EQ(pthread_create(&clients[i].thread, NULL, talk, &clients[i]), 0);
    }
    for (int i = 0; i < SESSIONS; i++) {
        CHECK_EQ(pthread_join(clients[i].thread, NULL), 0);
        CHECK_EQ(pthread_join(servers[i], NULL), 0);
    }
}

CASE(the_chip_connects_to_a_real_server) {
    uint16_t port;
    char data[16];
    start();
    const int server = tcp_listen(&port);
    w5100_sockaddr_in address = {.sin_family = W5100_AF_INET, .sin_addr = {192, 168, 1, 1}};
    const uint8_t bytes[2] = {(uint8_t)(port >> 8), (uint8_t)port};
    memcpy(&address.sin_port, bytes, sizeof bytes);
    const int32_t fd = tcp_socket();
    CHECK_EQ(w5100_connect(fd, &address, sizeof address), 0);
    const int other = tcp_accept(server);
    tcp_send(other, "from the host", 13);
    for (int32_t got = 0; got < 13;) {
        got += CHECK_OK(w5100_recv(fd, data + got, sizeof data - (size_t)got, 0));
    }
    CHECK(memcmp(data, "from the host", 13) == 0);
    CHECK_EQ(w5100_send(fd, "from the chip", 13, 0), 13);
    CHECK_EQ(w5100_shutdown(fd, W5100_SHUT_WR), 0);
    CHECK_EQ(tcp_recv_all(other, data, sizeof data), 13);
    CHECK(memcmp(data, "from the chip", 13) == 0);
    tcp_close(other);
    CHECK_EQ(w5100_recv(fd, data, sizeof data, 0), 0);
    CHECK_EQ(w5100_close(fd), 0);
}
