/* courier_ear: the Maildir that reports of delivery come to (mail.reports), which is that of
 * mail.sender.  What is about a message of ours is acted on and removed; other mail is read once,
 * and left as it is.
 * Part of the room courier; see courier_room.h. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ipc/base/log.h"
#include "worker/courier_room.h"

enum {
	LOOK_MS = 60000, /* for what inotify does not see */
	DEAF_MS = 10000, /* while it cannot be read */
	SLACK_S = 2,     /* a file's ctime is as coarse as this */
	ACTS_MAX = 200,  /* in one round: messages that wait are not kept waiting */
	HEAD_MAX = 16 * 1024,
};

static const char *const subs[] = {"new", "cur"};

/* ---- watching ---- */

static void
watch(struct courier *c)
{
	char path[PATH_MAX];
	int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	bool sound = fd >= 0;
	for (size_t i = 0; i < 2 && sound; i++) {
		snprintf(path, sizeof(path), "%s/%s", c->with.reports, subs[i]);
		/* a link is how some programs move a mail into new/ */
		sound = inotify_add_watch(
			    fd, path, IN_MOVED_TO | IN_CREATE | IN_CLOSE_WRITE | IN_ONLYDIR) >= 0;
	}
	if (!sound && fd >= 0) { /* looked at every minute */
		close(fd);
		fd = -1;
	}
	c->ear.notify = fd;
}

/* What has come is seen by reading the folders. */
static void
drain(struct courier *c)
{
	while (c->ear.notify >= 0 && read(c->ear.notify, c->events, sizeof(c->events)) > 0)
		;
}

void
courier_deafen(struct courier *c)
{
	if (c->ear.notify >= 0)
		close(c->ear.notify);
	memset(&c->ear, 0, sizeof(c->ear));
	c->ear.notify = -1;
	atomic_store(&c->report.deaf, false);
}

/* ---- one mail ---- */

/* Its beginning, up to `cap` bytes.  How many, or -errno. */
static ssize_t
read_some(int fd, char *space, size_t have, size_t cap)
{
	while (have < cap) {
		ssize_t n = read(fd, space + have, cap - have);
		if (n == 0)
			break;
		if (n < 0 && errno != EINTR)
			return -errno;
		have += n > 0 ? (size_t)n : 0;
	}
	return (ssize_t)have;
}

/* Most of what is no report is known by its first lines. */
static ssize_t
read_mail(int fd, char *space)
{
	ssize_t n = read_some(fd, space, 0, HEAD_MAX);
	if (n < 0 ||
	    slice_find((struct slice){space, (size_t)n}, SLICE("multipart/report"), true) < 0)
		return n < 0 ? n : 0;
	return read_some(fd, space, (size_t)n, MAIL_REPORT_MAX);
}

static void
remove_report(struct courier *c, int folder, const char *name)
{
	if (unlinkat(folder, name, 0) == 0 || errno == ENOENT)
		return;
	if (!c->ear.stuck)
		log_err(LOG_MAIL, "%s: a report cannot be removed: %s: %s", c->with.reports, name,
			strerror(errno));
	c->ear.stuck = true;
}

/* 1: it was about a message of ours, and has been removed; 0: it is none of ours; -errno. */
static int
take(struct courier *c, int folder, const char *name, int64_t when)
{
	struct mail_report r;
	int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	char *space = fd >= 0 ? malloc(MAIL_REPORT_MAX) : NULL;
	ssize_t n = fd < 0 ? -errno : space == NULL ? -ENOMEM : read_mail(fd, space);
	int ret = n < 0 ? (int)n : 0;
	if (n > 0 && mail_report_read((struct slice){space, (size_t)n}, &r) &&
	    courier_told(c, &r, when)) {
		remove_report(c, folder, name);
		ret = 1;
	}
	free(space);
	if (fd >= 0)
		close(fd);
	return ret == -ENOENT ? 0 : ret;
}

/* ---- the folders ---- */

/* Those files of new/ or cur/ that came after the last look.  How many were ours, or -errno. */
static int
look(struct courier *c, size_t sub, DIR *d)
{
	int64_t *newest = &c->ear.newest[sub], mark = *newest - SLACK_S;
	int acts = 0, e = 0;
	struct stat st;
	for (struct dirent *f; acts < ACTS_MAX && (f = readdir(d)) != NULL;) {
		if (f->d_name[0] == '.' ||
		    fstatat(dirfd(d), f->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0 ||
		    !S_ISREG(st.st_mode) || st.st_ctime < mark)
			continue;
		int r = take(c, dirfd(d), f->d_name, st.st_mtime);
		acts += r > 0;
		e = r < 0 ? r : e;
		if (st.st_ctime > *newest)
			*newest = st.st_ctime;
	}
	if (e != 0 || acts == ACTS_MAX) /* not all of them were read */
		*newest = mark + SLACK_S;
	return e != 0 ? e : acts;
}

static int
look_into(struct courier *c, size_t sub)
{
	char path[PATH_MAX];
	snprintf(path, sizeof(path), "%s/%s", c->with.reports, subs[sub]);
	DIR *d = opendir(path);
	if (d == NULL)
		return -errno;
	int r = look(c, sub, d);
	closedir(d);
	return r;
}

/* Told when it changes. */
static void
set_deaf(struct courier *c, int e)
{
	bool deaf = e < 0;
	if (deaf && !c->ear.said)
		log_warn(LOG_MAIL,
			 "mail.reports: %s: %s: no reports are read, and nothing is sent again",
			 c->with.reports, strerror(-e));
	else if (!deaf && c->ear.said)
		log_notice(LOG_MAIL, "mail.reports: %s can be read", c->with.reports);
	c->ear.said = deaf;
	atomic_store(&c->report.deaf, deaf);
}

int64_t
courier_hear(struct courier *c, struct mono now)
{
	const char *dir = c->with.reports;
	const int64_t pause = c->ear.said ? DEAF_MS : LOOK_MS;
	int acts = 0;
	if (dir == NULL || dir[0] == '\0')
		return -1;
	if (!c->ear.due && mono_set(c->ear.looked) && mono_ms(c->ear.looked, now) < pause)
		return pause - mono_ms(c->ear.looked, now);
	if (c->ear.notify < 0)
		watch(c);
	drain(c); /* before the look: what comes meanwhile wakes us again */
	c->ear.due = false;
	c->ear.looked = now;
	for (size_t i = 0; i < 2 && acts >= 0; i++) {
		int r = look_into(c, i);
		c->ear.due |= r == ACTS_MAX;
		acts = r < 0 ? r : acts + r;
	}
	set_deaf(c, acts < 0 ? acts : 0);
	return c->ear.due ? 0 : c->ear.said ? DEAF_MS : LOOK_MS;
}
