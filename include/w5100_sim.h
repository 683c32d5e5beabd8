/*
 * w5100_sim.h - a simulated W5100 below the SPI line, and networks to plug it into.
 *
 * Generated from sim/src/capi by cbindgen: change it there.
 *
 * Pointers: a NULL gives an error or does nothing. A pointer to a world, chip, peer or connection
 * must not be used after it was freed; chips and peers live as long as their world. Functions may
 * be called from any thread; only those that say so block.
 */

#ifndef W5100_SIM_H
#define W5100_SIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * What a function that returns an int32_t gives when it fails.
 */
#define W5100_SIM_ERROR -1

/**
 * Answer with the sequence numbers of RFC 9293: the peer sees "refused".
 */
#define W5100_SIM_RESET_RFC 0

/**
 * Answer with zero sequence and acknowledgment numbers: the peer times out.
 */
#define W5100_SIM_RESET_ZERO 1

/**
 * Do not answer.
 */
#define W5100_SIM_RESET_SILENT 2

/**
 * Bytes wait for w5100_sim_conn_recv(); the window closes when nobody comes for them.
 */
#define W5100_SIM_SERVICE_MANUAL 0

/**
 * Bytes are counted and thrown away; the peer closes when the other side has.
 */
#define W5100_SIM_SERVICE_DISCARD 1

/**
 * Bytes are sent back; the peer closes when the other side has.
 */
#define W5100_SIM_SERVICE_ECHO 2

/**
 * A simulated W5100.
 */
typedef struct w5100_sim_chip w5100_sim_chip;

/**
 * A TCP connection of a peer.
 */
typedef struct w5100_sim_conn w5100_sim_conn;

/**
 * A host on the wire that a test drives.
 */
typedef struct w5100_sim_peer w5100_sim_peer;

/**
 * A clock, an Ethernet wire, and the chips and peers plugged into it.
 */
typedef struct w5100_sim_world w5100_sim_world;

/**
 * How the wire treats frames: see w5100_sim_link_set().
 */
typedef struct {
    /**
     * From one port of the switch to another, in microseconds.
     */
    uint32_t latency_us;
    /**
     * Frames lost, out of 1000.
     */
    uint16_t loss_permille;
    /**
     * Frames delivered twice, out of 1000.
     */
    uint16_t duplicate_permille;
    /**
     * Frames held back so that later ones overtake them, out of 1000.
     */
    uint16_t reorder_permille;
    /**
     * Nothing passes at all.
     */
    bool partitioned;
    /**
     * How long a frame that is reordered is held back, in microseconds.
     */
    uint32_t reorder_delay_us;
    /**
     * Up to so many microseconds more than latency_us. It does not change the order of frames.
     */
    uint32_t jitter_us;
    /**
     * Frames with one bit of their IP packet turned over, out of 1000.
     */
    uint16_t corrupt_permille;
} w5100_sim_link;

/**
 * Choices where documents and known drivers disagree about the chip.
 */
typedef struct {
    /**
     * sizeof(w5100_sim_options): lets the struct grow.
     */
    uint32_t size;
    /**
     * Sn_DHAR, DIPR, DPORT, MSSR, TX_WR and RX_RD read as before until a command takes them.
     */
    bool latched_registers;
    /**
     * IMR gates the bits of IR besides the /INT line.
     */
    bool imr_gates_ir;
    /**
     * A TCP connection starts with TX_RD and TX_WR at a random value, else at zero.
     */
    bool random_tx_pointers;
    /**
     * Received data can still be read after the socket is closed.
     */
    bool rx_survives_close;
    /**
     * Sn_SR shows 11, 21 or 31 in place of 01 while an address is resolved.
     */
    bool early_arp_status;
    /**
     * A broken frame rule makes the transfer fail (or ends the program, if the library was built
     * to abort), besides being counted.
     */
    bool fatal_violations;
    /**
     * How a SYN to a port without listener is answered: W5100_SIM_RESET_...
     */
    uint8_t refuse;
    /**
     * How any other segment of no known connection is answered: W5100_SIM_RESET_...
     */
    uint8_t stray;
    /**
     * Microseconds until a command is accepted and Sn_CR reads 0.
     */
    uint32_t command_time_us;
    /**
     * Microseconds a reset by MR.RST takes.
     */
    uint32_t reset_time_us;
    /**
     * Where initial sequence numbers come from.
     */
    uint64_t seed;
} w5100_sim_options;

