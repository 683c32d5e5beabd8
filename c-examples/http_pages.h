/*
 * http_pages.h - what http.c serves.
 *
 *     /             where to go from here
 *     /status       the device's socket table and counts, as text: w5100_netstat.h
 *     /status.json  the same in short, as JSON
 *     /file         1 MiB, of which byte i is bits 24 to 31 of i * 2654435761
 */
#ifndef HTTP_PAGES_H
#define HTTP_PAGES_H

#include <stddef.h>
#include <stdint.h>

/** The most bytes of a piece; a page is given at least this much room. */
#define HTTP_PIECE 256

/** `length` of a page that is made while it is sent. */
#define HTTP_UNKNOWN UINT32_MAX

/** A page. */
struct http_page {
    const char *path;
    const char *type;
    uint32_t length; /* bytes, or HTTP_UNKNOWN */
    /* Write the next piece into `room` bytes at `out`, HTTP_PIECE or more: its length, 0 after the
       last one. `*cursor` is the page's own; it is 0 at first. */
    size_t (*piece)(int32_t device, uint32_t *cursor, char *out, size_t room);
};

/** The page of a path of `length` bytes, or NULL. */
const struct http_page *http_page_find(const char *path, size_t length);

#endif /* HTTP_PAGES_H */
