/* selftest_winsock.h - the part of the self-test that speaks Winsock. */
#ifndef SELFTEST_WINSOCK_H
#define SELFTEST_WINSOCK_H

/** Run it on the enabled device, whose chip is the stub: the first check that does not hold, or
    NULL. Leaves Winsock ended and all sockets closed. */
const char *selftest_winsock(void);

#endif /* SELFTEST_WINSOCK_H */
