/* test_route: the whole policy, a row a case: what stands in the tables, what comes, what is to be
 * done and why. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "supervisor/route.h"

/* Situations of the workers. */
static const struct pool_view serving = {
    .active = 7,
    .enabled = true,
    .slot = {{.generation = 7, .takes_sip = true}, {.generation = 6, .takes_sip = true}}};
static const struct pool_view starting = {.expected = true, .enabled = true};
static const struct pool_view outage = {.enabled = true};
static const struct pool_view looping = {.expected = true, .failing = true, .enabled = true};
static const struct pool_view limping = {
    .active = 7, .failing = true, .enabled = true, .slot = {{.generation = 7, .takes_sip = true}}};
static const struct pool_view outlived = {.enabled = true,
					  .slot = {{0}, {.generation = 6, .takes_sip = true}}};
static const struct pool_view shut = {.enabled = false};
static const struct pool_view drained = {.active = 7,
					 .slot = {{.generation = 7, .takes_sip = true}}};

/* Entries of the call table. */
static const struct call up = {.state = CALL_UP, .generation = 6, .answered = true, .cseq = 1};
static const struct call routed = {.state = CALL_ROUTED, .generation = 6, .cseq = 1};
static const struct call orphan = {.state = CALL_ROUTED, .generation = 5, .cseq = 1};
static const struct call held = {.state = CALL_ROUTED, .cseq = 1};
static const struct call ended = {.state = CALL_ENDED, .generation = 6, .cseq = 1};
static const struct call buried = {.state = CALL_ENDED, .generation = 5, .cseq = 1};
static const struct redirected_call moved_on = {.cseq = 1};
static const struct redirected_call arrived = {.cseq = 1, .fate = REDIRECTED_FOLLOWED};
static const struct redirected_call hung_up = {.cseq = 1, .fate = REDIRECTED_LEFT};

struct row {
	const char *name;
	enum sip_method method;
	const char *uri;
	const char *to_tag;
	int hops;
	uint32_t cseq;
	enum door_kind door;
	bool stranger, redirect, auto_mode, silence, late, other, repeat, merged;
	enum profile profile;
	enum reason full;
	const struct call *call;
	const struct redirected_call *redirected;
	enum likeness like; /* LIKE_NONE with a redirected: the Call-ID's */
	bool names_slot, redirect_late, circles;
	const struct pool_view *pool;
	enum verdict_kind kind;
	enum reason why;
	unsigned status;
	uint32_t generation;
};

/* What a row does not say: a plain request to a serving supervisor from a proxied trunk. */
enum { LAST_HOP = -2, NO_HOPS = -1 };        /* Max-Forwards: 0, and none given */
enum { BUSY_CODE = 486, OUTAGE_CODE = 500 }; /* of every row's trunk */
#define ROW(text, m)          .name = text, .method = SIP_##m
#define ANSWERS(code, reason) .kind = VERDICT_ANSWER, .why = WHY_##reason, .status = code
#define DOES(what, reason)    .kind = VERDICT_##what, .why = WHY_##reason
#define GOES(what, reason, g) .kind = VERDICT_##what, .why = WHY_##reason, .generation = g

