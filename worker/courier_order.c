/* courier_order: what an operator asks of the queue, and the answer's lines.
 * Part of the room courier; see courier_room.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "ipc/base/clean.h"
#include "ipc/base/log.h"
#include "worker/courier_room.h"
#include "worker/words.h"

enum { ANSWER_MAX = 96 * 1024, LIST_MAX = 200, HOLD_MS = 3000 };

static int
say(struct buf *out, int status, const char *id, const char *what)
{
	buf_printf(out, "%s%s%s\n", id, id[0] ? ": " : "", what);
	return status;
}

/* ---- list ---- */

static int
by_due(const void *a, const void *b)
{
	const struct queue_item *const *x = a, *const *y = b;
	return (*x)->due.ns < (*y)->due.ns ? -1 : (*x)->due.ns > (*y)->due.ns;
}

void
courier_span(struct buf *out, int64_t s)
{
	const int64_t n = s < 0 ? 0 : s;
	if (n < 120)
		buf_printf(out, "%llds", (long long)n);
	else if (n < 7200)
		buf_printf(out, "%lldm", (long long)(n / 60));
	else
		buf_printf(out, "%lldh", (long long)(n / 3600));
}

static void
list_item(struct buf *out, const struct queue_item *i, struct mono now, int64_t wall)
{
	buf_printf(out, "%s  ", i->id);
	courier_span(out, wall - i->since);
	buf_printf(out, "  %u %s  next ", i->tries, i->tries == 1 ? "try" : "tries");
	courier_span(out, mono_ms(now, i->due) / 1000);
	buf_printf(out, "  %s\n", i->reason ? i->reason->text : "waits for its first try");
}

static int
order_list(struct courier *c, struct slice id, struct buf *out)
{
	const struct mono now = clock_now();
	const size_t n = queue_count(c->queue), show = n < LIST_MAX ? n : LIST_MAX;
	struct queue_item **all = calloc(n + 1, sizeof(struct queue_item *));
	(void)id;
	if (all == NULL)
		return say(out, -ENOMEM, "", "out of memory");
	for (size_t i = 0; i < n; i++)
		all[i] = queue_each(c->queue, i);
	qsort(all, n, sizeof(struct queue_item *), by_due);
	buf_printf(out, "%zu wait, %zu in bad, %zu in shadow\n", n,
		   queue_aside(c->queue, QUEUE_BAD), queue_aside(c->queue, QUEUE_SHADOW));
	courier_shadow_list(c, out);
	for (size_t i = 0; i < show; i++)
		list_item(out, all[i], now, (int64_t)time(NULL));
	if (show < n)
		buf_printf(out, "and %zu more\n", n - show);
	free(all);
	courier_bad_list(c, out);
	return 0;
}

/* ---- one item ---- */

/* Where its files are; QUEUE_HERE first.  -1: nowhere. */
static int
place_of(const struct courier *c, const char *id)
{
	char name[LETTER_ID_MAX + 8];
	snprintf(name, sizeof(name), "%s.txt", id);
	for (int where = QUEUE_HERE; where <= QUEUE_SHADOW; where++)
		if (faccessat(queue_folder(c->queue, (enum queue_place)where), name, F_OK,
			      AT_SYMLINK_NOFOLLOW) == 0)
			return where;
	return -1;
}

/* A line that others wrote: nothing of it shall speak to the terminal that it is shown on. */
static void
print_line(struct slice line, struct buf *out)
{
	char clean[1024];
	clean_text(line, clean, sizeof(clean));
	buf_printf(out, "%s\n", clean);
}

/* The header file, line by line. */
static void
print_header(struct courier *c, enum queue_place where, const char *id, struct buf *out)
{
	char *text;
	size_t n;
	if (queue_read(c->queue, where, id, &text, &n) != 0)
		return;
	for (struct slice rest = {text, n}, line; words_line(&rest, &line);)
		print_line(line, out);
	free(text);
}

static void
print_reason(const struct courier *c, const char *id, struct buf *out)
{
	char why[1024];
	courier_reason(c, id, why, sizeof(why));
	buf_printf(out, "because: %s\n", why);
}

static int
show(struct courier *c, const char *id, int where, struct buf *out)
{
	static const char *const places[] = {[QUEUE_HERE] = "waits to be delivered",
					     [QUEUE_BAD] = "is set aside in bad/",
					     [QUEUE_SHADOW] = "is delivered; a shadow copy"};
	const struct queue_item *i = where == QUEUE_HERE ? queue_find(c->queue, id) : NULL;
	say(out, 0, id, places[where]);
	if (i != NULL)
		list_item(out, i, clock_now(), (int64_t)time(NULL));
	if (where == QUEUE_BAD)
		print_reason(c, id, out);
	else
		courier_shadow_show(c, (enum queue_place)where, id, out);
	print_header(c, (enum queue_place)where, id, out);
	return 0;
}

static const char *
attachment_of(struct courier *c, enum queue_place where, const char *id, struct letter *l)
{
	const char *why;
	return courier_letter(c, where, id, l, &why) == 0 ? l->attachment : "";
}

static int
retry(struct courier *c, const char *id, int where, struct buf *out)
{
	struct queue_item *i = queue_find(c->queue, id);
	if (where != QUEUE_HERE || i == NULL)
		return say(out, -ENOENT, id, "is not in the queue; release brings it back");
	c->gate.until = clock_now();
	queue_later(c->queue, i, clock_now(), i->reason ? i->reason->text : "");
	return say(out, 0, id, "is tried now");
}

