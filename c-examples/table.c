#include "table.h"

#include <stdio.h>

#include "w5100.h"

static void print_row(const w5100_info *row) {
    char remote[22] = "-";
    char hardware[4] = "-";
    /* The row tells what is known at most; this asks the chip. */
    const int32_t unacknowledged = w5100_outstanding(row->handle);
    if (row->remote_port != 0) {
        snprintf(remote, sizeof remote, "%u.%u.%u.%u:%u", row->remote_ip[0], row->remote_ip[1],
                 row->remote_ip[2], row->remote_ip[3], row->remote_port);
    }
    if (row->hardware != 255) {
        snprintf(hardware, sizeof hardware, "%u", row->hardware);
    }
    printf("%10ld %-4s %2s %-12s %5u %-21s %6lu %6ld %4u/%u\n", (long)row->handle,
           row->kind == W5100_SOCK_STREAM ? "tcp" : "udp", hardware, w5100_state_name(row->status),
           row->local_port, remote, (unsigned long)row->unread,
           (long)(unacknowledged > 0 ? unacknowledged : 0), row->pending, row->backlog);
}

void table_print(int32_t device) {
    w5100_info row;
    w5100_counters counters;
    int32_t filled;
    printf("%10s %-4s %2s %-12s %5s %-21s %6s %6s %s\n", "handle", "type", "hw", "state", "port",
           "remote", "unread", "unacked", "pending/backlog");
    for (uint32_t index = 0; (filled = w5100_info_get(device, index, &row)) >= 0; index++) {
        if (filled > 0) {
            print_row(&row);
        }
    }
    if (w5100_counters_get(device, &counters) >= 0) {
        printf("frames %lu, echo errors %lu, commands %lu, resets %lu, free sockets %lu\n",
               (unsigned long)counters.frames, (unsigned long)counters.echo_errors,
               (unsigned long)counters.commands, (unsigned long)counters.resets,
               (unsigned long)counters.free_sockets);
    }
    fflush(stdout);
}
