/* mailbox_row: see mailbox_row.h. */
#include "conf/mailbox_row.h"

#include <errno.h>
#include <string.h>

#include "conf/value.h"
#include "ipc/base/mailaddr.h"

enum { SHOWN = 60, ADDRESS_MAX = 254 }; /* RFC 5321 4.5.3.1.3 */

/* `%.*s` of a cell in an error line. */
#define SHORT(s) (int)((s).n < SHOWN ? (s).n : SHOWN), ((s).n ? (s).p : "")

/* What the readers of columns work with. */
struct reading {
	const struct conf *conf;
	struct mailbox_row *row;
	struct buf *why;
};

static int
wrong(struct reading *r, enum mailbox_column c, struct slice text, const char *right)
{
	buf_printf(r->why, "%s: \"%.*s\" is not right; %s", mailbox_column_name(c), SHORT(text),
		   right);
	return -EINVAL;
}

static int
read_dialplan(struct reading *r, struct slice text)
{
	char name[CONF_NAME_MAX] = "";

	if (text.n == 0 && r->conf->ndialplan == 1) {
		r->row->plan = &r->conf->dialplan[0];
		return 0;
	}
	if (text.n < sizeof(name) && text.n > 0)
		memcpy(name, text.p, text.n);
	r->row->plan = dialplan_find(r->conf, name);
	return r->row->plan ? 0
			    : wrong(r, MAILBOX_DIALPLAN, text,
				    "the name of a [dialplan NAME] of the configuration");
}

static int
read_extension(struct reading *r, struct slice text)
{
	char number[DIALPLAN_NUMBER_MAX] = "";

	if (text.n < sizeof(number) && text.n > 0)
		memcpy(number, text.p, text.n);
	if (!dialplan_is_extension(r->row->plan, number)) {
		buf_printf(r->why, "%s: \"%.*s\" is not right; %u digits, as in dialplan %s",
			   mailbox_column_name(MAILBOX_EXTENSION), SHORT(text),
			   r->row->plan->extension_length, r->row->plan->name);
		return -EINVAL;
	}
	memcpy(r->row->extension, number, sizeof(number));
	return 0;
}

static bool
is_number(struct slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!value_number_char(s.p[i]) && !memchr(" ()/", s.p[i], 4))
			return false;
	return s.n < DIALPLAN_NUMBER_MAX;
}

/* The text before the next separator, which is taken off too. */
static struct slice
next_number(struct slice *rest)
{
	struct slice one = {rest->p, 0};

	while (one.n < rest->n && !memchr(",;|", rest->p[one.n], 3))
		one.n++;
	*rest = one.n < rest->n ? (struct slice){rest->p + one.n + 1, rest->n - one.n - 1}
				: (struct slice){rest->p + one.n, 0};
	return slice_trim(one);
}

/* A blank is part of a number: "+49 30 1234-2101". */
static int
read_numbers(struct reading *r, struct slice text)
{
	struct mailbox_row *row = r->row;

	while (text.n > 0) {
		struct slice one = next_number(&text);

		if (one.n == 0)
			continue;
		if (!is_number(one))
			return wrong(r, MAILBOX_NUMBERS, one,
				     "numbers, with ',', ';' or '|' between them");
		if (row->nnumber == MAILBOX_NUMBERS_MAX)
			return wrong(r, MAILBOX_NUMBERS, one, "it is one too many; at most 16");
		dialplan_number(row->plan, one, row->number[row->nnumber++]);
	}
	return 0;
}

_Static_assert(MAILBOX_NUMBERS_MAX == 16, "the words above");

/* Length of the UTF-8 character at s (RFC 3629 3); 0: it is none. */
static size_t
utf8_length(struct slice s)
{
	const unsigned char c = (unsigned char)s.p[0], d = s.n > 1 ? (unsigned char)s.p[1] : 0;
	size_t n = c < 0x80 ? 1 : c < 0xc2 ? 0 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : c < 0xf5 ? 4 : 0;

	if (n == 0 || n > s.n || (c == 0xe0 && d < 0xa0) || (c == 0xed && d > 0x9f) ||
	    (c == 0xf0 && d < 0x90) || (c == 0xf4 && d > 0x8f))
		return 0;
	for (size_t i = 1; i < n; i++)
		if (((unsigned char)s.p[i] & 0xc0) != 0x80)
			return 0;
	return n;
}

static bool
is_text(struct slice s)
{
	while (s.n > 0) {
		const size_t n = utf8_length(s);

		if (n == 0 || (unsigned char)s.p[0] < ' ' || s.p[0] == 0x7f)
			return false;
		s = (struct slice){s.p + n, s.n - n};
	}
	return true;
}

static int
read_name(struct reading *r, struct slice text)
{
	if (!is_text(text) || text.n >= MAILBOX_TEXT_MAX)
		return wrong(r, MAILBOX_NAME, text, "text in UTF-8, at most 255 bytes of it");
	if (text.n > 0)
		memcpy(r->row->name, text.p, text.n);
	return 0;
}

_Static_assert(MAILBOX_TEXT_MAX == 256, "the words above");

