/* trunk: see trunk.h. */
#include "supervisor/trunk.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static void
set_why(struct trunk *k, const char *why)
{
	snprintf(k->why, sizeof(k->why), "%s", why);
}

/* What its worker is to know of the trunk; until its kind is found out it is a generic one. */
static void
set_via(struct trunk *k)
{
	const enum profile p =
	    k->conf->profile == PROFILE_AUTO ? PROFILE_GENERIC : k->conf->profile;

	snprintf(k->via, sizeof(k->via), ";k=%s;p=%s", k->conf->name, profile_name(p));
}

static void
forget_learned(struct trunk *k)
{
	k->learned_proxy = false;
	k->learned_at = 0;
	memset(k->open, 0, sizeof(k->open));
	set_why(k, k->conf->mode == TRUNK_AUTO ? "auto: nothing learned yet" : "configured");
}

void
trunks_init(struct trunks *t, const struct conf *conf, const struct trunks *before,
	    uint16_t map[CONF_TRUNKS])
{
	memset(t, 0, sizeof(*t));
	t->conf = conf;
	t->n = conf->ntrunk;
	for (size_t i = 0; map && i < CONF_TRUNKS; i++)
		map[i] = TRUNK_NONE;
	for (size_t i = 0; i < t->n; i++) {
		struct trunk *k = &t->trunk[i];
		for (size_t j = 0; before && j < before->n; j++) {
			if (strcmp(before->trunk[j].conf->name, conf->trunk[i].name) == 0) {
				*k = before->trunk[j];
				map[j] = (uint16_t)i;
			}
		}
		const bool same = k->conf && k->conf->mode == conf->trunk[i].mode;
		k->conf = &conf->trunk[i];
		set_via(k);
		if (!same)
			forget_learned(k);
	}
}

uint16_t
trunk_index(const struct trunks *t, const struct trunk *k)
{
	return k ? (uint16_t)(k - t->trunk) : TRUNK_NONE;
}

/* The longest block of `k` that holds `source`: its bits + 1, 0 when none does. */
static int
match(const struct trunk *k, const struct addr *source)
{
	int best = 0;

	for (size_t i = 0; i < k->conf->nsource; i++) {
		const struct cidr *c = &k->conf->source[i];
		if (c->bits + 1 > best && cidr_has(c, source))
			best = c->bits + 1;
	}
	return best;
}

struct trunk *
trunks_find(struct trunks *t, const struct addr *source)
{
	struct trunk *found = NULL;
	int best = 0;

	for (size_t i = 0; i < t->n; i++) {
		const int bits = match(&t->trunk[i], source);
		if (bits > best) {
			best = bits;
			found = &t->trunk[i];
		}
	}
	return found;
}

struct trunk *
trunks_by_name(struct trunks *t, struct slice name)
{
	for (size_t i = 0; i < t->n; i++)
		if (slice_eq(slice_str(t->trunk[i].conf->name), name))
			return &t->trunk[i];
	return NULL;
}

enum trunk_mode
trunk_mode_now(const struct trunk *k)
{
	if (k->conf->mode != TRUNK_AUTO)
		return k->conf->mode;
	return k->learned_proxy ? TRUNK_PROXY : TRUNK_REDIRECT;
}

bool
trunk_admit(struct trunk *k, struct mono now)
{
	if (!k->conf->max_rate)
		return true;
	if (!mono_set(k->rate_from) || mono_ms(k->rate_from, now) >= 1000) {
		k->rate_from = now;
		k->rate_used = 0;
	}
	return k->rate_used++ < k->conf->max_rate;
}

void
trunk_redirected(struct trunk *k, uint64_t called, struct mono now)
{
	struct trunk_redirect *use = &k->open[0];

	if (k->conf->mode != TRUNK_AUTO || k->learned_proxy)
		return;
	for (size_t i = 0; i < TRUNK_OPEN_REDIRECTS; i++) {
		struct trunk_redirect *r = &k->open[i];
		if (mono_set(r->until) && r->called == called)
			return; /* a retransmission; its 3 s are running */
		if (!mono_set(r->until))
			use = r;
	}
	if (!mono_set(use->until)) /* all taken: those that wait decide well enough */
		*use = (struct trunk_redirect){mono_add(now, TRUNK_FOLLOW_MS), called};
}

