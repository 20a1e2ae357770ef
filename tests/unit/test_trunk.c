/* test_trunk: source matching, rate limits, and what a trunk in mode auto teaches. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "supervisor/trunk.h"
#include "tests/unit/given.h"

static const struct mono start = {1000000000};
static const time_t wall = 1700000000;

#define FILE_TEXT                                                                             \
	"[listen]\naddress = 192.0.2.20\n"                                                    \
	"[trunk wide]\nsource = 10.0.0.0/8\nmode = proxy\n"                                   \
	"[trunk narrow]\nsource = 10.1.0.0/16 2001:db8::/32\nmode = redirect\nmax_rate = 2\n" \
	"[trunk learns]\nsource = 10.2.3.4\nmode = auto\n"

static const char *
name_at(struct trunks *t, const char *ip)
{
	struct addr a;

	assert_int_equal(addr_parse_ip(slice_str(ip), 5060, &a), 0);
	const struct trunk *k = trunks_find(t, &a);
	return k ? k->conf->name : "-";
}

static void
finds_the_longest_block(void **state)
{
	static struct trunks t;
	struct conf *c = given_conf(FILE_TEXT);

	(void)state;
	trunks_init(&t, c, NULL, NULL);
	assert_string_equal(name_at(&t, "10.9.9.9"), "wide");
	assert_string_equal(name_at(&t, "10.1.9.9"), "narrow");
	assert_string_equal(name_at(&t, "10.2.3.4"), "learns");
	assert_string_equal(name_at(&t, "2001:db8::7"), "narrow");
	assert_string_equal(name_at(&t, "192.0.2.1"), "-");
	assert_string_equal(trunks_by_name(&t, SLICE("wide"))->via, ";k=wide;p=generic");
	free(c);
}

#define WAYS_OUT                                                                            \
	"[listen]\naddress = 192.0.2.20\n"                                                  \
	"[trunk wide]\nsource = 10.0.0.0/8\naddress = off\ndomain = wide.example\n"         \
	"[trunk one]\nsource = 10.1.0.1\naddress = 192.0.2.10:5060\ndomain = pbx.example\n" \
	"[trunk two]\nsource = 10.2.0.1\naddress = 192.0.2.10:5070\ndomain = two.example\n"

static const char *
name_towards(struct trunks *t, const char *ip, uint16_t port)
{
	struct addr a;
	const struct trunk *k;

	if (addr_parse_ip(slice_str(ip), port, &a))
		k = trunks_towards(t, NULL, slice_str(ip));
	else
		k = trunks_towards(t, &a, slice_str(ip));
	return k ? k->conf->name : "-";
}

/* Whose address it is counts more than whose source; a domain without an address names nobody. */
static void
finds_whom_to_send_to(void **state)
{
	static struct trunks t;
	struct conf *c = given_conf(WAYS_OUT);

	(void)state;
	trunks_init(&t, c, NULL, NULL);
	assert_string_equal(name_towards(&t, "192.0.2.10", 5070), "two");
	assert_string_equal(name_towards(&t, "192.0.2.10", 5060), "one");
	assert_string_equal(name_towards(&t, "192.0.2.10", 5099), "one");
	assert_string_equal(name_towards(&t, "10.2.0.1", 5060), "two");
	assert_string_equal(name_towards(&t, "10.9.9.9", 5060), "wide");
	assert_string_equal(name_towards(&t, "192.0.2.11", 5060), "-");
	assert_string_equal(name_towards(&t, "PBX.Example", 5060), "one");
	assert_string_equal(name_towards(&t, "wide.example", 5060), "-");
	assert_string_equal(name_towards(&t, "", 5060), "-");
	free(c);
}

