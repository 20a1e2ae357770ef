/* pool_order: the one recycle that is wanted and has not switched yet, and the words about it.
 * Part of the room pool; see pool_inner.h. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ipc/base/log.h"
#include "supervisor/pool_inner.h"

#define SAY      256
/* A trigger whose successor failed asks again so much later; a person may at once. */
#define RETRY_MS (10 * 60 * 1000)

static const char *
plural(unsigned n)
{
	return n == 1 ? "" : "s";
}

/* Takes an order; the caller has seen that there is none. */
static void
take_order(struct pool *p, enum recycle_how how, enum recycle_reason reason, const char *text)
{
	struct slot *a = pool_active(p);
	char words[SAY];
	struct buf b = BUF(words);

	p->order = (struct order){.pending = true, .how = how, .asked = loop_now(p->env.loop)};
	p->order.ledger = (struct ledger){.number = book_number(&p->book),
					  .reason = reason,
					  .asked = time(NULL),
					  .old_slot = a ? slot_letter(a) : '-',
					  .new_slot = '-',
					  .old_generation = a ? a->generation : 0};
	snprintf(p->order.ledger.text, sizeof(p->order.ledger.text), "%s", text ? text : "");
	snprintf(p->order.ledger.pressure, sizeof(p->order.ledger.pressure), "%s", p->pressure);
	p->news = true;
	pool_watch_programs(p);
	book_name(&b, &p->order.ledger);
	if (a)
		log_notice(LOG_RECYCLE, "%s: generation %u in slot %c is to be replaced",
			   buf_cstr(&b), a->generation, slot_letter(a));
	else
		log_notice(LOG_RECYCLE, "%s: nobody serves, a worker is to be started",
			   buf_cstr(&b));
}

bool
pool_order_may_switch(const struct pool *p)
{
	int a = pool_serving(p);

	if (!p->order.pending)
		return false;
	return p->order.how != RECYCLE_WHEN_IDLE || a < 0 || slot_calls(&p->slot[a]) == 0;
}

void
pool_order_switched(struct pool *p, struct slot *old, const struct slot *new)
{
	struct ledger *l = &p->order.ledger;
	struct mono now = loop_now(p->env.loop);

	l->result = LEDGER_DRAINING;
	l->new_generation = new->generation;
	l->new_slot = slot_letter(new);
	l->switch_ms = mono_ms(p->order.asked, now);
	if (old) {
		l->old_generation = old->generation;
		l->old_slot = slot_letter(old);
		old->ledger = l->number;
		old->switched = now;
	}
	book_enter(&p->book, l);
	p->switching = l->number;
	p->order.pending = false;
	p->news = true;
}

void
pool_order_over(struct pool *p, enum ledger_result result, const char *why)
{
	struct ledger *l = &p->order.ledger;
	char words[SAY];
	struct buf b = BUF(words);
	bool triggered = l->reason != REASON_OPERATOR;

	if (!p->order.pending)
		return;
	p->order.pending = false;
	p->news = true;
	book_name(&b, l);
	log_at(LOG_RECYCLE, result == LEDGER_FAILED ? LOG_WARN_ : LOG_NOTICE_, "%s: %s: %s",
	       buf_cstr(&b), ledger_result_name(result), why);
	snprintf(l->text, sizeof(l->text), "%s", why);
	book_enter(&p->book, l);
	book_close(&p->book, book_find(&p->book, l->number), result);
	if (result == LEDGER_FAILED && triggered)
		p->not_before = mono_add(loop_now(p->env.loop), RETRY_MS);
}

/* What stands between the order and its switch. */
static void
obstacle(const struct pool *p, struct buf *out)
{
	int active = pool_serving(p);
	const struct slot *a = active < 0 ? NULL : &p->slot[active];
	const struct slot *o = active < 0 ? NULL : &p->slot[1 - active];
	unsigned calls;

	if (a && p->order.how == RECYCLE_WHEN_IDLE && (calls = slot_calls(a)) > 0) {
		buf_printf(out, "until generation %u has no call (%u now)", a->generation, calls);
		return;
	}
	if (!o) {
		buf_str(out, "for a worker that can be started");
		return;
	}
	switch (o->state) {
	case RECYCLE_DRAINING:
		calls = slot_calls(o);
		buf_printf(out, "for generation %u in slot %c, which drains and has %u call%s left",
			   o->generation, slot_letter(o), calls, plural(calls));
		break;
	case RECYCLE_STOPPING:
		buf_printf(out, "for generation %u in slot %c, which is leaving", o->generation,
			   slot_letter(o));
		break;
	case RECYCLE_STARTING:
		buf_printf(out, "for generation %u in slot %c, which is being started",
			   o->generation, slot_letter(o));
		break;
	case RECYCLE_STANDBY:
		buf_printf(out, "for the self-test call of generation %u in slot %c", o->generation,
			   slot_letter(o));
		break;
	default: buf_printf(out, "for slot %c, which rests", slot_letter(o)); break;
	}
}

void
pool_order_words(const struct pool *p, struct buf *out)
{
	if (!p->order.pending)
		return;
	buf_str(out, "recycle ");
	book_name(out, &p->order.ledger);
	buf_str(out, " waits ");
	obstacle(p, out);
}

