/* What is told of a device itself: w5100_network_watch, w5100_network_events,
   w5100_resolve_async. */
#include <string.h>

#include "dhcp_server.h"
#include "worker.h"

#define ALL                                                                                        \
    (W5100_NETWORK_BOUND | W5100_NETWORK_RENEWED | W5100_NETWORK_LOST | W5100_NETWORK_CONFLICT)

static const int32_t unknown[] = {-1, 4, 1000, INT32_MIN, INT32_MAX};
#define UNKNOWN (sizeof unknown / sizeof unknown[0])

/* What was told, in its order. */
static struct {
    uint32_t events[16];
    int count;
} told;

static void happened(void *context, int32_t device, uint32_t event) {
    CHECK(context == &told);
    CHECK_EQ(device, 0);
    CHECK(told.count < 16);
    told.events[told.count++] = event;
}

static void watch(uint32_t events) {
    CHECK_EQ(w5100_network_watch(0, events, happened, &told), 0);
}

/* Dispatches once; exactly one event was told, or with 0 none. */
static void is_told(uint32_t event) {
    told.count = 0;
    CHECK_EQ(w5100_dispatch(0), event != 0 ? 1 : 0);
    CHECK_EQ(told.count, event != 0 ? 1 : 0);
    if (event != 0) {
        CHECK_EQ(told.events[0], event);
    }
}

static uint32_t asked(void) {
    uint32_t events = UINT32_MAX;
    CHECK_EQ(w5100_network_events(0, &events), 0);
    return events;
}

CASE(dhcp_is_told_by_callback_and_by_status) {
    start_bound(LEASED_IP, 0);
    CHECK_EQ(asked(), W5100_NETWORK_BOUND);
    watch(ALL);
    is_told(0);
    pass(T1 * 1000 + 1000);
    is_told(W5100_NETWORK_RENEWED);
    is_told(0);
    CHECK_EQ(asked(), W5100_NETWORK_RENEWED);
    CHECK_EQ(asked(), 0);
    CHECK_EQ(w5100_dhcp_release(0), 0);
    pass(1000);
    is_told(W5100_NETWORK_LOST);
    CHECK_EQ(asked(), W5100_NETWORK_LOST);
}

CASE(what_was_not_asked_for_is_not_told) {
    start_bound(LEASED_IP, 0);
    watch(W5100_NETWORK_LOST);
    pass(T1 * 1000 + 1000);
    is_told(0);
    CHECK_EQ(w5100_network_watch(0, 0, NULL, NULL), 0);
    CHECK_EQ(w5100_dhcp_release(0), 0);
    pass(1000);
    is_told(0);
    CHECK_EQ(asked(), W5100_NETWORK_BOUND | W5100_NETWORK_RENEWED | W5100_NETWORK_LOST);
}

CASE(f10_a_watch_that_cannot_be_is_refused) {
    uint32_t events;
    CHECK_ERROR(w5100_network_watch(0, ALL, happened, NULL), ENETDOWN);
    CHECK_ERROR(w5100_network_events(0, &events), ENETDOWN);
    wire_start();
    CHECK_ERROR(w5100_network_watch(0, 0x10, happened, NULL), EINVAL);
    CHECK_ERROR(w5100_network_watch(0, 0x100, happened, NULL), EINVAL);
    CHECK_ERROR(w5100_network_watch(0, UINT32_MAX, happened, NULL), EINVAL);
    CHECK_ERROR(w5100_network_watch(0, ALL, NULL, NULL), EFAULT);
    CHECK_ERROR(w5100_network_events(0, NULL), EFAULT);
    for (size_t i = 0; i < UNKNOWN; i++) {
        CHECK_ERROR(w5100_network_watch(unknown[i], ALL, happened, NULL), EINVAL);
        CHECK_ERROR(w5100_network_events(unknown[i], &events), EINVAL);
    }
}

/* The answer to a name. */
struct answer {
    int count;
    int32_t error;
    uint8_t ip[4];
};

static void answered(void *context, int32_t error, const uint8_t *ip) {
    struct answer *answer = context;
    answer->count++;
    answer->error = error;
    memcpy(answer->ip, ip, 4);
}

