/* trunk_tls: see trunk_tls.h. */
#include "supervisor/trunk_tls.h"

#include <errno.h>

static bool
is_named(const struct trunk_conf *k, const struct tls_names *names)
{
	for (size_t i = 0; names && i < k->ntls_name; i++)
		if (tls_names_match(names, k->tls_name[i]))
			return true;
	return false;
}

static struct trunk *
find_by_name(struct trunks *t, const struct trunk_peer *peer)
{
	struct trunk *found = NULL;
	int best = -1;

	for (size_t i = 0; peer->names && i < t->n; i++) {
		struct trunk *k = &t->trunk[i];
		const int bits = trunk_source_bits(k, peer->addr);
		if (bits > best && is_named(k->conf, peer->names)) {
			best = bits;
			found = k;
		}
	}
	return found;
}

/* Whether some trunk can only be known by its name. */
static bool
some_by_name_alone(const struct trunks *t)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->trunk[i].conf->nsource == 0)
			return true;
	return false;
}

int
trunks_find_tls(struct trunks *t, const struct trunk_peer *peer, struct trunk **ret)
{
	*ret = find_by_name(t, peer);
	if (*ret)
		return 0;
	*ret = trunks_find(t, peer->addr);
	if (*ret)
		return (*ret)->conf->ntls_name > 0 ? -EACCES : 0;
	return peer->ours && some_by_name_alone(t) ? -EACCES : 0;
}

bool
trunk_may_speak(const struct trunk_conf *k, enum transport transport)
{
	return k->tls == DEMAND_OPTIONAL ||
	       (k->tls == DEMAND_REQUIRED) == (transport == TRANSPORT_TLS);
}

/* SNI holds DNS names only (RFC 6066 3). */
static bool
is_host(const char *name)
{
	struct addr a;

	return name[0] && !tls_name_is_wildcard(name) && addr_parse_ip(slice_str(name), 0, &a) != 0;
}

const char *
trunks_server_name(struct trunks *t, const struct addr *peer)
{
	const struct trunk *k = trunks_find(t, peer);

	if (!k)
		return NULL;
	for (size_t i = 0; i < k->conf->ntls_name; i++)
		if (is_host(k->conf->tls_name[i]))
			return k->conf->tls_name[i];
	return is_host(k->conf->domain) ? k->conf->domain : NULL;
}
