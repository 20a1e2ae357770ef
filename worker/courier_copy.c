/* courier_copy: a copy of a message that another server has taken, as it lies in shadow/: into the
 * folder and out of it.  What is known of a copy stands in its header file (shadow), so that
 * nothing of it is lost with this worker or this machine.
 * Part of the room courier; see courier_room.h. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "ipc/base/clean.h"
#include "ipc/base/log.h"
#include "worker/courier_room.h"

enum { FUTURE_S = 3600 }; /* a clock that has been set back since, and no more */

/* ---- reading and writing ---- */

/* Since it was sent; when that is not known, since the file came here. */
static int64_t
age_of(const struct courier *c, enum queue_place where, const char *id, const struct shadow *s)
{
	const int64_t now = (int64_t)time(NULL);
	char name[LETTER_ID_MAX + 8];
	struct stat st;
	if (s->sent > 0 && s->sent <= now + FUTURE_S)
		return now - s->sent;
	snprintf(name, sizeof(name), "%s.txt", id);
	if (fstatat(queue_folder(c->queue, where), name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return 0;
	return now - (int64_t)st.st_ctime;
}

/* 0 and *ret, whose text is to be freed; -errno. */
int
courier_copy_read(struct courier *c, enum queue_place where, const char *id,
		  struct courier_copy *ret)
{
	const char *why;
	*ret = (struct courier_copy){.id = id};
	int e = queue_read(c->queue, where, id, &ret->text, &ret->n);
	if (e != 0)
		return e;
	const struct slice text = {ret->text, ret->n};
	shadow_read(text, &ret->s);
	ret->sound = letter_read(slice_str(id), text, &ret->l, &why) == 0;
	if (!ret->sound)
		ret->l = (struct letter){0};
	ret->age_s = age_of(c, where, id, &ret->s);
	return 0;
}

/* `s` NULL: without a word of it. */
int
courier_copy_write(struct courier *c, enum queue_place where, const struct courier_copy *copy,
		   const struct shadow *s)
{
	const struct slice text = {copy->text, copy->n};
	const size_t room = text.n + SHADOW_LINES_MAX;
	char *space = malloc(room);
	struct buf out = {space, 0, room, false};
	if (space == NULL)
		return -ENOMEM;
	if (s != NULL)
		shadow_write(text, s, &out);
	else
		shadow_strip(text, &out);
	int e = out.full || out.n > LETTER_TEXT_MAX
		    ? -EFBIG
		    : queue_write(c->queue, where, copy->id, (struct slice){space, out.n});
	free(space);
	return e;
}

bool
courier_is_listening(const struct courier *c)
{
	return c->with.reports != NULL && c->with.reports[0] != '\0';
}

/* ---- into shadow/ ---- */

static void
say_no_reports(struct courier *c, const struct courier_result *r)
{
	if (!courier_is_listening(c) || r->reported || c->no_reports_said)
		return;
	c->no_reports_said = true;
	log_warn(LOG_MAIL,
		 "the mail server promises no reports (DSN, RFC 3461): what it takes cannot be "
		 "confirmed, and is not sent again: %s",
		 r->text);
}

/* First the lines, then the move: a copy without them would be one of an unknown age. */
int
courier_keep(struct courier *c, const struct letter *l, const struct courier_result *r)
{
	struct courier_copy copy;
	int e = courier_copy_read(c, QUEUE_HERE, l->id, &copy);
	if (e != 0)
		return e;
	struct shadow s = {.sent = (int64_t)time(NULL), .again = copy.s.again};
	if (s.sent < s.again) /* the clock was set back: it has been sent again nevertheless */
		s.sent = s.again;
	s.reported = r->reported;
	clean_text(slice_str(r->text), s.to, sizeof(s.to));
	e = courier_copy_write(c, QUEUE_HERE, &copy, &s);
	free(copy.text);
	if (e == 0)
		e = queue_move(c->queue, l->id,
			       courier_sound_going(c, l->id, l->attachment, QUEUE_SHADOW),
			       QUEUE_HERE, QUEUE_SHADOW);
	if (e == 0)
		say_no_reports(c, r);
	return e;
}

static int
lend(struct courier *c, enum queue_place from, const char *attachment)
{
	const int folder = queue_folder(c->queue, from), here = queue_folder(c->queue, QUEUE_HERE);
	if (linkat(folder, attachment, here, attachment, 0) == 0)
		return 0;
	return errno == EEXIST || errno == ENOENT ? 0 : -errno;
}

static int
bring_back(struct courier *c, const char *id, enum queue_place from, bool shared)
{
	struct courier_copy copy;
	int e = courier_copy_read(c, from, id, &copy);
	if (e == -EFBIG || e == -ELOOP) /* whatever it is, it is the operator's */
		return queue_move(c->queue, id, "", from, QUEUE_HERE);
	if (e != 0)
		return e;
	if (copy.s.sent != 0 || copy.s.again != 0)
		e = courier_copy_write(c, from, &copy, NULL);
	if (e == 0 && shared)
		e = lend(c, from, copy.l.attachment);
	if (e == 0)
		e = queue_move(c->queue, id, shared ? "" : copy.l.attachment, from, QUEUE_HERE);
	free(copy.text);
	return e;
}

int
courier_release(struct courier *c, const char *id, enum queue_place from, bool shared)
{
	char name[LETTER_ID_MAX + 8];
	int e = bring_back(c, id, from, shared);
	if (e != 0)
		return e;
	snprintf(name, sizeof(name), "%s.txt", id);
	(void)queue_add(c->queue, name, clock_now());
	return 0;
}

void
courier_each(const struct courier *c, enum queue_place where,
	     void (*what)(void *arg, const char *id), void *arg)
{
	int fd = openat(queue_folder(c->queue, where), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
	char id[LETTER_ID_MAX];
	for (struct dirent *e; d != NULL && (e = readdir(d)) != NULL;) {
		struct slice name = slice_str(e->d_name);
		if (name.n <= 4 || strcmp(name.p + name.n - 4, ".txt") != 0)
			continue;
		name.n -= 4;
		if (!letter_id_ok(name))
			continue;
		snprintf(id, sizeof(id), "%.*s", (int)name.n, name.p);
		what(arg, id);
	}
	if (d != NULL)
		closedir(d);
	else if (fd >= 0)
		close(fd);
}

/* ---- for the operator ---- */

static void
print_hope(const struct courier *c, const struct shadow *s, struct buf *out)
{
	if (s->reported && courier_is_listening(c))
		buf_printf(out, "a report is expected in %s%s\n", c->with.reports,
			   atomic_load(&c->report.deaf) ? ", which cannot be read now" : "");
	else if (s->reported)
		buf_str(out, "the server was asked for a report, but mail.reports is not set\n");
	else if (courier_is_listening(c))
		buf_str(out, "the server promised no report (DSN): none will confirm it\n");
	else
		buf_str(out, "no report was asked for: mail.reports is not set\n");
	if (c->with.seen != NULL)
		buf_str(out, "it is looked for in the mailbox\n");
}

void
courier_shadow_show(struct courier *c, enum queue_place where, const char *id, struct buf *out)
{
	struct courier_copy copy;
	const int64_t now = (int64_t)time(NULL);
	if (courier_copy_read(c, where, id, &copy) != 0)
		return;
	if (where == QUEUE_SHADOW) {
		buf_str(out, "handed over ");
		courier_span(out, copy.age_s);
		buf_printf(out, " ago%s%s; not confirmed\n", copy.s.to[0] != '\0' ? ": " : "",
			   copy.s.to);
		print_hope(c, &copy.s, out);
	}
	if (copy.s.again != 0) {
		buf_str(out, "sent again ");
		courier_span(out, now - copy.s.again);
		buf_str(out, " ago, because nobody had confirmed it\n");
	}
	free(copy.text);
}

struct tally {
	struct courier *c;
	size_t expected, again, silent, seen;
};

enum { TALLY_MAX = 20000 }; /* more are not read while an operator waits */

static void
count_one(void *arg, const char *id)
{
	struct tally *t = arg;
	struct courier_copy copy;
	if (++t->seen > TALLY_MAX || courier_copy_read(t->c, QUEUE_SHADOW, id, &copy) != 0)
		return;
	t->expected += copy.s.reported && courier_is_listening(t->c);
	t->silent += !copy.s.reported || !courier_is_listening(t->c);
	t->again += copy.s.again != 0;
	free(copy.text);
}

void
courier_shadow_list(struct courier *c, struct buf *out)
{
	struct tally t = {.c = c};
	if (queue_aside(c->queue, QUEUE_SHADOW) == 0)
		return;
	courier_each(c, QUEUE_SHADOW, count_one, &t);
	buf_printf(out, "shadow: %zu expect a report, %zu do not, %zu were sent again%s\n",
		   t.expected, t.silent, t.again,
		   t.seen > TALLY_MAX ? " (of the first 20000)" : "");
}
