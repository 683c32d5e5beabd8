/**
 * @file w5100.h
 * BSD-style sockets over the WIZnet W5100.
 *
 * Conventions, which hold for every function here:
 *
 * - A socket is a positive `int32_t` handle. It is not the number of a hardware
 *   socket, and once closed it stays invalid: a handle repeats only after its
 *   table slot was used 16,777,215 times again. Any word is safe to pass; one
 *   that is no open handle gives -W5100_EBADF.
 * - Results of 0 and above are success; below 0 they are the negative of a
 *   `W5100_E...` number. Outputs are written only on success.
 * - NULL where data is needed gives -W5100_EFAULT and changes nothing.
 * - Any function may be called from any task at any time, also while other
 *   tasks use or close the same socket. From an interrupt handler only those
 *   may be called that say so: w5100_interrupt(), w5100_notified(),
 *   w5100_wake(), w5100_wake_clear(), w5100_exchange(), and those that only look
 *   up a name or a number.
 * - "Blocks" means: waits for the network through the port's `wait`. What does
 *   not block returns after a bounded number of bus frames; it may wait that
 *   long for another task's call to finish its own. It takes up to 100 ms more
 *   to find that a chip hangs, and up to 200 ms to set one up again, or to give
 *   it up.
 * - A device that is not enabled, or a chip that does not answer, gives
 *   -W5100_ENETDOWN; a port whose `transfer` failed gives -W5100_EIO.
 *
 * Generated from the library's source; do not edit.
 */

#ifndef W5100_H
#define W5100_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * The wait was ended by another task.
 */
#define W5100_EINTR 4

/**
 * The port's `transfer` failed.
 */
#define W5100_EIO 5

/**
 * Not an open socket handle.
 */
#define W5100_EBADF 9

/**
 * The call would block, or its timeout is over.
 */
#define W5100_EAGAIN 11

/**
 * Another name of W5100_EAGAIN.
 */
#define W5100_EWOULDBLOCK 11

/**
 * Broadcast without SO_BROADCAST.
 */
#define W5100_EACCES 13

/**
 * NULL pointer where data is needed.
 */
#define W5100_EFAULT 14

/**
 * Not while hardware sockets are in use.
 */
#define W5100_EBUSY 16

/**
 * Invalid argument, or the socket's state does not allow the call.
 */
#define W5100_EINVAL 22

/**
 * All socket handles are in use.
 */
#define W5100_EMFILE 24

/**
 * Unknown ioctl request.
 */
#define W5100_ENOTTY 25

/**
 * Sending is over on this socket.
 */
#define W5100_EPIPE 32

/**
 * Time value out of range.
 */
#define W5100_EDOM 33

/**
 * A datagram needs a destination.
 */
#define W5100_EDESTADDRREQ 89

/**
 * Datagram too large.
 */
#define W5100_EMSGSIZE 90

/**
 * The protocol does not fit the socket type.
 */
#define W5100_EPROTOTYPE 91

/**
 * No such socket option.
 */
#define W5100_ENOPROTOOPT 92

/**
 * No such protocol.
 */
#define W5100_EPROTONOSUPPORT 93

/**
 * No such socket type.
 */
#define W5100_ESOCKTNOSUPPORT 94

/**
 * The operation is not for this kind of socket.
 */
#define W5100_EOPNOTSUPP 95

/**
 * Not AF_INET.
 */
#define W5100_EAFNOSUPPORT 97

/**
 * The port is in use.
 */
#define W5100_EADDRINUSE 98

/**
 * Not an address of this chip, or none to connect to.
 */
#define W5100_EADDRNOTAVAIL 99

/**
 * The device is not enabled, or its chip does not answer.
 */
#define W5100_ENETDOWN 100

/**
 * Network unreachable.
 */
#define W5100_ENETUNREACH 101

/**
 * The connection was lost when the chip was reset.
 */
#define W5100_ENETRESET 102

/**
 * The connection was ended on this side.
 */
#define W5100_ECONNABORTED 103

/**
 * The peer reset the connection.
 */
#define W5100_ECONNRESET 104

/**
 * No hardware socket can be had.
 */
#define W5100_ENOBUFS 105

/**
 * The socket is connected.
 */
#define W5100_EISCONN 106

/**
 * The socket is not connected.
 */
#define W5100_ENOTCONN 107

/**
 * The socket has been shut down.
 */
#define W5100_ESHUTDOWN 108

/**
 * The peer does not answer.
 */
#define W5100_ETIMEDOUT 110

/**
 * Nobody listens there.
 */
#define W5100_ECONNREFUSED 111

/**
 * No answer to ARP.
 */
#define W5100_EHOSTUNREACH 113

/**
 * A connect is under way.
 */
#define W5100_EALREADY 114

/**
 * The connect goes on in the background.
 */
#define W5100_EINPROGRESS 115

/**
 * There is no host of that name, or it has no address. Not one of POSIX.
 */
#define W5100_EHOSTNOTFOUND 201

/**
 * No name server answered, or none is known. Not one of POSIX.
 */
#define W5100_ENAMESERVER 202

/**
 * Address family: none. w5100_connect() with it takes the peer of a datagram
 * socket away.
 */
#define W5100_AF_UNSPEC 0

/**
 * Address family: IPv4.
 */
#define W5100_AF_INET 2

/**
 * Address family: Ethernet frames.
 */
#define W5100_AF_PACKET 17

/**
 * Socket type: a TCP stream.
 */
#define W5100_SOCK_STREAM 1

/**
 * Socket type: UDP datagrams; in a library built with its part `udp`.
 */
#define W5100_SOCK_DGRAM 2

/**
 * Socket type: IP packets of one protocol or, in W5100_AF_PACKET, frames; in a
 * library built with its part `raw`.
 */
#define W5100_SOCK_RAW 3

/**
 * Protocol: the type's own. As a level of options: IP.
 */
#define W5100_IPPROTO_IP 0

/**
 * Protocol: ICMP.
 */
#define W5100_IPPROTO_ICMP 1

/**
 * Protocol: TCP.
 */
#define W5100_IPPROTO_TCP 6

/**
 * Protocol: UDP.
 */
#define W5100_IPPROTO_UDP 17

/**
 * w5100_shutdown(): receiving is over.
 */
#define W5100_SHUT_RD 0

/**
 * w5100_shutdown(): sending is over.
 */
#define W5100_SHUT_WR 1

/**
 * w5100_shutdown(): both.
 */
#define W5100_SHUT_RDWR 2

/**
 * w5100_recv(), w5100_recvfrom(): leave the data where it is.
 */
#define W5100_MSG_PEEK 2

/**
 * w5100_recv(), w5100_recvfrom(): the result counts the whole datagram, also
 * what did not fit in the buffer. Not for TCP.
 */
#define W5100_MSG_TRUNC 32

/**
 * This one call does not wait.
 */
#define W5100_MSG_DONTWAIT 64

/**
 * w5100_send(), w5100_sendto(): more of this datagram follows. The parts are
 * sent as one datagram, to where the first one was to go, by the first call
 * without this flag. On TCP it changes nothing.
 */
#define W5100_MSG_MORE 32768

/**
 * Data, a client or the end of the stream waits: w5100_recv() or
 * w5100_accept() does not block.
 */
#define W5100_POLLIN 1

/**
 * w5100_send() takes at least one byte, or has an error to tell.
 */
#define W5100_POLLOUT 4

/**
 * An error waits; see W5100_SO_ERROR.
 */
#define W5100_POLLERR 8

/**
 * Both directions are over, or the socket was never connected.
 */
#define W5100_POLLHUP 16

/**
 * No open handle.
 */
#define W5100_POLLNVAL 32

/**
 * The peer will send nothing more.
 */
#define W5100_POLLRDHUP 8192

/**
 * w5100_poll(): no time limit.
 */
#define W5100_WAIT_FOREVER -1

/**
 * Event: data waits, or an error of a datagram socket. Told again only after a
 * receive, then at once if data is left. On a wake handle: it was signalled.
 */
#define W5100_FD_READ 1

/**
 * Event: at least one byte can be sent. Told again only after a send that would
 * block or took only a part.
 */
#define W5100_FD_WRITE 2

/**
 * Event: a client waits. Told again only after an accept, then at once if
 * another one waits.
 */
#define W5100_FD_ACCEPT 8

/**
 * Event: a connect has ended, well or not. Not told if connect itself, or another
 * call, has told why it failed.
 */
#define W5100_FD_CONNECT 16

/**
 * Event: the connection is over, and all its data was read. Told once.
 */
#define W5100_FD_CLOSE 32

/**
 * Event of a device: DHCP got an address, where there was none or another.
 */
#define W5100_NETWORK_BOUND 1

/**
 * The lease goes on.
 */
#define W5100_NETWORK_RENEWED 2

/**
 * The address of DHCP is lost, and its connections have ended: the lease is over,
 * the server refused it, it was given back, or another host has the address.
 */
#define W5100_NETWORK_LOST 4

/**
 * Another host has this chip's address, be it one of DHCP or a fixed one
 * (datasheet: IR, CONFLICT). DHCP declines it and asks for another; a fixed one
 * stays. Told again as long as that host is heard.
 */
#define W5100_NETWORK_CONFLICT 8

/**
 * The level of the options of any socket.
 */
#define W5100_SOL_SOCKET 65535

/**
 * `int32_t`, read only: 1 if the socket listens.
 */
#define W5100_SO_ACCEPTCONN 2

/**
 * `int32_t`: not 0 lets the socket share a port at bind with others that have
 * this option, none of which may listen.
 */
#define W5100_SO_REUSEADDR 4

/**
 * `int32_t`: not 0 allows datagrams to broadcast addresses.
 */
#define W5100_SO_BROADCAST 32

/**
 * `uint32_t`: milliseconds that send and connect wait at most; 0 for ever.
 */
#define W5100_SO_SNDTIMEO 4101

/**
 * `uint32_t`: milliseconds that recv and accept wait at most; 0 for ever.
 */
#define W5100_SO_RCVTIMEO 4102

/**
 * `int32_t`, read only: the `W5100_E...` number that waits to be told, or 0;
 * reading it clears it.
 */
#define W5100_SO_ERROR 4103

/**
 * `int32_t`, read only: W5100_SOCK_STREAM, W5100_SOCK_DGRAM or W5100_SOCK_RAW.
 */
#define W5100_SO_TYPE 4104

/**
 * `int32_t`: not 0 makes the calls of this socket not wait. 0 gives
 * -W5100_EINVAL while w5100_wsa_async_select() has a window told of its events.
 */
