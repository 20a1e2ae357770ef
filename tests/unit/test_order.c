/* test_order: what each command makes of the hooks' answers: status, line, body, JSON. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "supervisor/order.h"
#include "tests/unit/hooks.h"

static struct order_answer got;

/* The whole answer to one line; NULL frees the last one. */
static const char *
say_line(const char *line)
{
	static char *text;

	free(text);
	text = NULL;
	if (line != NULL) {
		order_run(&hooks, slice_str(line), &got);
		text = order_print(&got);
	}
	return text;
}

static int
setup(void **state)
{
	(void)state;
	answer = 0;
	recycle_stands = 1;
	return 0;
}

static void
reports(void **state)
{
	(void)state;
	assert_non_null(strstr(say_line("status"), "0\nready; slot A generation 11"));
	assert_non_null(strstr(say_line("calls"), "a84b4c76e66710@pbx"));
	assert_non_null(strstr(say_line("trunks"), "302 not followed"));
	assert_memory_equal(say_line("trunks cs1000"), "0\ntrunk:      cs1000\n", 21);
	assert_memory_equal(say_line("--json trunks cs1000"), "0\n{\n  \"name\": \"cs1000\"", 22);
	assert_string_equal(say_line("trunks nobody"), "1 there is no trunk nobody\n");
	assert_non_null(strstr(say_line("history"), "Sunday service"));
	assert_memory_equal(say_line("--json status"), "0\n{\n  \"version\"", 15);
	assert_memory_equal(say_line("--json calls"), "0\n{\n  \"calls\"", 13);
	answer = -ENOMEM;
	assert_string_equal(say_line("status"), "1 Cannot allocate memory\n");
}

static void
orders(void **state)
{
	(void)state;
	assert_string_equal(say_line("drain"), "0 done\n");
	assert_string_equal(asked, "enable 0");
	assert_string_equal(say_line("enable\r"), "0 done\n");
	assert_string_equal(asked, "enable 1");
	assert_string_equal(say_line("log debug flow"), "0 done\n");
	assert_string_equal(asked, "log 4 4");
	assert_string_equal(say_line("log err"), "0 done\n");
	assert_string_equal(asked, "log 0 -1");
	assert_string_equal(say_line("reload-tls"), "0 certificate in use\n");
	assert_string_equal(asked, "reload-tls");
	assert_string_equal(say_line("stop --now"), "0 stopping\n");
	assert_string_equal(asked, "stop 1");
	assert_string_equal(say_line("stop"), "0 stopping\n");
	assert_string_equal(asked, "stop 0");
	assert_string_equal(say_line("trunks reset nobody"), "1 no trunk \"nobody\"\n");
	assert_string_equal(say_line("recycle --cancel"), "1 no recycle waits\n");
	answer = -EPERM;
	assert_string_equal(say_line("drain"), "1 Operation not permitted\n");
	assert_string_equal(say_line("reload-tls"), "1 it has expired; the one in use stays\n");
	assert_string_equal(say_line("--json drain"),
			    "1 Operation not permitted\n{\n  \"status\": 1,\n  \"message\": "
			    "\"Operation not permitted\",\n  \"lines\": []\n}\n");
}

static void
reload_tells_all(void **state)
{
	(void)state;
	assert_string_equal(say_line("reload"), "0 reloaded\n");
	answer = -EINVAL;
	assert_string_equal(say_line("reload"), "1 the file has 2 errors, nothing has changed\n"
						"a.conf:3: listen.port: 0\n"
						"a.conf:9: log.level: loud\n");
	assert_non_null(strstr(say_line("--json reload"), "\"a.conf:9: log.level: loud\""));
}

static void
recycle_without_waiting(void **state)
{
	(void)state;
	assert_string_equal(say_line("recycle"), "0 recycle begun\n");
	assert_string_equal(asked, "recycle 0 \"\"");
	assert_string_equal(say_line("recycle --now --reason \"two words\""), "0 recycle begun\n");
	assert_string_equal(asked, "recycle 1 \"two words\"");
	answer = 1;
	assert_string_equal(say_line("recycle --when-idle"), "0 recycle begun\n");
	assert_string_equal(asked, "recycle 2 \"\"");
	answer = -EBUSY;
	assert_string_equal(say_line("recycle --wait"), "1 a recycle is waiting already\n");
}

static void
wrong_usage(void **state)
{
	(void)state;
	assert_string_equal(say_line("dance"), "2 no command \"dance\"; \"help\" lists them\n");
	assert_string_equal(say_line("log"), "2 log: LEVEL is missing\nusage: log LEVEL [ROOM]\n");
	assert_string_equal(say_line("log loud"),
			    "2 log: no level \"loud\": err warn notice info debug\n");
	assert_memory_equal(say_line("log info kitchen"), "2 log: no room \"kitchen\": main", 30);
	assert_string_equal(say_line("help dance"),
			    "2 no command \"dance\"; \"help\" lists them\n");
	assert_string_equal(say_line("help stop"),
			    "0\n  stop [--now]\n"
			    "      end the supervisor when the last call has ended, or now\n");
	assert_non_null(strstr(say_line("help"), "\n  trunks reset NAME\n"));
	assert_memory_equal(say_line("--json log"), "2 log: LEVEL is missing\n{", 25);
}