/* LOCAL@DOMAIN in the plain form (RFC 5321 4.1.2, Dot-string and names of hosts): nothing that
 * could mean something to a mail header or to the dialogue with a mail server; and nothing that
 * is let in here may be refused when a message is to be delivered. */
static bool
is_address(struct slice s)
{
	struct slice local;

	return s.n <= ADDRESS_MAX && mailaddr_ok(s, &local) && mailaddr_local_ok(local) &&
	       s.p[s.n - 1] != ']';
}

static int
read_address(struct reading *r, struct slice text)
{
	if (text.n == 0 && r->conf->mail.delivery == DELIVERY_SMTP)
		return wrong(r, MAILBOX_ADDRESS, text,
			     "a mail address like anna@example.com: mail.delivery is smtp");
	if (text.n > 0 && !is_address(text))
		return wrong(r, MAILBOX_ADDRESS, text,
			     "a mail address like anna@example.com, in ASCII");
	if (text.n > 0)
		memcpy(r->row->address, text.p, text.n);
	return 0;
}

static int
read_language(struct reading *r, struct slice text)
{
	for (size_t i = 0; i < text.n; i++)
		if (!value_name_char(text.p[i]))
			return wrong(r, MAILBOX_LANGUAGE, text, "like nl-NL");
	if (text.n >= CONF_LANGUAGE_MAX)
		return wrong(r, MAILBOX_LANGUAGE, text, "like nl-NL");
	if (text.n > 0)
		memcpy(r->row->language, text.p, text.n);
	return 0;
}

/* A file that is not there yet is no mistake: people change their greetings. */
static int
read_greeting(struct reading *r, struct slice text)
{
	if (text.n == 0 || slice_ieq(text, SLICE("default")))
		return 0;
	if (slice_ieq(text, SLICE(MAILBOX_NAMED))) {
		memcpy(r->row->greeting, MAILBOX_NAMED, sizeof(MAILBOX_NAMED));
		return 0;
	}
	if (text.p[0] != '/' || text.n >= CONF_PATH_MAX || !is_text(text))
		return wrong(r, MAILBOX_GREETING, text,
			     "default, named, or the absolute path of a WAV file");
	memcpy(r->row->greeting, text.p, text.n);
	return 0;
}

/* Its fault is said without it: whoever reads a log is not to know it. */
static int
read_pin(struct reading *r, struct slice text)
{
	const char *fault = text.n > 0 ? pin_hash_fault(text) : NULL;

	if (fault) {
		buf_printf(r->why, "%s: %s", mailbox_column_name(MAILBOX_PIN), fault);
		return -EINVAL;
	}
	if (text.n > 0)
		memcpy(r->row->pin, text.p, text.n);
	return 0;
}

static int
read_max_recording(struct reading *r, struct slice text)
{
	const int64_t most = r->conf->recording.max_duration;
	char limit[32];
	int64_t ms;

	if (text.n == 0)
		return 0;
	if (text_duration(text, &ms) == 0 && ms >= 1000 && ms <= most) {
		r->row->max_recording = (uint32_t)ms;
		return 0;
	}
	buf_printf(r->why,
		   "%s: \"%.*s\" is not right; a number with s, m or h from 1s to %s "
		   "(recording.max_duration)",
		   mailbox_column_name(MAILBOX_MAX_RECORDING), SHORT(text),
		   text_duration_print(most, limit, sizeof(limit)));
	return -EINVAL;
}

static const struct {
	const char *name;
	int (*read)(struct reading *r, struct slice text);
} columns[MAILBOX_COLUMNS] = {
    [MAILBOX_DIALPLAN] = {"dialplan", read_dialplan},
    [MAILBOX_EXTENSION] = {"extension", read_extension},
    [MAILBOX_NUMBERS] = {"numbers", read_numbers},
    [MAILBOX_NAME] = {"name", read_name},
    [MAILBOX_ADDRESS] = {"address", read_address},
    [MAILBOX_LANGUAGE] = {"language", read_language},
    [MAILBOX_GREETING] = {"greeting", read_greeting},
    [MAILBOX_PIN] = {"pin", read_pin},
    [MAILBOX_MAX_RECORDING] = {"max_recording", read_max_recording},
};

const char *
mailbox_column_name(enum mailbox_column c)
{
	return columns[c].name;
}

enum mailbox_column
mailbox_column_find(struct slice title)
{
	enum mailbox_column c = 0;

	while (c < MAILBOX_COLUMNS && !slice_ieq(title, slice_str(columns[c].name)))
		c++;
	return c;
}

int
mailbox_row_read(const struct conf *conf, const struct slice cell[MAILBOX_COLUMNS],
		 struct mailbox_row *ret, struct buf *why)
{
	struct reading r = {.conf = conf, .row = ret, .why = why};
	int err = 0;

	memset(ret, 0, sizeof(*ret));
	for (enum mailbox_column c = 0; c < MAILBOX_COLUMNS && err == 0; c++)
		err = columns[c].read(&r, slice_trim(cell[c]));
	return err;
}
