/* What is left when the peer ends a connection. */
#include <string.h>

#include "session.h"

#define NOT_SILENT .not_linux = "a peer on loopback cannot fall silent"
#define NO_CHIP .not_linux = "there is no chip"

ROW(peer_fin, tcp, IS("poll", "IN|OUT|RDHUP", .winsock = "read write"), IS("data", "5"),
    IS("end", "0"), IS("end, again", "0"),
    IS("poll at the end", "IN|OUT|RDHUP", .winsock = "read write")) {
    peer *other;
    char data[8];
    const v_fd fd = session(&other);
    peer_sends(other, "hello", 5);
    peer_ends(other);
    await_fin(fd);
    OBSERVE_TEXT("poll", state(fd, V_POLLIN | V_POLLOUT | V_POLLRDHUP));
    OBSERVE("data", v_recv(fd, data, sizeof data, 0));
    OBSERVE("end", v_recv(fd, data, sizeof data, 0));
    OBSERVE("end, again", v_recv(fd, data, sizeof data, 0));
    OBSERVE_TEXT("poll at the end", state(fd, V_POLLIN | V_POLLOUT | V_POLLRDHUP));
}

ROW(send_after_fin, tcp, IS("send", "3"), IS("arrives", "data"), IS("after RST", "ECONNRESET"),
    IS("then", "EPIPE", .winsock = "ESHUTDOWN"), IS("SIGPIPE", "0")) {
    peer *other;
    const v_fd fd = session(&other);
    peer_ends(other);
    await_fin(fd);
    OBSERVE("send", v_send(fd, "abc", 3, 0));
    OBSERVE_TEXT("arrives", peer_gets(other, "abc", 3) ? "data" : "none");
    peer_resets(other);
    await_hangup(fd);
    OBSERVE("after RST", v_send(fd, "abc", 3, 0));
    OBSERVE("then", v_send(fd, "abc", 3, 0));
    OBSERVE("SIGPIPE", suite_signals());
}

ROW(peer_rst_data, kept, IS("data", "5"), IS("error", "ECONNRESET"), IS("end", "0"),
    IS("end, again", "0"), IS("send", "EPIPE", .winsock = "ESHUTDOWN")) {
    peer *other;
    char data[8];
    const v_fd fd = session(&other);
    peer_sends(other, "hello", 5);
    await_data(fd);
    peer_resets(other);
    await_hangup(fd);
    OBSERVE("data", v_recv(fd, data, sizeof data, 0));
    OBSERVE("error", v_recv(fd, data, sizeof data, 0));
    OBSERVE("end", v_recv(fd, data, sizeof data, 0));
    OBSERVE("end, again", v_recv(fd, data, sizeof data, 0));
    OBSERVE("send", v_send(fd, "x", 1, 0));
}

/* A chip that forgets what it received when the connection ends, before anybody has looked. */
ROW(peer_rst_data, lost, IS("data lost: error", "ECONNRESET", NO_CHIP),
    IS("data lost: end", "0", NO_CHIP)) {
    if (suite_runs("data lost: end")) {
        peer *other;
        char data[8];
        scene_forgetful_chip();
        const v_fd fd = session(&other);
        peer_sends(other, "hello", 5);
        REQUIRE(peer_is_acknowledged(other));
        peer_resets(other);
        await_hangup(fd);
        OBSERVE("data lost: error", v_recv(fd, data, sizeof data, 0));
        OBSERVE("data lost: end", v_recv(fd, data, sizeof data, 0));
    }
}

ROW(send_after_rst, tcp, IS("first", "ECONNRESET"), IS("second", "EPIPE", .winsock = "ESHUTDOWN"),
    IS("recv", "0")) {
    peer *other;
    char byte;
    const v_fd fd = session(&other);
    peer_resets(other);
    await_hangup(fd);
    OBSERVE("first", v_send(fd, "x", 1, 0));
    OBSERVE("second", v_send(fd, "x", 1, 0));
    OBSERVE("recv", v_recv(fd, &byte, 1, 0));
}

ROW(send_after_rst, unseen, IS("first, not polled before", "ECONNRESET"),
    IS("second, not polled before", "EPIPE", .winsock = "ESHUTDOWN")) {
    peer *other;
    const v_fd fd = session(&other);
    peer_resets(other);
    scene_settle();
    OBSERVE("first, not polled before", v_send(fd, "x", 1, 0));
    OBSERVE("second, not polled before", v_send(fd, "x", 1, 0));
}

ROW(retransmit_timeout, recv, IS("recv", "ETIMEDOUT", NOT_SILENT),
    IS("recv, again", "0", NOT_SILENT), IS("send", "EPIPE", .winsock = "ESHUTDOWN", NOT_SILENT)) {
    if (suite_runs("recv")) {
        peer *other;
        char byte;
        const v_fd fd = session(&other);
        peer_vanishes();
        REQUIRE(v_send(fd, "lost", 4, 0) == 4);
        OBSERVE("recv", v_recv(fd, &byte, 1, 0));
        OBSERVE("recv, again", v_recv(fd, &byte, 1, 0));
        OBSERVE("send", v_send(fd, "x", 1, 0));
    }
}

