/* notices: the NOTIFYs of this worker that belong to no call, the doing side of mwi.h: sends them,
 * trunk after trunk until one takes them, and tells what became of them.
 * Owns: those on their way.  Must not know: sofia-sip, how the channel works. */
#ifndef EVERTRUNK_NOTICES_H
#define EVERTRUNK_NOTICES_H

#include "conf/conf.h"
#include "ipc/base/loop.h"
#include "worker/link.h"
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
/* What the user agent tells (ua_conf.noticed). */
void notices_on_ua(void *owner, unsigned status, const char *phrase);
/* Forgets those that have no answer yet; before ua_free().  NULL is fine. */
void notices_free(struct notices *all);

#endif
