/* Any call in any state: sockets that all wild threads share, and that any of them may close, use
   or replace between any two steps of another's call. */
#include <string.h>

#include "check.h"
#include "hosts.h"
#include "jobs.h"
#include "options.h"
#include "records.h"
#include "scene.h"

#define PLACES_ALL 8
#define LONGEST 600

static _Atomic int32_t places[PLACES_ALL]; /* handles, open or closed */

static int32_t any(thread *self) {
    return PEEK(places[roll(self, PLACES_ALL)]);
}

/* A handle that was closed stays closed, whatever others make of its table slot. */
static bool shut(int32_t fd) {
    const bool closed = CALL(fd, w5100_close(fd)) != -W5100_EBADF;
    w5100_sockaddr_in address;
    uint32_t length = sizeof address;
    if (fd > 0) {
        CHECK_ERROR(CALL(fd, w5100_getsockname(fd, &address, &length)), EBADF);
    }
    return closed;
}

/* Puts a new socket in the place of an old one. A quarter of them wait for ever. */
static bool place(thread *self, int32_t fd) {
    if (fd < 0) {
        return false;
    }
    const uint32_t ms = roll(self, 4) * 15;
    CALL(fd, w5100_setsockopt(fd, W5100_SOL_SOCKET, W5100_SO_RCVTIMEO, &ms, sizeof ms));
    CALL(fd, w5100_setsockopt(fd, W5100_SOL_SOCKET, W5100_SO_SNDTIMEO, &ms, sizeof ms));
    shut(atomic_exchange_explicit(&places[roll(self, PLACES_ALL)], fd, memory_order_relaxed));
    return true;
}

static bool do_close(thread *self) {
    return roll(self, 3) == 0 && shut(any(self));
}

/* Half of them are connected, if nobody is faster with something else. */
static bool do_tcp(thread *self) {
    const w5100_sockaddr_in peer = scene_address(PEER_IP, PEER_WILD_PORT);
    const int32_t device = (int32_t)roll(self, DEVICES);
    if (roll(self, 2) == 0) {
        return false;
    }
    const int32_t fd = CALL(0, w5100_socket_on(device, W5100_AF_INET, W5100_SOCK_STREAM, 0));
    const bool placed = place(self, fd);
    if (roll(self, 2) == 0) {
        CALL(fd, w5100_connect(fd, &peer, sizeof peer));
    }
    return placed;
}

/* Neither these nor the raw ones too often: they take hardware from the others. */
static bool do_udp(thread *self) {
    if (roll(self, 3) > 0) {
        return false;
    }
    return place(self, CALL(0, w5100_socket(W5100_AF_INET, W5100_SOCK_DGRAM, 0)));
}

static bool do_raw(thread *self) {
    const int32_t device = (int32_t)roll(self, DEVICES);
    if (roll(self, 4) > 0) {
        return false;
    }
    return place(self, roll(self, 2) == 0
                           ? CALL(0, w5100_socket_on(device, W5100_AF_PACKET, W5100_SOCK_RAW, 0))
                           : CALL(0, w5100_socket_on(device, W5100_AF_INET, W5100_SOCK_RAW,
                                                     W5100_IPPROTO_ICMP)));
}

static bool do_bind(thread *self) {
    static const uint16_t ports[] = {0, WILD_PORT, UDP_PORT};
    const w5100_sockaddr_in local = scene_address(0, ports[roll(self, 3)]);
    const int32_t fd = any(self);
    return CALL(fd, w5100_bind(fd, &local, sizeof local)) == 0;
}

static bool do_listen(thread *self) {
    const w5100_sockaddr_in local = scene_address(0, WILD_PORT);
    const int32_t device = (int32_t)roll(self, DEVICES);
    int32_t fd = any(self);
    if (roll(self, 3) == 0) {
        fd = CALL(0, w5100_socket_on(device, W5100_AF_INET, W5100_SOCK_STREAM, 0));
        place(self, fd);
    }
    CALL(fd, w5100_bind(fd, &local, sizeof local));
    return CALL(fd, w5100_listen(fd, (int32_t)roll(self, 6))) == 0;
}

/* Rather on a listener, though it may be none any more when accept comes to it. */
static bool do_accept(thread *self) {
    int32_t fd = any(self);
    int32_t listens = 0;
    uint32_t size = sizeof listens;
    for (int i = 0; i < PLACES_ALL && listens == 0; i++) {
        fd = any(self);
        CALL(fd, w5100_getsockopt(fd, W5100_SOL_SOCKET, W5100_SO_ACCEPTCONN, &listens, &size));
    }
    w5100_sockaddr_in address;
    uint32_t length = sizeof address;
    return place(self, CALL(fd, w5100_accept(fd, &address, &length)));
}

