/*
 * w5100_host.h - a virtual board for programs of this computer: the library, and the simulated
 * chip on a network of its own.
 *
 * The network is a /24. Its first address, the gateway, is this computer's loopback interface; its
 * second is a server of DHCP and DNS, which leases address 100 and knows the names "localhost" and
 * "gateway" for the gateway's address. The port's functions are C, so that a program in another
 * language is never called from inside the library.
 *
 * The environment may say otherwise:
 *
 *     W5100_HOST_PORTS=80=8080,7=7007     these ports of 127.0.0.1 lead to ports 80 and 7 of the
 *                                         chip; others are led to by any free one
 *     W5100_HOST_NAMES=www.example=192.168.1.1,printer=192.168.1.9
 *                                         names that the server of DNS knows besides
 *     W5100_HOST_QUIET=1                  standard error is not told which port leads where
 *
 * Results below 0 are those of w5100.h. Functions may be called from any thread.
 */
#ifndef W5100_HOST_H
#define W5100_HOST_H

#include <stdbool.h>
#include <stdint.h>

/** Host part of the address that the server of DHCP leases. */
#define W5100_HOST_LEASED 100

/**
 * Say whether one hardware socket is to be kept for DHCP and DNS, from now on.
 *
 * The board itself is made when it gets its first address. Returns 0, or an error of
 * w5100_reserve_socket(). Does not block.
 */
int32_t w5100_host_enable(bool reserve);

/**
 * Give the chip a fixed address; DHCP ends. Makes the board if there is none, with its network
 * around `gateway`.
 *
 * All arguments are required: 4 bytes, `mac` 6; of that the group's bit, the lowest of the first
 * byte, is cleared, since hosts do not answer a group. Returns 0, or an error of WIZnet_Enable() or
 * w5100_set_config(). Blocks for 200 ms at most.
 */
int32_t w5100_host_static(const uint8_t *ip, const uint8_t *mask, const uint8_t *gateway,
                          const uint8_t *mac);

/**
 * Give the chip an address by DHCP, and wait for it. Makes the board if there is none, in the
 * network 192.168.1.0/24.
 *
 * `mac`: 6 bytes. `host_name` may be NULL. `timeout_ms`: below 0 waits for ever.
 * Returns 0, or an error of WIZnet_Enable(), w5100_dhcp_start() or w5100_dhcp_wait().
 */
int32_t w5100_host_dhcp(const uint8_t *mac, const char *host_name, int32_t timeout_ms);

/**
 * Have the lease go on, and wait until the server has said so; after a release, get another.
 *
 * Returns 0, -W5100_EAGAIN (the time is over), -W5100_EINVAL (DHCP was never started),
 * -W5100_ECONNABORTED (the server refused, and the lease is lost), or an error as
 * w5100_host_dhcp().
 */
int32_t w5100_host_renew(int32_t timeout_ms);

/**
 * Give the lease back. Returns 0, -W5100_EINVAL: DHCP was never started, or there is no lease;
 * -W5100_EAGAIN: it goes on in the background; or an error of w5100_dhcp_release(). Blocks until
 * the chip has no address any more, for 5 s at most.
 */
int32_t w5100_host_release(void);

/**
 * Reset the chip, and set it up as it was. Connections end, and all sockets are invalid.
 *
 * Returns 0, or -W5100_ENETDOWN: there is no board; or an error of WIZnet_Enable() or, where the
 * address was one of DHCP, w5100_host_dhcp(). Blocks as that, for 30 s at most.
 */
int32_t w5100_host_reset(void);

/** Set the server of names: 4 bytes. Returns 0, or an error of w5100_dns_set(). */
int32_t w5100_host_names_server(const uint8_t *ip);

/**
 * Tell the chip's IP address, mask, gateway and server of names in 16 bytes.
 *
 * Returns 0, -W5100_EFAULT, or -W5100_ENETDOWN: there is no board.
 */
int32_t w5100_host_addresses(uint8_t *out);

/** The address of a host's name, in 4 bytes: w5100_resolve() on the board's chip. */
int32_t w5100_host_resolve(const char *name, uint8_t *ip, int32_t timeout_ms);

/**
 * Lead a port of 127.0.0.1 to `chip_port`, of UDP if `datagram`; once for each port.
 *
 * Returns the port of 127.0.0.1; 0: the chip has no address yet, and it will be opened when it
 * has; or -W5100_EADDRINUSE, -W5100_EINVAL (port 0), -W5100_EMFILE (too many ports),
 * -W5100_ENETDOWN (no board). Does not block.
 */
int32_t w5100_host_reach(uint16_t chip_port, bool datagram);

/**
 * Messages of one kind (RFC 2132, option 53) that the server of DHCP has heard: waits until they
 * are `count`. Returns how many they are when the wait ends.
 */
int32_t w5100_host_dhcp_heard(uint8_t kind, int32_t count, int32_t timeout_ms);

/**
 * The host's name in the last message that the server of DHCP has heard; empty if it had none.
 *
 * Returns its length, or -W5100_EFAULT, -W5100_EINVAL: it does not fit `room` bytes with its NUL.
 */
int32_t w5100_host_dhcp_name(char *text, int32_t room);

/** What a chip of silicon would not have borne: broken rules of SPI and misuses, 0 if none. */
int32_t w5100_host_complaints(void);

#endif /* W5100_HOST_H */