ROW(shutdown_wr, tcp, IS("call", "0"), IS("send", "EPIPE", .winsock = "ESHUTDOWN"),
    IS("peer reads", "FIN"), IS("we still read", "5"), IS("second time", "0")) {
    peer *other;
    char data[8];
    const v_fd fd = session(&other);
    OBSERVE("call", v_shutdown(fd, V(SHUT_WR)));
    OBSERVE("send", v_send(fd, "x", 1, 0));
    OBSERVE_TEXT("peer reads", peer_sees(other));
    peer_sends(other, "hello", 5);
    OBSERVE("we still read", v_recv(fd, data, sizeof data, 0));
    OBSERVE("second time", v_shutdown(fd, V(SHUT_WR)));
}

static long recv_one(void *fd) {
    char byte;
    return v_recv(*(v_fd *)fd, &byte, 1, 0);
}

ROW(shutdown_rd, tcp, IS("call", "0"), IS("recv", "0"), IS("second time", "0"), IS("send", "5"),
    IS("arrives", "data"), IS("later data is acknowledged", "yes"), IS("later data, recv", "0")) {
    peer *other;
    char data[8];
    const v_fd fd = session(&other);
    OBSERVE("call", v_shutdown(fd, V(SHUT_RD)));
    OBSERVE("recv", v_recv(fd, data, sizeof data, 0));
    OBSERVE("second time", v_shutdown(fd, V(SHUT_RD)));
    OBSERVE("send", v_send(fd, "still", 5, 0));
    OBSERVE_TEXT("arrives", peer_gets(other, "still", 5) ? "data" : "none");
    peer_sends(other, "hello", 5);
    OBSERVE_TEXT("later data is acknowledged", peer_is_acknowledged(other) ? "yes" : "no");
    OBSERVE("later data, recv", v_recv(fd, data, sizeof data, 0));
}

ROW(shutdown_rd, blocked, IS("blocked recv", "0")) {
    peer *other;
    task reader;
    v_fd fd = session(&other);
    task_start(&reader, recv_one, &fd);
    task_until_blocked(&reader);
    MUST(v_shutdown(fd, V(SHUT_RD)));
    OBSERVE("blocked recv", task_join(&reader));
}

/* More than a window of it: what nobody reads must not stop the peer. */
ROW(shutdown_rd, drains,
    IS("much later data is acknowledged", "yes",
       .not_linux = "what nobody reads fills its buffer")) {
    static const char data[20000];
    peer *other;
    const v_fd fd = session(&other);
    MUST(v_shutdown(fd, V(SHUT_RD)));
    if (suite_runs("much later data is acknowledged")) {
        peer_sends(other, data, sizeof data);
        OBSERVE_TEXT("much later data is acknowledged", peer_is_acknowledged(other) ? "yes" : "no");
    }
}

static long accept_one(void *fd) {
    return v_accept(*(v_fd *)fd, NULL, NULL);
}

ROW(shutdown_listener, blocked, IS("call", "0"), IS("blocked accept", "EINVAL"),
    IS("accept after it", "EINVAL"), IS("second time", "ENOTCONN"), IS("listen again", "0")) {
    task waiter;
    uint16_t port;
    v_fd fd = listener(&port);
    task_start(&waiter, accept_one, &fd);
    task_until_blocked(&waiter);
    OBSERVE("call", v_shutdown(fd, V(SHUT_RD)));
    OBSERVE("blocked accept", task_join(&waiter));
    OBSERVE("accept after it", v_accept(fd, NULL, NULL));
    OBSERVE("second time", v_shutdown(fd, V(SHUT_RD)));
    OBSERVE("listen again", v_listen(fd, 1));
}

ROW(shutdown_listener, write, IS("call, WR", "0"), IS("listens on", "EAGAIN")) {
    uint16_t port;
    const v_fd fd = listener(&port);
    OBSERVE("call, WR", v_shutdown(fd, V(SHUT_WR)));
    nonblocking(fd, true);
    OBSERVE("listens on", v_accept(fd, NULL, NULL));
}

static long recvfrom_one(void *fd) {
    char byte;
    return v_recvfrom(*(v_fd *)fd, &byte, 1, 0, NULL, NULL);
}

ROW(shutdown_datagram, blocked, IS("call", "ENOTCONN"), IS("blocked recvfrom", "0"),
    IS("recvfrom after it", "0")) {
    task reader;
    v_fd fd = udp();
    task_start(&reader, recvfrom_one, &fd);
    task_until_blocked(&reader);
    OBSERVE("call", v_shutdown(fd, V(SHUT_RD)));
    OBSERVE("blocked recvfrom", task_join(&reader));
    OBSERVE("recvfrom after it", recvfrom_one(&fd));
}

ROW(shutdown_wrong, states, IS("unconnected", "ENOTCONN"), IS("UDP", "ENOTCONN"),
    IS("bad how", "EINVAL"), IS("bad how, unconnected", "EINVAL"), IS("negative how", "EINVAL")) {
    peer *other;
    const v_fd fd = session(&other);
    OBSERVE("unconnected", v_shutdown(tcp(), V(SHUT_RDWR)));
    OBSERVE("UDP", v_shutdown(udp(), V(SHUT_RDWR)));
    OBSERVE("bad how", v_shutdown(fd, 3));
    OBSERVE("bad how, unconnected", v_shutdown(tcp(), 3));
    OBSERVE("negative how", v_shutdown(fd, -1));
}
