/* test_whose_owner: whose call it is when a pilot number itself is dialled: his who logs on, if
 * anybody there has a PIN. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "conf/mailbox_file.h"
#include "worker/whose.h"

#define CONF                                                                                 \
	"[listen]\naddress = 192.0.2.1\n[mail]\ndelivery = off\n[mailboxes]\nfile = m.csv\n" \
	"[dialplan berlin]\nextension_length = 4\npilot = 3500 3600\nattendant = 2000\n"     \
	"number_prefix = +49301234\nlanguage = de-DE\noperator = 2009\n"                     \
	"[dialplan paris]\nextension_length = 5\npilot = 70000\n"                            \
	"[dialplan rome]\nextension_length = 5\npilot = 80000\nunknown = 404\n"              \
	"[trunk pbx]\nsource = 10.0.0.1\n[trunk paris]\nsource = 10.0.0.2\ndialplan = paris\n"

#define HASH  "$5$abcdefghijkl$oT5/ZENpTqXexSq7QIGyvvQrz5LdpqDUXR3IZ65p3H3"
#define HASH2 "$5$abcdefghijkm$oT5/ZENpTqXexSq7QIGyvvQrz5LdpqDUXR3IZ65p3H3"

#define PEOPLE                                               \
	"extension,dialplan,numbers,language,greeting,pin\n" \
	"2101,berlin,+491712345678,nl-NL,named," HASH "\n"   \
	"2102,berlin,,,,\n"                                  \
	"2103,berlin,,,/srv/own.wav," HASH2 "\n"             \
	"3600,berlin,,,,\n"                                  \
	"44101,paris,,,," HASH "\n"                          \
	"44101,rome,,,,\n"

static struct conf *conf;
static struct mailbox_bytes table;
static struct mailboxes boxes;

static int
setup(void **state)
{
	static char said[2048];
	struct buf errors = BUF(said);

	(void)state;
	if (conf_read_text("test", SLICE(CONF), &errors, &conf) != 0 ||
	    mailbox_file_text(conf, "m.csv", SLICE(PEOPLE), &errors, &table) != 0 ||
	    mailboxes_open(table.p, table.n, &boxes) != 0)
		fail_msg("%s", buf_cstr(&errors));
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	free(table.p);
	free(conf);
	return 0;
}

static struct whose
ask(size_t trunk, const struct party_fields *fields)
{
	const struct whose_question q = {conf, &boxes, &conf->trunk[trunk], fields};
	struct whose w;

	memset(&w, 0xff, sizeof(w));
	whose_call(&q, &w);
	return w;
}

static const struct {
	const char *what;
	size_t trunk;
	struct party_fields fields;
	enum whose_verdict verdict;
	const char *called;
} calls[] = {
    {"his own telephone",
     0,
     {.request_user = SLICE("3500"), .from_user = SLICE("2101")},
     WHOSE_OWNER,
     "2101"},
    {"in full",
     0,
     {.request_user = SLICE("+493012343500"), .from_user = SLICE("+493012342101")},
     WHOSE_OWNER,
     "2101"},
    {"his mobile",
     0,
     {.request_user = SLICE("3500"), .from_user = SLICE("+491712345678")},
     WHOSE_OWNER,
     "2101"},
    {"a telephone whose mailbox has no PIN",
     0,
     {.request_user = SLICE("3500"), .from_user = SLICE("2102")},
     WHOSE_OWNER,
     ""},
    {"a stranger", 0, {.request_user = SLICE("3500"), .from_user = SLICE("99")}, WHOSE_OWNER, ""},
    {"withheld",
     0,
     {.request_user = SLICE("3500"), .from_user = SLICE("2101"), .privacy = SLICE("id")},
     WHOSE_OWNER,
     ""},
    {"somebody of another plan",
     1,
     {.request_user = SLICE("70000"), .from_user = SLICE("2101")},
     WHOSE_OWNER,
     ""},
    {"an attendant sent it on: the same",
     0,
     {.request_user = SLICE("3500"),
      .from_user = SLICE("2101"),
      .diversion = {.line = {SLICE("<sip:2000@x>")}, .n = 1}},
     WHOSE_OWNER,
     "2101"},
    /* not so */
    {"a pilot that is a mailbox",
     0,
     {.request_user = SLICE("3600"), .from_user = SLICE("2101")},
     WHOSE_TAKE,
     "3600"},
    {"diverted",
     0,
     {.request_user = SLICE("3500"),
      .from_user = SLICE("2101"),
      .diversion = {.line = {SLICE("<sip:2102@x>")}, .n = 1}},
     WHOSE_TAKE,
     "2102"},
    {"diverted by nobody's number",
     0,
     {.request_user = SLICE("3500"),
      .from_user = SLICE("2101"),
      .diversion = {.line = {SLICE("<sip:2199@x>")}, .n = 1}},
     WHOSE_SPEAK,
     "2199"},
    {"another pilot's number, dialled in this plan",
     1,
     {.request_user = SLICE("3500"), .from_user = SLICE("44101")},
     WHOSE_SPEAK,
     "3500"},
    {"a plan without any PIN",
     0,
     {.request_user = SLICE("80000"), .from_user = SLICE("44101")},
     WHOSE_REFUSE,
     "80000"},
};