#define W5100_SO_NONBLOCK 4353

/**
 * w5100_ioctl(): tells the bytes that wait to be received.
 */
#define W5100_FIONREAD 1074030207

/**
 * w5100_ioctl(): as W5100_SO_NONBLOCK.
 */
#define W5100_FIONBIO 2147772030

/**
 * `int32_t`: not 0 probes a connection that is silent; see W5100_TCP_KEEPIDLE.
 *
 * This option and those that follow are in a library built with its part
 * `options`, as it is by default; in another they give -W5100_ENOPROTOOPT. Those
 * of level W5100_SOL_SOCKET can be set on any socket, and count where they
 * mean something.
 */
#define W5100_SO_KEEPALIVE 8

/**
 * `w5100_linger`: what w5100_close() does with a connection.
 */
#define W5100_SO_LINGER 128

/**
 * `int32_t`, TCP: bytes that may be unacknowledged at a time, 1 to 8192. Reads back
 * as no more than the hardware socket's transmit memory; that of the smallest
 * one while the socket has none.
 */
#define W5100_SO_SNDBUF 4097

/**
 * `int32_t`: bytes of receive memory. Setting it, 1 to 8192, deals the memory
 * of the whole device, both directions, in equal parts of 1, 2, 4 or 8 KiB: at
 * 4096 two hardware sockets are left, at 8192 one. -W5100_EBUSY while any
 * hardware socket is in use and the size is another one. See
 * w5100_set_memory().
 */
#define W5100_SO_RCVBUF 4098

/**
 * `uint32_t`: milliseconds that a connection may wait for its program after
 * the peer's FIN without a byte being moved. It is then ended, its hardware
 * socket is free, what was not read is lost, and the program gets
 * -W5100_ECONNABORTED once. 0: for ever (requirement F2).
 */
#define W5100_SO_CLOSE_WAIT_TIMEOUT 4354

/**
 * `int32_t`: not 0 has a W5100_AF_PACKET socket receive all frames, not only
 * broadcasts and those to this chip. Before its first use.
 */
#define W5100_SO_PROMISCUOUS 4355

/**
 * `uint32_t`: a mark of the program's, shown by w5100_info_get() and by what is
 * built on it; the library does nothing with it. 0 at first. Accepted sockets
 * have it from their listener (requirement W12).
 */
#define W5100_SO_TAG 4356

/**
 * Level W5100_IPPROTO_TCP, `int32_t`: 0 lets the chip delay its ACKs. It is 1 at
 * first, since with 2 KiB of memory a delayed ACK costs a peer seconds. The
 * chip never delays what it sends. Counts from the next connect or listen on;
 * accepted sockets have it from their listener (requirement W11).
 */
#define W5100_TCP_NODELAY 1

/**
 * Level W5100_IPPROTO_TCP, `int32_t`: seconds of silence before the first
 * probe, 1 to 32767; 7200 at first.
 *
 * The chip itself repeats a probe that is not answered and gives up as for any
 * segment (`retry_time`, `retry_count`; 31.8 s at first): the connection then
 * ends with -W5100_ETIMEDOUT. It cannot probe before the program has sent a
 * byte, and has no need to while bytes are unacknowledged.
 */
#define W5100_TCP_KEEPIDLE 4

/**
 * Level W5100_IPPROTO_TCP, `int32_t`: seconds between two probes, 1 to 32767;
 * 75 at first.
 */
#define W5100_TCP_KEEPINTVL 5

/**
 * Level W5100_IPPROTO_TCP, `int32_t`: probes in one round, 1 to 127; 9 at
 * first. After a round without a verdict of the chip the next one begins.
 */
#define W5100_TCP_KEEPCNT 6

/**
 * Level W5100_IPPROTO_TCP: another name of W5100_TCP_NODELAY.
 */
#define W5100_TCP_QUICKACK 12

/**
 * Level W5100_IPPROTO_TCP, `int32_t`: milliseconds that sent bytes may make no
 * progress, whether the peer is silent or keeps its window closed; then the
 * connection is dropped with -W5100_ETIMEDOUT. 0 at first: as long as the chip
 * retries, and for ever with a closed window (RFC 5482; requirement R4).
 */
#define W5100_TCP_USER_TIMEOUT 18

/**
 * Level W5100_IPPROTO_IP, `int32_t`: type of service, 0 to 255; 0 at first.
 */
#define W5100_IP_TOS 3

/**
 * Level W5100_IPPROTO_IP, `int32_t`: time to live, 1 to 255, or -1 for the
 * default of 128.
 */
#define W5100_IP_TTL 4

/**
 * Level W5100_IPPROTO_IP, `int32_t`, UDP: time to live of datagrams to groups, 1
 * to 255, or -1 for the default of 1.
 */
#define W5100_IP_MULTICAST_TTL 10

/**
 * Level W5100_IPPROTO_IP, `w5100_ip_mreq`, UDP, set only: joins a group. The
 * hardware socket is opened anew, so datagrams that wait are lost. Errors:
 * -W5100_EINVAL (no group's address), -W5100_EADDRNOTAVAIL (not this chip's
 * interface), -W5100_EADDRINUSE (a member already), -W5100_ENOBUFS (no hardware
 * socket can be had, or it is a member of another group).
 *
 * As a member a socket sends to its group alone (else -W5100_EOPNOTSUPP): the
 * chip's multicast mode fixes the destination's MAC.
 */
#define W5100_IP_ADD_MEMBERSHIP 12

/**
 * Level W5100_IPPROTO_IP, `w5100_ip_mreq`, UDP, set only: leaves the group;
 * -W5100_EADDRNOTAVAIL if it is no member.
 */
#define W5100_IP_DROP_MEMBERSHIP 13

/**
 * Version of this header: incompatible changes.
 */
#define W5100_VERSION_MAJOR 0

/**
 * Version of this header: additions.
 */
#define W5100_VERSION_MINOR 1

/**
 * Version of this header: corrections.
 */
#define W5100_VERSION_PATCH 0

/**
 * The most bytes of a connection that one w5100_recv() gives, whatever the size
 * of the buffer and of the ring.
 */
#define W5100_COPY_MAX 2048

/**
 * The most frames that any call exchanges in one hold of a device's lock, as
 * long as the chip echoes and takes commands at once; other tasks wait that long at
 * most. Half of it is a copy of W5100_COPY_MAX bytes, after which a longer
 * w5100_send() gives the lock back; the other half only a connected UDP socket
 * needs whose ring is full of what others sent. 4096 frames of 32 bits are 9.4 ms
 * at an SPI clock of 14 MHz, without what the port's `transfer` adds. A chip
 * that fails holds it by time instead: 100 ms, once, to find that it hangs, and
 * 200 ms to set it up again. `w5100_counters.lock_frames_max` tells what was
 * needed so far.
 */
#define W5100_LOCK_FRAMES 4096

/**
 * The most frames of a w5100_info_look(), if the chip has taken the last command
 * of the socket: else it waits for that, as any call would. One that finds the
 * chip reset sets it up again, which takes more.
 */
#define W5100_LOOK_FRAMES 16

/**
 * `w5100_hardware.role`: nobody's.
 */
#define W5100_ROLE_FREE 0

/**
 * In LISTEN for a listener; given up for whoever needs it more.
 */
#define W5100_ROLE_ARMED 1

/**
 * Connected, waits for accept.
 */
#define W5100_ROLE_PENDING 2

/**
 * A program's TCP connection, or one being made.
 */
#define W5100_ROLE_CONNECTION 3

/**
 * A program's UDP or raw socket.
 */
#define W5100_ROLE_DATAGRAM 4

/**
 * A connection that its program closed, and that is still ending.
 */
#define W5100_ROLE_ORPHAN 5

/**
 * A datagram socket that its program closed, and that is still sending.
 */
#define W5100_ROLE_LEAVING 6

/**
 * It has no memory, by `w5100_config` or w5100_set_memory().
 */
#define W5100_ROLE_ABSENT 7

/**
 * `w5100_dhcp_config.flags`: hold no hardware socket between renewals. At a
 * renewal one is borrowed: a free one, or one that listens and has no client.
 * While all are connections the renewal waits; the lease may then be lost.
 */
#define W5100_DHCP_BORROW 1

/**
 * `w5100_dhcp_status.state`: not started.
 */
#define W5100_DHCP_OFF 0

/**
 * Looks for a server.
 */
#define W5100_DHCP_SELECTING 1

/**
 * Asks for the address that a server offered.
 */
#define W5100_DHCP_REQUESTING 2

/**
 * Asks for the address that was held before a restart.
 */
#define W5100_DHCP_REBOOTING 3

/**
 * Has a lease.
 */
#define W5100_DHCP_BOUND 4

/**
 * Has a lease, and asks its server to have it go on.
 */
#define W5100_DHCP_RENEWING 5

/**
 * Has a lease, and asks any server to.
 */
#define W5100_DHCP_REBINDING 6

/**
 * Tells its server that another host has the address.
 */
#define W5100_DHCP_DECLINING 7

/**
 * `w5100_dhcp_status.seconds`: a lease that never ends.
 */
#define W5100_DHCP_FOREVER UINT32_MAX

/**
 * Name servers of a device.
 */
#define W5100_DNS_SERVERS 3

/**
 * Names that a device looks up for functions at a time.
 */
#define W5100_RESOLVE_REQUESTS 4

/**
 * The board and the system, as the library needs them.
 *
 * A filled-in constant of this type is all that a port is. It is used by
 * reference: it must stay valid and unchanged from WIZnet_Enable() until
 * WIZnet_Disable() and all other calls on the device have returned.
 * `docs/PORTING.md` goes through it member by member.
 */
