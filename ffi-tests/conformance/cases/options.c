/* Options and ioctl. */
#include <string.h>

#include "session.h"

ROW(options_bad, set, IS("set: level", "ENOPROTOOPT"), IS("set: option", "ENOPROTOOPT"),
    IS("set: short", "EINVAL"), IS("set: NULL", "EFAULT"),
    IS("set: TCP option on UDP", "ENOPROTOOPT"), IS("set: read-only", "ENOPROTOOPT")) {
    const int value = 1;
    const v_fd fd = tcp();
    OBSERVE("set: level", v_setsockopt(fd, 77, V(SO_REUSEADDR), &value, sizeof value));
    OBSERVE("set: option", v_setsockopt(fd, V(SOL_SOCKET), 9999, &value, sizeof value));
    OBSERVE("set: short", v_setsockopt(fd, V(SOL_SOCKET), V(SO_REUSEADDR), &value, 3));
    OBSERVE("set: NULL", v_setsockopt(fd, V(SOL_SOCKET), V(SO_REUSEADDR), NULL, sizeof value));
    OBSERVE("set: TCP option on UDP",
            v_setsockopt(udp(), V(IPPROTO_TCP), V(TCP_NODELAY), &value, sizeof value));
    OBSERVE("set: read-only", v_setsockopt(fd, V(SOL_SOCKET), V(SO_TYPE), &value, sizeof value));
}

static long get(v_fd fd, int level, int name, void *value, v_length length) {
    return v_getsockopt(fd, level, name, value, &length);
}

ROW(options_bad, get, IS("get: level", "ENOPROTOOPT"), IS("get: option", "ENOPROTOOPT"),
    IS("get: short", "EINVAL"), IS("get: NULL", "EFAULT"), IS("get: NULL length", "EFAULT"),
    IS("get: TCP option on UDP", "ENOPROTOOPT"), IS("get: type", "SOCK_STREAM")) {
    int value = 0;
    const v_fd fd = tcp();
    OBSERVE("get: level", get(fd, 77, V(SO_TYPE), &value, sizeof value));
    OBSERVE("get: option", get(fd, V(SOL_SOCKET), 9999, &value, sizeof value));
    OBSERVE("get: short", get(fd, V(SOL_SOCKET), V(SO_TYPE), &value, 3));
    OBSERVE("get: NULL", get(fd, V(SOL_SOCKET), V(SO_TYPE), NULL, sizeof value));
    OBSERVE("get: NULL length", v_getsockopt(fd, V(SOL_SOCKET), V(SO_TYPE), &value, NULL));
    OBSERVE("get: TCP option on UDP",
            get(udp(), V(IPPROTO_TCP), V(TCP_NODELAY), &value, sizeof value));
    MUST(get(fd, V(SOL_SOCKET), V(SO_TYPE), &value, sizeof value));
    OBSERVE_TEXT("get: type", value == V(SOCK_STREAM) ? "SOCK_STREAM" : "another");
}

ROW(ioctl, requests, IS("unknown", "ENOTTY", .winsock = "EINVAL"),
    IS("FIONREAD on listener", "EINVAL"), IS("NULL", "EFAULT"), IS("FIONREAD fresh", "0")) {
    uint16_t port;
    int value = -1;
    OBSERVE("unknown", v_ioctl(tcp(), 0x12345678, &value));
    OBSERVE("FIONREAD on listener", v_ioctl(listener(&port), V(FIONREAD), &value));
    OBSERVE("NULL", v_ioctl(tcp(), V(FIONBIO), NULL));
    MUST(v_ioctl(tcp(), V(FIONREAD), &value));
    OBSERVE("FIONREAD fresh", value);
}

ROW(ioctl, fionread, IS("TCP", "5"), IS("TCP, end", "0"), IS("UDP, two datagrams", "5"),
    IS("UDP, none", "0")) {
    peer *other;
    uint16_t port;
    int value = -1;
    const v_fd fd = session(&other);
    peer_sends(other, "hello", 5);
    await_data(fd);
    MUST(v_ioctl(fd, V(FIONREAD), &value));
    OBSERVE("TCP", value);
    char data[8];
    REQUIRE(v_recv(fd, data, sizeof data, 0) == 5);
    peer_ends(other);
    await_fin(fd);
    MUST(v_ioctl(fd, V(FIONREAD), &value));
    OBSERVE("TCP, end", value);
    const v_fd datagrams = udp_bound(&port);
    MUST(v_ioctl(datagrams, V(FIONREAD), &value));
    OBSERVE("UDP, none", value);
    const uint16_t from = peer_udp();
    peer_udp_sends(from, port, "hello", 5);
    peer_udp_sends(from, port, "second", 6);
    await_data(datagrams);
    MUST(v_ioctl(datagrams, V(FIONREAD), &value));
    OBSERVE("UDP, two datagrams", value);
}
