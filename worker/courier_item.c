/* courier_item: one item: read, tried, and what becomes of it.
 * Part of the room courier; see courier_room.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "ipc/base/log.h"
#include "worker/courier_room.h"

/* A person copies header and sound in any order, and an editor writes in pieces: what makes no
 * sense yet is looked at again until it has lain there for so long. */
enum { GRACE_S = 5, SOUND_GRACE_S = 60, GRACE_MS = 1000 };

static int64_t
age_of(const struct queue_item *i)
{
	return (int64_t)time(NULL) - i->since;
}

/* ---- reading ---- */

int
courier_letter(struct courier *c, enum queue_place where, const char *id, struct letter *ret,
	       const char **ret_why)
{
	char *text = NULL;
	size_t n = 0;
	int e = queue_read(c->queue, where, id, &text, &n);
	if (e == 0)
		e = letter_read(slice_str(id), (struct slice){text, n}, ret, ret_why);
	else
		*ret_why = e == -EFBIG   ? "the header file is longer than 64 KiB"
			   : e == -ELOOP ? "the header file is a link"
					 : strerror(-e);
	free(text);
	return e == -EFBIG || e == -ELOOP ? -EBADMSG : e;
}

static bool
has_sound(const struct courier *c, const struct letter *l)
{
	return l->attachment[0] == '\0' ||
	       faccessat(queue_folder(c->queue, QUEUE_HERE), l->attachment, F_OK, 0) == 0;
}

/* ---- what becomes of it ---- */

/* `expired`: the operator is told; what can never be delivered is an alarm of its own. */
static void
set_bad(struct courier *c, struct queue_item *i, const struct letter *l, bool expired,
	const char *why)
{
	const char *sound = courier_sound_going(c, i->id, l->attachment, QUEUE_BAD);
	int e = queue_move_bad(c->queue, i->id, sound, QUEUE_HERE, why);
	if (e != 0 && e != -ENOENT) {
		log_err(LOG_MAIL, "%s: cannot be moved to bad/: %s", i->id, strerror(-e));
		queue_later(c->queue, i, mono_add(clock_now(), retry_pause(++i->tries)), why);
		return;
	}
	log_err(LOG_MAIL, "%s: given up and moved to bad/: %s", i->id, why);
	if (expired && e == 0)
		courier_notice(c, l, NOTICE_EXPIRED, why);
	queue_forget(c->queue, i);
}

/* Its mail is safe: the files go, or are kept as a shadow. */
static void
finish(struct courier *c, struct queue_item *i, const struct letter *l,
       const struct courier_result *r)
{
	int e =
	    r->confirmed || c->with.shadow == 0
		? queue_remove(c->queue, i->id,
			       courier_sound_going(c, i->id, l->attachment, QUEUE_HERE), QUEUE_HERE)
		: courier_keep(c, l, r);
	if (e == 0 || e == -ENOENT) {
		queue_forget(c->queue, i);
		return;
	}
	log_err(LOG_MAIL, "%s: delivered, but its files cannot be moved away: %s", i->id,
		strerror(-e));
	i->done = true;
	i->confirmed = r->confirmed;
	i->reported = r->reported;
	queue_later(c->queue, i, mono_add(clock_now(), retry_pause(++i->tries)),
		    "delivered, but its files cannot be moved away");
}

/* A letter that cannot be read: its files alone are known. */
static void
nobodys(const struct queue_item *i, struct letter *ret)
{
	*ret = (struct letter){.type = LETTER_VOICE};
	snprintf(ret->id, sizeof(ret->id), "%s", i->id);
}

/* In an outage no item is tried often enough to grow old by itself. */
static void
expire_all(struct courier *c, const char *reason)
{
	struct letter l;
	const char *why;
	for (size_t n = 0; n < queue_count(c->queue);) {
		struct queue_item *i = queue_each(c->queue, n);
		size_t before = queue_count(c->queue);
		if (!i->done && retry_fate(OUTCOME_OUTAGE, age_of(i), c->with.expire) == FATE_BAD) {
			if (courier_letter(c, QUEUE_HERE, i->id, &l, &why) != 0)
				nobodys(i, &l);
			set_bad(c, i, &l, true, reason);
		}
		if (queue_count(c->queue) == before)
			n++;
	}
}