static const struct row rows[] = {
    {ROW("stranger", INVITE), .stranger = true, ANSWERS(403, STRANGER)},
    {ROW("stranger's options", OPTIONS), .stranger = true, ANSWERS(403, STRANGER)},
    {ROW("stranger's ACK", ACK), .stranger = true, DOES(DROP, STRANGER)},
    {ROW("options", OPTIONS), ANSWERS(200, OPTIONS)},
    {ROW("options, last hop", OPTIONS), .hops = LAST_HOP, ANSWERS(200, OPTIONS)},
    {ROW("options, odd scheme", OPTIONS), .uri = "x:y", ANSWERS(200, OPTIONS)},
    {ROW("options while starting", OPTIONS), .pool = &starting, ANSWERS(200, OPTIONS)},
    {ROW("options in an outage", OPTIONS), .pool = &outage, ANSWERS(503, OUTAGE)},
    {ROW("options while drained", OPTIONS), .pool = &drained, ANSWERS(503, OUTAGE)},
    {ROW("options while starts fail", OPTIONS), .pool = &looping, ANSWERS(503, OUTAGE)},
    {ROW("the same, one serves", OPTIONS), .pool = &limping, ANSWERS(200, OPTIONS)},
    {ROW("new call while starts fail", INVITE), .pool = &looping, DOES(HOLD, WAITING)},
    {ROW("options, silence", OPTIONS), .silence = true, ANSWERS(200, OPTIONS)},
    {ROW("options while starting, silence", OPTIONS), .silence = true, .pool = &starting,
     ANSWERS(200, OPTIONS)},
    {ROW("options in an outage, silence", OPTIONS), .silence = true, .pool = &outage,
     DOES(CLOSE, OUTAGE)},
    {ROW("the same with a call up", OPTIONS), .silence = true, .pool = &outlived,
     DOES(DROP, OUTAGE)},
    {ROW("options while drained, silence", OPTIONS), .silence = true, .pool = &drained,
     DOES(DROP, OUTAGE)},
    {ROW("drained without a worker, silence", OPTIONS), .silence = true, .pool = &shut,
     DOES(CLOSE, OUTAGE)},
    {ROW("new call in an outage, silence", INVITE), .silence = true, .pool = &outage,
     ANSWERS(OUTAGE_CODE, OUTAGE)},
    {ROW("options inside a call", OPTIONS), .to_tag = "g6-a", .call = &up,
     GOES(FORWARD, AFFINITY, 6)},
    {ROW("odd scheme", INVITE), .uri = "nobodyKnows:this", ANSWERS(416, SCHEME)},
    {ROW("tel", INVITE), .uri = "tel:+1555", GOES(BEGIN, NEW_CALL, 7)},
    {ROW("new call", INVITE), GOES(BEGIN, NEW_CALL, 7)},
    {ROW("new call, no hop left", INVITE), .hops = LAST_HOP, ANSWERS(483, HOPS)},
    {ROW("new call, no Max-Forwards", INVITE), .hops = NO_HOPS, GOES(BEGIN, NEW_CALL, 7)},
    {ROW("new call at slot B", INVITE), .door = DOOR_SLOT_B, GOES(BEGIN, NEW_CALL, 7)},
    {ROW("new call, all full", INVITE), .full = WHY_LIMIT_RATE, ANSWERS(BUSY_CODE, LIMIT_RATE)},
    {ROW("new call under pressure", INVITE), .full = WHY_PRESSURE, ANSWERS(BUSY_CODE, PRESSURE)},
    {ROW("new call at slot B under pressure", INVITE), .door = DOOR_SLOT_B, .full = WHY_PRESSURE,
     ANSWERS(BUSY_CODE, PRESSURE)},
    {ROW("pressure: no 302 that would be refused next", INVITE), .redirect = true,
     .full = WHY_PRESSURE, ANSWERS(BUSY_CODE, PRESSURE)},
    {ROW("pressure while starting", INVITE), .pool = &starting, .full = WHY_PRESSURE,
     ANSWERS(BUSY_CODE, PRESSURE)},
    {ROW("pressure while drained", INVITE), .pool = &drained, .full = WHY_PRESSURE,
     ANSWERS(BUSY_CODE, DRAINED)},
    {ROW("options under pressure", OPTIONS), .full = WHY_PRESSURE, ANSWERS(200, OPTIONS)},
    {ROW("re-INVITE under pressure", INVITE), .call = &up, .to_tag = "g6-a", .full = WHY_PRESSURE,
     GOES(FORWARD, AFFINITY, 6)},
    {ROW("BYE under pressure", BYE), .call = &up, .to_tag = "g6-a", .full = WHY_PRESSURE,
     GOES(FORWARD, AFFINITY, 6)},
    {ROW("moved under pressure", INVITE), .call = &orphan, .full = WHY_PRESSURE,
     GOES(BEGIN, MOVED, 7)},
    {ROW("followed under pressure", INVITE), .redirect = true, .redirected = &moved_on,
     .door = DOOR_SLOT_A, .full = WHY_PRESSURE, ANSWERS(BUSY_CODE, PRESSURE)},
    {ROW("new call while drained", INVITE), .pool = &drained, ANSWERS(BUSY_CODE, DRAINED)},
    {ROW("new call while starting", INVITE), .pool = &starting, DOES(HOLD, WAITING)},
    {ROW("held too long", INVITE), .pool = &starting, .late = true, .call = &held,
     ANSWERS(OUTAGE_CODE, OUTAGE)},
    {ROW("new call in an outage", INVITE), .pool = &outage, ANSWERS(OUTAGE_CODE, OUTAGE)},
    {ROW("redirected", INVITE), .redirect = true, DOES(REDIRECT, REDIRECTED)},
    {ROW("redirected, no hop left", INVITE), .redirect = true, .hops = LAST_HOP,
     DOES(REDIRECT, REDIRECTED)},
    {ROW("redirect at a slot door", INVITE), .redirect = true, .door = DOOR_SLOT_A,
     GOES(BEGIN, NEW_CALL, 7)},
    {ROW("redirect while starting", INVITE), .redirect = true, .pool = &starting,
     DOES(HOLD, WAITING)},
    {ROW("redirect while drained", INVITE), .redirect = true, .pool = &drained,
     ANSWERS(BUSY_CODE, DRAINED)},
    {ROW("maddr, as configured", INVITE), .redirect = true, .uri = "sip:1@h;maddr=1.2.3.4",
     DOES(REDIRECT, REDIRECTED)},
    {ROW("maddr, auto", INVITE), .redirect = true, .auto_mode = true,
     .uri = "sip:1@h;maddr=1.2.3.4", GOES(BEGIN, NEW_CALL, 7)},
    {ROW("phone-context, auto", INVITE), .redirect = true, .auto_mode = true,
     .uri = "sip:1;phone-context=c@h", GOES(BEGIN, NEW_CALL, 7)},
    {ROW("CS1000, auto", INVITE), .redirect = true, .auto_mode = true, .profile = PROFILE_CS1000,
     GOES(BEGIN, NEW_CALL, 7)},
    {ROW("CS1000, as configured", INVITE), .redirect = true, .profile = PROFILE_CS1000,
     DOES(REDIRECT, REDIRECTED)},
    {ROW("Asterisk, auto", INVITE), .redirect = true, .auto_mode = true,
     .profile = PROFILE_ASTERISK, DOES(REDIRECT, REDIRECTED)},
    {ROW("plain, auto", INVITE), .redirect = true, .auto_mode = true, DOES(REDIRECT, REDIRECTED)},
    {ROW("302 sent again", INVITE), .redirect = true, .redirected = &moved_on, .like = LIKE_REPEAT,
     DOES(REDIRECT, REDIRECTED)},
    {ROW("302 sent again, nobody yet", INVITE), .redirect = true, .redirected = &moved_on,
     .like = LIKE_REPEAT, .pool = &starting, DOES(HOLD, WAITING)},
    {ROW("not understood, learned since", INVITE), .redirected = &moved_on, .like = LIKE_REPEAT,
     GOES(BEGIN, SAVED, 7)},
    {ROW("followed by the very INVITE", INVITE), .redirect = true, .redirected = &moved_on,
     .like = LIKE_REPEAT, .door = DOOR_SLOT_A, GOES(BEGIN, FOLLOWED, 7)},
    {ROW("followed with a new Call-ID", INVITE), .redirect = true, .redirected = &moved_on,
     .like = LIKE_NUMBERS, .door = DOOR_SLOT_A, GOES(BEGIN, FOLLOWED, 7)},
    {ROW("followed by its number", INVITE), .redirect = true, .redirected = &moved_on,
     .like = LIKE_CALLED, .door = DOOR_SLOT_A, GOES(BEGIN, FOLLOWED, 7)},
    {ROW("followed while drained", INVITE), .redirect = true, .redirected = &moved_on,
     .like = LIKE_NUMBERS, .door = DOOR_SLOT_A, .pool = &drained, GOES(BEGIN, FOLLOWED, 7)},
    {ROW("followed, all full", INVITE), .redirect = true, .redirected = &moved_on,
     .door = DOOR_SLOT_A, .full = WHY_LIMIT_CALLS, ANSWERS(BUSY_CODE, LIMIT_CALLS)},
    {ROW("came back with a new Call-ID", INVITE), .redirect = true, .redirected = &moved_on,
     .like = LIKE_TAG, GOES(BEGIN, LOOPED, 7)},
    {ROW("came back with a slot's port", INVITE), .redirect = true, .names_slot = true,
     GOES(BEGIN, LOOPED, 7)},
    {ROW("the same, maddr and auto", INVITE), .redirect = true, .auto_mode = true,
     .names_slot = true, .uri = "sip:1@h:5065;maddr=1.2.3.4", GOES(BEGIN, LOOPED, 7)},
    {ROW("a slot's port at that slot", INVITE), .redirect = true, .names_slot = true,
     .door = DOOR_SLOT_A, GOES(BEGIN, NEW_CALL, 7)},
    {ROW("a slot's port, proxied", INVITE), .names_slot = true, GOES(BEGIN, NEW_CALL, 7)},
    {ROW("came back while starting", INVITE), .redirect = true, .names_slot = true,
     .pool = &starting, DOES(HOLD, WAITING)},
    {ROW("came back, all full", INVITE), .redirect = true, .names_slot = true,
     .full = WHY_LIMIT_RATE, ANSWERS(BUSY_CODE, LIMIT_RATE)},
    {ROW("perhaps came back", INVITE), .redirect = true, .auto_mode = true, .redirected = &moved_on,
     .like = LIKE_NUMBERS, GOES(BEGIN, DOUBTFUL, 7)},
    {ROW("the same numbers, late", INVITE), .redirect = true, .auto_mode = true,
     .redirected = &moved_on, .like = LIKE_NUMBERS, .redirect_late = true,
     DOES(REDIRECT, REDIRECTED)},
    {ROW("the same numbers, as configured", INVITE), .redirect = true, .redirected = &moved_on,
     .like = LIKE_NUMBERS, DOES(REDIRECT, REDIRECTED)},
    {ROW("in circles, as configured", INVITE), .redirect = true, .redirected = &moved_on,
     .like = LIKE_NUMBERS, .circles = true, GOES(BEGIN, CIRCLES, 7)},
    {ROW("in circles for long", INVITE), .redirect = true, .redirected = &moved_on,
     .like = LIKE_NUMBERS, .circles = true, .redirect_late = true, GOES(BEGIN, CIRCLES, 7)},
    {ROW("in circles, all full", INVITE), .redirect = true, .redirected = &moved_on,
     .like = LIKE_NUMBERS, .circles = true, .full = WHY_LIMIT_CALLS,
     ANSWERS(BUSY_CODE, LIMIT_CALLS)},
    {ROW("perhaps came back, nobody yet", INVITE), .redirect = true, .auto_mode = true,
     .redirected = &moved_on, .like = LIKE_NUMBERS, .pool = &starting, DOES(HOLD, WAITING)},
    {ROW("redial after a 302 that was followed", INVITE), .redirect = true, .redirected = &arrived,
     .cseq = 2, DOES(REDIRECT, REDIRECTED)},
    {ROW("redial after hanging up", INVITE), .redirect = true, .redirected = &hung_up,
     .like = LIKE_TAG, DOES(REDIRECT, REDIRECTED)},
    {ROW("in-dialog INVITE of a redirected call", INVITE), .redirect = true,
     .redirected = &moved_on, .to_tag = "x", ANSWERS(481, UNKNOWN_CALL)},
    {ROW("in-dialog INVITE, table lost", INVITE), .redirect = true, .redirected = &moved_on,
     .to_tag = "g6-a", GOES(FORWARD, TAG, 6)},
    {ROW("UPDATE after the 302", UPDATE), .redirected = &moved_on, ANSWERS(481, UNKNOWN_CALL)},
    {ROW("302 followed", INVITE), .redirect = true, .redirected = &moved_on, .door = DOOR_SLOT_B,
     .cseq = 2, GOES(BEGIN, FOLLOWED, 7)},
    {ROW("302 came back", INVITE), .redirect = true, .redirected = &moved_on, .cseq = 2,
     GOES(BEGIN, LOOPED, 7)},
    {ROW("ACK of the 302", ACK), .redirect = true, .redirected = &moved_on, DOES(DROP, ABSORBED)},
    {ROW("CANCEL after the 302", CANCEL), .redirect = true, .redirected = &moved_on,
     ANSWERS(200, LATE_CANCEL)},
    {ROW("BYE after the 302", BYE), .redirected = &moved_on, .to_tag = "x",
     ANSWERS(481, UNKNOWN_CALL)},
    {ROW("retransmission across a switch", INVITE), .call = &routed, GOES(FORWARD, AFFINITY, 6)},
    {ROW("CANCEL across a switch", CANCEL), .call = &routed, GOES(FORWARD, AFFINITY, 6)},
    {ROW("ACK of a failure", ACK), .call = &routed, .to_tag = "g6-a", GOES(FORWARD, AFFINITY, 6)},
    {ROW("ACK, no hop left", ACK), .call = &up, .to_tag = "g6-a", .hops = LAST_HOP,
     GOES(FORWARD, AFFINITY, 6)},
    {ROW("BYE without Route", BYE), .call = &up, .to_tag = "g6-a", GOES(FORWARD, AFFINITY, 6)},
    {ROW("re-INVITE while drained", INVITE), .call = &up, .to_tag = "g6-a",
     GOES(FORWARD, AFFINITY, 6)},
    {ROW("CANCEL after the 200", CANCEL), .call = &up, ANSWERS(200, LATE_CANCEL)},
    {ROW("its worker died unanswering", INVITE), .call = &orphan, GOES(BEGIN, MOVED, 7)},
    {ROW("the same, nobody yet", INVITE), .call = &orphan, .pool = &starting, DOES(HOLD, WAITING)},
    {ROW("CANCEL of a held one", CANCEL), .call = &held, .pool = &starting, DOES(UNHOLD, WAITING),
     .status = 200},
    {ROW("BYE again, worker alive", BYE), .call = &ended, .to_tag = "g6-a",
     GOES(FORWARD, AFFINITY, 6)},
    {ROW("BYE again, worker gone", BYE), .call = &buried, .to_tag = "g5-a", ANSWERS(200, ENDED)},
    {ROW("re-INVITE, worker gone", INVITE), .call = &buried, .to_tag = "g5-a", .cseq = 2,
     ANSWERS(481, ENDED)},
    {ROW("ACK, worker gone", ACK), .call = &buried, .to_tag = "g5-a", DOES(DROP, ENDED)},
    {ROW("INVITE again after the end", INVITE), .call = &buried, .repeat = true,
     DOES(DROP, ABSORBED)},
    {ROW("Call-ID used for another call", INVITE), .call = &ended, .cseq = 2,
     GOES(BEGIN, NEW_CALL, 7)},
    {ROW("tried again by another route", INVITE), .call = &ended, GOES(BEGIN, NEW_CALL, 7)},
    {ROW("the same after an outage", INVITE), .call = &buried, .merged = true,
     GOES(BEGIN, NEW_CALL, 7)},
    {ROW("the same, all full", INVITE), .call = &ended, .full = WHY_LIMIT_CALLS,
     ANSWERS(BUSY_CODE, LIMIT_CALLS)},
    {ROW("INVITE by two ways", INVITE), .call = &routed, .merged = true, ANSWERS(482, MERGED)},
    {ROW("INVITE by two ways, held", INVITE), .call = &held, .merged = true, ANSWERS(482, MERGED)},
    {ROW("INVITE by two ways, up", INVITE), .call = &up, .merged = true, ANSWERS(482, MERGED)},
    {ROW("another trunk's BYE", BYE), .call = &up, .other = true, .to_tag = "g6-a",
     ANSWERS(481, OTHER_TRUNK)},
    {ROW("another trunk's re-INVITE", INVITE), .call = &up, .other = true, .to_tag = "g6-a",
     ANSWERS(481, OTHER_TRUNK)},
    {ROW("another trunk's ACK", ACK), .call = &up, .other = true, .to_tag = "g6-a",
     DOES(DROP, OTHER_TRUNK)},
    {ROW("another trunk's CANCEL", CANCEL), .call = &routed, .other = true,
     ANSWERS(481, OTHER_TRUNK)},
    {ROW("another trunk's CANCEL, held", CANCEL), .call = &held, .other = true,
     ANSWERS(481, OTHER_TRUNK)},
    {ROW("INVITE by two trunks", INVITE), .call = &routed, .other = true,
     ANSWERS(482, OTHER_TRUNK)},
    {ROW("INVITE by two trunks, up", INVITE), .call = &up, .other = true, .cseq = 2,
     ANSWERS(482, OTHER_TRUNK)},
    {ROW("INVITE by another trunk after failure", INVITE), .call = &ended, .other = true,
     GOES(BEGIN, NEW_CALL, 7)},
    {ROW("the same, all full", INVITE), .call = &ended, .other = true, .full = WHY_LIMIT_CALLS,
     ANSWERS(BUSY_CODE, LIMIT_CALLS)},
    {ROW("another trunk's BYE after the end", BYE), .call = &ended, .other = true, .to_tag = "g6-a",
     ANSWERS(481, OTHER_TRUNK)},
    {ROW("table lost: by tag", BYE), .to_tag = "g6-abc", GOES(FORWARD, TAG, 6)},
    {ROW("table lost: dead generation", BYE), .to_tag = "g5-abc", ANSWERS(481, UNKNOWN_CALL)},
    {ROW("odd tag", BYE), .to_tag = "g6", ANSWERS(481, UNKNOWN_CALL)},
    {ROW("generation 0", BYE), .to_tag = "g0-abc", ANSWERS(481, UNKNOWN_CALL)},
    {ROW("stray ACK", ACK), .to_tag = "zzz", DOES(DROP, UNKNOWN_CALL)},
    {ROW("stray ACK without tag", ACK), DOES(DROP, ABSORBED)},
    {ROW("stray CANCEL", CANCEL), ANSWERS(481, UNKNOWN_CALL)},
    {ROW("SUBSCRIBE", SUBSCRIBE), GOES(FORWARD, OUTSIDE, 7)},
    {ROW("SUBSCRIBE in redirect mode", SUBSCRIBE), .redirect = true, GOES(FORWARD, OUTSIDE, 7)},
    {ROW("REGISTER, no worker", REGISTER), .pool = &outage, ANSWERS(OUTAGE_CODE, OUTAGE)},
    {ROW("REFER, no hop left", REFER), .hops = LAST_HOP, ANSWERS(483, HOPS)},
};

