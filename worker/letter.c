/* letter: see letter.h.  Every field is a row of a table: its name, how it is read, where it goes.
 * Nothing is guessed where a guess could reach the wrong person: a recipient that is there twice,
 * or that is no address, makes the item a bad one. */
#include "worker/letter.h"

#include <errno.h>
#include <stddef.h>

#include "ipc/base/mailaddr.h"
#include "ipc/base/clean.h"
#include "worker/letter_room.h"
#include "worker/words.h"

/* What is gathered before it is understood. */
struct draft {
	struct letter *l;
	struct slice type, address, file, notice; /* as written */
	const char *why;
};

typedef bool take_fn(struct draft *d, struct slice value, void *field, size_t size);

/* ---- the kinds of value ---- */

static bool
take_text(struct draft *d, struct slice value, void *field, size_t size)
{
	(void)d;
	clean_text(value, field, size);
	return true;
}

/* Whom an answer goes to.  What is no address is none: no reason to keep the message back. */
static bool
take_address(struct draft *d, struct slice value, void *field, size_t size)
{
	(void)d;
	if (mailaddr_ok(value, NULL) && value.n < size)
		memcpy(field, value.p, value.n);
	return true;
}

static bool
take_slice(struct draft *d, struct slice value, void *field, size_t size)
{
	(void)size;
	(void)d;
	*(struct slice *)field = value;
	return true;
}

static bool
take_bool(struct draft *d, struct slice value, void *field, size_t size)
{
	static const char *const yes[] = {"true", "yes", "1", "on"};
	static const char *const no[] = {"false", "no", "0", "off", ""};
	bool *flag = field;
	(void)size;
	for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++)
		if (slice_ieq(value, slice_str(yes[i])))
			return *flag = true;
	for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++)
		if (slice_ieq(value, slice_str(no[i])))
			return true;
	d->why = "a value that must be True or False is neither";
	return false;
}

/* What is no number is a length that nobody knows: no reason to keep the message back. */
static bool
take_seconds(struct draft *d, struct slice value, void *field, size_t size)
{
	uint64_t n;
	(void)size;
	(void)d;
	if (slice_u64(value, 1000000, &n) == 0)
		*(uint32_t *)field = (uint32_t)n;
	return true;
}

static bool
take_time(struct draft *d, struct slice value, void *field, size_t size)
{
	(void)size;
	(void)d;
	letter_time_read(value, field);
	return true;
}

/* As many as are listed; what is none is passed over. */
static bool
take_about(struct draft *d, struct slice value, void *field, size_t size)
{
	struct letter *l = d->l;
	(void)size;
	(void)field;
	if (l->nabout < LETTER_ABOUT_MAX && letter_about_read(value, &l->about[l->nabout]))
		l->nabout++;
	return true;
}

/* Whom a notice goes to: an address or a mailbox; anything else is nobody. */
static bool
take_operator(struct draft *d, struct slice value, void *field, size_t size)
{
	(void)d;
	if ((mailaddr_ok(value, NULL) || mailaddr_local_ok(value)) && value.n < size)
		memcpy(field, value.p, value.n);
	return true;
}

/* ---- the fields ---- */

#define OF(f)   offsetof(struct letter, f), sizeof(((struct letter *)0)->f), true
#define WORK(f) offsetof(struct draft, f), sizeof(struct slice), false

