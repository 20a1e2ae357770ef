/* link: see link.h. */
#include "supervisor/link.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ipc/channel.h"
#include "ipc/message.h"

struct link {
	struct channel *channel; /* NULL: gone */
	struct link_worker worker;
	const struct link_events *events;
	bool hello, ready;
	bool busy, dropped; /* inside the channel's callback; freed meanwhile */
	char words[128];
};

/* Handlers take what was said and return NULL, or in words what was wrong with it. */
typedef const char *link_handler(struct link *k, const void *payload);

static const char *
on_hello(struct link *k, const void *payload)
{
	const struct msg_hello *m = payload;

	if (k->hello)
		return "HELLO twice";
	if (m->version != MESSAGE_VERSION) {
		snprintf(k->words, sizeof(k->words), "it speaks version %u of the channel, we %u",
			 m->version, MESSAGE_VERSION);
		return k->words;
	}
	if (m->pid != (uint32_t)k->worker.pid) {
		snprintf(k->words, sizeof(k->words), "HELLO of process %u, not of %d", m->pid,
			 (int)k->worker.pid);
		return k->words;
	}
	k->hello = true;
	return NULL;
}

static const char *
on_ready(struct link *k, const void *payload)
{
	if (!k->hello)
		return "READY before HELLO";
	if (k->ready)
		return "READY twice";
	k->ready = true;
	k->events->ready(k->events->arg, payload);
	return NULL;
}

static const char *
on_beat(struct link *k, const void *payload)
{
	if (!k->hello)
		return "BEAT before HELLO";
	k->events->beat(k->events->arg, payload);
	return NULL;
}

static bool
terminated(const char party[MESSAGE_PARTY_MAX])
{
	return memchr(party, '\0', MESSAGE_PARTY_MAX) != NULL;
}

static const char *
on_call_begin(struct link *k, const void *payload)
{
	const struct msg_call_begin *m = payload;

	if (!k->ready)
		return "CALL_BEGIN before READY";
	if (m->call_id_len == 0 || m->call_id_len > MESSAGE_CALL_ID_MAX)
		return "CALL_BEGIN with an impossible Call-ID";
	if (!terminated(m->caller) || !terminated(m->called))
		return "CALL_BEGIN with an endless name";
	if (!m->test)
		k->events->call_begin(k->events->arg, m);
	return NULL;
}

static const char *
on_call_end(struct link *k, const void *payload)
{
	const struct msg_call_end *m = payload;

	if (!k->ready)
		return "CALL_END before READY";
	if (m->call_id_len == 0 || m->call_id_len > MESSAGE_CALL_ID_MAX)
		return "CALL_END with an impossible Call-ID";
	if (m->cause >= CALL_CAUSE_COUNT)
		return "CALL_END with an unknown cause";
	if (!m->test)
		k->events->call_end(k->events->arg, m);
	return NULL;
}

static const char *
on_notified(struct link *k, const void *payload)
{
	const struct msg_notified *m = payload;

	if (!k->ready)
		return "NOTIFIED before READY";
	if (memchr(m->words, '\0', sizeof(m->words)) == NULL)
		return "NOTIFIED with endless words";
	k->events->notified(k->events->arg, m);
	return NULL;
}

static const char *
on_said(struct link *k, const void *payload)
{
	const struct msg_said *m = payload;

	if (!k->ready)
		return "SAID before READY";
	if (m->n > MESSAGE_SAID_MAX)
		return "SAID with an impossible length";
	k->events->said(k->events->arg, m);
	return NULL;
}

static link_handler *const handlers[MSG_COUNT] = {
    [MSG_HELLO] = on_hello,       [MSG_READY] = on_ready,
    [MSG_BEAT] = on_beat,         [MSG_CALL_BEGIN] = on_call_begin,
    [MSG_CALL_END] = on_call_end, [MSG_NOTIFIED] = on_notified,
    [MSG_SAID] = on_said,
};

bool
link_handles(unsigned type)
{
	return type < MSG_COUNT && handlers[type] != NULL;
}

static void
gone(struct link *k, bool closed, const char *why)
{
	channel_free(k->channel);
	k->channel = NULL;
	k->events->gone(k->events->arg, closed, why);
}

/* Frees the link that was dropped in one of its own events. */
static void
leave(struct link *k)
{
	k->busy = false;
	if (k->dropped)
		free(k);
}

static void
on_message(void *arg, enum message_type type, const void *payload)
{
	struct link *k = arg;
	const char *wrong;

	k->busy = true;
	/* channel.c lets nothing through that travels the wrong way */
	wrong = handlers[type](k, payload);
	if (wrong && !k->dropped)
		gone(k, false, wrong);
	leave(k);
}

static void
on_gone(void *arg, int why)
{
	struct link *k = arg;

	k->busy = true;
	if (why == 0)
		gone(k, true, "closed its channel");
	else if (why == -EPROTO)
		gone(k, false, "spoke nonsense on its channel");
	else
		gone(k, false, strerror(-why));
	leave(k);
}

static void
tell(struct link *k, enum message_type type, const void *payload)
{
	if (k->channel)
		channel_send(k->channel, type, payload);
}

struct link *
link_new(struct loop *l, int fd, const struct link_worker *w, const struct link_events *events)
{
	struct link *k = calloc(1, sizeof(*k));
	struct msg_start start = {
	    .version = MESSAGE_VERSION, .generation = w->generation, .slot = w->slot};

	if (!k)
		return NULL;
	k->worker = *w;
	k->events = events;
	k->channel =
	    channel_new(l, fd, TO_SUPERVISOR, &(struct channel_hooks){on_message, on_gone, k});
	if (!k->channel) {
		free(k);
		return NULL;
	}
	tell(k, MSG_START, &start);
	return k;
}

void
link_drain(struct link *k, int64_t deadline_ms)
{
	struct msg_drain m = {.deadline_ms = (uint32_t)deadline_ms};

	tell(k, MSG_DRAIN, &m);
}

void
link_cut(struct link *k)
{
	struct msg_cut m = {{0}};

	tell(k, MSG_CUT, &m);
}

void
link_notify(struct link *k, const struct msg_notify *m)
{
	tell(k, MSG_NOTIFY, m);
}

void
link_own(struct link *k, bool own)
{
	struct msg_own m = {.own = own};

	tell(k, MSG_OWN, &m);
}

void
link_order(struct link *k, const struct msg_order *m)
{
	tell(k, MSG_ORDER, m);
}

void
link_stop(struct link *k)
{
	struct msg_stop m = {{0}};

	tell(k, MSG_STOP, &m);
}

void
link_level(struct link *k, int room, enum log_level level)
{
	struct msg_level m = {.room = room, .level = level};

	tell(k, MSG_LEVEL, &m);
}

void
link_mailboxes(struct link *k, int fd, size_t bytes)
{
	struct msg_mailboxes m = {.bytes = bytes};

	if (k->channel && channel_send_fd(k->channel, MSG_MAILBOXES, &m, fd) < 0)
		log_warn(LOG_LINK, "worker %u: could not be given the new mailboxes",
			 k->worker.generation);
}

void
link_free(struct link *k)
{
	if (!k)
		return;
	channel_free(k->channel);
	k->channel = NULL;
	if (k->busy)
		k->dropped = true;
	else
		free(k);
}
