/* test_trunk_tls: whose a TLS connection is, by name and by source address, from both sides. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "supervisor/trunk_tls.h"

static struct conf *conf;
static struct trunks *trunks;

static struct trunk_conf *
add_trunk(const char *name, const char *source, const char *tls_name)
{
	struct trunk_conf *k = &conf->trunk[conf->ntrunk++];

	snprintf(k->name, sizeof(k->name), "%s", name);
	k->tls = DEMAND_OPTIONAL;
	if (source)
		assert_int_equal(cidr_parse(slice_str(source), &k->source[k->nsource++]), 0);
	if (tls_name)
		snprintf(k->tls_name[k->ntls_name++], CONF_NAME_MAX, "%s", tls_name);
	return k;
}

static int
set_up(void **state)
{
	(void)state;
	conf = calloc(1, sizeof(*conf));
	trunks = calloc(1, sizeof(*trunks));
	add_trunk("plain", "192.0.2.1", NULL);
	add_trunk("named", "192.0.2.2", "named.example.com");
	add_trunk("both", "192.0.2.0/24", "*.both.example.com");
	trunks_init(trunks, conf, NULL, NULL);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	free(trunks);
	free(conf);
	return 0;
}

/* Who it is that comes from there (or is connected to) with a certificate of this name; NULL: with
 * none that is good.  "!" before the name: refused. */
static const char *
who(const char *from, const char *name, bool ours)
{
	static char text[CONF_NAME_MAX + 2];
	struct tls_names names = {0};
	struct addr addr;
	const struct trunk_peer peer = {&addr, ours, name ? &names : NULL};
	struct trunk *k;

	assert_int_equal(addr_parse_ip(slice_str(from), 40000, &addr), 0);
	if (name)
		tls_names_add(&names, TLS_NAME_DNS, slice_str(name));
	const int error = trunks_find_tls(trunks, &peer, &k);
	assert_true(error == 0 || error == -EACCES);
	snprintf(text, sizeof(text), "%s%s", error ? "!" : "", k ? k->conf->name : "nobody");
	return text;
}

static void
test_by_name_and_source(void **state)
{
	static const struct {
		const char *from, *name, *is;
	} rows[] = {
	    {"192.0.2.1", NULL, "plain"},
	    {"192.0.2.1", "what.ever.org", "plain"},
	    {"192.0.2.1", "named.example.com", "named"}, /* the name is more than the address */
	    {"192.0.2.2", "named.example.com", "named"},
	    {"192.0.2.2", "other.example.com", "!named"},
	    {"192.0.2.2", NULL, "!named"},
	    {"198.51.100.1", "named.example.com", "named"},
	    {"198.51.100.1", "other.example.com", "nobody"},
	    {"198.51.100.1", NULL, "nobody"},
	    {"192.0.2.9", NULL, "!both"},
	    /* a wildcard in tls_name is that very name and no more */
	    {"192.0.2.9", "*.both.example.com", "both"},
	    {"192.0.2.9", "a.both.example.com", "!both"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (strcmp(who(rows[i].from, rows[i].name, false), rows[i].is) != 0)
			fail_msg("row %zu: %s", i, who(rows[i].from, rows[i].name, false));
		if (strcmp(who(rows[i].from, rows[i].name, true), rows[i].is) != 0)
			fail_msg("row %zu, ours: %s", i, who(rows[i].from, rows[i].name, true));
	}
}

/* One certificate for two systems: the address tells which. */
static void
test_a_name_of_two_trunks(void **state)
{
	(void)state;
	add_trunk("east", "198.51.100.0/28", "pbx.example.com");
	add_trunk("west", "198.51.100.16/28", "pbx.example.com");
	trunks_init(trunks, conf, NULL, NULL);
	assert_string_equal(who("198.51.100.3", "pbx.example.com", false), "east");
	assert_string_equal(who("198.51.100.19", "pbx.example.com", false), "west");
	assert_string_equal(who("203.0.113.1", "pbx.example.com", false), "east");
	assert_string_equal(who("203.0.113.1", "*.example.com", false), "named");
}

/* Where we connect to by an address that no trunk has, somebody who is only known by name must
 * show it: else his calls could be asked for by anybody. */
static void
test_by_name_alone(void **state)
{
	(void)state;
	assert_string_equal(who("203.0.113.1", NULL, true), "nobody");
	add_trunk("roaming", NULL, "roaming.example.com");
	trunks_init(trunks, conf, NULL, NULL);
	assert_string_equal(who("203.0.113.1", "roaming.example.com", false), "roaming");
	assert_string_equal(who("203.0.113.1", NULL, false), "nobody");
	assert_string_equal(who("203.0.113.1", "roaming.example.com", true), "roaming");
	assert_string_equal(who("203.0.113.1", NULL, true), "!nobody");
	assert_string_equal(who("192.0.2.1", NULL, true), "plain");
}

static void
test_which_transport(void **state)
{
	struct trunk_conf k = {.tls = DEMAND_OPTIONAL};

	(void)state;
	for (enum transport t = TRANSPORT_UDP; t < TRANSPORT_COUNT; t++)
		assert_true(trunk_may_speak(&k, t));
	k.tls = DEMAND_REQUIRED;
	assert_false(trunk_may_speak(&k, TRANSPORT_UDP));
	assert_false(trunk_may_speak(&k, TRANSPORT_TCP));
	assert_true(trunk_may_speak(&k, TRANSPORT_TLS));
	k.tls = DEMAND_NEVER;
	assert_true(trunk_may_speak(&k, TRANSPORT_UDP));
	assert_true(trunk_may_speak(&k, TRANSPORT_TCP));
	assert_false(trunk_may_speak(&k, TRANSPORT_TLS));
}

static const char *
asked(const char *ip)
{
	struct addr addr;

	assert_int_equal(addr_parse_ip(slice_str(ip), 5061, &addr), 0);
	return trunks_server_name(trunks, &addr);
}

static void
test_name_that_is_asked_for(void **state)
{
	(void)state;
	assert_null(asked("203.0.113.1"));
	assert_null(asked("192.0.2.1"));
	assert_string_equal(asked("192.0.2.2"), "named.example.com");
	assert_null(asked("192.0.2.9")); /* a wildcard is no host */
	snprintf(conf->trunk[0].domain, CONF_NAME_MAX, "pbx.example.com");
	snprintf(conf->trunk[2].domain, CONF_NAME_MAX, "192.0.2.9");
	assert_string_equal(asked("192.0.2.1"), "pbx.example.com");
	assert_null(asked("192.0.2.9"));
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    TEST(test_by_name_and_source),     TEST(test_a_name_of_two_trunks),
	    TEST(test_by_name_alone),          TEST(test_which_transport),
	    TEST(test_name_that_is_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
