/* lamp: see lamp.h. */
#include "worker/lamp.h"

#include <stdlib.h>
#include <string.h>

#include "worker/lamp_room.h"

enum { SPREAD_RATE = LAMP_RATE / 2, TURN_MS = 1000 / LAMP_RATE };

/* ---- all of them ---- */

struct lamps_known *
lamp_new(int64_t refresh)
{
	struct lamps_known *l = calloc(1, sizeof(*l));

	if (l)
		l->refresh = refresh;
	return l;
}

void
lamp_free(struct lamps_known *l)
{
	if (!l)
		return;
	free(l->entry);
	free(l->heap);
	free(l);
}

static bool
grow(struct lamps_known *l)
{
	const uint32_t room = l->room ? 2 * l->room : 64;
	struct lamp_entry *entry = realloc(l->entry, room * sizeof(*entry));

	if (entry)
		l->entry = entry;
	uint32_t *heap = realloc(l->heap, room * sizeof(*heap));
	if (heap)
		l->heap = heap;
	if (!entry || !heap)
		return false;
	l->room = room;
	return true;
}

uint32_t
lamp_add(struct lamps_known *l)
{
	if (l->n == l->room && !grow(l))
		return LAMP_NONE;
	l->entry[l->n] = (struct lamp_entry){.at = LAMP_NOT_PLANNED};
	return l->n++;
}

uint32_t
lamp_count(const struct lamps_known *l)
{
	return l->n - l->leaving;
}

uint32_t
lamp_waiting(const struct lamps_known *l)
{
	return l->waiting;
}

/* ---- what is to be told ---- */

