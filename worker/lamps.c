/* lamps: the side of the thread of calls; see lamps.h. */
#include "worker/lamps.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "ipc/base/log.h"
#include "worker/lamps_room.h"

void
lamps_poke(int fd)
{
	const uint64_t one = 1;
	const ssize_t n = write(fd, &one, sizeof(one));

	(void)n; /* it can only be full, and then it is readable */
}

static void
answer(struct lamps *l, uint64_t tag, enum lamp_answer a)
{
	pthread_mutex_lock(&l->mutex);
	if (l->nanswer < LAMPS_RING)
		l->answer[l->nanswer++] = (struct lamps_answer){tag, a};
	pthread_mutex_unlock(&l->mutex);
	lamps_poke(l->wake);
}

static void
on_done(void *arg, uint64_t tag, enum mwi_verdict v)
{
	answer(arg, tag, v == MWI_TAKEN ? LAMP_TAKEN : v == MWI_LATER ? LAMP_LATER : LAMP_REFUSED);
}

static void
send_one(struct lamps *l, const struct lamps_ask *a)
{
	struct notices_ask ask = {
	    .order = {.fresh = a->tally.fresh,
		      .old = a->tally.old,
		      .urgent = a->tally.fresh_urgent,
		      .old_urgent = a->tally.old_urgent},
	    .done = on_done,
	    .arg = l,
	    .tag = a->tag,
	};

	memcpy(ask.order.number, a->number, sizeof(ask.order.number));
	memcpy(ask.plan, a->plan, sizeof(ask.plan));
	notices_send(l->with.notices, &ask);
}

static void
on_out(void *arg, unsigned events)
{
	struct lamps *l = arg;
	static struct lamps_ask all[LAMPS_RING];
	uint64_t n;
	const ssize_t r = read(l->out, &n, sizeof(n));

	(void)r;
	(void)events;
	pthread_mutex_lock(&l->mutex);
	const unsigned count = l->nask;
	memcpy(all, l->ask, count * sizeof(all[0]));
	l->nask = 0;
	pthread_mutex_unlock(&l->mutex);
	for (unsigned i = 0; i < count && atomic_load(&l->want); i++)
		send_one(l, &all[i]);
}

/* Whether any lamp can be lit at all. */
static bool
is_of_use(const struct conf *conf)
{
	bool trunk = false;

	for (size_t i = 0; i < conf->ntrunk; i++)
		trunk |= conf->trunk[i].address.family != 0;
	return trunk && (conf->imap.nhost > 0 || conf->mail.delivery == DELIVERY_MAILDIR ||
			 (conf->mail.delivery != DELIVERY_OFF && conf->mail.maildir[0] != '\0'));
}

static int
start(struct lamps *l)
{
	l->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	l->out = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (l->wake < 0 || l->out < 0)
		return -errno;
	l->io = loop_io_new(l->with.loop, "lamps", l->out, on_out, l);
	if (!l->io)
		return -ENOMEM;
	loop_io_want(l->io, LOOP_READ);
	int e = l->with.conf->imap.nhost > 0 ? remote_new(l->with.conf, l->wake, &l->remote) : 0;
	if (e == 0) {
		e = -pthread_create(&l->thread, NULL, lamps_run, l);
		l->on = e == 0;
	}
	return e;
}

int
lamps_new(const struct lamps_parts *parts, int table, struct lamps **ret)
{
	struct lamps *l = calloc(1, sizeof(*l));

	if (!l)
		return -ENOMEM;
	l->with = *parts;
	l->wake = l->out = l->lock = l->boxes = l->table = -1;
	pthread_mutex_init(&l->mutex, NULL);
	mailbox_folder_pattern(parts->conf, l->pattern);
	snprintf(l->lock_path, sizeof(l->lock_path), "%s/.lamps", parts->conf->recording.spool);
	int e = 0;
	if (is_of_use(parts->conf)) {
		lamps_mailboxes(l, table);
		e = start(l);
	}
	if (e == 0)
		*ret = l;
	else
		lamps_free(l);
	return e;
}

void
lamps_own(struct lamps *l, bool own)
{
	atomic_store(&l->want, own);
	if (l->on)
		lamps_poke(l->wake);
}

void
lamps_mailboxes(struct lamps *l, int table)
{
	const int fd = table < 0 ? -1 : fcntl(table, F_DUPFD_CLOEXEC, 3);

	if (fd < 0)
		return;
	pthread_mutex_lock(&l->mutex);
	if (l->table >= 0)
		close(l->table);
	l->table = fd;
	pthread_mutex_unlock(&l->mutex);
	if (l->wake >= 0)
		lamps_poke(l->wake);
}

void
lamps_hurry(struct lamps *l, const char *address)
{
	if (l->remote)
		remote_hurry(l->remote, address);
}

static int
resync(struct lamps *l, struct buf *say)
{
	if (!l->on) {
		buf_str(say,
			"there are no lamps to tell: no Maildirs and no imap.host, or no trunk "
			"with an address");
		return -ENOTSUP;
	}
	if (!atomic_load(&l->owner)) {
		buf_str(say, "this worker does not look after the lamps yet; again in a moment");
		return -EAGAIN;
	}
	notices_forgive(l->with.notices);
	pthread_mutex_lock(&l->mutex);
	l->resync = true;
	pthread_mutex_unlock(&l->mutex);
	lamps_poke(l->wake);
	buf_printf(say, "%u lamps are told anew, within %u s", atomic_load(&l->count),
		   lamp_spread(atomic_load(&l->count)));
	return 0;
}

void
lamps_order(struct lamps *l, const struct msg_order *order)
{
	struct msg_said m = {.id = order->id, .last = 1};
	struct buf say = BUF(m.text);

	if (strcmp(order->text, "mwi resync") == 0) {
		m.status = resync(l, &say);
	} else {
		buf_str(&say, "the worker does not know this order");
		m.status = -EINVAL;
	}
	buf_str(&say, "\n");
	m.n = (uint16_t)say.n;
	link_said(l->with.link, &m);
}

void
lamps_beat(const struct lamps *l, struct msg_beat *beat)
{
	beat->mwi_lamps = atomic_load(&l->count);
	beat->mwi_waiting = atomic_load(&l->waiting);
	if (!l->remote)
		return;
	struct remote_report r;
	remote_report(l->remote, &r);
	beat->imap_state = (uint32_t)r.state;
	beat->imap_unreadable = r.unreadable;
	beat->imap_seen = r.seen;
	beat->imap_refused = r.refused;
	beat->imap_failed = r.failed;
}

/* What the thread looks into elsewhere ends after it: it gives that thread its list. */
static bool
stop_remote(struct lamps *l, int64_t wait_ms)
{
	return !l->remote || remote_stop(l->remote, wait_ms);
}

bool
lamps_stop(struct lamps *l, int64_t wait_ms)
{
	struct timespec until;

	if (!l->on || l->stopped)
		return stop_remote(l, wait_ms);
	atomic_store(&l->stop, true);
	lamps_poke(l->wake);
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += wait_ms / 1000 + 1;
	l->stopped = pthread_timedjoin_np(l->thread, NULL, &until) == 0;
	return stop_remote(l, wait_ms) && l->stopped;
}

void
lamps_free(struct lamps *l)
{
	if (!l)
		return;
	loop_io_free(l->io);
	remote_free(l->remote);
	const int fds[] = {l->wake, l->out, l->table, l->boxes};
	for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++)
		if (fds[i] >= 0)
			close(fds[i]);
	pthread_mutex_destroy(&l->mutex);
	free(l);
}
