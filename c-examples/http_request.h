/* http_request.h - reads a request of HTTP/1.1 or 1.0, byte by byte and line by line. */
#ifndef HTTP_REQUEST_H
#define HTTP_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "http_pages.h"

/** Room for a line of a request and its end: a longer one is answered with 414 or 431. */
#define HTTP_LINE 512
/** Lines of a request's head; more are answered with 431. */
#define HTTP_LINES 64

/** A request in the making. */
struct http_request {
    const struct http_page *page; /* NULL: none of that name */
    uint16_t status;              /* what to answer; 0 until that is known */
    uint16_t length;              /* bytes of `line` */
    uint8_t lines;                /* taken so far, the request line included */
    uint8_t hosts;                /* Host fields */
    bool begun;                   /* a byte of it has come */
    bool head;                    /* the method is HEAD */
    bool old;                     /* HTTP/1.0 */
    bool keep;                    /* the connection may be used again */
    bool close;                   /* the client wants it closed */
    bool body;                    /* something follows the head, which is not read */
    char line[HTTP_LINE];
};

/** Before the first byte. */
void http_request_start(struct http_request *request);

/** Take a byte. True when the request is complete, or is none: `status` is what to answer. */
bool http_request_byte(struct http_request *request, char byte);

#endif /* HTTP_REQUEST_H */
