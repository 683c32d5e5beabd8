/* Names of error numbers, from POSIX and from Winsock's documents and not from the library. */
#include <errno.h>

#include "suite.h"

typedef struct {
    int number;
    const char *name;
} name;

#if defined VIEW_WINSOCK
static const name names[] = {
    {10004, "EINTR"},        {10009, "EBADF"},           {10013, "EACCES"},
    {10014, "EFAULT"},       {10022, "EINVAL"},          {10024, "EMFILE"},
    {10035, "EAGAIN"}, /* WSAEWOULDBLOCK: one error with two names elsewhere */
    {10036, "EINPROGRESS"},  {10037, "EALREADY"},        {10038, "ENOTSOCK"},
    {10039, "EDESTADDRREQ"}, {10040, "EMSGSIZE"},        {10041, "EPROTOTYPE"},
    {10042, "ENOPROTOOPT"},  {10043, "EPROTONOSUPPORT"}, {10044, "ESOCKTNOSUPPORT"},
    {10045, "EOPNOTSUPP"},   {10046, "EPFNOSUPPORT"},    {10047, "EAFNOSUPPORT"},
    {10048, "EADDRINUSE"},   {10049, "EADDRNOTAVAIL"},   {10050, "ENETDOWN"},
    {10051, "ENETUNREACH"},  {10052, "ENETRESET"},       {10053, "ECONNABORTED"},
    {10054, "ECONNRESET"},   {10055, "ENOBUFS"},         {10056, "EISCONN"},
    {10057, "ENOTCONN"},     {10058, "ESHUTDOWN"},       {10060, "ETIMEDOUT"},
    {10061, "ECONNREFUSED"}, {10064, "EHOSTDOWN"},       {10065, "EHOSTUNREACH"},
    {10091, "SYSNOTREADY"},  {10093, "NOTINITIALISED"},
};
#else
/* The core has Linux's numbers. */
#define POSIX(error)                                                                               \
    { error, #error }
static const name names[] = {
    POSIX(EINTR),       POSIX(EIO),          POSIX(EBADF),           POSIX(EAGAIN),
    POSIX(EACCES),      POSIX(EFAULT),       POSIX(EINVAL),          POSIX(EMFILE),
    POSIX(ENFILE),      POSIX(EBUSY),        POSIX(ENOTTY),          POSIX(EPIPE),
    POSIX(EDOM),        POSIX(EDESTADDRREQ), POSIX(EMSGSIZE),        POSIX(EPROTOTYPE),
    POSIX(ENOPROTOOPT), POSIX(ENOTSOCK),     POSIX(EPROTONOSUPPORT), POSIX(ESOCKTNOSUPPORT),
    POSIX(EOPNOTSUPP),  POSIX(EAFNOSUPPORT), POSIX(EADDRINUSE),      POSIX(EADDRNOTAVAIL),
    POSIX(ENETDOWN),    POSIX(ENETUNREACH),  POSIX(ENETRESET),       POSIX(ECONNABORTED),
    POSIX(ECONNRESET),  POSIX(ENOBUFS),      POSIX(EISCONN),         POSIX(ENOTCONN),
    POSIX(ESHUTDOWN),   POSIX(ETIMEDOUT),    POSIX(ECONNREFUSED),    POSIX(EHOSTUNREACH),
    POSIX(EALREADY),    POSIX(EINPROGRESS),  POSIX(EPERM),
};
#endif

const char *v_error_name(int error) {
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (names[i].number == error) {
            return names[i].name;
        }
    }
    return "unknown";
}
