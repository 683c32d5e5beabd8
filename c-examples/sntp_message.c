#include <stdio.h>
#include <string.h>

#include "sntp.h"

/* Where a message has what (RFC 5905, 7.3). */
#define STRATUM 1
#define KISS_CODE 12
#define ORIGINATE 24
#define RECEIVE 32
#define TRANSMIT 40

#define VERSION 4
#define MODE_CLIENT 3
#define MODE_SERVER 4
#define UNSYNCHRONISED 3 /* leap indicator: the clock was never set */
#define STRATA 16        /* and above: not synchronised */

#define SECONDS_1900_TO_1970 2208988800
#define ERA 4294967296 /* seconds from 1900 to 2036 */

static uint32_t word(const uint8_t *at) {
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* A timestamp: seconds of which only 32 bits are sent, and their fraction. The first bit tells the
   era (RFC 4330, 3): set from 1968 to 2036, clear from 2036 to 2104. */
static int64_t unix_ms(const uint8_t *at) {
    const int64_t seconds = (int64_t)word(at) + ((at[0] & 0x80) != 0 ? 0 : ERA);
    const int64_t fraction = (int64_t)((uint64_t)word(at + 4) * 1000 >> 32);
    return (seconds - SECONDS_1900_TO_1970) * 1000 + fraction;
}

void sntp_ask(uint8_t *message, const uint8_t nonce[8]) {
    memset(message, 0, SNTP_LENGTH);
    message[0] = VERSION << 3 | MODE_CLIENT;
    memcpy(message + TRANSMIT, nonce, 8);
}

/* A "kiss-o'-death" (RFC 5905, 7.4): stratum 0, and four letters that say why. */
static enum sntp_verdict kiss(const uint8_t *code) {
    if (memcmp(code, "RATE", 4) == 0) {
        return SNTP_SLOWER;
    }
    const bool denied = memcmp(code, "DENY", 4) == 0 || memcmp(code, "RSTR", 4) == 0;
    return denied ? SNTP_DENIED : SNTP_UNFIT;
}

/* The server's own time between question and answer is not the network's; half of the rest is what
   the answer took. */
static int64_t time_now(const uint8_t *message, uint32_t round_trip_ms) {
    const int64_t sent = unix_ms(message + TRANSMIT);
    const int64_t at_work = sent - unix_ms(message + RECEIVE);
    const bool credible = at_work >= 0 && at_work <= (int64_t)round_trip_ms;
    return sent + ((int64_t)round_trip_ms - (credible ? at_work : 0)) / 2;
}

enum sntp_verdict sntp_judge(const uint8_t *message, size_t length, const uint8_t nonce[8],
                             uint32_t round_trip_ms, int64_t *now) {
    static const uint8_t none[8];
    if (length < SNTP_LENGTH || (message[0] & 7) != MODE_SERVER || (message[0] >> 3 & 7) == 0 ||
        memcmp(message + ORIGINATE, nonce, 8) != 0) {
        return SNTP_IGNORED;
    }
    if (message[STRATUM] == 0) {
        return kiss(message + KISS_CODE);
    }
    if (message[STRATUM] >= STRATA || message[0] >> 6 == UNSYNCHRONISED ||
        memcmp(message + TRANSMIT, none, 8) == 0) {
        return SNTP_UNFIT;
    }
    *now = time_now(message, round_trip_ms);
    return SNTP_GOOD;
}

/* ---- the calendar ---------------------------------------------------------------------------- */

static bool is_leap(int year) {
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int days_of(int year, int month) {
    static const uint8_t days[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 1 && is_leap(year) ? 29 : days[month];
}

/* Year by year from 1968, the first of the times there can be: 136 turns at most. */
void sntp_text(int64_t ms, char text[SNTP_TEXT_SIZE]) {
    const int64_t since_1968 = ms + (int64_t)(365 + 366) * 86400000;
    int day = (int)(since_1968 / 86400000);
    const unsigned of_day = (unsigned)(since_1968 % 86400000);
    int year = 1968, month = 0;
    while (day >= 365 + is_leap(year)) {
        day -= 365 + is_leap(year++);
    }
    while (day >= days_of(year, month)) {
        day -= days_of(year, month++);
    }
    snprintf(text, SNTP_TEXT_SIZE, "%04d-%02d-%02d %02u:%02u:%02u.%03u UTC", year, month + 1,
             day + 1, of_day / 3600000, of_day / 60000 % 60, of_day / 1000 % 60, of_day % 1000);
}