static void
test_verdicts(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		struct whose w = ask(calls[i].trunk, &calls[i].fields);

		if (w.verdict != calls[i].verdict || strcmp(w.called, calls[i].called) != 0)
			fail_msg("%s: verdict %d, %s", calls[i].what, w.verdict, w.called);
	}
}

static void
test_without_mailboxes(void **state)
{
	const struct party_fields fields = {.request_user = SLICE("3500")};
	const struct whose_question q = {conf, NULL, &conf->trunk[0], &fields};
	struct whose w;

	(void)state;
	whose_call(&q, &w);
	assert_int_equal(w.verdict, WHOSE_TAKE);
	assert_string_equal(w.called, "3500");
	assert_false(w.records);
}

static void
test_logging_on(void **state)
{
	struct whose w = ask(0, &(struct party_fields){.request_user = SLICE("3500")});
	const char *pin = NULL;

	(void)state;
	assert_string_equal(w.dialplan, "berlin");
	assert_string_equal(w.language, "de-DE");
	assert_string_equal(w.operator, "2009");
	assert_false(whose_log_on(&boxes, "2102", &w, &pin));
	assert_false(whose_log_on(&boxes, "2199", &w, &pin));
	assert_false(whose_log_on(&boxes, "44101", &w, &pin));
	assert_false(whose_log_on(&boxes, "", &w, &pin));
	assert_null(pin);
	assert_string_equal(w.called, "");
	assert_true(whose_log_on(&boxes, "2103", &w, &pin));
	assert_string_equal(pin, HASH2);
	assert_string_equal(w.called, "2103");
	assert_string_equal(w.language, "de-DE");
	assert_string_equal(w.greeting, "/srv/own.wav");
	assert_false(w.records); /* the administrator's goes before it */
	assert_true(whose_log_on(&boxes, "2101", &w, &pin));
	assert_string_equal(pin, HASH);
	assert_string_equal(w.language, "nl-NL");
	assert_string_equal(w.greeting, MAILBOX_NAMED);
	assert_true(w.records);
	assert_int_equal(w.verdict, WHOSE_OWNER);
}

/* What a caller's call says of the greeting. */
static void
test_who_records(void **state)
{
	struct party_fields fields = {.request_user = SLICE("2101")};

	(void)state;
	strcpy(conf->trunk[0].dialplan, "berlin");
	assert_true(ask(0, &fields).records);
	fields.request_user = SLICE("2102");
	assert_false(ask(0, &fields).records);
	fields.request_user = SLICE("2103");
	assert_false(ask(0, &fields).records);
	fields.request_user = SLICE("2199");
	assert_false(ask(0, &fields).records);
	conf->trunk[0].dialplan[0] = '\0';
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_verdicts),
	    cmocka_unit_test(test_without_mailboxes),
	    cmocka_unit_test(test_logging_on),
	    cmocka_unit_test(test_who_records),
	};
	return cmocka_run_group_tests_name("whose_owner", tests, setup, teardown);
}
