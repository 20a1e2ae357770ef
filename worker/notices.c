/* notices: see notices.h. */
#include "worker/notices.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ipc/base/log.h"
#include "worker/mwi.h"

/* A telephone system that has not answered by then is not waited for: its lamp must not keep the
 * next one waiting.  (The transaction itself lasts 32 s, RFC 3261 17.1.2.) */
#define ANSWER_MS 10000

struct notice {
	struct notices *all;
	struct notice *next, **link;
	struct ua_notice *ua; /* NULL: nothing on its way */
	struct loop_timer *limit;
	struct msg_notify order;
	size_t trunk; /* the one that is being asked */
	const struct trunk_conf *settings;
	struct mono sent;
};

struct notices {
	struct notices_parts with;
	struct ua *ua;
	struct notice *first;
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
report(struct notices *all, const struct msg_notify *order, struct msg_notified *said)
{
	said->id = order->id;
	log_at(LOG_UA, mwi_failed(said->status) ? LOG_NOTICE_ : LOG_INFO_,
	       "message waiting, %.*s, %u new: %s", (int)sizeof(order->number), order->number,
	       order->fresh, said->words);
	link_notified(all->with.link, said);
}

/* It goes nowhere. */
static void
refuse(struct notices *all, const struct msg_notify *order, const char *why)
{
	struct msg_notified said = {.last = 1};

	snprintf(said.words, sizeof(said.words), "%s", why);
	report(all, order, &said);
}

static const struct trunk_conf *
settings_at(const struct notices *all, size_t i)
{
	return settings_known(all->with.settings, i);
}

/* The first trunk from `i` on that takes it; ntrunk: there is none. */
static size_t
next_trunk(const struct notices *all, size_t i)
{
	while (i < all->with.conf->ntrunk && mwi_unfit(settings_at(all, i)))
		i++;
	return i;
}

/* The trunk that an order names, if it takes it; ntrunk and the reason in `why` otherwise. */
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
	return unfit ? conf->ntrunk : i;
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

	mwi_write(&n->order, n->settings, &us, &texts);
	n->sent = loop_now(n->all->with.loop);
	n->ua = ua_notify(n->all->ua, &out, n);
	loop_timer_once(n->limit, ANSWER_MS);
	return n->ua != NULL;
}

/* What one trunk has said; the next one is tried when it has not taken it and none was named. */
static void
answered(struct notice *n, unsigned status, const char *phrase)
{
	struct notices *all = n->all;
	struct msg_notified said = {
	    .status = (uint16_t)status,
	    .ms = (uint32_t)mono_ms(n->sent, loop_now(all->with.loop)),
	};
	struct buf words = BUF(said.words);
	size_t next = all->with.conf->ntrunk;

	mwi_words(n->settings, status, phrase, said.ms, &words);
	buf_cstr(&words);
	if (mwi_failed(status) && n->order.trunk[0] == '\0')
		next = next_trunk(all, n->trunk + 1);
	said.last = next == all->with.conf->ntrunk;
	report(all, &n->order, &said);
	if (!said.last) {
		n->trunk = next;
		n->settings = settings_at(all, next);
		if (send_it(n))
			return;
		refuse(all, &n->order, "out of memory");
	}
	forget(n);
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
begin(struct notices *all, const struct msg_notify *order, size_t trunk)
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
	n->order = *order;
	n->trunk = trunk;
	n->settings = settings_at(all, trunk);
	n->next = all->first;
	n->link = &all->first;
	if (n->next)
		n->next->link = &n->next;
	all->first = n;
	return n;
}

void
notices_order(struct notices *all, const struct msg_notify *order)
{
	const size_t none = all->with.conf->ntrunk;
	const char *wrong = mwi_refusal(order->number);
	char text[MESSAGE_WORDS_MAX] = "";
	struct buf why = BUF(text);
	size_t trunk = none;

	if (wrong)
		buf_str(&why, wrong);
	else if (order->trunk[0] != '\0')
		trunk = named_trunk(all, order->trunk, &why);
	else if ((trunk = next_trunk(all, 0)) == none)
		buf_str(&why, "no trunk has a trunk.address and takes message waiting NOTIFYs");
	if (trunk == none) {
		refuse(all, order, buf_cstr(&why));
		return;
	}
	struct notice *n = begin(all, order, trunk);
	if (n && send_it(n))
		return;
	if (n)
		forget(n);
	refuse(all, order, "out of memory");
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
