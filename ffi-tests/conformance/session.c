#include "session.h"

#include <string.h>

#define PATIENCE_MS 60000

v_fd tcp(void) {
    return (v_fd)MUST(v_socket(V(AF_INET), V(SOCK_STREAM), 0));
}

v_fd udp(void) {
    return (v_fd)MUST(v_socket(V(AF_INET), V(SOCK_DGRAM), 0));
}

static uint16_t own_port(v_fd fd) {
    v_address address = v_at(0, 0);
    v_length length = sizeof address;
    MUST(v_getsockname(fd, &address, &length));
    return v_port(&address);
}

v_fd listener(uint16_t *port) {
    const v_address any = v_at(scene_ip(ANY), 0);
    const v_fd fd = tcp();
    scene_little_buffer(fd);
    MUST(v_bind(fd, &any, sizeof any));
    MUST(v_listen(fd, 4));
    *port = own_port(fd);
    return fd;
}

v_fd udp_bound(uint16_t *port) {
    const v_address any = v_at(scene_ip(ANY), 0);
    const v_fd fd = udp();
    MUST(v_bind(fd, &any, sizeof any));
    *port = own_port(fd);
    return fd;
}

v_fd session(peer **other) {
    uint16_t port;
    const v_fd server = listener(&port);
    *other = peer_connects(port);
    const v_fd fd = (v_fd)MUST(v_accept(server, NULL, NULL));
    MUST(v_close(server));
    return fd;
}

v_fd udp_connected(uint16_t *port, uint16_t to) {
    const v_fd fd = udp_bound(port);
    MUST(connect_to(fd, to));
    return fd;
}

void nonblocking(v_fd fd, bool on) {
    int value = on ? 1 : 0;
    MUST(v_ioctl(fd, V(FIONBIO), &value));
}

long connect_to(v_fd fd, uint16_t port) {
    const v_address address = v_at(scene_ip(PEER), port);
    return v_connect(fd, &address, sizeof address);
}

v_fd connecting(void) {
    const v_fd fd = tcp();
    nonblocking(fd, true);
    REQUIRE(connect_to(fd, peer_hesitates()) < 0);
    return fd;
}

v_fd refused(void) {
    const v_fd fd = tcp();
    nonblocking(fd, true);
    REQUIRE(connect_to(fd, peer_refuses()) < 0);
    await(fd, V_POLLOUT);
    return fd;
}

void await(v_fd fd, int events) {
    v_pollfd entry = {.fd = fd, .events = (short)events};
    REQUIRE(v_poll(&entry, 1, PATIENCE_MS) == 1);
}

const char *sets(int found) {
    static const char *const names[8] = {
        "none",   "read",        "write",        "read write",
        "except", "read except", "write except", "read write except"};
    return names[found & 7];
}

#if defined VIEW_WINSOCK

const char *state(v_fd fd, int events) {
    int found = ((events & V_POLLIN) != 0 ? READABLE : 0) |
                ((events & V_POLLOUT) != 0 ? WRITABLE : 0) | EXCEPT;
    MUST(v_select(0, fd, &found, 0, 0));
    return sets(found);
}

long wait_readable(v_fd fd, int ms) {
    int found = READABLE;
    return ms < 0 ? v_select(0, fd, &found, -2, 0) : v_select(0, fd, &found, 0, ms * 1000);
}

long send_now(v_fd fd, const void *data, size_t length) {
    nonblocking(fd, true);
    const long result = v_send(fd, data, length, 0);
    const int error = v_error();
    nonblocking(fd, false);
    v_set_error(error);
    return result;
}

long recv_now(v_fd fd, void *data, size_t length) {
    nonblocking(fd, true);
    const long result = v_recv(fd, data, length, 0);
    const int error = v_error();
    nonblocking(fd, false);
    v_set_error(error);
    return result;
}

#else

const char *state(v_fd fd, int events) {
    v_pollfd entry = {.fd = fd, .events = (short)events};
    MUST(v_poll(&entry, 1, 0));
    return suite_events(entry.revents);
}

long wait_readable(v_fd fd, int ms) {
    v_pollfd entry = {.fd = fd, .events = V_POLLIN};
    return v_poll(&entry, 1, ms);
}

long send_now(v_fd fd, const void *data, size_t length) {
    return v_send(fd, data, length, V(MSG_DONTWAIT));
}

long recv_now(v_fd fd, void *data, size_t length) {
    return v_recv(fd, data, length, V(MSG_DONTWAIT));
}

#endif

void await_data(v_fd fd) {
    await(fd, V_POLLIN);
}

void await_fin(v_fd fd) {
    await(fd, V_POLLRDHUP);
}

void await_hangup(v_fd fd) {
    await(fd, 0);
}

const char *pending_error(v_fd fd) {
    int error = -1;
    v_length length = sizeof error;
    MUST(v_getsockopt(fd, V(SOL_SOCKET), V(SO_ERROR), &error, &length));
    return error == 0 ? "0" : v_error_name(error);
}

const char *no_earlier(uint32_t begin, uint32_t ms) {
    return scene_now_ms() - begin >= ms ? "no earlier" : "earlier";
}

const char *part_of(long result, long length) {
    if (result < 0) {
        return v_error_name(v_error());
    }
    return result == 0 ? "0" : result < length ? "part" : "all";
}
