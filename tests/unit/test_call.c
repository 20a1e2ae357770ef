/* test_call: walks every cell of the call table, and every life a call can have: each one ends,
 * with one cause, one report, its media closed once and at most one BYE. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdbool.h>
#include <string.h>

#include "worker/call.h"

#define ON(e) (1u << CALL_ON_##e)

/* What may happen in which state, written down a second time, by hand. */
static const unsigned possible[CALL_STATE_COUNT] = {
    [CALL_OFFERED] = ON(ACCEPT) | ON(REFUSE) | ON(FAIL),
    [CALL_REFUSED] = ON(HANGUP) | ON(CANCEL) | ON(LOST) | ON(CUT) | ON(GONE),
    [CALL_ANSWERED] = ON(ACK) | ON(NO_ANSWER) | ON(HOLD) | ON(RESUME) | ON(HANGUP) | ON(CANCEL) |
		      ON(KEY) | ON(TRANSFER) | ON(SILENCE) | ON(LIMIT) | ON(NO_RTP) | ON(LOST) |
		      ON(CUT) | ON(GONE),
    [CALL_DOOMED] = ON(ACK) | ON(NO_ANSWER) | ON(HOLD) | ON(RESUME) | ON(HANGUP) | ON(CANCEL) |
		    ON(KEY) | ON(TRANSFER) | ON(SILENCE) | ON(LIMIT) | ON(NO_RTP) | ON(LOST) |
		    ON(CUT) | ON(GONE),
    [CALL_UP] = ON(ACK) | ON(NO_ANSWER) | ON(HOLD) | ON(RESUME) | ON(HANGUP) | ON(CANCEL) |
		ON(KEY) | ON(TRANSFER) | ON(ACCEPTED) | ON(TRANSFERRED) | ON(STAYS) | ON(SILENCE) |
		ON(LIMIT) | ON(NO_RTP) | ON(SAID) | ON(BROKEN) | ON(LOST) | ON(CUT) | ON(GONE),
    [CALL_HELD] = ON(ACK) | ON(NO_ANSWER) | ON(HOLD) | ON(RESUME) | ON(HANGUP) | ON(CANCEL) |
		  ON(KEY) | ON(TRANSFER) | ON(ACCEPTED) | ON(TRANSFERRED) | ON(STAYS) |
		  ON(SILENCE) | ON(LIMIT) | ON(NO_RTP) | ON(BROKEN) | ON(LOST) | ON(CUT) | ON(GONE),
    [CALL_TRANSFERRING] = ON(ACK) | ON(NO_ANSWER) | ON(HOLD) | ON(RESUME) | ON(HANGUP) |
			  ON(CANCEL) | ON(KEY) | ON(TRANSFER) | ON(ACCEPTED) | ON(TRANSFERRED) |
			  ON(STAYS) | ON(LIMIT) | ON(LOST) | ON(CUT) | ON(GONE),
    [CALL_REFERRED] = ON(ACK) | ON(NO_ANSWER) | ON(HOLD) | ON(RESUME) | ON(HANGUP) | ON(CANCEL) |
		      ON(KEY) | ON(TRANSFER) | ON(ACCEPTED) | ON(TRANSFERRED) | ON(STAYS) |
		      ON(LIMIT) | ON(LOST) | ON(CUT) | ON(GONE),
    [CALL_ENDING] = ON(ACK) | ON(NO_ANSWER) | ON(HOLD) | ON(RESUME) | ON(HANGUP) | ON(CANCEL) |
		    ON(KEY) | ON(TRANSFER) | ON(ACCEPTED) | ON(TRANSFERRED) | ON(STAYS) |
		    ON(LIMIT) | ON(LOST) | ON(CUT) | ON(GONE) | ON(COMMITTED),
    [CALL_HANGING] = ON(ACK) | ON(NO_ANSWER) | ON(HOLD) | ON(RESUME) | ON(HANGUP) | ON(CANCEL) |
		     ON(KEY) | ON(TRANSFER) | ON(ACCEPTED) | ON(TRANSFERRED) | ON(STAYS) |
		     ON(LIMIT) | ON(LOST) | ON(CUT) | ON(GONE),
    [CALL_COMMITTING] = ON(ACK) | ON(NO_ANSWER) | ON(HOLD) | ON(RESUME) | ON(HANGUP) | ON(CANCEL) |
			ON(KEY) | ON(TRANSFER) | ON(ACCEPTED) | ON(TRANSFERRED) | ON(STAYS) |
			ON(LIMIT) | ON(LOST) | ON(CUT) | ON(GONE) | ON(COMMITTED),
    [CALL_DONE] = 0,
};

