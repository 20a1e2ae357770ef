/* redirected: see redirected.h.
 * A ring in the order of time; serial numbers name its entries.  Hash tables hold the newest entry
 * of each chain, every entry the next older one: a link to a serial that the ring has
 * overwritten ends its chain, so nothing is ever unlinked. */
#include "supervisor/redirected.h"

#include <string.h>

enum {
	MASK = REDIRECTED_PLACES - 1,
	HEAD = REDIRECTED_HEADS - 1,
	STEPS = 256,    /* looked at for one call: anonymous callers share a chain */
	NUMBER_MIN = 2, /* digits that must be the same for the rest to be a prefix */
};

/* The entry of a serial; NULL: 0, or overwritten, which its distance from the newest tells without
 * a look at it. */
static struct redirected_call *
at(struct redirected *r, uint32_t serial)
{
	struct redirected_call *c = &r->place[serial & MASK];

	if (!serial || r->next - serial > REDIRECTED_PLACES + 1)
		return NULL;
	return c->serial == serial ? c : NULL;
}

static bool
within(const struct redirected_call *c, int64_t ms, struct mono now)
{
	return mono_ms(c->at, now) < ms;
}

uint64_t
redirected_mix(uint64_t seed, struct slice s)
{
	uint64_t h = seed ^ s.n;

	while (s.n > 0) {
		const size_t n = s.n < 8 ? s.n : 8;
		uint64_t word = 0;
		memcpy(&word, s.p, n);
		h = (h ^ word) * 0x9e3779b97f4a7c15; /* 2^64 / the golden ratio */
		h ^= h >> 32;
		s.p += n;
		s.n -= n;
	}
	return h;
}

/* What is kept of a number: its end, because a gateway puts prefixes before it. */
static struct slice
number_end(struct slice called)
{
	const size_t n = called.n < REDIRECTED_NUMBER ? called.n : REDIRECTED_NUMBER;

	return (struct slice){called.p + (called.n - n), n};
}

struct redirected_call *
redirected_add(struct redirected *r, const struct redirected_invite *i, bool judged,
	       struct mono now)
{
	const struct slice number = number_end(i->called);
	const uint32_t serial = r->next ? r->next : 1;
	struct redirected_call *c = &r->place[serial & MASK];

	r->next = serial + 1 ? serial + 1 : 1;
	*c = (struct redirected_call){
	    .key = i->key,
	    .caller = i->caller,
	    .tag = i->tag,
	    .branch = i->branch,
	    .at = now,
	    .serial = serial,
	    .by_key = r->key_head[i->key & HEAD],
	    .by_tag = r->tag_head[i->tag & HEAD],
	    .by_caller = r->caller_head[i->caller & HEAD],
	    .cseq = i->cseq,
	    .trunk = i->trunk,
	    .number_n = (uint8_t)number.n,
	    .judged = judged,
	};
	if (number.n > 0)
		memcpy(c->number, number.p, number.n);
	r->key_head[i->key & HEAD] = serial;
	r->tag_head[i->tag & HEAD] = serial;
	r->caller_head[i->caller & HEAD] = serial;
	return c;
}

struct redirected_call *
redirected_find(struct redirected *r, uint64_t key, uint16_t trunk, struct mono now)
{
	struct redirected_call *c = at(r, r->key_head[key & HEAD]);

	for (int n = 0; c && n < STEPS && within(c, REDIRECTED_MS, now); n++) {
		if (c->key == key && c->trunk == trunk)
			return c;
		c = at(r, c->by_key);
	}
	return NULL;
}

static bool
ends_with(struct slice whole, struct slice end)
{
	return whole.n >= end.n && memcmp(whole.p + (whole.n - end.n), end.p, end.n) == 0;
}

/* The same number, or one with something before the other, which a gateway put there or took. */
static bool
same_number(const struct redirected_call *c, struct slice called)
{
	const struct slice was = {c->number, c->number_n}, is = number_end(called);

	if (slice_eq(was, is))
		return true;
	return was.n >= NUMBER_MIN && is.n >= NUMBER_MIN &&
	       (ends_with(is, was) || ends_with(was, is));
}

/* The newest one of the same trunk, caller and From tag. */
static struct redirected_call *
by_tag(struct redirected *r, const struct redirected_invite *i, struct mono now)
{
	struct redirected_call *c = at(r, r->tag_head[i->tag & HEAD]);

	for (int n = 0; c && n < STEPS && within(c, REDIRECTED_MS, now); n++) {
		if (c->tag == i->tag && c->trunk == i->trunk)
			return c;
		c = at(r, c->by_tag);
	}
	return NULL;
}