static struct trunk_conf
trunk_of(const struct row *r)
{
	return (struct trunk_conf){.profile = r->profile,
				   .mode = r->auto_mode  ? TRUNK_AUTO
					   : r->redirect ? TRUNK_REDIRECT
							 : TRUNK_PROXY,
				   .outage = r->silence ? OUTAGE_SILENCE : OUTAGE_503,
				   .busy_code = BUSY_CODE,
				   .outage_code = OUTAGE_CODE};
}

static enum likeness
like_of(const struct row *r)
{
	return !r->redirected || r->like ? r->like : LIKE_CALL_ID;
}

static void
check(const struct row *r)
{
	const struct sip_msg m = {
	    .request = true,
	    .method = r->method,
	    .uri = slice_str(r->uri ? r->uri : "sip:1@h"),
	    .to.tag = r->to_tag ? slice_str(r->to_tag) : (struct slice){NULL, 0},
	    .max_forwards = r->hops == LAST_HOP  ? 0
			    : r->hops == NO_HOPS ? -1
						 : 70,
	    .cseq = r->cseq ? r->cseq : 1,
	};
	const struct trunk_conf trunk = trunk_of(r);
	const struct route_in in = {.m = &m,
				    .door = r->door,
				    .trunk = r->stranger ? NULL : &trunk,
				    .mode = r->redirect ? TRUNK_REDIRECT : TRUNK_PROXY,
				    .held_too_long = r->late,
				    .full = r->full,
				    .call = r->call,
				    .other_trunk = r->other,
				    .repeat = r->repeat,
				    .merged = r->merged,
				    .redirected = r->redirected,
				    .like = like_of(r),
				    .names_slot = r->names_slot,
				    .redirect_late = r->redirect_late,
				    .circles = r->circles,
				    .pool = r->pool ? r->pool : &serving};
	const struct verdict v = route_request(&in);

	if (v.kind != r->kind || v.why != r->why || v.status != r->status ||
	    v.generation != r->generation)
		fail_msg("%s: kind %d, %s, %u, generation %u", r->name, v.kind, reason_name(v.why),
			 v.status, v.generation);
}

