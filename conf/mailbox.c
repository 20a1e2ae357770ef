/* mailbox: see mailbox.h. */
#include "conf/mailbox.h"

#include <errno.h>
#include <string.h>

#include "conf/mailbox_table.h"

static bool
array_fits(const struct mailbox_head *h, uint32_t offset, uint32_t n, size_t size)
{
	return offset % sizeof(uint32_t) == 0 && offset <= h->bytes &&
	       n <= (h->bytes - offset) / size;
}

int
mailboxes_open(const void *base, size_t bytes, struct mailboxes *ret)
{
	const struct mailbox_head *h = base;

	if (bytes <= sizeof(*h) || h->magic != MAILBOX_MAGIC || h->bytes != bytes ||
	    !array_fits(h, h->plans, h->nplans, sizeof(struct mailbox_plan)) ||
	    !array_fits(h, h->boxes, h->nboxes, sizeof(struct mailbox_box)) ||
	    !array_fits(h, h->keys, h->nkeys, sizeof(struct mailbox_key)) || h->texts >= bytes ||
	    ((const char *)base)[bytes - 1] != '\0')
		return -EBADMSG;
	*ret = (struct mailboxes){
	    .base = base,
	    .bytes = h->bytes,
	    .nplans = h->nplans,
	    .nboxes = h->nboxes,
	    .nkeys = h->nkeys,
	    .head = h,
	};
	return 0;
}

/* An offset that leads out of the texts is an empty one. */
static const char *
text(const struct mailboxes *m, uint32_t at)
{
	return at >= m->head->texts && at < m->bytes ? m->base + at : "";
}

static const struct mailbox_plan *
plans_of(const struct mailboxes *m)
{
	return (const void *)(m->base + m->head->plans);
}

/* The plan's index; nplans: there is none of that name. */
static uint32_t
plan_index(const struct mailboxes *m, const char *plan)
{
	uint32_t i = 0;

	while (i < m->nplans && strcmp(text(m, plans_of(m)[i].name), plan) != 0)
		i++;
	return i;
}

static int
compare(const struct mailboxes *m, const struct mailbox_key *k, uint32_t plan, const char *number)
{
	if (k->plan != plan)
		return k->plan < plan ? -1 : 1;
	return strcmp(text(m, k->number), number);
}

static void
get(const struct mailboxes *m, const struct mailbox_box *b, struct mailbox *ret)
{
	*ret = (struct mailbox){
	    .extension = text(m, b->extension),
	    .name = text(m, b->name),
	    .address = text(m, b->address),
	    .language = text(m, b->language),
	    .greeting = text(m, b->greeting),
	    .pin = text(m, b->pin),
	    .max_recording = b->max_recording,
	};
}

bool
mailboxes_find(const struct mailboxes *m, const char *plan, const char *number, struct mailbox *ret)
{
	const struct mailbox_key *keys = (const void *)(m->base + m->head->keys);
	const struct mailbox_box *boxes = (const void *)(m->base + m->head->boxes);
	const uint32_t p = plan_index(m, plan);
	uint32_t low = 0, high = p < m->nplans ? m->nkeys : 0;

	while (low < high) {
		const uint32_t middle = low + (high - low) / 2;
		const int order = compare(m, &keys[middle], p, number);

		if (order == 0) {
			if (keys[middle].box >= m->nboxes)
				return false;
			get(m, &boxes[keys[middle].box], ret);
			return true;
		}
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

bool
mailboxes_have_pins(const struct mailboxes *m, const char *plan)
{
	const uint32_t p = plan_index(m, plan);

	return p < m->nplans && plans_of(m)[p].pins > 0;
}

/* A mailbox has one key that is its extension. */
bool
mailboxes_next(const struct mailboxes *m, uint32_t *at, const char **ret_plan, struct mailbox *ret)
{
	const struct mailbox_key *keys = (const void *)(m->base + m->head->keys);
	const struct mailbox_box *boxes = (const void *)(m->base + m->head->boxes);

	while (*at < m->nkeys) {
		const struct mailbox_key *k = &keys[(*at)++];

		if (k->box >= m->nboxes || k->plan >= m->nplans)
			continue;
		get(m, &boxes[k->box], ret);
		if (strcmp(text(m, k->number), ret->extension) != 0)
			continue;
		*ret_plan = text(m, plans_of(m)[k->plan].name);
		return true;
	}
	return false;
}