static void
waits_until_it_has_switched(void **state)
{
	struct order_answer a;
	char *text;

	(void)state;
	order_run(&hooks, SLICE("recycle --wait --json"), &a);
	assert_true(a.waiting);
	order_wait(&hooks, &a);
	assert_true(a.waiting);
	recycle_stands = 0;
	order_wait(&hooks, &a);
	assert_false(a.waiting);
	text = order_print(&a);
	assert_string_equal(text, "0 generation 13 serves; 2 INVITEs moved\n{\n  \"status\": 0,\n"
				  "  \"message\": \"generation 13 serves; 2 INVITEs moved\",\n"
				  "  \"lines\": []\n}\n");
	free(text);
}

/* What the worker does is told in the words of the command, and answered in lines. */
static void
queue(void **state)
{
	char line[600];

	(void)state;
	order_run(&hooks, SLICE("queue"), &got);
	assert_string_equal(asked, "errand queue");
	assert_true(got.waiting && got.errand);
	recycle_stands = 0;
	order_wait(&hooks, &got);
	assert_false(got.waiting);
	char *text = order_print(&got);
	assert_string_equal(text, "0 2 wait\none\ntwo\n");
	free(text);
	assert_string_equal(say_line("queue list"), "0 2 wait\none\ntwo\n");
	assert_string_equal(say_line("queue retry"), "0 2 wait\none\ntwo\n");
	assert_string_equal(asked, "errand queue retry");
	say_line("queue drop 4d1c-1");
	assert_string_equal(asked, "errand queue drop 4d1c-1");
	assert_int_equal(got.kind, CHANGES);
	say_line("queue show 4d1c-1");
	assert_int_equal(got.kind, SHOWS);
	assert_memory_equal(say_line("queue drop"), "2 ", 2);
	recycle_stands = -ENOENT;
	assert_memory_equal(say_line("queue release x"), "1 2 wait\n", 9);
	recycle_stands = -EPIPE;
	assert_string_equal(say_line("queue"), "1 the worker has left\n");
	snprintf(line, sizeof(line), "queue show %0500d", 1);
	assert_string_equal(say_line(line), "1 that is no name of a message\n");
	answer = -EAGAIN;
	assert_string_equal(say_line("queue"), "1 no worker serves\n");
}

/* A NOTIFY's answer is waited for; the last trunk's word counts, the others' follow. */
static void
mwi_waits_for_the_answer(void **state)
{
	struct order_answer a;
	char *text;

	(void)state;
	order_run(&hooks, SLICE("mwi 2101 3 5 --trunk cucm --urgent 1"), &a);
	assert_string_equal(asked, "notify 2101 3/5 (1) by \"cucm\"");
	assert_true(a.waiting);
	recycle_stands = 0;
	order_wait(&hooks, &a);
	assert_false(a.waiting);
	text = order_print(&a);
	assert_string_equal(text, "0 200 OK by trunk c\n"
				  "403 Forbidden by trunk a\n503 Busy by trunk b\n");
	free(text);
	recycle_stands = -EIO;
	assert_memory_equal(say_line("mwi 2101 0"), "1 200 OK by trunk c\n", 20);
	assert_string_equal(asked, "notify 2101 0/0 (0) by \"\"");
	answer = -EAGAIN;
	assert_string_equal(say_line("mwi 2101 0"), "1 no worker serves\n");
	assert_string_equal(say_line("mwi 2101 some"),
			    "2 mwi: NEW: \"some\" is no number from 0 to 99999\n");
	assert_string_equal(say_line("mwi 2101 1 --urgent 100000"),
			    "2 mwi: --urgent: \"100000\" is no number from 0 to 99999\n");
	assert_string_equal(
	    say_line("mwi 2101"),
	    "2 mwi: NEW is missing\nusage: mwi NUMBER NEW [OLD] [--urgent N] [--trunk NAME]\n");
	assert_string_equal(
	    say_line("mwi 1234567890123456789012345678901234567890123456789012345678"
		     "901234 1"),
	    "2 mwi: NUMBER is longer than 63 characters\n");
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup(f, setup)
	const struct CMUnitTest tests[] = {
	    T(reports),
	    T(orders),
	    T(reload_tells_all),
	    T(recycle_without_waiting),
	    T(wrong_usage),
	    T(waits_until_it_has_switched),
	    T(mwi_waits_for_the_answer),
	    T(queue),
	};

	setenv("TZ", "UTC", 1);
	int r = cmocka_run_group_tests_name("order", tests, NULL, NULL);
	say_line(NULL);
	return r;
}
