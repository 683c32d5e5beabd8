/*
 * winsock_async_server.c - the event-driven server of a short guide to sockets on Windows (NTUA,
 * January 2004), over the W5100.
 *
 * It listens on port 1234, greets each client, and prints the first thing that it says. Nothing in
 * it waits: WSAAsyncSelect has a window told of each event, and w5100_dispatch() is the loop that
 * tells it. The guide's program ends with its window; this one when the last client has gone. The
 * code is the guide's, but for these slips:
 *
 *  1. <winsock2.h>, <winsock.h>, <windows.h>: one header stands for all, and there is no library
 *     to link beside this one.
 *  2. The window is not shown being made. Here it is a struct with a procedure.
 *  3. Main.hwnd and Main.hWnd are the same.
 *  4. SendData is used before it is declared, takes a `char *` for what it does not change, and
 *     gives a size_t where an int is wanted.
 *  5. `(sockaddr*)&NewRemoteSin, NULL` leaves the address unset on Windows, although the note under
 *     it says otherwise. Over the W5100 the note is true.
 *  6. `error` is read and not looked at; nor is what accept and recv return, nor WSAStartup.
 *  7. recv may fill all 1024 bytes of the buffer, which is then shown as a text: the buffer has
 *     room for the 0 at the end.
 *  8. An error leaves Winsock started and the socket open: both are ended in one place here.
 *
 *     winsock_async_server [port of this computer, 0 or none: any]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "last_bytes.h"
#include "port/port.h"
#include "w5100_winsock_window.h"

static const w5100_config config = {
    .size = sizeof config,
    .mac = {42, 185, 44, 2, 206, 131},
    .ip = {192, 168, 1, 205},
    .mask = {255, 255, 255, 0},
    .gateway = {192, 168, 1, 1},
};

/* What a window's program has at hand everywhere. */
static struct {
    HWND hWnd;
    int clients; /* that have not gone */
    BOOL done;   /* the last one has */
    BOOL failed;
} Main;

/* Outside of all functions, and so all zero: the address that is not set is INADDR_ANY. */
static sockaddr_in sin;
static SOCKET sock;

/* A box with a button, where there is a screen. */
#define MB_OK 0
static void MessageBox(HWND hWnd, const char *text, const char *caption, UINT type) {
    (void)hWnd;
    (void)type;
    printf("%s %s\n", caption, text);
    fflush(stdout);
}

static int SendData(SOCKET sock, const char *lpszData) {
    return send(sock, lpszData, (int)strlen(lpszData), 0);
}

/* ---- what the window is told --------------------------------------------------------------- */

static int HandleAccept(WPARAM wParam, LPARAM lParam) {
    SOCKET sock = (SOCKET)wParam;
    WORD event = LOWORD(lParam);
    WORD error = HIWORD(lParam);

    if (event == FD_ACCEPT && error == 0) {
        sockaddr_in NewRemoteSin;
        SOCKET newsock = accept(sock, (sockaddr *)&NewRemoteSin, NULL);
        if (newsock == INVALID_SOCKET) {
            /* It went before its turn came. */
            return WSAGetLastError() == WSAEWOULDBLOCK;
        }

        /* NOTE: Now NewRemoteSin contains the address of the new client.
        And newsock contains the socket that has the new connection
        */
        printf("client %s\n", inet_ntoa(NewRemoteSin.sin_addr));
        fflush(stdout);
        Main.clients++;

        WSAAsyncSelect(newsock, Main.hWnd, WM_USER + 2, FD_READ | FD_CLOSE);

        SendData(newsock, "Hello, welcome to my server.");
    }
    return TRUE;
}

static void goodbye(SOCKET sock) {
    closesocket(sock);
    Main.done = --Main.clients == 0;
}

static int HandleData(WPARAM wParam, LPARAM lParam) {
    SOCKET sock = (SOCKET)wParam;
    WORD event = LOWORD(lParam);
    WORD error = HIWORD(lParam);

    if (event == FD_CLOSE) {
        if (error != 0) {
            printf("lost: %s\n", w5100_wsa_strerror(error));
        }
        goodbye(sock);
    } else if (event == FD_READ) {
        char szBuffer[1024 + 1];
        ZeroMemory(szBuffer, sizeof szBuffer);
        if (recv(sock, szBuffer, 1024, 0) > 0) {
            MessageBox(Main.hWnd, szBuffer, "Received Data!", MB_OK);
        }

        goodbye(sock);
    }
    return TRUE;
}

static LRESULT CALLBACK WindowProc(HWND hWnd, UINT uMsg, WPARAM wParam, LPARAM lParam) {
    int handled = TRUE;
    (void)hWnd;
    switch (uMsg) {
    case WM_USER + 1:
        handled = HandleAccept(wParam, lParam);
        break;
    case WM_USER + 2:
        handled = HandleData(wParam, lParam);
        break;
    }
    Main.failed = Main.failed || !handled;
    return 0;
}

/* ---- the program --------------------------------------------------------------------------- */

static struct w5100_window window = {WindowProc};

static BOOL message_loop(void) {
    while (!Main.done && !Main.failed) {
        if (w5100_wsa_result(w5100_dispatch(-1)) == SOCKET_ERROR) {
            return FALSE;
        }
    }
    return !Main.failed;
}

static BOOL server(u_short host_port) {
    char where[PORT_REACH_SIZE];

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

    /* Main.hWnd should contain the HWND of the window you're using for socket stuff */
    Main.hWnd = &window;
    if (WSAAsyncSelect(sock, Main.hWnd, WM_USER + 1, FD_ACCEPT) == SOCKET_ERROR)
        return FALSE;

    if (port_reach(&config, 1234, host_port, where) < 0)
        return FALSE;
    printf("listening on %s\n", where);
    fflush(stdout);
    return message_loop();
}

static BOOL run(u_short host_port) {
    WSADATA wsa;
    BOOL done;
    const int error = WSAStartup(MAKEWORD(1, 1), &wsa);
    if (error != 0) {
        WSASetLastError(error);
        return FALSE;
    }
    done = server(host_port);
    if (!done) {
        fprintf(stderr, "failed: %s\n", w5100_wsa_strerror(WSAGetLastError()));
    }
    if (sock != SOCKET_ERROR)
        closesocket(sock);
    WSACleanup();
    return done;
}

int main(int argc, char **argv) {
    const int32_t device = port_open(&config);
    if (device < 0) {
        fprintf(stderr, "no chip: %s\n", w5100_strerror(device));
        return EXIT_FAILURE;
    }
    const BOOL done = run(argc > 1 ? (u_short)atoi(argv[1]) : 0);
    last_bytes_wait(device);
    port_close(device);
    return done ? EXIT_SUCCESS : EXIT_FAILURE;
}
