/* W6: a stale handle never reaches a new socket. */
#include <stdatomic.h>

#include "port.h"
#include "wire.h"
#include "worker.h"

#define PORT 80

/* Every call there is, on a handle that is none. */
static void every_call_is_ebadf(int32_t old) {
    char byte = 0;
    int32_t value = 0;
    w5100_sockaddr_in address = wire_address(PEER_IP, 7);
    uint32_t length = sizeof address;
    uint32_t value_length = sizeof value;
    CHECK_ERROR(w5100_bind(old, &address, sizeof address), EBADF);
    CHECK_ERROR(w5100_listen(old, 1), EBADF);
    CHECK_ERROR(w5100_accept(old, &address, &length), EBADF);
    CHECK_ERROR(w5100_connect(old, &address, sizeof address), EBADF);
    CHECK_ERROR(w5100_send(old, &byte, 1, 0), EBADF);
    CHECK_ERROR(w5100_recv(old, &byte, 1, 0), EBADF);
    CHECK_ERROR(w5100_sendto(old, &byte, 1, 0, &address, sizeof address), EBADF);
    CHECK_ERROR(w5100_recvfrom(old, &byte, 1, 0, &address, &length), EBADF);
    CHECK_ERROR(w5100_shutdown(old, W5100_SHUT_RDWR), EBADF);
    CHECK_ERROR(w5100_getsockname(old, &address, &length), EBADF);
    CHECK_ERROR(w5100_getpeername(old, &address, &length), EBADF);
    CHECK_ERROR(w5100_setsockopt(old, W5100_SOL_SOCKET, W5100_SO_REUSEADDR, &value, sizeof value),
                EBADF);
    CHECK_ERROR(w5100_getsockopt(old, W5100_SOL_SOCKET, W5100_SO_TYPE, &value, &value_length),
                EBADF);
    CHECK_ERROR(w5100_ioctl(old, W5100_FIONREAD, &value), EBADF);
    CHECK_ERROR(w5100_outstanding(old), EBADF);
    CHECK_ERROR(w5100_close(old), EBADF);
    w5100_pollfd entry = {old, W5100_POLLIN, 0};
    CHECK_EQ(w5100_poll(&entry, 1, 0), 1);
    CHECK_EQ(entry.revents, W5100_POLLNVAL);
}

CASE(w6_every_call_on_a_closed_handle_is_ebadf) {
    static const int32_t never_valid[] = {0, -1, INT32_MIN, INT32_MAX, 1};
    wire_start();
    for (size_t i = 0; i < sizeof never_valid / sizeof never_valid[0]; i++) {
        w5100_pollfd entry = {never_valid[i], W5100_POLLIN, 0};
        CHECK_ERROR(w5100_close(never_valid[i]), EBADF);
        CHECK_EQ(w5100_poll(&entry, 1, 0), never_valid[i] >= 0);
    }
    const int32_t old = CHECK_OK(w5100_socket(W5100_AF_INET, W5100_SOCK_STREAM, 0));
    CHECK_EQ(w5100_close(old), 0);
    every_call_is_ebadf(old);
    CHECK_OK(w5100_socket(W5100_AF_INET, W5100_SOCK_STREAM, 0));
    every_call_is_ebadf(old);
}

/* One listener after the other takes the same hardware socket. The first handle stays dead. */
CASE(w6_reuses_of_one_hardware_socket_never_revive_a_handle) {
    enum { REUSES = 20000 };
    char byte;
    wire_start();
    const int32_t first = wire_listener(PORT, 1);
    CHECK_EQ(w5100_close(first), 0);
    for (int i = 0; i < REUSES; i++) {
        const int32_t fd = wire_listener(PORT, 1);
        CHECK(fd != first);
        CHECK_ERROR(w5100_recv(first, &byte, 1, 0), EBADF);
        CHECK_ERROR(w5100_close(first), EBADF);
        CHECK_EQ(w5100_close(fd), 0);
        CHECK_ERROR(w5100_send(fd, "x", 1, 0), EBADF);
    }
}

static atomic_bool stop;
static atomic_int closed_handle;

static int32_t open_and_close(void *count) {
    for (int i = 0; i < *(int *)count; i++) {
        const int32_t fd = CHECK_OK(w5100_socket(W5100_AF_INET, W5100_SOCK_STREAM, 0));
        CHECK_EQ(w5100_listen(fd, 1), 0);
        CHECK_EQ(w5100_close(fd), 0);
        atomic_store(&closed_handle, fd);
    }
    return 0;
}

/* recv, send and close on handles that were closed a moment ago, while the slot is in new hands. */
static int32_t use_old(void *unused) {
    char byte;
    int32_t uses = 0;
    (void)unused;
    while (!atomic_load(&stop)) {
        const int32_t old = atomic_load(&closed_handle);
        CHECK_ERROR(w5100_recv(old, &byte, 1, W5100_MSG_DONTWAIT), EBADF);
        CHECK_ERROR(w5100_send(old, &byte, 1, W5100_MSG_DONTWAIT), EBADF);
        CHECK_ERROR(w5100_close(old), EBADF);
        uses++;
    }
    return uses;
}

CASE(w6_old_handles_are_dead_in_every_thread) {
    int count = 3000;
    worker owners[2], users[2];
    wire_start();
    const int32_t first = wire_listener(PORT, 1);
    CHECK_EQ(w5100_close(first), 0);
    atomic_store(&closed_handle, first);
    for (int i = 0; i < 2; i++) {
        worker_start(&users[i], use_old, NULL);
        worker_start(&owners[i], open_and_close, &count);
    }
    for (int i = 0; i < 2; i++) {
        CHECK_EQ(worker_join(&owners[i]), 0);
    }
    atomic_store(&stop, true);
    for (int i = 0; i < 2; i++) {
        CHECK(worker_join(&users[i]) > 0);
    }
}

CASE(w6_a_full_table_is_emfile_and_recovers) {
    int32_t handles[256];
    int32_t count = 0;
    int32_t result;
    wire_start();
    while ((result = w5100_socket(W5100_AF_INET, W5100_SOCK_STREAM, 0)) > 0 && count < 256) {
        handles[count++] = result;
    }
    CHECK_ERROR(result, EMFILE);
    CHECK(count >= 4);
    while (count > 0) {
        CHECK_EQ(w5100_close(handles[--count]), 0);
    }
    wire_still_works(PORT);
}
