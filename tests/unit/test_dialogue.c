/* test_dialogue: walks every cell of the dialogue table, every life of a few steps, and what keys
 * mean. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "worker/dialogue.h"

#define ON(e) (1u << DIALOGUE_ON_##e)
#define KEYS \
	(ON(POUND) | ON(ONE) | ON(TWO) | ON(THREE) | ON(FOUR) | ON(FIVE) | ON(STAR) | ON(OTHER))

/* What may happen in which state, written down a second time, by hand. */
static const unsigned possible[DIALOGUE_STATE_COUNT] = {
    [DIALOGUE_SILENT] = KEYS | ON(BEGIN) | ON(REFUSE),
    [DIALOGUE_GREETING] = KEYS | ON(SAID),
    [DIALOGUE_TONE] = KEYS | ON(SAID),
    [DIALOGUE_RECORDING] =
	KEYS | ON(FINISH) | ON(EMPTY) | ON(SILENCE) | ON(LIMIT) | ON(LAST) | ON(TIRED),
    [DIALOGUE_MENU] = KEYS | ON(SAID) | ON(TIRED),
    [DIALOGUE_LISTENING] = KEYS | ON(SAID) | ON(TIRED),
    [DIALOGUE_PARTING] = KEYS | ON(SAID),
    [DIALOGUE_REFUSING] = KEYS | ON(SAID),
    [DIALOGUE_OVER] = KEYS,
};

/* Every cell that does something: state, event, next, actions, words, failure, end. */
static const struct row {
	enum dialogue_state state;
	enum dialogue_event event;
	enum dialogue_state next;
	unsigned actions;
	enum dialogue_words words;
	bool failure;
	enum call_event end;
} rows[] = {
#define R(s, e, n, a, w, f, end)                                                               \
	{                                                                                      \
		DIALOGUE_##s, DIALOGUE_ON_##e, DIALOGUE_##n, (a), DIALOGUE_SAY_##w, (f), (end) \
	}
#define REVIEW(s)                                                                         \
	R(s, POUND, PARTING, 0, SAVED, false, 0), R(s, ONE, PARTING, 0, SAVED, false, 0), \
	    R(s, TWO, LISTENING, DIALOGUE_DO_LISTEN, NOTHING, false, 0),                  \
	    R(s, THREE, TONE, DIALOGUE_DO_DROP, TONE, false, 0),                          \
	    R(s, FOUR, MENU, DIALOGUE_DO_IMPORTANT, IMPORTANT, false, 0),                 \
	    R(s, FIVE, MENU, DIALOGUE_DO_PRIVATE, PRIVATE, false, 0),                     \
	    R(s, STAR, PARTING, DIALOGUE_DO_DROP, CANCELLED, false, 0),                   \
	    R(s, OTHER, MENU, 0, SORRY, true, 0), R(s, TIRED, PARTING, 0, SAVED, false, 0)
    R(SILENT, BEGIN, GREETING, 0, GREETING, false, 0),
    R(SILENT, REFUSE, REFUSING, 0, NO_SERVICE, false, 0),
    R(GREETING, SAID, RECORDING, DIALOGUE_DO_RECORD, NOTHING, false, 0),
    R(GREETING, POUND, TONE, 0, TONE, false, 0),
    R(GREETING, STAR, GREETING, DIALOGUE_DO_ESCAPE, NOTHING, false, 0),
    R(TONE, SAID, RECORDING, DIALOGUE_DO_RECORD, NOTHING, false, 0),
    R(RECORDING, POUND, MENU, 0, MENU, false, 0),
    R(RECORDING, LIMIT, MENU, 0, MENU, false, 0),
    R(RECORDING, EMPTY, TONE, DIALOGUE_DO_DROP, TOO_SHORT, true, 0),
    R(RECORDING, FINISH, OVER, DIALOGUE_DO_END, NOTHING, false, CALL_ON_KEY),
    R(RECORDING, TIRED, OVER, DIALOGUE_DO_END, NOTHING, false, CALL_ON_KEY),
    R(RECORDING, SILENCE, OVER, DIALOGUE_DO_END, NOTHING, false, CALL_ON_SILENCE),
    R(RECORDING, LAST, OVER, DIALOGUE_DO_END, NOTHING, false, CALL_ON_LIMIT),
    REVIEW(MENU),
    R(MENU, SAID, MENU, 0, MENU, true, 0),
    REVIEW(LISTENING),
    R(LISTENING, SAID, MENU, 0, MENU, false, 0),
    R(PARTING, SAID, OVER, DIALOGUE_DO_END, NOTHING, false, CALL_ON_KEY),
    R(REFUSING, SAID, OVER, DIALOGUE_DO_END, NOTHING, false, CALL_ON_SAID),
};

static const struct row *
row_of(enum dialogue_state s, enum dialogue_event e)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].state == s && rows[i].event == e)
			return &rows[i];
	return NULL;
}

static void
check_cell(enum dialogue_state s, enum dialogue_event e)
{
	const struct dialogue_step step = dialogue_next(s, e);
	const struct row *r = row_of(s, e);

	if (step.ok != (possible[s] >> e & 1))
		fail_msg("%s, %s", dialogue_state_word(s), dialogue_event_word(e));
	if (!r) {
		assert_int_equal(step.next, s);
		assert_int_equal(step.actions, 0);
		assert_int_equal(step.words, DIALOGUE_SAY_NOTHING);
		assert_false(step.failure);
		return;
	}
	assert_int_equal(step.next, r->next);
	assert_int_equal(step.actions, r->actions);
	assert_int_equal(step.words, r->words);
	assert_int_equal(step.failure, r->failure);
	if (step.actions & DIALOGUE_DO_END)
		assert_int_equal(step.end, r->end);
}

