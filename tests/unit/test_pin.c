/* test_pin: the right PIN and others, with a hash of each form that is taken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "conf/pin_hash.h"
#include "worker/pin.h"

/* Of 123456, made by crypt(3). */
static const char *const hashes[] = {
    "$y$j9T$abcdefghijkl$6WORrfNT2QBci6AzHgW.UppRLV2FkfnyUbSUPp0HBj4",
    "$gy$j9T$abcdefghijkl$z8MTwbMqHaB4/VLymRX1e0eGJERQyf3RmBFGU117n05",
    "$6$abcdefghijkl$ONGzXPaNcIXQVulVJ8ZrI/xDSDlU7TDwFH5bChdu41gMmYOW3vqHjPBOFj7fRLbYFGr65XoLg7h"
    "SJMIryTx4Y.",
    "$5$abcdefghijkl$oT5/ZENpTqXexSq7QIGyvvQrz5LdpqDUXR3IZ65p3H3",
    "$2b$05$abcdefghijklmnopqrstuu1Z..wm/IlVbtpza52hgqCBArL1cvSg6",
};

static void
test_every_form(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(hashes) / sizeof(hashes[0]); i++) {
		assert_null(pin_hash_fault(slice_str(hashes[i])));
		assert_true(pin_is("123456", hashes[i]));
		assert_false(pin_is("123457", hashes[i]));
		assert_false(pin_is("1234567", hashes[i]));
		assert_false(pin_is("12345", hashes[i]));
		assert_false(pin_is("", hashes[i]));
		assert_false(pin_is(hashes[i], hashes[i]));
	}
}

static void
test_nobodys(void **state)
{
	(void)state;
	assert_false(pin_is("123456", NULL));
	assert_false(pin_is("", NULL));
	assert_false(pin_is("123456", ""));
	assert_false(pin_is("123456", "$nonsense$"));
	assert_false(pin_is("*0", "*0"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_every_form),
	    cmocka_unit_test(test_nobodys),
	};
	return cmocka_run_group_tests_name("pin", tests, NULL, NULL);
}
