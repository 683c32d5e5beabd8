#include "w5100_host.h"

#include <pthread.h>
#include <string.h>

#include "board.h"
#include "ports.h"

#define DEVICE 0
#define RESET_PATIENCE_MS 30000
#define RELEASE_LOOK_MS 10
#define RELEASE_PATIENCE_MS 5000

static const uint8_t usual_gateway[4] = {192, 168, 1, 1};

/* One call that changes the board at a time; those on sockets need no such order. */
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static bool reserved;
static bool by_dhcp;
static char own_name[33]; /* what DHCP sends of a name */

static bool is_open(void) {
    return board_world() != NULL;
}

/* The hosts of the simulated network, like many others, answer no station whose address is marked
   as that of a group, and programs were published with such addresses. */
static void set_mac(w5100_config *config, const uint8_t *mac) {
    memcpy(config->mac, mac, sizeof config->mac);
    config->mac[0] &= 0xFE;
}

/* Make the board, or give the one that is there its addresses. */
static int32_t set_up(w5100_config *config, const uint8_t *gateway) {
    config->size = sizeof *config;
    if (is_open()) {
        const int32_t result = w5100_dhcp_stop(DEVICE);
        return result < 0 ? result : w5100_set_config(DEVICE, config);
    }
    const int32_t device = board_open(gateway, config);
    return device < 0 ? device : w5100_reserve_socket(DEVICE, reserved);
}

static void ports_follow(void) {
    w5100_config config = {.size = sizeof config};
    if (w5100_get_config(DEVICE, &config) == 0) {
        ports_moved(config.ip);
    }
}

int32_t w5100_host_enable(bool reserve) {
    int32_t result = 0;
    pthread_mutex_lock(&mutex);
    reserved = reserve;
    if (is_open()) {
        result = w5100_reserve_socket(DEVICE, reserve);
    }
    pthread_mutex_unlock(&mutex);
    return result;
}

int32_t w5100_host_static(const uint8_t *ip, const uint8_t *mask, const uint8_t *gateway,
                          const uint8_t *mac) {
    w5100_config config = {.size = sizeof config};
    if (ip == NULL || mask == NULL || gateway == NULL || mac == NULL) {
        return -W5100_EFAULT;
    }
    pthread_mutex_lock(&mutex);
    if (is_open()) {
        w5100_get_config(DEVICE, &config); /* the server of names stays */
    }
    set_mac(&config, mac);
    memcpy(config.ip, ip, sizeof config.ip);
    memcpy(config.mask, mask, sizeof config.mask);
    memcpy(config.gateway, gateway, sizeof config.gateway);
    const int32_t result = set_up(&config, gateway);
    if (result >= 0) {
        by_dhcp = false;
        ports_follow();
    }
    pthread_mutex_unlock(&mutex);
    return result;
}

/* A release may still be on its way; what it waits for is the library's own time limit. */
static int32_t start_dhcp(void) {
    const w5100_dhcp_config how = {.size = sizeof how, .host_name = own_name};
    int32_t result = w5100_dhcp_start(DEVICE, &how);
    while (result == -W5100_EALREADY) {
        w5100_poll(NULL, 0, RELEASE_LOOK_MS);
        result = w5100_dhcp_start(DEVICE, &how);
    }
    return result;
}

static int32_t bind_by_dhcp(int32_t timeout_ms) {
    int32_t result = start_dhcp();
    if (result == 0) {
        by_dhcp = true;
        result = w5100_dhcp_wait(DEVICE, timeout_ms);
    }
    if (result == 0) {
        ports_follow();
    }
    return result;
}

int32_t w5100_host_dhcp(const uint8_t *mac, const char *host_name, int32_t timeout_ms) {
    w5100_config config = {.size = sizeof config};
    if (mac == NULL) {
        return -W5100_EFAULT;
    }
    pthread_mutex_lock(&mutex);
    memset(own_name, 0, sizeof own_name);
    if (host_name != NULL) {
        strncpy(own_name, host_name, sizeof own_name - 1);
    }
    if (is_open()) {
        w5100_get_config(DEVICE, &config); /* if DHCP cannot start, all stays */
    }
    set_mac(&config, mac);
    int32_t result = set_up(&config, usual_gateway);
    if (result >= 0) {
        result = bind_by_dhcp(timeout_ms);
    }
    pthread_mutex_unlock(&mutex);
    return result;
}