/**
 * What a chip has counted since it was made, wrapping. A reset does not clear it.
 */
typedef struct {
    /**
     * SPI frames begun.
     */
    uint32_t frames;
    /**
     * Bytes read.
     */
    uint32_t reads;
    /**
     * Bytes written.
     */
    uint32_t writes;
    /**
     * Frames that broke the rules of chip select or opcode.
     */
    uint32_t violations;
    /**
     * Commands and accesses the datasheet gives no meaning to.
     */
    uint32_t misuses;
    /**
     * Commands accepted.
     */
    uint32_t commands;
    /**
     * Ethernet frames that arrived.
     */
    uint32_t packets_received;
    /**
     * Ethernet frames sent.
     */
    uint32_t packets_sent;
    /**
     * Ethernet frames or segments dropped.
     */
    uint32_t packets_dropped;
} w5100_sim_counters;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * Make a wire with a virtual clock, for tests that always run the same way.
 *
 * Time moves by 2290 ns for each SPI frame, by 1 us for each look at the clock, and to the next
 * thing that is due when every thread waits (w5100_sim_wait, w5100_sim_run_for). `seed` is where
 * all that is random comes from. Returns the world, or NULL when memory is short.
 */
w5100_sim_world *w5100_sim_wire(uint64_t seed);

/**
 * Make a wire like that of w5100_sim_wire(), but in real time and without latency. A thread of
 * the library's own does what is due. Returns the world, or NULL when the thread cannot be had.
 */
w5100_sim_world *w5100_sim_wire_in_real_time(uint64_t seed);

/**
 * Make a network in real time whose gateway is this computer's loopback interface.
 *
 * TCP connections and datagrams of a chip to the gateway's address reach the same port of
 * 127.0.0.1; the way to a chip is opened with w5100_sim_forward_port(). The gateway answers ping.
 * `gateway_ip`: 4 bytes; its subnet is a /24. A thread of the library's own does the work.
 * Returns the world, or NULL when the thread or its sockets cannot be had.
 *
 */
w5100_sim_world *w5100_sim_forward(const uint8_t gateway_ip[4]);

/**
 * End a world with its chips and peers; their pointers are invalid from then on, connections
 * (w5100_sim_conn) are still to be freed. No other thread may be in a call with any of them. NULL
 * does nothing. Blocks until the world's own thread has ended.
 */
void w5100_sim_free(w5100_sim_world *world);

/**
 * One more thread takes part in the virtual clock: time jumps only while as many threads wait as
 * take part. To leave no gap, call it on behalf of a thread before that is created. Either all
 * threads that use the world take part, or none (which suits a single thread). A thread that
 * takes part must not block on anything else, such as pthread_join. No effect in real time.
 */
void w5100_sim_thread_enter(const w5100_sim_world *world);

/**
 * One thread less takes part in the virtual clock: call it when a thread ends or is about to
 * block on something else.
 */
void w5100_sim_thread_leave(const w5100_sim_world *world);

/**
 * Let the world run for `ms` milliseconds. Blocks; counts as waiting.
 */
void w5100_sim_run_for(const w5100_sim_world *world, uint32_t ms);

/**
 * Microseconds since the world began; 0 for NULL. Reading takes no virtual time.
 */
uint64_t w5100_sim_now_us(const w5100_sim_world *world);

/**
 * What an SPI frame takes on the virtual clock, in nanoseconds; at first 2290 (14 MHz).
 */
void w5100_sim_frame_time_set(const w5100_sim_world *world, uint32_t nanoseconds);

/**
 * Change how the wire treats frames sent from now on. At first a virtual wire has 50 us of
 * latency, a real-time one none, and neither has faults. Returns 0, or W5100_SIM_ERROR for NULL.
 */
