/* scan_field: the grammar of single SIP fields: tokens, Via, name-addr, URIs, parameters; of the
 * first line (scan_start.c), and which bytes no head may hold (scan_clean.c).
 * Pure, like scan.h, whose values it fills.  Must not know: messages as a whole. */
#ifndef EVERTRUNK_SCAN_FIELD_H
#define EVERTRUNK_SCAN_FIELD_H

#include "supervisor/scan.h"

/* token, and word as a Call-ID is made of (RFC 3261 25.1); both at least one character. */
bool scan_is_token(struct slice s);
bool scan_is_word(struct slice s);
/* One past the closing quote of the quoted string that begins at p; NULL when it never closes. */
const char *scan_skip_quoted(const char *p, const char *end);
/* The '<' that begins the URI of a name-addr; `end`: there is none; NULL: a quote never closes. */
const char *scan_find_angle(const char *p, const char *end);
/* host = name | IPv4 | "[" IPv6 "]"; host and optional :port at *pp, which moves on.  0 or
 * -EINVAL. */
int scan_take_host_port(const char **pp, const char *end, struct slice *host, uint16_t *port);
/* One Via value into everything of `via` but line, value's neighbours and more.  0 or -EINVAL. */
int scan_via(struct slice value, struct sip_via *via);
/* From, To.  0 or -EINVAL. */
int scan_party(struct slice value, struct sip_party *ret);
/* The URI of a name-addr or addr-spec.  0 or -EINVAL. */
int scan_name_addr_uri(struct slice value, struct slice *ret);

/* A Request-Line or Status-Line, without its line end. */
enum scan_result scan_start_line(struct slice line, struct sip_msg *m);
enum sip_method scan_method(struct slice token);
/* A CR or NUL anywhere but before an LF would let two parsers see two different messages: as many
 * CRs as lines that end with CRLF (`crlfs`), and no NUL. */
bool scan_head_clean(struct slice head, size_t crlfs);

#endif