/* The cells that end a call, with the cause and what is done at once. */
static const struct {
	enum call_state state;
	enum call_event event;
	enum call_cause cause;
	enum call_state next;
	unsigned actions;
} endings[] = {
    {CALL_OFFERED, CALL_ON_REFUSE, CALL_CAUSE_REFUSED, CALL_REFUSED, CALL_DO_REFUSE},
    {CALL_OFFERED, CALL_ON_FAIL, CALL_CAUSE_FAILED, CALL_REFUSED, CALL_DO_REFUSE},
    {CALL_ANSWERED, CALL_ON_CANCEL, CALL_CAUSE_CANCEL, CALL_ENDING, CALL_DO_CLOSE},
    {CALL_ANSWERED, CALL_ON_HANGUP, CALL_CAUSE_HANGUP, CALL_ENDING, CALL_DO_CLOSE},
    {CALL_ANSWERED, CALL_ON_LOST, CALL_CAUSE_TIMEOUT, CALL_ENDING, CALL_DO_CLOSE},
    {CALL_ANSWERED, CALL_ON_CUT, CALL_CAUSE_CUT, CALL_DOOMED, 0},
    {CALL_ANSWERED, CALL_ON_LIMIT, CALL_CAUSE_LIMIT, CALL_DOOMED, 0},
    {CALL_ANSWERED, CALL_ON_NO_ANSWER, CALL_CAUSE_FAILED, CALL_ENDING, CALL_DO_BYE | CALL_DO_CLOSE},
    {CALL_UP, CALL_ON_HANGUP, CALL_CAUSE_HANGUP, CALL_ENDING, CALL_DO_CLOSE},
    {CALL_UP, CALL_ON_KEY, CALL_CAUSE_KEY, CALL_ENDING, CALL_DO_BYE | CALL_DO_CLOSE},
    {CALL_UP, CALL_ON_SILENCE, CALL_CAUSE_SILENCE, CALL_ENDING, CALL_DO_BYE | CALL_DO_CLOSE},
    {CALL_UP, CALL_ON_LIMIT, CALL_CAUSE_LIMIT, CALL_ENDING, CALL_DO_BYE | CALL_DO_CLOSE},
    {CALL_UP, CALL_ON_NO_RTP, CALL_CAUSE_TIMEOUT, CALL_ENDING, CALL_DO_BYE | CALL_DO_CLOSE},
    {CALL_UP, CALL_ON_SAID, CALL_CAUSE_REFUSED, CALL_ENDING, CALL_DO_BYE | CALL_DO_CLOSE},
    {CALL_UP, CALL_ON_BROKEN, CALL_CAUSE_FAILED, CALL_ENDING, CALL_DO_BYE | CALL_DO_CLOSE},
    {CALL_UP, CALL_ON_CUT, CALL_CAUSE_CUT, CALL_ENDING, CALL_DO_BYE | CALL_DO_CLOSE},
    {CALL_UP, CALL_ON_LOST, CALL_CAUSE_TIMEOUT, CALL_ENDING, CALL_DO_CLOSE},
    {CALL_UP, CALL_ON_GONE, CALL_CAUSE_TIMEOUT, CALL_COMMITTING, CALL_DO_CLOSE},
    {CALL_UP, CALL_ON_TRANSFERRED, CALL_CAUSE_TRANSFERRED, CALL_ENDING,
     CALL_DO_BYE | CALL_DO_CLOSE},
    {CALL_TRANSFERRING, CALL_ON_TRANSFERRED, CALL_CAUSE_TRANSFERRED, CALL_ENDING,
     CALL_DO_BYE | CALL_DO_CLOSE},
    {CALL_TRANSFERRING, CALL_ON_HANGUP, CALL_CAUSE_HANGUP, CALL_ENDING, CALL_DO_CLOSE},
    {CALL_TRANSFERRING, CALL_ON_CUT, CALL_CAUSE_CUT, CALL_ENDING, CALL_DO_BYE | CALL_DO_CLOSE},
    {CALL_REFERRED, CALL_ON_TRANSFERRED, CALL_CAUSE_TRANSFERRED, CALL_ENDING,
     CALL_DO_BYE | CALL_DO_CLOSE},
    {CALL_REFERRED, CALL_ON_HANGUP, CALL_CAUSE_TRANSFERRED, CALL_ENDING, CALL_DO_CLOSE},
    {CALL_REFERRED, CALL_ON_LIMIT, CALL_CAUSE_LIMIT, CALL_ENDING, CALL_DO_BYE | CALL_DO_CLOSE},
    {CALL_HELD, CALL_ON_HANGUP, CALL_CAUSE_HANGUP, CALL_ENDING, CALL_DO_CLOSE},
    {CALL_HELD, CALL_ON_KEY, CALL_CAUSE_KEY, CALL_ENDING, CALL_DO_BYE | CALL_DO_CLOSE},
    {CALL_HELD, CALL_ON_LIMIT, CALL_CAUSE_LIMIT, CALL_ENDING, CALL_DO_BYE | CALL_DO_CLOSE},
    {CALL_HELD, CALL_ON_CUT, CALL_CAUSE_CUT, CALL_ENDING, CALL_DO_BYE | CALL_DO_CLOSE},
};

