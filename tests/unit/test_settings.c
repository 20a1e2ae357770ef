/* test_settings: a call goes by what its trunk has as the kind of system it is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "tests/unit/given.h"
#include "worker/settings.h"

#define TEXT                                                             \
	"[listen]\naddress = 127.0.0.1\n"                                \
	"[trunk plain]\nsource = 10.0.0.1\n"                             \
	"[trunk found]\nsource = 10.0.0.2\nprofile = auto\nrefer = no\n" \
	"[trunk said]\nsource = 10.0.0.3\nprofile = avaya\ndiversion = x-nt-ocn-id\n"

static void
test_trunk_and_kind(void **state)
{
	struct conf *c = given_conf(TEXT);
	struct settings *s = settings_new(c);
	const struct trunk_conf *k;

	(void)state;
	k = settings_of(s, SLICE("plain"), SLICE("generic"));
	assert_string_equal(k->name, "plain");
	assert_int_equal(k->diversion[0], DIVERSION_DIVERSION);
	assert_int_equal(k->ndiversion, 4);
	/* as what it was recognised: the profile's row, but what the section says stays */
	k = settings_of(s, SLICE("found"), SLICE("avaya"));
	assert_int_equal(k->diversion[0], DIVERSION_HISTORY_INFO);
	assert_int_equal(k->refer, REFER_NO);
	assert_int_equal(k->profile, PROFILE_AVAYA);
	k = settings_of(s, SLICE("found"), SLICE("cs1000"));
	assert_int_equal(k->mwi, MWI_OFF);
	k = settings_of(s, SLICE("said"), SLICE("avaya"));
	assert_int_equal(k->diversion[0], DIVERSION_OCN_ID);
	assert_int_equal(k->ndiversion, 1);
	settings_free(s);
	free(c);
}

static void
test_worked_out_once(void **state)
{
	struct conf *c = given_conf(TEXT);
	struct settings *s = settings_new(c);
	const struct trunk_conf *k = settings_of(s, SLICE("found"), SLICE("cucm"));

	(void)state;
	assert_ptr_equal(settings_of(s, SLICE("found"), SLICE("cucm")), k);
	assert_ptr_not_equal(settings_of(s, SLICE("found"), SLICE("avaya")), k);
	/* outside of calls it is what its last call said */
	assert_ptr_equal(settings_known(s, 0), &c->trunk[0]);
	assert_int_equal(settings_known(s, 1)->profile, PROFILE_AVAYA);
	settings_free(s);
	free(c);
}

static void
test_unknown(void **state)
{
	struct conf *c = given_conf(TEXT);
	struct settings *s = settings_new(c);
	const struct trunk_conf *k = settings_of(s, SLICE("gone"), SLICE("cs1000"));

	(void)state;
	assert_string_equal(k->name, "");
	assert_int_equal(k->ndiversion, 4);
	assert_int_equal(k->refer, REFER_AUTO);
	assert_ptr_equal(settings_of(s, (struct slice){NULL, 0}, (struct slice){NULL, 0}), k);
	/* a word that this worker does not know: generic */
	k = settings_of(s, SLICE("plain"), SLICE("pbx-of-2040"));
	assert_int_equal(k->profile, PROFILE_GENERIC);
	assert_string_equal(k->name, "plain");
	settings_free(s);
	free(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_trunk_and_kind),
	    cmocka_unit_test(test_worked_out_once),
	    cmocka_unit_test(test_unknown),
	};

	return cmocka_run_group_tests_name("settings", tests, NULL, NULL);
}
