/**
 * @file w5100_netmf.h
 * The socket layer that NETMF-style runtimes ask of a port: the .NET Micro Framework and .NET
 * nanoFramework. `bindings/netmf/native/` has the C++ functions by the names that the interpreter
 * calls, one line each on these; docs/NETMF.md tells how a port links them.
 *
 * In a library built with its part `netmf`, as it is by default. What holds for all of it:
 *
 * - No call waits for the network, whatever the settings of a socket are. A connection that is
 *   closed ends in the background.
 * - Functions named `w5100_netmf_sock_...` return 0, a count or a handle, or -1: then
 *   w5100_netmf_sock_getlasterror() tells why, by Winsock's numbers. 10024 is a lack of sockets, be
 *   it a place in the handle table or one of the chip's four. Where a pointer may not be NULL it
 *   gives 10014, a length that cannot be 10022, a word that is no open socket 10038; nothing is
 *   changed or lost then.
 * - A call that cannot be done yet gives -1 and 10035, or it is a select that gives 0. The runtime
 *   parks its thread, and calls again after the event (see w5100_netmf_hooks), which is also set
 *   if the change came between the call and the parking.
 * - Handles are those of w5100.h, and its calls may be used on them.
 * - Structs are laid out as the runtimes have them on a 32-bit CPU (w5100_netmf_types.h). Pointers
 * to addresses and option values need no alignment.
 * - "Task" is the interpreter's; of a library without an operating system it is the only one.
 */
#ifndef W5100_NETMF_H
#define W5100_NETMF_H

#include <stddef.h>
#include <stdint.h>

#include "w5100.h"
#include "w5100_netmf_types.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Begins: enables a device with these addresses, starts DHCP if they say so, and has the runtime
 * told from now on.
 *
 * @param port           as for WIZnet_Enable(), or NULL: a device is enabled in another way
 * @param configuration  its addresses; not looked at if `port` is NULL
 * @param hooks          must stay as they are until w5100_netmf_uninitialize() has returned
 * @return 0, or -1 and the last error: 10014 (no hooks, or no event in them; no configuration; a
 *   port without what it must have), 10022 (a MAC that cannot be; a size), 10024 (all devices are
 *   enabled), 10050 (no chip answers)
 *
 * Blocks for 200 ms at most, while the chip is set up. Task only.
 */
int32_t w5100_netmf_initialize(const w5100_port *port,
                               const w5100_netmf_configuration *configuration,
                               const w5100_netmf_hooks *hooks);

/**
 * Ends: all devices are disabled, all their sockets closed, and what is parked is woken once more.
 *
 * @return 0
 *
 * Does not block. Task only.
 */
int32_t w5100_netmf_uninitialize(void);

/**
 * Serves all devices: asks the chips what happened, looks after listeners, connections that end,
 * DHCP and names; and sets the event if something is there that a call was made for in vain. The
 * runtime calls it from a timer or a completion, and once w5100_interrupt() was told, as `schedule`
 * asks for it.
 *
 * @return in how many milliseconds it wants to be called again at the latest: 10 while something is
 *   awaited that the chip does not announce, or /INT is not wired; 500 else; 1 if another call had
 *   a device, or w5100_interrupt() came meanwhile
 *
 * Does not block. Any task; also in an interrupt that may use the bus, if the port has no `lock`.
 */
uint32_t w5100_netmf_service(void);

/**
 * Makes a TCP, UDP or raw socket on the first device that is enabled.
 *
 * @param family    2, AF_INET
 * @param type      1 stream, 2 datagrams, 3 raw
 * @param protocol  0, or the type's own: 6 or 17; of a raw socket the protocol, 1 for ICMP
 * @return a handle above 0, or -1: 10047, 10044, 10041, 10043, 10022 as in w5100_socket_on(); 10024
 *   no place in the handle table; 10050
 *
 * Does not block. Task only.
 */
