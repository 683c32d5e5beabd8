/* The BSD view: plain names, -1 and errno, struct timeval. System headers come first, on purpose.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "port.h"
#include "wire.h"

#include "w5100_bsd.h"

#define PORT 80

static int listener(void) {
    struct sockaddr_in local;
    const int fd = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
    memset(&local, 0, sizeof local);
    local.sin_family = AF_INET;
    local.sin_port = htons(PORT);
    local.sin_addr.s_addr = htonl(INADDR_ANY);
    CHECK(fd > 0);
    CHECK_EQ(bind(fd, (struct sockaddr *)&local, sizeof local), 0);
    CHECK_EQ(listen(fd, 4), 0);
    return fd;
}

CASE(bsd_names_serve_a_client) {
    struct sockaddr_in from;
    socklen_t length = sizeof from;
    char data[8];
    int available = -1;
    wire_start();
    const int server = listener();
    w5100_sim_conn *conn = wire_client(PORT);
    const int fd = accept(server, (struct sockaddr *)&from, &length);
    CHECK(fd > 0);
    CHECK_EQ(from.sin_addr.s_addr, inet_addr("192.168.1.10"));
    wire_client_sends(conn, "hello", 5);
    struct pollfd ready = {fd, POLLIN, 0};
    CHECK_EQ(poll(&ready, 1, -1), 1);
    CHECK_EQ(ready.revents, POLLIN);
    CHECK_EQ(ioctl(fd, FIONREAD, &available), 0);
    CHECK_EQ(available, 5);
    CHECK_EQ(recv(fd, data, sizeof data, 0), 5);
    CHECK_EQ(send(fd, data, 5, MSG_NOSIGNAL), 5);
    wire_client_gets(conn, "hello", 5);
    CHECK_EQ(shutdown(fd, SHUT_WR), 0);
    CHECK_EQ(close(fd), 0);
    CHECK_EQ(close(server), 0);
}

CASE(bsd_errors_are_minus_1_and_errno) {
    wire_start();
    errno = 0;
    CHECK_EQ(close(12345), -1);
    CHECK_EQ(errno, EBADF);
    CHECK_EQ(socket(99, SOCK_STREAM, 0), -1);
    CHECK_EQ(errno, EAFNOSUPPORT);
}

CASE(bsd_errno_is_set_without_a_device) {
    errno = 0;
    CHECK_EQ(socket(AF_INET, SOCK_STREAM, 0), -1);
    CHECK_EQ(errno, ENETDOWN);
    CHECK_EQ(close(12345), -1);
    CHECK_EQ(errno, EBADF);
}

static int32_t task_errno;

static int32_t *task_errno_location(void *context) {
    (void)context;
    return &task_errno;
}

CASE(bsd_errno_is_also_where_the_port_tells) {
    w5100_port *port = port_of(wire_add_chip(0));
    const w5100_config config = wire_config(0);
    port->errno_location = task_errno_location;
    CHECK_EQ(WIZnet_Enable(port, &config), 0);
    CHECK_EQ(close(12345), -1);
    CHECK_EQ(task_errno, EBADF);
    CHECK_EQ(errno, EBADF);
}

CASE(bsd_success_leaves_errno_alone) {
    wire_start();
    errno = 1234;
    const int fd = socket(AF_INET, SOCK_DGRAM, 0);
    CHECK(fd > 0);
    CHECK_EQ(close(fd), 0);
    CHECK_EQ(errno, 1234);
}

static void *fail_elsewhere(void *unused) {
    (void)unused;
    errno = 0;
    CHECK_EQ(socket(99, SOCK_STREAM, 0), -1);
    CHECK_EQ(errno, EAFNOSUPPORT);
    return NULL;
}

CASE(bsd_errno_is_the_calling_threads) {
    pthread_t thread;
    wire_start();
    errno = 0;
    CHECK_EQ(close(12345), -1);
    CHECK_EQ(pthread_create(&thread, NULL, fail_elsewhere, NULL), 0);
    CHECK_EQ(pthread_join(thread, NULL), 0);
    CHECK_EQ(errno, EBADF);
}

CASE(bsd_timeouts_are_timevals) {
    struct timeval time;
    socklen_t length = sizeof time;
    uint32_t ms = 0;
    uint32_t ms_length = sizeof ms;
    wire_start();
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    CHECK_EQ(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &(struct timeval){2, 1}, sizeof time), 0);
    CHECK_EQ(w5100_getsockopt(fd, W5100_SOL_SOCKET, W5100_SO_RCVTIMEO, &ms, &ms_length), 0);
    CHECK_EQ(ms, 2001); /* rounded up */
    CHECK_EQ(getsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &time, &length), 0);
    CHECK_EQ(length, sizeof time);
    CHECK_EQ(time.tv_sec, 2);
    CHECK_EQ(time.tv_usec, 1000);

    time.tv_usec = 1000000;
    CHECK_EQ(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof time), -1);
    CHECK_EQ(errno, EDOM);
    CHECK_EQ(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &time, 4), -1);
    CHECK_EQ(errno, EINVAL);
    CHECK_EQ(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, NULL, sizeof time), -1);
    CHECK_EQ(errno, EFAULT);
    length = 4;
    CHECK_EQ(getsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &time, &length), -1);
    CHECK_EQ(errno, EINVAL);
}

CASE(bsd_a_timeout_longer_than_the_clock_is_clamped) {
    struct timeval time = {INT32_MAX, 0};
    uint32_t ms = 0;
    uint32_t length = sizeof ms;
    wire_start();
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    CHECK_EQ(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time), 0);
    CHECK_EQ(w5100_getsockopt(fd, W5100_SOL_SOCKET, W5100_SO_RCVTIMEO, &ms, &length), 0);
    CHECK_EQ(ms, INT32_MAX);
}

CASE(bsd_so_error_has_the_c_librarys_number) {
    struct sockaddr_in server = {.sin_family = AF_INET, .sin_port = htons(9)};
    int on = 1, error = 0;
    socklen_t length = sizeof error;
    wire_start();
    server.sin_addr.s_addr = inet_addr("192.168.1.10");
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    CHECK_EQ(ioctl(fd, FIONBIO, &on), 0);
    CHECK_EQ(connect(fd, (struct sockaddr *)&server, sizeof server), -1);
    CHECK_EQ(errno, EINPROGRESS);
    struct pollfd ready = {fd, POLLOUT, 0};
    CHECK_EQ(poll(&ready, 1, 5000), 1);
    CHECK((ready.revents & POLLERR) != 0);
    CHECK_EQ(getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length), 0);
    CHECK_EQ(error, ECONNREFUSED);
    CHECK_EQ(getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length), 0);
    CHECK_EQ(error, 0);
}

/* Every number the core can give has one of the C library's, and no two share it. */
CASE(bsd_every_core_error_has_a_number) {
    for (int32_t a = 1; a < 300; a++) {
        const bool known = w5100_error_name(a)[0] == 'E' && a != W5100_EIO;
        CHECK(!known || w5100_to_errno(a) != EIO);
        /* On Linux the two tables are the same, as far as POSIX has names. */
        CHECK(!known || a >= 200 || w5100_to_errno(a) == a);
    }
    CHECK_EQ(w5100_to_errno(W5100_EIO), EIO);
    CHECK_EQ(w5100_to_errno(W5100_EHOSTNOTFOUND), ENXIO);
    CHECK_EQ(w5100_to_errno(W5100_ENAMESERVER), EHOSTDOWN);
}