static void
limits_the_rate(void **state)
{
	static struct trunks t;
	struct conf *c = given_conf(FILE_TEXT);

	(void)state;
	trunks_init(&t, c, NULL, NULL);
	struct trunk *k = trunks_by_name(&t, SLICE("narrow"));
	assert_true(trunk_admit(k, start));
	assert_true(trunk_admit(k, start));
	assert_false(trunk_admit(k, mono_add(start, 999)));
	assert_true(trunk_admit(k, mono_add(start, 1000)));
	free(c);
}

static void
learns_once(void **state)
{
	static struct trunks t;
	struct conf *c = given_conf(FILE_TEXT);

	(void)state;
	trunks_init(&t, c, NULL, NULL);
	struct trunk *k = trunks_by_name(&t, SLICE("learns"));
	assert_int_equal(trunk_mode_now(k), TRUNK_REDIRECT);
	assert_true(trunk_unfollowed(&t, k, wall));
	assert_int_equal(trunk_mode_now(k), TRUNK_PROXY);
	assert_non_null(strstr(k->why, "302 not followed"));
	assert_true(t.dirty);
	t.dirty = false;
	assert_false(trunk_unfollowed(&t, k, wall));
	assert_false(trunk_looped(&t, k, wall));
	assert_non_null(strstr(k->why, "302 not followed"));
	assert_false(t.dirty);
	free(c);
}

static void
only_auto_learns(void **state)
{
	static struct trunks t;
	struct conf *c = given_conf(FILE_TEXT);

	(void)state;
	trunks_init(&t, c, NULL, NULL);
	struct trunk *k = trunks_by_name(&t, SLICE("narrow"));
	assert_false(trunk_looped(&t, k, wall));
	assert_false(trunk_unfollowed(&t, k, wall));
	assert_int_equal(trunk_mode_now(k), TRUNK_REDIRECT);
	free(c);
}

/* What was learned outlives a restart, a reload that moves the trunks, and not a reset. */
static void
keeps_what_it_learned(void **state)
{
	static struct trunks t, again;
	static uint16_t map[CONF_TRUNKS];
	struct conf *c = given_conf(FILE_TEXT);
	struct conf *moved =
	    given_conf("[listen]\naddress = 192.0.2.20\n[trunk learns]\nsource = "
		       "10.2.3.4\nmode = auto\n[trunk new]\nsource = 10.3.0.0/16\n");
	char text[1024];
	struct buf b = BUF(text);

	(void)state;
	trunks_init(&t, c, NULL, NULL);
	trunk_looped(&t, trunks_by_name(&t, SLICE("learns")), wall);
	trunks_print(&t, &b);
	trunks_init(&again, c, NULL, NULL);
	assert_int_equal(trunks_load(&again, (struct slice){text, b.n}), 0);
	struct trunk *k = trunks_by_name(&again, SLICE("learns"));
	assert_int_equal(trunk_mode_now(k), TRUNK_PROXY);
	assert_non_null(strstr(k->why, "came back"));
	assert_int_equal(
	    trunks_load(&again, SLICE("wide proxy 1 x\nnobody proxy 1 x\nlearns proxy z\n\n")), 3);

	trunks_init(&t, moved, &again, map);
	assert_int_equal(trunk_mode_now(trunks_by_name(&t, SLICE("learns"))), TRUNK_PROXY);
	assert_int_equal(map[2], 0);
	assert_int_equal(map[0], TRUNK_NONE);

	assert_int_equal(trunks_reset(&t, SLICE("learns")), 0);
	assert_true(t.dirty);
	assert_int_equal(trunk_mode_now(trunks_by_name(&t, SLICE("learns"))), TRUNK_REDIRECT);
	assert_int_not_equal(trunks_reset(&t, SLICE("nobody")), 0);
	free(c);
	free(moved);
}

#define KINDS                                                        \
	"[listen]\naddress = 192.0.2.20\n"                           \
	"[trunk plain]\nsource = 10.0.0.1\n"                         \
	"[trunk auto]\nsource = 10.0.0.2\nmode = auto\nmwi = full\n" \
	"[trunk named]\nsource = 10.0.0.3\nprofile = cs1000\n"       \
	"[trunk fixed]\nsource = 10.0.0.4\nmode = redirect\n"

