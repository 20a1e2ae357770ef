/* test_redirected: what was answered with a 302 is known again by what its sender may keep of it,
 * is judged once, and makes room for newer calls. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "supervisor/redirected.h"

static const struct mono start = {1000000000};
static struct redirected table;

static int
empty(void **state)
{
	(void)state;
	memset(&table, 0, sizeof(table));
	return 0;
}

static struct mono
after(int64_t ms)
{
	return mono_add(start, ms);
}

/* An INVITE: its Call-ID and From tag, who calls whom, on trunk 3. */
static struct redirected_invite
invite(uint64_t key, uint64_t tag, uint64_t caller, const char *called)
{
	return (struct redirected_invite){.key = key,
					  .tag = tag,
					  .caller = caller,
					  .branch = key + 1000,
					  .called = slice_str(called),
					  .cseq = 1,
					  .trunk = 3};
}

static enum likeness
likeness(struct redirected_invite i, enum likeness least, struct mono now)
{
	enum likeness like = LIKE_NONE;
	const struct redirected_call *c = redirected_match(&table, &i, least, now, &like);

	assert_int_equal(c != NULL, like != LIKE_NONE);
	return like;
}

static struct redirected_call *
redirect(struct redirected_invite i, struct mono now)
{
	return redirected_add(&table, &i, true, now);
}

static void
knows_it_for_a_while(void **state)
{
	(void)state;
	assert_true(redirected_idle(&table, start));
	assert_null(redirected_find(&table, 0, 3, start)); /* a free place is no call */
	redirect(invite(77, 1, 1, "3500"), start);
	assert_int_equal(redirected_find(&table, 77, 3, after(REDIRECTED_MS - 1))->cseq, 1);
	assert_null(redirected_find(&table, 77, 3, after(REDIRECTED_MS)));
	assert_null(redirected_find(&table, 78, 3, start));
	assert_null(redirected_find(&table, 77, 4, start)); /* another trunk's */
	assert_null(redirected_find(&table, 77 + REDIRECTED_PLACES, 3, start)); /* same chain */
	assert_false(redirected_idle(&table, after(REDIRECTED_MS - 1)));
	assert_true(redirected_idle(&table, after(REDIRECTED_MS)));
}

struct again {
	const char *name;
	uint64_t key, tag, caller;
	const char *called;
	int64_t ms;
	enum likeness like;
};

/* Against one call: Call-ID 77, tag 5, caller 8, called 3500. */
static const struct again agains[] = {
    {"the very INVITE", 77, 5, 8, "3500", 31999, LIKE_REPEAT},
    {"new Call-ID, same tag", 78, 5, 8, "3500", 31999, LIKE_TAG},
    {"new tag too", 78, 6, 8, "3500", 9999, LIKE_NUMBERS},
    {"the same, too late", 78, 6, 8, "3500", 10000, LIKE_NONE},
    {"a prefix before the number", 78, 6, 8, "993500", 1, LIKE_NUMBERS},
    {"the prefix taken off", 78, 6, 8, "500", 1, LIKE_NUMBERS},
    {"nearly everything taken off", 78, 6, 8, "0", 1, LIKE_NONE},
    {"another number", 78, 6, 8, "3501", 1, LIKE_NONE},
    {"no number", 78, 6, 8, "", 1, LIKE_NONE},
    {"another caller", 78, 6, 9, "3500", 2999, LIKE_CALLED},
    {"another caller, late", 78, 6, 9, "3500", 3000, LIKE_NONE},
    {"all different", 78, 6, 9, "4711", 1, LIKE_NONE},
};

static void
every_likeness(void **state)
{
	(void)state;
	redirect(invite(77, 5, 8, "3500"), start);
	for (size_t i = 0; i < sizeof(agains) / sizeof(agains[0]); i++) {
		const struct again *a = &agains[i];
		const struct redirected_invite now = invite(a->key, a->tag, a->caller, a->called);
		const enum likeness like = likeness(now, LIKE_CALLED, after(a->ms));
		if (like != a->like)
			fail_msg("%s: likeness %d", a->name, like);
		struct redirected_invite elsewhere = now;
		elsewhere.trunk = 4;
		assert_int_equal(likeness(elsewhere, LIKE_CALLED, after(a->ms)), LIKE_NONE);
		for (enum likeness least = LIKE_REPEAT; least < a->like; least++)
			if (a->like > LIKE_CALL_ID)
				assert_int_equal(likeness(now, least, after(a->ms)), LIKE_NONE);
	}
}

