/* flow_room: what the files of flow share: flow.c (messages from trunks), flow_worker.c (messages
 * from workers), flow_answer.c (answers of our own), flow_out.c (where requests of our side go),
 * flow_tls.c (whose a connection is), flow_trunk.c (what trunks turn out to be), flow_call.c
 * (calls: begun, held, answered, ended), flow_redirect.c (calls that get a 302), flow_move.c (what
 * workers and time do to calls), flow_report.c, and flow_build.c (how it all comes and goes). */
#ifndef EVERTRUNK_FLOW_ROOM_H
#define EVERTRUNK_FLOW_ROOM_H

#include "supervisor/affinity.h"
#include "supervisor/counters.h"
#include "supervisor/flow.h"
#include "supervisor/outbox.h"
#include "supervisor/pending.h"
#include "supervisor/reach.h"
#include "supervisor/recall.h"
#include "supervisor/redirected.h"
#include "supervisor/reply.h"
#include "supervisor/route.h"
#include "supervisor/trunk.h"
#include "supervisor/trunk_file.h"
#include "supervisor/via.h"

enum { PENDING_ITEMS = 4096 }; /* more than limits.pending can be, and BYEs */

struct flow {
	struct loop *loop;
	const struct conf *conf;
	struct pool *pool;
	struct doors *doors;
	struct streams *streams;
	struct outbox *outbox;
	struct affinity *affinity;
	struct redirected redirected;
	struct recall recall;
	char recalled[PENDING_BYTES]; /* the INVITE in hand with what was recalled of it */
	struct pending *pending;
	struct trunks trunks;
	struct trunk_file *learned;
	struct reach reach;
	struct hash_key key; /* seals, branches, tags: for this supervisor's life */
	struct addr inner;
	char inner_text[ADDR_TEXT_MAX]; /* the same, for the Vias that we push */
	struct slice inner_slice;
	struct door_spec door[CONF_DOORS];
	size_t ndoor;
	struct loop_timer *tick; /* runs only while something waits for time */
	bool ticking;
	bool redirect_open; /* a 302 waits for being followed */
	bool pressed;       /* something runs short: new calls are refused */
	/* one log line per refusal, at most so many a second */
	struct mono refusals_from;
	unsigned refusals, refusals_hidden;
};

/* A request in hand. */
struct flow_in {
	const struct way *from;
	const struct sip_msg *m;
	struct trunk *k; /* whose it is; NULL: a stranger's */
	struct call *c;  /* of its Call-ID; NULL: none */
};

/* What the doors tell (door.h): a message, and the end of a batch. */
void flow_message(void *arg, const struct way *from, enum scan_result scanned, struct sip_msg *m);
void flow_batch(void *arg);
/* One message from trunk `k` (NULL: a stranger), `late`: held INVITE whose time is up. */
void flow_request(struct flow *f, const struct way *from, const struct sip_msg *m, struct trunk *k,
		  bool late);
/* Something now waits for time: the tick must run. */
void flow_wake(struct flow *f);
/* Sends our own answer to `m`, which came by `from`. */
void flow_answer(struct flow *f, const struct way *from, const struct sip_msg *m,
		 const struct reply *r);
void flow_count_response(unsigned status);
/* Where the answer to `m`, which came by `from`, goes. */
struct way flow_way_back(struct flow *f, const struct sip_msg *m, const struct way *from);
/* The request `m` of trunk `k` (NULL: gone by a reload) to a worker; 0, or -ENOENT when that is
 * gone. */
int flow_forward(struct flow *f, const struct way *from, const struct sip_msg *m,
		 const struct trunk *k, uint32_t generation);
const struct pool_slot_view *flow_slot(const struct flow *f, uint32_t generation);
/* The way to the worker of a slot of pool_view(), for a message that came by transport `outer`:
 * over a stream what came over a stream, so that reliable stays reliable, and what a datagram may
 * lose is sent again by those whose timers run for it. */
struct way flow_way_in(const struct flow *f, const struct pool_slot_view *slot, uint8_t outer);
/* "10.1.2.3:5060/udp at 5060" for the log. */
const char *flow_way_text(const struct flow *f, const struct way *w, char out[128]);

/* flow_tls.c.  The trunk of what came by `from`: by the name of its TLS connection, else by its
 * source address; NULL: a stranger. */
struct trunk *flow_trunk(struct flow *f, const struct way *from);

/* flow_answer.c.  Whether one more refusal may be logged in this second. */
bool flow_refusal_line(struct flow *f);
/* The tag that our side of an answered call has: a late CANCEL is answered with it, because some
 * peers adopt the tag of any answer.  Empty: the call has no dialog. */
struct slice flow_dialog_tag(struct flow *f, struct call *c);
/* Gives `m` of call `c` (NULL: none) the answer that verdict `v` says, and counts and logs it. */
void flow_answer_verdict(struct flow *f, const struct way *from, const struct sip_msg *m,
			 struct call *c, const struct verdict *v);

/* flow_redirect.c: what an INVITE may be known by when it comes again, and which redirected call it
 * is; of anything else of a redirected call, that call. */
