/*
 * Addresses as text, under the plain BSD names. Built twice: over w5100_bsd.h, and with
 * PLAIN_SYSTEM over this computer's own headers, which must agree.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "check.h"

#ifndef PLAIN_SYSTEM
#include "w5100_bsd.h"
#endif

/* The address in host byte order, or REFUSED: for inet_aton and for inet_pton. */
#define REFUSED INT64_C(-1)

static const struct {
    const char *text;
    int64_t aton;
    int64_t pton;
} forms[] = {
    {"192.168.1.201", 0xC0A801C9, 0xC0A801C9},
    {"0.0.0.0", 0, 0},
    {"255.255.255.255", 0xFFFFFFFF, 0xFFFFFFFF},
    {"1.2.3", 0x01020003, REFUSED},
    {"1.2.65535", 0x0102FFFF, REFUSED},
    {"1.2.65536", REFUSED, REFUSED},
    {"1.16777215", 0x01FFFFFF, REFUSED},
    {"1.16777216", REFUSED, REFUSED},
    {"256.1", REFUSED, REFUSED},
    {"1", 1, REFUSED},
    {"4294967295", 0xFFFFFFFF, REFUSED},
    {"4294967296", REFUSED, REFUSED},
    {"99999999999999999999", REFUSED, REFUSED},
    {"1.2.3.256", REFUSED, REFUSED},
    {"1.2.3.4.5", REFUSED, REFUSED},
    {"1.2.3.4.0", REFUSED, REFUSED},
    {"010.0.0.1", 0x08000001, REFUSED},
    {"1.2.3.04", 0x01020304, REFUSED},
    {"00.0.0.0", 0, REFUSED},
    {"1.2.3.08", REFUSED, REFUSED},
    {"037777777777", 0xFFFFFFFF, REFUSED},
    {"040000000000", REFUSED, REFUSED},
    {"0x7f.1", 0x7F000001, REFUSED},
    {"0XfF.0xAb.3.4", 0xFFAB0304, REFUSED},
    {"0xffffffff", 0xFFFFFFFF, REFUSED},
    {"0x100000000", REFUSED, REFUSED},
    {"0x", REFUSED, REFUSED},
    {"0x.1", REFUSED, REFUSED},
    {"0xg", REFUSED, REFUSED},
    {"1.2.3.4 ", 0x01020304, REFUSED},
    {"1.2.3.4\t", 0x01020304, REFUSED},
    {"1.2.3.4\r\n", 0x01020304, REFUSED},
    {"1.2.3.4 or so", 0x01020304, REFUSED},
    {"1.2.3.4x", REFUSED, REFUSED},
    {" 1.2.3.4", REFUSED, REFUSED},
    {"1.2.3.", REFUSED, REFUSED},
    {".1.2.3", REFUSED, REFUSED},
    {"1..2.3", REFUSED, REFUSED},
    {"1. 2.3.4", REFUSED, REFUSED},
    {"-1.2.3.4", REFUSED, REFUSED},
    {"+1.2.3.4", REFUSED, REFUSED},
    {"a.b.c.d", REFUSED, REFUSED},
    {"localhost", REFUSED, REFUSED},
    {" ", REFUSED, REFUSED},
    {"", REFUSED, REFUSED},
};

#define FORMS (sizeof forms / sizeof forms[0])
#define BEFORE 0x55AA55AAu

/* As CHECK_EQ, but shows the text when it fails. */
#define CHECK_FORM(i, actual, expected)                                                            \
    check_equal((actual), (expected), forms[i].text, __FILE__, __LINE__)

/* What a call left in `address`: as in the table. A refusal writes nothing. */
static int64_t outcome(int result, struct in_addr address) {
    if (result == 1) {
        return ntohl(address.s_addr);
    }
    CHECK_EQ(result, 0);
    CHECK_EQ(address.s_addr, BEFORE);
    return REFUSED;
}

CASE(inet_aton_takes_every_form_that_bsd_takes) {
    for (size_t i = 0; i < FORMS; i++) {
        struct in_addr address = {BEFORE};
        const int result = inet_aton(forms[i].text, &address);
        CHECK_FORM(i, outcome(result, address), forms[i].aton);
    }
}

CASE(inet_addr_takes_the_same_and_gives_inaddr_none_for_the_rest) {
    for (size_t i = 0; i < FORMS; i++) {
        const int64_t expected = forms[i].aton == REFUSED ? INADDR_NONE : forms[i].aton;
        CHECK_FORM(i, ntohl(inet_addr(forms[i].text)), expected);
    }
}

