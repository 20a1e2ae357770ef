/* pool_inner: what the files of the room pool share.  Only pool*.c include it.
 *
 * pool.c       the door: what others call
 * pool_act.c   carries out the plan and keeps the view
 * pool_order.c the one recycle that is wanted, and what is said about it
 * pool_ledger.c what became of recycles and crashes
 * pool_watch.c the timer: probes, memory, schedule
 * pool_notify.c NOTIFYs that the operator has ordered
 * pool_errand.c the operator's orders about the queue
 * pool_report.c the snapshot */
#ifndef EVERTRUNK_POOL_INNER_H
#define EVERTRUNK_POOL_INNER_H

#include "supervisor/book.h"
#include "supervisor/errand.h"
#include "supervisor/plan.h"
#include "supervisor/pool.h"
#include "supervisor/slot.h"

/* A recycle that has not switched yet. */
struct order {
	bool pending;
	enum recycle_how how;
	struct mono asked;
	struct ledger ledger; /* number, reason, text, asked: entered when it is decided */
};

/* A worker that is dead, whose calls are still to be hung up. */
struct corpse {
	uint32_t generation; /* 0: none */
	uint32_t ledger;
	struct mono switched;
};

enum { POOL_NOTICES = 16, POOL_NOTICE_TEXT = 4 * MESSAGE_WORDS_MAX };

/* A NOTIFY that a worker has been told to send. */
struct pool_notice {
	struct msg_notify order; /* its id is the ticket; 0: none */
	uint32_t generation;     /* who has it; 0: it is over */
	bool moved;              /* its first worker left before there was an answer */
	int result;
	size_t n; /* bytes of text */
	char text[POOL_NOTICE_TEXT];
};

struct pool {
	struct slot_env env;
	struct slot slot[2];
	struct pool_hooks hooks;
	char program[CONF_PATH_MAX];
	struct pool_view view;
	struct order order;
	struct book book;
	uint32_t crash; /* ledger of an active worker that nobody has succeeded yet; 0: none */
	struct mono crashed;
	uint32_t switching;             /* ledger of the switch that is being made */
	char pressure[LEDGER_PRESSURE]; /* what runs short now */
	struct corpse corpse[2];
	struct pool_notice notice[POOL_NOTICES];
	uint32_t last_notice;
	struct errands errands;
	struct loop_timer *timer;
	struct mono armed;      /* what the timer is set to */
	struct mono next_probe; /* of both workers, and everything that rides on it */
	struct mono last_at;    /* when recycle.at last asked */
	struct mono not_before; /* no trigger before: the last one's successor failed */
	bool settling, again;   /* pool_settle() runs; and is to run once more */
	bool news;              /* something to show has changed */
	bool started, ending, ending_now;
	loop_fn *done; /* told when no worker is left */
	void *done_arg;
};

/* --- pool_act.c --- */
/* The index of the slot whose worker is active, or -1; the slot itself, or NULL; its other one. */
int pool_serving(const struct pool *p);
struct slot *pool_active(struct pool *p);
struct slot *pool_other(struct pool *p, const struct slot *s);
/* Whether the worker of this generation lives and has a channel: it may still answer. */
bool pool_reaches(const struct pool *p, uint32_t generation);
/* Decides and acts until there is nothing left to do; sets the timer. */
void pool_settle(struct pool *p);

/* --- pool_order.c --- */
/* Whether it waits for nothing but its successor. */
bool pool_order_may_switch(const struct pool *p);
/* It switched: `old` (NULL: nobody served) has been relieved by `new`; enters the ledger. */
void pool_order_switched(struct pool *p, struct slot *old, const struct slot *new);
/* It ended without a switch. */
void pool_order_over(struct pool *p, enum ledger_result result, const char *why);
/* What it waits for, "" when nothing is wanted. */
void pool_order_words(const struct pool *p, struct buf *out);
/* A trigger's order, unless one of its kind has to wait. */
void pool_order_trigger(struct pool *p, enum recycle_reason reason, const char *text);

/* --- pool_ledger.c --- */
/* The active worker is lost. */
void pool_ledger_crash(struct pool *p, struct slot *s);
/* `new` serves now; before, nobody did. */
void pool_ledger_rescue(struct pool *p, const struct slot *new);
/* The switch is published: `moved` INVITEs went along. */
void pool_ledger_switched(struct pool *p, unsigned moved);
/* A worker has left or died. */
void pool_ledger_bury(struct pool *p, const struct corpse *c);
/* A call ended on a worker that has been relieved. */
void pool_ledger_call(struct pool *p, const struct slot *s, enum call_cause cause);

/* --- pool_notify.c --- */
/* An answer has come. */
void pool_notified(struct pool *p, const struct slot *s, const struct msg_notified *m);
/* What workers that are gone have left undone is given to the active one. */
void pool_notify_move(struct pool *p);

/* --- pool_watch.c --- */
struct loop_timer *pool_watch_timer(struct pool *p);
/* The first probes are sent a probe interval from now. */
void pool_watch_start(struct pool *p);
/* Sets the timer to the next thing that is due. */
void pool_watch_arm(struct pool *p);
/* Marks workers that wait for their turn and whose program has changed. */
void pool_watch_programs(struct pool *p);

#endif
