/* mail_report: see mail_report.h. */
#include "worker/mail_report.h"

#include "ipc/base/clean.h"
#include "worker/mail_room.h"
#include "worker/words.h"

/* A report has two or three parts, of which the second says what happened (RFC 6522 3). */
enum { STATUS_PART = 1, RETURNED_PART = 2, BLOCKS_MAX = 64 };

static const char *const action_names[] = {
#define X(id, word) [MAIL_##id] = word,
    MAIL_ACTIONS(X)
#undef X
};

const char *
mail_action_name(enum mail_action a)
{
	return action_names[a];
}

/* ---- a block of fields (RFC 3464 2.1.1: as in a mail's header) ---- */

static GMimeObject *
fields_of(struct slice block)
{
	GMimeStream *stream = g_mime_stream_mem_new_with_buffer(block.p, block.n);
	GMimeParser *parser = g_mime_parser_new_with_stream(stream);
	GMimeObject *o = GMIME_OBJECT(g_mime_parser_construct_part(parser, NULL));
	g_object_unref(parser);
	g_object_unref(stream);
	return o;
}

/* The value of a field; n = 0: there is none. */
static struct slice
field(GMimeObject *o, const char *name)
{
	const char *value = o != NULL ? g_mime_object_get_header(o, name) : NULL;
	return slice_trim(slice_str(value != NULL ? value : ""));
}

/* Behind "smtp;" and the like (RFC 3464 2.1.2). */
static void
typed_field(GMimeObject *o, const char *name, char *out, size_t size)
{
	struct slice value = field(o, name), rest = value;
	if (words_until(&rest, ';').n == value.n) /* no type */
		rest = value;
	rest = slice_trim(rest);
	mail_field_clean(rest.p, rest.n, out, size);
}

static enum mail_action
action_of(struct slice value)
{
	struct slice word = words_next(&value);
	for (int i = 0; i < MAIL_ACTION_COUNT; i++)
		if (slice_ieq(word, slice_str(action_names[i])))
			return (enum mail_action)i;
	return MAIL_ACTION_COUNT;
}

static void
take_recipient(GMimeObject *o, struct mail_report *r)
{
	enum mail_action a = action_of(field(o, "Action"));
	struct slice status = field(o, "Status");
	if (a >= r->action)
		return;
	r->action = a;
	clean_text(words_next(&status), r->status, sizeof(r->status));
	typed_field(o, "Diagnostic-Code", r->why, sizeof(r->why));
}

static void
take_id(struct slice id, struct mail_report *r)
{
	if (r->id[0] != '\0' || !letter_id_ok(id))
		return;
	memcpy(r->id, id.p, id.n);
	r->id[id.n] = '\0';
}

/* Up to an empty line. */
static struct slice
next_block(struct slice *rest)
{
	const char *begin = rest->p;
	struct slice line;
	while (words_line(rest, &line) && line.n > 0)
		;
	return (struct slice){begin, (size_t)(rest->p - begin)};
}

/* ---- the parts ---- */

/* What a part contains; NULL when nothing. */
static GByteArray *
content_of(GMimeObject *o)
{
	GMimeDataWrapper *data = GMIME_IS_PART(o) ? g_mime_part_get_content(GMIME_PART(o)) : NULL;
	if (data == NULL)
		return NULL;
	GMimeStream *to = g_mime_stream_mem_new();
	g_mime_stream_mem_set_owner(GMIME_STREAM_MEM(to), FALSE);
	ssize_t n = g_mime_data_wrapper_write_to_stream(data, to);
	GByteArray *bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(to));
	g_object_unref(to);
	if (n > 0)
		return bytes;
	g_byte_array_unref(bytes);
	return NULL;
}