static struct trunk *
trunk_of(struct trunks *t, const char *name)
{
	return trunks_by_name(t, slice_str(name));
}

static bool
recognise(struct trunks *t, const char *name, enum profile p)
{
	return trunk_recognise(t, trunk_of(t, name), p, SLICE("User-Agent \"X\""), wall);
}

/* What it is recognised as decides what its section does not, its mode too; what the worker is told
 * follows. */
static void
a_recognised_trunk_has_its_profile(void **state)
{
	static struct trunks t;
	struct conf *c = given_conf(KINDS);
	char text[256];
	struct buf b = BUF(text);

	(void)state;
	trunks_init(&t, c, NULL, NULL);
	struct trunk *k = trunk_of(&t, "plain");
	assert_string_equal(k->via, ";k=plain;p=generic");
	assert_int_equal(trunk_profile(k), PROFILE_GENERIC);
	assert_string_equal(k->why, "auto: nothing learned yet");
	assert_true(recognise(&t, "plain", PROFILE_CS1000));
	assert_true(t.dirty);
	assert_string_equal(k->via, ";k=plain;p=cs1000");
	assert_int_equal(trunk_profile(k), PROFILE_CS1000);
	assert_int_equal(k->conf->contact_style, CONTACT_NRS);
	assert_int_equal(trunk_mode_now(k), TRUNK_PROXY);
	assert_string_equal(k->why, "profile cs1000, recognised by User-Agent \"X\"");
	assert_int_equal(trunk_said(&t, k)->profile, PROFILE_AUTO);
	trunk_changes(&t, k, &b);
	assert_string_equal(buf_cstr(&b), "mode = proxy, contact_style = nrs, outage_code = 480, "
					  "mwi = off");
	assert_false(recognise(&t, "plain", PROFILE_AVAYA));

	assert_true(recognise(&t, "auto", PROFILE_CS1000));
	k = trunk_of(&t, "auto");
	assert_int_equal(k->conf->mode, TRUNK_AUTO);
	assert_int_equal(k->conf->mwi, MWI_FULL);
	assert_int_equal(k->conf->outage_code, 480);
	assert_int_equal(trunk_mode_now(k), TRUNK_PROXY);
	assert_string_equal(k->why, "auto: a cs1000 follows no 302");

	assert_false(recognise(&t, "named", PROFILE_AVAYA));
	assert_string_equal(trunk_of(&t, "named")->why, "profile cs1000");
	assert_string_equal(trunk_of(&t, "named")->via, ";k=named;p=cs1000");
	assert_true(recognise(&t, "fixed", PROFILE_ASTERISK));
	assert_int_equal(trunk_mode_now(trunk_of(&t, "fixed")), TRUNK_REDIRECT);
	assert_string_equal(trunk_of(&t, "fixed")->why, "configured");
	b.n = 0;
	assert_false(recognise(&t, "fixed", PROFILE_CUCM));
	trunk_changes(&t, trunk_of(&t, "named"), &b);
	assert_int_equal(b.n, 0);
	free(c);
}

/* A call that was redirected before its sender was recognised teaches nothing any more. */
static void
what_it_is_counts_more_than_what_it_did(void **state)
{
	static struct trunks t;
	struct conf *c = given_conf(KINDS);

	(void)state;
	trunks_init(&t, c, NULL, NULL);
	assert_true(recognise(&t, "plain", PROFILE_CS1000));
	assert_false(trunk_unfollowed(&t, trunk_of(&t, "plain"), wall));
	assert_true(recognise(&t, "auto", PROFILE_CUCM));
	assert_true(trunk_unfollowed(&t, trunk_of(&t, "auto"), wall));
	free(c);
}

