#include "stub_chip.h"

#include <string.h>

/* Socket registers, from 0x0400 + n * 0x0100 (datasheet, chapter 4.2). */
#define SN(n, offset) (0x0400u + (unsigned)(n)*0x0100u + (offset))
enum { MR, CR, IR, SR, PORT, DIPR = 0x0C, DPORT = 0x10, FSR = 0x20, TX_RD = 0x22, TX_WR = 0x24 };
enum { RSR = 0x26, RX_RD = 0x28 };
enum { OPEN = 0x01, LISTEN = 0x02, DISCON = 0x08, CLOSE = 0x10, SEND = 0x20, RECV = 0x40 };
enum { IR_CON = 0x01, IR_DISCON = 0x02, IR_RECV = 0x04, IR_SEND_OK = 0x10 };
enum { CLOSED, INIT = 0x13, IN_LISTEN, ESTABLISHED = 0x17, CLOSE_WAIT = 0x1C, UDP = 0x22 };

#define TX_BASE 0x4000u
#define RX_BASE 0x6000u
#define RING 0x0800u /* 2 KiB a socket, the split after reset */

static uint8_t memory[0x8000 - 0x3800]; /* 0x0000-0x07FF, then 0x4000-0x7FFF */
static enum stub_bus bus;
static uint16_t tx_start[4]; /* the last SEND's data, for stub_sent */
static uint16_t rx_end[4];   /* where the next received byte goes */

static uint8_t *at(unsigned address) {
    return &memory[address < 0x0800 ? address : address - 0x3800];
}

static unsigned get16(unsigned address) {
    return (unsigned)*at(address) << 8 | *at(address + 1);
}

static void set16(unsigned address, unsigned value) {
    *at(address) = (uint8_t)(value >> 8);
    *at(address + 1) = (uint8_t)value;
}

static void reset(void) {
    memset(memory, 0, sizeof memory);
    set16(0x0017, 0x07D0); /* RTR */
    *at(0x0019) = 8;       /* RCR */
    *at(0x001A) = 0x55;    /* RMSR */
    *at(0x001B) = 0x55;    /* TMSR */
    for (int n = 0; n < 4; n++) {
        set16(SN(n, FSR), RING);
        tx_start[n] = rx_end[n] = 0;
    }
}

void stub_start(enum stub_bus kind) {
    bus = kind;
    reset();
}

/* IR bit n is the OR of Sn_IR. */
static void update_ir(void) {
    uint8_t bits = 0;
    for (int n = 0; n < 4; n++) {
        bits |= (uint8_t)((*at(SN(n, IR)) != 0) << n);
    }
    *at(0x0015) = bits;
}

static void raise(int n, uint8_t bits) {
    *at(SN(n, IR)) |= bits;
    update_ir();
}

static void open_socket(int n) {
    *at(SN(n, SR)) = (*at(SN(n, MR)) & 0x0F) == 1 ? INIT : UDP;
    for (unsigned pointer = TX_RD; pointer <= RX_RD; pointer += 2) {
        set16(SN(n, pointer), 0);
    }
    set16(SN(n, FSR), RING);
    tx_start[n] = rx_end[n] = 0;
}

static void command(int n, uint8_t code) {
    uint8_t *state = at(SN(n, SR));
    switch (code) {
    case OPEN:
        open_socket(n);
        break;
    case LISTEN:
        *state = IN_LISTEN;
        break;
    case DISCON:
    case CLOSE:
        *state = CLOSED;
        break;
    case SEND:
        tx_start[n] = (uint16_t)get16(SN(n, TX_RD));
        set16(SN(n, TX_RD), get16(SN(n, TX_WR)));
        raise(n, IR_SEND_OK);
        break;
    case RECV:
        set16(SN(n, RSR), (rx_end[n] - get16(SN(n, RX_RD))) & 0xFFFF);
        break;
    }
}

static void write_byte(unsigned address, uint8_t value) {
    const int n = (int)(address >> 8) - 4;
    const unsigned offset = address & 0xFF;
    const int of_socket = n >= 0 && n < 4;
    if (address == 0 && (value & 0x80) != 0) {
        reset();
    } else if (of_socket && offset == CR) {
        command(n, value);
    } else if (of_socket && offset == IR) {
        *at(address) &= (uint8_t)~value;
        update_ir();
    } else if (address < 0x0800 || (address >= TX_BASE && address < 0x8000)) {
        *at(address) = value;
    }
}

int32_t stub_transfer(void *context, uint8_t *frames, size_t count) {
    (void)context;
    if (bus == STUB_BROKEN) {
        return -1;
    }
    if (bus != STUB_CHIP) {
        memset(frames, bus == STUB_HIGH ? 0xFF : 0x00, count * 4);
        return 0;
    }
    for (uint8_t *frame = frames; frame < frames + count * 4; frame += 4) {
        const unsigned address = (unsigned)frame[1] << 8 | frame[2];
        uint8_t answer = 3;
        if (frame[0] == 0xF0) {
            write_byte(address, frame[3]);
        } else if (address < 0x0800 || (address >= TX_BASE && address < 0x8000)) {
            answer = *at(address);
        }
        const uint8_t miso[4] = {0, 1, 2, answer};
        memcpy(frame, miso, sizeof miso);
    }
    return 0;
}

int stub_connect(void) {
    static const uint8_t client[4] = {10, 0, 0, 2};
    for (int n = 0; n < 4; n++) {
        if (*at(SN(n, SR)) == IN_LISTEN) {
            memcpy(at(SN(n, DIPR)), client, sizeof client);
            set16(SN(n, DPORT), 1234);
            *at(SN(n, SR)) = ESTABLISHED;
            raise(n, IR_CON);
            return n;
        }
    }
    return -1;
}

void stub_receive(int n, const void *data, size_t length) {
    const uint8_t *bytes = data;
    for (size_t i = 0; i < length; i++) {
        *at(RX_BASE + (unsigned)n * RING + (rx_end[n]++ & (RING - 1))) = bytes[i];
    }
    set16(SN(n, RSR), (rx_end[n] - get16(SN(n, RX_RD))) & 0xFFFF);
    raise(n, IR_RECV);
}

void stub_finish(int n) {
    *at(SN(n, SR)) = CLOSE_WAIT;
    raise(n, IR_DISCON);
}

size_t stub_sent(int n, void *data, size_t room) {
    uint8_t *bytes = data;
    size_t length = (uint16_t)(get16(SN(n, TX_RD)) - tx_start[n]);
    length = length < room ? length : room;
    for (size_t i = 0; i < length; i++) {
        bytes[i] = *at(TX_BASE + (unsigned)n * RING + ((tx_start[n] + i) & (RING - 1)));
    }
    return length;
}
