/* test_pending: copies, resends that double, deadlines, the bound. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "supervisor/pending.h"

static const struct mono start = {1000000000};
static const struct way way = {.door = 3};

static struct pending_item *
due(struct pending *p, int64_t ms)
{
	uint16_t cursor = 0;

	return pending_due(p, mono_add(start, ms), &cursor);
}

static void
resends_until_its_deadline(void **state)
{
	struct pending *p = pending_new(4);
	struct pending_item *i =
	    pending_add(p, PENDING_SENT, &way, SLICE("INVITE"), mono_add(start, 32000));
	static const int64_t at[] = {500, 1500, 3500, 7500, 11500};

	(void)state;
	assert_memory_equal(i->bytes, "INVITE", 6);
	assert_null(due(p, 20000)); /* not armed: only its deadline counts */
	pending_arm(i, start);
	for (unsigned k = 0; k < 5; k++) {
		assert_null(due(p, at[k] - 1));
		assert_ptr_equal(due(p, at[k]), i);
		pending_resent(i, mono_add(start, at[k]));
	}
	assert_ptr_equal(due(p, 32000), i);
	pending_drop(p, i);
	assert_null(due(p, 99999));
	assert_int_equal(pending_count(p), 0);
	pending_free(p);
}

static void
is_bounded(void **state)
{
	struct pending *p = pending_new(2);
	static char large[PENDING_BYTES + 1];

	(void)state;
	assert_null(pending_add(p, PENDING_HELD, &way, (struct slice){large, sizeof(large)},
				mono_add(start, 1)));
	struct pending_item *a = pending_add(p, PENDING_HELD, &way, SLICE("a"), mono_add(start, 1));
	struct pending_item *b = pending_add(p, PENDING_HELD, &way, SLICE("b"), mono_add(start, 1));
	assert_null(pending_add(p, PENDING_HELD, &way, SLICE("c"), mono_add(start, 1)));
	assert_ptr_equal(pending_at(p, pending_index(p, b)), b);
	assert_null(pending_at(p, 0));
	pending_drop(p, a);
	assert_ptr_equal(pending_add(p, PENDING_HELD, &way, SLICE("c"), mono_add(start, 1)), a);
	assert_int_equal(pending_count(p), 2);
	pending_free(p);
}

/* A late response must not end the BYE of another call that uses the same place. */
static void
names_each_use(void **state)
{
	struct pending *p = pending_new(1);
	struct pending_item *i =
	    pending_add(p, PENDING_BYE, &way, SLICE(""), mono_add(start, 32000));
	const uint32_t first = i->serial;

	(void)state;
	pending_fill(i, &way, SLICE("BYE"));
	assert_int_equal(i->n, 3);
	assert_ptr_equal(pending_own(p, first), i);
	pending_drop(p, i);
	assert_null(pending_own(p, first));
	i = pending_add(p, PENDING_BYE, &way, SLICE("BYE"), mono_add(start, 32000));
	assert_int_not_equal(i->serial, first);
	assert_null(pending_own(p, first));
	pending_free(p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(resends_until_its_deadline),
	    cmocka_unit_test(is_bounded),
	    cmocka_unit_test(names_each_use),
	};

	return cmocka_run_group_tests_name("pending", tests, NULL, NULL);
}
