/* book: see book.h. */
#include "supervisor/book.h"

uint32_t
book_number(struct book *b)
{
	return ++b->last_number;
}

void
book_enter(struct book *b, const struct ledger *l)
{
	b->kept[b->entered++ % LEDGER_KEPT] = *l;
}

/* Its place in the ring, or -1. */
static int
place(const struct book *b, uint32_t number)
{
	for (int i = 0; i < LEDGER_KEPT && number != 0; i++)
		if (b->kept[i].number == number)
			return i;
	return -1;
}

struct ledger *
book_find(struct book *b, uint32_t number)
{
	int i = place(b, number);

	return i < 0 ? NULL : &b->kept[i];
}

const struct ledger *
book_look(const struct book *b, uint32_t number)
{
	int i = place(b, number);

	return i < 0 ? NULL : &b->kept[i];
}

const struct ledger *
book_newest(const struct book *b, size_t i)
{
	if (i >= LEDGER_KEPT || i >= b->entered)
		return NULL;
	return &b->kept[(b->entered - 1 - i) % LEDGER_KEPT];
}

void
book_close(struct book *b, struct ledger *l, enum ledger_result result)
{
	l->result = result;
	b->results[l->reason][result]++;
	b->moved += l->moved;
	b->drained += l->drained;
	b->cut += l->cut;
	b->lost += l->lost;
}

void
book_name(struct buf *out, const struct ledger *l)
{
	buf_printf(out, "%u (%s", l->number, recycle_reason_name(l->reason));
	if (l->text[0])
		buf_printf(out, ": %s", l->text);
	buf_str(out, ")");
}

/* "4 (operator): generation 7 -> 8", with "none" for one that is not there. */
static void
who(struct buf *out, const struct ledger *l)
{
	book_name(out, l);
	buf_str(out, ": generation ");
	if (l->old_generation)
		buf_printf(out, "%u", l->old_generation);
	else
		buf_str(out, "none");
	if (l->new_generation)
		buf_printf(out, " -> %u", l->new_generation);
}

/* Milliseconds as people say them: "9 ms", "4.2 s", "4m12s". */
static void
spell(struct buf *out, int64_t ms)
{
	int64_t s = ms / 1000;

	if (ms < 1000)
		buf_printf(out, "%d ms", (int)ms);
	else if (s < 60)
		buf_printf(out, "%d.%d s", (int)s, (int)(ms % 1000 / 100));
	else if (s < 3600)
		buf_printf(out, "%dm%02ds", (int)(s / 60), (int)(s % 60));
	else
		buf_printf(out, "%dh%02dm", (int)(s / 3600), (int)(s / 60 % 60));
}

static void
pressed(struct buf *out, const struct ledger *l)
{
	if (l->pressure[0])
		buf_printf(out, "; back pressure then: %s", l->pressure);
}

void
book_switch_line(struct buf *out, const struct ledger *l, unsigned calls_left)
{
	who(out, l);
	buf_str(out, ", switched in ");
	spell(out, l->switch_ms);
	buf_printf(out, ": %u moved, %u to finish", l->moved, calls_left);
	pressed(out, l);
}

void
book_end_line(struct buf *out, const struct ledger *l)
{
	who(out, l);
	buf_printf(out, ", %s", ledger_result_name(l->result));
	if (l->result != LEDGER_DONE)
		return;
	buf_printf(out, ": %u moved, %u drained, %u cut, %u lost; switch ", l->moved, l->drained,
		   l->cut, l->lost);
	spell(out, l->switch_ms);
	buf_str(out, ", drain ");
	spell(out, l->drain_ms);
	pressed(out, l);
}
