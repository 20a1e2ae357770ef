/* shadow: what is known of a copy in shadow/, in lines of its header file, so that it goes wherever
 * the file goes; and what becomes of the copy.  A message that a mail server has taken is safe only
 * when somebody has confirmed that it arrived: a report (RFC 3461), or that it was seen in the
 * mailbox.  What nobody confirms in time is sent once more.
 * Pure.  Must not know: files, clocks (time is an argument), who confirms. */
#ifndef EVERTRUNK_SHADOW_H
#define EVERTRUNK_SHADOW_H

#include <stdbool.h>
#include <stdint.h>

#include "ipc/base/text.h"

enum { SHADOW_TO_MAX = 256, SHADOW_LINES_MAX = 512 };

/* The lines SentAt, SentTo, ReportExpected and SentAgainAt. */
struct shadow {
	int64_t sent;           /* wall seconds, when a server took it; 0: not known */
	int64_t again;          /* when it was decided to send it again; 0: never */
	bool reported;          /* the server has promised a report */
	char to[SHADOW_TO_MAX]; /* who took it and what it said, clean; "" */
};

/* Reads the lines out of a header file; what is not there, or makes no sense, is 0. */
void shadow_read(struct slice text, struct shadow *ret);
/* Appends `text` with the lines of `s` in place of those that it has.  Room: text.n +
 * SHADOW_LINES_MAX. */
void shadow_write(struct slice text, const struct shadow *s, struct buf *out);
/* The same without any: a message that nobody has sent yet. */
void shadow_strip(struct slice text, struct buf *out);

/* Whether it has been looked for in the mailbox. */
enum shadow_seen {
	SHADOW_NOT_ASKED, /* or it cannot be */
	SHADOW_SEEN,
	SHADOW_UNSEEN,
	SHADOW_UNKNOWN, /* for now */
};

struct shadow_view {
	int64_t age_s;  /* since it was sent */
	int64_t keep_s; /* mail.shadow */
	bool listening; /* somebody reads reports */
	bool deaf;      /* though at present they cannot be read */
	enum shadow_seen seen;
};

/* SECOND: it is sent again.  OVER: its time is over and nobody could have confirmed it.
 * UNCONFIRMED: it is over too, but somebody could have. */
enum shadow_fate {
	SHADOW_KEEP,
	SHADOW_CONFIRMED,
	SHADOW_SECOND,
	SHADOW_OVER,
	SHADOW_UNCONFIRMED,
};
enum shadow_fate shadow_fate(const struct shadow *s, const struct shadow_view *v);

/* When a mailbox is looked into. */
struct shadow_looks {
	int64_t first_s; /* after it was sent; then after twice, four times and so on that time */
	int64_t keep_s;  /* its time is over */
};

/* Whether the mailbox is to be looked into now, `passed_s` after the last opportunity. */
bool shadow_asks(int64_t age_s, int64_t passed_s, const struct shadow_looks *looks);

#endif
