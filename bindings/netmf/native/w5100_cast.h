/*
 * w5100_cast.h - the runtime's structs are the layer's, by layout: no more than a change of name.
 * Included by the glue after the runtime's declarations.
 */
#ifndef W5100_CAST_H
#define W5100_CAST_H

#include "w5100_netmf.h"

#define W5100_SAME_SIZE(theirs, ours) static_assert(sizeof(theirs) == sizeof(ours), #theirs)

W5100_SAME_SIZE(int, int32_t);
W5100_SAME_SIZE(SOCK_sockaddr, w5100_netmf_sockaddr);
W5100_SAME_SIZE(SOCK_fd_set, w5100_netmf_fd_set);
W5100_SAME_SIZE(SOCK_timeval, w5100_netmf_timeval);
W5100_SAME_SIZE(SOCK_addrinfo, w5100_netmf_addrinfo);

namespace w5100 {

inline const w5100_netmf_sockaddr *ours(const SOCK_sockaddr *theirs) {
    return reinterpret_cast<const w5100_netmf_sockaddr *>(theirs);
}
inline w5100_netmf_sockaddr *ours(SOCK_sockaddr *theirs) {
    return reinterpret_cast<w5100_netmf_sockaddr *>(theirs);
}
inline w5100_netmf_fd_set *ours(SOCK_fd_set *theirs) {
    return reinterpret_cast<w5100_netmf_fd_set *>(theirs);
}
inline const w5100_netmf_timeval *ours(const SOCK_timeval *theirs) {
    return reinterpret_cast<const w5100_netmf_timeval *>(theirs);
}
inline const w5100_netmf_addrinfo *ours(const SOCK_addrinfo *theirs) {
    return reinterpret_cast<const w5100_netmf_addrinfo *>(theirs);
}
inline w5100_netmf_addrinfo *ours(SOCK_addrinfo *theirs) {
    return reinterpret_cast<w5100_netmf_addrinfo *>(theirs);
}
inline w5100_netmf_addrinfo **ours(SOCK_addrinfo **theirs) {
    return reinterpret_cast<w5100_netmf_addrinfo **>(theirs);
}
/* On Arm an int32_t is a long. */
inline int32_t *ours(int *theirs) {
    return reinterpret_cast<int32_t *>(theirs);
}

} /* namespace w5100 */

#endif /* W5100_CAST_H */
