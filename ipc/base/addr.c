/* addr: see addr.h. */
#include "ipc/base/addr.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

static const uint8_t mapped_prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

/* Stores 16 bytes as IPv6, or as the IPv4 address that they carry (::ffff:1.2.3.4). */
static void
set_v6(const uint8_t ip[16], struct addr *ret)
{
	memset(ret->ip, 0, sizeof(ret->ip));
	if (memcmp(ip, mapped_prefix, sizeof(mapped_prefix)) == 0) {
		ret->family = AF_INET;
		memcpy(ret->ip, ip + 12, 4);
	} else {
		ret->family = AF_INET6;
		memcpy(ret->ip, ip, 16);
	}
}

int
addr_parse_ip(struct slice s, uint16_t port, struct addr *ret)
{
	bool bracketed = s.n >= 2 && s.p[0] == '[' && s.p[s.n - 1] == ']';
	char text[INET6_ADDRSTRLEN];
	struct addr a = {.port = port};
	uint8_t v6[16];

	if (bracketed)
		s = (struct slice){s.p + 1, s.n - 2};
	/* A NUL inside would end the copy early and hide what follows it. */
	if (s.n == 0 || s.n >= sizeof(text) || memchr(s.p, '\0', s.n))
		return -EINVAL;
	memcpy(text, s.p, s.n);
	text[s.n] = '\0';
	if (!bracketed && inet_pton(AF_INET, text, a.ip) == 1)
		a.family = AF_INET;
	else if (inet_pton(AF_INET6, text, v6) == 1)
		set_v6(v6, &a);
	else
		return -EINVAL;
	*ret = a;
	return 0;
}

int
addr_parse(struct slice s, struct addr *ret)
{
	const char *colon = s.n ? memrchr(s.p, ':', s.n) : NULL;
	struct slice host, digits;
	uint64_t port;

	if (!colon)
		return -EINVAL;
	host = (struct slice){s.p, (size_t)(colon - s.p)};
	digits = (struct slice){colon + 1, s.n - host.n - 1};
	/* IPv6 without brackets cannot be told from its own last group. */
	if (host.n > 0 && host.p[0] != '[' && memchr(host.p, ':', host.n))
		return -EINVAL;
	if (slice_u64(digits, 65535, &port) < 0 || port == 0)
		return -EINVAL;
	return addr_parse_ip(host, (uint16_t)port, ret);
}

/* Whether every bit from `bits` on is zero. */
static bool
host_bits_zero(const uint8_t ip[16], unsigned bits)
{
	for (unsigned i = bits; i < 128; i++)
		if (ip[i / 8] & (0x80u >> (i % 8)))
			return false;
	return true;
}

int
cidr_parse(struct slice s, struct cidr *ret)
{
	const char *slash = s.n ? memchr(s.p, '/', s.n) : NULL;
	struct slice host = {s.p, slash ? (size_t)(slash - s.p) : s.n};
	bool colons = s.n && memchr(s.p, ':', s.n);
	uint64_t bits = colons ? 128 : 32;
	struct cidr c;

	if (addr_parse_ip(host, 0, &c.base) < 0)
		return -EINVAL;
	if (slash && slice_u64((struct slice){slash + 1, s.n - host.n - 1}, bits, &bits) < 0)
		return -EINVAL;
	if (colons && c.base.family == AF_INET) { /* written as ::ffff:a.b.c.d */
		if (bits < 96)
			return -EINVAL;
		bits -= 96;
	}
	if (!host_bits_zero(c.base.ip, (unsigned)bits))
		return -EINVAL;
	c.bits = (uint8_t)bits;
	*ret = c;
	return 0;
}

/* By hand because inet_ntop() goes through printf, and an answer to a SIP message needs three. */
static void
add_v4(struct buf *b, const uint8_t ip[4])
{
	for (int i = 0; i < 4; i++) {
		if (i > 0)
			buf_str(b, ".");
		buf_u64(b, ip[i]);
	}
}

const char *
addr_ip_text(const struct addr *a, char out[ADDR_TEXT_MAX])
{
	struct buf b = {out, 0, ADDR_TEXT_MAX, false};

	if (a->family == AF_INET)
		add_v4(&b, a->ip);
	else if (a->family == 0 || !inet_ntop(a->family, a->ip, out, ADDR_TEXT_MAX))
		buf_str(&b, "none");
	else
		b.n = strlen(out);
	return buf_cstr(&b);
}

const char *
addr_host_text(const struct addr *a, char out[ADDR_TEXT_MAX])
{
	char ip[ADDR_TEXT_MAX];

	if (a->family != AF_INET6)
		return addr_ip_text(a, out);
	snprintf(out, ADDR_TEXT_MAX, "[%.45s]", addr_ip_text(a, ip));
	return out;
}

