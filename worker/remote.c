/* remote: see remote.h. */
#include "worker/remote.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "ipc/base/background.h"
#include "ipc/base/log.h"
#include "ipc/base/mailaddr.h"
#include "worker/remote_room.h"

enum {
	HURRIES = 64,    /* between two looks */
	COMPLAINTS = 20, /* lines about mailboxes in one list */
	WHY_MAX = 512
};

struct remote {
	const struct conf *conf;
	struct imap *imap;
	struct rounds *rounds;
	int tell; /* eventfd of who takes */
	int wake; /* eventfd: the thread has something to look at */
	bool on, stopped;
	pthread_t thread;
	atomic_bool stop;
	atomic_int state;
	atomic_uint unreadable;
	atomic_ullong looks[IMAP_OUTAGE + 1]; /* by result */

	/* Between the threads. */
	pthread_mutex_t mutex;
	struct remote_list *next;
	bool is_next; /* `next` is to be taken, be it none */
	unsigned nhurry;
	char hurry[HURRIES][MAILADDR_MAX + 1];

	/* The thread's own, but for what remote_room.h says is the mutex's. */
	struct remote_list *list;
	unsigned complaints;
};

static void
poke(int fd)
{
	const uint64_t one = 1;
	const ssize_t n = write(fd, &one, sizeof(one));

	(void)n; /* it can only be full, and then it is readable */
}

/* ---- the list ---- */

static uint32_t
count_unreadable(const struct remote_list *l)
{
	uint32_t n = 0;

	for (uint32_t i = 0; l && i < l->n; i++)
		n += l->box[i].unreadable;
	return n;
}

static struct remote_list *
next_list(struct remote *r, bool *ret_new)
{
	pthread_mutex_lock(&r->mutex);
	struct remote_list *l = r->next;
	*ret_new = r->is_next;
	r->next = NULL;
	r->is_next = false;
	pthread_mutex_unlock(&r->mutex);
	return l;
}

static void
follow(struct remote *r, struct remote_list *l)
{
	struct remote_list *last = r->list;

	if (l && remote_list_sort(l) < 0) {
		log_err(LOG_MAIL, "imap: no memory for a list of mailboxes: none is looked into");
		remote_list_free(l);
		l = NULL;
	}
	if (l && last)
		remote_list_remember(l, last);
	pthread_mutex_lock(&r->mutex);
	r->list = l;
	pthread_mutex_unlock(&r->mutex);
	remote_list_free(last);
	rounds_begin(r->rounds, l ? l->n : 0, clock_now());
	r->complaints = 0;
	atomic_store(&r->unreadable, count_unreadable(l));
	if (l && l->nfresh > 0)
		poke(r->tell);
}

static void
take_list(struct remote *r)
{
	bool is_new;
	struct remote_list *l = next_list(r, &is_new);

	if (is_new)
		follow(r, l);
}

static void
hurry_all(struct remote *r, const char *address)
{
	const struct remote_list *l = r->list;

	for (uint32_t k = remote_list_find(l, address);
	     k < l->n && strcasecmp(l->box[l->order[k]].address, address) == 0; k++)
		rounds_hurry(r->rounds, l->order[k], clock_now());
}

static void
take_hurries(struct remote *r)
{
	char all[HURRIES][MAILADDR_MAX + 1];

	pthread_mutex_lock(&r->mutex);
	const unsigned n = r->nhurry;
	memcpy(all, r->hurry, n * sizeof(all[0]));
	r->nhurry = 0;
	pthread_mutex_unlock(&r->mutex);
	for (unsigned k = 0; r->list && k < n; k++)
		hurry_all(r, all[k]);
}

/* ---- a look ---- */

static void
say_how_it_is(struct remote *r, enum rounds_state before, const char *why)
{
	const enum rounds_state now = rounds_state(r->rounds);
	const char *host = r->conf->imap.host[0];

	if (now == before)
		return;
	if (now == ROUNDS_DOWN)
		log_warn(LOG_MAIL,
			 "imap.host %s: %s: no mailbox can be looked into; until one can, the "
			 "lamps stay as they are",
			 host, why);
	else
		log_notice(LOG_MAIL, "imap.host %s: mailboxes can be looked into%s", host,
			   before == ROUNDS_DOWN ? " again" : "");
}

/* One that cannot be looked into is worth a line, not each time, and not for thousands. */
static void
mark(struct remote *r, struct remote_box *b, bool unreadable, const char *why)
{
	if (b->unreadable == unreadable)
		return;
	b->unreadable = unreadable;
	atomic_fetch_add(&r->unreadable, unreadable ? 1u : -1u);
	if (!unreadable || r->complaints > COMPLAINTS)
		return;
	if (r->complaints++ == COMPLAINTS)
		log_notice(LOG_MAIL, "imap: more mailboxes cannot be looked into "
				     "(um_imap_unreadable says how many)");
	else
		log_notice(LOG_MAIL, "imap: %s cannot be looked into: %s: its lamp stays as it is",
			   b->address, why);
}

static void
post(struct remote *r, struct remote_box *b, const struct tally *t)
{
	pthread_mutex_lock(&r->mutex);
	b->tally = *t;
	b->counted = true;
	r->list->nfresh += !b->fresh;
	b->fresh = true;
	pthread_mutex_unlock(&r->mutex);
	poke(r->tell);
}

