/* errand: orders that a worker has been given and that it answers in pieces.
 * Owns: which wait, their deadlines, the pieces.  Must not know: channels, what an order says. */
#ifndef EVERTRUNK_ERRAND_H
#define EVERTRUNK_ERRAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ipc/base/clock.h"
#include "ipc/messages.h"

enum { ERRANDS = 16, ERRAND_TEXT_MAX = 256 * 1024, ERRAND_LIMIT_MS = 10000 };
enum { ERRAND_TEST_MS = 300000 }; /* "test-mail": a mail server that is slow or hangs */

struct errand {
	uint32_t id; /* 0: none */
	uint32_t generation;
	struct mono deadline;
	bool over;
	int status;
	char *text; /* NUL-terminated; NULL: nothing yet */
	size_t n;
};

struct errands {
	struct errand one[ERRANDS];
	uint32_t last;
};

/* A new one for worker `generation`, to be answered within `limit_ms`, or NULL: ERRANDS wait
 * already. */
struct errand *errand_begin(struct errands *e, uint32_t generation, struct mono now,
			    int64_t limit_ms);
/* A piece of an answer; one that nobody waits for is dropped. */
void errand_said(struct errands *e, uint32_t generation, const struct msg_said *m);
/* How it stands: 1 not yet; else it is over and forgotten: 0 or -errno and *ret_text (the caller's
 * to free; may be NULL), -ETIMEDOUT, -ENOENT: it is not known.  `there`: whether its worker still
 * lives; without it the errand is over with -EPIPE. */
int errand_state(struct errands *e, uint32_t id, bool there, struct mono now, char **ret_text);
/* Whose it is; 0: nobody's. */
uint32_t errand_worker(const struct errands *e, uint32_t id);
void errand_free(struct errands *e);

#endif
