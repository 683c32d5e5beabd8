/*
 * plain.h - a peer for programs that are plain BSD: one that is simulated or, with PLAIN_SYSTEM,
 * threads of this process on loopback. To be included last.
 */
#ifndef PLAIN_H
#define PLAIN_H

#include "check.h"

/* Ports of the peer, for plain_peer(). */
#define PLAIN_ECHO 7   /* TCP and UDP: everything comes back */
#define PLAIN_NOBODY 9 /* closed */

#ifndef PLAIN_SYSTEM

#include "wire.h"

#include "w5100_bsd.h"

static void plain_start(void) {
    wire_start();
    CHECK_EQ(w5100_sim_peer_listen_service(wire_peer(), PLAIN_ECHO, W5100_SIM_SERVICE_ECHO), 0);
    CHECK_EQ(w5100_sim_peer_udp_bind(wire_peer(), PLAIN_ECHO, true), 0);
}

static struct sockaddr_in plain_peer(uint16_t port) {
    struct sockaddr_in address;
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = inet_addr("192.168.1.10");
    return address;
}

#else

#include <pthread.h>

static struct sockaddr_in plain_ports[2]; /* the echo's and the closed one */
static int plain_streams, plain_datagrams;

static void *plain_echo_stream(void *unused) {
    char data[512];
    const int fd = accept(plain_streams, NULL, NULL);
    ssize_t count;
    (void)unused;
    while ((count = recv(fd, data, sizeof data, 0)) > 0) {
        CHECK_EQ(send(fd, data, (size_t)count, MSG_NOSIGNAL), count);
    }
    close(fd);
    return NULL;
}

static void *plain_echo_datagrams(void *unused) {
    char data[512];
    struct sockaddr_in from;
    socklen_t length = sizeof from;
    struct sockaddr *const address = (struct sockaddr *)&from;
    ssize_t count;
    (void)unused;
    while ((count = recvfrom(plain_datagrams, data, sizeof data, 0, address, &length)) >= 0) {
        CHECK_EQ(sendto(plain_datagrams, data, (size_t)count, 0, address, length), count);
    }
    return NULL;
}

/* A socket on a port of loopback that is free for both protocols; `address` has it then. */
static int plain_bind(int type, struct sockaddr_in *address) {
    socklen_t length = sizeof *address;
    const int fd = socket(AF_INET, type, 0);
    CHECK_EQ(bind(fd, (struct sockaddr *)address, sizeof *address), 0);
    CHECK_EQ(getsockname(fd, (struct sockaddr *)address, &length), 0);
    return fd;
}

static void plain_start(void) {
    pthread_t thread;
    for (int i = 0; i < 2; i++) {
        memset(&plain_ports[i], 0, sizeof plain_ports[i]);
        plain_ports[i].sin_family = AF_INET;
        plain_ports[i].sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    }
    plain_streams = plain_bind(SOCK_STREAM, &plain_ports[0]);
    plain_datagrams = plain_bind(SOCK_DGRAM, &plain_ports[0]);
    CHECK_EQ(listen(plain_streams, 1), 0);
    close(plain_bind(SOCK_DGRAM, &plain_ports[1]));
    CHECK_EQ(pthread_create(&thread, NULL, plain_echo_stream, NULL), 0);
    CHECK_EQ(pthread_create(&thread, NULL, plain_echo_datagrams, NULL), 0);
}

static struct sockaddr_in plain_peer(uint16_t port) {
    return plain_ports[port == PLAIN_ECHO ? 0 : 1];
}

#endif

#endif /* PLAIN_H */
