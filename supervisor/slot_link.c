/* slot_link: what comes from a worker's process: its messages and its end.
 * Part of the room slot; see slot.h.
 *
 * A process that dies ends twice: its channel is shut and its status arrives, in either order.
 * What it said last is still in the channel when the status comes first; and a shut channel alone
 * says that the worker broke it.  So each half is waited for a little when the other has come. */
#include "supervisor/slot.h"

#define OTHER_HALF_MS 200

static void
settle(struct slot *s)
{
	s->env->settle(s->env->arg);
}

static void
on_ready(void *arg, const struct msg_ready *m)
{
	struct slot *s = arg;

	s->ready = true;
	s->heard = loop_now(s->env->loop);
	s->env->counts.salvaged += m->salvaged;
	slot_event(s, RECYCLE_ON_READY, "ready");
	settle(s);
}

static void
on_beat(void *arg, const struct msg_beat *m)
{
	struct slot *s = arg;

	s->heard = loop_now(s->env->loop);
	s->beat = *m;
}

static void
on_call_begin(void *arg, const struct msg_call_begin *m)
{
	struct slot *s = arg;

	s->served++;
	s->env->hooks->call_begin(s->env->hooks->arg, s->generation, m);
}

static void
on_call_end(void *arg, const struct msg_call_end *m)
{
	struct slot *s = arg;

	s->env->call_ended(s->env->arg, s, (enum call_cause)m->cause);
	s->env->hooks->call_end(s->env->hooks->arg, s->generation, m);
	if (s->state != RECYCLE_SERVING) /* it may have been the last one */
		settle(s);
}

static void
on_notified(void *arg, const struct msg_notified *m)
{
	struct slot *s = arg;

	s->env->notified(s->env->arg, s, m);
}

static void
on_said(void *arg, const struct msg_said *m)
{
	struct slot *s = arg;

	s->env->said(s->env->arg, s, m);
}

/* What it had not done yet when it ended. */
static const char *
unfinished(const struct slot *s)
{
	if (s->state != RECYCLE_STARTING || s->stillborn[0])
		return "";
	return s->ready ? " before it answered the self-test call" : " before READY";
}

/* LEFT when it was told to leave, or left a drain with nothing left to do; DIED otherwise. */
static void
over(struct slot *s)
{
	const struct conf *c = s->env->conf;
	char words[SPAWN_WORDS], rest[32], text[LEDGER_TEXT];
	const char *how = s->stillborn[0] ? s->stillborn : spawn_exit_text(s->status, words);
	struct buf why = BUF(text);
	struct mono now = loop_now(s->env->loop);

	if ((s->state == RECYCLE_STOPPING && !s->failed) ||
	    (s->state == RECYCLE_DRAINING && s->status == 0 && slot_calls(s) == 0)) {
		slot_event(s, RECYCLE_ON_LEFT, s->status == 0 ? "left" : how);
		return;
	}
	buf_printf(&why, "%s%s", how, unfinished(s));
	if (s->state != RECYCLE_STOPPING) {
		s->env->counts.exits_unexpected++;
		slot_failed(s, REASON_CRASH, buf_cstr(&why));
	}
	s->rest = recycle_tally_add(&s->tally, now, c->recycle.backoff, c->recycle.backoff_max);
	text_duration_print(s->rest, rest, sizeof(rest));
	if (s->rest)
		buf_printf(&why, "; rests %s", rest);
	slot_event(s, RECYCLE_ON_DIED, buf_cstr(&why));
}

void
slot_halves(struct slot *s, struct mono now)
{
	if (!mono_due(s->half, now))
		return;
	s->half = (struct mono){0};
	if (s->exited)
		over(s);
	else
		slot_event(s, RECYCLE_ON_BROKEN, s->failed_text);
}

static void
wait_for_other_half(struct slot *s, bool both)
{
	struct mono now = loop_now(s->env->loop);

	s->half = mono_add(now, both ? 0 : OTHER_HALF_MS);
	slot_halves(s, now);
	settle(s);
}

static void
on_gone(void *arg, bool closed, const char *why)
{
	struct slot *s = arg;
	char words[LEDGER_TEXT];
	struct buf text = BUF(words);

	s->hung_up = true;
	if (!s->exited) {
		buf_printf(&text, "%s%s", why, unfinished(s));
		slot_failed(s, REASON_PROTOCOL, buf_cstr(&text));
	}
	/* nonsense is no sign of an end: nothing is waited for */
	wait_for_other_half(s, !closed || s->exited);
}

void
slot_exited(void *arg, pid_t pid, int status)
{
	struct slot *s = arg;

	(void)pid;
	s->exited = true;
	s->status = status;
	wait_for_other_half(s, s->hung_up);
}

void
slot_listen(struct slot *s)
{
	s->events = (struct link_events){.arg = s,
					 .ready = on_ready,
					 .beat = on_beat,
					 .call_begin = on_call_begin,
					 .call_end = on_call_end,
					 .notified = on_notified,
					 .said = on_said,
					 .gone = on_gone};
}
