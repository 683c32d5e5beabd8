/* The configuration of an adapter, as a managed NetworkInterface loads and updates it. */
#include <string.h>

#include "dhcp_server.h"
#include "interpreter.h"

#define INVALID 10022
#define FAULT 10014

static w5100_netmf_configuration now;

static void check_address(uint32_t word, uint8_t last) {
    const uint8_t expected[4] = NETWORK(last);
    CHECK(memcmp(&word, expected, 4) == 0);
}

static uint32_t address(uint8_t last) {
    const uint8_t bytes[4] = NETWORK(last);
    uint32_t word;
    memcpy(&word, bytes, 4);
    return word;
}

static void load(void) {
    memset(&now, 0xAA, sizeof now);
    CHECK_EQ(w5100_netmf_adapter_load(0, &now), 0);
}

static void start_with_dhcp(void) {
    w5100_netmf_configuration configuration = interpreter_configuration();
    configuration.flags = W5100_NETMF_DHCP | W5100_NETMF_DYNAMIC_DNS;
    interpreter_start_with(false, &configuration);
    server.leased = LEASED_IP;
    CHECK_EQ(w5100_sim_peer_udp_bind(wire_peer(), 67, false), 0);
    load();
    CHECK_EQ(now.ipaddr, 0); /* what the configuration says is not its own yet */
    interpreter.events = 0;
    pass(1000);
    HEARD(DISCOVER, REQUEST);
}

CASE(netmf_adapter_a_fixed_address_is_loaded_as_it_was_given) {
    w5100_netmf_configuration configuration = interpreter_configuration();
    configuration.dnsServer1 = address(3);
    configuration.dnsServer2 = address(4);
    interpreter_start_with(false, &configuration);
    load();
    configuration.networkInterfaceType = 6;
    CHECK(memcmp(&now, &configuration, sizeof now) == 0);
    CHECK(w5100_netmf_adapter_count() >= 1);
}

CASE(netmf_adapter_a_lease_is_loaded_and_told) {
    uint32_t events = 0;
    start_with_dhcp();
    load();
    CHECK_EQ(now.flags, W5100_NETMF_DHCP | W5100_NETMF_DYNAMIC_DNS);
    check_address(now.ipaddr, LEASED_IP);
    check_address(now.gateway, 1);
    check_address(now.dnsServer1, 3);
    check_address(now.dnsServer2, 4);
    CHECK(interpreter.events > 0);
    CHECK_EQ(w5100_network_events(0, &events), 0);
    CHECK_EQ(events, W5100_NETWORK_BOUND);
}

CASE(netmf_adapter_renew_and_release_as_the_managed_side_asks_for_them) {
    start_with_dhcp();
    load();
    const w5100_netmf_configuration lease = now;
    /* RenewDhcpLease passes both: it renews. */
    CHECK_EQ(w5100_netmf_adapter_update(0, W5100_NETMF_UPDATE_RENEW | W5100_NETMF_UPDATE_RELEASE,
                                        &lease),
             0);
    /* Again, while it is on its way. */
    CHECK_EQ(w5100_netmf_adapter_update(0, W5100_NETMF_UPDATE_RENEW, &lease), 0);
    pass(100);
    HEARD(REQUEST);
    CHECK_EQ(own_ip(), LEASED_IP);
    CHECK_EQ(w5100_netmf_adapter_update(0, W5100_NETMF_UPDATE_RELEASE, &lease), 0);
    pass(100);
    HEARD(RELEASE);
    CHECK_EQ(own_ip(), 0);
    /* Renewed after it was given back: another one. */
    CHECK_EQ(w5100_netmf_adapter_update(0, W5100_NETMF_UPDATE_RENEW | W5100_NETMF_UPDATE_RELEASE,
                                        &lease),
             0);
    pass(1000);
    HEARD(DISCOVER, REQUEST);
    CHECK_EQ(own_ip(), LEASED_IP);
}

