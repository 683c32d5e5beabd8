/* W8 and W7 in each view of waiting: poll and select of the core and of the BSD view. The Winsock
   view is in wake_winsock.c. */
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

#include "port.h"
#include "wire.h"
#include "worker.h"

#include "w5100_bsd.h"

#define PORT 80
#define AT_ONCE_MS 100 /* of virtual time */
#define FOREVER (-1)

/* Waits until a handle is readable: 1, or 0 when `ms` are over, or -W5100_EBADF. */
typedef int32_t (*wait_function)(int32_t handle, int32_t ms);

static int32_t by_poll(int32_t handle, int32_t ms) {
    w5100_pollfd entry = {handle, W5100_POLLIN, 0};
    const int32_t count = w5100_poll(&entry, 1, ms);
    if (entry.revents == W5100_POLLNVAL) {
        CHECK_EQ(count, 1);
        return -W5100_EBADF;
    }
    CHECK_EQ((entry.revents & W5100_POLLIN) != 0, count == 1);
    return count;
}

static int32_t by_select(int32_t handle, int32_t ms) {
    w5100_fd_set set;
    const w5100_timeout limit = {ms / 1000, ms % 1000 * 1000};
    w5100_fd_zero(&set);
    w5100_fd_set_add(handle, &set);
    const int32_t count = w5100_select(0, &set, NULL, NULL, ms < 0 ? NULL : &limit);
    CHECK(count <= 0 || w5100_fd_isset(handle, &set));
    return count;
}

static int32_t by_bsd_poll(int32_t handle, int32_t ms) {
    struct pollfd entry = {handle, POLLIN, 0};
    const int count = poll(&entry, 1, ms);
    return entry.revents == POLLNVAL ? -W5100_EBADF : count;
}

static int32_t by_bsd_select(int32_t handle, int32_t ms) {
    fd_set set;
    struct timeval limit = {ms / 1000, ms % 1000 * 1000};
    FD_ZERO(&set);
    FD_SET(handle, &set);
    const int count = select(handle + 1, &set, NULL, NULL, ms < 0 ? NULL : &limit);
    CHECK(count <= 0 || FD_ISSET(handle, &set));
    if (count < 0) {
        CHECK_EQ(errno, EBADF);
        return -W5100_EBADF;
    }
    return count;
}

static const wait_function views[] = {by_poll, by_select, by_bsd_poll, by_bsd_select};
#define VIEWS (sizeof views / sizeof views[0])

struct waiting {
    worker worker;
    wait_function view;
    int32_t handle;
};

static int32_t wait_for_ever(void *context) {
    const struct waiting *self = context;
    return self->view(self->handle, FOREVER);
}

static void begin(struct waiting *self, wait_function view, int32_t handle) {
    self->view = view;
    self->handle = handle;
    worker_start(&self->worker, wait_for_ever, self);
}

CASE(w8_a_wake_before_the_wait_ends_it_in_every_view) {
    wire_start();
    const int32_t handle = CHECK_OK(w5100_wake_new(0));
    for (size_t i = 0; i < VIEWS; i++) {
        CHECK_EQ(views[i](handle, 20), 0);
        CHECK_EQ(w5100_wake(handle), 0);
        CHECK_EQ(w5100_wake(handle), 0);
        const uint32_t before = wire_now_ms();
        CHECK_EQ(views[i](handle, FOREVER), 1);
        CHECK_EQ(views[i](handle, 0), 1); /* until it is cleared */
        CHECK(wire_now_ms() - before <= AT_ONCE_MS);
        CHECK_EQ(w5100_wake_clear(handle), 1);
        CHECK_EQ(w5100_wake_clear(handle), 0);
        CHECK_EQ(views[i](handle, 0), 0);
    }
}

CASE(w8_one_wake_ends_the_waits_of_all_views) {
    struct waiting waiting[VIEWS];
    wire_start();
    const int32_t handle = CHECK_OK(w5100_wake_new(0));
    for (size_t i = 0; i < VIEWS; i++) {
        begin(&waiting[i], views[i], handle);
    }
    port_until_waiting(VIEWS);
    wire_run(1300);
    port_until_waiting(VIEWS);
    const uint32_t before = wire_now_ms();
    CHECK_EQ(w5100_wake(handle), 0);
    for (size_t i = 0; i < VIEWS; i++) {
        CHECK_EQ(worker_join(&waiting[i].worker), 1);
    }
    CHECK(wire_now_ms() - before <= AT_ONCE_MS);
}

