/*
 * sntp.c - ask a time server what time it is: SNTP over UDP.
 *
 * The server is given by its name or address, or is the one that DHCP tells (option 42). Prints the
 * time and who told it. A server that does not answer, or does not know the time, is asked again,
 * each time after twice as long; what others send is not believed. Ends with 0 once the time is
 * known.
 *
 *     sntp SERVER[:PORT] [TRIES]
 *     sntp dhcp [TRIES]
 *
 * On this computer "dhcp" needs a network with a DHCP server: see dhcp_http.c.
 */
#include "sntp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "port/port.h"
#include "w5100.h"
#include "w5100_inet.h"

#define NAME_SIZE 254 /* of the longest name */
#define LOOK_UP_MS 30000
#define LEASE_MS 60000
#define TRIES 5
/* From one question to the next: no less (RFC 4330, 10), and no more. */
#define LEAST_WAIT_MS 15000u
#define MOST_WAIT_MS 1024000u

static const w5100_config fixed = {
    .size = sizeof fixed,
    .mac = {42, 185, 44, 2, 206, 134},
    .ip = {192, 168, 1, 204},
    .mask = {255, 255, 255, 0},
    .gateway = {192, 168, 1, 1},
    .dns = {192, 168, 1, 1},
};

/* The same board before DHCP. */
static const w5100_config unknown = {
    .size = sizeof unknown,
    .mac = {42, 185, 44, 2, 206, 134},
};

static int32_t fail(const char *what, int32_t error) {
    fprintf(stderr, "%s: %s\n", what, w5100_strerror(error));
    return error;
}

/* ---- the server ------------------------------------------------------------------------------ */

static int32_t server_of_dhcp(int32_t device, uint8_t ip[4]) {
    static const uint8_t none[4];
    w5100_dhcp_status lease;
    int32_t error = w5100_dhcp_start(device, NULL);
    printf("no address yet\n");
    fflush(stdout);
    if (error < 0 || (error = w5100_dhcp_wait(device, LEASE_MS)) < 0 ||
        (error = w5100_dhcp_get(device, &lease)) < 0) {
        return fail("no lease", error);
    }
    memcpy(ip, lease.ntp, sizeof lease.ntp);
    return memcmp(ip, none, sizeof none) != 0 ? 0
                                              : fail("DHCP: no time server", -W5100_EHOSTNOTFOUND);
}

/* "dhcp", "name", "name:port". */
static int32_t find_server(int32_t device, const char *text, w5100_sockaddr_in *server) {
    const char *const colon = strchr(text, ':');
    const size_t length = colon != NULL ? (size_t)(colon - text) : strlen(text);
    char name[NAME_SIZE];
    const uint16_t port = colon != NULL ? (uint16_t)atoi(colon + 1) : SNTP_PORT;
    server->sin_family = W5100_AF_INET;
    server->sin_port = w5100_htons(port);
    if (strcmp(text, "dhcp") == 0) {
        return server_of_dhcp(device, server->sin_addr);
    }
    if (length >= sizeof name) {
        return fail(text, -W5100_EINVAL);
    }
    memcpy(name, text, length);
    name[length] = '\0';
    const int32_t error = w5100_resolve(device, name, server->sin_addr, LOOK_UP_MS);
    return error < 0 ? fail(name, error) : 0;
}

/* ---- question and answer --------------------------------------------------------------------- */

/* 8 bytes that a stranger does not know, of what a board has of chance: its clock, the frames that
   it has exchanged, and the port, which the library has drawn. One with a random number generator
   takes that. */
static void draw(int32_t device, int32_t fd, uint8_t nonce[8]) {
    static uint64_t state;
    w5100_counters counters = {0};
    w5100_sockaddr_in own = {0};
    uint32_t length = sizeof own;
    w5100_counters_get(device, &counters);
    w5100_getsockname(fd, &own, &length);
    const uint32_t words[3] = {port_now_ms(), counters.frames, own.sin_port};
    for (int i = 0; i < 3; i++) {
        state = (state ^ words[i]) * 0x9E3779B97F4A7C15u;
        state ^= state >> 29;
    }
    memcpy(nonce, &state, 8);
}

static int32_t left_of(uint32_t start, uint32_t limit) {
    const uint32_t passed = port_now_ms() - start;
    return passed < limit ? (int32_t)(limit - passed) : 0;
}

