/*
 * w5100_errno.h - the core's error numbers as the C library's own.
 *
 * The core's W5100_E... have Linux's numbers everywhere. A C library has its own: newlib's EISCONN
 * is 127, where Linux has 106. Opt-in and header-only; w5100_bsd.h is built on it. Nothing here
 * blocks.
 */
#ifndef W5100_ERRNO_H
#define W5100_ERRNO_H

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "w5100.h"

#ifdef __cplusplus
extern "C" {
#endif

/** The C library's number for a core error (W5100_E..., positive). EIO for one it does not know. */
static inline int w5100_to_errno(int32_t error) {
    switch (error) {
#define W5100_ERRNO_CASE(name)                                                                     \
    case W5100_##name:                                                                             \
        return name
        W5100_ERRNO_CASE(EINTR);
        W5100_ERRNO_CASE(EBADF);
        W5100_ERRNO_CASE(EAGAIN);
        W5100_ERRNO_CASE(EACCES);
        W5100_ERRNO_CASE(EFAULT);
        W5100_ERRNO_CASE(EBUSY);
        W5100_ERRNO_CASE(EINVAL);
        W5100_ERRNO_CASE(EMFILE);
        W5100_ERRNO_CASE(ENOTTY);
        W5100_ERRNO_CASE(EPIPE);
        W5100_ERRNO_CASE(EDOM);
        W5100_ERRNO_CASE(EDESTADDRREQ);
        W5100_ERRNO_CASE(EMSGSIZE);
        W5100_ERRNO_CASE(EPROTOTYPE);
        W5100_ERRNO_CASE(ENOPROTOOPT);
        W5100_ERRNO_CASE(EPROTONOSUPPORT);
#ifdef ESOCKTNOSUPPORT
        W5100_ERRNO_CASE(ESOCKTNOSUPPORT);
#else
    case W5100_ESOCKTNOSUPPORT:
        return EPROTONOSUPPORT;
#endif
        W5100_ERRNO_CASE(EOPNOTSUPP);
        W5100_ERRNO_CASE(EAFNOSUPPORT);
        W5100_ERRNO_CASE(EADDRINUSE);
        W5100_ERRNO_CASE(EADDRNOTAVAIL);
        W5100_ERRNO_CASE(ENETDOWN);
        W5100_ERRNO_CASE(ENETUNREACH);
        W5100_ERRNO_CASE(ENETRESET);
        W5100_ERRNO_CASE(ECONNABORTED);
        W5100_ERRNO_CASE(ECONNRESET);
        W5100_ERRNO_CASE(ENOBUFS);
        W5100_ERRNO_CASE(EISCONN);
        W5100_ERRNO_CASE(ENOTCONN);
#ifdef ESHUTDOWN
        W5100_ERRNO_CASE(ESHUTDOWN);
#else
    case W5100_ESHUTDOWN:
        return EPIPE;
#endif
        W5100_ERRNO_CASE(ETIMEDOUT);
        W5100_ERRNO_CASE(ECONNREFUSED);
        W5100_ERRNO_CASE(EHOSTUNREACH);
        W5100_ERRNO_CASE(EALREADY);
        W5100_ERRNO_CASE(EINPROGRESS);
    /* POSIX has none for names: "No such device or address", "Host is down". */
    case W5100_EHOSTNOTFOUND:
        return ENXIO;
    case W5100_ENAMESERVER:
#ifdef EHOSTDOWN
        return EHOSTDOWN;
#else
        return EHOSTUNREACH;
#endif
#undef W5100_ERRNO_CASE
    default:
        return EIO;
    }
}

/** Set errno: the C library's, and the one that the port of a device that is enabled tells of, if
    that is another. The second alone would miss what fails before WIZnet_Enable(). */
static inline void w5100_errno_set(int error) {
    /* By bytes: int32_t is `long` on some targets, and errno is an int. */
    memcpy(w5100_errno_location(), &error, sizeof error);
    errno = error;
}

/** A core result as a C library gives it: -1 for a negative error, with its number in errno; others
    as they are, and errno is left alone. */
static inline int w5100_errno_result(int32_t result) {
    if (result < 0) {
        w5100_errno_set(w5100_to_errno(-result));
        return -1;
    }
    return (int)result;
}

#ifdef __cplusplus
}
#endif

#endif /* W5100_ERRNO_H */
