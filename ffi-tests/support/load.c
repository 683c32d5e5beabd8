#include "load.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "check.h"
#include "port.h"

#define CHUNK 1000
#define FRAMES_PER_MS 437 /* of 2290 ns */
#define PATIENCE_MS 60000
#define CLOSING_MS 11000 /* what a close may take in the background is 10 s */

struct pusher {
    worker worker;
    bool runs;
    _Atomic uint32_t bytes;
    _Atomic uint32_t moved_ms; /* when it last moved some */
    _Atomic uint32_t longest_ms;
    _Atomic uint32_t ended_ms;
    _Atomic bool ended;
};

struct session {
    int32_t fd;
    w5100_sim_conn *conn;
    struct pusher pushers[LOAD_ROLES];
};

static struct session sessions[LOAD_SESSIONS];
static int32_t listener;

/* The byte at a place of a session's stream. */
static uint8_t byte_at(const struct session *session, uint32_t place) {
    return (uint8_t)(place ^ (place >> 8) ^ (uint32_t)(session - sessions) * 61);
}

static void moved(struct pusher *self, uint32_t bytes) {
    const uint32_t now = wire_now_ms();
    const uint32_t gap = now - atomic_load(&self->moved_ms);
    if (gap > atomic_load(&self->longest_ms)) {
        atomic_store(&self->longest_ms, gap);
    }
    atomic_store(&self->moved_ms, now);
    atomic_fetch_add(&self->bytes, bytes);
}

static int32_t end(struct pusher *self, int32_t result) {
    atomic_store(&self->ended_ms, wire_now_ms());
    atomic_store(&self->ended, true);
    return result;
}

static int32_t write_all(void *argument) {
    struct session *session = argument;
    struct pusher *self = &session->pushers[LOAD_WRITER];
    uint8_t data[CHUNK];
    for (uint32_t place = 0;;) {
        for (uint32_t i = 0; i < CHUNK; i++) {
            data[i] = byte_at(session, place + i);
        }
        const int32_t count = w5100_send(session->fd, data, CHUNK, 0);
        if (count < 0) {
            return end(self, count);
        }
        moved(self, (uint32_t)count);
        place += (uint32_t)count;
    }
}

static int32_t read_all(void *argument) {
    struct session *session = argument;
    struct pusher *self = &session->pushers[LOAD_READER];
    uint8_t data[CHUNK];
    for (uint32_t place = 0;;) {
        const int32_t count = w5100_recv(session->fd, data, CHUNK, 0);
        if (count <= 0) {
            return end(self, count);
        }
        for (uint32_t i = 0; i < (uint32_t)count; i++) {
            CHECK_EQ(data[i], byte_at(session, place + i));
        }
        moved(self, (uint32_t)count);
        place += (uint32_t)count;
    }
}

/* A bus of 7 MHz: what the simulator charges for a frame once more, in which the others run. No
   time passes before all of them wait, so it does not matter which of them this computer lets run.
 */
static int32_t transfer(void *context, uint8_t *frames, size_t count) {
    static size_t owed; /* whoever is here has the library's lock */
    (void)context;
    for (owed += count; owed >= FRAMES_PER_MS; owed -= FRAMES_PER_MS) {
        w5100_sim_run_for(wire_world(), 1);
    }
    return w5100_sim_transfer(wire_chip(0), frames, count);
}

/* The port's mutex, first come, first served. */
static struct {
    pthread_mutex_t guard;
    pthread_cond_t changed;
    uint32_t next;    /* the number that the next one draws */
    uint32_t serving; /* the number of who has it */
} queue = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, 0};

static void lock(void *context) {
    (void)context;
    pthread_mutex_lock(&queue.guard);
    const uint32_t mine = queue.next++;
    if (queue.serving != mine) {
        w5100_sim_thread_leave(wire_world());
        while (queue.serving != mine) {
            pthread_cond_wait(&queue.changed, &queue.guard);
        }
    }
    pthread_mutex_unlock(&queue.guard);
}

static void unlock(void *context) {
    (void)context;
    pthread_mutex_lock(&queue.guard);
    if (++queue.serving != queue.next) {
        w5100_sim_thread_enter(wire_world()); /* for the next one: no time passes before it runs */
        pthread_cond_broadcast(&queue.changed);
    }
    pthread_mutex_unlock(&queue.guard);
}

void load_start(bool port_has_lock) {
    w5100_port *port = port_of(wire_add_chip(0));
    const w5100_config config = wire_config(0);
    port->transfer = transfer;
    port->lock = port_has_lock ? lock : NULL;
    port->unlock = port_has_lock ? unlock : NULL;
    CHECK_EQ(WIZnet_Enable(port, &config), 0);
    wire_add_peer();
    listener = wire_listener(LOAD_PORT, LOAD_SESSIONS);
}

