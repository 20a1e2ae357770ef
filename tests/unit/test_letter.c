/* test_letter: header files as spool writes them, as people edit them, and as nobody should. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "worker/letter.h"
#include "worker/spool_file.h"

#define ID "0f8fad5b-d9cb-469f-a165-70867728950e"

static struct letter l;
static const char *why;

static int
take(const char *text)
{
	return letter_read(SLICE(ID), slice_str(text), &l, &why);
}

static void
is_bad(const char *text, const char *reason)
{
	assert_int_equal(take(text), -EBADMSG);
	assert_non_null(strstr(why, reason));
}

/* What spool writes is read back. */
static void
test_ours(void **state)
{
	char text[SPOOL_TEXT_MAX];
	struct buf out = BUF(text);
	struct spool_header h = {
	    .guid = ID,
	    .caller_id = "+31201234567",
	    .caller_number = "+31201234567",
	    .caller_name = "Jos\xc3\xa9 de Vries",
	    .caller_address = "jose@example.com",
	    .recipient_name = "Tony Smith",
	    .recipient_address = "tony.smith@example.com",
	    .culture = "nl-NL",
	    .call_id = "b7c41d0-a0200c0@192.0.2.1",
	    .call_answering = true,
	    .important = true,
	    .private_ = true,
	    .operator_address = "reception@example.com",
	};
	struct spool_facts facts = {.folder = "/var/spool/evertrunk",
				    .received = "2026-01-31T23:59:59Z",
				    .duration_ms = 65400,
				    .interrupted = true};
	(void)state;
	spool_file_text(&out, &h, &facts);
	assert_int_equal(take(buf_cstr(&out)), 0);
	assert_null(why);
	assert_string_equal(l.id, ID);
	assert_int_equal(l.type, LETTER_VOICE);
	assert_string_equal(l.caller_id, h.caller_id);
	assert_string_equal(l.caller_number, h.caller_number);
	assert_string_equal(l.caller_name, h.caller_name);
	assert_string_equal(l.caller_address, h.caller_address);
	assert_string_equal(l.recipient_name, h.recipient_name);
	assert_string_equal(l.recipient_address, h.recipient_address);
	assert_string_equal(l.mailbox, "tony.smith");
	assert_string_equal(l.culture, "nl-NL");
	assert_string_equal(l.call_id, h.call_id);
	assert_string_equal(l.attachment, ID ".wav");
	assert_int_equal(l.duration_s, 65);
	assert_true(l.important && l.private_ && l.call_answering && l.interrupted);
	assert_int_equal(l.received, 1769903999);
	assert_string_equal(l.operator_, "reception@example.com");
}

/* What a notice says is read back, and its fields are no other message's. */
static void
test_notice(void **state)
{
	static struct letter n;
	char text[LETTER_TEXT_MAX];
	struct buf out = BUF(text);
	(void)state;
	n = (struct letter){.notice = NOTICE_UNCONFIRMED,
			    .recipient_address = "reception@example.com",
			    .culture = "de-DE",
			    .received = 1769903999,
			    .count = 10000,
			    .nabout = 2};
	n.about[0] = (struct letter_about){.id = "a",
					   .recipient = "Tony | Smith",
					   .caller = "+31201234567",
					   .reason = "451 4.3.0 a | b: c",
					   .received = 1769903999,
					   .tried_s = 432000};
	n.about[1] = (struct letter_about){.id = "{b}"};
	letter_notice_write(&n, &out);
	assert_int_equal(take(buf_cstr(&out)), 0);
	assert_int_equal(l.type, LETTER_NOTICE);
	assert_int_equal(l.notice, NOTICE_UNCONFIRMED);
	assert_string_equal(l.recipient_address, "reception@example.com");
	assert_string_equal(l.mailbox, "reception");
	assert_string_equal(l.culture, "de-DE");
	assert_int_equal(l.received, 1769903999);
	assert_int_equal(l.count, 10000);
	assert_int_equal(l.nabout, 2);
	strcpy(n.about[0].recipient, "Tony / Smith");
	assert_memory_equal(l.about, n.about, 2 * sizeof(n.about[0]));
	assert_string_equal(l.attachment, "");
	assert_int_equal(take("MessageType: notice\nNotice: expired\nRecipientName: 2009\n"
			      "Count: 0\nMessage: ../x | | | | |\nMessage: m\n"),
			 0);
	assert_true(l.count == 1 && l.nabout == 1 && l.notice == NOTICE_EXPIRED);
	assert_string_equal(l.about[0].id, "m");
	assert_int_equal(take("MessageType : MissedCall\nRecipientName : a\nMessage : m\n"
			      "Count : 7\nOperatorAddress : a b\n"),
			 0);
	assert_true(l.count == 0 && l.nabout == 0 && l.operator_[0] == '\0');
}

