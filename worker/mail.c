/* mail: see mail.h.  What the letter says is cleaned once more before anything is made of it, so
 * that nothing here rests on who filled the struct. */
#include "worker/mail.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "worker/mail_room.h"

/* ---- what is known ---- */

/* Local time of the message; without one, facts.when has a year below 0. */
static void
find_time(struct making *m, const char *spool)
{
	char path[PATH_MAX + NAME_MAX + 2];
	struct stat st;
	time_t t = (time_t)m->l->received;
	if (t <= 0 && m->l->attachment[0] != '\0') {
		snprintf(path, sizeof(path), "%s/%s", spool, m->l->attachment);
		t = stat(path, &st) == 0 ? st.st_mtime : 0;
	}
	m->when = t;
	if (t <= 0 || localtime_r(&t, &m->facts.when) == NULL)
		m->facts.when.tm_year = -1;
}

static void
find_facts(struct making *m)
{
	const struct letter *l = m->l;
	mail_field_clean(l->caller_name, sizeof(l->caller_name), m->name, sizeof(m->name));
	mail_field_clean(l->caller_id, sizeof(l->caller_id), m->number, sizeof(m->number));
	mail_field_clean(l->caller_number, sizeof(l->caller_number), m->dial, sizeof(m->dial));
	mail_field_clean(l->recipient_name, sizeof(l->recipient_name), m->recipient,
			 sizeof(m->recipient));
	mail_field_clean(l->call_id, sizeof(l->call_id), m->call_id, sizeof(m->call_id));
	mail_field_clean(m->style->sender_name, MAIL_LINE_MAX, m->ours, sizeof(m->ours));
	mail_field_clean(m->style->note, MAIL_NOTE_MAX, m->note, sizeof(m->note));
	m->facts = (struct mail_facts){
	    .missed = l->type == LETTER_MISSED,
	    .important = l->important,
	    .private_ = l->private_,
	    .interrupted = l->interrupted,
	    .seconds = m->audio.ms < 1000 ? 1 : (m->audio.ms + 500) / 1000,
	    .culture = l->culture,
	    .name = m->name,
	    .number = m->number,
	    .dial = m->dial,
	    .recipient = m->recipient,
	    .note = m->note,
	};
	struct buf file = BUF(m->file);
	mail_text_file(&m->facts, audio_suffix(m->style->audio), &file);
	(void)buf_cstr(&file);
}

/* ---- whom it is from, whom it goes to ---- */

static struct slice
domain_of(const char *address)
{
	const char *at = strrchr(address, '@');
	return slice_str(at == NULL ? "localhost" : at + 1);
}

/* The name is the caller's, the address always ours: whoever answers by mistake reaches the
 * administrator and not a forged address. */
static void
put_from(struct making *m, GMimeMessage *msg)
{
	char name[MAIL_LINE_MAX];
	struct buf b = BUF(name);
	bool unknown = m->name[0] == '\0' && m->number[0] == '\0';
	if (unknown && m->ours[0] != '\0')
		buf_str(&b, m->ours);
	else
		mail_text_caller(&m->facts, &b);
	(void)buf_cstr(&b);
	mail_field_disarm(name);
	mail_field_address(msg, GMIME_ADDRESS_TYPE_FROM,
			   internet_address_mailbox_new(name, m->style->sender));
	snprintf(m->mail->from, sizeof(m->mail->from), "%s", m->style->sender);
}

/* A letter may know a mailbox and no address: then the mailbox at the sender's domain, or, when
 * that would be no address, a group of nobody by its name (RFC 5322 3.4). */
static void
put_to(struct making *m, GMimeMessage *msg)
{
	const struct letter *l = m->l;
	struct slice domain = domain_of(m->style->sender);
	char address[sizeof(l->mailbox) + MAILADDR_MAX + 2], *name = m->recipient;
	if (l->recipient_address[0] != '\0')
		snprintf(address, sizeof(address), "%s", l->recipient_address);
	else
		snprintf(address, sizeof(address), "%s@%.*s", l->mailbox, (int)domain.n, domain.p);
	mail_field_disarm(name);
	bool sound = mailaddr_ok(slice_str(address), NULL);
	InternetAddress *a =
	    sound ? internet_address_mailbox_new(name[0] != '\0' ? name : NULL, address)
		  : internet_address_group_new(name[0] != '\0' ? name : "voicemail");
	mail_field_address(msg, GMIME_ADDRESS_TYPE_TO, a);
	snprintf(m->mail->to, sizeof(m->mail->to), "%s", l->recipient_address);
}

/* ---- headers ---- */

static void
put_date(struct making *m, GMimeMessage *msg)
{
	bool known = m->facts.when.tm_year >= 0;
	GTimeZone *zone =
	    g_time_zone_new_offset(known ? (gint32)(m->facts.when.tm_gmtoff / 60 * 60) : 0);
	GDateTime *utc = g_date_time_new_from_unix_utc(known ? m->when : (int64_t)time(NULL));
	GDateTime *date = utc == NULL ? NULL : g_date_time_to_timezone(utc, zone);
	if (date != NULL) {
		g_mime_message_set_date(msg, date);
		g_date_time_unref(date);
	}
	if (utc != NULL)
		g_date_time_unref(utc);
	g_time_zone_unref(zone);
}

static void
put_id(struct making *m, GMimeMessage *msg)
{
	struct slice domain = domain_of(m->style->sender);
	char *id = g_strdup_printf("%s@%.*s", m->l->id, (int)domain.n, domain.p);
	g_mime_message_set_message_id(msg, id);
	snprintf(m->mail->message_id, sizeof(m->mail->message_id), "<%s>", id);
	g_free(id);
}