int32_t w5100_sim_link_set(const w5100_sim_world *world, const w5100_sim_link *link);

/**
 * Read how the wire treats frames. Returns 0, or W5100_SIM_ERROR for NULL.
 */
int32_t w5100_sim_link_get(const w5100_sim_world *world, w5100_sim_link *out);

/**
 * Draw what is random about the link anew from `seed`, from the next frame on. A wire begins with
 * its own seed, the other networks with 0.
 */
void w5100_sim_link_seed(const w5100_sim_world *world, uint64_t seed);

/**
 * Write all frames put on the wire from now on to a pcap file at `path` (UTF-8), which is
 * truncated. Returns 0, or W5100_SIM_ERROR when the file cannot be made.
 */
int32_t w5100_sim_capture(const w5100_sim_world *world, const char *path);

/**
 * End the capture; the end of the world does so too. Returns 0, or W5100_SIM_ERROR when the file
 * could not be written in full.
 */
int32_t w5100_sim_capture_stop(const w5100_sim_world *world);

/**
 * A hash over all frames put on the wire so far: when, from where and what. With one thread, the
 * same seed and the same calls give the same hash. 0 for NULL.
 */
uint64_t w5100_sim_trace_hash(const w5100_sim_world *world);

/**
 * Lead a TCP port of 127.0.0.1 to `chip_ip`:`chip_port` (4 bytes, host order).
 *
 * `host_port` is the port to listen on; 0 takes any free one. Only for a world made by
 * w5100_sim_forward(). Returns the port listened on, or W5100_SIM_ERROR: it is taken, or this is
 * another kind of world.
 *
 */
int32_t w5100_sim_forward_port(const w5100_sim_world *world,
                               uint16_t host_port,
                               const uint8_t chip_ip[4],
                               uint16_t chip_port);

/**
 * Like w5100_sim_forward_port(), for UDP: each sender is answered at the address it sent from.
 *
 */
int32_t w5100_sim_forward_udp_port(const w5100_sim_world *world,
                                   uint16_t host_port,
                                   const uint8_t chip_ip[4],
                                   uint16_t chip_port);

/**
 * Move the calling thread into a new network namespace, in which a TAP device disturbs nobody.
 *
 * Threads and programs that it starts from then on are in it too; other threads stay where they
 * are. It has no interface but a loopback that is down, and no name: it ends, with all that was
 * made in it, when the last thread in it has ended and its last socket is closed, whatever ends
 * them. Returns 0, or W5100_SIM_ERROR when the thread lacks CAP_SYS_ADMIN (root has it, and so
 * has a program under `unshare --map-root-user`); w5100_sim_reason() says so. Does not block.
 */
int32_t w5100_sim_own_network(void);

/**
 * Make a network in real time that ends in a network interface of this computer: a TAP device,
 * whose peer for TCP, UDP, ARP and ping is this computer's kernel. A chip needs an address of its
 * own in that network.
 *
 * `device`: its name, 1 to 15 bytes. One that is not there is made, and goes with the world; it
 * happens in the network namespace of the calling thread (w5100_sim_own_network()).
 * `host_ip`: 4 bytes, the address that the interface gets, with a prefix of `prefix` bits (0 to
 * 32); it is brought up then. NULL takes the interface as it is.
 * Returns the world, or NULL: the program may not (it needs /dev/net/tun and CAP_NET_ADMIN in that
 * namespace, but for a device that an administrator made for its user), another program has the
 * device, the name or the prefix is none, or this kernel has no TAP devices. w5100_sim_reason()
 * says which.
 *
 */
w5100_sim_world *w5100_sim_tap(const char *device, const uint8_t host_ip[4], uint8_t prefix);

/**
 * Why the last w5100_sim_own_network() or w5100_sim_tap() of this thread failed, for people: as
 * many bytes as fit `room` with the NUL at the end. Empty if it did not fail. Returns the length
 * of the whole text. A `text` of NULL, or a `room` of 0, only asks for that.
 */
size_t w5100_sim_reason(char *text, size_t room);

