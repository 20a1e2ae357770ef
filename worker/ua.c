/* ua: see ua.h.  How NUA has to be set up behind the supervisor was tried out; the reasons stand
 * at the tags.  The stack runs in this thread: a verb is a message to it that is worked off
 * within the same turn, after the callback that gave it. */
#include "worker/ua.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define NUA_MAGIC_T  struct ua
#define NUA_HMAGIC_T struct ua_call

#include <sofia-sip/nta.h>
#include <sofia-sip/nua.h>
#include <sofia-sip/nua_tag.h>
#include <sofia-sip/sip_status.h>
#include <sofia-sip/tport_tag.h>

#include "ipc/base/log.h"
#include "worker/ua_read.h"
#include "worker/ua_root.h"
#include "worker/ua_socket.h"
#include "worker/ua_tag.h"

/* Longest sleep when nothing at all is due. */
#define WAIT_MAX_MS  (60 * 60 * 1000)
/* What a burst of INVITEs needs in the inner socket: a datagram lost there is resent by nobody
 * when the trunk is TCP. */
#define SOCKET_BYTES (4 << 20)

/* Methods that reach us; any other gets 405 with this list.  Neither REFER, NOTIFY nor MESSAGE:
 * nobody here would act on them. */
#define ALLOW        "INVITE, ACK, BYE, CANCEL, OPTIONS, PRACK, UPDATE, INFO, SUBSCRIBE"

enum reply { REPLY_NONE, REPLY_RESPONSE, REPLY_ACK };

struct ua {
	struct ua_conf conf;
	struct ua_root *root;
	nua_t *nua;
	bool down;
};

struct ua_call {
	struct ua *ua;
	nua_handle_t *nh;
	void *owner;
	enum reply reply; /* how the request at hand is to be answered */
	bool no_update;   /* it does not take UPDATE: refresh by re-INVITE */
	bool no_timer;    /* it could neither refresh nor be asked: promise no session timer */
	bool hung_up;
	bool gone;
};

/* One event of NUA. */
struct heard {
	struct ua *ua;
	nua_handle_t *nh;
	struct ua_call *call; /* NULL: outside of any call */
	int status;
	const sip_t *sip;
	tagi_t *tags;
};

static void
tell(const struct heard *h, const struct ua_event *event)
{
	h->ua->conf.event(h->ua->conf.arg, h->call, event);
}

static void
tell_what(const struct heard *h, enum ua_what what)
{
	struct ua_event event = {.what = what};

	if (h->call)
		tell(h, &event);
}

/* A request outside of any call: say `status` and forget the handle NUA made for it. */
static void
dismiss(const struct heard *h, int status)
{
	if (h->status < 200)
		nua_respond(h->nh, status, NULL, NUTAG_WITH_THIS(h->ua->nua), TAG_END());
	if (!h->call)
		nua_handle_destroy(h->nh);
}

static struct ua_call *
call_new(const struct heard *h)
{
	struct ua_call *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->ua = h->ua;
	c->nh = h->nh;
	c->no_update = !ua_read_allows_update(h->sip);
	c->no_timer = c->no_update && !ua_read_knows_timer(h->sip);
	nua_handle_bind(h->nh, c);
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
		dismiss(h, 400);
		return;
	}
	h->call = call_new(h);
	if (!h->call) {
		dismiss(h, 500);
		return;
	}
	h->call->reply = REPLY_RESPONSE;
	tell(h, &event);
}

/* A request or answer inside a call that may carry SDP. */
static void
tell_body(const struct heard *h, enum ua_what what, bool offerless)
{
	struct ua_space space;
	struct ua_event event = {.what = what, .offerless = offerless};

	event.body = ua_read_body(h->sip, &space);
	tell(h, &event);
}

static void
on_invite(struct heard *h)
{
	if (!h->call) {
		on_new_call(h);
	} else if (h->status < 200) {
		h->call->reply = REPLY_RESPONSE;
		tell_body(h, UA_CHANGE, false);
	}
}

static void
on_update(struct heard *h)
{
	if (!h->call || h->status >= 200)
		return;
	h->call->reply = REPLY_RESPONSE;
	tell_body(h, UA_CHANGE, true);
}

static void
on_ack(struct heard *h)
{
	if (h->call)
		tell_body(h, UA_ACKED, false);
}

static void
on_cancel(struct heard *h)
{
	tell_what(h, UA_CANCELLED);
}

static void
on_bye(struct heard *h)
{
	tell_what(h, UA_HUNG_UP);
}

static void
on_info(struct heard *h)
{
	struct ua_event event = {.what = UA_DIGIT, .digit = ua_read_digit(h->sip)};

	dismiss(h, 200);
	if (h->call && event.digit)
		tell(h, &event);
}

/* OPTIONS (the supervisor's probe) and anything else NUA let through: it has its answer already, or
 * gets one that nobody can misread. */
static void
on_other(struct heard *h)
{
	dismiss(h, 501);
}

/* "ACK Timeout" is the only 408 reported so; other errors are verbs that came too late. */
static void
on_error(struct heard *h)
{
	if (h->status == 408)
		tell_what(h, UA_LOST);
}