bool
trunk_followed(struct trunk *k, uint64_t called)
{
	struct trunk_redirect *found = NULL;

	for (size_t i = 0; i < TRUNK_OPEN_REDIRECTS; i++) {
		struct trunk_redirect *r = &k->open[i];
		if (!mono_set(r->until))
			continue;
		if (r->called == called) {
			found = r;
			break;
		}
		if (!found || r->until.ns < found->until.ns)
			found = r; /* a gateway may prefix the number: the oldest one then */
	}
	if (found)
		found->until = (struct mono){0};
	return found != NULL;
}

static void
learn(struct trunks *t, struct trunk *k, time_t wall, const char *what)
{
	char when[32];
	struct tm tm;

	strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S", localtime_r(&wall, &tm));
	memset(k->open, 0, sizeof(k->open));
	k->learned_proxy = true;
	k->learned_at = wall;
	snprintf(k->why, sizeof(k->why), "learned %s: %s", when, what);
	t->dirty = true;
}

void
trunk_looped(struct trunks *t, struct trunk *k, time_t wall)
{
	if (k->conf->mode == TRUNK_AUTO && !k->learned_proxy)
		learn(t, k, wall, "the redirected call came back to the service door");
}

struct trunk *
trunks_overdue(struct trunks *t, struct mono now, time_t wall, bool *ret_waiting)
{
	*ret_waiting = false;
	for (size_t i = 0; i < t->n; i++) {
		struct trunk *k = &t->trunk[i];
		for (size_t j = 0; j < TRUNK_OPEN_REDIRECTS; j++) {
			if (mono_due(k->open[j].until, now)) {
				learn(t, k, wall, "302 not followed within 3 s");
				return k;
			}
			*ret_waiting |= mono_set(k->open[j].until);
		}
	}
	return NULL;
}

int
trunks_reset(struct trunks *t, struct slice name)
{
	struct trunk *k = trunks_by_name(t, name);

	if (!k)
		return -ENOENT;
	t->dirty |= k->learned_proxy;
	forget_learned(k);
	return 0;
}

void
trunks_print(const struct trunks *t, struct buf *out)
{
	for (size_t i = 0; i < t->n; i++) {
		const struct trunk *k = &t->trunk[i];
		if (k->learned_proxy)
			buf_printf(out, "%s proxy %lld %s\n", k->conf->name,
				   (long long)k->learned_at, k->why);
	}
}

/* The next word of *line, up to a blank. */
static struct slice
word(struct slice *line)
{
	const char *sp = line->n ? memchr(line->p, ' ', line->n) : NULL;
	struct slice w = {line->p, sp ? (size_t)(sp - line->p) : line->n};

	line->n -= w.n + (sp ? 1 : 0);
	line->p += w.n + (sp ? 1 : 0);
	return w;
}

static bool
load_line(struct trunks *t, struct slice line)
{
	struct trunk *k = trunks_by_name(t, word(&line));
	uint64_t at;

	if (!slice_eq(word(&line), SLICE("proxy")) || slice_u64(word(&line), INT64_MAX, &at))
		return false;
	if (!k || k->conf->mode != TRUNK_AUTO)
		return false;
	k->learned_proxy = true;
	k->learned_at = (time_t)at;
	snprintf(k->why, sizeof(k->why), "%.*s", (int)line.n, line.p);
	return true;
}

unsigned
trunks_load(struct trunks *t, struct slice text)
{
	unsigned skipped = 0;

	while (text.n > 0) {
		const char *lf = memchr(text.p, '\n', text.n);
		size_t n = lf ? (size_t)(lf - text.p) : text.n;
		if (n > 0 && !load_line(t, (struct slice){text.p, n}))
			skipped++;
		text.p += lf ? n + 1 : n;
		text.n -= lf ? n + 1 : n;
	}
	return skipped;
}
