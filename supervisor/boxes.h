/* boxes: the mailboxes in force, read from their file and kept as one sealed table that every
 * worker maps.
 * Owns: the table's descriptor.  Must not know: who has a mailbox, workers, slots. */
#ifndef EVERTRUNK_BOXES_H
#define EVERTRUNK_BOXES_H

#include "conf/conf.h"

struct boxes {
	int fd; /* a table for conf/mailbox.h; -1: there is no mailbox file */
	size_t bytes;
	uint32_t count;
	uint64_t digest; /* of the table: the same file read again has the same */
};

/* A fault in the file: what is to become of the rows that are right. */
enum boxes_faults {
	BOXES_STRICT, /* none of them is taken: -EINVAL */
	BOXES_START   /* they are, if there are any: better most mailboxes than none */
};

/* Reads the mailbox file of `c`, if there is one.  0 and *ret, or -errno; every fault is a line in
 * `errors` either way. */
int boxes_load(const struct conf *c, enum boxes_faults how, struct buf *errors, struct boxes *ret);
bool boxes_eq(const struct boxes *a, const struct boxes *b);
void boxes_close(struct boxes *b);

#endif
