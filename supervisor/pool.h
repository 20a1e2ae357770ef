/* pool: the two slots and their workers: starts, checks, recycles and buries them.
 * Owns: processes, generations, deadlines, the ledgers; carries out what recycle.c (the pure
 * table) and schedule.c (the pure triggers) decide.
 * Must not know: SIP beyond "the probe passed", doors, trunks, who asked. */
#ifndef EVERTRUNK_POOL_H
#define EVERTRUNK_POOL_H

#include <stdbool.h>
#include <stdint.h>

#include "conf/conf.h"
#include "ipc/base/loop.h"
#include "ipc/messages.h"
#include "supervisor/boxes.h"

struct pool;

/* What the way of a message needs to know about the workers; a value, cheap to read per message
 * (pool_view() returns a pointer to a struct kept up to date). */
struct pool_slot_view {
	uint32_t generation; /* 0: no worker */
	bool takes_sip;      /* alive and bound: SERVING, DRAINING, STANDBY, STOPPING with calls */
	struct addr sip;     /* its SIP socket, e.g. 127.0.0.65:5065 */
};
struct pool_view {
	uint32_t active;     /* generation that gets new calls; 0: none */
	uint8_t active_slot; /* valid when active != 0 */
	bool expected;       /* none active, but one is being started: hold INVITEs */
	bool failing;        /* starts fail again and again: nobody should count on the next */
	bool enabled;        /* false: the operator's drain (no new calls) */
	struct pool_slot_view slot[2];
};

/* What the pool tells the rest and asks it; all called from the loop's thread. */
struct pool_hooks {
	void *arg;
	/* calls (routed or up) that belong to this generation now */
	unsigned (*calls_of)(void *arg, uint32_t generation);
	/* `now` gets new calls from this instant (0: nobody); returns how many held or unanswered
	 * INVITEs were moved to it */
	unsigned (*active_changed)(void *arg, uint32_t before, uint32_t now);
	/* the worker is dead: its unanswered INVITEs move to the active one (*ret_moved), its calls
	 * are hung up towards the PBX; returns how many were lost */
	unsigned (*worker_dead)(void *arg, uint32_t generation, unsigned *ret_moved);
	/* a call's report from a worker (CALL_BEGIN, CALL_END) */
	void (*call_begin)(void *arg, uint32_t generation, const struct msg_call_begin *m);
	void (*call_end)(void *arg, uint32_t generation, const struct msg_call_end *m);
	/* bytes of SIP for a worker's socket (probe, self-test) */
	void (*send_inner)(void *arg, const struct addr *to, const char *p, size_t n);
	/* something to show changed: state line for systemd, status page; gets changed_arg */
	void (*changed)(void *changed_arg);
	/* every worker.probe_interval: what rides on the pool's timer; NULL: nothing */
	void (*tick)(void *changed_arg);
	void *changed_arg;
};

/* Orders of the operator. */
enum recycle_how { RECYCLE_NORMAL, RECYCLE_NOW, RECYCLE_WHEN_IDLE };

/* `conf` stays the caller's and must live until pool_conf() names another.  `program` is the
 * worker's path, already resolved. */
struct pool *pool_new(struct loop *l, const struct conf *conf, const char *program,
		      const struct pool_hooks *hooks);
/* Starts the first worker. */
void pool_start(struct pool *p);
const struct pool_view *pool_view(const struct pool *p);
/* The path of the program that workers started from now on run (it is looked up by pool_new() and
 * after a reload by the caller). */
void pool_program(struct pool *p, const char *program);
/* A new configuration after a reload; `worker_changed`: workers started with the old one are
 * stale: the standby is replaced and the active one recycled with reason "configuration". */
void pool_conf(struct pool *p, const struct conf *conf, bool worker_changed);

/* The mailboxes of workers started from now on, and with `tell` of those that run with the present
 * configuration; the descriptor stays the caller's and must live as `conf` does. */
void pool_mailboxes(struct pool *p, const struct boxes *boxes, bool tell);

/* A recycle asked for.  `why` is the operator's text or a trigger's word; copied.
 * 0: begun; 1: queued (behind a drain, a start, or --when-idle); -EBUSY: refused.  In every case
 * one line for the person is in `say` (room for 256 bytes).  *ret_ticket names the recycle for
 * pool_recycle_state(). */
int pool_recycle(struct pool *p, enum recycle_how how, const char *why, char say[256],
		 uint32_t *ret_ticket);
/* Takes back a recycle that has not switched yet: 0, or -ENOENT with the reason in `say`. */
int pool_recycle_cancel(struct pool *p, char say[256]);
/* How a recycle stands: 1 not switched yet, 0 switched, -ECANCELED, -EIO failed; `say` tells. */
int pool_recycle_state(const struct pool *p, uint32_t ticket, char say[256]);

/* A NOTIFY of waiting messages, sent by the active worker; order->id is set here.  0 and a ticket
 * for pool_notify_state(); -EAGAIN: nobody serves, -EBUSY: too many have no answer yet; `say`
 * tells. */
int pool_notify(struct pool *p, const struct msg_notify *order, char say[256],
		uint32_t *ret_ticket);
/* What became of it: 1 no answer yet, 0 taken, -EIO not; one line for each trunk that was tried,
 * the last one decides. */
int pool_notify_state(const struct pool *p, uint32_t ticket, struct buf *say);

/* An operator's order about the queue of messages ("queue show GUID"), for the active
 * worker: 0 and *ret_ticket for pool_errand_state(), or -EAGAIN: nobody serves; -EBUSY: too many
 * wait; `say` tells. */
int pool_errand(struct pool *p, const char *text, char say[256], uint32_t *ret_ticket);
/* Its answer: 1 none yet; 0 or -errno and in *ret_text all its lines, malloced (NULL: `say`
 * tells), once. */
int pool_errand_state(struct pool *p, uint32_t ticket, char say[256], char **ret_text);

/* What runs short from now on, in words ("disk medium"; "": nothing): for the ledgers. */
void pool_pressure(struct pool *p, const char *words);
/* What the workers hold, as last reported. */
struct pool_load {
	uint64_t memory; /* resident bytes of the active worker; 0: there is none */
	bool owner;      /* somebody has the queue: the next two are known */
	uint32_t queued; /* messages that wait */
	uint32_t oldest_s;
};
void pool_load(const struct pool *p, struct pool_load *ret);
/* The operator's drain and enable. */
void pool_enable(struct pool *p, bool enabled);
/* Calls of `generation` changed (one ended): a draining worker may leave. */
void pool_calls_changed(struct pool *p, uint32_t generation);
/* A response to one of our own requests (probe or self-test), as scanned.  `own` is the value of
 * the parameter `own` in its top Via. */
struct sip_msg;
void pool_response(struct pool *p, uint32_t own, const struct sip_msg *m);
/* Sends every worker its log filter. */
void pool_log_level(struct pool *p, int room, enum log_level level);
/* Begins the end: drains (or cuts, when `now`) and stops both workers; `done` is called when no
 * worker is left. */
void pool_stop(struct pool *p, bool now, loop_fn *done, void *arg);
/* Whether a probe of the active worker was answered within the last two probe intervals. */
bool pool_healthy(const struct pool *p);
/* Fills what the pool knows: slots, waiting and next recycle, ledgers and their sums, starts,
 * probes, sums of the workers' reports; enabled, ready and not_ready as far as workers go. */
struct snapshot;
void pool_report(const struct pool *p, struct snapshot *s);
/* After `done` of pool_stop() (it may be called from inside it), or before pool_start(). */
void pool_free(struct pool *p);

#endif
