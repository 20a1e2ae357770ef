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
	snprintf(k->via, sizeof(k->via), ";k=%s;p=%s", k->conf->name,
		 profile_name(trunk_profile(k)));
}

/* In mode auto there is nothing to be learned about it. */
static bool
never_follows(const struct trunk *k)
{
	return k->conf->profile == PROFILE_CS1000;
}

/* Why its mode is what it is, as long as nothing has been learned. */
static void
explain(struct trunk *k)
{
	const char *profile = profile_name(k->conf->profile);

	if (k->conf->mode == TRUNK_AUTO && !never_follows(k))
		set_why(k, "auto: nothing learned yet");
	else if (k->conf->mode == TRUNK_AUTO)
		snprintf(k->why, sizeof(k->why), "auto: a %s follows no 302", profile);
	else if (conf_trunk_origin(k->conf, "mode") == CONF_GIVEN)
		set_why(k, "configured");
	else if (k->recognised == PROFILE_AUTO)
		snprintf(k->why, sizeof(k->why), "profile %s", profile);
	else
		snprintf(k->why, sizeof(k->why), "profile %s, recognised by %s", profile,
			 k->evidence);
}

static void
forget_learned(struct trunk *k)
{
	k->learned_proxy = false;
	k->learned_at = 0;
	explain(k);
}

static void
forget_recognised(struct trunk *k, const struct trunk_conf *said)
{
	const bool wanted = said->profile == PROFILE_AUTO;

	k->recognised = PROFILE_AUTO;
	k->evidence[0] = '\0';
	k->recognised_at = 0;
	k->looks_invite = wanted ? TRUNK_LOOKS_INVITE : 0;
	k->looks_other = wanted ? TRUNK_LOOKS_OTHER : 0;
}

/* Puts its settings in force: what its section says, as seen through what it is. */
static void
settle(struct trunk *k, const struct trunk_conf *said)
{
	k->conf = said;
	if (k->recognised != PROFILE_AUTO) {
		conf_profile(said, k->recognised, &k->own);
		k->conf = &k->own;
	}
	set_via(k);
}

/* Trunk `k` is the one that was old->trunk[j], with its settings of now. */
static void
take_over(struct trunk *k, const struct trunk_conf *said, const struct trunks *old, size_t j)
{
	const struct trunk_conf *was = &old->conf->trunk[j];

	*k = old->trunk[j];
	const enum trunk_mode mode = k->recognised == PROFILE_AUTO ? was->mode : k->own.mode;
	if (said->profile != PROFILE_AUTO || was->profile != PROFILE_AUTO)
		forget_recognised(k, said);
	settle(k, said);
	if (k->conf->mode != mode)
		forget_learned(k);
	else if (!k->learned_proxy)
		explain(k);
}

/* The place of a name among the trunks of `t`, or t->n. */
static size_t
place_of(const struct trunks *t, const char *name)
{
	size_t i = 0;

	while (i < t->n && strcmp(t->conf->trunk[i].name, name) != 0)
		i++;
	return i;
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
		const struct trunk_conf *said = &conf->trunk[i];
		const size_t j = before ? place_of(before, said->name) : 0;

		if (before && j < before->n) {
			take_over(k, said, before, j);
			if (map)
				map[j] = (uint16_t)i;
			continue;
		}
		forget_recognised(k, said);
		settle(k, said);
		forget_learned(k);
	}
}

uint16_t
trunk_index(const struct trunks *t, const struct trunk *k)
{
	return k ? (uint16_t)(k - t->trunk) : TRUNK_NONE;
}

const struct trunk_conf *
trunk_said(const struct trunks *t, const struct trunk *k)
{
	return &t->conf->trunk[trunk_index(t, k)];
}

enum profile
trunk_profile(const struct trunk *k)
{
	return k->conf->profile == PROFILE_AUTO ? PROFILE_GENERIC : k->conf->profile;
}

bool
trunk_look(struct trunk *k, bool invite)
{
	uint8_t *left = invite ? &k->looks_invite : &k->looks_other;

	if (*left == 0)
		return false;
	(*left)--;
	return true;
}

/* The settings of a recognised trunk; what it was learned to be counts no more when its mode is
 * another one now. */
static void
become(struct trunk *k, const struct trunk_conf *said, enum profile p, struct slice evidence)
{
	const enum trunk_mode before = k->conf->mode;

	k->recognised = p;
	snprintf(k->evidence, sizeof(k->evidence), "%.*s", (int)evidence.n, evidence.p);
	k->looks_invite = k->looks_other = 0;
	settle(k, said);
	if (k->conf->mode != before)
		forget_learned(k);
	else if (!k->learned_proxy)
		explain(k);
}

bool
trunk_recognise(struct trunks *t, struct trunk *k, enum profile p, struct slice evidence,
		time_t wall)
{
	const struct trunk_conf *said = trunk_said(t, k);

	if (said->profile != PROFILE_AUTO || k->recognised != PROFILE_AUTO || p == PROFILE_AUTO)
		return false;
	become(k, said, p, evidence);
	k->recognised_at = wall;
	t->dirty = true;
	return true;
}

int
trunk_source_bits(const struct trunk *k, const struct addr *source)
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
		const int bits = trunk_source_bits(&t->trunk[i], source);
		if (bits > best) {
			best = bits;
			found = &t->trunk[i];
		}
	}
	return found;
}

bool
trunk_is_domain(const struct trunk_conf *k, struct slice host)
{
	return k->domain[0] && k->address.family && slice_ieq(host, slice_str(k->domain));
}

struct trunk *
trunks_towards(struct trunks *t, const struct addr *to, struct slice host)
{
	struct trunk *found = NULL;

	for (size_t i = 0; i < t->n; i++) {
		struct trunk *k = &t->trunk[i];
		if (to ? !addr_ip_eq(&k->conf->address, to) : !trunk_is_domain(k->conf, host))
			continue;
		if (!to || k->conf->address.port == to->port)
			return k;
		found = found ? found : k;
	}
	return found || !to ? found : trunks_find(t, to);
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
	return k->learned_proxy || never_follows(k) ? TRUNK_PROXY : TRUNK_REDIRECT;
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

static bool
learn(struct trunks *t, struct trunk *k, time_t wall, const char *what)
{
	char when[32];
	struct tm tm;

	if (k->conf->mode != TRUNK_AUTO || k->learned_proxy)
		return false;
	strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S", localtime_r(&wall, &tm));
	k->learned_proxy = true;
	k->learned_at = wall;
	snprintf(k->why, sizeof(k->why), "learned %s: %s", when, what);
	t->dirty = true;
	return true;
}

bool
trunk_looped(struct trunks *t, struct trunk *k, time_t wall)
{
	return learn(t, k, wall, "the redirected call came back to the service door");
}

bool
trunk_unfollowed(struct trunks *t, struct trunk *k, time_t wall)
{
	return learn(t, k, wall, "302 not followed within 3 s");
}

int
trunks_reset(struct trunks *t, struct slice name)
{
	struct trunk *k = trunks_by_name(t, name);

	if (!k)
		return -ENOENT;
	t->dirty |= k->learned_proxy || k->recognised != PROFILE_AUTO;
	forget_recognised(k, trunk_said(t, k));
	settle(k, trunk_said(t, k));
	forget_learned(k);
	return 0;
}
