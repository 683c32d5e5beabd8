/*
 * nanoframework.cpp - .NET nanoFramework's HAL_SOCK_... and Network_Interface_..., which are C++
 * functions, on w5100_netmf.h. docs/NETMF.md tells how a port builds and links it.
 */
#include "nanoframework_runtime.h"

#include <string.h>

#include "w5100_board.h"
#include "w5100_cast.h"

#include "hal_sock.inc"

/** What the port's timer does, as it likes to have it: calls W5100_Board_Serve() in `ms`. Called in
    tasks, and by w5100_interrupt(). */
void W5100_Board_Schedule(uint32_t ms);
void W5100_Board_Serve();

static bool is_open;

static HRESULT result(int32_t outcome) {
    return outcome == 0 ? S_OK : CLR_E_FAIL;
}

static w5100_netmf_configuration to_ours(const HAL_Configuration_NetworkInterface &theirs) {
    w5100_netmf_configuration ours = {};
    ours.flags = (theirs.StartupAddressMode == AddressMode_DHCP ? W5100_NETMF_DHCP : 0) |
                 (theirs.AutomaticDNS != 0 ? W5100_NETMF_DYNAMIC_DNS : 0);
    ours.ipaddr = theirs.IPv4Address;
    ours.subnetmask = theirs.IPv4NetMask;
    ours.gateway = theirs.IPv4GatewayAddress;
    ours.dnsServer1 = theirs.IPv4DNSAddress1;
    ours.dnsServer2 = theirs.IPv4DNSAddress2;
    ours.macAddressLen = sizeof theirs.MacAddress;
    memcpy(ours.macAddressBuffer, theirs.MacAddress, sizeof theirs.MacAddress);
    return ours;
}

static void to_theirs(const w5100_netmf_configuration &ours,
                      HAL_Configuration_NetworkInterface *theirs) {
    theirs->StartupAddressMode =
        (ours.flags & W5100_NETMF_DHCP) != 0 ? AddressMode_DHCP : AddressMode_Static;
    theirs->AutomaticDNS = (ours.flags & W5100_NETMF_DYNAMIC_DNS) != 0;
    theirs->IPv4Address = ours.ipaddr;
    theirs->IPv4NetMask = ours.subnetmask;
    theirs->IPv4GatewayAddress = ours.gateway;
    theirs->IPv4DNSAddress1 = ours.dnsServer1;
    theirs->IPv4DNSAddress2 = ours.dnsServer2;
    memcpy(theirs->MacAddress, ours.macAddressBuffer, sizeof theirs->MacAddress);
}

static void socket_event(void *) {
    Events_Set(SYSTEM_EVENT_FLAG_SOCKET);
}

static void schedule(void *, uint32_t ms) {
    W5100_Board_Schedule(ms);
}

void W5100_Board_Serve() {
    uint32_t events = 0;
    W5100_Board_Schedule(w5100_netmf_service());
    if (w5100_network_events(0, &events) == 0 &&
        (events & (W5100_NETWORK_BOUND | W5100_NETWORK_LOST)) != 0) {
        Network_PostEvent(NetworkChange_NetworkEventType_AddressChanged, 0, 0);
    }
}

static const w5100_netmf_hooks hooks = {sizeof hooks, socket_event, schedule, 0};

bool HAL_SOCK_Initialize() {
    HAL_Configuration_NetworkInterface config;
    if (!is_open &&
        ConfigurationManager_GetConfigurationBlock(&config, DeviceConfigurationOption_Network, 0)) {
        const w5100_netmf_configuration ours = to_ours(config);
        is_open = w5100_netmf_initialize(W5100_Board_Port(), &ours, &hooks) == 0;
    }
    return is_open;
}

bool HAL_SOCK_Uninitialize() {
    w5100_netmf_uninitialize();
    is_open = false;
    return true;
}

HRESULT HAL_SOCK_CONFIGURATION_LoadAdapterConfiguration(HAL_Configuration_NetworkInterface *config,
                                                        uint32_t index) {
    w5100_netmf_configuration now;
    const int32_t outcome = w5100_netmf_adapter_load(index, &now);
    if (outcome == 0) {
        to_theirs(now, config);
    }
    return result(outcome);
}

HRESULT
HAL_SOCK_CONFIGURATION_UpdateAdapterConfiguration(HAL_Configuration_NetworkInterface *config,
                                                  uint32_t index, uint32_t flags) {
    const w5100_netmf_configuration ours = to_ours(*config);
    return result(w5100_netmf_adapter_update(index, flags, &ours));
}

/* The chip does not tell of its link. */
HRESULT HAL_SOCK_CONFIGURATION_Link_status(uint32_t index, bool *status) {
    *status = index == 0 && is_open;
    return S_OK;
}

// clang-format off
int HAL_SOCK_getaddrinfo(const char *node, char *service, const SOCK_addrinfo *hints, SOCK_addrinfo **results) { return w5100_netmf_sock_getaddrinfo_nf(node, service, w5100::ours(hints), w5100::ours(results)); }
int HAL_SOCK_getsocklasterror(int fd) { return w5100_netmf_sock_getsocklasterror(fd); }
void HAL_SOCK_SignalSocketThread() { socket_event(0); }
void HAL_SOCK_EventsSet(uint32_t) { socket_event(0); }
void HAL_SOCK_SetInterfaceNumber(uint32_t, uint32_t) {}
bool Network_Interface_Bind(int index) { return index == 0; }
int Network_Interface_Open(int index) { return index == 0 && HAL_SOCK_Initialize() ? 0 : -1; }
bool Network_Interface_Close(int index) { return index == 0 && HAL_SOCK_Uninitialize(); }
// clang-format on
