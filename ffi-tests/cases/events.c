/* Wake handles and events, through C. */
#include <string.h>

#include "wire.h"
#include "worker.h"

#define PORT 80

static int32_t poll_for_ever(void *handle) {
    w5100_pollfd set = {*(int32_t *)handle, W5100_POLLIN, 0};
    const int32_t count = w5100_poll(&set, 1, W5100_WAIT_FOREVER);
    CHECK_EQ(set.revents, W5100_POLLIN);
    return count;
}

CASE(w8_a_wake_ends_a_poll_from_another_thread) {
    worker waiting;
    wire_start();
    int32_t handle = CHECK_OK(w5100_wake_new(0));
    worker_start(&waiting, poll_for_ever, &handle);
    wire_run(1000);
    CHECK_EQ(w5100_wake(handle), 0);
    CHECK_EQ(worker_join(&waiting), 1);
    CHECK_EQ(w5100_wake_clear(handle), 1);
    CHECK_EQ(w5100_wake_clear(handle), 0);
    CHECK_EQ(w5100_close(handle), 0);
    CHECK_ERROR(w5100_wake(handle), EBADF);
}

CASE(w8_a_wake_before_the_poll_is_not_lost) {
    wire_start();
    int32_t handle = CHECK_OK(w5100_wake_new(0));
    CHECK_EQ(w5100_wake(handle), 0);
    CHECK_EQ(poll_for_ever(&handle), 1);
}

CASE(f10_a_wake_handle_is_no_socket) {
    char byte = 0;
    wire_start();
    const int32_t wake = CHECK_OK(w5100_wake_new(0));
    const int32_t socket = CHECK_OK(w5100_socket(W5100_AF_INET, W5100_SOCK_STREAM, 0));
    CHECK_ERROR(w5100_wake(socket), EBADF);
    CHECK_ERROR(w5100_wake_clear(socket), EBADF);
    CHECK_ERROR(w5100_wake(0), EBADF);
    CHECK_ERROR(w5100_wake(-wake), EBADF);
    CHECK_ERROR(w5100_recv(wake, &byte, 1, 0), EOPNOTSUPP);
    CHECK_ERROR(w5100_listen(wake, 1), EOPNOTSUPP);
    CHECK_ERROR(w5100_wake_new(99), EINVAL);
}

/* An echo server that only ever acts when it is told to. */
typedef struct {
    int32_t listener;
    int32_t session;
    int32_t closed;
} server;

static void serve(void *context, int32_t handle, int32_t event, int32_t error) {
    server *self = context;
    char data[4];
    int32_t length;
    CHECK_EQ(error, 0);
    switch (event) {
    case W5100_FD_ACCEPT:
        CHECK_EQ(handle, self->listener);
        self->session = CHECK_OK(w5100_accept(handle, NULL, NULL));
        CHECK_EQ(w5100_event_select(self->session, W5100_FD_READ | W5100_FD_CLOSE, serve, self), 0);
        break;
    case W5100_FD_READ:
        /* Less than there is: it is told again. */
        length = CHECK_OK(w5100_recv(handle, data, sizeof data, 0));
        CHECK_EQ(w5100_send(handle, data, (size_t)length, 0), length);
        break;
    case W5100_FD_CLOSE:
        CHECK_EQ(handle, self->session);
        CHECK_EQ(w5100_close(handle), 0);
        self->closed++;
        break;
    default:
        CHECK_EQ(event, 0);
    }
}

static bool dispatched(void *context) {
    CHECK_OK(w5100_dispatch(0));
    return ((const server *)context)->closed == 1;
}

CASE(n9_a_server_of_callbacks_echoes_and_closes_its_own_socket) {
    server self = {0, 0, 0};
    wire_start();
    self.listener = wire_listener(PORT, 2);
    CHECK_EQ(w5100_event_select(self.listener, W5100_FD_ACCEPT, serve, &self), 0);
    w5100_sim_conn *conn = wire_client(PORT);
    wire_client_sends(conn, "eleven byte", 11);
    w5100_sim_conn_close(conn);
    CHECK(wire_until(dispatched, &self, 5000));
    wire_client_gets(conn, "eleven byte", 11);
    CHECK_ERROR(w5100_event_select(self.session, W5100_FD_READ, serve, &self), EBADF);
}

CASE(f10_events_of_nothing_and_for_nobody) {
    wire_start();
    const int32_t socket = CHECK_OK(w5100_socket(W5100_AF_INET, W5100_SOCK_STREAM, 0));
    CHECK_ERROR(w5100_event_select(socket, W5100_FD_READ, NULL, NULL), EFAULT);
    CHECK_ERROR(w5100_event_select(socket, 4, serve, NULL), EINVAL);
    CHECK_ERROR(w5100_event_select(socket, -1, serve, NULL), EINVAL);
    CHECK_EQ(w5100_event_select(socket, 0, NULL, NULL), 0);
    CHECK_EQ(w5100_dispatch(0), 0);
    CHECK_EQ(WIZnet_Disable(0), 0);
    CHECK_ERROR(w5100_dispatch(0), ENETDOWN);
}
