/* test_access: walks every cell of the table of an owner's call, every life of a few steps, and
 * what keys, digits and wrong PINs mean. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "worker/access.h"

#define ON(e) (1u << ACCESS_ON_##e)
#define KEYS  (ON(POUND) | ON(ONE) | ON(TWO) | ON(THREE) | ON(STAR) | ON(OTHER))
#define ENTRY (ON(DIGIT) | ON(ENTERED) | ON(EMPTY) | ON(STAR) | ON(OTHER) | ON(TIRED))

/* What may happen in which state, written down a second time, by hand. */
static const unsigned possible[ACCESS_STATE_COUNT] = {
    [ACCESS_SILENT] = KEYS | ON(BEGIN) | ON(KNOWN),
    [ACCESS_EXTENSION] = ENTRY,
    [ACCESS_PIN] = ENTRY,
    [ACCESS_CHECKING] = KEYS | ON(SAID) | ON(RIGHT) | ON(WRONG) | ON(WRONG_PIN) | ON(BARRED),
    [ACCESS_MENU] = KEYS | ON(FIXED) | ON(SAID) | ON(TIRED),
    [ACCESS_HEARING] = KEYS | ON(FIXED) | ON(SAID) | ON(TIRED),
    [ACCESS_TELLING] = KEYS | ON(SAID),
    [ACCESS_TONE] = KEYS | ON(SAID),
    [ACCESS_RECORDING] = (KEYS & ~ON(POUND)) | ON(STOPPED) | ON(UNSPOKEN) | ON(TIRED),
    [ACCESS_REVIEW] = KEYS | ON(SAID) | ON(TIRED),
    [ACCESS_LISTENING] = KEYS | ON(SAID) | ON(TIRED),
    [ACCESS_SAVING] = KEYS | ON(SAID) | ON(DONE) | ON(FAILED),
    [ACCESS_REMOVING] = KEYS | ON(SAID) | ON(DONE) | ON(FAILED),
    [ACCESS_PARTING] = KEYS | ON(SAID),
    [ACCESS_REFUSING] = KEYS | ON(SAID),
    [ACCESS_OVER] = KEYS,
};

