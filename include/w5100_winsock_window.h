/*
 * w5100_winsock_window.h - WSAAsyncSelect over w5100_winsock.h: sockets that tell a window.
 *
 * Opt-in and header-only; it includes w5100_winsock.h, whose rules hold for it too (include it
 * last). The library has to have its part `events`, as it has by default. A program has no windows
 * here, but what it does with them stays as it is:
 *
 *     static LRESULT CALLBACK WindowProc(HWND hWnd, UINT uMsg, WPARAM wParam, LPARAM lParam) {
 *         switch (uMsg) {
 *         case WM_USER + 1:
 *             if (WSAGETSELECTEVENT(lParam) == FD_ACCEPT) { ... accept((SOCKET)wParam, ... }
 *         ...
 *     static struct w5100_window window = {WindowProc};
 *     HWND hWnd = &window;
 *
 *     WSAAsyncSelect(sock, hWnd, WM_USER + 1, FD_ACCEPT);
 *     while (w5100_dispatch(-1) >= 0) {
 *     }
 *
 * What runs where:
 *   - w5100_dispatch() is the message loop: GetMessage and DispatchMessage in one. The procedures
 *     run inside it, in the task that calls it, and nowhere else: never in an interrupt, and in no
 *     other call. Without it nobody is told of anything;
 *   - nothing of the library's is held meanwhile: a procedure may make every call there is, with
 *     closesocket, WSAAsyncSelect and w5100_dispatch() among them, also for the socket that it is
 *     told of. What it returns is not looked at;
 *   - to be woken by something else than a socket, WSAAsyncSelect a wake handle, with FD_READ:
 *     w5100_wake_new() makes one, and w5100_wake() from any task or interrupt is its message.
 *
 * When a message comes (wParam: the socket; low word of lParam: the event; high word: 0 or the
 * WSA... code). A message is told once, and once more only after the call that enables it:
 *   - FD_READ: data waits. Enabled by recv and recvfrom, and told at once if data is left;
 *   - FD_WRITE: at least one byte can be sent. Told at first, of a connection as soon as there is
 *     one; enabled by a send that took less than all, or gave WSAEWOULDBLOCK;
 *   - FD_ACCEPT: a client waits. Enabled by accept, and told at once if another one waits;
 *   - FD_CONNECT: a connect that was under way has ended: the code is why it failed;
 *   - FD_CLOSE: the connection is over and all its data was read. Once. The code tells how it
 *     ended: 0 after the peer's close, WSAECONNRESET, WSAETIMEDOUT, WSAECONNABORTED, WSAENETRESET;
 *   - FD_OOB may be asked for and never comes: the chip hands urgent data over with all other.
 *
 * How it differs from Windows:
 *   - an HWND is a pointer to a struct of the program, and NULL is WSAEFAULT;
 *   - messages wait in no queue. What is due is found when the loop comes by, so one about a socket
 *     that was closed, or about what was read meanwhile, never comes.
 */
#ifndef W5100_WINSOCK_WINDOW_H
#define W5100_WINSOCK_WINDOW_H

#include "w5100_winsock.h"

/* ---- windows ------------------------------------------------------------------------------- */

#undef UINT
#undef LONG
#undef WPARAM
#undef LPARAM
#undef LRESULT
#undef HWND
#undef WNDPROC
#define UINT uint32_t
#define LONG int32_t
#define WPARAM uintptr_t
#define LPARAM intptr_t
#define LRESULT intptr_t
#define HWND w5100_wsa_hwnd
#define WNDPROC w5100_wsa_wndproc

#ifndef CALLBACK
#define CALLBACK
#endif
#ifndef MAKELONG
#define MAKELONG(low, high) ((LONG)((DWORD)(WORD)(low) | (DWORD)(WORD)(high) << 16))
#endif
#ifndef MAKELPARAM
#define MAKELPARAM(low, high) ((LPARAM)(DWORD)MAKELONG(low, high))
#endif

struct w5100_window;
/** A window: the program's own. It must live as long as a socket has it, and until a
   w5100_dispatch() that is under way in another task has returned. */
typedef struct w5100_window *w5100_wsa_hwnd;
/** A window's function: the window, the message, the socket, and event and code. */
typedef LRESULT(CALLBACK *w5100_wsa_wndproc)(HWND window, UINT message, WPARAM wparam,
                                             LPARAM lparam);

/** What there is of a window. A program that has more to keep makes this the first member of a
    struct of its own, and casts the HWND. */
struct w5100_window {
    WNDPROC procedure; /**< looked up anew for each message */
};

#undef WM_USER
#define WM_USER 0x0400 /**< the first message that means what the program wants it to */

/* ---- events -------------------------------------------------------------------------------- */

#undef FD_READ
#undef FD_WRITE
#undef FD_OOB
#undef FD_ACCEPT
#undef FD_CONNECT
#undef FD_CLOSE
#define FD_READ W5100_FD_READ       /**< data waits */
#define FD_WRITE W5100_FD_WRITE     /**< it can be sent again */
#define FD_OOB 0x04                 /**< urgent data: never told */
#define FD_ACCEPT W5100_FD_ACCEPT   /**< a client waits */
#define FD_CONNECT W5100_FD_CONNECT /**< a connect has ended, well or not */
#define FD_CLOSE W5100_FD_CLOSE     /**< the connection is over */

#undef WSAGETSELECTEVENT
#undef WSAGETSELECTERROR
#define WSAGETSELECTEVENT(lparam) LOWORD(lparam) /**< one FD_... bit */
#define WSAGETSELECTERROR(lparam) HIWORD(lparam) /**< 0, or a WSA... code */

#ifdef __cplusplus
extern "C" {
#endif

/** Where the core's message becomes the window's. */
static inline ptrdiff_t w5100_wsa_window_procedure(void *window, uint32_t message, size_t wparam,
                                                   ptrdiff_t lparam) {
    const HWND to = (HWND)window;
    return (ptrdiff_t)to->procedure(to, (UINT)message, (WPARAM)wparam, (LPARAM)lparam);
}

/** Has `window` told of the `events` of a socket by `message`, in place of what was set for the
    socket before: the last call alone counts, whichever its message, and also after
    w5100_event_select(). 0 for `events` ends it; `window` and `message` are then not looked at.
    The socket does not block from then on, and stays so when it is ended; until then ioctlsocket
    cannot change it (WSAEINVAL). A socket that is accepted from a listener has the listener's
    window, message and events until it is given its own, and does not block either.
    0; or SOCKET_ERROR and WSANOTINITIALISED, WSAENOTSOCK, WSAEINVAL (an event that there is not)
    or WSAEFAULT (`window` or its procedure is NULL). Does not block. Task only. */
static inline int w5100_wsa_WSAAsyncSelect(SOCKET fd, HWND window, UINT message, long events) {
    const bool told = events != 0 && window != NULL && window->procedure != NULL;
    if (w5100_wsa_is_off()) {
        return SOCKET_ERROR;
    }
    /* No event there is has a bit beyond these. */
    return w5100_wsa_result(
        w5100_wsa_async_select(fd, window, told ? w5100_wsa_window_procedure : NULL, message,
                               events < 0 || events > 0xFF ? -1 : (int32_t)events));
}

#ifdef __cplusplus
}
#endif

#undef WSAAsyncSelect
#define WSAAsyncSelect(...) w5100_wsa_WSAAsyncSelect(__VA_ARGS__)

#endif /* W5100_WINSOCK_WINDOW_H */
