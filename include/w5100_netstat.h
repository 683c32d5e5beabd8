/*
 * w5100_netstat.h - the socket table as text, a line at a time.
 *
 *     Prot HW  Port Peer                  R/T            Since   Silent State            Age ...
 *     tcp   -    80 -                     0/0                -        - LISTEN             - ...
 *     tcp   0    80 192.168.1.10:49152    12/2048         4210     4310 ESTABLISHED     9120 ...
 *
 * Opt-in and header-only, C99 or C++11; needs neither printf nor a heap. Three parts follow each
 * other, each below a heading of its own:
 *
 * The sockets of the program. What has no value is "-", so each line has as many words as its
 * heading.
 *   Prot     tcp, udp or raw; wake for a wake handle
 *   HW       hardware socket
 *   Port     own port
 *   Peer     the other side's address and port
 *   R/T      bytes that wait for recv / that the peer has not acknowledged
 *   Since    ms since the peer last acknowledged anything, while something is outstanding
 *   Silent   ms since the last byte came in
 *   State    w5100_state_name()
 *   Age      ms since it is in that state, if it has hardware
 *   Timeout  ms until the library ends the connection if nothing moves
 *   Child    of a listener: open sockets accepted from it / clients that wait / backlog
 *   Tag      W5100_SO_TAG
 *   Handle   the socket
 *
 * The hardware sockets: Role is w5100_role_name(), Handle the socket it works for, Out what is
 * outstanding, and Timeout when an orphan is given up.
 *
 * The device's counts: "name number", joined by commas; see `w5100_counters`.
 *
 * Cost: w5100_netstat() uses no bus. With W5100_NETSTAT_LOOK it asks the chip first, which takes
 * W5100_LOOK_FRAMES frames at most for each socket that has hardware: 64 in all.
 *
 * Stack: W5100_NETSTAT_LINE + 330 bytes on a Cortex-M3, and what a call of the library or `print`
 * needs. Each source file that calls it has a copy of its code, 1.8 KiB there.
 */
#ifndef W5100_NETSTAT_H
#define W5100_NETSTAT_H

#include <stddef.h>
#include <stdint.h>

#include "w5100.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Room for a line, its final 0 included: the longest there can be has 149 characters, most have
    125. A program may define it before the include, from 1; longer lines are then cut. */
#ifndef W5100_NETSTAT_LINE
#define W5100_NETSTAT_LINE 150
#endif

/** w5100_netstat(): ask the chip what is outstanding and unread now, and who the peers are. */
#define W5100_NETSTAT_LOOK 1u

/** The heading of w5100_netstat_row(). */
#define W5100_NETSTAT_ROWS                                                                         \
    "Prot HW  Port Peer                  R/T            Since   Silent State            Age  "     \
    "Timeout Child   Tag        Handle"

/** The heading of w5100_netstat_hardware(). */
#define W5100_NETSTAT_HARDWARE                                                                     \
    "HW Role       State        Port Peer                    Out      Age  Timeout Handle"

/* ---- text that never runs over ------------------------------------------------------------- */

/* A line in the making. */
typedef struct w5100_netstat_text {
    char *at;     /* where the next character goes */
    char *end;    /* where the final 0 has room at last */
    char *column; /* where the present column began */
} w5100_netstat_text;

static inline void w5100_netstat_char(w5100_netstat_text *text, char c) {
    if (text->at < text->end) {
        *text->at++ = c;
    }
}

static inline void w5100_netstat_put(w5100_netstat_text *text, const char *word) {
    while (*word != '\0') {
        w5100_netstat_char(text, *word++);
    }
}

/* In base 10 or 16, right-aligned: blanks before it make it `width` characters long. */
static inline void w5100_netstat_number(w5100_netstat_text *text, uint32_t value, uint32_t base,
                                        size_t width) {
    char digits[10]; /* 4294967295 */
    size_t count = 0;
    do {
        digits[count++] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value != 0);
    for (; width > count; width--) {
        w5100_netstat_char(text, ' ');
    }
    while (count > 0) {
        w5100_netstat_char(text, digits[--count]);
    }
}

