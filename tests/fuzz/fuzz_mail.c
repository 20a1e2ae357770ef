/* fuzz_mail: whatever stands in a letter's fields, the message parses back to exactly the headers,
 * addresses and parts that it is to have.  The fields are raw bytes, worse than letter_read() ever
 * leaves them; a NUL parts them. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <gmime/gmime.h>

#include "worker/mail.h"
#include "worker/wav.h"

#define SENDER  "voicemail@example.com"
#define TO      "tony.smith@example.com"
#define OTHER   "ann@example.com"
#define SOUND   "a.wav"
#define SAMPLES 160

static char dir[64];

static void
must(int truth)
{
	if (!truth)
		abort();
}

/* The next field: up to a NUL, as much as fits. */
static void
take(struct slice *rest, char *to, size_t size)
{
	const char *end = rest->n > 0 ? memchr(rest->p, '\0', rest->n) : NULL;
	size_t n = end != NULL ? (size_t)(end - rest->p) : rest->n;
	size_t kept = n < size - 1 ? n : size - 1;
	if (kept > 0)
		memcpy(to, rest->p, kept);
	to[kept] = '\0';
	n += end != NULL;
	rest->p += n;
	rest->n -= n;
}

static void
make_sound(void)
{
	uint8_t header[WAV_HEADER];
	int16_t samples[SAMPLES] = {0};
	char path[128];
	strcpy(dir, "/tmp/fuzz_mail.XXXXXX");
	must(mkdtemp(dir) != NULL);
	snprintf(path, sizeof(path), "%s/" SOUND, dir);
	FILE *f = fopen(path, "w");
	must(f != NULL);
	wav_header(sizeof(samples), header);
	must(fwrite(header, sizeof(header), 1, f) == 1);
	must(fwrite(samples, sizeof(samples), 1, f) == 1);
	fclose(f);
}

static void
remove_sound(void)
{
	char path[128];
	snprintf(path, sizeof(path), "%s/" SOUND, dir);
	unlink(path);
	rmdir(dir);
}

/* ---- what is to be there ---- */

enum when { ALWAYS, VOICE, IMPORTANT, PRIVATE, ANSWERED_TO, IF_NUMBER, IF_NAME, IF_CALL };

static const struct {
	const char *name;
	enum when when;
} headers[] = {
    {"Date", ALWAYS},
    {"From", ALWAYS},
    {"Reply-To", ANSWERED_TO},
    {"To", ALWAYS},
    {"Subject", ALWAYS},
    {"Message-Id", ALWAYS},
    {"X-CallingTelephoneNumber", IF_NUMBER},
    {"X-VoiceMessageSenderName", IF_NAME},
    {"X-VoiceMessageDuration", VOICE},
    {"X-AttachmentOrder", VOICE},
    {"X-CallID", IF_CALL},
    {"Message-Context", VOICE},
    {"Importance", IMPORTANT},
    {"X-Priority", IMPORTANT},
    {"Priority", IMPORTANT},
    {"Sensitivity", PRIVATE},
    {"Auto-Submitted", ALWAYS},
    {"X-Auto-Response-Suppress", ALWAYS},
    {"MIME-Version", ALWAYS},
};

/* 1: is there; 0: is not; -1: depends on whether anything is left of a field that is not empty. */
static int
expected(const struct letter *l, enum when when)
{
	switch (when) {
	case ALWAYS: return 1;
	case VOICE: return l->type == LETTER_VOICE;
	case IMPORTANT: return l->important;
	case PRIVATE: return l->private_;
	case ANSWERED_TO: return strcmp(l->caller_address, OTHER) == 0;
	case IF_NUMBER: return l->caller_id[0] == '\0' ? 0 : -1;
	case IF_NAME: return l->caller_name[0] == '\0' ? 0 : -1;
	default: return l->call_id[0] == '\0' ? 0 : -1;
	}
}

static void
check_headers(GMimeMessage *msg, const struct letter *l)
{
	GMimeHeaderList *list = g_mime_object_get_header_list(GMIME_OBJECT(msg));
	int at = 0, n = g_mime_header_list_get_count(list);
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		const char *name =
		    at < n ? g_mime_header_get_name(g_mime_header_list_get_header_at(list, at))
			   : "";
		int there = strcmp(name, headers[i].name) == 0, want = expected(l, headers[i].when);
		must(want < 0 || there == want);
		at += there;
	}
	must(at == n);
}

static void
check_address(GMimeMessage *msg, GMimeAddressType type, const char *address)
{
	InternetAddressList *list = g_mime_message_get_addresses(msg, type);
	must(internet_address_list_length(list) == 1);
	InternetAddress *a = internet_address_list_get_address(list, 0);
	must(INTERNET_ADDRESS_IS_MAILBOX(a));
	must(strcmp(internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(a)), address) == 0);
}

