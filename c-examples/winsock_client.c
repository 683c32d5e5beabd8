/*
 * winsock_client.c - the clients of a short guide to sockets on Windows (NTUA, January 2004), over
 * the W5100.
 *
 * The guide has two parts, and so has this file: a client that finds its server by name, sends a
 * text and prints what comes back; and one that binds its socket before it connects, sends
 * "Test String" and prints the first answer. The server is at the gateway's address; with the
 * simulated chip that leads to 127.0.0.1 of this computer. The code is the guide's, word for word,
 * but for these slips:
 *
 *  1. <winsock2.h>, <winsock.h>, <windows.h>: one header stands for all. There is no wsock32.lib
 *     (nor wsck32.lib, as the guide has it once) to link.
 *  2. connect is given a `struct in_addr *`: it takes a `struct sockaddr *`.
 *  3. The name of the host ends with a space, and gethostbyname's result is used without a look at
 *     it. It is NULL for that name, as a name has no space; the gateway is asked then.
 *  4. What socket returns is not looked at in the first part.
 *  5. `return false` beside `return FALSE`: C had the latter alone. An error leaves Winsock started
 *     and the socket open: both are ended in one place here. Of the second WSAStartup the result is
 *     not looked at, and that of the first is not kept where WSAGetLastError() finds it.
 *  6. SendData is used before it is declared, takes a `char *` for what it does not change, and
 *     gives a size_t where an int is wanted.
 *  7. recv may fill all 1024 bytes of the buffer, which is then printed as a text: the buffer has
 *     room for the 0 at the end. That recv may fail is looked at.
 *  8. The first part has no code between connect and closesocket, and the port is 5000 always: here
 *     it is where the server is.
 *  9. closesocket is shown with `server` in the first part, and in the second with `MySock`, which
 *     no socket is called: it is the client's own socket here.
 *
 * The window that the guide's second part is told of its events by (WSAAsyncSelect, WM_USER,
 * MessageBox) is left out: recv waits. winsock_async_client.c has the window.
 *
 *     winsock_client first|second PORT
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "last_bytes.h"
#include "port/port.h"
#include "w5100_winsock.h"

static const char szIP[] = "192.168.1.1";

static const w5100_config config = {
    .size = sizeof config,
    .mac = {42, 185, 44, 2, 206, 130},
    .ip = {192, 168, 1, 204},
    .mask = {255, 255, 255, 0},
    .gateway = {192, 168, 1, 1},
};

static u_short nPort;

static int SendData(SOCKET sock, const char *lpszData) {
    return send(sock, lpszData, (int)strlen(lpszData), 0);
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

/* Send a text, say that no more will come, and print until the server has no more to say. */
static BOOL talk(SOCKET client) {
    char buffer[1024];
    int count;
    if (SendData(client, "This is some data!") == SOCKET_ERROR ||
        shutdown(client, SD_SEND) == SOCKET_ERROR) {
        return FALSE;
    }
    printf("Received Data! ");
    while ((count = recv(client, buffer, sizeof buffer, 0)) > 0) {
        fwrite(buffer, 1, (size_t)count, stdout);
    }
    printf("\n");
    return count == 0;
}

static BOOL first_client(SOCKET client) {
    struct hostent *host;
    struct sockaddr_in sin;

    host = gethostbyname("danaos.cslab.ntua.gr ");
    if (host == NULL) {
        printf("danaos.cslab.ntua.gr: %s\n", w5100_wsa_strerror(WSAGetLastError()));
        host = gethostbyname(szIP);
    }
    if (host == NULL) {
        return FALSE;
    }

    memset(&sin, 0, sizeof sin);

    sin.sin_family = AF_INET;
    sin.sin_addr.s_addr = ((struct in_addr *)(host->h_addr))->s_addr;
    sin.sin_port = htons(nPort);

    if (connect(client, (struct sockaddr *)&sin, sizeof sin) == SOCKET_ERROR) {
        /* could not connect to server */
        return FALSE;
    }
    return talk(client);
}

static BOOL first(void) {
    SOCKET client;
    BOOL done = FALSE;

    if (!start_winsock()) {
        return FALSE;
    }

    client = socket(AF_INET, SOCK_STREAM, 0);

    if (client != INVALID_SOCKET) {
        done = first_client(client);

        closesocket(client);
    }

    WSACleanup();
    return done;
}

/* ---- the second part ----------------------------------------------------------------------- */

/* Outside of all functions, and so all zero: the address that is not set is INADDR_ANY. */
static SOCKET sock;
static sockaddr_in LocalSin, RemoteSin;

/* Was called for FD_READ. */
static BOOL HandleData(void) {
    char szBuffer[1024 + 1];
    ZeroMemory(szBuffer, sizeof szBuffer);
    if (recv(sock, szBuffer, 1024, 0) == SOCKET_ERROR) {
        return FALSE;
    }

    printf("Received Data! %s\n", szBuffer); /* was a MessageBox */
    fflush(stdout);
    return TRUE;
}

static BOOL second_client(void) {
    /* This is the family for the socket */
    LocalSin.sin_family = AF_INET;

    /* This is the port to connect from. Setting 0 means use random port */
    LocalSin.sin_port = 0;

    RemoteSin.sin_family = AF_INET;
    /* This is the port to connect to */
    RemoteSin.sin_port = htons(nPort);

    if ((RemoteSin.sin_addr.S_un.S_addr = inet_addr(szIP)) == INADDR_NONE)
        return FALSE; // Error setting IP

    if ((sock = socket(PF_INET, SOCK_STREAM, 0)) == SOCKET_ERROR)
        return FALSE; // Error creating socket

    if (bind(sock, (sockaddr *)&LocalSin, sizeof(sockaddr_in)) == SOCKET_ERROR)
        return FALSE; // Error binding socket

    if (connect(sock, (sockaddr *)&RemoteSin, sizeof(sockaddr_in)) == SOCKET_ERROR)
        return FALSE;

    return send(sock, "Test String", 12, 0) == 12 && HandleData();
}

static BOOL second(void) {
    WSADATA wsa;
    BOOL done;
    const int error = WSAStartup(MAKEWORD(1, 1), &wsa);
    if (error != 0) {
        WSASetLastError(error);
        return FALSE;
    }
    done = second_client();
    if (sock != SOCKET_ERROR)
        closesocket(sock);
    WSACleanup();
    return done;
}

/* -------------------------------------------------------------------------------------------- */

int main(int argc, char **argv) {
    if (argc < 3 || (strcmp(argv[1], "first") != 0 && strcmp(argv[1], "second") != 0)) {
        fprintf(stderr, "usage: %s first|second PORT\n", argv[0]);
        return EXIT_FAILURE;
    }
    nPort = (u_short)atoi(argv[2]);
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