static void
test_every_cell(void **state)
{
	(void)state;
	for (int s = 0; s < CALL_STATE_COUNT; s++) {
		for (int e = 0; e < CALL_EVENT_COUNT; e++) {
			struct call_step step = call_next((enum call_state)s, (enum call_event)e);
			bool may = (possible[s] >> e & 1) != 0;

			if (step.ok != may)
				fail_msg("%s while %s: %d instead of %d",
					 call_event_word((enum call_event)e),
					 call_state_word((enum call_state)s), step.ok, may);
			assert_true(step.next < CALL_STATE_COUNT);
			if (!step.ok) {
				assert_int_equal(step.next, s);
				assert_int_equal(step.actions, 0);
			}
			assert_true(!step.ends || step.cause < CALL_CAUSE_COUNT);
		}
	}
}

static void
test_endings(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		struct call_step step = call_next(endings[i].state, endings[i].event);

		assert_true(step.ok && step.ends);
		assert_int_equal(step.cause, endings[i].cause);
		assert_int_equal(step.next, endings[i].next);
		assert_int_equal(step.actions, endings[i].actions);
	}
}

/* What a call has been through on the way to a state. */
struct life {
	enum call_state state;
	bool open, caused, byed, recorded, still;
};

static bool seen[CALL_STATE_COUNT * 32];
static unsigned reports;

static unsigned
index_of(const struct life *l)
{
	return (unsigned)l->state * 32 + (l->still ? 16u : 0) + (l->open ? 8u : 0) +
	       (l->caused ? 4u : 0) + (l->byed ? 2u : 0) + (l->recorded ? 1u : 0);
}

static void live(struct life l);

static void
live_on(struct life l, enum call_event event)
{
	struct call_step step = call_next(l.state, event);

	if (!step.ok)
		return;
	/* Media is committed only after it was closed, and a dialog is over only once. */
	if (event == CALL_ON_COMMITTED)
		assert_false(l.open);
	assert_false(step.ends && l.caused);
	l.caused |= step.ends;
	if (step.actions & CALL_DO_ANSWER)
		l.open = true;
	if (step.actions & CALL_DO_PLAY) {
		assert_true(l.open && !l.recorded && !l.caused);
		l.recorded = true;
	}
	/* The media is held still for a transfer, and goes on only after one. */
	if (step.actions & CALL_DO_REFER) {
		assert_true(l.open && !l.still && !l.caused);
		l.still = true;
	}
	if (step.actions & CALL_DO_GO_ON) {
		assert_true(l.open && l.still && !l.caused);
		l.still = false;
	}
	if (step.next == CALL_UP || step.next == CALL_HELD)
		assert_false(l.still);
	if (step.actions & CALL_DO_BYE) {
		assert_false(l.byed);
		assert_true(l.caused);
		l.byed = true;
	}
	if (step.actions & CALL_DO_CLOSE) {
		assert_true(l.open);
		assert_true(l.caused);
		l.open = false;
	}
	if (step.actions & CALL_DO_REPORT) {
		assert_int_equal(step.next, CALL_DONE);
		assert_true(l.caused);
		assert_false(l.open);
		reports++;
	}
	assert_int_equal(step.next == CALL_DONE, (step.actions & CALL_DO_REPORT) != 0);
	l.state = step.next;
	live(l);
}

static void
live(struct life l)
{
	if (seen[index_of(&l)])
		return;
	seen[index_of(&l)] = true;
	for (int e = 0; e < CALL_EVENT_COUNT; e++)
		live_on(l, (enum call_event)e);
}

static void
test_every_life(void **state)
{
	struct life l = {.state = CALL_OFFERED};

	(void)state;
	memset(seen, 0, sizeof(seen));
	live(l);
	assert_true(reports > 3);
}

/* From wherever a call is, "dialog over" and "committed" end it. */
static void
test_every_state_can_end(void **state)
{
	(void)state;
	for (int s = CALL_REFUSED; s < CALL_DONE; s++) {
		enum call_state at = (enum call_state)s;

		at = call_next(at, CALL_ON_GONE).next;
		at = call_next(at, CALL_ON_COMMITTED).next;
		assert_int_equal(at, CALL_DONE);
	}
}

