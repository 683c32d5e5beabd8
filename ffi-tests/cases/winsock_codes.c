/* Winsock's codes: names, numbers and texts, both ways. */
#include <string.h>

#include "check.h"
#include "w5100_winsock_errors.h"

struct row {
    const char *name; /* of Windows' headers */
    int number;       /* what the macro of that name is */
    int expected;     /* what it should be */
};

#define ROW(name, expected)                                                                        \
    { #name, name, expected }

/* In the order of the guide's appendix. Where it says "OS dependent", the number is Win32's. */
static const struct row rows[] = {
    ROW(WSAEACCES, 10013),
    ROW(WSAEADDRINUSE, 10048),
    ROW(WSAEADDRNOTAVAIL, 10049),
    ROW(WSAEAFNOSUPPORT, 10047),
    ROW(WSAEALREADY, 10037),
    ROW(WSAECONNABORTED, 10053),
    ROW(WSAECONNREFUSED, 10061),
    ROW(WSAECONNRESET, 10054),
    ROW(WSAEDESTADDRREQ, 10039),
    ROW(WSAEFAULT, 10014),
    ROW(WSAEHOSTDOWN, 10064),
    ROW(WSAEHOSTUNREACH, 10065),
    ROW(WSAEINPROGRESS, 10036),
    ROW(WSAEINTR, 10004),
    ROW(WSAEINVAL, 10022),
    ROW(WSAEISCONN, 10056),
    ROW(WSAEMFILE, 10024),
    ROW(WSAEMSGSIZE, 10040),
    ROW(WSAENETDOWN, 10050),
    ROW(WSAENETRESET, 10052),
    ROW(WSAENETUNREACH, 10051),
    ROW(WSAENOBUFS, 10055),
    ROW(WSAENOPROTOOPT, 10042),
    ROW(WSAENOTCONN, 10057),
    ROW(WSAENOTSOCK, 10038),
    ROW(WSAEOPNOTSUPP, 10045),
    ROW(WSAEPFNOSUPPORT, 10046),
    ROW(WSAEPROCLIM, 10067),
    ROW(WSAEPROTONOSUPPORT, 10043),
    ROW(WSAEPROTOTYPE, 10041),
    ROW(WSAESHUTDOWN, 10058),
    ROW(WSAESOCKTNOSUPPORT, 10044),
    ROW(WSAETIMEDOUT, 10060),
    ROW(WSATYPE_NOT_FOUND, 10109),
    ROW(WSAEWOULDBLOCK, 10035),
    ROW(WSAHOST_NOT_FOUND, 11001),
    ROW(WSA_INVALID_HANDLE, 6),
    ROW(WSA_INVALID_PARAMETER, 87),
    ROW(WSAEINVALIDPROCTABLE, 10104),
    ROW(WSAEINVALIDPROVIDER, 10105),
    ROW(WSA_IO_INCOMPLETE, 996),
    ROW(WSA_IO_PENDING, 997),
    ROW(WSA_NOT_ENOUGH_MEMORY, 8),
    ROW(WSANOTINITIALISED, 10093),
    ROW(WSANO_DATA, 11004),
    ROW(WSANO_RECOVERY, 11003),
    ROW(WSAEPROVIDERFAILEDINIT, 10106),
    ROW(WSASYSCALLFAILURE, 10107),
    ROW(WSASYSNOTREADY, 10091),
    ROW(WSATRY_AGAIN, 11002),
    ROW(WSAVERNOTSUPPORTED, 10092),
    ROW(WSAEDISCON, 10101),
    ROW(WSA_OPERATION_ABORTED, 995),
};
#define ROWS (sizeof rows / sizeof rows[0])

static bool is_known(int number) {
    for (size_t i = 0; i < ROWS; i++) {
        if (rows[i].expected == number) {
            return true;
        }
    }
    return false;
}

CASE(n12_every_code_of_the_guide_has_its_number) {
    CHECK_EQ(ROWS, 53); /* what the appendix lists */
    for (size_t i = 0; i < ROWS; i++) {
        CHECK_EQ(rows[i].number, rows[i].expected);
    }
}

CASE(n12_every_number_has_its_name_and_a_text_of_its_own) {
    for (size_t i = 0; i < ROWS; i++) {
        const char *text = w5100_wsa_strerror(rows[i].expected);
        CHECK(strcmp(w5100_wsa_error_name(rows[i].expected), rows[i].name) == 0);
        CHECK(strlen(text) >= 8);
        CHECK(strcmp(text, w5100_wsa_strerror(12345)) != 0);
        for (size_t k = 0; k < i; k++) {
            CHECK(strcmp(text, w5100_wsa_strerror(rows[k].expected)) != 0);
        }
    }
}

CASE(n12_an_unknown_code_still_has_a_text) {
    static const int unknown[] = {-1, 1, 10000, 10009, 10038 + 65536, INT32_MIN, INT32_MAX};
    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++) {
        CHECK(strlen(w5100_wsa_strerror(unknown[i])) > 0);
        CHECK(strcmp(w5100_wsa_error_name(unknown[i]), "UNKNOWN") == 0);
    }
    CHECK(strcmp(w5100_wsa_strerror(0), w5100_wsa_strerror(12345)) != 0);
}

