/* F11: clients that die leave nothing behind. */
#include "wire.h"

#define PORT 80

/* The ways a client can go. */
enum death { RESET, RESET_BEFORE_ACCEPT, CLOSED, CLOSED_BEFORE_ACCEPT, WAYS };

static void a_client_dies(int32_t listener, enum death how) {
    char byte;
    w5100_sim_conn *conn = wire_client(PORT);
    if (how == CLOSED_BEFORE_ACCEPT) {
        w5100_sim_conn_close(conn);
        wire_run(5);
    }
    if (how == RESET_BEFORE_ACCEPT) {
        w5100_sim_conn_abort(conn);
        wire_run(5);
        CHECK_ERROR(w5100_accept(listener, NULL, NULL), EAGAIN);
    } else {
        const int32_t fd = CHECK_OK(w5100_accept(listener, NULL, NULL));
        if (how == RESET) {
            w5100_sim_conn_abort(conn);
            CHECK_ERROR(w5100_recv(fd, &byte, 1, 0), ECONNRESET);
        } else {
            w5100_sim_conn_close(conn);
            CHECK_EQ(w5100_recv(fd, &byte, 1, 0), 0);
        }
        CHECK_EQ(w5100_close(fd), 0);
    }
    wire_run(20);
    w5100_sim_conn_free(conn);
}

static bool four_free(void *unused) {
    (void)unused;
    w5100_service(0);
    return wire_free_sockets(0) == 4;
}

CASE(f11_1000_killed_clients_leave_no_zombie) {
    int32_t on = 1;
    wire_start();
    const int32_t listener = wire_listener(PORT, 4);
    CHECK_EQ(w5100_ioctl(listener, W5100_FIONBIO, &on), 0);
    for (int i = 0; i < 1000; i++) {
        a_client_dies(listener, (enum death)(i % WAYS));
    }
    CHECK(wire_until(four_free, NULL, 5000));
    CHECK_EQ(w5100_close(listener), 0);
    CHECK(wire_until(four_free, NULL, 5000));
    wire_still_works(PORT);
}

/* Clients whose power fails: the chip gives up on them when it has data for them. */
CASE(f11_vanished_clients_leave_no_zombie) {
    wire_start();
    const int32_t listener = wire_listener(PORT, 4);
    for (int round = 0; round < 10; round++) {
        int32_t fds[4];
        for (int i = 0; i < 4; i++) {
            wire_session(listener, PORT, &fds[i]);
        }
        w5100_sim_peer_vanish(wire_peer(), true);
        for (int i = 0; i < 4; i++) {
            char byte;
            CHECK_EQ(w5100_send(fds[i], "x", 1, 0), 1);
            CHECK_ERROR(w5100_recv(fds[i], &byte, 1, 0), ETIMEDOUT);
            CHECK_EQ(w5100_close(fds[i]), 0);
        }
        w5100_sim_peer_vanish(wire_peer(), false);
        CHECK(wire_until(four_free, NULL, 5000));
    }
}
