/*
 * records.h - bytes that say whose they are.
 *
 * A record is 8 bytes: one with its high bit set, and seven without, in which a tag stands. The tag
 * is the handle that a program sent on, or the number of a peer's connection. What a call that was
 * cut short leaves of a record is noticed by the next first byte and passed over.
 *
 * A stream is a number and then bytes that follow from it and from their place.
 */
#ifndef RECORDS_H
#define RECORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RECORD 8

/** Fill `length` bytes, a multiple of RECORD, with records of `tag`. */
void records_fill(uint8_t *data, size_t length, uint32_t tag);

/** Where a reader of records stands; zeros at first. */
typedef struct {
    uint8_t bytes[RECORD];
    size_t length;
    uint32_t tag; /**< of the last whole record */
    uint32_t whole;
} records_reader;

/** Read on. False if a whole record has another tag than those before it. */
bool records_read(records_reader *reader, const uint8_t *data, size_t length);

/** Byte `place` of stream `number`: the first four are the number. */
uint8_t stream_byte(uint32_t number, uint32_t place);

/** Fill with stream `number` from `place` on. */
void stream_fill(uint8_t *data, size_t length, uint32_t number, uint32_t place);

/** Whether these bytes are stream `number` from `place` on. */
bool stream_matches(const uint8_t *data, size_t length, uint32_t number, uint32_t place);

/** A reader of a stream whose number comes with it; zeros at first. */
typedef struct {
    uint32_t number;
    uint32_t place;
} stream_reader;

/** Read on. False if these are not the bytes that must come next. */
bool stream_read(stream_reader *reader, const uint8_t *data, size_t length);

/** Note that connection `number`'s bytes reached the socket `handle`. False if they reached another
    one before, or another connection's reached this one. Any thread. */
bool delivery_is_right(uint32_t number, int32_t handle);

#endif /* RECORDS_H */
