/* test_conf_value: every value type at its bounds, what it refuses and which word it blames, and
 * the spellings that print as one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/value.h"

#define LEAST "[listen]\naddress = 192.0.2.1\n[trunk pbx]\nsource = 10.0.0.0/8\n"

static char error_text[8192];

static struct conf *
new_conf(void)
{
	struct buf errors = BUF(error_text);
	struct conf *c = NULL;

	assert_int_equal(conf_read_text("test", SLICE(LEAST), &errors, &c), 0);
	return c;
}

static void *
base_of(const struct conf_key *k, struct conf *c)
{
	return keys_is_trunk(k) ? (void *)&c->trunk[0] : c;
}

/* Both bounds are right, and one step beyond is not. */
static void
test_bounds(void **state)
{
	(void)state;
	for (size_t i = 0; i < conf_nkeys; i++) {
		const struct conf_key *k = &conf_keys[i];
		const int64_t steps[] = {k->min - 1, k->min, k->max, k->max + 1};
		struct conf *c = new_conf();
		void *base = base_of(k, c);
		struct slice bad;

		for (size_t j = 0; j < 4 && k->type <= VALUE_DURATION && k->type != VALUE_BOOL;
		     j++) {
			bool outside = (j == 0 || j == 3) && !(k->zero && steps[j] == 0);
			char text[64];
			struct buf b = BUF(text);

			if (k->type != VALUE_INT && steps[j] < 0)
				continue;
			value_print_number(k, steps[j], &b);
			buf_cstr(&b);
			assert_int_equal(value_parse(k, (struct slice){b.p, b.n}, base, &bad),
					 outside ? -ERANGE : 0);
			if (!outside)
				assert_true(value_number(k, base) == steps[j]);
		}
		free(c);
	}
}

static void
test_refused(void **state)
{
	static const struct {
		const char *name, *value, *bad;
		int rc;
	} rows[] = {
	    {"recycle.standby", "true", "true", -EINVAL},
	    {"recycle.when_calls", "-2", "-2", -ERANGE},
	    {"recycle.when_calls", "--1", "--1", -EINVAL},
	    {"recycle.calls", "18446744073709551616", "18446744073709551616", -ERANGE},
	    {"listen.port", "", "", -EINVAL},
	    {"listen.port", "+5060", "+5060", -EINVAL},
	    {"listen.port", "5060 5061", "5060 5061", -EINVAL},
	    {"recycle.memory", "512 M", "512 M", -EINVAL},
	    {"recycle.memory", "99999999999G", "99999999999G", -ERANGE},
	    {"recycle.every", "7", "7", -EINVAL},
	    {"recycle.every", "9999999999999d", "9999999999999d", -ERANGE},
	    {"inner.worker", "127.0.0.65:5065", "127.0.0.65:5065", -EINVAL},
	    {"inner.supervisor", "127.0.0.64", "127.0.0.64", -EINVAL},
	    {"inner.supervisor", "off", "off", -EINVAL},
	    {"http.address", "localhost:8060", "localhost:8060", -EINVAL},
	    {"listen.address", "192.0.2.1 pbx", "pbx", -EINVAL},
	    {"listen.address", "192.0.2.1,192.0.2.1", "192.0.2.1", -EEXIST},
	    {"listen.address", "::1 ::2 ::3 ::4 ::5 ::6 ::7 ::8 ::9", "::9", -E2BIG},
	    {"listen.address", " , ", "", -EINVAL},
	    {"trunk.source", "10.0.0.0/8 10.0.0.1/8", "10.0.0.1/8", -EINVAL},
	    {"trunk.source", "10.0.0.1 10.0.0.1/32", "10.0.0.1/32", -EEXIST},
	    {"trunk.mode", "Proxy", "Proxy", -EINVAL},
	    {"log.level", "loud", "loud", -EINVAL},
	    {"listen.transports", "tls dual", "dual", -EEXIST},
	    {"trunk.diversion", "target nothing", "nothing", -EINVAL},
	    {"trunk.diversion", "target target", "target", -EEXIST},
	    {"trunk.diversion", "", "", -EINVAL},
	    {"trunk.tls_name", "pbx.example.com *.example.com", "*.example.com", -EINVAL},
	    {"trunk.tls_name", "pbx PBX", "PBX", -EEXIST},
	    {"trunk.external_address", "none", "none", -EINVAL},
	    {"trunk.outage_code", "200", "200", -ERANGE},
	    {"listen.transports", "udp sctp", "sctp", -EINVAL},
	    {"listen.transports", "udp udp", "udp", -EEXIST},
	    {"rtp.ports", "20000", "20000", -EINVAL},
	    {"rtp.ports", "20001-20010", "20001-20010", -EINVAL},
	    {"rtp.ports", "20000-20000", "20000-20000", -EINVAL},
	    {"rtp.ports", "20000-70000", "20000-70000", -ERANGE},
	    {"recycle.at", "Sun", "Sun", -EINVAL},
	    {"recycle.at", "Sun 3:00", "Sun 3:00", -EINVAL},
	    {"recycle.at", "Sun 24:00", "Sun 24:00", -EINVAL},
	    {"recycle.at", "Sun 03:00 x", "Sun 03:00 x", -EINVAL},
	    {"recycle.at", "Sunday 03:00", "Sunday 03:00", -EINVAL},
	    {"recording.spool", "", "", -EINVAL},
	    {"recording.spool", "a\tb", "a\tb", -EINVAL},
	    {"mail.audio", "wma", "wma", -EINVAL},
	    {"mail.note", "a\tb", "a\tb", -EINVAL},
	    {"mail.note", "\xe9t\xe9", "\xe9t\xe9", -EINVAL},
	    {"control.group", "tele phony", "tele phony", -EINVAL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct conf_key *k = keys_get(rows[i].name);
		struct conf *c = new_conf();
		struct slice bad = {NULL, 0};
		void *base = base_of(k, c);

		if (value_parse(k, slice_str(rows[i].value), base, &bad) != rows[i].rc ||
		    !slice_eq(bad, slice_str(rows[i].bad)))
			fail_msg("%s = \"%s\"", rows[i].name, rows[i].value);
		free(c);
	}
}

static void
test_hosts(void **state)
{
	static const struct {
		const char *value, *bad;
		int rc;
	} rows[] = {
	    {"a b:0", "b:0", -EINVAL},
	    {"a b:65536", "b:65536", -EINVAL},
	    {"a:", "a:", -EINVAL},
	    {":25", ":25", -EINVAL},
	    {"::1", "::1", -EINVAL},
	    {"[::1", "[::1", -EINVAL},
	    {"[192.0.2.1]:25", "[192.0.2.1]:25", -EINVAL},
	    {"[::1]25", "[::1]25", -EINVAL},
	    {"smtp://a", "smtp://a", -EINVAL},
	    {"a@b", "a@b", -EINVAL},
	    {"-a", "-a", -EINVAL},
	    {"a A", "A", -EEXIST},
	    {"a b c d e f g", "g", -E2BIG},
	};
	const struct conf_key *k = keys_get("smtp.hosts");

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct conf *c = new_conf();
		struct slice bad = {NULL, 0};

		if (value_parse(k, slice_str(rows[i].value), c, &bad) != rows[i].rc ||
		    !slice_eq(bad, slice_str(rows[i].bad)) || c->smtp.nhost != 0)
			fail_msg("%s", rows[i].value);
		free(c);
	}
}

