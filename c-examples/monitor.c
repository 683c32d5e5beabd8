/*
 * monitor.c - which socket is the trouble, found while it happens.
 *
 * Four threads push data to four peers, more than three quarters of what the bus can carry. One
 * peer is slow; another one's power fails, so it will never say another word. A fifth thread, the
 * monitor, looks at the socket table once a second (watch.c). It tells the slow peer from the dead
 * one and closes the dead one's socket, while that socket's writer is inside send: the writer gets
 * EBADF and ends. The other three never notice. Figures from the peers' side show it, and the
 * program fails if they do not.
 *
 *     monitor [off]
 *
 * "off" leaves the monitor out. The network is simulated and so is its time: an SPI clock of 4 MHz,
 * and 20 seconds pass in a moment. On a board, take watch.c and the writers; see watch.h for the
 * task that calls it.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "port/port.h"
#include "port/port_sim.h"
#include "w5100_inet.h"
#include "w5100_netstat.h"
#include "watch.h"

#define SESSIONS 4
#define SLOW 2             /* the session whose peer reads SLOW_BYTES every SLOW_EVERY_MS */
#define DEAD 3             /* the session whose peer fails */
#define BLOCK 4096         /* what a writer sends at once, */
#define BLOCK_EVERY_MS 125 /* and how often: 32 KiB/s */
#define SLOW_BYTES 512
#define SLOW_EVERY_MS 1000
#define SLOW_FIRST_MS 200 /* not when the monitor looks */
#define SLOW_WINDOW 2048  /* its receive buffer */
#define SINK 9            /* the peers' port */
#define FRAME_NS 8000     /* 32 bits at 4 MHz */

#define LOOK_EVERY_MS 1000
#define SLOW_LESS_THAN 4096 /* bytes from look to look */
#define DEAD_AFTER_MS 5000

/* When it happens, in ms since the writers began. Each phase is measured for as long as it takes
   the monitor to be sure. */
#define STEP_MS 100
#define PHASE_MS DEAD_AFTER_MS
#define BEFORE_MS 2500
#define FAILS_MS (BEFORE_MS + PHASE_MS)
#define AFTER_MS (FAILS_MS + PHASE_MS + LOOK_EVERY_MS)
#define END_MS (AFTER_MS + PHASE_MS)
#define PHASES 3

#define LEAST_SLOW (END_MS / LOOK_EVERY_MS / 2) /* looks that call the slow one slow */
#define LEAST_PERCENT 90                        /* of its throughput that a session has to keep */

struct session {
    pthread_t thread;
    int32_t handle;
    uint32_t tag;
    w5100_sim_peer *peer;
    w5100_sim_conn *conn;      /* the peer's end */
    uint64_t at_start[PHASES]; /* bytes that the peer had when a phase began, */
    uint64_t at_end[PHASES];   /* and ended */
    atomic_int error;          /* what the writer's last send gave */
    int slow_verdicts;         /* of the monitor's looks */
    int dead_verdicts;
};

static const char *const names[SESSIONS] = {"fast 1", "fast 2", "slow", "vanishes"};
static const uint32_t phase_begins[PHASES] = {BEFORE_MS, FAILS_MS, AFTER_MS};

static const w5100_config config = {
    .size = sizeof config,
    .mac = {42, 185, 44, 2, 206, 131},
    .ip = {192, 168, 1, 205},
    .mask = {255, 255, 255, 0},
    .gateway = {192, 168, 1, 1},
};

static w5100_sim_world *world;
static int32_t device;
static int32_t stop; /* a wake handle */
static struct session sessions[SESSIONS];

/* ---- what a program on a board has as well --------------------------------------------------- */

/* Push data until the socket is closed, here by somebody else. Sleeping is w5100_poll() without a
   socket; an RTOS has its own. */
static void *writer(void *argument) {
    struct session *self = argument;
    static const uint8_t data[BLOCK];
    uint32_t due = port_now_ms();
    int32_t sent;
    while ((sent = w5100_send(self->handle, data, sizeof data, 0)) > 0) {
        due += BLOCK_EVERY_MS;
        const int32_t left = (int32_t)(due - port_now_ms());
        w5100_poll(NULL, 0, left > 0 ? left : 0);
    }
    atomic_store(&self->error, -sent);
    printf("writer %s: send gave %s\n", names[self - sessions], w5100_error_name(sent));
    w5100_sim_thread_leave(world);
    return NULL;
}

static void print_line(void *context, const char *line) {
    printf("%s%s\n", (const char *)context, line);
}

static void print_table(const char *when) {
    printf("\n%u ms, %s:\n", (unsigned)port_now_ms(), when);
    w5100_netstat(device, W5100_NETSTAT_LOOK, print_line, "  ");
    printf("\n");
}

