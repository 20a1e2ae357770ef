/* slot: see slot.h. */
#include "supervisor/slot.h"

#include <stdio.h>

#include "ipc/base/log.h"

static struct mono
now_of(const struct slot *s)
{
	return loop_now(s->env->loop);
}

char
slot_letter(const struct slot *s)
{
	return s->index == 0 ? 'A' : 'B';
}

struct addr
slot_address(const struct slot *s)
{
	const struct conf *c = s->env->conf;
	struct addr a = c->inner.worker;

	a.port = s->index == 0 ? c->listen.slot_a_port : c->listen.slot_b_port;
	return a;
}

bool
slot_takes_sip(const struct slot *s)
{
	switch (s->state) {
	case RECYCLE_STANDBY:
	case RECYCLE_SERVING:
	case RECYCLE_DRAINING: return true;
	case RECYCLE_STOPPING: return s->step == STEP_CUT;
	default: return false;
	}
}

unsigned
slot_calls(const struct slot *s)
{
	const struct pool_hooks *h = s->env->hooks;

	return s->generation ? h->calls_of(h->arg, s->generation) : 0;
}

bool
slot_program_changed(const struct slot *s)
{
	struct fingerprint now;

	/* a file that is missing cannot be started: what runs is better than nothing */
	return spawn_fingerprint(s->env->program, &now) == 0 && !fingerprint_eq(&now, &s->program);
}

/* --- events --- */

/* The one line of a state change: who, old, new, why. */
static void
tell(const struct slot *s, enum recycle_state from, const char *why)
{
	enum log_level level = LOG_INFO_;

	if (s->state == RECYCLE_RESTING || (s->state == RECYCLE_STOPPING && s->failed))
		level = LOG_WARN_;
	if (s->generation)
		log_at(LOG_RECYCLE, level, "slot %c generation %u: %s -> %s: %s", slot_letter(s),
		       s->generation, recycle_state_name(from), recycle_state_name(s->state), why);
	else
		log_at(LOG_RECYCLE, level, "slot %c: %s -> %s: %s", slot_letter(s),
		       recycle_state_name(from), recycle_state_name(s->state), why);
}

void
slot_event(struct slot *s, enum recycle_event e, const char *why)
{
	struct recycle_cell cell = recycle_step(s->state, e);
	enum recycle_state from = s->state;

	if (!cell.defined) {
		log_err(LOG_RECYCLE,
			"slot %c generation %u: event %s in state %s is our mistake: %s",
			slot_letter(s), s->generation, recycle_event_name(e),
			recycle_state_name(from), why);
		return;
	}
	if (from == RECYCLE_STARTING && cell.next != from && cell.next != RECYCLE_STANDBY &&
	    e != RECYCLE_ON_RETIRE && e != RECYCLE_ON_CUT) {
		s->env->counts.start_failures++;
		s->env->counts.failed_in_row++;
	}
	if (cell.next != from) {
		s->failed = s->failed || cell.action == RECYCLE_DO_KILL;
		s->state = cell.next;
		s->since = now_of(s);
		s->deadline = (struct mono){0};
		snprintf(s->reason, sizeof(s->reason), "%s", why);
		tell(s, from, why);
	}
	slot_act(s, cell.action);
	s->env->changed(s->env->arg, s, from, e);
	if (!recycle_alive(s->state))
		s->generation = 0;
}

void
slot_start(struct slot *s, const char *why)
{
	s->generation = ++s->env->last_generation;
	slot_event(s, RECYCLE_ON_START, why);
}

void
slot_failed(struct slot *s, enum recycle_reason reason, const char *why)
{
	if (s->failed)
		return;
	s->failed_for = reason;
	snprintf(s->failed_text, sizeof(s->failed_text), "%s", why);
}

void
slot_sick(struct slot *s, enum recycle_reason reason, const char *why)
{
	slot_failed(s, reason, why);
	slot_event(s, RECYCLE_ON_SICK, why);
}

/* LATE in words, by state. */
static void
late(struct slot *s)
{
	char why[LEDGER_TEXT], time[32];
	const struct conf *c = s->env->conf;

	why[0] = '\0';
	switch (s->state) {
	case RECYCLE_STARTING:
		text_duration_print(c->worker.start_timeout, time, sizeof(time));
		snprintf(why, sizeof(why), "%s within %s",
			 s->ready ? "self-test call not answered" : "no READY", time);
		s->env->counts.test_failures += s->ready ? 1 : 0;
		break;
	case RECYCLE_STANDBY:
		text_duration_print(slot_retest_limit(s), time, sizeof(time));
		snprintf(why, sizeof(why), "self-test call not answered within %s", time);
		s->env->counts.test_failures++;
		break;
	case RECYCLE_DRAINING:
		text_duration_print(c->recycle.drain, time, sizeof(time));
		snprintf(why, sizeof(why), "recycle.drain (%s) is over", time);
		break;
	case RECYCLE_RESTING: snprintf(why, sizeof(why), "rested"); break;
	default: break;
	}
	if (s->state == RECYCLE_STARTING || s->state == RECYCLE_STANDBY)
		slot_failed(s, REASON_PROBE, why);
	slot_event(s, RECYCLE_ON_LATE, why);
}

void
slot_tick(struct slot *s, struct mono now)
{
	slot_halves(s, now);
	if (mono_due(s->deadline, now))
		late(s);
	slot_watch(s, now);
}

struct mono
slot_due(const struct slot *s)
{
	return slot_earlier(slot_earlier(s->deadline, s->half), slot_watch_due(s));
}
