/* affinity: see affinity.h. */
#include "supervisor/affinity.h"

#include <stdlib.h>
#include <string.h>

enum { BUCKETS = 2 * AFFINITY_ENTRIES, GENERATIONS = 4 };

/* A doubly linked list of entries by index + 1; oldest first, so its head expires first. */
struct list {
	uint32_t head, tail;
};

/* How many calls each living generation has; a generation leaves when it has none. */
struct tally {
	uint32_t generation;
	unsigned calls;
};

struct affinity {
	struct hash_key key;
	struct list list[CALL_STATE_COUNT];
	struct tally tally[GENERATIONS];
	unsigned *trunk_calls;
	uint32_t *bucket; /* index + 1 of the first entry of a chain */
	struct call *entry;
	struct dialog *dialog;
	uint32_t fresh; /* entries never used yet start here */
	uint32_t dialog_fresh, dialog_free;
};

static const char *const state_names[] = {
#define X(id, word) [CALL_##id] = word,
    CALL_STATES(X)
#undef X
};

/* How long an entry stays in a state; 0: until something happens. */
static const int64_t state_ms[CALL_STATE_COUNT] = {
    [CALL_ROUTED] = AFFINITY_ROUTED_MS,
    [CALL_ENDED] = AFFINITY_LINGER_MS,
};

const char *
call_state_name(enum call_state s)
{
	return s < CALL_STATE_COUNT ? state_names[s] : "?";
}

struct affinity *
affinity_new(void)
{
	struct affinity *a = calloc(1, sizeof(*a));

	if (!a)
		return NULL;
	a->key = hash_key_random();
	/* calloc of this size is untouched zero pages: an idle supervisor does not pay for it */
	a->bucket = calloc(BUCKETS, sizeof(*a->bucket));
	a->entry = calloc(AFFINITY_ENTRIES, sizeof(*a->entry));
	a->dialog = calloc(AFFINITY_DIALOGS, sizeof(*a->dialog));
	a->trunk_calls = calloc(CONF_TRUNKS, sizeof(*a->trunk_calls));
	if (!a->bucket || !a->entry || !a->dialog || !a->trunk_calls) {
		affinity_free(a);
		return NULL;
	}
	return a;
}

void
affinity_free(struct affinity *a)
{
	if (!a)
		return;
	free(a->bucket);
	free(a->entry);
	free(a->dialog);
	free(a->trunk_calls);
	free(a);
}

static uint32_t
index_of(const struct affinity *a, const struct call *c)
{
	return (uint32_t)(c - a->entry) + 1;
}

static struct call *
at(const struct affinity *a, uint32_t index)
{
	return index ? &a->entry[index - 1] : NULL;
}

static uint32_t *
bucket_of(const struct affinity *a, uint64_t key)
{
	return &a->bucket[key % BUCKETS];
}

uint64_t
affinity_key(const struct affinity *a, struct slice call_id)
{
	return hash64(&a->key, call_id.p, call_id.n);
}

struct call *
affinity_find(struct affinity *a, uint64_t key)
{
	for (struct call *c = at(a, *bucket_of(a, key)); c; c = at(a, c->chain))
		if (c->key == key)
			return c;
	return NULL;
}

static void
list_append(struct affinity *a, struct call *c)
{
	struct list *l = &a->list[c->state];
	const uint32_t i = index_of(a, c);

	c->next = 0;
	c->prev = l->tail;
	if (l->tail)
		at(a, l->tail)->next = i;
	else
		l->head = i;
	l->tail = i;
}

static void
list_remove(struct affinity *a, struct call *c)
{
	struct list *l = &a->list[c->state];

	if (c->prev)
		at(a, c->prev)->next = c->next;
	else
		l->head = c->next;
	if (c->next)
		at(a, c->next)->prev = c->prev;
	else
		l->tail = c->prev;
}

static void
chain_remove(struct affinity *a, const struct call *c)
{
	uint32_t *link = bucket_of(a, c->key);

	while (at(a, *link) != c)
		link = &at(a, *link)->chain;
	*link = c->chain;
}

/* The tally of a generation; a free place when it has none yet.  More generations than places
 * cannot be alive (two slots), so the fall-back to the last place is never met. */
static struct tally *
tally_of(struct affinity *a, uint32_t generation)
{
	struct tally *t = a->tally, *empty = &t[GENERATIONS - 1];

	for (int i = GENERATIONS - 1; i >= 0; i--) {
		if (t[i].calls > 0 && t[i].generation == generation)
			return &t[i];
		if (t[i].calls == 0)
			empty = &t[i];
	}
	return empty;
}

static bool
is_live(const struct call *c)
{
	return c->state == CALL_ROUTED || c->state == CALL_UP;
}

/* Counts an entry in (by 1) or out (by -1) of the sums over live calls. */
static void
tally_add(struct affinity *a, const struct call *c, int by)
{
	if (!is_live(c))
		return;
	struct tally *t = tally_of(a, c->generation);
	t->generation = c->generation;
	t->calls += (unsigned)by;
	if (c->trunk < CONF_TRUNKS)
		a->trunk_calls[c->trunk] += (unsigned)by;
}

static void
dialog_release(struct affinity *a, struct call *c)
{
	if (!c->dialog)
		return;
	a->dialog[c->dialog - 1].next_free = a->dialog_free;
	a->dialog_free = c->dialog;
	c->dialog = 0;
}

static void
forget(struct affinity *a, struct call *c)
{
	tally_add(a, c, -1);
	dialog_release(a, c);
	chain_remove(a, c);
	list_remove(a, c);
	c->state = CALL_FREE;
	list_append(a, c);
}

