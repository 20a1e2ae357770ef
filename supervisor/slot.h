/* slot: one slot and the worker in it: carries out what the table in recycle.c says.
 * Owns: the process, its channel, its deadlines, its probe and its self-test call.
 * Must not know: the other slot, orders, ledgers (pool*.c).  Only pool*.c and slot*.c include it.
 *
 * Events come from three sides: the pool (slot_event), the worker (slot_link.c) and time
 * (slot_tick).  After anything that came from the worker env->settle is called, so that the pool
 * decides what follows; a slot never asks for more than its own cell says. */
#ifndef EVERTRUNK_SLOT_H
#define EVERTRUNK_SLOT_H

#include <stdbool.h>
#include <stdint.h>

#include "supervisor/link.h"
#include "supervisor/pool.h"
#include "supervisor/probe.h"
#include "supervisor/recycle.h"
#include "supervisor/schedule.h"
#include "supervisor/selftest.h"
#include "supervisor/spawn.h"

struct slot;

/* Counts over all workers ever. */
struct slot_counts {
	uint64_t starts, start_failures, exits_unexpected;
	uint64_t probes, probe_failures, tests, test_failures, salvaged;
	unsigned failed_in_row; /* starts, since one was admitted */
	struct msg_beat gone;   /* sums of the last reports of workers that have ended */
};

/* What both slots share. */
struct slot_env {
	struct loop *loop;
	const struct conf *conf;
	int mailboxes; /* the sealed table of them (boxes.h), or -1 */
	const char *program;
	const struct pool_hooks *hooks;
	struct hash_key key; /* of the branches of our own requests */
	uint32_t last_own;
	uint32_t last_generation;
	int8_t level[LOG_ROOM_COUNT]; /* log filter set by the operator; -1: as configured */
	struct slot_counts counts;
	void *arg;
	/* A cell has been carried out: `from` is the state before. */
	void (*changed)(void *arg, struct slot *s, enum recycle_state from, enum recycle_event e);
	/* A call of this worker has ended. */
	void (*call_ended)(void *arg, struct slot *s, enum call_cause cause);
	/* A NOTIFY of this worker has been answered. */
	void (*notified)(void *arg, struct slot *s, const struct msg_notified *m);
	/* It answers an order about the queue. */
	void (*said)(void *arg, struct slot *s, const struct msg_said *m);
	/* Look at both slots again. */
	void (*settle)(void *arg);
};

/* How far the leaving of a worker has come. */
enum slot_step { STEP_NONE, STEP_CUT, STEP_STOP, STEP_TERM, STEP_KILL };

struct slot {
	struct slot_env *env;
	unsigned index; /* 0 = A, 1 = B */
	enum recycle_state state;
	struct mono since;    /* in this state */
	struct mono deadline; /* LATE; 0: none */
	struct recycle_tally tally;
	int64_t rest;             /* the rest that begins now */
	char reason[LEDGER_TEXT]; /* why the state is what it is */

	/* The worker; all of it begins anew with SPAWN. */
	uint32_t generation; /* 0: none */
	pid_t pid;
	struct link *link;
	struct link_events events;
	struct fingerprint program;
	struct mono started;
	bool ready;  /* it said so */
	bool stale;  /* what it was started with has changed */
	bool unled;  /* its channel is gone while it serves */
	bool failed; /* we gave it up: its end is a failure, whatever its status */
	enum recycle_reason failed_for;
	char failed_text[LEDGER_TEXT];
	enum slot_step step;
	struct selftest test;
	struct mono tested; /* last passed self-test call; 0: never */
	struct probe probe;
	struct mono heard; /* last BEAT, or its start */
	struct msg_beat beat;
	uint64_t served; /* calls */
	bool has_served; /* it was active once */
	struct schedule schedule;
	/* A worker is over when its process has ended and all it said has been read. */
	bool exited, hung_up;
	int status;
	char stillborn[SPAWN_WORDS]; /* why it could not be started at all; "" it could */
	struct mono half;            /* how long the other half is waited for */
	/* The ledger in which this worker is the old one; 0: none. */
	uint32_t ledger;
	struct mono switched;
};

/* Carries out one cell.  `why` is the end of the log line. */
void slot_event(struct slot *s, enum recycle_event e, const char *why);
/* START with the next generation. */
void slot_start(struct slot *s, const char *why);
/* What its end is to be remembered for; once it is given up (KILL) no later cause counts. */
void slot_failed(struct slot *s, enum recycle_reason reason, const char *why);
/* SICK, with what it is to be remembered for. */
void slot_sick(struct slot *s, enum recycle_reason reason, const char *why);
/* Whether its own deadlines have passed; raises the events that follow. */
void slot_tick(struct slot *s, struct mono now);
/* The earliest of its own deadlines; 0: none. */
struct mono slot_due(const struct slot *s);

char slot_letter(const struct slot *s);
struct addr slot_address(const struct slot *s);
/* Alive and with a bound socket that still takes SIP. */
bool slot_takes_sip(const struct slot *s);
unsigned slot_calls(const struct slot *s);
/* Whether its program file is another one now. */
bool slot_program_changed(const struct slot *s);

/* slot_act.c: carries out one action of the table. */
void slot_act(struct slot *s, enum recycle_action a);

/* slot_watch.c: probe and self-test call. */
void slot_test(struct slot *s);   /* begins a self-test call */
void slot_retest(struct slot *s); /* the same for a standby, with a deadline of its own: */
int64_t slot_retest_limit(const struct slot *s);
void slot_probe(struct slot *s, struct mono now);
/* A response to our request `own`.  true: it was this slot's. */
bool slot_response(struct slot *s, uint32_t own, const struct sip_msg *m);
/* Missed probes and heartbeats, requests to send again. */
void slot_watch(struct slot *s, struct mono now);
struct mono slot_watch_due(const struct slot *s);
/* We were held up for `ms` ourselves: nobody is judged by the time that has passed meanwhile. */
void slot_forgive(struct slot *s, struct mono now, int64_t ms);

/* slot_link.c: what comes from the process. */
void slot_listen(struct slot *s);                   /* fills s->events */
void slot_exited(void *arg, pid_t pid, int status); /* for spawn_worker() */
/* Both halves have ended, or one has been waited for long enough. */
void slot_halves(struct slot *s, struct mono now);

/* The earlier of two moments, of which 0 is none. */
static inline struct mono
slot_earlier(struct mono a, struct mono b)
{
	if (!mono_set(a))
		return b;
	return mono_set(b) && b.ns < a.ns ? b : a;
}

#endif
