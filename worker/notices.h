/* notices: the NOTIFYs of this worker that belong to no call, the doing side of mwi.h: sends them,
 * trunk after trunk until one takes them, and tells what became of them.
 * Owns: those on their way.  Must not know: sofia-sip, how the channel works. */
#ifndef EVERTRUNK_NOTICES_H
#define EVERTRUNK_NOTICES_H

#include "conf/conf.h"
#include "ipc/base/loop.h"
#include "worker/link.h"
#include "worker/mwi.h"
#include "worker/settings.h"
#include "worker/ua.h"

struct notices;

/* What they work with; none of it is owned. */
struct notices_parts {
	struct loop *loop;
	const struct conf *conf;
	struct settings *settings;
	struct link *link;
};

struct notices *notices_new(const struct notices_parts *parts); /* NULL: out of memory */
/* The user agent they are sent by; before the first order. */
void notices_ua(struct notices *all, struct ua *ua);
/* Sends one; NOTIFIED goes to the supervisor once or more. */
void notices_order(struct notices *all, const struct msg_notify *order);
/* The same for the worker itself: */
typedef void notices_done_fn(void *arg, uint64_t tag, enum mwi_verdict v);
struct notices_ask {
	struct msg_notify order;
	char plan
	    [CONF_NAME_MAX]; /* only to trunks of this dial plan, then to those of none: in another
				     the number is somebody else's.  "": to any */
	notices_done_fn *done; /* told once, unless all is over before */
	void *arg;
	uint64_t tag;
};
void notices_send(struct notices *all, const struct notices_ask *ask);
/* A trunk that takes none at all is spared for a while by notices_send(); no longer. */
void notices_forgive(struct notices *all);
/* What trunks have answered, to anybody's. */
struct notices_counts {
	uint64_t taken, refused, failed;
};
struct notices_counts notices_counts(const struct notices *all);
/* What the user agent tells (ua_conf.noticed). */
void notices_on_ua(void *owner, unsigned status, const char *phrase);
/* Forgets those that have no answer yet; before ua_free().  NULL is fine. */
void notices_free(struct notices *all);

#endif
