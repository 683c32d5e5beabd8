/* Datagrams. */
#include <string.h>

#include "session.h"

#define LARGEST 1472 /* what an Ethernet frame holds */

static char bytes[70000];

static long send_to(v_fd fd, host whose, uint16_t port, const void *data, size_t length) {
    const v_address address = v_at(scene_ip(whose), port);
    return v_sendto(fd, data, length, 0, &address, sizeof address);
}

ROW(udp_no_destination, calls, IS("send", "EDESTADDRREQ"), IS("sendto NULL", "EDESTADDRREQ")) {
    OBSERVE("send", v_send(udp(), "x", 1, 0));
    OBSERVE("sendto NULL", v_sendto(udp(), "x", 1, 0, NULL, 0));
}

ROW(udp_sendto_bad, arguments, IS("port 0", "EINVAL"), IS("NULL", "EFAULT"),
    IS("broadcast", "EACCES"), IS("short address", "EINVAL"), IS("family", "EAFNOSUPPORT")) {
    const uint16_t port = peer_udp();
    v_address address = v_at(scene_ip(PEER), port);
    const v_fd fd = udp();
    OBSERVE("port 0", send_to(fd, PEER, 0, "x", 1));
    OBSERVE("NULL", send_to(fd, PEER, port, NULL, 1));
    OBSERVE("broadcast", send_to(fd, EVERYONE, port, "x", 1));
    OBSERVE("short address", v_sendto(fd, "x", 1, 0, &address, sizeof address - 1));
    address.sin_family = 99;
    OBSERVE("family", v_sendto(fd, "x", 1, 0, &address, sizeof address));
}

ROW(udp_sendto_bad, length, IS("> 1472", "EMSGSIZE"), IS("> 65507", "EMSGSIZE"), IS("1472", "1472"),
    IS("1472 arrives", "1472")) {
    const uint16_t port = peer_udp();
    const v_fd fd = udp();
    OBSERVE("> 1472", send_to(fd, PEER, port, bytes, LARGEST + 1));
    OBSERVE("> 65507", send_to(fd, PEER, port, bytes, 65508));
    if (peer_udp_waits(port)) {
        (void)peer_udp_gets(port);
    }
    OBSERVE("1472", send_to(fd, PEER, port, bytes, LARGEST));
    OBSERVE("1472 arrives", peer_udp_gets(port));
}

#define NO_CHIP .not_linux = "there is no chip"

/* A hardware socket whose memory is less than a datagram may be. */
ROW(udp_sendto_bad, little_memory, IS("> 1 KiB of memory", "EMSGSIZE", NO_CHIP),
    IS("1 KiB of memory", "1024", NO_CHIP)) {
    if (suite_runs("1 KiB of memory")) {
        const uint16_t port = peer_udp();
        scene_little_memory();
        const v_fd fd = udp();
        OBSERVE("> 1 KiB of memory", send_to(fd, PEER, port, bytes, 1025));
        OBSERVE("1 KiB of memory", send_to(fd, PEER, port, bytes, 1024));
    }
}

ROW(udp_sendto_bad, broadcast_allowed, IS("broadcast with the option", "1")) {
    int on = 1;
    const v_fd fd = udp();
    MUST(v_setsockopt(fd, V(SOL_SOCKET), V(SO_BROADCAST), &on, sizeof on));
    OBSERVE("broadcast with the option", send_to(fd, EVERYONE, peer_udp(), "x", 1));
}

ROW(udp_empty, both, IS("send", "EOPNOTSUPP"), IS("the next datagram", "3"), IS("received", "0"),
    IS("received, then", "3")) {
    uint16_t port;
    char data[8];
    const uint16_t other = peer_udp();
    const v_fd fd = udp_bound(&port);
    OBSERVE("send", send_to(fd, PEER, other, "x", 0));
    REQUIRE(send_to(fd, PEER, other, "abc", 3) == 3);
    long length = peer_udp_gets(other);
    OBSERVE("the next datagram", length == 0 ? peer_udp_gets(other) : length);
    peer_udp_sends(other, port, "", 0);
    peer_udp_sends(other, port, "abc", 3);
    OBSERVE("received", v_recv(fd, data, sizeof data, 0));
    OBSERVE("received, then", v_recv(fd, data, sizeof data, 0));
}

ROW(udp_short_recv, recv, IS("part", "2", .winsock = "EMSGSIZE"), IS("next", "6"),
    IS("peek", "2", .winsock = "EMSGSIZE"), IS("after the peek", "6")) {
    uint16_t port;
    char data[8];
    const uint16_t other = peer_udp();
    const v_fd fd = udp_bound(&port);
    peer_udp_sends(other, port, "first", 5);
    peer_udp_sends(other, port, "second", 6);
    peer_udp_sends(other, port, "third!", 6);
    OBSERVE("part", v_recv(fd, data, 2, 0));
    OBSERVE("next", v_recv(fd, data, sizeof data, 0));
    OBSERVE("peek", v_recv(fd, data, 2, V(MSG_PEEK)));
    OBSERVE("after the peek", v_recv(fd, data, sizeof data, 0));
}

