/* mail_field: see mail_room.h. */
#include <string.h>

#include "ipc/base/clean.h"
#include "worker/mail_room.h"

/* One blank for many, none at the ends, so that folding changes nothing. */
static void
collapse(char *text)
{
	char *to = text;
	for (const char *p = text; *p != '\0'; p++)
		if (*p != ' ' || (to > text && to[-1] != ' '))
			*to++ = *p;
	if (to > text && to[-1] == ' ')
		to--;
	*to = '\0';
}

void
mail_field_clean(const char *in, size_t size, char *out, size_t out_size)
{
	clean_text((struct slice){in, strnlen(in, size)}, out, out_size);
	for (char *p = out; (p = strstr(p, "=?")) != NULL;)
		p[1] = ' ';
	collapse(out);
}

void
mail_field_disarm(char *name)
{
	for (char *p = name; *p != '\0'; p++)
		if (strchr("@<>", *p) != NULL)
			*p = ' ';
	collapse(name);
}

/* GMime folds at blanks alone, and makes encoded words of any length of what has none for long. */
static bool
has_long_word(const char *text)
{
	enum { LONG = 60 };
	for (size_t n; *text != '\0'; text += n) {
		n = strcspn(text, " ");
		if (n > LONG)
			return true;
		n += text[n] == ' ';
	}
	return false;
}

/* `text` as encoded words (RFC 2047) of at most 75 characters, none of which parts a character.
 * g_free() it. */
static char *
encoded(const char *text)
{
	enum { BYTES = 45 }; /* 60 of base64, and 12 around them */
	struct slice rest = slice_str(text);
	GString *out = g_string_new(NULL);
	while (rest.n > 0) {
		size_t n = 0, c;
		while ((c = clean_character((struct slice){rest.p + n, rest.n - n})) > 0 &&
		       n + c <= BYTES)
			n += c;
		if (n == 0) /* no UTF-8: clean_text() leaves none */
			break;
		char *word = g_base64_encode((const guchar *)rest.p, n);
		g_string_append_printf(out, "%s=?" MAIL_CHARSET "?B?%s?=", out->len > 0 ? " " : "",
				       word);
		g_free(word);
		rest = (struct slice){rest.p + n, rest.n - n};
	}
	return g_string_free(out, FALSE);
}

void
mail_field_put(GMimeMessage *msg, const char *name, const char *value)
{
	GMimeHeaderList *list = g_mime_object_get_header_list(GMIME_OBJECT(msg));
	if (value == NULL || value[0] == '\0')
		return;
	bool plain = g_str_is_ascii(value);
	char *text = plain ? g_strdup(value) : encoded(value);
	g_mime_object_set_header(GMIME_OBJECT(msg), name, text, MAIL_CHARSET);
	g_free(text);
	if (!plain || !has_long_word(value))
		return;
	char *raw = g_strdup_printf(" %s\n", value);
	g_mime_header_set_raw_value(g_mime_header_list_get_header(list, name), raw);
	g_free(raw);
}

void
mail_field_address(GMimeMessage *msg, GMimeAddressType type, InternetAddress *a)
{
	const char *name = internet_address_get_name(a);
	if (name != NULL && (!g_str_is_ascii(name) || has_long_word(name))) {
		char *text = encoded(name);
		internet_address_set_name(a, text);
		g_free(text);
	}
	internet_address_list_add(g_mime_message_get_addresses(msg, type), a);
	g_object_unref(a);
}
