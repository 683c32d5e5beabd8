/* The example ping, as a function, on the simulated wire: its time is virtual. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "port.h"
#include "wire.h"
#include "worker.h"

/** The example's main(), by the name it is compiled with here. */
int ping_main(int argc, char **argv);

/* The example's port, as its own port.h has it. The scene is set before it is started. */
int32_t port_open(const w5100_config *config);
uint32_t port_now_ms(void);
void port_close(int32_t device);

int32_t port_open(const w5100_config *config) {
    return WIZnet_Enable(port_of(wire_chip(0)), config);
}

uint32_t port_now_ms(void) {
    return wire_now_ms();
}

void port_close(int32_t device) {
    CHECK_EQ(WIZnet_Disable(device), 0);
}

static char output[4096];

/* What the example prints on standard output is kept; its exit status. */
static int ping(const char *host, const char *count) {
    char *argv[] = {(char *)"ping", (char *)host, (char *)count, NULL};
    FILE *file = tmpfile();
    const int console = dup(STDOUT_FILENO);
    CHECK(file != NULL && console >= 0);
    fflush(stdout);
    CHECK(dup2(fileno(file), STDOUT_FILENO) >= 0);
    const int status = ping_main(3, argv);
    fflush(stdout);
    CHECK(dup2(console, STDOUT_FILENO) >= 0);
    rewind(file);
    output[fread(output, 1, sizeof output - 1, file)] = '\0';
    fclose(file);
    return status;
}

static void printed(const char *expected) {
    if (strcmp(output, expected) != 0) {
        fprintf(stderr, "printed:\n%s", output);
    }
    CHECK(strcmp(output, expected) == 0);
}

static void start(void) {
    wire_add_chip(0);
    wire_add_peer();
}

CASE(a_host_on_a_slow_wire_answers_each_request) {
    w5100_sim_link link;
    start();
    CHECK_EQ(w5100_sim_link_get(wire_world(), &link), 0);
    link.latency_us = 20000;
    CHECK_EQ(w5100_sim_link_set(wire_world(), &link), 0);
    CHECK_EQ(ping("192.168.1.10", "3"), 0);
    /* There and back is 40 ms, before the first one twice, for ARP. What the frames to the chip
       take is less than 2 ms, and a look at it may come as much later. */
    unsigned long times[3];
    unsigned lost;
    CHECK_EQ(sscanf(output,
                    "56 bytes from 192.168.1.10: seq=1 time=%lu ms\n"
                    "56 bytes from 192.168.1.10: seq=2 time=%lu ms\n"
                    "56 bytes from 192.168.1.10: seq=3 time=%lu ms\n"
                    "3 sent, 3 received, %u lost",
                    &times[0], &times[1], &times[2], &lost),
             4);
    CHECK_EQ(lost, 0);
    CHECK(times[0] >= 80 && times[0] <= 84);
    CHECK(times[1] >= 40 && times[1] <= 44);
    CHECK(times[2] >= 40 && times[2] <= 44);
    CHECK(wire_now_ms() >= 2000 && wire_now_ms() <= 2200);
}

/* The host is away from 2.5 s to 4.5 s. */
static int32_t go_away(void *unused) {
    (void)unused;
    wire_run(2500);
    w5100_sim_peer_vanish(wire_peer(), true);
    wire_run(2000);
    w5100_sim_peer_vanish(wire_peer(), false);
    return 0;
}

static const char *line(int number) {
    const char *at = output;
    while (--number > 0) {
        at = strchr(at, '\n') + 1;
    }
    return at;
}

CASE(requests_that_get_no_answer_are_counted_as_lost) {
    worker away;
    start();
    worker_start(&away, go_away, NULL);
    CHECK(ping("192.168.1.10", "6") != 0);
    CHECK_EQ(worker_join(&away), 0);
    CHECK(strncmp(line(3), "56 bytes from 192.168.1.10: seq=3 ", 34) == 0);
    CHECK(strncmp(line(4), "seq=4: no answer\nseq=5: no answer\n", 34) == 0);
    CHECK(strncmp(line(6), "56 bytes from 192.168.1.10: seq=6 ", 34) == 0);
    CHECK(strncmp(line(7), "6 sent, 4 received, 2 lost, ", 28) == 0);
}

/* ARP gives up after 1.8 s: the first request's wait is over before, and the second is told. */
CASE(a_host_that_is_not_there_is_unreachable) {
    start();
    CHECK(ping("192.168.1.77", "2") != 0);
    printed("seq=1: no answer\nseq=2: No route to host\n2 sent, 0 received, 2 lost\n");
}

CASE(what_is_no_address_is_refused) {
    start();
    CHECK(ping("192.168.1", "1") != 0);
    printed("");
}