/* Mostly to somebody who answers. */
static bool do_connect(thread *self) {
    const uint32_t whom = roll(self, 8);
    w5100_sockaddr_in peer = scene_address(PEER_IP, PEER_WILD_PORT);
    const int32_t fd = any(self);
    if (whom == 0) {
        peer = scene_address(NOBODY_IP, PEER_WILD_PORT);
    } else if (whom == 1) {
        peer = scene_address(PEER_IP, 9999); /* refused */
    } else if (whom == 2) {
        peer.sin_family = W5100_AF_UNSPEC;
    } else if (whom == 3) {
        peer = scene_address(PEER_IP, PEER_UDP_PORT);
    }
    return CALL(fd, w5100_connect(fd, &peer, sizeof peer)) == 0;
}

static int32_t any_flags(thread *self, int32_t more) {
    static const int32_t flags[] = {0, 0, W5100_MSG_DONTWAIT, -1};
    const int32_t chosen = flags[roll(self, 4)];
    return chosen < 0 ? more : chosen;
}

static bool do_send(thread *self) {
    uint8_t data[LONGEST];
    const int32_t fd = any(self);
    const size_t length = RECORD * (1 + roll(self, LONGEST / RECORD));
    records_fill(data, length, (uint32_t)fd);
    return CALL(fd, w5100_send(fd, data, length, any_flags(self, W5100_MSG_MORE))) > 0;
}

static bool do_sendto(thread *self) {
    static const uint8_t last[] = {PEER_IP, PEER_IP, NOBODY_IP, 255};
    const w5100_sockaddr_in peer = scene_address(last[roll(self, 4)], PEER_UDP_PORT);
    uint8_t data[LONGEST];
    const int32_t fd = any(self);
    const size_t length = RECORD * (1 + roll(self, LONGEST / RECORD));
    records_fill(data, length, (uint32_t)fd);
    return CALL(fd, w5100_sendto(fd, data, length, any_flags(self, W5100_MSG_MORE), &peer,
                                 sizeof peer)) > 0;
}

/* What came through a connection is of one client alone, and came to no other handle. */
static void check_stream(int32_t fd, const uint8_t *data, int32_t length) {
    records_reader reader = {.length = 0};
    int32_t kind = 0;
    uint32_t size = sizeof kind;
    if (CALL(fd, w5100_getsockopt(fd, W5100_SOL_SOCKET, W5100_SO_TYPE, &kind, &size)) != 0 ||
        kind != W5100_SOCK_STREAM) {
        return;
    }
    CHECK(records_read(&reader, data, (size_t)length));
    if (reader.whole > 0) {
        CHECK(delivery_is_right(reader.tag, fd));
    }
}

static bool do_recv(thread *self) {
    uint8_t data[LONGEST];
    const int32_t fd = any(self);
    const size_t length = roll(self, LONGEST);
    const int32_t count = CALL(fd, w5100_recv(fd, data, length, any_flags(self, W5100_MSG_PEEK)));
    if (count > 0) {
        CHECK((size_t)count <= length);
        check_stream(fd, data, count);
    }
    return count > 0;
}

static bool do_recvfrom(thread *self) {
    uint8_t data[LONGEST];
    w5100_sockaddr_in from;
    uint32_t size = sizeof from;
    const int32_t fd = any(self);
    const int32_t count = CALL(
        fd, w5100_recvfrom(fd, data, sizeof data, any_flags(self, W5100_MSG_TRUNC), &from, &size));
    return count > 0;
}

static bool do_poll(thread *self) {
    w5100_pollfd set[4];
    for (int i = 0; i < 4; i++) {
        set[i].fd = i == 3 && roll(self, 4) == 0 ? -1 : any(self);
        set[i].events = (int16_t)(roll(self, 2) * W5100_POLLIN | roll(self, 2) * W5100_POLLOUT);
        set[i].revents = -1;
    }
    const uint32_t count = 1 + roll(self, 4);
    const int32_t found = CALL(set[0].fd, w5100_poll(set, count, (int32_t)roll(self, 20)));
    int32_t ready = 0;
    for (uint32_t i = 0; i < count; i++) {
        ready += set[i].revents != 0;
    }
    CHECK(found < 0 || found == ready);
    return found > 0;
}

static bool do_shutdown(thread *self) {
    const int32_t fd = any(self);
    return CALL(fd, w5100_shutdown(fd, (int32_t)roll(self, 4))) == 0;
}

