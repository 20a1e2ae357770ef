/* dialplan: see dialplan.h. */
#include "conf/dialplan.h"

#include <string.h>

enum { E164_DIGITS = 15 }; /* ITU-T E.164 6.1 */

static bool
all_digits(struct slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	return s.n > 0;
}

static struct slice
without(struct slice s, size_t n)
{
	return (struct slice){s.p + n, s.n - n};
}

/* "+493012342101". */
static bool
is_full(struct slice s)
{
	return s.n > 0 && s.p[0] == '+' && all_digits(without(s, 1));
}

/* Takes a prefix off the front; "" is no prefix. */
static bool
take(struct slice *s, const char *prefix)
{
	struct slice p = slice_str(prefix);

	if (p.n == 0 || s->n <= p.n || !slice_has_prefix(*s, p))
		return false;
	*s = without(*s, p.n);
	return true;
}

/* Drops what people put into numbers for the eye (RFC 3966 5.1.1), and blanks; a text that is no
 * number then stays as it came. */
static struct slice
plainly(struct slice raw, char space[DIALPLAN_NUMBER_MAX])
{
	struct buf b = {space, 0, DIALPLAN_NUMBER_MAX - 1, false};

	for (size_t i = 0; i < raw.n; i++)
		if (!memchr("-.()/ ", raw.p[i], 6))
			buf_add(&b, &raw.p[i], 1);
	if (b.full || b.n == 0)
		return raw;
	for (size_t i = 0; i < b.n; i++)
		if (!memchr("0123456789*#", b.p[i], 12) && !(i == 0 && b.p[i] == '+'))
			return raw;
	return (struct slice){b.p, b.n};
}

/* A number as it is written in one country or from one: what stands before its digits is found out
 * here.  NULL: nothing is known. */
static const char *
country_of(const struct dialplan_conf *plan, struct slice *digits, const char **ret_area)
{
	*ret_area = "";
	if (take(digits, plan->international_prefix))
		return "";
	if (take(digits, plan->national_prefix))
		return plan->country_code;
	if (plan->plain_number == PLAIN_LOCAL)
		*ret_area = plan->area_code;
	return plan->plain_number == PLAIN_UNKNOWN         ? NULL
	       : plan->plain_number == PLAIN_INTERNATIONAL ? ""
							   : plan->country_code;
}

/* `digits` with the + and the codes they lack; false: too little is known, or too many digits. */
static bool
complete(const struct dialplan_conf *plan, struct slice digits, struct buf *out)
{
	const char *area, *country;

	if (plan->outside_line[0] && !take(&digits, plan->outside_line))
		return false; /* one of our own */
	if (digits.n < plan->extension_length)
		return false; /* a service of the network, like 112 */
	country = country_of(plan, &digits, &area);
	if (!country)
		return false;
	buf_str(out, "+");
	buf_str(out, country);
	buf_str(out, area);
	buf_slice(out, digits);
	return !out->full && out->n <= E164_DIGITS + 1;
}

/* The extension in a full number: 2101 of +493012342101. */
static struct slice
extension_of(const struct dialplan_conf *plan, struct slice full)
{
	for (size_t i = 0; i < plan->nnumber_prefix; i++) {
		struct slice rest = full;

		if (take(&rest, plan->number_prefix[i]) && rest.n == plan->extension_length)
			return rest;
	}
	return full;
}

static void
copy(struct slice s, char out[DIALPLAN_NUMBER_MAX])
{
	const size_t n = s.n < DIALPLAN_NUMBER_MAX ? s.n : DIALPLAN_NUMBER_MAX - 1;

	if (n > 0)
		memcpy(out, s.p, n);
	out[n] = '\0';
}

void
dialplan_number(const struct dialplan_conf *plan, struct slice raw, char out[DIALPLAN_NUMBER_MAX])
{
	char plain[DIALPLAN_NUMBER_MAX], full[DIALPLAN_NUMBER_MAX];
	struct buf b = BUF(full);
	struct slice number = plainly(raw, plain);

	if (is_full(number))
		number = extension_of(plan, number);
	else if (all_digits(number) && number.n != plan->extension_length &&
		 complete(plan, number, &b))
		number = extension_of(plan, (struct slice){b.p, b.n});
	copy(number, out);
}

bool
dialplan_is_extension(const struct dialplan_conf *plan, const char *number)
{
	struct slice s = slice_str(number);

	return s.n == plan->extension_length && all_digits(s);
}

void
dialplan_full(const struct dialplan_conf *plan, const char *number, char out[DIALPLAN_NUMBER_MAX])
{
	struct buf b = {out, 0, DIALPLAN_NUMBER_MAX, false};

	if (is_full(slice_str(number))) {
		buf_str(&b, number);
	} else if (dialplan_is_extension(plan, number) && plan->nnumber_prefix > 0) {
		buf_str(&b, plan->number_prefix[0]);
		buf_str(&b, number);
	}
	buf_cstr(&b);
}

/* Whether one of a plan's list is `raw`; both may be written in any way. */
static bool
has(const struct dialplan_conf *plan, const char (*list)[CONF_NUMBER_MAX], size_t n,
    struct slice raw)
{
	char wanted[DIALPLAN_NUMBER_MAX], one[DIALPLAN_NUMBER_MAX];

	dialplan_number(plan, raw, wanted);
	for (size_t i = 0; i < n; i++) {
		dialplan_number(plan, slice_str(list[i]), one);
		if (!strcmp(one, wanted))
			return true;
	}
	return false;
}

bool
dialplan_is_pilot(const struct dialplan_conf *plan, struct slice raw)
{
	return has(plan, plan->pilot, plan->npilot, raw);
}

bool
dialplan_is_attendant(const struct dialplan_conf *plan, struct slice raw)
{
	return has(plan, plan->attendant, plan->nattendant, raw);
}

const struct dialplan_conf *
dialplan_find(const struct conf *c, const char *name)
{
	for (size_t i = 0; i < c->ndialplan; i++)
		if (!strcmp(c->dialplan[i].name, name))
			return &c->dialplan[i];
	return NULL;
}

const struct dialplan_conf *
dialplan_of(const struct conf *c, const char *own, struct slice raw)
{
	if (own[0])
		return dialplan_find(c, own);
	for (size_t i = 0; i < c->ndialplan; i++)
		if (dialplan_is_pilot(&c->dialplan[i], raw))
			return &c->dialplan[i];
	return c->ndialplan == 1 ? &c->dialplan[0] : NULL;
}