/* The tag that the program gave the socket says whose it is. */
static void report(void *context, const w5100_info *row, enum watch_verdict verdict) {
    char line[W5100_NETSTAT_LINE];
    struct session *session = &sessions[row->tag % SESSIONS];
    (void)context;
    if (verdict == WATCH_DEAD) {
        session->dead_verdicts++;
        print_table("a peer is dead");
    } else {
        session->slow_verdicts++;
    }
    w5100_netstat_row(row, line, sizeof line);
    printf("%s %s: %s\n", verdict == WATCH_DEAD ? "DEAD" : "SLOW", names[row->tag % SESSIONS],
           line);
}

/* Once a second, until the wake handle is signalled. */
static void *monitor(void *unused) {
    struct watch watch = {
        .device = device, .slow_bytes = SLOW_LESS_THAN, .dead_ms = DEAD_AFTER_MS, .report = report};
    w5100_pollfd stopped = {stop, W5100_POLLIN, 0};
    uint32_t next = port_now_ms() + LOOK_EVERY_MS;
    int32_t left = LOOK_EVERY_MS;
    (void)unused;
    /* A time below 0 would be no limit, if a look took longer than that. */
    while (w5100_poll(&stopped, 1, left > 0 ? left : 0) == 0) {
        if (watch_look(&watch) > 0) {
            print_table("its socket is closed");
        }
        next += LOOK_EVERY_MS;
        left = (int32_t)(next - port_now_ms());
    }
    w5100_sim_thread_leave(world);
    return NULL;
}

/* ---- the scene ------------------------------------------------------------------------------- */

static int fail(const char *what, int32_t error) {
    fprintf(stderr, "%s: %s\n", what, w5100_strerror(error));
    return -1;
}

static int add_peer(struct session *session, int i) {
    const uint8_t mac[6] = {0x02, 0, 0, 0, 1, (uint8_t)i};
    const uint8_t ip[4] = {192, 168, 1, (uint8_t)(11 + i)};
    session->peer = w5100_sim_peer_new(world, mac, ip, config.mask, config.gateway);
    if (i == SLOW) {
        w5100_sim_peer_buffers(session->peer, SLOW_WINDOW, SLOW_WINDOW);
        return w5100_sim_peer_listen(session->peer, SINK);
    }
    return w5100_sim_peer_listen_service(session->peer, SINK, W5100_SIM_SERVICE_DISCARD);
}

/* A connection to peer `i`, with its number as its tag. */
static int connect_to(struct session *session, int i) {
    w5100_sockaddr_in address = {W5100_AF_INET, w5100_htons(SINK), {192, 168, 1, 0}, {0}};
    int32_t error;
    address.sin_addr[3] = (uint8_t)(11 + i);
    session->tag = 0x100u + (uint32_t)i;
    session->handle = w5100_socket(W5100_AF_INET, W5100_SOCK_STREAM, 0);
    error = w5100_setsockopt(session->handle, W5100_SOL_SOCKET, W5100_SO_TAG, &session->tag,
                             sizeof session->tag);
    if (error < 0 || (error = w5100_connect(session->handle, &address, sizeof address)) < 0) {
        return fail("connect", error);
    }
    /* The peer is connected when our ACK has reached it. */
    while ((session->conn = w5100_sim_peer_accept(session->peer, SINK)) == NULL) {
        w5100_sim_run_for(world, 1);
    }
    return 0;
}

static int start_thread(pthread_t *thread, void *(*run)(void *), void *argument) {
    w5100_sim_thread_enter(world); /* for the new thread, so that no time passes before it runs */
    return pthread_create(thread, NULL, run, argument);
}

static int start_scene(void) {
    world = w5100_sim_wire(1);
    w5100_sim_thread_enter(world);
    device = port_open_in(world, &config);
    if (device < 0) {
        return fail("no chip", device);
    }
    w5100_sim_frame_time_set(world, FRAME_NS);
    for (int i = 0; i < SESSIONS; i++) {
        if (add_peer(&sessions[i], i) < 0 || connect_to(&sessions[i], i) < 0) {
            return -1;
        }
    }
    stop = w5100_wake_new(device);
    return stop < 0 ? fail("wake handle", stop) : 0;
}

/* What the network does at `ms`, and what is measured then. */
static void step(uint32_t ms) {
    static uint8_t taken[SLOW_BYTES];
    if (ms % SLOW_EVERY_MS == SLOW_FIRST_MS) {
        w5100_sim_conn_recv(sessions[SLOW].conn, taken, sizeof taken);
    }
    if (ms == FAILS_MS) {
        w5100_sim_peer_vanish(sessions[DEAD].peer, true);
        printf("%u ms, %s: its power fails\n", (unsigned)port_now_ms(), names[DEAD]);
    }
    for (int phase = 0; phase < PHASES; phase++) {
        for (int i = 0; i < SESSIONS; i++) {
            const uint64_t received = w5100_sim_conn_received(sessions[i].conn);
            if (ms == phase_begins[phase]) {
                sessions[i].at_start[phase] = received;
            } else if (ms == phase_begins[phase] + PHASE_MS) {
                sessions[i].at_end[phase] = received;
            }
        }
    }
}

