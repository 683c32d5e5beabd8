#include "server.h"

#include <stdio.h>

#include "port/port.h"
#include "w5100_bsd.h"

#define CHIP_PORT 80

static int listen_on(uint16_t port, int backlog) {
    const struct sockaddr_in local = {.sin_family = AF_INET, .sin_port = htons(port)};
    const int listener = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
    if (listener < 0 || bind(listener, (const struct sockaddr *)&local, sizeof local) < 0 ||
        listen(listener, backlog) < 0) {
        perror("listen");
        close(listener);
        return -1;
    }
    return listener;
}

int server_start(const w5100_config *config, int backlog, uint16_t host_port) {
    char where[PORT_REACH_SIZE];
    const int listener = listen_on(CHIP_PORT, backlog);
    if (listener < 0) {
        return -1;
    }
    if (port_reach(config, CHIP_PORT, host_port, where) < 0) {
        fprintf(stderr, "cannot open port %u\n", host_port);
        close(listener);
        return -1;
    }
    printf("listening on %s\n", where);
    fflush(stdout);
    return listener;
}
