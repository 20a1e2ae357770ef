/* test_mail: letters become messages, and GMime reads them back: what is there, what is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/time.h>

#include "tests/unit/mail_reader.h"

static void
check_texts(GMimeObject *both)
{
	static const char *const subtypes[] = {"plain", "html"};
	assert_int_equal(g_mime_multipart_get_count(GMIME_MULTIPART(both)), 2);
	for (int i = 0; i < 2; i++) {
		GMimeObject *p = part(both, i, "text", subtypes[i]);
		char *text = g_mime_text_part_get_text(GMIME_TEXT_PART(p));
		assert_non_null(text);
		assert_non_null(strstr(text, "Tony Smith"));
		g_free(text);
	}
}

static void
test_voice(void **state)
{
	(void)state;
	build();
	assert_string_equal(
	    all_names(),
	    "Date From To Subject Message-Id X-CallingTelephoneNumber "
	    "X-VoiceMessageDuration X-AttachmentOrder X-CallID Message-Context Auto-Submitted "
	    "X-Auto-Response-Suppress MIME-Version Content-Class Content-Type ");
	has("Date", "Sun, 01 Feb 2026 00:59:59 +0100");
	has("Subject", "Voice Mail from 7125550123 (3 seconds)");
	has("Content-Class", "voice-ca");
	has("X-CallingTelephoneNumber", "7125550123");
	has("X-VoiceMessageDuration", "3");
	has("X-AttachmentOrder", "7125550123 (3 seconds) Voice Mail.wav");
	has("X-CallID", l.call_id);
	has("Message-Context", "voice-message");
	assert_string_equal(name_of(GMIME_ADDRESS_TYPE_FROM), "7125550123");
	assert_string_equal(addr_of(GMIME_ADDRESS_TYPE_FROM), style.sender);
	assert_string_equal(name_of(GMIME_ADDRESS_TYPE_TO), "Tony Smith");
	assert_string_equal(addr_of(GMIME_ADDRESS_TYPE_TO), l.recipient_address);
	assert_string_equal(mail.message_id, "<" ID "@um.example.com>");
	assert_string_equal(g_mime_message_get_message_id(msg), ID "@um.example.com");
	assert_string_equal(mail.from, style.sender);
	assert_string_equal(mail.to, l.recipient_address);
}

static void
test_parts(void **state)
{
	static const char *const subtypes[] = {"wav", "gsm", "mp3"};
	(void)state;
	for (unsigned form = 0; form < AUDIO_FORMS; form++) {
		style.audio = (enum audio_form)form;
		build();
		GMimeObject *top = g_mime_message_get_mime_part(msg);
		assert_int_equal(g_mime_multipart_get_count(GMIME_MULTIPART(top)), 2);
		check_texts(part(top, 0, "multipart", "alternative"));
		GMimePart *sound = GMIME_PART(part(top, 1, "audio", subtypes[form]));
		assert_string_equal(g_mime_part_get_filename(sound),
				    form == AUDIO_MP3 ? "7125550123 (3 seconds) Voice Mail.mp3"
						      : "7125550123 (3 seconds) Voice Mail.wav");
		assert_string_equal(
		    g_mime_object_get_content_type_parameter(GMIME_OBJECT(sound), "name"),
		    g_mime_part_get_filename(sound));
		assert_true(g_mime_part_is_attachment(sound));
		assert_int_equal(g_mime_part_get_content_encoding(sound),
				 GMIME_CONTENT_ENCODING_BASE64);
	}
}

/* The attachment's bytes are those that audio_encode() makes. */
static void
test_sound(void **state)
{
	struct audio a;
	(void)state;
	assert_int_equal(audio_encode(dir, "a.wav", AUDIO_G711, &a, &why), 0);
	build();
	GMimeObject *sound = part(g_mime_message_get_mime_part(msg), 1, "audio", "wav");
	GMimeStream *to = g_mime_stream_mem_new();
	g_mime_data_wrapper_write_to_stream(g_mime_part_get_content(GMIME_PART(sound)), to);
	GByteArray *bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(to));
	assert_int_equal(bytes->len, a.n);
	assert_memory_equal(bytes->data, a.bytes, a.n);
	g_object_unref(to);
	audio_free(&a);
}

