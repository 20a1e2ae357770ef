/* calls_transfer: a caller who presses 0 is sent on to the operator: the doing side of transfer.h.
 * See calls_room.h.
 * Until the PBX has an answer the media stands still.  If there is no operator to be had the call
 * goes on from there, so that nothing of greeting or message is lost; if there is, what was said
 * before is a message like any other. */
#include "ipc/base/log.h"
#include "worker/calls_room.h"

/* From our REFER to the last word on it; then the caller has waited long enough. */
#define ANSWER_MS 20000

static void
stay(struct call *c, unsigned status, struct slice phrase)
{
	log_notice(LOG_CALL, "call %.*s: not transferred to %s: %u %.*s; the caller stays",
		   c->call_id_len, c->call_id, c->whose.operator, status, (int)phrase.n, phrase.p);
	calls_step(c, CALL_ON_STAYS);
}

static void
on_late(void *arg)
{
	struct call *c = arg;

	stay(c, 408, SLICE("no answer within 20 s"));
}

static bool
may_transfer(struct call *c)
{
	const char *why = transfer_refusal(&c->transfer, c->trunk->refer);

	if (!why && !c->transfer_limit) {
		c->transfer_limit = loop_timer_new(c->all->with.loop, "transfer", on_late, c);
		if (!c->transfer_limit)
			why = "out of memory";
	}
	if (why && !c->transfer_refused)
		log_notice(LOG_CALL, "call %.*s: not transferred to %s: %s; the caller stays",
			   c->call_id_len, c->call_id, c->whose.operator, why);
	c->transfer_refused = why != NULL;
	return !why;
}

/* A caller counts once, however often the PBX refuses him. */
static void
count_escape(struct call *c, char key)
{
	if (c->escaped)
		return;
	c->escaped = true;
	*(key == '*' ? &c->all->escapes_star : &c->all->escapes_zero) += 1;
}

void
calls_operator(struct call *c, char key)
{
	if (c->whose.operator[0] == '\0')
		return;
	count_escape(c, key);
	if (may_transfer(c))
		calls_step(c, CALL_ON_TRANSFER);
}

void
calls_refer(struct call *c)
{
	char text[TRANSFER_TARGET];
	struct buf to = BUF(text);

	transfer_target(&c->transfer, c->trunk, c->whose.operator, & to);
	log_info(LOG_CALL, "call %.*s: to be transferred to %s", c->call_id_len, c->call_id,
		 buf_cstr(&to));
	media_pause(c->media, true);
	ua_refer(c->ua, buf_cstr(&to));
	loop_timer_once(c->transfer_limit, ANSWER_MS);
}

void
calls_referred(struct call *c, const struct ua_event *event)
{
	if (event->status < 300)
		calls_step(c, CALL_ON_ACCEPTED);
	else if (c->state == CALL_TRANSFERRING)
		stay(c, event->status, event->phrase);
}

/* A subscription that ends without a final status tells nothing: then the PBX's BYE does, or the
 * time that we wait. */
void
calls_progress(struct call *c, const struct ua_event *event)
{
	const bool asked = c->state == CALL_TRANSFERRING || c->state == CALL_REFERRED;

	log_debug(LOG_CALL, "call %.*s: transfer: %u %.*s%s", c->call_id_len, c->call_id,
		  event->status, (int)event->phrase.n, event->phrase.p,
		  event->over ? ", over" : "");
	if (event->status >= 200 && event->status < 300)
		calls_step(c, CALL_ON_TRANSFERRED);
	else if (event->status >= 300 && asked)
		stay(c, event->status, event->phrase);
}