static void
every_row(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check(&rows[i]);
}

/* No row of the table is an ACK that gets an answer (RFC 3261 17.1.1.3). */
static void
an_ack_is_never_answered(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct row r = rows[i];
		r.method = SIP_ACK;
		const struct sip_msg m = {.request = true,
					  .method = SIP_ACK,
					  .uri = slice_str(r.uri ? r.uri : "sip:1@h"),
					  .cseq = r.cseq ? r.cseq : 1,
					  .to.tag = r.to_tag ? slice_str(r.to_tag)
							     : (struct slice){NULL, 0}};
		const struct trunk_conf trunk = trunk_of(&r);
		const struct route_in in = {.m = &m,
					    .door = r.door,
					    .trunk = r.stranger ? NULL : &trunk,
					    .mode = r.redirect ? TRUNK_REDIRECT : TRUNK_PROXY,
					    .call = r.call,
					    .redirected = r.redirected,
					    .like = like_of(&r),
					    .pool = r.pool ? r.pool : &serving};
		const struct verdict v = route_request(&in);
		assert_true(v.kind == VERDICT_DROP || v.kind == VERDICT_FORWARD);
	}
}

/* A port is only closed where no call can be up any more. */
static void
closes_the_port_when_nobody_is_there(void **state)
{
	const struct trunk_conf loud = {.outage = OUTAGE_503}, silent = {.outage = OUTAGE_SILENCE};

	(void)state;
	assert_true(route_closed(&outage, &silent));
	assert_true(route_closed(&shut, &silent));
	assert_true(route_closed(&looping, &silent));
	assert_false(route_closed(&outage, &loud));
	assert_false(route_closed(&starting, &silent));
	assert_false(route_closed(&outlived, &silent));
	assert_false(route_closed(&drained, &silent));
	assert_false(route_closed(&serving, &silent));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_row),
	    cmocka_unit_test(an_ack_is_never_answered),
	    cmocka_unit_test(closes_the_port_when_nobody_is_there),
	};

	return cmocka_run_group_tests_name("route", tests, NULL, NULL);
}
