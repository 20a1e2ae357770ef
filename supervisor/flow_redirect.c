/* flow_redirect: calls that get a 302: the answer, what they are when they come again, what their
 * trunk learns from it, and what they had said of a diversion.  See flow_room.h. */
#include <time.h>

#include "ipc/base/log.h"
#include "supervisor/flow_room.h"
#include "supervisor/redirect.h"
#include "supervisor/scan_field.h"

#define WARN_AGAIN_MS 600000 /* of the circles of one trunk */

/* A user part without its parameters (a CS1000's phone-context). */
static struct slice
number_of(struct slice user)
{
	const char *end = user.n ? memchr(user.p, ';', user.n) : NULL;

	return end ? (struct slice){user.p, (size_t)(end - user.p)} : user;
}

/* Whether `port` is one of our slots', plain or TLS. */
static bool
is_slot_port(const struct flow *f, uint16_t port)
{
	const uint16_t a = f->conf->listen.slot_a_port, b = f->conf->listen.slot_b_port;

	return port == a || port == b || (f->conf->listen.tls && (port == a + 1 || port == b + 1));
}

static bool
is_anonymous(struct slice user)
{
	return user.n == 0 || slice_ieq(user, SLICE("anonymous")) ||
	       slice_ieq(user, SLICE("unknown"));
}

/* What may be known again of an INVITE outside a dialog. */
static void
identify(struct flow *f, const struct sip_msg *m, struct flow_again *a)
{
	struct sip_uri caller;
	struct slice user = {NULL, 0}, value;

	if (scan_uri(m->from.uri, &caller) == 0)
		user = number_of(caller.user);
	a->uri_ok = scan_uri(m->uri, &a->uri) == 0;
	a->anonymous = is_anonymous(user);
	a->names_slot = a->uri_ok && a->uri.port && is_slot_port(f, a->uri.port);
	a->aimed = a->uri_ok && scan_param(a->uri.params, "target", &value);
	a->id.caller = redirected_mix(0, user);
	a->id.tag = redirected_mix(a->id.caller, m->from.tag);
	a->id.branch = redirected_mix(0, m->via.branch);
	a->id.called = a->uri_ok ? number_of(a->uri.user) : (struct slice){NULL, 0};
	a->id.cseq = m->cseq;
}

/* How much alike an INVITE must be to be one that got a 302.  One at a slot's door has followed
 * something; one at the service door may be anything. */
static enum likeness
least_likeness(const struct route_in *in)
{
	return in->door == DOOR_SERVICE ? LIKE_NUMBERS : LIKE_CALLED;
}

/* At the service door of a trunk that has been told to redirect, the same numbers mean something
 * only when they come again and again. */
static bool
means_nothing(const struct route_in *in, const struct flow_again *a)
{
	return in->door == DOOR_SERVICE && in->trunk->mode == TRUNK_REDIRECT &&
	       a->like == LIKE_NUMBERS && !in->circles;
}

static void
look(struct flow *f, const struct sip_msg *m, enum likeness least, struct flow_again *a)
{
	const struct mono now = loop_now(f->loop);
	const bool invite = m->method == SIP_INVITE && m->to.tag.n == 0;

	if (invite)
		identify(f, m, a);
	if (redirected_idle(&f->redirected, now))
		return;
	if (invite)
		a->was = redirected_match(&f->redirected, &a->id, least, now, &a->like);
	else if ((a->was = redirected_find(&f->redirected, a->id.key, a->id.trunk, now)))
		a->like = LIKE_CALL_ID;
}

void
flow_look_back(struct flow *f, const struct trunk *k, struct route_in *in, struct flow_again *a)
{
	const struct mono now = loop_now(f->loop);

	a->was = NULL;
	a->names_slot = false;
	if (!k || (in->call && in->call->state != CALL_ENDED))
		return;
	if (in->barred != WHY_NONE || k->conf->mode == TRUNK_PROXY ||
	    (in->mode == TRUNK_PROXY && redirected_idle(&f->redirected, now)))
		return;
	a->like = LIKE_NONE;
	a->id.trunk = trunk_index(&f->trunks, k);
	look(f, in->m, least_likeness(in), a);
	in->circles = a->like == LIKE_NUMBERS && redirected_circles(&f->redirected, &a->id, now);
	if (means_nothing(in, a)) {
		a->was = NULL;
		a->like = LIKE_NONE;
	}
	in->redirected = a->was;
	in->like = a->like;
	in->names_slot = a->names_slot;
	in->redirect_late = a->was && redirected_late(a->was, now);
}

void
flow_redirect(struct flow *f, const struct way *from, const struct sip_msg *m, struct trunk *k,
	      const struct flow_again *a)
{
	const bool judged = k->conf->mode == TRUNK_AUTO;
	const struct door_spec *door = &f->door[from->door];
	uint16_t port = pool_view(f->pool)->active_slot == 0 ? f->conf->listen.slot_a_port
							     : f->conf->listen.slot_b_port;
	char line[512], where[128];
	struct buf b = BUF(line);

	port = (uint16_t)(port + (door->transport == TRANSPORT_TLS));
	if (a->uri_ok)
		redirect_contact(&b, &a->uri, door, port, k->conf);
	if (!a->uri_ok || b.full) {
		flow_answer(f, from, m, &(struct reply){.status = 400});
		return;
	}
	flow_answer(f, from, m, &(struct reply){.status = 302, .lines = {line, b.n}});
	count(COUNT_REDIRECTS);
	if (a->like == LIKE_REPEAT) /* it has its answer again, and its clock runs */
		return;
	k->redirects++;
	struct redirected_call *c =
	    redirected_add(&f->redirected, &a->id, judged, loop_now(f->loop));
	if (m->diverted.n > 0 || a->aimed)
		c->recall = recall_keep(&f->recall, m, &a->uri, k->conf);
	f->redirect_open |= judged;
	log_info(LOG_CALL, "call %.*s from %s: redirected to port %u (trunk %s)", (int)m->call_id.n,
		 m->call_id.p, flow_way_text(f, from, where), port, k->conf->name);
}