/* Wait for the answer until `limit` milliseconds after `start`. */
static enum sntp_verdict await_answer(int32_t fd, const uint8_t nonce[8], uint32_t start,
                                      uint32_t limit, int64_t *now) {
    w5100_pollfd entry = {fd, W5100_POLLIN, 0};
    enum sntp_verdict verdict = SNTP_IGNORED;
    uint8_t message[SNTP_LENGTH];
    int32_t left;
    while (verdict == SNTP_IGNORED && (left = left_of(start, limit)) > 0) {
        if (w5100_poll(&entry, 1, left) <= 0) {
            break;
        }
        /* Authentication, which may follow, is cut off. An error is that of our question: nobody
           there, or no such port. */
        const int32_t length = w5100_recv(fd, message, sizeof message, W5100_MSG_DONTWAIT);
        if (length > 0) {
            verdict = sntp_judge(message, (size_t)length, nonce, port_now_ms() - start, now);
        } else if (length < 0 && length != -W5100_EAGAIN) {
            fail("no answer", length);
        }
    }
    return verdict;
}

static enum sntp_verdict ask(int32_t device, int32_t fd, uint32_t limit, int64_t *now) {
    uint8_t message[SNTP_LENGTH], nonce[8];
    const uint32_t start = port_now_ms();
    draw(device, fd, nonce);
    sntp_ask(message, nonce);
    if (w5100_send(fd, message, sizeof message, 0) < 0) {
        return SNTP_IGNORED;
    }
    return await_answer(fd, nonce, start, limit, now);
}

/* Ask until the time is known: 0, or an error. */
static int32_t get_time(int32_t device, int32_t fd, int tries, int64_t *now) {
    uint32_t wait = LEAST_WAIT_MS;
    for (int i = 0; i < tries; i++) {
        const uint32_t start = port_now_ms();
        const enum sntp_verdict verdict = ask(device, fd, wait, now);
        if (verdict == SNTP_GOOD) {
            return 0;
        }
        if (verdict == SNTP_DENIED) {
            return fail("the server denies", -W5100_EACCES);
        }
        if (verdict == SNTP_UNFIT) {
            printf("the server does not know\n");
        } else if (verdict == SNTP_SLOWER) {
            printf("the server is asked too often\n");
            wait *= 2;
        }
        if (i + 1 < tries) {
            w5100_poll(NULL, 0, left_of(start, wait));
        }
        wait = wait * 2 < MOST_WAIT_MS ? wait * 2 : MOST_WAIT_MS;
    }
    return fail("no time", -W5100_ETIMEDOUT);
}

/* ---- all of it ------------------------------------------------------------------------------- */

static int32_t run(int32_t device, const char *text, int tries) {
    w5100_sockaddr_in server = {0};
    char time[SNTP_TEXT_SIZE];
    int64_t now;
    int32_t error = find_server(device, text, &server);
    if (error < 0) {
        return error;
    }
    const int32_t fd = w5100_socket_on(device, W5100_AF_INET, W5100_SOCK_DGRAM, 0);
    /* Connected: datagrams of other hosts are dropped by the library. */
    if (fd < 0 || (error = w5100_connect(fd, &server, sizeof server)) < 0) {
        return fail("socket", fd < 0 ? fd : error);
    }
    error = get_time(device, fd, tries, &now);
    if (error == 0) {
        sntp_text(now, time);
        printf("%s, says %u.%u.%u.%u\n", time, server.sin_addr[0], server.sin_addr[1],
               server.sin_addr[2], server.sin_addr[3]);
    }
    w5100_close(fd);
    return error;
}

int main(int argc, char **argv) {
    if (argc < 2) {
        fprintf(stderr, "usage: %s SERVER[:PORT] | dhcp [TRIES]\n", argv[0]);
        return EXIT_FAILURE;
    }
    const int32_t device = port_open(strcmp(argv[1], "dhcp") == 0 ? &unknown : &fixed);
    if (device < 0) {
        fail("no chip", device);
        return EXIT_FAILURE;
    }
    const int32_t error = run(device, argv[1], argc > 2 ? atoi(argv[2]) : TRIES);
    port_close(device);
    return error == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
