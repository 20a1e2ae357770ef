/* watch: see watch.h.
 * A Maildir that is there has two watches, one that is not has one of the deepest folder above that
 * is; many may share that one (watch_rows.h). */
#include "worker/watch.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ipc/base/log.h"
#include "worker/watch_rows.h"

enum {
	COUNT_MS = 100, /* from the first event to the count: more will come */
	SLICE_MAX = 200,
	ROUND_S = 600, /* in this time each is looked at, whatever inotify says */
	BLIND_S = 5,   /* the same for what cannot be watched */
	TURN_MS = 1000,
	ROOT_MS = 200, /* until the root is there */
	UP_MAX = 16,
	EVENTS_MAX = 64 * 1024
};

#define CHANGES (IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO)
#define LEAVES  (IN_DELETE_SELF | IN_MOVE_SELF)
#define FLAGS   (IN_ONLYDIR | IN_MASK_ADD)

struct box {
	const char *folder;
	bool dirty : 1;   /* in the list of those to be counted */
	bool settled : 1; /* its watches are right */
	bool blind : 1;   /* it cannot be watched */
	bool there : 1;   /* it was there when it was counted last */
};

struct watch {
	watch_fn *fn;
	void *arg;
	int fd;
	struct box *box;
	uint32_t *dirty; /* room for each box once */
	uint32_t n, room, ndirty, nblind, round, blind_in;
	struct watch_rows rows;
	const char *root;
	int root_wd;
	bool root_changed, warned;
	struct mono count_at, turned;
};

struct watch *
watch_new(watch_fn *fn, void *arg)
{
	struct watch *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	w->fn = fn;
	w->arg = arg;
	w->root_wd = -1;
	w->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (w->fd < 0)
		log_warn(LOG_MAIL, "Maildirs cannot be watched (%s): looked at every %d s",
			 strerror(errno), BLIND_S);
	return w;
}

void
watch_free(struct watch *w)
{
	if (!w)
		return;
	if (w->fd >= 0)
		close(w->fd);
	watch_rows_free(&w->rows);
	free(w->box);
	free(w->dirty);
	free(w);
}

int
watch_fd(const struct watch *w)
{
	return w->fd;
}

/* ---- which has to be counted ---- */

static void
mark(struct watch *w, uint32_t i, bool unsettle)
{
	struct box *b = &w->box[i];

	if (unsettle)
		b->settled = false;
	if (b->dirty)
		return;
	b->dirty = true;
	w->dirty[w->ndirty++] = i;
}

static bool
grow(struct watch *w)
{
	const uint32_t room = w->room ? 2 * w->room : 64;
	struct box *box = realloc(w->box, room * sizeof(*box));

	if (box)
		w->box = box;
	uint32_t *dirty = realloc(w->dirty, room * sizeof(*dirty));
	if (dirty)
		w->dirty = dirty;
	if (!box || !dirty)
		return false;
	w->room = room;
	return true;
}

int
watch_add(struct watch *w, const char *folder, bool counted)
{
	if ((w->n == w->room && !grow(w)) || !watch_rows_room(&w->rows, w->n + 1))
		return -ENOMEM;
	w->box[w->n] = (struct box){.folder = folder, .there = counted};
	mark(w, w->n++, true);
	return 0;
}

/* ---- watches ---- */

static int
add_row(struct watch *w, uint32_t i, const char *path, uint32_t mask, size_t up)
{
	const int wd = w->fd < 0 ? -1 : inotify_add_watch(w->fd, path, mask | FLAGS);

	if (wd < 0)
		return w->fd < 0 ? -ENOSYS : -errno;
	watch_rows_add(&w->rows, wd, i, (uint32_t)up);
	return 0;
}

static void
drop_rows(struct watch *w, uint32_t i)
{
	for (int wd; (wd = watch_rows_drop(&w->rows, i)) >= 0;)
		if (wd > 0 && wd != w->root_wd)
			(void)inotify_rm_watch(w->fd, wd);
}

static bool
is_missing(int e)
{
	return e == -ENOENT || e == -ENOTDIR;
}

/* `path` is missing: watches the deepest folder above that is there.  1: what was missing in it has
 * appeared meanwhile; 0; -errno. */
static int
watch_above(struct watch *w, uint32_t i, char *path)
{
	struct stat st;
	int e = -ENOENT;

	while (is_missing(e)) {
		char *cut = strrchr(path, '/');
		if (!cut || cut == path)
			return e;
		*cut = '\0';
		e = add_row(w, i, path, IN_CREATE | IN_MOVED_TO | LEAVES, strlen(path));
		if (e == 0) {
			*cut = '/';
			return stat(path, &st) == 0 ? 1 : 0;
		}
	}
	return e;
}

static int
try_settle(struct watch *w, uint32_t i)
{
	static const char *const subs[] = {"new", "cur"};
	char path[PATH_MAX + 8];
	int e = 0;

	drop_rows(w, i);
	for (int s = 0; s < 2 && e == 0; s++) {
		snprintf(path, sizeof(path), "%s/%s", w->box[i].folder, subs[s]);
		e = add_row(w, i, path, CHANGES | LEAVES, 0);
	}
	if (!is_missing(e))
		return e;
	drop_rows(w, i);
	return watch_above(w, i, path);
}

