/* WSAAsyncSelect: what a window is told, when, and how often. */
#include <string.h>

#include "worker.h"

#include "winsock_case.h"

#include "w5100_winsock_window.h"

#define PORT 80
#define MESSAGE (WM_USER + 2)
#define SETTLE_MS 100

/* ---- a window that notes what it is told --------------------------------------------------- */

struct noting {
    struct w5100_window window; /* the first: an HWND is a pointer to it */
    size_t count;
    struct entry {
        UINT message;
        WPARAM wparam;
        LPARAM lparam;
    } entries[16];
};

static LRESULT CALLBACK note(HWND hWnd, UINT uMsg, WPARAM wParam, LPARAM lParam) {
    struct noting *const self = (struct noting *)hWnd;
    CHECK(self->count < sizeof self->entries / sizeof self->entries[0]);
    self->entries[self->count++] = (struct entry){uMsg, wParam, lParam};
    return -1;
}

static struct noting noted = {.window = {note}};

/* Everything under way arrives and is told. */
static void settle(void) {
    for (int i = 0; i < 3; i++) {
        wire_run(SETTLE_MS);
        while (CHECK_OK(w5100_dispatch(0)) > 0) {
        }
    }
}

/* This is what was told since the last time, and nothing more: event and code of one socket. */
static void told_by(UINT message, SOCKET fd, WORD event, WORD code) {
    settle();
    CHECK_EQ(noted.count, 1);
    CHECK_EQ(noted.entries[0].message, message);
    CHECK_EQ((SOCKET)noted.entries[0].wparam, fd);
    CHECK_EQ(WSAGETSELECTEVENT(noted.entries[0].lparam), event);
    CHECK_EQ(WSAGETSELECTERROR(noted.entries[0].lparam), code);
    noted.count = 0;
}

static void told(SOCKET fd, WORD event, WORD code) {
    told_by(MESSAGE, fd, event, code);
}

static void told_nothing(void) {
    settle();
    CHECK_EQ(noted.count, 0);
}

static void select_by(SOCKET fd, UINT message, long events) {
    CHECK_EQ(WSAAsyncSelect(fd, &noted.window, message, events), 0);
}

static void gets(SOCKET fd, const char *text) {
    char data[64];
    const int length = (int)strlen(text);
    CHECK_EQ(recv(fd, data, length, 0), length);
    CHECK(memcmp(data, text, (size_t)length) == 0);
}

/* A connection from the peer: its socket, and the peer's end. */
static SOCKET session(w5100_sim_conn **conn) {
    SOCKET fd;
    *conn = wire_session(winsock_listener(PORT), PORT, &fd);
    return fd;
}

/* ---- which messages ------------------------------------------------------------------------ */

CASE(n9_a_message_has_the_socket_the_event_and_the_code) {
    CHECK_EQ(MAKELONG(0x1234, 0xABCD), (LONG)0xABCD1234);
    CHECK_EQ(WSAGETSELECTEVENT(MAKELPARAM(FD_CLOSE, WSAECONNRESET)), 0x20);
    CHECK_EQ(WSAGETSELECTERROR(MAKELPARAM(FD_CLOSE, WSAECONNRESET)), 10054);
    CHECK_EQ(LOWORD(0x89ABCDEF), 0xCDEF);
    CHECK_EQ(HIWORD(0x89ABCDEF), 0x89AB);
    CHECK_EQ(FD_READ | FD_WRITE << 8 | FD_OOB << 16, 0x040201);
    CHECK_EQ(FD_ACCEPT | FD_CONNECT << 8 | FD_CLOSE << 16, 0x201008);
    CHECK_EQ(WM_USER, 1024);
}

CASE(n9_the_last_call_wins_with_its_window_message_and_events) {
    w5100_sim_conn *conn;
    static struct noting earlier = {.window = {note}};
    winsock_start();
    const SOCKET fd = session(&conn);
    CHECK_EQ(WSAAsyncSelect(fd, &earlier.window, WM_USER + 1, FD_READ | FD_CLOSE), 0);
    select_by(fd, MESSAGE, FD_READ | FD_WRITE);
    select_by(fd, MESSAGE, FD_CLOSE);
    wire_client_sends(conn, "data", 4);
    told_nothing();
    select_by(fd, WM_USER + 3, FD_READ);
    told_by(WM_USER + 3, fd, FD_READ, 0);
    gets(fd, "data");
    CHECK_EQ(WSAAsyncSelect(fd, NULL, 0, 0), 0);
    wire_client_sends(conn, "more", 4);
    w5100_sim_conn_close(conn);
    told_nothing();
    CHECK_EQ(earlier.count, 0);
}

