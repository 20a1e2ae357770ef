/* dtmf: telephone-event packets (RFC 4733) to digits.
 * Pure.  One digit per key press, told at its first packet, however often packets are repeated and
 * whichever are lost; senders that move the timestamp within one press are seen through.
 * Must not know: RTP headers, what a digit does. */
#ifndef EVERTRUNK_DTMF_H
#define EVERTRUNK_DTMF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The last key press; zeroed there was none. */
struct dtmf {
	bool any;
	bool ended;
	uint8_t event;
	uint16_t duration; /* as last said, timestamp units */
	uint32_t ts;
};

/* Takes one payload with the timestamp of its packet.  Returns '0'..'9', '*', '#', 'A'..'D' when a
 * new press begins, else 0 (a repeat, an event that is no digit, nonsense). */
char dtmf_take(struct dtmf *d, uint32_t ts, const uint8_t *payload, size_t n);

#endif
