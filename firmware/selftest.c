/*
 * selftest.c - the library in a Cortex-M3 firmware: runs under QEMU, against a chip in RAM.
 *
 * The exit status says whether all checks held; the first that did not is printed.
 */
#include <string.h>

#include "board.h"
#include "selftest_winsock.h"
#include "stub_chip.h"
#include "w5100_bsd.h"

#define TEXT(line) #line
#define LINE(line) TEXT(line)
#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            board_print("selftest.c:" LINE(__LINE__) ": " #condition "\n");                        \
            board_exit(0);                                                                         \
        }                                                                                          \
    } while (0)

static uint32_t now_ms(void *context) {
    (void)context;
    return board_now_ms();
}

static void wait(void *context, uint32_t seen, uint32_t timeout_ms) {
    (void)context;
    if (timeout_ms != 0 && !w5100_notified(seen)) {
        board_sleep();
    }
}

static int32_t *errno_location(void *context) {
    (void)context;
    return (int32_t *)&errno;
}

static const w5100_port port = {
    .size = sizeof port,
    .transfer = stub_transfer,
    .now_ms = now_ms,
    .wait = wait,
    .errno_location = errno_location,
};

static const w5100_config config = {
    .size = sizeof config,
    .mac = {2, 0, 0, 0, 0, 1},
    .ip = {10, 0, 0, 1},
    .mask = {255, 255, 255, 0},
    .gateway = {10, 0, 0, 254},
};

/* G6: no chip gives an error within 200 ms, never a hang. */
static void g6_a_dead_bus_is_an_error(enum stub_bus bus, int32_t error) {
    const uint32_t begin = board_now_ms();
    stub_start(bus);
    CHECK(WIZnet_Enable(&port, &config) == -error);
    CHECK(board_now_ms() - begin <= 200);
}

static void g6_the_configuration_reads_back(int32_t device) {
    w5100_config read = {.size = sizeof read};
    CHECK(w5100_get_config(device, &read) == 0);
    CHECK(memcmp(read.mac, config.mac, sizeof read.mac) == 0);
    CHECK(memcmp(read.ip, config.ip, sizeof read.ip) == 0);
    CHECK(memcmp(read.mask, config.mask, sizeof read.mask) == 0);
    CHECK(memcmp(read.gateway, config.gateway, sizeof read.gateway) == 0);
}

static int open_listener(void) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(80)};
    socklen_t length = sizeof address;
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(fd > 0);
    CHECK(bind(fd, (struct sockaddr *)&address, sizeof address) == 0);
    CHECK(listen(fd, 4) == 0);
    CHECK(getsockname(fd, (struct sockaddr *)&address, &length) == 0);
    CHECK(address.sin_port == htons(80));
    return fd;
}

static void a_session_echoes(int listener) {
    struct sockaddr_in peer;
    socklen_t length = sizeof peer;
    char data[8];
    const int n = stub_connect();
    CHECK(n >= 0);
    const int fd = accept(listener, (struct sockaddr *)&peer, &length);
    CHECK(fd > 0);
    CHECK(peer.sin_port == htons(1234));
    CHECK(peer.sin_addr.s_addr == inet_addr("10.0.0.2"));

    stub_receive(n, "hello", 5);
    struct pollfd ready = {fd, POLLIN, 0};
    CHECK(poll(&ready, 1, 100) == 1);
    CHECK(recv(fd, data, sizeof data, 0) == 5);
    CHECK(memcmp(data, "hello", 5) == 0);
    CHECK(send(fd, "HELLO", 5, 0) == 5);
    CHECK(stub_sent(n, data, sizeof data) == 5);
    CHECK(memcmp(data, "HELLO", 5) == 0);

    stub_finish(n);
    CHECK(recv(fd, data, sizeof data, 0) == 0);
    CHECK(close(fd) == 0);
    errno = 0;
    CHECK(recv(fd, data, sizeof data, 0) == -1);
    CHECK(errno == EBADF);
}

/* newlib's numbers are not Linux's: EAFNOSUPPORT is 106 here and 97 there. */
static void errors_have_the_c_librarys_numbers(void) {
    errno = 0;
    CHECK(socket(77, SOCK_STREAM, 0) == -1);
    CHECK(errno == EAFNOSUPPORT);
    CHECK(EAFNOSUPPORT != W5100_EAFNOSUPPORT);
}

static void a_receive_timeout_ends_the_wait(int listener) {
    const struct timeval time = {.tv_sec = 0, .tv_usec = 20000};
    char byte;
    CHECK(stub_connect() >= 0);
    const int fd = accept(listener, NULL, NULL);
    CHECK(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time) == 0);
    const uint32_t begin = board_now_ms();
    CHECK(recv(fd, &byte, 1, 0) == -1);
    CHECK(errno == EAGAIN);
    CHECK(board_now_ms() - begin >= 20);
    CHECK(close(fd) == 0);
}

/* newlib has an fd_set, a wider time and other numbers of fcntl than Linux. */
static void select_and_fcntl_take_the_c_librarys_types(int listener) {
    struct timeval limit = {.tv_sec = 0, .tv_usec = 20000};
    fd_set readable;
    FD_ZERO(&readable);
    FD_SET(listener, &readable);
    const uint32_t begin = board_now_ms();
    CHECK(select(listener + 1, &readable, NULL, NULL, &limit) == 0);
    CHECK(board_now_ms() - begin >= 20);
    CHECK(!FD_ISSET(listener, &readable));

    CHECK(fcntl(listener, F_SETFL, fcntl(listener, F_GETFL) | O_NONBLOCK) == 0);
    CHECK(fcntl(listener, F_GETFL) == (O_RDWR | O_NONBLOCK));
    CHECK(accept(listener, NULL, NULL) == -1);
    CHECK(errno == EAGAIN);
    CHECK(stub_connect() >= 0);
    FD_SET(listener, &readable);
    CHECK(select(listener + 1, &readable, NULL, NULL, NULL) == 1);
    const int fd = accept(listener, NULL, NULL);
    CHECK(fd > 0);
    CHECK(close(fd) == 0);
    FD_SET(fd, &readable);
    CHECK(select(fd + 1, &readable, NULL, NULL, &limit) == -1);
    CHECK(errno == EBADF);
    limit.tv_sec = -1;
    CHECK(select(fd + 1, &readable, NULL, NULL, &limit) == -1);
    CHECK(errno == EINVAL);
}

static void the_winsock_view_works(void) {
    const char *failed = selftest_winsock();
    if (failed != NULL) {
        board_print(failed);
        board_exit(0);
    }
}

int main(void) {
    g6_a_dead_bus_is_an_error(STUB_LOW, W5100_ENETDOWN);
    g6_a_dead_bus_is_an_error(STUB_HIGH, W5100_ENETDOWN);
    g6_a_dead_bus_is_an_error(STUB_BROKEN, W5100_EIO);

    stub_start(STUB_CHIP);
    const int32_t device = WIZnet_Enable(&port, &config);
    CHECK(device == 0);
    g6_the_configuration_reads_back(device);
    errors_have_the_c_librarys_numbers();
    const int listener = open_listener();
    a_session_echoes(listener);
    a_receive_timeout_ends_the_wait(listener);
    select_and_fcntl_take_the_c_librarys_types(listener);
    CHECK(close(listener) == 0);
    the_winsock_view_works();
    CHECK(WIZnet_Disable(device) == 0);
    board_print("selftest: all checks held\n");
    return 0;
}
