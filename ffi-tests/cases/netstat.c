/* F8: the printer of w5100_netstat.h. Its lines are taken apart and compared with the scene. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "table.h"
#include "w5100_netstat.h"

#define PORT 80
#define MOST_LINES 40
#define MOST_WORDS 24
#define LONGEST 149 /* every value at its longest */

/* Columns of both tables. */
enum {
    PROT,
    HW,
    OWN_PORT,
    PEER,
    WAITING,
    SINCE,
    SILENT,
    STATE,
    AGE,
    TIMEOUT,
    CHILD,
    TAG,
    HANDLE,
    ROW_WORDS
};
enum { NUMBER, ROLE, HW_STATE, HW_PORT, HW_PEER, HW_OUT, HW_AGE, HW_TIMEOUT, HW_HANDLE, HW_WORDS };

struct line {
    char text[W5100_NETSTAT_LINE];
    char words[MOST_WORDS][W5100_NETSTAT_LINE];
    int starts[MOST_WORDS];
    int count;
};

struct page {
    struct line lines[MOST_LINES];
    int count;
};

static void split(struct line *line, const char *text) {
    const char *at = text;
    CHECK(strlen(text) < sizeof line->text);
    strcpy(line->text, text);
    line->count = 0;
    while (*(at += strspn(at, " ")) != '\0') {
        const size_t length = strcspn(at, " ");
        CHECK(line->count < MOST_WORDS);
        line->starts[line->count] = (int)(at - text);
        memcpy(line->words[line->count], at, length);
        line->words[line->count++][length] = '\0';
        at += length;
    }
}

static void keep(void *context, const char *text) {
    struct page *page = context;
    CHECK(page->count < MOST_LINES);
    split(&page->lines[page->count++], text);
}

static struct page *netstat(uint32_t options, int32_t sockets) {
    static struct page page;
    page.count = 0;
    CHECK_EQ(w5100_netstat(0, options, keep, &page), sockets);
    return &page;
}

/* The line that ends with the handle of `fd`, and the heading over it. */
static const struct line *line_of(const struct page *page, int32_t fd) {
    char handle[12];
    snprintf(handle, sizeof handle, "%ld", (long)fd);
    for (int i = 1; i < page->count; i++) {
        if (page->lines[i].count == ROW_WORDS &&
            strcmp(page->lines[i].words[HANDLE], handle) == 0) {
            return &page->lines[i];
        }
    }
    CHECK(!"the socket has a line");
    return NULL;
}

/* Words that the scene knows; NULL for one that is not looked at. */
static void check_words(const struct line *line, const char *const *expected, int count) {
    CHECK_EQ(line->count, count);
    for (int i = 0; i < count; i++) {
        if (expected[i] != NULL && strcmp(line->words[i], expected[i]) != 0) {
            fprintf(stderr, "word %d is %s, expected %s in: %s\n", i, line->words[i], expected[i],
                    line->text);
            CHECK(!"the words are those of the scene");
        }
    }
}

static void check_number(const struct line *line, int word, uint32_t expected) {
    char *end;
    const unsigned long value = strtoul(line->words[word], &end, 10);
    CHECK(*end == '\0');
    table_check_ms((uint32_t)value, expected);
}

/* Each word stands below its heading: they begin or end in the same column. */
static void check_aligned(const struct line *heading, const struct line *line) {
    CHECK_EQ(line->count, heading->count);
    for (int i = 0; i < line->count; i++) {
        const int start = line->starts[i];
        const int over = heading->starts[i];
        const size_t end = (size_t)start + strlen(line->words[i]);
        const size_t over_end = (size_t)over + strlen(heading->words[i]);
        CHECK(start == over || end == over_end);
    }
}

/* A listener with one child, with bytes both ways, and a client that waits; a datagram socket; a
   socket with nothing; a wake handle. */
struct scene {
    int32_t listener, child, datagram, fresh, wake;
    uint32_t sent, heard; /* when */
    char client[24];      /* "192.168.1.10:49152" */
};

