/* ua_notice: NOTIFYs that belong to no call.  See ua_room.h.
 * They are sent as a method, without a subscription: NUA keeps but their transaction. */
#include <stdlib.h>

#include <sofia-sip/su_tagarg.h>

#include "worker/ua_room.h"

struct ua_notice *
ua_notify(struct ua *ua, const struct ua_notify *n, void *owner)
{
	struct ua_notice *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->is.kind = UA_HANDLE_NOTICE;
	c->ua = ua;
	c->owner = owner;
	c->nh = nua_handle(ua->nua, &c->is, NUTAG_URL(n->uri), SIPTAG_TO_STR(n->to),
			   SIPTAG_FROM_STR(n->from), TAG_END());
	if (!c->nh) {
		free(c);
		return NULL;
	}
	nua_method(c->nh, NUTAG_METHOD("NOTIFY"), TAG_IF(n->route[0], SIPTAG_ROUTE_STR(n->route)),
		   SIPTAG_CONTACT_STR(n->contact), SIPTAG_EVENT_STR(n->event),
		   SIPTAG_SUBSCRIPTION_STATE_STR("active"), SIPTAG_CONTENT_TYPE_STR(n->type),
		   SIPTAG_PAYLOAD_STR(n->body), TAG_END());
	return c;
}

void
ua_forget(struct ua_notice *c)
{
	nua_handle_bind(c->nh, NULL);
	nua_handle_destroy(c->nh);
	free(c);
}

/* The answer; a 401 or 407 too: we have no password for a telephone system. */
void
ua_on_noticed(struct heard *h)
{
	struct ua_notice *c = h->notice;
	void *owner = c ? c->owner : NULL;

	if (!c || h->status < 200)
		return;
	ua_forget(c);
	h->ua->conf.noticed(owner, (unsigned)h->status, h->phrase ? h->phrase : "");
}
