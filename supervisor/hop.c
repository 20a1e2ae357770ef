/* hop: see hop.h. */
#include "supervisor/hop.h"

#include <errno.h>
#include <string.h>

#include "supervisor/scan_field.h"

static bool
read_transport(struct slice word, enum transport *ret)
{
	for (int t = 0; t < TRANSPORT_COUNT; t++) {
		if (slice_ieq(word, slice_str(transport_name((enum transport)t)))) {
			*ret = (enum transport)t;
			return true;
		}
	}
	return false;
}

int
hop_next(struct slice route, struct slice uri, struct hop *ret)
{
	struct slice router, word;
	struct sip_uri u;

	memset(ret, 0, sizeof(*ret));
	if (route.n > 0 && scan_name_addr_uri(route, &router) == 0 && scan_uri(router, &u) == 0 &&
	    scan_param(u.params, "lr", &word))
		uri = router;
	if (scan_uri(uri, &u) || u.host.n == 0)
		return -EINVAL;
	ret->said =
	    scan_param(u.params, "transport", &word) && read_transport(word, &ret->transport);
	if (slice_ieq(u.scheme, SLICE("sips"))) {
		ret->said = true;
		ret->transport = TRANSPORT_TLS;
	}
	ret->host = u.host;
	ret->port = u.port != 0;
	const uint16_t port = u.port ? u.port : ret->transport == TRANSPORT_TLS ? 5061 : 5060;
	if (!scan_param(u.params, "maddr", &word) || addr_parse_ip(word, port, &ret->addr))
		ret->literal = addr_parse_ip(u.host, port, &ret->addr) == 0;
	else
		ret->literal = true;
	ret->addr.port = port;
	return 0;
}