static struct scene set_scene(void) {
    struct scene scene;
    w5100_sockaddr_in client;
    uint32_t length = sizeof client;
    wire_start();
    scene.listener = wire_listener(PORT, 2);
    table_set(scene.listener, W5100_SOL_SOCKET, W5100_SO_TAG, 0xBEEF);
    w5100_sim_conn *conn = wire_session(scene.listener, PORT, &scene.child);
    CHECK_EQ(w5100_getpeername(scene.child, &client, &length), 0);
    snprintf(scene.client, sizeof scene.client, "192.168.1.%d:%u", PEER_IP,
             ((unsigned)client.sin_port >> 8) | ((unsigned)client.sin_port & 0xFF) << 8);
    wire_client(PORT);
    scene.datagram = table_udp(53);
    scene.fresh = table_tcp();
    scene.wake = CHECK_OK(w5100_wake_new(0));
    table_set(scene.child, W5100_IPPROTO_TCP, W5100_TCP_USER_TIMEOUT, 60000);
    table_client_sends(conn, "seven b");
    CHECK_EQ(table_look(scene.child).unread, 7);
    scene.heard = wire_now_ms();
    wire_run(500);
    w5100_sim_peer_vanish(wire_peer(), true);
    table_send(scene.child, 1234);
    scene.sent = wire_now_ms();
    wire_run(1000);
    return scene;
}

CASE(f8_netstat_shows_every_socket_of_the_scene) {
    const struct scene scene = set_scene();
    const struct page *page = netstat(W5100_NETSTAT_LOOK, 5);
    const uint32_t now = wire_now_ms();
    CHECK(strcmp(page->lines[0].text, W5100_NETSTAT_ROWS) == 0);
    CHECK_EQ(page->lines[0].count, ROW_WORDS);
    for (int i = 1; i <= 5; i++) {
        check_aligned(&page->lines[0], &page->lines[i]);
    }
    const char *const listener[ROW_WORDS] = {"tcp",    "-", "80", "-",     "0/0",    "-", "-",
                                             "LISTEN", "-", "-",  "1/1/2", "0xbeef", NULL};
    check_words(line_of(page, scene.listener), listener, ROW_WORDS);
    const char *const child[ROW_WORDS] = {"tcp",    "0",  "80", scene.client,
                                          "7/1234", NULL, NULL, "ESTABLISHED",
                                          NULL,     NULL, "-",  "0xbeef"};
    const struct line *line = line_of(page, scene.child);
    check_words(line, child, ROW_WORDS);
    check_number(line, SINCE, now - scene.sent);
    check_number(line, SILENT, now - scene.heard);
    check_number(line, TIMEOUT, 60000 - (now - scene.sent));
    const char *const datagram[ROW_WORDS] = {"udp", NULL, "53", "-", "0/0", "-", NULL,
                                             "UDP", NULL, "-",  "-", "-",   NULL};
    check_words(line_of(page, scene.datagram), datagram, ROW_WORDS);
    const char *const fresh[ROW_WORDS] = {"tcp",    "-", "-", "-", "0/0", "-", "-",
                                          "CLOSED", "-", "-", "-", "-",   NULL};
    check_words(line_of(page, scene.fresh), fresh, ROW_WORDS);
    const char *const wake[ROW_WORDS] = {"wake", "-", "-", "-", "0/0", "-", "-",
                                         "-",    "-", "-", "-", "-",   NULL};
    check_words(line_of(page, scene.wake), wake, ROW_WORDS);
}

