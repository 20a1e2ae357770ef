/* gauges: see gauges.h. */
#include "supervisor/gauges.h"

#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#include "ipc/base/log.h"

enum {
	BUSY_MS = 1500,         /* between two questions to the disk, at least */
	IDLE_MS = 15000,        /* the same while no call is up and nothing runs short */
	STUCK_MS = 10000,       /* a disk that does not answer for so long takes nothing either */
	DISKS = 2,              /* of the spool, of the Maildirs */
	FILE_BYTES = 48 * 1024, /* of a message of 10 s there are three files with 160 K */
};

/* One question to the disk. */
struct job {
	struct gauges *asker; /* NULL: gone meanwhile */
	char path[DISKS][CONF_PATH_MAX];
	size_t n;
	int64_t free[DISKS]; /* or -errno */
};

struct gauges {
	struct loop *loop;
	const struct conf *conf;
	struct gauges_hooks hooks;
	struct pressure now;
	struct job *job; /* NULL: nothing is being asked */
	struct mono asked;
	bool due;                  /* to be asked, however lately it was */
	char where[CONF_PATH_MAX]; /* the folder whose disk has least */
	bool stuck;                /* the disk has not answered; said once */
	int trouble;               /* the errno of its last answer; said once */
};

int64_t
gauges_free_bytes(const char *path)
{
	char folder[CONF_PATH_MAX];
	struct statvfs v;

	snprintf(folder, sizeof(folder), "%s", path);
	while (statvfs(folder, &v) != 0) {
		if (errno != ENOENT || strcmp(folder, "/") == 0 || strcmp(folder, ".") == 0)
			return -errno;
		char *parent = dirname(folder);
		memmove(folder, parent, strlen(parent) + 1);
	}
	const uint64_t most = INT64_MAX;
	uint64_t bytes, files = (uint64_t)v.f_favail;
	if (__builtin_mul_overflow((uint64_t)v.f_bavail, (uint64_t)v.f_frsize, &bytes) ||
	    bytes > most)
		bytes = most;
	if (v.f_files > 0 && files < bytes / FILE_BYTES)
		bytes = files * FILE_BYTES;
	return (int64_t)bytes;
}

/* The one line of a change, with what it means for callers. */
static void
say(const struct gauges *g, enum pressure_of what, enum pressure_level before,
    enum pressure_level worst_before)
{
	const enum pressure_level level = g->now.of[what].level;
	const enum pressure_level worst = pressure_worst(&g->now);
	const struct pressure_bounds b = pressure_bounds(g->conf, what);
	char text[64], medium[64], high[64];
	struct buf value = BUF(text), mb = BUF(medium), hb = BUF(high);

	pressure_value_words(what, g->now.of[what].value, &value);
	pressure_bound_words(what, b.medium, &mb);
	pressure_bound_words(what, b.high, &hb);
	log_at(LOG_MAIN, level > before ? LOG_WARN_ : LOG_NOTICE_,
	       "back pressure: %s is %s, was %s: %s%s%s (medium at %s, high at %s)%s",
	       pressure_name(what), pressure_level_name(level), pressure_level_name(before),
	       buf_cstr(&value), what == PRESSURE_DISK ? " in " : "",
	       what == PRESSURE_DISK ? g->where : "", buf_cstr(&mb), buf_cstr(&hb),
	       worst == worst_before           ? ""
	       : worst == PRESSURE_HIGH        ? ": new calls are refused"
	       : worst_before == PRESSURE_HIGH ? ": new calls are taken again"
					       : "");
}

static void
take(struct gauges *g, enum pressure_of what, int64_t value)
{
	const enum pressure_level before = g->now.of[what].level;
	const enum pressure_level worst = pressure_worst(&g->now);

	if (!pressure_take(&g->now, g->conf, what, value, loop_now(g->loop)))
		return;
	say(g, what, before, worst);
	g->hooks.changed(g->hooks.arg, &g->now);
}

static void
work(void *arg)
{
	struct job *j = arg;

	for (size_t i = 0; i < j->n; i++)
		j->free[i] = gauges_free_bytes(j->path[i]);
}

