/* Sessions whose bytes are checked, and the thread that disturbs them in every way but by reading
   or writing: what arrives is right to the last byte before the end, whatever the end is. */
#include <string.h>

#include "check.h"
#include "jobs.h"
#include "options.h"
#include "records.h"
#include "scene.h"

#define PLACES_ALL 6
#define CHUNK 700
#define LONGEST 3000 /* bytes of a client's session */
#define PATIENCE_MS 2000

static _Atomic int32_t victims[PLACES_ALL];
static _Atomic int32_t listener;
static _Atomic uint32_t served, echoed, whole, returned;

/* Lets the closer have it. Where it stands, so that it can be taken back. */
static uint32_t expose(thread *self, int32_t fd) {
    const uint32_t chosen = roll(self, PLACES_ALL);
    const uint32_t ms = PATIENCE_MS;
    CALL(fd, w5100_setsockopt(fd, W5100_SOL_SOCKET, W5100_SO_RCVTIMEO, &ms, sizeof ms));
    CALL(fd, w5100_setsockopt(fd, W5100_SOL_SOCKET, W5100_SO_SNDTIMEO, &ms, sizeof ms));
    POKE(victims[chosen], fd);
    return chosen;
}

/* Two servers share one listener, and the closer may close it: who misses it makes a new one. */
static int32_t listen_anew(thread *self) {
    const w5100_sockaddr_in local = scene_address(0, ECHO_PORT);
    const int32_t fd = CALL(0, w5100_socket(W5100_AF_INET, W5100_SOCK_STREAM, 0));
    if (fd < 0) {
        thread_rests(5); /* no handle to be had, or the device is just being enabled */
        return fd;
    }
    if (CALL(fd, w5100_bind(fd, &local, sizeof local)) != 0 || CALL(fd, w5100_listen(fd, 2)) != 0) {
        CALL(fd, w5100_close(fd));
        thread_rests(5); /* the other one has it */
        return -1;
    }
    POKE(listener, fd);
    expose(self, fd);
    return fd;
}

/* Sends back what arrives, to the end of the session, however it comes. */
static void echo(int32_t fd) {
    stream_reader reader = {0, 0};
    uint8_t data[CHUNK];
    for (;;) {
        const int32_t count = CALL(fd, w5100_recv(fd, data, sizeof data, 0));
        if (count <= 0) {
            break;
        }
        CHECK(stream_read(&reader, data, (size_t)count));
        if (reader.place >= 4) {
            CHECK(delivery_is_right(reader.number, fd));
        }
        if (CALL(fd, w5100_send(fd, data, (size_t)count, 0)) != count) {
            break;
        }
        COUNT(echoed, (uint32_t)count);
    }
    COUNT(served, 1);
}

void server_job(thread *self) {
    while (thread_goes_on(self)) {
        const int32_t from = PEEK(listener);
        const int32_t fd = CALL(from, w5100_accept(from, NULL, NULL));
        if (fd > 0) {
            expose(self, fd);
            echo(fd);
            CALL(fd, w5100_close(fd));
        } else if (fd != -W5100_EAGAIN) {
            listen_anew(self);
        }
    }
}

/* One session with the peer's echo server. True if all came back. */
static bool session(thread *self, int32_t fd) {
    const uint32_t length = 4 + roll(self, LONGEST);
    uint8_t data[CHUNK];
    uint32_t sent = 0;
    uint32_t got = 0;
    while (got < length) {
        const uint32_t left = length - sent;
        const uint32_t part = left < CHUNK ? left : CHUNK;
        stream_fill(data, part, (uint32_t)fd, sent);
        if (part > 0 && CALL(fd, w5100_send(fd, data, part, 0)) != (int32_t)part) {
            return false;
        }
        sent += part;
        while (got < sent) {
            const int32_t count = CALL(fd, w5100_recv(fd, data, sizeof data, 0));
            if (count <= 0) {
                return false;
            }
            CHECK(stream_matches(data, (size_t)count, (uint32_t)fd, got));
            got += (uint32_t)count;
        }
    }
    return true;
}