typedef struct {
    /**
     * `sizeof(w5100_port)`, so that the struct can grow.
     */
    uint32_t size;
    /**
     * Given back to every callback; may be NULL.
     */
    void *context;
    /**
     * Exchanges `count` SPI frames of 4 bytes each, in place: byte by byte,
     * what is sent is replaced by what is received. SPI mode 0 or 3, MSB
     * first, 14 MHz at most; /SCS low before **each** frame and high after
     * it. Returns 0, or a negative value if the bus failed. Called by one
     * task at a time. Required.
     */
    int32_t (*transfer)(void *context, uint8_t *frames, size_t count);
    /**
     * Drives the chip's /RESET pin: low if `asserted`. NULL: not wired, the
     * chip is reset by command.
     */
    void (*reset)(void *context, bool asserted);
    /**
     * Milliseconds since any moment, wrapping at 2^32. Any task. It must run
     * whenever a call of the library is made, WIZnet_Enable() included: all waits
     * are bounded by it. Required.
     */
    uint32_t (*now_ms)(void *context);
    /**
     * Puts the calling task to sleep until w5100_notified(`seen`) is true or
     * `timeout_ms` milliseconds (1 or more) have passed. It may return early
     * for any reason. Checking w5100_notified() and going to sleep must be
     * one step as seen by `notify`, or a wake-up costs up to `timeout_ms`.
     * NULL: the library polls without sleeping. With tasks of different
     * priorities on one core it must sleep, or `lock` be given: a task that
     * spins for the lock never lets the lower one run that has it.
     */
    void (*wait)(void *context, uint32_t seen, uint32_t timeout_ms);
    /**
     * Wakes every task in `wait`. Called from any task, and from the
     * interrupt handlers that call w5100_interrupt() or w5100_wake(). NULL: tasks
     * wake when their time is over.
     */
    void (*notify)(void *context);
    /**
     * Takes a mutex of the system, one per device, for its priority
     * inheritance. Held while the bus is used, and during `wait` only when a
     * chip is being set up. NULL: the library's own lock serves, which is
     * tried every millisecond, sleeping in `wait`.
     */
    void (*lock)(void *context);
    /**
     * Gives it back. NULL if `lock` is.
     */
    void (*unlock)(void *context);
    /**
     * True while the chip's /INT pin is low. Its falling edge must also lead
     * to w5100_interrupt(), or a change is noticed up to half a second late.
     * NULL: not wired, the chip is asked over the bus.
     */
    bool (*interrupt)(void *context);
    /**
     * 32 random bits, asked for twice by WIZnet_Enable(): port numbers come from
     * them, and the numbers of DNS questions. NULL: made from the MAC address and
     * the time; who knows these can then forge answers of a name server.
     */
    uint32_t (*random)(void *context);
    /**
     * Where the calling task's `errno` is: usually `return &errno;`. Only the
     * BSD view uses it. NULL: one `int` of the library's for all tasks.
     */
    int32_t *(*errno_location)(void *context);
    /**
     * Where the calling task's last Winsock error is: a variable of its own,
     * apart from `errno`. Only the Winsock view uses it. NULL, or a `size` that
     * ends before it: `errno_location` serves, and if that is NULL too, one
     * `int` of the library's for all tasks.
     */
    int32_t *(*last_error_location)(void *context);
} w5100_port;

/**
 * The chip's place on the network and its set-up.
 */
typedef struct {
    /**
     * `sizeof(w5100_config)`, so that the struct can grow.
     */
    uint32_t size;
    /**
     * Own MAC address; neither all zeros nor all ones. The first byte should
     * be even: some hosts and switches drop frames from a group address.
     */
    uint8_t mac[6];
    /**
     * Own IP address; 0.0.0.0 for none yet.
     */
    uint8_t ip[4];
    /**
     * Subnet mask.
     */
    uint8_t mask[4];
    /**
     * Gateway; 0.0.0.0 for none.
     */
    uint8_t gateway[4];
    /**
     * DNS server; 0.0.0.0 for none. Takes no hardware socket.
     */
    uint8_t dns[4];
    /**
     * KiB of receive memory for each hardware socket: 1, 2, 4, 8, or 0 (unused;
     * so are all after it); 8 in all. All four 0: 2 each.
     */
    uint8_t rx_kib[4];
    /**
     * KiB of transmit memory, likewise; 0 where `rx_kib` is 0.
     */
    uint8_t tx_kib[4];
    /**
     * Retries of ARP and TCP: their number (RCR). 0: 8.
     */
    uint8_t retry_count;
    /**
     * Always 0.
     */
    uint8_t reserved;
    /**
     * Time to the first retry, in 100 us (RTR). 0: 2000, which is 200 ms.
     */
    uint16_t retry_time;
} w5100_config;

/**
 * An IPv4 address and port (`struct sockaddr_in`).
 */
typedef struct {
    /**
     * W5100_AF_INET.
     */
    uint16_t sin_family;
    /**
     * Port in network byte order.
     */
    uint16_t sin_port;
    /**
     * IP address, first byte first: {192, 168, 1, 201}. {0, 0, 0, 0} is any.
     */
    uint8_t sin_addr[4];
    /**
     * Not looked at; 0 when written.
     */
    uint8_t sin_zero[8];
} w5100_sockaddr_in;

/**
 * One socket to wait for (`struct pollfd`).
 */
typedef struct {
    /**
     * Socket handle; an entry with a negative one is ignored.
     */
    int32_t fd;
    /**
     * What to wait for: `W5100_POLL...` bits.
     */
    int16_t events;
    /**
     * What there is, written by poll. POLLERR, POLLHUP and POLLNVAL may be
     * set without being asked for.
     */
    int16_t revents;
} w5100_pollfd;

/**
 * A function that is told of a device: its context, the device's number, and one
 * `W5100_NETWORK_...` bit.
 */
typedef void (*w5100_network_callback)(void *context, int32_t device, uint32_t event);

/**
 * Counts since the device was first enabled, wrapping. Those from
 * `commands_repeated` on are 0 in a library built without its part `stats`.
 */
typedef struct {
    /**
     * SPI frames exchanged.
     */
    uint32_t frames;
    /**
     * Frames that the chip did not echo as it must: noise, a clock that is
     * too fast, or no chip. Each is repeated, up to a limit.
     */
    uint32_t echo_errors;
    /**
     * Commands given to hardware sockets.
     */
    uint32_t commands;
    /**
     * Times the chip was reset, each enable included.
     */
    uint32_t resets;
    /**
     * Hardware sockets that a call could have now. One in LISTEN counts as
     * free, since it is given up on demand.
     */
    uint32_t free_sockets;
    /**
     * Commands given again, since their frame was not echoed.
     */
    uint32_t commands_repeated;
    /**
     * Accesses to the chip that were given up: `transfer` failed, the chip did
     * not echo, or it took no command.
     */
    uint32_t bus_errors;
    /**
     * Times the chip gave up on a peer: no answer to ARP, a connect, or data.
     */
    uint32_t timeouts;
    /**
     * Payload given to the program.
     */
    uint32_t bytes_in;
    /**
     * Payload taken from it.
     */
    uint32_t bytes_out;
    /**
     * The most frames that passed in one hold of the device's lock. No more
     * than `W5100_LOCK_FRAMES` as long as the chip echoes and takes commands.
     */
    uint32_t lock_frames_max;
} w5100_counters;

/**
 * A row of the socket table. Times are in milliseconds and wrap after 49.7
 * days. In a library built without its part `stats`, `silent_ms` and the two
 * counts of bytes are 0, and without `options` the tag and `timeout_ms`; without
 * both, `outstanding_ms` too, and `age_ms` counts from the hardware's opening.
 */
typedef struct {
    /**
     * Socket handle.
     */
    int32_t handle;
    /**
     * `W5100_SOCK_STREAM`, `W5100_SOCK_DGRAM` or `W5100_SOCK_RAW`; 0 for a wake
     * handle, whose row has nothing else.
     */
    uint8_t kind;
    /**
     * Hardware socket, 0 to 3; 255 for none.
     */
    uint8_t hardware;
    /**
     * Sn_SR of it as last seen; LISTEN for a listener; 0 for none.
     */
    uint8_t status;
    /**
     * Clients that wait for accept.
     */
    uint8_t pending;
    /**
     * Backlog of a listener, 0 for others.
     */
    uint8_t backlog;
    /**
     * Of a listener: open sockets that were accepted on its port.
     */
    uint8_t children;
    /**
     * Always 0.
     */
    uint8_t reserved[2];
    /**
     * Own port, 0 while not bound.
     */
    uint16_t local_port;
    /**
     * The peer's port, 0 while not known.
     */
    uint16_t remote_port;
    /**
     * The peer's IP, 0.0.0.0 while not known: of an accepted connection, before
     * w5100_getpeername() or w5100_info_look().
     */
    uint8_t remote_ip[4];
    /**
     * Bytes known to wait for recv, a datagram's header of 8 bytes included.
     * More may wait in the chip.
     */
    uint32_t unread;
    /**
     * Bytes that the peer may not have acknowledged yet, at most.
     */
    uint32_t outstanding;
    /**
     * Since `status` became what it is; 0 without hardware.
     */
    uint32_t age_ms;
    /**
     * Since the peer last acknowledged a byte, or since they went out if it
     * has not; as of the last time that the chip was asked. 0 while none is
     * outstanding. A program that calls the library has it ask twice a second (part
     * `stats`); after a pause without any call, look before you call a peer dead.
     */
    uint32_t outstanding_ms;
    /**
     * Since a byte was last seen to have come in, or since the connection if none
     * was; as of the last time that the chip was asked. 0 without hardware.
     */
    uint32_t silent_ms;
    /**
     * Until the library ends the connection if nothing moves: what is left of
     * `W5100_TCP_USER_TIMEOUT` or `W5100_SO_CLOSE_WAIT_TIMEOUT`; 0 if it never
     * does.
     */
    uint32_t timeout_ms;
    /**
     * Payload that the program got since the hardware was opened, wrapping.
     */
    uint32_t bytes_in;
    /**
     * Payload that it gave, likewise.
     */
    uint32_t bytes_out;
    /**
     * `W5100_SO_TAG`.
     */
    uint32_t tag;
} w5100_info;

/**
 * Who holds a hardware socket.
 */
typedef struct {
    /**
     * The socket that it works for, a listener's if a client waits for accept;
     * 0 if there is none any more.
     */
    int32_t handle;
    /**
     * `W5100_ROLE_...`
     */
    uint8_t role;
    /**
     * Sn_SR as last seen.
     */
    uint8_t status;
    /**
     * Own port, 0 if free. Of a connection that its program has closed, 0 in a
     * library built without its part `stats`.
     */
    uint16_t local_port;
    /**
     * The peer's port, 0 while not known.
     */
    uint16_t remote_port;
    /**
     * Always 0.
     */
    uint16_t reserved;
    /**
     * The peer's IP, 0.0.0.0 while not known.
     */
    uint8_t remote_ip[4];
    /**
     * Bytes that the peer may not have acknowledged yet, at most.
     */
    uint32_t outstanding;
    /**
     * Milliseconds since `status` became what it is; 0 if free.
     */
    uint32_t age_ms;
    /**
     * Milliseconds until a connection is given up that its program has closed;
     * 0 for others.
     */
    uint32_t timeout_ms;
} w5100_hardware;

/**
 * How to go about DHCP.
 */
