/* notices: see notices.h. */
#include "worker/notices.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ipc/base/log.h"

/* A telephone system that has not answered by then is not waited for: its lamp must not keep the
 * next one waiting.  (The transaction itself lasts 32 s, RFC 3261 17.1.2.) */
#define ANSWER_MS 10000
/* A trunk that takes no such NOTIFY at all is not asked again for so long. */
#define SPARE_MS  (10 * 60000)

struct notice {
	struct notices *all;
	struct notice *next, **link;
	struct ua_notice *ua; /* NULL: nothing on its way */
	struct loop_timer *limit;
	struct notices_ask ask; /* without `done`: the supervisor's */
	bool later;             /* a trunk may take it another time */
	size_t step;            /* see next_step() */
	const struct trunk_conf *settings;
	struct mono sent;
};

struct notices {
	struct notices_parts with;
	struct ua *ua;
	struct notice *first;
	struct mono spared[CONF_TRUNKS]; /* until then */
	struct notices_counts counts;
};

static void
forget(struct notice *n)
{
	*n->link = n->next;
	if (n->next)
		n->next->link = n->link;
	if (n->ua)
		ua_forget(n->ua);
	loop_timer_free(n->limit);
	free(n);
}

static void
report(struct notices *all, const struct notices_ask *ask, struct msg_notified *said)
{
	const struct msg_notify *order = &ask->order;

	said->id = order->id;
	log_at(LOG_UA, mwi_failed(said->status) && !ask->done ? LOG_NOTICE_ : LOG_INFO_,
	       "message waiting, %.*s, %u new: %s", (int)sizeof(order->number), order->number,
	       order->fresh, said->words);
	if (!ask->done)
		link_notified(all->with.link, said);
}

/* It goes nowhere. */
static void
refuse(struct notices *all, const struct notices_ask *ask, const char *why, enum mwi_verdict v)
{
	struct msg_notified said = {.last = 1};

	snprintf(said.words, sizeof(said.words), "%s", why);
	report(all, ask, &said);
	if (ask->done)
		ask->done(ask->arg, ask->tag, v);
}

static const struct trunk_conf *
settings_at(const struct notices *all, size_t step)
{
	return settings_known(all->with.settings, step % all->with.conf->ntrunk);
}

/* Two rounds over the trunks: those of the dial plan, then those of none. */
static size_t
no_step(const struct notices *all)
{
	return 2 * all->with.conf->ntrunk;
}

static bool
fits(const struct notices *all, const struct notices_ask *ask, size_t step)
{
	const struct trunk_conf *k = settings_at(all, step);
	const bool first = step < all->with.conf->ntrunk;
	const struct mono spared = all->spared[step % all->with.conf->ntrunk];

	if (mwi_unfit(k) || (ask->done && spared.ns > loop_now(all->with.loop).ns))
		return false;
	if (ask->plan[0] == '\0')
		return !first;
	return first ? strcmp(k->dialplan, ask->plan) == 0 : k->dialplan[0] == '\0';
}

/* The first trunk from `step` on that takes it; no_step(): there is none. */
static size_t
next_step(const struct notices *all, const struct notices_ask *ask, size_t step)
{
	while (step < no_step(all) && !fits(all, ask, step))
		step++;
	return step;
}

/* The trunk that an order names, if it takes it; no_step() and the reason in `why` otherwise. */
static size_t
named_trunk(const struct notices *all, const char *name, struct buf *why)
{
	const struct conf *conf = all->with.conf;
	size_t i = 0;

	while (i < conf->ntrunk && strcmp(conf->trunk[i].name, name) != 0)
		i++;
	const char *unfit = i < conf->ntrunk ? mwi_unfit(settings_at(all, i)) : NULL;
	if (i == conf->ntrunk)
		buf_printf(why, "there is no trunk %s", name);
	else if (unfit)
		buf_printf(why, "trunk %s takes no message waiting NOTIFY: %s", name, unfit);
	return unfit || i == conf->ntrunk ? no_step(all) : i;
}

/* Our service address as the trunk sees it. */
static struct addr
our_door(const struct notices *all, const struct trunk_conf *trunk)
{
	const struct conf *c = all->with.conf;
	struct addr us = trunk->external_address;

	for (size_t i = 0; i < c->listen.naddress && !us.family; i++)
		if (c->listen.address[i].family == trunk->address.family)
			us = c->listen.address[i];
	us.port = (uint16_t)(c->listen.port + (trunk->transport == TRANSPORT_TLS ? 1 : 0));
	return us;
}

static bool
send_it(struct notice *n)
{
	static struct mwi_texts texts;
	const struct addr us = our_door(n->all, n->settings);
	const struct ua_notify out = {
	    .uri = texts.uri,
	    .route = texts.route,
	    .from = texts.from,
	    .to = texts.to,
	    .contact = texts.contact,
	    .event = MWI_EVENT,
	    .type = MWI_TYPE,
	    .body = texts.body,
	};

	mwi_write(&n->ask.order, n->settings, &us, &texts);
	n->sent = loop_now(n->all->with.loop);
	n->ua = ua_notify(n->all->ua, &out, n);
	loop_timer_once(n->limit, ANSWER_MS);
	return n->ua != NULL;
}

