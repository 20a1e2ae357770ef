/* route: see route.h. */
#include "supervisor/route.h"

#include <string.h>
#include <strings.h>

static const char *const reason_names[] = {
#define X(id, word) [WHY_##id] = word,
    REASONS(X)
#undef X
};

const char *
reason_name(enum reason r)
{
	return r < WHY_COUNT ? reason_names[r] : "?";
}

static struct verdict
drop(enum reason why)
{
	return (struct verdict){.kind = VERDICT_DROP, .why = why};
}

/* An ACK is never answered (RFC 3261 17.1.1.3): refusing one is dropping it. */
static struct verdict
answer(const struct route_in *in, enum reason why, unsigned status)
{
	if (in->m->method == SIP_ACK)
		return drop(why);
	return (struct verdict){.kind = VERDICT_ANSWER, .why = why, .status = status};
}

static struct verdict
forward(const struct route_in *in, enum reason why, enum verdict_kind kind, uint32_t generation)
{
	if (in->m->max_forwards == 0 && in->m->method != SIP_ACK)
		return answer(in, WHY_HOPS, 483); /* RFC 3261 16.3 */
	return (struct verdict){.kind = kind, .why = why, .generation = generation};
}

static bool
alive(const struct pool_view *p, uint32_t generation)
{
	if (!generation)
		return false;
	for (int i = 0; i < 2; i++)
		if (p->slot[i].generation == generation && p->slot[i].takes_sip)
			return true;
	return false;
}

/* An INVITE that no worker has yet: give it one, hold it, or say that there is none. */
static struct verdict
give(const struct route_in *in, enum reason why)
{
	const struct pool_view *p = in->pool;

	if (p->active)
		return forward(in, why, VERDICT_BEGIN, p->active);
	if (p->expected && !in->held_too_long)
		return forward(in, WHY_WAITING, VERDICT_HOLD, 0);
	return answer(in, WHY_OUTAGE, in->trunk->outage_code);
}

/* What in mode auto is known not to follow a 302 (docs/design.md 3, Learning): only a CS1000, or
 * what stands for one, has been seen with such a URI, whatever the trunk was recognised as. */
static bool
must_proxy(const struct route_in *in)
{
	return in->trunk->mode == TRUNK_AUTO &&
	       (in->trunk->profile == PROFILE_CS1000 ||
		slice_find(in->m->uri, SLICE(";phone-context="), true) >= 0 ||
		slice_find(in->m->uri, SLICE(";maddr="), true) >= 0);
}

bool
route_came_back(const struct route_in *in)
{
	const bool again = (in->like == LIKE_CALL_ID || in->like == LIKE_TAG) &&
			   in->redirected->fate == REDIRECTED_OPEN;

	return in->door == DOOR_SERVICE && in->mode == TRUNK_REDIRECT && (again || in->names_slot);
}

/* An INVITE with the numbers of a 302 that waits to be followed.  It may be another person's call
 * to the same number, so its trunk learns nothing from it; proxied, it is not lost.  A trunk that
 * has been told to redirect gets its 302, until it is plain that this leads nowhere. */
static enum reason
perhaps_came_back(const struct route_in *in)
{
	if (in->like != LIKE_NUMBERS)
		return WHY_REDIRECTED;
	if (in->trunk->mode == TRUNK_AUTO)
		return in->redirect_late ? WHY_REDIRECTED : WHY_DOUBTFUL;
	return in->circles ? WHY_CIRCLES : WHY_REDIRECTED;
}

/* What becomes of an INVITE outside a dialog at the service door; WHY_REDIRECTED: a 302. */
static enum reason
at_service_door(const struct route_in *in)
{
	if (route_came_back(in))
		return WHY_LOOPED;
	if (in->like == LIKE_REPEAT && in->mode != TRUNK_REDIRECT)
		return WHY_SAVED;
	if (in->mode != TRUNK_REDIRECT || !in->pool->active || must_proxy(in))
		return WHY_NEW_CALL;
	return perhaps_came_back(in);
}

