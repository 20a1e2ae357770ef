/* lamp: what is known of each mailbox's message waiting lamp: the counts there are, the counts that
 * its telephone system was told of last, and when it is told next.
 * Pure: counts, answers and the time in, what to send out.
 * Must not know: mailboxes' names, Maildirs, SIP, which trunk it goes to.
 *
 * A change is told once for a burst.  What failed is tried again, with growing pauses, for five
 * minutes, and then with the next refresh.  All lamps are told anew every `refresh`, spread over
 * that time.
 * Never more than LAMP_RATE a second, whatever happens at once. */
#ifndef EVERTRUNK_LAMP_H
#define EVERTRUNK_LAMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ipc/base/clock.h"
#include "worker/tally.h"

enum {
	LAMP_SETTLE_MS = 800,         /* a burst is one */
	LAMP_PATIENCE_MS = 5 * 60000, /* then it is given up until the next refresh */
	LAMP_RATE = 20,               /* a second, and half of them are left free for changes */
	LAMP_FLYING = 32              /* without an answer at a time */
};

#define LAMP_NONE UINT32_MAX

enum lamp_answer {
	LAMP_TAKEN,
	LAMP_LATER, /* nobody has answered, or not for good: again in a while */
	LAMP_REFUSED
};

struct lamps_known; /* all lamps */

/* `refresh` in ms, 0: never.  NULL: out of memory. */
struct lamps_known *lamp_new(int64_t refresh);
void lamp_free(struct lamps_known *l); /* NULL is fine */
/* One more, of which nothing is known; they are numbered from 0.  LAMP_NONE: out of memory. */
uint32_t lamp_add(struct lamps_known *l);
/* Moves what `from` knows of its lamp `j` to the new lamp `i`: what was told is not told again.
 * What is on its way there counts as failed: its answer will not come. */
void lamp_move(struct lamps_known *l, uint32_t i, struct lamps_known *from, uint32_t j,
	       struct mono now);
/* Whether it has been counted: its mailbox was there. */
bool lamp_is_counted(const struct lamps_known *l, uint32_t i);
/* Whether its telephone may show messages. */
bool lamp_may_show(const struct lamps_known *l, uint32_t i);
/* Its mailbox is gone: it is told of none, and then nothing more. */
void lamp_leave(struct lamps_known *l, uint32_t i, struct mono now);
/* Those that do not leave. */
uint32_t lamp_count(const struct lamps_known *l);
/* Those that have something to be told of, those that leave among them. */
uint32_t lamp_waiting(const struct lamps_known *l);
/* What the mailbox holds.  The first time it is told within the spread of a full resync. */
void lamp_counted(struct lamps_known *l, uint32_t i, const struct tally *t, struct mono now);
/* All are told anew; spread.  `uncounted`: also those that were never counted: they hold nothing.
 */
void lamp_resync(struct lamps_known *l, bool uncounted, struct mono now);
/* How many seconds that takes for `n` lamps. */
unsigned lamp_spread(uint32_t n);
/* The next one that is to be told now, and of what; it is on its way until lamp_answered().
 * LAMP_NONE: none now; *ret_wait is how many ms until there may be one, -1: nothing is planned. */
uint32_t lamp_next(struct lamps_known *l, struct mono now, struct tally *ret, int64_t *ret_wait);
/* What became of it.  False: it is given up, which is worth a line. */
bool lamp_answered(struct lamps_known *l, uint32_t i, enum lamp_answer a, struct mono now);

#endif
