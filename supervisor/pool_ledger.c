/* pool_ledger: what became of recycles and of crashes, written down and told to the log.
 * Part of the room pool; see pool_inner.h. */
#include <stdio.h>

#include "ipc/base/log.h"
#include "supervisor/pool_inner.h"

#define LINE_MAX_ 512

void
pool_pressure(struct pool *p, const char *words)
{
	snprintf(p->pressure, sizeof(p->pressure), "%s", words);
}

/* Whether the old worker of this ledger is still a process. */
static bool
old_one_lives(const struct pool *p, uint32_t number)
{
	for (int i = 0; i < 2; i++)
		if (p->slot[i].generation && p->slot[i].ledger == number)
			return true;
	return false;
}

static void
close_ledger(struct pool *p, struct ledger *l, enum ledger_result result)
{
	char words[LINE_MAX_];
	struct buf b = BUF(words);

	book_close(&p->book, l, result);
	book_end_line(&b, l);
	log_notice(LOG_RECYCLE, "%s", buf_cstr(&b));
	p->news = true;
}

void
pool_ledger_crash(struct pool *p, struct slot *s)
{
	char why[LEDGER_TEXT];
	struct ledger l = {.number = book_number(&p->book),
			   .reason = s->failed_for,
			   .result = LEDGER_FAILED, /* until somebody has taken over */
			   .old_generation = s->generation,
			   .old_slot = slot_letter(s),
			   .new_slot = '-',
			   .asked = time(NULL)};

	snprintf(why, sizeof(why), "generation %u was lost first: %.80s", s->generation,
		 s->failed_text);
	pool_order_over(p, LEDGER_CANCELLED, why);
	snprintf(l.text, sizeof(l.text), "%s", s->failed_text);
	snprintf(l.pressure, sizeof(l.pressure), "%s", p->pressure);
	book_enter(&p->book, &l);
	s->ledger = p->crash = l.number;
	s->switched = p->crashed = loop_now(p->env.loop);
}

void
pool_ledger_rescue(struct pool *p, const struct slot *new)
{
	struct ledger *l = book_find(&p->book, p->crash), *order;

	if (p->order.pending)
		pool_order_switched(p, NULL, new);
	if (!l)
		return;
	/* the order that ended the outage has moved nothing itself */
	order = book_find(&p->book, p->switching);
	if (order)
		close_ledger(p, order, LEDGER_DONE);
	l->result = LEDGER_DRAINING;
	l->new_generation = new->generation;
	l->new_slot = slot_letter(new);
	l->switch_ms = mono_ms(p->crashed, loop_now(p->env.loop));
	p->switching = p->crash;
	p->crash = 0;
}

void
pool_ledger_switched(struct pool *p, unsigned moved)
{
	struct ledger *l = book_find(&p->book, p->switching);
	char words[LINE_MAX_];
	struct buf b = BUF(words);

	p->switching = 0;
	if (!l)
		return;
	l->moved = moved;
	book_switch_line(
	    &b, l, l->old_generation ? p->hooks.calls_of(p->hooks.arg, l->old_generation) : 0);
	log_notice(LOG_RECYCLE, "%s", buf_cstr(&b));
	if (!old_one_lives(p, l->number) && l->number != p->corpse[0].ledger &&
	    l->number != p->corpse[1].ledger)
		close_ledger(p, l, LEDGER_DONE);
}

void
pool_ledger_bury(struct pool *p, const struct corpse *c)
{
	unsigned moved, lost = p->hooks.worker_dead(p->hooks.arg, c->generation, &moved);
	struct ledger *l = book_find(&p->book, c->ledger);

	if (lost > 0)
		log_warn(LOG_RECYCLE, "generation %u is dead: %u call%s lost and hung up",
			 c->generation, lost, lost == 1 ? "" : "s");
	if (!l)
		return;
	l->lost = lost;
	l->moved += moved;
	l->drain_ms = mono_ms(c->switched, loop_now(p->env.loop));
	if (l->result == LEDGER_DRAINING)
		close_ledger(p, l, LEDGER_DONE);
}

void
pool_ledger_call(struct pool *p, const struct slot *s, enum call_cause cause)
{
	struct ledger *l = book_find(&p->book, s->ledger);

	if (!l)
		return;
	if (cause == CALL_CAUSE_CUT)
		l->cut++;
	else
		l->drained++;
}
