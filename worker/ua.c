/* ua: see ua.h.  How NUA has to be set up behind the supervisor was tried out; the reasons stand
 * at the tags.  This file: the agent, and who takes what NUA tells. */
#include "worker/ua.h"

#include <errno.h>
#include <stdlib.h>

#include <sofia-sip/nta.h>
#include <sofia-sip/tport_tag.h>

#include "ipc/base/log.h"
#include "worker/ua_room.h"
#include "worker/ua_socket.h"
#include "worker/ua_tag.h"

/* What a burst of INVITEs needs in the inner socket: a datagram lost there is resent by nobody
 * when the trunk is TCP. */
#define SOCKET_BYTES (4 << 20)

/* Methods that reach us; any other gets 405 with this list (the supervisor's REPLY_ALLOW).  Neither
 * REFER nor MESSAGE: nobody here would act on them; nor SUBSCRIBE: there is no event package that a
 * 489 could name in its Allow-Events.  NOTIFY tells of our own REFERs; any other gets 481. */
#define ALLOW        "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, PRACK, NOTIFY"

/* OPTIONS (the supervisor's probe) and anything else NUA let through: it has its answer already, or
 * gets one that nobody can misread. */
static void
on_other(struct heard *h)
{
	ua_dismiss(h, 501);
}

static void
on_shutdown(struct heard *h)
{
	if (h->status >= 200)
		h->ua->down = true;
}

/* What NUA tells, and who takes it; nobody: not our business. */
static heard_fn *const handlers[] = {
    [nua_i_error] = ua_on_error,    [nua_i_invite] = ua_on_invite,
    [nua_i_cancel] = ua_on_cancel,  [nua_i_ack] = ua_on_ack,
    [nua_i_state] = ua_on_state,    [nua_i_bye] = ua_on_bye,
    [nua_i_options] = on_other,     [nua_i_update] = ua_on_update,
    [nua_i_info] = ua_on_info,      [nua_i_method] = on_other,
    [nua_i_message] = on_other,     [nua_i_notify] = ua_on_notify,
    [nua_i_refer] = on_other,       [nua_i_register] = on_other,
    [nua_i_publish] = on_other,     [nua_r_invite] = ua_on_refreshed,
    [nua_r_refer] = ua_on_referred, [nua_r_method] = ua_on_noticed,
    [nua_r_shutdown] = on_shutdown,
};

static void
on_event(nua_event_t event, int status, char const *phrase, nua_t *nua, struct ua *ua,
	 nua_handle_t *nh, struct ua_handle *is, sip_t const *sip, tagi_t tags[])
{
	struct heard h = {
	    .ua = ua, .nh = nh, .status = status, .phrase = phrase, .sip = sip, .tags = tags};

	(void)nua;
	if (is && is->kind == UA_HANDLE_CALL)
		h.call = (struct ua_call *)is;
	else if (is)
		h.notice = (struct ua_notice *)is;
	if (event >= 0 && (size_t)event < sizeof(handlers) / sizeof(handlers[0]) && handlers[event])
		handlers[event](&h);
}

/* Binds the worker's address, but names a door in what NUA writes by itself (;maddr=).  All SIP
 * leaves through the proxy; without one a BYE would go to the PBX past the supervisor.  It also
 * knows merged requests: NUA would take a proxy's next try of a refused call for one. */
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
			     NUTAG_APPL_METHOD("UPDATE, INFO"), NTATAG_MERGE_482(0),
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
