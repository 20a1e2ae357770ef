/* recognise: see recognise.h.  The table is in an order of trust: what the last hop wrote itself,
 * then what the sender calls itself, then what only its family writes, then its SDP. */
#include "supervisor/recognise.h"

#include <string.h>

enum {
	LOOK_BYTES = 512, /* of one value */
	SHOW_BYTES = 40,  /* of what is quoted as evidence */
	ENOUGH = 2,
};

/* Where a sign stands. */
enum field {
	AGENT,  /* User-Agent, else Server */
	HEADER, /* a header field of this name, whatever it says */
	VALUE,  /* one value of the header field `name` */
	URI,    /* Request-URI */
	VIA,    /* parameters of the top Via */
	BRANCH, /* its branch */
	TAG,    /* of From */
	CALL_ID,
	BODY, /* a line of the body: SDP, or a header of a body's part */
};

/* What a sign is worth.  ALONE: as much as a strong one, but nothing beside a User-Agent: products
 * that are made of this one and call themselves otherwise may have been changed otherwise too. */
enum worth { ALONE, WEAK, STRONG };

/* Patterns are blind to case; `*` is anything, `#` digits, `%` hexadecimal digits, at least one. */
static const struct sign {
	enum profile profile;
	enum worth worth;
	enum field field;
	const char *name, *pattern;
} signs[] = {
    {PROFILE_AVAYA, STRONG, HEADER, NULL, "Av-Global-Session-ID"},
    {PROFILE_AVAYA, STRONG, HEADER, NULL, "P-AV-Message-Id"},
    {PROFILE_AVAYA, WEAK, HEADER, NULL, "P-Location"},
    {PROFILE_AVAYA, WEAK, HEADER, NULL, "Endpoint-View"},
    {PROFILE_AVAYA, WEAK, VALUE, "Record-Route", "*;ibmsid=*"},
    {PROFILE_CISCO_IOS, STRONG, VIA, NULL, "*;x-ds0num=*"},

    {PROFILE_CS1000, STRONG, AGENT, NULL, "*CS1000*"},
    {PROFILE_CS1000, STRONG, AGENT, NULL, "SIP GW"},
    {PROFILE_AVAYA, STRONG, AGENT, NULL, "*AVAYA-SM-*"},
    {PROFILE_AVAYA, STRONG, AGENT, NULL, "Avaya CM*"},
    {PROFILE_IP_OFFICE, STRONG, AGENT, NULL, "IP Office*"},
    {PROFILE_CUCM, STRONG, AGENT, NULL, "Cisco-CUCM*"},
    {PROFILE_CISCO_IOS, STRONG, AGENT, NULL, "Cisco-SIPGateway*"},
    {PROFILE_AUDIOCODES, STRONG, AGENT, NULL, "*audiocodes*"},
    {PROFILE_DIALOGIC, STRONG, AGENT, NULL, "*Dialogic*"},
    {PROFILE_SONUS, STRONG, AGENT, NULL, "*Sonus*"},
    {PROFILE_MX_ONE, STRONG, AGENT, NULL, "*MX-ONE*"},
    {PROFILE_ASTERISK, STRONG, AGENT, NULL, "*Asterisk*"},
    {PROFILE_ASTERISK, STRONG, AGENT, NULL, "FPBX-*"},
    {PROFILE_FREESWITCH, STRONG, AGENT, NULL, "*FreeSWITCH*"},

    {PROFILE_CS1000, STRONG, HEADER, NULL, "x-nt-*"},
    {PROFILE_CS1000, STRONG, VALUE, "Supported", "x-nortel-*"},
    {PROFILE_CS1000, STRONG, BODY, NULL, "Content-Type:*application/x-nt-*"},
    {PROFILE_CS1000, WEAK, URI, NULL, "*;phone-context=*@*"},
    {PROFILE_CS1000, WEAK, URI, NULL, "*;maddr=*"},
    {PROFILE_CS1000, WEAK, TAG, NULL, "%-%-%-#-%-%-%"},
    {PROFILE_CS1000, WEAK, CALL_ID, NULL, "%-%-%-#-%-%-%"},
    {PROFILE_CUCM, WEAK, VALUE, "Supported", "X-cisco-*"},
    {PROFILE_CUCM, WEAK, HEADER, NULL, "Cisco-Guid"},
    {PROFILE_CISCO_IOS, WEAK, HEADER, NULL, "Cisco-Guid"},
    {PROFILE_CISCO_IOS, WEAK, HEADER, NULL, "Timestamp"},
    {PROFILE_AUDIOCODES, WEAK, BRANCH, NULL, "z9hG4bKac#"},
    {PROFILE_AUDIOCODES, WEAK, TAG, NULL, "1c#"},
    {PROFILE_AUDIOCODES, WEAK, VIA, NULL, "*;alias*"},
    {PROFILE_DIALOGIC, STRONG, TAG, NULL, "sipcontrol_*"},

    {PROFILE_CS1000, STRONG, BODY, NULL, "a=rtpmap:# X-nt-inforeq/*"},
    {PROFILE_CUCM, STRONG, BODY, NULL, "o=CiscoSystemsCCM-SIP *"},
    {PROFILE_CISCO_IOS, STRONG, BODY, NULL, "o=CiscoSystemsSIP-GW-UserAgent *"},
    {PROFILE_AUDIOCODES, STRONG, BODY, NULL, "o=AudiocodesGW *"},
    {PROFILE_DIALOGIC, STRONG, BODY, NULL, "o=Dialogic_SDP *"},
    {PROFILE_ASTERISK, ALONE, BODY, NULL, "s=Asterisk*"},
    {PROFILE_FREESWITCH, ALONE, BODY, NULL, "o=FreeSWITCH *"},
};
enum { SIGNS = sizeof(signs) / sizeof(signs[0]) };

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

