/* mailbox: the mailboxes of all dial plans as one flat table that every process can look into.
 * Owns: the look-up.  Pure: bytes and a number in, a mailbox out.
 * Must not know: files, who made the bytes (mailbox_build.c), where they lie.
 *
 * The bytes hold offsets and no pointers, so that one sealed copy in memory serves all processes,
 * wherever each has mapped it.  Every offset is checked before it is followed. */
#ifndef EVERTRUNK_CONF_MAILBOX_H
#define EVERTRUNK_CONF_MAILBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	MAILBOX_MAX = 100000,    /* mailboxes */
	MAILBOX_TEXT_MAX = 256,  /* bytes of a name or an address, with NUL */
	MAILBOX_NUMBERS_MAX = 16 /* more numbers of one mailbox */
};

struct mailboxes {
	const char *base;
	uint32_t bytes;
	uint32_t nplans, nboxes, nkeys;
	const struct mailbox_head *head;
};

/* Texts point into the table; never NULL. */
struct mailbox {
	const char *extension;
	const char *name;
	const char *address;    /* mail; "": none */
	const char *language;   /* "": the dial plan's */
	const char *greeting;   /* a WAV file; "named": MAILBOX_NAMED; "": the default one */
	const char *pin;        /* its hash (conf/pin_hash.h), for no other eyes; "": none */
	uint32_t max_recording; /* ms; 0: recording.max_duration */
};

/* The greeting that says the extension and that nobody is there. */
#define MAILBOX_NAMED "named"

/* A view of `bytes` at `base`, aligned to 8, which must outlive it.  0, or -EBADMSG when that is no
 * such table. */
int mailboxes_open(const void *base, size_t bytes, struct mailboxes *ret);
/* The mailbox that has `number` (in the form of dialplan.h) in the plan called `plan`. */
bool mailboxes_find(const struct mailboxes *m, const char *plan, const char *number,
		    struct mailbox *ret);

/* Whether a mailbox of the plan called `plan` has a PIN. */
bool mailboxes_have_pins(const struct mailboxes *m, const char *plan);

/* The mailboxes one by one: the next from *at on (0 at first), each once, with its plan's name.
 * False: there is no other. */
bool mailboxes_next(const struct mailboxes *m, uint32_t *at, const char **ret_plan,
		    struct mailbox *ret);

#endif
