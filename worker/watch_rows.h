/* watch_rows: whose an inotify watch is: two rows for each box, found by box and by watch.
 * Pure.  Must not know: inotify, what a box is. */
#ifndef EVERTRUNK_WATCH_ROWS_H
#define EVERTRUNK_WATCH_ROWS_H

#include <stdbool.h>
#include <stdint.h>

#define WATCH_ROWS_END UINT32_MAX

struct watch_rows {
	struct watch_row {
		int wd;        /* 0: none; inotify's begin at 1 */
		uint32_t up;   /* the owner's own note */
		uint32_t next; /* of the same hash */
	} * row;
	uint32_t *head;
	uint32_t room; /* rows */
};

/* Makes room for `boxes`.  False: out of memory, and nothing has changed. */
bool watch_rows_room(struct watch_rows *r, uint32_t boxes);
/* A row for `box`, which has at most one other; `wd` > 0. */
void watch_rows_add(struct watch_rows *r, int wd, uint32_t box, uint32_t up);
/* Drops one row of `box`.  Its watch if nobody has that any more, 0 if somebody does, -1: it has no
 * row. */
int watch_rows_drop(struct watch_rows *r, uint32_t box);
/* The rows of a watch. */
uint32_t watch_rows_first(const struct watch_rows *r, int wd);
uint32_t watch_rows_next(const struct watch_rows *r, uint32_t row);
static inline uint32_t
watch_rows_box(uint32_t row)
{
	return row / 2;
}
void watch_rows_free(struct watch_rows *r);

#endif