static void
check_parts(GMimeMessage *msg, const struct letter *l)
{
	GMimeObject *top = g_mime_message_get_mime_part(msg);
	must(GMIME_IS_MULTIPART(top));
	must(g_mime_multipart_get_count(GMIME_MULTIPART(top)) == 2);
	GMimeObject *both =
	    l->type == LETTER_VOICE ? g_mime_multipart_get_part(GMIME_MULTIPART(top), 0) : top;
	must(g_mime_multipart_get_count(GMIME_MULTIPART(both)) == 2);
	if (l->type != LETTER_VOICE)
		return;
	GMimeObject *sound = g_mime_multipart_get_part(GMIME_MULTIPART(top), 1);
	const char *file = g_mime_part_get_filename(GMIME_PART(sound));
	must(file != NULL && strpbrk(file, "/\\\r\n") == NULL);
	must(strlen(file) > 4 && strcmp(file + strlen(file) - 4, ".wav") == 0);
}

static void
check(const struct mail *m, const struct letter *l)
{
	size_t start = 0;
	for (size_t i = 0; i < m->n; i++) {
		unsigned char c = (unsigned char)m->bytes[i];
		must(c < 0x7f && (c >= ' ' || c == '\t' || c == '\r' || c == '\n'));
		must((c == '\n') == (i > 0 && m->bytes[i - 1] == '\r'));
		must(i - start < 1000);
		if (c == '\n')
			start = i + 1;
	}
	GMimeStream *stream = g_mime_stream_mem_new_with_buffer(m->bytes, m->n);
	GMimeParser *parser = g_mime_parser_new_with_stream(stream);
	GMimeMessage *msg = g_mime_parser_construct_message(parser, NULL);
	must(msg != NULL);
	check_headers(msg, l);
	check_address(msg, GMIME_ADDRESS_TYPE_FROM, SENDER);
	check_address(msg, GMIME_ADDRESS_TYPE_TO, TO);
	check_parts(msg, l);
	g_object_unref(msg);
	g_object_unref(parser);
	g_object_unref(stream);
}

/* What is left makes a notice of it: the count, and four fields for each message. */
static void
take_notice(struct slice *rest, struct letter *l)
{
	if (rest->n < 2)
		return;
	l->type = LETTER_NOTICE;
	l->notice = rest->p[0] & 1 ? NOTICE_EXPIRED : NOTICE_UNCONFIRMED;
	l->count = (uint8_t)rest->p[1];
	*rest = (struct slice){rest->p + 2, rest->n - 2};
	while (l->nabout == 0 || (l->nabout < LETTER_ABOUT_MAX && rest->n > 0)) {
		struct letter_about *a = &l->about[l->nabout++];
		take(rest, a->id, sizeof(a->id));
		take(rest, a->recipient, sizeof(a->recipient));
		take(rest, a->caller, sizeof(a->caller));
		take(rest, a->reason, sizeof(a->reason));
		a->received = (int64_t)rest->n * 86400 * 366;
		a->tried_s = (uint32_t)rest->n * 7777777;
	}
	if (l->count < l->nabout)
		l->count = l->nabout;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct letter l;
	struct slice rest = {(const char *)data, size};
	char flags[2], note[4096], sender_name[64], said[256];
	struct mail_style style = {.sender = SENDER, .sender_name = sender_name, .note = note};
	struct buf why = BUF(said);
	struct mail m;
	if (dir[0] == '\0') {
		make_sound();
		atexit(remove_sound);
	}
	l = (struct letter){.id = "0f8fad5b", .recipient_address = TO, .mailbox = "tony"};
	take(&rest, flags, sizeof(flags));
	take(&rest, l.caller_id, sizeof(l.caller_id));
	take(&rest, l.caller_name, sizeof(l.caller_name));
	take(&rest, l.recipient_name, sizeof(l.recipient_name));
	take(&rest, l.culture, sizeof(l.culture));
	take(&rest, l.call_id, sizeof(l.call_id));
	take(&rest, l.caller_number, sizeof(l.caller_number));
	take(&rest, sender_name, sizeof(sender_name));
	take(&rest, note, sizeof(note));
	l.type = flags[0] & 1 ? LETTER_VOICE : LETTER_MISSED;
	take_notice(&rest, &l);
	l.important = flags[0] & 2;
	l.private_ = flags[0] & 4;
	l.call_answering = flags[0] & 8;
	l.interrupted = flags[0] & 16;
	if (flags[0] & 32)
		strcpy(l.caller_address, OTHER);
	l.received = flags[0] & 64 ? 1769903999 : 1;
	if (l.type == LETTER_VOICE)
		strcpy(l.attachment, SOUND);
	must(mail_build(&l, &style, dir, &m, &why) == 0);
	check(&m, &l);
	mail_free(&m);
	return 0;
}
