/* Every option of w5100_setsockopt() and w5100_getsockopt(): its values and what it refuses. */
#include <string.h>

#include "wire.h"

#define PORT 80

static int32_t socket_of(int32_t family, int32_t type, int32_t protocol) {
    return CHECK_OK(w5100_socket(family, type, protocol));
}

static int32_t tcp(void) {
    return socket_of(W5100_AF_INET, W5100_SOCK_STREAM, 0);
}

static int32_t udp(void) {
    return socket_of(W5100_AF_INET, W5100_SOCK_DGRAM, 0);
}

static int32_t set(int32_t fd, int32_t level, int32_t name, int32_t value) {
    return w5100_setsockopt(fd, level, name, &value, sizeof value);
}

static int32_t get(int32_t fd, int32_t level, int32_t name) {
    int32_t value = -77;
    uint32_t length = sizeof value;
    CHECK_EQ(w5100_getsockopt(fd, level, name, &value, &length), 0);
    CHECK_EQ(length, sizeof value);
    return value;
}

static void set_linger(int32_t fd, int32_t onoff, int32_t seconds) {
    const w5100_linger linger = {onoff, seconds};
    CHECK_EQ(w5100_setsockopt(fd, W5100_SOL_SOCKET, W5100_SO_LINGER, &linger, sizeof linger), 0);
}

/* Time passes and the library looks after its connections. */
static void pass(uint32_t ms) {
    for (const uint32_t begin = wire_now_ms(); wire_now_ms() - begin < ms;) {
        wire_run(10);
        CHECK_EQ(w5100_service(0), 0);
    }
}

enum { STREAM = 1, DATAGRAM = 2, RAW = 4, PACKET = 8, ANY = 15 };

/* An option that is a number; `low` to `high` is taken, all of `int32_t` if both are 0. */
static const struct {
    int32_t level, name, kinds, first, set, low, high;
} numbers[] = {
    {W5100_SOL_SOCKET, W5100_SO_REUSEADDR, ANY, 0, 1, 0, 0},
    {W5100_SOL_SOCKET, W5100_SO_KEEPALIVE, ANY, 0, 1, 0, 0},
    {W5100_SOL_SOCKET, W5100_SO_BROADCAST, ANY, 0, 1, 0, 0},
    {W5100_SOL_SOCKET, W5100_SO_NONBLOCK, ANY, 0, 1, 0, 0},
    {W5100_SOL_SOCKET, W5100_SO_PROMISCUOUS, ANY, 0, 1, 0, 0},
    {W5100_SOL_SOCKET, W5100_SO_TAG, ANY, 0, -3, 0, 0},
    {W5100_SOL_SOCKET, W5100_SO_SNDTIMEO, ANY, 0, 1500, 0, 0},
    {W5100_SOL_SOCKET, W5100_SO_RCVTIMEO, ANY, 0, -2, 0, 0}, /* unsigned */
    {W5100_SOL_SOCKET, W5100_SO_CLOSE_WAIT_TIMEOUT, ANY, 0, -2, 0, 0},
    {W5100_SOL_SOCKET, W5100_SO_SNDBUF, ANY, 2048, 1000, 1, INT32_MAX},
    {W5100_SOL_SOCKET, W5100_SO_RCVBUF, ANY, 2048, 4096, 1, 8192},
    {W5100_IPPROTO_TCP, W5100_TCP_NODELAY, STREAM, 1, 0, 0, 0},
    {W5100_IPPROTO_TCP, W5100_TCP_QUICKACK, STREAM, 1, 0, 0, 0},
    {W5100_IPPROTO_TCP, W5100_TCP_KEEPIDLE, STREAM, 7200, 60, 1, 32767},
    {W5100_IPPROTO_TCP, W5100_TCP_KEEPINTVL, STREAM, 75, 10, 1, 32767},
    {W5100_IPPROTO_TCP, W5100_TCP_KEEPCNT, STREAM, 9, 3, 1, 127},
    {W5100_IPPROTO_TCP, W5100_TCP_USER_TIMEOUT, STREAM, 0, 5000, 0, INT32_MAX},
    {W5100_IPPROTO_IP, W5100_IP_TOS, ANY, 0, 0x10, 0, 255},
    {W5100_IPPROTO_IP, W5100_IP_TTL, ANY, 128, 64, 1, 255},
    {W5100_IPPROTO_IP, W5100_IP_MULTICAST_TTL, DATAGRAM | RAW | PACKET, 1, 4, 1, 255},
};

