/* test_recycle: walks every cell of the table of a slot's life, compares it with the one printed
 * in docs/recycling.md, and checks the arithmetic of rests.
 * `test_recycle --print` prints the table as the document shows it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ipc/base/text.h"
#include "supervisor/recycle.h"

#define STATES(s) for (enum recycle_state s = 0; s < RECYCLE_STATE_COUNT; s++)
#define EVENTS(e) for (enum recycle_event e = 0; e < RECYCLE_EVENT_COUNT; e++)

/* What a process can cause by itself, at any moment of its life. */
static bool
by_worker(enum recycle_event e)
{
	return e == RECYCLE_ON_READY || e == RECYCLE_ON_PASSED || e == RECYCLE_ON_IDLE ||
	       e == RECYCLE_ON_BROKEN || e == RECYCLE_ON_SICK || e == RECYCLE_ON_DIED;
}

static void
no_worker_reaches_an_undefined_cell(void **state)
{
	(void)state;
	STATES(s)
	{
		EVENTS(e)
		{
			if (recycle_alive(s) && by_worker(e) && !recycle_step(s, e).defined)
				fail_msg("%s x %s", recycle_state_name(s), recycle_event_name(e));
		}
	}
}

static void
nothing_happens_to_a_slot_without_process(void **state)
{
	(void)state;
	STATES(s)
	{
		EVENTS(e)
		{
			if (!recycle_alive(s) && by_worker(e))
				assert_false(recycle_step(s, e).defined);
		}
	}
}

static void
cells_keep_the_rules(void **state)
{
	(void)state;
	STATES(s)
	{
		EVENTS(e)
		{
			struct recycle_cell c = recycle_step(s, e);

			if (!c.defined)
				continue;
			/* a process begins by START only, and ends by its own end only */
			if (!recycle_alive(s) && recycle_alive(c.next))
				assert_int_equal(e, RECYCLE_ON_START);
			if (recycle_alive(s) && !recycle_alive(c.next))
				assert_true(e == RECYCLE_ON_LEFT || e == RECYCLE_ON_DIED);
			if (e == RECYCLE_ON_LEFT)
				assert_int_equal(c.action, RECYCLE_DO_BURY);
			if (e == RECYCLE_ON_DIED)
				assert_int_equal(c.action, RECYCLE_DO_REST);
			/* new calls are given to a tested worker only */
			if (c.next == RECYCLE_SERVING && s != RECYCLE_SERVING)
				assert_true(s == RECYCLE_STANDBY && e == RECYCLE_ON_PROMOTE);
			if (c.next == RECYCLE_STANDBY && s != RECYCLE_STANDBY)
				assert_int_equal(e, RECYCLE_ON_PASSED);
			/* there is no way back from leaving */
			if (s == RECYCLE_STOPPING)
				assert_true(c.next == s || !recycle_alive(c.next));
			if (s == RECYCLE_DRAINING)
				assert_true(c.next == s || c.next == RECYCLE_STOPPING ||
					    !recycle_alive(c.next));
		}
	}
}

static void
every_state_is_reached_and_left(void **state)
{
	bool in[RECYCLE_STATE_COUNT] = {[RECYCLE_EMPTY] = true}, out[RECYCLE_STATE_COUNT] = {0};
	bool done[RECYCLE_ACTION_COUNT] = {0};

	(void)state;
	for (int rounds = 0; rounds < RECYCLE_STATE_COUNT; rounds++) {
		STATES(s)
		{
			EVENTS(e)
			{
				struct recycle_cell c = recycle_step(s, e);

				if (!c.defined || !in[s])
					continue;
				in[c.next] = true;
				out[s] = out[s] || c.next != s;
				done[c.action] = true;
			}
		}
	}
	STATES(s)
	{
		assert_true(in[s] && out[s]);
		assert_true(strlen(recycle_state_name(s)) > 0 &&
			    strlen(recycle_state_deadline(s)) > 0);
	}
	for (enum recycle_action a = 0; a < RECYCLE_ACTION_COUNT; a++)
		assert_true(done[a]);
}

/* A state that waits for somebody else must not wait for ever. */
static void
waiting_states_have_a_deadline(void **state)
{
	(void)state;
	assert_true(recycle_step(RECYCLE_STARTING, RECYCLE_ON_LATE).defined);
	assert_true(recycle_step(RECYCLE_DRAINING, RECYCLE_ON_LATE).defined);
	assert_true(recycle_step(RECYCLE_STOPPING, RECYCLE_ON_LATE).defined);
	assert_true(recycle_step(RECYCLE_RESTING, RECYCLE_ON_LATE).defined);
}