int32_t w5100_netmf_sock_socket(int32_t family, int32_t type, int32_t protocol);

/**
 * Reserves a local port; see w5100_bind().
 *
 * @return 0, or -1: 10014, 10022 (`length` below 16; bound already), 10038, 10047, 10048, 10049,
 *   10024 (datagrams: no hardware socket), 10050
 *
 * Does not block. Task only.
 */
int32_t w5100_netmf_sock_bind(int32_t socket, const w5100_netmf_sockaddr *address, int32_t length);

/**
 * Begins to connect. How it ends is told by w5100_netmf_sock_select(): writable, or an error. Of
 * datagrams the peer is set. The last error is 0 after success.
 *
 * @return 0 (datagrams), or -1: 10035 it is under way; 10037 it was already; 10056 connected; 10024
 *   no hardware socket; 10049 no such address; 10051, 10045, 10014, 10022, 10038, 10047, 10050; or
 *   what the connect before this one failed by, if nobody was told
 *
 * Does not block. Task only.
 */
int32_t w5100_netmf_sock_connect(int32_t socket, const w5100_netmf_sockaddr *address,
                                 int32_t length);

/**
 * Makes a TCP socket wait for clients; see w5100_listen().
 *
 * @param backlog  clients that may wait for accept; clamped to 1..4
 * @return 0, or -1: 10038, 10045, 10022, 10048, 10050
 *
 * Does not block. Task only.
 */
int32_t w5100_netmf_sock_listen(int32_t socket, int32_t backlog);

/**
 * Takes a client that waits.
 *
 * @param address  the client's, or NULL
 * @param length   in: 16 or more; out: 16. May be NULL if `address` is
 * @return a handle above 0, or -1: 10035 nobody waits; 10024 no place in the handle table, and the
 *   client goes on waiting; 10014, 10022, 10038, 10045, 10050
 *
 * Does not block. Task only.
 */
int32_t w5100_netmf_sock_accept(int32_t socket, w5100_netmf_sockaddr *address, int32_t *length);

/**
 * Ends one or both directions; see w5100_shutdown().
 *
 * @param how  0 receiving, 1 sending, 2 both
 * @return 0, or -1: 10022, 10038, 10057, 10050
 *
 * Does not block. Task only.
 */
int32_t w5100_netmf_sock_shutdown(int32_t socket, int32_t how);

/**
 * Closes a socket. What was sent goes out in the background, then the connection ends.
 *
 * @return 0, or -1 and 10038
 *
 * Does not block. Task only.
 */
int32_t w5100_netmf_sock_close(int32_t socket);

/**
 * Sends as much as there is room for. Of a datagram all or nothing; see w5100_send().
 *
 * @param length  bytes, 0 or more
 * @param flags   0
 * @return the bytes taken, or -1: 10035 none for now; 10053, 10054, 10060, 10052 how the connection
 *   ended, once; then 10058; 10057, 10039, 10040, 10045, 10014, 10022, 10038, 10050
 *
 * Does not block. Task only.
 */
int32_t w5100_netmf_sock_send(int32_t socket, const char *data, int32_t length, int32_t flags);

/**
 * Receives what there is, 2048 bytes at most; of a datagram what fits.
 *
 * @param length  bytes of `data`, 0 or more
 * @param flags   0, or 2 to leave it there
 * @return the bytes; 0 at the end of the stream; or -1: 10035 none for now; 10054, 10060, 10053,
 *   10052 how the connection ended, once, after all data; 10057, 10014, 10022, 10038, 10045, 10050
 *
 * Does not block. Task only.
 */
int32_t w5100_netmf_sock_recv(int32_t socket, char *data, int32_t length, int32_t flags);

/**
 * Sends a datagram.
 *
 * @param address         the destination; NULL for the connected peer. Not looked at on TCP
 * @param address_length  16 or more
 * @return as w5100_netmf_sock_send(), and 10024 no hardware socket; 10065, 10061 of one before it;
 *   10013 a broadcast without SO_BROADCAST
 *
 * Does not block. Task only.
 */
