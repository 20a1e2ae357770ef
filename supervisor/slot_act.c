/* slot_act: what the actions of recycle.c are, one short function each.
 * Part of the room slot; see slot.h. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "ipc/base/log.h"
#include "supervisor/beat_sums.h"
#include "supervisor/slot.h"

static void
deadline_in(struct slot *s, int64_t ms)
{
	s->deadline = mono_add(loop_now(s->env->loop), ms);
}

static void
do_nothing(struct slot *s)
{
	(void)s;
}

/* The worker's part of the struct as before its start; what belongs to the slot stays. */
static void
begin_anew(struct slot *s)
{
	struct slot fresh = {
	    .env = s->env,
	    .index = s->index,
	    .state = s->state,
	    .since = s->since,
	    .tally = s->tally,
	    .generation = s->generation,
	    .started = loop_now(s->env->loop),
	    .heard = loop_now(s->env->loop),
	};

	memcpy(fresh.reason, s->reason, sizeof(fresh.reason));
	*s = fresh;
	slot_listen(s);
}

static void
tell_levels(struct slot *s)
{
	for (int room = 0; room < LOG_ROOM_COUNT; room++)
		if (s->env->level[room] >= 0)
			link_level(s->link, room, (enum log_level)s->env->level[room]);
}

/* It ended before it began: told by the next tick, like every other end. */
static void
stillborn(struct slot *s, int rc)
{
	snprintf(s->stillborn, sizeof(s->stillborn), "%s cannot be started: %s", s->env->program,
		 strerror(-rc));
	s->exited = s->hung_up = true;
	s->half = loop_now(s->env->loop);
}

static void
do_spawn(struct slot *s)
{
	struct spawn how = {.program = s->env->program,
			    .conf = s->env->conf,
			    .mailboxes = s->env->mailboxes,
			    .slot = slot_letter(s),
			    .generation = s->generation,
			    .exited = slot_exited,
			    .arg = s};
	struct link_worker who = {.generation = s->generation, .slot = s->index};
	struct spawned new;
	int rc;

	begin_anew(s);
	s->env->counts.starts++;
	deadline_in(s, s->env->conf->worker.start_timeout);
	rc = spawn_worker(s->env->loop, &how, &new);
	if (rc < 0) {
		stillborn(s, rc);
		return;
	}
	s->program = new.program;
	s->pid = who.pid = new.pid;
	s->link = link_new(s->env->loop, new.channel, &who, &s->events);
	if (s->link)
		tell_levels(s);
	else
		s->hung_up = true; /* no memory: start_timeout ends it */
}

static void
do_admit(struct slot *s)
{
	s->tested = s->probe.answered = loop_now(s->env->loop);
	s->deadline = (struct mono){0};
	s->env->counts.failed_in_row = 0;
}

static void
do_serve(struct slot *s)
{
	uint64_t random = 0;

	s->has_served = true;
	if (getrandom(&random, sizeof(random), GRND_NONBLOCK) < 0)
		random = hash64(&s->env->key, &s->generation, sizeof(s->generation));
	schedule_begin(&s->schedule, s->env->conf, loop_now(s->env->loop), random);
	if (s->link)
		link_own(s->link, true);
}

static void
do_replace(struct slot *s)
{
	s->unled = true; /* the pool sees it and orders */
}

static void
do_drain(struct slot *s)
{
	deadline_in(s, s->env->conf->recycle.drain);
	if (!s->link)
		return;
	link_own(s->link, false);
	link_drain(s->link, s->env->conf->recycle.drain);
}

static void
do_term(struct slot *s)
{
	s->step = STEP_TERM;
	spawn_signal(s->pid, SIGTERM);
}

static void
do_stop(struct slot *s)
{
	if (s->step >= STEP_STOP)
		return;
	deadline_in(s, s->env->conf->worker.stop_grace);
	s->step = STEP_STOP;
	if (s->hung_up || !s->link) {
		do_term(s);
		return;
	}
	link_stop(s->link);
}

static void
do_cut(struct slot *s)
{
	deadline_in(s, s->env->conf->worker.stop_grace);
	s->step = STEP_CUT;
	if (s->link)
		link_cut(s->link);
}

static void
do_kill(struct slot *s)
{
	deadline_in(s, s->env->conf->worker.stop_grace);
	s->step = STEP_KILL;
	s->failed = true;
	spawn_signal(s->pid, SIGKILL);
}

static void
do_escalate(struct slot *s)
{
	static const char *const what[] = {[STEP_CUT] = "has calls left after the hang-up: STOP",
					   [STEP_STOP] = "does not leave: SIGTERM",
					   [STEP_TERM] = "does not leave: SIGKILL",
					   [STEP_KILL] = "does not even die: SIGKILL again"};

	log_warn(LOG_RECYCLE, "slot %c generation %u: %s", slot_letter(s), s->generation,
		 what[s->step]);
	if (s->step == STEP_CUT) {
		do_stop(s);
		return;
	}
	deadline_in(s, s->env->conf->worker.stop_grace);
	if (s->step == STEP_STOP) {
		do_term(s);
		return;
	}
	s->step = STEP_KILL;
	spawn_signal(s->pid, SIGKILL);
}

static void
do_bury(struct slot *s)
{
	struct msg_beat *sum = &s->env->counts.gone;

	/* what it may have started dies with it */
	spawn_signal(s->pid, SIGKILL);
	link_free(s->link);
	s->link = NULL;
#define X(counted, sum_of) sum->counted += s->beat.counted;
	BEAT_SUMS(X)
#undef X
	if (sum->rtp_worst_us < s->beat.rtp_worst_us)
		sum->rtp_worst_us = s->beat.rtp_worst_us;
	s->beat = (struct msg_beat){0};
	s->exited = s->hung_up = false;
	s->half = (struct mono){0};
	s->pid = 0;
}

static void
do_rest(struct slot *s)
{
	do_bury(s);
	deadline_in(s, s->rest);
}

static void (*const actions[RECYCLE_ACTION_COUNT])(struct slot *s) = {
    [RECYCLE_DO_NOTHING] = do_nothing, [RECYCLE_DO_SPAWN] = do_spawn,
    [RECYCLE_DO_TEST] = slot_test,     [RECYCLE_DO_ADMIT] = do_admit,
    [RECYCLE_DO_SERVE] = do_serve,     [RECYCLE_DO_REPLACE] = do_replace,
    [RECYCLE_DO_DRAIN] = do_drain,     [RECYCLE_DO_CUT] = do_cut,
    [RECYCLE_DO_STOP] = do_stop,       [RECYCLE_DO_ESCALATE] = do_escalate,
    [RECYCLE_DO_KILL] = do_kill,       [RECYCLE_DO_BURY] = do_bury,
    [RECYCLE_DO_REST] = do_rest,       [RECYCLE_DO_FORGET] = do_nothing,
};

void
slot_act(struct slot *s, enum recycle_action a)
{
	actions[a](s);
}
