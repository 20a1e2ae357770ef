/* courier: the thread, the lock, and when it wakes; see courier.h. */
#include "worker/courier.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <time.h>
#include <unistd.h>

#include "ipc/base/background.h"
#include "ipc/base/log.h"
#include "worker/courier_room.h"

enum {
	RESCAN_MS = 60000,  /* for what inotify does not see: another machine's network disk */
	BLIND_MS = 1000,    /* the same without inotify */
	REPORT_MS = 1000,   /* the oldest item's age */
	LOCK_MS = 1000,     /* should its release not have been seen */
	TROUBLE_MS = 10000, /* the folder cannot be opened */
};

/* ---- waking ---- */

static void
poke(int fd)
{
	const uint64_t one = 1;
	ssize_t n = write(fd, &one, sizeof(one));
	(void)n; /* it can only be full, and then it is readable */
}

static void
drain(int fd)
{
	uint64_t n;
	ssize_t r = read(fd, &n, sizeof(n));
	(void)r;
}

/* A file has come.  True: some were missed, the whole folder has to be read. */
static bool
on_event(struct courier *c, const struct inotify_event *e, struct mono now)
{
	if (e->mask & IN_Q_OVERFLOW)
		return true;
	struct queue_item *i =
	    e->len > 0 && c->queue != NULL ? queue_add(c->queue, e->name, now) : NULL;
	if (i != NULL) {
		courier_sound_edited(c, i);
		retry_gate_knock(&c->gate, now);
	}
	return false;
}

static void
read_events(struct courier *c, struct mono now)
{
	bool missed = false;
	ssize_t n = read(c->notify, c->events, sizeof(c->events));
	for (ssize_t at = 0; n > 0 && at < n;) {
		const struct inotify_event *e = (const void *)(c->events + at);
		missed = on_event(c, e, now) || missed;
		at += (ssize_t)(sizeof(*e) + e->len);
	}
	if (missed && c->queue != NULL)
		courier_scan(c, false, now);
}

static int64_t
rescan_ms(const struct courier *c)
{
	int64_t usual = c->with.rescan > 0 ? c->with.rescan : RESCAN_MS;
	return c->notify < 0 && usual > BLIND_MS ? BLIND_MS : usual;
}

/* The next item when it may be tried now. */
static struct queue_item *
ready_item(const struct courier *c, struct mono now, int64_t *wait)
{
	struct mono until;
	struct queue_item *i = c->queue != NULL ? queue_first(c->queue) : NULL;
	if (i == NULL)
		return NULL;
	if (!retry_gate_open(&c->gate, now, &until) && until.ns > i->due.ns)
		*wait = mono_ms(now, until) + 1;
	else if (i->due.ns > now.ns)
		*wait = mono_ms(now, i->due) + 1;
	else
		return queue_next(c->queue);
	return NULL;
}

static void
sleep_until_told(struct courier *c, int64_t wait)
{
	struct pollfd fds[3] = {{.fd = c->wake, .events = POLLIN},
				{.fd = c->notify, .events = POLLIN},
				{.fd = c->ear.notify, .events = POLLIN}};
	if (poll(fds, 3, wait > INT_MAX ? INT_MAX : (int)wait) <= 0)
		return;
	if (fds[0].revents != 0)
		drain(c->wake);
	if (fds[1].revents != 0)
		read_events(c, clock_now());
	if (fds[2].revents != 0)
		c->ear.due = true;
}

static struct courier_order *
take_orders(struct courier *c)
{
	pthread_mutex_lock(&c->mutex);
	struct courier_order *first = c->orders;
	c->orders = NULL;
	c->last_order = &c->orders;
	pthread_mutex_unlock(&c->mutex);
	return first;
}

/* What is done now and then.  How long until the next. */
static int64_t
housekeeping(struct courier *c, struct mono now)
{
	courier_publish(c);
	if (c->queue == NULL)
		return atomic_load(&c->want) ? (c->lock_trouble ? TROUBLE_MS : LOCK_MS) : -1;
	if (mono_ms(c->scanned, now) >= rescan_ms(c))
		courier_scan(c, false, now);
	/* not before all reports have been read: they may have lain there for days */
	if (!c->ear.due && (!mono_set(c->swept) || mono_ms(c->swept, now) >= courier_sweep_ms(c))) {
		c->swept = now;
		courier_sweep(c);
	}
	if (mono_ms(c->reported, now) < REPORT_MS) /* what has just come counts in a moment */
		return queue_count(c->queue) > 0 ? REPORT_MS : rescan_ms(c);
	c->reported = now;
	atomic_store(&c->report.oldest, queue_oldest(c->queue));
	return rescan_ms(c);
}

static int64_t
sooner(int64_t a, int64_t b)
{
	return a < 0 || (b >= 0 && b < a) ? b : a;
}

/* Those in `o` in their order; those that are held back go to **last.  How long until one of them
 * is to be looked at again; -1: none. */
static int64_t
obey(struct courier *c, struct courier_order *o, struct courier_order ***last, struct mono now)
{
	int64_t wait = -1;
	for (struct courier_order *next; o != NULL; o = next) {
		const int64_t held = courier_order_held(c, o, now);
		next = o->next;
		if (held < 0) {
			c->order = o->id;
			courier_obey(c, o);
			continue;
		}
		o->next = NULL;
		**last = o;
		*last = &o->next;
		wait = sooner(wait, held);
	}
	return wait;
}