typedef struct {
    /**
     * `sizeof(w5100_dhcp_config)`, so that the struct can grow.
     */
    uint32_t size;
    /**
     * `W5100_DHCP_...` bits.
     */
    uint32_t flags;
    /**
     * Own name, which servers show; of more than 32 bytes the first 32 count.
     * May be NULL.
     */
    const char *host_name;
    /**
     * The address that was held before a restart, which is asked for first;
     * 0.0.0.0 for none.
     */
    uint8_t remembered[4];
} w5100_dhcp_config;

/**
 * How far DHCP is. Addresses are 0.0.0.0 where there are none.
 */
typedef struct {
    /**
     * `W5100_DHCP_...`
     */
    uint8_t state;
    /**
     * Bytes of `domain`.
     */
    uint8_t domain_length;
    /**
     * Always 0.
     */
    uint16_t reserved;
    /**
     * Own address.
     */
    uint8_t address[4];
    /**
     * Subnet mask.
     */
    uint8_t mask[4];
    /**
     * Router.
     */
    uint8_t gateway[4];
    /**
     * Name servers.
     */
    uint8_t dns[2][4];
    /**
     * Time server (NTP).
     */
    uint8_t ntp[4];
    /**
     * The server that granted the lease.
     */
    uint8_t server[4];
    /**
     * Seconds that the lease was granted for; W5100_DHCP_FOREVER.
     */
    uint32_t seconds;
    /**
     * Seconds that it has left, likewise.
     */
    uint32_t seconds_left;
    /**
     * Seconds after which its server is asked to have it go on.
     */
    uint32_t t1;
    /**
     * Seconds after which any server is.
     */
    uint32_t t2;
    /**
     * Name of the domain; ends with a NUL.
     */
    char domain[65];
} w5100_dhcp_status;

/**
 * A function that is told the address of a host: its context; 0, or the
 * `W5100_E...` number of what w5100_resolve() would have answered; and 4 bytes,
 * first byte first, 0.0.0.0 if there is none.
 */
typedef void (*w5100_resolve_callback)(void *context, int32_t error, const uint8_t *ip);

/**
 * A window's function. It is given the window and the message that were set with
 * w5100_wsa_async_select(); the socket; and, in the lower 16 bits of `lparam`, one
 * `W5100_FD_...` bit, above them 0 or the Winsock code of what went wrong. What it
 * returns is not looked at.
 */
typedef ptrdiff_t (*w5100_window_procedure)(void *window,
                                            uint32_t message,
                                            size_t wparam,
                                            ptrdiff_t lparam);

/**
 * Value of W5100_SO_LINGER.
 */
typedef struct {
    /**
     * 0: close returns at once, and the connection has ten seconds to end in
     * the background.
     */
    int32_t l_onoff;
    /**
     * Seconds that close waits for the end, and that it may take in the
     * background if the socket does not block; more than 65534 count as so
     * many. Not looked at if `l_onoff` is 0. 0: the connection is dropped
     * at once and silently; the peer learns of it when it next sends.
     */
    int32_t l_linger;
} w5100_linger;

/**
 * Value of W5100_IP_ADD_MEMBERSHIP and W5100_IP_DROP_MEMBERSHIP.
 */
typedef struct {
    /**
     * The group, 224.0.0.0 to 239.255.255.255, first byte first.
     */
    uint8_t imr_multiaddr[4];
    /**
     * 0.0.0.0 or the chip's IP.
     */
    uint8_t imr_interface[4];
} w5100_ip_mreq;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * A sentence about an error.
 *
 * @param error  a `W5100_E...` number, positive or negative
 * @return a constant string, never NULL; an unknown number has one too
 *
 * Does not block. Any task or interrupt.
 */
const char *w5100_strerror(int32_t error);

/**
 * The name of an error: "EBADF".
 *
 * @param error  a `W5100_E...` number, positive or negative
 * @return a constant string, never NULL; "UNKNOWN" for an unknown number
 *
 * Does not block. Any task or interrupt.
 */
const char *w5100_error_name(int32_t error);

/**
 * Enables a device: resets the chip behind `port`, waits until it answers,
 * and gives it its addresses.
 *
 * The first device enabled has number 0 and is the one that w5100_socket()
 * uses. How many there can be is set when the library is built
 * (`W5100_DEVICES`; 1 on bare metal if not set).
 *
 * @param port    the board; must stay valid and unchanged until
 *                WIZnet_Disable() and all calls on the device have returned.
 *                No chip may be given twice
 * @param config  the addresses; copied
 * @return the device's number, 0 or above, or
 *   - -W5100_EFAULT: `port` or `config` is NULL, or the port lacks `transfer`
 *     or `now_ms`, or has one of `lock` and `unlock` only
 *   - -W5100_EINVAL: a `size` is too small, the MAC cannot be, or the memory
 *     split is impossible
 *   - -W5100_EMFILE: all devices are enabled
 *   - -W5100_ENETDOWN: no W5100 answers: absent, dead, wrong SPI mode or a
 *     clock that is too fast; reported within 200 ms
 *   - -W5100_EIO: the port's `transfer` failed
 *
 * Blocks for 200 ms at most. Task only.
 */
int32_t WIZnet_Enable(const w5100_port *port, const w5100_config *config);

/**
 * Disables a device: its connections end silently, its handles for ever, and
 * every task that waits on one of them gets -W5100_EBADF.
 *
 * @param device  number from WIZnet_Enable()
 * @return 0, or
 *   - -W5100_EINVAL: no such device
 *   - -W5100_ENETDOWN: not enabled
 *
 * Does not block. Task only.
 */
int32_t WIZnet_Disable(int32_t device);

/**
 * Reads a device's configuration; MAC, IP, mask and gateway come from the
 * chip itself.
 *
 * @param device  number from WIZnet_Enable()
 * @param config  filled in; the caller sets `size` before
 * @return 0, or -W5100_EFAULT, -W5100_EINVAL (no such device, or `size` too
 *   small), -W5100_ENETDOWN, -W5100_EIO
 *
 * Does not block. Task only.
 */
int32_t w5100_get_config(int32_t device, w5100_config *config);

/**
 * Changes MAC, IP, mask, gateway and DNS server while the device runs. The
 * other members are not looked at. Connections go on under the new addresses,
 * as far as their peers let them.
 *
 * @param device  number from WIZnet_Enable()
 * @param config  the new addresses; copied
 * @return 0, or -W5100_EFAULT, -W5100_EINVAL (no such device, `size` too
 *   small, or a MAC that cannot be), -W5100_ENETDOWN, -W5100_EIO
 *
 * Does not block. Task only.
 */
int32_t w5100_set_config(int32_t device, const w5100_config *config);

/**
 * Tells the library that /INT fell: every waiting task looks at the chip.
 * Touches neither the bus nor a lock.
 *
 * @param device  number from WIZnet_Enable(); any other is ignored
 *
 * Does not block. Any task or interrupt.
 */
void w5100_interrupt(int32_t device);

/**
 * Does one service step: asks the chip what happened, and looks after
 * listeners and closing connections. Every call that waits on a socket does
 * this by itself; a program whose tasks are all busy elsewhere may do it from time to
 * time, so that clients find a listening socket.
 *
 * @param device  number from WIZnet_Enable()
 * @return 0, or -W5100_EINVAL (no such device), -W5100_ENETDOWN, -W5100_EIO
 *
 * Does not block. Task only.
 */
int32_t w5100_service(int32_t device);

/**
 * Whether anything happened since `seen`: for a port's `wait`, which must not
 * sleep then. Touches neither the bus nor a lock.
 *
 * @param seen  what `wait` was given
 * @return true if the waiting task should look again
 *
 * Does not block. Any task or interrupt.
 */
bool w5100_notified(uint32_t seen);

/**
 * Makes a socket on the first device that is enabled; see w5100_socket_on().
 *
 * @param family    W5100_AF_INET or W5100_AF_PACKET
 * @param kind      W5100_SOCK_STREAM, W5100_SOCK_DGRAM or W5100_SOCK_RAW
 * @param protocol  see w5100_socket_on()
 * @return a handle above 0, or a negative error as w5100_socket_on()
 *
 * Does not block. Task only.
 */
int32_t w5100_socket(int32_t family, int32_t kind, int32_t protocol);

/**
 * Makes a socket on a device. It takes a hardware socket only when it must:
 * to connect, to listen, or to bind, send or receive datagrams.
 *
 * A W5100_SOCK_RAW socket of W5100_AF_INET sends and receives the payload of
 * IP packets of its protocol, 1480 bytes at most; addresses have port 0. One of
 * W5100_AF_PACKET sends and receives whole Ethernet frames of 14 to 1514 bytes
 * with w5100_send() and w5100_recv(); it needs the first hardware socket, so
 * there can be one, and it receives broadcasts and frames to this chip (see
 * W5100_SO_PROMISCUOUS).
 *
 * @param device    number from WIZnet_Enable()
 * @param family    W5100_AF_INET, or W5100_AF_PACKET for frames
 * @param kind      W5100_SOCK_STREAM, W5100_SOCK_DGRAM or W5100_SOCK_RAW
 * @param protocol  0, or the type's own: W5100_IPPROTO_TCP or W5100_IPPROTO_UDP.
 *                  W5100_SOCK_RAW: the IP protocol, 1 to 255 but those two; 0
 *                  for frames
 * @return a handle above 0, or
 *   - -W5100_EAFNOSUPPORT, -W5100_ESOCKTNOSUPPORT: unknown family or type
 *   - -W5100_EPROTOTYPE: the protocol is not the type's
 *   - -W5100_EPROTONOSUPPORT, -W5100_EINVAL: no IP protocol that the chip can
 *     leave to a program
 *   - -W5100_EMFILE: the device's handle table is full (`W5100_SOCKETS`)
 *   - -W5100_EINVAL: no such device
 *   - -W5100_ENETDOWN: not enabled
 *
 * Does not block. Task only.
 */
int32_t w5100_socket_on(int32_t device, int32_t family, int32_t kind, int32_t protocol);

/**
 * Reserves a local port.
 *
 * @param handle   socket
 * @param address  `sin_addr`: 0.0.0.0 or the chip's IP; `sin_port`: 0 has a
 *                 free port of 49152 to 65535 chosen, beginning at a random one
 * @param length   sizeof(w5100_sockaddr_in)
 * @return 0, or
 *   - -W5100_EBADF
 *   - -W5100_EFAULT: `address` is NULL
 *   - -W5100_EINVAL: `length` too small, or bound already
 *   - -W5100_EAFNOSUPPORT
 *   - -W5100_EADDRNOTAVAIL: not this chip's IP
 *   - -W5100_EADDRINUSE: another socket of the same kind has the port, and not
 *     both have W5100_SO_REUSEADDR, or it listens. Connections accepted on a
 *     port do not hold it, and neither does one that was closed.
 *   - -W5100_ENOBUFS: UDP, and no hardware socket can be had: a bound UDP
 *     socket holds one, since it receives from here on
 *   - -W5100_ENETDOWN, -W5100_EIO
 *
 * Does not block. Task only.
 */
