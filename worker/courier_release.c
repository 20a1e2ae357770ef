/* courier_release: all of bad/ back into the queue, step by step, so that nothing waits for it:
 * when a mail server has refused our sender thousands lie there.
 * Part of the room courier; see courier_room.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ipc/base/hash.h"
#include "ipc/base/log.h"
#include "worker/courier_room.h"

enum {
	STEP_MS = 20,     /* then an item is tried, and orders are obeyed */
	ANSWER_MS = 3000, /* then the operator hears how far it is */
};

/* ---- a sound that two header files of one folder name ---- */

struct search {
	struct courier *c;
	enum queue_place where;
	const char *id, *attachment;
	bool found;
};

static void
look(void *arg, const char *id)
{
	struct search *s = arg;
	struct letter l;
	const char *why;
	if (!s->found && strcmp(id, s->id) != 0 &&
	    courier_letter(s->c, s->where, id, &l, &why) == 0)
		s->found = strcmp(l.attachment, s->attachment) == 0;
}

bool
courier_sound_wanted(struct courier *c, enum queue_place where, const char *id,
		     const char *attachment)
{
	struct search s = {.c = c, .where = where, .id = id, .attachment = attachment};
	if (attachment[0] != '\0')
		courier_each(c, where, look, &s);
	return s.found;
}

/* ---- which, and whose sound is whose ---- */

/* What lies there now: one that is refused again comes back behind them, and is not taken twice. */
static void
note(void *arg, const char *id)
{
	struct courier_release *r = arg;
	if (r->n == r->cap) {
		const size_t cap = r->cap > 0 ? 2 * r->cap : 256;
		void *more = reallocarray(r->item, cap, sizeof(*r->item));
		if (more == NULL)
			return; /* these stay for the next order */
		r->item = more;
		r->cap = cap;
	}
	struct courier_released *i = &r->item[r->n++];
	i->sound = 0;
	snprintf(i->id, sizeof(i->id), "%s", id);
}

/* A name as a number that only the same name has. */
static void
learn_sound(struct courier *c, struct courier_released *i)
{
	static const struct hash_key key = {0x72656c6561736521, 0x6576657274727531};
	struct letter l;
	const char *why;
	if (courier_letter(c, QUEUE_BAD, i->id, &l, &why) == 0 && l.attachment[0] != '\0')
		i->sound = hash64(&key, l.attachment, strlen(l.attachment));
}

/* One behind the other those that name the same sound. */
static int
by_sound(const void *a, const void *b)
{
	const struct courier_released *x = a, *y = b;
	return x->sound < y->sound ? -1 : x->sound > y->sound;
}

static void
forget(struct courier_release *r)
{
	free(r->item);
	*r = (struct courier_release){0};
}

int
courier_release_all(struct courier *c, uint32_t order, struct buf *out)
{
	struct courier_release *r = &c->release;
	if (r->n > 0) {
		buf_printf(out, "bad/ is being released already: %zu of %zu\n", r->at, r->n);
		return -EALREADY;
	}
	courier_each(c, QUEUE_BAD, note, r);
	if (r->n == 0) {
		buf_str(out, "nothing lies in bad/\n");
		return 0;
	}
	r->order = order;
	r->waits = true;
	r->began = clock_now();
	log_notice(LOG_MAIL, "%zu messages of bad/ are released by the operator", r->n);
	return COURIER_LATER;
}

/* ---- step by step ---- */

/* The last that names a sound takes it along. */
static bool
is_shared(const struct courier_release *r, size_t i)
{
	return r->item[i].sound != 0 && i + 1 < r->n && r->item[i + 1].sound == r->item[i].sound;
}

static void
answer(struct courier *c, int status)
{
	struct courier_release *r = &c->release;
	char text[192];
	struct buf out = BUF(text);
	if (!r->waits)
		return;
	r->waits = false;
	buf_printf(&out, "%zu messages of bad/ are in the queue again", r->done);
	if (r->failed > 0)
		buf_printf(&out, ", %zu could not be moved (the log says why)", r->failed);
	if (r->at < r->n)
		buf_printf(&out,
			   status == 0 ? "; %zu follow"
				       : "; %zu are left: the queue was "
					 "given up, ask again",
			   r->n - r->at);
	buf_str(&out, "\n");
	courier_answer_text(c, r->order, status, buf_cstr(&out));
}

static void
release_next(struct courier *c)
{
	struct courier_release *r = &c->release;
	const char *id = r->item[r->at].id;
	int e = courier_release(c, id, QUEUE_BAD, is_shared(r, r->at));
	r->at++;
	r->done += e == 0;
	if (e == 0 || e == -ENOENT) /* taken away meanwhile */
		return;
	r->failed++;
	log_warn(LOG_MAIL, "%s: cannot be released: %s", id, strerror(-e));
}

static void
step(struct courier *c, struct mono until)
{
	struct courier_release *r = &c->release;
	do {
		if (r->known == r->n)
			release_next(c);
		else
			learn_sound(c, &r->item[r->known++]);
		if (r->known == r->n && r->at == 0)
			qsort(r->item, r->n, sizeof(*r->item), by_sound);
	} while (r->at < r->n && mono_ms(clock_now(), until) > 0);
}

int64_t
courier_release_go(struct courier *c, struct mono now)
{
	struct courier_release *r = &c->release;
	if (r->n == 0)
		return -1;
	step(c, mono_add(now, STEP_MS));
	if (r->at < r->n) {
		if (mono_ms(r->began, clock_now()) >= ANSWER_MS)
			answer(c, 0);
		return 0;
	}
	answer(c, r->failed > 0 ? -EIO : 0);
	log_notice(LOG_MAIL, "%zu messages of bad/ were released, %zu could not be", r->done,
		   r->failed);
	forget(r);
	return -1;
}

void
courier_release_stop(struct courier *c)
{
	struct courier_release *r = &c->release;
	if (r->n == 0)
		return;
	answer(c, -EAGAIN);
	log_notice(LOG_MAIL,
		   "%zu messages of bad/ were released; %zu are left: the queue is given up",
		   r->done, r->n - r->at);
	forget(r);
}