static int64_t
obey_all(struct courier *c, struct mono now)
{
	struct courier_order *held = c->held, **last = &c->held;
	c->held = NULL;
	int64_t wait = obey(c, held, &last, now);
	return sooner(wait, obey(c, take_orders(c), &last, now));
}

/* One round: at most one item.  How long there is nothing to do, -1: until told. */
static int64_t
round_of(struct courier *c)
{
	struct mono now = clock_now();
	int64_t item_wait = -1;
	if (atomic_load(&c->want) && c->queue == NULL)
		courier_reach(c, now);
	else if (!atomic_load(&c->want))
		courier_give_up(c);
	int64_t order_wait = obey_all(c, now);
	int64_t hear_wait = c->queue != NULL ? courier_hear(c, now) : -1;
	int64_t wait = sooner(sooner(housekeeping(c, now), hear_wait), order_wait);
	if (c->queue != NULL) {
		wait = sooner(wait, courier_notice_send(c, now));
		wait = sooner(wait, courier_release_go(c, now));
		wait = sooner(wait, courier_sweep_ms(c));
		courier_publish(c);
	}
	struct queue_item *i = ready_item(c, now, &item_wait);
	if (i != NULL) {
		courier_try(c, i, now);
		return 0;
	}
	if (c->with.rest != NULL)
		item_wait = sooner(item_wait, c->with.rest(c->with.arg));
	return sooner(wait, item_wait);
}

static void *
run(void *arg)
{
	struct courier *c = arg;
	background_thread("courier");
	while (!atomic_load(&c->stop))
		sleep_until_told(c, round_of(c));
	courier_give_up(c);
	courier_publish(c);
	return NULL;
}

/* ---- the other threads' side ---- */

int
courier_new(const struct courier_parts *parts, struct courier **ret)
{
	struct courier *c = calloc(1, sizeof(*c));
	if (c == NULL)
		return -ENOMEM;
	c->with = *parts;
	c->news = c->lock = c->notify = c->ear.notify = -1;
	c->last_order = &c->orders;
	c->last_said = &c->said;
	pthread_mutex_init(&c->mutex, NULL);
	pthread_cond_init(&c->trial.wake, NULL);
	c->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	c->answers = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	c->news = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	int e = c->wake < 0 || c->answers < 0 || c->news < 0
		    ? -errno
		    : -pthread_create(&c->thread, NULL, run, c);
	if (e != 0) {
		courier_free(c);
		return e;
	}
	e = parts->test != NULL ? courier_trial_start(c) : 0;
	if (e != 0)
		log_err(LOG_MAIL, "um-ctl test-mail waits for what is being delivered: %s",
			strerror(-e));
	*ret = c;
	return 0;
}

void
courier_own(struct courier *c, bool own)
{
	atomic_store(&c->want, own);
	poke(c->wake);
}

bool
courier_stop(struct courier *c, int64_t wait_ms)
{
	struct timespec until;
	atomic_store(&c->stop, true);
	poke(c->wake);
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += wait_ms / 1000;
	until.tv_nsec += wait_ms % 1000 * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	if (!c->stopped)
		c->stopped = pthread_timedjoin_np(c->thread, NULL, &until) == 0;
	return courier_trial_stop(c, &until) && c->stopped;
}

static void
free_orders(struct courier_order *first)
{
	for (struct courier_order *o = first, *next; o != NULL; o = next) {
		next = o->next;
		free(o);
	}
}

void
courier_free(struct courier *c)
{
	if (c == NULL)
		return;
	free_orders(c->orders);
	free_orders(c->held);
	free_orders(c->trial.first);
	for (struct courier_answer *a; (a = courier_answer(c)) != NULL;)
		free(a);
	if (c->wake >= 0)
		close(c->wake);
	if (c->answers >= 0)
		close(c->answers);
	if (c->news >= 0)
		close(c->news);
	pthread_cond_destroy(&c->trial.wake);
	pthread_mutex_destroy(&c->mutex);
	free(c);
}

int
courier_order(struct courier *c, uint32_t id, const char *text)
{
	const size_t n = strlen(text) + 1;
	struct courier_order *o = malloc(sizeof(*o) + n);
	if (o == NULL)
		return -ENOMEM;
	o->next = NULL;
	o->id = id;
	o->since = clock_now();
	memcpy(o->text, text, n);
	pthread_mutex_lock(&c->mutex);
	if (courier_trial_takes(c, slice_str(text))) {
		courier_trial_put(c, o);
	} else {
		*c->last_order = o;
		c->last_order = &o->next;
	}
	pthread_mutex_unlock(&c->mutex);
	poke(c->wake);
	return 0;
}

int
courier_answer_fd(const struct courier *c)
{
	return c->answers;
}

struct courier_answer *
courier_answer(struct courier *c)
{
	drain(c->answers);
	pthread_mutex_lock(&c->mutex);
	struct courier_answer *a = c->said;
	if (a != NULL)
		c->said = a->next;
	if (c->said == NULL)
		c->last_said = &c->said;
	pthread_mutex_unlock(&c->mutex);
	return a;
}