CASE(netmf_adapter_from_dhcp_to_a_fixed_address_and_back) {
    start_with_dhcp();
    load();
    now.flags = 0;
    now.ipaddr = address(77);
    now.gateway = address(9);
    CHECK_EQ(w5100_netmf_adapter_update(0, W5100_NETMF_UPDATE_DHCP, &now), 0);
    CHECK_EQ(own_ip(), 77);
    load();
    CHECK_EQ(now.flags, 0);
    check_address(now.gateway, 9);
    check_address(now.dnsServer1, 3); /* it was not asked to change */
    pass(1000);
    CHECK_EQ(server.count, 0);
    CHECK_EQ(wire_free_sockets(0), 4);
    now.flags = W5100_NETMF_DHCP;
    CHECK_EQ(w5100_netmf_adapter_update(0, W5100_NETMF_UPDATE_DHCP, &now), 0);
    CHECK_EQ(w5100_netmf_adapter_update(0, W5100_NETMF_UPDATE_DHCP, &now), 0); /* it is on */
    pass(1000);
    HEARD(DISCOVER, REQUEST);
    CHECK_EQ(own_ip(), LEASED_IP);
}

CASE(netmf_adapter_name_servers_and_mac) {
    interpreter_start(false);
    load();
    now.dnsServer1 = address(33);
    now.dnsServer2 = address(34);
    now.macAddressBuffer[5] = 0x77;
    CHECK_EQ(w5100_netmf_adapter_update(0, W5100_NETMF_UPDATE_DNS, &now), 0);
    load();
    check_address(now.dnsServer1, 33);
    check_address(now.dnsServer2, 34);
    CHECK_EQ(now.macAddressBuffer[5], 1); /* of that nothing was said */
    now.macAddressBuffer[5] = 0x77;
    CHECK_EQ(w5100_netmf_adapter_update(0, W5100_NETMF_UPDATE_MAC, &now), 0);
    load();
    CHECK_EQ(now.macAddressBuffer[5], 0x77);
    CHECK_EQ(w5100_sim_peek(wire_chip(0), 0x000E), 0x77);
    /* Name servers that come by DHCP are left alone. */
    now.flags = W5100_NETMF_DYNAMIC_DNS;
    now.dnsServer1 = address(99);
    CHECK_EQ(w5100_netmf_adapter_update(0, W5100_NETMF_UPDATE_DNS, &now), 0);
    load();
    check_address(now.dnsServer1, 33);
}

CASE(netmf_adapter_misuse_changes_nothing) {
    interpreter_start(false);
    load();
    const w5100_netmf_configuration before = now;
    CHECK_CODE(w5100_netmf_adapter_load(0, NULL), FAULT);
    CHECK_CODE(w5100_netmf_adapter_load(w5100_netmf_adapter_count(), &now), INVALID);
    CHECK_CODE(w5100_netmf_adapter_load(0xFFFFFFFF, &now), INVALID);
    CHECK_CODE(w5100_netmf_adapter_update(0, W5100_NETMF_UPDATE_DHCP, NULL), FAULT);
    CHECK_CODE(w5100_netmf_adapter_update(0x80000000, W5100_NETMF_UPDATE_DHCP, &before), INVALID);
    now.macAddressLen = 8;
    CHECK_CODE(w5100_netmf_adapter_update(0, W5100_NETMF_UPDATE_MAC, &now), INVALID);
    now.macAddressLen = 6;
    memset(now.macAddressBuffer, 0, 6);
    CHECK_CODE(w5100_netmf_adapter_update(0, W5100_NETMF_UPDATE_MAC, &now), INVALID);
    CHECK_EQ(w5100_netmf_adapter_update(0, 0xFFFFFF00u, &now), 0);
    CHECK_EQ(w5100_netmf_adapter_update(0, W5100_NETMF_UPDATE_RELEASE, &now), 0);
    load();
    CHECK(memcmp(&now, &before, sizeof now) == 0);
}