int32_t w5100_bind(int32_t handle, const w5100_sockaddr_in *address, uint32_t length);

/**
 * Makes a TCP socket wait for clients. Never fails for want of a hardware
 * socket: one is put in LISTEN whenever one is free. Clients are connected by
 * the chip whether w5100_accept() is called or not.
 *
 * A listener costs no session: with static addresses all four hardware sockets
 * can carry connections. While they do, further clients are refused by the
 * chip, and served again as soon as one is free.
 *
 * @param handle   socket; bound to a free port if it is not bound
 * @param backlog  clients that may wait for w5100_accept(); clamped to 1..4.
 *                 Called again on a listener, it changes the backlog
 * @return 0, or
 *   - -W5100_EBADF
 *   - -W5100_EOPNOTSUPP: a UDP socket
 *   - -W5100_EINVAL: connected, connecting, or has been
 *   - -W5100_EADDRINUSE: another socket listens on the port
 *   - -W5100_ENETDOWN, -W5100_EIO
 *
 * Does not block. Task only.
 */
int32_t w5100_listen(int32_t handle, int32_t backlog);

/**
 * Takes the client that has waited longest. The new socket blocks, and has the
 * listener's other options.
 *
 * @param handle   listening socket
 * @param address  the client's address, or NULL
 * @param length   in: size of `address`; out: bytes written. Not used if
 *                 `address` is NULL
 * @return a handle above 0, or
 *   - -W5100_EAGAIN: nobody waits, and the socket does not block or its
 *     W5100_SO_RCVTIMEO is over
 *   - -W5100_EBADF: also when the listener is closed while waiting
 *   - -W5100_EINVAL: does not listen, or `length` too small
 *   - -W5100_EOPNOTSUPP: a UDP socket
 *   - -W5100_EFAULT: `address` without `length`
 *   - -W5100_EMFILE: the handle table is full; the client goes on waiting
 *   - -W5100_ENETDOWN, -W5100_EIO
 *
 * Blocks. Task only.
 */
int32_t w5100_accept(int32_t handle, w5100_sockaddr_in *address, uint32_t *length);

/**
 * Connects a socket. On UDP it only sets the peer: w5100_send() goes there,
 * and datagrams of others are dropped.
 *
 * @param handle   socket; bound to a free port if it is not bound
 * @param address  the peer; neither `sin_addr` nor `sin_port` may be 0 (raw: the
 *                 port is not looked at). For datagrams, a `sin_family` of
 *                 W5100_AF_UNSPEC takes the peer away
 * @param length   sizeof(w5100_sockaddr_in)
 * @return 0, or
 *   - -W5100_EINPROGRESS: the socket does not block, or its
 *     W5100_SO_SNDTIMEO is over; it goes on, and w5100_poll() with
 *     W5100_POLLOUT tells when it is done, W5100_SO_ERROR how
 *   - -W5100_EALREADY: one is under way
 *   - -W5100_EISCONN: connected
 *   - -W5100_ECONNREFUSED: the peer refused
 *   - -W5100_ETIMEDOUT: the peer does not answer (31.8 s at the chip's
 *     default retries)
 *   - -W5100_EHOSTUNREACH: no answer to ARP (1.8 s, likewise). The two are
 *     told apart only if the library was called while ARP went on
 *   - -W5100_ENETRESET: the chip was reset meanwhile
 *   - -W5100_ECONNABORTED: it failed, and another call was told why
 *   - -W5100_ENOBUFS: no hardware socket can be had; at once
 *   - -W5100_EBADF: also when closed while waiting
 *   - -W5100_EFAULT: `address` is NULL
 *   - -W5100_EINVAL: `length` too small
 *   - -W5100_EAFNOSUPPORT
 *   - -W5100_EADDRNOTAVAIL: address or port 0
 *   - -W5100_EADDRINUSE: not bound, and no free port was found
 *   - -W5100_ENETUNREACH: TCP to a broadcast's or a group's address
 *   - -W5100_EOPNOTSUPP: a listener, or a socket for frames
 *   - -W5100_ENETDOWN, -W5100_EIO
 *
 * After a failure another connect may be tried on the same socket.
 * Blocks. Task only.
 */
int32_t w5100_connect(int32_t handle, const w5100_sockaddr_in *address, uint32_t length);

/**
 * Ends one or both directions of a connection. Ending the sending one has a
 * FIN sent when all data is acknowledged.
 *
 * It also ends waits where there is no connection, in a library built with its
 * part `events`, as it is by default. A listener stops to listen, unless `how` is
 * W5100_SHUT_WR: accept gives -W5100_EINVAL, and it may listen again. A connect
 * under way is given up: it ends with -W5100_ECONNRESET, and another may be tried.
 * A datagram socket without a peer is shut down too, though the answer is
 * -W5100_ENOTCONN.
 *
 * @param handle  socket
 * @param how     W5100_SHUT_RD, W5100_SHUT_WR or W5100_SHUT_RDWR
 * @return 0 (also when it was done before), or -W5100_EBADF, -W5100_EINVAL
 *   (unknown `how`), -W5100_ENOTCONN, -W5100_ENETDOWN, -W5100_EIO
 *
 * Does not block; wakes tasks that wait on the socket. Task only.
 */
int32_t w5100_shutdown(int32_t handle, int32_t how);

/**
 * Closes a socket. The handle is invalid from here on; tasks that wait on it
 * get -W5100_EBADF (w5100_poll(): W5100_POLLNVAL). A connection is ended in
 * the background: what was sent goes out, then a FIN, for 10 s at most. This is
 * done by the library's later calls that wait, or by w5100_service(). A
 * listener drops the clients that wait for accept; accepted ones stay.
 *
 * With W5100_SO_LINGER and a time of 0 a connection is dropped at once, and its
 * hardware socket is free; with another time, on a socket that blocks, the call
 * waits until all was acknowledged and the connection is over.
 *
 * Data that was received and not read is lost. The chip cannot tell the peer
 * of that by a RST.
 *
 * @param handle  socket
 * @return 0, or
 *   - -W5100_EBADF
 *   - -W5100_EWOULDBLOCK: the linger time was over, and the connection dropped
 *   - -W5100_ECONNABORTED: it ended, while the call waited, before all was
 *     acknowledged
 *   - -W5100_ENETDOWN, -W5100_EIO
 *
 * In every case but the first the socket is closed by this call. Blocks with
 * W5100_SO_LINGER only. Task only.
 */
int32_t w5100_close(int32_t handle);

/**
 * Tells whether a connection is up.
 *
 * @param handle  socket
 * @return 1 from the connection to the peer's FIN or RST, though data may wait
 *   to be received after that; else 0. UDP: 1 while the socket has a peer. Or
 *   -W5100_EBADF, -W5100_ENETDOWN, -W5100_EIO
 *
 * Does not block. Task only (requirement F3).
 */
int32_t w5100_is_connected(int32_t handle);

/**
 * Tells what the chip shows of a socket.
 *
 * @param handle  socket
 * @return Sn_SR of its hardware socket, LISTEN for a listener, 0 (CLOSED) for a
 *   socket without hardware; w5100_state_name() has the name. Or -W5100_EBADF,
 *   -W5100_ENETDOWN, -W5100_EIO
 *
 * Does not block. Task only (requirement F4).
 */
int32_t w5100_state(int32_t handle);

/**
 * Tells the local address: the port once bound, the IP once connected or
 * bound to it.
 *
 * @param handle   socket
 * @param address  filled in
 * @param length   in: size of `address`; out: bytes written
 * @return 0, or -W5100_EBADF, -W5100_EFAULT, -W5100_EINVAL (`length` too
 *   small), -W5100_ENETDOWN
 *
 * Does not block. Task only.
 */
int32_t w5100_getsockname(int32_t handle, w5100_sockaddr_in *address, uint32_t *length);

/**
 * Tells the peer's address.
 *
 * @param handle   socket
 * @param address  filled in
 * @param length   in: size of `address`; out: bytes written
 * @return 0, or -W5100_EBADF, -W5100_ENOTCONN, -W5100_EFAULT, -W5100_EINVAL
 *   (`length` too small), -W5100_ENETDOWN, -W5100_EIO
 *
 * Does not block. Task only.
 */
int32_t w5100_getpeername(int32_t handle, w5100_sockaddr_in *address, uint32_t *length);

/**
 * Sends on a connected socket. On TCP all of `data` is sent before the call
 * returns, unless it may not wait; the bytes of two calls never mix. On UDP
 * one datagram goes to the connected peer.
 *
 * @param handle  socket
 * @param data    may be NULL if `length` is 0
 * @param length  bytes; 0 on TCP does nothing; 1..1472 on UDP, 1..1480 on a raw
 *                socket, 14..1514 for a frame, and not above the socket's
 *                transmit memory
 * @param flags   0, W5100_MSG_DONTWAIT, W5100_MSG_MORE
 * @return the bytes taken, which on TCP are fewer than `length` only if the
 *   call may not wait, its time is over or an error came after the first
 *   ones (the next call tells it); or
 *   - -W5100_EAGAIN: no room, and the socket does not block or its
 *     W5100_SO_SNDTIMEO is over
 *   - -W5100_ECONNRESET, -W5100_ETIMEDOUT, -W5100_ENETRESET,
 *     -W5100_ECONNABORTED (W5100_SO_CLOSE_WAIT_TIMEOUT): the connection ended
 *     so; told once, then -W5100_EPIPE
 *   - -W5100_EPIPE: sending is over
 *   - -W5100_ENOTCONN, -W5100_EDESTADDRREQ (datagrams)
 *   - -W5100_EACCES: connected to a broadcast address without
 *     W5100_SO_BROADCAST
 *   - -W5100_ENOBUFS (frames): the first hardware socket cannot be had
 *   - -W5100_EMSGSIZE (datagrams; what W5100_MSG_MORE has collected is lost)
 *   - -W5100_EOPNOTSUPP: unknown flag; an empty datagram, which the chip cannot
 *     send; the member of a group to anyone else
 *   - -W5100_EINVAL: a frame of fewer than 14 bytes
 *   - -W5100_EHOSTUNREACH (datagrams): an earlier one got no answer to ARP
 *   - -W5100_ECONNREFUSED (connected UDP): the peer's host said of an earlier
 *     one that the port is closed
 *   - -W5100_ENETRESET (datagrams): the chip was reset, and what was under way
 *     is lost; told once, and the socket goes on
 *   - -W5100_EBADF: also when closed while waiting
 *   - -W5100_EFAULT, -W5100_ENETDOWN, -W5100_EIO
 *
 * Taken means copied to the chip, not acknowledged; see w5100_outstanding().
 * Blocks. Task only.
 */