/* End a column that is to be `width` characters wide, and the blank after it. */
static inline void w5100_netstat_next(w5100_netstat_text *text, size_t width) {
    while (text->at < text->end && (size_t)(text->at - text->column) < width) {
        *text->at++ = ' ';
    }
    w5100_netstat_char(text, ' ');
    text->column = text->at;
}

/* A column with a word, left-aligned. */
static inline void w5100_netstat_word(w5100_netstat_text *text, const char *word, size_t width) {
    w5100_netstat_put(text, word);
    w5100_netstat_next(text, width);
}

/* A column with a number, right-aligned; a "-" if it has no value. */
static inline void w5100_netstat_value(w5100_netstat_text *text, int known, uint32_t value,
                                       size_t width) {
    if (known) {
        w5100_netstat_number(text, value, 10, width);
    } else {
        for (size_t i = 1; i < width; i++) {
            w5100_netstat_char(text, ' ');
        }
        w5100_netstat_char(text, '-');
    }
    w5100_netstat_next(text, width);
}

/* A column with numbers and what stands between them. */
static inline void w5100_netstat_joined(w5100_netstat_text *text, const uint32_t *values,
                                        const char *between, size_t width) {
    for (;;) {
        w5100_netstat_number(text, *values++, 10, 0);
        if (*between == '\0') {
            break;
        }
        w5100_netstat_char(text, *between++);
    }
    w5100_netstat_next(text, width);
}

static inline void w5100_netstat_peer(w5100_netstat_text *text, const uint8_t *ip, uint16_t port) {
    if (port == 0 && ip[0] == 0 && ip[1] == 0 && ip[2] == 0 && ip[3] == 0) {
        w5100_netstat_word(text, "-", 21);
    } else {
        const uint32_t parts[5] = {ip[0], ip[1], ip[2], ip[3], port};
        w5100_netstat_joined(text, parts, "...:", 21);
    }
}

/* A handle, which is no column of a fixed width since it is the last. */
static inline void w5100_netstat_handle(w5100_netstat_text *text, int32_t handle) {
    if (handle < 0) {
        w5100_netstat_char(text, '-');
    }
    w5100_netstat_number(text, handle < 0 ? 0u - (uint32_t)handle : (uint32_t)handle, 10, 0);
}

static inline w5100_netstat_text w5100_netstat_begin(char *line, size_t size) {
    w5100_netstat_text text;
    text.at = line;
    text.end = line + size - 1;
    text.column = line;
    return text;
}

/* ---- lines --------------------------------------------------------------------------------- */

/**
 * Write a row of the socket table as a line, below W5100_NETSTAT_ROWS.
 *
 * @param row   from w5100_info_get() or w5100_info_look(); no value of it is trusted
 * @param line  where the text goes, with a final 0
 * @param size  bytes there, 1 or more; what does not fit is cut
 *
 * Does not block; uses no bus. Any task or interrupt.
 */
static inline void w5100_netstat_row(const w5100_info *row, char *line, size_t size) {
    w5100_netstat_text text = w5100_netstat_begin(line, size);
    const uint32_t waiting[2] = {row->unread, row->outstanding};
    const uint32_t family[3] = {row->children, row->pending, row->backlog};
    const int has_hardware = row->hardware != 255;
    const char *kind = row->kind == W5100_SOCK_STREAM  ? "tcp"
                       : row->kind == W5100_SOCK_DGRAM ? "udp"
                       : row->kind == W5100_SOCK_RAW   ? "raw"
                       : row->kind == 0                ? "wake"
                                                       : "?";
    w5100_netstat_word(&text, kind, 4);
    w5100_netstat_value(&text, has_hardware, row->hardware, 2);
    w5100_netstat_value(&text, row->local_port != 0, row->local_port, 5);
    w5100_netstat_peer(&text, row->remote_ip, row->remote_port);
    w5100_netstat_joined(&text, waiting, "/", 11);
    w5100_netstat_value(&text, row->outstanding != 0, row->outstanding_ms, 8);
    w5100_netstat_value(&text, has_hardware, row->silent_ms, 8);
    w5100_netstat_word(&text, row->kind == 0 ? "-" : w5100_state_name(row->status), 11);
    w5100_netstat_value(&text, has_hardware, row->age_ms, 8);
    w5100_netstat_value(&text, row->timeout_ms != 0, row->timeout_ms, 8);
    if (row->backlog != 0) {
        w5100_netstat_joined(&text, family, "//", 7);
    } else {
        w5100_netstat_word(&text, "-", 7);
    }
    w5100_netstat_put(&text, row->tag != 0 ? "0x" : "-");
    if (row->tag != 0) {
        w5100_netstat_number(&text, row->tag, 16, 0);
    }
    w5100_netstat_next(&text, 10);
    w5100_netstat_handle(&text, row->handle);
    *text.at = '\0';
}