static void
note(struct remote *r, struct remote_box *b, enum imap_result result, const char *why)
{
	static const enum rounds_result means[] = {[IMAP_OK] = ROUNDS_SEEN,
						   [IMAP_MAILBOX] = ROUNDS_REFUSED,
						   [IMAP_OUTAGE] = ROUNDS_OUTAGE};
	const enum rounds_state before = rounds_state(r->rounds);

	atomic_fetch_add(&r->looks[result], 1);
	rounds_done(r->rounds, means[result], clock_now());
	if (result != IMAP_OUTAGE)
		mark(r, b, result == IMAP_MAILBOX, why);
	say_how_it_is(r, before, why);
}

static void
look(struct remote *r, uint32_t i)
{
	struct remote_box *b = &r->list->box[i];
	const struct imap_who who = {b->address, b->extension};
	struct tally t = {0};
	bool changed = false;
	char text[WHY_MAX];
	struct buf why = BUF(text);
	const enum imap_result result = imap_count(r->imap, &who, &b->known, &t, &changed, &why);

	if (atomic_load(&r->stop))
		return; /* it was cut off, which says nothing */
	note(r, b, result, buf_cstr(&why));
	if (result == IMAP_OK && changed)
		post(r, b, &t);
}

/* ---- the thread ---- */

static void
sleep_until_told(struct remote *r, int64_t wait)
{
	struct pollfd fd = {.fd = r->wake, .events = POLLIN};
	uint64_t n;

	if (poll(&fd, 1, wait > INT_MAX ? INT_MAX : (int)wait) > 0) {
		const ssize_t got = read(r->wake, &n, sizeof(n));
		(void)got;
	}
}

/* Here, where it may take its time, and not while remote_stop() speaks to it. */
static void
hang_up(struct remote *r)
{
	pthread_mutex_lock(&r->mutex);
	struct imap *m = r->imap;
	r->imap = NULL;
	pthread_mutex_unlock(&r->mutex);
	imap_free(m);
}

static void *
run(void *arg)
{
	struct remote *r = arg;
	int64_t wait;

	background_thread("lamps-imap");
	while (!atomic_load(&r->stop)) {
		take_list(r);
		take_hurries(r);
		atomic_store(&r->state, r->list ? (int)rounds_state(r->rounds) : ROUNDS_UNKNOWN);
		const uint32_t i = rounds_next(r->rounds, clock_now(), &wait);
		if (i == ROUNDS_NONE)
			sleep_until_told(r, wait);
		else
			look(r, i);
	}
	hang_up(r);
	return NULL;
}

/* ---- others' threads ---- */

int
remote_new(const struct conf *conf, int tell, struct remote **ret)
{
	struct remote *r = calloc(1, sizeof(*r));

	if (!r)
		return -ENOMEM;
	r->conf = conf;
	r->tell = tell;
	pthread_mutex_init(&r->mutex, NULL);
	r->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	r->imap = imap_new(conf);
	r->rounds = rounds_new(conf->imap.interval, conf->imap.rate);
	int e = r->wake < 0 ? -errno : !r->imap || !r->rounds ? -ENOMEM : 0;
	if (e == 0)
		e = -pthread_create(&r->thread, NULL, run, r);
	r->on = e == 0;
	if (e == 0)
		*ret = r;
	else
		remote_free(r);
	return e;
}

void
remote_give(struct remote *r, struct remote_list *list)
{
	pthread_mutex_lock(&r->mutex);
	struct remote_list *unused = r->next;
	r->next = list;
	r->is_next = true;
	pthread_mutex_unlock(&r->mutex);
	remote_list_free(unused);
	poke(r->wake);
}

void
remote_take(struct remote *r, uint32_t round, remote_fn *fn, void *arg)
{
	pthread_mutex_lock(&r->mutex);
	struct remote_list *l = r->list;
	for (uint32_t i = 0; l && l->round == round && l->nfresh > 0; i++) {
		struct remote_box *b = &l->box[i];
		if (!b->fresh)
			continue;
		b->fresh = false;
		l->nfresh--;
		fn(arg, b->tag, &b->tally);
	}
	pthread_mutex_unlock(&r->mutex);
}

void
remote_hurry(struct remote *r, const char *address)
{
	pthread_mutex_lock(&r->mutex);
	if (r->nhurry < HURRIES && strlen(address) < sizeof(r->hurry[0]))
		strcpy(r->hurry[r->nhurry++], address);
	pthread_mutex_unlock(&r->mutex);
	poke(r->wake);
}

void
remote_report(const struct remote *r, struct remote_report *ret)
{
	ret->state = (enum rounds_state)atomic_load(&r->state);
	ret->unreadable = atomic_load(&r->unreadable);
	ret->seen = atomic_load(&r->looks[IMAP_OK]);
	ret->refused = atomic_load(&r->looks[IMAP_MAILBOX]);
	ret->failed = atomic_load(&r->looks[IMAP_OUTAGE]);
}

bool
remote_stop(struct remote *r, int64_t wait_ms)
{
	struct timespec until;

	if (!r->on || r->stopped)
		return true;
	atomic_store(&r->stop, true);
	pthread_mutex_lock(&r->mutex);
	if (r->imap)
		imap_stop(r->imap);
	pthread_mutex_unlock(&r->mutex);
	poke(r->wake);
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += wait_ms / 1000 + 1;
	r->stopped = pthread_timedjoin_np(r->thread, NULL, &until) == 0;
	return r->stopped;
}

void
remote_free(struct remote *r)
{
	if (!r)
		return;
	imap_free(r->imap);
	rounds_free(r->rounds);
	remote_list_free(r->list);
	remote_list_free(r->next);
	if (r->wake >= 0)
		close(r->wake);
	pthread_mutex_destroy(&r->mutex);
	free(r);
}
