/* reply: see reply.h. */
#include "supervisor/reply.h"

#include "supervisor/via.h"

/* What we send, and whatever trunk.busy_code and trunk.outage_code may be set to: all that is
 * registered from 400 on. */
static const struct {
	unsigned status;
	const char *phrase;
} phrases[] = {
    {100, "Trying"},
    {200, "OK"},
    {302, "Moved Temporarily"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {402, "Payment Required"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {407, "Proxy Authentication Required"},
    {408, "Request Timeout"},
    {410, "Gone"},
    {412, "Conditional Request Failed"},
    {413, "Request Entity Too Large"},
    {414, "Request-URI Too Long"},
    {415, "Unsupported Media Type"},
    {416, "Unsupported URI Scheme"},
    {417, "Unknown Resource-Priority"},
    {420, "Bad Extension"},
    {421, "Extension Required"},
    {422, "Session Interval Too Small"},
    {423, "Interval Too Brief"},
    {424, "Bad Location Information"},
    {425, "Bad Alert Message"},
    {428, "Use Identity Header"},
    {429, "Provide Referrer Identity"},
    {430, "Flow Failed"},
    {433, "Anonymity Disallowed"},
    {436, "Bad Identity Info"},
    {437, "Unsupported Credential"},
    {438, "Invalid Identity Header"},
    {439, "First Hop Lacks Outbound Support"},
    {440, "Max-Breadth Exceeded"},
    {469, "Bad Info Package"},
    {470, "Consent Needed"},
    {480, "Temporarily Unavailable"},
    {481, "Call/Transaction Does Not Exist"},
    {482, "Loop Detected"},
    {483, "Too Many Hops"},
    {484, "Address Incomplete"},
    {485, "Ambiguous"},
    {486, "Busy Here"},
    {487, "Request Terminated"},
    {488, "Not Acceptable Here"},
    {489, "Bad Event"},
    {491, "Request Pending"},
    {493, "Undecipherable"},
    {494, "Security Agreement Required"},
    {500, "Server Internal Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Server Time-out"},
    {505, "Version Not Supported"},
    {513, "Message Too Large"},
    {555, "Push Notification Service Not Supported"},
    {580, "Precondition Failure"},
    {600, "Busy Everywhere"},
    {603, "Decline"},
    {604, "Does Not Exist Anywhere"},
    {606, "Not Acceptable"},
    {607, "Unwanted"},
    {608, "Rejected"},
};

const char *
reply_phrase(unsigned status)
{
	for (size_t i = 0; i < sizeof(phrases) / sizeof(phrases[0]); i++)
		if (phrases[i].status == status)
			return phrases[i].phrase;
	return status >= 600 ? "Global Failure" : status >= 500 ? "Server Failure" : "Refused";
}

static void
add_line(struct buf *out, const char *name, struct slice value)
{
	if (value.n == 0)
		return;
	buf_str(out, name);
	buf_slice(out, value);
	buf_str(out, "\r\n");
}

static void
add_vias(struct buf *out, const struct sip_msg *m, const struct addr *src)
{
	size_t pos = 0;
	struct slice value;
	bool top = true;

	via_top_line(out, &m->via, src);
	if (m->via2.n == 0 || m->head.n == 0)
		return;
	while (scan_header(m->head, "Via", &pos, &value)) {
		if (!top)
			add_line(out, "Via: ", value);
		top = false;
	}
}

static void
add_to(struct buf *out, const struct sip_msg *m, const struct hash_key *key, const struct reply *r)
{
	if (m->to.value.n == 0)
		return;
	buf_str(out, "To: ");
	buf_slice(out, m->to.value);
	if (m->to.tag.n == 0 && r->status > 100) {
		buf_str(out, ";tag=");
		if (r->to_tag.n > 0)
			buf_slice(out, r->to_tag);
		else
			buf_hex(out, hash64(key, m->call_id.p, m->call_id.n) ^ m->cseq, 16);
	}
	buf_str(out, "\r\n");
}

void
reply_write(struct buf *out, const struct sip_msg *m, const struct hash_key *key,
	    const struct addr *src, const struct reply *r)
{
	buf_str(out, "SIP/2.0 ");
	buf_u64(out, r->status);
	buf_str(out, " ");
	buf_str(out, r->reason ? r->reason : reply_phrase(r->status));
	buf_str(out, "\r\n");
	add_vias(out, m, src);
	add_line(out, "From: ", m->from.value);
	add_to(out, m, key, r);
	add_line(out, "Call-ID: ", m->call_id);
	add_line(out, "CSeq: ", m->cseq_value);
	buf_slice(out, r->lines);
	buf_str(out, "Server: Evertrunk\r\nContent-Length: 0\r\n\r\n");
}
