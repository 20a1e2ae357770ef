/* test_mailaddr: addresses that may stand in MAIL FROM, and texts that may not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "ipc/base/mailaddr.h"

#define L63 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static void
test_good(void **state)
{
	static const char *const good[] = {
	    "a@b",
	    "o'brien+x/y=z@mail.example.com",
	    "\"a b@c \\\"d\\\"\"@example.com",
	    "x@[192.0.2.1]",
	    "x@[IPv6:2001:db8::1]",
	    L63 "a@" L63 ".example",
	    "a.b.c@1-2.example",
	};
	struct slice local;
	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		if (!mailaddr_ok(slice_str(good[i]), NULL))
			fail_msg("refused: %s", good[i]);
	assert_true(mailaddr_ok(SLICE("\"a@b\"@c.example"), &local));
	assert_true(slice_eq(local, SLICE("\"a@b\"")));
}

static void
test_bad(void **state)
{
	static const char *const bad[] = {
	    "",        "a",           "@b",         "a@",         "a@@b",     "a b@c",
	    ".a@b",    "a.@b",        "a..b@c",     "a@-b",       "a@b-",     "a@b..c",
	    "a@b.",    "a@.b",        "a@b_c",      "a@b c",      "a@b,c@d",  "<a@b>",
	    "a\r\n@b", "a@b\n",       "\"a\"b\"@c", "\"a\\\"@c",  "\"\"@c",   "\"a\\\\\"b\"@c",
	    "a@[",     "a@[1.2.3.4>", "\xc3\xa9@b", "a@\xc3\xa9", L63 "aa@b", "a@" L63 "a.b",
	};
	char longest[MAILADDR_MAX + 8];
	struct buf b = BUF(longest);
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (mailaddr_ok(slice_str(bad[i]), NULL))
			fail_msg("accepted: %s", bad[i]);
	assert_false(mailaddr_ok((struct slice){"a\0b@c", 5}, NULL));
	buf_str(&b, "a@");
	while (b.n < MAILADDR_MAX)
		buf_str(&b, "a.");
	buf_str(&b, "b");
	assert_false(mailaddr_ok((struct slice){b.p, b.n}, NULL));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_good),
	    cmocka_unit_test(test_bad),
	};
	return cmocka_run_group_tests_name("mailaddr", tests, NULL, NULL);
}
