/* profile: what is known of each kind of telephone system, as the settings one would write into its
 * trunk's section.
 * Owns: the table of profiles.  docs/pbx/ says for each row where it comes from.
 * Must not know: how a peer is recognised (supervisor/recognise.c). */
#include <stdlib.h>
#include <string.h>

#include "conf/value.h"

/* What a profile sets otherwise than the key table's defaults. */
static const struct setting {
	enum profile profile;
	const char *key, *value;
} settings[] = {
    /* Cannot use a 302 of ours (silence), needs the domain and a literal maddr if it gets one;
     * its own Exchange guide has MWI done by another application. */
    {PROFILE_CS1000, "mode", "proxy"},
    {PROFILE_CS1000, "contact_style", "nrs"},
    {PROFILE_CS1000, "outage_code", "480"},
    {PROFILE_CS1000, "mwi", "off"},
    /* Its stack follows a 302; 503 takes it to the next member of the route group, as it should. */
    {PROFILE_CUCM, "mwi", "simple"},
    {PROFILE_CISCO_IOS, "mwi", "simple"},
    /* A port without an entity link is refused, so no redirect; it shuns a host for up to 120 s. */
    {PROFILE_AVAYA, "mode", "proxy"},
    {PROFILE_AVAYA, "diversion", "history-info diversion target"},
    {PROFILE_AVAYA, "outage_code", "480"},
    {PROFILE_IP_OFFICE, "mode", "proxy"},
    {PROFILE_IP_OFFICE, "diversion", "history-info diversion target"},
    {PROFILE_IP_OFFICE, "outage_code", "480"},
    /* Older ones take any answer to OPTIONS as a sign of life. */
    {PROFILE_AUDIOCODES, "outage", "silence"},
    {PROFILE_AUDIOCODES, "mwi", "simple"},
    {PROFILE_DIALOGIC, "outage", "silence"},
    {PROFILE_DIALOGIC, "mwi", "simple"},
    {PROFILE_SONUS, "mwi", "simple"},
    /* Grey-lists a host for 32 s. */
    {PROFILE_MX_ONE, "outage_code", "480"},
    {PROFILE_MX_ONE, "mwi", "simple"},
    /* Dials the user part of a 302 in its own dialplan; takes any answer as a sign of life. */
    {PROFILE_ASTERISK, "mode", "proxy"},
    {PROFILE_ASTERISK, "outage", "silence"},
};

const char *
profile_name(enum profile p)
{
	static const char *const words[PROFILE_COUNT] = {
	    [PROFILE_GENERIC] = "generic",
	    [PROFILE_CS1000] = "cs1000",
	    [PROFILE_CUCM] = "cucm",
	    [PROFILE_CISCO_IOS] = "cisco-ios",
	    [PROFILE_AVAYA] = "avaya",
	    [PROFILE_IP_OFFICE] = "ip-office",
	    [PROFILE_AUDIOCODES] = "audiocodes",
	    [PROFILE_DIALOGIC] = "dialogic",
	    [PROFILE_SONUS] = "sonus",
	    [PROFILE_MX_ONE] = "mx-one",
	    [PROFILE_ASTERISK] = "asterisk",
	    [PROFILE_FREESWITCH] = "freeswitch",
	    [PROFILE_AUTO] = "auto",
	};

	return words[p];
}

/* What the row of `p` says of a key; NULL: nothing. */
static const char *
row_of(enum profile p, const struct conf_key *k)
{
	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++)
		if (settings[i].profile == p && !strcmp(settings[i].key, k->key))
			return settings[i].value;
	return NULL;
}

void
conf_profile(const struct trunk_conf *trunk, enum profile p, struct trunk_conf *ret)
{
	struct slice bad;

	*ret = *trunk;
	for (size_t i = 0; i < conf_nkeys; i++) {
		const struct conf_key *k = &conf_keys[i];
		const char *value = row_of(p, k);

		if (!keys_is_trunk(k) || trunk->given & keys_bit(k))
			continue;
		if (value_parse(k, slice_str(value ? value : k->preset), ret, &bad) < 0)
			abort(); /* a table is wrong; test_profile.c reads every row */
	}
	ret->profile = p;
}

const char *
conf_origin_name(enum conf_origin o)
{
	static const char *const words[] = {
	    [CONF_DEFAULT] = "default", [CONF_PROFILE] = "profile", [CONF_GIVEN] = "given"};

	return words[o];
}

enum conf_origin
conf_trunk_origin(const struct trunk_conf *trunk, const char *key)
{
	const struct conf_key *k = keys_find("trunk", key);

	if (!k)
		abort();
	if (trunk->given & keys_bit(k))
		return CONF_GIVEN;
	return row_of(trunk->profile, k) ? CONF_PROFILE : CONF_DEFAULT;
}

const char *
conf_trunk_setting(const struct trunk_conf *trunk, size_t i, struct buf *value)
{
	const struct conf_key *k = conf_keys;

	while (!keys_is_trunk(k))
		k++;
	if (i >= (size_t)(conf_keys + conf_nkeys - k) || !keys_is_trunk(&k[i]))
		return NULL;
	value_print(&k[i], trunk, value);
	return k[i].key;
}