ROW(udp_sendto_connected, sendto, IS("sendto", "5"), IS("arrives", "5"), IS("send still goes", "3"),
    IS("to the connected peer", "3")) {
    uint16_t port;
    const uint16_t first = peer_udp();
    const uint16_t second = peer_udp();
    const v_fd fd = udp_connected(&port, first);
    OBSERVE("sendto", send_to(fd, PEER, second, "hello", 5));
    OBSERVE("arrives", peer_udp_gets(second));
    OBSERVE("send still goes", v_send(fd, "abc", 3, 0));
    OBSERVE("to the connected peer", peer_udp_gets(first));
}

/* The second datagram shows that the first was not merely late. */
ROW(udp_connected, filter, IS("foreign, then own", "3"), IS("then", "EAGAIN")) {
    uint16_t port;
    char data[8];
    const uint16_t other = peer_udp();
    const uint16_t stranger = peer_udp();
    const v_fd fd = udp_connected(&port, other);
    peer_udp_sends(stranger, port, "hello", 5);
    peer_udp_sends(other, port, "abc", 3);
    OBSERVE("foreign, then own", v_recv(fd, data, sizeof data, 0));
    OBSERVE("then", recv_now(fd, data, sizeof data));
}

/* A socket that has sent to a port where nobody is, and has the answer. */
static v_fd unreachable(void) {
    uint16_t port;
    const v_fd fd = udp_connected(&port, peer_udp_nobody());
    REQUIRE(v_send(fd, "x", 1, 0) == 1);
    scene_settle();
    return fd;
}

ROW(udp_connected, unreachable,
    IS("unreachable, poll", "IN|OUT|ERR", .winsock = "read write except"),
    IS("unreachable, recv", "ECONNREFUSED"), IS("recv, again", "EAGAIN"),
    IS("unreachable, send", "ECONNREFUSED"), IS("send, again", "1"),
    IS("unreachable, SO_ERROR", "ECONNREFUSED"), IS("SO_ERROR, again", "0")) {
    char byte;
    v_fd fd = unreachable();
    OBSERVE_TEXT("unreachable, poll", state(fd, V_POLLIN | V_POLLOUT));
    OBSERVE("unreachable, recv", recv_now(fd, &byte, 1));
    OBSERVE("recv, again", recv_now(fd, &byte, 1));
    fd = unreachable();
    OBSERVE("unreachable, send", v_send(fd, "x", 1, 0));
    OBSERVE("send, again", v_send(fd, "x", 1, 0));
    fd = unreachable();
    OBSERVE_TEXT("unreachable, SO_ERROR", pending_error(fd));
    OBSERVE_TEXT("SO_ERROR, again", pending_error(fd));
}

ROW(udp_connected, others, IS("a socket with another peer", "EAGAIN"),
    IS("the one concerned", "ECONNREFUSED")) {
    char byte;
    uint16_t port;
    const v_fd another = udp_connected(&port, peer_udp());
    const v_fd concerned = unreachable();
    OBSERVE("a socket with another peer", recv_now(another, &byte, 1));
    OBSERVE("the one concerned", recv_now(concerned, &byte, 1));
}

/* Bound to a port it has named: Linux takes one that it chose away again. */
static v_fd udp_named(uint16_t *port) {
    MUST(v_close(udp_bound(port)));
    const v_address local = v_at(scene_ip(ANY), *port);
    const v_fd fd = udp();
    MUST(v_bind(fd, &local, sizeof local));
    return fd;
}

ROW(udp_disconnect, af_unspec, IS("connect", "0"), IS("send", "EDESTADDRREQ"),
    IS("getpeername", "ENOTCONN"), IS("strangers are heard", "5")) {
    uint16_t port;
    char data[8];
    v_address address = v_at(0, 0);
    v_length length = sizeof address;
    const uint16_t other = peer_udp();
    const uint16_t stranger = peer_udp();
    const v_fd fd = udp_named(&port);
    MUST(connect_to(fd, other));
    address.sin_family = V(AF_UNSPEC);
    OBSERVE("connect", v_connect(fd, &address, sizeof address));
    OBSERVE("send", v_send(fd, "x", 1, 0));
    OBSERVE("getpeername", v_getpeername(fd, &address, &length));
    peer_udp_sends(stranger, port, "hello", 5);
    OBSERVE("strangers are heard", v_recv(fd, data, sizeof data, 0));
}

#define NO_ARP .not_linux = "every host on loopback answers"

ROW(udp_no_arp, sendto, IS("sendto", "1", NO_ARP), IS("next call", "EHOSTUNREACH", NO_ARP),
    IS("told once", "1", NO_ARP), IS("another peer", "3", NO_ARP)) {
    if (suite_runs("sendto")) {
        uint16_t port;
        char byte;
        const v_fd fd = udp_bound(&port);
        const uint16_t other = peer_udp();
        OBSERVE("sendto", send_to(fd, NOBODY, 7, "x", 1));
        OBSERVE("next call", v_recv(fd, &byte, 1, 0));
        OBSERVE("told once", send_to(fd, PEER, other, "x", 1));
        (void)peer_udp_gets(other);
        REQUIRE(send_to(fd, PEER, other, "abc", 3) == 3);
        OBSERVE("another peer", peer_udp_gets(other));
    }
}
