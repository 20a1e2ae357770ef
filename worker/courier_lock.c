/* courier_lock: who owns the queue: the lock, and what watches the folder.
 * Part of the room courier; see courier_room.h. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ipc/base/log.h"
#include "worker/courier_room.h"
#include "worker/spool.h"
#include "worker/spool_disk.h"

#define LOCK_NAME ".queue"

static void
trouble(struct courier *c, const char *what, int e)
{
	if (!c->lock_trouble)
		log_err(LOG_MAIL, "%s: %s: %s: nothing is delivered", c->with.spool, what,
			strerror(-e));
	c->lock_trouble = true;
}

static int
open_lock(struct courier *c)
{
	int folder = spool_disk_folder(c->with.spool);
	if (folder < 0)
		return folder;
	int fd = openat(folder, LOCK_NAME, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
	int e = fd < 0 ? -errno : fd;
	close(folder);
	return e;
}

/* The folder for new files; the lock for whoever closes it. */
static void
watch(struct courier *c)
{
	char path[PATH_MAX];
	c->notify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	snprintf(path, sizeof(path), "%s/" LOCK_NAME, c->with.spool);
	if (c->notify >= 0 &&
	    inotify_add_watch(c->notify, c->with.spool, IN_MOVED_TO | IN_CLOSE_WRITE) >= 0 &&
	    inotify_add_watch(c->notify, path, IN_CLOSE) >= 0)
		return;
	log_warn(LOG_MAIL, "%s: it cannot be watched (%s): looked at every second", c->with.spool,
		 strerror(errno));
	if (c->notify >= 0)
		close(c->notify);
	c->notify = -1;
}

static void
unwatch(struct courier *c)
{
	if (c->notify >= 0)
		close(c->notify);
	c->notify = -1;
}

/* What a killed worker left, or one whose disk was full at the end: nobody else looks before the
 * next worker starts. */
void
courier_scan(struct courier *c, bool found, struct mono now)
{
	(void)spool_salvage(c->with.spool, c->with.min_ms);
	int n = queue_scan(c->queue, found, now);
	c->scanned = now;
	if (n < 0)
		trouble(c, "it cannot be read", n);
	else if (n > 0)
		log_info(LOG_MAIL, "%d messages found in %s", n, c->with.spool);
}

static void
close_lock(struct courier *c)
{
	if (c->lock >= 0)
		close(c->lock);
	c->lock = -1;
}

static void
take_over(struct courier *c, struct mono now)
{
	int e = queue_new(c->with.spool, &c->queue);
	if (e != 0) {
		trouble(c, "the queue", e);
		close_lock(c);
		return;
	}
	c->lock_trouble = false;
	c->gate = (struct retry_gate){0};
	courier_scan(c, true, now);
	c->swept = (struct mono){0};
	c->swept_s = 0;
	courier_notice_look(c, now);
	log_info(LOG_MAIL, "the queue is ours: %zu wait, %zu bad", queue_count(c->queue),
		 queue_aside(c->queue, QUEUE_BAD));
}

/* Whether the file is still the one that others would open. */
static bool
is_linked(int fd)
{
	struct stat st;
	return fstat(fd, &st) == 0 && st.st_nlink > 0;
}

/* Tries to become the owner; watched first, so that a release between is not missed.  The file
 * stays open meanwhile: our own closing of it would wake us. */
void
courier_reach(struct courier *c, struct mono now)
{
	if (c->lock < 0)
		c->lock = open_lock(c);
	if (c->lock < 0) {
		trouble(c, LOCK_NAME, c->lock);
		c->lock = -1;
		return;
	}
	if (c->notify < 0)
		watch(c);
	if (flock(c->lock, LOCK_EX | LOCK_NB) == 0 && is_linked(c->lock))
		take_over(c, now);
	else if (!is_linked(c->lock))
		close_lock(c);
}

/* In this order: whoever sees the lock free finds the queue as we leave it. */
void
courier_give_up(struct courier *c)
{
	if (c->queue != NULL)
		log_info(LOG_MAIL, "the queue is given up");
	courier_release_stop(c);
	queue_free(c->queue);
	c->queue = NULL;
	courier_deafen(c);
	unwatch(c);
	close_lock(c);
}