static void
settle(struct watch *w, uint32_t i)
{
	struct box *b = &w->box[i];
	int e = 1;

	for (int n = 0; n < UP_MAX && e == 1; n++)
		e = try_settle(w, i);
	w->nblind += (uint32_t)(e < 0);
	w->nblind -= (uint32_t)b->blind;
	b->blind = e < 0;
	b->settled = true;
	if (e < 0 && !w->warned && w->fd >= 0) {
		w->warned = true;
		log_warn(LOG_MAIL, "%s: it cannot be watched, and is looked at every %d s: %s%s",
			 b->folder, BLIND_S, strerror(-e),
			 e == -ENOSPC ? " (fs.inotify.max_user_watches)" : "");
	}
}

void
watch_root(struct watch *w, const char *folder)
{
	w->root = folder;
	w->root_changed = true;
}

static void
reach_root(struct watch *w)
{
	if (!w->root || w->root_wd >= 0)
		return;
	w->root_wd =
	    w->fd < 0 ? -1
		      : inotify_add_watch(w->fd, w->root, IN_CREATE | IN_MOVED_TO | LEAVES | FLAGS);
	if (w->root_wd >= 0)
		w->root_changed = true;
}

bool
watch_root_changed(struct watch *w)
{
	const bool changed = w->root_changed;

	w->root_changed = false;
	return changed;
}

/* ---- events ---- */

/* Whether `e`, of a folder above, may be the Maildir's next folder or the Maildir. */
static bool
is_on_the_way(const struct box *b, uint32_t up, const struct inotify_event *e)
{
	const size_t n = strlen(b->folder), name = e->len ? strlen(e->name) : 0;
	const char *next = b->folder + up + 1;

	if (up >= n)
		return true;
	return strncmp(next, e->name, name) == 0 && (next[name] == '/' || next[name] == '\0');
}

static void
on_event(struct watch *w, const struct inotify_event *e)
{
	const bool gone = e->mask & (LEAVES | IN_IGNORED | IN_UNMOUNT);

	if (e->wd == w->root_wd && gone)
		w->root_wd = -1;
	else if (e->wd == w->root_wd)
		w->root_changed = true;
	for (uint32_t r = watch_rows_first(&w->rows, e->wd); r != WATCH_ROWS_END;
	     r = watch_rows_next(&w->rows, r)) {
		const uint32_t i = watch_rows_box(r), up = w->rows.row[r].up;
		if (up == 0 || gone || is_on_the_way(&w->box[i], up, e))
			mark(w, i, gone || up > 0);
	}
}

static void
mark_all(struct watch *w)
{
	for (uint32_t i = 0; i < w->n; i++)
		mark(w, i, true);
	w->root_changed = w->root != NULL;
}

void
watch_read(struct watch *w, struct mono now)
{
	static _Thread_local _Alignas(8) char space[EVENTS_MAX];
	const bool idle = w->ndirty == 0;
	const ssize_t n = read(w->fd, space, sizeof(space));

	for (ssize_t at = 0; n > 0 && at < n;) {
		const struct inotify_event *e = (const void *)(space + at);
		if (e->mask & IN_Q_OVERFLOW)
			mark_all(w);
		else
			on_event(w, e);
		at += (ssize_t)(sizeof(*e) + e->len);
	}
	if (idle && w->ndirty > 0)
		w->count_at = mono_add(now, COUNT_MS);
}

/* ---- counting ---- */

static void
count(struct watch *w, uint32_t i)
{
	struct box *b = &w->box[i];
	struct tally t;

	b->dirty = false;
	if (!b->settled)
		settle(w, i);
	const int e = tally_folder(b->folder, &t);
	if (is_missing(e) && b->there)
		t = (struct tally){0};
	else if (e < 0)
		return;
	b->there = e == 0;
	w->fn(w->arg, i, &t);
}

/* Now and then: the next of the round, and those that cannot be watched. */
static void
turn(struct watch *w, struct mono now)
{
	const uint32_t some = w->n / ROUND_S + 1;

	w->turned = now;
	for (uint32_t k = 0; k < some && w->n > 0; k++)
		mark(w, w->round++ % w->n, true);
	if (w->blind_in-- > 0)
		return;
	w->blind_in = BLIND_S - 1;
	for (uint32_t i = 0; i < w->n && w->nblind > 0; i++)
		if (w->box[i].blind)
			mark(w, i, true);
	if (w->fd < 0 && w->root)
		w->root_changed = true;
}

int64_t
watch_work(struct watch *w, struct mono now)
{
	reach_root(w);
	if (mono_ms(w->turned, now) >= TURN_MS)
		turn(w, now);
	if (w->ndirty > 0 && w->count_at.ns > now.ns)
		return mono_ms(now, w->count_at) + 1;
	for (int k = 0; k < SLICE_MAX && w->ndirty > 0; k++)
		count(w, w->dirty[--w->ndirty]);
	return w->ndirty > 0 ? 0 : w->root && w->root_wd < 0 ? ROOT_MS : TURN_MS;
}