static const struct field {
	const char *name;
	take_fn *take; /* NULL: known, and of no use to us */
	size_t offset, size;
	bool of_letter; /* else of the draft */
} fields[] = {
    {"MessageType", take_slice, WORK(type)},
    {"CallerId", take_text, OF(caller_id)},
    {"CallerNumber", take_text, OF(caller_number)},
    {"CallerName", take_text, OF(caller_name)},
    {"CallerAddress", take_address, OF(caller_address)},
    {"RecipientName", take_text, OF(recipient_name)},
    {"RecipientAddress", take_slice, WORK(address)},
    {"RecipientExtension", take_text, OF(extension)},
    {"RecipientCulture", take_text, OF(culture)},
    {"CallId", take_text, OF(call_id)},
    {"AttachmentName", take_slice, WORK(file)},
    {"Duration", take_seconds, OF(duration_s)},
    {"Important", take_bool, OF(important)},
    {"Private", take_bool, OF(private_)},
    {"CallAnswering", take_bool, OF(call_answering)},
    {"Interrupted", take_bool, OF(interrupted)},
    {"Received", take_time, OF(received)},
    {"OperatorAddress", take_operator, OF(operator_)},
    {"Notice", take_slice, WORK(notice)},
    {"Count", take_seconds, OF(count)},
    {"Message", take_about, OF(about)},
};

enum { FIELDS = sizeof(fields) / sizeof(fields[0]) };

static int
field_of(struct slice name)
{
	for (int i = 0; i < FIELDS; i++)
		if (slice_ieq(name, slice_str(fields[i].name)))
			return i;
	return -1;
}

static bool
take(struct draft *d, const struct field *f, struct slice value)
{
	char *base = f->of_letter ? (char *)d->l : (char *)d;
	return f->take(d, value, base + f->offset, f->size);
}

/* ---- the lines ---- */

/* `Word : value`, with or without blanks; a drive letter is no word, a sip: URI has no blank behind
 * its colon. */
static bool
split_line(struct slice line, struct slice *ret_name, struct slice *ret_value)
{
	struct slice rest = line, name = slice_trim(words_until(&rest, ':'));
	if (name.n < 2 || name.n == line.n)
		return false;
	for (size_t i = 0; i < name.n; i++)
		if ((name.p[i] | 0x20) < 'a' || (name.p[i] | 0x20) > 'z')
			return false;
	bool blank = rest.n == 0 || rest.p[0] == ' ' || rest.p[0] == '\t';
	if (!blank && field_of(name) < 0)
		return false;
	*ret_name = name;
	*ret_value = slice_trim(rest);
	return true;
}

/* Whether the next line is the value of a name that stood alone in its line. */
static bool
value_below(struct slice *rest, struct slice *ret_value)
{
	struct slice after = *rest, line, name, value;
	if (!words_line(&after, &line) || line.n == 0 || split_line(line, &name, &value))
		return false;
	*ret_value = line;
	*rest = after;
	return true;
}

static bool
read_lines(struct draft *d, struct slice text)
{
	bool seen[FIELDS] = {false};
	struct slice line, name, value;
	while (words_line(&text, &line)) {
		if (!split_line(line, &name, &value))
			continue;
		int i = field_of(name);
		if (i < 0)
			continue;
		if (value.n == 0)
			(void)value_below(&text, &value);
		if (seen[i] && fields[i].take != take_about) {
			d->why = "a name is there twice, and only one of the two can be meant";
			return false;
		}
		seen[i] = true;
		if (!take(d, &fields[i], value))
			return false;
	}
	return true;
}

/* ---- what it means ---- */

static bool
understand_type(struct draft *d)
{
	if (slice_ieq(d->type, SLICE("VoiceMail")))
		d->l->type = LETTER_VOICE;
	else if (slice_ieq(d->type, SLICE("MissedCall")))
		d->l->type = LETTER_MISSED;
	else if (slice_ieq(d->type, SLICE("Notice")))
		d->l->type = LETTER_NOTICE;
	else
		d->why = d->type.n == 0
			     ? "there is no MessageType"
			     : "MessageType is neither VoiceMail nor MissedCall nor Notice";
	return d->why == NULL;
}

static bool
understand_notice(struct draft *d)
{
	struct letter *l = d->l;
	if (l->type != LETTER_NOTICE) {
		l->nabout = l->count = 0;
		return true;
	}
	if (!letter_notice_kind(d->notice, &l->notice))
		d->why = "Notice is neither Expired nor Unconfirmed";
	else if (l->nabout == 0)
		d->why = "a Notice without a Message that it is about";
	if (l->count < l->nabout)
		l->count = l->nabout;
	return d->why == NULL;
}