/**
 * Put a chip on the wire, as it is after power-up. It lives as long as the world. Returns the
 * chip, or NULL for NULL.
 */
w5100_sim_chip *w5100_sim_chip_new(const w5100_sim_world *world);

/**
 * Like w5100_sim_chip_new(), with `options` (see w5100_sim_options_default()). NULL also when
 * they make no sense.
 */
w5100_sim_chip *w5100_sim_chip_new_with(const w5100_sim_world *world,
                                        const w5100_sim_options *options);

/**
 * Set `size` and the choices to those of w5100_sim_chip_new(). Returns 0, or W5100_SIM_ERROR for
 * NULL.
 */
int32_t w5100_sim_options_default(w5100_sim_options *out);

/**
 * The byte at `address` as an SPI read would give it, without its side effects or time. 0 for
 * NULL.
 */
uint8_t w5100_sim_peek(const w5100_sim_chip *chip, uint16_t address);

/**
 * Read the chip's counters. Returns 0, or W5100_SIM_ERROR for NULL.
 */
int32_t w5100_sim_counters_get(const w5100_sim_chip *chip, w5100_sim_counters *out);

/**
 * Exchange `count` SPI frames of 4 bytes in place, chip select down before and up after each.
 *
 * A frame is F0 AH AL D to write and 0F AH AL xx to read; it comes back as the chip answers:
 * 00 01 02 and the byte read, or 03. On the virtual clock each takes 2290 ns. Returns 0, or
 * W5100_SIM_ERROR for NULL. Does not block; from any thread.
 */
int32_t w5100_sim_transfer(void *chip, uint8_t *frames, size_t count);

/**
 * Drive the chip select pin by hand: true (low) selects the chip. Each frame of 4 bytes needs a
 * falling edge before it and a rising one after it; what breaks that is counted as a violation.
 * Unlike with w5100_sim_transfer(), threads that use the line at once get into each other's
 * frames. Does not block.
 */
void w5100_sim_select(void *chip, bool low);

/**
 * Clock one byte into the chip. Returns the one that it drove meanwhile; 0 for NULL and while
 * it is not selected. On the virtual clock it takes a quarter of a frame. Does not block.
 */
uint8_t w5100_sim_clock_byte(void *chip, uint8_t mosi);

/**
 * Drive the chip's /RESET pin: true holds it in reset. Does not block.
 */
void w5100_sim_reset(void *chip, bool asserted);

/**
 * Whether the chip's /INT pin is low, that is, wants attention. False for NULL. Does not block.
 */
bool w5100_sim_interrupt(void *chip);

/**
 * Milliseconds since the world began, wrapping; 0 for NULL. On the virtual clock each call takes
 * 1 us, so that a loop which only looks at the clock ends. Does not block.
 */
uint32_t w5100_sim_now_ms(void *chip);

/**
 * The event token of the chip's world: it changes with each w5100_sim_notify() and with each
 * falling edge of the /INT of any chip in it. Read it before you look at what you wait for. 0 for
 * NULL. Does not block.
 */
uint64_t w5100_sim_events(void *chip);

/**
 * Sleep until w5100_sim_events() is not `events` any more, `timeout_ms` milliseconds at most.
 *
 * What happened since the token was read is never missed. On the virtual clock time jumps to the
 * next thing that is due while every thread waits.
 */
void w5100_sim_wait(void *chip, uint64_t events, uint32_t timeout_ms);

/**
 * Change the event token and wake all threads in w5100_sim_wait(). From any thread; does not
 * block.
 */
void w5100_sim_notify(void *chip);

/**
 * No chip on the line while `on`: MISO stays at `miso` (0x00 or 0xFF) and nothing is executed.
 * NULL does nothing; so with all functions on faults. None of them blocks.
 */
void w5100_sim_fault_absent(const w5100_sim_chip *chip, bool on, uint8_t miso);

/**
 * Commands are never accepted while `on`: Sn_CR keeps its value.
 */
void w5100_sim_fault_hung(const w5100_sim_chip *chip, bool on);

