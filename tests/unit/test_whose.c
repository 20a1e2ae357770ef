/* test_whose: whose call it is, for every way in which an INVITE says it: plans, pilot numbers,
 * diversions and who of them wins, callers, and numbers that are nobody's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "conf/mailbox_file.h"
#include "worker/whose.h"

#define LEAST                                                        \
	"[listen]\naddress = 192.0.2.1\n[mailboxes]\nfile = m.csv\n" \
	"[call]\noperator = 1999\n"
#define BERLIN                                                                                 \
	"[dialplan berlin]\nextension_length = 4\npilot = 3500\nattendant = 2000\noperator = " \
	"2009\n"                                                                               \
	"number_prefix = +49301234\ncountry_code = 49\nnational_prefix = 0\nlanguage = de-DE\n"
#define PARIS                                                                              \
	"[dialplan paris]\nextension_length = 5\npilot = 70000\nnumber_prefix = +331444\n" \
	"unknown = 404\n"
#define TRUNKS                                                           \
	"[trunk first]\nsource = 10.0.0.1\n"                             \
	"[trunk last]\nsource = 10.0.0.2\ndiverting = last\n"            \
	"[trunk paris]\nsource = 10.0.0.3\ndialplan = paris\n"           \
	"[trunk history]\nsource = 10.0.0.4\ndiversion = history-info\n" \
	"[trunk lost]\nsource = 10.0.0.5\ndialplan = berlin\n"

#define PEOPLE                                                                            \
	"extension,dialplan,numbers,name,address,language,max_recording,greeting\n"       \
	"2101,berlin,\"030 5550101; 0171 2345678\",Anna M.,anna@example.com,nl-NL,90s,\n" \
	"2102,berlin,,Bob,bob@example.com,,,named\n"                                      \
	"2103,berlin,,,,,,\n"                                                             \
	"3500,berlin,,Everybody,all@example.com,,,\n"                                     \
	"2009,berlin,,Reception,reception@example.com,,,\n"                               \
	"44101,paris,2101,Chloe,chloe@example.com,,,\n"

static struct conf *conf;
static struct mailbox_bytes table;
static struct mailboxes boxes;

static int
setup(void **state)
{
	static char said[2048];
	struct buf errors = BUF(said);

	(void)state;
	if (conf_read_text("test", SLICE(LEAST BERLIN PARIS TRUNKS), &errors, &conf) != 0 ||
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

static const struct trunk_conf *
trunk(const char *name)
{
	for (size_t i = 0; i < conf->ntrunk; i++)
		if (!strcmp(conf->trunk[i].name, name))
			return &conf->trunk[i];
	fail_msg("no trunk %s", name);
	return NULL;
}

static struct whose
ask(const char *trunk_name, const struct party_fields *fields)
{
	const struct whose_question q = {conf, &boxes, trunk(trunk_name), fields};
	struct whose w;

	memset(&w, 0xff, sizeof(w));
	whose_call(&q, &w);
	return w;
}

/* ---- whose mailbox ---- */

#define LINE(text)                                           \
	{                                                    \
		.line = {{(text), sizeof(text) - 1}}, .n = 1 \
	}

