/* test_fence: what a trunk may name as an address to send to, on a real network and on loopback. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "supervisor/fence.h"

static struct addr
ip(const char *text)
{
	struct addr a = {.family = 0};

	if (text)
		assert_int_equal(addr_parse_ip(slice_str(text), 5065, &a), 0);
	return a;
}

static void
set_up(struct conf *c, const char *one, const char *other)
{
	*c = (struct conf){0};
	c->inner.supervisor = ip("127.0.0.64");
	c->inner.worker = ip("127.0.0.65");
	c->http.address = ip("127.0.0.1");
	c->listen.address[0] = ip(one);
	c->listen.address[1] = ip(other);
	c->listen.naddress = 2;
}

struct row {
	const char *to, *peer, *local;
	bool allowed;
};

static void
check(const struct conf *c, const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct addr to = ip(rows[i].to), peer = ip(rows[i].peer);
		const struct addr local = ip(rows[i].local);
		if (fence_allows(c, &to, &peer, &local) != rows[i].allowed)
			fail_msg("%s from %s at %s", rows[i].to, rows[i].peer ? rows[i].peer : "-",
				 rows[i].local ? rows[i].local : "-");
	}
}

#define CHECK(c, rows) check(c, rows, sizeof(rows) / sizeof((rows)[0]))

static void
on_a_network(void **state)
{
	static const char us[] = "192.0.2.20", pbx[] = "192.0.2.10", us6[] = "2001:db8::20";
	static const struct row rows[] = {
	    {"192.0.2.10", pbx, us, true},
	    {"192.0.2.11", pbx, us, true},
	    {"10.1.2.3", pbx, us, true},
	    {"2001:db8::10", pbx, us, true},
	    {"127.0.0.65", pbx, us, false},
	    {"127.0.0.64", pbx, us, false},
	    {"::ffff:127.0.0.65", pbx, us, false},
	    {"127.0.0.1", pbx, us, false},
	    {"127.255.255.254", pbx, us, false},
	    {"::1", pbx, us6, false},
	    {"0.0.0.0", pbx, us, false},
	    {"0.0.0.1", pbx, us, false},
	    {"::", pbx, us6, false},
	    {"224.0.1.75", pbx, us, false}, /* sip.mcast.net */
	    {"240.0.0.1", pbx, us, false},
	    {"255.255.255.255", pbx, us, false},
	    {"ff02::1", pbx, us6, false},
	    {"169.254.169.254", pbx, us, false},
	    {"fe80::1", pbx, us6, false},
	    {"192.0.2.20", pbx, us, false},
	    {"2001:db8::20", pbx, us, false},
	    {"192.0.2.20", "192.0.2.20", us, true}, /* a PBX on this very machine */
	    {"127.0.0.1", "127.0.0.1", us, true},
	    {"127.0.0.65", "127.0.0.65", us, false},
	    {"169.254.1.2", "169.254.1.1", us, false},
	    {"192.0.2.10", NULL, NULL, true},
	    {"127.0.0.1", NULL, NULL, false},
	};
	struct conf c;

	(void)state;
	set_up(&c, us, us6);
	CHECK(&c, rows);
}

/* A door on loopback for a PBX beside us opens loopback to that PBX, and to no other. */
static void
on_loopback(void **state)
{
	static const char near[] = "127.0.0.2", far[] = "192.0.2.20";
	static const struct row rows[] = {
	    {"127.0.0.3", "127.0.0.9", near, true},
	    {"127.0.0.3", "192.0.2.10", far, false},
	    {"127.0.0.2", "127.0.0.9", near, false},
	    {"127.0.0.1", "127.0.0.9", near, false}, /* http.address */
	    {"127.0.0.65", "127.0.0.9", near, false},
	    {"192.0.2.10", "127.0.0.9", near, true},
	    {"127.0.0.3", NULL, NULL, true},
	    {"127.0.0.64", NULL, NULL, false},
	};
	struct conf c;

	(void)state;
	set_up(&c, near, far);
	CHECK(&c, rows);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(on_a_network),
	    cmocka_unit_test(on_loopback),
	};

	return cmocka_run_group_tests_name("fence", tests, NULL, NULL);
}
