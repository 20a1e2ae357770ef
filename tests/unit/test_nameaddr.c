/* test_nameaddr: values that name somebody, in the forms that PBXs write them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "worker/nameaddr.h"

static void
test_numbers(void **state)
{
	static const struct {
		const char *user, *number;
	} cases[] = {
	    {"3500;phone-context=cdp.udp", "3500"},
	    {"%2B49%2030", "+4930"},
	    {"bob:secret", "bob"},
	    {"a%0d%0ab", "ab"},
	    {"100%", "100%"},
	    {"100%4", "100%4"},
	    {"100%zz", "100%zz"},
	    {"%23123", "#123"},
	    {"", ""},
	};
	char out[64], tiny[4];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		nameaddr_number(slice_str(cases[i].user), out, sizeof(out));
		assert_string_equal(out, cases[i].number);
	}
	nameaddr_number(SLICE("123456"), tiny, sizeof(tiny));
	assert_string_equal(tiny, "123");
}

static void
test_uri_users(void **state)
{
	static const struct {
		const char *value, *user;
	} cases[] = {
	    {"<sip:1@x>;p=1", "1"},
	    {"\"A <sip:9@y>\" <sips:1@x>", "1"},
	    {"\"quote \\\" <sip:9@y>\" <SIP:1@x>", "1"},
	    {"sip:1@x;tag=5", "1"},
	    {"Name <sip:1;a=b@x;c=d?e=f>", "1;a=b"},
	    {"<sip:x>", ""},
	    {"<http://u@x>", ""},
	    {"<sip:1@x", "1"},
	    {"\"unclosed <sip:1@x>", ""},
	    {"<", ""},
	    {"\"\\", ""},
	    {",", ""},
	    {"", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct slice user = nameaddr_user(slice_str(cases[i].value));

		assert_true(slice_eq(user, slice_str(cases[i].user)));
	}
}

static void
test_lists(void **state)
{
	static const char *const values[] = {"\"Miller, J\" <sip:1@x>;a=b", "<sip:2,3@x?h=a,b>",
					     "sip:4@x"};
	struct slice list = SLICE(" , \"Miller, J\" <sip:1@x>;a=b,<sip:2,3@x?h=a,b> ,, sip:4@x ,");
	struct slice value;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		assert_true(nameaddr_next(&list, &value));
		assert_true(slice_eq(value, slice_str(values[i])));
	}
	assert_false(nameaddr_next(&list, &value));
}

static void
test_params(void **state)
{
	static const struct {
		const char *value, *name, *text; /* NULL: not there */
	} cases[] = {
	    {"<sip:1@x;index=9>;index=1.2;mp=1", "index", "1.2"},
	    {"<sip:1@x>;INDEX = 1.2 ;mp=1", "index", "1.2"},
	    {"<sip:1@x>;index=1;mp", "mp", ""},
	    {"<sip:1@x>;lamp=1", "mp", NULL},
	    {"sip:1@x;index=4", "index", "4"},
	    {"<sip:1@x", "index", NULL},
	    {"", "index", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct slice params = nameaddr_params(slice_str(cases[i].value)), v;
		const bool there = nameaddr_param(params, cases[i].name, &v);

		assert_int_equal(there, cases[i].text != NULL);
		if (there)
			assert_true(slice_eq(v, slice_str(cases[i].text)));
	}
}

static void
test_escape(void **state)
{
	char text[64], back[64];
	struct buf b = BUF(text), u = BUF(back);

	(void)state;
	nameaddr_escape("a b;c@d\r\n#*+1", &b);
	assert_string_equal(buf_cstr(&b), "a%20b%3Bc%40d%0D%0A%23*+1");
	nameaddr_unescape((struct slice){b.p, b.n}, &u);
	assert_string_equal(buf_cstr(&u), "a b;c@d\r\n#*+1");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_numbers), cmocka_unit_test(test_uri_users),
	    cmocka_unit_test(test_lists),   cmocka_unit_test(test_params),
	    cmocka_unit_test(test_escape),
	};

	return cmocka_run_group_tests_name("nameaddr", tests, NULL, NULL);
}
