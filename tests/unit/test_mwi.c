/* test_mwi: the message waiting NOTIFY, byte by byte, read back as telephone systems read it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "tests/unit/given.h"
#include "worker/mwi.h"

static struct trunk_conf
trunk_of(const char *address, enum transport t, const char *domain, enum mwi_form form)
{
	struct trunk_conf k = {
	    .name = "pbx", .address = given_addr(address), .transport = t, .mwi = form};

	snprintf(k.domain, sizeof(k.domain), "%s", domain);
	return k;
}

static const struct msg_notify three = {.fresh = 3, .old = 5, .urgent = 1, .number = "2102"};

/* The form of the vector um-notify-mwi.sip. */
static void
test_by_address(void **state)
{
	const struct trunk_conf k = trunk_of("192.0.2.30:5060", TRANSPORT_TCP, "", MWI_FULL);
	const struct addr us = given_addr("192.0.2.20:5060");
	struct mwi_texts t;

	(void)state;
	mwi_write(&three, &k, &us, &t);
	assert_string_equal(t.uri, "sip:2102@192.0.2.30;transport=tcp");
	assert_string_equal(t.route, "");
	assert_string_equal(t.to, "<sip:2102@192.0.2.30>");
	assert_string_equal(t.from, "<sip:voicemail@192.0.2.20>");
	assert_string_equal(t.contact, "<sip:192.0.2.20;transport=tcp>");
	assert_string_equal(t.body, "Messages-Waiting: yes\r\n"
				    "Message-Account: sip:2102@192.0.2.30\r\n"
				    "Voice-Message: 3/5 (1/0)\r\n");
}

static void
test_by_domain(void **state)
{
	const struct trunk_conf k =
	    trunk_of("[2001:db8::30]:5070", TRANSPORT_UDP, "pbx.example", MWI_SIMPLE);
	const struct addr us = given_addr("[2001:db8::20]:5080");
	const struct msg_notify none = {.number = "*12#+"};
	struct mwi_texts t;

	(void)state;
	mwi_write(&none, &k, &us, &t);
	assert_string_equal(t.uri, "sip:*12%23+@pbx.example");
	assert_string_equal(t.route, "<sip:[2001:db8::30]:5070;lr>");
	assert_string_equal(t.to, "<sip:*12%23+@pbx.example>");
	assert_string_equal(t.from, "<sip:voicemail@[2001:db8::20]:5080>");
	assert_string_equal(t.contact, "<sip:[2001:db8::20]:5080>");
	assert_string_equal(t.body, "Messages-Waiting: no\r\nVoice-Message: 0/0\r\n");
}

static void
test_by_tls(void **state)
{
	const struct trunk_conf k = trunk_of("10.1.1.1:5061", TRANSPORT_TLS, "d", MWI_SIMPLE);
	const struct addr us = given_addr("10.1.1.2:5061");
	struct mwi_texts t;

	(void)state;
	mwi_write(&three, &k, &us, &t);
	assert_string_equal(t.route, "<sip:10.1.1.1;transport=tls;lr>");
	assert_string_equal(t.contact, "<sip:10.1.1.2;transport=tls>");
}

/* As chan_sip, pjsip and FreeSWITCH take it apart. */
static void
test_read_as_others_read_it(void **state)
{
	static const enum mwi_form forms[] = {MWI_SIMPLE, MWI_FULL};
	const struct addr us = given_addr("10.1.1.2:5060");
	struct mwi_texts t;
	unsigned fresh, old;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		const struct trunk_conf k = trunk_of("10.1.1.1:5060", TRANSPORT_UDP, "d", forms[i]);

		mwi_write(&three, &k, &us, &t);
		const char *line = strstr(t.body, "\r\nVoice-Message: ");
		assert_non_null(line);
		assert_int_equal(sscanf(line + 2, "Voice-Message: %u/%u", &fresh, &old), 2);
		assert_int_equal(fresh, 3);
		assert_int_equal(old, 5);
		assert_ptr_equal(strstr(t.body, "Messages-Waiting: yes\r\n"), t.body);
		assert_string_equal(t.body + strlen(t.body) - 2, "\r\n");
	}
}

