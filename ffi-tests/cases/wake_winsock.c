/* W8 and W7 in the Winsock view: its select with a wake handle in the set. */
#include "port.h"
#include "worker.h"

#include "winsock_case.h"

#define PORT 80
#define AT_ONCE_MS 100 /* of virtual time */

static fd_set set_of(SOCKET handle) {
    fd_set set;
    FD_ZERO(&set);
    FD_SET(handle, &set);
    return set;
}

/* The sockets that are readable, or what the last error is, as a negative number. */
static int32_t select_readable(void *handle) {
    fd_set readable = set_of(*(int32_t *)handle);
    const int count = select(0, &readable, NULL, NULL, NULL);
    return count < 0 ? -WSAGetLastError() : count;
}

static int32_t ended_by(int32_t (*end)(int32_t handle), int32_t handle) {
    worker waiter;
    worker_start(&waiter, select_readable, &handle);
    port_until_waiting(1);
    wire_run(1300);
    port_until_waiting(1);
    const uint32_t before = wire_now_ms();
    CHECK_EQ(end(handle), 0);
    const int32_t answer = worker_join(&waiter);
    CHECK(wire_now_ms() - before <= AT_ONCE_MS);
    return answer;
}

static int32_t shut_read(int32_t handle) {
    return shutdown(handle, SD_RECEIVE);
}

CASE(w8_a_wake_ends_winsocks_select) {
    struct timeval now = {0, 0};
    winsock_start();
    int32_t handle = CHECK_OK(w5100_wake_new(0));
    CHECK_EQ(ended_by(w5100_wake, handle), 1);
    CHECK_EQ(select_readable(&handle), 1); /* before it begins, too */
    CHECK_EQ(w5100_wake_clear(handle), 1);
    fd_set readable = set_of(handle);
    CHECK_EQ(select(0, &readable, NULL, NULL, &now), 0);
}

CASE(w8_closing_the_wake_handle_ends_winsocks_select) {
    winsock_start();
    CHECK_EQ(ended_by(w5100_close, CHECK_OK(w5100_wake_new(0))), -WSAENOTSOCK);
}

CASE(w7_closesocket_and_shutdown_end_winsocks_select) {
    int32_t fd;
    winsock_start();
    const SOCKET server = winsock_listener(PORT);
    wire_session(server, PORT, &fd);
    CHECK_EQ(ended_by(shut_read, fd), 1);
    wire_session(server, PORT, &fd);
    CHECK_EQ(ended_by(w5100_close, fd), -WSAENOTSOCK);
}
