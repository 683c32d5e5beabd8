#include "http_pages.h"

#include <stdio.h>
#include <string.h>

#include "port/port.h"
#include "w5100_netstat.h"

#define FILE_LENGTH 1048576u

static const char index_text[] =
    "<!DOCTYPE html>\n<html><head><title>W5100</title></head><body>\n<h1>W5100</h1>\n<ul>\n"
    "<li><a href=\"/status\">status</a></li>\n<li><a href=\"/status.json\">status, JSON</a></li>\n"
    "<li><a href=\"/file\">1 MiB</a></li>\n</ul>\n</body></html>\n";

static size_t index_piece(int32_t device, uint32_t *cursor, char *out, size_t room) {
    const size_t left = sizeof index_text - 1 - *cursor;
    const size_t length = left < room ? left : room;
    (void)device;
    memcpy(out, index_text + *cursor, length);
    *cursor += (uint32_t)length;
    return length;
}

static size_t file_piece(int32_t device, uint32_t *cursor, char *out, size_t room) {
    size_t length = 0;
    (void)device;
    while (length < room && *cursor < FILE_LENGTH) {
        out[length++] = (char)(*cursor * 2654435761u >> 24);
        ++*cursor;
    }
    return length;
}

/* ---- the socket table ------------------------------------------------------------------------ */

/* The next row that has a socket, from *index on, which is left behind it; false after the last. */
static bool next_row(int32_t device, uint32_t *index, w5100_info *row) {
    int32_t found;
    while ((found = w5100_info_look(device, *index, row)) >= 0) {
        ++*index;
        if (found > 0) {
            return true;
        }
    }
    return false;
}

/* The parts of the page: *cursor has the part in its upper half, the place in it below. */
enum part { HEADING, ROWS, HARDWARE_HEADING, HARDWARE, COUNTS, END };

#define PART(cursor) ((cursor) >> 16)
#define FIRST_OF(part) ((uint32_t)(part) << 16)

/* A line of w5100_netstat(), of which this is the form that can be taken up again. */
static size_t status_line(int32_t device, uint32_t *cursor, char *out, size_t room) {
    w5100_info row;
    w5100_hardware hardware;
    w5100_counters counters;
    uint32_t index = *cursor & 0xFFFF;
    switch (PART(*cursor)) {
    case HEADING:
        *cursor = FIRST_OF(ROWS);
        return (size_t)snprintf(out, room, "%s", W5100_NETSTAT_ROWS);
    case ROWS:
        if (next_row(device, &index, &row)) {
            *cursor = FIRST_OF(ROWS) | index;
            w5100_netstat_row(&row, out, room);
            return strlen(out);
        } /* fall through */
    case HARDWARE_HEADING:
        *cursor = FIRST_OF(HARDWARE);
        return (size_t)snprintf(out, room, "%s", W5100_NETSTAT_HARDWARE);
    case HARDWARE:
        if (w5100_hardware_get(device, index, &hardware) >= 0) {
            ++*cursor;
            w5100_netstat_hardware(index, &hardware, out, room);
            return strlen(out);
        } /* fall through */
    case COUNTS:
        *cursor = FIRST_OF(END);
        w5100_counters_get(device, &counters);
        w5100_netstat_traffic(&counters, out, room);
        return strlen(out);
    default:
        return 0;
    }
}

static size_t status_piece(int32_t device, uint32_t *cursor, char *out, size_t room) {
    const size_t length = status_line(device, cursor, out, room - 1);
    if (length == 0) {
        return 0;
    }
    out[length] = '\n';
    return length + 1;
}

/* ---- JSON ------------------------------------------------------------------------------------ */

static size_t json_head(int32_t device, char *out, size_t room) {
    w5100_config config = {.size = sizeof config};
    w5100_counters counters = {0};
    w5100_get_config(device, &config);
    w5100_counters_get(device, &counters);
    return (size_t)snprintf(
        out, room,
        "{\"version\":\"%s\",\"uptime_ms\":%lu,\"ip\":\"%u.%u.%u.%u\",\"free_sockets\":%lu,"
        "\"bytes_in\":%lu,\"bytes_out\":%lu,\"resets\":%lu,\"sockets\":[",
        w5100_version(), (unsigned long)port_now_ms(), config.ip[0], config.ip[1], config.ip[2],
        config.ip[3], (unsigned long)counters.free_sockets, (unsigned long)counters.bytes_in,
        (unsigned long)counters.bytes_out, (unsigned long)counters.resets);
}

static size_t json_row(const w5100_info *row, bool first, char *out, size_t room) {
    return (size_t)snprintf(
        out, room,
        "%s{\"hardware\":%d,\"state\":\"%s\",\"port\":%u,\"peer\":\"%u.%u.%u.%u:%u\","
        "\"unread\":%lu,\"outstanding\":%lu}",
        first ? "" : ",", row->hardware == 255 ? -1 : row->hardware, w5100_state_name(row->status),
        row->local_port, row->remote_ip[0], row->remote_ip[1], row->remote_ip[2], row->remote_ip[3],
        row->remote_port, (unsigned long)row->unread, (unsigned long)row->outstanding);
}

/* *cursor: 0 before the head; then the next row + 1, and whether one was written. */
#define WRITTEN 0x10000u
#define JSON_END UINT32_MAX

static size_t json_piece(int32_t device, uint32_t *cursor, char *out, size_t room) {
    w5100_info row;
    uint32_t index = (*cursor & 0xFFFF) - 1;
    if (*cursor == 0) {
        *cursor = 1;
        return json_head(device, out, room);
    }
    if (*cursor == JSON_END) {
        return 0;
    }
    if (next_row(device, &index, &row)) {
        const bool first = (*cursor & WRITTEN) == 0;
        *cursor = WRITTEN | (index + 1);
        return json_row(&row, first, out, room);
    }
    *cursor = JSON_END;
    return (size_t)snprintf(out, room, "]}\n");
}

/* ---- all of them ----------------------------------------------------------------------------- */

static const struct http_page pages[] = {
    {"/", "text/html", sizeof index_text - 1, index_piece},
    {"/status", "text/plain", HTTP_UNKNOWN, status_piece},
    {"/status.json", "application/json", HTTP_UNKNOWN, json_piece},
    {"/file", "application/octet-stream", FILE_LENGTH, file_piece},
};

const struct http_page *http_page_find(const char *path, size_t length) {
    for (size_t i = 0; i < sizeof pages / sizeof pages[0]; i++) {
        if (strlen(pages[i].path) == length && memcmp(pages[i].path, path, length) == 0) {
            return &pages[i];
        }
    }
    return NULL;
}