/* The disk with least counts; one that cannot be seen into does not. */
static void
take_disks(struct gauges *g, const struct job *j)
{
	int64_t least = PRESSURE_UNKNOWN;
	int trouble = 0;

	for (size_t i = 0; i < j->n; i++) {
		if (j->free[i] < 0) {
			trouble = (int)-j->free[i];
			if (trouble != g->trouble)
				log_warn(LOG_MAIN, "cannot see how much is free in %s: %s",
					 j->path[i], strerror(trouble));
		} else if (least == PRESSURE_UNKNOWN || j->free[i] < least) {
			least = j->free[i];
			snprintf(g->where, sizeof(g->where), "%s", j->path[i]);
		}
	}
	g->trouble = trouble;
	take(g, PRESSURE_DISK, least);
}

static void
answered(void *arg)
{
	struct job *j = arg;

	if (j->asker) {
		j->asker->job = NULL;
		j->asker->stuck = false;
		take_disks(j->asker, j);
	}
	free(j);
}

/* The folder of the Maildirs: of a pattern the part before the first folder that differs. */
static void
maildir_folder(const struct conf *c, char ret[CONF_PATH_MAX])
{
	if (c->mail.maildir[0] == '\0') {
		snprintf(ret, CONF_PATH_MAX, "%s", c->state.directory);
		return;
	}
	snprintf(ret, CONF_PATH_MAX, "%.*s", (int)strcspn(c->mail.maildir, "%"), c->mail.maildir);
	char *slash = strrchr(ret, '/');
	if (c->mail.maildir[strlen(ret)] == '%' && slash)
		slash[slash == ret] = '\0';
}

static void
ask_disk(struct gauges *g)
{
	struct job *j = calloc(1, sizeof(*j));

	if (!j)
		return; /* the next look may find memory */
	j->asker = g;
	snprintf(j->path[j->n++], CONF_PATH_MAX, "%s", g->conf->recording.spool);
	if (g->conf->mail.delivery == DELIVERY_MAILDIR)
		maildir_folder(g->conf, j->path[j->n++]);
	if (loop_work(g->loop, work, answered, j)) {
		free(j);
		return;
	}
	g->job = j;
	g->due = false;
	g->asked = loop_now(g->loop);
}

/* The question before has no answer yet. */
static void
wait_for_disk(struct gauges *g)
{
	if (mono_ms(g->asked, loop_now(g->loop)) < STUCK_MS)
		return;
	if (!g->stuck)
		log_err(LOG_MAIN, "%s: the disk has not answered for %d s: counted as full",
			g->job->path[0], STUCK_MS / 1000);
	g->stuck = true;
	snprintf(g->where, sizeof(g->where), "%s", g->job->path[0]);
	take(g, PRESSURE_DISK, 0);
}

static bool
disk_is_due(const struct gauges *g)
{
	const bool busy = pressure_worst(&g->now) != PRESSURE_NORMAL || g->hooks.busy(g->hooks.arg);

	return g->due || mono_ms(g->asked, loop_now(g->loop)) >= (busy ? BUSY_MS : IDLE_MS);
}

void
gauges_look(struct gauges *g)
{
	int64_t value[PRESSURE_COUNT];

	for (int i = 0; i < PRESSURE_COUNT; i++)
		value[i] = PRESSURE_UNKNOWN;
	g->hooks.read(g->hooks.arg, value);
	for (int i = 0; i < PRESSURE_COUNT; i++)
		take(g, (enum pressure_of)i, value[i]);
	if (g->job)
		wait_for_disk(g);
	else if (disk_is_due(g))
		ask_disk(g);
}

struct gauges *
gauges_new(struct loop *l, const struct conf *conf, const struct gauges_hooks *hooks)
{
	struct gauges *g = calloc(1, sizeof(*g));

	if (!g)
		return NULL;
	g->loop = l;
	g->conf = conf;
	g->hooks = *hooks;
	g->due = true;
	pressure_init(&g->now);
	return g;
}

void
gauges_conf(struct gauges *g, const struct conf *conf)
{
	g->conf = conf;
	g->due = true; /* perhaps it is another disk */
	gauges_look(g);
}

const struct pressure *
gauges_now(const struct gauges *g)
{
	return &g->now;
}

void
gauges_free(struct gauges *g)
{
	if (!g)
		return;
	if (g->job)
		g->job->asker = NULL;
	free(g);
}
