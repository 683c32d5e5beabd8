/*
 * size_tcp.c - a program with TCP only: what the library costs a small firmware.
 *
 * It is linked and measured, never run. See README.md.
 */
#include "size.h"

static int32_t serve(const w5100_sockaddr_in *local) {
    uint8_t data[16];
    const int32_t listener = w5100_socket(W5100_AF_INET, W5100_SOCK_STREAM, 0);
    w5100_bind(listener, local, sizeof *local);
    w5100_listen(listener, 1);
    const int32_t client = w5100_accept(listener, NULL, NULL);
    w5100_pollfd ready = {client, W5100_POLLIN, 0};
    w5100_poll(&ready, 1, W5100_WAIT_FOREVER);
    const int32_t count = w5100_recv(client, data, sizeof data, 0);
    w5100_send(client, data, (size_t)count, 0);
    w5100_shutdown(client, W5100_SHUT_WR);
    return w5100_close(client) | w5100_close(listener);
}

static int32_t visit(const w5100_sockaddr_in *server) {
    const int32_t fd = w5100_socket(W5100_AF_INET, W5100_SOCK_STREAM, 0);
    w5100_connect(fd, server, sizeof *server);
    w5100_send(fd, "hello", 5, 0);
    return w5100_close(fd);
}

void start(void) {
    const w5100_sockaddr_in address = {.sin_family = W5100_AF_INET, .sin_port = 0x5000};
    size_result = WIZnet_Enable(&size_port, &size_config);
    size_result = serve(&address) | visit(&address);
    for (;;) {
    }
}
