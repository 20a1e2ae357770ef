/* history: see history.h.
 *
 * Entries are numbered (index=1, 1.1, 1.2, 1.1.1) in the order in which the request was aimed at
 * them.  What says that an entry was left for another:
 *	mp=INDEX on the entry that it was left for (RFC 7044 5): the surest sign;
 *	Reason among the headers of its own URI (`?Reason=SIP%3Bcause%3D486`);
 *	cause=CODE among the URI parameters of the entry it was left for (RFC 4458, 3GPP TS 24.604);
 *	no sign, but other entries after it (RFC 4244 senders).
 * An entry with rc=INDEX is but another address of the entry it names: that one is meant. */
#include "worker/history.h"

#include <string.h>

#include "worker/nameaddr.h"

enum { DEPTH = 8, CHASE = 4 };

struct entry {
	struct slice user;
	unsigned index[DEPTH]; /* 0-terminated unless it is that deep; all 0: has none */
	struct slice mp, rc;   /* p NULL: not given */
	bool reason, cause;
};

struct history {
	struct entry at[HISTORY_ENTRIES];
	size_t n;
};

/* "1.2.1" into numbers; what is no index is all 0. */
static void
read_index(struct slice text, unsigned index[DEPTH])
{
	size_t at = 0;

	memset(index, 0, DEPTH * sizeof(index[0]));
	while (text.n > 0 && at < DEPTH) {
		ptrdiff_t dot = slice_find(text, SLICE("."), false);
		const size_t n = dot < 0 ? text.n : (size_t)dot;
		uint64_t v;

		if (slice_u64((struct slice){text.p, n}, 999999, &v)) {
			memset(index, 0, DEPTH * sizeof(index[0]));
			return;
		}
		index[at++] = (unsigned)v;
		text.p += dot < 0 ? n : n + 1;
		text.n -= dot < 0 ? n : n + 1;
	}
}

static struct entry
read_entry(struct slice value)
{
	const struct slice uri = nameaddr_uri(value), params = nameaddr_params(value);
	const ptrdiff_t headers = slice_find(uri, SLICE("?"), false);
	struct entry e = {.user = nameaddr_user(value)};
	struct slice index;

	if (nameaddr_param(params, "index", &index))
		read_index(index, e.index);
	nameaddr_param(params, "mp", &e.mp);
	nameaddr_param(params, "rc", &e.rc);
	if (headers >= 0) {
		const struct slice h = {uri.p + headers, uri.n - (size_t)headers};
		e.reason = slice_find(h, SLICE("Reason="), true) >= 0;
	}
	e.cause = slice_find(uri, SLICE(";cause="), true) >= 0;
	return e;
}

static int
compare(const struct entry *a, const struct entry *b)
{
	for (int i = 0; i < DEPTH; i++)
		if (a->index[i] != b->index[i])
			return a->index[i] < b->index[i] ? -1 : 1;
	return 0;
}

/* In the order of their indexes, whatever the order of the lines; as they came where an entry has
 * none. */
static void
sort(struct history *h)
{
	for (size_t i = 0; i < h->n; i++)
		if (h->at[i].index[0] == 0)
			return;
	for (size_t i = 1; i < h->n; i++) {
		const struct entry e = h->at[i];
		size_t j = i;

		for (; j > 0 && compare(&h->at[j - 1], &e) > 0; j--)
			h->at[j] = h->at[j - 1];
		h->at[j] = e;
	}
}

static void
read_all(struct history *h, const struct slice *line, size_t n)
{
	h->n = 0;
	for (size_t i = 0; i < n; i++) {
		struct slice list = line[i], value;

		while (nameaddr_next(&list, &value)) {
			const size_t at = h->n < HISTORY_ENTRIES ? h->n++ : HISTORY_ENTRIES - 1;
			h->at[at] = read_entry(value);
		}
	}
	sort(h);
}

