/* calls_sip: what the user agent tells of a call, turned into answers and into events of the
 * call table.  Offer and answer happen here; the rest of a call's life is in calls.c. */
#include <errno.h>
#include <string.h>

#include "ipc/base/log.h"
#include "worker/calls_room.h"
#include "worker/nameaddr.h"
#include "worker/secure.h"

/* The Contact is the door the call came in by, so that the PBX sees one user agent at one address;
 * `gen` tells the supervisor whose call it is, should it have forgotten. */
static void
make_contact(const struct call *c, const struct ua_invite *in)
{
	struct calls *all = c->all;
	struct addr at = all->with.local;
	const char *transport = "", *scheme = "sip";
	char user[MESSAGE_PARTY_MAX], host[ADDR_TEXT_MAX];
	struct buf b = BUF(all->contact);

	if (in->door >= 0 && (size_t)in->door < all->ndoors) {
		at = calls_shown(c, &all->doors[in->door].local);
		if (all->doors[in->door].transport == TRANSPORT_TCP)
			transport = ";transport=tcp";
		if (all->doors[in->door].transport == TRANSPORT_TLS) {
			transport = ";transport=tls";
			scheme = in->sips ? "sips" : "sip";
		}
	}
	nameaddr_number(in->party.request_user, user, sizeof(user) / 2);
	buf_printf(&b, "<%s:", scheme);
	nameaddr_escape(user, &b);
	if (user[0])
		buf_str(&b, "@");
	buf_printf(&b, "%s:%u%s;gen=%u>", addr_host_text(&at, host), at.port, transport,
		   all->with.generation);
	buf_cstr(&b);
}

static void
refuse(struct call *c, enum call_event event, int status)
{
	c->status = (uint16_t)status;
	calls_step(c, event);
}

/* Nobody has that number: false, and the caller is told now or when the call is up. */
static bool
has_somebody(struct call *c)
{
	const struct whose *w = &c->whose;

	if (w->verdict == WHOSE_TAKE || w->verdict == WHOSE_OWNER)
		return true;
	log_notice(LOG_CALL, "call %.*s: from %s for %s: %s: %s", c->call_id_len, c->call_id,
		   w->caller[0] ? w->caller : "(unknown)", w->called[0] ? w->called : "(nobody)",
		   w->verdict == WHOSE_SPEAK ? "told so" : "refused with 404", w->why);
	return false;
}

/* The caller's fault, one line each. */
static void
reject(struct call *c, int status)
{
	log_notice(LOG_CALL, "call %.*s: from %s: refused with %d: %s", c->call_id_len, c->call_id,
		   c->whose.party.caller[0] ? c->whose.party.caller : "(unknown)", status,
		   c->offer.refusal);
	refuse(c, CALL_ON_REFUSE, status);
}

/* Our own trouble: one line when it begins, however many calls come meanwhile. */
static void
turn_away(struct call *c, int status, const char *why)
{
	if (!c->all->full)
		log_err(LOG_CALL, "calls are refused with %d from now on: %s", status, why);
	c->all->full = true;
	refuse(c, CALL_ON_FAIL, status);
}

/* Writes what we say: the answer to `theirs`, or an offer when that is NULL. */
static void
speak(struct call *c, const struct sdp_remote *theirs)
{
	struct buf out = BUF(c->all->sdp);
	uint8_t random[OFFER_RANDOM];

	if (offer_wants_key(&c->offer, theirs))
		secure_random(random, sizeof(random));
	if (theirs)
		offer_answer(&c->offer, theirs, random, &out);
	else
		offer_make(&c->offer, random, &out);
	c->answer = buf_cstr(&out);
}