/* By the clock and not in steps of equal length, as a step may end late: the bus moves time on. */
static void run_to(uint32_t ms) {
    const int32_t left = (int32_t)(ms - port_now_ms());
    if (left > 0) {
        w5100_sim_run_for(world, (uint32_t)left);
    }
}

/* Every thread that is left ends; joining counts as no waiting of the simulated world's. */
static void end_threads(pthread_t watcher, bool watched) {
    w5100_wake(stop);
    for (int i = 0; i < SESSIONS; i++) {
        w5100_close(sessions[i].handle);
    }
    w5100_sim_thread_leave(world);
    if (watched) {
        pthread_join(watcher, NULL);
    }
    for (int i = 0; i < SESSIONS; i++) {
        pthread_join(sessions[i].thread, NULL);
    }
    w5100_sim_thread_enter(world);
}

/* ---- the figures ----------------------------------------------------------------------------- */

static int failures;

static void must(bool holds, const char *what) {
    if (!holds) {
        printf("NOT SO: %s\n", what);
        failures++;
    }
}

static uint64_t moved(const struct session *session, int phase) {
    return session->at_end[phase] - session->at_start[phase];
}

/* KiB/s with a decimal. */
static void print_rate(uint64_t bytes) {
    const uint64_t tenths = bytes * 10 * 1000 / 1024 / PHASE_MS;
    printf(" %6u.%u", (unsigned)(tenths / 10), (unsigned)(tenths % 10));
}

/* What the session moved in a phase, in percent of what it moved before. */
static unsigned percent(const struct session *session, int phase) {
    const uint64_t before = moved(session, 0);
    return before == 0 ? 0 : (unsigned)(moved(session, phase) * 100 / before);
}

static void print_figures(void) {
    printf("\n%-10s %8s %8s %8s  KiB/s at the peer, %d ms each\n", "peer", "before", "during",
           "after", PHASE_MS);
    for (int i = 0; i < SESSIONS; i++) {
        printf("%-10s", names[i]);
        for (int phase = 0; phase < PHASES; phase++) {
            printf("  ");
            print_rate(moved(&sessions[i], phase));
        }
        printf("   during %u %%, after %u %% of before\n", percent(&sessions[i], 1),
               percent(&sessions[i], 2));
    }
}

static void judge(uint32_t free_sockets) {
    for (int i = 0; i < SESSIONS; i++) {
        if (i != DEAD) {
            must(percent(&sessions[i], 1) >= LEAST_PERCENT, "a session keeps its throughput");
            must(percent(&sessions[i], 2) >= LEAST_PERCENT, "and keeps it after the close");
            must(sessions[i].dead_verdicts == 0, "only the dead is called dead");
        }
        must(i == SLOW || sessions[i].slow_verdicts <= (i == DEAD ? DEAD_AFTER_MS / 1000 : 0),
             "fast sessions are not called slow");
    }
    must(moved(&sessions[DEAD], 0) > 0, "the dead one was alive");
    must(sessions[DEAD].dead_verdicts == 1, "the dead one is found, once");
    must(sessions[SLOW].slow_verdicts >= LEAST_SLOW, "the slow one is called slow");
    must(free_sockets == 1, "the dead one's hardware socket is free");
}

int main(int argc, char **argv) {
    const bool watched = argc < 2 || strcmp(argv[1], "off") != 0;
    pthread_t watcher;
    w5100_counters counters;
    uint32_t start;
    if (start_scene() < 0) {
        return EXIT_FAILURE;
    }
    for (int i = 0; i < SESSIONS; i++) {
        if (start_thread(&sessions[i].thread, writer, &sessions[i]) != 0) {
            return EXIT_FAILURE;
        }
    }
    if (watched && start_thread(&watcher, monitor, NULL) != 0) {
        return EXIT_FAILURE;
    }
    start = port_now_ms();
    for (uint32_t ms = 0; ms <= END_MS; ms += STEP_MS) {
        run_to(start + ms);
        step(ms);
    }
    must(atomic_load(&sessions[DEAD].error) == W5100_EBADF, "the dead one's writer has ended");
    w5100_counters_get(device, &counters);
    print_figures();
    printf("\n");
    end_threads(watcher, watched);
    judge(counters.free_sockets);
    printf("%s\n", failures == 0 ? "as it must be" : "FAILED");
    port_close(device);
    return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
