/* party: see party.h. */
#include "worker/party.h"

#include <string.h>

#include "worker/history.h"
#include "worker/nameaddr.h"
#include "worker/words.h"

static void
number_of(struct slice value, char out[MESSAGE_PARTY_MAX])
{
	nameaddr_number(nameaddr_user(value), out, MESSAGE_PARTY_MAX);
}

/* RFC 3323: "id" and "user" ask that the called person does not learn the caller. */
static bool
withheld(struct slice privacy)
{
	while (privacy.n > 0) {
		struct slice word = slice_trim(words_until(&privacy, ';'));

		if (slice_ieq(word, SLICE("id")) || slice_ieq(word, SLICE("user")))
			return true;
	}
	return false;
}

/* What telephone systems write where a number is withheld or not known. */
static bool
is_nobody(const char *number)
{
	static const struct slice words[] = {{"anonymous", 9},
					     {"unknown", 7},
					     {"unavailable", 11},
					     {"restricted", 10},
					     {"private", 7}};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (slice_ieq(slice_str(number), words[i]))
			return true;
	return false;
}

static bool
is_number(const char *number)
{
	return number[0] == '+' || (number[0] >= '0' && number[0] <= '9');
}

/* Who it is: of the values that tell (there may be a SIP and a tel URI, RFC 3325 9.1) the first
 * number, else the first one. */
static void
prefer_number(const struct party_lines *lines, bool (*tells)(struct slice value),
	      char out[MESSAGE_PARTY_MAX])
{
	char number[MESSAGE_PARTY_MAX];
	struct slice value;

	for (size_t i = 0; i < lines->n; i++) {
		struct slice list = lines->line[i];
		while (!is_number(out) && nameaddr_next(&list, &value)) {
			number_of(value, number);
			if ((out[0] == '\0' || is_number(number)) && tells(value))
				memcpy(out, number, MESSAGE_PARTY_MAX);
		}
	}
}

static bool
always(struct slice value)
{
	(void)value;
	return true;
}

/* A Remote-Party-ID may be that of the party called. */
static bool
is_calling(struct slice value)
{
	struct slice party;

	return !nameaddr_param(nameaddr_params(value), "party", &party) ||
	       slice_ieq(party, SLICE("calling"));
}

/* `privacy=full`, `"uri"`, `full-network`: the number is not to be told; `name` and `off` say
 * nothing of it. */
static bool
hides_number(struct slice value)
{
	struct slice privacy, word;

	if (!is_calling(value) || !nameaddr_param(nameaddr_params(value), "privacy", &privacy))
		return false;
	if (privacy.n > 1 && privacy.p[0] == '"')
		privacy = (struct slice){privacy.p + 1, privacy.n - 2};
	word = words_until(&privacy, '-');
	return slice_ieq(word, SLICE("full")) || slice_ieq(word, SLICE("uri"));
}

static bool
remote_withheld(const struct party_lines *remote)
{
	struct slice value;

	for (size_t i = 0; i < remote->n; i++) {
		struct slice list = remote->line[i];
		while (nameaddr_next(&list, &value))
			if (hides_number(value))
				return true;
	}
	return false;
}

/* RFC 3323 4.1.1.3: anonymous.invalid, whatever stands before the @. */
static bool
is_invalid(struct slice host)
{
	const struct slice end = SLICE(".invalid");

	return host.n >= end.n && slice_ieq((struct slice){host.p + host.n - end.n, end.n}, end);
}

static void
read_caller(const struct party_fields *in, char out[MESSAGE_PARTY_MAX])
{
	out[0] = '\0';
	if (withheld(in->privacy) || remote_withheld(&in->remote))
		return;
	prefer_number(&in->asserted, always, out);
	if (out[0] == '\0')
		prefer_number(&in->remote, is_calling, out);
	if (out[0] == '\0' && !is_invalid(in->from_host))
		nameaddr_number(in->from_user, out, MESSAGE_PARTY_MAX);
	if (is_nobody(out))
		out[0] = '\0';
}