static const struct {
	const char *what, *trunk, *called;
	struct party_fields fields;
	bool diverted;
	enum whose_verdict verdict;
} calls[] = {
    {"diverted to the pilot",
     "first",
     "2101",
     {.request_user = SLICE("3500"), .diversion = LINE("<sip:2101@x>;reason=no-answer")},
     true,
     WHOSE_TAKE},
    {"as tel:, as the original wrote it",
     "first",
     "2101",
     {.request_user = SLICE("3500"), .diversion = LINE("<tel:2101>;reason=no-answer")},
     true,
     WHOSE_TAKE},
    {"in full",
     "first",
     "2102",
     {.request_user = SLICE("3500"), .diversion = LINE("<sip:+493012342102@x>")},
     true,
     WHOSE_TAKE},
    {"one of the other numbers",
     "first",
     "2101",
     {.request_user = SLICE("3500"), .diversion = LINE("<sip:+49305550101@x>")},
     true,
     WHOSE_TAKE},
    {"the pilot in full too",
     "first",
     "2101",
     {.request_user = SLICE("+493012343500"), .diversion = LINE("<sip:03012342101@x>")},
     true,
     WHOSE_TAKE},
    {"History-Info, the pilot last",
     "first",
     "2101",
     {.request_user = SLICE("3500"),
      .history = LINE("<sip:2101@x?Reason=SIP%3Bcause%3D486>;index=1,<sip:3500@x>;index=1.1")},
     true,
     WHOSE_TAKE},
    {"x-nt-ocn-id",
     "first",
     "2102",
     {.request_user = SLICE("3500"), .original = SLICE("2102")},
     true,
     WHOSE_TAKE},
    {"target",
     "first",
     "2102",
     {.request_user = SLICE("3500"), .request_params = SLICE("target=sip:2102%40x;cause=486")},
     true,
     WHOSE_TAKE},
    {"several, who was called first",
     "first",
     "2102",
     {.request_user = SLICE("3500"), .diversion = LINE("<sip:2101@x>,<sip:2102@x>")},
     true,
     WHOSE_TAKE},
    {"several, who sent it on last",
     "last",
     "2101",
     {.request_user = SLICE("3500"), .diversion = LINE("<sip:2101@x>,<sip:2102@x>")},
     true,
     WHOSE_TAKE},
    {"only History-Info counts",
     "history",
     "2102",
     {.request_user = SLICE("3500"),
      .diversion = LINE("<sip:2101@x>"),
      .history = LINE("<sip:2102@x>;index=1,<sip:3500@x>;index=1.1")},
     true,
     WHOSE_TAKE},
    {"an attendant is passed over",
     "first",
     "2101",
     {.request_user = SLICE("3500"), .diversion = LINE("<sip:2101@x>,<sip:2000@x>")},
     true,
     WHOSE_TAKE},
    {"an attendant in full",
     "first",
     "2101",
     {.request_user = SLICE("3500"), .diversion = LINE("<sip:2101@x>,<sip:+493012342000@x>")},
     true,
     WHOSE_TAKE},
    {"a pilot number is passed over",
     "last",
     "2101",
     {.request_user = SLICE("+493012343500"), .diversion = LINE("<sip:3500@x>,<sip:2101@x>")},
     true,
     WHOSE_TAKE},
    {"an attendant in History-Info",
     "first",
     "2101",
     {.request_user = SLICE("3500"),
      .history = LINE("<sip:2000@x>;index=1,<sip:2101@x>;index=1.1,<sip:3500@x>;index=1.1.1")},
     true,
     WHOSE_TAKE},
    {"a group without a mailbox sent it on",
     "first",
     "2101",
     {.request_user = SLICE("3500"), .diversion = LINE("<sip:2101@x>,<sip:2999@x>")},
     true,
     WHOSE_TAKE},
    {"the attendant in one header, the person in another",
     "first",
     "2102",
     {.request_user = SLICE("3500"), .diversion = LINE("<sip:2000@x>"), .original = SLICE("2102")},
     true,
     WHOSE_TAKE},
    {"the person's number is dialled",
     "lost",
     "2102",
     {.request_user = SLICE("2102")},
     false,
     WHOSE_TAKE},
    {"in full", "lost", "2102", {.request_user = SLICE("+493012342102")}, false, WHOSE_TAKE},
    {"a pilot that is a mailbox too",
     "first",
     "3500",
     {.request_user = SLICE("3500")},
     false,
     WHOSE_TAKE},
    {"an attendant sent it to such a pilot",
     "first",
     "3500",
     {.request_user = SLICE("3500"), .diversion = LINE("<sip:2000@x>")},
     false,
     WHOSE_TAKE},
    {"the trunk's plan, not the pilot's",
     "paris",
     "44101",
     {.request_user = SLICE("3500"), .diversion = LINE("<sip:44101@x>")},
     true,
     WHOSE_TAKE},
    {"the same number in another plan",
     "paris",
     "44101",
     {.request_user = SLICE("2101")},
     false,
     WHOSE_TAKE},
    {"the other pilot",
     "first",
     "44101",
     {.request_user = SLICE("70000"), .diversion = LINE("<sip:+33144444101@x>")},
     true,
     WHOSE_TAKE},
    /* nobody's */
    {"no mailbox, spoken",
     "first",
     "2199",
     {.request_user = SLICE("3500"), .diversion = LINE("<sip:2199@x>")},
     true,
     WHOSE_SPEAK},
    {"no mailbox, dialled", "lost", "2199", {.request_user = SLICE("2199")}, false, WHOSE_SPEAK},
    {"no mailbox, 404",
     "first",
     "44199",
     {.request_user = SLICE("70000"), .diversion = LINE("<sip:44199@x>")},
     true,
     WHOSE_REFUSE},
    {"a pilot dialled", "first", "70000", {.request_user = SLICE("70000")}, false, WHOSE_REFUSE},
    {"no plan", "first", "2101", {.request_user = SLICE("2101")}, false, WHOSE_REFUSE},
    {"no plan for the pilot",
     "first",
     "2101",
     {.request_user = SLICE("3599"), .diversion = LINE("<sip:2101@x>")},
     true,
     WHOSE_REFUSE},
    {"no number at all", "lost", "", {.request_user = SLICE("")}, false, WHOSE_SPEAK},
    {"an anonymous diversion",
     "lost",
     "2199",
     {.request_user = SLICE("2199"), .diversion = LINE("<sip:anonymous@x>")},
     false,
     WHOSE_SPEAK},
};