static void
looks_only_so_often(void **state)
{
	static struct trunks t;
	struct conf *c = given_conf(KINDS);
	int looked = 0;

	(void)state;
	trunks_init(&t, c, NULL, NULL);
	assert_false(trunk_look(trunk_of(&t, "named"), true));
	struct trunk *k = trunk_of(&t, "plain");
	while (trunk_look(k, true))
		looked++;
	assert_int_equal(looked, TRUNK_LOOKS_INVITE);
	assert_true(trunk_look(k, false));
	assert_int_equal(trunks_reset(&t, SLICE("plain")), 0);
	assert_true(trunk_look(k, true));
	recognise(&t, "plain", PROFILE_CUCM);
	assert_false(trunk_look(k, true) || trunk_look(k, false));
	free(c);
}

/* Over a reload as long as it is still to be found out, and over a restart; not over a reset. */
static void
remembers_whom_it_recognised(void **state)
{
	static struct trunks t, moved;
	struct conf *c = given_conf(KINDS);
	struct conf *d = given_conf("[listen]\naddress = 192.0.2.20\n"
				    "[trunk auto]\nsource = 10.0.0.2\nprofile = cucm\n"
				    "[trunk plain]\nsource = 10.0.0.1\noutage_code = 500\n");
	char text[1024];
	struct buf b = BUF(text);

	(void)state;
	trunks_init(&t, c, NULL, NULL);
	recognise(&t, "plain", PROFILE_CS1000);
	recognise(&t, "auto", PROFILE_CS1000);
	trunk_looped(&t, trunk_of(&t, "auto"), wall);
	trunks_print(&t, &b);
	trunks_init(&moved, d, &t, NULL);
	struct trunk *k = trunk_of(&moved, "plain");
	assert_ptr_equal(k->conf, &k->own);
	assert_int_equal(trunk_profile(k), PROFILE_CS1000);
	assert_int_equal(k->conf->outage_code, 500);
	assert_string_equal(k->evidence, "User-Agent \"X\"");
	assert_int_equal(trunk_profile(trunk_of(&moved, "auto")), PROFILE_CUCM);
	assert_int_equal(trunk_of(&moved, "auto")->recognised, PROFILE_AUTO);
	assert_int_equal(trunk_mode_now(trunk_of(&moved, "auto")), TRUNK_PROXY); /* learned */

	trunks_init(&t, c, NULL, NULL);
	assert_int_equal(trunks_load(&t, (struct slice){text, b.n}), 0);
	k = trunk_of(&t, "plain");
	assert_string_equal(k->via, ";k=plain;p=cs1000");
	assert_int_equal(k->recognised_at, wall);
	assert_non_null(strstr(k->why, "recognised by User-Agent"));
	assert_int_equal(trunk_mode_now(trunk_of(&t, "auto")), TRUNK_PROXY);
	assert_int_equal(trunks_load(&t, SLICE("named profile 1 avaya x\nplain profile 1 x y\n"
					       "plain profile 1 auto y\n")),
			 3);

	assert_int_equal(trunks_reset(&t, SLICE("plain")), 0);
	assert_true(t.dirty);
	assert_int_equal(trunk_profile(k), PROFILE_GENERIC);
	assert_string_equal(k->via, ";k=plain;p=generic");
	assert_int_equal(trunk_mode_now(k), TRUNK_REDIRECT);
	assert_string_equal(k->why, "auto: nothing learned yet");
	free(c);
	free(d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(finds_the_longest_block),
	    cmocka_unit_test(finds_whom_to_send_to),
	    cmocka_unit_test(limits_the_rate),
	    cmocka_unit_test(learns_once),
	    cmocka_unit_test(only_auto_learns),
	    cmocka_unit_test(keeps_what_it_learned),
	    cmocka_unit_test(a_recognised_trunk_has_its_profile),
	    cmocka_unit_test(what_it_is_counts_more_than_what_it_did),
	    cmocka_unit_test(looks_only_so_often),
	    cmocka_unit_test(remembers_whom_it_recognised),
	};

	return cmocka_run_group_tests_name("trunk", tests, NULL, NULL);
}
