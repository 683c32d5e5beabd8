/*
 * frames.c - Ethernet frames by hand: ask by ARP who has an address, and show all that is heard.
 *
 * The socket is the chip's MACRAW mode, which only its first hardware socket has. It hears
 * broadcasts and frames to the chip, or with "all" every frame on the wire. Ends with 0 if somebody
 * has the address. With the simulated chip the gateway has 192.168.1.1.
 *
 *     frames ADDRESS [MILLISECONDS [all]]
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "port/port.h"
#include "w5100_bsd.h"

#define MAC_SIZE 6
#define HEADER 14 /* destination, source, type */
#define ARP 0x0806
#define ARP_SIZE 28
#define ARP_REPLY 2

static const w5100_config config = {
    .size = sizeof config,
    .mac = {42, 185, 44, 2, 206, 130},
    .ip = {192, 168, 1, 204},
    .mask = {255, 255, 255, 0},
    .gateway = {192, 168, 1, 1},
};

static unsigned word(const uint8_t *at) {
    return (unsigned)at[0] << 8 | at[1];
}

static void print_mac(const uint8_t *mac) {
    printf("%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
}

static void print_frame(const uint8_t *frame, ssize_t length) {
    print_mac(frame + MAC_SIZE);
    printf(" > ");
    print_mac(frame);
    printf(" type %04x, %ld bytes\n", word(frame + 2 * MAC_SIZE), (long)length);
}

/* An ARP request (RFC 826) for `wanted`, to everybody. */
static int send_request(int fd, const uint8_t wanted[4]) {
    static const uint8_t kinds[8] = {0, 1, 8, 0, MAC_SIZE, 4, 0, 1}; /* Ethernet, IPv4, request */
    uint8_t frame[HEADER + ARP_SIZE] = {0};
    uint8_t *const arp = frame + HEADER;
    memset(frame, 0xFF, MAC_SIZE);
    memcpy(frame + MAC_SIZE, config.mac, MAC_SIZE);
    frame[12] = ARP >> 8;
    frame[13] = ARP & 0xFF;
    memcpy(arp, kinds, sizeof kinds);
    memcpy(arp + 8, config.mac, MAC_SIZE);
    memcpy(arp + 14, config.ip, sizeof config.ip);
    memcpy(arp + 24, wanted, 4);
    return send(fd, frame, sizeof frame, 0) < 0 ? -1 : 0;
}

/* Whether the frame says who has `wanted`, which is then printed. */
static bool tells(const uint8_t *frame, ssize_t length, const uint8_t wanted[4]) {
    const uint8_t *const arp = frame + HEADER;
    if (length < HEADER + ARP_SIZE || word(frame + 2 * MAC_SIZE) != ARP ||
        word(arp + 6) != ARP_REPLY || memcmp(arp + 14, wanted, 4) != 0) {
        return false;
    }
    printf("%u.%u.%u.%u is at ", wanted[0], wanted[1], wanted[2], wanted[3]);
    print_mac(arp + 8);
    printf("\n");
    return true;
}

/* Show what is heard for `ms` milliseconds: 1 if somebody has `wanted`, 0 if not, -1 on failure. */
static int listen_for(int fd, const uint8_t wanted[4], uint32_t ms) {
    static uint8_t frame[1514];
    struct pollfd entry = {.fd = fd, .events = POLLIN};
    const uint32_t start = port_now_ms();
    uint32_t passed;
    int found = 0;
    while ((passed = port_now_ms() - start) < ms) {
        if (poll(&entry, 1, (int)(ms - passed)) < 0) {
            return -1;
        }
        const ssize_t length = recv(fd, frame, sizeof frame, MSG_DONTWAIT);
        if (length < 0 && errno != EAGAIN) {
            return -1;
        }
        if (length >= HEADER) {
            print_frame(frame, length);
            found |= tells(frame, length, wanted);
        }
    }
    return found;
}

static int run(const char *address, uint32_t ms, int all) {
    uint8_t wanted[4];
    if (inet_pton(AF_INET, address, wanted) != 1) {
        fprintf(stderr, "%s is no IPv4 address\n", address);
        return EXIT_FAILURE;
    }
    const int fd = socket(AF_PACKET, SOCK_RAW, 0);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_PROMISCUOUS, &all, sizeof all) < 0) {
        perror("socket");
        return EXIT_FAILURE;
    }
    const int found = send_request(fd, wanted) < 0 ? -1 : listen_for(fd, wanted, ms);
    if (found < 0) {
        perror("frames");
    } else if (found == 0) {
        printf("nobody has %s\n", address);
    }
    close(fd);
    return found > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char **argv) {
    if (argc < 2) {
        fprintf(stderr, "usage: %s ADDRESS [MILLISECONDS [all]]\n", argv[0]);
        return EXIT_FAILURE;
    }
    const int32_t device = port_open(&config);
    if (device < 0) {
        fprintf(stderr, "no chip: %s\n", w5100_strerror(device));
        return EXIT_FAILURE;
    }
    const int result = run(argv[1], argc > 2 ? (uint32_t)atoi(argv[2]) : 500, argc > 3);
    port_close(device);
    return result;
}
