/* test_addr: literals in, literals out, and which block an address belongs to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "ipc/base/addr.h"

struct literal {
	const char *in;
	const char *out; /* NULL: refused */
};

static const struct literal ips[] = {
    {"1.2.3.4", "1.2.3.4"},
    {"0.0.0.0", "0.0.0.0"},
    {"::1", "::1"},
    {"[::1]", "::1"},
    {"2001:DB8:0:0::5", "2001:db8::5"},
    {"::ffff:10.1.2.3", "10.1.2.3"},
    {"[::ffff:10.1.2.3]", "10.1.2.3"},
    {"ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.254", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe"},
    {"", NULL},
    {"[]", NULL},
    {"1.2.3", NULL},
    {"1.2.3.256", NULL},
    {"1.2.3.04", NULL},
    {" 1.2.3.4", NULL},
    {"1.2.3.4 ", NULL},
    {"[1.2.3.4]", NULL},
    {"[::1", NULL},
    {"::1]", NULL},
    {"fe80::1%eth0", NULL},
    {"pbx.example", NULL},
    {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", NULL},
};

static void
test_parse_ip(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(ips) / sizeof(ips[0]); i++) {
		struct addr a = {.family = 99};
		char out[ADDR_TEXT_MAX];
		int rc = addr_parse_ip(slice_str(ips[i].in), 5060, &a);

		if (rc != (ips[i].out ? 0 : -EINVAL))
			fail_msg("\"%s\": %d", ips[i].in, rc);
		if (!ips[i].out) {
			assert_int_equal(a.family, 99);
			continue;
		}
		assert_string_equal(addr_ip_text(&a, out), ips[i].out);
		assert_int_equal(a.port, 5060);
	}
	assert_int_equal(addr_parse_ip((struct slice){"1.2.3.4\0.5", 10}, 1, &(struct addr){0}),
			 -EINVAL);
	assert_int_equal(addr_parse_ip((struct slice){NULL, 0}, 1, &(struct addr){0}), -EINVAL);
}

static const struct literal with_port[] = {
    {"1.2.3.4:5060", "1.2.3.4:5060"},
    {"[2001:db8::1]:65535", "[2001:db8::1]:65535"},
    {"[::ffff:1.2.3.4]:1", "1.2.3.4:1"},
    {"1.2.3.4", NULL},
    {"1.2.3.4:", NULL},
    {"1.2.3.4:0", NULL},
    {"1.2.3.4:65536", NULL},
    {"1.2.3.4:+1", NULL},
    {":5060", NULL},
    {"::1:5060", NULL},
    {"[::1]5060", NULL},
    {"[::1]", NULL},
    {"", NULL},
};

static void
test_parse(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(with_port) / sizeof(with_port[0]); i++) {
		const struct literal *l = &with_port[i];
		struct addr a;
		char out[ADDR_TEXT_MAX];
		int rc = addr_parse(slice_str(l->in), &a);

		if (rc != (l->out ? 0 : -EINVAL))
			fail_msg("\"%s\": %d", l->in, rc);
		if (l->out)
			assert_string_equal(addr_text(&a, out), l->out);
	}
}

static const struct literal blocks[] = {
    {"10.0.0.0/8", "10.0.0.0/8"},
    {"10.1.2.3", "10.1.2.3/32"},
    {"0.0.0.0/0", "0.0.0.0/0"},
    {"::/0", "::/0"},
    {"::1/128", "::1/128"},
    {"2001:db8::/33", "2001:db8::/33"},
    {"2001:db8::7", "2001:db8::7/128"},
    {"::ffff:10.0.0.0/104", "10.0.0.0/8"},
    {"::ffff:10.0.0.1", "10.0.0.1/32"},
    {"10.0.0.1/8", NULL},
    {"10.0.0.0/33", NULL},
    {"10.0.0.0/", NULL},
    {"10.0.0.0/-1", NULL},
    {"10.0.0.0/8/8", NULL},
    {"2001:db8::1/64", NULL},
    {"::/129", NULL},
    {"::ffff:0.0.0.0/95", NULL},
    {"/8", NULL},
    {"", NULL},
};

static void
test_cidr(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++) {
		const struct literal *l = &blocks[i];
		struct cidr c;
		char out[ADDR_TEXT_MAX];
		int rc = cidr_parse(slice_str(l->in), &c);

		if (rc != (l->out ? 0 : -EINVAL))
			fail_msg("\"%s\": %d", l->in, rc);
		if (l->out)
			assert_string_equal(cidr_text(&c, out), l->out);
	}
}

static bool
within(const char *block, const char *ip)
{
	struct cidr c;
	struct addr a;

	assert_int_equal(cidr_parse(slice_str(block), &c), 0);
	assert_int_equal(addr_parse_ip(slice_str(ip), 9, &a), 0);
	return cidr_has(&c, &a);
}