/* Every cell that does something: state, event, next, actions, words, failure. */
static const struct row {
	enum access_state state;
	enum access_event event;
	enum access_state next;
	unsigned actions;
	enum access_words words;
	bool failure;
	enum call_event end;
} rows[] = {
#define R(s, e, n, a, w, f, end)                                                       \
	{                                                                              \
		ACCESS_##s, ACCESS_ON_##e, ACCESS_##n, (a), ACCESS_SAY_##w, (f), (end) \
	}
#define MENU_OF(s)                                                                            \
	R(s, ONE, TELLING, 0, RECORD, false, 0),                                              \
	    R(s, TWO, REMOVING, ACCESS_DO_REMOVE, WAIT, false, 0),                            \
	    R(s, THREE, HEARING, ACCESS_DO_HEAR, NOTHING, false, 0),                          \
	    R(s, FIXED, MENU, 0, FIXED, false, 0), R(s, STAR, PARTING, 0, GOODBYE, false, 0), \
	    R(s, POUND, MENU, 0, SORRY, true, 0), R(s, OTHER, MENU, 0, SORRY, true, 0),       \
	    R(s, TIRED, PARTING, 0, GOODBYE, false, 0)
#define REVIEW_OF(s)                                                   \
	R(s, POUND, SAVING, ACCESS_DO_KEEP, WAIT, false, 0),           \
	    R(s, ONE, SAVING, ACCESS_DO_KEEP, WAIT, false, 0),         \
	    R(s, TWO, LISTENING, ACCESS_DO_LISTEN, NOTHING, false, 0), \
	    R(s, THREE, TONE, ACCESS_DO_DROP, TONE, false, 0),         \
	    R(s, STAR, MENU, ACCESS_DO_DROP, MENU, false, 0),          \
	    R(s, OTHER, REVIEW, 0, SORRY_REVIEW, true, 0),             \
	    R(s, TIRED, PARTING, ACCESS_DO_DROP, GOODBYE, false, 0)
    R(SILENT, BEGIN, EXTENSION, 0, EXTENSION, false, 0),
    R(SILENT, KNOWN, PIN, 0, PIN, false, 0),
    R(EXTENSION, DIGIT, EXTENSION, 0, WAIT, false, 0),
    R(EXTENSION, ENTERED, PIN, 0, PIN, false, 0),
    R(EXTENSION, EMPTY, EXTENSION, 0, EXTENSION, true, 0),
    R(EXTENSION, STAR, EXTENSION, 0, EXTENSION, true, 0),
    R(EXTENSION, TIRED, PARTING, 0, GOODBYE, false, 0),
    R(PIN, DIGIT, PIN, 0, WAIT, false, 0),
    R(PIN, ENTERED, CHECKING, ACCESS_DO_CHECK, NOTHING, false, 0),
    R(PIN, EMPTY, PIN, 0, PIN, true, 0),
    R(PIN, STAR, EXTENSION, 0, EXTENSION, false, 0),
    R(PIN, TIRED, PARTING, 0, GOODBYE, false, 0),
    R(CHECKING, RIGHT, MENU, 0, MENU, false, 0),
    R(CHECKING, WRONG, EXTENSION, 0, WRONG, false, 0),
    R(CHECKING, WRONG_PIN, PIN, 0, WRONG_PIN, false, 0),
    R(CHECKING, BARRED, REFUSING, 0, BARRED, false, 0),
    MENU_OF(MENU),
    R(MENU, SAID, MENU, 0, MENU, true, 0),
    MENU_OF(HEARING),
    R(HEARING, SAID, MENU, 0, MENU, false, 0),
    R(TELLING, SAID, RECORDING, ACCESS_DO_RECORD, NOTHING, false, 0),
    R(TELLING, POUND, TONE, 0, TONE, false, 0),
    R(TELLING, STAR, MENU, 0, MENU, false, 0),
    R(TONE, SAID, RECORDING, ACCESS_DO_RECORD, NOTHING, false, 0),
    R(RECORDING, STOPPED, REVIEW, 0, REVIEW, false, 0),
    R(RECORDING, UNSPOKEN, TONE, ACCESS_DO_DROP, TOO_SHORT, true, 0),
    R(RECORDING, TIRED, PARTING, ACCESS_DO_DROP, GOODBYE, false, 0),
    REVIEW_OF(REVIEW),
    R(REVIEW, SAID, REVIEW, 0, REVIEW, true, 0),
    REVIEW_OF(LISTENING),
    R(LISTENING, SAID, REVIEW, 0, REVIEW, false, 0),
    R(SAVING, DONE, MENU, 0, SAVED, false, 0),
    R(SAVING, FAILED, MENU, 0, FAILED, false, 0),
    R(REMOVING, DONE, MENU, 0, REMOVED, false, 0),
    R(REMOVING, FAILED, MENU, 0, FAILED, false, 0),
    R(PARTING, SAID, OVER, ACCESS_DO_END, NOTHING, false, CALL_ON_KEY),
    R(REFUSING, SAID, OVER, ACCESS_DO_END, NOTHING, false, CALL_ON_SAID),
};

static const struct row *
row_of(enum access_state s, enum access_event e)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].state == s && rows[i].event == e)
			return &rows[i];
	return NULL;
}

static void
check_cell(enum access_state s, enum access_event e)
{
	const struct access_step step = access_next(s, e);
	const struct row *r = row_of(s, e);

	if (step.ok != (possible[s] >> e & 1))
		fail_msg("%s, %s", access_state_word(s), access_event_word(e));
	if (!r) {
		assert_int_equal(step.next, s);
		assert_int_equal(step.actions, 0);
		assert_int_equal(step.words, ACCESS_SAY_NOTHING);
		assert_false(step.failure);
		return;
	}
	assert_int_equal(step.next, r->next);
	assert_int_equal(step.actions, r->actions);
	assert_int_equal(step.words, r->words);
	assert_int_equal(step.failure, r->failure);
	if (step.actions & ACCESS_DO_END)
		assert_int_equal(step.end, r->end);
}

static void
test_every_cell(void **state)
{
	(void)state;
	for (int s = 0; s < ACCESS_STATE_COUNT; s++)
		for (int e = 0; e < ACCESS_EVENT_COUNT; e++)
			check_cell((enum access_state)s, (enum access_event)e);
}

/* What a call has shown so far. */
struct past {
	bool right, recorded;
};

/* However things follow one another: nothing is recorded, heard, kept or removed before a right
 * PIN, nothing kept or listened to that was not recorded, or was dropped since; once over it stays
 * so. */