int32_t w5100_send(int32_t handle, const void *data, size_t length, int32_t flags);

/**
 * Sends one datagram on a UDP or raw socket. On TCP the address is not looked at
 * and it is w5100_send().
 *
 * @param handle          socket; bound to a free port if it is not bound
 * @param data            the datagram
 * @param length          bytes, as w5100_send()
 * @param flags           0, W5100_MSG_DONTWAIT, W5100_MSG_MORE
 * @param address         the destination; NULL for the connected peer
 * @param address_length  sizeof(w5100_sockaddr_in)
 * @return `length`, or an error as w5100_send() and
 *   - -W5100_EINVAL: `address_length` too small, or address or port 0
 *   - -W5100_EAFNOSUPPORT
 *   - -W5100_EACCES: a broadcast without W5100_SO_BROADCAST
 *   - -W5100_ENOBUFS: no hardware socket can be had
 *
 * Blocks while the datagram before it is under way: for as long as ARP takes and
 * half a second more at most, 2.3 s unless `retry_time` and `retry_count` say
 * otherwise. Task only.
 */
int32_t w5100_sendto(int32_t handle,
                     const void *data,
                     size_t length,
                     int32_t flags,
                     const w5100_sockaddr_in *address,
                     uint32_t address_length);

/**
 * Receives from a connected socket: what there is, waiting for the first byte.
 *
 * @param handle  socket
 * @param data    buffer; may be NULL if `length` is 0
 * @param length  its size in bytes; 0 gives 0 at once
 * @param flags   0, W5100_MSG_PEEK, W5100_MSG_DONTWAIT
 * @return the bytes received, W5100_COPY_MAX at most; 0 when the peer has ended the
 *   connection and all was read, now and at every later call; or
 *   - -W5100_EAGAIN: nothing there, and the socket does not block or its
 *     W5100_SO_RCVTIMEO is over
 *   - -W5100_ECONNRESET, -W5100_ETIMEDOUT, -W5100_ENETRESET,
 *     -W5100_ECONNABORTED (W5100_SO_CLOSE_WAIT_TIMEOUT): the connection ended
 *     so; told once, after all data, then 0
 *   - -W5100_ENOTCONN: never connected
 *   - -W5100_EBADF: also when closed while waiting
 *   - -W5100_EOPNOTSUPP: unknown flag
 *   - -W5100_EFAULT, -W5100_ENETDOWN, -W5100_EIO
 *
 * On UDP it is w5100_recvfrom() without an address. Blocks. Task only.
 */
int32_t w5100_recv(int32_t handle, void *data, size_t length, int32_t flags);

/**
 * Receives one datagram. What does not fit in the buffer is lost.
 *
 * @param handle          UDP or raw socket; on TCP it is w5100_recv(), with the
 *                        peer's address
 * @param data            buffer; may be NULL if `length` is 0
 * @param length          its size in bytes
 * @param flags           0, W5100_MSG_PEEK, W5100_MSG_DONTWAIT, W5100_MSG_TRUNC
 * @param address         the sender's address, or NULL
 * @param address_length  in: size of `address`; out: bytes written
 * @return the bytes received, 0 for an empty datagram; or an error as
 *   w5100_recv() and
 *   - -W5100_EINVAL: `address_length` too small
 *   - -W5100_ENOBUFS: the socket was not bound and no hardware socket can be
 *     had
 *   - -W5100_EHOSTUNREACH: an earlier datagram of ours got no answer to ARP
 *   - -W5100_ECONNREFUSED, -W5100_ENETRESET: as w5100_send()
 *
 * Blocks. Task only.
 */
int32_t w5100_recvfrom(int32_t handle,
                       void *data,
                       size_t length,
                       int32_t flags,
                       w5100_sockaddr_in *address,
                       uint32_t *address_length);

/**
 * Tells how many bytes were sent and are not yet acknowledged by the peer.
 *
 * @param handle  TCP socket
 * @return bytes, 0 when the connection is over; or -W5100_EBADF,
 *   -W5100_ENOTCONN, -W5100_EAGAIN (connecting), -W5100_EOPNOTSUPP (UDP),
 *   -W5100_ENETDOWN, -W5100_EIO
 *
 * Does not block. Task only.
 */
int32_t w5100_outstanding(int32_t handle);

/**
 * Waits until one of several sockets is ready. They may belong to several
 * devices; the port of the first one's does the sleeping.
 *
 * @param set         entries; `revents` of each is written
 * @param count       number of entries; may be 0
 * @param timeout_ms  milliseconds to wait at least if nothing is ready: 0 does
 *                    not wait, below 0 waits for ever
 * @return the number of entries whose `revents` is not 0, 0 when the time is
 *   over; or -W5100_EFAULT (`set` is NULL and `count` is not 0),
 *   -W5100_ENETDOWN, -W5100_EIO
 *
 * An entry with a negative `fd` is ignored; one with a stale handle gets
 * W5100_POLLNVAL and counts. Closing a socket of the set from another task
 * ends the wait. Blocks. Task only.
 */
int32_t w5100_poll(w5100_pollfd *set, uint32_t count, int32_t timeout_ms);

/**
 * Makes a wake handle: put it into the set of w5100_poll(), or of a view's
 * select, with W5100_POLLIN, and w5100_wake() ends the call from any task or
 * interrupt without closing anything (requirement W8). In a library built with
 * its part `events`, as it is by default. It takes a place in the
 * handle table and no hardware socket. w5100_close() closes it, and
 * w5100_event_select() and w5100_wsa_async_select() take it; any other call on it
 * gives -W5100_EOPNOTSUPP.
 *
 * @param device  number from WIZnet_Enable()
 * @return a handle above 0, or
 *   - -W5100_EMFILE: the device's handle table is full (`W5100_SOCKETS`)
 *   - -W5100_EINVAL: no such device
 *   - -W5100_ENETDOWN: not enabled
 *
 * Does not block. Task only.
 */
int32_t w5100_wake_new(int32_t device);

/**
 * Signals a wake handle. Every poll with it in its set ends, now or, if it has
 * not begun, at once when it does: the handle stays readable until
 * w5100_wake_clear(). Touches neither the bus nor a lock of the library's; calls
 * the port's `notify`, which has to be fit for an interrupt if this is used in one.
 *
 * @param handle  from w5100_wake_new()
 * @return 0, also if it was signalled already; or -W5100_EBADF: not an open
 *   wake handle
 *
 * Does not block. Any task or interrupt.
 */
int32_t w5100_wake(int32_t handle);

/**
 * Takes the signal of a wake handle back. Clear it before looking at what it
 * was signalled for, so that nothing is missed. Touches neither the bus nor a
 * lock.
 *
 * @param handle  from w5100_wake_new()
 * @return 1 if it was signalled, else 0; or -W5100_EBADF: not an open wake
 *   handle
 *
 * Does not block. Any task or interrupt.
 */
int32_t w5100_wake_clear(int32_t handle);

/**
 * Has a function told of what happens on a socket, in place of the one that was
 * set before (requirement N9), or of the window that w5100_wsa_async_select() set.
 * The socket does not block from then on. Accepted sockets do not have it from
 * their listener. In a library built with its part
 * `events`, as it is by default.
 *
 * The function runs inside w5100_dispatch(), in the task that called that, and
 * nowhere else. It holds nothing of the library's and may call anything, also
 * for this very socket. It is given its context, the socket, one `W5100_FD_...`
 * bit, and 0 or the `W5100_E...` number of what went wrong: of a failed connect,
 * of a connection that ended by an error, once its data was read, or of a datagram
 * that was not delivered.
 * A w5100_dispatch() that begins after this call has returned does not run the
 * function that was set before; one that is under way in another task may still
 * do so, once. So what its context points to must outlive that.
 *
 * @param handle    socket, or wake handle
 * @param events    `W5100_FD_...` bits; 0 for none any more
 * @param callback  the function; may be NULL if `events` is 0
 * @param context   given back to it; may be NULL
 * @return 0, or -W5100_EBADF, -W5100_EINVAL (unknown event), -W5100_EFAULT
 *
 * Does not block. Task only.
 */
int32_t w5100_event_select(int32_t handle,
                           int32_t events,
                           void (*callback)(void *context,
                                            int32_t handle,
                                            int32_t event,
                                            int32_t error),
                           void *context);

/**
 * Waits until something is to be told of any socket of any device, and tells
 * it: the functions set with w5100_event_select() or w5100_wsa_async_select() run
 * in the calling task, one for each socket that has something, with nothing
 * locked. Meant to be the loop of one task; several may call it, and a socket's
 * function may then run in two of them at a time. A wake handle ends the wait like
 * any socket, and a signal is told in one of them only.
 *
 * @param timeout_ms  milliseconds to wait at least if there is nothing to tell:
 *                    0 does not wait, below 0 waits for ever
 * @return the number of functions that ran, 0 when the time is over; or, if none
 *   ran, -W5100_ENETDOWN (no device is enabled, or a chip does not answer),
 *   -W5100_EIO
 *
 * Blocks. Task only.
 */
int32_t w5100_dispatch(int32_t timeout_ms);

/**
 * Has a function told of what happens to a device's address, in place of the one
 * that was set before. In a library built with its part `events`, as it is by
 * default.
 *
 * The function runs inside w5100_dispatch(), in the task that called that, and
 * nowhere else. It holds nothing of the library's and may call anything. It is
 * called once for each event; of events that come between two dispatches each is
 * told once, CONFLICT first, then LOST, BOUND and RENEWED. A w5100_dispatch() that
 * is under way in another task when this call returns may still run the function
 * that was set before, once. WIZnet_Disable() ends it.
 *
 * @param device    number from WIZnet_Enable()
 * @param events    `W5100_NETWORK_...` bits; 0 for none any more
 * @param callback  the function; may be NULL if `events` is 0
 * @param context   given back to it; may be NULL
 * @return 0, or -W5100_EINVAL (no such device, or unknown event), -W5100_EFAULT,
 *   -W5100_ENETDOWN
 *
 * Does not block. Task only.
 */
