/* ua_call: calls: what NUA tells of them, and the verbs for them.  See ua_room.h.
 * The stack runs in this thread: a verb is a message to it that is worked off within the same turn,
 * after the callback that gave it. */
#include <stdlib.h>

#include <sofia-sip/su_tagarg.h>
#include <sofia-sip/su_uniqueid.h>

#include "worker/ua_read.h"
#include "worker/ua_room.h"

/* What a body may be (RFC 3261 8.2.3): SDP, or several things of which one is. */
#define ACCEPT "application/sdp, multipart/mixed, multipart/alternative"

void
ua_tell(const struct heard *h, const struct ua_event *event)
{
	h->ua->conf.event(h->ua->conf.arg, h->call, event);
}

static void
tell_what(const struct heard *h, enum ua_what what)
{
	struct ua_event event = {.what = what};

	if (h->call)
		ua_tell(h, &event);
}

/* A request outside of any call: say `status` and forget the handle NUA made for it. */
void
ua_dismiss(const struct heard *h, int status)
{
	if (h->status < 200)
		nua_respond(h->nh, status, NULL, NUTAG_WITH_THIS(h->ua->nua), TAG_END());
	if (!h->call && !h->notice)
		nua_handle_destroy(h->nh);
}

static struct ua_call *
call_new(const struct heard *h)
{
	struct ua_call *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->is.kind = UA_HANDLE_CALL;
	c->ua = h->ua;
	c->nh = h->nh;
	c->no_update = !ua_read_allows_update(h->sip);
	c->no_timer = c->no_update && !ua_read_knows_timer(h->sip);
	nua_handle_bind(h->nh, &c->is);
	return c;
}

static void
on_new_call(struct heard *h)
{
	struct ua_space space;
	struct ua_invite invite;
	struct ua_event event = {.what = UA_OFFERED, .invite = &invite};

	ua_read_invite(h->sip, &invite, &space);
	event.body = ua_read_body(h->sip, &space);
	if (invite.call_id.n > MESSAGE_CALL_ID_MAX) {
		ua_dismiss(h, 400);
		return;
	}
	h->call = call_new(h);
	if (!h->call) {
		ua_dismiss(h, 500);
		return;
	}
	h->call->reply = REPLY_RESPONSE;
	ua_tell(h, &event);
}

/* A request or answer inside a call that may carry SDP. */
static void
tell_body(const struct heard *h, enum ua_what what, bool offerless)
{
	struct ua_space space;
	struct ua_event event = {.what = what, .offerless = offerless};

	event.body = ua_read_body(h->sip, &space);
	ua_tell(h, &event);
}

void
ua_on_invite(struct heard *h)
{
	if (!h->call) {
		on_new_call(h);
	} else if (h->status < 200) {
		h->call->reply = REPLY_RESPONSE;
		tell_body(h, UA_CHANGE, false);
	}
}

void
ua_on_update(struct heard *h)
{
	if (!h->call || h->status >= 200)
		return;
	h->call->reply = REPLY_RESPONSE;
	tell_body(h, UA_CHANGE, true);
}

void
ua_on_ack(struct heard *h)
{
	if (h->call)
		tell_body(h, UA_ACKED, false);
}

void
ua_on_cancel(struct heard *h)
{
	tell_what(h, UA_CANCELLED);
}

void
ua_on_bye(struct heard *h)
{
	tell_what(h, UA_HUNG_UP);
}

/* An INFO of a package (RFC 6086 4.2.2): we take none, and say so. */
static void
refuse_package(const struct heard *h)
{
	nua_respond(h->nh, 469, "Bad Info Package", NUTAG_WITH_THIS(h->ua->nua),
		    SIPTAG_HEADER_STR("Recv-Info:"), TAG_END());
}

/* Outside of any call NUA would say 200 (RFC 3261 12.2.2).  Any other body is none of ours: the
 * PBX that asks for a picture or tells of a charge has its 200. */
void
ua_on_info(struct heard *h)
{
	struct ua_event event = {.what = UA_DIGIT, .digit = ua_read_digit(h->sip)};

	if (h->call && ua_read_has_package(h->sip)) {
		refuse_package(h);
		return;
	}
	ua_dismiss(h, h->call ? 200 : 481);
	if (h->call && event.digit)
		ua_tell(h, &event);
}

