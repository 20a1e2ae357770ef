/* test_reach: the kernel is asked once, and again when its answer may be out of date. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "supervisor/reach.h"

static const struct mono start = {1000000000};
static struct reach reach;

static int
empty(void **state)
{
	(void)state;
	memset(&reach, 0, sizeof(reach));
	return 0;
}

static struct addr
addr(const char *text)
{
	struct addr a;

	assert_int_equal(addr_parse_ip(slice_str(text), 5060, &a), 0);
	return a;
}

static unsigned
known(void)
{
	unsigned n = 0;

	for (unsigned i = 0; i < REACH_PLACES; i++)
		n += mono_set(reach.place[i].until) ? 1 : 0;
	return n;
}

static void
asks_the_kernel(void **state)
{
	struct addr to = addr("127.20.255.9"), local;

	(void)state;
	assert_int_equal(reach_local(&reach, &to, start, &local), 0);
	assert_true(addr_is_loopback(&local));
	assert_int_equal(local.port, 0);
	to.port = 0;
	assert_int_equal(reach_local(&reach, &to, start, &local), 0);
	assert_int_equal(known(), 1); /* the port is not part of it */
	to = addr("::1");
	if (reach_local(&reach, &to, start, &local) == 0) /* a machine may be without IPv6 */
		assert_true(addr_ip_eq(&local, &to));
}

static void
remembers_for_a_while(void **state)
{
	const struct addr to = addr("127.20.255.9"), other = addr("192.0.2.77");
	struct addr local;

	(void)state;
	reach_local(&reach, &to, start, &local);
	reach.place[0].local = other; /* as if the routes had changed since */
	reach_local(&reach, &to, mono_add(start, REACH_MS - 1), &local);
	assert_true(addr_ip_eq(&local, &other));
	reach_local(&reach, &to, mono_add(start, REACH_MS), &local);
	assert_true(addr_is_loopback(&local));
}

static void
says_when_there_is_no_way(void **state)
{
	struct addr to = {.family = 77}, local;

	(void)state;
	assert_true(reach_local(&reach, &to, start, &local) < 0);
	assert_int_equal(known(), 0);
}

static void
is_bounded(void **state)
{
	struct addr local;

	(void)state;
	for (unsigned i = 0; i < 3 * REACH_PLACES; i++) {
		char text[ADDR_TEXT_MAX];
		snprintf(text, sizeof(text), "127.20.255.%u", i + 1);
		const struct addr to = addr(text);
		assert_int_equal(reach_local(&reach, &to, start, &local), 0);
	}
	assert_int_equal(known(), REACH_PLACES);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(asks_the_kernel, empty),
	    cmocka_unit_test_setup(remembers_for_a_while, empty),
	    cmocka_unit_test_setup(says_when_there_is_no_way, empty),
	    cmocka_unit_test_setup(is_bounded, empty),
	};

	return cmocka_run_group_tests_name("reach", tests, NULL, NULL);
}