static void
on_offered(struct call *c, const struct ua_event *event)
{
	const struct ua_invite *in = event->invite;
	struct sdp_remote theirs;
	int status = offer_read(&c->offer, &event->body, &theirs);
	int err;

	if (status > 0) {
		reject(c, status);
		return;
	}
	if (!has_somebody(c) && c->whose.verdict == WHOSE_REFUSE) {
		refuse(c, CALL_ON_REFUSE, 404);
		return;
	}
	if (c->all->count > c->all->with.conf->limits.calls) {
		turn_away(c, 480, "limits.calls are up");
		return;
	}
	err = calls_open_media(c, in);
	if (err < 0) {
		turn_away(c, err == -EADDRINUSE ? 480 : 500,
			  err == -EADDRINUSE ? "all of rtp.ports are in use" : strerror(-err));
		return;
	}
	if (c->all->full)
		log_notice(LOG_CALL, "calls are answered again");
	c->all->full = false;
	make_contact(c, in);
	speak(c, status == 0 ? &theirs : NULL);
	calls_step(c, CALL_ON_ACCEPT);
}

/* The ACK answers our offer, if we made one (RFC 3264 4). */
static void
on_acked(struct call *c, const struct ua_event *event)
{
	struct sdp_remote theirs;

	if (c->offer.waiting) {
		int status = offer_read(&c->offer, &event->body, &theirs);
		if (status != 0) {
			c->offer.waiting = false;
			log_notice(
			    LOG_CALL, "call %.*s: the ACK has no usable answer to our offer: %s",
			    c->call_id_len, c->call_id, status > 0 ? c->offer.refusal : "no SDP");
			calls_step(c, CALL_ON_NO_ANSWER);
			return;
		}
		offer_take(&c->offer, &theirs);
	}
	calls_step(c, CALL_ON_ACK);
	calls_remote_changed(c);
}

/* Answers a body within the call: re-INVITE, UPDATE, or the 200 to our refresh. */
static void
on_change(struct call *c, const struct ua_event *event)
{
	struct sdp_remote theirs;
	int status = offer_read(&c->offer, &event->body, &theirs);

	if (!c->media) {
		ua_refuse(c->ua, 481);
	} else if (status == -ENOENT && event->offerless) {
		ua_answer(c->ua, NULL, NULL);
	} else if (status >= 0 && c->offer.waiting) {
		ua_refuse(c->ua, 491); /* RFC 3311 5.2: two offers at once */
	} else if (status > 0) {
		log_notice(LOG_CALL, "call %.*s: a change of its media is refused with %d: %s",
			   c->call_id_len, c->call_id, status, c->offer.refusal);
		ua_refuse(c->ua, (unsigned)status);
	} else {
		speak(c, status == 0 ? &theirs : NULL);
		ua_answer(c->ua, NULL, c->answer);
		if (status == 0)
			calls_remote_changed(c);
	}
}

static void
on_digit(struct call *c, const struct ua_event *event)
{
	calls_key(c, event->digit);
}

static void
on_cancelled(struct call *c, const struct ua_event *event)
{
	(void)event;
	calls_step(c, CALL_ON_CANCEL);
}

static void
on_hung_up(struct call *c, const struct ua_event *event)
{
	(void)event;
	calls_step(c, CALL_ON_HANGUP);
}

static void
on_lost(struct call *c, const struct ua_event *event)
{
	(void)event;
	calls_step(c, CALL_ON_LOST);
}

static void
on_gone(struct call *c, const struct ua_event *event)
{
	(void)event;
	calls_step(c, CALL_ON_GONE);
}

static void (*const handlers[])(struct call *c, const struct ua_event *event) = {
    [UA_OFFERED] = on_offered,
    [UA_ACKED] = on_acked,
    [UA_CHANGE] = on_change,
    [UA_REFRESHED] = on_change,
    [UA_DIGIT] = on_digit,
    [UA_CANCELLED] = on_cancelled,
    [UA_REFERRED] = calls_referred,
    [UA_PROGRESS] = calls_progress,
    [UA_HUNG_UP] = on_hung_up,
    [UA_LOST] = on_lost,
    [UA_GONE] = on_gone,
};

void
calls_on_ua(void *arg, struct ua_call *call, const struct ua_event *event)
{
	struct call *c = ua_owner(call);

	if (event->what == UA_OFFERED) {
		c = calls_begin(arg, call, event->invite);
		ua_own(call, c);
		if (!c)
			ua_refuse(call, 500);
	}
	if (c)
		handlers[event->what](c, event);
	else if (event->what == UA_GONE)
		ua_release(call);
}
