#include "http_request.h"

#include <string.h>

void http_request_start(struct http_request *request) {
    memset(request, 0, offsetof(struct http_request, line));
}

/* ---- words ----------------------------------------------------------------------------------- */

static char lower(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Whether `length` bytes are the lower-case `word`, in whatever case. */
static bool is_word(const char *text, size_t length, const char *word) {
    size_t i = 0;
    while (i < length && word[i] != '\0' && lower(text[i]) == word[i]) {
        i++;
    }
    return i == length && word[i] == '\0';
}

/* How many bytes are a token (RFC 9110, 5.6.2). */
static size_t token(const char *text) {
    static const char others[] = "!#$%&'*+-.^_`|~";
    size_t length = 0;
    for (;; length++) {
        const char c = text[length];
        const bool letter = lower(c) >= 'a' && lower(c) <= 'z';
        if (!letter && !(c >= '0' && c <= '9') && (c == '\0' || strchr(others, c) == NULL)) {
            return length;
        }
    }
}

/* Whether a list of words with commas between them has this one. */
static bool list_has(const char *list, const char *word) {
    while (*list != '\0') {
        list += strspn(list, " \t,");
        const size_t length = strcspn(list, " \t,");
        if (is_word(list, length, word)) {
            return true;
        }
        list += length;
    }
    return false;
}

/* ---- the request line ------------------------------------------------------------------------ */

static uint16_t method_status(const char *method, size_t length) {
    static const char *const others[] = {"POST",    "PUT",   "DELETE", "OPTIONS",
                                         "CONNECT", "TRACE", "PATCH"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        if (strlen(others[i]) == length && memcmp(method, others[i], length) == 0) {
            return 405;
        }
    }
    return 501;
}

/* The page of a target: a path, or a whole URL as a proxy is given it; what follows a "?" is not
   looked at. */
static const struct http_page *find_page(const char *target, size_t length) {
    if (length > 7 && is_word(target, 7, "http://")) {
        const char *const path = memchr(target + 7, '/', length - 7);
        if (path == NULL) {
            return http_page_find("/", 1);
        }
        length -= (size_t)(path - target);
        target = path;
    }
    const char *const query = memchr(target, '?', length);
    return http_page_find(target, query != NULL ? (size_t)(query - target) : length);
}

/* "GET /path HTTP/1.1": what to answer if it is none, else 0. */
static uint16_t request_line(struct http_request *request) {
    const char *const line = request->line;
    const size_t method = token(line);
    const char *const target = line + method + 1;
    if (method == 0 || line[method] != ' ') {
        return 400;
    }
    const size_t length = strcspn(target, " \t");
    const char *const version = target + length + 1;
    if (length == 0 || target[length] != ' ' || strncmp(version, "HTTP/", 5) != 0 ||
        strspn(version + 5, "0123456789") != 1 || version[6] != '.' ||
        strspn(version + 7, "0123456789") != 1 || version[8] != '\0') {
        return 400;
    }
    if (version[5] != '1') {
        return 505;
    }
    request->old = version[7] == '0';
    request->keep = !request->old;
    request->head = method == 4 && memcmp(line, "HEAD", 4) == 0;
    request->page = find_page(target, length);
    if (request->head || (method == 3 && memcmp(line, "GET", 3) == 0)) {
        request->status = request->page != NULL ? 200 : 404;
    } else {
        request->status = method_status(line, method);
    }
    return 0;
}

/* ---- the other lines ------------------------------------------------------------------------- */

/* "Name: value": what to answer if it is none, else 0. */
static uint16_t field(struct http_request *request) {
    const char *const line = request->line;
    const size_t length = token(line);
    if (length == 0 || line[length] != ':') {
        return 400;
    }
    const char *value = line + length + 1;
    value += strspn(value, " \t");
    if (is_word(line, length, "host")) {
        request->hosts += request->hosts < 2;
    } else if (is_word(line, length, "connection")) {
        if (list_has(value, "close")) {
            request->close = true;
        } else if (request->old && list_has(value, "keep-alive")) {
            request->keep = true;
        }
    } else if (is_word(line, length, "transfer-encoding")) {
        request->body = true;
    } else if (is_word(line, length, "content-length")) {
        const size_t digits = strspn(value, "0123456789");
        if (digits == 0 || value[digits + strspn(value + digits, " \t")] != '\0') {
            return 400;
        }
        request->body |= strspn(value, "0") != digits;
    }
    return 0;
}

/* The empty line. HTTP/1.1 asks for one Host (RFC 9112, 3.2). Behind a body that is not read no
   request can be found. */
static bool complete(struct http_request *request) {
    if (!request->old && request->hosts != 1) {
        request->status = 400;
        request->keep = false;
    }
    request->keep = request->keep && !request->close && !request->body;
    return true;
}

static bool fail(struct http_request *request, uint16_t status) {
    request->status = status;
    request->keep = false;
    return true;
}

static bool take_line(struct http_request *request) {
    size_t length = request->length;
    if (length > 0 && request->line[length - 1] == '\r') {
        length--;
    }
    request->line[length] = '\0';
    request->length = 0;
    if (length == 0 && request->lines == 0) {
        return false; /* an empty line before a request is skipped (RFC 9112, 2.2) */
    }
    if (memchr(request->line, '\r', length) != NULL) {
        return fail(request, 400);
    }
    if (length == 0) {
        return complete(request);
    }
    if (request->lines == HTTP_LINES) {
        return fail(request, 431);
    }
    request->lines++;
    const uint16_t status = request->lines == 1 ? request_line(request) : field(request);
    return status != 0 && fail(request, status);
}

bool http_request_byte(struct http_request *request, char byte) {
    const uint8_t value = (uint8_t)byte;
    request->begun = true;
    if (byte == '\n') {
        return take_line(request);
    }
    if ((value < ' ' && byte != '\r' && byte != '\t') || value == 0x7F) {
        return fail(request, 400);
    }
    if (request->length == HTTP_LINE - 1) {
        return fail(request, request->lines == 0 ? 414 : 431);
    }
    request->line[request->length++] = byte;
    return false;
}