int32_t w5100_network_watch(int32_t device,
                            uint32_t events,
                            w5100_network_callback callback,
                            void *context);

/**
 * Tells what happened to a device's address since this was asked last, or since
 * the device was enabled, whatever a function set with w5100_network_watch() was
 * told. Asking takes it away.
 *
 * @param device  number from WIZnet_Enable()
 * @param events  `W5100_NETWORK_...` bits, filled in
 * @return 0, or -W5100_EINVAL (no such device), -W5100_EFAULT, -W5100_ENETDOWN
 *
 * Does not block; uses no bus. Task only.
 */
int32_t w5100_network_events(int32_t device, uint32_t *events);

/**
 * Sets an option.
 *
 * @param handle  socket
 * @param level   W5100_SOL_SOCKET, W5100_IPPROTO_TCP or W5100_IPPROTO_IP
 * @param name    `W5100_SO_...`, `W5100_TCP_...`, `W5100_IP_...`
 * @param value   its value, of the type told with the name
 * @param length  bytes in `value`, at least those of the type
 * @return 0, or -W5100_EBADF, -W5100_ENOPROTOOPT (unknown level or name, one
 *   that cannot be set, or one that is not for this kind of socket),
 *   -W5100_EFAULT, -W5100_EINVAL (`length` too small, or a value out of its
 *   range), and what is told with the name
 *
 * A call that waits already takes a new timeout into account when it next looks
 * at the chip. Does not block. Task only.
 */
int32_t w5100_setsockopt(int32_t handle,
                         int32_t level,
                         int32_t name,
                         const void *value,
                         uint32_t length);

/**
 * Reads an option.
 *
 * @param handle  socket
 * @param level   W5100_SOL_SOCKET, W5100_IPPROTO_TCP or W5100_IPPROTO_IP
 * @param name    `W5100_SO_...`, `W5100_TCP_...`, `W5100_IP_...`
 * @param value   where it is written, with the type told with the name
 * @param length  in: size of `value`, at least that of the type; out: the
 *                type's
 * @return 0, or -W5100_EBADF, -W5100_ENOPROTOOPT (unknown level or name, or
 *   one that is not for this kind of socket), -W5100_EFAULT, -W5100_EINVAL
 *   (`length` too small)
 *
 * Does not block. Task only.
 */
int32_t w5100_getsockopt(int32_t handle,
                         int32_t level,
                         int32_t name,
                         void *value,
                         uint32_t *length);

/**
 * Asks or sets what has no option.
 *
 * @param handle   socket
 * @param request  W5100_FIONREAD: writes the bytes that w5100_recv() would
 *                 give at once (UDP: of the next datagram).
 *                 W5100_FIONBIO: not 0 makes the calls not wait
 * @param value    read or written
 * @return 0, or -W5100_EBADF, -W5100_ENOTTY (unknown request),
 *   -W5100_EINVAL (W5100_FIONREAD on a listener; W5100_FIONBIO as told with
 *   W5100_SO_NONBLOCK), -W5100_EFAULT, -W5100_ENETDOWN, -W5100_EIO
 *
 * Does not block. Task only.
 */
int32_t w5100_ioctl(int32_t handle, uint32_t request, int32_t *value);

/**
 * Deals a device's memory anew. Only in a library built with its part `options`,
 * as it is by default.
 *
 * @param device  number from WIZnet_Enable()
 * @param rx_kib  4 numbers: KiB of receive memory for each hardware socket, as
 *                in `w5100_config`
 * @param tx_kib  4 numbers: KiB of transmit memory, likewise
 * @return 0, or
 *   - -W5100_EBUSY: a hardware socket is in use, be it by a listener or by a
 *     connection that is still closing
 *   - -W5100_EFAULT: NULL
 *   - -W5100_EINVAL: no such device, or an impossible split
 *   - -W5100_ENETDOWN, -W5100_EIO
 *
 * Does not block. Task only.
 */
int32_t w5100_set_memory(int32_t device, const uint8_t *rx_kib, const uint8_t *tx_kib);

/**
 * Reads a device's counts.
 *
 * @param device  number from WIZnet_Enable()
 * @param out     filled in
 * @return 0, or -W5100_EINVAL (no such device), -W5100_EFAULT
 *
 * Does not block; uses no bus. Task only.
 */
int32_t w5100_counters_get(int32_t device, w5100_counters *out);

/**
 * Reads a row of a device's socket table: what is known without asking the chip
 * (requirement F8).
 *
 * @param device  number from WIZnet_Enable()
 * @param index   row, from 0
 * @param out     filled in if the row has a socket
 * @return 1 if it has one, 0 if not, -W5100_EINVAL (no such device, or past
 *   the last row), -W5100_EFAULT
 *
 * Does not block; uses no bus. Task only.
 */
int32_t w5100_info_get(int32_t device, uint32_t index, w5100_info *out);

/**
 * The same, after the chip was asked what has changed: W5100_LOOK_FRAMES frames
 * at most for a socket that has hardware, none for others. What it learns is
 * handled as by any call, so a look does for the socket what a poll would. In a
 * library built without its part `stats` the chip is not asked.
 *
 * @param device  number from WIZnet_Enable()
 * @param index   row, from 0
 * @param out     filled in if the row has a socket
 * @return 1 if it has one, 0 if not, -W5100_EINVAL (no such device, or past
 *   the last row), -W5100_EFAULT, -W5100_ENETDOWN, -W5100_EIO
 *
 * Does not block. Task only.
 */
int32_t w5100_info_look(int32_t device, uint32_t index, w5100_info *out);

/**
 * Tells who holds a hardware socket, as far as is known without asking the chip.
 *
 * @param device  number from WIZnet_Enable()
 * @param number  hardware socket, 0 to 3
 * @param out     filled in
 * @return 0, or -W5100_EINVAL (no such device, or past the last one),
 *   -W5100_EFAULT
 *
 * Does not block; uses no bus. Task only.
 */
int32_t w5100_hardware_get(int32_t device, uint32_t number, w5100_hardware *out);

/**
 * The name of what a hardware socket is used for: "connection".
 *
 * @param role  `W5100_ROLE_...`, as in `w5100_hardware.role`
 * @return a constant string, never NULL; "unknown" for an unknown role
 *
 * Does not block. Any task or interrupt.
 */
const char *w5100_role_name(uint8_t role);

/**
 * The name of a hardware socket's status: "ESTABLISHED".
 *
 * @param status  Sn_SR, as in `w5100_info.status`
 * @return a constant string, never NULL; "UNKNOWN" for an unknown status
 *
 * Does not block. Any task or interrupt.
 */
const char *w5100_state_name(uint8_t status);

/**
 * Where the calling task's `errno` is, by the word of the first device's port
 * that has an `errno_location`. The core itself never uses it; the views that
 * set `errno` do.
 *
 * @return never NULL; one `int` for all tasks if no port tells
 *
 * Does not block. Any task.
 */
int32_t *w5100_errno_location(void);

/**
 * The library's version: "0.1.0".
 *
 * @return a constant string
 *
 * Does not block. Any task or interrupt.
 */
const char *w5100_version(void);

/**
 * The library's version as a number.
 *
 * @return major * 65536 + minor * 256 + patch
 *
 * Does not block. Any task or interrupt.
 */
uint32_t w5100_version_number(void);

/**
 * Starts to get an address by DHCP (RFC 2131), in the background: the library's
 * calls on any socket, and w5100_service(), drive it. Until then the chip has no
 * address; connections under one that it had end with -W5100_ECONNABORTED. Takes a
 * hardware socket and a place in the handle table, and keeps both until
 * w5100_dhcp_stop(), unless W5100_DHCP_BORROW is set (requirement G3).
 *
 * @param device  number from WIZnet_Enable()
 * @param config  copied; NULL for all zero
 * @return 0, or
 *   - -W5100_EALREADY: started already, or a release is still on its way
 *   - -W5100_ENOBUFS: no hardware socket can be had
 *   - -W5100_EADDRINUSE: a socket of the program's is bound to UDP port 68
 *   - -W5100_EMFILE: the handle table is full
 *   - -W5100_EINVAL: no such device, or `size` is too small
 *   - -W5100_ENETDOWN, -W5100_EIO
 *
 * Does not block. Task only.
 */
int32_t w5100_dhcp_start(int32_t device, const w5100_dhcp_config *config);

/**
 * Ends DHCP and gives its hardware socket back. The address stays as it is,
 * though nobody has the lease renewed.
 *
 * @param device  number from WIZnet_Enable()
 * @return 0, also if it was not started; or -W5100_EINVAL (no such device),
 *   -W5100_ENETDOWN, -W5100_EIO
 *
 * Does not block. Task only.
 */
int32_t w5100_dhcp_stop(int32_t device);

/**
 * The same, and gives the address back to the server first: the chip has none
 * any more, and its connections end with -W5100_ECONNABORTED.
 *
 * @param device  number from WIZnet_Enable()
 * @return 0, also if it was not started; or -W5100_EINVAL (no such device),
 *   -W5100_ENETDOWN, -W5100_EIO
 *
 * Does not block. Task only.
 */
int32_t w5100_dhcp_release(int32_t device);

/**
 * Has the lease renewed now.
 *
 * @param device  number from WIZnet_Enable()
 * @return 0: the server is being asked; or -W5100_EINVAL (no such device, or
 *   there is no lease, or it is being renewed), -W5100_ENETDOWN
 *
 * Does not block. Task only.
 */
int32_t w5100_dhcp_renew(int32_t device);

/**
 * Tells how far DHCP is.
 *
 * @param device  number from WIZnet_Enable()
 * @param out     filled in
 * @return 0, or -W5100_EINVAL (no such device), -W5100_EFAULT
 *
 * Does not block; uses no bus. Task only.
 */
int32_t w5100_dhcp_get(int32_t device, w5100_dhcp_status *out);

/**
 * Waits until there is a lease.
 *
 * @param device      number from WIZnet_Enable()
 * @param timeout_ms  milliseconds to wait at least: 0 does not wait, below 0
 *                    waits for ever
 * @return 0: there is one; or
 *   - -W5100_EAGAIN: the time is over
 *   - -W5100_EINVAL: no such device, or DHCP is not started, or was stopped
 *     meanwhile
 *   - -W5100_ENETDOWN, -W5100_EIO
 *
 * Blocks. Task only.
 */
int32_t w5100_dhcp_wait(int32_t device, int32_t timeout_ms);

/**
 * The name of a state of DHCP: "BOUND".
 *
 * @param state  `W5100_DHCP_...`, as in `w5100_dhcp_status.state`
 * @return a constant string, never NULL; "UNKNOWN" for an unknown state
 *
 * Does not block. Any task or interrupt.
 */