int32_t w5100_netmf_sock_sendto(int32_t socket, const char *data, int32_t length, int32_t flags,
                                const w5100_netmf_sockaddr *address, int32_t address_length);

/**
 * Receives a datagram.
 *
 * @param address         the sender's, or NULL
 * @param address_length  in: 16 or more; out: 16. May be NULL if `address` is
 * @return as w5100_netmf_sock_recv(), and 10024, 10065, 10061
 *
 * Does not block. Task only.
 */
int32_t w5100_netmf_sock_recvfrom(int32_t socket, char *data, int32_t length, int32_t flags,
                                  w5100_netmf_sockaddr *address, int32_t *address_length);

/**
 * Asks what the sockets of three sets are ready for, and leaves those in them that are. It asks the
 * chip, and never waits.
 *
 * Readable: data, a client, or the end of the stream; writable: a send takes at least one byte.
 * Either is also there if the call would give an error at once. The third set is for what ended by
 * an error: a connect, or a connection whose data was read; such a socket is then in neither of the
 * other two, and the last error is this error, told herewith. While data waits, a socket that is in
 * the first set is there and not in the third.
 *
 * @param count    not looked at
 * @param read     a set, or NULL; likewise the other two, which may not all be empty
 * @param timeout  not looked at, but for a time below 0
 * @return how many there are in all sets, 0 for none; or -1, and the sets as they were: 10022 (a
 * set of more than 256, all are empty, or a time below 0), 10038, 10050
 *
 * After success the last error is 0, or that of the last socket in the third set. Does not block.
 * Task only.
 */
int32_t w5100_netmf_sock_select(int32_t count, w5100_netmf_fd_set *read, w5100_netmf_fd_set *write,
                                w5100_netmf_fd_set *except, const w5100_netmf_timeval *timeout);

/**
 * Asks or sets what has no option.
 *
 * @param command  W5100_NETMF_FIONREAD or W5100_NETMF_FIONBIO
 * @param data     read or written
 * @return 0, or -1: 10014, 10022 (another command; a listener has no bytes), 10038, 10050
 *
 * Does not block. Task only.
 */
int32_t w5100_netmf_sock_ioctl(int32_t socket, int32_t command, int32_t *data);

/**
 * Sets an option: those of w5100_setsockopt(), by the same numbers. SO_LINGER is Winsock's pair of
 * `uint16_t`, whether and how many seconds; SO_RCVTIMEO and SO_SNDTIMEO are kept, and the runtime's
 * own business; SO_RCVBUF is accepted and changes nothing.
 *
 * @param value   4 bytes, of a group's membership 8
 * @param length  at least so many
 * @return 0, or -1: 10042 no such option, 10014, 10022, 10038, and as w5100_setsockopt()
 *
 * Does not block. Task only.
 */
int32_t w5100_netmf_sock_setsockopt(int32_t socket, int32_t level, int32_t name, const char *value,
                                    int32_t length);

/**
 * Reads an option, of 4 bytes. SO_ERROR is a Winsock number, and 0 when it was read.
 *
 * @param length  in: 4 or more; out: 4
 * @return 0, or -1: 10042, 10014, 10022, 10038
 *
 * Does not block. Task only.
 */
int32_t w5100_netmf_sock_getsockopt(int32_t socket, int32_t level, int32_t name, char *value,
                                    int32_t *length);

/**
 * The peer's address.
 *
 * @param length  in: 16 or more; out: 16
 * @return 0, or -1: 10057, 10014, 10022, 10038, 10050
 *
 * Does not block. Task only.
 */
int32_t w5100_netmf_sock_getpeername(int32_t socket, w5100_netmf_sockaddr *address,
                                     int32_t *length);