/* The first block is about the message, each other one about a recipient. */
static void
read_status(GMimeObject *part, struct mail_report *r)
{
	GByteArray *bytes = content_of(part);
	if (bytes == NULL)
		return;
	struct slice rest = {(const char *)bytes->data, bytes->len};
	for (int i = 0; i < BLOCKS_MAX && rest.n > 0; i++) {
		GMimeObject *o = fields_of(next_block(&rest));
		if (i == 0) {
			take_id(field(o, "Original-Envelope-Id"), r);
			typed_field(o, "Reporting-MTA", r->by, sizeof(r->by));
		} else {
			take_recipient(o, r);
		}
		if (o != NULL)
			g_object_unref(o);
	}
	g_byte_array_unref(bytes);
}

/* <GUID@domain>: the id of a message of ours is its GUID too. */
static void
take_message_id(struct slice value, struct mail_report *r)
{
	struct slice local = slice_trim(words_until(&value, '@'));
	if (local.n > 1 && local.p[0] == '<')
		take_id((struct slice){local.p + 1, local.n - 1}, r);
}

/* The message that came back, or its header alone; some do not say the envelope's id. */
static void
read_returned(GMimeObject *part, struct mail_report *r)
{
	if (GMIME_IS_MESSAGE_PART(part)) {
		GMimeMessage *msg = g_mime_message_part_get_message(GMIME_MESSAGE_PART(part));
		if (msg != NULL)
			take_message_id(field(GMIME_OBJECT(msg), "Message-ID"), r);
		return;
	}
	GByteArray *bytes = content_of(part);
	if (bytes == NULL)
		return;
	GMimeObject *o = fields_of((struct slice){(const char *)bytes->data, bytes->len});
	take_message_id(field(o, "Message-ID"), r);
	if (o != NULL)
		g_object_unref(o);
	g_byte_array_unref(bytes);
}

static bool
is_report(GMimeObject *o)
{
	GMimeContentType *type = o != NULL ? g_mime_object_get_content_type(o) : NULL;
	const char *of =
	    type != NULL ? g_mime_content_type_get_parameter(type, "report-type") : NULL;
	return of != NULL && g_ascii_strcasecmp(of, "delivery-status") == 0 &&
	       g_mime_content_type_is_type(type, "multipart", "report") && GMIME_IS_MULTIPART(o) &&
	       g_mime_multipart_get_count(GMIME_MULTIPART(o)) > STATUS_PART;
}

static bool
read_parts(GMimeMultipart *parts, struct mail_report *r)
{
	GMimeObject *status = g_mime_multipart_get_part(parts, STATUS_PART);
	GMimeContentType *type = g_mime_object_get_content_type(status);
	if (!g_mime_content_type_is_type(type, "message", "delivery-status") &&
	    !g_mime_content_type_is_type(type, "message", "global-delivery-status")) /* RFC 6533 */
		return false;
	read_status(status, r);
	if (r->id[0] == '\0' && g_mime_multipart_get_count(parts) > RETURNED_PART)
		read_returned(g_mime_multipart_get_part(parts, RETURNED_PART), r);
	return r->id[0] != '\0' && r->action < MAIL_ACTION_COUNT;
}

bool
mail_report_read(struct slice text, struct mail_report *ret)
{
	*ret = (struct mail_report){.action = MAIL_ACTION_COUNT};
	const size_t n = text.n < MAIL_REPORT_MAX ? text.n : MAIL_REPORT_MAX;
	mail_init();
	GMimeStream *stream = g_mime_stream_mem_new_with_buffer(text.p, n);
	GMimeParser *parser = g_mime_parser_new_with_stream(stream);
	GMimeMessage *msg = g_mime_parser_construct_message(parser, NULL);
	GMimeObject *body = msg != NULL ? g_mime_message_get_mime_part(msg) : NULL;
	const bool found = is_report(body) && read_parts(GMIME_MULTIPART(body), ret);
	if (msg != NULL)
		g_object_unref(msg);
	g_object_unref(parser);
	g_object_unref(stream);
	return found;
}
