/* test_hangup: the next hop of what starts on our side, and the BYE for a dead worker's call. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "supervisor/hangup.h"
#include "supervisor/via.h"

struct way_row {
	const char *route, *uri;
	const char *addr; /* NULL: a name */
	enum transport transport;
	bool said;
	int error;
};

static const struct way_row ways[] = {
    {"", "sip:a@192.0.2.1", "192.0.2.1:5060", TRANSPORT_UDP, false, 0},
    {"", "sip:a@192.0.2.1:5070;transport=TCP", "192.0.2.1:5070", TRANSPORT_TCP, true, 0},
    {"", "sip:2101;phone-context=cdp.udp@um.example.com:5060;maddr=192.0.2.10;transport=tcp",
     "192.0.2.10:5060", TRANSPORT_TCP, true, 0},
    {"<sip:192.0.2.11@192.0.2.11:5062;transport=tcp;lr>", "sip:a@192.0.2.1", "192.0.2.11:5062",
     TRANSPORT_TCP, true, 0},
    {"<sip:sps@nrs.example:5070;maddr=192.0.2.12;transport=UDP;lr>", "sip:a@192.0.2.1",
     "192.0.2.12:5070", TRANSPORT_UDP, true, 0},
    {"<sip:nrs.example;lr>", "sip:a@192.0.2.1", NULL, TRANSPORT_UDP, false, 0},
    {"", "sip:a@192.0.2.1;maddr=pbx.example", "192.0.2.1:5060", TRANSPORT_UDP, false, 0},
    {"", "sip:a@192.0.2.1;transport=sctp", "192.0.2.1:5060", TRANSPORT_UDP, false, 0},
    {"<sip:192.0.2.11>", "sip:a@192.0.2.1", "192.0.2.1:5060", TRANSPORT_UDP, false, 0},
    {"", "sip:a@[2001:db8::1]:5080", "[2001:db8::1]:5080", TRANSPORT_UDP, false, 0},
    {"", "sips:a@192.0.2.1", "192.0.2.1:5061", TRANSPORT_TLS, true, 0},
    {"", "sips:a@192.0.2.1:5099;transport=tcp", "192.0.2.1:5099", TRANSPORT_TLS, true, 0},
    {"", "sip:a@192.0.2.1;transport=TLS", "192.0.2.1:5061", TRANSPORT_TLS, true, 0},
    {"<sips:192.0.2.9;lr>", "sip:a@192.0.2.1", "192.0.2.9:5061", TRANSPORT_TLS, true, 0},
    {"", "sip:a@pbx.example", NULL, TRANSPORT_UDP, false, 0},
    {"", "tel:+1555", NULL, TRANSPORT_UDP, false, -1},
    {"", "nonsense", NULL, TRANSPORT_UDP, false, -1},
};

static void
next_hops(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		char text[ADDR_TEXT_MAX];
		struct hop h;
		const int error = hop_next(slice_str(ways[i].route), slice_str(ways[i].uri), &h);
		assert_int_equal(error != 0, ways[i].error != 0);
		if (error)
			continue;
		assert_int_equal(h.literal, ways[i].addr != NULL);
		if (h.literal)
			assert_string_equal(addr_text(&h.addr, text), ways[i].addr);
		assert_int_equal(h.transport, ways[i].transport);
		assert_int_equal(h.said, ways[i].said);
	}
}

/* The name is said as it stands there, for those who know it. */
static void
names_the_host(void **state)
{
	struct hop h;

	(void)state;
	assert_int_equal(hop_next(SLICE("<sip:NRS.example;lr>"), SLICE("sip:a@192.0.2.1"), &h), 0);
	assert_true(slice_eq(h.host, SLICE("NRS.example")));
	assert_false(h.port);
	assert_int_equal(hop_next(SLICE(""), SLICE("sip:a@pbx.example:5070"), &h), 0);
	assert_true(slice_eq(h.host, SLICE("pbx.example")));
	assert_true(h.port);
	assert_int_equal(h.addr.port, 5070);
}

