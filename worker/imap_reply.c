/* imap_reply: see imap_reply.h.
 * Pure. */
#include "worker/imap_reply.h"

#include <errno.h>

#include "worker/words.h"

void
imap_reply_begin(struct imap_reply *r, const char *tag, struct imap_server *server)
{
	*r = (struct imap_reply){.server = server};
	strncpy(r->tag, tag, sizeof(r->tag) - 1);
}

/* ---- what the server can do ---- */

static void
take_capability(struct imap_server *s, struct slice word)
{
	if (slice_ieq(word, SLICE("IMAP4rev1")) || slice_ieq(word, SLICE("IMAP4rev2")))
		s->imap4rev1 = true;
	else if (slice_ieq(word, SLICE("ESEARCH")))
		s->esearch = true;
	else if (slice_ieq(word, SLICE("CONDSTORE")))
		s->condstore = true;
	else if (slice_ieq(word, SLICE("AUTH=PLAIN")) || slice_ieq(word, SLICE("AUTH=LOGIN")))
		s->sasl = true;
}

/* "* CAPABILITY a b", "A1 OK [CAPABILITY a b] text". */
void
imap_server_line(struct imap_server *s, struct slice line)
{
	struct slice rest = line, word = words_next(&rest);
	const ptrdiff_t at = slice_find(line, SLICE("[CAPABILITY "), true);

	word = words_next(&rest);
	if (!slice_ieq(word, SLICE("CAPABILITY"))) {
		if (at < 0)
			return;
		rest = (struct slice){line.p + at + 12, line.n - (size_t)at - 12};
		rest = words_until(&rest, ']');
	}
	*s = (struct imap_server){.known = true};
	while ((word = words_next(&rest)).n > 0)
		take_capability(s, word);
}

/* ---- untagged ---- */

static void
take_attribute(struct imap_status *s, struct slice name, struct slice value)
{
	static const struct {
		const char *name;
		size_t at;
	} attributes[] = {
	    {"MESSAGES", offsetof(struct imap_status, messages)},
	    {"UNSEEN", offsetof(struct imap_status, unseen)},
	    {"UIDNEXT", offsetof(struct imap_status, uidnext)},
	    {"UIDVALIDITY", offsetof(struct imap_status, uidvalidity)},
	};
	uint64_t n;

	if (slice_ieq(name, SLICE("HIGHESTMODSEQ")) && slice_u64(value, INT64_MAX, &n) == 0)
		s->modseq = n;
	if (slice_u64(value, UINT32_MAX, &n) < 0)
		return;
	for (size_t i = 0; i < sizeof(attributes) / sizeof(attributes[0]); i++)
		if (slice_ieq(name, slice_str(attributes[i].name)))
			*(uint32_t *)(void *)((char *)s + attributes[i].at) = (uint32_t)n;
}

/* The last group in parentheses: a folder's name may have some, too. */
static void
take_status(struct imap_reply *r, struct slice line)
{
	size_t begin = line.n;
	struct slice rest, name, value;

	if (line.n == 0 || line.p[line.n - 1] != ')')
		return;
	while (begin > 0 && line.p[begin - 1] != '(')
		begin--;
	if (begin == 0)
		return;
	rest = (struct slice){line.p + begin, line.n - begin - 1};
	r->has_status = true;
	while ((name = words_next(&rest)).n > 0 && (value = words_next(&rest)).n > 0)
		take_attribute(&r->status, name, value);
}

/* "2 84 882" */
static int
take_search(struct imap_reply *r, struct slice rest)
{
	struct slice word;
	uint64_t n;

	r->has_found = true;
	while ((word = words_next(&rest)).n > 0 && word.p[0] != '(') {
		if (slice_u64(word, UINT32_MAX, &n) < 0)
			return -EBADMSG;
		r->found++;
	}
	return 0;
}

/* `(TAG "A1") COUNT 5` */
static int
take_esearch(struct imap_reply *r, struct slice rest)
{
	struct slice word;
	uint64_t n;

	while ((word = words_next(&rest)).n > 0)
		if (slice_ieq(word, SLICE("COUNT"))) {
			if (slice_u64(words_next(&rest), UINT32_MAX, &n) < 0)
				return -EBADMSG;
			r->has_found = true;
			r->found = (uint32_t)n;
		}
	return 0;
}

/* ---- the end ---- */

static void
keep_text(struct imap_reply *r, struct slice text)
{
	size_t n = 0;

	for (; n < text.n && n < sizeof(r->text) - 1; n++)
		r->text[n] = text.p[n] >= ' ' && text.p[n] <= '~' ? text.p[n] : '?';
	r->text[n] = '\0';
}

/* OK, NO, BAD and, of a greeting, PREAUTH and BYE. */
static int
finish(struct imap_reply *r, struct slice text)
{
	struct slice rest = text;
	const struct slice word = words_next(&rest);

	if (slice_ieq(word, SLICE("OK")) || slice_ieq(word, SLICE("PREAUTH")))
		r->end = IMAP_END_OK;
	else if (slice_ieq(word, SLICE("NO")))
		r->end = IMAP_END_NO;
	else if (slice_ieq(word, SLICE("BAD")))
		r->end = IMAP_END_BAD;
	else if (slice_ieq(word, SLICE("BYE")))
		r->end = IMAP_END_BYE;
	else
		return -EBADMSG;
	keep_text(r, slice_trim(text));
	return 1;
}

static int
untagged(struct imap_reply *r, struct slice text)
{
	struct slice rest = text;
	const struct slice word = words_next(&rest);

	r->kind = slice_ieq(word, SLICE("STATUS")) ? IMAP_KIND_STATUS : IMAP_KIND_OTHER;
	if (slice_ieq(word, SLICE("BYE")))
		return finish(r, text);
	if (slice_ieq(word, SLICE("SEARCH")))
		return take_search(r, rest);
	if (slice_ieq(word, SLICE("ESEARCH")))
		return take_esearch(r, rest);
	if (r->kind == IMAP_KIND_STATUS)
		take_status(r, rest);
	return 0;
}

/* "... {12}": the name that follows is on the next line. */
static bool
ends_in_literal(struct slice line)
{
	size_t at = line.n;

	if (line.n < 3 || line.p[line.n - 1] != '}')
		return false;
	for (at = line.n - 1; at > 0 && line.p[at - 1] >= '0' && line.p[at - 1] <= '9';)
		at--;
	return at > 0 && at < line.n - 1 && line.p[at - 1] == '{';
}

int
imap_reply_line(struct imap_reply *r, struct slice line)
{
	struct slice rest = line, word;
	const bool more = r->goes_on;

	r->bytes += line.n;
	if (++r->lines > IMAP_LINES_MAX || r->bytes > IMAP_BYTES_MAX)
		return -EBADMSG;
	r->goes_on = ends_in_literal(line);
	if (more) {
		if (r->kind == IMAP_KIND_STATUS)
			take_status(r, line);
		return 0;
	}
	word = words_next(&rest);
	imap_server_line(r->server, line);
	if (slice_eq(word, slice_str(r->tag)))
		return finish(r, rest);
	if (!slice_eq(word, SLICE("*")))
		return -EBADMSG;
	return untagged(r, rest);
}

bool
imap_text_of_all(const char *text)
{
	static const char *const codes[] = {"[UNAVAILABLE]", "[LIMIT]", "[SERVERBUG]", "[INUSE]",
					    "[CONTACTADMIN]"};

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (slice_find(slice_str(text), slice_str(codes[i]), true) >= 0)
			return true;
	return false;
}