static bool
same(const struct tally *a, const struct tally *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

static bool
is_news(const struct lamp_entry *e)
{
	return e->anew || (e->counted && !(e->sure && same(&e->have, &e->told)));
}

/* Keeps `waiting` right around a change of an entry. */
static void
wait_from(struct lamps_known *l, const struct lamp_entry *e, bool before)
{
	l->waiting += (uint32_t)is_news(e);
	l->waiting -= (uint32_t)before;
}

/* The place in the queue of a resync, half as fast as we may send. */
static struct mono
next_turn(struct lamps_known *l, struct mono now)
{
	const struct mono turn = l->spread.ns > now.ns ? l->spread : now;

	l->spread = mono_add(turn, 1000 / SPREAD_RATE);
	return turn;
}

/* Between three quarters and the whole of the time, so that what began together falls apart. */
static int64_t
refresh_in(const struct lamps_known *l, uint32_t i)
{
	const uint64_t scattered = (uint64_t)i * UINT64_C(0x9e3779b97f4a7c15) >> 32;

	return l->refresh - (int64_t)(scattered % (uint64_t)(l->refresh / 4 + 1));
}

static void
rest(struct lamps_known *l, uint32_t i, struct mono now)
{
	struct lamp_entry *e = &l->entry[i];

	e->tries = 0;
	e->since = (struct mono){0};
	e->again = (struct mono){0};
	if (l->refresh == 0 || e->leaving)
		return;
	e->again = mono_add(now, refresh_in(l, i));
	lamp_plan(l, i, e->again);
}

static void
soon(struct lamps_known *l, uint32_t i, struct mono now)
{
	const struct lamp_entry *e = &l->entry[i];
	const struct mono due = mono_add(now, LAMP_SETTLE_MS);

	if (e->at == LAMP_NOT_PLANNED || due.ns < e->due.ns)
		lamp_plan(l, i, due);
}

void
lamp_counted(struct lamps_known *l, uint32_t i, const struct tally *t, struct mono now)
{
	struct lamp_entry *e = &l->entry[i];
	const bool before = is_news(e), first = !e->counted, changed = !same(&e->have, t);

	e->have = *t;
	e->counted = true;
	wait_from(l, e, before);
	if (e->flying || (!first && !changed))
		return;
	if (first && e->at == LAMP_NOT_PLANNED) {
		lamp_plan(l, i, next_turn(l, now));
	} else if (changed) {
		/* new counts are worth a new patience */
		e->tries = 0;
		e->since = (struct mono){0};
		soon(l, i, now);
	}
}

unsigned
lamp_spread(uint32_t n)
{
	return (n + SPREAD_RATE - 1) / SPREAD_RATE;
}

void
lamp_resync(struct lamps_known *l, bool uncounted, struct mono now)
{
	l->spread = now;
	for (uint32_t i = 0; i < l->n; i++) {
		struct lamp_entry *e = &l->entry[i];
		const bool before = is_news(e);

		if ((e->leaving && !before) || (!e->counted && !uncounted))
			continue;
		e->anew = true;
		wait_from(l, e, before);
		e->tries = 0;
		e->since = (struct mono){0};
		if (!e->flying)
			lamp_plan(l, i, next_turn(l, now));
	}
}

static int64_t
wait_until(struct mono now, struct mono then)
{
	const int64_t ms = mono_ms(now, then);

	return ms < 0 ? 0 : ms + 1;
}

static struct mono
later(struct mono a, struct mono b)
{
	return a.ns > b.ns ? a : b;
}

/* The first in the heap that has to be told; one that has become what it was needs no word. */
static uint32_t
first_due(struct lamps_known *l, struct mono now, int64_t *wait)
{
	while (l->planned > 0) {
		const uint32_t i = l->heap[0];
		struct lamp_entry *e = &l->entry[i];

		if (e->due.ns > now.ns) {
			*wait = wait_until(now, e->due);
			return LAMP_NONE;
		}
		lamp_unplan(l, i);
		if (is_news(e) || mono_due(e->again, now))
			return i;
		if (mono_set(e->again))
			lamp_plan(l, i, e->again);
	}
	return LAMP_NONE;
}

uint32_t
lamp_next(struct lamps_known *l, struct mono now, struct tally *ret, int64_t *ret_wait)
{
	*ret_wait = -1;
	if (l->flying >= LAMP_FLYING)
		return LAMP_NONE; /* an answer wakes us */
	if (l->gate.ns > now.ns) {
		if (l->planned)
			*ret_wait = wait_until(now, later(l->gate, l->entry[l->heap[0]].due));
		return LAMP_NONE;
	}
	const uint32_t i = first_due(l, now, ret_wait);
	if (i == LAMP_NONE)
		return LAMP_NONE;
	struct lamp_entry *e = &l->entry[i];
	if (!mono_set(e->since))
		e->since = now;
	e->sent = *ret = e->have;
	e->flying = e->asked = true;
	l->flying++;
	l->gate = mono_add(now, TURN_MS);
	return i;
}

/* ---- what became of it ---- */

/* 5, 10, 20, 40 s, and then every minute. */
static int64_t
pause_after(unsigned tries)
{
	return tries > 4 ? 60000 : 5000 << (tries - 1);
}

static bool
taken(struct lamps_known *l, uint32_t i, struct mono now)
{
	struct lamp_entry *e = &l->entry[i];

	e->told = e->sent;
	e->sure = true;
	e->anew = false;
	rest(l, i, now);
	return true;
}

/* What the telephone system knows now is not known to us: it may have taken it and its answer was
 * lost. */
static bool
failed(struct lamps_known *l, uint32_t i, bool for_good, struct mono now)
{
	struct lamp_entry *e = &l->entry[i];
	const int64_t pause = pause_after(++e->tries);

	e->sure = false;
	if (!for_good && mono_ms(e->since, now) + pause <= LAMP_PATIENCE_MS) {
		lamp_plan(l, i, mono_add(now, pause));
		return true;
	}
	rest(l, i, now);
	return false;
}

bool
lamp_answered(struct lamps_known *l, uint32_t i, enum lamp_answer a, struct mono now)
{
	struct lamp_entry *e = &l->entry[i];
	const bool before = is_news(e);

	if (!e->flying)
		return true;
	e->flying = false;
	l->flying--;
	const bool ok = a == LAMP_TAKEN ? taken(l, i, now) : failed(l, i, a == LAMP_REFUSED, now);
	wait_from(l, e, before);
	if (!same(&e->have, &e->sent)) {
		e->tries = 0;
		e->since = (struct mono){0};
		soon(l, i, now);
	}
	return ok;
}

/* ---- from one list of mailboxes to the next ---- */

bool
lamp_is_counted(const struct lamps_known *l, uint32_t i)
{
	return l->entry[i].counted;
}

bool
lamp_may_show(const struct lamps_known *l, uint32_t i)
{
	static const struct tally none;
	const struct lamp_entry *e = &l->entry[i];

	return e->asked && (e->flying || !e->sure || !same(&e->told, &none));
}

void
lamp_move(struct lamps_known *l, uint32_t i, struct lamps_known *from, uint32_t j, struct mono now)
{
	struct lamp_entry *e = &l->entry[i], old = from->entry[j];

	lamp_unplan(from, j);
	from->entry[j] = (struct lamp_entry){.at = LAMP_NOT_PLANNED};
	*e = old;
	e->at = LAMP_NOT_PLANNED;
	e->flying = e->leaving = false;
	if (old.flying)
		failed(l, i, false, now);
	else if (old.at != LAMP_NOT_PLANNED)
		lamp_plan(l, i, old.due);
	else if (e->sure)
		rest(l, i, now);
	wait_from(l, e, false);
	l->gate = later(l->gate, from->gate);
	l->spread = later(l->spread, from->spread);
}

void
lamp_leave(struct lamps_known *l, uint32_t i, struct mono now)
{
	struct lamp_entry *e = &l->entry[i];
	const bool before = is_news(e);

	e->have = (struct tally){0};
	e->counted = e->anew = e->leaving = true;
	wait_from(l, e, before);
	l->leaving++;
	e->tries = 0;
	e->since = (struct mono){0};
	lamp_plan(l, i, next_turn(l, now));
}
