/*
 * http_get.c - get a page of a web server, by the server's name: a BSD program, and a Winsock one.
 *
 * The same source is built over both views: `http_get` over w5100_bsd.h, and, with VIEW_WINSOCK,
 * `winsock_http_get` over w5100_winsock.h. They differ in what the two worlds differ in: how a
 * program starts and ends, what an error is, and the names of a socket's type and its close.
 *
 * Writes the page to standard output. Ends with 0 if the server has it and all of it came.
 *
 *     http_get HOST PORT /PATH
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "port/port.h"

#ifdef VIEW_WINSOCK
#include "w5100_winsock.h"
#else
#include "w5100_bsd.h"
#define SOCKET int
#define INVALID_SOCKET (-1)
#define SOCKET_ERROR (-1)
#endif

#define HEAD_SIZE 1024 /* room for the head of an answer */
#define REQUEST_SIZE 512

static const w5100_config config = {
    .size = sizeof config,
    .mac = {42, 185, 44, 2, 206, 135},
    .ip = {192, 168, 1, 206},
    .mask = {255, 255, 255, 0},
    .gateway = {192, 168, 1, 1},
    .dns = {192, 168, 1, 1},
};

static int fail(const char *what, const char *why) {
    fprintf(stderr, "%s: %s\n", what, why);
    return EXIT_FAILURE;
}

/* Of the last call. */
static int fail_call(const char *what) {
#ifdef VIEW_WINSOCK
    return fail(what, w5100_wsa_strerror(WSAGetLastError()));
#else
    return fail(what, strerror(errno));
#endif
}

/* ---- the answer ------------------------------------------------------------------------------ */

/* Receive until the empty line: the length of all that came, some of the page included, or 0. The
   text ends with a 0. */
static size_t receive_head(SOCKET fd, char head[HEAD_SIZE]) {
    size_t length = 0;
    while (length < HEAD_SIZE - 1) {
        const int count = (int)recv(fd, head + length, (int)(HEAD_SIZE - 1 - length), 0);
        if (count <= 0) {
            return 0;
        }
        length += (size_t)count;
        head[length] = '\0';
        if (strstr(head, "\r\n\r\n") != NULL) {
            return length;
        }
    }
    return 0;
}

/* What the server says that the page has; -1 if it does not. Servers write the name in whatever
   case. */
static long content_length(const char *head) {
    static const char name[] = "\ncontent-length:";
    for (const char *at = strchr(head, '\n'); at != NULL; at = strchr(at + 1, '\n')) {
        size_t i = 0;
        while (name[i] != '\0' && (at[i] == name[i] || (at[i] | 0x20) == name[i])) {
            i++;
        }
        if (name[i] == '\0') {
            return strtol(at + i, NULL, 10);
        }
    }
    return -1;
}

/* Write the page: its bytes in the head's buffer, then the rest. */
static int write_page(SOCKET fd, char head[HEAD_SIZE], size_t length) {
    char *const page = strstr(head, "\r\n\r\n") + 4;
    long count = (long)(head + length - page);
    long received = 0;
    *(page - 2) = '\0';
    const long expected = content_length(head);
    fwrite(page, 1, (size_t)count, stdout);
    do {
        received += count;
        count = (long)recv(fd, head, HEAD_SIZE, 0);
        fwrite(head, 1, count > 0 ? (size_t)count : 0, stdout);
    } while (count > 0);
    if (count < 0) {
        return fail_call("recv");
    }
    return expected < 0 || received == expected ? EXIT_SUCCESS : fail("page", "it was cut off");
}

/* HTTP/1.0, so that the page ends with the connection. */
static int get(SOCKET fd, const char *host, const char *path) {
    char buffer[HEAD_SIZE];
    char request[REQUEST_SIZE];
    const int length =
        snprintf(request, sizeof request, "GET %s HTTP/1.0\r\nHost: %s\r\n\r\n", path, host);
    if (length >= (int)sizeof request) {
        return fail(path, "too long");
    }
    if (send(fd, request, length, 0) != length) {
        return fail_call("send");
    }
    const size_t received = receive_head(fd, buffer);
    const char *const status = received > 0 ? strchr(buffer, ' ') : NULL;
    if (status == NULL || strncmp(buffer, "HTTP/1.", 7) != 0) {
        return fail(host, "no answer of HTTP");
    }
    if (strncmp(status, " 200 ", 5) != 0) {
        buffer[strcspn(buffer, "\r\n")] = '\0';
        return fail(path, buffer);
    }
    return write_page(fd, buffer, received);
}

/* ---- the server ------------------------------------------------------------------------------ */

static SOCKET connect_to(const struct addrinfo *address) {
    const SOCKET fd = socket(address->ai_family, address->ai_socktype, address->ai_protocol);
    if (fd == INVALID_SOCKET) {
        fail_call("socket");
    } else if (connect(fd, address->ai_addr, (int)address->ai_addrlen) == SOCKET_ERROR) {
        fail_call("connect");
        closesocket(fd);
        return INVALID_SOCKET;
    }
    return fd;
}

static int run(const char *host, const char *port, const char *path) {
    const struct addrinfo wanted = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    const int error = getaddrinfo(host, port, &wanted, &found);
    if (error != 0) {
        return fail(host, gai_strerror(error));
    }
    const SOCKET fd = connect_to(found);
    freeaddrinfo(found);
    if (fd == INVALID_SOCKET) {
        return EXIT_FAILURE;
    }
    const int result = get(fd, host, path);
    closesocket(fd);
    return result;
}

int main(int argc, char **argv) {
    if (argc != 4) {
        fprintf(stderr, "usage: %s HOST PORT /PATH\n", argv[0]);
        return EXIT_FAILURE;
    }
    const int32_t device = port_open(&config);
    if (device < 0) {
        return fail("no chip", w5100_strerror(device));
    }
#ifdef VIEW_WINSOCK
    WSADATA data;
    if (WSAStartup(MAKEWORD(2, 2), &data) != 0) {
        return fail("Winsock", "does not start");
    }
#endif
    const int result = run(argv[1], argv[2], argv[3]);
#ifdef VIEW_WINSOCK
    WSACleanup();
#endif
    port_close(device);
    return result;
}