CASE(inet_pton_takes_four_decimal_numbers_and_nothing_else) {
    for (size_t i = 0; i < FORMS; i++) {
        struct in_addr address = {BEFORE};
        const int result = inet_pton(AF_INET, forms[i].text, &address);
        CHECK_FORM(i, outcome(result, address), forms[i].pton);
    }
}

CASE(inet_pton_knows_one_family_only) {
    struct in_addr address = {BEFORE};
    errno = 0;
    CHECK_EQ(inet_pton(99, "1.2.3.4", &address), -1);
    CHECK_EQ(errno, EAFNOSUPPORT);
    CHECK_EQ(address.s_addr, BEFORE);
}

CASE(inet_pton_writes_four_bytes_anywhere) {
    char bytes[6] = "......";
    CHECK_EQ(inet_pton(AF_INET, "65.66.67.68", bytes + 1), 1);
    CHECK(memcmp(bytes, ".ABCD.", sizeof bytes) == 0);
}

static const struct {
    uint32_t address;
    const char *text;
} texts[] = {
    {0, "0.0.0.0"},
    {0xFFFFFFFF, "255.255.255.255"},
    {0xC0A801C9, "192.168.1.201"},
    {0x0A640B09, "10.100.11.9"},
    {0x65C8C763, "101.200.199.99"},
};

CASE(inet_ntop_and_inet_ntoa_write_four_decimal_numbers) {
    errno = 1234;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        const struct in_addr address = {htonl(texts[i].address)};
        char text[INET_ADDRSTRLEN];
        memset(text, '#', sizeof text);
        CHECK(inet_ntop(AF_INET, &address, text, sizeof text) == text);
        CHECK(strcmp(text, texts[i].text) == 0);
        CHECK(strcmp(inet_ntoa(address), texts[i].text) == 0);
    }
    CHECK_EQ(errno, 1234);
}

CASE(inet_ntop_needs_room_for_the_final_0) {
    const struct in_addr address = {htonl(0x01020304)};
    char text[9] = "########";
    errno = 0;
    CHECK(inet_ntop(AF_INET, &address, text, 7) == NULL);
    CHECK_EQ(errno, ENOSPC);
    CHECK(strcmp(text, "########") == 0);
    CHECK(inet_ntop(AF_INET, &address, text, 8) == text);
    CHECK(memcmp(text, "1.2.3.4\0", sizeof text) == 0);
    errno = 0;
    CHECK(inet_ntop(AF_INET, &address, text, 0) == NULL);
    CHECK_EQ(errno, ENOSPC);
}

CASE(inet_ntop_knows_one_family_only) {
    const struct in_addr address = {htonl(0x01020304)};
    char text[INET_ADDRSTRLEN];
    errno = 0;
    CHECK(inet_ntop(99, &address, text, sizeof text) == NULL);
    CHECK_EQ(errno, EAFNOSUPPORT);
}

CASE(numbers_in_network_order_have_their_high_byte_first) {
    const uint16_t port = htons(0x0102);
    const uint32_t address = htonl(0x01020304);
    CHECK(memcmp(&port, "\1\2", 2) == 0);
    CHECK(memcmp(&address, "\1\2\3\4", 4) == 0);
    CHECK_EQ(ntohs(port), 0x0102);
    CHECK_EQ(ntohl(address), 0x01020304);
}

CASE(the_well_known_addresses) {
    CHECK_EQ(INADDR_ANY, 0);
    CHECK_EQ(INADDR_LOOPBACK, ntohl(inet_addr("127.0.0.1")));
    CHECK_EQ(INADDR_BROADCAST, 0xFFFFFFFF);
    CHECK_EQ(INADDR_NONE, 0xFFFFFFFF);
    CHECK_EQ(INADDR_UNSPEC_GROUP, ntohl(inet_addr("224.0.0.0")));
    CHECK_EQ(INADDR_ALLHOSTS_GROUP, ntohl(inet_addr("224.0.0.1")));
    CHECK(!IN_MULTICAST(0xDFFFFFFF));
    CHECK(IN_MULTICAST(0xE0000000));
    CHECK(IN_MULTICAST(0xEFFFFFFF));
    CHECK(!IN_MULTICAST(0xF0000000));
    CHECK_EQ(INET_ADDRSTRLEN, sizeof "255.255.255.255");
}
