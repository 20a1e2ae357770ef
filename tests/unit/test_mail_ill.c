/* test_mail_ill: what callers try, what is missing, and what is as long as it can be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <malloc.h>

#include "tests/unit/mail_reader.h"

/* The names that people of ill will give themselves. */
static const char *const hostile[] = {
    "a\r\nBcc: everybody@example.com",
    "a\nContent-Type: text/html\n\n<script>",
    "x\" <ceo@example.com>, \"y",
    "=?utf-8?q?a=0D=0ABcc:_b@example.com?=",
    "=?utf-8?b?PGNlb0BleGFtcGxlLmNvbT4=?=",
    "ceo@example.com",
    "(comment) group: a@example.com;",
    "\xe2\x80\xae gpj.exe \xe2\x81\xa6 \xef\xbb\xbf",
    "\x1b[2J\x07\x7f\xc2\x85",
    "\xff\xfe\xc3",
    "\\\\\\\"",
    "--=_" ID "_1--",
};

static void
check_hostile(const char *name)
{
	const char *from, *subject;
	snprintf(l.caller_name, sizeof(l.caller_name), "%s", name);
	snprintf(l.caller_id, sizeof(l.caller_id), "%s", name);
	snprintf(l.recipient_name, sizeof(l.recipient_name), "%s", name);
	snprintf(l.call_id, sizeof(l.call_id), "%s", name);
	snprintf(l.culture, sizeof(l.culture), "%s", name);
	build();
	assert_string_equal(
	    all_names(),
	    "Date From To Subject Message-Id X-CallingTelephoneNumber "
	    "X-VoiceMessageSenderName X-VoiceMessageDuration X-AttachmentOrder X-CallID "
	    "Message-Context Auto-Submitted X-Auto-Response-Suppress MIME-Version Content-Class "
	    "Content-Type ");
	assert_string_equal(addr_of(GMIME_ADDRESS_TYPE_FROM), style.sender);
	assert_string_equal(addr_of(GMIME_ADDRESS_TYPE_TO), l.recipient_address);
	from = name_of(GMIME_ADDRESS_TYPE_FROM);
	assert_null(strpbrk(from, "@<>\r\n\x1b\x7f"));
	subject = g_mime_message_get_subject(msg);
	assert_null(strpbrk(subject, "\r\n\x1b\x7f"));
	assert_null(strstr(subject, "\xe2\x80\xae"));
	part(g_mime_message_get_mime_part(msg), 1, "audio", "wav");
}

static void
test_hostile(void **state)
{
	char longest[128];
	(void)state;
	for (size_t i = 0; i < sizeof(hostile) / sizeof(hostile[0]); i++)
		check_hostile(hostile[i]);
	memset(longest, 'w', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	check_hostile(longest);
	for (size_t i = 0; i + 4 < sizeof(longest); i += 4)
		memcpy(longest + i, "\xf0\x9f\x93\x9e", 4);
	check_hostile(longest);
}

/* A Call-ID is looked for as it is: neither encoded nor folded. */
static void
test_long_call_id(void **state)
{
	char line[300];
	(void)state;
	memset(l.call_id, 'c', sizeof(l.call_id) - 1);
	build();
	snprintf(line, sizeof(line), "\r\nX-CallID: %s\r\n", l.call_id);
	assert_non_null(strstr(mail.bytes, line));
}

static void
test_impossible(void **state)
{
	(void)state;
	strcpy(l.attachment, "gone.wav");
	assert_int_equal(mail_build(&l, &style, dir, &mail, &why), -EBADMSG);
	assert_null(mail.bytes);
	assert_non_null(strstr(buf_cstr(&why), "gone.wav: No such file"));
	assert_int_equal(mail_build(&l, &style, "/tmp/no/such", &mail, &why), -ENOENT);
	assert_string_equal(mail.message_id, "");
}

/* Twenty minutes: 9.6 MB of sound, 13 MB of mail. */
static void
test_long_message(void **state)
{
	(void)state;
	make_sound("long.wav", 1200);
	strcpy(l.attachment, "long.wav");
	build();
	has("X-VoiceMessageDuration", "1200");
	has("Subject", "Voice Mail from 7125550123 (20 minutes)");
	assert_in_range(mail.n, 12800000, 13300000);
	assert_in_range(malloc_usable_size(mail.bytes), mail.n, mail.n * 5 / 4);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_hostile, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_long_call_id, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_impossible, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_long_message, set_up, tear_down),
	};
	return cmocka_run_group_tests_name("mail", tests, NULL, NULL);
}
