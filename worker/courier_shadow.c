/* courier_shadow: what becomes of the copies of messages that another server has taken: confirmed,
 * bounced, sent again once, dropped.
 * Part of the room courier; see courier_room.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ipc/base/log.h"
#include "worker/courier_room.h"

enum {
	SWEEP_MS = 600000,   /* at most between two sweeps, */
	LOOK_MS = 60000,     /* the first look into a mailbox, and between two sweeps then */
	SWEEP_MIN_MS = 1000, /* and at least */
	SWEEP_PART = 8,      /* of mail.shadow: how late something may be noticed */
	ASKING_MS = 2000,    /* of a sweep: a slow mailbox keeps no message waiting */
};

static int64_t
look_ms(const struct courier *c)
{
	return c->with.look > 0 ? c->with.look : LOOK_MS;
}

/* ---- out of it ---- */

static void
said(const char *id, const char *what, int e)
{
	if (e != 0 && e != -ENOENT)
		log_err(LOG_MAIL, "%s: %s: %s", id, what, strerror(-e));
}

static void
confirm(struct courier *c, const struct courier_copy *copy, const char *by)
{
	int e = queue_remove(c->queue, copy->id, copy->l.attachment, QUEUE_SHADOW);
	said(copy->id, "confirmed, but its copy cannot be removed", e);
	if (e != 0)
		return;
	atomic_fetch_add(&c->report.confirmed, 1);
	log_info(LOG_MAIL, "%s: confirmed: %s", copy->id, by);
}

static void
drop(struct courier *c, const struct courier_copy *copy, bool unconfirmed)
{
	int e = queue_remove(c->queue, copy->id, copy->l.attachment, QUEUE_SHADOW);
	said(copy->id, "its copy cannot be removed", e);
	if (e != 0)
		return;
	if (!unconfirmed) {
		log_debug(LOG_MAIL, "%s: shadow copy removed: old enough", copy->id);
		return;
	}
	atomic_fetch_add(&c->report.unconfirmed, 1);
	log_warn(LOG_MAIL, "%s: for %s: nobody has confirmed that it arrived%s; no longer kept: %s",
		 copy->id, copy->l.mailbox, copy->s.again != 0 ? ", though it was sent twice" : "",
		 copy->s.to);
}

/* Back into the queue, once: that it is so stands in the header before it is moved. */
static void
send_again(struct courier *c, struct courier_copy *copy)
{
	char why[SHADOW_TO_MAX + 128], span[24], name[LETTER_ID_MAX + 8];
	struct shadow s = copy->s;
	int e = 0;
	if (s.again <= s.sent) {
		s.again = (int64_t)time(NULL);
		if (s.again <= s.sent)
			s.again = s.sent + 1;
		e = courier_copy_write(c, QUEUE_SHADOW, copy, &s);
	}
	if (e == 0)
		e = queue_move(c->queue, copy->id, copy->l.attachment, QUEUE_SHADOW, QUEUE_HERE);
	said(copy->id, "it cannot be sent again", e);
	if (e != 0)
		return;
	snprintf(name, sizeof(name), "%s.txt", copy->id);
	(void)queue_add(c->queue, name, clock_now());
	atomic_fetch_add(&c->report.again, 1);
	snprintf(why, sizeof(why), "nobody has confirmed within %s that it arrived: %s",
		 text_duration_print(c->with.shadow, span, sizeof(span)), s.to);
	log_warn(LOG_MAIL, "%s: for %s: sent again, once: %s", copy->id, copy->l.mailbox, why);
	courier_notice(c, &copy->l, NOTICE_UNCONFIRMED, why);
}

/* ---- the sweep ---- */

/* What a sweep knows. */
struct sweep {
	struct courier *c;
	int64_t passed_s;  /* since the last one */
	struct mono until; /* no mailbox is looked into later */
};

/* False: there is no time left for it. */
static bool
look(const struct sweep *w, const struct courier_copy *copy, enum shadow_seen *ret)
{
	const struct courier_parts *with = &w->c->with;
	const struct shadow_looks looks = {look_ms(w->c) / 1000, with->shadow / 1000};
	*ret = SHADOW_NOT_ASKED;
	if (with->seen == NULL || !copy->sound || !shadow_asks(copy->age_s, w->passed_s, &looks))
		return true;
	if (mono_due(w->until, clock_now()))
		return false;
	int r = with->seen(with->seen_arg, &copy->l);
	*ret = r > 0          ? SHADOW_SEEN
	       : r == 0       ? SHADOW_UNSEEN
	       : r == -ENOENT ? SHADOW_NOT_ASKED
			      : SHADOW_UNKNOWN;
	return true;
}