#define NUMBERS (sizeof numbers / sizeof numbers[0])

static const struct {
    int32_t kind, family, type, protocol;
} kinds[] = {
    {STREAM, W5100_AF_INET, W5100_SOCK_STREAM, 0},
    {DATAGRAM, W5100_AF_INET, W5100_SOCK_DGRAM, 0},
    {RAW, W5100_AF_INET, W5100_SOCK_RAW, W5100_IPPROTO_ICMP},
    {PACKET, W5100_AF_PACKET, W5100_SOCK_RAW, 0},
};

#define KINDS (sizeof kinds / sizeof kinds[0])

/* Calls `check(fd, i)` for each option on a socket of each kind that has it, or has it not. */
static void for_each(bool has, void (*check)(int32_t fd, size_t i)) {
    wire_start();
    for (size_t k = 0; k < KINDS; k++) {
        for (size_t i = 0; i < NUMBERS; i++) {
            if (((numbers[i].kinds & kinds[k].kind) != 0) == has) {
                const int32_t fd = socket_of(kinds[k].family, kinds[k].type, kinds[k].protocol);
                check(fd, i);
                CHECK_EQ(w5100_close(fd), 0);
            }
        }
    }
}

static void gives_back(int32_t fd, size_t i) {
    const int32_t level = numbers[i].level, name = numbers[i].name;
    CHECK_EQ(get(fd, level, name), numbers[i].first);
    CHECK_EQ(set(fd, level, name, numbers[i].set), 0);
    CHECK_EQ(get(fd, level, name), numbers[i].set);
    CHECK_EQ(set(fd, level, name, numbers[i].first), 0);
    CHECK_EQ(get(fd, level, name), numbers[i].first);
}

CASE(options_give_back_what_was_set) {
    for_each(true, gives_back);
}

static void has_a_range(int32_t fd, size_t i) {
    const int32_t level = numbers[i].level, name = numbers[i].name;
    if (numbers[i].low == 0 && numbers[i].high == 0) {
        return;
    }
    CHECK_EQ(set(fd, level, name, numbers[i].low), 0);
    CHECK_EQ(set(fd, level, name, numbers[i].high), 0);
    CHECK_EQ(set(fd, level, name, numbers[i].first), 0);
    CHECK_ERROR(set(fd, level, name, numbers[i].low - 1), EINVAL);
    CHECK_ERROR(set(fd, level, name, INT32_MIN), EINVAL);
    if (numbers[i].high != INT32_MAX) {
        CHECK_ERROR(set(fd, level, name, numbers[i].high + 1), EINVAL);
        CHECK_ERROR(set(fd, level, name, INT32_MAX), EINVAL);
    }
    CHECK_EQ(get(fd, level, name), numbers[i].first);
}

CASE(options_out_of_range_are_einval_and_change_nothing) {
    for_each(true, has_a_range);
}

CASE(options_of_time_to_live_have_a_default) {
    wire_start();
    const int32_t fd = udp();
    CHECK_EQ(set(fd, W5100_IPPROTO_IP, W5100_IP_TTL, 3), 0);
    CHECK_EQ(set(fd, W5100_IPPROTO_IP, W5100_IP_TTL, -1), 0);
    CHECK_EQ(get(fd, W5100_IPPROTO_IP, W5100_IP_TTL), 128);
    CHECK_EQ(set(fd, W5100_IPPROTO_IP, W5100_IP_MULTICAST_TTL, 3), 0);
    CHECK_EQ(set(fd, W5100_IPPROTO_IP, W5100_IP_MULTICAST_TTL, -1), 0);
    CHECK_EQ(get(fd, W5100_IPPROTO_IP, W5100_IP_MULTICAST_TTL), 1);
}