static int
drop(struct courier *c, const char *id, int where, struct buf *out)
{
	struct letter l;
	struct queue_item *i = where == QUEUE_HERE ? queue_find(c->queue, id) : NULL;
	const enum queue_place from = (enum queue_place)where;
	const char *sound = attachment_of(c, from, id, &l);
	if (from == QUEUE_HERE)
		sound = courier_sound_going(c, id, sound, QUEUE_HERE);
	else if (courier_sound_wanted(c, from, id, sound))
		sound = "";
	int e = queue_remove(c->queue, id, sound, from);
	if (e != 0)
		return say(out, e, id, strerror(-e));
	if (i != NULL)
		queue_forget(c->queue, i);
	log_notice(LOG_MAIL, "%s: dropped by the operator", id);
	return say(out, 0, id, "is gone for good, with its sound");
}

/* From bad/ or shadow/ back into the queue, as if it had just come. */
static int
release(struct courier *c, const char *id, int where, struct buf *out)
{
	const enum queue_place from = (enum queue_place)where;
	struct letter l;
	if (where == QUEUE_HERE)
		return say(out, -EEXIST, id, "is in the queue already");
	int e = courier_release(c, id, from,
				courier_sound_wanted(c, from, id, attachment_of(c, from, id, &l)));
	if (e != 0)
		return say(out, e, id, strerror(-e));
	log_notice(LOG_MAIL, "%s: released by the operator", id);
	return say(out, 0, id, "is in the queue again, and tried now");
}

static int
order_one(struct courier *c, struct slice id, struct buf *out,
	  int (*what)(struct courier *c, const char *id, int where, struct buf *out))
{
	char text[LETTER_ID_MAX];
	if (!letter_id_ok(id))
		return say(out, -EINVAL, "", "that is no name of a message");
	snprintf(text, sizeof(text), "%.*s", (int)id.n, id.p);
	int where = place_of(c, text);
	return where < 0 ? say(out, -ENOENT, text, "there is no such message")
			 : what(c, text, where, out);
}

static int
order_show(struct courier *c, struct slice id, struct buf *out)
{
	return order_one(c, id, out, show);
}

static int
order_retry(struct courier *c, struct slice id, struct buf *out)
{
	char text[64];
	if (id.n > 0)
		return order_one(c, id, out, retry);
	c->gate.until = clock_now();
	const size_t n = queue_wake(c->queue, true, clock_now());
	snprintf(text, sizeof(text), "%zu message%s tried now", n, n == 1 ? " is" : "s are");
	return say(out, 0, "", text);
}

static int
order_drop(struct courier *c, struct slice id, struct buf *out)
{
	return order_one(c, id, out, drop);
}

static int
order_release(struct courier *c, struct slice id, struct buf *out)
{
	return slice_eq(id, SLICE("all")) ? courier_release_all(c, c->order, out)
					  : order_one(c, id, out, release);
}

/* ---- the table ---- */

static const struct {
	const char *word;
	int (*what)(struct courier *c, struct slice id, struct buf *out);
} orders[] = {
    {"list", order_list}, {"show", order_show},       {"retry", order_retry},
    {"drop", order_drop}, {"release", order_release},
};

/* Right after a recycle the old worker still delivers the message at hand. */
int64_t
courier_order_held(const struct courier *c, const struct courier_order *o, struct mono now)
{
	const int64_t left = HOLD_MS - mono_ms(o->since, now);
	const bool will_be_ours = c->queue == NULL && atomic_load(&c->want) && !c->lock_trouble;
	struct slice text = slice_str(o->text);
	return will_be_ours && left > 0 && slice_eq(words_next(&text), SLICE("queue")) ? left : -1;
}

static const char *
no_queue(const struct courier *c)
{
	if (!atomic_load(&c->want))
		return "this worker does not own the queue any more; again in a moment";
	if (c->lock_trouble)
		return "nobody can have the queue: the spool cannot be used (the log says why)";
	return "the worker before this one has not given up the queue yet: it is delivering a "
	       "message that takes long; again in a moment";
}

static int
obey(struct courier *c, struct slice text, struct buf *out)
{
	struct slice first = words_next(&text), word = words_next(&text), id = words_next(&text);
	if (word.n == 0)
		word = SLICE("list");
	if (slice_eq(first, SLICE("test-mail")) && c->with.test != NULL)
		return c->with.test(c->with.arg, word, out);
	if (!slice_eq(first, SLICE("queue")))
		return say(out, -EINVAL, "", "the worker does not know this order");
	if (c->queue == NULL)
		return say(out, -EAGAIN, "", no_queue(c));
	for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++)
		if (slice_eq(word, slice_str(orders[i].word)))
			return orders[i].what(c, id, out);
	return say(out, -EINVAL, "", "the worker does not know this order");
}

static void
answer(struct courier *c, struct courier_answer *a)
{
	const uint64_t one = 1;
	a->next = NULL;
	pthread_mutex_lock(&c->mutex);
	*c->last_said = a;
	c->last_said = &a->next;
	pthread_mutex_unlock(&c->mutex);
	ssize_t n = write(c->answers, &one, sizeof(one));
	(void)n;
}

void
courier_answer_text(struct courier *c, uint32_t order, int status, const char *text)
{
	const size_t n = strlen(text) + 1;
	struct courier_answer *a = malloc(sizeof(*a) + n);
	if (a == NULL)
		return;
	a->id = order;
	a->status = status;
	memcpy(a->text, text, n);
	answer(c, a);
}

/* Without memory there is no answer: the supervisor says so when its time is up. */
void
courier_obey(struct courier *c, struct courier_order *o)
{
	struct courier_answer *a = malloc(sizeof(*a) + ANSWER_MAX);
	if (a != NULL) {
		struct buf out = {a->text, 0, ANSWER_MAX, false};
		a->id = o->id;
		a->status = obey(c, slice_str(o->text), &out);
		buf_cstr(&out);
		if (a->status == COURIER_LATER)
			free(a);
		else
			answer(c, a);
	}
	free(o);
}