static void
another_invite_of_the_call(void **state)
{
	struct redirected_invite i = invite(77, 5, 8, "3500");

	(void)state;
	redirect(i, start);
	i.cseq = 2;
	assert_int_equal(likeness(i, LIKE_REPEAT, start), LIKE_CALL_ID);
	i.cseq = 1;
	i.branch++; /* a proxy tries the 302's Contact itself, and gets here again */
	assert_int_equal(likeness(i, LIKE_REPEAT, start), LIKE_CALL_ID);
}

/* Calls of one caller to one number are followed in the order they were redirected; each once. */
static void
the_oldest_open_one_first(void **state)
{
	enum likeness like;

	(void)state;
	struct redirected_call *first = redirect(invite(1, 11, 8, "3500"), start);
	struct redirected_call *second = redirect(invite(2, 12, 8, "3500"), after(10));
	const struct redirected_invite next = invite(9, 19, 8, "3500");
	struct redirected_call *c = redirected_match(&table, &next, LIKE_CALLED, after(20), &like);
	assert_ptr_equal(c, first);
	c->fate = REDIRECTED_FOLLOWED;
	c = redirected_match(&table, &next, LIKE_CALLED, after(20), &like);
	assert_ptr_equal(c, second);
	c->fate = REDIRECTED_FOLLOWED;
	assert_int_equal(likeness(next, LIKE_CALLED, after(20)), LIKE_NONE);
	/* its tag says more than its place in the row, and says it still */
	const struct redirected_invite known = invite(9, 12, 8, "3500");
	c = redirected_match(&table, &known, LIKE_CALLED, after(20), &like);
	assert_ptr_equal(c, second);
}

static void
silence_is_judged_once(void **state)
{
	bool waiting;

	(void)state;
	assert_null(redirected_overdue(&table, start, &waiting));
	assert_false(waiting);
	redirect(invite(1, 1, 1, "1"), start)->fate = REDIRECTED_FOLLOWED;
	struct redirected_call *silent = redirect(invite(2, 2, 2, "2"), after(100));
	struct redirected_invite i = invite(3, 3, 3, "3");
	redirected_add(&table, &i, false, after(100));
	redirect(invite(4, 4, 4, "4"), after(200))->fate = REDIRECTED_LEFT;
	struct redirected_call *later = redirect(invite(5, 5, 5, "5"), after(300));

	assert_null(redirected_overdue(&table, after(3099), &waiting));
	assert_true(waiting);
	assert_ptr_equal(redirected_overdue(&table, after(3100), &waiting), silent);
	assert_null(redirected_overdue(&table, after(3100), &waiting));
	assert_true(waiting);
	later->fate = REDIRECTED_FOLLOWED;
	assert_null(redirected_overdue(&table, after(3200), &waiting));
	assert_false(waiting);
	assert_null(redirected_overdue(&table, after(99999), &waiting));
}

static void
a_reset_begins_anew(void **state)
{
	bool waiting;

	(void)state;
	redirect(invite(1, 1, 1, "1"), start);
	struct redirected_invite i = invite(2, 2, 2, "2");
	i.trunk = 4;
	struct redirected_call *other = redirected_add(&table, &i, true, start);
	redirected_forget(&table, 3);
	assert_ptr_equal(redirected_overdue(&table, after(3000), &waiting), other);
	assert_null(redirected_overdue(&table, after(3000), &waiting));
}

static void
trunks_are_renumbered(void **state)
{
	static uint16_t map[CONF_TRUNKS];

	(void)state;
	redirect(invite(1, 1, 1, "1"), start);
	map[3] = 0;
	redirected_renumber(&table, map);
	assert_non_null(redirected_find(&table, 1, 0, start));
	map[0] = UINT16_MAX;
	redirected_renumber(&table, map);
	redirected_renumber(&table, map); /* gone stays gone */
	assert_null(redirected_find(&table, 1, 0, start));
}

/* Several times around the ring, all chains crowded: the newest are known, the overwritten are not,
 * and those that were never judged are not judged late. */
static void
newer_calls_take_places(void **state)
{
	const uint64_t n = 3 * REDIRECTED_PLACES + 17;
	bool waiting;

	(void)state;
	for (uint64_t i = 1; i <= n; i++)
		redirect(invite(i * 64, i * 128, 8, "3500"), start);
	for (uint64_t i = n; i > n - REDIRECTED_PLACES; i--)
		assert_non_null(redirected_find(&table, i * 64, 3, start));
	assert_null(redirected_find(&table, (n - REDIRECTED_PLACES) * 64, 3, start));
	assert_int_equal(likeness(invite(1, 1, 8, "3500"), LIKE_CALLED, start), LIKE_NUMBERS);
	unsigned judged = 0;
	while (redirected_overdue(&table, after(3000), &waiting))
		judged++;
	assert_int_equal(judged, REDIRECTED_PLACES);
}

