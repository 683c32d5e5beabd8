/*
 * winsock_server.c - the servers of a short guide to sockets on Windows (NTUA, January 2004), over
 * the W5100.
 *
 * The guide has two parts, and so has this file: a server that blocks, on port 5000, which here
 * sends back what a client says until it has no more to say; and one that serves several clients
 * at once, on port 1234, which greets each and prints what it says. The code is the guide's, word
 * for word, but for these slips:
 *
 *  1. <winsock2.h>, <winsock.h>, <windows.h>: one header stands for all. There is no wsock32.lib
 *     (nor wsck32.lib, as the guide has it once) to link.
 *  2. bind and accept are given a `struct in_addr *`: they take a `struct sockaddr *`.
 *  3. What socket and accept return is not looked at in the first part.
 *  4. An error leaves Winsock started and the socket open: both are ended in one place here. Of
 *     the second WSAStartup the result is not looked at, and that of the first is not kept where
 *     WSAGetLastError() finds it.
 *  5. SendData is used before it is declared, takes a `char *` for what it does not change, and
 *     gives a size_t where an int is wanted.
 *  6. recv may fill all 1024 bytes of the buffer, which is then printed as a text: the buffer has
 *     room for the 0 at the end. That recv may fail, or give 0, is looked at.
 *  7. `(sockaddr*)&NewRemoteSin, NULL` leaves the address unset on Windows, although the note under
 *     it says otherwise. Over the W5100 the note is true.
 *  8. closesocket is shown with `server` alone in the first part, and in the second with `MySock`,
 *     which no socket is called: each is closed by its own name here.
 *
 * In place of the window that the guide's second part is told of its events by (WSAAsyncSelect,
 * WM_USER, MessageBox) stands the guide's own alternative, select. winsock_async_server.c has the
 * window.
 *
 *     winsock_server first|second [port of this computer, 0 or none: any]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "last_bytes.h"
#include "port/port.h"
#include "w5100_winsock.h"

static const w5100_config config = {
    .size = sizeof config,
    .mac = {42, 185, 44, 2, 206, 129},
    .ip = {192, 168, 1, 203},
    .mask = {255, 255, 255, 0},
    .gateway = {192, 168, 1, 1},
};

/* The port of this computer that leads to the chip's. */
static u_short host_port;

static BOOL open_to_clients(u_short port) {
    char where[PORT_REACH_SIZE];
    if (port_reach(&config, port, host_port, where) < 0) {
        return FALSE;
    }
    printf("listening on %s\n", where);
    fflush(stdout);
    return TRUE;
}

/* ---- the first part ------------------------------------------------------------------------ */

static BOOL start_winsock(void) {
    WSADATA wsaData;
    WORD version;
    int error;

    version = MAKEWORD(2, 0);

    error = WSAStartup(version, &wsaData);

    /* check for error */
    if (error != 0) {
        /* error occurred */
        WSASetLastError(error);
        return FALSE;
    }

    /* check for correct version */
    if (LOBYTE(wsaData.wVersion) != 2 || HIBYTE(wsaData.wVersion) != 0) {
        /* incorrect WinSock version */
        WSACleanup();
        return FALSE;
    }

    /* WinSock has been initialized */
    return TRUE;
}

/* The guide: "with an active socket connection we can send data, and receive data with recv". */
static BOOL send_back(SOCKET client) {
    char buffer[1024];
    int count;
    while ((count = recv(client, buffer, sizeof buffer, 0)) > 0) {
        if (send(client, buffer, count, 0) == SOCKET_ERROR) {
            return FALSE;
        }
    }
    return count == 0;
}

static BOOL first_server(SOCKET server) {
    struct sockaddr_in sin;
    SOCKET client;
    int length;
    BOOL served;

    memset(&sin, 0, sizeof(sin));

    sin.sin_family = AF_INET;

    sin.sin_addr.s_addr = htonl(INADDR_ANY);

    sin.sin_port = htons(5000);

    if (bind(server, (struct sockaddr *)&sin, sizeof(sin)) == SOCKET_ERROR) {
        /* could not start server */
        return FALSE;
    }

    while (listen(server, SOMAXCONN) == SOCKET_ERROR)
        ;

    if (!open_to_clients(5000)) {
        return FALSE;
    }

    length = sizeof sin;

    client = accept(server, (struct sockaddr *)&sin, &length);
    if (client == INVALID_SOCKET) {
        return FALSE;
    }
    printf("client %s\n", inet_ntoa(sin.sin_addr));
    fflush(stdout);
    served = send_back(client);
    closesocket(client);
    return served;
}

