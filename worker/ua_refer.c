/* ua_refer: a call's transfer: our REFER, its answer, and the NOTIFYs that tell what became of it
 * (RFC 3515).  See ua_room.h. */
#include <stdlib.h>

#include <sofia-sip/sip_extra.h>
#include <sofia-sip/su_tagarg.h>

#include "worker/ua_read.h"
#include "worker/ua_room.h"

/* Referred-By (RFC 3892) is who we are in this call; NUA by itself would name its own socket. */
void
ua_refer(struct ua_call *c, const char *refer_to)
{
	const sip_to_t *us = nua_handle_local(c->nh);
	sip_referred_by_t by[1];

	c->refer_id = 0;
	if (us) {
		sip_referred_by_init(by);
		*by->b_url = *us->a_url;
	}
	nua_refer(c->nh, SIPTAG_REFER_TO_STR(refer_to), TAG_IF(us, SIPTAG_REFERRED_BY(by)),
		  TAG_END());
}

/* NUA tells of a REFER twice: with 100 when it leaves, for its number, and what it was answered. */
void
ua_on_referred(struct heard *h)
{
	struct ua_event event = {.what = UA_REFERRED, .status = (unsigned)h->status};
	const sip_event_t *refer = NULL;

	if (!h->call)
		return;
	tl_gets(h->tags, NUTAG_REFER_EVENT_REF(refer), TAG_END());
	if (refer && refer->o_id)
		h->call->refer_id = strtoul(refer->o_id, NULL, 10);
	if (h->status < 200)
		return;
	event.phrase = h->phrase ? slice_str(h->phrase) : (struct slice){NULL, 0};
	ua_tell(h, &event);
}

/* A NOTIFY about an earlier REFER of the same call says so in its Event; many say nothing. */
static bool
is_of_the_last(const struct heard *h)
{
	const sip_event_t *o = h->sip->sip_event;

	return !o || !o->o_id || strtoul(o->o_id, NULL, 10) == h->call->refer_id;
}

/* NUA has answered it: 200 when it belongs to a REFER of ours, else 481. */
void
ua_on_notify(struct heard *h)
{
	struct ua_event event = {.what = UA_PROGRESS};

	if (!h->call) {
		ua_dismiss(h, 481);
		return;
	}
	if (h->status != 200 || !h->sip || !is_of_the_last(h))
		return;
	event.status = ua_read_sipfrag(h->sip, &event.phrase);
	event.over = ua_read_terminated(h->sip);
	ua_tell(h, &event);
}
