#include "router.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "w5100.h"
#include "w5100_host.h"

#define DHCP_SERVER 67
#define DHCP_CLIENT 68
#define DHCP_OPTIONS 240 /* where they begin in a message (RFC 2131, section 2) */
#define DISCOVER 1
#define OFFER 2
#define REQUEST 3
#define ACK 5
#define KINDS 9
#define LEASE_S 3600

#define DNS_SERVER 53
#define DNS_HEADER 12
#define DNS_A 1
#define DNS_LIFETIME_S 60
#define NO_SUCH_NAME 3

#define LARGEST 1472

static w5100_sim_peer *peer;
static uint8_t own[4], leased[4], gateway_ip[4];

/* What the server of DHCP has heard, for those who wait for it. */
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t heard_more = PTHREAD_COND_INITIALIZER;
static int32_t heard[KINDS];
static char host_name[256];

bool router_start(const w5100_sim_world *world, const uint8_t gateway[4]) {
    static const uint8_t mac[6] = {2, 0, 0x5e, 0, 0, 2}, mask[4] = {255, 255, 255, 0};
    memcpy(gateway_ip, gateway, 4);
    memcpy(own, gateway, 4);
    memcpy(leased, gateway, 4);
    own[3]++;
    leased[3] = W5100_HOST_LEASED;
    peer = w5100_sim_peer_new(world, mac, own, mask, gateway);
    return peer != NULL && w5100_sim_peer_udp_bind(peer, DHCP_SERVER, false) == 0 &&
           w5100_sim_peer_udp_bind(peer, DNS_SERVER, false) == 0;
}

/* The value of an option, or NULL. */
static const uint8_t *option(const uint8_t *message, int32_t length, uint8_t code, uint8_t *size) {
    int32_t at = DHCP_OPTIONS;
    while (at + 1 < length && message[at] != 255) {
        if (message[at] == 0) {
            at++;
            continue;
        }
        *size = message[at + 1];
        if (at + 2 + *size > length) {
            return NULL;
        }
        if (message[at] == code) {
            return message + at + 2;
        }
        at += 2 + *size;
    }
    return NULL;
}

static uint8_t *add(uint8_t *at, uint8_t code, const void *value, uint8_t size) {
    *at++ = code;
    *at++ = size;
    memcpy(at, value, size);
    return at + size;
}

static void lease(const uint8_t *request, uint8_t kind) {
    static const uint8_t mask[4] = {255, 255, 255, 0}, everyone[4] = {255, 255, 255, 255};
    static const uint8_t seconds[4] = {0, 0, LEASE_S >> 8, LEASE_S & 0xff};
    const bool broadcast = (request[10] & 0x80) != 0;
    uint8_t message[300] = {2, 1, 6};
    memcpy(message + 4, request + 4, 4);     /* xid */
    memcpy(message + 10, request + 10, 2);   /* flags */
    memcpy(message + 16, leased, 4);         /* yiaddr */
    memcpy(message + 28, request + 28, 16);  /* chaddr */
    memcpy(message + 236, request + 236, 4); /* cookie */
    uint8_t *at = add(message + DHCP_OPTIONS, 53, &kind, 1);
    at = add(at, 54, own, 4);
    at = add(at, 51, seconds, 4);
    at = add(at, 1, mask, 4);
    at = add(at, 3, gateway_ip, 4);
    at = add(at, 6, own, 4);
    *at = 255;
    w5100_sim_peer_udp_send(peer, DHCP_SERVER, broadcast ? everyone : leased, DHCP_CLIENT, message,
                            sizeof message);
}

static void note(uint8_t kind, const uint8_t *name, uint8_t length) {
    pthread_mutex_lock(&mutex);
    heard[kind]++;
    memcpy(host_name, name, length);
    host_name[length] = '\0';
    pthread_cond_broadcast(&heard_more);
    pthread_mutex_unlock(&mutex);
}

static void hear_dhcp(const uint8_t *message, int32_t length) {
    uint8_t size = 0, name_length = 0;
    const uint8_t *kind = length > DHCP_OPTIONS ? option(message, length, 53, &size) : NULL;
    if (kind == NULL || size != 1 || *kind >= KINDS || message[0] != 1) {
        return;
    }
    const uint8_t *name = option(message, length, 12, &name_length);
    note(*kind, name != NULL ? name : message, name != NULL ? name_length : 0);
    if (*kind == DISCOVER || *kind == REQUEST) {
        lease(message, *kind == DISCOVER ? OFFER : ACK);
    }
}

