/* Options, and select by its BSD name, which comes last since it takes the plain names over. */
#include "options.h"

#include <errno.h>
#include <string.h>
#include <sys/time.h>

#include "check.h"
#include "scene.h"
#include "w5100.h"
#include "w5100_bsd.h"

static const struct {
    int32_t level;
    int32_t name;
    int32_t most; /* values are 0 to this */
} options[] = {
    {W5100_SOL_SOCKET, W5100_SO_ACCEPTCONN, 1},
    {W5100_SOL_SOCKET, W5100_SO_REUSEADDR, 1},
    {W5100_SOL_SOCKET, W5100_SO_BROADCAST, 1},
    {W5100_SOL_SOCKET, W5100_SO_SNDTIMEO, 30},
    {W5100_SOL_SOCKET, W5100_SO_RCVTIMEO, 30},
    {W5100_SOL_SOCKET, W5100_SO_ERROR, 1},
    {W5100_SOL_SOCKET, W5100_SO_TYPE, 1},
    {W5100_SOL_SOCKET, W5100_SO_NONBLOCK, 1},
    {W5100_SOL_SOCKET, W5100_SO_KEEPALIVE, 1},
    {W5100_SOL_SOCKET, W5100_SO_SNDBUF, 3000},
    {W5100_SOL_SOCKET, W5100_SO_RCVBUF, 2048},
    {W5100_SOL_SOCKET, W5100_SO_CLOSE_WAIT_TIMEOUT, 500},
    {W5100_SOL_SOCKET, W5100_SO_PROMISCUOUS, 1},
    {W5100_SOL_SOCKET, W5100_SO_TAG, 0x5100},
    {W5100_IPPROTO_TCP, W5100_TCP_NODELAY, 1},
    {W5100_IPPROTO_TCP, W5100_TCP_KEEPIDLE, 3},
    {W5100_IPPROTO_TCP, W5100_TCP_KEEPINTVL, 3},
    {W5100_IPPROTO_TCP, W5100_TCP_KEEPCNT, 3},
    {W5100_IPPROTO_TCP, W5100_TCP_QUICKACK, 1},
    {W5100_IPPROTO_TCP, W5100_TCP_USER_TIMEOUT, 2000},
    {W5100_IPPROTO_IP, W5100_IP_TOS, 255},
    {W5100_IPPROTO_IP, W5100_IP_TTL, 255},
    {W5100_IPPROTO_IP, W5100_IP_MULTICAST_TTL, 255},
    {W5100_IPPROTO_IP, 99, 1},
};

static int32_t linger(thread *self, int32_t fd) {
    const w5100_linger value = {(int32_t)roll(self, 2), (int32_t)roll(self, 2)};
    return CALL(fd, w5100_setsockopt(fd, W5100_SOL_SOCKET, W5100_SO_LINGER, &value, sizeof value));
}

static int32_t membership(thread *self, int32_t fd) {
    const w5100_ip_mreq group = {{239, 1, 2, (uint8_t)roll(self, 2)}, {0, 0, 0, 0}};
    const int32_t name = roll(self, 2) == 0 ? W5100_IP_ADD_MEMBERSHIP : W5100_IP_DROP_MEMBERSHIP;
    return CALL(fd, w5100_setsockopt(fd, W5100_IPPROTO_IP, name, &group, sizeof group));
}

bool options_any(thread *self, int32_t fd) {
    const uint32_t chosen = roll(self, sizeof options / sizeof *options + 2);
    if (chosen == 0) {
        return linger(self, fd) == 0;
    }
    if (chosen == 1) {
        return membership(self, fd) == 0;
    }
    const int32_t level = options[chosen - 2].level;
    const int32_t name = options[chosen - 2].name;
    int32_t value = (int32_t)roll(self, (uint32_t)options[chosen - 2].most + 1);
    uint32_t length = sizeof value;
    return (roll(self, 2) == 0 ? CALL(fd, w5100_setsockopt(fd, level, name, &value, length))
                               : CALL(fd, w5100_getsockopt(fd, level, name, &value, &length))) == 0;
}

void options_errors(thread *self) {
    const int32_t error = (int32_t)roll(self, 130);
    CHECK(strlen(w5100_strerror(error)) > 0 && strlen(w5100_error_name(error)) > 0);
    const int32_t code = w5100_wsa_error(error);
    CHECK(strlen(w5100_wsa_strerror(code)) > 0 && strlen(w5100_wsa_error_name(code)) > 0);
    w5100_wsa_set_last_error(code);
    CHECK_EQ(w5100_wsa_result(-W5100_EBADF), -1);
    CHECK_EQ(w5100_wsa_last_error(), w5100_wsa_error(W5100_EBADF));
    CHECK_EQ(w5100_wsa_result(error), error);
    CHECK(w5100_errno_location() == (int32_t *)&errno);
    CHECK_EQ(w5100_version_number() >> 16, W5100_VERSION_MAJOR);
    CHECK(strlen(w5100_version()) > 0);
}

bool options_select(thread *self, const int32_t *fds, int count) {
    fd_set sets[3];
    for (int i = 0; i < 3; i++) {
        FD_ZERO(&sets[i]);
        for (int k = 0; k < count; k++) {
            if (roll(self, 2) == 0) {
                FD_SET(fds[k], &sets[i]);
            }
        }
    }
    struct timeval time = {0, (suseconds_t)roll(self, 5000)};
    errno = 0;
    thread_enters("select", fds[0]);
    const int found = select(0, &sets[0], &sets[1], &sets[2], &time);
    const int32_t error = found < 0 ? errno : 0;
    thread_leaves(0);
    CHECK(found >= 0 || error == EBADF || error == ENETDOWN || error == EIO || error == EINVAL);
    return found > 0;
}