/* A free entry: used before, never used, or the oldest that no living call needs. */
static struct call *
take_free(struct affinity *a, bool *ret_evicted)
{
	static const enum call_state victims[] = {CALL_ENDED, CALL_ROUTED};

	*ret_evicted = false;
	if (a->list[CALL_FREE].head == 0 && a->fresh < AFFINITY_ENTRIES)
		return &a->entry[a->fresh++];
	for (size_t i = 0; a->list[CALL_FREE].head == 0 && i < 2; i++) {
		if (a->list[victims[i]].head) {
			forget(a, at(a, a->list[victims[i]].head));
			*ret_evicted = true;
		}
	}
	struct call *c = at(a, a->list[CALL_FREE].head);
	if (c)
		list_remove(a, c);
	return c;
}

static struct mono
deadline(enum call_state state, struct mono now)
{
	return state_ms[state] ? mono_add(now, state_ms[state]) : (struct mono){0};
}

struct call *
affinity_add(struct affinity *a, const struct affinity_new_call *is, struct mono now,
	     bool *ret_evicted)
{
	struct call *c = take_free(a, ret_evicted);

	if (!c)
		return NULL;
	memset(c, 0, sizeof(*c));
	c->key = is->key;
	c->state = (uint8_t)is->state;
	c->generation = is->generation;
	c->since = now;
	c->expires = deadline(is->state, now);
	c->trunk = UINT16_MAX;
	uint32_t *bucket = bucket_of(a, c->key);
	c->chain = *bucket;
	*bucket = index_of(a, c);
	list_append(a, c);
	tally_add(a, c, 1);
	return c;
}

void
affinity_set(struct affinity *a, struct call *c, enum call_state state, uint32_t generation,
	     struct mono now)
{
	tally_add(a, c, -1);
	list_remove(a, c);
	c->state = (uint8_t)state;
	c->generation = generation;
	c->expires = deadline(state, now);
	list_append(a, c);
	tally_add(a, c, 1);
	if (state == CALL_ENDED)
		dialog_release(a, c);
}

void
affinity_trunk(struct affinity *a, struct call *c, uint16_t trunk)
{
	tally_add(a, c, -1);
	c->trunk = trunk;
	tally_add(a, c, 1);
}

void
affinity_expire(struct affinity *a, struct mono now)
{
	for (int s = 0; s < CALL_STATE_COUNT; s++) {
		struct call *c;
		if (!state_ms[s])
			continue;
		while ((c = at(a, a->list[s].head)) && mono_due(c->expires, now))
			forget(a, c);
	}
}

struct mono
affinity_next(const struct affinity *a)
{
	struct mono next = {0};

	for (int s = 0; s < CALL_STATE_COUNT; s++) {
		const struct call *c = state_ms[s] ? at(a, a->list[s].head) : NULL;
		if (c && (!mono_set(next) || c->expires.ns < next.ns))
			next = c->expires;
	}
	return next;
}

unsigned
affinity_calls(const struct affinity *a, uint32_t generation)
{
	unsigned sum = 0;

	for (int i = 0; i < GENERATIONS; i++)
		if (!generation || a->tally[i].generation == generation)
			sum += a->tally[i].calls;
	return sum;
}

unsigned
affinity_trunk_calls(const struct affinity *a, uint16_t trunk)
{
	return trunk < CONF_TRUNKS ? a->trunk_calls[trunk] : 0;
}

void
affinity_trunks_renumber(struct affinity *a, const uint16_t map[CONF_TRUNKS])
{
	static const enum call_state all[] = {CALL_ROUTED, CALL_UP, CALL_ENDED};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		for (struct call *c = at(a, a->list[all[i]].head); c; c = at(a, c->next))
			if (c->trunk < CONF_TRUNKS)
				affinity_trunk(a, c, map[c->trunk]);
}

struct call *
affinity_walk(struct affinity *a, struct call_walk *w)
{
	static const enum call_state lists[] = {CALL_UP, CALL_ROUTED};

	while (!w->next && w->list < 2)
		w->next = a->list[lists[w->list++]].head;
	struct call *c = at(a, w->next);
	if (c)
		w->next = c->next;
	return c;
}

struct dialog *
affinity_dialog(struct affinity *a, struct call *c, bool make)
{
	if (c->dialog)
		return &a->dialog[c->dialog - 1];
	if (!make)
		return NULL;
	if (a->dialog_free) {
		c->dialog = a->dialog_free;
		a->dialog_free = a->dialog[c->dialog - 1].next_free;
	} else if (a->dialog_fresh < AFFINITY_DIALOGS) {
		c->dialog = ++a->dialog_fresh;
	} else {
		return NULL;
	}
	struct dialog *d = &a->dialog[c->dialog - 1];
	memset(d, 0, offsetof(struct dialog, text));
	d->used = 0;
	d->caller[0] = d->called[0] = '\0';
	return d;
}

struct slice
dialog_keep(struct dialog *d, struct slice s)
{
	if (s.n > sizeof(d->text) - d->used)
		return (struct slice){NULL, 0};
	char *to = d->text + d->used;
	memcpy(to, s.p, s.n);
	d->used += s.n;
	return (struct slice){to, s.n};
}

bool
dialog_replace(struct dialog *d, struct slice *field, struct slice s)
{
	if (s.n <= field->n) {
		memcpy(d->text + (field->p - d->text), s.p, s.n);
		field->n = s.n;
		return true;
	}
	struct slice fresh = dialog_keep(d, s);
	if (fresh.n == 0)
		return false;
	*field = fresh;
	return true;
}
