/* selftest: the real call that a worker must answer before it gets others: INVITE with an offer,
 * 200 with an answer, ACK, BYE, 200; through the worker's own socket like every call.
 * Pure: texts to send go into a buffer, answers and time are arguments.
 * Must not know: sockets, slots, when a test is made. */
#ifndef EVERTRUNK_SELFTEST_H
#define EVERTRUNK_SELFTEST_H

#include "supervisor/probe.h"

enum selftest_step { SELFTEST_NONE, SELFTEST_INVITED, SELFTEST_LEAVING };

#define SELFTEST_TO_MAX    128
/* Both legs of the inner side are loopback, but a full socket drops all the same. */
#define SELFTEST_RESEND_MS 500

struct selftest {
	enum selftest_step step;
	struct probe_id id;
	struct mono begun;
	struct mono resend;            /* when the request under way is sent again */
	char to_tail[SELFTEST_TO_MAX]; /* ";tag=..." of the 200 */
	size_t to_tail_len;
	int64_t answer_ms; /* INVITE to its 200 */
};

enum selftest_verdict {
	SELFTEST_GO_ON,  /* send what was written, if anything */
	SELFTEST_PASSED, /* the whole call went well */
	SELFTEST_FAILED  /* `why` says how it was answered */
};

/* Begins: writes the INVITE. */
void selftest_begin(struct selftest *t, const struct probe_ends *e, struct probe_id id,
		    struct mono now, struct buf *out);
/* What an answer makes us say: up to two messages, in this order, and the words of a failure. */
struct selftest_says {
	struct buf first, second, why;
};

/* An answer to the test's number.  Writes the ACK and, after a 200, the BYE. */
enum selftest_verdict selftest_answer(struct selftest *t, const struct probe_ends *e,
				      const struct sip_msg *m, struct mono now,
				      struct selftest_says *says);
/* The request under way once more, when it is time; `t->resend` moves on. */
void selftest_resend(struct selftest *t, const struct probe_ends *e, struct mono now,
		     struct buf *out);

#endif