void client_job(thread *self) {
    const w5100_sockaddr_in peer = scene_address(PEER_IP, PEER_ECHO_PORT);
    while (thread_goes_on(self)) {
        const int32_t fd = CALL(0, w5100_socket(W5100_AF_INET, W5100_SOCK_STREAM, 0));
        if (fd < 0) {
            thread_rests(5);
            continue;
        }
        expose(self, fd);
        const int32_t outcome = CALL(fd, w5100_connect(fd, &peer, sizeof peer));
        if (outcome == 0 && session(self, fd)) {
            COUNT(whole, 1);
        }
        if (outcome == -W5100_ENOBUFS) {
            thread_rests(10);
        }
        if (roll(self, 2) == 0) {
            CALL(fd, w5100_shutdown(fd, W5100_SHUT_WR));
        }
        CALL(fd, w5100_close(fd));
    }
}

/* A datagram of its own for each round: what comes back is one of this socket's, uncut. */
void datagram_job(thread *self) {
    const w5100_sockaddr_in peer = scene_address(PEER_IP, PEER_UDP_PORT);
    while (thread_goes_on(self)) {
        const int32_t device = (int32_t)roll(self, DEVICES);
        const int32_t fd = CALL(0, w5100_socket_on(device, W5100_AF_INET, W5100_SOCK_DGRAM, 0));
        if (fd < 0) {
            thread_rests(5);
            continue;
        }
        expose(self, fd);
        for (int i = 0; i < 5; i++) {
            uint8_t data[CHUNK];
            w5100_sockaddr_in from;
            uint32_t size = sizeof from;
            const uint32_t ms = 20;
            const size_t length = 4 + roll(self, CHUNK - 4);
            stream_fill(data, length, (uint32_t)fd, 0);
            CALL(fd, w5100_setsockopt(fd, W5100_SOL_SOCKET, W5100_SO_RCVTIMEO, &ms, sizeof ms));
            if (CALL(fd, w5100_sendto(fd, data, length, 0, &peer, sizeof peer)) == -W5100_ENOBUFS) {
                thread_rests(20); /* all hardware sockets are taken */
            }
            const int32_t count = CALL(fd, w5100_recvfrom(fd, data, sizeof data, 0, &from, &size));
            if (count > 0 && memcmp(&from, &peer, 8) == 0) {
                CHECK(stream_matches(data, (size_t)count, (uint32_t)fd, 0));
                COUNT(returned, 1);
            }
        }
        CALL(fd, w5100_close(fd));
    }
}

void closer_job(thread *self) {
    while (thread_goes_on(self)) {
        const int32_t fd = PEEK(victims[roll(self, PLACES_ALL)]);
        w5100_pollfd entry = {fd, W5100_POLLIN | W5100_POLLOUT, 0};
        uint8_t byte;
        switch (roll(self, 12)) {
        case 0:
            CALL(fd, w5100_close(fd));
            break;
        case 1:
            CALL(fd, w5100_shutdown(fd, (int32_t)roll(self, 3)));
            break;
        case 2:
            CALL(fd, w5100_recv(fd, &byte, 1, W5100_MSG_PEEK | W5100_MSG_DONTWAIT));
            break;
        case 3:
        case 4:
            options_any(self, fd);
            break;
        default:
            CALL(fd, w5100_poll(&entry, 1, (int32_t)roll(self, 10)));
            CALL(fd, w5100_state(fd));
            CALL(fd, w5100_outstanding(fd));
            thread_rests(roll(self, 10));
        }
    }
}

void sessions_check(void) {
    check_note("sessions served", PEEK(served));
    check_note("bytes echoed", PEEK(echoed));
    check_note("sessions whole", PEEK(whole));
    check_note("datagrams back", PEEK(returned));
}
