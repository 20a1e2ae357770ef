/* test_pin_hash: which hashes of PINs are taken, and that no fault repeats any of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "conf/pin_hash.h"

#define Y43 "6WORrfNT2QBci6AzHgW.UppRLV2FkfnyUbSUPp0HBj4"
#define S86 "ONGzXPaNcIXQVulVJ8ZrI/xDSDlU7TDwFH5bChdu41gMmYOW3vqHjPBOFj7fRLbYFGr65XoLg7hSJMIryTx4Y."
#define B53 "abcdefghijklmnopqrstuu1Z..wm/IlVbtpza52hgqCBArL1cvSg6"

static const char *const taken[] = {
    "$y$j9T$abcdefghijkl$" Y43,
    "$y$j75$abcdefghijkl$" Y43,
    "$y$jBT$abcdefghijkl$" Y43,
    "$gy$j9T$abcdefghijkl$" Y43,
    "$2b$05$" B53,
    "$2b$12$" B53,
    "$6$abcdefghijkl$" S86,
    "$6$a$" S86,
    "$6$rounds=500000$abcdefghijklmnop$" S86,
    "$5$abcdefghijkl$" Y43,
    "$5$rounds=1000$abcdefghijkl$" Y43,
};

static const struct {
	const char *text, *fault;
} refused[] = {
    {"482913", "a PIN in the clear; its hash, as mkpasswd makes it"},
    {"0", "a PIN in the clear"},
    {"", "not a hash of ours; one as mkpasswd makes it, which begins with $y$"},
    {"sesame", "not a hash of ours"},
    {"$", "not a hash"},
    {"$$$", "not a hash"},
    {"$6", "not a hash"},
    {"$1$abcdefgh$abcdefghijklmnopqrstuv", "not a hash"},
    {"abJnggxhB/yWI", "not a hash"},
    {"$2a$05$" B53, "not a hash"},
    {"$2b$5$" B53, "not a hash"},
    {"$2b$05$x" B53, "not a hash"},
    {"$2b$13$" B53, "a hash that takes too long to check; one of mkpasswd's usual cost"},
    {"$2b$99$" B53, "a hash that takes too long"},
    {"$6$abcdefghijklmnopq$" S86, "not a hash"},
    {"$6$$" S86, "not a hash"},
    {"$6$ab:d$" S86, "not a hash"},
    {"$6$abcdefghijkl$x" S86, "not a hash"},
    {"$6$abcdefghijkl$" Y43, "not a hash"},
    {"$6$abcdefghijkl$" S86 "$", "not a hash"},
    {"$6$rounds=500001$abcdefghijkl$" S86, "a hash that takes too long"},
    {"$6$rounds=99999999999999999999999$abcdefghijkl$" S86, "a hash that takes too long"},
    {"$6$rounds=999$abcdefghijkl$" S86, "not a hash"},
    {"$6$rounds=$abcdefghijkl$" S86, "not a hash"},
    {"$6$rounds=5000$abcdefghijkl", "not a hash"},
    {"$y$j9T$abcdefghijkl$" Y43 "x", "not a hash"},
    {"$y$j9T$$" Y43, "not a hash"},
    {"$y$j9T/$abcdefghijkl$" Y43, "not a hash"},
    {"$y$i9T$abcdefghijkl$" Y43, "not a hash"},
    {"$y$jCT$abcdefghijkl$" Y43, "a hash that takes too long"},
    {"$y$jzz$abcdefghijkl$" Y43, "a hash that takes too long"},
    {"$y$j9z$abcdefghijkl$" Y43, "a hash that takes too long"},
};

static void
test_taken(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++)
		if (pin_hash_fault(slice_str(taken[i])))
			fail_msg("%s: %s", taken[i], pin_hash_fault(slice_str(taken[i])));
}

static void
test_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		const char *said = pin_hash_fault(slice_str(refused[i].text));

		if (!said || strncmp(said, refused[i].fault, strlen(refused[i].fault)) != 0)
			fail_msg("%s: %s", refused[i].text, said ? said : "taken");
		if (strlen(refused[i].text) > 4 && strstr(said, refused[i].text))
			fail_msg("%s repeats it", said);
	}
}

/* Every beginning of a right one is wrong, and so is one with a byte of another kind in it. */
static void
test_cut_and_spoilt(void **state)
{
	char spoilt[PIN_HASH_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++) {
		const size_t n = strlen(taken[i]);

		for (size_t k = 0; k < n; k++) {
			assert_non_null(pin_hash_fault((struct slice){taken[i], k}));
			memcpy(spoilt, taken[i], n);
			spoilt[k] = ' ';
			assert_non_null(pin_hash_fault((struct slice){spoilt, n}));
			spoilt[k] = '\0';
			assert_non_null(pin_hash_fault((struct slice){spoilt, n}));
		}
	}
}

static void
test_too_long(void **state)
{
	char text[PIN_HASH_MAX + 100] = "$y$j9T$";

	(void)state;
	memset(text + 7, 'a', sizeof(text) - 7);
	memcpy(text + sizeof(text) - 44, "$" Y43, 44);
	assert_non_null(pin_hash_fault((struct slice){text, sizeof(text)}));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_taken),
	    cmocka_unit_test(test_refused),
	    cmocka_unit_test(test_cut_and_spoilt),
	    cmocka_unit_test(test_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