void
flow_taught(struct flow *f, struct trunk *k)
{
	log_notice(LOG_TRUNK, "trunk %s: redirect -> proxy: %s", k->conf->name, k->why);
	trunk_file_save(f->learned, &f->trunks);
}

/* A trunk that has been told to redirect is served where that fails, and its administrator hears of
 * it; what he has told it stays. */
static void
warn_of_circles(struct flow *f, const struct route_in *in, struct trunk *k)
{
	const struct mono now = loop_now(f->loop);

	if (mono_set(k->warned) && mono_ms(k->warned, now) < WARN_AGAIN_MS)
		return;
	k->warned = now;
	log_warn(LOG_TRUNK,
		 "trunk %s: a redirected call came back to the service port%s (call %.*s): it is "
		 "proxied, but its telephone system does not follow our 302; mode = auto or proxy "
		 "would spare its callers the wait, mode = redirect stays as configured",
		 k->conf->name, in->circles ? " again and again" : "", (int)in->m->call_id.n,
		 in->m->call_id.p);
}

/* An INVITE that is a redirected call again. */
static void
judge_invite(struct flow *f, const struct route_in *in, const struct flow_again *a, struct trunk *k)
{
	if (route_came_back(in)) {
		count(COUNT_REDIRECTS_UNFOLLOWED);
		if (trunk_looped(&f->trunks, k, time(NULL)))
			flow_taught(f, k);
		else if (in->trunk->mode == TRUNK_REDIRECT)
			warn_of_circles(f, in, k);
	} else if (in->door == DOOR_SERVICE && in->circles && in->trunk->mode == TRUNK_REDIRECT) {
		count(COUNT_REDIRECTS_UNFOLLOWED);
		warn_of_circles(f, in, k);
		return; /* it may be as many people's calls, who will follow */
	} else if (in->door == DOOR_SERVICE) {
		return; /* a retransmission, or only like one: silence will tell */
	} else if (a->was && a->was->fate == REDIRECTED_OPEN) {
		count(COUNT_REDIRECTS_FOLLOWED);
	}
	if (a->was)
		a->was->fate = REDIRECTED_FOLLOWED;
}

void
flow_judge(struct flow *f, const struct route_in *in, const struct flow_again *a, struct trunk *k)
{
	if (in->m->method == SIP_CANCEL && a->was && a->was->fate == REDIRECTED_OPEN)
		a->was->fate = REDIRECTED_LEFT; /* its caller has hung up: nobody is to follow */
	else if (in->m->method == SIP_INVITE && in->m->to.tag.n == 0)
		judge_invite(f, in, a, k);
}

void
flow_judge_overdue(struct flow *f, struct mono now)
{
	const struct redirected_call *c;

	while ((c = redirected_overdue(&f->redirected, now, &f->redirect_open))) {
		struct trunk *k = c->trunk < f->trunks.n ? &f->trunks.trunk[c->trunk] : NULL;
		count(COUNT_REDIRECTS_UNFOLLOWED);
		if (k && trunk_unfollowed(&f->trunks, k, time(NULL)))
			flow_taught(f, k);
	}
}

/* Whether what that earlier INVITE said is this one's too: surely not of another caller, and an
 * anonymous one at the service door may be anybody. */
static bool
is_his(const struct route_in *in, const struct flow_again *a)
{
	if (a->like == LIKE_NUMBERS)
		return !a->anonymous || in->door != DOOR_SERVICE;
	return a->like == LIKE_CALL_ID || a->like == LIKE_TAG;
}

bool
flow_recall(struct flow *f, const struct route_in *in, const struct verdict *v,
	    const struct flow_again *a, struct sip_msg *ret)
{
	const struct scan_limits any = {sizeof(f->recalled), UINT32_MAX};
	const struct sip_msg *m = in->m;
	struct buf b = BUF(f->recalled);

	if ((v->kind != VERDICT_BEGIN && v->kind != VERDICT_HOLD) || !a->was->recall || a->aimed ||
	    !is_his(in, a) || recall_said(m, a->id.called))
		return false;
	const struct slice lines = recall_lines(&f->recall, a->was->recall);
	if (lines.n == 0)
		return false;
	recall_write(&b, m, lines);
	if (b.full || scan_message(b.p, b.n, false, &any, ret) != SCAN_OK)
		return false;
	count(COUNT_DIVERSIONS_RECALLED);
	log_info(LOG_CALL, "call %.*s: says of its diversion what its redirected INVITE said: %.*s",
		 (int)m->call_id.n, m->call_id.p, (int)slice_trim(lines).n, lines.p);
	return true;
}