static void
test_every_cell(void **state)
{
	(void)state;
	for (int s = 0; s < DIALOGUE_STATE_COUNT; s++)
		for (int e = 0; e < DIALOGUE_EVENT_COUNT; e++)
			check_cell((enum dialogue_state)s, (enum dialogue_event)e);
}

/* However keys and silences follow one another: once over it stays so, and nothing is listened to
 * or offered in a menu unless a recording came before it and was not dropped since. */
static void
walk(struct dialogue d, bool recorded, unsigned depth)
{
	for (int e = 0; e < DIALOGUE_EVENT_COUNT && depth > 0; e++) {
		struct dialogue next = d;
		struct dialogue_step step;
		bool has = recorded;

		if (e == DIALOGUE_ON_TIRED || !dialogue_next(d.state, (enum dialogue_event)e).ok)
			continue;
		step = dialogue_step(&next, (enum dialogue_event)e, 3);
		assert_true(step.ok);
		assert_true(next.failures <= 3);
		assert_true(d.state != DIALOGUE_OVER || next.state == DIALOGUE_OVER);
		assert_true((step.actions & DIALOGUE_DO_END) == 0 || next.state == DIALOGUE_OVER);
		if (step.actions & DIALOGUE_DO_DROP)
			has = false;
		if (step.actions & DIALOGUE_DO_RECORD)
			has = true;
		if (step.actions & DIALOGUE_DO_LISTEN || next.state == DIALOGUE_MENU)
			assert_true(has);
		walk(next, has, depth - 1);
	}
}

static void
test_every_life(void **state)
{
	(void)state;
	walk((struct dialogue){.state = DIALOGUE_SILENT}, false, 7);
}

static void
test_failures(void **state)
{
	struct dialogue d = {.state = DIALOGUE_MENU};

	(void)state;
	assert_int_equal(dialogue_step(&d, DIALOGUE_ON_OTHER, 3).words, DIALOGUE_SAY_SORRY);
	assert_int_equal(dialogue_step(&d, DIALOGUE_ON_SAID, 3).words, DIALOGUE_SAY_MENU);
	assert_int_equal(dialogue_step(&d, DIALOGUE_ON_FOUR, 3).words, DIALOGUE_SAY_IMPORTANT);
	assert_int_equal(dialogue_step(&d, DIALOGUE_ON_OTHER, 3).words, DIALOGUE_SAY_SAVED);
	assert_int_equal(d.state, DIALOGUE_PARTING);
	d = (struct dialogue){.state = DIALOGUE_RECORDING};
	assert_int_equal(dialogue_step(&d, DIALOGUE_ON_EMPTY, 1).actions, DIALOGUE_DO_END);
	assert_int_equal(d.state, DIALOGUE_OVER);
}

static void
test_keys(void **state)
{
	static const struct {
		enum dialogue_state state;
		char key;
		bool review, spoken;
		enum dialogue_event want;
	} cases[] = {
	    {DIALOGUE_RECORDING, '#', true, true, DIALOGUE_ON_POUND},
	    {DIALOGUE_RECORDING, '#', true, false, DIALOGUE_ON_EMPTY},
	    {DIALOGUE_RECORDING, '#', false, true, DIALOGUE_ON_FINISH},
	    {DIALOGUE_RECORDING, '#', false, false, DIALOGUE_ON_FINISH},
	    {DIALOGUE_GREETING, '#', false, false, DIALOGUE_ON_POUND},
	    {DIALOGUE_MENU, '#', true, true, DIALOGUE_ON_POUND},
	    {DIALOGUE_MENU, '1', true, true, DIALOGUE_ON_ONE},
	    {DIALOGUE_MENU, '5', true, true, DIALOGUE_ON_FIVE},
	    {DIALOGUE_MENU, '6', true, true, DIALOGUE_ON_OTHER},
	    {DIALOGUE_MENU, '0', true, true, DIALOGUE_ON_OTHER},
	    {DIALOGUE_MENU, 'A', true, true, DIALOGUE_ON_OTHER},
	    {DIALOGUE_MENU, '*', true, true, DIALOGUE_ON_STAR},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(
		    dialogue_key(cases[i].state, cases[i].key, cases[i].review, cases[i].spoken),
		    cases[i].want);
	assert_int_equal(dialogue_limit(true, true), DIALOGUE_ON_LIMIT);
	assert_int_equal(dialogue_limit(true, false), DIALOGUE_ON_LAST);
	assert_int_equal(dialogue_limit(false, true), DIALOGUE_ON_LAST);
}

static void
test_out_of_range(void **state)
{
	(void)state;
	assert_false(dialogue_next(DIALOGUE_STATE_COUNT, DIALOGUE_ON_SAID).ok);
	assert_false(dialogue_next(DIALOGUE_MENU, DIALOGUE_EVENT_COUNT).ok);
	assert_string_equal(dialogue_state_word(DIALOGUE_STATE_COUNT), "?");
	assert_string_equal(dialogue_event_word(DIALOGUE_EVENT_COUNT), "?");
	assert_string_equal(dialogue_state_word(DIALOGUE_MENU), "menu");
	assert_string_equal(dialogue_event_word(DIALOGUE_ON_POUND), "#");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_every_cell),   cmocka_unit_test(test_every_life),
	    cmocka_unit_test(test_failures),     cmocka_unit_test(test_keys),
	    cmocka_unit_test(test_out_of_range),
	};
	return cmocka_run_group_tests_name("dialogue", tests, NULL, NULL);
}