/* How many digits stand at the beginning. */
static size_t
digits(struct slice s, bool hex)
{
	size_t n = 0;

	while (n < s.n && ((s.p[n] >= '0' && s.p[n] <= '9') ||
			   (hex && lower(s.p[n]) >= 'a' && lower(s.p[n]) <= 'f')))
		n++;
	return n;
}

static bool
fits(const char *pattern, struct slice s)
{
	for (; *pattern; pattern++) {
		size_t n = 1;

		if (*pattern == '*') {
			for (n = 0; pattern[1] && n <= s.n; n++)
				if (fits(pattern + 1, (struct slice){s.p + n, s.n - n}))
					return true;
			return !pattern[1];
		}
		if (*pattern == '#' || *pattern == '%')
			n = digits(s, *pattern == '%');
		else if (s.n > 0 && lower(*s.p) != lower(*pattern))
			return false;
		if (n == 0 || s.n == 0)
			return false;
		s.p += n;
		s.n -= n;
	}
	return s.n == 0;
}

/* *ret: what of it fits: of parameters ("*;name...") what begins with the one that is meant. */
static bool
look_at(const char *pattern, struct slice s, struct slice *ret)
{
	s.n = s.n < LOOK_BYTES ? s.n : LOOK_BYTES;
	if (s.n == 0 || !fits(pattern, s))
		return false;
	while (pattern[0] == '*' && pattern[1] == ';' && !fits(pattern + 1, s)) {
		s.p++;
		s.n--;
	}
	*ret = s;
	return true;
}

static struct slice
agent_of(const struct sip_msg *m)
{
	struct slice server;
	size_t pos = 0;

	if (m->user_agent.n > 0)
		return m->user_agent;
	return scan_header(m->head, "Server", &pos, &server) ? server : (struct slice){NULL, 0};
}

static bool
find_header(const struct sip_msg *m, const char *pattern, struct slice *ret)
{
	struct slice name, value;
	size_t pos = m->start_line.n;

	while (scan_line(m->head, &pos, &name, &value))
		if (look_at(pattern, name, ret))
			return true;
	return false;
}

