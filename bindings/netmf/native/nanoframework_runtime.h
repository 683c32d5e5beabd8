/*
 * nanoframework_runtime.h - as much of .NET nanoFramework's own declarations as nanoframework.cpp
 * needs.
 *
 * In a port W5100_NANOFRAMEWORK_HEADERS is defined as the runtime's headers in one, and nothing of
 * this is seen. Without it these stand in, so that the glue can be compiled and its symbols looked
 * at.
 */
#ifndef NANOFRAMEWORK_RUNTIME_H
#define NANOFRAMEWORK_RUNTIME_H

#ifdef W5100_NANOFRAMEWORK_HEADERS
#include W5100_NANOFRAMEWORK_HEADERS
#else

#include <stddef.h>
#include <stdint.h>

typedef int HRESULT;

#define S_OK 0
#define CLR_E_FAIL ((HRESULT)0xFF000000)
#define SYSTEM_EVENT_FLAG_SOCKET 0x00004000

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

enum AddressMode { AddressMode_Invalid, AddressMode_Static, AddressMode_DHCP };
enum DeviceConfigurationOption { DeviceConfigurationOption_Network = 1 };
enum NetworkChange_NetworkEventType { NetworkChange_NetworkEventType_AddressChanged = 2 };

struct HAL_Configuration_NetworkInterface {
    uint8_t MacAddress[6];
    uint32_t IPv4Address, IPv4NetMask, IPv4GatewayAddress, IPv4DNSAddress1, IPv4DNSAddress2;
    AddressMode StartupAddressMode;
    uint8_t AutomaticDNS;
};

bool ConfigurationManager_GetConfigurationBlock(void *block, DeviceConfigurationOption option,
                                                uint32_t index);
void Events_Set(uint32_t events);
void Network_PostEvent(unsigned int type, unsigned int flags, unsigned int index);

bool HAL_SOCK_Initialize();
bool HAL_SOCK_Uninitialize();
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
int HAL_SOCK_getsocklasterror(int socket);
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
HRESULT HAL_SOCK_CONFIGURATION_LoadAdapterConfiguration(HAL_Configuration_NetworkInterface *config,
                                                        uint32_t index);
HRESULT
HAL_SOCK_CONFIGURATION_UpdateAdapterConfiguration(HAL_Configuration_NetworkInterface *config,
                                                  uint32_t index, uint32_t flags);
HRESULT HAL_SOCK_CONFIGURATION_Link_status(uint32_t index, bool *status);
void *HAL_SOCK_GlobalLockContext();
void HAL_SOCK_EventsSet(uint32_t events);
void HAL_SOCK_SetInterfaceNumber(uint32_t index, uint32_t number);
bool Network_Interface_Bind(int index);
int Network_Interface_Open(int index);
bool Network_Interface_Close(int index);

#endif
#endif /* NANOFRAMEWORK_RUNTIME_H */
