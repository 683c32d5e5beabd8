/* W5100_BSD_NO_IO_NAMES: a program that needs its files' close, ioctl and fcntl besides sockets. */
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

#include "wire.h"

#define W5100_BSD_NO_IO_NAMES
#include "w5100_bsd.h"

CASE(bsd_files_keep_their_calls) {
    int ends[2];
    char byte = 0;
    wire_start();
    CHECK_EQ(pipe(ends), 0);
    CHECK_EQ(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
    CHECK_EQ(read(ends[0], &byte, 1), -1);
    CHECK_EQ(errno, EAGAIN);
    CHECK_EQ(write(ends[1], "x", 1), 1);
    CHECK_EQ(read(ends[0], &byte, 1), 1);
    CHECK_EQ(close(ends[0]), 0);
    CHECK_EQ(close(ends[1]), 0);
    CHECK_EQ(ioctl(ends[0], 0, &byte), -1);
    CHECK_EQ(errno, EBADF);
}

CASE(bsd_sockets_beside_files_have_calls_of_their_own) {
    int on = 1;
    wire_start();
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(fd > 0);
    CHECK_EQ(ioctlsocket(fd, FIONBIO, &on), 0);
    CHECK_EQ(listen(fd, 1), 0);
    CHECK_EQ(accept(fd, NULL, NULL), -1);
    CHECK_EQ(errno, EAGAIN);
    CHECK_EQ(closesocket(fd), 0);
    CHECK_EQ(closesocket(fd), -1);
    CHECK_EQ(errno, EBADF);
}
