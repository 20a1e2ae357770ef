/* lamp_heap: which lamp is due first.  A heap: ten thousand cost no more than ten.
 * Part of the room lamp; see lamp_room.h. */
#include "worker/lamp_room.h"

static bool
earlier(const struct lamps_known *l, uint32_t a, uint32_t b)
{
	return l->entry[l->heap[a]].due.ns < l->entry[l->heap[b]].due.ns;
}

static void
swap(struct lamps_known *l, uint32_t a, uint32_t b)
{
	const uint32_t x = l->heap[a];

	l->heap[a] = l->heap[b];
	l->heap[b] = x;
	l->entry[l->heap[a]].at = a;
	l->entry[l->heap[b]].at = b;
}

static void
rise(struct lamps_known *l, uint32_t at)
{
	for (; at > 0 && earlier(l, at, (at - 1) / 2); at = (at - 1) / 2)
		swap(l, at, (at - 1) / 2);
}

static void
sink(struct lamps_known *l, uint32_t at)
{
	for (;;) {
		uint32_t first = at;

		for (uint32_t c = 2 * at + 1; c <= 2 * at + 2 && c < l->planned; c++)
			if (earlier(l, c, first))
				first = c;
		if (first == at)
			return;
		swap(l, at, first);
		at = first;
	}
}

void
lamp_unplan(struct lamps_known *l, uint32_t i)
{
	const uint32_t at = l->entry[i].at, last = l->planned - 1;

	if (at == LAMP_NOT_PLANNED)
		return;
	swap(l, at, last);
	l->planned--;
	l->entry[i].at = LAMP_NOT_PLANNED;
	if (at != last) {
		rise(l, at);
		sink(l, at);
	}
}

void
lamp_plan(struct lamps_known *l, uint32_t i, struct mono due)
{
	lamp_unplan(l, i);
	l->entry[i].due = due;
	l->entry[i].at = l->planned;
	l->heap[l->planned++] = i;
	rise(l, l->entry[i].at);
}
