/* pending: see pending.h. */
#include "supervisor/pending.h"

#include <stdlib.h>
#include <string.h>

enum { STRIDE = 65536 + 1408 }; /* not a power of two: see door.c */

struct pending {
	struct pending_item *item;
	char *bytes;
	uint16_t items;
	uint16_t used; /* highest index ever used: walks stop there */
	uint16_t free; /* index + 1 of the last one freed: warm in the cache */
	uint32_t serial;
	unsigned count;
};

struct pending *
pending_new(uint16_t items)
{
	struct pending *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->items = items;
	p->item = calloc(items, sizeof(*p->item));
	p->bytes = calloc(items, STRIDE); /* pages cost nothing until a message lies there */
	if (!p->item || !p->bytes) {
		pending_free(p);
		return NULL;
	}
	return p;
}

void
pending_free(struct pending *p)
{
	if (!p)
		return;
	free(p->item);
	free(p->bytes);
	free(p);
}

uint16_t
pending_index(const struct pending *p, const struct pending_item *i)
{
	return (uint16_t)(i - p->item + 1);
}

struct pending_item *
pending_at(struct pending *p, uint16_t index)
{
	return index ? &p->item[index - 1] : NULL;
}

struct pending_item *
pending_own(struct pending *p, uint32_t serial)
{
	for (uint16_t i = 0; i < p->used; i++)
		if (p->item[i].kind == PENDING_BYE && p->item[i].serial == serial)
			return &p->item[i];
	return NULL;
}

static struct pending_item *
take(struct pending *p)
{
	if (p->free) {
		struct pending_item *i = &p->item[p->free - 1];
		p->free = i->next;
		return i;
	}
	return p->used < p->items ? &p->item[p->used++] : NULL;
}

struct pending_item *
pending_add(struct pending *p, enum pending_kind kind, const struct way *way, struct slice bytes,
	    struct mono deadline)
{
	struct pending_item *i = bytes.n <= PENDING_BYTES ? take(p) : NULL;

	if (!i)
		return NULL;
	*i = (struct pending_item){.kind = kind, .way = *way, .n = bytes.n};
	i->bytes = p->bytes + (size_t)(i - p->item) * STRIDE;
	memcpy(i->bytes, bytes.p, bytes.n);
	i->deadline = deadline;
	i->serial = ++p->serial;
	p->count++;
	return i;
}

void
pending_fill(struct pending_item *i, const struct way *way, struct slice bytes)
{
	i->way = *way;
	i->n = bytes.n;
	memcpy(i->bytes, bytes.p, bytes.n);
}

void
pending_arm(struct pending_item *i, struct mono now)
{
	i->resend = mono_add(now, PENDING_T1_MS);
	i->interval = 2 * PENDING_T1_MS;
}

void
pending_resent(struct pending_item *i, struct mono now)
{
	i->resend = mono_add(now, i->interval);
	i->interval = 2 * i->interval < PENDING_T2_MS ? 2 * i->interval : PENDING_T2_MS;
}

void
pending_drop(struct pending *p, struct pending_item *i)
{
	i->kind = PENDING_FREE;
	i->next = p->free;
	p->free = pending_index(p, i);
	p->count--;
}

struct pending_item *
pending_due(struct pending *p, struct mono now, uint16_t *cursor)
{
	while (*cursor < p->used) {
		struct pending_item *i = &p->item[(*cursor)++];
		if (i->kind != PENDING_FREE &&
		    (mono_due(i->resend, now) || mono_due(i->deadline, now)))
			return i;
	}
	return NULL;
}

unsigned
pending_count(const struct pending *p)
{
	return p->count;
}