/* The longest that there can be is still a header file. */
static void
test_longest_notice(void **state)
{
	static struct letter n;
	static char text[LETTER_TEXT_MAX];
	struct buf out = BUF(text);
	(void)state;
	n = (struct letter){.recipient_address = "a@b.example", .count = UINT32_MAX};
	n.nabout = LETTER_ABOUT_MAX;
	for (size_t i = 0; i < LETTER_ABOUT_MAX; i++) {
		struct letter_about *a = &n.about[i];
		memset(a->id, 'x', sizeof(a->id) - 1);
		memset(a->recipient, 'r', sizeof(a->recipient) - 1);
		memset(a->caller, 'c', sizeof(a->caller) - 1);
		memset(a->reason, 'w', sizeof(a->reason) - 1);
		a->tried_s = UINT32_MAX;
		a->received = 1769903999;
	}
	letter_notice_write(&n, &out);
	assert_int_equal(take(buf_cstr(&out)), 0);
	assert_int_equal(l.nabout, LETTER_ABOUT_MAX);
	assert_memory_equal(l.about, n.about, sizeof(n.about));
}

static void
test_missed(void **state)
{
	char text[SPOOL_TEXT_MAX];
	struct buf out = BUF(text);
	struct spool_header h = {
	    .guid = ID, .caller_id = "2101", .recipient_name = "3500", .recipient_address = "3500"};
	struct spool_facts facts = {.received = "2026-01-31T23:59:59Z", .missed = true};
	(void)state;
	spool_file_text(&out, &h, &facts);
	assert_int_equal(take(buf_cstr(&out)), 0);
	assert_int_equal(l.type, LETTER_MISSED);
	assert_string_equal(l.attachment, "");
	assert_string_equal(l.recipient_address, "");
	assert_string_equal(l.mailbox, "3500");
}

/* As the original's own dumps look: an address on the line below, a path of another system. */
static void
test_of_the_original(void **state)
{
	(void)state;
	assert_int_equal(take("MessageType : VoiceMail\r\nCallerId : 7125550123\r\n"
			      "NDRRequired : False\r\nRecipientName : Tony\r\n"
			      "RecipientAddress :\r\n\r\nRecipientCulture : en-US\r\n"),
			 -EBADMSG);
	assert_int_equal(take("\xef\xbb\xbfMessageType : VoiceMail\r\nCallerId : 7125550123\r\n"
			      "RecipientAddress :\r\n  tony@contoso.com\r\n"
			      "AttachmentName :\r\nC:\\UM\\voicemail\\a b.wav\r\n"
			      "Duration : soon\r\nCodec : Gsm\r\nImportant :\r\n"
			      "CallAnswering : true"),
			 0);
	assert_string_equal(l.recipient_address, "tony@contoso.com");
	assert_string_equal(l.attachment, "a b.wav");
	assert_int_equal(l.duration_s, 0);
	assert_false(l.important);
	assert_true(l.call_answering);
}

