/* snapshot: everything a person or a monitor may ask about, as one value.
 * Filled by the rooms that know (pool_report, flow_report), printed by report.c: um-ctl's text,
 * its JSON and the metrics are three printers over this one struct. */
#ifndef EVERTRUNK_SNAPSHOT_H
#define EVERTRUNK_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "conf/conf.h"
#include "supervisor/ledger.h"
#include "supervisor/pressure.h"
#include "supervisor/tls_report.h"

#define SNAPSHOT_WHY 192

struct snapshot_slot {
	char letter; /* 'A', 'B' */
	uint16_t port;
	uint32_t generation; /* 0: empty */
	int pid;
	const char *state;             /* recycle_state_name() */
	int64_t age_ms;                /* since the worker was started */
	unsigned calls;                /* now */
	uint64_t served;               /* calls since its start */
	uint64_t memory;               /* resident bytes */
	char last_reason[LEDGER_TEXT]; /* why the slot is as it is */
	int64_t probe_age_ms;          /* since the last answered probe; -1: never */
	int64_t test_age_ms;           /* since the last passed self-test call; -1: never */
};

/* The queue of messages, as the worker that owns it told last. */
struct snapshot_mail {
	bool on;                    /* mail.delivery is not off */
	bool owner;                 /* a worker has it; the next five are known only then */
	uint32_t queued;            /* wait */
	uint32_t bad;               /* set aside */
	uint32_t shadow;            /* delivered, copies kept */
	uint32_t oldest_s;          /* age of what waits longest */
	bool deaf;                  /* mail.reports cannot be read */
	uint64_t delivered, failed; /* by all workers; tries that failed */
	/* of what a mail server took: arrived; sent again; never confirmed; did not arrive */
	uint64_t confirmed, again, unconfirmed, bounced;
};

/* Of mailbox owners, by all workers ever. */
struct snapshot_logons {
	uint64_t right, wrong, locked;
};

/* What callers did, by all workers ever. */
struct snapshot_answered {
	uint64_t escapes_star, escapes_zero; /* callers who asked for the operator */
	uint64_t missed_calls;               /* notices */
	uint64_t important, private_;        /* messages marked so */
};

/* Message waiting lamps. */
struct snapshot_mwi {
	uint32_t lamps;                  /* looked after now */
	uint32_t waiting;                /* of these, to be told of something */
	uint64_t taken, refused, failed; /* NOTIFYs, by all workers */
};

/* The server whose mailboxes the lamps follow (imap.host). */
struct snapshot_imap {
	bool on;                        /* there is one */
	bool known;                     /* a worker has looked; else the next two say nothing */
	bool up;                        /* it can be looked into */
	uint32_t unreadable;            /* mailboxes of its that cannot */
	uint64_t seen, refused, failed; /* looks, by all workers */
};

struct snapshot_trunk {
	const struct trunk_conf *conf; /* its settings as they are in force */
	const struct trunk_conf *said; /* as the configuration has them */
	enum profile profile;          /* in force; never PROFILE_AUTO */
	bool recognised;               /* it was found out, by: */
	char evidence[SNAPSHOT_WHY];   /* of a trunk not recognised: what it calls itself */
	time_t recognised_at;
	enum trunk_mode mode_now;      /* REDIRECT or PROXY: what a plain INVITE gets */
	char why[SNAPSHOT_WHY];        /* "configured", "302 not followed at 2026-..." */
	time_t last_seen;              /* 0: never */
	enum transport last_transport; /* of what was seen last */
	unsigned calls;                /* now */
	uint64_t started, failures, refused, redirects;
};

struct snapshot_call {
	char call_id[256];
	uint32_t generation;
	const char *state; /* "routed", "up", "ending" */
	const char *trunk;
	char caller[64], called[64];
	int64_t age_ms;
	struct door_spec door;
};

struct snapshot {
	const char *version;
	time_t wall;
	int64_t uptime_ms;
	bool enabled;           /* new calls are taken */
	bool ready;             /* a call would be answered now: probed */
	const char *not_ready;  /* why not, when !ready */
	int64_t probe_limit_ms; /* an answered probe older than this is a failure */
	uint32_t active_generation;
	struct snapshot_slot slot[2];
	char waiting[LEDGER_TEXT]; /* the recycle that waits, and for what; "" none */
	time_t next_recycle;       /* 0: none scheduled */
	char next_reason[LEDGER_TEXT];
	unsigned starts_failed_in_row;
	unsigned calls_active;
	unsigned invites_pending;
	unsigned connections;
	bool mailbox_file; /* there is one */
	uint32_t mailboxes;
	uint64_t recycles[REASON_COUNT][LEDGER_RESULT_COUNT];
	uint64_t recycle_calls_moved, recycle_calls_drained, recycle_calls_cut, recycle_calls_lost;
	uint64_t worker_starts, worker_start_failures, worker_exits_unexpected;
	uint64_t probes, probe_failures, tests, test_failures;
	/* sums over all workers ever (from BEAT) */
	uint64_t rtp_received, rtp_sent, rtp_lost, rtp_late_ticks, rtp_worst_us, digits;
	uint64_t recordings, recording_errors, salvaged, srtp_refused;
	struct snapshot_mail mail;
	struct snapshot_mwi mwi;
	struct snapshot_imap imap;
	struct snapshot_logons logons;
	struct snapshot_answered answered;
	struct pressure pressure;
	struct tls_report tls;
	int64_t tls_expiry_warning_ms;
	size_t nledger; /* newest first */
	struct ledger ledger[LEDGER_KEPT];
	size_t ntrunk;
	struct snapshot_trunk *trunk; /* malloced; snapshot_free() */
	size_t ncall;
	struct snapshot_call *call; /* malloced; filled only when asked for */
};

/* NULL: there is none of that name. */
const struct snapshot_trunk *snapshot_trunk_find(const struct snapshot *s, const char *name);
/* Frees what `s` points to, not `s`; fine on a zeroed one and twice. */
void snapshot_free(struct snapshot *s);

#endif