/* Nothing of a number may become a header, whatever the longest texts are. */
static void
test_numbers(void **state)
{
	static const char *const bad[] = {"",          "21 01",    "2101\r\nX: y",
					  "2101@evil", "2101;a=b", "<sip:2101>",
					  "2101%0d",   "21\"01",   "\xc3\xbc"};
	static const char *const good[] = {"2101", "+49.30-123_4", "*98#", "Miller"};
	struct trunk_conf k =
	    trunk_of("[2001:db8:1111:2222:3333:4444:5555:6666]:65535", TRANSPORT_TCP, "", MWI_FULL);
	struct msg_notify most = {
	    .fresh = UINT32_MAX, .old = UINT32_MAX, .urgent = UINT32_MAX, .old_urgent = UINT32_MAX};
	struct mwi_texts t;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_non_null(mwi_refusal(bad[i]));
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_null(mwi_refusal(good[i]));
	memset(most.number, '#', sizeof(most.number) - 1);
	memset(k.domain, 'd', sizeof(k.domain) - 1);
	mwi_write(&most, &k, &k.address, &t);
	assert_non_null(strstr(t.body, "/4294967295)\r\n"));
	assert_string_equal(t.route + strlen(t.route) - 4, ";lr>");
	assert_int_equal(t.to[strlen(t.to) - 1], '>');
	assert_int_equal(t.contact[strlen(t.contact) - 1], '>');
}

static void
test_fit(void **state)
{
	struct trunk_conf k = trunk_of("10.1.1.1:5060", TRANSPORT_UDP, "", MWI_SIMPLE);

	(void)state;
	assert_null(mwi_unfit(&k));
	k.mwi = MWI_OFF;
	assert_non_null(mwi_unfit(&k));
	k.mwi = MWI_FULL;
	k.address.family = 0;
	assert_non_null(mwi_unfit(&k));
}

static const struct {
	enum profile profile;
	unsigned status;
	const char *phrase, *words;
	bool failed;
} answers[] = {
    {PROFILE_CUCM, 200, "OK", "200 OK by trunk pbx at 10.1.1.1:5060/tcp after 12 ms", false},
    {PROFILE_CUCM, 403, "Forbidden",
     "403 Forbidden by trunk pbx at 10.1.1.1:5060/tcp after 12 ms: CUCM needs \"Accept unsolicited "
     "notification\" in the trunk's SIP security profile",
     true},
    {PROFILE_GENERIC, 403, "Forbidden",
     "403 Forbidden by trunk pbx at 10.1.1.1:5060/tcp after 12 ms: it does not take unsolicited "
     "NOTIFYs from our address",
     true},
    {PROFILE_GENERIC, 486, "Busy Here",
     "486 Busy Here by trunk pbx at 10.1.1.1:5060/tcp after 12 ms", true},
    {PROFILE_GENERIC, 0, "",
     "no answer by trunk pbx at 10.1.1.1:5060/tcp after 12 ms: is trunk.address right, and does it "
     "take our transport?",
     true},
};

static void
test_words(void **state)
{
	struct trunk_conf k = trunk_of("10.1.1.1:5060", TRANSPORT_TCP, "", MWI_SIMPLE);

	(void)state;
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		char text[MESSAGE_WORDS_MAX];
		struct buf b = BUF(text);

		k.profile = answers[i].profile;
		mwi_words(&k, answers[i].status, answers[i].phrase, 12, &b);
		assert_string_equal(buf_cstr(&b), answers[i].words);
		assert_int_equal(mwi_failed(answers[i].status), answers[i].failed);
	}
	/* the codes that say "not here" are explained, and end it there */
	static const unsigned final[] = {401, 403, 404, 405, 407, 481, 489, 501};
	for (size_t i = 0; i < sizeof(final) / sizeof(final[0]); i++) {
		char text[MESSAGE_WORDS_MAX];
		struct buf b = BUF(text);

		mwi_words(&k, final[i], "No", 12, &b);
		assert_non_null(strstr(buf_cstr(&b), " ms: "));
		assert_false(b.full);
	}
}

static void
test_verdicts(void **state)
{
	static const struct {
		unsigned status;
		enum mwi_verdict verdict;
	} rows[] = {
	    {200, MWI_TAKEN},   {202, MWI_TAKEN},   {0, MWI_LATER},     {408, MWI_LATER},
	    {480, MWI_LATER},   {500, MWI_LATER},   {503, MWI_LATER},   {302, MWI_LATER},
	    {403, MWI_REFUSED}, {404, MWI_REFUSED}, {604, MWI_REFUSED}, {405, MWI_UNABLE},
	    {481, MWI_UNABLE},  {489, MWI_UNABLE},  {501, MWI_UNABLE},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(mwi_verdict(rows[i].status), rows[i].verdict);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_by_address), cmocka_unit_test(test_by_domain),
	    cmocka_unit_test(test_by_tls),     cmocka_unit_test(test_read_as_others_read_it),
	    cmocka_unit_test(test_numbers),    cmocka_unit_test(test_fit),
	    cmocka_unit_test(test_words),      cmocka_unit_test(test_verdicts),
	};

	return cmocka_run_group_tests_name("mwi", tests, NULL, NULL);
}