/* The guide prints 10094 for WSAEDISCON; Windows has 10101. */
CASE(n12_wsaediscon_is_understood_by_both_its_numbers) {
    CHECK(strcmp(w5100_wsa_strerror(10094), w5100_wsa_strerror(WSAEDISCON)) == 0);
    CHECK(strcmp(w5100_wsa_error_name(10094), "WSAEDISCON") == 0);
}

CASE(n12_the_guides_own_spellings_are_known) {
    CHECK_EQ(WSAENOPROTOPT, 10042);
    CHECK_EQ(WSA_INVALIDPROCEDURE, 10104);
    CHECK_EQ(WSA_INVALIDPROVIDER, 10105);
    CHECK_EQ(WSAPROVIDERFAILEDINIT, 10106);
}

CASE(every_core_error_has_a_known_winsock_code) {
    int found = 0;
    for (int32_t error = 1; error < 300; error++) {
        if (w5100_error_name(error)[0] == 'E') {
            CHECK(is_known(w5100_wsa_error(error)));
            CHECK_EQ(w5100_wsa_error(-error), w5100_wsa_error(error));
            found++;
        }
    }
    CHECK(found >= 37);
    CHECK_EQ(w5100_wsa_error(0), 0);
    CHECK_EQ(w5100_wsa_error(150), WSAEINVAL);
    CHECK_EQ(w5100_wsa_error(INT32_MIN), WSAEINVAL);
}

/* Where the names differ by more than the prefix. */
CASE(core_errors_become_what_winsock_calls_them) {
    CHECK_EQ(w5100_wsa_error(W5100_EBADF), WSAENOTSOCK);
    CHECK_EQ(w5100_wsa_error(W5100_EPIPE), WSAESHUTDOWN);
    CHECK_EQ(w5100_wsa_error(W5100_EAGAIN), WSAEWOULDBLOCK);
    CHECK_EQ(w5100_wsa_error(W5100_ENOTTY), WSAEINVAL);
    CHECK_EQ(w5100_wsa_error(W5100_EDOM), WSAEINVAL);
    CHECK_EQ(w5100_wsa_error(W5100_EIO), WSAENETDOWN);
    CHECK_EQ(w5100_wsa_error(W5100_ECONNREFUSED), WSAECONNREFUSED);
    CHECK_EQ(w5100_wsa_error(W5100_EHOSTNOTFOUND), WSAHOST_NOT_FOUND);
    CHECK_EQ(w5100_wsa_error(W5100_ENAMESERVER), WSATRY_AGAIN);
}