static void
test_called(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		struct whose w = ask(calls[i].trunk, &calls[i].fields);

		if (w.verdict != calls[i].verdict || strcmp(w.called, calls[i].called) != 0 ||
		    w.party.diverted != calls[i].diverted)
			fail_msg("%s: %s, verdict %d, diverted %d: %s", calls[i].what, w.called,
				 w.verdict, w.party.diverted, w.why);
		assert_true((w.verdict == WHOSE_TAKE) == (w.why[0] == '\0'));
	}
}

/* What is written down of a mailbox, and what stands in for what it does not say. */
static void
test_fields(void **state)
{
	struct whose w = ask("lost", &(struct party_fields){.request_user = SLICE("2101")});

	(void)state;
	assert_string_equal(w.dialplan, "berlin");
	assert_string_equal(w.name, "Anna M.");
	assert_string_equal(w.address, "anna@example.com");
	assert_string_equal(w.language, "nl-NL");
	assert_string_equal(w.greeting, "");
	assert_int_equal(w.max_recording, 90000);
	assert_string_equal(w.operator, "2009");
	assert_string_equal(w.operator_address, "reception@example.com");
	w = ask("paris", &(struct party_fields){.request_user = SLICE("44101")});
	assert_string_equal(w.operator, "1999"); /* call.operator, and no mailbox of that plan */
	assert_string_equal(w.operator_address, "");
	w = ask("lost", &(struct party_fields){.request_user = SLICE("2103")});
	assert_string_equal(w.name, "2103");
	assert_string_equal(w.address, "2103");
	assert_string_equal(w.language, "de-DE");
	assert_int_equal(w.max_recording, 0);
	w = ask("lost", &(struct party_fields){.request_user = SLICE("2102")});
	assert_string_equal(w.greeting, MAILBOX_NAMED);
}

/* ---- who calls ---- */