static void
test_ordinary_call(void **state)
{
	static const struct {
		enum call_event event;
		enum call_state next;
		unsigned actions;
	} steps[] = {
	    {CALL_ON_ACCEPT, CALL_ANSWERED, CALL_DO_ANSWER},
	    {CALL_ON_ACK, CALL_UP, CALL_DO_PLAY},
	    {CALL_ON_HOLD, CALL_HELD, 0},
	    {CALL_ON_SILENCE, CALL_HELD, 0},
	    {CALL_ON_ACK, CALL_HELD, 0},
	    {CALL_ON_RESUME, CALL_UP, 0},
	    {CALL_ON_HANGUP, CALL_ENDING, CALL_DO_CLOSE},
	    {CALL_ON_GONE, CALL_COMMITTING, 0},
	    {CALL_ON_COMMITTED, CALL_DONE, CALL_DO_REPORT},
	};
	enum call_state at = CALL_OFFERED;

	(void)state;
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		struct call_step step = call_next(at, steps[i].event);

		assert_true(step.ok);
		assert_int_equal(step.next, steps[i].next);
		assert_int_equal(step.actions, steps[i].actions);
		at = step.next;
	}
}

static void
test_transfer(void **state)
{
	static const struct {
		enum call_event event;
		enum call_state next;
		unsigned actions;
	} steps[] = {
	    {CALL_ON_TRANSFER, CALL_TRANSFERRING, CALL_DO_REFER},
	    {CALL_ON_TRANSFER, CALL_TRANSFERRING, 0}, /* pressed twice: one REFER */
	    {CALL_ON_STAYS, CALL_UP, CALL_DO_GO_ON},
	    {CALL_ON_STAYS, CALL_UP, 0},
	    {CALL_ON_TRANSFER, CALL_TRANSFERRING, CALL_DO_REFER},
	    {CALL_ON_ACCEPTED, CALL_REFERRED, 0},
	    {CALL_ON_HOLD, CALL_REFERRED, 0},
	    {CALL_ON_STAYS, CALL_UP, CALL_DO_GO_ON},
	    {CALL_ON_HOLD, CALL_HELD, 0},
	    {CALL_ON_TRANSFER, CALL_TRANSFERRING, CALL_DO_REFER},
	    {CALL_ON_ACCEPTED, CALL_REFERRED, 0},
	    {CALL_ON_TRANSFERRED, CALL_ENDING, CALL_DO_BYE | CALL_DO_CLOSE},
	    {CALL_ON_HANGUP, CALL_ENDING, 0}, /* both hang up */
	    {CALL_ON_GONE, CALL_COMMITTING, 0},
	    {CALL_ON_COMMITTED, CALL_DONE, CALL_DO_REPORT},
	};
	enum call_state at = CALL_UP;

	(void)state;
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		struct call_step step = call_next(at, steps[i].event);

		assert_true(step.ok);
		assert_int_equal(step.next, steps[i].next);
		assert_int_equal(step.actions, steps[i].actions);
		at = step.next;
	}
}

/* RFC 3261 15: no BYE before the ACK. */
static void
test_cut_waits_for_the_ack(void **state)
{
	struct call_step step = call_next(CALL_ANSWERED, CALL_ON_CUT);

	(void)state;
	assert_int_equal(step.actions & CALL_DO_BYE, 0);
	step = call_next(step.next, CALL_ON_ACK);
	assert_true(step.actions & CALL_DO_BYE);
	assert_false(step.ends);
}

static void
test_out_of_range(void **state)
{
	(void)state;
	assert_false(call_next(CALL_STATE_COUNT, CALL_ON_ACK).ok);
	assert_false(call_next(CALL_UP, CALL_EVENT_COUNT).ok);
	assert_string_equal(call_state_word(CALL_STATE_COUNT), "?");
	assert_string_equal(call_event_word(CALL_EVENT_COUNT), "?");
	assert_string_equal(call_state_word(CALL_COMMITTING), "committing");
	assert_string_equal(call_event_word(CALL_ON_NO_RTP), "no rtp");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_every_cell),
	    cmocka_unit_test(test_endings),
	    cmocka_unit_test(test_every_life),
	    cmocka_unit_test(test_every_state_can_end),
	    cmocka_unit_test(test_ordinary_call),
	    cmocka_unit_test(test_transfer),
	    cmocka_unit_test(test_cut_waits_for_the_ack),
	    cmocka_unit_test(test_out_of_range),
	};

	return cmocka_run_group_tests_name("call", tests, NULL, NULL);
}