static void
walk(struct access a, struct past past, unsigned depth)
{
	const unsigned for_owners =
	    ACCESS_DO_RECORD | ACCESS_DO_HEAR | ACCESS_DO_KEEP | ACCESS_DO_REMOVE;

	for (int e = 0; e < ACCESS_EVENT_COUNT && depth > 0; e++) {
		struct access next = a;
		struct past now = past;
		struct access_step step;

		if (e == ACCESS_ON_TIRED || !access_next(a.state, (enum access_event)e).ok)
			continue;
		step = access_step(&next, (enum access_event)e, 3);
		assert_true(step.ok);
		assert_true(next.failures <= 3);
		assert_true(a.state != ACCESS_OVER || next.state == ACCESS_OVER);
		now.right |= e == ACCESS_ON_RIGHT;
		assert_true((step.actions & for_owners) == 0 || now.right);
		if (step.actions & (ACCESS_DO_LISTEN | ACCESS_DO_KEEP))
			assert_true(now.recorded);
		if (step.actions & (ACCESS_DO_DROP | ACCESS_DO_KEEP))
			now.recorded = false;
		if (step.actions & ACCESS_DO_RECORD)
			now.recorded = true;
		walk(next, now, depth - 1);
	}
}

static void
test_every_life(void **state)
{
	(void)state;
	walk((struct access){.state = ACCESS_SILENT}, (struct past){0}, 6);
	walk((struct access){.state = ACCESS_CHECKING}, (struct past){0}, 7);
}

/* Presses `keys` one after another; what the last one meant. */
static enum access_event
press(struct access *a, const char *keys)
{
	enum access_event event = ACCESS_ON_OTHER;

	for (; *keys; keys++) {
		event = access_key(a, *keys, false, false);
		assert_true(access_step(a, event, 9).ok);
	}
	return event;
}

static void
test_extension_and_pin(void **state)
{
	struct access a = {.state = ACCESS_SILENT};
	char pin[DIALPLAN_NUMBER_MAX];

	(void)state;
	access_step(&a, access_begin(&a, ""), 9);
	assert_true(access_collects(&a));
	assert_int_equal(access_said(&a), ACCESS_ON_EMPTY);
	assert_int_equal(press(&a, "99*"), ACCESS_ON_STAR);
	assert_int_equal(press(&a, "2A1"), ACCESS_ON_DIGIT);
	assert_int_equal(access_said(&a), ACCESS_ON_ENTERED); /* a pause will do */
	assert_int_equal(press(&a, "01#"), ACCESS_ON_ENTERED);
	assert_string_equal(a.extension, "2101");
	assert_int_equal(a.state, ACCESS_PIN);
	assert_int_equal(press(&a, "#"), ACCESS_ON_EMPTY);
	assert_int_equal(press(&a, "0070#"), ACCESS_ON_ENTERED);
	assert_int_equal(a.state, ACCESS_CHECKING);
	assert_false(access_collects(&a));
	press(&a, "123#*");
	access_take_pin(&a, pin);
	assert_string_equal(pin, "0070");
	assert_string_equal(a.entry, "");
	assert_int_equal(access_wrong(&a, 3), ACCESS_ON_WRONG);
	access_step(&a, ACCESS_ON_WRONG, 9);
	press(&a, "2102#1#");
	assert_string_equal(a.extension, "2102");
	assert_int_equal(access_wrong(&a, 3), ACCESS_ON_WRONG);
	assert_int_equal(access_wrong(&a, 3), ACCESS_ON_BARRED);
}

static void
test_known_telephone(void **state)
{
	struct access a = {.state = ACCESS_SILENT};

	(void)state;
	assert_int_equal(access_begin(&a, "2101"), ACCESS_ON_KNOWN);
	access_step(&a, ACCESS_ON_KNOWN, 9);
	assert_int_equal(a.state, ACCESS_PIN);
	press(&a, "1234#");
	assert_string_equal(a.extension, "2101");
	assert_int_equal(access_wrong(&a, 3), ACCESS_ON_WRONG_PIN);
	access_step(&a, ACCESS_ON_WRONG_PIN, 9);
	assert_string_equal(a.entry, "");
	assert_int_equal(press(&a, "55*"), ACCESS_ON_STAR); /* not my mailbox */
	press(&a, "2102#77#");
	assert_string_equal(a.extension, "2102");
	assert_int_equal(access_wrong(&a, 3), ACCESS_ON_WRONG);
}