static const struct {
	const char *what, *number, *full, *name, *address;
	struct party_fields fields;
} callers[] = {
    {"an extension",
     "2102",
     "+493012342102",
     "Bob",
     "bob@example.com",
     {.from_user = SLICE("2102")}},
    {"asserted before From",
     "2102",
     "+493012342102",
     "Bob",
     "bob@example.com",
     {.asserted = {{SLICE("<sip:2102@x>")}, 1}, .from_user = SLICE("2101")}},
    {"Remote-Party-ID before From",
     "2102",
     "+493012342102",
     "Bob",
     "bob@example.com",
     {.remote = {{SLICE("<sip:2102@x>;party=calling")}, 1}, .from_user = SLICE("2101")}},
    {"in full",
     "2102",
     "+493012342102",
     "Bob",
     "bob@example.com",
     {.from_user = SLICE("+493012342102")}},
    {"on his mobile",
     "+491712345678",
     "+491712345678",
     "Anna M.",
     "anna@example.com",
     {.from_user = SLICE("01712345678")}},
    {"of the other plan",
     "+33144444101",
     "+33144444101",
     "Chloe",
     "chloe@example.com",
     {.from_user = SLICE("0033144444101")}},
    {"a stranger", "+4940123456", "+4940123456", "", "", {.from_user = SLICE("040123456")}},
    {"a name", "anna", "", "", "", {.from_user = SLICE("anna")}},
    {"an extension without a mailbox",
     "2199",
     "+493012342199",
     "",
     "",
     {.from_user = SLICE("2199")}},
    {"anonymous", "", "", "", "", {.from_user = SLICE("anonymous")}},
    {"withheld",
     "",
     "",
     "",
     "",
     {.asserted = {{SLICE("<sip:2102@x>")}, 1},
      .from_user = SLICE("2102"),
      .privacy = SLICE("id")}},
    {"nobody", "", "", "", "", {.from_user = SLICE("")}},
};

static void
test_callers(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(callers) / sizeof(callers[0]); i++) {
		struct party_fields fields = callers[i].fields;
		struct whose w;

		fields.request_user = SLICE("3500");
		fields.diversion = (struct party_lines){.line = {SLICE("<sip:2101@x>")}, .n = 1};
		w = ask("first", &fields);
		if (strcmp(w.caller, callers[i].number) != 0)
			fail_msg("%s: %s", callers[i].what, w.caller);
		assert_string_equal(w.caller_full, callers[i].full);
		assert_string_equal(w.caller_name, callers[i].name);
		assert_string_equal(w.caller_address, callers[i].address);
		assert_string_equal(w.called, "2101");
	}
}

/* ---- no mailbox file ---- */

static void
test_no_mailboxes(void **state)
{
	static const struct conf none;
	const struct party_fields fields = {
	    .request_user = SLICE("3500"),
	    .from_user = SLICE("2102"),
	    .diversion = {.line = {SLICE("<sip:+493012342199@x>"), SLICE("<sip:2000@x>")}, .n = 2}};
	struct whose_question q = {&none, NULL, trunk("first"), &fields};
	struct whose w;

	(void)state;
	/* no dial plan either: the numbers as they are */
	whose_call(&q, &w);
	assert_int_equal(w.verdict, WHOSE_TAKE);
	assert_string_equal(w.operator, "");
	assert_string_equal(w.called, "2000");
	assert_string_equal(w.name, "2000");
	assert_string_equal(w.address, "2000");
	assert_string_equal(w.language, "en-US");
	assert_string_equal(w.caller, "2102");
	assert_string_equal(w.caller_full, "");
	assert_string_equal(w.dialplan, "");
	assert_true(w.party.diverted);
	/* a dial plan alone: its form of them, and its attendants */
	q.conf = conf;
	whose_call(&q, &w);
	assert_int_equal(w.verdict, WHOSE_TAKE);
	assert_string_equal(w.called, "2199");
	assert_string_equal(w.address, "2199");
	assert_string_equal(w.language, "de-DE");
	assert_string_equal(w.caller_full, "+493012342102");
	assert_string_equal(w.caller_name, "");
	/* the pilot, dialled: for its own number, as ever */
	q.fields = &(struct party_fields){.request_user = SLICE("3500")};
	whose_call(&q, &w);
	assert_int_equal(w.verdict, WHOSE_TAKE);
	assert_string_equal(w.called, "3500");
	assert_false(w.party.diverted);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_called),
	    cmocka_unit_test(test_fields),
	    cmocka_unit_test(test_callers),
	    cmocka_unit_test(test_no_mailboxes),
	};

	return cmocka_run_group_tests_name("whose", tests, setup, teardown);
}
