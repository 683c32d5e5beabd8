/*
 * w5100_inet.h - network byte order, and addresses from text.
 *
 * Opt-in and header-only; w5100_bsd.h is built on it.
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

/** The address in `text`, four decimal numbers with dots ("192.168.1.201"), in network byte
    order; W5100_INADDR_NONE when it is anything else, NULL included. */
static inline uint32_t w5100_inet_addr(const char *text) {
    uint8_t bytes[4];
    uint32_t address;
    for (int part = 0; part < 4; part++) {
        unsigned value = 0;
        int digits = 0;
        if (text == NULL || (part > 0 && *text++ != '.')) {
            return W5100_INADDR_NONE;
        }
        for (; *text >= '0' && *text <= '9' && digits < 3; text++, digits++) {
            value = value * 10 + (unsigned)(*text - '0');
        }
        if (digits == 0 || value > 255) {
            return W5100_INADDR_NONE;
        }
        bytes[part] = (uint8_t)value;
    }
    if (*text != '\0') {
        return W5100_INADDR_NONE;
    }
    memcpy(&address, bytes, sizeof address);
    return address;
}

#ifdef __cplusplus
}
#endif

#endif /* W5100_INET_H */
