/* test_doors: which doors a configuration has, in which order: the order is what a door's number
 * means in Via parameters, the call table and the log. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "conf/conf.h"

#define TWO "[listen]\naddress = 192.0.2.1 2001:db8::1\n[trunk pbx]\nsource = 10.0.0.0/8\n"

static void
test_doors(void **state)
{
	static const struct {
		uint16_t port;
		enum transport transport;
		enum door_kind kind;
	} order[] = {
	    {5060, TRANSPORT_UDP, DOOR_SERVICE}, {5060, TRANSPORT_TCP, DOOR_SERVICE},
	    {5065, TRANSPORT_UDP, DOOR_SLOT_A},  {5065, TRANSPORT_TCP, DOOR_SLOT_A},
	    {5067, TRANSPORT_UDP, DOOR_SLOT_B},  {5067, TRANSPORT_TCP, DOOR_SLOT_B},
	};
	char lines[1024];
	struct buf errors = BUF(lines);
	struct conf *c;
	struct door_spec doors[CONF_DOORS];

	(void)state;
	assert_int_equal(conf_read_text("test", SLICE(TWO), &errors, &c), 0);
	assert_int_equal(conf_doors(c, doors), 12);
	for (size_t i = 0; i < 12; i++) {
		assert_true(addr_ip_eq(&doors[i].local, &c->listen.address[i / 6]));
		assert_int_equal(doors[i].local.port, order[i % 6].port);
		assert_int_equal(doors[i].transport, order[i % 6].transport);
		assert_int_equal(doors[i].kind, order[i % 6].kind);
	}
	c->listen.udp = false;
	assert_int_equal(conf_doors(c, doors), 6);
	for (size_t i = 0; i < 6; i++)
		assert_int_equal(doors[i].transport, TRANSPORT_TCP);
	free(c);
}

static void
test_names(void **state)
{
	(void)state;
	assert_string_equal(transport_name(TRANSPORT_TLS), "tls");
	assert_string_equal(trunk_mode_name(TRUNK_AUTO), "auto");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_doors),
	    cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests_name("doors", tests, NULL, NULL);
}