/**
 * Garble what comes back in every `every_nth` frame; 0: in none. With `lost` such a frame does
 * not reach the chip either.
 */
void w5100_sim_fault_echo(const w5100_sim_chip *chip, uint32_t every_nth, bool lost);

/**
 * Erratum 1: the next UDP or IPRAW SEND never finishes, nor any later one on that socket until
 * the chip is reset.
 */
void w5100_sim_fault_swallow_send(const w5100_sim_chip *chip);

/**
 * The chip resets itself before the next frame, as after a drop of its supply.
 */
void w5100_sim_fault_reset(const w5100_sim_chip *chip);

/**
 * Pull the Ethernet cable out of the chip (false), or put it back (true).
 */
void w5100_sim_plug(const w5100_sim_chip *chip, bool plugged);

/**
 * Put a host on the wire. It answers ARP, ping and TCP as every host does, and else does what it
 * is told. It lives as long as the world. All addresses are required; a gateway of 0.0.0.0 is
 * none. Returns the peer, or NULL for NULL. No function of a peer blocks: run the world to let
 * things happen.
 *
 */
w5100_sim_peer *w5100_sim_peer_new(const w5100_sim_world *world,
                                   const uint8_t mac[6],
                                   const uint8_t ip[4],
                                   const uint8_t mask[4],
                                   const uint8_t gateway[4]);

/**
 * Begin a connection to `ip`:`port` (4 bytes, host order). Returns it (see
 * w5100_sim_conn_free()), or NULL for NULL.
 *
 */
w5100_sim_conn *w5100_sim_peer_connect(const w5100_sim_peer *peer,
                                       const uint8_t ip[4],
                                       uint16_t port);

/**
 * Take any number of connections to `port`, for w5100_sim_peer_accept(). Returns 0, or
 * W5100_SIM_ERROR for NULL or port 0.
 */
int32_t w5100_sim_peer_listen(const w5100_sim_peer *peer, uint16_t port);

/**
 * Take any number of connections to `port` and give each a `service`, W5100_SIM_SERVICE_...,
 * accepted or not. Returns 0, or W5100_SIM_ERROR for NULL, port 0 or no such service.
 */
int32_t w5100_sim_peer_listen_service(const w5100_sim_peer *peer, uint16_t port, uint8_t service);

/**
 * Refuse further connections to `port`.
 */
void w5100_sim_peer_unlisten(const w5100_sim_peer *peer, uint16_t port);

/**
 * The oldest established connection to `port` that was not given out yet, or NULL.
 */
w5100_sim_conn *w5100_sim_peer_accept(const w5100_sim_peer *peer, uint16_t port);

/**
 * Drop everything in both directions while `on`, as a host does whose power has failed.
 */
void w5100_sim_peer_vanish(const w5100_sim_peer *peer, bool on);

/**
 * Hold acknowledgments back for up to `ms` milliseconds; 0 (at first) sends them at once.
 */
void w5100_sim_peer_ack_delay(const w5100_sim_peer *peer, uint32_t ms);

/**
 * Buffers of connections made from now on, in bytes; at first 32 KiB each. The window a peer
 * offers is what is free of `receive`. Returns 0, or W5100_SIM_ERROR for NULL or a size that is 0
 * or above 1 MiB.
 */
int32_t w5100_sim_peer_buffers(const w5100_sim_peer *peer, uint32_t receive, uint32_t transmit);

/**
 * Open UDP port `port`; with `echo` it sends every datagram back. Returns 0, or W5100_SIM_ERROR
 * for NULL or port 0.
 */
int32_t w5100_sim_peer_udp_bind(const w5100_sim_peer *peer, uint16_t port, bool echo);

/**
 * Send `length` bytes as one datagram from port `from` to `ip`:`port`. Returns 0, or
 * W5100_SIM_ERROR: NULL, a port or address of 0, or the queue of 64 datagrams is full.
 *
 */
int32_t w5100_sim_peer_udp_send(const w5100_sim_peer *peer,
                                uint16_t from,
                                const uint8_t ip[4],
                                uint16_t port,
                                const uint8_t *data,
                                size_t length);