/* Other spellings of what is printed in one way. */
static void
test_spellings(void **state)
{
	static const struct {
		const char *name, *value, *printed;
	} rows[] = {
	    {"listen.address", "192.0.2.1,192.0.2.2 , ::ffff:192.0.2.3",
	     "192.0.2.1 192.0.2.2 192.0.2.3"},
	    {"listen.address", "[2001:DB8::0:1]", "2001:db8::1"},
	    {"listen.transports", "tcp,udp", "udp tcp"},
	    {"recycle.every", "168h", "7d"},
	    {"recycle.every", "0", "0"},
	    {"recycle.memory", "1024M", "1G"},
	    {"recycle.at", "SUN 03:00", "Sun 03:00"},
	    {"recycle.at", "daily 00:05", "daily 00:05"},
	    {"recycle.at", "off", "off"},
	    {"http.address", "off", "off"},
	    {"rtp.ports", "20000 - 20999", "20000-20999"},
	    {"trunk.source", "10.0.0.1/32 10.0.0.0/8 ::1/128", "10.0.0.1 10.0.0.0/8 ::1"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct conf_key *k = keys_get(rows[i].name);
		struct conf *c = new_conf();
		struct slice bad;
		char printed[VALUE_TEXT_MAX];
		struct buf b = BUF(printed);

		assert_int_equal(value_parse(k, slice_str(rows[i].value), base_of(k, c), &bad), 0);
		value_print(k, base_of(k, c), &b);
		assert_string_equal(buf_cstr(&b), rows[i].printed);
		free(c);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_bounds),
	    cmocka_unit_test(test_refused),
	    cmocka_unit_test(test_hosts),
	    cmocka_unit_test(test_spellings),
	};

	return cmocka_run_group_tests_name("conf_value", tests, NULL, NULL);
}
