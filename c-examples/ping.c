/*
 * ping.c - ask a host whether it is there: ICMP echo over a raw IP socket.
 *
 * Prints a line for each request, and what came of all of them. The time is that of the port's
 * clock, in whole milliseconds. Ends with 0 if every request was answered. With the simulated chip
 * the gateway, 192.168.1.1, answers.
 *
 *     ping ADDRESS [COUNT [MILLISECONDS FROM ONE TO THE NEXT]]
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "port/port.h"
#include "w5100_bsd.h"

#define ECHO_REPLY 0
#define ECHO_REQUEST 8
#define HEADER 8
#define PAYLOAD 56
#define IDENTIFIER 0x5100
#define WAIT_MS 1000 /* for one answer */

static const w5100_config config = {
    .size = sizeof config,
    .mac = {42, 185, 44, 2, 206, 129},
    .ip = {192, 168, 1, 203},
    .mask = {255, 255, 255, 0},
    .gateway = {192, 168, 1, 1},
};

/* What came of the requests. */
struct tally {
    unsigned sent;
    unsigned received;
    unsigned long least, most, sum; /* ms */
};

static unsigned word(const uint8_t *at) {
    return (unsigned)at[0] << 8 | at[1];
}

static void put_word(uint8_t *at, unsigned value) {
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

/* The Internet checksum (RFC 1071): 0 over a message that carries its own. */
static unsigned checksum(const uint8_t *bytes, size_t length) {
    uint32_t sum = 0;
    for (size_t i = 0; i + 1 < length; i += 2) {
        sum += word(bytes + i);
    }
    if (length % 2 != 0) {
        sum += (uint32_t)bytes[length - 1] << 8;
    }
    while (sum > 0xFFFF) {
        sum = (sum & 0xFFFF) + (sum >> 16);
    }
    return ~sum & 0xFFFF;
}

static int send_request(int fd, unsigned sequence) {
    uint8_t message[HEADER + PAYLOAD] = {ECHO_REQUEST};
    put_word(message + 4, IDENTIFIER);
    put_word(message + 6, sequence);
    for (int i = 0; i < PAYLOAD; i++) {
        message[HEADER + i] = (uint8_t)i;
    }
    put_word(message + 2, checksum(message, sizeof message));
    return send(fd, message, sizeof message, 0) < 0 ? -1 : 0;
}

/* The socket gets all ICMP of its peer, older answers included. */
static bool is_answer(const uint8_t *message, ssize_t length, unsigned sequence) {
    return length >= HEADER && message[0] == ECHO_REPLY && checksum(message, (size_t)length) == 0 &&
           word(message + 4) == IDENTIFIER && word(message + 6) == sequence;
}

/* Milliseconds that are left of `limit` since `start`; 0 when it is over. */
static int left_of(uint32_t start, uint32_t limit) {
    const uint32_t passed = port_now_ms() - start;
    return passed < limit ? (int)(limit - passed) : 0;
}

/* Wait for the answer: the payload's length, 0 if none came, -1 for an error. */
static ssize_t await_answer(int fd, unsigned sequence, uint32_t start) {
    struct pollfd entry = {.fd = fd, .events = POLLIN};
    uint8_t message[1480];
    int left;
    while ((left = left_of(start, WAIT_MS)) > 0) {
        const int ready = poll(&entry, 1, left);
        if (ready <= 0) {
            return ready;
        }
        const ssize_t length = recv(fd, message, sizeof message, MSG_DONTWAIT);
        if (length < 0 && errno != EAGAIN) {
            return -1;
        }
        if (is_answer(message, length, sequence)) {
            return length - HEADER;
        }
    }
    return 0;
}

static void count_answer(struct tally *tally, unsigned long ms) {
    tally->least = tally->received == 0 || ms < tally->least ? ms : tally->least;
    tally->most = ms > tally->most ? ms : tally->most;
    tally->sum += ms;
    tally->received++;
}

/* One request and what comes of it. A host that ARP does not find is told by send or recv as an
   error; that, and a chip that was reset, end this request only. */
static void ask(int fd, const char *host, unsigned sequence, struct tally *tally) {
    const uint32_t start = port_now_ms();
    tally->sent++;
    const ssize_t length = send_request(fd, sequence) < 0 ? -1 : await_answer(fd, sequence, start);
    if (length > 0) {
        const unsigned long ms = port_now_ms() - start;
        printf("%ld bytes from %s: seq=%u time=%lu ms\n", (long)length, host, sequence, ms);
        count_answer(tally, ms);
    } else if (length == 0) {
        printf("seq=%u: no answer\n", sequence);
    } else {
        printf("seq=%u: %s\n", sequence, strerror(errno));
    }
}

static void summarize(const struct tally *tally) {
    printf("%u sent, %u received, %u lost", tally->sent, tally->received,
           tally->sent - tally->received);
    if (tally->received > 0) {
        printf(", least/mean/most %lu/%lu/%lu ms", tally->least, tally->sum / tally->received,
               tally->most);
    }
    printf("\n");
}

static int run(const char *host, unsigned count, uint32_t interval) {
    struct tally tally = {0};
    struct sockaddr_in peer = {.sin_family = AF_INET};
    if (inet_pton(AF_INET, host, &peer.sin_addr) != 1) {
        fprintf(stderr, "%s is no IPv4 address\n", host);
        return EXIT_FAILURE;
    }
    const int fd = socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
    /* Connected: packets of other hosts are dropped by the library. */
    if (fd < 0 || connect(fd, (struct sockaddr *)&peer, sizeof peer) < 0) {
        perror("socket");
        return EXIT_FAILURE;
    }
    for (unsigned sequence = 1; sequence <= count; sequence++) {
        const uint32_t start = port_now_ms();
        ask(fd, host, sequence, &tally);
        if (sequence < count) {
            poll(NULL, 0, left_of(start, interval));
        }
    }
    summarize(&tally);
    close(fd);
    return tally.received == tally.sent ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char **argv) {
    if (argc < 2) {
        fprintf(stderr, "usage: %s ADDRESS [COUNT [INTERVAL_MS]]\n", argv[0]);
        return EXIT_FAILURE;
    }
    const int32_t device = port_open(&config);
    if (device < 0) {
        fprintf(stderr, "no chip: %s\n", w5100_strerror(device));
        return EXIT_FAILURE;
    }
    const unsigned count = argc > 2 ? (unsigned)atoi(argv[2]) : 4;
    const int result = run(argv[1], count, argc > 3 ? (uint32_t)atoi(argv[3]) : 1000);
    port_close(device);
    return result;
}
