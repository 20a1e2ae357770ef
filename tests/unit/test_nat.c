/* test_nat: when what a peer names is passed over for where its packets come from. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "supervisor/nat.h"

/* "": a name, not an address. */
static const struct {
	const char *named, *source;
	bool hidden;
} rows[] = {
    {"10.0.0.10", "192.0.2.1", true},
    {"172.16.0.10", "192.0.2.1", true},
    {"172.31.255.254", "192.0.2.1", true},
    {"192.168.1.10", "192.0.2.1", true},
    {"100.64.0.10", "192.0.2.1", true}, /* a carrier's NAT, RFC 6598 */
    {"fd00::10", "2001:db8::1", true},
    {"10.0.0.10", "2001:db8::1", true}, /* NAT64 */
    {"172.32.0.10", "192.0.2.1", false},
    {"198.51.100.10", "192.0.2.1", false}, /* another address of the same system */
    {"192.0.2.1", "192.0.2.1", false},
    {"10.0.0.10", "10.0.0.1", false}, /* a proxy in front, or a second address */
    {"10.0.0.10", "192.168.1.1", false},
    {"10.0.0.10", "100.64.0.1", false},
    {"10.0.0.10", "127.20.1.11", false}, /* a test, or a PBX on this machine */
    {"192.0.2.10", "10.0.0.1", false},
    {"2001:db8::10", "2001:db8::1", false},
    {"", "192.0.2.1", false},
};

static struct addr
ip(const char *text)
{
	struct addr a = {.family = 0};

	if (text[0])
		assert_int_equal(addr_parse_ip(slice_str(text), 5060, &a), 0);
	return a;
}

static void
test_hides(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct addr named = ip(rows[i].named), source = ip(rows[i].source);
		if (nat_hides(NAT_AUTO, &named, &source) != rows[i].hidden)
			fail_msg("%s from %s", rows[i].named, rows[i].source);
		assert_true(nat_hides(NAT_YES, &named, &source));
		assert_false(nat_hides(NAT_NO, &named, &source));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_hides)};

	return cmocka_run_group_tests_name("nat", tests, NULL, NULL);
}
