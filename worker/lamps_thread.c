/* lamps_thread: the thread that follows the mailboxes and decides what is told.
 * Part of the room lamps; see lamps_room.h. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "ipc/base/background.h"
#include "ipc/base/log.h"
#include "worker/directory.h"
#include "worker/lamps_room.h"

enum { LOCK_MS = 100, TROUBLE_MS = 10000 };

static uint64_t
tag_of(const struct lamps *l, uint32_t i)
{
	return (uint64_t)l->round << 32 | i;
}

/* ---- the lock ---- */

static bool
reach_for(struct lamps *l)
{
	if (l->lock < 0)
		l->lock = open(l->lock_path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
	const int e = l->lock < 0 ? errno : 0;
	if (e != 0 && e != l->lock_error)
		log_err(LOG_MAIL, "%s: %s: no lamp is told", l->lock_path, strerror(e));
	l->lock_error = e;
	return l->lock >= 0 && flock(l->lock, LOCK_EX | LOCK_NB) == 0;
}

/* ---- the list ---- */

static void
on_count(void *arg, uint32_t i, const struct tally *t)
{
	struct lamps *l = arg;

	lamp_counted(l->known, i, t, clock_now());
}

/* What the list before this one knew of the lamp of `a`.  False: nothing. */
static bool
remember(struct lamps *l, const struct lamps_list *before, uint32_t i)
{
	const struct account a = accounts_get(l->accounts, i);
	uint32_t j = before ? accounts_find(before->accounts, a.plan, a.number) : ACCOUNTS_NONE;

	if (before && j == ACCOUNTS_NONE) /* there was no mailbox file yet */
		j = accounts_find(before->accounts, "", a.number);
	if (j == ACCOUNTS_NONE) {
		l->unknown++;
		return false;
	}
	lamp_move(l->known, i, before->known, j, clock_now());
	return true;
}

/* Gives the accounts that have come to the watch and the lamps. */
static int
follow_new(struct lamps *l, const struct lamps_list *before)
{
	for (; l->watched < accounts_count(l->accounts); l->watched++) {
		const uint32_t i = lamp_add(l->known);
		if (i == LAMP_NONE)
			return -ENOMEM;
		const bool counted = remember(l, before, i) && lamp_is_counted(l->known, i);
		if (l->watch &&
		    watch_add(l->watch, accounts_get(l->accounts, i).folder, counted) < 0)
			return -ENOMEM;
	}
	return 0;
}

/* Lamps that nobody remembered, because their mailboxes are gone, are put out.  They are at the end
 * of the list, behind all that are watched. */
static int
take_leave(struct lamps *l, const struct lamps_list *before)
{
	for (uint32_t j = 0; j < before->n; j++) {
		if (!lamp_may_show(before->known, j))
			continue;
		const struct account gone = accounts_get(before->accounts, j);
		const uint32_t i = lamp_add(l->known);
		if (i == LAMP_NONE || accounts_leave(l->accounts, &gone) < 0)
			return -ENOMEM;
		lamp_move(l->known, i, before->known, j, clock_now());
		lamp_leave(l->known, i, clock_now());
		l->watched++;
	}
	return 0;
}

/* The table is mapped for as long as it is read. */
static int
take_table(struct lamps *l)
{
	struct directory *d = directory_new();
	const int fd = fcntl(l->boxes, F_DUPFD_CLOEXEC, 3);
	int e = !d ? -ENOMEM : fd < 0 ? -errno : directory_take(d, fd);

	if (e == 0)
		e = accounts_take(l->accounts, directory_view(d));
	directory_free(d);
	return e;
}

/* Those that are looked into elsewhere. */
static int
look_elsewhere(struct lamps *l)
{
	struct remote_list *list = remote_list_new(l->round);
	int e = list ? 0 : -ENOMEM;

	for (uint32_t i = 0; e == 0 && i < accounts_count(l->accounts); i++) {
		const struct account a = accounts_get(l->accounts, i);
		e = remote_list_add(list, i, a.address, a.number);
	}
	if (e == 0)
		remote_give(l->remote, list);
	else
		remote_list_free(list);
	return e;
}

static void
look_around(struct lamps *l)
{
	const int e = accounts_look(l->accounts);

	if (e < 0 && e != -ENOENT)
		log_warn(LOG_MAIL, "%s: its mailboxes cannot be found: %s", l->pattern,
			 e == -ENOTSUP ? "without mailboxes.file its last variable part is %n alone"
				       : strerror(-e));
}

static void
forget(struct lamps *l)
{
	accounts_free(l->accounts);
	watch_free(l->watch);
	lamp_free(l->known);
	l->accounts = NULL;
	l->watch = NULL;
	l->known = NULL;
	l->watched = 0;
	l->round++; /* what is on its way is nobody's */
}

static bool
begin_list(struct lamps *l)
{
	l->accounts = accounts_new(l->remote ? "" : l->pattern);
	l->watch = l->remote ? NULL : watch_new(on_count, l);
	l->known = lamp_new(l->with.conf->mwi.refresh);
	return l->accounts && (l->watch || l->remote) && l->known;
}

static int
make_list(struct lamps *l, const struct lamps_list *before)
{
	if (!begin_list(l))
		return -ENOMEM;
	int e = l->boxes >= 0 ? take_table(l) : 0;
	if (e == 0 && l->boxes < 0 && l->watch) {
		look_around(l);
		if (accounts_root(l->accounts))
			watch_root(l->watch, accounts_root(l->accounts));
	}
	if (e == 0)
		e = follow_new(l, before);
	if (e == 0 && l->remote)
		e = look_elsewhere(l);
	if (e == 0 && before)
		e = take_leave(l, before);
	return e;
}

/* The list anew: of lamps that were in the last one, too, what has been told is remembered. */
static void
build(struct lamps *l)
{
	struct lamps_list last = {l->accounts, l->known, l->known ? l->watched : 0};

	l->accounts = NULL;
	l->known = NULL;
	forget(l);
	l->unknown = 0;
	const int e = make_list(l, last.known ? &last : NULL);
	if (e < 0) {
		log_err(LOG_MAIL, "no lamp is told: %s", strerror(-e));
		forget(l);
	} else {
		log_info(LOG_MAIL, "the lamps of %u mailboxes are ours, %u of them new",
			 lamp_count(l->known), l->unknown);
	}
	accounts_free(last.accounts);
	lamp_free(last.known);
}

static void
give_up(struct lamps *l)
{
	if (atomic_load(&l->owner))
		log_info(LOG_MAIL, "the lamps are given up");
	forget(l);
	if (l->remote)
		remote_give(l->remote, NULL);
	if (l->lock >= 0)
		close(l->lock);
	l->lock = -1;
	atomic_store(&l->owner, false);
}

/* ---- what goes out, and what comes back ---- */

static void
on_answer(struct lamps *l, const struct lamps_answer *a, struct mono now)
{
	const uint32_t i = (uint32_t)a->tag;

	if (a->tag >> 32 != l->round || i >= l->watched)
		return;
	if (!lamp_answered(l->known, i, a->answer, now))
		log_notice(LOG_MAIL,
			   "message waiting, %s: nobody takes it; again with the next "
			   "change or refresh",
			   accounts_get(l->accounts, i).number);
}

static void
take_answers(struct lamps *l, struct mono now)
{
	struct lamps_answer all[LAMPS_RING];

	pthread_mutex_lock(&l->mutex);
	const unsigned n = l->nanswer;
	memcpy(all, l->answer, n * sizeof(all[0]));
	l->nanswer = 0;
	pthread_mutex_unlock(&l->mutex);
	for (unsigned k = 0; k < n && l->known; k++)
		on_answer(l, &all[k], now);
}

static void
ask_for(struct lamps *l, uint32_t i, const struct tally *t)
{
	const struct account who = accounts_get(l->accounts, i);
	struct lamps_ask a = {.tag = tag_of(l, i), .tally = *t};

	snprintf(a.number, sizeof(a.number), "%s", who.number);
	snprintf(a.plan, sizeof(a.plan), "%s", who.plan);
	pthread_mutex_lock(&l->mutex);
	const bool room = l->nask < LAMPS_RING;
	if (room)
		l->ask[l->nask++] = a;
	pthread_mutex_unlock(&l->mutex);
	if (room)
		lamps_poke(l->out);
	else
		lamp_answered(l->known, i, LAMP_LATER, clock_now());
}

static int64_t
tell(struct lamps *l, struct mono now)
{
	struct tally t;
	int64_t wait;
	uint32_t i;

	while ((i = lamp_next(l->known, now, &t, &wait)) != LAMP_NONE)
		ask_for(l, i, &t);
	return wait;
}

/* ---- the thread ---- */

/* What the other thread has left for us.  True: there are new mailboxes. */
static bool
take_orders(struct lamps *l, bool *ret_resync)
{
	pthread_mutex_lock(&l->mutex);
	const int table = l->table;
	*ret_resync = l->resync;
	l->table = -1;
	l->resync = false;
	pthread_mutex_unlock(&l->mutex);
	if (table < 0)
		return false;
	if (l->boxes >= 0)
		close(l->boxes);
	l->boxes = table;
	return true;
}

/* Counts what has changed; how long there is nothing to count, -1: until told. */
static int64_t
count(struct lamps *l, struct mono now)
{
	if (l->remote) {
		remote_take(l->remote, l->round, on_count, l);
		return -1;
	}
	if (watch_root_changed(l->watch)) {
		look_around(l);
		if (follow_new(l, NULL) < 0)
			log_err(LOG_MAIL, "no memory for more lamps");
	}
	return watch_work(l->watch, now);
}

/* A mailbox elsewhere that was never counted is not empty: nobody could look into it yet. */
static int64_t
look_after(struct lamps *l, bool again, struct mono now)
{
	const int64_t wait = count(l, now);

	if (again)
		lamp_resync(l->known, l->remote == NULL, now);
	take_answers(l, now);
	const int64_t next = tell(l, clock_now());
	return next >= 0 && (wait < 0 || next < wait) ? next : wait;
}

/* How long there is nothing to do, -1: until told. */
static int64_t
round_of(struct lamps *l)
{
	bool again, fresh = take_orders(l, &again);

	if (!atomic_load(&l->want)) {
		give_up(l);
		return -1;
	}
	if (!atomic_load(&l->owner)) {
		if (!reach_for(l))
			return l->lock_error ? TROUBLE_MS : LOCK_MS;
		atomic_store(&l->owner, true);
		fresh = true;
	}
	if (fresh || !l->known)
		build(l);
	return l->known ? look_after(l, again, clock_now()) : TROUBLE_MS;
}

static void
publish(struct lamps *l)
{
	atomic_store(&l->count, l->known ? lamp_count(l->known) : 0);
	atomic_store(&l->waiting, l->known ? lamp_waiting(l->known) : 0);
}

static void
sleep_until_told(struct lamps *l, int64_t wait)
{
	struct pollfd fds[2] = {{.fd = l->wake, .events = POLLIN},
				{.fd = l->watch ? watch_fd(l->watch) : -1, .events = POLLIN}};
	uint64_t n;

	if (poll(fds, 2, wait > INT_MAX ? INT_MAX : (int)wait) <= 0)
		return;
	if (fds[0].revents != 0) {
		const ssize_t r = read(l->wake, &n, sizeof(n));
		(void)r;
	}
	if (fds[1].revents != 0)
		watch_read(l->watch, clock_now());
}

void *
lamps_run(void *arg)
{
	struct lamps *l = arg;

	background_thread("lamps");
	while (!atomic_load(&l->stop)) {
		const int64_t wait = round_of(l);
		publish(l);
		sleep_until_told(l, wait);
	}
	give_up(l);
	publish(l);
	return NULL;
}
