/* trunk_file: see trunk_file.h. */
#include "supervisor/trunk_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ipc/base/log.h"

/* Two lines a trunk. */
enum { FILE_MAX = CONF_TRUNKS * (2 * CONF_NAME_MAX + TRUNK_WHY + TRUNK_EVIDENCE + 96) };

struct trunk_file {
	struct loop *loop;
	char path[CONF_PATH_MAX + 16], fresh[CONF_PATH_MAX + 16];
	struct buf writing; /* the pool thread's while .p is set */
	struct buf next;    /* newer than that; .p NULL: nothing is */
	int error;          /* of the last save, -errno */
	bool left;          /* its owner has gone */
};

struct trunk_file *
trunk_file_new(struct loop *l, const char *directory)
{
	struct trunk_file *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	f->loop = l;
	snprintf(f->path, sizeof(f->path), "%s/learned", directory);
	snprintf(f->fresh, sizeof(f->fresh), "%s/learned.new", directory);
	return f;
}

int
trunk_file_load(const struct trunk_file *f, struct trunks *t)
{
	int error = 0, fd = open(f->path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	char *text = malloc(FILE_MAX);
	ssize_t n = text ? read(fd, text, FILE_MAX) : -1;
	if (n < 0)
		error = text ? -errno : -ENOMEM;
	else if (trunks_load(t, (struct slice){text, (size_t)n}) > 0)
		log_warn(LOG_TRUNK,
			 "%s: lines that no longer fit the configured trunks were skipped",
			 f->path);
	free(text);
	close(fd);
	return error;
}

static int
write_whole(const char *path, const struct buf *text)
{
	int error = 0, fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);

	if (fd < 0)
		return -errno;
	ssize_t wrote = write(fd, text->p, text->n);
	if (wrote != (ssize_t)text->n)
		error = wrote < 0 ? -errno : -ENOSPC;
	else if (fsync(fd) < 0)
		error = -errno;
	close(fd);
	return error;
}

/* On a pool thread. */
static void
work(void *arg)
{
	struct trunk_file *f = arg;

	f->error = write_whole(f->fresh, &f->writing);
	if (!f->error && rename(f->fresh, f->path) < 0)
		f->error = -errno;
}

static void saved(void *arg);

static void
begin(struct trunk_file *f)
{
	f->writing = f->next;
	f->next = (struct buf){0};
	loop_work_slow(f->loop, work, saved, f);
}

static void
saved(void *arg)
{
	struct trunk_file *f = arg;

	free(f->writing.p);
	f->writing.p = NULL;
	if (f->error)
		log_warn(LOG_TRUNK, "what trunks have taught cannot be kept in %s: %s", f->path,
			 strerror(-f->error));
	if (f->next.p)
		begin(f);
	else if (f->left)
		free(f);
}

void
trunk_file_save(struct trunk_file *f, struct trunks *t)
{
	/* f->error is the pool thread's while it writes, and what it writes is older than `t` */
	if (!t->dirty && (f->writing.p || !f->error))
		return;
	if (!f->next.p)
		f->next.p = malloc(FILE_MAX);
	if (!f->next.p) {
		log_warn(LOG_TRUNK, "what trunks have taught cannot be kept: out of memory");
		return;
	}
	f->next = (struct buf){f->next.p, 0, FILE_MAX, false};
	trunks_print(t, &f->next);
	t->dirty = false;
	if (!f->writing.p)
		begin(f);
}

void
trunk_file_free(struct trunk_file *f)
{
	if (!f)
		return;
	f->left = true;
	if (!f->writing.p)
		free(f);
}
