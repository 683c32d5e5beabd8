/* The scene on this computer: both ends are its own sockets, on loopback, in real time. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>

#include <linux/sockios.h>

#include "suite.h"

#define PATIENCE_MS 5000
#define LITTLE 4096
#define MOST_PORTS 16

struct peer {
    int fd;
    bool reset; /* as a call has told */
};

static struct {
    uint16_t port;
    int fd;
} ports[MOST_PORTS];
static int port_count;

void scene_start(void) {}

void scene_forgetful_chip(void) {
    abort();
}

void scene_little_memory(void) {
    abort();
}

bool peer_is_refused(uint16_t port) {
    (void)port;
    abort();
}

int scene_free_hardware(void) {
    abort();
}

int scene_commands(void) {
    abort();
}

void peer_vanishes(void) {
    abort();
}

uint32_t scene_ip(host whose) {
    switch (whose) {
    case ANY:
        return INADDR_ANY;
    case FOREIGN:
        return 0xC0000201; /* 192.0.2.1, RFC 5737 */
    case EVERYONE:
        return 0x7FFFFFFF; /* of the loopback network */
    case OURS:
    case PEER:
        return INADDR_LOOPBACK;
    default:
        abort();
    }
}

uint32_t scene_now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint32_t)(now.tv_sec * 1000 + now.tv_nsec / 1000000);
}

/* Loopback delivers before the call that sends returns. */
void scene_settle(void) {}

void scene_few_sockets(void) {
    const struct rlimit few = {32, 32};
    MUST(setrlimit(RLIMIT_NOFILE, &few));
}

void scene_little_buffer(long fd) {
    const int little = LITTLE;
    MUST(setsockopt((int)fd, SOL_SOCKET, SO_SNDBUF, &little, sizeof little));
}

/* ---- the peer ------------------------------------------------------------------------------ */

/* A socket of the peer on a port of its own, whose receive buffer is little. */
static int peer_socket(int type, uint16_t *port) {
    const int little = LITTLE;
    v_address address = v_at(INADDR_LOOPBACK, 0);
    v_length length = sizeof address;
    const int fd = (int)MUST(socket(AF_INET, type, 0));
    MUST(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &little, sizeof little));
    if (port != NULL) {
        REQUIRE(port_count < MOST_PORTS);
        MUST(v_bind(fd, &address, sizeof address));
        MUST(v_getsockname(fd, &address, &length));
        *port = v_port(&address);
        ports[port_count].port = *port;
        ports[port_count++].fd = fd;
    }
    return fd;
}

static int fd_of(uint16_t port) {
    for (int i = 0; i < port_count; i++) {
        if (ports[i].port == port) {
            return ports[i].fd;
        }
    }
    abort();
}

static peer *new_peer(int fd) {
    peer *self = malloc(sizeof *self);
    REQUIRE(self != NULL);
    self->fd = fd;
    self->reset = false;
    return self;
}

static bool readable(int fd) {
    struct pollfd entry = {fd, POLLIN, 0};
    return MUST(poll(&entry, 1, PATIENCE_MS)) == 1;
}

uint16_t peer_listens(void) {
    uint16_t port;
    MUST(listen(peer_socket(SOCK_STREAM, &port), 8));
    return port;
}

/* A backlog of 0 has room for one; while it waits for accept, a SYN gets no answer. */
uint16_t peer_hesitates(void) {
    uint16_t port;
    MUST(listen(peer_socket(SOCK_STREAM, &port), 0));
    peer_connects(port);
    return port;
}

/* Bound, so that nobody else listens there. */
uint16_t peer_refuses(void) {
    uint16_t port;
    peer_socket(SOCK_STREAM, &port);
    return port;
}

peer *peer_connects(uint16_t port) {
    const v_address address = v_at(INADDR_LOOPBACK, port);
    const int fd = peer_socket(SOCK_STREAM, NULL);
    MUST(v_connect(fd, &address, sizeof address));
    return new_peer(fd);
}

peer *peer_accepts(uint16_t port) {
    REQUIRE(readable(fd_of(port)));
    return new_peer((int)MUST(accept(fd_of(port), NULL, NULL)));
}

void peer_sends(peer *self, const void *data, size_t length) {
    REQUIRE(send(self->fd, data, length, 0) == (ssize_t)length);
}

void peer_tries(peer *self, const void *data, size_t length) {
    self->reset = send(self->fd, data, length, 0) < 0 && errno == ECONNRESET;
}