static void
test_edited(void **state)
{
	(void)state;
	assert_int_equal(take("# moved by hand\n\nrecipientaddress:<A.B+c@x.example>\n"
			      "  attachmentname:../../etc/x.wav\t\nImportant : YES\n"
			      "NoSuchName : whatever\nMessageType:voicemail\n"
			      "CallerName : \xe9t\xe9 \x01\xc2\x85\xe2\x80\xae.\n"
			      "Received : yesterday\nPrivate : 0\nCallerAddress : a b@c\n"),
			 0);
	assert_string_equal(l.recipient_address, "A.B+c@x.example");
	assert_string_equal(l.mailbox, "A.B+c");
	assert_string_equal(l.attachment, "x.wav");
	assert_string_equal(l.caller_name, "\xc3\xa9t\xc3\xa9    .");
	assert_true(l.important);
	assert_false(l.private_);
	assert_int_equal(l.received, 0);
	assert_string_equal(l.caller_address, "");
}

/* A field that is too long is cut between characters. */
static void
test_long(void **state)
{
	char text[1024];
	struct buf b = BUF(text);
	(void)state;
	buf_str(&b, "MessageType : MissedCall\nRecipientName : x\nCallerName : a");
	for (int i = 0; i < 100; i++)
		buf_str(&b, "\xc3\xa9");
	assert_int_equal(take(buf_cstr(&b)), 0);
	assert_int_equal(strlen(l.caller_name), 127);
	assert_string_equal(l.caller_name + 125, "\xc3\xa9");
}

#define VOICE "MessageType : VoiceMail\nAttachmentName : a.wav\n"

static void
test_bad(void **state)
{
	(void)state;
	is_bad("", "no MessageType");
	is_bad("\xff\xfeM\0e", "UTF-16");
	is_bad("MessageType : Fax\n", "neither VoiceMail");
	is_bad("MessageType : Notice\nMessage : m\n", "neither Expired nor");
	is_bad("MessageType : Notice\nNotice : Expired\nMessage : \n", "without a Message");
	is_bad("MessageType : VoiceMail\nRecipientAddress : a@b.example\n", "no AttachmentName");
	is_bad("MessageType : VoiceMail\nAttachmentName : /a/b/\n", "no AttachmentName");
	is_bad("MessageType : VoiceMail\nAttachmentName : ..\n", "no file name");
	is_bad("MessageType : VoiceMail\nAttachmentName : a\x01.wav\n", "control character");
	is_bad(VOICE, "neither RecipientAddress nor");
	is_bad(VOICE "RecipientAddress : a@b@c\n", "no e-mail address");
	is_bad(VOICE "RecipientAddress : a@b.example, c@d.example\n", "no e-mail address");
	is_bad(VOICE "RecipientAddress : a@b\x01.example\n", "no e-mail address");
	is_bad(VOICE "RecipientAddress : a@b.example\nRecipientAddress : c@d.example\n", "twice");
	is_bad(VOICE "RecipientName : a\nImportant : perhaps\n", "True or False");
	assert_int_equal(letter_read(SLICE("../x"), SLICE(VOICE), &l, &why), -EBADMSG);
	assert_false(letter_id_ok(SLICE("")));
	assert_true(letter_id_ok(SLICE("{0F8F-abc_1}")));
	char *huge = malloc(LETTER_TEXT_MAX + 1);
	memset(huge, '\n', LETTER_TEXT_MAX + 1);
	assert_int_equal(
	    letter_read(SLICE(ID), (struct slice){huge, LETTER_TEXT_MAX + 1}, &l, &why), -EBADMSG);
	free(huge);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ours),
	    cmocka_unit_test(test_missed),
	    cmocka_unit_test(test_notice),
	    cmocka_unit_test(test_longest_notice),
	    cmocka_unit_test(test_of_the_original),
	    cmocka_unit_test(test_edited),
	    cmocka_unit_test(test_long),
	    cmocka_unit_test(test_bad),
	};
	return cmocka_run_group_tests_name("letter", tests, NULL, NULL);
}