static void note_event(void *context, int32_t device, uint32_t event) {
    (void)device;
    *(uint32_t *)context |= event;
}

/* Give an order, and wait until one of `ends` is told. */
static int32_t order(int32_t (*give)(int32_t device), uint32_t ends, int32_t timeout_ms) {
    static uint32_t told;
    told = 0;
    int32_t result = w5100_network_watch(DEVICE, ends, note_event, &told);
    if (result == 0) {
        result = give(DEVICE);
    }
    if (result == 0) {
        result = w5100_dispatch(timeout_ms);
    }
    w5100_network_watch(DEVICE, 0, NULL, NULL);
    if (result == 0) {
        return -W5100_EAGAIN;
    }
    return result < 0 ? result : (int32_t)told;
}

static int32_t renew(int32_t timeout_ms) {
    const uint32_t ends = W5100_NETWORK_RENEWED | W5100_NETWORK_BOUND | W5100_NETWORK_LOST;
    const int32_t told = order(w5100_dhcp_renew, ends, timeout_ms);
    if (told < 0) {
        return told;
    }
    return (told & W5100_NETWORK_LOST) != 0 ? -W5100_ECONNABORTED : 0;
}

int32_t w5100_host_renew(int32_t timeout_ms) {
    w5100_dhcp_status status;
    pthread_mutex_lock(&mutex);
    int32_t result = by_dhcp ? w5100_dhcp_get(DEVICE, &status) : -W5100_EINVAL;
    if (result == 0) {
        result = status.state == W5100_DHCP_OFF ? bind_by_dhcp(timeout_ms) : renew(timeout_ms);
    }
    pthread_mutex_unlock(&mutex);
    return result;
}

int32_t w5100_host_release(void) {
    pthread_mutex_lock(&mutex);
    const int32_t result = by_dhcp
                               ? order(w5100_dhcp_release, W5100_NETWORK_LOST, RELEASE_PATIENCE_MS)
                               : -W5100_EINVAL;
    pthread_mutex_unlock(&mutex);
    return result < 0 ? result : 0;
}

int32_t w5100_host_reset(void) {
    w5100_config config = {.size = sizeof config};
    pthread_mutex_lock(&mutex);
    int32_t result = is_open() ? w5100_get_config(DEVICE, &config) : -W5100_ENETDOWN;
    if (result == 0 && by_dhcp) {
        memset(config.ip, 0, sizeof config.ip);
    }
    if (result == 0) {
        result = board_reopen(&config);
    }
    if (result >= 0) {
        result = w5100_reserve_socket(DEVICE, reserved);
    }
    if (result == 0 && by_dhcp) {
        result = bind_by_dhcp(RESET_PATIENCE_MS);
    }
    pthread_mutex_unlock(&mutex);
    return result;
}

int32_t w5100_host_names_server(const uint8_t *ip) {
    if (ip == NULL) {
        return -W5100_EFAULT;
    }
    return is_open() ? w5100_dns_set(DEVICE, (const uint8_t(*)[4])ip, 1) : -W5100_ENETDOWN;
}

int32_t w5100_host_addresses(uint8_t *out) {
    w5100_config config = {.size = sizeof config};
    if (out == NULL) {
        return -W5100_EFAULT;
    }
    const int32_t result = is_open() ? w5100_get_config(DEVICE, &config) : -W5100_ENETDOWN;
    if (result == 0) {
        memcpy(out, config.ip, 4);
        memcpy(out + 4, config.mask, 4);
        memcpy(out + 8, config.gateway, 4);
        memcpy(out + 12, config.dns, 4);
    }
    return result;
}

int32_t w5100_host_resolve(const char *name, uint8_t *ip, int32_t timeout_ms) {
    return is_open() ? w5100_resolve(DEVICE, name, ip, timeout_ms) : -W5100_ENETDOWN;
}

int32_t w5100_host_reach(uint16_t chip_port, bool datagram) {
    w5100_config config = {.size = sizeof config};
    const int32_t result = is_open() ? w5100_get_config(DEVICE, &config) : -W5100_ENETDOWN;
    return result < 0 ? result : ports_reach(config.ip, chip_port, datagram);
}

int32_t w5100_host_complaints(void) {
    return board_complaints();
}