/* Whether `c` may be what `i` is again, by its numbers. */
static bool
fits(const struct redirected_call *c, const struct redirected_invite *i)
{
	return c->fate == REDIRECTED_OPEN && c->trunk == i->trunk && same_number(c, i->called);
}

/* The oldest open one of the same caller to the same number. */
static struct redirected_call *
by_numbers(struct redirected *r, const struct redirected_invite *i, struct mono now)
{
	struct redirected_call *c = at(r, r->caller_head[i->caller & HEAD]), *found = NULL;

	for (int n = 0; c && n < STEPS && within(c, REDIRECTED_RECALL_MS, now); n++) {
		if (c->caller == i->caller && fits(c, i))
			found = c;
		c = at(r, c->by_caller);
	}
	return found;
}

bool
redirected_circles(struct redirected *r, const struct redirected_invite *i, struct mono now)
{
	struct redirected_call *c = at(r, r->caller_head[i->caller & HEAD]);
	unsigned turns = 0;

	for (int n = 0; c && n < STEPS && within(c, REDIRECTED_RECALL_MS, now); n++) {
		turns += c->caller == i->caller && fits(c, i);
		c = at(r, c->by_caller);
	}
	return turns >= REDIRECTED_TURNS;
}

/* The oldest open one to the same number, whoever calls: a gateway may rewrite the caller too. */
static struct redirected_call *
by_called(struct redirected *r, const struct redirected_invite *i, struct mono now)
{
	struct redirected_call *found = NULL;
	uint32_t serial = r->next;

	for (int n = 0; n < STEPS; n++) {
		struct redirected_call *c = at(r, --serial);
		if (!c || redirected_late(c, now))
			break;
		if (fits(c, i))
			found = c;
	}
	return found;
}

struct redirected_call *
redirected_match(struct redirected *r, const struct redirected_invite *i, enum likeness least,
		 struct mono now, enum likeness *ret)
{
	struct redirected_call *c = redirected_find(r, i->key, i->trunk, now);

	*ret = LIKE_NONE;
	if (c) {
		const bool same = c->cseq == i->cseq && c->branch == i->branch;
		*ret = same ? LIKE_REPEAT : LIKE_CALL_ID;
	} else if (least >= LIKE_TAG && (c = by_tag(r, i, now))) {
		*ret = LIKE_TAG;
	} else if (least >= LIKE_NUMBERS && (c = by_numbers(r, i, now))) {
		*ret = LIKE_NUMBERS;
	} else if (least >= LIKE_CALLED && (c = by_called(r, i, now))) {
		*ret = LIKE_CALLED;
	}
	return c;
}

bool
redirected_idle(const struct redirected *r, struct mono now)
{
	const struct redirected_call *newest = &r->place[(r->next - 1) & MASK];

	return !newest->serial || !within(newest, REDIRECTED_MS, now);
}

bool
redirected_late(const struct redirected_call *c, struct mono now)
{
	return !within(c, REDIRECTED_FOLLOW_MS, now);
}

struct redirected_call *
redirected_overdue(struct redirected *r, struct mono now, bool *ret_waiting)
{
	*ret_waiting = false;
	if (r->next - r->judge > REDIRECTED_PLACES) /* overwritten unjudged */
		r->judge = r->next - REDIRECTED_PLACES;
	for (; r->judge != r->next; r->judge++) {
		struct redirected_call *c = at(r, r->judge);
		if (!c || !c->judged || c->fate != REDIRECTED_OPEN)
			continue;
		if (!redirected_late(c, now)) {
			*ret_waiting = true;
			return NULL;
		}
		r->judge++;
		return c;
	}
	return NULL;
}

void
redirected_forget(struct redirected *r, uint16_t trunk)
{
	for (size_t i = 0; i < REDIRECTED_PLACES; i++)
		if (r->place[i].serial && r->place[i].trunk == trunk)
			r->place[i].fate = REDIRECTED_LEFT;
}

void
redirected_renumber(struct redirected *r, const uint16_t map[CONF_TRUNKS])
{
	for (size_t i = 0; i < REDIRECTED_PLACES; i++) {
		struct redirected_call *c = &r->place[i];
		if (c->serial && c->trunk < CONF_TRUNKS)
			c->trunk = map[c->trunk];
	}
}
