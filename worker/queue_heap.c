/* queue_heap: items in an order, the first at hand.  A heap: 100,000 cost little more than ten.
 * Part of the room queue; see queue_room.h. */
#include "worker/queue_room.h"

static void
put_at(struct queue_heap *h, size_t at, struct queue_item *i)
{
	h->item[at] = i;
	i->at[h->which] = at;
}

static void
rise(struct queue_heap *h, struct queue_item *i)
{
	size_t at = i->at[h->which];
	while (at > 0 && h->before(i, h->item[(at - 1) / 2])) {
		put_at(h, at, h->item[(at - 1) / 2]);
		at = (at - 1) / 2;
	}
	put_at(h, at, i);
}

static void
sink(struct queue_heap *h, struct queue_item *i)
{
	size_t at = i->at[h->which];
	for (;;) {
		size_t child = 2 * at + 1;
		if (child + 1 < h->n && h->before(h->item[child + 1], h->item[child]))
			child++;
		if (child >= h->n || !h->before(h->item[child], i))
			break;
		put_at(h, at, h->item[child]);
		at = child;
	}
	put_at(h, at, i);
}

void
queue_heap_add(struct queue_heap *h, struct queue_item *i)
{
	put_at(h, h->n++, i);
	rise(h, i);
}

void
queue_heap_settle(struct queue_heap *h, struct queue_item *i)
{
	rise(h, i);
	sink(h, i);
}

void
queue_heap_remove(struct queue_heap *h, struct queue_item *i)
{
	const size_t at = i->at[h->which];
	if (at >= h->n || h->item[at] != i)
		return;
	struct queue_item *last = h->item[--h->n];
	if (last == i)
		return;
	put_at(h, at, last);
	queue_heap_settle(h, last);
}

void
queue_heap_order(struct queue_heap *h)
{
	for (size_t at = h->n / 2; at-- > 0;)
		sink(h, h->item[at]);
}
