/* mail_part: see mail_room.h. */
#include "worker/mail_room.h"

static void
set_content(GMimePart *part, GMimeStream *stream)
{
	GMimeDataWrapper *content =
	    g_mime_data_wrapper_new_with_stream(stream, GMIME_CONTENT_ENCODING_DEFAULT);
	g_mime_part_set_content(part, content);
	g_object_unref(content);
	g_object_unref(stream);
}

/* Quoted-printable, whatever the bytes: lines are short, and nothing on the way need be 8-bit
 * clean. */
static GMimeObject *
text_part(const char *subtype, const struct buf *text)
{
	GMimePart *part = g_mime_part_new_with_type("text", subtype);
	g_mime_object_set_content_type_parameter(GMIME_OBJECT(part), "charset", MAIL_CHARSET);
	g_mime_part_set_content_encoding(part, GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE);
	set_content(part, g_mime_stream_mem_new_with_buffer(text->p, text->n));
	return GMIME_OBJECT(part);
}

/* Takes the sound over, without a copy. */
static GMimeObject *
sound_part(struct making *m)
{
	GMimePart *part = g_mime_part_new_with_type("audio", audio_subtype(m->style->audio));
	char seconds[16];
	snprintf(seconds, sizeof(seconds), "%u", m->facts.seconds);
	g_mime_object_set_disposition(GMIME_OBJECT(part), GMIME_DISPOSITION_ATTACHMENT);
	g_mime_part_set_filename(part, m->file); /* name= and filename= */
	g_mime_object_set_header(GMIME_OBJECT(part), "Content-Duration", seconds, MAIL_CHARSET);
	g_mime_part_set_content_encoding(part, GMIME_CONTENT_ENCODING_BASE64);
	GMimeStream *stream = g_mime_stream_mem_new_with_byte_array(
	    g_byte_array_new_take(m->audio.bytes, m->audio.n));
	g_mime_stream_mem_set_owner(GMIME_STREAM_MEM(stream), TRUE);
	m->audio.bytes = NULL;
	set_content(part, stream);
	return GMIME_OBJECT(part);
}

/* Boundaries are made of the id, so that every try gives the same bytes; neither base64 nor
 * quoted-printable can contain "=_". */
static GMimeMultipart *
multipart(const struct making *m, const char *subtype, int number)
{
	GMimeMultipart *parts = g_mime_multipart_new_with_subtype(subtype);
	char boundary[LETTER_ID_MAX + 8];
	snprintf(boundary, sizeof(boundary), "=_%s_%d", m->l->id, number);
	g_mime_multipart_set_boundary(parts, boundary);
	return parts;
}

static void
add_part(GMimeMultipart *parts, GMimeObject *part)
{
	g_mime_multipart_add(parts, part);
	g_object_unref(part);
}

/* Both texts; NULL when one does not fit. */
static GMimeObject *
make_texts(const struct making *m)
{
	char *space = g_malloc(2 * (size_t)MAIL_BODY_MAX);
	struct buf plain = {space, 0, MAIL_BODY_MAX, false};
	struct buf html = {space + MAIL_BODY_MAX, 0, MAIL_BODY_MAX, false};
	GMimeMultipart *both = NULL;
	mail_text_plain(&m->facts, &plain);
	mail_text_html(&m->facts, &html);
	if (!plain.full && !html.full) {
		both = multipart(m, "alternative", 2);
		add_part(both, text_part("plain", &plain));
		add_part(both, text_part("html", &html));
	}
	g_free(space);
	return (GMimeObject *)both;
}

GMimeObject *
mail_part_body(struct making *m)
{
	GMimeObject *texts = make_texts(m);
	if (texts == NULL || m->l->type != LETTER_VOICE)
		return texts;
	GMimeMultipart *all = multipart(m, "mixed", 1);
	add_part(all, texts);
	add_part(all, sound_part(m));
	return GMIME_OBJECT(all);
}
