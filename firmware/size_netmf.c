/*
 * size_netmf.c - the socket layer of NETMF-style runtimes, every function of it, as the glue in
 * bindings/netmf/native calls it.
 *
 * It is linked and measured, never run. See README.md.
 */
#include "size.h"
#include "w5100_netmf.h"

typedef void (*function)(void);

/* volatile: the compiler must keep every entry, and the linker what it points to. */
static const volatile function every_function[] = {
    (function)w5100_interrupt,
    (function)w5100_network_events,
    (function)w5100_reserve_socket,
    (function)w5100_netmf_sock_getlasterror,
    (function)w5100_netmf_uninitialize,
    (function)w5100_netmf_initialize,
    (function)w5100_netmf_service,
    (function)w5100_netmf_sock_socket,
    (function)w5100_netmf_sock_bind,
    (function)w5100_netmf_sock_select,
    (function)w5100_netmf_sock_connect,
    (function)w5100_netmf_sock_listen,
    (function)w5100_netmf_sock_accept,
    (function)w5100_netmf_sock_shutdown,
    (function)w5100_netmf_sock_close,
    (function)w5100_netmf_sock_send,
    (function)w5100_netmf_sock_recv,
    (function)w5100_netmf_sock_sendto,
    (function)w5100_netmf_sock_recvfrom,
    (function)w5100_netmf_sock_ioctl,
    (function)w5100_netmf_sock_setsockopt,
    (function)w5100_netmf_sock_getsockopt,
    (function)w5100_netmf_sock_getpeername,
    (function)w5100_netmf_sock_getsockname,
    (function)w5100_netmf_sock_freeaddrinfo,
    (function)w5100_netmf_sock_getaddrinfo,
    (function)w5100_netmf_sock_getaddrinfo_nf,
    (function)w5100_netmf_sock_getsocklasterror,
    (function)w5100_netmf_adapter_count,
    (function)w5100_netmf_adapter_load,
    (function)w5100_netmf_adapter_update,
};

void start(void) {
    size_result = WIZnet_Enable(&size_port, &size_config);
    for (size_t i = 0; i < sizeof every_function / sizeof *every_function; i++) {
        every_function[i]();
    }
    for (;;) {
    }
}