/**
 * Write who holds a hardware socket as a line, below W5100_NETSTAT_HARDWARE.
 *
 * @param number    of the hardware socket
 * @param hardware  from w5100_hardware_get(); no value of it is trusted
 * @param line      where the text goes, with a final 0
 * @param size      bytes there, 1 or more; what does not fit is cut
 *
 * Does not block; uses no bus. Any task or interrupt.
 */
static inline void w5100_netstat_hardware(uint32_t number, const w5100_hardware *hardware,
                                          char *line, size_t size) {
    w5100_netstat_text text = w5100_netstat_begin(line, size);
    w5100_netstat_value(&text, 1, number, 2);
    w5100_netstat_word(&text, w5100_role_name(hardware->role), 10);
    w5100_netstat_word(&text, w5100_state_name(hardware->status), 11);
    w5100_netstat_value(&text, hardware->local_port != 0, hardware->local_port, 5);
    w5100_netstat_peer(&text, hardware->remote_ip, hardware->remote_port);
    w5100_netstat_value(&text, hardware->outstanding != 0, hardware->outstanding, 5);
    w5100_netstat_value(&text, hardware->status != 0, hardware->age_ms, 8);
    w5100_netstat_value(&text, hardware->timeout_ms != 0, hardware->timeout_ms, 8);
    if (hardware->handle != 0) {
        w5100_netstat_handle(&text, hardware->handle);
    } else {
        w5100_netstat_char(&text, '-');
    }
    *text.at = '\0';
}

/* Part of a line of counts. */
static inline void w5100_netstat_count(w5100_netstat_text *text, const char *name, uint32_t value) {
    if (text->at != text->column) {
        w5100_netstat_put(text, ", ");
    }
    w5100_netstat_put(text, name);
    w5100_netstat_char(text, ' ');
    w5100_netstat_number(text, value, 10, 0);
}

/**
 * Write what concerns the bus and the chip of a device's counts as a line.
 *
 * @param counters  from w5100_counters_get()
 * @param line      where the text goes, with a final 0
 * @param size      bytes there, 1 or more; what does not fit is cut
 *
 * Does not block; uses no bus. Any task or interrupt.
 */
static inline void w5100_netstat_chip(const w5100_counters *counters, char *line, size_t size) {
    w5100_netstat_text text = w5100_netstat_begin(line, size);
    w5100_netstat_count(&text, "frames", counters->frames);
    w5100_netstat_count(&text, "echo errors", counters->echo_errors);
    w5100_netstat_count(&text, "bus errors", counters->bus_errors);
    w5100_netstat_count(&text, "longest hold", counters->lock_frames_max);
    w5100_netstat_count(&text, "commands", counters->commands);
    w5100_netstat_count(&text, "repeated", counters->commands_repeated);
    *text.at = '\0';
}

/**
 * Write what concerns the connections of a device's counts as a line; as w5100_netstat_chip().
 *
 * @param counters  from w5100_counters_get()
 * @param line      where the text goes, with a final 0
 * @param size      bytes there, 1 or more; what does not fit is cut
 *
 * Does not block; uses no bus. Any task or interrupt.
 */
