/* pool: see pool.h and pool_inner.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ipc/base/log.h"
#include "supervisor/pool_inner.h"

/* --- what the slots tell --- */

static void
on_changed(void *arg, struct slot *s, enum recycle_state from, enum recycle_event e)
{
	struct pool *p = arg;
	bool given_up = s->failed || s->state == RECYCLE_RESTING;

	p->news = p->news || s->state != from;
	if (s->state != from && given_up) {
		if (from == RECYCLE_SERVING)
			pool_ledger_crash(p, s);
		else if ((from == RECYCLE_STARTING || from == RECYCLE_STANDBY) &&
			 pool_order_may_switch(p))
			pool_order_over(p, LEDGER_FAILED, s->failed_text);
	}
	if ((e == RECYCLE_ON_LEFT || e == RECYCLE_ON_DIED) && s->has_served)
		p->corpse[s->index] = (struct corpse){s->generation, s->ledger, s->switched};
}

static void
on_call_ended(void *arg, struct slot *s, enum call_cause cause)
{
	pool_ledger_call(arg, s, cause);
}

static void
on_notified(void *arg, struct slot *s, const struct msg_notified *m)
{
	pool_notified(arg, s, m);
}

static void
on_said(void *arg, struct slot *s, const struct msg_said *m)
{
	struct pool *p = arg;

	errand_said(&p->errands, s->generation, m);
	p->hooks.changed(p->hooks.changed_arg);
}

static void
on_settle(void *arg)
{
	pool_settle(arg);
}

/* --- the door --- */

struct pool *
pool_new(struct loop *l, const struct conf *conf, const char *program,
	 const struct pool_hooks *hooks)
{
	struct pool *p = calloc(1, sizeof(*p));

	if (!p)
		log_fatal(LOG_POOL, "out of memory");
	p->hooks = *hooks;
	p->env = (struct slot_env){.loop = l,
				   .conf = conf,
				   .mailboxes = -1,
				   .program = p->program,
				   .hooks = &p->hooks,
				   .key = hash_key_random(),
				   .arg = p,
				   .changed = on_changed,
				   .call_ended = on_call_ended,
				   .notified = on_notified,
				   .said = on_said,
				   .settle = on_settle};
	memset(p->env.level, -1, sizeof(p->env.level));
	pool_program(p, program);
	for (unsigned i = 0; i < 2; i++) {
		p->slot[i].env = &p->env;
		p->slot[i].index = i;
	}
	p->view.enabled = true;
	p->timer = pool_watch_timer(p);
	return p;
}

void
pool_start(struct pool *p)
{
	p->started = true;
	pool_watch_start(p);
	pool_settle(p);
}

const struct pool_view *
pool_view(const struct pool *p)
{
	return &p->view;
}

void
pool_program(struct pool *p, const char *program)
{
	snprintf(p->program, sizeof(p->program), "%s", program);
}

void
pool_conf(struct pool *p, const struct conf *conf, bool worker_changed)
{
	p->env.conf = conf;
	for (int i = 0; worker_changed && i < 2; i++)
		if (recycle_alive(p->slot[i].state))
			p->slot[i].stale = true;
	pool_settle(p);
}

void
pool_mailboxes(struct pool *p, const struct boxes *boxes, bool tell)
{
	p->env.mailboxes = boxes->fd;
	for (int i = 0; tell && i < 2; i++)
		if (p->slot[i].link && !p->slot[i].stale)
			link_mailboxes(p->slot[i].link, boxes->fd, boxes->bytes);
}

void
pool_enable(struct pool *p, bool enabled)
{
	p->view.enabled = enabled;
	p->news = true;
	pool_settle(p);
}

void
pool_calls_changed(struct pool *p, uint32_t generation)
{
	for (int i = 0; i < 2; i++) {
		const struct slot *s = &p->slot[i];
		bool waits = s->state == RECYCLE_DRAINING || s->state == RECYCLE_STOPPING ||
			     (p->order.pending && p->order.how == RECYCLE_WHEN_IDLE);

		if (s->generation == generation && generation != 0 && waits)
			pool_settle(p);
	}
}

void
pool_response(struct pool *p, uint32_t own, const struct sip_msg *m)
{
	for (int i = 0; i < 2; i++) {
		if (slot_response(&p->slot[i], own, m)) {
			pool_settle(p);
			return;
		}
	}
}

void
pool_log_level(struct pool *p, int room, enum log_level level)
{
	for (int r = 0; r < LOG_ROOM_COUNT; r++)
		if (room < 0 || room == r)
			p->env.level[r] = (int8_t)level;
	for (int i = 0; i < 2; i++)
		if (p->slot[i].link)
			link_level(p->slot[i].link, room, level);
}

void
pool_stop(struct pool *p, bool now, loop_fn *done, void *arg)
{
	p->done = done;
	p->done_arg = arg;
	p->ending = true;
	p->ending_now = p->ending_now || now;
	p->started = true;
	pool_order_over(p, LEDGER_CANCELLED, "the supervisor stops");
	pool_settle(p);
}

bool
pool_healthy(const struct pool *p)
{
	const struct slot *s = &p->slot[p->view.active_slot];
	struct mono now = loop_now(p->env.loop);

	return p->view.active != 0 && mono_set(s->probe.answered) &&
	       mono_ms(s->probe.answered, now) <= 2 * p->env.conf->worker.probe_interval;
}

void
pool_free(struct pool *p)
{
	if (!p)
		return;
	loop_timer_free(p->timer);
	for (int i = 0; i < 2; i++)
		link_free(p->slot[i].link);
	errand_free(&p->errands);
	free(p);
}