/* The address of a name in "name=1.2.3.4,name=..."; false if it is not there. */
static bool listed(const char *list, const char *name, uint8_t ip[4]) {
    const size_t length = strlen(name);
    while (list != NULL) {
        unsigned a, b, c, d;
        if (strncmp(list, name, length) == 0 &&
            sscanf(list + length, "=%3u.%3u.%3u.%3u", &a, &b, &c, &d) == 4) {
            const uint8_t found[4] = {(uint8_t)a, (uint8_t)b, (uint8_t)c, (uint8_t)d};
            memcpy(ip, found, 4);
            return true;
        }
        list = strchr(list, ',');
        list = list != NULL ? list + 1 : NULL;
    }
    return false;
}

static bool known(const char *name, uint8_t ip[4]) {
    if (strcmp(name, "localhost") == 0 || strcmp(name, "gateway") == 0) {
        memcpy(ip, gateway_ip, 4);
        return true;
    }
    return listed(getenv("W5100_HOST_NAMES"), name, ip);
}

/* The name in a question as text, and where it ends; 0 if it is none. */
static int32_t question(const uint8_t *message, int32_t length, char name[256]) {
    int32_t at = DNS_HEADER, end = 0;
    while (at < length && message[at] != 0) {
        const int32_t size = message[at];
        if (size > 63 || at + 1 + size >= length || end + 1 + size > 255) {
            return 0;
        }
        if (end > 0) {
            name[end++] = '.';
        }
        memcpy(name + end, message + at + 1, (size_t)size);
        end += size;
        at += 1 + size;
    }
    name[end] = '\0';
    return at + 5 <= length ? at + 5 : 0; /* the zero, type, class */
}

static void hear_dns(uint8_t *message, int32_t length, const uint8_t from[4], uint16_t port) {
    static const uint8_t head[12] = {0xC0, DNS_HEADER, 0, DNS_A,          0, 1,
                                     0,    0,          0, DNS_LIFETIME_S, 0, 4};
    char name[256];
    uint8_t ip[4];
    const int32_t end = length > DNS_HEADER ? question(message, length, name) : 0;
    if (end == 0) {
        return;
    }
    size_t whole = (size_t)end;
    message[2] |= 0x80; /* an answer */
    message[3] = 0x80;  /* recursion is to be had */
    memset(message + 6, 0, 6);
    if (known(name, ip)) {
        message[7] = 1;
        memcpy(message + whole, head, sizeof head);
        memcpy(message + whole + sizeof head, ip, 4);
        whole += sizeof head + 4;
    } else {
        message[3] |= NO_SUCH_NAME;
    }
    w5100_sim_peer_udp_send(peer, DNS_SERVER, from, port, message, whole);
}

/* The next datagram at a port: its length, or below 0. */
static int32_t next(uint16_t port, uint8_t *message, uint8_t from[4], uint16_t *from_port) {
    const int32_t length = w5100_sim_peer_udp_recv(peer, port, message, LARGEST, from, from_port);
    return length < LARGEST ? length : LARGEST;
}

void router_serve(void) {
    static uint8_t message[LARGEST + 16]; /* room for an answer */
    uint8_t from[4];
    uint16_t port;
    int32_t length;
    while ((length = next(DHCP_SERVER, message, from, &port)) >= 0) {
        hear_dhcp(message, length);
    }
    while ((length = next(DNS_SERVER, message, from, &port)) >= 0) {
        hear_dns(message, length, from, port);
    }
}

int32_t w5100_host_dhcp_heard(uint8_t kind, int32_t count, int32_t timeout_ms) {
    struct timespec end;
    int outcome = 0;
    if (kind >= KINDS) {
        return 0;
    }
    clock_gettime(CLOCK_REALTIME, &end);
    end.tv_sec += timeout_ms / 1000;
    end.tv_nsec += timeout_ms % 1000 * 1000000L;
    if (end.tv_nsec >= 1000000000L) {
        end.tv_sec++;
        end.tv_nsec -= 1000000000L;
    }
    pthread_mutex_lock(&mutex);
    while (heard[kind] < count && outcome != ETIMEDOUT) {
        outcome = pthread_cond_timedwait(&heard_more, &mutex, &end);
    }
    const int32_t result = heard[kind];
    pthread_mutex_unlock(&mutex);
    return result;
}

int32_t w5100_host_dhcp_name(char *text, int32_t room) {
    if (text == NULL) {
        return -W5100_EFAULT;
    }
    pthread_mutex_lock(&mutex);
    const int32_t length = (int32_t)strlen(host_name);
    if (length < room) {
        memcpy(text, host_name, (size_t)length + 1);
    }
    pthread_mutex_unlock(&mutex);
    return length < room ? length : -W5100_EINVAL;
}
