/* mailbox_build: a mailbox table (mailbox.h), made row by row.
 * Owns: its memory, the order of its keys, what is there twice.
 * Must not know: where rows come from, how they are written. */
#ifndef EVERTRUNK_CONF_MAILBOX_BUILD_H
#define EVERTRUNK_CONF_MAILBOX_BUILD_H

#include "conf/dialplan.h"
#include "conf/mailbox.h"
#include "conf/pin_hash.h"

struct mailbox_build;

/* One mailbox; the texts are copied.  Numbers are in the form of the plan. */
struct mailbox_row {
	unsigned line;                    /* where it was written, for faults */
	const struct dialplan_conf *plan; /* one of the conf's */
	char extension[DIALPLAN_NUMBER_MAX];
	char number[MAILBOX_NUMBERS_MAX][DIALPLAN_NUMBER_MAX];
	size_t nnumber;
	char name[MAILBOX_TEXT_MAX];
	char address[MAILBOX_TEXT_MAX];
	char language[CONF_LANGUAGE_MAX];
	char greeting[CONF_PATH_MAX]; /* as in struct mailbox */
	char pin[PIN_HASH_MAX];
	uint32_t max_recording; /* ms; 0: recording.max_duration */
};

/* Two mailboxes of one plan have a number in common; the one of `line` is left out. */
typedef void mailbox_twice_fn(void *arg, unsigned line, const char *number, unsigned first_line);

/* NULL: out of memory.  `conf` must outlive it. */
struct mailbox_build *mailbox_build_new(const struct conf *conf);
/* 0, -ENOSPC after MAILBOX_MAX of them, or -ENOMEM. */
int mailbox_build_add(struct mailbox_build *b, const struct mailbox_row *row);
struct mailbox_bytes {
	char *p; /* malloced */
	size_t n;
	uint32_t count; /* mailboxes that can be found */
};
/* The whole table; `twice` is told of every number that two rows have.  0 or -ENOMEM. */
int mailbox_build_table(struct mailbox_build *b, mailbox_twice_fn *twice, void *arg,
			struct mailbox_bytes *ret);
void mailbox_build_free(struct mailbox_build *b); /* NULL is fine */

#endif
