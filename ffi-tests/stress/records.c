#include "records.h"

#include <stdatomic.h>
#include <string.h>

#define CELLS 4096 /* connections that are remembered at a time */
#define PLACES 128 /* table slots of all devices: the low bits of a handle */

void records_fill(uint8_t *data, size_t length, uint32_t tag) {
    for (size_t i = 0; i + RECORD <= length; i += RECORD) {
        data[i] = 0xAA;
        for (int k = 1; k < RECORD; k++) {
            const int shift = 7 * (k - 1);
            data[i + (size_t)k] = shift < 32 ? (uint8_t)(tag >> shift & 0x7F) : 0x55;
        }
    }
}

static uint32_t tag_of(const uint8_t *record) {
    uint32_t tag = 0;
    for (int k = 1; k <= 5; k++) {
        tag |= (uint32_t)record[k] << 7 * (k - 1);
    }
    return tag;
}

bool records_read(records_reader *reader, const uint8_t *data, size_t length) {
    for (size_t i = 0; i < length; i++) {
        if ((data[i] & 0x80) != 0) {
            reader->length = 0;
        } else if (reader->length == 0) {
            continue; /* the rest of a record whose start another reader has */
        }
        reader->bytes[reader->length++] = data[i];
        if (reader->length == RECORD) {
            const uint32_t tag = tag_of(reader->bytes);
            reader->length = 0;
            if (reader->whole > 0 && tag != reader->tag) {
                return false;
            }
            reader->tag = tag;
            reader->whole++;
        }
    }
    return true;
}

uint8_t stream_byte(uint32_t number, uint32_t place) {
    if (place < 4) {
        return (uint8_t)(number >> 8 * place);
    }
    return (uint8_t)((number * 2654435761u + place * 40503u) >> 13);
}

void stream_fill(uint8_t *data, size_t length, uint32_t number, uint32_t place) {
    for (size_t i = 0; i < length; i++) {
        data[i] = stream_byte(number, place + (uint32_t)i);
    }
}

bool stream_matches(const uint8_t *data, size_t length, uint32_t number, uint32_t place) {
    for (size_t i = 0; i < length; i++) {
        if (data[i] != stream_byte(number, place + (uint32_t)i)) {
            return false;
        }
    }
    return true;
}

bool stream_read(stream_reader *reader, const uint8_t *data, size_t length) {
    size_t i = 0;
    for (; i < length && reader->place < 4; i++) {
        reader->number |= (uint32_t)data[i] << 8 * reader->place++;
    }
    if (!stream_matches(data + i, length - i, reader->number, reader->place)) {
        return false;
    }
    reader->place += (uint32_t)(length - i);
    return true;
}

/* Remembers that `key` goes with `value`. False if it went with another one before. A cell that an
   older key has is taken over; relaxed, since no other memory depends on it. */
static bool note(_Atomic uint64_t *cell, uint32_t key, uint32_t value) {
    const uint64_t wanted = (uint64_t)key << 32 | value;
    uint64_t found = atomic_load_explicit(cell, memory_order_relaxed);
    do {
        const uint32_t other = (uint32_t)(found >> 32);
        if (other == key) {
            return (uint32_t)found == value;
        }
        if (other > key) {
            return true; /* forgotten */
        }
    } while (!atomic_compare_exchange_weak_explicit(cell, &found, wanted, memory_order_relaxed,
                                                    memory_order_relaxed));
    return true;
}

bool delivery_is_right(uint32_t number, int32_t handle) {
    static _Atomic uint64_t receivers[CELLS];
    static _Atomic uint64_t senders[PLACES];
    return note(&receivers[number % CELLS], number, (uint32_t)handle) &&
           note(&senders[(uint32_t)handle % PLACES], (uint32_t)handle, number);
}
