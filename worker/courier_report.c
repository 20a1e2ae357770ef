/* courier_report: what the heartbeat says of the queue, and when it has to be said.
 * Part of the room courier; see courier_room.h. */
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "worker/courier_room.h"

/* A waste of time to say it again before somebody has looked: then all of it is seen. */
static void
tell(struct courier *c)
{
	const uint64_t now[COURIER_FIGURES] = {
	    atomic_load(&c->report.delivered),   atomic_load(&c->report.failed),
	    atomic_load(&c->report.confirmed),   atomic_load(&c->report.again),
	    atomic_load(&c->report.unconfirmed), atomic_load(&c->report.bounced),
	    atomic_load(&c->report.queued),      atomic_load(&c->report.bad),
	    atomic_load(&c->report.shadow),      atomic_load(&c->report.owner),
	    atomic_load(&c->report.deaf),
	};
	const uint64_t one = 1;
	if (memcmp(now, c->told, sizeof(now)) == 0)
		return;
	memcpy(c->told, now, sizeof(now));
	if (atomic_exchange(&c->report.news, true))
		return;
	ssize_t n = write(c->news, &one, sizeof(one));
	(void)n; /* it can only be full, and then it is readable */
}

void
courier_publish(struct courier *c)
{
	bool owner = c->queue != NULL;
	atomic_store(&c->report.owner, owner);
	atomic_store(&c->report.queued, owner ? (unsigned)queue_count(c->queue) : 0);
	atomic_store(&c->report.bad, owner ? (unsigned)queue_aside(c->queue, QUEUE_BAD) : 0);
	atomic_store(&c->report.shadow, owner ? (unsigned)queue_aside(c->queue, QUEUE_SHADOW) : 0);
	if (!owner || queue_count(c->queue) == 0)
		atomic_store(&c->report.oldest, 0);
	tell(c);
}

int
courier_news_fd(const struct courier *c)
{
	return c->news;
}

void
courier_news(struct courier *c)
{
	uint64_t n;
	ssize_t r = read(c->news, &n, sizeof(n));
	(void)r;
}

void
courier_report(struct courier *c, struct courier_report *ret)
{
	atomic_store(&c->report.news, false); /* first: what comes from now on is new again */
	int64_t oldest = atomic_load(&c->report.oldest), now = (int64_t)time(NULL);
	*ret = (struct courier_report){
	    .delivered = atomic_load(&c->report.delivered),
	    .failed = atomic_load(&c->report.failed),
	    .confirmed = atomic_load(&c->report.confirmed),
	    .again = atomic_load(&c->report.again),
	    .unconfirmed = atomic_load(&c->report.unconfirmed),
	    .bounced = atomic_load(&c->report.bounced),
	    .queued = atomic_load(&c->report.queued),
	    .bad = atomic_load(&c->report.bad),
	    .shadow = atomic_load(&c->report.shadow),
	    .oldest_s = oldest > 0 && now > oldest ? (uint32_t)(now - oldest) : 0,
	    .owner = atomic_load(&c->report.owner),
	    .deaf = atomic_load(&c->report.deaf),
	};
}
