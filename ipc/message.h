/* message: names, checks and the record form that follow from the table in messages.h.
 * Owns: what one record in a packet looks like.  Must not know: sockets, what a message means.
 * Pure: values in, values out. */
#ifndef EVERTRUNK_MESSAGE_H
#define EVERTRUNK_MESSAGE_H

#include <stddef.h>
#include "ipc/messages.h"

/* "CALL_BEGIN"; "?" for a type that is none. */
const char *message_name(unsigned type);
/* Bytes of the payload; 0 for a type that is none. */
size_t message_size(unsigned type);
/* Whether `type` with `n` payload bytes may travel in direction `dir`:
 * 0, -ENOMSG (no such type), -EPERM (wrong way), -EMSGSIZE (wrong size). */
int message_check(unsigned type, enum message_dir dir, size_t n);
/* "hangup"; "?" when out of range. */
const char *call_cause_name(unsigned cause);

/* A record: { u16 type, u16 length, u32 zero, payload, zeros up to a multiple of 8 }, in the byte
 * order of the machine; so in a packet aligned to 8 every payload is aligned to 8. */
struct message {
	enum message_type type;
	const void *payload; /* into the packet; message_size(type) bytes */
};

/* Bytes of a record of `type`, head and padding included; a multiple of 8. */
size_t message_record_size(unsigned type);
/* Writes one record to `out`, which has message_record_size(type) bytes. */
void message_write(void *out, enum message_type type, const void *payload);
/* Reads the record at *at of a packet of n bytes that came from direction `dir` and moves *at past
 * it: 1 and *ret; 0 at the end of the packet; -EBADMSG (cut short, junk in the head), or what
 * message_check says. */
int message_next(const void *packet, size_t n, size_t *at, enum message_dir dir,
		 struct message *ret);
/* Bytes of the whole records, of the n bytes that message_write() made, that fit into `max`. */
size_t message_fit(const void *records, size_t n, size_t max);

#endif