CASE(f8_netstat_shows_who_holds_the_hardware) {
    char handles[3][12];
    const struct scene scene = set_scene();
    const struct page *page = netstat(W5100_NETSTAT_LOOK, 5);
    const struct line *heading = &page->lines[6];
    CHECK(strcmp(heading->text, W5100_NETSTAT_HARDWARE) == 0);
    CHECK_EQ(heading->count, HW_WORDS);
    snprintf(handles[0], sizeof handles[0], "%ld", (long)scene.child);
    snprintf(handles[1], sizeof handles[1], "%ld", (long)scene.listener);
    snprintf(handles[2], sizeof handles[2], "%ld", (long)scene.datagram);
    const char *const expected[4][HW_WORDS] = {
        {"0", "connection", "ESTABLISHED", "80", scene.client, "1234", NULL, "-", handles[0]},
        {"1", "pending", "ESTABLISHED", "80", NULL, "-", NULL, "-", handles[1]},
        {"2", "armed", "LISTEN", "80", "-", "-", NULL, "-", handles[1]},
        {"3", "datagram", "UDP", "53", "-", "-", NULL, "-", handles[2]},
    };
    for (int i = 0; i < 4; i++) {
        check_aligned(heading, heading + 1 + i);
        check_words(heading + 1 + i, expected[i], HW_WORDS);
    }
}

/* The number after "name" in the line. */
static uint32_t count_in(const struct line *line, const char *name) {
    const char *at = strstr(line->text, name);
    CHECK(at != NULL);
    return (uint32_t)strtoul(at + strlen(name), NULL, 10);
}

CASE(f8_netstat_ends_with_the_counts) {
    set_scene();
    const uint32_t before = table_frames();
    const struct page *page = netstat(0, 5);
    w5100_counters counters;
    CHECK_EQ(w5100_counters_get(0, &counters), 0);
    CHECK_EQ(page->count, 1 + 5 + 1 + 4 + 2);
    const struct line *traffic = &page->lines[page->count - 2];
    const struct line *chip = traffic + 1;
    CHECK_EQ(count_in(traffic, "bytes in "), 0);
    CHECK_EQ(count_in(traffic, "bytes out "), 1234);
    CHECK_EQ(count_in(traffic, "timeouts "), 0);
    CHECK_EQ(count_in(traffic, "resets "), 1); /* the enable */
    CHECK_EQ(count_in(traffic, "free sockets "), 1);
    CHECK_EQ(count_in(chip, "frames "), before);
    CHECK_EQ(count_in(chip, "echo errors "), 0);
    CHECK_EQ(count_in(chip, "bus errors "), 0);
    CHECK_EQ(count_in(chip, "repeated "), 0);
    CHECK_EQ(count_in(chip, "longest hold "), counters.lock_frames_max);
    CHECK_EQ(count_in(chip, "commands "), counters.commands);
}

CASE(r8_netstat_costs_no_frame_and_with_looks_their_bound) {
    set_scene();
    uint32_t before = table_frames();
    netstat(0, 5);
    CHECK_EQ(table_frames() - before, 0);
    for (int i = 0; i < 3; i++) {
        before = table_frames();
        netstat(W5100_NETSTAT_LOOK, 5);
        CHECK(table_frames() - before > 0);
        CHECK(table_frames() - before <= 2 * W5100_LOOK_FRAMES); /* two rows have hardware */
        wire_run(100);
    }
}

/* What is known is printed, and the chip is asked once. */
CASE(f8_netstat_of_a_dead_chip_prints_what_is_known) {
    const struct scene scene = set_scene();
    netstat(W5100_NETSTAT_LOOK, 5);
    w5100_sim_fault_absent(wire_chip(0), true, 0xFF);
    const uint32_t begin = wire_now_ms();
    const struct page *page = netstat(W5100_NETSTAT_LOOK, 5);
    CHECK(wire_now_ms() - begin <= 200);
    CHECK(strcmp(line_of(page, scene.child)->words[WAITING], "7/1234") == 0);
    CHECK_EQ(page->count, 1 + 5 + 1 + 4 + 1 + 2);
    CHECK(strcmp(page->lines[page->count - 3].text, "not asked: ENETDOWN") == 0);
}

CASE(f8_netstat_refuses_what_it_cannot_print) {
    struct page page = {.count = 0};
    wire_start();
    CHECK_ERROR(w5100_netstat(-1, 0, keep, &page), EINVAL);
    CHECK_ERROR(w5100_netstat(1000, 0, keep, &page), EINVAL);
    CHECK_ERROR(w5100_netstat(0, 0, NULL, &page), EFAULT);
    CHECK_EQ(page.count, 0);
}

