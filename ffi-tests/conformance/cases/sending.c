/* send and recv on a TCP connection that is well, or was never one. */
#include <string.h>

#include "session.h"

#define MUCH 400000 /* more than all buffers on the way */

static char much[MUCH];

ROW(send_fresh, states, IS("fresh", "ENOTCONN"), IS("listening", "ENOTCONN")) {
    uint16_t port;
    OBSERVE("fresh", v_send(tcp(), "x", 1, 0));
    OBSERVE("listening", v_send(listener(&port), "x", 1, 0));
}

ROW(recv_fresh, states, IS("fresh", "ENOTCONN"), IS("listening", "ENOTCONN")) {
    uint16_t port;
    char byte;
    OBSERVE("fresh", v_recv(tcp(), &byte, 1, 0));
    OBSERVE("listening", v_recv(listener(&port), &byte, 1, 0));
}

ROW(send_nothing, tcp, IS("call", "0"),
    IS("SEND commands", "0", .not_linux = "its network card has none"), IS("afterwards", "data")) {
    peer *other;
    const v_fd fd = session(&other);
    const int before = suite_runs("SEND commands") ? scene_commands() : 0;
    OBSERVE("call", v_send(fd, "x", 0, 0));
    OBSERVE("SEND commands", scene_commands() - before);
    REQUIRE(v_send(fd, "abc", 3, 0) == 3);
    OBSERVE_TEXT("afterwards", peer_gets(other, "abc", 3) ? "data" : "none");
}

ROW(recv_nothing, tcp, IS("non-blocking", "0"), IS("blocking", "0"),
    IS("blocking, elapsed", "nothing"), IS("data queued", "0"), IS("data kept", "3")) {
    peer *other;
    char data[8];
    const v_fd fd = session(&other);
    MUST(v_set_timeout(fd, V(SO_RCVTIMEO), 50));
    OBSERVE("non-blocking", recv_now(fd, data, 0));
    const uint32_t begin = scene_now_ms();
    OBSERVE("blocking", v_recv(fd, data, 0, 0));
    OBSERVE_TEXT("blocking, elapsed", scene_now_ms() - begin < 50 ? "nothing" : "the timeout");
    peer_sends(other, "abc", 3);
    await_data(fd);
    OBSERVE("data queued", v_recv(fd, data, 0, 0));
    OBSERVE("data kept", v_recv(fd, data, sizeof data, 0));
}

ROW(null_buffer, tcp, IS("send", "EFAULT"), IS("recv", "EFAULT"), IS("send, len 0", "0"),
    IS("recv, len 0", "0"), IS("recv afterwards", "3")) {
    peer *other;
    char data[8];
    const v_fd fd = session(&other);
    peer_sends(other, "abc", 3);
    await_data(fd);
    OBSERVE("send", v_send(fd, NULL, 4, 0));
    OBSERVE("recv", v_recv(fd, NULL, 4, 0));
    OBSERVE("send, len 0", v_send(fd, NULL, 0, 0));
    OBSERVE("recv, len 0", v_recv(fd, NULL, 0, 0));
    OBSERVE("recv afterwards", v_recv(fd, data, sizeof data, 0));
}

ROW(null_buffer, udp, IS("sendto, UDP", "EFAULT"), IS("recvfrom, UDP", "EFAULT"),
    IS("recvfrom, UDP, len 0", "0", .winsock = "EMSGSIZE")) {
    uint16_t port;
    const uint16_t other = peer_udp();
    const v_address address = v_at(scene_ip(PEER), other);
    const v_fd fd = udp_bound(&port);
    OBSERVE("sendto, UDP", v_sendto(fd, NULL, 4, 0, &address, sizeof address));
    peer_udp_sends(other, port, "abc", 3);
    await_data(fd);
    OBSERVE("recvfrom, UDP", v_recvfrom(fd, NULL, 4, 0, NULL, NULL));
    peer_udp_sends(other, port, "abc", 3);
    await_data(fd);
    OBSERVE("recvfrom, UDP, len 0", v_recvfrom(fd, NULL, 0, 0, NULL, NULL));
}

static long send_much(void *fd) {
    return v_send(*(v_fd *)fd, much, sizeof much, 0);
}

ROW(blocking_send, tcp, IS("all", "400000")) {
    peer *other;
    v_fd fd = session(&other);
    peer_discards(other);
    OBSERVE("all", send_much(&fd));
}

