/* smtp: see smtp.h.
 * Pure. */
#include "worker/smtp.h"

#include <errno.h>

#include "ipc/base/mailaddr.h"

const char *
smtp_step_name(enum smtp_step step)
{
	static const char *const names[SMTP_STEPS] = {[SMTP_CONNECT] = "the connection",
						      [SMTP_HELLO] = "EHLO",
						      [SMTP_TLS] = "STARTTLS",
						      [SMTP_LOGIN] = "AUTH",
						      [SMTP_MAIL] = "MAIL",
						      [SMTP_RCPT] = "RCPT",
						      [SMTP_DATA] = "DATA",
						      [SMTP_END] = "the end of the message"};

	return names[step];
}

/* ---- answers ---- */

/* "250", "250 text", "250-text" -> 250; -1: none of these. */
static int
code_of(struct slice line)
{
	uint64_t code;

	if (line.n < 3 || slice_u64((struct slice){line.p, 3}, 599, &code) < 0 || code < 200)
		return -1;
	if (line.n > 3 && line.p[3] != ' ' && line.p[3] != '-')
		return -1;
	return (int)code;
}

/* Appends what fits of a line to the reply's text. */
static void
keep_text(struct smtp_reply *r, struct slice line)
{
	size_t n = strlen(r->text);

	if (n > 0 && line.n > 0 && n < sizeof(r->text) - 1)
		r->text[n++] = ' ';
	for (size_t i = 0; i < line.n && n < sizeof(r->text) - 1; i++)
		r->text[n++] = line.p[i] >= ' ' && line.p[i] <= '~' ? line.p[i] : '?';
	r->text[n] = 0;
}

int
smtp_reply_line(struct smtp_reply *r, struct slice line)
{
	const int code = code_of(line);

	if (!r->open)
		*r = (struct smtp_reply){0};
	if (code < 0 || (r->code && code != r->code) || ++r->lines > SMTP_LINES_MAX)
		return -EBADMSG;
	r->open = line.n > 3 && line.p[3] == '-';
	if (!r->code)
		keep_text(r, (struct slice){line.p, 3});
	if (line.n > 4)
		keep_text(r, slice_trim((struct slice){line.p + 4, line.n - 4}));
	r->code = code;
	return r->open ? 0 : 1;
}

void
smtp_server_line(struct smtp_server *s, struct slice line, bool first)
{
	struct slice word, rest;
	size_t n = 0;

	if (first) {
		*s = (struct smtp_server){0};
		return; /* its name */
	}
	if (line.n <= 4)
		return;
	rest = slice_trim((struct slice){line.p + 4, line.n - 4});
	while (n < rest.n && rest.p[n] != ' ')
		n++;
	word = (struct slice){rest.p, n};
	rest = slice_trim((struct slice){rest.p + n, rest.n - n});
	if (slice_ieq(word, SLICE("PIPELINING")))
		s->pipelining = true;
	else if (slice_ieq(word, SLICE("DSN")))
		s->dsn = true;
	else if (slice_ieq(word, SLICE("STARTTLS")))
		s->starttls = true;
	else if (slice_ieq(word, SLICE("AUTH")))
		s->auth = true;
	else if (slice_ieq(word, SLICE("SIZE"))) {
		s->sizes = true;
		if (slice_u64(rest, INT64_MAX, &s->size) < 0)
			s->size = 0;
	}
}

bool
smtp_goes_on(enum smtp_step step, int code)
{
	return step == SMTP_DATA ? code == 354 : code >= 200 && code < 300;
}

/* What the server has against us rather than against the message. */
static bool
is_of_us(enum smtp_step step, int code)
{
	if (step < SMTP_MAIL || code == 421)
		return true;
	return code == 530 || code == 534 || code == 535 || code == 538; /* AUTH, TLS: RFC 4954 6 */
}

enum outcome
smtp_outcome(enum smtp_step step, int code)
{
	if (step == SMTP_END && code >= 200 && code < 300)
		return OUTCOME_DELIVERED;
	if (is_of_us(step, code))
		return OUTCOME_OUTAGE;
	if (code >= 500)
		return OUTCOME_NEVER;
	/* 4xx to MAIL is of a server that takes nothing now: full, or too busy. */
	return step == SMTP_MAIL ? OUTCOME_OUTAGE : OUTCOME_LATER;
}

/* ---- commands ---- */

/* RFC 3461 4: xtext may be sent of any printable ASCII text. */
static bool
is_printable(const char *s)
{
	for (; *s; s++)
		if (*s < ' ' || *s > '~')
			return false;
	return true;
}

const char *
smtp_envelope_wrong(const struct envelope *e)
{
	if (!mailaddr_ok(slice_str(e->from), NULL))
		return "the sender is no mail address";
	if (!mailaddr_ok(slice_str(e->to), NULL))
		return "the recipient is no mail address";
	if (strlen(e->id) > 100 || !is_printable(e->id)) /* RFC 3461 4.4 */
		return "the envelope's id is none";
	return NULL;
}

static void
add_xtext(struct buf *out, const char *s)
{
	for (; *s; s++) {
		if (*s <= ' ' || *s > '~' || *s == '+' || *s == '=')
			buf_printf(out, "+%02X", (unsigned char)*s);
		else
			buf_add(out, s, 1);
	}
}

void
smtp_mail(const struct envelope *e, const struct smtp_server *s, size_t size, struct buf *out)
{
	buf_printf(out, "MAIL FROM:<%s>", e->from);
	if (s->sizes)
		buf_printf(out, " SIZE=%zu", size);
	if (s->dsn)
		buf_str(out, " RET=HDRS");
	if (s->dsn && *e->id) {
		buf_str(out, " ENVID=");
		add_xtext(out, e->id);
	}
	buf_str(out, "\r\n");
}

void
smtp_rcpt(const struct envelope *e, const struct smtp_server *s, struct buf *out)
{
	buf_printf(out, "RCPT TO:<%s>", e->to);
	if (s->dsn) {
		buf_printf(out, " NOTIFY=%sFAILURE ORCPT=rfc822;", e->confirm ? "SUCCESS," : "");
		add_xtext(out, e->to);
	}
	buf_str(out, "\r\n");
}

/* The length of the line end at the front: CRLF, or either of them alone; 0: there is none. */
static size_t
line_end(struct slice s)
{
	if (s.n > 1 && s.p[0] == '\r' && s.p[1] == '\n')
		return 2;
	return s.n > 0 && (s.p[0] == '\r' || s.p[0] == '\n');
}

static void
skip(struct slice *s, size_t n)
{
	*s = (struct slice){s->p + n, s->n - n};
}

/* The next byte or line end, with what goes before it; at most 3 bytes. */
static size_t
body_step(struct smtp_body *b, char *out)
{
	const size_t end = line_end(b->left);
	size_t n = 0;

	if (end) {
		skip(&b->left, end);
		b->begins = true;
		memcpy(out, "\r\n", 2);
		return 2;
	}
	if (b->begins && b->left.p[0] == '.')
		out[n++] = '.';
	out[n++] = b->left.p[0];
	skip(&b->left, 1);
	b->begins = false;
	return n;
}

size_t
smtp_body(struct smtp_body *b, char *out, size_t cap)
{
	struct slice tail;
	size_t n = 0;

	while (b->left.n > 0 && n + 3 <= cap)
		n += body_step(b, out + n);
	tail = b->begins ? SLICE(".\r\n") : SLICE("\r\n.\r\n");
	if (b->left.n > 0 || b->ended || cap - n < tail.n)
		return n;
	memcpy(out + n, tail.p, tail.n);
	b->ended = true;
	return n + tail.n;
}