static void
keep(struct dialog *d, const char *routes)
{
	memset(d, 0, sizeof(*d));
	d->call_id = dialog_keep(d, SLICE("id"));
	d->local = dialog_keep(d, SLICE("<sip:c@d>;tag=g7-x"));
	d->remote = dialog_keep(d, SLICE("\"A\" <sip:a@b>;tag=1"));
	d->target = dialog_keep(d, SLICE("sip:a@192.0.2.1:5070"));
	d->routes = dialog_keep(d, slice_str(routes));
	d->local_cseq = 41;
}

static const struct hash_key key = {1, 2};
static struct door_spec door = {.transport = TRANSPORT_UDP};
static const struct hangup_via via = {&key, &door, 5};

/* Has the BYE of a call with these routes written into `text`, and reads it. */
static void
written(const char *routes, char text[4096], struct sip_msg *ret, struct hop *ret_hop)
{
	static struct dialog d;
	const struct scan_limits limits = {8192, 64};
	struct buf b = {text, 0, 4096, false};

	addr_parse(SLICE("192.0.2.20:5060"), &door.local);
	keep(&d, routes);
	assert_int_equal(hangup_write(&b, &d, &via, ret_hop), 0);
	assert_int_equal(scan_message(text, b.n, false, &limits, ret), SCAN_OK);
}

static void
says_bye(void **state)
{
	char text[4096], addr[ADDR_TEXT_MAX];
	struct sip_msg m;
	struct hop h;

	(void)state;
	written("<sip:192.0.2.11;lr>\n<sip:192.0.2.12;lr>\n", text, &m, &h);
	assert_int_equal(m.method, SIP_BYE);
	assert_true(slice_eq(m.uri, SLICE("sip:a@192.0.2.1:5070")));
	assert_true(slice_eq(m.from.tag, SLICE("g7-x")));
	assert_true(slice_eq(m.to.tag, SLICE("1")));
	assert_int_equal(m.cseq, 42);
	assert_true(slice_eq(m.route, SLICE("<sip:192.0.2.11;lr>")));
	assert_string_equal(addr_text(&h.addr, addr), "192.0.2.11:5060");
	size_t pos = 0;
	struct slice value;
	assert_true(scan_header(m.head, "Route", &pos, &value));
	assert_true(scan_header(m.head, "Route", &pos, &value));
	assert_true(slice_eq(value, SLICE("<sip:192.0.2.12;lr>")));
	assert_false(scan_header(m.head, "Route", &pos, &value));
}

/* RFC 3261 12.2.1.1: a strict router becomes the Request-URI, the target the last Route. */
static void
says_bye_through_a_strict_router(void **state)
{
	char text[4096], addr[ADDR_TEXT_MAX];
	struct sip_msg m;
	struct hop h;

	(void)state;
	written("<sip:192.0.2.11>\n<sip:192.0.2.12;lr>\n", text, &m, &h);
	assert_true(slice_eq(m.uri, SLICE("sip:192.0.2.11")));
	assert_true(slice_eq(m.route, SLICE("<sip:192.0.2.12;lr>")));
	assert_string_equal(addr_text(&h.addr, addr), "192.0.2.11:5060");
}

static void
needs_a_record(void **state)
{
	static struct dialog d;
	char text[4096];
	struct buf b = BUF(text);
	struct hop h;

	(void)state;
	keep(&d, "");
	d.target.n = 0;
	assert_int_not_equal(hangup_write(&b, &d, &via, &h), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(next_hops),      cmocka_unit_test(names_the_host),
	    cmocka_unit_test(says_bye),       cmocka_unit_test(says_bye_through_a_strict_router),
	    cmocka_unit_test(needs_a_record),
	};

	return cmocka_run_group_tests_name("hangup", tests, NULL, NULL);
}
