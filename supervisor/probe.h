/* probe: a real SIP OPTIONS to a worker's own socket, and what its answer or silence means.
 * Pure: the text to send is written into a buffer, answers and time are arguments.
 * Must not know: sockets, slots, what becomes of a sick worker. */
#ifndef EVERTRUNK_PROBE_H
#define EVERTRUNK_PROBE_H

#include <stdbool.h>
#include <stdint.h>

#include "ipc/base/addr.h"
#include "ipc/base/clock.h"
#include "ipc/base/hash.h"
#include "ipc/base/text.h"
#include "supervisor/scan.h"

/* Our own requests fit into this. */
#define PROBE_TEXT_MAX 2048

/* The two ends of every request of our own. */
struct probe_ends {
	struct addr inner;  /* the supervisor's inner socket: the answers come here */
	struct addr worker; /* the worker's SIP socket */
};

/* A running request is known by its number and by a keyed branch, which nobody can guess. */
struct probe_id {
	uint32_t own; /* Via parameter `own` */
	uint64_t key; /* of the branch */
};
struct probe_id probe_id_make(const struct hash_key *key, uint32_t own);

/* What requests of our own have in common, OPTIONS and the self-test call alike. */
struct probe_head {
	const char *method;
	unsigned branch;       /* a branch for each transaction of the same id: 0, 1, 2 */
	const char *via_param; /* after `own=N`: "" or ";test" */
	struct slice to_tail;  /* what follows "To: <uri>": empty or ";tag=..." */
	uint32_t cseq;
	const char *cseq_method; /* the method, except for an ACK's sake */
};
/* Start line, Via, From, To, Call-ID, CSeq, Max-Forwards, Contact. */
void probe_write_head(struct buf *b, const struct probe_ends *e, struct probe_id id,
		      const struct probe_head *h);
/* Whether the response is to the request `id` with that branch. */
bool probe_matches(const struct sip_msg *m, struct probe_id id, unsigned branch);

/* The watch over one worker. */
struct probe {
	struct probe_id id;
	bool waiting;
	struct mono sent;     /* the request under way */
	unsigned misses;      /* in a row */
	struct mono answered; /* last good answer; 0: never */
};

#define PROBE_MISSES 2 /* so many in a row: the worker is sick */

/* Sends one more: writes the request; the one before, if it waits still, is given up as neither
 * answered nor missed. */
void probe_send(struct probe *p, const struct probe_ends *e, struct probe_id id, struct mono now,
		struct buf *out);
/* An answer.  Any final one below 500 is good: it shows that the user agent lives.  A 5xx or 6xx
 * counts as a miss at once.  What does not answer the request under way is ignored. */
enum probe_verdict { PROBE_IGNORED, PROBE_GOOD, PROBE_BAD };
enum probe_verdict probe_answer(struct probe *p, const struct sip_msg *m, struct mono now);
/* The deadline has passed without an answer. */
void probe_miss(struct probe *p);
static inline bool
probe_sick(const struct probe *p)
{
	return p->misses >= PROBE_MISSES;
}

#endif