static void answers_mistakes(int32_t fd, size_t i) {
    const int32_t level = numbers[i].level, name = numbers[i].name;
    struct {
        int32_t value, after;
    } wide = {numbers[i].set, 77};
    for (uint32_t length = 0; length < 4; length++) {
        uint32_t in_out = length;
        CHECK_ERROR(w5100_setsockopt(fd, level, name, &wide, length), EINVAL);
        CHECK_ERROR(w5100_getsockopt(fd, level, name, &wide, &in_out), EINVAL);
        CHECK_EQ(in_out, length);
    }
    uint32_t length = sizeof wide;
    CHECK_ERROR(w5100_setsockopt(fd, level, name, NULL, 4), EFAULT);
    CHECK_ERROR(w5100_getsockopt(fd, level, name, NULL, &length), EFAULT);
    CHECK_ERROR(w5100_getsockopt(fd, level, name, &wide, NULL), EFAULT);
    CHECK_EQ(wide.value, numbers[i].set);
    CHECK_EQ(get(fd, level, name), numbers[i].first);
    /* More room than it takes is fine. */
    CHECK_EQ(w5100_setsockopt(fd, level, name, &wide, sizeof wide), 0);
    wide.value = -77;
    CHECK_EQ(w5100_getsockopt(fd, level, name, &wide, &length), 0);
    CHECK_EQ(length, 4);
    CHECK_EQ(wide.value, numbers[i].set);
    CHECK_EQ(wide.after, 77);
    CHECK_EQ(set(fd, level, name, numbers[i].first), 0);
    /* The same number means nothing, or something else, at a level that is none. */
    CHECK_ERROR(set(fd, 77, name, 1), ENOPROTOOPT);
    CHECK_ERROR(set(fd, level, name + 0x4000, 1), ENOPROTOOPT);
}

CASE(f10_options_answer_for_each_mistake) {
    for_each(true, answers_mistakes);
}

static void is_none(int32_t fd, size_t i) {
    int32_t value = 1;
    uint32_t length = sizeof value;
    const int32_t level = numbers[i].level, name = numbers[i].name;
    CHECK_ERROR(set(fd, level, name, 1), ENOPROTOOPT);
    CHECK_ERROR(w5100_getsockopt(fd, level, name, &value, &length), ENOPROTOOPT);
    CHECK_ERROR(w5100_setsockopt(fd, level, name, NULL, 0), ENOPROTOOPT);
}

CASE(options_of_another_kind_of_socket_are_none) {
    for_each(false, is_none);
}

CASE(f10_options_of_what_is_no_socket_are_ebadf) {
    static const int32_t words[] = {0, -1, INT32_MIN, INT32_MAX, 12345};
    int32_t value = 1;
    uint32_t length = sizeof value;
    wire_start();
    const int32_t stale = tcp();
    CHECK_EQ(w5100_close(stale), 0);
    const int32_t other = tcp();
    for (size_t w = 0; w <= sizeof words / sizeof words[0]; w++) {
        const int32_t fd = w == 0 ? stale : words[w - 1];
        for (size_t i = 0; i < NUMBERS; i++) {
            const int32_t level = numbers[i].level, name = numbers[i].name;
            CHECK_ERROR(set(fd, level, name, numbers[i].set), EBADF);
            CHECK_ERROR(w5100_getsockopt(fd, level, name, &value, &length), EBADF);
            CHECK_ERROR(w5100_setsockopt(fd, level, name, NULL, 0), EBADF);
        }
        CHECK_ERROR(w5100_is_connected(fd), EBADF);
        CHECK_ERROR(w5100_state(fd), EBADF);
        CHECK_ERROR(w5100_outstanding(fd), EBADF);
    }
    CHECK_EQ(get(other, W5100_SOL_SOCKET, W5100_SO_KEEPALIVE), 0);
}

CASE(options_that_only_tell_cannot_be_set) {
    static const int32_t names[] = {W5100_SO_ERROR, W5100_SO_TYPE, W5100_SO_ACCEPTCONN};
    wire_start();
    const int32_t fd = tcp();
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        CHECK_ERROR(set(fd, W5100_SOL_SOCKET, names[i], 1), ENOPROTOOPT);
    }
    CHECK_EQ(get(fd, W5100_SOL_SOCKET, W5100_SO_ACCEPTCONN), 0);
    CHECK_EQ(get(wire_listener(PORT, 1), W5100_SOL_SOCKET, W5100_SO_ACCEPTCONN), 1);
    for (size_t k = 0; k < KINDS; k++) {
        const int32_t each = socket_of(kinds[k].family, kinds[k].type, kinds[k].protocol);
        CHECK_EQ(get(each, W5100_SOL_SOCKET, W5100_SO_TYPE), kinds[k].type);
    }
}

