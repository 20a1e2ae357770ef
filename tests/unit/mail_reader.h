/* mail_reader: a letter and its sound, and the message made of it as GMime reads it back. */
#ifndef EVERTRUNK_TESTS_MAIL_READER_H
#define EVERTRUNK_TESTS_MAIL_READER_H

#include <gmime/gmime.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "worker/mail.h"

#define ID "0f8fad5b-d9cb-469f-a165-70867728950e"

static char dir[64], said[512];
static struct buf why;
static struct letter l;
static struct mail_style style;
static struct mail mail;
static GMimeMessage *msg;

static inline void
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

static inline int
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

static inline void
drop(void)
{
	g_clear_object(&msg);
	mail_free(&mail);
}

static inline int
tear_down(void **state)
{
	char command[128];
	(void)state;
	drop();
	snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	return system(command) == 0 ? 0 : -1;
}

/* Lines end in CRLF and nothing is 8-bit. */
static inline void
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

static inline void
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
static inline const char *
header(const char *name)
{
	/* GMime counts all of Content-* to the body. */
	GMimeObject *top = strncmp(name, "Content-", 8) == 0 ? g_mime_message_get_mime_part(msg)
							     : GMIME_OBJECT(msg);
	return g_mime_object_get_header(top, name);
}

static inline void
has(const char *name, const char *value)
{
	const char *is = header(name);
	if (is == NULL || strcmp(is, value) != 0)
		fail_msg("%s: %s, not %s", name, is == NULL ? "none" : is, value);
}

static inline void
put_names(GMimeObject *of, struct buf *b)
{
	GMimeHeaderList *list = g_mime_object_get_header_list(of);
	for (int i = 0; i < g_mime_header_list_get_count(list); i++)
		buf_printf(b, "%s ",
			   g_mime_header_get_name(g_mime_header_list_get_header_at(list, i)));
}

/* Of the message, and behind them those of its body. */
static inline const char *
all_names(void)
{
	static char names[1024];
	struct buf b = BUF(names);
	put_names(GMIME_OBJECT(msg), &b);
	put_names(g_mime_message_get_mime_part(msg), &b);
	return buf_cstr(&b);
}

static inline InternetAddressMailbox *
address(GMimeAddressType type)
{
	InternetAddressList *list = g_mime_message_get_addresses(msg, type);
	assert_int_equal(internet_address_list_length(list), 1);
	InternetAddress *a = internet_address_list_get_address(list, 0);
	assert_true(INTERNET_ADDRESS_IS_MAILBOX(a));
	return INTERNET_ADDRESS_MAILBOX(a);
}

static inline const char *
name_of(GMimeAddressType type)
{
	return internet_address_get_name(INTERNET_ADDRESS(address(type)));
}

static inline const char *
addr_of(GMimeAddressType type)
{
	return internet_address_mailbox_get_addr(address(type));
}

static inline GMimeObject *
part(GMimeObject *of, int i, const char *type, const char *subtype)
{
	assert_true(GMIME_IS_MULTIPART(of));
	GMimeObject *p = g_mime_multipart_get_part(GMIME_MULTIPART(of), i);
	assert_non_null(p);
	assert_true(g_mime_content_type_is_type(g_mime_object_get_content_type(p), type, subtype));
	return p;
}

#endif
