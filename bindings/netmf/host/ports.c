#include "ports.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "board.h"

#define MOST 32

static struct {
    uint16_t chip_port;
    bool datagram;
    uint8_t ip[4]; /* where it leads; all zeros: nowhere yet */
    int32_t host_port;
} opened[MOST];
static int count;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static const uint8_t nowhere[4];

/* The port of this computer that the environment wants for a port of the chip, or 0. */
static uint16_t wanted(uint16_t chip_port) {
    const char *list = getenv("W5100_HOST_PORTS");
    while (list != NULL) {
        unsigned from, to;
        if (sscanf(list, "%5u=%5u", &from, &to) == 2 && from == chip_port && to <= UINT16_MAX) {
            return (uint16_t)to;
        }
        list = strchr(list, ',');
        list = list != NULL ? list + 1 : NULL;
    }
    return 0;
}

static int32_t open_port(const uint8_t ip[4], uint16_t chip_port, bool datagram) {
    const uint16_t host_port = wanted(chip_port);
    const int32_t result = datagram
                               ? w5100_sim_forward_udp_port(board_world(), host_port, ip, chip_port)
                               : w5100_sim_forward_port(board_world(), host_port, ip, chip_port);
    if (result < 0) {
        return -W5100_EADDRINUSE;
    }
    if (getenv("W5100_HOST_QUIET") == NULL) {
        fprintf(stderr, "127.0.0.1:%u leads to %s port %u of the chip\n", (unsigned)result,
                datagram ? "UDP" : "TCP", chip_port);
    }
    return result;
}

static int32_t lead(int index, const uint8_t ip[4]) {
    const bool there = memcmp(opened[index].ip, ip, 4) == 0;
    if (!there && memcmp(ip, nowhere, 4) != 0) {
        const int32_t result = open_port(ip, opened[index].chip_port, opened[index].datagram);
        if (result < 0) {
            return result;
        }
        memcpy(opened[index].ip, ip, 4);
        opened[index].host_port = result;
    }
    return opened[index].host_port;
}

/* Its place in the table, which it gets if it has none; below 0 if there is no room. */
static int place(uint16_t chip_port, bool datagram) {
    int index = 0;
    while (index < count &&
           (opened[index].chip_port != chip_port || opened[index].datagram != datagram)) {
        index++;
    }
    if (index == count && count < MOST) {
        count++;
        opened[index].chip_port = chip_port;
        opened[index].datagram = datagram;
    }
    return index < count ? index : -W5100_EMFILE;
}

int32_t ports_reach(const uint8_t ip[4], uint16_t chip_port, bool datagram) {
    if (chip_port == 0) {
        return -W5100_EINVAL;
    }
    pthread_mutex_lock(&mutex);
    const int index = place(chip_port, datagram);
    const int32_t result = index < 0 ? index : lead(index, ip);
    pthread_mutex_unlock(&mutex);
    return result;
}

void ports_moved(const uint8_t ip[4]) {
    pthread_mutex_lock(&mutex);
    for (int i = 0; i < count; i++) {
        lead(i, ip);
    }
    pthread_mutex_unlock(&mutex);
}