/* "ACK Timeout" is the only 408 reported so; other errors are verbs that came too late. */
void
ua_on_error(struct heard *h)
{
	if (h->status == 408)
		tell_what(h, UA_LOST);
}

void
ua_on_state(struct heard *h)
{
	int state = nua_callstate_init;

	if (!h->call || h->call->gone)
		return;
	tl_gets(h->tags, NUTAG_CALLSTATE_REF(state), TAG_END());
	if (state == nua_callstate_terminated) {
		h->call->gone = true;
		tell_what(h, UA_GONE);
	} else if (state == nua_callstate_terminating && !h->call->hung_up) {
		h->call->hung_up = true;
		tell_what(h, UA_LOST);
	}
}

static void
on_again(void *arg)
{
	struct ua_call *c = arg;

	if (!c->gone && !c->hung_up)
		nua_invite(c->nh, TAG_END());
}

/* Our refresh has crossed a re-INVITE of theirs.  NUA tries an UPDATE again by itself, but not a
 * re-INVITE: the session would end by its timer.  The pause is that of who has not made the Call-ID
 * (RFC 3261 14.1). */
static void
refresh_again(struct ua_call *c)
{
	if (!c->again)
		c->again = loop_timer_new(c->ua->conf.loop, "refresh", on_again, c);
	if (c->again)
		loop_timer_once(c->again, 10 * su_randint(1, 200));
}

/* The answer to a refresh by re-INVITE without SDP: it holds an offer, the ACK must answer it. */
void
ua_on_refreshed(struct heard *h)
{
	struct ua_call *c = h->call;

	if (!c || !c->no_update || h->status < 200 || !h->sip)
		return;
	if (h->status == 491)
		refresh_again(c);
	if (h->status >= 300)
		return;
	c->reply = REPLY_ACK;
	tell_body(h, UA_REFRESHED, false);
}

void
ua_own(struct ua_call *call, void *owner)
{
	call->owner = owner;
}

void *
ua_owner(const struct ua_call *call)
{
	return call->owner;
}

void
ua_answer(struct ua_call *c, const char *contact, const char *sdp)
{
	enum reply reply = c->reply;

	c->reply = REPLY_NONE;
	if (reply == REPLY_ACK) {
		nua_ack(c->nh, TAG_IF(sdp, SIPTAG_CONTENT_TYPE_STR("application/sdp")),
			TAG_IF(sdp, SIPTAG_PAYLOAD_STR(sdp)), TAG_END());
	} else if (reply == REPLY_RESPONSE) {
		nua_respond(c->nh, SIP_200_OK, NUTAG_WITH_THIS(c->ua->nua),
			    TAG_IF(contact, SIPTAG_CONTACT_STR(contact)),
			    TAG_IF(sdp, SIPTAG_CONTENT_TYPE_STR("application/sdp")),
			    TAG_IF(sdp, SIPTAG_PAYLOAD_STR(sdp)),
			    TAG_IF(c->no_timer, NUTAG_SESSION_TIMER(0)),
			    TAG_IF(c->no_update, NUTAG_UPDATE_REFRESH(0)),
			    TAG_IF(c->no_update, NUTAG_AUTOACK(0)), TAG_END());
	}
}

void
ua_refuse(struct ua_call *c, unsigned status)
{
	enum reply reply = c->reply;

	c->reply = REPLY_NONE;
	if (reply == REPLY_ACK) {
		nua_ack(c->nh, TAG_END());
		ua_hangup(c);
	} else if (reply == REPLY_RESPONSE) {
		nua_respond(c->nh, (int)status, NULL, NUTAG_WITH_THIS(c->ua->nua),
			    TAG_IF(status == 415, SIPTAG_ACCEPT_STR(ACCEPT)),
			    TAG_IF(status == 415, SIPTAG_ACCEPT_ENCODING_STR("identity")),
			    TAG_END());
	}
}

void
ua_hangup(struct ua_call *c)
{
	c->hung_up = true;
	nua_bye(c->nh, TAG_END());
}

void
ua_release(struct ua_call *c)
{
	nua_handle_bind(c->nh, NULL);
	nua_handle_destroy(c->nh);
	loop_timer_free(c->again);
	free(c);
}
