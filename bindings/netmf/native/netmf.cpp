/*
 * netmf.cpp - the .NET Micro Framework's HAL_SOCK_... and Network_Interface_..., which are C++
 * functions, on w5100_netmf.h. docs/NETMF.md tells how a port builds and links it.
 */
#include "netmf_runtime.h"

#include "w5100_board.h"
#include "w5100_cast.h"

#include "hal_sock.inc"

W5100_SAME_SIZE(SOCK_NetworkConfiguration, w5100_netmf_configuration);

static HAL_COMPLETION completion;
static NETWORK_CONFIG config; /* the HAL_CONFIG_BLOCK of the name NETWORK */
static bool is_open;

static w5100_netmf_configuration *ours(SOCK_NetworkConfiguration *theirs) {
    return reinterpret_cast<w5100_netmf_configuration *>(theirs);
}

static HRESULT result(int32_t outcome) {
    return outcome == 0 ? S_OK : CLR_E_FAIL;
}

static void socket_event(void *) {
    Events_Set(SYSTEM_EVENT_FLAG_SOCKET);
}

/* An interrupt may ask for it at any time, and the completion is in the list but once. */
static void schedule(void *, uint32_t ms) {
    GLOBAL_LOCK(irq);
    completion.Abort();
    completion.EnqueueDelta64(static_cast<UINT64>(ms) * 1000);
}

static void serve(void *) {
    uint32_t events = 0;
    schedule(0, w5100_netmf_service());
    if (w5100_network_events(0, &events) == 0 &&
        (events & (W5100_NETWORK_BOUND | W5100_NETWORK_LOST)) != 0) {
        Network_PostEvent(NETWORK_EVENT_TYPE_ADDRESS_CHANGED, 0);
    }
}

static const w5100_netmf_hooks hooks = {sizeof hooks, socket_event, schedule, 0};

BOOL HAL_SOCK_Initialize() {
    if (!is_open) {
        completion.InitializeForUserMode(serve, 0);
        is_open = HAL_CONFIG_BLOCK::ApplyConfig("NETWORK", &config, sizeof config) &&
                  w5100_netmf_initialize(W5100_Board_Port(), ours(&config.NetworkInterfaces[0]),
                                         &hooks) == 0;
    }
    return is_open ? TRUE : FALSE;
}

BOOL HAL_SOCK_Uninitialize() {
    completion.Abort();
    w5100_netmf_uninitialize();
    is_open = false;
    return TRUE;
}

void HAL_SOCK_SignalSocketThread() {
    socket_event(0);
}

void HAL_SOCK_EventsSet(UINT32) {
    socket_event(0);
}

// clang-format off
int HAL_SOCK_getaddrinfo(const char *node, char *service, const SOCK_addrinfo *hints, SOCK_addrinfo **results) { return w5100_netmf_sock_getaddrinfo(node, service, w5100::ours(hints), w5100::ours(results)); }
UINT32 HAL_SOCK_CONFIGURATION_GetAdapterCount() { return w5100_netmf_adapter_count(); }
HRESULT HAL_SOCK_CONFIGURATION_LoadAdapterConfiguration(UINT32 index, SOCK_NetworkConfiguration *configuration) { return result(w5100_netmf_adapter_load(index, ours(configuration))); }
HRESULT HAL_SOCK_CONFIGURATION_UpdateAdapterConfiguration(UINT32 index, UINT32 flags, SOCK_NetworkConfiguration *configuration) { return result(w5100_netmf_adapter_update(index, flags, ours(configuration))); }
HRESULT HAL_SOCK_CONFIGURATION_LoadWirelessConfiguration(UINT32, SOCK_WirelessConfiguration *) { return CLR_E_FAIL; }
BOOL Network_Interface_Bind(int index) { return index == 0 ? TRUE : FALSE; }
int Network_Interface_Open(int index) { return index == 0 && HAL_SOCK_Initialize() ? 0 : -1; }
BOOL Network_Interface_Close(int index) { return index == 0 ? HAL_SOCK_Uninitialize() : FALSE; }
// clang-format on