/**
 * The own address: the port once bound, the IP once connected or bound to it.
 *
 * @param length  in: 16 or more; out: 16
 * @return 0, or -1: 10014, 10022, 10038, 10050
 *
 * Does not block. Task only.
 */
int32_t w5100_netmf_sock_getsockname(int32_t socket, w5100_netmf_sockaddr *address,
                                     int32_t *length);

/**
 * Looks up the address of a host, as NETMF wants it: a text of four numbers is its own answer, an
 * empty one the device's own address. Called again with the same name while it would block.
 *
 * @param node     host, ended by a NUL
 * @param service  a port as a number, or NULL
 * @param hints    the family, type and protocol that are wanted, or NULL
 * @param results  set to one result, which w5100_netmf_sock_freeaddrinfo() gives back: there are
 * four
 * @return 0; -1 and the last error 10035: it is being asked; or above 0 the error itself: 11001
 * there is no such host, 11002 no server answers, 10024 no hardware socket, or no result left,
 * 10047, 10022 (no name; no port), 10014, 10050. The last error is set too
 *
 * Does not block. Task only.
 */
int32_t w5100_netmf_sock_getaddrinfo(const char *node, const char *service,
                                     const w5100_netmf_addrinfo *hints,
                                     w5100_netmf_addrinfo **results);

/**
 * The same as nanoFramework wants it: -1 for every error, which is the last one then.
 *
 * @return 0, or -1 and the last error as above
 *
 * Does not block. Task only.
 */
int32_t w5100_netmf_sock_getaddrinfo_nf(const char *node, const char *service,
                                        const w5100_netmf_addrinfo *hints,
                                        w5100_netmf_addrinfo **results);

/**
 * Gives a result back.
 *
 * @param results  what w5100_netmf_sock_getaddrinfo() gave; anything else is ignored
 *
 * Does not block. Any task or interrupt.
 */
void w5100_netmf_sock_freeaddrinfo(w5100_netmf_addrinfo *results);

/**
 * The last error of this layer's calls: of all threads, since they are the interpreter's.
 *
 * @return a Winsock number; 0 if there was none
 *
 * Does not block. Any task or interrupt.
 */
int32_t w5100_netmf_sock_getlasterror(void);

/**
 * What a socket has to tell, which is told herewith; else the last error of a call on it.
 *
 * @return a Winsock number; 0 if there was none; 10038 for no open socket
 *
 * Does not block. Task only.
 */
int32_t w5100_netmf_sock_getsocklasterror(int32_t socket);

/**
 * How many adapters there can be: an adapter is a device of the library (`W5100_DEVICES`).
 *
 * @return 1 or more
 *
 * Does not block. Any task or interrupt.
 */
uint32_t w5100_netmf_adapter_count(void);

/**
 * Tells how an adapter is configured now, and what DHCP brought.
 *
 * @param index          0 to w5100_netmf_adapter_count() - 1
 * @param configuration  filled in
 * @return 0, or -1: 10022 no such adapter, 10014, 10050
 *
 * Does not block. Task only.
 */
int32_t w5100_netmf_adapter_load(uint32_t index, w5100_netmf_configuration *configuration);

/**
 * Changes what `flags` name. A fixed address ends DHCP; what DHCP does goes on in the background.
 *
 * @param index          0 to w5100_netmf_adapter_count() - 1
 * @param flags          `W5100_NETMF_UPDATE_...` bits; others are ignored
 * @param configuration  what it is to be
 * @return 0 (also if DHCP was on already, or a lease is being renewed); or -1: 10022 no such
 * adapter, or a MAC that cannot be; 10024 DHCP finds no socket; 10048 port 68 is taken; 10014,
 * 10050
 *
 * Does not block. Task only.
 */
int32_t w5100_netmf_adapter_update(uint32_t index, uint32_t flags,
                                   const w5100_netmf_configuration *configuration);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* W5100_NETMF_H */