/* Folders of either kind of system are left away: only what lies in the spool is ours to send. */
static bool
understand_file(struct draft *d)
{
	struct slice name = d->file;
	if (d->l->type != LETTER_VOICE)
		return true;
	for (size_t i = name.n; i > 0; i--)
		if (name.p[i - 1] == '/' || name.p[i - 1] == '\\') {
			name = (struct slice){name.p + i, name.n - i};
			break;
		}
	if (name.n == 0)
		d->why = "there is no AttachmentName";
	else if (name.n >= sizeof(d->l->attachment) || name.p[0] == '.')
		d->why = "AttachmentName is no file name";
	for (size_t i = 0; i < name.n && d->why == NULL; i++)
		if ((unsigned char)name.p[i] < 0x20 || name.p[i] == 0x7f)
			d->why = "AttachmentName has a control character";
	if (d->why != NULL)
		return false;
	memcpy(d->l->attachment, name.p, name.n);
	return true;
}

/* <local@domain> as mail programs show it is taken too. */
static struct slice
without_angles(struct slice s)
{
	if (s.n > 2 && s.p[0] == '<' && s.p[s.n - 1] == '>')
		return (struct slice){s.p + 1, s.n - 2};
	return s;
}

/* An address, or a bare extension number or name: a mailbox of ours. */
static bool
understand_recipient(struct draft *d)
{
	struct letter *l = d->l;
	struct slice a = without_angles(d->address), local = {0};
	if (a.n > 0 && mailaddr_ok(a, &local))
		memcpy(l->recipient_address, a.p, a.n);
	else if (a.n > 0 && mailaddr_local_ok(a))
		local = a;
	else if (a.n > 0)
		d->why = "RecipientAddress is no e-mail address";
	else
		local = slice_str(l->recipient_name);
	if (d->why == NULL && local.n == 0)
		d->why = "there is neither RecipientAddress nor RecipientName";
	if (d->why == NULL)
		take_text(d, local, l->mailbox, sizeof(l->mailbox));
	return d->why == NULL;
}

static struct slice
without_bom(struct slice s)
{
	if (slice_has_prefix(s, SLICE("\xef\xbb\xbf")))
		return (struct slice){s.p + 3, s.n - 3};
	return s;
}

bool
letter_id_ok(struct slice id)
{
	if (id.n == 0 || id.n >= LETTER_ID_MAX)
		return false;
	for (size_t i = 0; i < id.n; i++) {
		char c = id.p[i], low = (char)(c | 0x20);
		if (!(c >= '0' && c <= '9') && !(low >= 'a' && low <= 'z') && c != '-' &&
		    c != '_' && c != '{' && c != '}')
			return false;
	}
	return true;
}

/* An address that could not be written as the field is long cannot be: see MAILADDR_MAX. */
_Static_assert(sizeof(((struct letter *)0)->recipient_address) > MAILADDR_MAX, "address");

int
letter_read(struct slice id, struct slice text, struct letter *ret, const char **ret_why)
{
	struct draft d = {.l = ret};
	memset(ret, 0, sizeof(*ret));
	if (!letter_id_ok(id))
		d.why = "its name has other characters than letters, digits, - and _";
	else
		memcpy(ret->id, id.p, id.n);
	if (slice_has_prefix(text, SLICE("\xff\xfe")) || slice_has_prefix(text, SLICE("\xfe\xff")))
		d.why = "it is written in UTF-16; save it as UTF-8";
	if (text.n > LETTER_TEXT_MAX)
		d.why = "it is longer than 64 KiB";
	if (d.why == NULL && read_lines(&d, without_bom(text)) && understand_type(&d) &&
	    understand_notice(&d) && understand_file(&d))
		(void)understand_recipient(&d);
	*ret_why = d.why;
	return d.why == NULL ? 0 : -EBADMSG;
}
