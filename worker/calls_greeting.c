/* calls_greeting: fetches a mailbox's own greeting from the disk, on the thread pool, before
 * anything is said: the administrator's file, or what the owner has recorded by telephone.  One
 * that cannot be read costs its mailbox that greeting and a log line, no call.
 * See calls_room.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "ipc/base/log.h"
#include "worker/calls_room.h"

struct greeting_fetch {
	struct call *c; /* NULL: it has ended meanwhile */
	char path[GREETING_PATH_MAX];
	bool recorded; /* by telephone, if there is one */
	struct play play;
	int error;
	char why[256];
};

static void
fetch(void *arg)
{
	struct greeting_fetch *f = arg;
	struct buf why = BUF(f->why);

	f->error = play_load(&f->play, f->path, &why);
	buf_cstr(&why);
}

static void
go_on(struct call *c)
{
	if (c->whose.verdict == WHOSE_OWNER)
		calls_access_fetched(c);
	else
		calls_talk(c);
}

static void
on_fetched(void *arg)
{
	struct greeting_fetch *f = arg;
	struct call *c = f->c;

	if (f->error < 0 && !(f->recorded && f->error == -ENOENT))
		log_err(LOG_CALL, "the greeting of a mailbox is not played: %s", f->why);
	if (c) {
		c->fetch = NULL;
		c->personal = f->play;
	} else {
		play_free(&f->play);
	}
	free(f);
	if (c && c->media)
		go_on(c);
}

bool
calls_has_greeting(const struct call *c)
{
	return c->whose.greeting[0] == '/' || c->whose.records;
}

static struct greeting_fetch *
new_fetch(struct call *c)
{
	struct greeting_fetch *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	f->c = c;
	f->recorded = c->whose.greeting[0] != '/';
	if (f->recorded)
		greeting_path(c->all->greetings, c->whose.dialplan, c->whose.called, f->path);
	else
		snprintf(f->path, sizeof(f->path), "%s", c->whose.greeting);
	return f;
}

void
calls_fetch_greeting(struct call *c)
{
	struct greeting_fetch *f = new_fetch(c);

	calls_forget_greeting(c);
	c->fetch = f;
	if (!f || loop_work(c->all->with.loop, fetch, on_fetched, f) < 0) {
		c->fetch = NULL;
		free(f);
		go_on(c);
	}
}

void
calls_forget_greeting(struct call *c)
{
	if (c->fetch)
		c->fetch->c = NULL;
	c->fetch = NULL;
	play_free(&c->personal);
}