bool peer_gets(peer *self, const void *data, size_t length) {
    char *const got = malloc(length);
    size_t count = 0;
    REQUIRE(got != NULL);
    while (count < length && readable(self->fd)) {
        const ssize_t part = recv(self->fd, got + count, length - count, 0);
        if (part <= 0) {
            break;
        }
        count += (size_t)part;
    }
    const bool same = count == length && memcmp(got, data, length) == 0;
    free(got);
    return same;
}

static void *discard(void *self) {
    char part[4096];
    const int fd = ((peer *)self)->fd;
    while (recv(fd, part, sizeof part, 0) > 0) {
    }
    close(fd);
    return NULL;
}

void peer_discards(peer *self) {
    pthread_t thread;
    REQUIRE(pthread_create(&thread, NULL, discard, self) == 0);
}

void peer_ends(peer *self) {
    MUST(shutdown(self->fd, SHUT_WR));
}

void peer_resets(peer *self) {
    const struct linger none = {1, 0};
    MUST(setsockopt(self->fd, SOL_SOCKET, SO_LINGER, &none, sizeof none));
    MUST(close(self->fd));
}

/* The kernel tells no event for it, so it is asked again while others run. */
bool peer_is_acknowledged(peer *self) {
    const uint32_t begin = scene_now_ms();
    int left = 1;
    while (left > 0 && scene_now_ms() - begin < PATIENCE_MS) {
        MUST(ioctl(self->fd, SIOCOUTQ, &left));
        sched_yield();
    }
    return left == 0;
}

const char *peer_sees(peer *self) {
    char part[4096];
    while (!self->reset && readable(self->fd)) {
        const ssize_t count = recv(self->fd, part, sizeof part, 0);
        if (count == 0) {
            return "FIN";
        }
        if (count < 0) {
            return errno == ECONNRESET ? "RST" : "another error";
        }
    }
    return self->reset ? "RST" : "nothing";
}

uint16_t peer_udp(void) {
    uint16_t port;
    peer_socket(SOCK_DGRAM, &port);
    return port;
}

uint16_t peer_udp_nobody(void) {
    uint16_t port;
    MUST(close(peer_socket(SOCK_DGRAM, &port)));
    return port;
}

void peer_udp_sends(uint16_t from, uint16_t to, const void *data, size_t length) {
    const v_address address = v_at(INADDR_LOOPBACK, to);
    REQUIRE(v_sendto(fd_of(from), data, length, 0, &address, sizeof address) == (long)length);
}

bool peer_udp_waits(uint16_t port) {
    struct pollfd entry = {fd_of(port), POLLIN, 0};
    return MUST(poll(&entry, 1, 0)) == 1;
}

long peer_udp_gets(uint16_t port) {
    static char data[65536];
    REQUIRE(readable(fd_of(port)));
    return MUST(recv(fd_of(port), data, sizeof data, 0));
}

/* ---- a second thread ----------------------------------------------------------------------- */

static void *run(void *argument) {
    task *self = argument;
    __atomic_store_n(&self->id, (int)gettid(), __ATOMIC_RELEASE);
    self->result = self->call(self->argument);
    self->error = v_error();
    return NULL;
}

void task_start(task *self, long (*call)(void *argument), void *argument) {
    self->call = call;
    self->argument = argument;
    self->id = 0;
    REQUIRE(pthread_create(&self->thread, NULL, run, self) == 0);
}

/* The system call that thread `id` waits in, "running" or -1: proc(5). Not a futex: that is a lock
   on its way to the call. */
static long waits_in(int id) {
    char path[64];
    char text[32] = "";
    snprintf(path, sizeof path, "/proc/self/task/%d/syscall", id);
    FILE *file = fopen(path, "r");
    if (file != NULL) {
        if (fgets(text, sizeof text, file) == NULL) {
            text[0] = '\0';
        }
        fclose(file);
    }
    return isdigit((unsigned char)text[0]) != 0 ? strtol(text, NULL, 10) : -1;
}

void task_until_blocked(task *self) {
    static const long calls[] = {SYS_recvfrom, SYS_sendto, SYS_poll, SYS_connect, SYS_accept};
    for (;;) {
        const int id = __atomic_load_n(&self->id, __ATOMIC_ACQUIRE);
        const long call = id == 0 ? -1 : waits_in(id);
        for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
            if (call == calls[i]) {
                return;
            }
        }
        sched_yield();
    }
}

long task_join(task *self) {
    REQUIRE(pthread_join(self->thread, NULL) == 0);
    v_set_error(self->error);
    return self->result;
}
