/* bind, listen, accept, getsockname. */
#include <string.h>

#include "session.h"

static v_address any(uint16_t port) {
    return v_at(scene_ip(ANY), port);
}

ROW(bind_bad, arguments, IS("short", "EINVAL"), IS("NULL", "EFAULT"), IS("family", "EAFNOSUPPORT"),
    IS("foreign IP", "EADDRNOTAVAIL")) {
    const v_fd fd = tcp();
    v_address address = any(0);
    const v_address foreign = v_at(scene_ip(FOREIGN), 0);
    OBSERVE("short", v_bind(fd, &address, sizeof address - 1));
    OBSERVE("NULL", v_bind(fd, NULL, sizeof address));
    address.sin_family = 99;
    OBSERVE("family", v_bind(fd, &address, sizeof address));
    OBSERVE("foreign IP", v_bind(fd, &foreign, sizeof foreign));
}

ROW(bind_bad, taken, IS("2nd time", "EINVAL"), IS("used port", "EADDRINUSE"),
    IS("used port, UDP", "EADDRINUSE"), IS("own IP", "0"), IS("the other kind", "0")) {
    uint16_t port;
    uint16_t udp_port;
    const v_fd first = listener(&port);
    const v_address free_port = any(0);
    const v_address used = any(port);
    const v_address own = v_at(scene_ip(OURS), 0);
    OBSERVE("2nd time", v_bind(first, &free_port, sizeof free_port));
    OBSERVE("used port", v_bind(tcp(), &used, sizeof used));
    udp_bound(&udp_port);
    const v_address udp_used = any(udp_port);
    OBSERVE("used port, UDP", v_bind(udp(), &udp_used, sizeof udp_used));
    OBSERVE("own IP", v_bind(tcp(), &own, sizeof own));
    OBSERVE("the other kind", v_bind(udp(), &used, sizeof used));
}

ROW(listen_unbound, tcp, IS("call", "0"), IS("port", "has one")) {
    v_address address = v_at(0, 0);
    v_length length = sizeof address;
    const v_fd fd = tcp();
    OBSERVE("call", v_listen(fd, 1));
    MUST(v_getsockname(fd, &address, &length));
    OBSERVE_TEXT("port", v_port(&address) != 0 ? "has one" : "none");
}

ROW(listen_again, tcp, IS("larger", "0"), IS("smaller", "0"),
    IS("still listens", "IN", .winsock = "read")) {
    uint16_t port;
    const v_fd fd = listener(&port);
    OBSERVE("larger", v_listen(fd, 4));
    OBSERVE("smaller", v_listen(fd, 1));
    peer_connects(port);
    await_data(fd);
    OBSERVE_TEXT("still listens", state(fd, V_POLLIN));
}

#define A_HINT .not_linux = "its backlog is a hint"

ROW(listen_again, backlog, IS("one, first client", "taken", A_HINT),
    IS("one, second client", "refused", A_HINT), IS("now two, second client", "taken", A_HINT)) {
    if (suite_runs("one, first client")) {
        uint16_t port;
        const v_fd fd = listener(&port);
        MUST(v_listen(fd, 1));
        OBSERVE_TEXT("one, first client", peer_is_refused(port) ? "refused" : "taken");
        OBSERVE_TEXT("one, second client", peer_is_refused(port) ? "refused" : "taken");
        MUST(v_listen(fd, 2));
        OBSERVE_TEXT("now two, second client", peer_is_refused(port) ? "refused" : "taken");
    }
}

ROW(listen_wrong, kinds, IS("UDP", "EOPNOTSUPP"), IS("connected", "EINVAL"),
    IS("connecting", "EINVAL")) {
    peer *other;
    OBSERVE("UDP", v_listen(udp(), 1));
    OBSERVE("connected", v_listen(session(&other), 1));
    OBSERVE("connecting", v_listen(connecting(), 1));
}

ROW(accept_none, kinds, IS("not listening", "EINVAL"), IS("UDP", "EOPNOTSUPP"),
    IS("connected", "EINVAL")) {
    peer *other;
    OBSERVE("not listening", v_accept(tcp(), NULL, NULL));
    OBSERVE("UDP", v_accept(udp(), NULL, NULL));
    OBSERVE("connected", v_accept(session(&other), NULL, NULL));
}

ROW(accept_none, nobody, IS("non-blocking", "EAGAIN"),
    IS("timeout", "EAGAIN", .winsock = "ETIMEDOUT"), IS("timeout, elapsed", "no earlier"),
    IS("pending", "accepted")) {
    uint16_t port;
    const v_fd fd = listener(&port);
    nonblocking(fd, true);
    OBSERVE("non-blocking", v_accept(fd, NULL, NULL));
    nonblocking(fd, false);
    MUST(v_set_timeout(fd, V(SO_RCVTIMEO), 50));
    const uint32_t begin = scene_now_ms();
    OBSERVE("timeout", v_accept(fd, NULL, NULL));
    OBSERVE_TEXT("timeout, elapsed", no_earlier(begin, 50));
    peer_connects(port);
    OBSERVE_TEXT("pending", v_accept(fd, NULL, NULL) >= 0 ? "accepted" : "failed");
}

ROW(getsockname_unbound, kinds, IS("TCP", "0"), IS("TCP, port", "0"), IS("UDP", "0"),
    IS("UDP, port", "0"), IS("family", "AF_INET")) {
    v_address address = v_at(0, 9);
    v_length length = sizeof address;
    OBSERVE("TCP", v_getsockname(tcp(), &address, &length));
    OBSERVE("TCP, port", v_port(&address));
    address = v_at(0, 9);
    address.sin_family = 99;
    OBSERVE("UDP", v_getsockname(udp(), &address, &length));
    OBSERVE("UDP, port", v_port(&address));
    OBSERVE_TEXT("family", address.sin_family == V(AF_INET) ? "AF_INET" : "another");
}

ROW(getpeername, states, IS("unconnected", "ENOTCONN"), IS("connecting", "ENOTCONN"),
    IS("UDP", "ENOTCONN"), IS("connected", "0")) {
    v_address address = v_at(0, 0);
    v_length length = sizeof address;
    peer *other;
    OBSERVE("unconnected", v_getpeername(tcp(), &address, &length));
    OBSERVE("connecting", v_getpeername(connecting(), &address, &length));
    OBSERVE("UDP", v_getpeername(udp(), &address, &length));
    OBSERVE("connected", v_getpeername(session(&other), &address, &length));
}