/* An INVITE outside a dialog of a call that no worker has. */
static struct verdict
new_call(const struct route_in *in)
{
	const enum reason why = in->door == DOOR_SERVICE ? at_service_door(in)
				: in->redirected         ? WHY_FOLLOWED
							 : WHY_NEW_CALL;

	if (!in->pool->enabled && !in->redirected)
		return answer(in, WHY_DRAINED, in->trunk->busy_code);
	/* a limit may let it in when it follows the 302; what runs short will still */
	if (in->full == WHY_PRESSURE)
		return answer(in, WHY_PRESSURE, in->trunk->busy_code);
	if (why == WHY_REDIRECTED)
		return (struct verdict){.kind = VERDICT_REDIRECT, .why = why};
	if (in->full != WHY_NONE)
		return answer(in, in->full, in->trunk->busy_code);
	return give(in, why);
}

/* Its INVITE waits for a worker, or its worker died before it answered. */
static struct verdict
waiting_call(const struct route_in *in)
{
	const struct sip_msg *m = in->m;

	if (m->method == SIP_INVITE)
		return give(in, in->call->generation ? WHY_MOVED : WHY_NEW_CALL);
	if (m->method == SIP_CANCEL)
		return (struct verdict){.kind = VERDICT_UNHOLD, .why = WHY_WAITING, .status = 200};
	return answer(in, WHY_UNKNOWN_CALL, 481);
}

/* The call is over, and its worker may be gone: we answer for it. An INVITE with its Call-ID that
 * is not the first one sent again is a new call: a proxy tries us once more by another route. */
static struct verdict
ended_call(const struct route_in *in)
{
	const struct sip_msg *m = in->m;

	if (m->method == SIP_INVITE && m->to.tag.n == 0)
		return in->repeat ? drop(WHY_ABSORBED) : new_call(in);
	if (alive(in->pool, in->call->generation))
		return forward(in, WHY_AFFINITY, VERDICT_FORWARD, in->call->generation);
	if (m->method == SIP_BYE || m->method == SIP_CANCEL)
		return answer(in, WHY_ENDED, 200);
	return answer(in, WHY_ENDED, 481);
}

static struct verdict
known_call(const struct route_in *in)
{
	const struct call *c = in->call;

	if (c->state == CALL_ENDED)
		return ended_call(in);
	if (in->merged)
		return answer(in, WHY_MERGED, 482);
	if (!alive(in->pool, c->generation))
		return waiting_call(in);
	if (in->m->method == SIP_CANCEL && c->answered)
		return answer(in, WHY_LATE_CANCEL, 200);
	return forward(in, WHY_AFFINITY, VERDICT_FORWARD, c->generation);
}

/* Its Call-ID is that of another trunk's call. A dialog belongs to the trunk that began it,
 * however much the sender knows of it; a PBX of several addresses is one trunk. An INVITE that
 * comes by two trunks at a time is merged (RFC 3261 8.2.2.2); one that a proxy tries by another
 * trunk when the first has failed is a new call. */
static struct verdict
others_call(const struct route_in *in)
{
	const struct sip_msg *m = in->m;

	if (m->method == SIP_INVITE && m->to.tag.n == 0)
		return in->call->state == CALL_ENDED ? new_call(in)
						     : answer(in, WHY_OTHER_TRUNK, 482);
	return answer(in, WHY_OTHER_TRUNK, 481);
}

/* "g<generation>-...": the second way to a call's worker, when the table does not know it. */
static uint32_t
tag_generation(struct slice tag)
{
	uint64_t n = 0;

	if (tag.n < 3 || tag.p[0] != 'g')
		return 0;
	const char *dash = memchr(tag.p, '-', tag.n);
	if (!dash ||
	    slice_u64((struct slice){tag.p + 1, (size_t)(dash - tag.p - 1)}, UINT32_MAX, &n))
		return 0;
	return (uint32_t)n;
}

