/* Sockets and handles. */
#include <string.h>

#include "session.h"

ROW(socket_bad, arguments, IS("family", "EAFNOSUPPORT"), IS("type", "ESOCKTNOSUPPORT"),
    IS("protocol", "EPROTOTYPE")) {
    OBSERVE("family", v_socket(99, V(SOCK_STREAM), 0));
    OBSERVE("type", v_socket(V(AF_INET), 99, 0));
    OBSERVE("protocol", v_socket(V(AF_INET), V(SOCK_STREAM), V(IPPROTO_UDP)));
}

static v_fd closed(void) {
    const v_fd fd = tcp();
    MUST(v_close(fd));
    return fd;
}

ROW(stale_handle, set_up, IS_EBADF("bind"), IS_EBADF("listen"), IS_EBADF("accept"),
    IS_EBADF("connect"), IS_EBADF("shutdown"), IS_EBADF("close"), IS_EBADF("getsockname"),
    IS_EBADF("getpeername"), IS_EBADF("setsockopt"), IS_EBADF("getsockopt"), IS_EBADF("ioctl")) {
    const v_fd fd = closed();
    v_address address = v_at(scene_ip(PEER), 80);
    v_length length = sizeof address;
    int value = 1;
    v_length value_length = sizeof value;
    OBSERVE("bind", v_bind(fd, &address, sizeof address));
    OBSERVE("listen", v_listen(fd, 1));
    OBSERVE("accept", v_accept(fd, NULL, NULL));
    OBSERVE("connect", v_connect(fd, &address, sizeof address));
    OBSERVE("shutdown", v_shutdown(fd, V(SHUT_RDWR)));
    OBSERVE("close", v_close(fd));
    OBSERVE("getsockname", v_getsockname(fd, &address, &length));
    OBSERVE("getpeername", v_getpeername(fd, &address, &length));
    OBSERVE("setsockopt", v_setsockopt(fd, V(SOL_SOCKET), V(SO_REUSEADDR), &value, sizeof value));
    OBSERVE("getsockopt", v_getsockopt(fd, V(SOL_SOCKET), V(SO_TYPE), &value, &value_length));
    OBSERVE("ioctl", v_ioctl(fd, V(FIONREAD), &value));
}

ROW(stale_handle, transfer, IS_EBADF("send"), IS_EBADF("recv"), IS_EBADF("sendto"),
    IS_EBADF("recvfrom"),
    IS("zero", "EBADF", .winsock = "ENOTSOCK", .not_linux = "0 is the standard input"),
    IS_EBADF("negative")) {
    const v_fd fd = closed();
    v_address address = v_at(scene_ip(PEER), 80);
    v_length length = sizeof address;
    char data[4] = "abc";
    OBSERVE("send", v_send(fd, data, sizeof data, 0));
    OBSERVE("recv", v_recv(fd, data, sizeof data, 0));
    OBSERVE("sendto", v_sendto(fd, data, sizeof data, 0, &address, sizeof address));
    OBSERVE("recvfrom", v_recvfrom(fd, data, sizeof data, 0, &address, &length));
    OBSERVE("zero", v_listen(0, 1));
    OBSERVE("negative", v_recv((v_fd)-1, data, sizeof data, 0));
}

/* A new socket has the place of the old one. */
ROW(stale_handle, reused, IS_EBADF("reused")) {
    v_address address = v_at(0, 0);
    v_length length = sizeof address;
    const v_fd fd = closed();
    tcp();
    OBSERVE("reused", v_getsockname(fd, &address, &length));
}

ROW(socket_table_full, all, IS("full", "EMFILE"), IS("after close", "new socket")) {
    v_fd last = tcp();
    long next = 0;
    scene_few_sockets();
    for (int i = 0; i < 100 && next >= 0; i++) {
        next = v_socket(V(AF_INET), i % 2 == 0 ? V(SOCK_STREAM) : V(SOCK_DGRAM), 0);
        last = next >= 0 ? (v_fd)next : last;
    }
    OBSERVE("full", next);
    MUST(v_close(last));
    OBSERVE_TEXT("after close",
                 v_socket(V(AF_INET), V(SOCK_STREAM), 0) >= 0 ? "new socket" : "none");
}

ROW(close_twice, tcp, IS("first", "0"), IS_EBADF("second")) {
    const v_fd fd = tcp();
    OBSERVE("first", v_close(fd));
    OBSERVE("second", v_close(fd));
}

/* A call that succeeds leaves the last error alone. */
ROW(errno_success, calls, IS("set-up", "untouched"), IS("transfer", "untouched"),
    IS("failure", "changed")) {
    const int mark = 1234;
    peer *other;
    char data[4];
    uint16_t port;
    v_set_error(mark);
    v_close(listener(&port));
    OBSERVE_TEXT("set-up", v_error() == mark ? "untouched" : "changed");
    const v_fd fd = session(&other);
    peer_sends(other, "abc", 3);
    await_data(fd);
    v_set_error(mark);
    REQUIRE(v_recv(fd, data, sizeof data, 0) == 3 && v_send(fd, data, 3, 0) == 3);
    MUST(v_shutdown(fd, V(SHUT_WR)));
    MUST(v_close(fd));
    OBSERVE_TEXT("transfer", v_error() == mark ? "untouched" : "changed");
    REQUIRE(v_close(fd) < 0);
    OBSERVE_TEXT("failure", v_error() == mark ? "untouched" : "changed");
}
