#include "http.h"

#include <stdio.h>
#include <string.h>

#include "port/port.h"
#include "w5100_inet.h"

/* A chunk's size and the line ends about it: "0fff\r\n" and "\r\n". */
#define CHUNK_HEAD 6
#define CHUNK_TAIL 2
#define LAST_CHUNK "0\r\n\r\n"

/* Steps of a session before the others have their turn. */
#define STEPS 4

/* ---- the end of a session -------------------------------------------------------------------- */

/* Nobody waits for what is still in the chip. */
static void drop(struct http_session *session) {
    const w5100_linger now = {.l_onoff = 1, .l_linger = 0};
    w5100_setsockopt(session->fd, W5100_SOL_SOCKET, W5100_SO_LINGER, &now, sizeof now);
    w5100_close(session->fd);
    session->fd = 0;
}

/* What it was sent goes out in the background, also to a client that is still sending: the library
   gives it ten seconds. */
static void finish(struct http_session *session) {
    w5100_close(session->fd);
    session->fd = 0;
}

/* ---- the answer ------------------------------------------------------------------------------ */

static const char *reason(uint16_t status) {
    switch (status) {
    case 200:
        return "OK";
    case 400:
        return "Bad Request";
    case 404:
        return "Not Found";
    case 405:
        return "Method Not Allowed";
    case 408:
        return "Request Timeout";
    case 414:
        return "URI Too Long";
    case 431:
        return "Request Header Fields Too Large";
    case 501:
        return "Not Implemented";
    default:
        return "HTTP Version Not Supported";
    }
}

/* More text for the buffer; what is put there always fits. */
static void put(struct http_session *session, const char *text) {
    const size_t length = strlen(text);
    memcpy(session->out + session->out_end, text, length);
    session->out_end += length;
}

static void put_length(struct http_session *session, uint32_t length) {
    char line[40];
    snprintf(line, sizeof line, "Content-Length: %lu\r\n", (unsigned long)length);
    put(session, line);
}

static void put_status(struct http_session *session, uint16_t status) {
    char line[64];
    snprintf(line, sizeof line, "HTTP/1.1 %u %s\r\n", status, reason(status));
    put(session, line);
}

/* What ends the head: the body's length, and what becomes of the connection. A body of unknown
   length ends with the connection for a client that knows no chunks. */
