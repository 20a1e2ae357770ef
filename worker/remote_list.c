/* remote_list: the mailboxes that are looked into, and what is known of each.
 * Part of the room remote; see remote.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "worker/remote_room.h"

struct remote_list *
remote_list_new(uint32_t round)
{
	struct remote_list *l = calloc(1, sizeof(*l));

	if (l)
		l->round = round;
	return l;
}

void
remote_list_free(struct remote_list *l)
{
	if (!l)
		return;
	for (uint32_t i = 0; i < l->n; i++)
		free(l->box[i].address);
	free(l->box);
	free(l->order);
	free(l);
}

static bool
grow(struct remote_list *l)
{
	const uint32_t room = l->room ? 2 * l->room : 64;
	struct remote_box *box = realloc(l->box, room * sizeof(*box));

	if (!box)
		return false;
	l->box = box;
	l->room = room;
	return true;
}

int
remote_list_add(struct remote_list *l, uint32_t tag, const char *address, const char *extension)
{
	const size_t a = strlen(address) + 1, e = strlen(extension) + 1;

	if (a == 1)
		return 0;
	if (l->n == l->room && !grow(l))
		return -ENOMEM;
	char *text = malloc(a + e);
	if (!text)
		return -ENOMEM;
	memcpy(text, address, a);
	memcpy(text + a, extension, e);
	l->box[l->n++] = (struct remote_box){.address = text, .extension = text + a, .tag = tag};
	return 0;
}

static int
compare(const struct remote_box *a, const struct remote_box *b)
{
	const int address = strcasecmp(a->address, b->address);

	return address != 0 ? address : strcmp(a->extension, b->extension);
}

static int
by_name(const void *a, const void *b, void *list)
{
	const struct remote_list *l = list;

	return compare(&l->box[*(const uint32_t *)a], &l->box[*(const uint32_t *)b]);
}

int
remote_list_sort(struct remote_list *l)
{
	l->order = calloc(l->n + 1, sizeof(*l->order));
	if (!l->order)
		return -ENOMEM;
	for (uint32_t i = 0; i < l->n; i++)
		l->order[i] = i;
	qsort_r(l->order, l->n, sizeof(*l->order), by_name, l);
	return 0;
}

/* Both are sorted: one walk. */
void
remote_list_remember(struct remote_list *l, const struct remote_list *from)
{
	for (uint32_t i = 0, j = 0; i < l->n && j < from->n;) {
		struct remote_box *to = &l->box[l->order[i]];
		const struct remote_box *old = &from->box[from->order[j]];
		const int c = compare(to, old);
		if (c > 0) {
			j++;
			continue;
		}
		i++; /* several may be the same old one: it stays */
		if (c < 0)
			continue;
		to->known = old->known;
		to->tally = old->tally;
		to->counted = to->fresh = old->counted;
		to->unreadable = old->unreadable;
		l->nfresh += to->fresh;
	}
}

uint32_t
remote_list_find(const struct remote_list *l, const char *address)
{
	uint32_t low = 0, high = l->n;

	while (low < high) {
		const uint32_t mid = low + (high - low) / 2;
		if (strcasecmp(l->box[l->order[mid]].address, address) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low < l->n && strcasecmp(l->box[l->order[low]].address, address) == 0 ? low : l->n;
}