CASE(an_address_is_told_later_and_once) {
    struct answer answer = {0};
    wire_start();
    CHECK_EQ(w5100_resolve_async(0, "192.168.1.7", answered, &answer), 0);
    CHECK_EQ(answer.count, 0);
    CHECK_EQ(w5100_dispatch(0), 1);
    CHECK_EQ(w5100_dispatch(0), 0);
    CHECK_EQ(answer.count, 1);
    CHECK_EQ(answer.error, 0);
    CHECK(memcmp(answer.ip, (const uint8_t[4]){192, 168, 1, 7}, 4) == 0);
}

CASE(a_name_that_nobody_knows_is_told_with_its_error) {
    struct answer answer = {.ip = {1, 2, 3, 4}};
    wire_start();
    CHECK_EQ(w5100_dns_set(0, NULL, 0), 0);
    /* There is no server to ask, which is known at once. */
    const int32_t begun = w5100_resolve_async(0, "a.example", answered, &answer);
    CHECK_EQ(begun, 0);
    CHECK_EQ(w5100_dispatch(0), 1);
    CHECK_EQ(answer.count, 1);
    CHECK_EQ(answer.error, W5100_ENAMESERVER);
    CHECK(memcmp(answer.ip, (const uint8_t[4]){0, 0, 0, 0}, 4) == 0);
}

CASE(the_fifth_request_has_to_wait_and_one_that_was_cancelled_makes_room) {
    struct answer answers[W5100_RESOLVE_REQUESTS + 1] = {{0}};
    wire_start();
    for (uint32_t i = 0; i < W5100_RESOLVE_REQUESTS; i++) {
        CHECK_EQ(w5100_resolve_async(0, "10.0.0.1", answered, &answers[i]), 0);
    }
    struct answer *last = &answers[W5100_RESOLVE_REQUESTS];
    CHECK_ERROR(w5100_resolve_async(0, "10.0.0.1", answered, last), EAGAIN);
    CHECK_EQ(w5100_resolve_cancel(0, answered, &answers[1]), 1);
    CHECK_EQ(w5100_resolve_cancel(0, answered, &answers[1]), 0);
    CHECK_EQ(w5100_resolve_async(0, "10.0.0.1", answered, last), 0);
    CHECK_EQ(w5100_dispatch(0), W5100_RESOLVE_REQUESTS);
    for (uint32_t i = 0; i <= W5100_RESOLVE_REQUESTS; i++) {
        CHECK_EQ(answers[i].count, i == 1 ? 0 : 1);
    }
}

CASE(f10_requests_that_cannot_be_are_refused) {
    struct answer answer = {0};
    CHECK_ERROR(w5100_resolve_async(0, "10.0.0.1", answered, &answer), ENETDOWN);
    CHECK_ERROR(w5100_resolve_cancel(0, answered, &answer), ENETDOWN);
    wire_start();
    CHECK_ERROR(w5100_resolve_async(0, NULL, answered, &answer), EFAULT);
    CHECK_ERROR(w5100_resolve_async(0, "10.0.0.1", NULL, &answer), EFAULT);
    CHECK_ERROR(w5100_resolve_async(0, "", answered, &answer), EINVAL);
    CHECK_ERROR(w5100_resolve_async(0, "a..b", answered, &answer), EINVAL);
    CHECK_ERROR(w5100_resolve_cancel(0, NULL, &answer), EFAULT);
    for (size_t i = 0; i < UNKNOWN; i++) {
        CHECK_ERROR(w5100_resolve_async(unknown[i], "10.0.0.1", answered, &answer), EINVAL);
        CHECK_ERROR(w5100_resolve_cancel(unknown[i], answered, &answer), EINVAL);
    }
    CHECK_EQ(w5100_dispatch(0), 0);
    CHECK_EQ(answer.count, 0);
}

CASE(a_device_that_is_disabled_tells_nothing_more) {
    struct answer answer = {0};
    start_bound(LEASED_IP, 0);
    watch(ALL);
    CHECK_EQ(w5100_resolve_async(0, "10.0.0.1", answered, &answer), 0);
    CHECK_EQ(w5100_dhcp_release(0), 0);
    pass(1000);
    CHECK_EQ(WIZnet_Disable(0), 0);
    told.count = 0;
    CHECK_EQ(wire_add_device(1), 0);
    CHECK_EQ(w5100_dispatch(0), 0);
    CHECK_EQ(told.count, 0);
    CHECK_EQ(answer.count, 0);
    CHECK_EQ(asked(), 0);
}
