/* The device itself: its tables, its addresses, its end and its new start; and interrupts. */
#include "check.h"
#include "jobs.h"
#include "options.h"
#include "scene.h"

/* A row of the table makes sense, whenever it is read. */
static void check_row(const w5100_info *row) {
    CHECK(row->handle > 0);
    CHECK(row->kind <= W5100_SOCK_RAW);
    CHECK(row->hardware < 4 || row->hardware == 255);
    CHECK(row->pending <= 4 && row->backlog <= 4);
    CHECK(row->unread <= 8192 && row->outstanding <= 8192);
    CHECK(row->outstanding != 0 || row->outstanding_ms == 0);
}

static void read_table(int device) {
    w5100_info row;
    int32_t found;
    for (uint32_t i = 0; (found = CALL(device, w5100_info_get(device, i, &row))) >= 0; i++) {
        if (found == 1) {
            check_row(&row);
        }
    }
}

/* The same, with the chip asked, which may be off. */
static void look_at_table(thread *self, int device) {
    w5100_info row;
    const uint32_t index = (uint32_t)roll(self, 16);
    if (CALL(device, w5100_info_look(device, index, &row)) == 1) {
        check_row(&row);
    }
}

static void read_hardware(int device) {
    w5100_hardware row;
    for (uint32_t number = 0; number < 4; number++) {
        CHECK_EQ(CALL(device, w5100_hardware_get(device, number, &row)), 0);
        CHECK(row.role <= W5100_ROLE_ABSENT);
        CHECK(CALL(device, w5100_role_name(row.role)[0]) != 0);
        CHECK(row.role != W5100_ROLE_FREE || row.handle == 0);
        CHECK(row.outstanding <= 8192);
    }
}

static void read_counters(int device) {
    w5100_counters counters;
    CHECK_EQ(CALL(device, w5100_counters_get(device, &counters)), 0);
    CHECK(counters.free_sockets <= 4);
    CHECK_EQ(counters.echo_errors, 0);
    CHECK(counters.lock_frames_max <= W5100_LOCK_FRAMES);
}

static void change_address(thread *self, int device) {
    w5100_config config = scene_config(device);
    config.dns[0] = (uint8_t)roll(self, 256);
    CALL(device, w5100_set_config(device, &config));
    CHECK_EQ(CALL(device, w5100_get_config(device, &config)), 0);
    CHECK_EQ(config.ip[3], DEVICE_IP + device);
}

static void answered(void *context, int32_t error, const uint8_t *ip) {
    (void)context;
    CHECK(error != 0 || ip[0] == 192);
}

static void happened(void *context, int32_t device, uint32_t event) {
    (void)context;
    CHECK(device >= 0 && device < DEVICES);
    CHECK_EQ(event, W5100_NETWORK_CONFLICT);
}

/* The same by callbacks, which any thread that dispatches runs. */
static void be_told(thread *self, int device) {
    static const char *const names[] = {"c.example", "192.168.1.2", "a..b"};
    uint32_t events;
    CALL(device, w5100_resolve_async(device, names[roll(self, 3)], answered, NULL));
    if (roll(self, 3) == 0) {
        CALL(device, w5100_resolve_cancel(device, answered, NULL));
    }
    CALL(device, w5100_network_watch(device, W5100_NETWORK_CONFLICT, happened, NULL));
    CHECK_EQ(CALL(device, w5100_network_events(device, &events)), 0);
}

/* Names, which take a hardware socket and find no server; and DHCP as far as it changes nothing
   that the other threads count on. */
static void ask_names(thread *self, int device) {
    static const uint8_t servers[2][4] = {{192, 168, 1, 250}, {0, 0, 0, 0}};
    static const char *const names[] = {"a.example", "b.example", "192.168.1.1", "", "a..b"};
    uint8_t ip[4];
    w5100_dhcp_status status;
    CALL(device, w5100_dns_set(device, servers, (uint32_t)roll(self, 3)));
    CALL(device, w5100_resolve(device, names[roll(self, 5)], ip, (int32_t)roll(self, 20)));
    CHECK_EQ(CALL(device, w5100_dhcp_get(device, &status)), 0);
    CHECK_EQ(status.state, W5100_DHCP_OFF);
    CHECK(w5100_dhcp_state_name(status.state)[0] == 'O');
    CHECK(CALL(device, w5100_dhcp_wait(device, 0)) < 0);
    CHECK(CALL(device, w5100_dhcp_renew(device)) < 0);
    CALL(device, w5100_dhcp_stop(device));
    CALL(device, w5100_dhcp_release(device));
    CHECK(CALL(DEVICES, w5100_dhcp_start(DEVICES, NULL)) < 0);
    CALL(device, w5100_reserve_socket(device, roll(self, 2) == 0));
    be_told(self, device);
}

static void deal_memory(thread *self, int device) {
    static const uint8_t splits[2][4] = {{2, 2, 2, 2}, {4, 2, 1, 1}};
    const uint8_t *split = splits[roll(self, 2)];
    CALL(device, w5100_set_memory(device, split, split));
}

static void start_winsock(thread *self) {
    uint16_t version;
    if (w5100_wsa_started() && roll(self, 4) == 0) {
        CALL(0, w5100_wsa_cleanup());
    } else {
        CALL(0, w5100_wsa_startup(0x0202, &version));
    }
}

void manager_job(thread *self) {
    while (thread_goes_on(self)) {
        const int device = (int)roll(self, DEVICES);
        switch (roll(self, 64)) {
        case 0:
            scene_restart(device);
            break;
        case 1:
            start_winsock(self);
            break;
        case 2:
        case 3:
            change_address(self, device);
            break;
        case 4:
        case 5:
            deal_memory(self, device);
            break;
        case 6:
        case 7:
            ask_names(self, device);
            break;
        default:
            read_table(device);
            look_at_table(self, device);
            read_hardware(device);
            read_counters(device);
            options_errors(self);
            CALL(device, w5100_service(device));
            thread_rests(roll(self, 8));
        }
    }
}

/* A falling edge of /INT, or none: an interrupt may come at any time. */
void interrupt_job(thread *self) {
    while (thread_goes_on(self)) {
        const int device = (int)roll(self, DEVICES + 1);
        w5100_sim_wait(scene_chip(0), w5100_sim_events(scene_chip(0)), 1 + roll(self, 10));
        CALL(device, (w5100_interrupt(device), 0));
        wild_signal(self);
        CHECK(w5100_notified(0) || w5100_notified(1));
        CHECK(w5100_state_name((uint8_t)roll(self, 256)) != NULL);
        CHECK(w5100_wsa_started() || !w5100_wsa_started());
    }
}
