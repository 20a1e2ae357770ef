/* test_mail: letters become messages, and GMime reads them back: what is there, what is not, and
 * what callers try. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <gmime/gmime.h>
#include <malloc.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "worker/mail.h"

#define ID "0f8fad5b-d9cb-469f-a165-70867728950e"

static char dir[64], said[512];
static struct buf why;
static struct letter l;
static struct mail_style style;
static struct mail mail;
static GMimeMessage *msg;

static void
make_sound(const char *name, uint32_t seconds)
{
	char path[128];
	int16_t second[8000];
	SF_INFO info = {
	    .samplerate = 8000, .channels = 1, .format = SF_FORMAT_WAV | SF_FORMAT_PCM_16};
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	SNDFILE *file = sf_open(path, SFM_WRITE, &info);
	assert_non_null(file);
	for (int i = 0; i < 8000; i++)
		second[i] = (int16_t)((i % 100) * 200 - 10000);
	for (uint32_t s = 0; s < seconds; s++)
		assert_int_equal(sf_write_short(file, second, 8000), 8000);
	assert_int_equal(sf_close(file), 0);
}

static int
set_up(void **state)
{
	(void)state;
	setenv("TZ", "Europe/Amsterdam", 1);
	strcpy(dir, "/tmp/test_mail.XXXXXX");
	assert_non_null(mkdtemp(dir));
	make_sound("a.wav", 3);
	why = (struct buf)BUF(said);
	style = (struct mail_style){
	    .sender = "voicemail@um.example.com", .sender_name = "", .note = ""};
	l = (struct letter){
	    .id = ID,
	    .type = LETTER_VOICE,
	    .caller_id = "7125550123",
	    .recipient_name = "Tony Smith",
	    .recipient_address = "tony.smith@example.com",
	    .mailbox = "tony.smith",
	    .culture = "en-US",
	    .call_id = "b7c41d0-a0200c0@192.0.2.1",
	    .attachment = "a.wav",
	    .call_answering = true,
	    .received = 1769903999,
	};
	return 0;
}

static void
drop(void)
{
	g_clear_object(&msg);
	mail_free(&mail);
}

static int
tear_down(void **state)
{
	char command[128];
	(void)state;
	drop();
	snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	return system(command) == 0 ? 0 : -1;
}

/* Lines end in CRLF and nothing is 8-bit. */
static void
check_lines(void)
{
	size_t start = 0;
	assert_true(mail.n > 2 && memcmp(mail.bytes + mail.n - 2, "\r\n", 2) == 0);
	for (size_t i = 0; i < mail.n; i++) {
		unsigned char c = (unsigned char)mail.bytes[i];
		assert_in_range(c, 1, 126);
		assert_int_equal(c == '\n', i > 0 && mail.bytes[i - 1] == '\r');
		if (c == '\n') {
			assert_in_range(i - start, 0, 999);
			start = i + 1;
		}
	}
}

static void
build(void)
{
	drop();
	int e = mail_build(&l, &style, dir, &mail, &why);
	if (e != 0)
		fail_msg("%d: %s", e, buf_cstr(&why));
	check_lines();
	GMimeStream *stream = g_mime_stream_mem_new_with_buffer(mail.bytes, mail.n);
	GMimeParser *parser = g_mime_parser_new_with_stream(stream);
	msg = g_mime_parser_construct_message(parser, NULL);
	assert_non_null(msg);
	g_object_unref(parser);
	g_object_unref(stream);
}

/* The decoded value; NULL: no such header. */
static const char *
header(const char *name)
{
	/* GMime counts all of Content-* to the body. */
	GMimeObject *top = strncmp(name, "Content-", 8) == 0 ? g_mime_message_get_mime_part(msg)
							     : GMIME_OBJECT(msg);
	return g_mime_object_get_header(top, name);
}

static void
has(const char *name, const char *value)
{
	const char *is = header(name);
	if (is == NULL || strcmp(is, value) != 0)
		fail_msg("%s: %s, not %s", name, is == NULL ? "none" : is, value);
}

static void
put_names(GMimeObject *of, struct buf *b)
{
	GMimeHeaderList *list = g_mime_object_get_header_list(of);
	for (int i = 0; i < g_mime_header_list_get_count(list); i++)
		buf_printf(b, "%s ",
			   g_mime_header_get_name(g_mime_header_list_get_header_at(list, i)));
}

/* Of the message, and behind them those of its body. */
static const char *
all_names(void)
{
	static char names[1024];
	struct buf b = BUF(names);
	put_names(GMIME_OBJECT(msg), &b);
	put_names(g_mime_message_get_mime_part(msg), &b);
	return buf_cstr(&b);
}

static InternetAddressMailbox *
address(GMimeAddressType type)
{
	InternetAddressList *list = g_mime_message_get_addresses(msg, type);
	assert_int_equal(internet_address_list_length(list), 1);
	InternetAddress *a = internet_address_list_get_address(list, 0);
	assert_true(INTERNET_ADDRESS_IS_MAILBOX(a));
	return INTERNET_ADDRESS_MAILBOX(a);
}

static const char *
name_of(GMimeAddressType type)
{
	return internet_address_get_name(INTERNET_ADDRESS(address(type)));
}

static const char *
addr_of(GMimeAddressType type)
{
	return internet_address_mailbox_get_addr(address(type));
}

static GMimeObject *
part(GMimeObject *of, int i, const char *type, const char *subtype)
{
	assert_true(GMIME_IS_MULTIPART(of));
	GMimeObject *p = g_mime_multipart_get_part(GMIME_MULTIPART(of), i);
	assert_non_null(p);
	assert_true(g_mime_content_type_is_type(g_mime_object_get_content_type(p), type, subtype));
	return p;
}

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
	    cmocka_unit_test_setup_teardown(test_voice, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_parts, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_sound, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_missed, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_marks, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_unknown_caller, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_mailbox_only, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_hostile, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_long_call_id, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_same_at_every_try, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_impossible, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_time_and_note, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_long_message, set_up, tear_down),
	};
	return cmocka_run_group_tests_name("mail", tests, NULL, NULL);
}