static int mode(SOCKET fd, u_long nonblocking) {
    return ioctlsocket(fd, FIONBIO, &nonblocking);
}

static void does_not_block(SOCKET fd) {
    BOOL on = FALSE;
    int length = sizeof on;
    char byte;
    CHECK_EQ(getsockopt(fd, SOL_SOCKET, SO_NONBLOCK, &on, &length), 0);
    CHECK_EQ(on, TRUE);
    CHECK_WSA(recv(fd, &byte, 1, 0), WSAEWOULDBLOCK);
}

CASE(n9_the_socket_does_not_block_and_stays_so) {
    w5100_sim_conn *conn;
    const BOOL blocks = FALSE;
    winsock_start();
    const SOCKET fd = session(&conn);
    CHECK_EQ(mode(fd, 0), 0);
    select_by(fd, MESSAGE, FD_CLOSE);
    does_not_block(fd);
    CHECK_WSA(mode(fd, 0), WSAEINVAL);
    CHECK_WSA(setsockopt(fd, SOL_SOCKET, SO_NONBLOCK, &blocks, sizeof blocks), WSAEINVAL);
    CHECK_EQ(mode(fd, 1), 0);
    CHECK_EQ(WSAAsyncSelect(fd, &noted.window, 0, 0), 0);
    does_not_block(fd);
    CHECK_EQ(mode(fd, 0), 0);
    wire_client_sends(conn, "x", 1);
    gets(fd, "x");
}

/* ---- when ---------------------------------------------------------------------------------- */

CASE(n9_read_comes_again_while_data_is_left) {
    w5100_sim_conn *conn;
    u_long waiting;
    winsock_start();
    const SOCKET fd = session(&conn);
    select_by(fd, MESSAGE, FD_READ | FD_CLOSE);
    wire_client_sends(conn, "three", 5);
    told(fd, FD_READ, 0);
    wire_client_sends(conn, "more", 4);
    told_nothing();
    CHECK_EQ(ioctlsocket(fd, FIONREAD, &waiting), 0);
    told_nothing(); /* that is no receive */
    gets(fd, "thr");
    told(fd, FD_READ, 0);
    gets(fd, "ee"); /* what was known of; more has come since */
    told(fd, FD_READ, 0);
    gets(fd, "more");
    told_nothing();
    wire_client_sends(conn, "x", 1);
    told(fd, FD_READ, 0);
}

CASE(n9_close_comes_after_the_data_and_once) {
    w5100_sim_conn *conn;
    char byte;
    winsock_start();
    const SOCKET fd = session(&conn);
    select_by(fd, MESSAGE, FD_READ | FD_CLOSE);
    wire_client_sends(conn, "bye", 3);
    w5100_sim_conn_close(conn);
    told(fd, FD_READ, 0);
    gets(fd, "by");
    told(fd, FD_READ, 0);
    gets(fd, "e");
    told(fd, FD_CLOSE, 0);
    CHECK_EQ(recv(fd, &byte, 1, 0), 0);
    told_nothing();
}

CASE(n9_close_comes_with_the_code_of_a_reset_once_the_data_is_read) {
    w5100_sim_conn *conn;
    char byte;
    winsock_start();
    const SOCKET fd = session(&conn);
    wire_client_sends(conn, "last", 4);
    settle();
    w5100_sim_conn_abort(conn);
    settle();
    select_by(fd, MESSAGE, FD_READ | FD_CLOSE);
    told(fd, FD_READ, 0);
    gets(fd, "last");
    told(fd, FD_CLOSE, WSAECONNRESET);
    CHECK_WSA(recv(fd, &byte, 1, 0), WSAECONNRESET);
    told_nothing();
}

CASE(n9_write_comes_at_first_and_after_wsaewouldblock_alone) {
    w5100_sim_conn *conn;
    static const char block[1024];
    uint8_t data[4096];
    winsock_start();
    const SOCKET fd = session(&conn);
    CHECK_EQ(w5100_sim_conn_service(conn, W5100_SIM_SERVICE_MANUAL), 0);
    select_by(fd, MESSAGE, FD_WRITE);
    told(fd, FD_WRITE, 0);
    CHECK_EQ(send(fd, "x", 1, 0), 1);
    told_nothing();
    while (send(fd, block, sizeof block, 0) != SOCKET_ERROR) {
        told_nothing();
    }
    CHECK_EQ(WSAGetLastError(), WSAEWOULDBLOCK);
    for (int i = 0; i < 3; i++) {
        while (w5100_sim_conn_recv(conn, data, sizeof data) > 0) {
        }
        wire_run(SETTLE_MS);
    }
    told(fd, FD_WRITE, 0);
    CHECK_EQ(send(fd, "x", 1, 0), 1);
}

