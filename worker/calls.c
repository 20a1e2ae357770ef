/* calls: see calls.h.  This file: the life of a call object; what SIP says is in calls_sip.c. */
#include "worker/calls.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ipc/base/log.h"
#include "ipc/message.h"
#include "worker/calls_room.h"

#define COPY(to, from) snprintf((to), sizeof(to), "%s", (from))

static void
forget(struct call *c)
{
	*c->link = c->next;
	if (c->next)
		c->next->link = c->link;
	c->all->count--;
	loop_timer_free(c->limit);
	loop_timer_free(c->transfer_limit);
	calls_forget_greeting(c);
	calls_access_forget(c);
	ua_release(c->ua);
	free(c);
}

static void
report(struct call *c)
{
	struct msg_call_end end = {
	    .call_id_len = c->call_id_len,
	    .status = c->status,
	    .cause = (uint8_t)c->cause,
	    .test = c->test ? 1 : 0,
	    .recorded_ms = c->recorded_ms,
	};

	if (mono_set(c->answered))
		end.duration_ms = (uint32_t)mono_ms(c->answered, c->ended);
	memcpy(end.call_id, c->call_id, c->call_id_len);
	link_call_end(c->all->with.link, &end);
	log_debug(LOG_CALL, "call %.*s: ended by %s after %u.%u s, %u.%u s recorded",
		  c->call_id_len, c->call_id, call_cause_name(c->cause), end.duration_ms / 1000,
		  end.duration_ms % 1000 / 100, c->recorded_ms / 1000, c->recorded_ms % 1000 / 100);
}

struct spool_header
calls_header(const struct call *c)
{
	const struct whose *w = &c->whose;
	struct spool_header header = {
	    .generation = c->all->with.generation,
	    .call_answering = w->party.diverted,
	};

	spool_guid(&header);
	COPY(header.caller_id, w->caller);
	COPY(header.caller_number, w->caller_full);
	COPY(header.caller_name, w->caller_name);
	COPY(header.caller_address, w->caller_address);
	COPY(header.recipient_name, w->name);
	COPY(header.recipient_address, w->address);
	COPY(header.culture, w->language);
	COPY(header.dialplan, w->dialplan);
	COPY(header.operator_address, w->operator_address);
	if (directory_view(c->all->with.directory))
		COPY(header.recipient_extension, w->called);
	memcpy(header.call_id, c->call_id,
	       c->call_id_len < SPOOL_FIELD_MAX ? c->call_id_len : SPOOL_FIELD_MAX - 1);
	return header;
}

static void
connect_media(struct call *c)
{
	if (c->offer.local.ncrypto > 0)
		media_secure(c->media, &c->offer.local.crypto[0]);
	media_remote(c->media, &c->offer.remote);
}

static void
answer(struct call *c)
{
	c->answered = loop_now(c->all->with.loop);
	ua_answer(c->ua, c->all->contact, c->answer);
	if (!c->offer.waiting)
		connect_media(c);
	loop_timer_once(c->limit, c->all->with.conf->call.max_duration);
	log_debug(LOG_CALL, "call %.*s: from %s for %s%s: answered at %s", c->call_id_len,
		  c->call_id, c->whose.party.caller[0] ? c->whose.party.caller : "(unknown)",
		  c->whose.party.called[0] ? c->whose.party.called : "(nobody)",
		  c->whose.party.diverted ? " (diverted)" : "", c->all->contact);
}

/* The caller stays with us; what the PBX did to the call meanwhile counts now. */
static void
go_on(struct call *c)
{
	loop_timer_stop(c->transfer_limit);
	media_pause(c->media, false);
	calls_step(c, offer_is_held(&c->offer) ? CALL_ON_HOLD : CALL_ON_RESUME);
}

/* In the order call.h gives: closing and reporting may be the end of `c`. */
static void
perform(struct call *c, unsigned actions)
{
	struct media_call *media = c->media;

	if (actions & CALL_DO_ANSWER)
		answer(c);
	if (actions & CALL_DO_REFUSE)
		ua_refuse(c->ua, c->status);
	if (actions & CALL_DO_PLAY)
		calls_greet(c);
	if (actions & CALL_DO_BYE)
		ua_hangup(c->ua);
	if (actions & CALL_DO_REFER)
		calls_refer(c);
	if (actions & CALL_DO_GO_ON)
		go_on(c);
	if (actions & CALL_DO_CLOSE) {
		c->media = NULL;
		media_close(media);
	} else if (actions & CALL_DO_REPORT) {
		report(c);
		forget(c);
	}
}

void
calls_step(struct call *c, enum call_event event)
{
	struct call_step step = call_next(c->state, event);

	if (!step.ok) {
		log_err(LOG_CALL, "call %.*s: %s cannot happen while %s", c->call_id_len,
			c->call_id, call_event_word(event), call_state_word(c->state));
		return;
	}
	if (step.next != c->state)
		log_debug(LOG_CALL, "call %.*s: %s -> %s by %s", c->call_id_len, c->call_id,
			  call_state_word(c->state), call_state_word(step.next),
			  call_event_word(event));
	c->state = step.next;
	if (step.ends) {
		c->cause = step.cause;
		c->ended = loop_now(c->all->with.loop);
		loop_timer_stop(c->limit);
		if (c->transfer_limit)
			loop_timer_stop(c->transfer_limit);
	}
	perform(c, step.actions);
}

static void
on_limit(void *arg)
{
	calls_step(arg, CALL_ON_LIMIT);
}

