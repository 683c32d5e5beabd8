/* sntp.h - the messages of SNTP, version 4 (RFC 4330, RFC 5905): what a client asks and believes.
 */
#ifndef SNTP_H
#define SNTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** UDP port of the servers. */
#define SNTP_PORT 123
/** Bytes of a message without what may follow. */
#define SNTP_LENGTH 48

/** What an answer is worth. */
enum sntp_verdict {
    SNTP_GOOD,
    SNTP_IGNORED, /* not an answer to our question: another one may come */
    SNTP_UNFIT,   /* its server does not know the time */
    SNTP_SLOWER,  /* the server wants to be asked less often */
    SNTP_DENIED,  /* the server wants not to be asked */
};

/** Write a question of SNTP_LENGTH bytes. `nonce` is what the answer has to repeat: 8 bytes that
    nobody else can know. */
void sntp_ask(uint8_t *message, const uint8_t nonce[8]);

/**
 * Judge an answer to a question with `nonce`, which came `round_trip_ms` milliseconds after it. If
 * it is good, `*unix_ms` is the time now, in milliseconds since 1970 without leap seconds; right
 * from 1968 to 2104.
 */
enum sntp_verdict sntp_judge(const uint8_t *message, size_t length, const uint8_t nonce[8],
                             uint32_t round_trip_ms, int64_t *unix_ms);

/** Room for sntp_text(). */
#define SNTP_TEXT_SIZE 56

/** Write a time as "2026-11-21 20:15:03.250 UTC". */
void sntp_text(int64_t unix_ms, char text[SNTP_TEXT_SIZE]);

#endif /* SNTP_H */