CASE(n9_connect_comes_with_how_it_ended) {
    winsock_start();
    const sockaddr_in peer = winsock_address(PEER_IP, PORT);
    const SOCKET fd = socket(PF_INET, SOCK_STREAM, 0);
    select_by(fd, MESSAGE, FD_CONNECT | FD_READ);
    CHECK_WSA(connect(fd, (const sockaddr *)&peer, sizeof peer), WSAEWOULDBLOCK);
    told(fd, FD_CONNECT, WSAECONNREFUSED);
    CHECK_EQ(w5100_sim_peer_listen(wire_peer(), PORT), 0);
    CHECK_WSA(connect(fd, (const sockaddr *)&peer, sizeof peer), WSAEWOULDBLOCK);
    told(fd, FD_CONNECT, 0);
}

CASE(n9_accept_comes_again_while_a_client_waits) {
    winsock_start();
    const SOCKET listener = winsock_listener(PORT);
    select_by(listener, MESSAGE, FD_ACCEPT);
    told_nothing();
    for (int i = 0; i < 3; i++) {
        wire_client(PORT);
    }
    for (int i = 0; i < 3; i++) {
        told(listener, FD_ACCEPT, 0);
        told_nothing();
        const SOCKET fd = accept(listener, NULL, NULL);
        CHECK(fd != INVALID_SOCKET);
        CHECK_EQ(WSAAsyncSelect(fd, NULL, 0, 0), 0);
    }
    told_nothing();
    CHECK_WSA(accept(listener, NULL, NULL), WSAEWOULDBLOCK);
}

CASE(n9_an_accepted_socket_has_its_listeners_window_and_does_not_block) {
    winsock_start();
    const SOCKET listener = winsock_listener(PORT);
    select_by(listener, MESSAGE, FD_ACCEPT | FD_READ | FD_WRITE | FD_CLOSE | FD_OOB);
    w5100_sim_conn *const conn = wire_client(PORT);
    told(listener, FD_ACCEPT, 0);
    const SOCKET fd = accept(listener, NULL, NULL);
    does_not_block(fd);
    CHECK_WSA(mode(fd, 0), WSAEINVAL);
    told(fd, FD_WRITE, 0);
    /* Its own, from now on; the listener's stays. */
    select_by(fd, WM_USER + 3, FD_READ);
    wire_client_sends(conn, "x", 1);
    told_by(WM_USER + 3, fd, FD_READ, 0);
    wire_client(PORT);
    told(listener, FD_ACCEPT, 0);
}

CASE(a_wake_handle_is_a_message_from_anywhere) {
    winsock_start();
    const SOCKET wake = CHECK_OK(w5100_wake_new(0));
    select_by(wake, MESSAGE, FD_READ);
    told_nothing();
    CHECK_EQ(w5100_wake(wake), 0);
    told(wake, FD_READ, 0);
}

/* ---- where --------------------------------------------------------------------------------- */

static SOCKET both[2];
static uint32_t selected_ms;

/* Closes the socket that it is told of and another one that has a message due too. */
static LRESULT CALLBACK close_both(HWND hWnd, UINT uMsg, WPARAM wParam, LPARAM lParam) {
    char data[8];
    const SOCKET fd = (SOCKET)wParam;
    (void)hWnd;
    CHECK_EQ(uMsg, MESSAGE);
    CHECK_EQ(WSAGETSELECTEVENT(lParam), FD_READ);
    CHECK_EQ(recv(fd, data, 2, 0), 2);
    CHECK_EQ(send(fd, data, 2, 0), 2);
    CHECK_EQ(closesocket(fd), 0);
    CHECK_EQ(closesocket(fd == both[0] ? both[1] : both[0]), 0);
    noted.count++;
    return 0;
}

