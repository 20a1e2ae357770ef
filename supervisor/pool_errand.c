/* pool_errand: orders about the queue of messages, given to the active worker, which owns it.
 * Part of the room pool; see pool_inner.h. */
#include <errno.h>
#include <stdio.h>

#include "supervisor/pool_inner.h"

int
pool_errand(struct pool *p, const char *text, char say[256], uint32_t *ret_ticket)
{
	struct slot *s = pool_active(p);
	struct msg_order m = {0};
	struct errand *e;

	if (!s || !s->link) {
		snprintf(say, 256, "no worker serves: nobody has the queue");
		return -EAGAIN;
	}
	e = errand_begin(&p->errands, s->generation, loop_now(p->env.loop),
			 slice_has_prefix(slice_str(text), SLICE("test-mail ")) ? ERRAND_TEST_MS
										: ERRAND_LIMIT_MS);
	if (!e) {
		snprintf(say, 256, "%d others have no answer yet", ERRANDS);
		return -EBUSY;
	}
	snprintf(m.text, sizeof(m.text), "%s", text);
	m.id = *ret_ticket = e->id;
	link_order(s->link, &m);
	return 0;
}

int
pool_errand_state(struct pool *p, uint32_t ticket, char say[256], char **ret_text)
{
	const bool there = pool_reaches(p, errand_worker(&p->errands, ticket));
	int r = errand_state(&p->errands, ticket, there, loop_now(p->env.loop), ret_text);

	if (r < 0 && *ret_text == NULL)
		snprintf(say, 256, "%s",
			 r == -ETIMEDOUT
			     ? "the worker has not answered: it is delivering a message "
			       "that takes long, or it hangs"
			 : r == -EPIPE ? "the worker has left before it answered; ask again"
				       : "the answer is not remembered");
	return r;
}
