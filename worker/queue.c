/* queue: the items in memory; see queue.h. */
#include "worker/queue.h"

#include <errno.h>
#include <stdlib.h>

#include "worker/queue_room.h"

enum { FIRST_CAP = 64 };

/* ---- in which order ---- */

static bool
is_due_before(const struct queue_item *a, const struct queue_item *b)
{
	return a->due.ns != b->due.ns ? a->due.ns < b->due.ns : a->since < b->since;
}

static bool
is_newer(const struct queue_item *a, const struct queue_item *b)
{
	return a->since != b->since ? a->since > b->since : a->due.ns > b->due.ns;
}

void
queue_empty(struct queue *q)
{
	q->all.before = is_due_before;
	q->all.which = QUEUE_ALL;
	q->untried.before = is_newer;
	q->untried.which = QUEUE_UNTRIED;
}

/* ---- by id ---- */

static size_t
home_of(const struct queue *q, struct slice id)
{
	return hash64(&q->key, id.p, id.n) & (q->nslots - 1);
}

static void
enter(struct queue *q, struct queue_item *i)
{
	size_t s = home_of(q, slice_str(i->id));
	while (q->slot[s] != NULL)
		s = (s + 1) & (q->nslots - 1);
	q->slot[s] = i;
}

/* What stands behind it and belongs further to the front moves up. */
static void
leave(struct queue *q, const struct queue_item *i)
{
	const size_t mask = q->nslots - 1;
	size_t hole = home_of(q, slice_str(i->id));
	while (q->slot[hole] != i)
		hole = (hole + 1) & mask;
	for (size_t s = (hole + 1) & mask; q->slot[s] != NULL; s = (s + 1) & mask) {
		size_t home = home_of(q, slice_str(q->slot[s]->id));
		if (((s - home) & mask) < ((s - hole) & mask))
			continue;
		q->slot[hole] = q->slot[s];
		hole = s;
	}
	q->slot[hole] = NULL;
}

struct queue_item *
queue_lookup(const struct queue *q, struct slice id)
{
	if (q->nslots == 0)
		return NULL;
	for (size_t s = home_of(q, id); q->slot[s] != NULL; s = (s + 1) & (q->nslots - 1))
		if (slice_eq(slice_str(q->slot[s]->id), id))
			return q->slot[s];
	return NULL;
}

/* Room for one more. */
static int
grow(struct queue *q)
{
	size_t cap = q->cap > 0 ? 2 * q->cap : FIRST_CAP;
	if (q->all.n < q->cap)
		return 0;
	struct queue_heap *const heaps[] = {&q->all, &q->untried};
	for (int h = 0; h < 2; h++) {
		struct queue_item **more =
		    reallocarray(heaps[h]->item, cap, sizeof(struct queue_item *));
		if (more == NULL)
			return -ENOMEM;
		heaps[h]->item = more;
	}
	struct queue_item **slot = calloc(2 * cap, sizeof(struct queue_item *));
	if (slot == NULL)
		return -ENOMEM;
	free(q->slot);
	q->slot = slot;
	q->nslots = 2 * cap;
	q->cap = cap;
	for (size_t i = 0; i < q->all.n; i++)
		enter(q, q->all.item[i]);
	return 0;
}

struct queue_item *
queue_insert(struct queue *q, struct slice id, int64_t since, struct mono now)
{
	struct queue_item *i = grow(q) == 0 ? calloc(1, sizeof(*i)) : NULL;
	if (i == NULL)
		return NULL;
	memcpy(i->id, id.p, id.n);
	i->since = since;
	i->due = now;
	q->added++;
	queue_heap_add(&q->all, i);
	queue_heap_add(&q->untried, i);
	enter(q, i);
	return i;
}

/* ---- reasons ---- */

static void
drop_reason(struct queue_reason *r)
{
	if (r != NULL && --r->users == 0)
		free(r);
}

static struct queue_reason *
take_reason(struct queue *q, const char *why)
{
	const size_t n = strlen(why) + 1;
	if (q->last == NULL || strcmp(q->last->text, why) != 0) {
		struct queue_reason *r = malloc(sizeof(*r) + n);
		if (r == NULL)
			return NULL;
		r->users = 1;
		memcpy(r->text, why, n);
		drop_reason(q->last);
		q->last = r;
	}
	q->last->users++;
	return q->last;
}

/* ---- what others see ---- */

uint64_t
queue_added(const struct queue *q)
{
	return q->added;
}

size_t
queue_count(const struct queue *q)
{
	return q->all.n;
}

int64_t
queue_oldest(const struct queue *q)
{
	int64_t oldest = 0;
	for (size_t i = 0; i < q->all.n; i++)
		if (oldest == 0 || q->all.item[i]->since < oldest)
			oldest = q->all.item[i]->since;
	return oldest;
}

struct queue_item *
queue_first(const struct queue *q)
{
	return q->all.n > 0 ? q->all.item[0] : NULL;
}

struct queue_item *
queue_next(struct queue *q)
{
	q->newest = !q->newest;
	return q->newest && q->untried.n > 0 ? q->untried.item[0] : queue_first(q);
}

struct queue_item *
queue_find(const struct queue *q, const char *id)
{
	return queue_lookup(q, slice_str(id));
}

struct queue_item *
queue_each(const struct queue *q, size_t i)
{
	return i < q->all.n ? q->all.item[i] : NULL;
}

void
queue_later(struct queue *q, struct queue_item *i, struct mono due, const char *why)
{
	struct queue_reason *before = i->reason; /* `why` may be its text */
	i->reason = take_reason(q, why);
	drop_reason(before);
	i->due = due;
	queue_heap_settle(&q->all, i);
	queue_heap_remove(&q->untried, i);
}

size_t
queue_wake(struct queue *q, bool all, struct mono now)
{
	size_t woken = 0;
	for (size_t n = 0; n < q->all.n; n++) {
		struct queue_item *i = q->all.item[n];
		if (!all && !i->outage)
			continue;
		i->due = now;
		i->outage = false;
		woken++;
	}
	queue_heap_order(&q->all);
	queue_heap_order(&q->untried);
	return woken;
}

void
queue_forget(struct queue *q, struct queue_item *i)
{
	leave(q, i);
	queue_heap_remove(&q->all, i);
	queue_heap_remove(&q->untried, i);
	drop_reason(i->reason);
	free(i);
}

void
queue_free(struct queue *q)
{
	if (q == NULL)
		return;
	while (q->all.n > 0)
		queue_forget(q, q->all.item[q->all.n - 1]);
	drop_reason(q->last);
	free(q->all.item);
	free(q->untried.item);
	free(q->slot);
	queue_close(q);
	free(q);
}