static void
rests_double_and_are_forgiven(void **state)
{
	struct recycle_tally t = {0};
	struct mono now = {1000000000};
	static const int64_t want[] = {0, 1000, 2000, 4000, 8000, 10000, 10000};

	(void)state;
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		assert_int_equal(recycle_tally_next(&t, now, 1000, 10000), want[i]);
		assert_int_equal(recycle_tally_add(&t, now, 1000, 10000), want[i]);
		now = mono_add(now, want[i] + 500);
	}
	assert_int_equal(t.failures, 7);
	now = mono_add(t.rested, RECYCLE_FORGIVEN_MS - 1);
	assert_int_equal(recycle_tally_next(&t, now, 1000, 10000), 10000);
	now = mono_add(t.rested, RECYCLE_FORGIVEN_MS);
	assert_int_equal(recycle_tally_add(&t, now, 1000, 10000), 0);
	assert_int_equal(t.failures, 1);
}

static void
a_rest_never_exceeds_its_maximum(void **state)
{
	struct recycle_tally t = {0};
	struct mono now = {1};

	(void)state;
	for (int i = 0; i < 200; i++) {
		int64_t rest = recycle_tally_add(&t, now, 700, 60000);

		assert_in_range(rest, 0, 60000);
		assert_true(i == 0 || rest >= 700);
		now = mono_add(now, rest);
	}
	assert_int_equal(recycle_tally_add(&t, now, 5000, 1000), 1000);
}

/* The table as docs/recycling.md shows it: events down, states across. */
static void
print_table(struct buf *b)
{
	buf_str(b, "| |");
	STATES(s)
	buf_printf(b, " %s |", recycle_state_name(s));
	buf_str(b, "\n|---|");
	STATES(s)
	buf_str(b, "---|");
	buf_str(b, "\n");
	EVENTS(e)
	{
		buf_printf(b, "| **%s** |", recycle_event_name(e));
		STATES(s)
		{
			struct recycle_cell c = recycle_step(s, e);

			if (!c.defined)
				buf_str(b, " - |");
			else if (c.next == s && c.action == RECYCLE_DO_NOTHING)
				buf_str(b, " same |");
			else if (c.next == s)
				buf_printf(b, " same: %s |", recycle_action_name(c.action));
			else
				buf_printf(b, " %s: %s |", recycle_state_name(c.next),
					   recycle_action_name(c.action));
		}
		buf_str(b, "\n");
	}
	buf_str(b, "\n");
	STATES(s)
	buf_printf(b, "* deadline of %s: %s\n", recycle_state_name(s), recycle_state_deadline(s));
	EVENTS(e)
	buf_printf(b, "* event %s: %s\n", recycle_event_name(e), recycle_event_text(e));
	for (enum recycle_action a = RECYCLE_DO_NOTHING + 1; a < RECYCLE_ACTION_COUNT; a++)
		buf_printf(b, "* action %s: %s\n", recycle_action_name(a), recycle_action_text(a));
	buf_cstr(b);
}

static void
the_document_shows_this_table(void **state)
{
	static char table[16384], doc[65536];
	struct buf b = BUF(table);
	FILE *f = fopen("docs/recycling.md", "r");
	size_t n;

	(void)state;
	if (!f)
		fail_msg("docs/recycling.md not found: run the tests from the top folder");
	n = fread(doc, 1, sizeof(doc) - 1, f);
	fclose(f);
	doc[n] = '\0';
	print_table(&b);
	assert_false(b.full);
	if (!strstr(doc, table))
		fail_msg("docs/recycling.md shows another table; test_recycle --print gives it");
}

int
main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(no_worker_reaches_an_undefined_cell),
	    cmocka_unit_test(nothing_happens_to_a_slot_without_process),
	    cmocka_unit_test(cells_keep_the_rules),
	    cmocka_unit_test(every_state_is_reached_and_left),
	    cmocka_unit_test(waiting_states_have_a_deadline),
	    cmocka_unit_test(rests_double_and_are_forgiven),
	    cmocka_unit_test(a_rest_never_exceeds_its_maximum),
	    cmocka_unit_test(the_document_shows_this_table),
	};
	static char table[16384];
	struct buf b = BUF(table);

	if (argc > 1 && strcmp(argv[1], "--print") == 0) {
		print_table(&b);
		fputs(table, stdout);
		return 0;
	}
	return cmocka_run_group_tests_name("recycle", tests, NULL, NULL);
}