/* The peer does not read, and resets while send waits. */
ROW(blocking_send, error, IS("after a part", "part"), IS("next call", "ECONNRESET"),
    IS("call after that", "EPIPE", .winsock = "ESHUTDOWN")) {
    peer *other;
    task sender;
    v_fd fd = session(&other);
    task_start(&sender, send_much, &fd);
    task_until_blocked(&sender);
    peer_resets(other);
    OBSERVE_TEXT("after a part", part_of(task_join(&sender), MUCH));
    OBSERVE("next call", v_send(fd, "x", 1, 0));
    OBSERVE("call after that", v_send(fd, "x", 1, 0));
}

ROW(nonblocking_send, tcp, IS("more than fits", "part"), IS("full", "EAGAIN"),
    IS("one call, full", "EAGAIN"), IS("room again", "part")) {
    peer *other;
    long result = 0;
    const v_fd fd = session(&other);
    nonblocking(fd, true);
    OBSERVE_TEXT("more than fits", part_of(v_send(fd, much, sizeof much, 0), MUCH));
    for (int i = 0; i < 1000 && result >= 0; i++) {
        result = v_send(fd, much, sizeof much, 0);
    }
    OBSERVE("full", result);
    nonblocking(fd, false);
    OBSERVE("one call, full", send_now(fd, much, sizeof much));
    peer_discards(other);
    await(fd, V_POLLOUT);
    OBSERVE_TEXT("room again", part_of(send_now(fd, much, sizeof much), MUCH));
}

ROW(timeouts, send, IS("a part", "part"), IS("nothing", "EAGAIN", .winsock = "ETIMEDOUT"),
    IS("elapsed", "no earlier")) {
    peer *other;
    const v_fd fd = session(&other);
    MUST(v_set_timeout(fd, V(SO_SNDTIMEO), 100));
    OBSERVE_TEXT("a part", part_of(v_send(fd, much, sizeof much, 0), MUCH));
    long result = 0;
    uint32_t begin = 0;
    for (int i = 0; i < 100 && result >= 0; i++) {
        begin = scene_now_ms();
        result = v_send(fd, much, sizeof much, 0);
    }
    OBSERVE("nothing", result);
    OBSERVE_TEXT("elapsed", no_earlier(begin, 100));
}

ROW(timeouts, recv, IS("recv", "EAGAIN", .winsock = "ETIMEDOUT"), IS("recv, elapsed", "no earlier"),
    IS("UDP recv", "EAGAIN", .winsock = "ETIMEDOUT"), IS("still connected", "3")) {
    peer *other;
    uint16_t port;
    char data[8];
    const v_fd fd = session(&other);
    MUST(v_set_timeout(fd, V(SO_RCVTIMEO), 100));
    const uint32_t begin = scene_now_ms();
    OBSERVE("recv", v_recv(fd, data, sizeof data, 0));
    OBSERVE_TEXT("recv, elapsed", no_earlier(begin, 100));
    const v_fd datagrams = udp_bound(&port);
    MUST(v_set_timeout(datagrams, V(SO_RCVTIMEO), 50));
    OBSERVE("UDP recv", v_recv(datagrams, data, sizeof data, 0));
    peer_sends(other, "abc", 3);
    OBSERVE("still connected", v_recv(fd, data, sizeof data, 0));
}

#define NO_TIMEVAL "a timeout is a number of milliseconds"

ROW(timeout_usec, timeval, IS("usec", "EDOM", .not_core = NO_TIMEVAL, .not_winsock = NO_TIMEVAL),
    IS("negative usec", "EDOM", .not_core = NO_TIMEVAL, .not_winsock = NO_TIMEVAL),
    IS("largest usec", "0", .not_core = NO_TIMEVAL, .not_winsock = NO_TIMEVAL)) {
    const v_fd fd = tcp();
    OBSERVE("usec", v_set_timeval(fd, 0, 1000000));
    OBSERVE("negative usec", v_set_timeval(fd, 0, -1));
    OBSERVE("largest usec", v_set_timeval(fd, 0, 999999));
}

ROW(timeout_usec, milliseconds, IS("set", "0"), IS("read back", "2500"), IS("off", "0")) {
    const v_fd fd = tcp();
    OBSERVE("set", v_set_timeout(fd, V(SO_RCVTIMEO), 2500));
    OBSERVE("read back", v_get_timeout(fd, V(SO_RCVTIMEO)));
    MUST(v_set_timeout(fd, V(SO_RCVTIMEO), 0));
    OBSERVE("off", v_get_timeout(fd, V(SO_RCVTIMEO)));
}
