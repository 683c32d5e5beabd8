/* close, with what is left unread and with SO_LINGER. */
#include <string.h>

#include "session.h"

#define MOST_MS 100 /* for a chip to send what it has to a peer that takes it */
#define NO_CHIP .not_linux = "there is no chip"

static void set_linger(v_fd fd, int seconds) {
    v_linger value;
    memset(&value, 0, sizeof value);
    value.l_onoff = 1;
    value.l_linger = (unsigned short)seconds;
    MUST(v_setsockopt(fd, V(SOL_SOCKET), V(SO_LINGER), &value, sizeof value));
}

/* Send until neither the peer nor the buffers on the way take any more. */
static void fill(v_fd fd) {
    static const char much[4000];
    v_pollfd entry = {.fd = fd, .events = V_POLLOUT};
    do {
        while (send_now(fd, much, sizeof much) > 0) {
        }
    } while (MUST(v_poll(&entry, 1, MOST_MS)) > 0);
}

ROW(close_unread, tcp, IS("call", "0"), IS("peer sees", "FIN")) {
    peer *other;
    const v_fd fd = session(&other);
    peer_sends(other, "hello", 5);
    await_data(fd);
    OBSERVE("call", v_close(fd));
    OBSERVE_TEXT("peer sees", peer_sees(other));
}

ROW(linger_0, tcp, IS("call", "0"), IS("free hardware sockets", "4", NO_CHIP),
    IS("peer sees", "nothing")) {
    peer *other;
    const v_fd fd = session(&other);
    set_linger(fd, 0);
    REQUIRE(v_send(fd, "abc", 3, 0) == 3);
    REQUIRE(peer_gets(other, "abc", 3));
    OBSERVE("call", v_close(fd));
    OBSERVE("free hardware sockets", scene_free_hardware());
    OBSERVE_TEXT("peer sees", peer_sees(other));
}

ROW(linger_0, then, IS("peer sees after its next segment", "RST")) {
    peer *other;
    const v_fd fd = session(&other);
    set_linger(fd, 0);
    MUST(v_close(fd));
    if (suite_runs("peer sees after its next segment")) {
        peer_tries(other, "hello", 5);
        OBSERVE_TEXT("peer sees after its next segment", peer_sees(other));
    }
}

ROW(linger_n, in_time, IS("acknowledged", "0"), IS("elapsed", "less than n"),
    IS_EBADF("the handle afterwards")) {
    peer *other;
    char byte;
    const v_fd fd = session(&other);
    set_linger(fd, 10);
    REQUIRE(v_send(fd, "abc", 3, 0) == 3);
    const uint32_t begin = scene_now_ms();
    peer_discards(other);
    OBSERVE("acknowledged", v_close(fd));
    OBSERVE_TEXT("elapsed", scene_now_ms() - begin < 10000 ? "less than n" : "n or more");
    OBSERVE("the handle afterwards", v_recv(fd, &byte, 1, 0));
}

/* The peer does not read, so that the data cannot go out. */
ROW(linger_n, too_slow, IS("not acknowledged", "EAGAIN"), IS("elapsed without", "n"),
    IS("free hardware sockets afterwards", "4", NO_CHIP), IS_EBADF("the handle after that")) {
    peer *other;
    char byte;
    const v_fd fd = session(&other);
    set_linger(fd, 1);
    fill(fd);
    const uint32_t begin = scene_now_ms();
    OBSERVE("not acknowledged", v_close(fd));
    const uint32_t elapsed = scene_now_ms() - begin;
    OBSERVE_TEXT("elapsed without", elapsed < 1000   ? "less than n"
                                    : elapsed < 5000 ? "n"
                                                     : "more than n");
    OBSERVE("free hardware sockets afterwards", scene_free_hardware());
    OBSERVE("the handle after that", v_recv(fd, &byte, 1, 0));
}

ROW(linger_n, nonblocking, IS("non-blocking", "0"), IS("elapsed, non-blocking", "nothing")) {
    peer *other;
    const v_fd fd = session(&other);
    set_linger(fd, 1);
    fill(fd);
    nonblocking(fd, true);
    const uint32_t begin = scene_now_ms();
    OBSERVE("non-blocking", v_close(fd));
    OBSERVE_TEXT("elapsed, non-blocking", scene_now_ms() - begin < 5 ? "nothing" : "some time");
}
