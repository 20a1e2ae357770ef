/* scan_start: the first line of a message: a request's or a status. */
#include <string.h>
#include <strings.h>

#include "supervisor/scan_field.h"

static const struct slice method_names[] = {
#define X(m) [SIP_##m] = {#m, sizeof(#m) - 1},
    SIP_METHODS(X)
#undef X
};

enum sip_method
scan_method(struct slice token)
{
	for (unsigned m = 0; m < SIP_OTHER; m++)
		if (slice_eq(token, method_names[m]))
			return (enum sip_method)m;
	return SIP_OTHER;
}

/* Status-Line = "SIP/2.0" SP 3DIGIT SP [reason].  RFC 3261 7.2 */
static enum scan_result
status_line(struct slice line, struct sip_msg *m)
{
	if (line.n < 12 || line.p[7] != ' ')
		return SCAN_START_LINE;
	for (int i = 8; i < 11; i++)
		if (line.p[i] < '0' || line.p[i] > '9')
			return SCAN_START_LINE;
	if (line.p[11] != ' ')
		return SCAN_START_LINE;
	m->status = (unsigned)((line.p[8] - '0') * 100 + (line.p[9] - '0') * 10 + line.p[10] - '0');
	if (m->status < 100 || m->status > 699)
		return SCAN_START_LINE;
	return strncasecmp(line.p, "SIP/2.0", 7) == 0 ? SCAN_OK : SCAN_VERSION;
}

/* Request-Line = Method SP Request-URI SP SIP-Version, single blanks.  RFC 3261 7.1 */
static enum scan_result
request_line(struct slice line, struct sip_msg *m)
{
	const char *end = line.p + line.n;
	const char *sp = memchr(line.p, ' ', line.n);
	if (!sp)
		return SCAN_START_LINE;
	const char *uri = sp + 1;
	const char *sp2 = memchr(uri, ' ', (size_t)(end - uri));

	m->request = true;
	m->method_token = (struct slice){line.p, (size_t)(sp - line.p)};
	if (!scan_is_token(m->method_token) || !sp2 || sp2 == uri)
		return SCAN_START_LINE;
	m->method = scan_method(m->method_token);
	m->uri = (struct slice){uri, (size_t)(sp2 - uri)};
	if (memchr(uri, '\t', m->uri.n))
		return SCAN_START_LINE;

	struct slice version = {sp2 + 1, (size_t)(end - sp2 - 1)};
	if (slice_ieq(version, SLICE("SIP/2.0")))
		return SCAN_OK;
	if (version.n > 4 && strncasecmp(version.p, "SIP/", 4) == 0 &&
	    !memchr(version.p, ' ', version.n))
		return SCAN_VERSION;
	return SCAN_START_LINE;
}

enum scan_result
scan_start_line(struct slice line, struct sip_msg *m)
{
	if (line.n > 8 && strncasecmp(line.p, "SIP/", 4) == 0)
		return status_line(line, m);
	return request_line(line, m);
}
