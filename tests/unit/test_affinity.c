/* test_affinity: the call table: states and their deadlines, counts that hold a drain, the bound,
 * dialog records. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "supervisor/affinity.h"

static const struct mono start = {1000000000};

static struct slice
id_of(unsigned n)
{
	static char text[32];

	snprintf(text, sizeof(text), "call-%u", n);
	return slice_str(text);
}

static uint64_t
key_of(const struct affinity *a, unsigned n)
{
	return affinity_key(a, id_of(n));
}

static struct call *
add(struct affinity *a, unsigned n, enum call_state s, uint32_t generation)
{
	bool evicted;

	return affinity_add(a, &(struct affinity_new_call){key_of(a, n), s, generation}, start,
			    &evicted);
}

static void
finds_and_forgets(void **state)
{
	struct affinity *a = affinity_new();
	struct call *c = add(a, 1, CALL_ROUTED, 7);

	(void)state;
	assert_ptr_equal(affinity_find(a, key_of(a, 1)), c);
	assert_null(affinity_find(a, key_of(a, 2)));
	affinity_set(a, c, CALL_UP, 7, start);
	affinity_expire(a, mono_add(start, 1000000000)); /* a call that is up has no deadline */
	assert_ptr_equal(affinity_find(a, key_of(a, 1)), c);
	assert_false(mono_set(affinity_next(a)));
	affinity_set(a, c, CALL_ENDED, 7, start);
	affinity_expire(a, mono_add(start, AFFINITY_LINGER_MS - 1));
	assert_non_null(affinity_find(a, key_of(a, 1)));
	affinity_expire(a, mono_add(start, AFFINITY_LINGER_MS));
	assert_null(affinity_find(a, key_of(a, 1)));
	affinity_free(a);
}

static void
counts_what_holds_a_worker(void **state)
{
	struct affinity *a = affinity_new();
	struct call *x = add(a, 1, CALL_ROUTED, 7), *y = add(a, 2, CALL_UP, 8);

	(void)state;
	affinity_trunk(a, x, 3);
	affinity_trunk(a, y, 3);
	add(a, 4, CALL_ENDED, 7);
	add(a, 5, CALL_ROUTED, 0); /* held */
	assert_int_equal(affinity_calls(a, 7), 1);
	assert_int_equal(affinity_calls(a, 8), 1);
	assert_int_equal(affinity_calls(a, 9), 0);
	assert_int_equal(affinity_calls(a, 0), 3);
	assert_int_equal(affinity_trunk_calls(a, 3), 2);
	affinity_set(a, x, CALL_ROUTED, 8, start); /* moved */
	assert_int_equal(affinity_calls(a, 7), 0);
	assert_int_equal(affinity_calls(a, 8), 2);
	affinity_set(a, x, CALL_ENDED, 8, start);
	affinity_set(a, y, CALL_ENDED, 8, start);
	assert_int_equal(affinity_calls(a, 8), 0);
	assert_int_equal(affinity_trunk_calls(a, 3), 0);
	affinity_free(a);
}

/* Many generations come and go; the tallies must not be confused by it. */
static void
counts_over_many_generations(void **state)
{
	struct affinity *a = affinity_new();

	(void)state;
	for (uint32_t g = 1; g < 100; g++) {
		struct call *c = add(a, g, CALL_UP, g);
		struct call *d = add(a, 1000 + g, CALL_UP, g + 1);
		assert_int_equal(affinity_calls(a, g), 1);
		assert_int_equal(affinity_calls(a, g + 1), 1);
		affinity_set(a, c, CALL_ENDED, g, start);
		affinity_set(a, d, CALL_ENDED, g + 1, start);
	}
	assert_int_equal(affinity_calls(a, 0), 0);
	affinity_free(a);
}

static void
is_bounded(void **state)
{
	struct affinity *a = affinity_new();
	bool evicted;

	(void)state;
	for (unsigned i = 0; i < AFFINITY_ENTRIES; i++)
		assert_non_null(add(a, i, i == 0 ? CALL_UP : CALL_ENDED, 7));
	/* the oldest that nobody needs goes; what is up stays */
	assert_non_null(
	    affinity_add(a, &(struct affinity_new_call){key_of(a, AFFINITY_ENTRIES), CALL_UP, 7},
			 start, &evicted));
	assert_true(evicted);
	assert_non_null(affinity_find(a, key_of(a, 0)));
	assert_null(affinity_find(a, key_of(a, 1)));
	assert_non_null(affinity_find(a, key_of(a, 2)));
	for (unsigned i = 1; i < AFFINITY_ENTRIES - 1; i++)
		assert_non_null(add(a, AFFINITY_ENTRIES + i, CALL_UP, 7));
	assert_null(affinity_add(a, &(struct affinity_new_call){key_of(a, 9999999), CALL_UP, 7},
				 start, &evicted));
	affinity_free(a);
}

static void
walks_and_changes(void **state)
{
	struct affinity *a = affinity_new();
	struct call_walk walk = {0};
	struct call *c;
	unsigned seen = 0;

	(void)state;
	for (unsigned i = 0; i < 10; i++)
		add(a, i, i % 2 ? CALL_UP : CALL_ROUTED, 7);
	add(a, 10, CALL_ENDED, 7);
	while ((c = affinity_walk(a, &walk))) {
		affinity_set(a, c, CALL_ENDED, 7, start);
		seen++;
	}
	assert_int_equal(seen, 10);
	assert_int_equal(affinity_calls(a, 0), 0);
	affinity_free(a);
}

static void
keeps_dialogs(void **state)
{
	struct affinity *a = affinity_new();
	struct call *c = add(a, 1, CALL_UP, 7);
	char big[DIALOG_TEXT + 1];

	(void)state;
	memset(big, 'x', sizeof(big));
	assert_null(affinity_dialog(a, c, false));
	struct dialog *d = affinity_dialog(a, c, true);
	assert_ptr_equal(affinity_dialog(a, c, false), d);
	d->target = dialog_keep(d, SLICE("sip:first@host"));
	assert_true(slice_eq(d->target, SLICE("sip:first@host")));
	/* a shorter one takes its place; any number of them fits */
	for (int i = 0; i < 1000; i++)
		assert_true(dialog_replace(d, &d->target, SLICE("sip:2@h")));
	assert_true(slice_eq(d->target, SLICE("sip:2@h")));
	assert_true(dialog_replace(d, &d->target, SLICE("sip:a-much-longer-one@host.example")));
	assert_true(slice_eq(d->target, SLICE("sip:a-much-longer-one@host.example")));
	assert_int_equal(dialog_keep(d, (struct slice){big, sizeof(big)}).n, 0);
	assert_false(dialog_replace(d, &d->target, (struct slice){big, sizeof(big)}));
	affinity_set(a, c, CALL_ENDED, 7, start);
	assert_null(affinity_dialog(a, c, false));
	/* given back, it is used again */
	assert_ptr_equal(affinity_dialog(a, add(a, 2, CALL_UP, 7), true), d);
	assert_int_equal(d->target.n, 0);
	affinity_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(finds_and_forgets),
	    cmocka_unit_test(counts_what_holds_a_worker),
	    cmocka_unit_test(counts_over_many_generations),
	    cmocka_unit_test(is_bounded),
	    cmocka_unit_test(walks_and_changes),
	    cmocka_unit_test(keeps_dialogs),
	};

	return cmocka_run_group_tests_name("affinity", tests, NULL, NULL);
}