/* What Exchange's and Outlook's voice mail form read (MS-OXOUM, MS-OXCMAIL), and what others do
 * (RFC 3458, RFC 2156, RFC 3834). */
static void
put_voice_headers(struct making *m, GMimeMessage *msg)
{
	const struct letter *l = m->l;
	bool voice = l->type == LETTER_VOICE;
	char seconds[16];
	snprintf(seconds, sizeof(seconds), "%u", m->facts.seconds);
	mail_field_put(msg, "Content-Class",
		       l->type == LETTER_NOTICE ? NULL
		       : !voice                 ? "missedcall"
		       : l->call_answering      ? "voice-ca"
						: "voice");
	mail_field_put(msg, "X-CallingTelephoneNumber", m->number);
	mail_field_put(msg, "X-VoiceMessageSenderName", m->name);
	mail_field_put(msg, "X-VoiceMessageDuration", voice ? seconds : NULL);
	mail_field_put(msg, "X-AttachmentOrder", voice ? m->file : NULL);
	mail_field_put(msg, "X-CallID", m->call_id);
	mail_field_put(msg, "Message-Context", voice ? "voice-message" : NULL);
	mail_field_put(msg, "Importance", l->important ? "high" : NULL);
	mail_field_put(msg, "X-Priority", l->important ? "1" : NULL);
	mail_field_put(msg, "Priority", l->important ? "urgent" : NULL);
	mail_field_put(msg, "Sensitivity", l->private_ ? "private" : NULL);
	mail_field_put(msg, "Auto-Submitted", "auto-generated");
	mail_field_put(msg, "X-Auto-Response-Suppress", "OOF, AutoReply");
}

static void
put_headers(struct making *m, GMimeMessage *msg)
{
	char subject[MAIL_LINE_MAX];
	struct buf b = BUF(subject);
	mail_text_subject(&m->facts, &b);
	put_date(m, msg);
	put_from(m, msg);
	if (mailaddr_ok(slice_str(m->l->caller_address), NULL))
		mail_field_address(msg, GMIME_ADDRESS_TYPE_REPLY_TO,
				   internet_address_mailbox_new(NULL, m->l->caller_address));
	put_to(m, msg);
	mail_field_put(msg, "Subject", buf_cstr(&b));
	put_id(m, msg);
	put_voice_headers(m, msg);
}

/* ---- the whole ---- */

static GMimeFormatOptions *
format(void)
{
	GMimeFormatOptions *o = g_mime_format_options_new();
	g_mime_format_options_set_newline_format(o, GMIME_NEWLINE_FORMAT_DOS);
	g_mime_format_options_set_param_encoding_method(o, GMIME_PARAM_ENCODING_METHOD_RFC2231);
	return o;
}

/* Writes the message into one piece of memory, asked for at once and not grown. */
static int
write_out(struct making *m, GMimeMessage *msg, size_t sound, struct buf *why)
{
	const size_t room = sound / 2 * 3 + (size_t)MAIL_BODY_MAX;
	uint8_t *space = g_try_malloc(room);
	if (space == NULL) {
		buf_str(why, "out of memory");
		return -ENOMEM;
	}
	GByteArray *bytes = g_byte_array_new_take(space, room);
	g_byte_array_set_size(bytes, 0);
	GMimeStream *to = g_mime_stream_mem_new_with_byte_array(bytes);
	g_mime_stream_mem_set_owner(GMIME_STREAM_MEM(to), FALSE);
	GMimeFormatOptions *options = format();
	ssize_t n = g_mime_object_write_to_stream(GMIME_OBJECT(msg), options, to);
	g_mime_format_options_free(options);
	g_object_unref(to);
	m->mail->n = bytes->len;
	m->mail->bytes = (char *)g_byte_array_free(bytes, FALSE);
	if (n >= 0)
		return 0;
	buf_str(why, "the message could not be written");
	return -EIO;
}

static int
assemble(struct making *m, struct buf *why)
{
	GMimeMessage *msg = g_mime_message_new(FALSE);
	size_t sound = m->audio.n;
	put_headers(m, msg);
	GMimeObject *body = mail_part_body(m);
	int e = -EBADMSG;
	if (body != NULL) {
		g_mime_message_set_mime_part(msg, body);
		g_object_unref(body);
		e = write_out(m, msg, sound, why);
	} else {
		buf_str(why, "its texts are longer than a message of ours can be");
	}
	g_object_unref(msg);
	return e;
}

void
mail_init(void)
{
	static gsize done;
	if (g_once_init_enter(&done)) {
		g_mime_init();
		g_once_init_leave(&done, 1);
	}
}

int
mail_build(const struct letter *l, const struct mail_style *style, const char *spool,
	   struct mail *ret, struct buf *why)
{
	struct making m = {.l = l, .style = style, .mail = ret};
	*ret = (struct mail){0};
	mail_init();
	int e = 0;
	if (l->type == LETTER_VOICE)
		e = audio_encode(spool, l->attachment, style->audio, &m.audio, why);
	if (e == 0) {
		find_facts(&m);
		find_time(&m, spool);
		if (l->type == LETTER_NOTICE)
			mail_notice_facts(&m, spool);
		e = assemble(&m, why);
	}
	audio_free(&m.audio);
	if (e != 0)
		mail_free(ret);
	return e;
}

void
mail_free(struct mail *m)
{
	g_free(m->bytes);
	*m = (struct mail){0};
}
