/* trunk_text: what trunks have taught us, as text and back.  See trunk.h.
 * Pure. */
#include <stdio.h>
#include <string.h>

#include "supervisor/trunk.h"

void
trunk_changes(const struct trunks *t, const struct trunk *k, struct buf *out)
{
	char was[CONF_VALUE_MAX], is[CONF_VALUE_MAX];
	const char *key;

	for (size_t i = 0;; i++) {
		struct buf w = BUF(was), b = BUF(is);
		if (!conf_trunk_setting(trunk_said(t, k), i, &w))
			return;
		key = conf_trunk_setting(k->conf, i, &b);
		if (strcmp(key, "profile") != 0 && strcmp(buf_cstr(&w), buf_cstr(&b)) != 0)
			buf_printf(out, "%s%s = %s", out->n ? ", " : "", key, is);
	}
}

void
trunks_print(const struct trunks *t, struct buf *out)
{
	for (size_t i = 0; i < t->n; i++) {
		const struct trunk *k = &t->trunk[i];
		if (k->recognised != PROFILE_AUTO)
			buf_printf(out, "%s profile %lld %s %s\n", k->conf->name,
				   (long long)k->recognised_at, profile_name(k->recognised),
				   k->evidence);
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
load_proxy(struct trunk *k, uint64_t at, struct slice why)
{
	if (k->conf->mode != TRUNK_AUTO)
		return false;
	k->learned_proxy = true;
	k->learned_at = (time_t)at;
	snprintf(k->why, sizeof(k->why), "%.*s", (int)why.n, why.p);
	return true;
}

static bool
load_profile(struct trunks *t, struct trunk *k, uint64_t at, struct slice rest)
{
	const struct slice name = word(&rest);
	enum profile p = 0;

	while (p < PROFILE_AUTO && !slice_eq(name, slice_str(profile_name(p))))
		p++;
	return trunk_recognise(t, k, p, rest, (time_t)at);
}

static bool
load_line(struct trunks *t, struct slice line)
{
	struct trunk *k = trunks_by_name(t, word(&line));
	const struct slice what = word(&line);
	uint64_t at;

	if (!k || slice_u64(word(&line), INT64_MAX, &at))
		return false;
	if (slice_eq(what, SLICE("profile")))
		return load_profile(t, k, at, line);
	return slice_eq(what, SLICE("proxy")) && load_proxy(k, at, line);
}

unsigned
trunks_load(struct trunks *t, struct slice text)
{
	const bool dirty = t->dirty;
	unsigned skipped = 0;

	while (text.n > 0) {
		const char *lf = memchr(text.p, '\n', text.n);
		size_t n = lf ? (size_t)(lf - text.p) : text.n;
		if (n > 0 && !load_line(t, (struct slice){text.p, n}))
			skipped++;
		text.p += lf ? n + 1 : n;
		text.n -= lf ? n + 1 : n;
	}
	t->dirty = dirty;
	return skipped;
}