/**
 * Take the oldest datagram at `port`: up to `length` bytes of it, the rest is lost. The sender's
 * address goes to `from_ip` (4 bytes) and `from_port`; both may be NULL. Returns the datagram's
 * whole length, or W5100_SIM_ERROR when none waits.
 */
int32_t w5100_sim_peer_udp_recv(const w5100_sim_peer *peer,
                                uint16_t port,
                                uint8_t *data,
                                size_t length,
                                uint8_t *from_ip,
                                uint16_t *from_port);

/**
 * Send one ping of `length` bytes, 1472 at most. Returns 0, or W5100_SIM_ERROR for NULL or a
 * length above that.
 *
 */
int32_t w5100_sim_peer_ping(const w5100_sim_peer *peer,
                            const uint8_t ip[4],
                            const uint8_t *data,
                            size_t length);

/**
 * Take the oldest answer to a ping: up to `length` bytes of its payload. Returns the payload's
 * whole length, or W5100_SIM_ERROR when none waits.
 */
int32_t w5100_sim_peer_ping_reply(const w5100_sim_peer *peer, uint8_t *data, size_t length);

/**
 * Put a frame on the wire as it is: Ethernet II without FCS, 14 to 1514 bytes. Returns 0, or
 * W5100_SIM_ERROR for NULL or another length.
 */
int32_t w5100_sim_peer_inject(const w5100_sim_peer *peer, const uint8_t *frame, size_t length);

/**
 * Close the connection if it is open (FIN), and give its memory back. NULL does nothing.
 */
void w5100_sim_conn_free(w5100_sim_conn *conn);

/**
 * The connection's state by its name in RFC 9293: "ESTABLISHED", "CLOSE-WAIT", ... Never NULL;
 * "CLOSED" for NULL.
 */
const char *w5100_sim_conn_state(const w5100_sim_conn *conn);

/**
 * Whether the connection is in the state ESTABLISHED.
 */
bool w5100_sim_conn_established(const w5100_sim_conn *conn);

/**
 * Whether it is over: refused, reset, or closed by both sides. True for NULL.
 */
bool w5100_sim_conn_closed(const w5100_sim_conn *conn);

/**
 * Whether the other side sent RST: it refused the connection or broke it.
 */
bool w5100_sim_conn_was_reset(const w5100_sim_conn *conn);

/**
 * Whether the other side has sent FIN and all that came before it was read.
 */
bool w5100_sim_conn_finished(const w5100_sim_conn *conn);

/**
 * Queue as many of the `length` bytes at `data` as there is room for. Returns how many; 0 when
 * the connection cannot send (not yet, or no longer), or for NULL.
 */
size_t w5100_sim_conn_send(const w5100_sim_conn *conn, const uint8_t *data, size_t length);

/**
 * Take up to `length` bytes that have arrived. Returns how many; 0 when none wait, or for NULL.
 */
size_t w5100_sim_conn_recv(const w5100_sim_conn *conn, uint8_t *data, size_t length);

/**
 * Bytes that wait for w5100_sim_conn_recv().
 */
size_t w5100_sim_conn_available(const w5100_sim_conn *conn);

/**
 * Bytes received since the connection began, read or not.
 */
uint64_t w5100_sim_conn_received(const w5100_sim_conn *conn);

/**
 * Bytes queued that the other side has not acknowledged.
 */
size_t w5100_sim_conn_unacknowledged(const w5100_sim_conn *conn);

/**
 * What becomes of bytes that arrive from now on: W5100_SIM_SERVICE_... MANUAL without a recv is
 * a peer that has stopped reading. Returns 0, or W5100_SIM_ERROR for NULL or no such service.
 */
int32_t w5100_sim_conn_service(const w5100_sim_conn *conn, uint8_t service);

/**
 * Send FIN after what is queued. Receiving goes on.
 */
void w5100_sim_conn_close(const w5100_sim_conn *conn);

/**
 * Send RST and forget what is queued.
 */
void w5100_sim_conn_abort(const w5100_sim_conn *conn);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* W5100_SIM_H */
