/* pool_watch: the one timer of the pool: deadlines, probes, and what rides on them.
 * Part of the room pool; see pool_inner.h.
 * It is set to the next thing that is due and to nothing else: an idle supervisor wakes up once
 * in a probe interval, for the probes of both workers together. */
#include <stdio.h>

#include "ipc/base/log.h"
#include "supervisor/pool_inner.h"

/* When nobody serves, `expected` ends with limits.hold after the start. */
static struct mono
expectation_due(const struct pool *p)
{
	struct mono due = {0};

	for (int i = 0; p->view.expected && i < 2; i++)
		if (p->slot[i].state == RECYCLE_STARTING)
			due = slot_earlier(due,
					   mono_add(p->slot[i].started, p->env.conf->limits.hold));
	return due;
}

static bool
is_over(const struct pool *p)
{
	return p->ending && p->slot[0].state == RECYCLE_EMPTY && p->slot[1].state == RECYCLE_EMPTY;
}

void
pool_watch_arm(struct pool *p)
{
	struct mono now = loop_now(p->env.loop), due = p->next_probe;
	int64_t ms;

	due = slot_earlier(due, slot_due(&p->slot[0]));
	due = slot_earlier(due, slot_due(&p->slot[1]));
	due = slot_earlier(due, expectation_due(p));
	if (is_over(p) || due.ns < now.ns)
		due = now;
	ms = mono_ms(now, due);
	p->armed = due;
	loop_timer_once(p->timer, ms);
}

void
pool_watch_programs(struct pool *p)
{
	for (int i = 0; i < 2; i++) {
		struct slot *s = &p->slot[i];

		if ((s->state != RECYCLE_STANDBY && s->state != RECYCLE_STARTING) || s->stale ||
		    s->pid == 0 || !slot_program_changed(s))
			continue;
		log_notice(LOG_RECYCLE, "slot %c generation %u: %s has changed on disk (%s)",
			   slot_letter(s), s->generation, p->program,
			   recycle_reason_name(REASON_PROGRAM));
		s->stale = true;
	}
}

/* Whether the active worker is due by its age, the clock, its memory or its calls. */
static void
check_schedule(struct pool *p, struct mono now)
{
	struct slot *a = pool_active(p);
	const struct conf *c = p->env.conf;
	struct schedule_facts f = {.now = now, .wall = time(NULL), .last_at = p->last_at};
	enum recycle_reason why;
	char text[LEDGER_TEXT] = "", size[32];

	if (!a)
		return;
	f.served = a->served;
	f.calls = slot_calls(a);
	if (schedule_wants_memory(&a->schedule, c, now)) {
		f.memory = spawn_memory(a->pid);
		f.memory_known = f.memory > 0;
	}
	if (!schedule_check(&a->schedule, c, &f, &why))
		return;
	if (why == REASON_MEMORY)
		snprintf(text, sizeof(text), "more than %s for a while",
			 text_size_print(c->recycle.memory, size, sizeof(size)));
	pool_order_trigger(p, why, text);
}

void
pool_load(const struct pool *p, struct pool_load *ret)
{
	const int active = pool_serving(p);

	*ret = (struct pool_load){0};
	if (active >= 0)
		ret->memory = spawn_memory(p->slot[active].pid);
	for (int i = 0; i < 2; i++) {
		const struct msg_beat *b = &p->slot[i].beat;

		if (!b->mail_owner || !recycle_alive(p->slot[i].state))
			continue;
		ret->owner = true;
		ret->queued = b->mail_queued;
		ret->oldest_s = b->mail_oldest_s;
	}
}

static void
tick(struct pool *p, struct mono now)
{
	int64_t every = p->env.conf->worker.probe_interval;

	p->next_probe = mono_add(p->next_probe, every);
	if (p->next_probe.ns <= now.ns)
		p->next_probe = mono_add(now, every);
	for (int i = 0; i < 2; i++)
		slot_probe(&p->slot[i], now);
	pool_watch_programs(p);
	check_schedule(p, now);
	if (p->hooks.tick)
		p->hooks.tick(p->hooks.changed_arg);
}

/* We slept (a stopped process, a paused machine, a slow callback): the answers that came meanwhile
 * have not been read yet, so nobody is judged before he could speak. */
static void
forgive(struct pool *p, struct mono now)
{
	int64_t late = mono_ms(p->armed, now);

	if (late <= p->env.conf->worker.probe_timeout / 2)
		return;
	log_notice(LOG_POOL, "held up for %d ms: workers are asked again before they are judged",
		   (int)late);
	for (int i = 0; i < 2; i++)
		slot_forgive(&p->slot[i], now, late);
}

static void
on_timer(void *arg)
{
	struct pool *p = arg;
	struct mono now = loop_now(p->env.loop);
	loop_fn *done = p->done;

	if (is_over(p)) {
		p->done = NULL;
		if (done)
			done(p->done_arg);
		return; /* the pool may be gone */
	}
	forgive(p, now);
	for (int i = 0; i < 2; i++)
		slot_tick(&p->slot[i], now);
	if (mono_due(p->next_probe, now))
		tick(p, now);
	pool_settle(p);
}

void
pool_watch_start(struct pool *p)
{
	p->next_probe = mono_add(loop_now(p->env.loop), p->env.conf->worker.probe_interval);
}

struct loop_timer *
pool_watch_timer(struct pool *p)
{
	return loop_timer_new(p->env.loop, "pool", on_timer, p);
}