static void
log_failure(const struct courier *c, const struct queue_item *i, const struct courier_result *r,
	    int64_t pause)
{
	bool first = r->outcome == OUTCOME_OUTAGE ? c->gate.failures == 1 : i->tries == 1;
	log_at(LOG_MAIL, first ? LOG_WARN_ : LOG_INFO_, "%s: not delivered, again in %lld s: %s",
	       i->id, (long long)(pause / 1000), r->text);
}

static void
put_off(struct courier *c, struct queue_item *i, const struct courier_result *r, struct mono now)
{
	int64_t pause = retry_pause(++i->tries);
	i->outage = r->outcome == OUTCOME_OUTAGE;
	log_failure(c, i, r, pause);
	queue_later(c->queue, i, mono_add(now, pause), r->text);
}

static void
log_delivered(const struct queue_item *i, const struct letter *l, const char *where)
{
	static const char *const types[] = {[LETTER_VOICE] = "voice message",
					    [LETTER_MISSED] = "missed call",
					    [LETTER_NOTICE] = "notice"};
	log_info(LOG_MAIL, "%s: %s for %s delivered: %s", i->id, types[l->type], l->mailbox, where);
}

static void
settle(struct courier *c, struct queue_item *i, const struct letter *l, struct courier_result *r)
{
	struct mono now = clock_now();
	char why[sizeof(r->text) + 64];
	bool opened = retry_gate_tried(&c->gate, r->outcome, now);
	enum fate fate = retry_fate(r->outcome, age_of(i), c->with.expire);
	if (fate == FATE_DONE) {
		log_delivered(i, l, r->text);
		atomic_fetch_add(&c->report.delivered, 1);
		finish(c, i, l, r);
	} else {
		atomic_fetch_add(&c->report.failed, 1);
		snprintf(why, sizeof(why), "%s%s", r->text,
			 r->outcome == OUTCOME_NEVER ? "" : " (for longer than mail.expire)");
		if (fate == FATE_BAD)
			set_bad(c, i, l, r->outcome != OUTCOME_NEVER, why);
		else
			put_off(c, i, r, now);
	}
	if (r->outcome == OUTCOME_OUTAGE)
		expire_all(c, why);
	if (opened) {
		size_t woken = queue_wake(c->queue, false, now);
		log_notice(LOG_MAIL, "delivered again: %zu that waited are tried", woken);
	}
}

/* ---- a try ---- */

static void
unreadable(struct courier *c, struct queue_item *i, int e, const char *why, struct mono now)
{
	struct letter l;
	if (e == -ENOENT)
		queue_forget(c->queue, i); /* somebody has taken it away */
	else if (age_of(i) <= GRACE_S)
		queue_later(c->queue, i, mono_add(now, GRACE_MS), why);
	else if (e == -EBADMSG) {
		nobodys(i, &l);
		set_bad(c, i, &l, false, why);
	} else
		queue_later(c->queue, i, mono_add(now, retry_pause(++i->tries)), why);
}

void
courier_try(struct courier *c, struct queue_item *i, struct mono now)
{
	struct letter l;
	struct courier_result r = {.outcome = OUTCOME_LATER};
	const char *why;
	int e = courier_letter(c, QUEUE_HERE, i->id, &l, &why);
	if (e != 0) {
		unreadable(c, i, e, why, now);
	} else if (i->done) {
		r.confirmed = i->confirmed;
		r.reported = i->reported;
		finish(c, i, &l, &r);
	} else if (!has_sound(c, &l) && age_of(i) <= SOUND_GRACE_S) {
		queue_later(c->queue, i, mono_add(now, GRACE_MS), "its sound is not there yet");
	} else {
		c->with.deliver(c->with.arg, &l, i->found || i->tries > 0, &r);
		settle(c, i, &l, &r);
	}
}