static void
on_media(void *arg, enum media_event event, char digit)
{
	struct call *c = arg;

	switch (event) {
	case MEDIA_DIGIT: calls_key(c, digit); break;
	case MEDIA_TIMEOUT: calls_step(c, CALL_ON_NO_RTP); break;
	case MEDIA_FAILED: calls_step(c, CALL_ON_BROKEN); break;
	case MEDIA_SAID:
	case MEDIA_SILENCE:
	case MEDIA_KEPT:
	case MEDIA_NOT_KEPT:
	case MEDIA_LIMIT: calls_heard(c, event); break;
	}
}

static void
on_committed(void *arg, uint32_t recorded_ms, int error)
{
	struct call *c = arg;

	c->recorded_ms = recorded_ms;
	calls_recorded(c, error);
}

/* The supervisor's own calls are nobody's. */
static void
decide_whose(struct call *c, const struct ua_invite *in)
{
	const struct whose_question q = {
	    .conf = c->all->with.conf,
	    .boxes = directory_view(c->all->with.directory),
	    .trunk = c->trunk,
	    .fields = &in->party,
	};

	if (!c->test)
		whose_call(&q, &c->whose);
}

static void
report_begin(const struct call *c)
{
	struct msg_call_begin begin = {.call_id_len = c->call_id_len, .test = c->test ? 1 : 0};

	memcpy(begin.call_id, c->call_id, c->call_id_len);
	memcpy(begin.caller, c->whose.party.caller, sizeof(begin.caller));
	memcpy(begin.called, c->whose.party.called, sizeof(begin.called));
	link_call_begin(c->all->with.link, &begin);
}

/* Where the media of a call is: at the address of the door that it came in by. */
static const struct addr *
media_at(const struct calls *all, const struct ua_invite *in)
{
	const bool door = in->door >= 0 && (size_t)in->door < all->ndoors;

	return door ? &all->doors[in->door].local : &all->with.local;
}

struct call *
calls_begin(struct calls *all, struct ua_call *ua, const struct ua_invite *in)
{
	struct call *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->limit = loop_timer_new(all->with.loop, "call limit", on_limit, c);
	if (!c->limit) {
		free(c);
		return NULL;
	}
	c->all = all;
	c->ua = ua;
	c->test = in->test;
	c->trunk = settings_of(all->with.settings, in->trunk, in->profile);
	c->offer.srtp = c->trunk->srtp;
	c->offer.family = media_at(all, in)->family;
	c->call_id_len = (uint16_t)in->call_id.n;
	memcpy(c->call_id, in->call_id.p, in->call_id.n);
	decide_whose(c, in);
	c->prompts = prompts_in(all->with.prompts, c->whose.language);
	c->transfer.peer = in->peer;
	c->transfer.takes_refer = in->takes_refer;
	transfer_read(&c->transfer, in->party.request_user, in->party.request_params);
	c->next = all->first;
	c->link = &all->first;
	if (c->next)
		c->next->link = &c->next;
	all->first = c;
	all->count++;
	report_begin(c);
	return c;
}

struct addr
calls_shown(const struct call *c, const struct addr *at)
{
	struct addr shown = c->trunk->external_address;

	if (!shown.family || c->test)
		return *at;
	shown.port = at->port;
	return shown;
}

int
calls_open_media(struct call *c, const struct ua_invite *in)
{
	struct calls *all = c->all;
	int err =
	    media_open(all->with.media, media_at(all, in), on_media, on_committed, c, &c->media);

	if (err < 0)
		return err;
	c->offer.local = (struct sdp_local){
	    .rtp = calls_shown(c, media_local(c->media)),
	    .session_id = (uint64_t)all->with.generation << 32 | ++all->serial,
	    .version = 1,
	    .ptime = 20,
	};
	return 0;
}

void
calls_remote_changed(struct call *c)
{
	if (!c->media)
		return;
	connect_media(c);
	calls_step(c, offer_is_held(&c->offer) ? CALL_ON_HOLD : CALL_ON_RESUME);
}

struct calls *
calls_new(const struct calls_parts *parts)
{
	struct calls *all = calloc(1, sizeof(*all));

	if (!all)
		return NULL;
	all->with = *parts;
	all->ndoors = conf_doors(parts->conf, all->doors);
	greeting_folder(parts->conf, all->greetings);
	attempts_folder(parts->conf, all->logons);
	return all;
}

uint32_t
calls_count(const struct calls *all)
{
	return all->count;
}

static void
step_all(struct calls *all, enum call_event event)
{
	struct call *next;

	for (struct call *c = all->first; c; c = next) {
		next = c->next;
		calls_step(c, event);
	}
}

void
calls_cut(struct calls *all)
{
	step_all(all, CALL_ON_CUT);
}

void
calls_abandon(struct calls *all)
{
	step_all(all, CALL_ON_GONE);
}

void
calls_beat(const struct calls *all, struct msg_beat *beat)
{
	beat->logons_right += all->logons_right;
	beat->logons_wrong += all->logons_wrong;
	beat->logons_locked += all->logons_locked;
	beat->escapes_star += all->escapes_star;
	beat->escapes_zero += all->escapes_zero;
	beat->missed_calls += all->missed;
	beat->important += all->important;
	beat->private_ += all->private_;
}

void
calls_delete(struct calls *all)
{
	free(all);
}

void
calls_free(struct calls *all)
{
	if (all && all->checking > 0)
		all->freed = true; /* the last check deletes it */
	else
		calls_delete(all);
}