/* Keeps in mind what a trunk has said, for the next ones too. */
static void
learn(struct notices *all, struct notice *n, enum mwi_verdict v)
{
	uint64_t *const count[] = {
	    [MWI_TAKEN] = &all->counts.taken,
	    [MWI_LATER] = &all->counts.failed,
	    [MWI_REFUSED] = &all->counts.refused,
	    [MWI_UNABLE] = &all->counts.refused,
	};

	++*count[v];
	n->later |= v == MWI_LATER;
	if (v == MWI_UNABLE)
		all->spared[n->step % all->with.conf->ntrunk] =
		    mono_add(loop_now(all->with.loop), SPARE_MS);
}

static void
finish(struct notice *n, enum mwi_verdict v)
{
	const struct notices_ask ask = n->ask;
	const bool later = v != MWI_TAKEN && n->later;

	forget(n);
	if (ask.done)
		ask.done(ask.arg, ask.tag, later ? MWI_LATER : v);
}

/* What one trunk has said; the next one is tried when it has not taken it and none was named. */
static void
answered(struct notice *n, unsigned status, const char *phrase)
{
	struct notices *all = n->all;
	const enum mwi_verdict v = mwi_verdict(status);
	struct msg_notified said = {
	    .status = (uint16_t)status,
	    .ms = (uint32_t)mono_ms(n->sent, loop_now(all->with.loop)),
	};
	struct buf words = BUF(said.words);
	size_t next = no_step(all);

	mwi_words(n->settings, status, phrase, said.ms, &words);
	buf_cstr(&words);
	learn(all, n, v);
	if (v != MWI_TAKEN && n->ask.order.trunk[0] == '\0')
		next = next_step(all, &n->ask, n->step + 1);
	said.last = next == no_step(all);
	report(all, &n->ask, &said);
	if (!said.last) {
		n->step = next;
		n->settings = settings_at(all, next);
		if (send_it(n))
			return;
		said = (struct msg_notified){.last = 1, .words = "out of memory"};
		report(all, &n->ask, &said);
		n->later = true;
	}
	finish(n, v);
}

static void
on_late(void *arg)
{
	struct notice *n = arg;

	ua_forget(n->ua);
	n->ua = NULL;
	answered(n, 0, "");
}

void
notices_on_ua(void *owner, unsigned status, const char *phrase)
{
	struct notice *n = owner;

	n->ua = NULL; /* the user agent forgets it */
	answered(n, status, phrase);
}

static struct notice *
begin(struct notices *all, const struct notices_ask *ask, size_t step)
{
	struct notice *n = calloc(1, sizeof(*n));

	if (!n)
		return NULL;
	n->limit = loop_timer_new(all->with.loop, "notice", on_late, n);
	if (!n->limit) {
		free(n);
		return NULL;
	}
	n->all = all;
	n->ask = *ask;
	n->step = step;
	n->settings = settings_at(all, step);
	n->next = all->first;
	n->link = &all->first;
	if (n->next)
		n->next->link = &n->next;
	all->first = n;
	return n;
}

void
notices_send(struct notices *all, const struct notices_ask *ask)
{
	const char *wrong = mwi_refusal(ask->order.number);
	char text[MESSAGE_WORDS_MAX] = "";
	struct buf why = BUF(text);
	size_t step = no_step(all);

	if (wrong)
		buf_str(&why, wrong);
	else if (ask->order.trunk[0] != '\0')
		step = named_trunk(all, ask->order.trunk, &why);
	else if ((step = next_step(all, ask, 0)) == no_step(all))
		buf_str(&why, "no trunk has a trunk.address and takes message waiting NOTIFYs");
	if (step == no_step(all)) {
		refuse(all, ask, buf_cstr(&why), MWI_UNABLE);
		return;
	}
	struct notice *n = begin(all, ask, step);
	if (n && send_it(n))
		return;
	if (n)
		forget(n);
	refuse(all, ask, "out of memory", MWI_LATER);
}

void
notices_order(struct notices *all, const struct msg_notify *order)
{
	const struct notices_ask ask = {.order = *order};

	notices_send(all, &ask);
}

void
notices_forgive(struct notices *all)
{
	memset(all->spared, 0, sizeof(all->spared));
}

struct notices_counts
notices_counts(const struct notices *all)
{
	return all->counts;
}

struct notices *
notices_new(const struct notices_parts *parts)
{
	struct notices *all = calloc(1, sizeof(*all));

	if (all)
		all->with = *parts;
	return all;
}

void
notices_ua(struct notices *all, struct ua *ua)
{
	all->ua = ua;
}

void
notices_free(struct notices *all)
{
	if (!all)
		return;
	while (all->first)
		forget(all->first);
	free(all);
}
