/* queue_file: the folder of the queue on the disk: what lies there, and its moves.
 * Part of the room queue; see queue.h.
 * The header file is what makes an item: it is moved first, and comes back last, so that an item is
 * never there without its sound because of us. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "worker/queue_room.h"
#include "worker/spool_disk.h"

enum { ASIDE_MODE = 0750, REASON_MODE = 0640, HEADER_MODE = 0640 };

static const char *const place_names[QUEUE_PLACES] = {
    [QUEUE_HERE] = ".", [QUEUE_BAD] = "bad", [QUEUE_SHADOW] = "shadow"};

#define TXT ".txt"

struct name {
	char s[LETTER_ID_MAX + 8];
};

static struct name
name_of(const char *id, const char *suffix)
{
	struct name n;
	snprintf(n.s, sizeof(n.s), "%s%s", id, suffix);
	return n;
}

struct slice
queue_id_of(const char *name)
{
	struct slice s = slice_str(name), none = {0};
	if (s.n <= 4 || strcmp(name + s.n - 4, TXT) != 0)
		return none;
	s.n -= 4;
	return letter_id_ok(s) ? s : none;
}

/* ---- opening ---- */

static int
open_aside(struct queue *q, enum queue_place which)
{
	const char *name = place_names[which];
	if (mkdirat(q->folder[QUEUE_HERE], name, ASIDE_MODE) != 0 && errno != EEXIST)
		return -errno;
	q->folder[which] = openat(q->folder[QUEUE_HERE], name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return q->folder[which] < 0 ? -errno : 0;
}

int
queue_new(const char *dir, struct queue **ret)
{
	struct queue *q = calloc(1, sizeof(*q));
	if (q == NULL)
		return -ENOMEM;
	queue_empty(q);
	q->key = hash_key_random();
	q->folder[QUEUE_BAD] = q->folder[QUEUE_SHADOW] = -1;
	q->folder[QUEUE_HERE] = spool_disk_folder(dir);
	int e = q->folder[QUEUE_HERE] < 0 ? q->folder[QUEUE_HERE] : open_aside(q, QUEUE_BAD);
	if (e == 0)
		e = open_aside(q, QUEUE_SHADOW);
	if (e == 0)
		*ret = q;
	else
		queue_free(q);
	return e;
}

void
queue_close(struct queue *q)
{
	for (int i = 0; i < QUEUE_PLACES; i++)
		if (q->folder[i] >= 0)
			close(q->folder[i]);
}

int
queue_folder(const struct queue *q, enum queue_place which)
{
	return q->folder[which];
}

size_t
queue_aside(const struct queue *q, enum queue_place which)
{
	return q->aside[which];
}

/* ---- looking ---- */

static DIR *
open_list(int folder)
{
	int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
	if (d == NULL && fd >= 0)
		close(fd);
	return d;
}

static void
count_aside(struct queue *q, enum queue_place which)
{
	DIR *d = open_list(q->folder[which]);
	q->aside[which] = 0;
	if (d == NULL)
		return;
	for (struct dirent *e; (e = readdir(d)) != NULL;)
		q->aside[which] += queue_id_of(e->d_name).n > 0;
	closedir(d);
}

struct queue_item *
queue_add(struct queue *q, const char *name, struct mono now)
{
	struct slice id = queue_id_of(name);
	struct stat st;
	struct queue_item *i = id.n > 0 ? queue_lookup(q, id) : NULL;
	if (id.n == 0 || i != NULL)
		return i;
	if (fstatat(q->folder[QUEUE_HERE], name, &st, AT_SYMLINK_NOFOLLOW) != 0 ||
	    !S_ISREG(st.st_mode))
		return NULL;
	/* ctime: a file that somebody has moved here keeps its mtime */
	return queue_insert(q, id, st.st_ctime, now);
}

/* Those that no reading of the folder has seen are no more. */
static void
forget_gone(struct queue *q)
{
	for (size_t i = q->all.n; i-- > 0;)
		if (i < q->all.n && q->all.item[i]->seen != q->scans)
			queue_forget(q, q->all.item[i]);
}

static bool
all_seen(const struct queue *q)
{
	for (size_t i = 0; i < q->all.n; i++)
		if (q->all.item[i]->seen != q->scans)
			return false;
	return true;
}

int
queue_scan(struct queue *q, bool found, struct mono now)
{
	DIR *d = open_list(q->folder[QUEUE_HERE]);
	int added = 0;
	if (d == NULL)
		return -errno;
	q->scans++;
	for (struct dirent *e; (e = readdir(d)) != NULL;) {
		size_t before = q->all.n;
		struct queue_item *i = queue_add(q, e->d_name, now);
		if (i == NULL)
			continue;
		i->seen = q->scans;
		if (q->all.n > before) {
			i->found = found;
			added++;
		}
	}
	closedir(d);
	while (!all_seen(q))
		forget_gone(q);
	count_aside(q, QUEUE_BAD);
	count_aside(q, QUEUE_SHADOW);
	return added;
}

/* ---- reading ---- */

static int
read_all(int fd, char *space, size_t cap)
{
	size_t n = 0;
	while (n < cap) {
		ssize_t got = read(fd, space + n, cap - n);
		if (got == 0)
			return (int)n;
		if (got < 0 && errno != EINTR)
			return -errno;
		n += got > 0 ? (size_t)got : 0;
	}
	return -EFBIG;
}

int
queue_read(const struct queue *q, enum queue_place where, const char *id, char **ret, size_t *ret_n)
{
	const size_t cap = LETTER_TEXT_MAX + 1;
	int fd = openat(q->folder[where], name_of(id, TXT).s,
			O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	char *space = fd >= 0 ? malloc(cap) : NULL;
	int n = space != NULL ? read_all(fd, space, cap) : fd < 0 ? -errno : -ENOMEM;
	if (fd >= 0)
		close(fd);
	if (n < 0) {
		free(space);
		return n;
	}
	*ret = space;
	*ret_n = (size_t)n;
	return 0;
}

/* ---- moving ---- */

static int
move_sound(struct queue *q, const char *attachment, enum queue_place from, enum queue_place to)
{
	if (attachment[0] == '\0')
		return 0;
	if (renameat(q->folder[from], attachment, q->folder[to], attachment) != 0)
		return errno == ENOENT ? 0 : -errno;
	/* links of one file: rename(2) leaves both */
	(void)unlinkat(q->folder[from], attachment, 0);
	return 0;
}

static int
move_header(struct queue *q, const char *id, enum queue_place from, enum queue_place to)
{
	struct name name = name_of(id, TXT);
	return renameat(q->folder[from], name.s, q->folder[to], name.s) == 0 ? 0 : -errno;
}

static void
count(struct queue *q, enum queue_place which, int by)
{
	if (which != QUEUE_HERE && (by > 0 || q->aside[which] > 0))
		q->aside[which] += (size_t)by;
}

int
queue_move(struct queue *q, const char *id, const char *attachment, enum queue_place from,
	   enum queue_place to)
{
	const bool back = to == QUEUE_HERE;
	int e = back ? move_sound(q, attachment, from, to) : move_header(q, id, from, to);
	if (e == 0)
		e = back ? move_header(q, id, from, to) : move_sound(q, attachment, from, to);
	if (e != 0)
		return e;
	if (from == QUEUE_BAD)
		(void)unlinkat(q->folder[from], name_of(id, ".reason").s, 0);
	count(q, from, -1);
	count(q, to, 1);
	if (fsync(q->folder[to]) != 0 || fsync(q->folder[from]) != 0)
		return -errno;
	return 0;
}

/* A reason that cannot be written does not keep the item from being set aside. */
static void
write_reason(struct queue *q, const char *id, const char *why)
{
	int fd = openat(q->folder[QUEUE_BAD], name_of(id, ".reason").s,
			O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, REASON_MODE);
	size_t done;
	if (fd < 0)
		return;
	(void)spool_disk_write(fd, slice_str(why), 0, &done);
	(void)spool_disk_write(fd, SLICE("\n"), (off_t)done, &done);
	(void)fsync(fd);
	close(fd);
}

int
queue_move_bad(struct queue *q, const char *id, const char *attachment, enum queue_place from,
	       const char *why)
{
	write_reason(q, id, why);
	return queue_move(q, id, attachment, from, QUEUE_BAD);
}

/* ---- writing ---- */

static int
write_text(int folder, const char *name, struct slice text)
{
	size_t done;
	int fd = openat(folder, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
			HEADER_MODE);
	if (fd < 0)
		return -errno;
	int e = spool_disk_write(fd, text, 0, &done);
	if (e == 0 && fsync(fd) != 0)
		e = -errno;
	close(fd);
	return e;
}

/* There is one owner and one thread: one name does for all, and nothing piles up. */
int
queue_write(struct queue *q, enum queue_place where, const char *id, struct slice text)
{
	static const char part[] = ".header.part";
	const int folder = q->folder[where];
	int e = write_text(folder, part, text);
	if (e == 0 && renameat(folder, part, folder, name_of(id, TXT).s) != 0)
		e = -errno;
	if (e != 0)
		(void)unlinkat(folder, part, 0);
	else if (fsync(folder) != 0)
		e = -errno;
	return e;
}

int
queue_remove(struct queue *q, const char *id, const char *attachment, enum queue_place where)
{
	if (unlinkat(q->folder[where], name_of(id, TXT).s, 0) != 0)
		return -errno;
	if (attachment[0] != '\0')
		(void)unlinkat(q->folder[where], attachment, 0);
	if (where == QUEUE_BAD)
		(void)unlinkat(q->folder[where], name_of(id, ".reason").s, 0);
	count(q, where, -1);
	return fsync(q->folder[where]) == 0 ? 0 : -errno;
}
