/* courier_bad: what an operator is shown of bad/: each message that will never go, and why.
 * Part of the room courier; see courier_room.h. */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "ipc/base/clean.h"
#include "worker/courier_room.h"

enum { SHOWN_MAX = 50, LINE_MAX_BYTES = 256 };

struct shown {
	struct {
		struct timespec since;
		char id[LETTER_ID_MAX];
	} item[SHOWN_MAX]; /* the newest, the newest first */
	size_t n, all;
};

void
courier_reason(const struct courier *c, const char *id, char *out, size_t size)
{
	char name[LETTER_ID_MAX + 8], text[1024];
	snprintf(name, sizeof(name), "%s.reason", id);
	int fd = openat(queue_folder(c->queue, QUEUE_BAD), name,
			O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	ssize_t n = fd >= 0 ? read(fd, text, sizeof(text)) : 0;
	if (fd >= 0)
		close(fd);
	clean_text(slice_trim((struct slice){text, n > 0 ? (size_t)n : 0}), out, size);
	if (out[0] == '\0')
		snprintf(out, size, "nobody has noted why");
}

static bool
before(struct timespec a, struct timespec b)
{
	return a.tv_sec < b.tv_sec || (a.tv_sec == b.tv_sec && a.tv_nsec < b.tv_nsec);
}

/* Into its place among the newest; what is older than all of a full list is counted only. */
static void
keep(struct shown *s, struct slice id, struct timespec since)
{
	size_t at = s->n;
	s->all++;
	while (at > 0 && before(s->item[at - 1].since, since))
		at--;
	if (at == SHOWN_MAX)
		return;
	if (s->n < SHOWN_MAX)
		s->n++;
	memmove(&s->item[at + 1], &s->item[at], (s->n - 1 - at) * sizeof(s->item[0]));
	s->item[at].since = since;
	snprintf(s->item[at].id, sizeof(s->item[at].id), "%.*s", (int)id.n, id.p);
}

static void
look(int folder, struct shown *s)
{
	int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
	struct stat st;
	if (d == NULL && fd >= 0)
		close(fd);
	for (struct dirent *e; d != NULL && (e = readdir(d)) != NULL;) {
		struct slice name = slice_str(e->d_name), id = name;
		id.n = name.n > 4 ? name.n - 4 : 0;
		if (id.n > 0 && strcmp(e->d_name + id.n, ".txt") == 0 && letter_id_ok(id) &&
		    fstatat(folder, e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0)
			keep(s, id, st.st_ctim); /* when it was moved here */
	}
	if (d != NULL)
		closedir(d);
}

void
courier_bad_list(const struct courier *c, struct buf *out)
{
	char why[LINE_MAX_BYTES];
	struct shown s;
	s.n = s.all = 0;
	if (queue_aside(c->queue, QUEUE_BAD) > 0)
		look(queue_folder(c->queue, QUEUE_BAD), &s);
	for (size_t i = 0; i < s.n; i++) {
		courier_reason(c, s.item[i].id, why, sizeof(why));
		buf_printf(out, "%s  ", s.item[i].id);
		courier_span(out, (int64_t)(time(NULL) - s.item[i].since.tv_sec));
		buf_printf(out, "  bad  %s\n", why);
	}
	if (s.n < s.all)
		buf_printf(out, "and %zu more in bad/\n", s.all - s.n);
}