static bool is_armed(void *unused) {
    w5100_hardware hardware;
    bool armed = false;
    (void)unused;
    w5100_service(0);
    for (uint32_t i = 0; i < LOAD_SESSIONS; i++) {
        CHECK_EQ(w5100_hardware_get(0, i, &hardware), 0);
        armed |= hardware.role == W5100_ROLE_ARMED;
    }
    return armed;
}

void load_until_armed(void) {
    CHECK(wire_until(is_armed, NULL, CLOSING_MS));
}

void load_connect(int i) {
    load_until_armed();
    sessions[i].conn = wire_session(listener, LOAD_PORT, &sessions[i].fd);
    CHECK_EQ(w5100_sim_conn_service(sessions[i].conn, W5100_SIM_SERVICE_ECHO), 0);
}

void load_push(int i, enum load_role role) {
    struct pusher *self = &sessions[i].pushers[role];
    self->runs = true;
    atomic_store(&self->bytes, 0);
    atomic_store(&self->longest_ms, 0);
    atomic_store(&self->ended, false);
    atomic_store(&self->moved_ms, wire_now_ms());
    worker_start(&self->worker, role == LOAD_WRITER ? write_all : read_all, &sessions[i]);
}

void load_push_all(void) {
    for (int i = 0; i < LOAD_SESSIONS; i++) {
        load_connect(i);
    }
    for (int i = 0; i < LOAD_SESSIONS; i++) {
        load_push(i, LOAD_WRITER);
        load_push(i, LOAD_READER);
    }
}

int32_t load_listener(void) {
    return listener;
}

int32_t load_fd(int i) {
    return sessions[i].fd;
}

w5100_sim_conn *load_conn(int i) {
    return sessions[i].conn;
}

uint32_t load_bytes(int i, enum load_role role) {
    return atomic_load(&sessions[i].pushers[role].bytes);
}

uint32_t load_longest_ms(int i, enum load_role role) {
    return atomic_load(&sessions[i].pushers[role].longest_ms);
}

void load_until_stuck(int i, enum load_role role, uint32_t ms) {
    struct pusher *self = &sessions[i].pushers[role];
    for (uint32_t waited = 0; wire_now_ms() - atomic_load(&self->moved_ms) < ms; waited += 10) {
        CHECK(waited < PATIENCE_MS && !atomic_load(&self->ended));
        wire_run(10);
    }
}

void load_until_moved(int count, uint32_t bytes) {
    uint32_t goal[LOAD_SESSIONS][LOAD_ROLES];
    for (int i = 0; i < count; i++) {
        for (int role = 0; role < LOAD_ROLES; role++) {
            goal[i][role] = load_bytes(i, (enum load_role)role) + bytes;
        }
    }
    for (int i = 0; i < count; i++) {
        for (int role = 0; role < LOAD_ROLES; role++) {
            for (uint32_t ms = 0; load_bytes(i, (enum load_role)role) < goal[i][role]; ms += 10) {
                CHECK(ms < PATIENCE_MS && !atomic_load(&sessions[i].pushers[role].ended));
                wire_run(10);
            }
        }
    }
}

int32_t load_ended(int i, enum load_role role, uint32_t since) {
    struct pusher *self = &sessions[i].pushers[role];
    const int32_t result = worker_join(&self->worker);
    CHECK((int32_t)(atomic_load(&self->ended_ms) - since) <= LOAD_AT_ONCE_MS);
    self->runs = false;
    return result;
}

static bool four_free(void *unused) {
    (void)unused;
    w5100_service(0);
    return wire_free_sockets(0) == 4;
}

/* Rows of the table, that is, open handles. */
static uint32_t open_handles(void) {
    w5100_info row;
    uint32_t open = 0;
    int32_t found;
    for (uint32_t i = 0; (found = w5100_info_get(0, i, &row)) >= 0; i++) {
        open += (uint32_t)found;
    }
    return open;
}

void load_stop(void) {
    w5100_sim_counters counters;
    w5100_counters totals;
    for (int i = 0; i < LOAD_SESSIONS; i++) {
        const uint32_t begin = wire_now_ms();
        if (sessions[i].fd == 0 || w5100_close(sessions[i].fd) != 0) {
            continue;
        }
        for (int role = 0; role < LOAD_ROLES; role++) {
            if (sessions[i].pushers[role].runs) {
                CHECK_ERROR(load_ended(i, (enum load_role)role, begin), EBADF);
            }
        }
    }
    CHECK_EQ(w5100_close(listener), 0);
    CHECK_EQ(open_handles(), 0);
    CHECK_EQ(w5100_counters_get(0, &totals), 0);
    CHECK(totals.lock_frames_max > CHUNK && totals.lock_frames_max <= W5100_LOCK_FRAMES);
    CHECK(wire_until(four_free, NULL, CLOSING_MS));
    CHECK_EQ(w5100_sim_counters_get(wire_chip(0), &counters), 0);
    CHECK_EQ(counters.violations, 0);
    CHECK_EQ(counters.misuses, 0);
}