static void
settle(struct sweep *w, struct courier_copy *copy)
{
	struct courier *c = w->c;
	struct shadow_view v = {.age_s = copy->age_s,
				.keep_s = c->with.shadow / 1000,
				.listening = courier_is_listening(c) && copy->sound,
				.deaf = atomic_load(&c->report.deaf)};
	if (!look(w, copy, &v.seen))
		return;
	switch (shadow_fate(&copy->s, &v)) {
	case SHADOW_KEEP: break;
	case SHADOW_CONFIRMED: confirm(c, copy, "it is in the mailbox"); break;
	case SHADOW_SECOND: send_again(c, copy); break;
	case SHADOW_OVER: drop(c, copy, false); break;
	case SHADOW_UNCONFIRMED: drop(c, copy, true); break;
	}
}

static void
sweep_one(void *arg, const char *id)
{
	struct sweep *w = arg;
	struct courier_copy copy;
	/* one that waits has not been moved out of here to its end: it is */
	if (queue_find(w->c->queue, id) != NULL ||
	    courier_copy_read(w->c, QUEUE_SHADOW, id, &copy) != 0)
		return;
	settle(w, &copy);
	free(copy.text);
}

void
courier_sweep(struct courier *c)
{
	const int64_t now = (int64_t)time(NULL);
	struct sweep w = {.c = c,
			  .passed_s =
			      c->swept_s == 0 || now < c->swept_s ? INT32_MAX : now - c->swept_s,
			  .until = mono_add(clock_now(), ASKING_MS)};
	c->swept_s = now;
	courier_each(c, QUEUE_SHADOW, sweep_one, &w);
}

int64_t
courier_sweep_ms(const struct courier *c)
{
	const int64_t most = c->with.seen != NULL ? look_ms(c) : SWEEP_MS,
		      part = c->with.shadow / SWEEP_PART;
	return part > most ? most : part < SWEEP_MIN_MS ? SWEEP_MIN_MS : part;
}

/* ---- reports ---- */

static void
describe(const struct mail_report *r, char *out, size_t size)
{
	snprintf(out, size, "%s says %s%s%s%s%s", r->by[0] != '\0' ? r->by : "a report",
		 mail_action_name(r->action), r->status[0] != '\0' ? " " : "", r->status,
		 r->why[0] != '\0' ? ": " : "", r->why);
}

static void
bounce(struct courier *c, const struct courier_copy *copy, const char *why)
{
	int e = queue_move_bad(c->queue, copy->id, copy->l.attachment, QUEUE_SHADOW, why);
	said(copy->id, "it did not arrive, but cannot be moved to bad/", e);
	if (e != 0)
		return;
	atomic_fetch_add(&c->report.bounced, 1);
	log_err(LOG_MAIL, "%s: for %s: it did not arrive; moved to bad/: %s", copy->id,
		copy->l.mailbox, why);
}

/* The first sending is confirmed while the second one waits: there is no need of it any more. */
static bool
told_of_waiting(struct courier *c, const struct mail_report *r, const char *why)
{
	struct queue_item *i = queue_find(c->queue, r->id);
	struct courier_copy copy;
	if (i == NULL || courier_copy_read(c, QUEUE_HERE, r->id, &copy) != 0)
		return false;
	bool ours = copy.s.again > copy.s.sent;
	if (ours && r->action < MAIL_FAILED &&
	    queue_remove(c->queue, r->id,
			 courier_sound_going(c, r->id, copy.l.attachment, QUEUE_HERE),
			 QUEUE_HERE) == 0) {
		queue_forget(c->queue, i);
		atomic_fetch_add(&c->report.confirmed, 1);
		log_info(LOG_MAIL, "%s: confirmed before it was sent again: %s", r->id, why);
	}
	free(copy.text);
	return ours;
}

bool
courier_told(struct courier *c, const struct mail_report *r, int64_t when)
{
	char why[MAIL_REPORT_TEXT_MAX + 192];
	struct courier_copy copy;
	describe(r, why, sizeof(why));
	int e = courier_copy_read(c, QUEUE_SHADOW, r->id, &copy);
	if (e != 0)
		return told_of_waiting(c, r, why);
	if (r->action < MAIL_FAILED)
		confirm(c, &copy, why);
	else if (r->action == MAIL_FAILED && when >= copy.s.sent)
		bounce(c, &copy, why);
	else /* or a failure of an earlier sending, which has lain there unread */
		log_notice(LOG_MAIL, "%s: for %s: %s", r->id, copy.l.mailbox, why);
	free(copy.text);
	return true;
}