/* Serial numbers run out after four thousand million calls. */
static void
serials_wrap(void **state)
{
	bool waiting;
	char number[16];

	(void)state;
	table.next = table.judge = UINT32_MAX - 2;
	for (uint64_t i = 1; i <= 10; i++) {
		snprintf(number, sizeof(number), "35%02u", (unsigned)i);
		redirect(invite(i, i, i, number), start);
	}
	for (uint64_t i = 1; i <= 10; i++)
		assert_non_null(redirected_find(&table, i, 3, start));
	unsigned judged = 0;
	while (redirected_overdue(&table, after(3000), &waiting))
		judged++;
	assert_int_equal(judged, 10);
}

/* Only those of the same trunk, caller and number that nobody has followed, and for a while. */
static void
goes_in_circles(void **state)
{
	const struct redirected_invite again = invite(90, 90, 8, "003500");

	(void)state;
	for (uint64_t i = 1; i < REDIRECTED_TURNS; i++) {
		redirect(invite(i, i, 8, "3500"), start);
		redirect(invite(10 + i, 10 + i, 9, "3500"), start);
		redirect(invite(20 + i, 20 + i, 8, "3501"), start);
		redirect(invite(30 + i, 30 + i, 8, "3500"), start)->fate = REDIRECTED_FOLLOWED;
		redirect(invite(40 + i, 40 + i, 8, "3500"), start)->trunk = 7;
		assert_false(redirected_circles(&table, &again, start));
	}
	redirect(invite(50, 50, 8, "3500"), start);
	assert_true(redirected_circles(&table, &again, start));
	assert_true(redirected_circles(&table, &again, after(REDIRECTED_RECALL_MS - 1)));
	assert_false(redirected_circles(&table, &again, after(REDIRECTED_RECALL_MS)));
}

static void
long_numbers_by_their_end(void **state)
{
	static const char number[] = "00491234567890123456789012345678901234567890";

	(void)state;
	redirect(invite(1, 1, 8, number), start);
	assert_int_equal(likeness(invite(2, 2, 8, number), LIKE_CALLED, start), LIKE_NUMBERS);
	assert_int_equal(likeness(invite(2, 2, 8, number + 2), LIKE_CALLED, start), LIKE_NUMBERS);
	assert_int_equal(likeness(invite(2, 2, 8, "7890"), LIKE_CALLED, start), LIKE_NUMBERS);
}

/* Every byte and every place counts. */
static void
mixes_all(void **state)
{
	const struct slice tag = SLICE("1c1234567890");
	char other[13];

	(void)state;
	assert_true(redirected_mix(0, SLICE("")) != redirected_mix(1, SLICE("")));
	assert_true(redirected_mix(0, tag) == redirected_mix(0, SLICE("1c1234567890")));
	assert_true(redirected_mix(0, tag) != redirected_mix(7, tag));
	for (size_t i = 0; i < tag.n; i++) {
		memcpy(other, tag.p, tag.n);
		other[i]++;
		assert_true(redirected_mix(0, tag) !=
			    redirected_mix(0, (struct slice){other, tag.n}));
		assert_true(redirected_mix(0, tag) != redirected_mix(0, (struct slice){tag.p, i}));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(knows_it_for_a_while, empty),
	    cmocka_unit_test_setup(every_likeness, empty),
	    cmocka_unit_test_setup(another_invite_of_the_call, empty),
	    cmocka_unit_test_setup(the_oldest_open_one_first, empty),
	    cmocka_unit_test_setup(silence_is_judged_once, empty),
	    cmocka_unit_test_setup(a_reset_begins_anew, empty),
	    cmocka_unit_test_setup(trunks_are_renumbered, empty),
	    cmocka_unit_test_setup(newer_calls_take_places, empty),
	    cmocka_unit_test_setup(serials_wrap, empty),
	    cmocka_unit_test_setup(goes_in_circles, empty),
	    cmocka_unit_test_setup(long_numbers_by_their_end, empty),
	    cmocka_unit_test(mixes_all),
	};

	return cmocka_run_group_tests_name("redirected", tests, NULL, NULL);
}
