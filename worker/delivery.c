/* delivery: see delivery.h. */
#include "worker/delivery.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "worker/arrival.h"
#include "worker/courier.h"
#include "worker/lamps.h"
#include "worker/post.h"

enum { STOP_MS = 1000 };

struct delivery {
	const struct conf *conf;
	struct link *link;
	struct post *post;
	struct courier *courier;
	struct arrival *arrival; /* NULL: no mailbox is looked into */
	struct lamps *lamps;
	struct notices *notices;    /* NULL: gone */
	struct notices_counts told; /* what they had counted then */
	struct loop_io *answers, *news;
};

/* An answer in as many pieces as it needs, at least one. */
static void
say(struct link *link, const struct courier_answer *a)
{
	struct msg_said m;
	size_t n = strlen(a->text), at = 0;
	do {
		size_t some = n - at < sizeof(m.text) ? n - at : sizeof(m.text);
		memset(&m, 0, sizeof(m));
		m.id = a->id;
		m.status = a->status;
		m.n = (uint16_t)some;
		m.last = at + some == n;
		memcpy(m.text, a->text + at, some);
		link_said(link, &m);
		at += some;
	} while (at < n);
}

static void
on_answers(void *arg, unsigned events)
{
	struct delivery *d = arg;
	(void)events;
	for (struct courier_answer *a; (a = courier_answer(d->courier)) != NULL; free(a))
		say(d->link, a);
}

/* Who looks at um-ctl status right after a call is not to see the figures of ten seconds ago. */
static void
on_news(void *arg, unsigned events)
{
	struct delivery *d = arg;
	(void)events;
	courier_news(d->courier);
	link_beat_soon(d->link);
}

/* Looks into mailboxes on another server, where messages go by SMTP. */
static int
look_there(struct delivery *d, struct courier_parts *parts)
{
	if (d->conf->imap.nhost == 0)
		return 0;
	d->arrival = arrival_new(d->conf);
	if (d->arrival == NULL)
		return -ENOMEM;
	parts->seen = arrival_seen;
	parts->seen_arg = d->arrival;
	parts->look = d->conf->imap.interval;
	return 0;
}

/* ---- what the courier asks of the post ---- */

static void
deliver(void *arg, const struct letter *l, bool again, struct courier_result *ret)
{
	struct delivery *d = arg;
	post_deliver(d->post, l, again, ret);
	if (ret->outcome == OUTCOME_DELIVERED)
		lamps_hurry(d->lamps, l->recipient_address);
}

static int
test(void *arg, struct slice address, struct buf *out)
{
	struct delivery *d = arg;
	return post_test(d->post, address, out);
}

static int64_t
rest(void *arg)
{
	struct delivery *d = arg;
	return post_rest(d->post);
}

static int
start(struct delivery *d, const struct delivery_parts *with)
{
	const struct lamps_parts lamps = {with->loop, with->conf, with->link, with->notices};

	d->post = post_new(d->conf);
	if (d->post == NULL)
		return -ENOMEM;
	struct courier_parts parts = {
	    .spool = d->conf->recording.spool,
	    .expire = d->conf->mail.expire,
	    .shadow = d->conf->mail.shadow,
	    .operator_ = d->conf->mail.operator_address,
	    .min_ms = (uint32_t)d->conf->recording.min_duration,
	    .deliver = deliver,
	    .test = test,
	    .rest = rest,
	    .arg = d,
	    .reports = d->conf->mail.reports,
	};
	int e = look_there(d, &parts);
	if (e == 0)
		e = courier_new(&parts, &d->courier);
	if (e != 0)
		return e;
	d->answers = loop_io_new(with->loop, "mail", courier_answer_fd(d->courier), on_answers, d);
	d->news = loop_io_new(with->loop, "queue", courier_news_fd(d->courier), on_news, d);
	if (d->answers == NULL || d->news == NULL)
		return -ENOMEM;
	loop_io_want(d->answers, LOOP_READ);
	loop_io_want(d->news, LOOP_READ);
	return lamps_new(&lamps, with->table, &d->lamps);
}

int
delivery_new(const struct delivery_parts *parts, struct delivery **ret)
{
	struct delivery *d = calloc(1, sizeof(*d));
	if (d == NULL)
		return -ENOMEM;
	d->conf = parts->conf;
	d->link = parts->link;
	d->notices = parts->notices;
	int e = start(d, parts);
	if (e == 0)
		*ret = d;
	else if (d->courier == NULL || delivery_stop(d, STOP_MS))
		delivery_free(d);
	return e;
}

void
delivery_own(struct delivery *d, bool own)
{
	if (d->conf->mail.delivery != DELIVERY_OFF)
		courier_own(d->courier, own);
	lamps_own(d->lamps, own);
}

void
delivery_mailboxes(struct delivery *d, int table)
{
	lamps_mailboxes(d->lamps, table);
}

void
delivery_quiet(struct delivery *d)
{
	lamps_own(d->lamps, false);
	d->told = notices_counts(d->notices);
	d->notices = NULL;
}

void
delivery_order(struct delivery *d, const struct msg_order *order)
{
	static const char off[] = "mail.delivery is off: messages stay in the spool\n";
	struct msg_said m = {.id = order->id, .status = -ENOTSUP, .n = sizeof(off) - 1, .last = 1};
	if (strncmp(order->text, "mwi ", 4) == 0) {
		lamps_order(d->lamps, order);
		return;
	}
	if (d->conf->mail.delivery != DELIVERY_OFF) {
		(void)courier_order(d->courier, order->id, order->text);
		return;
	}
	memcpy(m.text, off, sizeof(off) - 1);
	link_said(d->link, &m);
}

void
delivery_beat(const struct delivery *d, struct msg_beat *beat)
{
	struct courier_report r;
	const struct notices_counts told = d->notices ? notices_counts(d->notices) : d->told;
	courier_report(d->courier, &r);
	lamps_beat(d->lamps, beat);
	beat->mwi_taken = told.taken;
	beat->mwi_refused = told.refused;
	beat->mwi_failed = told.failed;
	beat->mail_delivered = r.delivered;
	beat->mail_failed = r.failed;
	beat->mail_owner = r.owner;
	beat->mail_queued = r.queued;
	beat->mail_bad = r.bad;
	beat->mail_shadow = r.shadow;
	beat->mail_oldest_s = r.oldest_s;
	beat->mail_deaf = r.deaf;
	beat->mail_confirmed = r.confirmed;
	beat->mail_again = r.again;
	beat->mail_unconfirmed = r.unconfirmed;
	beat->mail_bounced = r.bounced;
}

bool
delivery_stop(struct delivery *d, int64_t wait_ms)
{
	const bool lamps = d->lamps == NULL || lamps_stop(d->lamps, wait_ms / 2);
	/* first the item at hand; then what a mail server keeps waiting */
	if (courier_stop(d->courier, wait_ms / 2))
		return lamps;
	post_stop(d->post);
	if (d->arrival != NULL)
		arrival_stop(d->arrival);
	return courier_stop(d->courier, wait_ms / 2) && lamps;
}

void
delivery_free(struct delivery *d)
{
	if (d == NULL)
		return;
	loop_io_free(d->answers);
	loop_io_free(d->news);
	courier_free(d->courier);
	lamps_free(d->lamps);
	post_free(d->post);
	arrival_free(d->arrival);
	free(d);
}
