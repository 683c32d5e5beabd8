/* The InternalCalls of a managed Socket, as the interpreter has them. */
#include <string.h>

#include "interpreter.h"

#define WOULD_BLOCK 10035
#define TIMED_OUT 10060
#define FOREVER UINT32_MAX

static int thrown(void) {
    const int code = w5100_netmf_sock_getlasterror();
    CHECK(code > 0);
    return -code;
}

int managed_socket(int type) {
    int32_t on = 1;
    const int fd = w5100_netmf_sock_socket(2, type, 0);
    if (fd < 0) {
        return thrown();
    }
    CHECK_EQ(w5100_netmf_sock_ioctl(fd, W5100_NETMF_FIONBIO, &on), 0);
    return fd;
}

int managed_ask(int fd, enum mode mode) {
    const w5100_netmf_timeval zero = {0, 0};
    w5100_netmf_fd_set set = {1, {fd}};
    w5100_netmf_fd_set except = {1, {fd}};
    interpreter.selects++;
    const int found = w5100_netmf_sock_select(1, mode == MODE_READ ? &set : NULL,
                                              mode == MODE_WRITE ? &set : NULL, &except, &zero);
    if (found < 0) {
        return thrown();
    }
    const bool ready = mode != MODE_ERROR && set.fd_count == 1;
    CHECK_EQ(found, (int)ready + (int)except.fd_count);
    CHECK(except.fd_count == 0 || except.fd_array[0] == fd);
    if (except.fd_count != 0 && !(mode == MODE_READ && ready)) {
        return thrown();
    }
    return found;
}

int managed_poll(int fd, enum mode mode, int32_t limit_ms) {
    const uint32_t begin = wire_now_ms();
    const uint32_t limit = limit_ms < 0 ? FOREVER : (uint32_t)limit_ms;
    for (;;) {
        const int found = managed_ask(fd, mode);
        if (found != 0) {
            return found;
        }
        if (interpreter.before_park != NULL) {
            interpreter.before_park(fd);
        }
        const uint32_t gone = wire_now_ms() - begin;
        if (limit != FOREVER && gone >= limit) {
            return 0;
        }
        green_park(limit == FOREVER ? FOREVER : limit - gone);
    }
}

int managed_connect(int fd, uint8_t last, uint16_t port) {
    const w5100_netmf_sockaddr to = managed_address(last, port);
    if (w5100_netmf_sock_connect(fd, &to, sizeof to) < 0 &&
        w5100_netmf_sock_getlasterror() != WOULD_BLOCK) {
        return thrown();
    }
    const int outcome = managed_poll(fd, MODE_WRITE, -1);
    return outcome < 0 ? outcome : 0;
}

int managed_accept(int fd) {
    int32_t on = 1;
    const int outcome = managed_poll(fd, MODE_READ, -1);
    if (outcome < 0) {
        return outcome;
    }
    const int accepted = w5100_netmf_sock_accept(fd, NULL, NULL);
    if (accepted < 0) {
        return thrown();
    }
    CHECK_EQ(w5100_netmf_sock_ioctl(accepted, W5100_NETMF_FIONBIO, &on), 0);
    return accepted;
}

int managed_send(int fd, const void *data, int length) {
    int sent = 0;
    while (sent < length) {
        const int outcome = managed_poll(fd, MODE_WRITE, -1);
        if (outcome < 0) {
            return outcome;
        }
        const int count = w5100_netmf_sock_send(fd, (const char *)data + sent, length - sent, 0);
        if (count < 0) {
            /* It would spin, where it does not fail. */
            CHECK(w5100_netmf_sock_getlasterror() != WOULD_BLOCK);
            return thrown();
        }
        CHECK(count > 0);
        sent += count;
    }
    return sent;
}

int managed_receive(int fd, void *data, int length, int32_t limit_ms) {
    const int outcome = managed_poll(fd, MODE_READ, limit_ms);
    if (outcome < 0) {
        return outcome;
    }
    if (outcome == 0) {
        return -TIMED_OUT;
    }
    const int count = w5100_netmf_sock_recv(fd, data, length, 0);
    return count < 0 ? thrown() : count;
}

int managed_available(int fd) {
    int32_t bytes = -1;
    CHECK_EQ(w5100_netmf_sock_ioctl(fd, W5100_NETMF_FIONREAD, &bytes), 0);
    return bytes;
}

w5100_netmf_sockaddr managed_address(uint8_t last, uint16_t port) {
    const w5100_sockaddr_in address = wire_address(last, port);
    w5100_netmf_sockaddr to;
    memcpy(&to, &address, sizeof to);
    return to;
}

int managed_listener(uint16_t port, int backlog) {
    const w5100_netmf_sockaddr local = managed_address(0, port);
    const int fd = managed_socket(1);
    CHECK(fd > 0);
    CHECK_EQ(w5100_netmf_sock_bind(fd, &local, sizeof local), 0);
    CHECK_EQ(w5100_netmf_sock_listen(fd, backlog), 0);
    return fd;
}

static bool is_established(void *conn) {
    interpreter_pass(1);
    return w5100_sim_conn_established(conn);
}

w5100_sim_conn *managed_session(int listener, uint16_t port, int *accepted) {
    static const uint8_t ip[4] = NETWORK(DEVICE_IP);
    w5100_sim_conn *conn = w5100_sim_peer_connect(wire_peer(), ip, port);
    CHECK(conn != NULL);
    CHECK(wire_until(is_established, conn, 1000));
    CHECK(managed_ask(listener, MODE_READ) > 0);
    *accepted = w5100_netmf_sock_accept(listener, NULL, NULL);
    CHECK(*accepted > 0);
    return conn;
}
