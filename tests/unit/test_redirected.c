/* test_redirected: what was answered with a 302 is known for 32 s, and a newer call may take an
 * older one's place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "supervisor/redirected.h"

static const struct mono start = {1000000000};

static void
knows_it_for_a_while(void **state)
{
	static struct redirected r;

	(void)state;
	assert_null(
	    redirected_find(&r, 0, start)); /* an empty place is no call, whatever its key */
	redirected_add(&r, 77, 3, start);
	assert_int_equal(redirected_find(&r, 77, mono_add(start, REDIRECTED_MS - 1))->cseq, 3);
	assert_null(redirected_find(&r, 77, mono_add(start, REDIRECTED_MS)));
	assert_null(redirected_find(&r, 78, start));
}

static void
newer_calls_take_places(void **state)
{
	static struct redirected r;

	(void)state;
	redirected_add(&r, 5, 1, start);
	assert_null(redirected_find(&r, 5 + REDIRECTED_PLACES, start)); /* same place, other call */
	redirected_add(&r, 5 + REDIRECTED_PLACES, 2, start);
	assert_null(redirected_find(&r, 5, start));
	assert_int_equal(redirected_find(&r, 5 + REDIRECTED_PLACES, start)->cseq, 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(knows_it_for_a_while),
	    cmocka_unit_test(newer_calls_take_places),
	};

	return cmocka_run_group_tests_name("redirected", tests, NULL, NULL);
}
