/*
 * netmf_runtime.h - as much of the .NET Micro Framework's own declarations as netmf.cpp needs.
 *
 * In a port W5100_NETMF_HEADERS is defined as the framework's header, "tinyhal.h", and nothing of
 * this is seen. Without it these stand in, so that the glue can be compiled and its symbols looked
 * at.
 */
#ifndef NETMF_RUNTIME_H
#define NETMF_RUNTIME_H

#ifdef W5100_NETMF_HEADERS
#include W5100_NETMF_HEADERS
#else

#include <stddef.h>

typedef unsigned int UINT32;
typedef unsigned long long UINT64;
typedef unsigned int BOOL;
typedef int INT32;
typedef int HRESULT;

#define TRUE 1
#define FALSE 0
#define S_OK 0
#define CLR_E_FAIL ((HRESULT)0xFF000000)
#define SYSTEM_EVENT_FLAG_SOCKET 0x00004000
#define NETWORK_EVENT_TYPE_AVAILABILITY 1
#define NETWORK_EVENT_TYPE_ADDRESS_CHANGED 2
#define NETWORK_INTERFACE_COUNT 1

struct SOCK_sockaddr {
    unsigned short sa_family;
    char sa_data[14];
};

struct SOCK_fd_set {
    unsigned int fd_count;
    int fd_array[256];
};

struct SOCK_timeval {
    long tv_sec, tv_usec;
};

struct SOCK_addrinfo {
    int ai_flags, ai_family, ai_socktype, ai_protocol;
    size_t ai_addrlen;
    char *ai_canonname;
    SOCK_sockaddr *ai_addr;
    SOCK_addrinfo *ai_next;
};

struct SOCK_NetworkConfiguration {
    UINT32 flags, ipaddr, subnetmask, gateway, dnsServer1, dnsServer2, networkInterfaceType;
    UINT32 macAddressLen;
    unsigned char macAddressBuffer[64];
};

struct SOCK_WirelessConfiguration;

struct NETWORK_CONFIG {
    UINT32 Enable;
    INT32 NetworkInterfaceCount;
    SOCK_NetworkConfiguration NetworkInterfaces[NETWORK_INTERFACE_COUNT];
};

struct HAL_CONFIG_BLOCK {
    static BOOL ApplyConfig(const char *name, void *address, size_t length);
};

typedef void (*HAL_CALLBACK_FPN)(void *argument);

struct HAL_COMPLETION {
    void InitializeForUserMode(HAL_CALLBACK_FPN entry, void *argument);
    void EnqueueDelta64(UINT64 microseconds);
    void Abort();
};

/* Interrupts are off for as long as it lives; it may be nested. */
struct SmartPtr_IRQ {
    SmartPtr_IRQ(void *context = 0);
    ~SmartPtr_IRQ();
};
#define GLOBAL_LOCK(x) SmartPtr_IRQ x

void Events_Set(UINT32 events);
void Network_PostEvent(unsigned int type, unsigned int flags);

BOOL HAL_SOCK_Initialize();
BOOL HAL_SOCK_Uninitialize();
void HAL_SOCK_SignalSocketThread();
int HAL_SOCK_socket(int family, int type, int protocol);
int HAL_SOCK_bind(int socket, const SOCK_sockaddr *address, int length);
int HAL_SOCK_connect(int socket, const SOCK_sockaddr *address, int length);
int HAL_SOCK_send(int socket, const char *data, int length, int flags);
int HAL_SOCK_recv(int socket, char *data, int length, int flags);
int HAL_SOCK_close(int socket);
int HAL_SOCK_listen(int socket, int backlog);
int HAL_SOCK_accept(int socket, SOCK_sockaddr *address, int *length);
int HAL_SOCK_shutdown(int socket, int how);
int HAL_SOCK_getaddrinfo(const char *node, char *service, const SOCK_addrinfo *hints,
                         SOCK_addrinfo **results);
void HAL_SOCK_freeaddrinfo(SOCK_addrinfo *results);
int HAL_SOCK_ioctl(int socket, int command, int *data);
int HAL_SOCK_getlasterror();
int HAL_SOCK_select(int count, SOCK_fd_set *read, SOCK_fd_set *write, SOCK_fd_set *except,
                    const SOCK_timeval *timeout);
int HAL_SOCK_setsockopt(int socket, int level, int name, const char *value, int length);
int HAL_SOCK_getsockopt(int socket, int level, int name, char *value, int *length);
int HAL_SOCK_getpeername(int socket, SOCK_sockaddr *address, int *length);
int HAL_SOCK_getsockname(int socket, SOCK_sockaddr *address, int *length);
int HAL_SOCK_recvfrom(int socket, char *data, int length, int flags, SOCK_sockaddr *address,
                      int *address_length);
int HAL_SOCK_sendto(int socket, const char *data, int length, int flags,
                    const SOCK_sockaddr *address, int address_length);
UINT32 HAL_SOCK_CONFIGURATION_GetAdapterCount();
HRESULT HAL_SOCK_CONFIGURATION_LoadAdapterConfiguration(UINT32 index,
                                                        SOCK_NetworkConfiguration *configuration);
HRESULT HAL_SOCK_CONFIGURATION_UpdateAdapterConfiguration(UINT32 index, UINT32 flags,
                                                          SOCK_NetworkConfiguration *configuration);
HRESULT HAL_SOCK_CONFIGURATION_LoadWirelessConfiguration(UINT32 index,
                                                         SOCK_WirelessConfiguration *configuration);
void *HAL_SOCK_GlobalLockContext();
void HAL_SOCK_EventsSet(UINT32 events);
BOOL Network_Interface_Bind(int index);
int Network_Interface_Open(int index);
BOOL Network_Interface_Close(int index);

#endif
#endif /* NETMF_RUNTIME_H */
