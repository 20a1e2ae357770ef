/* calls: the calls of this worker, the doing side of the table in call.h: joins the user agent, the
 * media and the link to the supervisor.
 * Owns: the call objects.  Must not know: sofia-sip, RTP, how the channel works. */
#ifndef EVERTRUNK_CALLS_H
#define EVERTRUNK_CALLS_H

#include "conf/conf.h"
#include "ipc/base/loop.h"
#include "worker/directory.h"
#include "worker/link.h"
#include "worker/media.h"
#include "worker/prompts.h"
#include "worker/settings.h"
#include "worker/ua.h"

struct calls;

/* What the calls work with; none of it is owned. */
struct calls_parts {
	struct loop *loop;
	const struct conf *conf;
	const struct directory *directory;
	struct settings *settings;
	struct media *media;
	const struct prompts *prompts;
	struct link *link;
	struct addr local; /* where this worker takes SIP: the Contact of the self-test call */
	uint32_t generation;
};

struct calls *calls_new(const struct calls_parts *parts); /* NULL: out of memory */
/* What the user agent tells; `arg` is the struct calls. */
void calls_on_ua(void *arg, struct ua_call *call, const struct ua_event *event);
/* Adds the logons, and what callers did, to `beat`. */
void calls_beat(const struct calls *all, struct msg_beat *beat);
/* Calls that are not reported as ended yet, recordings being committed included. */
uint32_t calls_count(const struct calls *all);
/* Hangs up every call; their ends are reported as they come. */
void calls_cut(struct calls *all);
/* Nobody carries our SIP any more: commits what is recorded and forgets the dialogs. */
void calls_abandon(struct calls *all);
void calls_free(struct calls *all); /* no call may be left; NULL is fine */

#endif
