/* table.h - the socket table of device 0, for tests on the wire: rows by handle, and what fills
   them. */
#ifndef TABLE_H
#define TABLE_H

#include "wire.h"

#define TABLE_PEER_PORT 7
#define TABLE_RING 2048
#define TABLE_SLACK_MS 3 /* frames take time, and clocks are read in whole milliseconds */

/* Sn_SR. */
enum {
    TABLE_CLOSED = 0x00,
    TABLE_LISTEN = 0x14,
    TABLE_ESTABLISHED = 0x17,
    TABLE_CLOSE_WAIT = 0x1C,
    TABLE_UDP = 0x22,
    TABLE_IPRAW = 0x32,
};

/** A socket's row, as known without the chip. */
w5100_info table_known(int32_t fd);

/** A socket's row, after asking the chip. */
w5100_info table_look(int32_t fd);

/** Who holds a hardware socket. */
w5100_hardware table_hardware(uint32_t number);

/** Milliseconds, exact but for TABLE_SLACK_MS. */
void table_check_ms(uint32_t actual, uint32_t expected);

void table_check_peer(const uint8_t *actual_ip, uint16_t actual_port, const uint8_t *ip,
                      uint16_t port);

/** SPI frames so far, by the chip's count. */
uint32_t table_frames(void);

/** A new TCP socket. */
int32_t table_tcp(void);

/** A UDP socket, bound. */
int32_t table_udp(uint16_t port);

/** Set an option that is a number. */
void table_set(int32_t fd, int32_t level, int32_t name, uint32_t value);

/** Connect to TABLE_PEER_PORT of the peer: the peer's end. */
w5100_sim_conn *table_connect(int32_t fd);

/** The peer sends `text`, and it arrives. */
void table_client_sends(w5100_sim_conn *conn, const char *text);

/** Send up to TABLE_RING bytes at once. */
void table_send(int32_t fd, int32_t length);

#endif /* TABLE_H */
