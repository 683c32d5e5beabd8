/*
 * size_full.c - a program that uses every function of the library: its upper limit.
 *
 * It is linked and measured, never run. See README.md.
 */
#include "size.h"

typedef void (*function)(void);

/* volatile: the compiler must keep every entry, and the linker what it points to. */
static const volatile function every_function[] = {
    (function)WIZnet_Enable,
    (function)WIZnet_Disable,
    (function)w5100_get_config,
    (function)w5100_set_config,
    (function)w5100_interrupt,
    (function)w5100_service,
    (function)w5100_notified,
    (function)w5100_counters_get,
    (function)w5100_info_get,
    (function)w5100_errno_location,
    (function)w5100_strerror,
    (function)w5100_error_name,
    (function)w5100_state_name,
    (function)w5100_version,
    (function)w5100_version_number,
    (function)w5100_socket,
    (function)w5100_socket_on,
    (function)w5100_bind,
    (function)w5100_listen,
    (function)w5100_accept,
    (function)w5100_connect,
    (function)w5100_send,
    (function)w5100_recv,
    (function)w5100_sendto,
    (function)w5100_recvfrom,
    (function)w5100_shutdown,
    (function)w5100_close,
    (function)w5100_poll,
    (function)w5100_getsockname,
    (function)w5100_getpeername,
    (function)w5100_setsockopt,
    (function)w5100_getsockopt,
    (function)w5100_ioctl,
    (function)w5100_outstanding,
    (function)w5100_is_connected,
    (function)w5100_state,
    (function)w5100_set_memory,
    (function)w5100_wake_new,
    (function)w5100_wake,
    (function)w5100_wake_clear,
    (function)w5100_event_select,
    (function)w5100_dispatch,
    (function)w5100_network_watch,
    (function)w5100_network_events,
    (function)w5100_info_look,
    (function)w5100_hardware_get,
    (function)w5100_role_name,
#ifndef SIZE_WITHOUT_SERVICES
    (function)w5100_dhcp_start,
    (function)w5100_dhcp_get,
    (function)w5100_dhcp_wait,
    (function)w5100_resolve,
#ifndef SIZE_BASIC_SERVICES
    (function)w5100_reserve_socket,
    (function)w5100_dhcp_stop,
    (function)w5100_dhcp_release,
    (function)w5100_dhcp_renew,
    (function)w5100_dhcp_state_name,
    (function)w5100_dns_set,
    (function)w5100_resolve_async,
    (function)w5100_resolve_cancel,
    (function)w5100_exchange,
#endif
#endif
};

static const volatile function winsock[] = {
    (function)w5100_wsa_startup,        (function)w5100_wsa_cleanup,
    (function)w5100_wsa_started,        (function)w5100_wsa_last_error,
    (function)w5100_wsa_set_last_error, (function)w5100_wsa_error,
    (function)w5100_wsa_result,         (function)w5100_wsa_strerror,
    (function)w5100_wsa_error_name,     (function)w5100_wsa_async_select,
};

static void call(const volatile function *functions, unsigned count) {
    while (count-- > 0) {
        functions[count]();
    }
}

void start(void) {
    size_result = WIZnet_Enable(&size_port, &size_config);
    call(every_function, sizeof every_function / sizeof every_function[0]);
    call(winsock, sizeof winsock / sizeof winsock[0]);
    for (;;) {
    }
}
