/* calls_greeting: fetches a mailbox's own greeting from the disk, on the thread pool, before
 * anything is said.  One that cannot be read costs its mailbox that greeting and a log line, no
 * call.  See calls_room.h. */
#include <stdlib.h>

#include "ipc/base/log.h"
#include "worker/calls_room.h"

struct greeting_fetch {
	struct call *c; /* NULL: it has ended meanwhile */
	char path[CONF_PATH_MAX];
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
on_fetched(void *arg)
{
	struct greeting_fetch *f = arg;
	struct call *c = f->c;

	if (f->error < 0)
		log_err(LOG_CALL, "the greeting of a mailbox is not played: %s", f->why);
	if (c) {
		c->fetch = NULL;
		c->personal = f->play;
	} else {
		play_free(&f->play);
	}
	free(f);
	if (c && c->media)
		calls_talk(c);
}

void
calls_fetch_greeting(struct call *c)
{
	struct greeting_fetch *f = calloc(1, sizeof(*f));

	if (f) {
		f->c = c;
		memcpy(f->path, c->whose.greeting, sizeof(f->path));
		c->fetch = f;
	}
	if (!f || loop_work(c->all->with.loop, fetch, on_fetched, f) < 0) {
		c->fetch = NULL;
		free(f);
		calls_talk(c);
	}
}

void
calls_forget_greeting(struct call *c)
{
	if (c->fetch)
		c->fetch->c = NULL;
	play_free(&c->personal);
}