CASE(w8_closing_the_wake_handle_ends_the_wait_in_every_view) {
    wire_start();
    for (size_t i = 0; i < VIEWS; i++) {
        struct waiting waiting;
        const int32_t handle = CHECK_OK(w5100_wake_new(0));
        begin(&waiting, views[i], handle);
        port_until_waiting(1);
        wire_run(1300);
        port_until_waiting(1);
        const uint32_t before = wire_now_ms();
        CHECK_EQ(w5100_close(handle), 0);
        CHECK_EQ(worker_join(&waiting.worker), -W5100_EBADF);
        CHECK(wire_now_ms() - before <= AT_ONCE_MS);
        CHECK_EQ(views[i](handle, FOREVER), -W5100_EBADF);
    }
}

/* A handle beside a socket: each is told apart, and a wake ends nothing but the wait. */
CASE(w8_a_wake_handle_beside_a_socket_leaves_it_as_it_is) {
    int32_t fd;
    char data[4];
    wire_start();
    w5100_sim_conn *conn = wire_session(wire_listener(PORT, 1), PORT, &fd);
    const int32_t handle = CHECK_OK(w5100_wake_new(0));
    CHECK_EQ(w5100_wake(handle), 0);
    fd_set set;
    FD_ZERO(&set);
    FD_SET(fd, &set);
    FD_SET(handle, &set);
    CHECK_EQ(select(0, &set, NULL, NULL, NULL), 1);
    CHECK(FD_ISSET(handle, &set));
    CHECK(!FD_ISSET(fd, &set));
    CHECK_EQ(w5100_wake_clear(handle), 1);
    wire_client_sends(conn, "data", 4);
    struct pollfd entries[] = {{fd, POLLIN, 0}, {handle, POLLIN, 0}};
    CHECK_EQ(poll(entries, 2, FOREVER), 1);
    CHECK_EQ(entries[0].revents, POLLIN);
    CHECK_EQ(entries[1].revents, 0);
    CHECK_EQ(w5100_recv(fd, data, sizeof data, 0), 4);
}

CASE(w7_shutdown_ends_the_wait_in_every_view) {
    wire_start();
    const int32_t listener = wire_listener(PORT, 4);
    for (size_t i = 0; i < VIEWS; i++) {
        struct waiting waiting;
        int32_t fd;
        wire_session(listener, PORT, &fd);
        begin(&waiting, views[i], fd);
        port_until_waiting(1);
        wire_run(1300);
        port_until_waiting(1);
        const uint32_t before = wire_now_ms();
        CHECK_EQ(w5100_shutdown(fd, W5100_SHUT_RD), 0);
        CHECK_EQ(worker_join(&waiting.worker), 1);
        CHECK(wire_now_ms() - before <= AT_ONCE_MS);
    }
}

/* A port that counts, and interrupts the library in the midst of its use of the bus. */
static w5100_port original;
static int32_t woken;
static uint32_t interrupts, notifies, others;

static int32_t transfer(void *context, uint8_t *frames, size_t count) {
    others++;
    if (woken != 0) {
        /* The task that this interrupts holds the lock, which no interrupt can wait for. */
        const int32_t handle = woken;
        woken = 0;
        interrupts++;
        const uint32_t others_before = others, notifies_before = notifies;
        CHECK_EQ(w5100_wake(handle), 0);
        CHECK_EQ(others, others_before);
        CHECK_EQ(notifies, notifies_before + 1);
        CHECK_EQ(w5100_wake_clear(handle), 1);
        CHECK_EQ(others, others_before);
        CHECK_EQ(notifies, notifies_before + 1);
        CHECK_EQ(w5100_wake(handle), 0);
    }
    return original.transfer(context, frames, count);
}

static uint32_t now_ms(void *context) {
    others++;
    return original.now_ms(context);
}

static void sleep_until(void *context, uint32_t seen, uint32_t timeout_ms) {
    others++;
    original.wait(context, seen, timeout_ms);
}

static void notify(void *context) {
    notifies++;
    original.notify(context);
}

static void lock(void *context) {
    others++;
    original.lock(context);
}

static void unlock(void *context) {
    others++;
    original.unlock(context);
}

static bool interrupt(void *context) {
    others++;
    return original.interrupt(context);
}

CASE(w8_a_wake_from_an_interrupt_calls_nothing_of_the_port_but_notify) {
    w5100_port *port = port_of(wire_add_chip(0));
    const w5100_config config = wire_config(0);
    original = *port;
    port->transfer = transfer;
    port->now_ms = now_ms;
    port->wait = sleep_until;
    port->notify = notify;
    port->lock = lock;
    port->unlock = unlock;
    port->interrupt = interrupt;
    CHECK_EQ(WIZnet_Enable(port, &config), 0);
    wire_add_peer();
    const int32_t handle = CHECK_OK(w5100_wake_new(0));
    for (uint32_t i = 0; i < VIEWS; i++) {
        woken = handle; /* at the next frame, which is one of the wait's looks */
        CHECK_EQ(views[i](handle, FOREVER), 1);
        CHECK_EQ(interrupts, i + 1);
        CHECK_EQ(w5100_wake_clear(handle), 1);
    }
}