static bool do_names(thread *self) {
    w5100_sockaddr_in address;
    uint32_t length = sizeof address;
    const int32_t fd = any(self);
    CALL(fd, w5100_getsockname(fd, &address, &length));
    return CALL(fd, w5100_getpeername(fd, &address, &length)) == 0;
}

static bool do_tell(thread *self) {
    int32_t value;
    const int32_t fd = any(self);
    const int32_t state = CALL(fd, w5100_state(fd));
    CHECK(w5100_state_name((uint8_t)state) != NULL);
    CALL(fd, w5100_ioctl(fd, W5100_FIONREAD, &value));
    CALL(fd, w5100_is_connected(fd));
    return CALL(fd, w5100_outstanding(fd)) >= 0;
}

static bool do_nonblocking(thread *self) {
    int32_t value = (int32_t)roll(self, 2);
    const int32_t fd = any(self);
    return CALL(fd, w5100_ioctl(fd, W5100_FIONBIO, &value)) == 0;
}

static bool do_option(thread *self) {
    return options_any(self, any(self));
}

static bool do_select(thread *self) {
    int32_t set[4];
    for (int i = 0; i < 4; i++) {
        set[i] = any(self);
    }
    return options_select(self, set, 4);
}

static bool do_wake(thread *self) {
    const int32_t fd = any(self);
    switch (roll(self, 4)) {
    case 0:
        return place(self, CALL(0, w5100_wake_new((int32_t)roll(self, DEVICES))));
    case 1:
        return CALL(fd, w5100_wake_clear(fd)) >= 0;
    default:
        return CALL(fd, w5100_wake(fd)) == 0;
    }
}

void wild_signal(thread *self) {
    const int32_t fd = any(self);
    CALL(fd, roll(self, 4) == 0 ? w5100_wake_clear(fd) : w5100_wake(fd));
}

/* Nothing of the library's is held, so it may call; the bytes are for the jobs that know them. */
static void told(void *context, int32_t fd, int32_t event, int32_t error) {
    int32_t waiting;
    (void)context;
    CHECK(event != 0 && error >= 0);
    CALL(fd, w5100_ioctl(fd, W5100_FIONREAD, &waiting));
}

#define MESSAGE 0x400
static char window[1];

/* The same of a window, which here is no more than an address. */
static ptrdiff_t window_told(void *to, uint32_t message, size_t fd, ptrdiff_t event) {
    CHECK(to == window && message == MESSAGE);
    told(NULL, (int32_t)fd, (int32_t)(event & 0xFFFF), (int32_t)(event >> 16));
    return 0;
}

static bool do_events(thread *self) {
    const int32_t fd = any(self);
    const int32_t events = (int32_t)roll(self, 64);
    switch (roll(self, 4)) {
    case 0:
        return CALL(fd, w5100_event_select(fd, events & ~4, told, NULL)) == 0;
    case 1:
        return CALL(fd, w5100_wsa_async_select(fd, window, window_told, MESSAGE, events)) == 0;
    default:
        return CALL(0, w5100_dispatch((int32_t)roll(self, 5))) > 0;
    }
}

/* A call that is new in the header belongs into this list, or into that of another job. */
static struct {
    const char *name;
    bool (*make)(thread *self);
    _Atomic uint32_t good;
} calls[] = {
    {"close", do_close, 0},
    {"tcp", do_tcp, 0},
    {"udp", do_udp, 0},
    {"raw", do_raw, 0},
    {"bind", do_bind, 0},
    {"listen", do_listen, 0},
    {"accept", do_accept, 0},
    {"connect", do_connect, 0},
    {"send", do_send, 0},
    {"sendto", do_sendto, 0},
    {"recv", do_recv, 0},
    {"recvfrom", do_recvfrom, 0},
    {"poll", do_poll, 0},
    {"shutdown", do_shutdown, 0},
    {"names", do_names, 0},
    {"tell", do_tell, 0},
    {"nonblocking", do_nonblocking, 0},
    {"option", do_option, 0},
    {"select", do_select, 0},
    {"wake", do_wake, 0},
    {"events", do_events, 0},
    {"hosts", hosts_list, 0},
    {"exchange", hosts_exchange, 0},
};

#define CALLS (sizeof calls / sizeof *calls)

void wild_job(thread *self) {
    while (thread_goes_on(self)) {
        const uint32_t chosen = roll(self, CALLS);
        if (calls[chosen].make(self)) {
            COUNT(calls[chosen].good, 1);
        }
    }
}

void wild_check(void) {
    for (size_t i = 0; i < CALLS; i++) {
        check_note(calls[i].name, PEEK(calls[i].good));
    }
}
