/* connect, and what can be done meanwhile. */
#include <string.h>

#include "session.h"

#define NO_SUCH_HOST .not_linux = "every host on loopback answers"

ROW(connect_bad, arguments, IS("NULL", "EFAULT"), IS("short", "EINVAL"),
    IS("family", "EAFNOSUPPORT"), IS("port 0", "EADDRNOTAVAIL"),
    IS("address 0.0.0.0", "EADDRNOTAVAIL")) {
    v_address address = v_at(scene_ip(PEER), peer_listens());
    const v_address no_port = v_at(scene_ip(PEER), 0);
    const v_address no_host = v_at(scene_ip(ANY), v_port(&address));
    OBSERVE("NULL", v_connect(tcp(), NULL, sizeof address));
    OBSERVE("short", v_connect(tcp(), &address, sizeof address - 1));
    OBSERVE("port 0", v_connect(tcp(), &no_port, sizeof no_port));
    OBSERVE("address 0.0.0.0", v_connect(tcp(), &no_host, sizeof no_host));
    address.sin_family = 99;
    OBSERVE("family", v_connect(tcp(), &address, sizeof address));
}

ROW(connect_fails, blocking, IS("refused", "ECONNREFUSED"),
    IS("no answer", "ETIMEDOUT", NO_SUCH_HOST), IS("no ARP", "EHOSTUNREACH", NO_SUCH_HOST)) {
    OBSERVE("refused", connect_to(tcp(), peer_refuses()));
    if (suite_runs("no ARP")) {
        const v_address silent = v_at(scene_ip(SILENT), 80);
        const v_address nobody = v_at(scene_ip(NOBODY), 80);
        OBSERVE("no answer", v_connect(tcp(), &silent, sizeof silent));
        OBSERVE("no ARP", v_connect(tcp(), &nobody, sizeof nobody));
    }
}

ROW(connect_nonblocking, calls, IS("first", "EINPROGRESS", .winsock = "EAGAIN"),
    IS("again", "EALREADY")) {
    const uint16_t port = peer_hesitates();
    const v_fd fd = tcp();
    nonblocking(fd, true);
    OBSERVE("first", connect_to(fd, port));
    OBSERVE("again", connect_to(fd, port));
}

ROW(connect_nonblocking, done, IS("done", "EISCONN"), IS("done, again", "EISCONN")) {
    const uint16_t port = peer_listens();
    const v_fd fd = tcp();
    nonblocking(fd, true);
    REQUIRE(connect_to(fd, port) < 0);
    await(fd, V_POLLOUT);
    OBSERVE("done", connect_to(fd, port));
    OBSERVE("done, again", connect_to(fd, port));
}

ROW(connect_listener, tcp, IS("call", "EOPNOTSUPP")) {
    uint16_t port;
    const v_fd fd = listener(&port);
    OBSERVE("call", connect_to(fd, peer_listens()));
}

ROW(connect_again, blocking, IS("refused", "ECONNREFUSED"), IS("retry", "0"), IS("works", "data")) {
    const uint16_t port = peer_listens();
    const v_fd fd = tcp();
    OBSERVE("refused", connect_to(fd, peer_refuses()));
    OBSERVE("retry", connect_to(fd, port));
    REQUIRE(v_send(fd, "abc", 3, 0) == 3);
    OBSERVE_TEXT("works", peer_gets(peer_accepts(port), "abc", 3) ? "data" : "none");
}

/* The connect that tells of the failure is not a new one. */
ROW(connect_again, nonblocking, IS("not told yet", "ECONNREFUSED"),
    IS("told", "EINPROGRESS", .winsock = "EAGAIN"),
    IS("told by SO_ERROR", "EINPROGRESS", .winsock = "EAGAIN")) {
    const uint16_t port = peer_listens();
    const v_fd fd = refused();
    const v_fd other = refused();
    int error = 0;
    v_length length = sizeof error;
    OBSERVE("not told yet", connect_to(fd, port));
    OBSERVE("told", connect_to(fd, port));
    MUST(v_getsockopt(other, V(SOL_SOCKET), V(SO_ERROR), &error, &length));
    OBSERVE("told by SO_ERROR", connect_to(other, port));
}

ROW(transfer_connecting, tcp, IS("send", "EAGAIN"), IS("recv", "EAGAIN")) {
    char byte;
    const v_fd fd = connecting();
    OBSERVE("send", v_send(fd, "x", 1, 0));
    OBSERVE("recv", v_recv(fd, &byte, 1, 0));
}

ROW(so_error, refused, IS("first", "ECONNREFUSED"), IS("second", "0"), IS("fresh", "0"),
    IS("connected", "0")) {
    const v_fd fd = refused();
    peer *other;
    OBSERVE_TEXT("first", pending_error(fd));
    OBSERVE_TEXT("second", pending_error(fd));
    OBSERVE_TEXT("fresh", pending_error(tcp()));
    OBSERVE_TEXT("connected", pending_error(session(&other)));
}

/* What SO_ERROR has told, no call tells again. */
ROW(so_error, reset, IS("after a reset", "ECONNRESET"), IS("then recv", "0")) {
    peer *other;
    char byte;
    const v_fd fd = session(&other);
    peer_resets(other);
    await_hangup(fd);
    OBSERVE_TEXT("after a reset", pending_error(fd));
    OBSERVE("then recv", v_recv(fd, &byte, 1, 0));
}
