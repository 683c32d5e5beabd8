/* N10: what select refuses, and what a set can hold. */
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

#include "wire.h"

#include "w5100_bsd.h"

#define PORT 80

static int tcp(void) {
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(fd > 0);
    return fd;
}

static fd_set set_of(int fd) {
    fd_set set;
    FD_ZERO(&set);
    FD_SET(fd, &set);
    return set;
}

/* The call fails with `error` and leaves all three sets as they were. */
static void fails(int error, int nfds, fd_set *sets, const struct timeval *time) {
    fd_set before[3];
    struct timeval limit = *time;
    memcpy(before, sets, sizeof before);
    errno = 0;
    CHECK_EQ(select(nfds, &sets[0], &sets[1], &sets[2], &limit), -1);
    CHECK_EQ(errno, error);
    for (int i = 0; i < 3; i++) {
        CHECK_EQ(sets[i].fd_count, before[i].fd_count);
        CHECK(memcmp(sets[i].fd_array, before[i].fd_array, sets[i].fd_count * sizeof(int32_t)) ==
              0);
    }
}

CASE(n10_select_refuses_a_negative_time_and_nfds) {
    const struct timeval now = {0, 0};
    const struct timeval negative[] = {{-1, 0}, {0, -1}, {1, -1}, {2, -1000000}, {-1, 2000000}};
    wire_start();
    const int fd = tcp();
    fd_set sets[3] = {set_of(fd), set_of(fd), set_of(fd)};
    for (size_t i = 0; i < sizeof negative / sizeof negative[0]; i++) {
        fails(EINVAL, fd + 1, sets, &negative[i]);
    }
    fails(EINVAL, -1, sets, &now);
    CHECK_ERROR(w5100_select(0, NULL, NULL, NULL, &(w5100_timeout){-1, 0}), EINVAL);
    CHECK_ERROR(w5100_select(0, NULL, NULL, NULL, &(w5100_timeout){0, -1}), EINVAL);
    CHECK_EQ(close(fd), 0);
    fails(EINVAL, fd + 1, sets, &negative[0]); /* before the sets are looked at, as on Linux */
}

CASE(n10_select_refuses_a_closed_socket_in_any_set) {
    const struct timeval now = {0, 0};
    wire_start();
    const int open = wire_listener(PORT, 1);
    const int closed[] = {tcp(), 0, -1, INT32_MAX};
    CHECK_EQ(close(closed[0]), 0);
    for (size_t i = 0; i < sizeof closed / sizeof closed[0]; i++) {
        for (int position = 0; position < 3; position++) {
            fd_set sets[3] = {set_of(open), set_of(open), set_of(open)};
            FD_SET(closed[i], &sets[position]);
            fails(EBADF, open + 1, sets, &now);
        }
    }
}

CASE(n10_select_refuses_a_set_that_was_never_made_empty) {
    wire_start();
    for (int position = 0; position < 3; position++) {
        fd_set sets[3];
        memset(sets, 0, sizeof sets);
        sets[position].fd_count = UINT32_MAX;
        CHECK(!FD_ISSET(77, &sets[position]));
        FD_SET(77, &sets[position]);
        CHECK_EQ(sets[position].fd_count, UINT32_MAX);
        errno = 0;
        CHECK_EQ(select(1, &sets[0], &sets[1], &sets[2], &(struct timeval){0, 0}), -1);
        CHECK_EQ(errno, EINVAL);
    }
}

CASE(n10_a_set_holds_each_socket_once_and_no_more_than_its_size) {
    fd_set set;
    FD_ZERO(&set);
    for (int fd = 1; fd <= FD_SETSIZE; fd++) {
        FD_SET(fd * 1000, &set);
        FD_SET(fd * 1000, &set);
        CHECK_EQ(set.fd_count, fd);
    }
    FD_SET(7, &set); /* full */
    CHECK(!FD_ISSET(7, &set));
    FD_CLR(5000, &set);
    FD_CLR(5000, &set);
    FD_CLR(8, &set);
    CHECK_EQ(set.fd_count, FD_SETSIZE - 1);
    CHECK(!FD_ISSET(5000, &set));
    for (int fd = 1; fd <= FD_SETSIZE; fd++) {
        CHECK_EQ(FD_ISSET(fd * 1000, &set), fd != 5);
    }
    FD_SET(7, &set);
    CHECK(FD_ISSET(7, &set));
    const fd_set copy = set; /* as programs do before each call */
    FD_ZERO(&set);
    CHECK(!FD_ISSET(7, &set));
    CHECK(FD_ISSET(7, &copy));
}

/* Some of these are longer than any test can wait. */
CASE(n10_select_rounds_up_to_milliseconds_and_no_further_than_they_reach) {
    static const struct {
        w5100_timeout limit;
        int32_t ms;
    } rounded[] = {
        {{0, 0}, 0},
        {{0, 1}, 1},
        {{0, 999}, 1},
        {{0, 1000}, 1},
        {{0, 1001}, 2},
        {{0, INT32_MAX}, 2147484},
        {{2147482, 999000}, 2147482999},
        {{2147483, 646001}, INT32_MAX},
        {{2147483, 0}, 2147483000},
        {{2147483, 648000}, INT32_MAX},
        {{2147484, 0}, INT32_MAX},
        {{2147482, INT32_MAX}, INT32_MAX},
        {{INT32_MAX, INT32_MAX}, INT32_MAX},
    };
    for (size_t i = 0; i < sizeof rounded / sizeof rounded[0]; i++) {
        CHECK_EQ(w5100_select_ms(&rounded[i].limit), rounded[i].ms);
    }
}

CASE(n10_select_tells_when_the_chip_is_gone) {
    struct timeval limit = {1, 0};
    fd_set readable;
    FD_ZERO(&readable);
    wire_start();
    CHECK_EQ(WIZnet_Disable(0), 0);
    errno = 0;
    CHECK_EQ(select(0, &readable, NULL, NULL, &limit), -1);
    CHECK_EQ(errno, ENETDOWN);
}