static void
test_missed(void **state)
{
	(void)state;
	l.type = LETTER_MISSED;
	l.attachment[0] = '\0';
	build();
	assert_string_equal(all_names(), "Date From To Subject Message-Id X-CallingTelephoneNumber "
					 "X-CallID Auto-Submitted X-Auto-Response-Suppress "
					 "MIME-Version Content-Class Content-Type ");
	has("Content-Class", "missedcall");
	has("Subject", "Missed Call from 7125550123");
	GMimeObject *top = g_mime_message_get_mime_part(msg);
	assert_true(g_mime_content_type_is_type(g_mime_object_get_content_type(top), "multipart",
						"alternative"));
	check_texts(top);
}

static void
test_marks(void **state)
{
	(void)state;
	strcpy(l.caller_name, "José Müller");
	strcpy(l.caller_address, "jose@example.com");
	l.important = l.private_ = true;
	l.call_answering = false;
	build();
	has("Content-Class", "voice");
	has("Importance", "high");
	has("X-Priority", "1");
	has("Priority", "urgent");
	has("Sensitivity", "private");
	has("X-VoiceMessageSenderName", "José Müller");
	has("Subject", "Voice Mail from José Müller (3 seconds)");
	assert_string_equal(name_of(GMIME_ADDRESS_TYPE_FROM), "José Müller");
	assert_string_equal(addr_of(GMIME_ADDRESS_TYPE_FROM), style.sender);
	assert_string_equal(addr_of(GMIME_ADDRESS_TYPE_REPLY_TO), "jose@example.com");
}

static void
test_unknown_caller(void **state)
{
	(void)state;
	l.caller_id[0] = '\0';
	build();
	assert_string_equal(name_of(GMIME_ADDRESS_TYPE_FROM), "Unknown caller");
	assert_null(header("X-CallingTelephoneNumber"));
	style.sender_name = "Voice Mail Service";
	build();
	assert_string_equal(name_of(GMIME_ADDRESS_TYPE_FROM), "Voice Mail Service");
	has("Subject", "Voice Mail (3 seconds)");
}

/* A letter that names only a mailbox. */
static void
test_mailbox_only(void **state)
{
	(void)state;
	l.recipient_address[0] = '\0';
	strcpy(l.mailbox, "3500");
	build();
	assert_string_equal(addr_of(GMIME_ADDRESS_TYPE_TO), "3500@um.example.com");
	assert_string_equal(mail.to, "");
	strcpy(l.mailbox, "Tony Smith, ä");
	build();
	has("To", "Tony Smith: ;");
}

static void
test_same_at_every_try(void **state)
{
	(void)state;
	build();
	struct mail first = mail;
	mail = (struct mail){0};
	build();
	assert_int_equal(first.n, mail.n);
	assert_memory_equal(first.bytes, mail.bytes, mail.n);
	mail_free(&first);
	mail_free(&first);
}

/* Without `Received`, the sound's own time; the note is at the end of both texts. */
static void
test_time_and_note(void **state)
{
	char path[128];
	struct timeval times[2] = {{.tv_sec = 1000000000}, {.tv_sec = 1000000000}};
	(void)state;
	snprintf(path, sizeof(path), "%s/a.wav", dir);
	assert_int_equal(utimes(path, times), 0);
	l.received = 0;
	style.note = "Questions?\r\nX: y <b>2000</b>";
	build();
	has("Date", "Sun, 09 Sep 2001 03:46:40 +0200");
	assert_null(header("X"));
	GMimeObject *both = part(g_mime_message_get_mime_part(msg), 0, "multipart", "alternative");
	char *text = g_mime_text_part_get_text(GMIME_TEXT_PART(part(both, 0, "text", "plain")));
	assert_non_null(strstr(text, "\r\n\r\nQuestions? X: y <b>2000</b>"));
	assert_non_null(strstr(text, "September 9, 2001, 3:46 AM CEST (UTC+02:00)"));
	g_free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_voice, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_parts, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_sound, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_missed, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_marks, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_unknown_caller, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_mailbox_only, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_same_at_every_try, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_time_and_note, set_up, tear_down),
	};
	return cmocka_run_group_tests_name("mail", tests, NULL, NULL);
}