/* The entry of an index, NULL: none. */
static const struct entry *
indexed(const struct history *h, struct slice index)
{
	struct entry wanted = {0};

	read_index(index, wanted.index);
	for (size_t i = 0; i < h->n && wanted.index[0]; i++)
		if (compare(&h->at[i], &wanted) == 0)
			return &h->at[i];
	return NULL;
}

/* Whom an entry stands for; whose addresses name each other in a ring stands for himself. */
static const struct entry *
aor(const struct history *h, const struct entry *e)
{
	for (int i = 0; e && e->rc.p && i < CHASE; i++) {
		const struct entry *of = indexed(h, e->rc);
		if (!of)
			break;
		e = of;
	}
	return e;
}

/* Who left the call to `e`: the entry that its index grew out of, else the one before it. */
static const struct entry *
parent(const struct history *h, const struct entry *e)
{
	unsigned last = DEPTH;
	struct entry wanted = *e;

	if (e == h->at)
		return NULL;
	while (last > 0 && wanted.index[last - 1] == 0)
		last--;
	if (last > 1) {
		wanted.index[last - 1] = 0;
		for (size_t i = 0; i < h->n; i++)
			if (compare(&h->at[i], &wanted) == 0)
				return &h->at[i];
	}
	return e - 1;
}

/* What one kind of sign says: the party that was left where `e` has it, NULL: it has none. */
static const struct entry *
by_mp(const struct history *h, const struct entry *e)
{
	return e->mp.p ? indexed(h, e->mp) : NULL;
}

static const struct entry *
by_reason(const struct history *h, const struct entry *e)
{
	(void)h;
	return e->reason ? e : NULL;
}

static const struct entry *
by_cause(const struct history *h, const struct entry *e)
{
	return e->cause ? parent(h, e) : NULL;
}

/* Without signs: whoever left the call to the last entry. */
static const struct entry *
by_order(const struct history *h, const struct entry *e)
{
	return h->n > 1 && e == h->at + h->n - 1 ? parent(h, e) : NULL;
}

/* The number of `e`, unless it is nobody's or passed over. */
static bool
take(const struct history *h, const struct entry *e, const struct skip *skip,
     char out[MESSAGE_PARTY_MAX])
{
	e = aor(h, e);
	out[0] = '\0';
	if (e)
		nameaddr_number(e->user, out, MESSAGE_PARTY_MAX);
	if (out[0] != '\0' && !skip->is(skip->arg, out))
		return true;
	out[0] = '\0';
	return false;
}

/* An mp names who was called first; else it is the first entry, if anything came after it. */
static bool
first(const struct history *h, const struct skip *skip, char out[MESSAGE_PARTY_MAX])
{
	for (size_t i = 0; i < h->n; i++)
		if (take(h, by_mp(h, &h->at[i]), skip, out))
			return true;
	for (size_t i = 0; i < h->n; i++)
		if ((i + 1 < h->n || h->at[i].reason) && take(h, &h->at[i], skip, out))
			return true;
	return false;
}

/* The surest sign wins; of several of a kind the last. */
static bool
last(const struct history *h, const struct skip *skip, char out[MESSAGE_PARTY_MAX])
{
	static const struct entry *(*const signs[])(
	    const struct history *, const struct entry *) = {by_mp, by_reason, by_cause, by_order};

	for (size_t s = 0; s < sizeof(signs) / sizeof(signs[0]); s++)
		for (size_t i = h->n; i-- > 0;)
			if (take(h, signs[s](h, &h->at[i]), skip, out))
				return true;
	return false;
}

void
history_read(const struct slice *line, size_t n, enum diverting end, const struct skip *skip,
	     char out[MESSAGE_PARTY_MAX])
{
	struct history h;

	read_all(&h, line, n);
	out[0] = '\0';
	if (end == DIVERTING_FIRST ? first(&h, skip, out) : last(&h, skip, out))
		return;
	if (h.n == 1 && h.at[0].cause) /* aimed at us for a reason: it is all that is known */
		take(&h, &h.at[0], skip, out);
}