/* Copies the words to `say`, cut to its size. */
static void
say_words(const struct pool *p, char say[SAY], const char *before)
{
	char words[2 * SAY];
	struct buf b = BUF(words);

	buf_str(&b, before);
	pool_order_words(p, &b);
	snprintf(say, SAY, "%s", buf_cstr(&b));
}

void
pool_order_trigger(struct pool *p, enum recycle_reason reason, const char *text)
{
	const struct slot *a = pool_active(p);
	enum recycle_state o;

	if (!a || p->order.pending || p->ending)
		return;
	if (mono_set(p->not_before) && !mono_due(p->not_before, loop_now(p->env.loop)))
		return;
	/* it asks again; the one place in the queue is kept for people */
	o = pool_other(p, a)->state;
	if (o == RECYCLE_DRAINING || o == RECYCLE_STOPPING || o == RECYCLE_RESTING)
		return;
	if (reason == REASON_SCHEDULE)
		p->last_at = loop_now(p->env.loop);
	take_order(p, RECYCLE_NORMAL, reason, text);
}

/* Whether the order still has to wait for something that takes time. */
static bool
is_queued(struct pool *p)
{
	const struct slot *a = pool_active(p), *o = a ? pool_other(p, a) : NULL;

	if (!p->order.pending || !o)
		return false;
	return !pool_order_may_switch(p) || o->state == RECYCLE_DRAINING ||
	       o->state == RECYCLE_STOPPING;
}

/* An order meets one that waits: only --now may overtake it. */
static int
meets_another(struct pool *p, enum recycle_how how, char say[SAY], uint32_t *ret_ticket)
{
	if (how != RECYCLE_NOW || p->order.how == RECYCLE_NOW) {
		say_words(p, say, "refused: ");
		return -EBUSY;
	}
	p->order.how = RECYCLE_NOW;
	*ret_ticket = p->order.ledger.number;
	pool_settle(p);
	if (p->order.pending)
		say_words(p, say, "hurried: ");
	else
		pool_recycle_state(p, *ret_ticket, say);
	return is_queued(p) ? 1 : 0;
}

int
pool_recycle(struct pool *p, enum recycle_how how, const char *why, char say[SAY],
	     uint32_t *ret_ticket)
{
	struct slot *a = pool_active(p);

	if (p->ending) {
		snprintf(say, SAY, "refused: the supervisor stops");
		return -EBUSY;
	}
	if (p->order.pending)
		return meets_another(p, how, say, ret_ticket);
	for (int i = 0; i < 2 && !a; i++) {
		if (p->slot[i].state == RECYCLE_STARTING) {
			snprintf(say, SAY,
				 "refused: no worker serves; generation %u is being started",
				 p->slot[i].generation);
			return -EBUSY;
		}
	}
	take_order(p, how, REASON_OPERATOR, why);
	*ret_ticket = p->order.ledger.number;
	pool_settle(p);
	if (p->order.pending)
		say_words(p, say, "");
	else
		pool_recycle_state(p, *ret_ticket, say);
	return is_queued(p) ? 1 : 0;
}

int
pool_recycle_cancel(struct pool *p, char say[SAY])
{
	if (!p->order.pending) {
		snprintf(say, SAY, "no recycle waits: there is nothing to take back");
		return -ENOENT;
	}
	snprintf(say, SAY, "recycle %u is taken back", p->order.ledger.number);
	pool_order_over(p, LEDGER_CANCELLED, "taken back by the operator");
	pool_settle(p);
	return 0;
}

static void
switched_words(const struct ledger *l, unsigned calls, char say[SAY])
{
	char words[2 * SAY];
	struct buf b = BUF(words);

	buf_printf(&b, "recycle %u: generation %u in slot %c is active; %u call%s moved", l->number,
		   l->new_generation, l->new_slot, l->moved, plural(l->moved));
	if (l->result == LEDGER_DRAINING && calls > 0)
		buf_printf(&b, ", generation %u still has %u", l->old_generation, calls);
	else if (l->result == LEDGER_DRAINING)
		buf_printf(&b, ", generation %u has no call left", l->old_generation);
	else if (l->old_generation)
		buf_printf(&b, ", generation %u has left", l->old_generation);
	snprintf(say, SAY, "%s", buf_cstr(&b));
}

int
pool_recycle_state(const struct pool *p, uint32_t ticket, char say[SAY])
{
	const struct ledger *l = book_look(&p->book, ticket);

	if (p->order.pending && p->order.ledger.number == ticket) {
		say_words(p, say, "");
		return 1;
	}
	if (!l) {
		snprintf(say, SAY, "recycle %u is not remembered", ticket);
		return -EIO;
	}
	if (l->result == LEDGER_DRAINING || l->result == LEDGER_DONE) {
		switched_words(l, p->hooks.calls_of(p->hooks.arg, l->old_generation), say);
		return 0;
	}
	snprintf(say, SAY, "recycle %u %s: %s", l->number, ledger_result_name(l->result), l->text);
	return l->result == LEDGER_CANCELLED ? -ECANCELED : -EIO;
}
