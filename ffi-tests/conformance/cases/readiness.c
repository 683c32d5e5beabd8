/* poll and select. */
#include <string.h>

#include "session.h"

#define NO_POLL .not_winsock = "Winsock has select alone"

static const char *in_out(v_fd fd) {
    return state(fd, V_POLLIN | V_POLLOUT);
}

ROW(poll_fresh, tcp, IS("asked for IN and OUT", "OUT|HUP", .winsock = "read write"),
    IS("asked for nothing", "HUP", NO_POLL), IS("UDP", "OUT", .winsock = "write")) {
    OBSERVE_TEXT("asked for IN and OUT", in_out(tcp()));
    OBSERVE_TEXT("asked for nothing", state(tcp(), 0));
    OBSERVE_TEXT("UDP", in_out(udp()));
}

ROW(poll_listener, pending, IS("nobody", "0", .winsock = "none"),
    IS("pending", "IN", .winsock = "read"), IS("accepted", "0", .winsock = "none")) {
    uint16_t port;
    const v_fd fd = listener(&port);
    OBSERVE_TEXT("nobody", in_out(fd));
    peer_connects(port);
    await_data(fd);
    OBSERVE_TEXT("pending", in_out(fd));
    MUST(v_accept(fd, NULL, NULL));
    OBSERVE_TEXT("accepted", in_out(fd));
}

ROW(poll_connect, states, IS("connecting", "0", .winsock = "none"),
    IS("ok", "OUT", .winsock = "write"),
    IS("refused", "IN|OUT|ERR|HUP", .winsock = "read write except"),
    IS("refused, after SO_ERROR", "IN|OUT|HUP", .winsock = "read write")) {
    int error = 0;
    v_length length = sizeof error;
    OBSERVE_TEXT("connecting", in_out(connecting()));
    const v_fd good = tcp();
    nonblocking(good, true);
    REQUIRE(connect_to(good, peer_listens()) < 0);
    await(good, V_POLLOUT);
    OBSERVE_TEXT("ok", in_out(good));
    const v_fd bad = refused();
    OBSERVE_TEXT("refused", in_out(bad));
    MUST(v_getsockopt(bad, V(SOL_SOCKET), V(SO_ERROR), &error, &length));
    OBSERVE_TEXT("refused, after SO_ERROR", in_out(bad));
}

ROW(poll_both_down, ways, IS("both ended", "IN|OUT|HUP", .winsock = "read write"),
    IS("shutdown RDWR", "IN|OUT|HUP", .winsock = "read write"),
    IS("with RDHUP asked", "IN|OUT|RDHUP|HUP", NO_POLL),
    IS("reset", "IN|OUT|ERR|HUP", .winsock = "read write except")) {
    peer *other;
    v_fd fd = session(&other);
    peer_ends(other);
    await_fin(fd);
    MUST(v_shutdown(fd, V(SHUT_WR)));
    await_hangup(fd);
    OBSERVE_TEXT("both ended", in_out(fd));
    OBSERVE_TEXT("with RDHUP asked", state(fd, V_POLLIN | V_POLLOUT | V_POLLRDHUP));
    fd = session(&other);
    MUST(v_shutdown(fd, V(SHUT_RDWR)));
    await_hangup(fd);
    OBSERVE_TEXT("shutdown RDWR", in_out(fd));
    fd = session(&other);
    peer_resets(other);
    await_hangup(fd);
    OBSERVE_TEXT("reset", in_out(fd));
}

static long try_select(int nfds, v_fd fd, int wanted, int *found, int seconds) {
    *found = wanted;
    return v_select(nfds, fd, found, seconds, 0);
}

ROW(poll_no_fd, entries, IS("fd < 0", "0", NO_POLL), IS("fd < 0, revents", "0", NO_POLL),
    IS("stale", "1", NO_POLL), IS("stale, revents", "NVAL", NO_POLL), IS("both", "1", NO_POLL),
    IS_EBADF("stale, by select")) {
    int found;
    const v_fd stale = tcp();
    MUST(v_close(stale));
    v_pollfd set[2] = {{.fd = (v_fd)-1, .events = V_POLLIN, .revents = V_POLLIN},
                       {.fd = stale, .events = V_POLLIN}};
    OBSERVE("fd < 0", v_poll(set, 1, 0));
    OBSERVE_TEXT("fd < 0, revents", suite_events(set[0].revents));
    OBSERVE("stale", v_poll(&set[1], 1, -1));
    OBSERVE_TEXT("stale, revents", suite_events(set[1].revents));
    OBSERVE("both", v_poll(set, 2, -1));
    OBSERVE("stale, by select", try_select((int)stale + 1, stale, WRITABLE, &found, 0));
}

static long wait_for_ever(void *fd) {
    return wait_readable(*(v_fd *)fd, -1);
}

ROW(poll_timeout, waits, IS("0", "0"), IS("0, elapsed", "at once"), IS("70 ms", "0"),
    IS("70 ms, elapsed", "no earlier"), IS("-1", "1"), IS("no entries", "0", NO_POLL),
    IS("no entries, elapsed", "no earlier", NO_POLL)) {
    peer *other;
    task waiter;
    v_fd fd = session(&other);
    uint32_t begin = scene_now_ms();
    OBSERVE("0", wait_readable(fd, 0));
    OBSERVE_TEXT("0, elapsed", scene_now_ms() - begin < 1000 ? "at once" : "later");
    begin = scene_now_ms();
    OBSERVE("70 ms", wait_readable(fd, 70));
    OBSERVE_TEXT("70 ms, elapsed", no_earlier(begin, 70));
    begin = scene_now_ms();
    OBSERVE("no entries", v_poll(NULL, 0, 20));
    OBSERVE_TEXT("no entries, elapsed", no_earlier(begin, 20));
    task_start(&waiter, wait_for_ever, &fd);
    task_until_blocked(&waiter);
    peer_sends(other, "x", 1);
    OBSERVE("-1", task_join(&waiter));
}

ROW(select_bad, arguments, IS_EBADF("closed fd"), IS("nfds < 0", "EINVAL"),
    IS("negative time", "EINVAL")) {
    int found;
    const v_fd fd = tcp();
    const v_fd stale = tcp();
    MUST(v_close(stale));
    OBSERVE("closed fd", try_select((int)stale + 1, stale, READABLE, &found, 0));
    OBSERVE("nfds < 0", try_select(-1, fd, READABLE, &found, 0));
    OBSERVE("negative time", try_select((int)fd + 1, fd, READABLE, &found, -1));
}

ROW(select_bad, failed_connect, IS("failed connect", "3"),
    IS("failed connect, sets", "read write except"), IS("idle connection", "1"),
    IS("idle connection, sets", "write")) {
    peer *other;
    int found;
    const v_fd bad = refused();
    const v_fd good = session(&other);
    OBSERVE("failed connect",
            try_select((int)bad + 1, bad, READABLE | WRITABLE | EXCEPT, &found, 1));
    OBSERVE_TEXT("failed connect, sets", sets(found));
    OBSERVE("idle connection",
            try_select((int)good + 1, good, READABLE | WRITABLE | EXCEPT, &found, 1));
    OBSERVE_TEXT("idle connection, sets", sets(found));
}
