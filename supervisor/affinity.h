/* affinity: the call table: which generation a call belongs to, from its first INVITE to its end
 * plus 32 s.
 * Owns: the entries, their states and their dialog records, all bounded, nothing allocated after
 * affinity_new().  Pure: time is an argument.  Must not know: SIP text beyond what is stored,
 * sockets, processes.
 * The same table answers `um-ctl calls`, fills the ledger and hangs a dead worker's calls up. */
#ifndef EVERTRUNK_AFFINITY_H
#define EVERTRUNK_AFFINITY_H

#include "ipc/base/clock.h"
#include "ipc/base/hash.h"
#include "ipc/messages.h"
#include "supervisor/way.h"

/* The states of an entry, in the order a call goes through them. */
#define CALL_STATES(X)                                                                    \
	X(FREE, "free")                                                                   \
	X(ROUTED, "routed") /* an INVITE went to a worker that has not reported it yet */ \
	X(UP, "up")         /* the worker said CALL_BEGIN */                              \
	X(ENDED, "ended")   /* CALL_END, a refusal, or a dead worker; 32 s */

enum call_state {
#define X(id, word) CALL_##id,
	CALL_STATES(X)
#undef X
	    CALL_STATE_COUNT
};

enum {
	AFFINITY_ENTRIES = 65536,
	AFFINITY_LINGER_MS = 32000,  /* 64 x T1: as long as anything of the call may be resent */
	AFFINITY_ROUTED_MS = 180000, /* an INVITE nobody reports (RFC 3261 16.6 timer C) */
	AFFINITY_DIALOGS = 8192,     /* answered calls at a time (limits.calls cannot be more) */
	DIALOG_TEXT = 3072,
};

/* What a BYE of ours needs (RFC 3261 12.1.1, seen from our side): strings lie in text[]. */
struct dialog {
	struct slice call_id;
	struct slice local;  /* To of the answer, tag included */
	struct slice remote; /* From of the INVITE */
	struct slice target; /* the peer's Contact URI */
	struct slice routes; /* Record-Route values, each ended by '\n', in the order to use */
	uint32_t local_cseq; /* highest number our side has used */
	char text[DIALOG_TEXT];
	size_t used;
	char caller[MESSAGE_PARTY_MAX];
	char called[MESSAGE_PARTY_MAX];
	uint32_t next_free;
};

struct call {
	uint64_t key;    /* keyed hash of the Call-ID */
	uint64_t invite; /* hash of its first INVITE's transaction */
	uint64_t fork;   /* hash of what all copies of that INVITE have in common */
	struct mono since, expires;
	struct way way;             /* the door and the peer as last seen */
	uint64_t last_out;          /* hash of the last request branch sent towards the PBX */
	uint32_t last_conn;         /* the connection that took it, 0: one yet to be opened */
	uint32_t generation;        /* 0 while held for a worker */
	uint32_t cseq;              /* of the first INVITE */
	uint32_t dialog;            /* index + 1 of its record, 0: none */
	uint16_t trunk;             /* index in the configuration; UINT16_MAX: none */
	uint8_t state;              /* enum call_state */
	bool answered;              /* a 2xx went to the PBX */
	bool counted;               /* CALL_BEGIN was counted as started */
	uint16_t pending;           /* index + 1 of its unanswered INVITE in pending, 0: none */
	uint32_t chain, prev, next; /* indices + 1 of hash chain and state list */
};

struct affinity;

/* NULL when out of memory. */
struct affinity *affinity_new(void);
void affinity_free(struct affinity *a);

/* What stands for a Call-ID in this table (a keyed hash: nobody can aim at a chain). */
uint64_t affinity_key(const struct affinity *a, struct slice call_id);
/* The entry of a key, NULL when there is none. */
struct call *affinity_find(struct affinity *a, uint64_t key);
/* What is known of a call when its entry is made. */
struct affinity_new_call {
	uint64_t key; /* not in the table yet */
	enum call_state state;
	uint32_t generation; /* 0: no worker has it yet */
};
/* A new entry.  When the table is full the oldest entry that is not UP makes room and *ret_evicted
 * is true; NULL when every entry is UP. */
struct call *affinity_add(struct affinity *a, const struct affinity_new_call *is, struct mono now,
			  bool *ret_evicted);
/* Moves an entry on; its deadline follows from the state. */
void affinity_set(struct affinity *a, struct call *c, enum call_state state, uint32_t generation,
		  struct mono now);
/* Forgets what has expired at `now`. */
void affinity_expire(struct affinity *a, struct mono now);
/* When the next entry expires; unset when none will. */
struct mono affinity_next(const struct affinity *a);

/* Calls of a generation that keep a draining worker alive: ROUTED and UP; with generation 0 those
 * of every worker and those that are held for one. */
unsigned affinity_calls(const struct affinity *a, uint32_t generation);
/* Calls UP of a trunk. */
unsigned affinity_trunk_calls(const struct affinity *a, uint16_t trunk);

/* Gives a call its trunk, once known; and after a reload every call its trunk's new index
 * (UINT16_MAX in `map`: the trunk is gone). */
void affinity_trunk(struct affinity *a, struct call *c, uint16_t trunk);
void affinity_trunks_renumber(struct affinity *a, const uint16_t map[CONF_TRUNKS]);

/* Walks UP and ROUTED entries; begin with a zeroed struct.  The entry may be moved to another
 * state before the next call.  NULL: no more. */
struct call_walk {
	uint32_t next;
	unsigned list;
};
struct call *affinity_walk(struct affinity *a, struct call_walk *w);

/* The dialog record of a call: made when there is room (NULL: none left); dropped with the call. */
struct dialog *affinity_dialog(struct affinity *a, struct call *c, bool make);
/* Appends a copy of `s` to the record; an empty slice when it does not fit (then no BYE can be
 * made, and nothing else is lost). */
struct slice dialog_keep(struct dialog *d, struct slice s);
/* Gives a kept field a new value, in its old place when it fits there (a target refresh, RFC 3261
 * 12.2.1.2, may come any number of times).  false: no room, the old value stays. */
bool dialog_replace(struct dialog *d, struct slice *field, struct slice s);

const char *call_state_name(enum call_state s);

#endif
