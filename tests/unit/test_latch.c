/* test_latch: who may put sound into a call, and who may draw it away. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "tests/unit/given.h"
#include "worker/latch.h"

static bool
take(struct latch *l, const char *from, int64_t ms)
{
	struct addr a = given_addr(from);
	return latch_take(l, &a, (struct mono){1 + ms * 1000000});
}

static void
begin(struct latch *l, const char *signalled, int64_t ms)
{
	struct addr a = given_addr(signalled);
	latch_signal(l, &a, (struct mono){1 + ms * 1000000});
}

static void
target_is(const struct latch *l, const char *want)
{
	char text[ADDR_TEXT_MAX];
	assert_string_equal(addr_text(latch_target(l), text), want);
}

static void
test_as_signalled(void **state)
{
	struct latch l = {0};
	(void)state;
	assert_false(take(&l, "192.0.2.1:1000", 0)); /* nothing negotiated */
	begin(&l, "192.0.2.1:1000", 0);
	target_is(&l, "192.0.2.1:1000");
	assert_false(take(&l, "192.0.2.66:1000", 5000)); /* a stranger, however late */
	assert_true(take(&l, "192.0.2.1:1000", 5000));
	assert_false(take(&l, "192.0.2.66:1000", 50000));
	target_is(&l, "192.0.2.1:1000");
}

/* The right host, but another port than it said: symmetric RTP. */
static void
test_other_port(void **state)
{
	struct latch l = {0};
	(void)state;
	begin(&l, "192.0.2.1:1000", 0);
	assert_true(take(&l, "192.0.2.1:2000", 20));
	target_is(&l, "192.0.2.1:2000");
	assert_false(take(&l, "192.0.2.1:3000", 40)); /* another call's */
	assert_true(take(&l, "192.0.2.1:1000", 60));  /* as signalled after all */
	target_is(&l, "192.0.2.1:1000");
	assert_false(take(&l, "192.0.2.1:3000", 1059));
	assert_true(take(&l, "192.0.2.1:3000", 1060)); /* the old port has fallen silent */
	target_is(&l, "192.0.2.1:3000");
}

static void
test_behind_nat(void **state)
{
	struct latch l = {0};
	(void)state;
	begin(&l, "10.1.1.1:1000", 0);
	assert_false(take(&l, "203.0.113.5:4000", 199)); /* the inner address may speak first */
	assert_true(take(&l, "203.0.113.5:4000", 200));
	target_is(&l, "203.0.113.5:4000");
	assert_false(take(&l, "203.0.113.6:4000", 90000)); /* once and for good */
	assert_false(take(&l, "203.0.113.5:4001", 90000));
	assert_true(take(&l, "10.1.1.1:1000", 90020)); /* it can be reached after all */
	target_is(&l, "10.1.1.1:1000");
	assert_false(take(&l, "203.0.113.5:4000", 99999));
}

static void
test_inner_address_speaks_first(void **state)
{
	struct latch l = {0};
	(void)state;
	begin(&l, "10.1.1.1:1000", 0);
	assert_true(take(&l, "10.1.1.1:1000", 20));
	assert_false(take(&l, "203.0.113.5:4000", 5000));
}

static void
test_renegotiated(void **state)
{
	static const struct addr nowhere;
	struct latch l = {0};
	(void)state;
	begin(&l, "192.0.2.1:1000", 0);
	assert_true(take(&l, "192.0.2.1:2000", 20));
	begin(&l, "192.0.2.1:1000", 1000); /* a session refresh changes nothing */
	target_is(&l, "192.0.2.1:2000");
	begin(&l, "192.0.2.2:1000", 2000); /* moved */
	target_is(&l, "192.0.2.2:1000");
	assert_false(take(&l, "192.0.2.1:2000", 2020));
	latch_signal(&l, &nowhere, (struct mono){1}); /* held */
	assert_false(take(&l, "192.0.2.2:1000", 3000));
	assert_int_equal(latch_target(&l)->family, 0);
}

static void
test_where_nothing_goes(void **state)
{
	static const struct {
		const char *to, *local;
		bool may;
	} rows[] = {
	    {"192.0.2.1:1000", "192.0.2.20:20000", true},
	    {"10.0.0.1:1000", "192.0.2.20:20000", true},
	    {"[2001:db8::1]:1000", "[2001:db8::20]:20000", true},
	    {"127.0.0.1:5060", "192.0.2.20:20000", false},
	    {"127.0.0.65:5065", "192.0.2.20:20000", false},
	    {"[::1]:5060", "[2001:db8::20]:20000", false},
	    {"127.0.0.2:1000", "127.0.0.1:20000", true},
	    {"[::1]:1000", "[::1]:20000", true},
	    {"224.0.1.75:1000", "192.0.2.20:20000", false},
	    {"255.255.255.255:1000", "192.0.2.20:20000", false},
	    {"[ff02::1]:1000", "[2001:db8::20]:20000", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct addr to = given_addr(rows[i].to), local = given_addr(rows[i].local);
		if (latch_may_send(&to, &local) != rows[i].may)
			fail_msg("%s from %s", rows[i].to, rows[i].local);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_as_signalled), cmocka_unit_test(test_other_port),
	    cmocka_unit_test(test_behind_nat),   cmocka_unit_test(test_inner_address_speaks_first),
	    cmocka_unit_test(test_renegotiated), cmocka_unit_test(test_where_nothing_goes),
	};
	return cmocka_run_group_tests_name("latch", tests, NULL, NULL);
}