/* A line into every size of buffer: it ends in time, and is the beginning of the whole one. */
static size_t check_sizes(void (*write)(const void *from, char *line, size_t size),
                          const void *from) {
    char whole[2 * W5100_NETSTAT_LINE];
    char part[W5100_NETSTAT_LINE + 1];
    write(from, whole, sizeof whole);
    const size_t length = strlen(whole);
    for (size_t size = 1; size <= W5100_NETSTAT_LINE; size++) {
        const size_t fits = length < size ? length : size - 1;
        memset(part, '#', sizeof part);
        write(from, part, size);
        CHECK_EQ(strlen(part), fits);
        CHECK(memcmp(part, whole, fits) == 0);
        for (size_t i = size; i < sizeof part; i++) {
            CHECK_EQ(part[i], '#');
        }
    }
    for (size_t i = 0; i < length; i++) {
        CHECK(whole[i] >= ' ' && whole[i] <= '~');
    }
    return length;
}

static void write_row(const void *from, char *line, size_t size) {
    w5100_netstat_row(from, line, size);
}

static void write_hardware(const void *from, char *line, size_t size) {
    w5100_netstat_hardware(0xFFFFFFFF, from, line, size);
}

static void write_chip(const void *from, char *line, size_t size) {
    w5100_netstat_chip(from, line, size);
}

static void write_traffic(const void *from, char *line, size_t size) {
    w5100_netstat_traffic(from, line, size);
}

CASE(f8_no_value_makes_a_line_run_over) {
    w5100_info row;
    w5100_hardware held;
    w5100_counters counters;
    struct line line;
    memset(&row, 0xFF, sizeof row);
    row.hardware = 254;
    row.kind = W5100_SOCK_STREAM;
    row.status = TABLE_ESTABLISHED; /* the longest name */
    row.handle = INT32_MIN;
    char text[W5100_NETSTAT_LINE];
    CHECK_EQ(check_sizes(write_row, &row), LONGEST);
    CHECK(LONGEST < W5100_NETSTAT_LINE);
    w5100_netstat_row(&row, text, sizeof text);
    split(&line, text);
    const char *const longest[ROW_WORDS] = {"tcp",
                                            "254",
                                            "65535",
                                            "255.255.255.255:65535",
                                            "4294967295/4294967295",
                                            "4294967295",
                                            "4294967295",
                                            "ESTABLISHED",
                                            "4294967295",
                                            "4294967295",
                                            "255/255/255",
                                            "0xffffffff",
                                            "-2147483648"};
    check_words(&line, longest, ROW_WORDS);
    memset(&held, 0xFF, sizeof held);
    held.handle = INT32_MIN;
    check_sizes(write_hardware, &held);
    memset(&counters, 0xFF, sizeof counters);
    check_sizes(write_chip, &counters);
    check_sizes(write_traffic, &counters);
}

/* Whatever a row holds, its line has as many words as the heading. */
CASE(f8_every_row_has_the_words_of_its_heading) {
    char text[W5100_NETSTAT_LINE];
    struct line line;
    uint32_t random = 5100;
    for (int round = 0; round < 20000; round++) {
        w5100_info row;
        w5100_hardware held;
        uint8_t bytes[sizeof row + sizeof held];
        for (size_t i = 0; i < sizeof bytes; i++) {
            random = random * 1664525u + 1013904223u;
            bytes[i] = (uint8_t)((random >> 30) == 0 ? 0 : random >> 16);
        }
        memcpy(&row, bytes, sizeof row);
        memcpy(&held, bytes + sizeof row, sizeof held);
        w5100_netstat_row(&row, text, sizeof text);
        split(&line, text);
        CHECK_EQ(line.count, ROW_WORDS);
        w5100_netstat_hardware(random >> 30, &held, text, sizeof text);
        split(&line, text);
        CHECK_EQ(line.count, HW_WORDS);
    }
}
