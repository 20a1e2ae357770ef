/* settings: see settings.h. */
#include "worker/settings.h"

#include <stdlib.h>

struct settings {
	const struct conf *conf;
	struct trunk_conf unknown;
	struct trunk_conf *made[CONF_TRUNKS][PROFILE_COUNT]; /* NULL: not asked for yet */
	const struct trunk_conf *last[CONF_TRUNKS];          /* what was asked for last */
};

struct settings *
settings_new(const struct conf *conf)
{
	static const struct trunk_conf nothing;
	struct settings *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->conf = conf;
	conf_profile(&nothing, PROFILE_GENERIC, &s->unknown);
	return s;
}

/* PROFILE_AUTO never comes: the supervisor says generic until it knows better. */
static enum profile
read_profile(struct slice word)
{
	for (int p = 0; p < PROFILE_AUTO; p++)
		if (slice_eq(word, slice_str(profile_name((enum profile)p))))
			return (enum profile)p;
	return PROFILE_GENERIC;
}

/* Without memory the trunk's own settings do, which lack but what its kind adds. */
static const struct trunk_conf *
make(struct settings *s, size_t i, enum profile p)
{
	struct trunk_conf *made = malloc(sizeof(*made));

	if (!made)
		return &s->conf->trunk[i];
	conf_profile(&s->conf->trunk[i], p, made);
	s->made[i][p] = made;
	return made;
}

const struct trunk_conf *
settings_of(struct settings *s, struct slice name, struct slice profile)
{
	for (size_t i = 0; i < s->conf->ntrunk; i++) {
		if (!slice_eq(name, slice_str(s->conf->trunk[i].name)))
			continue;
		const enum profile p = read_profile(profile);
		s->last[i] = s->made[i][p] ? s->made[i][p] : make(s, i, p);
		return s->last[i];
	}
	return &s->unknown;
}

const struct trunk_conf *
settings_known(const struct settings *s, size_t i)
{
	return s->last[i] ? s->last[i] : &s->conf->trunk[i];
}

void
settings_free(struct settings *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < CONF_TRUNKS; i++)
		for (int p = 0; p < PROFILE_COUNT; p++)
			free(s->made[i][p]);
	free(s);
}