static BOOL first(void) {
    SOCKET server;
    BOOL done = FALSE;

    if (!start_winsock()) {
        return FALSE;
    }

    server = socket(AF_INET, SOCK_STREAM, 0);

    if (server != INVALID_SOCKET) {
        done = first_server(server);

        closesocket(server);
    }

    WSACleanup();
    return done;
}

/* ---- the second part ----------------------------------------------------------------------- */

/* Outside of all functions, and so all zero: the address that is not set is INADDR_ANY. */
static sockaddr_in sin;
static SOCKET sock;

/* The sockets that select watches: in place of the window. */
static fd_set watched;

static int SendData(SOCKET sock, const char *lpszData) {
    return send(sock, lpszData, (int)strlen(lpszData), 0);
}

/* Was called for FD_ACCEPT. */
static BOOL HandleAccept(SOCKET sock) {
    sockaddr_in NewRemoteSin;
    SOCKET newsock = accept(sock, (sockaddr *)&NewRemoteSin, NULL);
    if (newsock == INVALID_SOCKET) {
        return FALSE;
    }

    /* NOTE: Now NewRemoteSin contains the address of the new client.
    And newsock contains the socket that has the new connection
    */

    printf("client %s\n", inet_ntoa(NewRemoteSin.sin_addr));
    fflush(stdout);
    FD_SET(newsock, &watched); /* was WSAAsyncSelect with FD_READ | FD_CLOSE */

    SendData(newsock, "Hello, welcome to my server.");
    return TRUE;
}

/* Was called for FD_READ, and for FD_CLOSE, at which recv gives 0. */
static BOOL HandleData(SOCKET sock) {
    char szBuffer[1024 + 1];
    int received;
    ZeroMemory(szBuffer, sizeof szBuffer);
    received = recv(sock, szBuffer, 1024, 0);

    if (received > 0) {
        printf("Received Data! %s\n", szBuffer); /* was a MessageBox */
        fflush(stdout);
    }

    FD_CLR(sock, &watched);
    closesocket(sock);
    return received >= 0;
}

/* Until the last client has gone, and there was one. */
static BOOL handle_events(void) {
    BOOL fine = TRUE;
    FD_SET(sock, &watched); /* was WSAAsyncSelect with FD_ACCEPT */
    do {
        fd_set readfds = watched;
        if (select(0, &readfds, NULL, NULL, NULL) == SOCKET_ERROR) {
            return FALSE;
        }
        for (u_int i = 0; i < readfds.fd_count; i++) {
            const SOCKET ready = readfds.fd_array[i];
            fine = (ready == sock ? HandleAccept(ready) : HandleData(ready)) && fine;
        }
    } while (fine && watched.fd_count > 1);
    return fine;
}

static BOOL second_server(void) {
    if ((sock = socket(PF_INET, SOCK_STREAM, 0)) == SOCKET_ERROR)
        return FALSE;

    /* Set the family for the socket to internet */
    sin.sin_family = AF_INET;

    /* Set to use port 1234 */
    sin.sin_port = htons(1234);

    if (bind(sock, (sockaddr *)&sin, sizeof(sockaddr_in)) == SOCKET_ERROR)
        return FALSE;

    if (listen(sock, 200) == SOCKET_ERROR)
        return FALSE;

    return open_to_clients(1234) && handle_events();
}

static BOOL second(void) {
    WSADATA wsa;
    BOOL done;
    const int error = WSAStartup(MAKEWORD(1, 1), &wsa);
    if (error != 0) {
        WSASetLastError(error);
        return FALSE;
    }
    done = second_server();
    if (sock != SOCKET_ERROR)
        closesocket(sock);
    WSACleanup();
    return done;
}

/* -------------------------------------------------------------------------------------------- */

int main(int argc, char **argv) {
    if (argc < 2 || (strcmp(argv[1], "first") != 0 && strcmp(argv[1], "second") != 0)) {
        fprintf(stderr, "usage: %s first|second [PORT]\n", argv[0]);
        return EXIT_FAILURE;
    }
    host_port = argc > 2 ? (u_short)atoi(argv[2]) : 0;
    const int32_t device = port_open(&config);
    if (device < 0) {
        fprintf(stderr, "no chip: %s\n", w5100_strerror(device));
        return EXIT_FAILURE;
    }
    const BOOL done = strcmp(argv[1], "first") == 0 ? first() : second();
    if (!done) {
        fprintf(stderr, "failed: %s\n", w5100_wsa_strerror(WSAGetLastError()));
    }
    last_bytes_wait(device);
    port_close(device);
    return done ? EXIT_SUCCESS : EXIT_FAILURE;
}
