/*
 * w5100_inet.h - network byte order, and addresses from and to text.
 *
 * Opt-in and header-only; the views with plain names are built on it. Every address here is in
 * network byte order. Nothing blocks or touches errno; any task or interrupt, except
 * w5100_inet_ntoa(), whose buffer is shared.
 */
#ifndef W5100_INET_H
#define W5100_INET_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What w5100_inet_addr() gives for a text that is no address. */
#define W5100_INADDR_NONE ((uint32_t)0xFFFFFFFF)

/** Room for the longest address in text, its final 0 included. */
#define W5100_INET_ADDRSTRLEN 16

/** A 16-bit number in network byte order; the same function leads back. */
static inline uint16_t w5100_htons(uint16_t host) {
    const uint8_t bytes[2] = {(uint8_t)(host >> 8), (uint8_t)host};
    uint16_t network;
    memcpy(&network, bytes, sizeof network);
    return network;
}

/** A 32-bit number in network byte order; the same function leads back. */
static inline uint32_t w5100_htonl(uint32_t host) {
    const uint8_t bytes[4] = {(uint8_t)(host >> 24), (uint8_t)(host >> 16), (uint8_t)(host >> 8),
                              (uint8_t)host};
    uint32_t network;
    memcpy(&network, bytes, sizeof network);
    return network;
}

/* ---- from text ----------------------------------------------------------------------------- */

/* The value of a digit, 16 for what is none. */
static inline uint32_t w5100_inet_digit(char c) {
    if (c >= '0' && c <= '9') {
        return (uint32_t)(c - '0');
    }
    if (c >= 'a' && c <= 'f') {
        return (uint32_t)(c - 'a') + 10u;
    }
    return c >= 'A' && c <= 'F' ? (uint32_t)(c - 'A') + 10u : 16u;
}

/* The number at `*text`, written as in C: 0x makes it hexadecimal, 0 octal. Moves `*text` behind
   it; 0 if there is none or it does not fit. */
static inline int w5100_inet_number(const char **text, uint32_t *value) {
    const char *at = *text;
    uint32_t base = 10;
    int digits = 0;
    if (*at == '0') {
        base = 8;
        if (at[1] == 'x' || at[1] == 'X') {
            base = 16;
            at += 2;
        }
    }
    *value = 0;
    for (; w5100_inet_digit(*at) < base; at++, digits++) {
        const uint32_t digit = w5100_inet_digit(*at);
        if (*value > (UINT32_MAX - digit) / base) {
            return 0;
        }
        *value = *value * base + digit;
    }
    *text = at;
    return digits > 0;
}

/**
 * Reads an address in one of the forms that BSD has always taken: "192.168.1.201", or with fewer
 * parts, the last of which fills what is left ("10.1" is 10.0.0.1), each decimal, octal ("010" is
 * 8) or hexadecimal ("0xA"). White space ends it. Use w5100_inet_pton() for what people type.
 *
 * @param text     may be NULL
 * @param address  written on success, in network byte order
 * @return 1, or 0 if it is no address
 */
static inline int w5100_inet_aton(const char *text, uint32_t *address) {
    uint32_t value = 0; /* the parts so far */
    uint32_t part = 0;
    unsigned bits = 32; /* that are left for the last part */
    if (text == NULL || address == NULL || !w5100_inet_number(&text, &part)) {
        return 0;
    }
    while (*text == '.') {
        text++;
        if (bits == 8 || part > 255) {
            return 0;
        }
        bits -= 8;
        value |= part << bits;
        if (!w5100_inet_number(&text, &part)) {
            return 0;
        }
    }
    if ((bits < 32 && part >> bits != 0) ||
        (*text != '\0' && *text != ' ' && !(*text >= '\t' && *text <= '\r'))) {
        return 0;
    }
    *address = w5100_htonl(value | part);
    return 1;
}

/** The address in `text`, by the rules of w5100_inet_aton(), in network byte order;
    W5100_INADDR_NONE when it is anything else, NULL included. That is also 255.255.255.255. */
static inline uint32_t w5100_inet_addr(const char *text) {
    uint32_t address = W5100_INADDR_NONE;
    (void)w5100_inet_aton(text, &address);
    return address;
}

/**
 * Reads an address of four decimal numbers with dots and nothing else: no leading zeros, no space.
 *
 * @param text     may be NULL
 * @param address  written on success, in network byte order
 * @return 1, or 0 if it is no such address
 */
static inline int w5100_inet_pton(const char *text, uint32_t *address) {
    uint8_t bytes[4];
    if (text == NULL || address == NULL) {
        return 0;
    }
    for (int i = 0; i < 4; i++) {
        unsigned value = 0;
        int digits = 0;
        if (i > 0 && *text++ != '.') {
            return 0;
        }
        for (; *text >= '0' && *text <= '9'; text++, digits++) {
            value = value * 10u + (unsigned)(*text - '0');
            if ((digits > 0 && value < 10) || value > 255) {
                return 0;
            }
        }
        if (digits == 0) {
            return 0;
        }
        bytes[i] = (uint8_t)value;
    }
    if (*text != '\0') {
        return 0;
    }
    memcpy(address, bytes, sizeof bytes);
    return 1;
}

/* ---- to text ------------------------------------------------------------------------------- */

/**
 * Writes an address as four decimal numbers with dots.
 *
 * @param address  in network byte order
 * @param text     where to; may be NULL if `size` is 0
 * @param size     its room in bytes; W5100_INET_ADDRSTRLEN always suffices
 * @return `text`, or NULL if it does not fit: nothing is written then
 */
static inline const char *w5100_inet_ntop(uint32_t address, char *text, size_t size) {
    char whole[W5100_INET_ADDRSTRLEN];
    uint8_t bytes[4];
    size_t length = 0;
    memcpy(bytes, &address, sizeof bytes);
    for (int i = 0; i < 4; i++) {
        const unsigned value = bytes[i];
        if (value >= 100) {
            whole[length++] = (char)('0' + value / 100);
        }
        if (value >= 10) {
            whole[length++] = (char)('0' + value / 10 % 10);
        }
        whole[length++] = (char)('0' + value % 10);
        whole[length++] = i < 3 ? '.' : '\0';
    }
    if (text == NULL || size < length) {
        return NULL;
    }
    memcpy(text, whole, length);
    return text;
}

/**
 * Writes an address as text into a buffer of its own, of which each source file that calls this
 * has one. The file's next call overwrites it, in whichever task: use w5100_inet_ntop() where there
 * are several.
 *
 * @param address  in network byte order
 * @return the text, never NULL
 */
static inline char *w5100_inet_ntoa(uint32_t address) {
    static char text[W5100_INET_ADDRSTRLEN];
    (void)w5100_inet_ntop(address, text, sizeof text);
    return text;
}

#ifdef __cplusplus
}
#endif

#endif /* W5100_INET_H */
