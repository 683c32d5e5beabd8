/*
 * http.h - a small HTTP/1.1 server (RFC 9110, RFC 9112) in one task, for http_server.c and
 * dhcp_http.c.
 *
 * All sessions are served by one w5100_poll(); nothing else waits, so a client that reads slowly or
 * not at all holds up no other. Memory is fixed: no heap, HTTP_IN + HTTP_LINE + HTTP_OUT bytes and
 * a little more for each session. GET and HEAD; connections are kept, requests may be pipelined.
 * What a request may not be is answered: 400, 404, 405, 408, 414, 431, 501, 505.
 */
#ifndef HTTP_H
#define HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "http_request.h"
#include "w5100.h"

/** Sessions at a time: as many as the chip has hardware sockets. */
#define HTTP_SESSIONS 4
/** Bytes of a session's buffers, from the chip and to it. */
#define HTTP_IN 128
#define HTTP_OUT 1024

/** What a session is about. */
enum http_state {
    HTTP_READING, /* a request */
    HTTP_SENDING, /* its answer */
};

/** One connection. */
struct http_session {
    int32_t fd; /* 0: none */
    enum http_state state;
    uint32_t since_ms; /* when it last got on */
    struct http_request request;
    uint32_t cursor; /* of the page */
    bool keep;       /* another request may follow */
    bool chunked;    /* the body's length is not known before (RFC 9112, 7.1) */
    bool more;       /* of the body is still to come */
    size_t in_at, in_end, out_at, out_end;
    char in[HTTP_IN];
    char out[HTTP_OUT];
};

/** A server. */
struct http_server {
    int32_t device;
    int32_t listener;
    uint32_t idle_ms;
    struct http_session sessions[HTTP_SESSIONS];
};

/**
 * Listen on `port` of a device. A session on which nothing moves for `idle_ms` milliseconds is
 * ended: a request has to be complete that long after its first byte, and a client has to take a
 * byte of an answer in that time. 0, or a negative error.
 */
int32_t http_start(struct http_server *server, int32_t device, uint16_t port, uint32_t idle_ms);

/**
 * Wait until something is to be done, for `timeout_ms` milliseconds at most (below 0: for ever),
 * and do it. 0, or a negative error, after which it may be called again: -W5100_EBADF is the end of
 * the listener, -W5100_ENETDOWN and -W5100_EIO are troubles of the chip.
 */
int32_t http_step(struct http_server *server, int32_t timeout_ms);

/** End all sessions and the listener. */
void http_stop(struct http_server *server);

#endif /* HTTP_H */