static void put_head(struct http_session *session, const char *type, uint32_t length) {
    struct http_request *const request = &session->request;
    session->chunked = length == HTTP_UNKNOWN && !request->old;
    session->keep = request->keep && (length != HTTP_UNKNOWN || session->chunked);
    put(session, "Content-Type: ");
    put(session, type);
    put(session, "\r\n");
    if (session->chunked) {
        put(session, "Transfer-Encoding: chunked\r\n");
    } else if (length != HTTP_UNKNOWN) {
        put_length(session, length);
    }
    put(session, session->keep ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n");
}

/* The answer to a request, as far as it is known at once. */
static void answer(struct http_session *session) {
    const struct http_request *const request = &session->request;
    session->state = HTTP_SENDING;
    session->out_at = session->out_end = 0;
    session->cursor = 0;
    session->more = false;
    put_status(session, request->status);
    if (request->status == 200) {
        put_head(session, request->page->type, request->page->length);
        session->more = !request->head;
        return;
    }
    if (request->status == 405) {
        put(session, "Allow: GET, HEAD\r\n");
    }
    const char *const text = reason(request->status);
    put_head(session, "text/plain", (uint32_t)strlen(text) + 1);
    if (!request->head) {
        put(session, text);
        put(session, "\n");
    }
}

/* Put pieces of the page into the buffer, as many as it has room for. */
static void fill(struct http_session *session, int32_t device) {
    const size_t before = session->chunked ? CHUNK_HEAD : 0;
    const size_t after = session->chunked ? CHUNK_TAIL + sizeof LAST_CHUNK : 0;
    while (session->more && sizeof session->out - session->out_end >= before + HTTP_PIECE + after) {
        char *const out = session->out + session->out_end;
        const size_t room = sizeof session->out - session->out_end - before - after;
        const size_t length =
            session->request.page->piece(device, &session->cursor, out + before, room);
        if (length == 0) {
            session->more = false;
            put(session, session->chunked ? LAST_CHUNK : "");
        } else if (session->chunked) {
            char head[CHUNK_HEAD + 1];
            snprintf(head, sizeof head, "%04x\r\n", (unsigned)length & 0xFFFF);
            memcpy(out, head, CHUNK_HEAD);
            session->out_end += CHUNK_HEAD + length;
            put(session, "\r\n");
        } else {
            session->out_end += length;
        }
    }
}

/* ---- the steps of a session: false when it has to wait, or is over ----------------------------
 */

static void start_reading(struct http_session *session) {
    session->state = HTTP_READING;
    session->since_ms = port_now_ms();
    http_request_start(&session->request);
}

/* The next bytes of the client: false if there are none now, or no more. */
static bool receive(struct http_session *session) {
    const int32_t count =
        w5100_recv(session->fd, session->in, sizeof session->in, W5100_MSG_DONTWAIT);
    if (count == 0 || (count < 0 && count != -W5100_EAGAIN)) {
        finish(session);
    }
    session->in_at = 0;
    session->in_end = count > 0 ? (size_t)count : 0;
    return count > 0;
}

static bool read_step(struct http_session *session) {
    if (session->in_at == session->in_end && !receive(session)) {
        return false;
    }
    if (!session->request.begun) {
        session->since_ms = port_now_ms();
    }
    while (session->in_at < session->in_end) {
        if (http_request_byte(&session->request, session->in[session->in_at++])) {
            session->since_ms = port_now_ms();
            answer(session);
            return true;
        }
    }
    return true;
}

static bool send_step(struct http_session *session, int32_t device) {
    if (session->out_at == session->out_end) {
        session->out_at = session->out_end = 0;
    }
    fill(session, device);
    if (session->out_at < session->out_end) {
        const int32_t count = w5100_send(session->fd, session->out + session->out_at,
                                         session->out_end - session->out_at, W5100_MSG_DONTWAIT);
        if (count < 0 && count != -W5100_EAGAIN) {
            finish(session);
        }
        if (count <= 0) {
            return false;
        }
        session->out_at += (size_t)count;
        session->since_ms = port_now_ms();
        return true;
    }
    if (session->keep) {
        start_reading(session);
        return true;
    }
    finish(session);
    return false;
}

static bool step(struct http_session *session, int32_t device) {
    return session->state == HTTP_READING ? read_step(session) : send_step(session, device);
}

static void serve(struct http_session *session, int32_t device) {
    for (int i = 0; i < STEPS && session->fd != 0 && step(session, device); i++) {
    }
}

/* ---- time ------------------------------------------------------------------------------------ */

/* Milliseconds that the session has left; 0 when they are over. */
static int32_t left_of(const struct http_server *server, const struct http_session *session) {
    const uint32_t passed = port_now_ms() - session->since_ms;
    return passed < server->idle_ms ? (int32_t)(server->idle_ms - passed) : 0;
}

/* A client in the middle of a request is told. */
static void expire(struct http_session *session) {
    if (session->state == HTTP_SENDING) {
        drop(session);
    } else if (!session->request.begun) {
        finish(session);
    } else {
        session->request.status = 408;
        session->request.keep = false;
        session->since_ms = port_now_ms();
        answer(session);
    }
}

/* A session goes on without the chip's telling, as it has bytes of the next request. */
static bool has_input(const struct http_session *session) {
    return session->state == HTTP_READING && session->in_at < session->in_end;
}

/* How long to wait for the chip: not beyond any session's time. */
static int32_t shortest(const struct http_server *server, int32_t timeout_ms) {
    for (int i = 0; i < HTTP_SESSIONS; i++) {
        const struct http_session *const session = &server->sessions[i];
        if (session->fd != 0) {
            const int32_t left = has_input(session) ? 0 : left_of(server, session);
            timeout_ms = timeout_ms < 0 || left < timeout_ms ? left : timeout_ms;
        }
    }
    return timeout_ms;
}

/* ---- the server ------------------------------------------------------------------------------ */

int32_t http_start(struct http_server *server, int32_t device, uint16_t port, uint32_t idle_ms) {
    const w5100_sockaddr_in local = {.sin_family = W5100_AF_INET, .sin_port = w5100_htons(port)};
    const int32_t yes = 1;
    int32_t error;
    memset(server, 0, sizeof *server);
    server->device = device;
    server->idle_ms = idle_ms;
    server->listener = w5100_socket_on(device, W5100_AF_INET, W5100_SOCK_STREAM, 0);
    if (server->listener < 0) {
        return server->listener;
    }
    /* A client may give up between poll and accept. */
    if ((error = w5100_setsockopt(server->listener, W5100_SOL_SOCKET, W5100_SO_NONBLOCK, &yes,
                                  sizeof yes)) < 0 ||
        (error = w5100_bind(server->listener, &local, sizeof local)) < 0 ||
        (error = w5100_listen(server->listener, HTTP_SESSIONS)) < 0) {
        w5100_close(server->listener);
    }
    return error;
}

static void take_client(struct http_server *server) {
    for (int i = 0; i < HTTP_SESSIONS; i++) {
        struct http_session *const session = &server->sessions[i];
        if (session->fd == 0) {
            const int32_t fd = w5100_accept(server->listener, NULL, NULL);
            if (fd > 0) {
                session->fd = fd;
                session->in_at = session->in_end = 0;
                start_reading(session);
            }
            return;
        }
    }
}

/* The listener, while there is room for a client, then the sessions; those that have none are
   ignored by poll, as their `fd` is negative. */
static void make_set(const struct http_server *server, w5100_pollfd set[1 + HTTP_SESSIONS]) {
    set[0] = (w5100_pollfd){server->listener, 0, 0};
    for (int i = 0; i < HTTP_SESSIONS; i++) {
        const struct http_session *const session = &server->sessions[i];
        const int16_t events = session->state == HTTP_SENDING ? W5100_POLLOUT : W5100_POLLIN;
        set[1 + i] = (w5100_pollfd){session->fd != 0 ? session->fd : -1, events, 0};
        if (session->fd == 0) {
            set[0].events = W5100_POLLIN;
        }
    }
}

int32_t http_step(struct http_server *server, int32_t timeout_ms) {
    w5100_pollfd set[1 + HTTP_SESSIONS];
    make_set(server, set);
    const int32_t ready = w5100_poll(set, 1 + HTTP_SESSIONS, shortest(server, timeout_ms));
    if (ready < 0) {
        return ready;
    }
    for (int i = 0; i < HTTP_SESSIONS; i++) {
        struct http_session *const session = &server->sessions[i];
        if (session->fd == 0) {
            continue;
        }
        if (set[1 + i].revents != 0 || has_input(session)) {
            serve(session, server->device);
        } else if (left_of(server, session) == 0) {
            expire(session);
        }
    }
    if ((set[0].revents & W5100_POLLIN) != 0) {
        take_client(server);
    }
    return (set[0].revents & W5100_POLLNVAL) != 0 ? -W5100_EBADF : 0;
}

void http_stop(struct http_server *server) {
    for (int i = 0; i < HTTP_SESSIONS; i++) {
        if (server->sessions[i].fd != 0) {
            finish(&server->sessions[i]);
        }
    }
    w5100_close(server->listener);
}