CASE(r6_linger_is_two_words) {
    w5100_linger linger = {7, 7};
    uint32_t length = sizeof linger + 9;
    wire_start();
    const int32_t fd = tcp();
    CHECK_EQ(sizeof linger, 8);
    CHECK_EQ(w5100_getsockopt(fd, W5100_SOL_SOCKET, W5100_SO_LINGER, &linger, &length), 0);
    CHECK_EQ(length, sizeof linger);
    CHECK_EQ(linger.l_onoff, 0);
    static const int32_t seconds[] = {0, 1, 65534};
    for (size_t i = 0; i < 3; i++) {
        set_linger(fd, 1, seconds[i]);
        linger = (w5100_linger){7, 7};
        CHECK_EQ(w5100_getsockopt(fd, W5100_SOL_SOCKET, W5100_SO_LINGER, &linger, &length), 0);
        CHECK_EQ(linger.l_onoff, 1);
        CHECK_EQ(linger.l_linger, seconds[i]);
    }
    const w5100_linger negative = {1, -1};
    CHECK_ERROR(w5100_setsockopt(fd, W5100_SOL_SOCKET, W5100_SO_LINGER, &negative, 8), EINVAL);
    CHECK_ERROR(w5100_setsockopt(fd, W5100_SOL_SOCKET, W5100_SO_LINGER, &linger, 7), EINVAL);
    CHECK_ERROR(w5100_setsockopt(fd, W5100_SOL_SOCKET, W5100_SO_LINGER, NULL, 8), EFAULT);
    length = 7;
    CHECK_ERROR(w5100_getsockopt(fd, W5100_SOL_SOCKET, W5100_SO_LINGER, &linger, &length), EINVAL);
    set_linger(fd, 0, 0);
    length = sizeof linger;
    CHECK_EQ(w5100_getsockopt(fd, W5100_SOL_SOCKET, W5100_SO_LINGER, &linger, &length), 0);
    CHECK_EQ(linger.l_onoff, 0);
}

CASE(r5_the_memory_is_dealt_as_asked) {
    static const uint8_t rx[4] = {4, 2, 1, 1}, tx[4] = {1, 1, 2, 4};
    static const uint8_t odd[4] = {3, 1, 1, 1}, much[4] = {4, 4, 1, 0}, wide[4] = {2, 2, 2, 2};
    wire_start();
    const int32_t fd = tcp();
    CHECK_ERROR(w5100_set_memory(0, NULL, tx), EFAULT);
    CHECK_ERROR(w5100_set_memory(0, rx, NULL), EFAULT);
    CHECK_ERROR(w5100_set_memory(-1, rx, tx), EINVAL);
    CHECK_ERROR(w5100_set_memory(99, rx, tx), EINVAL);
    CHECK_ERROR(w5100_set_memory(0, odd, tx), EINVAL);
    CHECK_ERROR(w5100_set_memory(0, much, tx), EINVAL);
    const int32_t listener = wire_listener(PORT, 1);
    CHECK_ERROR(w5100_set_memory(0, rx, tx), EBUSY);
    CHECK_ERROR(set(fd, W5100_SOL_SOCKET, W5100_SO_RCVBUF, 8192), EBUSY);
    CHECK_EQ(set(fd, W5100_SOL_SOCKET, W5100_SO_RCVBUF, 2048), 0);
    CHECK_EQ(w5100_close(listener), 0);
    CHECK_EQ(w5100_set_memory(0, rx, tx), 0);
    CHECK_EQ(w5100_sim_peek(wire_chip(0), 0x001A), 0x06);
    CHECK_EQ(w5100_sim_peek(wire_chip(0), 0x001B), 0x90);
    CHECK_EQ(get(fd, W5100_SOL_SOCKET, W5100_SO_RCVBUF), 1024);
    CHECK_EQ(get(fd, W5100_SOL_SOCKET, W5100_SO_SNDBUF), 1024);
    w5100_config config = {.size = sizeof config};
    CHECK_EQ(w5100_get_config(0, &config), 0);
    CHECK(memcmp(config.rx_kib, rx, 4) == 0 && memcmp(config.tx_kib, tx, 4) == 0);
    wire_still_works(PORT);
    CHECK_ERROR(w5100_set_memory(0, wide, wide), EBUSY); /* closed, and not over yet */
    pass(10100);
    CHECK_EQ(w5100_set_memory(0, wide, wide), 0);
    CHECK_EQ(set(fd, W5100_SOL_SOCKET, W5100_SO_RCVBUF, 8192), 0);
    CHECK_EQ(wire_free_sockets(0), 1);
    CHECK_EQ(WIZnet_Disable(0), 0);
    CHECK_ERROR(w5100_set_memory(0, rx, tx), ENETDOWN);
}