const char *
addr_text(const struct addr *a, char out[ADDR_TEXT_MAX])
{
	struct buf b = {out, 0, ADDR_TEXT_MAX, false};

	b.n = strlen(addr_host_text(a, out));
	buf_str(&b, ":");
	buf_u64(&b, a->port);
	return buf_cstr(&b);
}

const char *
cidr_text(const struct cidr *c, char out[ADDR_TEXT_MAX])
{
	char ip[ADDR_TEXT_MAX];

	snprintf(out, ADDR_TEXT_MAX, "%.45s/%u", addr_ip_text(&c->base, ip), c->bits);
	return out;
}

bool
addr_eq(const struct addr *a, const struct addr *b)
{
	return a->port == b->port && addr_ip_eq(a, b);
}

bool
addr_ip_eq(const struct addr *a, const struct addr *b)
{
	return a->family == b->family && memcmp(a->ip, b->ip, sizeof(a->ip)) == 0;
}

bool
addr_is_loopback(const struct addr *a)
{
	static const uint8_t one[16] = {[15] = 1};

	if (a->family == AF_INET)
		return a->ip[0] == 127;
	return a->family == AF_INET6 && memcmp(a->ip, one, sizeof(one)) == 0;
}

bool
addr_is_private(const struct addr *a)
{
	static const struct cidr blocks[] = {
	    {{{10}, 0, AF_INET}, 8},        {{{172, 16}, 0, AF_INET}, 12},
	    {{{192, 168}, 0, AF_INET}, 16}, {{{100, 64}, 0, AF_INET}, 10},
	    {{{169, 254}, 0, AF_INET}, 16}, {{{127}, 0, AF_INET}, 8},
	    {{{0xfc}, 0, AF_INET6}, 7},     {{{0xfe, 0x80}, 0, AF_INET6}, 10},
	};

	for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++)
		if (cidr_has(&blocks[i], a))
			return true;
	return addr_is_loopback(a);
}

bool
cidr_has(const struct cidr *c, const struct addr *a)
{
	unsigned whole = c->bits / 8;
	unsigned rest = c->bits % 8;
	uint8_t mask = (uint8_t)(0xff00u >> rest);

	if (a->family == 0 || a->family != c->base.family)
		return false;
	if (memcmp(a->ip, c->base.ip, whole) != 0)
		return false;
	return rest == 0 || ((a->ip[whole] ^ c->base.ip[whole]) & mask) == 0;
}

void
addr_hex(const struct addr *a, struct buf *out)
{
	const size_t n = a->family == AF_INET ? 4 : 16;

	for (size_t i = 0; i < n; i++)
		buf_hex(out, a->ip[i], 2);
	buf_hex(out, a->port, 4);
}

int
addr_parse_hex(struct slice s, struct addr *ret)
{
	uint8_t raw[18];

	if (s.n != 12 && s.n != 36)
		return -EINVAL;
	for (size_t i = 0; i < s.n / 2; i++) {
		const int high = text_hex(s.p[2 * i]), low = text_hex(s.p[2 * i + 1]);
		if (high < 0 || low < 0)
			return -EINVAL;
		raw[i] = (uint8_t)(high << 4 | low);
	}
	memset(ret, 0, sizeof(*ret));
	ret->family = s.n == 12 ? AF_INET : AF_INET6;
	memcpy(ret->ip, raw, s.n / 2 - 2);
	ret->port = (uint16_t)(raw[s.n / 2 - 2] << 8 | raw[s.n / 2 - 1]);
	return 0;
}

socklen_t
addr_to_sockaddr(const struct addr *a, struct sockaddr_storage *ret)
{
	struct sockaddr_in *in = (struct sockaddr_in *)ret;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)ret;

	memset(ret, 0, sizeof(*ret));
	ret->ss_family = a->family;
	if (a->family == AF_INET) {
		in->sin_port = htons(a->port);
		memcpy(&in->sin_addr, a->ip, 4);
		return sizeof(*in);
	}
	in6->sin6_port = htons(a->port);
	memcpy(&in6->sin6_addr, a->ip, 16);
	return sizeof(*in6);
}

void
addr_from_sockaddr(const struct sockaddr_storage *ss, struct addr *ret)
{
	const struct sockaddr_in *in = (const struct sockaddr_in *)ss;
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)ss;

	memset(ret, 0, sizeof(*ret));
	if (ss->ss_family == AF_INET) {
		ret->family = AF_INET;
		ret->port = ntohs(in->sin_port);
		memcpy(ret->ip, &in->sin_addr, 4);
	} else if (ss->ss_family == AF_INET6) {
		set_v6(in6->sin6_addr.s6_addr, ret);
		ret->port = ntohs(in6->sin6_port);
	}
}