const char *w5100_dhcp_state_name(uint8_t state);

/**
 * Looks up the address of a host (RFC 1035, an A record, over any aliases). A
 * text of four numbers is its own answer. Answers are remembered for as long as
 * their server said. A name without a dot is looked for in the domain that DHCP
 * told first. One question of a device is on its way at a time; a call for another
 * name waits until it is its turn.
 *
 * It takes a hardware socket and a place in the handle table for the question, and
 * gives both back on every path (requirement G5).
 *
 * @param device      number from WIZnet_Enable()
 * @param name        host, ended by a NUL; 253 bytes at most
 * @param ip          4 bytes, filled in, first byte first
 * @param timeout_ms  milliseconds to wait at least: 0 does not wait, below 0
 *                    waits for ever, that is, until the last server was asked
 *                    three times: 10.5 s each
 * @return 0, or
 *   - -W5100_EAGAIN: the time is over. The question goes on: a later call with
 *     the same name gets its answer
 *   - -W5100_EHOSTNOTFOUND: there is no such host, or it has no address
 *   - -W5100_ENAMESERVER: no server answered, or none is set
 *   - -W5100_ENOBUFS: no hardware socket can be had
 *   - -W5100_EMFILE: the handle table is full
 *   - -W5100_EINVAL: no such device, or what is no name
 *   - -W5100_EFAULT, -W5100_ENETDOWN, -W5100_EIO
 *
 * Blocks. Task only.
 */
int32_t w5100_resolve(int32_t device, const char *name, uint8_t *ip, int32_t timeout_ms);

/**
 * Sets a device's name servers, in the order in which they are asked. What DHCP
 * tells later takes their place. Answers that are remembered stay so.
 *
 * @param device   number from WIZnet_Enable()
 * @param servers  `count` addresses of 4 bytes, first byte first; may be NULL if
 *                 `count` is 0
 * @param count    0 to W5100_DNS_SERVERS
 * @return 0, or -W5100_EINVAL (no such device, or too many), -W5100_EFAULT,
 *   -W5100_ENETDOWN (not enabled)
 *
 * Does not block; uses no bus. Task only.
 */
int32_t w5100_dns_set(int32_t device, const uint8_t (*servers)[4], uint32_t count);

/**
 * Looks up the address of a host like w5100_resolve(), and has a function told. The
 * library's calls on any socket, and w5100_service(), drive it. In a library built
 * with its parts `dns` and `events`, as it is by default.
 *
 * The function is called once, inside w5100_dispatch(), in the task that called
 * that, and never inside this call, also if the answer is known. It holds nothing
 * of the library's and may call anything, this function too. It is not called any
 * more after w5100_resolve_cancel() or WIZnet_Disable(); but a w5100_dispatch() that
 * is under way in another task when they return may still do so.
 *
 * @param device    number from WIZnet_Enable()
 * @param name      host, ended by a NUL; 253 bytes at most. It is not copied: it
 *                  must stay as it is until the function was called, or no longer
 *                  can be
 * @param callback  the function
 * @param context   given back to it; may be NULL
 * @return 0: it will be told; or
 *   - -W5100_EAGAIN: W5100_RESOLVE_REQUESTS names wait already
 *   - -W5100_ENOBUFS: no hardware socket can be had
 *   - -W5100_EMFILE: the handle table is full
 *   - -W5100_EINVAL: no such device, or what is no name
 *   - -W5100_EFAULT, -W5100_ENETDOWN, -W5100_EIO
 *   - what w5100_resolve() answers, if that is known
 *
 * Does not block. Task only.
 */
int32_t w5100_resolve_async(int32_t device,
                            const char *name,
                            w5100_resolve_callback callback,
                            void *context);

/**
 * Forgets the names that were to be told to this function with this context.
 *
 * @param device    number from WIZnet_Enable()
 * @param callback  the function
 * @param context   as it was given
 * @return how many they were, or -W5100_EINVAL (no such device), -W5100_EFAULT,
 *   -W5100_ENETDOWN
 *
 * Does not block; uses no bus. Task only.
 */
int32_t w5100_resolve_cancel(int32_t device, w5100_resolve_callback callback, void *context);

/**
 * Keeps one hardware socket of a device for DHCP and DNS, or no longer. In a
 * library built with its part `dhcp` or `dns`, as it is by default.
 *
 * While it is kept, the program has one hardware socket less: three sessions run,
 * further clients are refused by the chip until one ends, and a connect or a
 * datagram socket beyond that gives -W5100_ENOBUFS. What DHCP holds is the one
 * that is kept, so that DHCP costs no second one; with W5100_DHCP_BORROW both
 * DHCP and DNS have the use of it.
 *
 * Nothing that runs is ended. A listener gives up a socket that has no client; if
 * all are connections or datagram sockets, the next one that is free is kept.
 * WIZnet_Disable() ends it.
 *
 * @param device  number from WIZnet_Enable()
 * @param on      whether one is kept; at first none is
 * @return 0, or -W5100_EINVAL (no such device), -W5100_ENETDOWN, -W5100_EIO
 *
 * Does not block. Task only.
 */
int32_t w5100_reserve_socket(int32_t device, bool on);

/**
 * Stores a word and tells what was there before, in one step for all tasks and
 * interrupts: who puts a 1 where a 0 was has taken what the word stands for, and
 * gives it back by putting the 0 there again. The results of getaddrinfo() are
 * handed out in this way.
 *
 * @param word   NULL is understood: it always holds `value`
 * @param value  any
 * @return what was there
 *
 * Does not block; uses neither the bus nor a lock. Any task or interrupt.
 */
uint32_t w5100_exchange(uint32_t *word, uint32_t value);

/**
 * Starts the Winsock view; `WSAStartup` calls it. Each start needs a
 * w5100_wsa_cleanup() of its own.
 *
 * @param version  the version the program asks for: major in the low byte,
 *                 minor in the high one
 * @param granted  the version it gets, in the same form: what it asked for, or
 *                 2.2 if that is lower
 * @return 0, or a Winsock code, which is not stored as the last error:
 *   - 10014 (WSAEFAULT): `granted` is NULL
 *   - 10092 (WSAVERNOTSUPPORTED): below 1.0
 *   - 10091 (WSASYSNOTREADY): no device is enabled, or another task is in its
 *     last w5100_wsa_cleanup()
 *   - 10067 (WSAEPROCLIM): started 4,294,967,294 times
 *
 * Does not block. Task only.
 */
int32_t w5100_wsa_startup(uint16_t version, uint16_t *granted);

/**
 * Takes one start back; `WSACleanup` calls it. With the last one every socket
 * of every device is closed, also those that were not made through the Winsock
 * view. Their handles stay invalid after a new start, and their connections end
 * in the background as after w5100_close() on a socket that does not block.
 *
 * @return 0, or -1 and the last error is 10093 (WSANOTINITIALISED): not
 *   started, or another task is in its last w5100_wsa_cleanup()
 *
 * Does not block. Task only.
 */
int32_t w5100_wsa_cleanup(void);

/**
 * Whether the Winsock view is started.
 *
 * @return true from the first w5100_wsa_startup() to the last
 *   w5100_wsa_cleanup()
 *
 * Does not block. Any task or interrupt.
 */
bool w5100_wsa_started(void);

/**
 * Reads the calling task's last Winsock error.
 *
 * @return the code, 0 if there was none. It is where `last_error_location` of
 *   the first enabled device's port says
 *
 * Does not block. Any task.
 */
int32_t w5100_wsa_last_error(void);

/**
 * Sets the calling task's last Winsock error.
 *
 * @param code  any
 *
 * Does not block. Any task.
 */
void w5100_wsa_set_last_error(int32_t code);

/**
 * The Winsock code of one of the library's errors.
 *
 * @param error  a `W5100_E...` number, positive or negative; 0 gives 0
 * @return the code; 10022 (WSAEINVAL) for an unknown number
 *
 * Does not block. Any task or interrupt.
 */
int32_t w5100_wsa_error(int32_t error);

/**
 * Turns a result of the library's calls into one of Winsock's.
 *
 * @param result  what a call returned
 * @return `result` if it is 0 or above, with the last error as it was; else
 *   -1 (SOCKET_ERROR), and the last error is set
 *
 * Does not block. Any task.
 */
int32_t w5100_wsa_result(int32_t result);

/**
 * A sentence about a Winsock code.
 *
 * @param code  what w5100_wsa_last_error() gives. 10094, which some lists print
 *              for WSAEDISCON, is understood as that
 * @return a constant string, never NULL; an unknown code has one too
 *
 * Does not block. Any task or interrupt.
 */
const char *w5100_wsa_strerror(int32_t code);

/**
 * The name of a Winsock code: "WSAENOTSOCK".
 *
 * @param code  what w5100_wsa_last_error() gives; 10094 is WSAEDISCON too
 * @return a constant string, never NULL; "UNKNOWN" for an unknown code
 *
 * Does not block. Any task or interrupt.
 */
const char *w5100_wsa_error_name(int32_t code);

/**
 * Has a window told of what happens on a socket, in place of the window or the
 * function that was set before (requirement N9): w5100_event_select() with
 * Winsock's arguments. The socket does not block from then on, also when it is no
 * longer told of; while it is, it cannot be made to. A socket that is accepted
 * from a listener so selected has the same window, message and events, and does
 * not block either. In a library built with its part `events`, as it is by
 * default; `WSAAsyncSelect` calls it.
 *
 * The procedure runs inside w5100_dispatch(), which is the message loop: in the
 * task that called that, and nowhere else. It holds nothing of the library's and
 * may call anything, also for this very socket. Once this call or w5100_close() has
 * returned in the task that dispatches, what was set before is told of that socket
 * no more, and of none that has its place. In another task a w5100_dispatch() that
 * is under way may still do so, once: the window must outlive that.
 *
 * @param handle     socket, or wake handle
 * @param window     given to the procedure
 * @param procedure  the window's function
 * @param message    given to the procedure; any
 * @param events     `W5100_FD_...` bits, and 4 (FD_OOB), which never comes; 0 for
 *                   none any more, and the three arguments before it may be NULL
 *                   or any
 * @return 0, or -W5100_EBADF, -W5100_EINVAL (unknown event), -W5100_EFAULT (no
 *   window, or no procedure)
 *
 * Does not block. Task only.
 */
int32_t w5100_wsa_async_select(int32_t handle,
                               void *window,
                               w5100_window_procedure procedure,
                               uint32_t message,
                               int32_t events);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* W5100_H */
