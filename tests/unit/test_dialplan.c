/* test_dialplan: every way in which a telephone system writes a number, in the one form in which
 * numbers are compared; pilot numbers, attendants, and which plan a call belongs to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "conf/dialplan.h"

/* Berlin: 0 for the country, 00 for the world, extensions of four digits behind two numbers. */
#define BERLIN                                                               \
	"[dialplan berlin]\nextension_length = 4\n"                          \
	"country_code = 49\narea_code = 30\nnational_prefix = 0\n"           \
	"number_prefix = +49301234 +49891\npilot = 3500 +493012343501 *98\n" \
	"attendant = 2000 030.1234-2009\nplain_number = local\n"
/* Redmond: ten digits, 1 before them from farther away, 011 for the world, 9 for a line. */
#define REDMOND                                                               \
	"[dialplan redmond]\nextension_length = 5\ncountry_code = 1\n"        \
	"national_prefix = 1\ninternational_prefix = 011\noutside_line = 9\n" \
	"number_prefix = +142570\nplain_number = national\npilot = 70000\n"
/* A provider that writes E.164 without the +. */
#define BARE                                                                                    \
	"[dialplan bare]\nextension_length = 3\nplain_number = international\nnumber_prefix = " \
	"+4401\n"
/* Nothing is known but the length. */
#define PLAIN "[dialplan plain]\nextension_length = 4\ninternational_prefix =\n"

static struct conf *
read_plans(const char *plans)
{
	char errors_text[2048], text[4096];
	struct buf errors = BUF(errors_text), b = BUF(text);
	struct conf *c = NULL;

	buf_printf(&b, "[listen]\naddress = 192.0.2.1\n[trunk pbx]\nsource = 10.0.0.0/8\n%s",
		   plans);
	if (conf_read_text("test", (struct slice){b.p, b.n}, &errors, &c) != 0)
		fail_msg("%s", buf_cstr(&errors));
	return c;
}

static const struct {
	const char *plan, *raw, *form, *full;
} numbers[] = {
    /* extensions, and what leads to one */
    {"berlin", "2101", "2101", "+493012342101"},
    {"berlin", "+493012342101", "2101", "+493012342101"},
    {"berlin", "004930 1234-2101", "2101", "+493012342101"},
    {"berlin", "03012342101", "2101", "+493012342101"},
    {"berlin", "030/1234.2101", "2101", "+493012342101"},
    {"berlin", "(030) 1234 2101", "2101", "+493012342101"},
    {"berlin", "12342101", "2101", "+493012342101"},
    {"berlin", "+498912101", "2101", "+493012342101"},
    {"redmond", "71234", "71234", "+14257071234"},
    {"redmond", "+14257071234", "71234", "+14257071234"},
    {"redmond", "914257071234", "71234", "+14257071234"},
    {"bare", "4401123", "123", "+4401123"},
    /* outside callers */
    {"berlin", "+4917112345678", "+4917112345678", "+4917112345678"},
    {"berlin", "017112345678", "+4917112345678", "+4917112345678"},
    {"berlin", "0017112345678", "+17112345678", "+17112345678"},
    {"berlin", "5551234", "+49305551234", "+49305551234"},
    {"redmond", "94255551234", "+14255551234", "+14255551234"},
    {"redmond", "914255551234", "+14255551234", "+14255551234"},
    {"redmond", "9011493012342101", "+493012342101", "+493012342101"},
    {"redmond", "911", "911", ""},
    {"redmond", "4255551234", "4255551234", ""}, /* without the 9 it is not from outside */
    {"bare", "493012342101", "+493012342101", "+493012342101"},
    {"berlin", "112", "112", ""},
    {"plain", "017112345678", "017112345678", ""},
    {"plain", "+4917112345678", "+4917112345678", "+4917112345678"},
    {"plain", "2101", "2101", ""},
    /* what is no number stays as it came */
    {"berlin", "", "", ""},
    {"berlin", "+", "+", ""},
    {"berlin", "anna.b", "anna.b", ""},
    {"berlin", "*98", "*98", ""},
    {"berlin", "#31#2101", "#31#2101", ""},
    {"berlin", "+49-abc", "+49-abc", ""},
    {"berlin", "0049301234567890123", "0049301234567890123", ""}, /* more than E.164 has */
    {"berlin", "--", "--", ""},
};

static void
test_numbers(void **state)
{
	struct conf *c = read_plans(BERLIN REDMOND BARE PLAIN);

	(void)state;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		const struct dialplan_conf *plan = dialplan_find(c, numbers[i].plan);
		char form[DIALPLAN_NUMBER_MAX], again[DIALPLAN_NUMBER_MAX];
		char full[DIALPLAN_NUMBER_MAX];

		dialplan_number(plan, slice_str(numbers[i].raw), form);
		if (strcmp(form, numbers[i].form) != 0)
			print_error("%s: %s\n", numbers[i].plan, numbers[i].raw);
		assert_string_equal(form, numbers[i].form);
		dialplan_number(plan, slice_str(form), again);
		if (form[0] == '+' || dialplan_is_extension(plan, form))
			assert_string_equal(again, form);
		dialplan_full(plan, form, full);
		assert_string_equal(full, numbers[i].full);
	}
	free(c);
}

static void
test_cut(void **state)
{
	struct conf *c = read_plans(BERLIN);
	char longest[200], form[DIALPLAN_NUMBER_MAX];

	(void)state;
	memset(longest, '1', sizeof(longest));
	dialplan_number(&c->dialplan[0], (struct slice){longest, sizeof(longest)}, form);
	assert_int_equal(strlen(form), DIALPLAN_NUMBER_MAX - 1);
	free(c);
}

static void
test_lists(void **state)
{
	struct conf *c = read_plans(BERLIN);
	const struct dialplan_conf *plan = &c->dialplan[0];

	(void)state;
	assert_true(dialplan_is_pilot(plan, SLICE("3500")));
	assert_true(dialplan_is_pilot(plan, SLICE("+493012343500")));
	assert_true(dialplan_is_pilot(plan, SLICE("03012343501")));
	assert_true(dialplan_is_pilot(plan, SLICE("*98")));
	assert_false(dialplan_is_pilot(plan, SLICE("3502")));
	assert_false(dialplan_is_pilot(plan, SLICE("")));
	assert_true(dialplan_is_attendant(plan, SLICE("2000")));
	assert_true(dialplan_is_attendant(plan, SLICE("2009")));
	assert_false(dialplan_is_attendant(plan, SLICE("3500")));
	free(c);
}

static void
must_be(const struct conf *c, const char *own, const char *dialled, const char *plan)
{
	const struct dialplan_conf *got = dialplan_of(c, own, slice_str(dialled));

	assert_string_equal(got ? got->name : "", plan);
}

static void
test_which(void **state)
{
	struct conf *c = read_plans(BERLIN REDMOND);

	(void)state;
	must_be(c, "", "3500", "berlin");
	must_be(c, "", "0049 30 1234-3500", "berlin");
	must_be(c, "", "70000", "redmond");
	must_be(c, "", "914257070000", "redmond");
	must_be(c, "", "2101", "");
	must_be(c, "redmond", "3500", "redmond");
	must_be(c, "nowhere", "3500", "");
	free(c);
	c = read_plans(REDMOND);
	must_be(c, "", "2101", "redmond");
	free(c);
	c = read_plans("");
	must_be(c, "", "3500", "");
	free(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_numbers),
	    cmocka_unit_test(test_cut),
	    cmocka_unit_test(test_lists),
	    cmocka_unit_test(test_which),
	};

	return cmocka_run_group_tests_name("dialplan", tests, NULL, NULL);
}
