/* fault: the error lines of one reading.
 * Owns: their form (FILE:LINE: what: what is wrong; what would be right), where each key was
 * given, and the counting of lines that found no room.  Must not know: what can be wrong. */
#ifndef EVERTRUNK_CONF_FAULT_H
#define EVERTRUNK_CONF_FAULT_H

#include "conf/keys.h"

struct faults {
	const char *file;
	struct buf *to;
	unsigned count;               /* errors, written or not */
	unsigned left_out;            /* of them, those that did not fit into `to` */
	unsigned line[CONF_KEYS_MAX]; /* per row of conf_keys: where it was given; 0: nowhere */
	bool bad[CONF_KEYS_MAX];      /* its value was refused: it still has its default */
	unsigned named_line[NAMED_KINDS][NAMED_MAX]; /* per [SECTION NAME]: its line */
};

/* One error in `line` of the file; 0: the file as a whole.  What is not printable ASCII becomes
 * '?': the line goes to terminals, to the journal and into JSON. */
void fault_at(struct faults *f, unsigned line, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* The line where a key was given, 0 when it has its default. */
unsigned fault_line_of(const struct faults *f, const struct conf_key *k);
/* To be called last: says how many errors were left out, if any. */
void fault_close(struct faults *f);

#endif