static inline void w5100_netstat_traffic(const w5100_counters *counters, char *line, size_t size) {
    w5100_netstat_text text = w5100_netstat_begin(line, size);
    w5100_netstat_count(&text, "bytes in", counters->bytes_in);
    w5100_netstat_count(&text, "bytes out", counters->bytes_out);
    w5100_netstat_count(&text, "timeouts", counters->timeouts);
    w5100_netstat_count(&text, "resets", counters->resets);
    w5100_netstat_count(&text, "free sockets", counters->free_sockets);
    *text.at = '\0';
}

/* ---- all of it ----------------------------------------------------------------------------- */

/* A row, asked for or not: as the core's calls. After a chip that did not answer `*asking` is its
   error, and it is not asked again. */
static inline int32_t w5100_netstat_read(int32_t device, uint32_t index, int32_t *asking,
                                         w5100_info *row) {
    if (*asking > 0) {
        const int32_t found = w5100_info_look(device, index, row);
        if (found >= 0 || found == -W5100_EINVAL) {
            return found;
        }
        *asking = found;
    }
    return w5100_info_get(device, index, row);
}

/**
 * Print the sockets of a device, its hardware sockets and its counts.
 *
 * Each row is as it was at one moment; between two rows other tasks may open and close sockets, and
 * `print` may take its time: nothing is locked meanwhile. A chip that does not answer costs one
 * attempt; what is known is printed then, and "not asked: ENETDOWN".
 *
 * @param device   number from WIZnet_Enable()
 * @param options  0, or W5100_NETSTAT_LOOK
 * @param print    is given each line, with a final 0 and no newline, in a buffer of
 *                 W5100_NETSTAT_LINE bytes that is the next line's too. It may call the library
 * @param context  given to `print`; may be NULL
 * @return the number of sockets, or -W5100_EINVAL (no such device), -W5100_EFAULT (`print` is
 *   NULL); nothing is printed then
 *
 * Does not block; see above for its cost. Task only.
 */
static inline int32_t w5100_netstat(int32_t device, uint32_t options,
                                    void (*print)(void *context, const char *line), void *context) {
    char line[W5100_NETSTAT_LINE];
    w5100_netstat_text text;
    w5100_counters counters;
    w5100_info row;
    w5100_hardware hardware;
    int32_t asking = (options & W5100_NETSTAT_LOOK) != 0 ? 1 : 0;
    int32_t sockets = 0;
    int32_t found = w5100_counters_get(device, &counters);
    if (found < 0 || print == NULL) {
        return found < 0 ? found : -W5100_EFAULT;
    }
    text = w5100_netstat_begin(line, sizeof line);
    w5100_netstat_put(&text, W5100_NETSTAT_ROWS);
    *text.at = '\0';
    print(context, line);
    for (uint32_t i = 0; (found = w5100_netstat_read(device, i, &asking, &row)) >= 0; i++) {
        if (found > 0) {
            w5100_netstat_row(&row, line, sizeof line);
            print(context, line);
            sockets++;
        }
    }
    text = w5100_netstat_begin(line, sizeof line);
    w5100_netstat_put(&text, W5100_NETSTAT_HARDWARE);
    *text.at = '\0';
    print(context, line);
    for (uint32_t i = 0; w5100_hardware_get(device, i, &hardware) >= 0; i++) {
        w5100_netstat_hardware(i, &hardware, line, sizeof line);
        print(context, line);
    }
    if (asking < 0) {
        text = w5100_netstat_begin(line, sizeof line);
        w5100_netstat_put(&text, "not asked: ");
        w5100_netstat_put(&text, w5100_error_name(asking));
        *text.at = '\0';
        print(context, line);
    }
    if (w5100_counters_get(device, &counters) >= 0) {
        w5100_netstat_traffic(&counters, line, sizeof line);
        print(context, line);
        w5100_netstat_chip(&counters, line, sizeof line);
        print(context, line);
    }
    return sockets;
}

#ifdef __cplusplus
}
#endif

#endif /* W5100_NETSTAT_H */
