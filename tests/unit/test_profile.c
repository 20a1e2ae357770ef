/* test_profile: every row of the profile table is right by the key table, what a section gives
 * wins, and what is printed reads back to the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/value.h"
#include "tests/unit/given.h"

static struct conf *
with_trunk(const char *lines)
{
	char text[1024];

	snprintf(text, sizeof(text),
		 "[listen]\naddress = 192.0.2.1\n[trunk pbx]\nsource = 10.0.0.1\n%s", lines);
	return given_conf(text);
}

/* conf_profile() aborts on a row that the key table does not understand. */
static void
test_every_row(void **state)
{
	struct conf *c = with_trunk("");

	(void)state;
	for (enum profile p = 0; p < PROFILE_COUNT; p++) {
		struct trunk_conf t;

		conf_profile(&c->trunk[0], p, &t);
		assert_int_equal(t.profile, p);
		assert_string_equal(t.name, "pbx");
		assert_int_equal(t.nsource, 1);
		assert_true(t.ndiversion > 0);
	}
	free(c);
}

static void
test_profile_fills_in(void **state)
{
	struct conf *c = with_trunk("profile = cs1000\n");

	(void)state;
	assert_int_equal(c->trunk[0].profile, PROFILE_CS1000);
	assert_int_equal(c->trunk[0].mode, TRUNK_PROXY);
	assert_int_equal(c->trunk[0].contact_style, CONTACT_NRS);
	assert_int_equal(c->trunk[0].outage_code, 480);
	assert_int_equal(c->trunk[0].mwi, MWI_OFF);
	free(c);
	c = with_trunk("profile = asterisk\n");
	assert_int_equal(c->trunk[0].outage, OUTAGE_SILENCE);
	free(c);
}

/* Before or after the profile's line. */
static void
test_what_is_given_wins(void **state)
{
	struct conf *c = with_trunk("mode = redirect\nprofile = cs1000\noutage_code = 500\n");
	struct trunk_conf t;

	(void)state;
	assert_int_equal(c->trunk[0].mode, TRUNK_REDIRECT);
	assert_int_equal(c->trunk[0].outage_code, 500);
	assert_int_equal(c->trunk[0].contact_style, CONTACT_NRS);
	conf_profile(&c->trunk[0], PROFILE_ASTERISK, &t);
	assert_int_equal(t.mode, TRUNK_REDIRECT);
	assert_int_equal(t.outage, OUTAGE_SILENCE);
	assert_int_equal(t.contact_style, CONTACT_IP);
	free(c);
}

/* What follows from the profile is printed as a comment: auto can still become another. */
static void
test_printed_and_read_again(void **state)
{
	struct conf *c = with_trunk("outage_code = 503\n"), *again;
	char *text = conf_print(c);
	const char *name;
	struct trunk_conf t;

	(void)state;
	assert_non_null(strstr(text, "\noutage_code = 503\n"));
	assert_non_null(strstr(text, "\n#mode = auto\n"));
	again = given_conf(text);
	assert_int_equal(again->trunk[0].given, c->trunk[0].given);
	assert_int_equal(conf_compare(c, again, &name), CONF_SAME);
	conf_profile(&again->trunk[0], PROFILE_CS1000, &t);
	assert_int_equal(t.outage_code, 503);
	assert_int_equal(t.mode, TRUNK_PROXY);
	free(again);
	again = with_trunk("");
	assert_int_equal(conf_compare(c, again, &name), CONF_LIVE);
	assert_string_equal(name, "trunk.outage_code");
	free(again);
	free(text);
	free(c);
}

/* um-ctl shows each setting with where it comes from. */
static void
test_origins(void **state)
{
	struct conf *c = with_trunk("profile = cs1000\nmwi = full\n");
	const struct trunk_conf *t = &c->trunk[0];
	char text[256];
	struct buf value = BUF(text);
	size_t n = 0;

	(void)state;
	assert_int_equal(conf_trunk_origin(t, "mwi"), CONF_GIVEN);
	assert_int_equal(conf_trunk_origin(t, "profile"), CONF_GIVEN);
	assert_int_equal(conf_trunk_origin(t, "mode"), CONF_PROFILE);
	assert_int_equal(conf_trunk_origin(t, "reuse"), CONF_DEFAULT);
	assert_string_equal(conf_trunk_setting(t, 0, &value), "profile");
	assert_string_equal(buf_cstr(&value), "cs1000");
	for (value.n = 0; conf_trunk_setting(t, n, &value); value.n = 0)
		n++;
	for (size_t i = 0; i < conf_nkeys; i++)
		n -= keys_is_trunk(&conf_keys[i]) ? 1 : 0;
	assert_int_equal(n, 0);
	free(c);
}

static char *
read_doc(void)
{
	static char text[32768];
	FILE *f = fopen("docs/pbx/README.md", "r");

	assert_non_null(f);
	text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
	fclose(f);
	return text;
}

/* docs/pbx/README.md has each setting of each profile in its table, and no other. */
static void
test_the_table_in_the_docs(void **state)
{
	struct conf *c = with_trunk("");
	const char *doc = read_doc(), *key;
	unsigned rows = 0, settings = 0;
	struct trunk_conf t;

	(void)state;
	for (enum profile p = 0; p < PROFILE_AUTO; p++) {
		char name[64];
		conf_profile(&c->trunk[0], p, &t);
		snprintf(name, sizeof(name), "\n| `%s` | `", profile_name(p));
		for (const char *at = doc; (at = strstr(at, name)); at++)
			rows++;
		snprintf(name, sizeof(name), "| `%s` |", profile_name(p));
		assert_non_null(strstr(doc, name));
		for (size_t i = 0;; i++) {
			char value_text[256], row[512];
			struct buf value = BUF(value_text);
			if (!(key = conf_trunk_setting(&t, i, &value)))
				break;
			if (conf_trunk_origin(&t, key) != CONF_PROFILE)
				continue;
			settings++;
			snprintf(row, sizeof(row), "\n| `%s` | `%s` | `%s` | ", profile_name(p),
				 key, buf_cstr(&value));
			if (!strstr(doc, row))
				fail_msg("docs/pbx/README.md has no row %s", row + 1);
		}
	}
	assert_int_equal(rows, settings);
	assert_true(settings > 15);
	free(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_every_row),
	    cmocka_unit_test(test_profile_fills_in),
	    cmocka_unit_test(test_what_is_given_wins),
	    cmocka_unit_test(test_printed_and_read_again),
	    cmocka_unit_test(test_origins),
	    cmocka_unit_test(test_the_table_in_the_docs),
	};

	return cmocka_run_group_tests_name("profile", tests, NULL, NULL);
}