static void
on_state(struct heard *h)
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

/* The answer to a refresh by re-INVITE without SDP: it holds an offer, the ACK must answer it. */
static void
on_refreshed(struct heard *h)
{
	if (!h->call || !h->call->no_update || h->status < 200 || h->status >= 300 || !h->sip)
		return;
	h->call->reply = REPLY_ACK;
	tell_body(h, UA_REFRESHED, false);
}

static void
on_shutdown(struct heard *h)
{
	if (h->status >= 200)
		h->ua->down = true;
}

typedef void heard_fn(struct heard *h);

/* What NUA tells, and who takes it; nobody: not our business. */
static heard_fn *const handlers[] = {
    [nua_i_error] = on_error,     [nua_i_invite] = on_invite,    [nua_i_cancel] = on_cancel,
    [nua_i_ack] = on_ack,         [nua_i_state] = on_state,      [nua_i_bye] = on_bye,
    [nua_i_options] = on_other,   [nua_i_update] = on_update,    [nua_i_info] = on_info,
    [nua_i_subscribe] = on_other, [nua_i_method] = on_other,     [nua_i_message] = on_other,
    [nua_i_notify] = on_other,    [nua_i_refer] = on_other,      [nua_i_register] = on_other,
    [nua_i_publish] = on_other,   [nua_r_invite] = on_refreshed, [nua_r_shutdown] = on_shutdown,
};

static void
on_event(nua_event_t event, int status, char const *phrase, nua_t *nua, struct ua *ua,
	 nua_handle_t *nh, struct ua_call *call, sip_t const *sip, tagi_t tags[])
{
	struct heard h = {ua, nh, call, status, sip, tags};

	(void)phrase;
	(void)nua;
	if (event >= 0 && (size_t)event < sizeof(handlers) / sizeof(handlers[0]) && handlers[event])
		handlers[event](&h);
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
		nua_respond(c->nh, (int)status, NULL, NUTAG_WITH_THIS(c->ua->nua), TAG_END());
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
	free(c);
}

/* Binds the worker's address, but names a door in what NUA writes by itself (;maddr=).  All SIP
 * leaves through the proxy; without one a BYE would go to the PBX past the supervisor. */
static int
open_agent(struct ua *ua, struct buf *why)
{
	const struct ua_conf *c = &ua->conf;
	char local[ADDR_TEXT_MAX], host[ADDR_TEXT_MAX], bound[ADDR_TEXT_MAX], url[256], proxy[128];
	struct buf u = BUF(url), p = BUF(proxy);

	buf_printf(&u, "sip:%s:%u;maddr=%s", addr_host_text(&c->door, host), c->local.port,
		   addr_host_text(&c->local, bound));
	buf_printf(&p, "sip:%s:%u;transport=udp", addr_host_text(&c->supervisor, host),
		   c->supervisor.port);
	ua->nua = nua_create(ua_root_su(ua->root), on_event, ua, NUTAG_URL(buf_cstr(&u)),
			     NUTAG_PROXY(buf_cstr(&p)), NUTAG_MEDIA_ENABLE(0), NUTAG_AUTOALERT(0),
			     NUTAG_AUTOANSWER(0), NUTAG_AUTOACK(1), NUTAG_AUTO100(0),
			     NUTAG_APPL_METHOD("UPDATE"),
			     NUTAG_SESSION_TIMER((unsigned)(c->session_expires / 1000)),
			     NUTAG_MIN_SE((unsigned)(c->min_se / 1000)), NUTAG_UPDATE_REFRESH(1),
			     SIPTAG_SUPPORTED_STR("timer, 100rel"), SIPTAG_ALLOW_STR(ALLOW),
			     SIPTAG_USER_AGENT_STR("Evertrunk"), NTATAG_UDP_MTU(65535),
			     TPTAG_UDP_RMEM(SOCKET_BYTES), TPTAG_UDP_WMEM(SOCKET_BYTES), TAG_END());
	if (ua->nua && ua_socket_only_from(&c->local, &c->supervisor) == 0)
		return 0;
	buf_printf(why, "cannot open SIP on %s: is the address taken by another worker?",
		   addr_text(&c->local, local));
	return -EADDRINUSE;
}

int
ua_new(const struct ua_conf *conf, struct ua **ret, struct buf *why)
{
	struct ua *ua = calloc(1, sizeof(*ua));
	int err = -ENOMEM;

	if (!ua)
		return err;
	ua->conf = *conf;
	ua_follow_log();
	ua->root = ua_root_new(conf->loop, why);
	if (ua->root)
		err = ua_tag_start(conf->generation, ua_root_su(ua->root), why);
	if (err == 0)
		err = open_agent(ua, why);
	if (err == 0)
		*ret = ua;
	return err;
}

bool
ua_wait(struct ua *ua)
{
	return ua_root_wait(ua->root);
}

void
ua_shutdown(struct ua *ua)
{
	nua_shutdown(ua->nua);
}

bool
ua_is_down(const struct ua *ua)
{
	return ua->down;
}

void
ua_free(struct ua *ua)
{
	if (!ua)
		return;
	nua_destroy(ua->nua);
	ua_root_free(ua->root);
	free(ua);
}