/* What a source is asked. */
struct question {
	const struct party_fields *in;
	enum diverting end;
	const char *dialled;
	const struct skip *skip; /* NULL: none */
};

/* Whether a number tells of somebody else than was dialled. */
static bool
is_other(const char *number, const struct question *q)
{
	return number[0] != '\0' && !is_nobody(number) && strcmp(number, q->dialled) != 0 &&
	       !(q->skip && q->skip->is(q->skip->arg, number));
}

static bool
is_passed_over(const void *arg, const char *number)
{
	return !is_other(number, arg);
}

/* RFC 5806: every diversion is put before the earlier ones, so that the last value of the last
 * line is who was called first. */
static void
from_diversion(const struct question *q, char out[MESSAGE_PARTY_MAX])
{
	const struct party_lines *lines = &q->in->diversion;
	char number[MESSAGE_PARTY_MAX];
	struct slice value;

	for (size_t i = 0; i < lines->n; i++) {
		struct slice list = lines->line[i];
		while (nameaddr_next(&list, &value)) {
			number_of(value, number);
			if (!is_other(number, q))
				continue;
			memcpy(out, number, MESSAGE_PARTY_MAX);
			if (q->end == DIVERTING_LAST)
				return;
		}
	}
}

static void
from_history(const struct question *q, char out[MESSAGE_PARTY_MAX])
{
	const struct skip skip = {is_passed_over, q};

	history_read(q->in->history.line, q->in->history.n, q->end, &skip, out);
}

/* RFC 4458: the Request-URI itself names the mailbox, `;target=sip:1002%40pbx;cause=486`. */
static void
from_target(const struct question *q, char out[MESSAGE_PARTY_MAX])
{
	char text[4 * MESSAGE_PARTY_MAX];
	struct buf uri = BUF(text);
	struct slice target;

	if (!nameaddr_param(q->in->request_params, "target", &target))
		return;
	nameaddr_unescape(target, &uri);
	number_of((struct slice){uri.p, uri.n}, out);
}

/* Nobody has written down the form of x-nt-ocn-id: take a bare number as well as a URI. */
static void
from_original(const struct question *q, char out[MESSAGE_PARTY_MAX])
{
	const struct slice value = q->in->original;

	number_of(value, out);
	if (out[0] == '\0' && slice_find(value, SLICE(":"), false) < 0)
		nameaddr_number(slice_trim(value), out, MESSAGE_PARTY_MAX);
}

static void (*const sources[DIVERSION_SOURCES])(const struct question *,
						char[MESSAGE_PARTY_MAX]) = {
    [DIVERSION_DIVERSION] = from_diversion,
    [DIVERSION_HISTORY_INFO] = from_history,
    [DIVERSION_OCN_ID] = from_original,
    [DIVERSION_TARGET] = from_target,
};

void
party_add(struct party_lines *lines, struct slice value)
{
	lines->line[lines->n < PARTY_LINES ? lines->n++ : PARTY_LINES - 1] = value;
}

void
party_read(const struct party_fields *in, const struct trunk_conf *trunk, const struct skip *skip,
	   struct party *ret)
{
	char dialled[MESSAGE_PARTY_MAX];
	const struct question q = {in, trunk->diverting, dialled, skip};
	struct party p = {0};

	read_caller(in, p.caller);
	nameaddr_number(in->request_user, dialled, sizeof(dialled));
	for (size_t i = 0; i < trunk->ndiversion && !p.diverted; i++) {
		char number[MESSAGE_PARTY_MAX] = "";

		sources[trunk->diversion[i]](&q, number);
		p.diverted = is_other(number, &q);
		if (p.diverted)
			memcpy(p.called, number, sizeof(number));
	}
	if (!p.diverted)
		memcpy(p.called, dialled, sizeof(dialled));
	*ret = p;
}
