/* test_dtmf_info: keys in the INFO of telephone systems. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "worker/dtmf_info.h"

#define RELAY  "application/dtmf-relay"
#define SIMPLE "application/dtmf"
#define NORTEL "application/vnd.nortelnetworks.digits"

static const struct {
	const char *type, *body;
	char key;
} rows[] = {
    {RELAY, "Signal=5\r\nDuration=160\r\n", '5'},
    {RELAY, "Signal= #\r\nDuration= 250\r\n", '#'},
    {RELAY, "Duration=100\nsignal = *\n", '*'},
    {RELAY, "SIGNAL=0", '0'},
    {RELAY, "Signal=d\r\n", 'D'},
    {RELAY, "Signal=10\r\n", '*'},
    {RELAY, "Signal=11\r\nDuration=160\r\n", '#'},
    {RELAY, "Signal=15", 'D'},
    {RELAY, "Signal=16\r\n", 0}, /* the hook */
    {RELAY, "Signal=!\r\n", 0},
    {RELAY, "Signal=\r\n", 0},
    {RELAY, "Signal=5#\r\n", 0},
    {RELAY, "Signal=E\r\n", 0},
    {RELAY, "XSignal=5\r\n", 0},
    {RELAY, "5\r\n", 0},
    {"Application/DTMF-Relay", "Signal=7\r\n", '7'},
    {SIMPLE, "5", '5'},
    {SIMPLE, " #\r\n", '#'},
    {SIMPLE, "11\r\n", '#'},
    {SIMPLE, "Signal=3\r\nDuration=100\r\n", '3'},
    {SIMPLE, "", 0},
    {SIMPLE, "12345", 0},
    {NORTEL, "p=Digit-Collection\r\ny=Digits\r\nd=9\r\n", '9'},
    {NORTEL, "d=#\r\n", '#'},
    {NORTEL, "Signal=4\r\n", '4'},
    {NORTEL, "p=Digit-Collection\r\n", 0},
    {"application/sdp", "Signal=5\r\n", 0},
    {"", "5", 0},
};

static void
every_form(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (dtmf_info_key(slice_str(rows[i].type), slice_str(rows[i].body)) != rows[i].key)
			fail_msg("%s: %s", rows[i].type, rows[i].body);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(every_form)};

	return cmocka_run_group_tests_name("dtmf_info", tests, NULL, NULL);
}