struct flow_again {
	struct redirected_invite id;
	struct redirected_call *was; /* NULL: none */
	enum likeness like;
	struct sip_uri uri; /* its Request-URI */
	bool uri_ok;        /* that could be read */
	bool names_slot;    /* with the port of a slot's door */
	bool aimed;         /* with the mailbox (RFC 4458) */
	bool anonymous;     /* the caller */
};
/* Fills `a`, whose id.key the caller has set, and what `in` asks about it.  Of what cannot be a
 * redirected call (a stranger's, a proxied trunk's, a worker's) only a->was and a->names_slot. */
void flow_look_back(struct flow *f, const struct trunk *k, struct route_in *in,
		    struct flow_again *a);
void flow_redirect(struct flow *f, const struct way *from, const struct sip_msg *m, struct trunk *k,
		   const struct flow_again *a);
/* What the message in->m of `k` tells of the 302 that its call got. */
void flow_judge(struct flow *f, const struct route_in *in, const struct flow_again *a,
		struct trunk *k);
/* 302s whose time to be followed is up at `now`. */
void flow_judge_overdue(struct flow *f, struct mono now);
/* Says and keeps what a trunk has just been learned to be. */
void flow_taught(struct flow *f, struct trunk *k);
/* *ret is in->m, if verdict `v` gives it to a worker, with what its redirected INVITE said of its
 * diversion; false: nothing to add.  Valid until the next call. */
bool flow_recall(struct flow *f, const struct route_in *in, const struct verdict *v,
		 const struct flow_again *a, struct sip_msg *ret);

/* flow_worker.c */
void flow_from_worker(struct flow *f, const struct way *from, const struct sip_msg *m);
void flow_trunk_response(struct flow *f, const struct way *from, const struct sip_msg *m);

/* flow_out.c.  Where a request of our side goes that belongs to call `c`: by the call's door and
 * connection to the address that `hop` names; by the call's own way when that names none that can
 * be reached.  0 or -EHOSTUNREACH. */
struct hop;
int flow_way_out(struct flow *f, const struct call *c, const struct hop *hop, struct way *ret);
/* Where one goes that belongs to none: by the service door (chan_sip knows a peer by that port) of
 * the address that routes there.  *ret_trunk: whose it is, NULL: nobody's, in a dialog that we do
 * not know.  0 or -EHOSTUNREACH. */
int flow_way_outside(struct flow *f, const struct sip_msg *m, const struct hop *hop,
		     struct way *ret, struct trunk **ret_trunk);
/* The connection for a request of call `c` that goes there, 0: a new one. */
uint32_t flow_connection(struct flow *f, const struct call *c, const struct way *to);
/* The door as the peer of `c` (NULL: no call) is to see it in our Via: at the external_address of
 * its trunk, if it has one. */
struct door_spec flow_door_shown(struct flow *f, uint16_t door, const struct call *c);

/* flow_trunk.c: looks at a request that may say what kind of system its trunk is. */
void flow_look(struct flow *f, struct trunk *k, const struct sip_msg *m);
/* door_plan.closed */
bool flow_closed(void *arg, const struct addr *source);

/* flow_call.c */
/* Gives the INVITE `in` to the worker that verdict `v` names. */
void flow_begin(struct flow *f, const struct flow_in *in, const struct verdict *v);
/* Keeps it until there is a worker. */
void flow_hold(struct flow *f, const struct flow_in *in);
void flow_unhold(struct flow *f, struct call *c);
void flow_drop_pending(struct flow *f, struct call *c);
/* The message of a pending INVITE, scanned again; false: it cannot be (never: it was before). */
bool flow_rescan(const struct pending_item *i, struct sip_msg *m);
/* The call is over: leaves the worker's count. */
void flow_end(struct flow *f, struct call *c);
/* Its worker has it, or had: it counts as started. */
void flow_count_started(struct flow *f, struct call *c);
void flow_keep_answer(struct flow *f, struct call *c, const struct sip_msg *m);
/* What all copies of an INVITE have in common, by whichever way they came (RFC 3261 8.2.2.2),
 * beyond their Call-ID. */
uint64_t flow_fork(const struct flow *f, const struct sip_msg *m);
void flow_keep_target(struct flow *f, struct call *c, const struct sip_msg *m);
uint64_t flow_hash(const struct flow *f, struct slice s);
/* The trunk of a call, NULL: it has none, or a reload took it away. */
struct trunk *flow_trunk_of(struct flow *f, const struct call *c);
/* The call of a Call-ID, NULL: none. */
struct call *flow_find(struct flow *f, struct slice call_id);
/* An entry for a Call-ID that is not in the table; NULL (counted) when it is full. */
struct call *flow_enter(struct flow *f, struct slice call_id, enum call_state state,
			uint32_t generation);
/* pool's hooks */
void flow_send_inner(void *arg, const struct addr *to, const char *p, size_t n);
unsigned flow_calls_of(void *arg, uint32_t generation);
unsigned flow_active_changed(void *arg, uint32_t before, uint32_t now);
unsigned flow_worker_dead(void *arg, uint32_t generation, unsigned *ret_moved);
void flow_call_begin(void *arg, uint32_t generation, const struct msg_call_begin *b);
void flow_call_end(void *arg, uint32_t generation, const struct msg_call_end *e);
/* What time does: resends, held INVITEs, expiry. */
void flow_tick(void *arg);

#endif
