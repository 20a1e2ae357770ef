/* link: see link.h. */
#include "worker/link.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ipc/base/log.h"
#include "ipc/channel.h"
#include "ipc/message.h"

enum { NEWS_MS = 200 };

struct link {
	struct channel *channel;
	struct loop_timer *heartbeat, *soon;
	bool ready; /* has said so */
	bool news;  /* `soon` runs */
	const struct link_orders *orders;
	void *arg;
	bool gone;
};

static void
on_start(struct link *l, const void *payload)
{
	l->orders->start(l->arg, payload);
}

static void
on_level(struct link *l, const void *payload)
{
	const struct msg_level *m = payload;

	if (m->level >= LOG_LEVELS || m->room >= LOG_ROOM_COUNT) {
		log_warn(LOG_LINK, "ignored a log level %u for room %d", m->level, m->room);
		return;
	}
	log_set_level((enum log_level)m->level, m->room);
	l->orders->level(l->arg);
}

static void
on_mailboxes(struct link *l, const void *payload)
{
	const int fd = channel_take_fd(l->channel);

	(void)payload;
	if (fd >= 0)
		l->orders->mailboxes(l->arg, fd);
	else
		log_err(LOG_LINK, "new mailboxes without their descriptor");
}

static void
on_drain(struct link *l, const void *payload)
{
	const struct msg_drain *m = payload;

	l->orders->drain(l->arg, m->deadline_ms);
}

static void
on_cut(struct link *l, const void *payload)
{
	(void)payload;
	l->orders->cut(l->arg);
}

static bool
terminated(const char text[MESSAGE_PARTY_MAX])
{
	return memchr(text, '\0', MESSAGE_PARTY_MAX) != NULL;
}

static void
on_notify(struct link *l, const void *payload)
{
	const struct msg_notify *m = payload;

	if (terminated(m->trunk) && terminated(m->number))
		l->orders->notify(l->arg, m);
	else
		log_warn(LOG_LINK, "ignored a NOTIFY with an endless name");
}

static void
on_own(struct link *l, const void *payload)
{
	const struct msg_own *m = payload;

	l->orders->own(l->arg, m->own != 0);
}

static void
on_order(struct link *l, const void *payload)
{
	const struct msg_order *m = payload;

	if (memchr(m->text, '\0', sizeof(m->text)))
		l->orders->order(l->arg, m);
	else
		log_warn(LOG_LINK, "ignored an ORDER without an end");
}

static void
on_stop(struct link *l, const void *payload)
{
	(void)payload;
	l->orders->stop(l->arg);
}

/* One row per message towards us; the channel lets nothing else through. */
static void (*const handlers[MSG_COUNT])(struct link *l, const void *payload) = {
    [MSG_START] = on_start,         [MSG_LEVEL] = on_level,
    [MSG_DRAIN] = on_drain,         [MSG_CUT] = on_cut,
    [MSG_NOTIFY] = on_notify,       [MSG_STOP] = on_stop,
    [MSG_MAILBOXES] = on_mailboxes, [MSG_OWN] = on_own,
    [MSG_ORDER] = on_order,
};

static void
on_message(void *arg, enum message_type type, const void *payload)
{
	struct link *l = arg;

	if (handlers[type])
		handlers[type](l, payload);
	else
		log_err(LOG_LINK, "no handler for %s", message_name(type));
}

static void
on_gone(void *arg, int why)
{
	struct link *l = arg;

	if (l->gone)
		return;
	l->gone = true;
	loop_timer_stop(l->heartbeat);
	loop_timer_stop(l->soon);
	l->orders->gone(l->arg, why);
}

/* -ENOBUFS: the supervisor has not read for so long that it is as good as gone. */
static void
say(struct link *l, enum message_type type, const void *payload)
{
	int err = l->gone ? 0 : channel_send(l->channel, type, payload);

	if (err == 0 || err == -EPIPE)
		return;
	log_err(LOG_LINK, "cannot send %s to the supervisor: error %d", message_name(type), -err);
	on_gone(l, err);
}

static void
on_heartbeat(void *arg)
{
	link_beat(arg);
}

void
link_beat_soon(struct link *l)
{
	if (l->news || l->gone || !l->ready)
		return;
	l->news = true;
	loop_timer_once(l->soon, NEWS_MS);
}

struct link *
link_new(struct loop *loop, int fd, const struct link_orders *orders, void *arg)
{
	struct msg_hello hello = {.version = MESSAGE_VERSION, .pid = (uint32_t)getpid()};
	struct link *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	l->orders = orders;
	l->arg = arg;
	l->heartbeat = loop_timer_new(loop, "heartbeat", on_heartbeat, l);
	l->soon = loop_timer_new(loop, "news", on_heartbeat, l);
	l->channel =
	    channel_new(loop, fd, TO_WORKER, &(struct channel_hooks){on_message, on_gone, l});
	if (!l->heartbeat || !l->soon || !l->channel) {
		link_free(l);
		return NULL;
	}
	say(l, MSG_HELLO, &hello);
	return l;
}

void
link_ready(struct link *l, uint32_t salvaged, int64_t heartbeat)
{
	struct msg_ready ready = {.salvaged = salvaged};

	say(l, MSG_READY, &ready);
	l->ready = true;
	if (!l->gone)
		loop_timer_every(l->heartbeat, heartbeat);
}

void
link_beat(struct link *l)
{
	struct msg_beat beat = {0};

	l->news = false;
	loop_timer_stop(l->soon);
	l->orders->beat(l->arg, &beat);
	say(l, MSG_BEAT, &beat);
}

void
link_call_begin(struct link *l, const struct msg_call_begin *begin)
{
	say(l, MSG_CALL_BEGIN, begin);
}

void
link_call_end(struct link *l, const struct msg_call_end *end)
{
	say(l, MSG_CALL_END, end);
	link_beat_soon(l);
}

void
link_notified(struct link *l, const struct msg_notified *said)
{
	say(l, MSG_NOTIFIED, said);
}

void
link_said(struct link *l, const struct msg_said *said)
{
	say(l, MSG_SAID, said);
}

void
link_free(struct link *l)
{
	if (!l)
		return;
	if (l->channel && !l->gone)
		channel_flush(l->channel);
	channel_free(l->channel);
	loop_timer_free(l->heartbeat);
	loop_timer_free(l->soon);
	free(l);
}