CASE(n9_a_procedure_may_close_its_own_socket_and_no_closed_one_is_told_of) {
    static struct w5100_window window = {close_both};
    w5100_sim_conn *conns[2], *conn;
    winsock_start();
    const SOCKET listener = winsock_listener(PORT);
    for (int i = 0; i < 2; i++) {
        conns[i] = wire_session(listener, PORT, &both[i]);
        CHECK_EQ(WSAAsyncSelect(both[i], &window, MESSAGE, FD_READ), 0);
    }
    CHECK_EQ(closesocket(listener), 0);
    for (int i = 0; i < 2; i++) {
        wire_client_sends(conns[i], "data", 4);
    }
    wire_run(SETTLE_MS);
    CHECK_EQ(w5100_dispatch(0), 1);
    CHECK_EQ(noted.count, 1);
    /* Others in their places, with data of their own. */
    const SOCKET again = winsock_listener(PORT);
    for (int i = 0; i < 2; i++) {
        conn = wire_session(again, PORT, &both[i]);
        wire_client_sends(conn, "data", 4);
    }
    settle();
    CHECK_EQ(noted.count, 1);
}

/* Takes the client, as the guide's does, and calls the loop from within. */
static LRESULT CALLBACK nest(HWND hWnd, UINT uMsg, WPARAM wParam, LPARAM lParam) {
    if (WSAGETSELECTEVENT(lParam) == FD_ACCEPT) {
        CHECK(wire_now_ms() - selected_ms <= 1); /* not a nap later */
        both[0] = accept((SOCKET)wParam, NULL, NULL);
        CHECK_EQ(WSAAsyncSelect(both[0], hWnd, uMsg, FD_READ), 0);
        CHECK_EQ(w5100_dispatch(-1), 1);
        CHECK_EQ(noted.count, 1);
    } else {
        CHECK_EQ((SOCKET)wParam, both[0]);
        gets(both[0], "data");
        noted.count++;
    }
    return 0;
}

static int32_t loop(void *timeout_ms) {
    return w5100_dispatch(*(int32_t *)timeout_ms);
}

CASE(n9_a_loop_that_sleeps_is_told_of_what_is_selected_meanwhile) {
    static struct w5100_window window = {nest};
    int32_t for_ever = -1;
    worker waiting;
    winsock_start();
    const SOCKET listener = winsock_listener(PORT);
    wire_client_sends(wire_client(PORT), "data", 4);
    worker_start(&waiting, loop, &for_ever);
    wire_run(1000);
    selected_ms = wire_now_ms();
    CHECK_EQ(WSAAsyncSelect(listener, &window, MESSAGE, FD_ACCEPT), 0);
    CHECK_EQ(worker_join(&waiting), 1);
    CHECK_EQ(noted.count, 1);
}

/* ---- errors -------------------------------------------------------------------------------- */

CASE(n9_what_cannot_be_selected_has_winsocks_code) {
    w5100_sim_conn *conn;
    static struct w5100_window no_procedure;
    wire_start();
    const SOCKET early = CHECK_OK(w5100_socket(AF_INET, SOCK_STREAM, 0));
    CHECK_WSA(WSAAsyncSelect(early, &noted.window, MESSAGE, FD_READ), WSANOTINITIALISED);
    CHECK_EQ(w5100_close(early), 0);
    WSADATA data;
    CHECK_EQ(WSAStartup(MAKEWORD(1, 1), &data), 0);
    const SOCKET fd = session(&conn);
    select_by(fd, MESSAGE, FD_READ);
    CHECK_WSA(WSAAsyncSelect(fd, NULL, WM_USER, FD_CLOSE), WSAEFAULT);
    CHECK_WSA(WSAAsyncSelect(fd, &no_procedure, WM_USER, FD_CLOSE), WSAEFAULT);
    CHECK_WSA(WSAAsyncSelect(fd, &noted.window, WM_USER, FD_CLOSE | 0x40), WSAEINVAL);
    CHECK_WSA(WSAAsyncSelect(fd, &noted.window, WM_USER, 0x100), WSAEINVAL);
    CHECK_WSA(WSAAsyncSelect(fd, &noted.window, WM_USER, -1), WSAEINVAL);
    CHECK_WSA(WSAAsyncSelect(early, &noted.window, MESSAGE, FD_READ), WSAENOTSOCK);
    CHECK_WSA(WSAAsyncSelect(INVALID_SOCKET, NULL, MESSAGE, 0), WSAENOTSOCK);
    CHECK_WSA(WSAAsyncSelect(0, NULL, MESSAGE, -1), WSAENOTSOCK);
    wire_client_sends(conn, "x", 1);
    told(fd, FD_READ, 0); /* nothing of all that counts */
}

CASE(n1_no_message_comes_after_wsacleanup) {
    w5100_sim_conn *conn;
    winsock_start();
    select_by(session(&conn), MESSAGE, FD_READ | FD_CLOSE);
    wire_client_sends(conn, "x", 1);
    wire_run(SETTLE_MS);
    CHECK_EQ(WSACleanup(), 0);
    told_nothing();
}
