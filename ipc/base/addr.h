/* addr: an IPv4 or IPv6 address with a port, and CIDR blocks.
 * Owns: parsing, printing, comparing.  Must not know: sockets' states, names (no DNS here). */
#ifndef EVERTRUNK_ADDR_H
#define EVERTRUNK_ADDR_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "ipc/base/text.h"

/* 18 meaningful bytes; family 0 means "none".  IPv4 lies in ip[0..3]; the rest is zero, so that
 * two addresses can be compared and hashed as bytes.  IPv4-mapped IPv6 is stored as IPv4. */
struct addr {
	uint8_t ip[16];
	uint16_t port;   /* host byte order */
	uint16_t family; /* AF_INET, AF_INET6 or 0 */
};

/* A block of addresses: the first `bits` bits of `base` count. */
struct cidr {
	struct addr base;
	uint8_t bits;
};

#define ADDR_TEXT_MAX 56 /* "[v6]:65535" and a NUL fit */

/* An IP literal, IPv6 with or without brackets; port set to `port`.  0 or -EINVAL. */
int addr_parse_ip(struct slice s, uint16_t port, struct addr *ret);
/* "1.2.3.4:5060" or "[::1]:5060"; the port is needed.  0 or -EINVAL. */
int addr_parse(struct slice s, struct addr *ret);
/* "10.0.0.0/8", "::1/128", or a bare IP (all bits).  Host bits must be zero.  0 or -EINVAL. */
int cidr_parse(struct slice s, struct cidr *ret);

/* "1.2.3.4" / "2001:db8::1" (no brackets), and with port "1.2.3.4:5060" / "[2001:db8::1]:5060".
 * `out` holds at least ADDR_TEXT_MAX bytes; returns out. */
const char *addr_ip_text(const struct addr *a, char out[ADDR_TEXT_MAX]);
const char *addr_text(const struct addr *a, char out[ADDR_TEXT_MAX]);
/* The host as a SIP URI writes it: IPv6 in brackets (RFC 3261 25.1). */
const char *addr_host_text(const struct addr *a, char out[ADDR_TEXT_MAX]);
/* "10.0.0.0/8" into out; returns out. */
const char *cidr_text(const struct cidr *c, char out[ADDR_TEXT_MAX]);

bool addr_eq(const struct addr *a, const struct addr *b);    /* address and port */
bool addr_ip_eq(const struct addr *a, const struct addr *b); /* address only */
bool addr_is_loopback(const struct addr *a);
/* An address that means something only where it is: private (RFC 1918, 6598, 4193), of the
 * link (RFC 3927) or loopback. */
bool addr_is_private(const struct addr *a);
bool cidr_has(const struct cidr *c, const struct addr *a);

/* 12 or 36 lower-case hex digits, address and port, and back: 0 or -EINVAL. */
void addr_hex(const struct addr *a, struct buf *out);
int addr_parse_hex(struct slice s, struct addr *ret);

/* To and from the kernel's form.  addr_to_sockaddr returns the length to pass to the kernel. */
socklen_t addr_to_sockaddr(const struct addr *a, struct sockaddr_storage *ret);
void addr_from_sockaddr(const struct sockaddr_storage *ss, struct addr *ret);

#endif