/* Too many digits are nobody's, not those of who has the first of them. */
static void
test_too_many_digits(void **state)
{
	struct access a = {.state = ACCESS_SILENT};
	char pin[DIALPLAN_NUMBER_MAX];

	(void)state;
	access_step(&a, access_begin(&a, ""), 9);
	for (int i = 0; i < 100; i++)
		press(&a, "1");
	press(&a, "#");
	assert_string_equal(a.extension, "");
	for (int i = 0; i < DIALPLAN_NUMBER_MAX - 1; i++)
		press(&a, "2");
	assert_false(a.too_many);
	press(&a, "2#");
	access_take_pin(&a, pin);
	assert_string_equal(pin, "");
	assert_false(a.too_many);
}

static void
test_keys(void **state)
{
	static const struct {
		enum access_state state;
		char key;
		bool spoken, fixed;
		enum access_event want;
	} cases[] = {
	    {ACCESS_MENU, '1', false, false, ACCESS_ON_ONE},
	    {ACCESS_MENU, '3', false, false, ACCESS_ON_THREE},
	    {ACCESS_MENU, '1', false, true, ACCESS_ON_FIXED},
	    {ACCESS_HEARING, '2', false, true, ACCESS_ON_FIXED},
	    {ACCESS_MENU, '3', false, true, ACCESS_ON_THREE},
	    {ACCESS_MENU, '0', false, false, ACCESS_ON_OTHER},
	    {ACCESS_MENU, '4', false, false, ACCESS_ON_OTHER},
	    {ACCESS_MENU, '#', true, false, ACCESS_ON_POUND},
	    {ACCESS_REVIEW, '1', true, true, ACCESS_ON_ONE},
	    {ACCESS_REVIEW, '#', true, false, ACCESS_ON_POUND},
	    {ACCESS_REVIEW, 'D', true, false, ACCESS_ON_OTHER},
	    {ACCESS_RECORDING, '#', true, false, ACCESS_ON_STOPPED},
	    {ACCESS_RECORDING, '#', false, false, ACCESS_ON_UNSPOKEN},
	    {ACCESS_RECORDING, '*', false, false, ACCESS_ON_STAR},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct access a = {.state = cases[i].state};

		assert_int_equal(access_key(&a, cases[i].key, cases[i].spoken, cases[i].fixed),
				 cases[i].want);
		assert_string_equal(a.entry, "");
	}
	assert_int_equal(access_said(&(struct access){.state = ACCESS_MENU}), ACCESS_ON_SAID);
}

static void
test_failures(void **state)
{
	struct access a = {.state = ACCESS_EXTENSION};

	(void)state;
	assert_int_equal(access_step(&a, ACCESS_ON_EMPTY, 2).words, ACCESS_SAY_EXTENSION);
	assert_int_equal(access_step(&a, ACCESS_ON_STAR, 2).words, ACCESS_SAY_GOODBYE);
	assert_int_equal(a.state, ACCESS_PARTING);
	a = (struct access){.state = ACCESS_REVIEW};
	assert_int_equal(access_step(&a, ACCESS_ON_SAID, 1).actions, ACCESS_DO_DROP);
	assert_int_equal(a.state, ACCESS_PARTING);
}

static void
test_out_of_range(void **state)
{
	(void)state;
	assert_false(access_next(ACCESS_STATE_COUNT, ACCESS_ON_SAID).ok);
	assert_false(access_next(ACCESS_MENU, ACCESS_EVENT_COUNT).ok);
	assert_string_equal(access_state_word(ACCESS_STATE_COUNT), "?");
	assert_string_equal(access_event_word(ACCESS_EVENT_COUNT), "?");
	assert_string_equal(access_state_word(ACCESS_PIN), "PIN");
	assert_string_equal(access_event_word(ACCESS_ON_BARRED), "barred");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_every_cell),        cmocka_unit_test(test_every_life),
	    cmocka_unit_test(test_extension_and_pin), cmocka_unit_test(test_known_telephone),
	    cmocka_unit_test(test_too_many_digits),   cmocka_unit_test(test_keys),
	    cmocka_unit_test(test_failures),          cmocka_unit_test(test_out_of_range),
	};
	return cmocka_run_group_tests_name("access", tests, NULL, NULL);
}
