/* test_trunk: source matching, rate limits, and what a trunk in mode auto teaches. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "supervisor/trunk.h"

static const struct mono start = {1000000000};
static const time_t wall = 1700000000;

#define FILE_TEXT                                                                             \
	"[listen]\naddress = 192.0.2.20\n"                                                    \
	"[trunk wide]\nsource = 10.0.0.0/8\nmode = proxy\n"                                   \
	"[trunk narrow]\nsource = 10.1.0.0/16 2001:db8::/32\nmode = redirect\nmax_rate = 2\n" \
	"[trunk learns]\nsource = 10.2.3.4\nmode = auto\n"

static struct conf *
conf_of(const char *text)
{
	static char errors[2048];
	struct buf b = BUF(errors);
	struct conf *c = NULL;

	if (conf_read_text("test", slice_str(text), &b, &c))
		fail_msg("%s", buf_cstr(&b));
	return c;
}

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
	struct conf *c = conf_of(FILE_TEXT);

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

static void
limits_the_rate(void **state)
{
	static struct trunks t;
	struct conf *c = conf_of(FILE_TEXT);

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
learns_from_silence(void **state)
{
	static struct trunks t;
	struct conf *c = conf_of(FILE_TEXT);
	bool waiting;

	(void)state;
	trunks_init(&t, c, NULL, NULL);
	struct trunk *k = trunks_by_name(&t, SLICE("learns"));
	assert_int_equal(trunk_mode_now(k), TRUNK_REDIRECT);
	trunk_redirected(k, 1, start);
	assert_true(trunk_followed(k, 1));
	assert_null(trunks_overdue(&t, mono_add(start, 4000), wall, &waiting));
	assert_false(waiting);

	trunk_redirected(k, 1, start);
	trunk_redirected(k, 1, mono_add(start, 2000)); /* a retransmission does not buy time */
	assert_null(trunks_overdue(&t, mono_add(start, TRUNK_FOLLOW_MS - 1), wall, &waiting));
	assert_true(waiting);
	assert_ptr_equal(trunks_overdue(&t, mono_add(start, TRUNK_FOLLOW_MS), wall, &waiting), k);
	assert_null(trunks_overdue(&t, mono_add(start, TRUNK_FOLLOW_MS), wall, &waiting));
	assert_int_equal(trunk_mode_now(k), TRUNK_PROXY);
	assert_non_null(strstr(k->why, "302 not followed"));
	assert_true(t.dirty);
	free(c);
}

/* A gateway may put a prefix before the number of the second call: the oldest 302 is meant. */
static void
a_changed_number_follows_too(void **state)
{
	static struct trunks t;
	struct conf *c = conf_of(FILE_TEXT);

	(void)state;
	trunks_init(&t, c, NULL, NULL);
	struct trunk *k = trunks_by_name(&t, SLICE("learns"));
	trunk_redirected(k, 1, start);
	trunk_redirected(k, 2, mono_add(start, 10));
	assert_true(trunk_followed(k, 2));
	assert_true(trunk_followed(k, 99));
	assert_false(trunk_followed(k, 1));
	free(c);
}

static void
only_auto_learns(void **state)
{
	static struct trunks t;
	struct conf *c = conf_of(FILE_TEXT);
	bool waiting;

	(void)state;
	trunks_init(&t, c, NULL, NULL);
	struct trunk *k = trunks_by_name(&t, SLICE("narrow"));
	trunk_redirected(k, 1, start);
	trunk_looped(&t, k, wall);
	assert_null(trunks_overdue(&t, mono_add(start, 60000), wall, &waiting));
	assert_int_equal(trunk_mode_now(k), TRUNK_REDIRECT);
	free(c);
}

/* What was learned outlives a restart, a reload that moves the trunks, and not a reset. */
static void
keeps_what_it_learned(void **state)
{
	static struct trunks t, again;
	static uint16_t map[CONF_TRUNKS];
	struct conf *c = conf_of(FILE_TEXT);
	struct conf *moved = conf_of("[listen]\naddress = 192.0.2.20\n[trunk learns]\nsource = "
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(finds_the_longest_block),
	    cmocka_unit_test(limits_the_rate),
	    cmocka_unit_test(learns_from_silence),
	    cmocka_unit_test(a_changed_number_follows_too),
	    cmocka_unit_test(only_auto_learns),
	    cmocka_unit_test(keeps_what_it_learned),
	};

	return cmocka_run_group_tests_name("trunk", tests, NULL, NULL);
}