static bool
find_value(const struct sip_msg *m, const struct sign *s, struct slice *ret)
{
	struct slice line, value;
	size_t pos = 0;

	while (scan_header(m->head, s->name, &pos, &line))
		while (scan_value(&line, &value))
			if (look_at(s->pattern, value, ret))
				return true;
	return false;
}

static bool
find_body_line(const struct sip_msg *m, const char *pattern, struct slice *ret)
{
	const char *at = m->body.p, *end = at + m->body.n;

	while (at < end) {
		const char *lf = memchr(at, '\n', (size_t)(end - at));
		const char *next = lf ? lf : end;

		if (look_at(pattern, slice_trim((struct slice){at, (size_t)(next - at)}), ret))
			return true;
		at = next + 1;
	}
	return false;
}

/* Whether the message bears this sign, and what of it. */
static bool
bears(const struct sip_msg *m, const struct sign *s, struct slice *ret)
{
	switch (s->field) {
	case AGENT: return look_at(s->pattern, agent_of(m), ret);
	case HEADER: return find_header(m, s->pattern, ret);
	case VALUE: return find_value(m, s, ret);
	case URI: return look_at(s->pattern, m->uri, ret);
	case VIA: return look_at(s->pattern, m->via.params, ret);
	case BRANCH: return look_at(s->pattern, m->via.branch, ret);
	case TAG: return look_at(s->pattern, m->from.tag, ret);
	case CALL_ID: return look_at(s->pattern, m->call_id, ret);
	case BODY: return find_body_line(m, s->pattern, ret);
	}
	return false;
}

static void
add_quoted(struct buf *b, const char *what, struct slice value)
{
	const size_t n = value.n < SHOW_BYTES ? value.n : SHOW_BYTES;

	buf_printf(b, "%s%s \"", b->n ? " and " : "", what);
	for (size_t i = 0; i < n; i++) {
		const char c = value.p[i];
		buf_add(b, c >= ' ' && c < 0x7f && c != '"' ? &c : "?", 1);
	}
	buf_str(b, n < value.n ? "...\"" : "\"");
}

/* The signs that spoke for `p`, up to the one that was enough. */
static void
add_evidence(struct buf *b, const struct sip_msg *m, enum profile p, size_t last)
{
	static const char *const words[] = {
	    [AGENT] = "User-Agent", [HEADER] = "header",     [URI] = "Request-URI",
	    [VIA] = "Via",          [BRANCH] = "Via branch", [TAG] = "From tag",
	    [CALL_ID] = "Call-ID",  [BODY] = "body line",
	};
	struct slice found;

	if (signs[last].worth != WEAK) {
		bears(m, &signs[last], &found);
		add_quoted(b, signs[last].name ? signs[last].name : words[signs[last].field],
			   found);
		return;
	}
	for (size_t i = 0; i <= last; i++) {
		const struct sign *s = &signs[i];
		if (s->profile == p && s->worth == WEAK && bears(m, s, &found))
			add_quoted(b, s->name ? s->name : words[s->field], found);
	}
}

enum profile
recognise(const struct sip_msg *m, char text[RECOGNISE_TEXT])
{
	const struct slice agent = agent_of(m);
	uint8_t sum[PROFILE_COUNT] = {0};
	struct buf b = {text, 0, RECOGNISE_TEXT, false};
	struct slice found;

	for (size_t i = 0; i < SIGNS; i++) {
		const struct sign *s = &signs[i];
		if ((s->worth == ALONE && agent.n > 0) || !bears(m, s, &found))
			continue;
		sum[s->profile] = (uint8_t)(sum[s->profile] + (s->worth == WEAK ? 1 : ENOUGH));
		if (sum[s->profile] < ENOUGH)
			continue;
		add_evidence(&b, m, s->profile, i);
		buf_cstr(&b);
		return s->profile;
	}
	if (agent.n > 0)
		add_quoted(&b, "User-Agent", agent);
	else
		buf_str(&b, "no User-Agent");
	buf_cstr(&b);
	return PROFILE_AUTO;
}
