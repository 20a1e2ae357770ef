/* arrival: see arrival.h. */
#include "worker/arrival.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ipc/base/clock.h"
#include "ipc/base/log.h"
#include "ipc/base/mailaddr.h"
#include "worker/imap.h"

enum { PAUSE_MS = 10000, PAUSE_MAX_MS = 600000 }; /* doubled with each failure */

struct arrival {
	const struct conf *conf;
	struct imap *imap;
	int64_t pause; /* 0: the server is well */
	struct mono next;
};

struct arrival *
arrival_new(const struct conf *conf)
{
	struct arrival *a = calloc(1, sizeof(*a));
	if (a == NULL)
		return NULL;
	a->conf = conf;
	a->imap = imap_new(conf);
	if (a->imap != NULL)
		return a;
	free(a);
	return NULL;
}

void
arrival_stop(struct arrival *a)
{
	imap_stop(a->imap);
}

void
arrival_free(struct arrival *a)
{
	if (a != NULL)
		imap_free(a->imap);
	free(a);
}

/* As mail writes it. */
static void
message_id(const struct conf *conf, const struct letter *l, char *out, size_t size)
{
	const char *at = strrchr(conf->mail.sender, '@');
	snprintf(out, size, "%s@%s", l->id, at != NULL ? at + 1 : "localhost");
}

/* Each try of a server that is out may take its time: the pauses grow. */
static void
is_out(struct arrival *a, const char *why)
{
	char span[24];
	const bool first = a->pause == 0;
	a->pause = first ? PAUSE_MS : 2 * a->pause > PAUSE_MAX_MS ? PAUSE_MAX_MS : 2 * a->pause;
	a->next = mono_add(clock_now(), a->pause);
	log_at(
	    LOG_MAIL, first ? LOG_WARN_ : LOG_INFO_,
	    "mailboxes cannot be looked into, so that nothing is confirmed there: %s; tried again "
	    "in %s or later",
	    why, text_duration_print(a->pause, span, sizeof(span)));
}

static void
is_well(struct arrival *a)
{
	if (a->pause != 0)
		log_notice(LOG_MAIL, "mailboxes can be looked into again");
	a->pause = 0;
}

int
arrival_seen(void *arg, const struct letter *l)
{
	struct arrival *a = arg;
	const struct imap_who who = {l->recipient_address, l->extension};
	char id[LETTER_ID_MAX + MAILADDR_MAX + 4], text[1024];
	struct buf why = BUF(text);
	if (a->pause != 0 && !mono_due(a->next, clock_now()))
		return -EAGAIN;
	message_id(a->conf, l, id, sizeof(id));
	int r = imap_seen(a->imap, &who, id, &why);
	if (r >= 0 || r == -ENOENT)
		is_well(a);
	else
		is_out(a, buf_cstr(&why));
	if (r == -ENOENT)
		log_warn(LOG_MAIL, "%s: it cannot be looked for in its mailbox: %s", l->id,
			 buf_cstr(&why));
	return r;
}
