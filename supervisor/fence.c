/* fence: see fence.h. */
#include "supervisor/fence.h"

/* Addresses of no single host (RFC 1122 3.2.1.3, 5771, 1112 4; RFC 4291 2.5.2, 2.7). */
static const struct cidr nobody[] = {
    {{{0}, 0, AF_INET}, 8},
    {{{224}, 0, AF_INET}, 3},
    {{{0}, 0, AF_INET6}, 128},
    {{{0xff}, 0, AF_INET6}, 8},
};
static const struct cidr loopback[] = {
    {{{127}, 0, AF_INET}, 8},
    {{{[15] = 1}, 0, AF_INET6}, 128},
};
static const struct cidr link_local[] = {
    {{{169, 254}, 0, AF_INET}, 16},
    {{{0xfe, 0x80}, 0, AF_INET6}, 10},
};

#define AMONG(blocks, a) among(blocks, sizeof(blocks) / sizeof((blocks)[0]), a)

static bool
among(const struct cidr *block, size_t n, const struct addr *a)
{
	for (size_t i = 0; i < n; i++)
		if (cidr_has(&block[i], a))
			return true;
	return false;
}

/* How far an address means the same host. */
enum reach { REACH_HOST, REACH_LINK, REACH_ALL };

static enum reach
reach_of(const struct addr *a)
{
	if (AMONG(loopback, a))
		return REACH_HOST;
	return AMONG(link_local, a) ? REACH_LINK : REACH_ALL;
}

static bool
is_ours(const struct conf *c, const struct addr *a)
{
	for (size_t i = 0; i < c->listen.naddress; i++)
		if (addr_ip_eq(&c->listen.address[i], a))
			return true;
	return addr_ip_eq(&c->http.address, a);
}

static bool
listens_with(const struct conf *c, enum reach r)
{
	for (size_t i = 0; i < c->listen.naddress; i++)
		if (reach_of(&c->listen.address[i]) == r)
			return true;
	return false;
}

bool
fence_allows(const struct conf *c, const struct addr *to, const struct addr *peer,
	     const struct addr *local)
{
	const enum reach r = reach_of(to);

	if (addr_ip_eq(to, &c->inner.supervisor) || addr_ip_eq(to, &c->inner.worker) ||
	    AMONG(nobody, to))
		return false;
	if (addr_ip_eq(to, peer))
		return true;
	if (is_ours(c, to))
		return false;
	if (r == REACH_ALL)
		return true;
	return local->family ? reach_of(local) == r : listens_with(c, r);
}
