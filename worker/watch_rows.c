/* watch_rows: see watch_rows.h.  Watches are numbered one after the other: their low bits are hash
 * enough. */
#include "worker/watch_rows.h"

#include <stdlib.h>

static uint32_t *
head_of(const struct watch_rows *r, int wd)
{
	return &r->head[(uint32_t)wd & (r->room - 1)];
}

static void
link_row(struct watch_rows *r, uint32_t row)
{
	uint32_t *head = head_of(r, r->row[row].wd);

	r->row[row].next = *head;
	*head = row;
}

bool
watch_rows_room(struct watch_rows *r, uint32_t boxes)
{
	uint32_t room = r->room ? r->room : 128;

	while (room < 2 * boxes)
		room *= 2;
	if (room == r->room)
		return true;
	uint32_t *head = malloc(room * sizeof(*head));
	struct watch_row *row = head ? realloc(r->row, room * sizeof(*row)) : NULL;
	if (!row) {
		free(head);
		return false;
	}
	free(r->head);
	const uint32_t old = r->room;
	*r = (struct watch_rows){row, head, room};
	for (uint32_t i = 0; i < room; i++)
		head[i] = WATCH_ROWS_END;
	for (uint32_t i = 0; i < room; i++) {
		if (i >= old)
			row[i].wd = 0;
		else if (row[i].wd > 0)
			link_row(r, i);
	}
	return true;
}

void
watch_rows_add(struct watch_rows *r, int wd, uint32_t box, uint32_t up)
{
	const uint32_t row = r->row[2 * box].wd > 0 ? 2 * box + 1 : 2 * box;

	r->row[row].wd = wd;
	r->row[row].up = up;
	link_row(r, row);
}

int
watch_rows_drop(struct watch_rows *r, uint32_t box)
{
	const uint32_t row = r->row[2 * box].wd > 0 ? 2 * box : 2 * box + 1;
	const int wd = r->row[row].wd;

	if (wd <= 0)
		return -1;
	uint32_t *at = head_of(r, wd);
	while (*at != row)
		at = &r->row[*at].next;
	*at = r->row[row].next;
	r->row[row].wd = 0;
	return watch_rows_first(r, wd) == WATCH_ROWS_END ? wd : 0;
}

static uint32_t
same(const struct watch_rows *r, uint32_t row, int wd)
{
	while (row != WATCH_ROWS_END && r->row[row].wd != wd)
		row = r->row[row].next;
	return row;
}

uint32_t
watch_rows_first(const struct watch_rows *r, int wd)
{
	return r->room > 0 && wd > 0 ? same(r, *head_of(r, wd), wd) : WATCH_ROWS_END;
}

uint32_t
watch_rows_next(const struct watch_rows *r, uint32_t row)
{
	return same(r, r->row[row].next, r->row[row].wd);
}

void
watch_rows_free(struct watch_rows *r)
{
	free(r->row);
	free(r->head);
	*r = (struct watch_rows){0};
}
