/* test_transfer: who may be transferred, and what Refer-To says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "tests/unit/given.h"
#include "worker/transfer.h"

static void
test_refusal(void **state)
{
	const struct transfer yes = {.takes_refer = true}, no = {.takes_refer = false};

	(void)state;
	assert_null(transfer_refusal(&yes, REFER_AUTO));
	assert_non_null(transfer_refusal(&no, REFER_AUTO));
	assert_null(transfer_refusal(&no, REFER_YES));
	assert_non_null(transfer_refusal(&yes, REFER_NO));
}

static const struct {
	const char *refer_host, *domain, *address, *peer, *user, *params, *target;
} targets[] = {
    {"refer.example", "pbx.example", "10.1.1.2:5070", "10.1.1.1:49152", "3500", "",
     "<sip:700@refer.example>"},
    {"", "pbx.example", "10.1.1.2:5070", "10.1.1.1:49152", "3500", "", "<sip:700@pbx.example>"},
    {"", "", "10.1.1.2:5070", "10.1.1.1:49152", "3500", "", "<sip:700@10.1.1.2:5070>"},
    {"", "", "10.1.1.2:5060", "10.1.1.1:49152", "3500", "", "<sip:700@10.1.1.2>"},
    {"", "", NULL, "10.1.1.1:49152", "3500", "", "<sip:700@10.1.1.1>"},
    {"", "", NULL, "[2001:db8::1]:49152", "3500", "", "<sip:700@[2001:db8::1]>"},
    /* CS1000: a number of its own plan; maddr alone would name no domain */
    {"", "um.example.com", NULL, "10.1.1.1:5060", "3500;phone-context=cdp.udp",
     "maddr=10.1.1.9;transport=tcp;user=phone",
     "<sip:700;phone-context=cdp.udp@um.example.com;user=phone>"},
    {"", "d", NULL, "10.1.1.1:5060", "3500;Phone-Context=+49", "user=ip",
     "<sip:700;phone-context=+49@d>"},
    {"", "d", NULL, "10.1.1.1:5060", "3500;phone-context=a>b", "User=Phone",
     "<sip:700@d;user=phone>"},
    {"", "d", NULL, "10.1.1.1:5060", "3500;phone-context=", "", "<sip:700@d>"},
};

static void
test_target(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		struct transfer t = {.peer = given_addr(targets[i].peer)};
		struct trunk_conf trunk = {0};
		char text[TRANSFER_TARGET];
		struct buf b = BUF(text);

		snprintf(trunk.refer_host, sizeof(trunk.refer_host), "%s", targets[i].refer_host);
		snprintf(trunk.domain, sizeof(trunk.domain), "%s", targets[i].domain);
		if (targets[i].address)
			trunk.address = given_addr(targets[i].address);
		transfer_read(&t, slice_str(targets[i].user), slice_str(targets[i].params));
		transfer_target(&t, &trunk, "700", &b);
		assert_string_equal(buf_cstr(&b), targets[i].target);
	}
}

/* Whatever the longest settings are, it fits. */
static void
test_longest(void **state)
{
	struct transfer t = {.user_phone = true};
	struct trunk_conf trunk = {0};
	char text[TRANSFER_TARGET], operator[CONF_NAME_MAX];
	struct buf b = BUF(text);

	(void)state;
	memset(t.context, 'x', sizeof(t.context) - 1);
	memset(trunk.refer_host, 'h', sizeof(trunk.refer_host) - 1);
	memset(operator, '#', sizeof(operator) - 1);
	operator[sizeof(operator) - 1] = '\0';
	transfer_target(&t, &trunk, operator, & b);
	assert_false(b.full);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_refusal),
	    cmocka_unit_test(test_target),
	    cmocka_unit_test(test_longest),
	};

	return cmocka_run_group_tests_name("transfer", tests, NULL, NULL);
}