static void
test_has(void **state)
{
	struct cidr any = {.base = {.family = AF_INET}};

	(void)state;
	assert_true(within("10.0.0.0/8", "10.255.0.1"));
	assert_false(within("10.0.0.0/8", "11.0.0.0"));
	assert_true(within("10.1.128.0/17", "10.1.200.1"));
	assert_false(within("10.1.128.0/17", "10.1.127.255"));
	assert_true(within("10.1.2.3", "::ffff:10.1.2.3"));
	assert_false(within("10.1.2.3", "10.1.2.2"));
	assert_true(within("0.0.0.0/0", "255.255.255.255"));
	assert_false(within("0.0.0.0/0", "::1"));
	assert_false(within("::/0", "1.2.3.4"));
	assert_true(within("2001:db8:8000::/33", "2001:db8:ffff::1"));
	assert_false(within("2001:db8:8000::/33", "2001:db8:7fff::1"));
	assert_true(within("::1/128", "::1"));
	assert_false(cidr_has(&any, &(struct addr){0}));
}

static void
test_compare(void **state)
{
	struct addr a, b;

	(void)state;
	assert_int_equal(addr_parse(SLICE("127.0.0.1:5060"), &a), 0);
	assert_int_equal(addr_parse(SLICE("127.0.0.1:5065"), &b), 0);
	assert_true(addr_ip_eq(&a, &b));
	assert_false(addr_eq(&a, &b));
	b.port = 5060;
	assert_true(addr_eq(&a, &b));
	assert_true(addr_is_loopback(&a));
	assert_int_equal(addr_parse(SLICE("[::1]:5060"), &b), 0);
	assert_true(addr_is_loopback(&b));
	assert_false(addr_ip_eq(&a, &b));
	assert_int_equal(addr_parse(SLICE("126.0.0.1:5060"), &b), 0);
	assert_false(addr_is_loopback(&b));
	assert_int_equal(addr_parse(SLICE("[7f00::1]:5060"), &b), 0);
	assert_false(addr_is_loopback(&b));
}

static void
test_text(void **state)
{
	struct addr none = {0}, a;
	char out[ADDR_TEXT_MAX];

	(void)state;
	assert_int_equal(addr_parse(SLICE("[2001:db8::1]:5060"), &a), 0);
	assert_string_equal(addr_host_text(&a, out), "[2001:db8::1]");
	assert_string_equal(addr_ip_text(&a, out), "2001:db8::1");
	assert_int_equal(addr_parse(SLICE("192.0.2.1:5060"), &a), 0);
	assert_string_equal(addr_host_text(&a, out), "192.0.2.1");
	assert_string_equal(addr_ip_text(&none, out), "none");
}

static void
test_sockaddr(void **state)
{
	static const char *const texts[] = {"192.0.2.1:5060", "[2001:db8::1]:5061"};
	struct sockaddr_storage ss;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&ss;
	struct addr a, b;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(addr_parse(slice_str(texts[i]), &a), 0);
		assert_int_equal(addr_to_sockaddr(&a, &ss), i ? 28 : 16);
		addr_from_sockaddr(&ss, &b);
		assert_memory_equal(&a, &b, sizeof(a));
	}
	/* what a dual-stack socket says of an IPv4 peer */
	memset(&ss, 0, sizeof(ss));
	in6->sin6_family = AF_INET6;
	in6->sin6_port = htons(5060);
	assert_int_equal(inet_pton(AF_INET6, "::ffff:192.0.2.1", &in6->sin6_addr), 1);
	addr_from_sockaddr(&ss, &b);
	assert_int_equal(addr_parse(SLICE("192.0.2.1:5060"), &a), 0);
	assert_memory_equal(&a, &b, sizeof(a));
	ss.ss_family = AF_UNIX;
	addr_from_sockaddr(&ss, &b);
	assert_int_equal(b.family, 0);
}

static void
test_hex(void **state)
{
	static const struct {
		const char *addr, *hex;
	} good[] = {
	    {"192.0.2.1:5060", "c000020113c4"},
	    {"[2001:db8::7]:1", "20010db80000000000000000000000070001"},
	};
	static const char *const bad[] = {"", "c000020113c", "c000020113cg", "c000020113c4c4",
					  "20010db8000000000000000000000007000"};
	struct addr a, b;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		char text[40];
		struct buf out = BUF(text);

		assert_int_equal(addr_parse(slice_str(good[i].addr), &a), 0);
		addr_hex(&a, &out);
		assert_string_equal(buf_cstr(&out), good[i].hex);
		memset(&b, 0xff, sizeof(b));
		assert_int_equal(addr_parse_hex(slice_str(good[i].hex), &b), 0);
		assert_memory_equal(&a, &b, sizeof(a));
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(addr_parse_hex(slice_str(bad[i]), &a), -EINVAL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_parse_ip), cmocka_unit_test(test_parse),
	    cmocka_unit_test(test_cidr),     cmocka_unit_test(test_has),
	    cmocka_unit_test(test_compare),  cmocka_unit_test(test_text),
	    cmocka_unit_test(test_sockaddr), cmocka_unit_test(test_hex),
	};

	return cmocka_run_group_tests_name("addr", tests, NULL, NULL);
}
