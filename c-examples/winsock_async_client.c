/*
 * winsock_async_client.c - the event-driven client of a short guide to sockets on Windows (NTUA,
 * January 2004), over the W5100.
 *
 * It connects, says "Test String", and prints the first answer. Once it is connected nothing in it
 * waits: WSAAsyncSelect has a window told of what comes, and w5100_dispatch() is the loop that
 * tells it. The server is at the gateway's address; with the simulated chip that leads to 127.0.0.1
 * of this computer. The code is the guide's, but for these slips:
 *
 *  1. <winsock2.h>, <winsock.h>, <windows.h>: one header stands for all, and there is no library
 *     to link beside this one.
 *  2. The window is not shown being made. Here it is a struct with a procedure.
 *  3. `return false` beside `return FALSE`: C had the latter alone. An error leaves Winsock started
 *     and the socket open: both are ended in one place here.
 *  4. `error` is read and not looked at; nor is what recv returns, nor WSAStartup.
 *  5. recv may fill all 1024 bytes of the buffer, which is then shown as a text: the buffer has
 *     room for the 0 at the end.
 *
 *     winsock_async_client PORT
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "last_bytes.h"
#include "port/port.h"
#include "w5100_winsock_window.h"

static const char szIP[] = "192.168.1.1";

static const w5100_config config = {
    .size = sizeof config,
    .mac = {42, 185, 44, 2, 206, 132},
    .ip = {192, 168, 1, 206},
    .mask = {255, 255, 255, 0},
    .gateway = {192, 168, 1, 1},
};

/* What a window's program has at hand everywhere. */
static struct {
    HWND hWnd;
    BOOL answered;
    BOOL done;
} Main;

/* Outside of all functions, and so all zero: the address that is not set is INADDR_ANY. */
static SOCKET sock;
static sockaddr_in LocalSin, RemoteSin;

/* A box with a button, where there is a screen. */
#define MB_OK 0
static void MessageBox(HWND hWnd, const char *text, const char *caption, UINT type) {
    (void)hWnd;
    (void)type;
    printf("%s %s\n", caption, text);
    fflush(stdout);
}

/* ---- what the window is told --------------------------------------------------------------- */

static int HandleData(WPARAM wParam, LPARAM lParam) {
    SOCKET sock = (SOCKET)wParam;
    WORD event = LOWORD(lParam);
    WORD error = HIWORD(lParam);

    if (event == FD_CLOSE) {
        WSASetLastError(error);
        closesocket(sock);
    } else if (event == FD_READ) {
        char szBuffer[1024 + 1];
        ZeroMemory(szBuffer, sizeof szBuffer);
        if (recv(sock, szBuffer, 1024, 0) > 0) {
            MessageBox(Main.hWnd, szBuffer, "Received Data!", MB_OK);
            Main.answered = TRUE;
        }

        closesocket(sock);
    }
    Main.done = TRUE;
    return TRUE;
}

static LRESULT CALLBACK WindowProc(HWND hWnd, UINT uMsg, WPARAM wParam, LPARAM lParam) {
    (void)hWnd;
    switch (uMsg) {
    case WM_USER + 2:
        HandleData(wParam, lParam);
        break;
    }
    return 0;
}

/* ---- the program --------------------------------------------------------------------------- */

static struct w5100_window window = {WindowProc};

static BOOL message_loop(void) {
    while (!Main.done) {
        if (w5100_wsa_result(w5100_dispatch(-1)) == SOCKET_ERROR) {
            return FALSE;
        }
    }
    return Main.answered;
}

static BOOL client(u_short nPort) {
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

    /* Main.hWnd should contain the HWND of the window you're using for socket stuff */
    Main.hWnd = &window;
    if (WSAAsyncSelect(sock, Main.hWnd, WM_USER + 2, FD_READ | FD_CLOSE) == SOCKET_ERROR)
        return FALSE;

    return send(sock, "Test String", 12, 0) == 12 && message_loop();
}

static BOOL run(u_short nPort) {
    WSADATA wsa;
    BOOL done;
    const int error = WSAStartup(MAKEWORD(1, 1), &wsa);
    if (error != 0) {
        WSASetLastError(error);
        return FALSE;
    }
    done = client(nPort);
    if (!done) {
        fprintf(stderr, "failed: %s\n", w5100_wsa_strerror(WSAGetLastError()));
    }
    /* A socket that is closed already is none any more. */
    if (sock != SOCKET_ERROR)
        closesocket(sock);
    WSACleanup();
    return done;
}

int main(int argc, char **argv) {
    if (argc < 2) {
        fprintf(stderr, "usage: %s PORT\n", argv[0]);
        return EXIT_FAILURE;
    }
    const int32_t device = port_open(&config);
    if (device < 0) {
        fprintf(stderr, "no chip: %s\n", w5100_strerror(device));
        return EXIT_FAILURE;
    }
    const BOOL done = run((u_short)atoi(argv[1]));
    last_bytes_wait(device);
    port_close(device);
    return done ? EXIT_SUCCESS : EXIT_FAILURE;
}