static struct verdict
unknown_call(const struct route_in *in)
{
	const struct sip_msg *m = in->m;

	if (m->to.tag.n > 0) {
		const uint32_t generation = tag_generation(m->to.tag);
		if (alive(in->pool, generation))
			return forward(in, WHY_TAG, VERDICT_FORWARD, generation);
		return answer(in, WHY_UNKNOWN_CALL, 481);
	}
	if (m->method == SIP_INVITE)
		return new_call(in);
	if (m->method == SIP_ACK)
		return drop(WHY_ABSORBED);
	if (m->method == SIP_CANCEL || m->method == SIP_BYE || m->method == SIP_PRACK)
		return answer(in, WHY_UNKNOWN_CALL, 481);
	if (!in->pool->active)
		return answer(in, WHY_OUTAGE, in->trunk->outage_code);
	return forward(in, WHY_OUTSIDE, VERDICT_FORWARD, in->pool->active);
}

/* We answered its INVITE with a 302. */
static struct verdict
redirected_call(const struct route_in *in)
{
	const struct sip_msg *m = in->m;

	if (m->method == SIP_ACK)
		return drop(WHY_ABSORBED);
	if (m->method == SIP_CANCEL)
		return answer(in, WHY_LATE_CANCEL, 200);
	if (m->to.tag.n > 0)
		return unknown_call(in);
	return m->method == SIP_INVITE ? new_call(in) : answer(in, WHY_UNKNOWN_CALL, 481);
}

/* RFC 3261 8.2.2.1: a scheme we do not speak. */
static bool
scheme_known(struct slice uri)
{
	static const struct slice known[] = {{"sip:", 4}, {"sips:", 5}, {"tel:", 4}};

	for (size_t i = 0; i < 3; i++)
		if (uri.n >= known[i].n && strncasecmp(uri.p, known[i].p, known[i].n) == 0)
			return true;
	return false;
}

/* Whether a call would be answered now or in a moment.  While starts fail again and again each is
 * worth a held INVITE, but not a sign of life that brings more calls. */
static bool
in_service(const struct pool_view *p)
{
	return p->enabled && (p->active || (p->expected && !p->failing));
}

bool
route_closed(const struct pool_view *p, const struct trunk_conf *trunk)
{
	return trunk->outage == OUTAGE_SILENCE && !in_service(p) && !p->slot[0].takes_sip &&
	       !p->slot[1].takes_sip;
}

/* OPTIONS asks whether we live.  Where any answer says yes, no says nothing; but a connection that
 * a call may still need stays. */
static struct verdict
sign_of_life(const struct route_in *in)
{
	if (in_service(in->pool))
		return answer(in, WHY_OPTIONS, 200);
	if (in->trunk->outage == OUTAGE_503)
		return answer(in, WHY_OUTAGE, 503);
	if (route_closed(in->pool, in->trunk))
		return (struct verdict){.kind = VERDICT_CLOSE, .why = WHY_OUTAGE};
	return drop(WHY_OUTAGE);
}

struct verdict
route_request(const struct route_in *in)
{
	const struct sip_msg *m = in->m;

	if (!in->trunk)
		return answer(in, WHY_STRANGER, 403);
	if (in->barred != WHY_NONE)
		return answer(in, in->barred, 403);
	if (m->method == SIP_OPTIONS && m->to.tag.n == 0)
		return sign_of_life(in);
	if (!scheme_known(m->uri))
		return answer(in, WHY_SCHEME, 416);
	if (in->call)
		return in->other_trunk ? others_call(in) : known_call(in);
	if (in->redirected && (in->like == LIKE_REPEAT || in->like == LIKE_CALL_ID))
		return redirected_call(in);
	return unknown_call(in);
}
