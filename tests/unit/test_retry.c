/* test_retry: the schedule, the fates, and the gate of an outage. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "worker/retry.h"

static struct mono
at(int64_t s)
{
	return mono_add((struct mono){1}, s * 1000);
}

static void
test_schedule(void **state)
{
	static const int64_t want[] = {0, 30, 60, 120, 300, 600, 600, 600};
	(void)state;
	for (unsigned i = 0; i < sizeof(want) / sizeof(want[0]); i++)
		assert_int_equal(retry_pause(i), want[i] * 1000);
	assert_int_equal(retry_pause(UINT32_MAX), 600000);
}

static void
test_fate(void **state)
{
	const int64_t days = 24 * 3600, expire = 5 * days * 1000;
	(void)state;
	assert_int_equal(retry_fate(OUTCOME_DELIVERED, 9 * days, expire), FATE_DONE);
	assert_int_equal(retry_fate(OUTCOME_NEVER, 0, expire), FATE_BAD);
	assert_int_equal(retry_fate(OUTCOME_LATER, 5 * days, expire), FATE_AGAIN);
	assert_int_equal(retry_fate(OUTCOME_OUTAGE, 5 * days, expire), FATE_AGAIN);
	assert_int_equal(retry_fate(OUTCOME_LATER, 5 * days + 1, expire), FATE_BAD);
	assert_int_equal(retry_fate(OUTCOME_OUTAGE, 5 * days + 1, expire), FATE_BAD);
	assert_int_equal(retry_fate(OUTCOME_LATER, -3600, expire), FATE_AGAIN);
}

static void
test_gate(void **state)
{
	struct retry_gate g = {0};
	struct mono until;
	(void)state;
	assert_true(retry_gate_open(&g, at(0), &until));
	assert_false(retry_gate_tried(&g, OUTCOME_LATER, at(0)));
	assert_true(retry_gate_open(&g, at(0), &until));
	assert_false(retry_gate_tried(&g, OUTCOME_OUTAGE, at(0)));
	assert_false(retry_gate_open(&g, at(29), &until));
	assert_int_equal(until.ns, at(30).ns);
	assert_true(retry_gate_open(&g, at(30), &until));
	assert_false(retry_gate_tried(&g, OUTCOME_OUTAGE, at(30)));
	assert_false(retry_gate_open(&g, at(89), &until));
	retry_gate_knock(&g, at(39)); /* too soon */
	assert_false(retry_gate_open(&g, at(39), &until));
	retry_gate_knock(&g, at(40));
	assert_true(retry_gate_open(&g, at(40), &until));
	assert_true(retry_gate_tried(&g, OUTCOME_NEVER, at(40)));
	assert_true(retry_gate_open(&g, at(40), &until));
	assert_false(retry_gate_tried(&g, OUTCOME_DELIVERED, at(41)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_schedule),
	    cmocka_unit_test(test_fate),
	    cmocka_unit_test(test_gate),
	};
	return cmocka_run_group_tests_name("retry", tests, NULL, NULL);
}
