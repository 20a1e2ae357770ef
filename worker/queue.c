/* queue: the items in memory; see queue.h. */
#include "worker/queue.h"

#include <errno.h>
#include <stdlib.h>

#include "worker/queue_room.h"

enum { FIRST_CAP = 64 };

/* ---- the heap ---- */

static bool
before(const struct queue_item *a, const struct queue_item *b)
{
	return a->due.ns != b->due.ns ? a->due.ns < b->due.ns : a->since < b->since;
}

static void
put_at(struct queue *q, size_t at, struct queue_item *i)
{
	q->heap[at] = i;
	i->at = at;
}

static void
rise(struct queue *q, struct queue_item *i)
{
	size_t at = i->at;
	while (at > 0 && before(i, q->heap[(at - 1) / 2])) {
		put_at(q, at, q->heap[(at - 1) / 2]);
		at = (at - 1) / 2;
	}
	put_at(q, at, i);
}

static void
sink(struct queue *q, struct queue_item *i)
{
	size_t at = i->at;
	for (;;) {
		size_t child = 2 * at + 1;
		if (child + 1 < q->n && before(q->heap[child + 1], q->heap[child]))
			child++;
		if (child >= q->n || !before(q->heap[child], i))
			break;
		put_at(q, at, q->heap[child]);
		at = child;
	}
	put_at(q, at, i);
}

static void
settle(struct queue *q, struct queue_item *i)
{
	rise(q, i);
	sink(q, i);
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
	if (q->n < q->cap)
		return 0;
	struct queue_item **heap = reallocarray(q->heap, cap, sizeof(struct queue_item *));
	if (heap == NULL)
		return -ENOMEM;
	q->heap = heap;
	struct queue_item **slot = calloc(2 * cap, sizeof(struct queue_item *));
	if (slot == NULL)
		return -ENOMEM;
	free(q->slot);
	q->slot = slot;
	q->nslots = 2 * cap;
	q->cap = cap;
	for (size_t i = 0; i < q->n; i++)
		enter(q, q->heap[i]);
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
	i->at = q->n++;
	q->heap[i->at] = i;
	rise(q, i);
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

size_t
queue_count(const struct queue *q)
{
	return q->n;
}

int64_t
queue_oldest(const struct queue *q)
{
	int64_t oldest = 0;
	for (size_t i = 0; i < q->n; i++)
		if (oldest == 0 || q->heap[i]->since < oldest)
			oldest = q->heap[i]->since;
	return oldest;
}

struct queue_item *
queue_first(const struct queue *q)
{
	return q->n > 0 ? q->heap[0] : NULL;
}

struct queue_item *
queue_find(const struct queue *q, const char *id)
{
	return queue_lookup(q, slice_str(id));
}

struct queue_item *
queue_each(const struct queue *q, size_t i)
{
	return i < q->n ? q->heap[i] : NULL;
}

void
queue_later(struct queue *q, struct queue_item *i, struct mono due, const char *why)
{
	drop_reason(i->reason);
	i->reason = take_reason(q, why);
	i->due = due;
	settle(q, i);
}

size_t
queue_wake(struct queue *q, bool all, struct mono now)
{
	size_t woken = 0;
	for (size_t i = 0; i < q->n; i++) {
		if (!all && !q->heap[i]->outage)
			continue;
		q->heap[i]->due = now;
		q->heap[i]->outage = false;
		woken++;
	}
	for (size_t i = q->n / 2; i-- > 0;)
		sink(q, q->heap[i]);
	return woken;
}

void
queue_forget(struct queue *q, struct queue_item *i)
{
	struct queue_item *last = q->heap[--q->n];
	leave(q, i);
	if (last != i) {
		put_at(q, i->at, last);
		settle(q, last);
	}
	drop_reason(i->reason);
	free(i);
}

void
queue_free(struct queue *q)
{
	if (q == NULL)
		return;
	while (q->n > 0)
		queue_forget(q, q->heap[q->n - 1]);
	drop_reason(q->last);
	free(q->heap);
	free(q->slot);
	queue_close(q);
	free(q);
}
