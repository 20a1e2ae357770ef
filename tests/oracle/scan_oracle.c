/* scan_oracle: see scan_oracle.h. */
#include "tests/oracle/scan_oracle.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <sofia-sip/msg.h>
#include <sofia-sip/msg_addr.h>
#include <sofia-sip/sip.h>
#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_parser.h>

/* Both absent, or the same bytes. */
static int
same(const char *theirs, struct slice ours)
{
	return theirs ? strlen(theirs) == ours.n && memcmp(theirs, ours.p, ours.n) == 0
		      : ours.n == 0;
}

static const char *
compare_start(const sip_t *sip, const struct sip_msg *m)
{
	if (!sip->sip_request != !m->request)
		return "request or response";
	if (m->request && !same(sip->sip_request->rq_method_name, m->method_token))
		return "method";
	if (!m->request && (unsigned)sip->sip_status->st_status != m->status)
		return "status";
	return NULL;
}

static const char *
compare_ids(const sip_t *sip, const struct sip_msg *m)
{
	if (!same(sip->sip_call_id->i_id, m->call_id))
		return "Call-ID";
	if (sip->sip_cseq->cs_seq != m->cseq)
		return "CSeq number";
	if (!same(sip->sip_cseq->cs_method_name, m->method_token))
		return "CSeq method";
	if (!same(sip->sip_from->a_tag, m->from.tag))
		return "From tag";
	if (!same(sip->sip_to->a_tag, m->to.tag))
		return "To tag";
	return NULL;
}

static const char *
compare_via(const sip_via_t *v, const struct sip_msg *m)
{
	if (!same(v->v_branch, m->via.branch))
		return "Via branch";
	if (!same(v->v_received, m->via.received))
		return "Via received";
	if (!v->v_host || strlen(v->v_host) != m->via.host.n ||
	    strncasecmp(v->v_host, m->via.host.p, m->via.host.n) != 0)
		return "Via host";
	if (v->v_port && v->v_port[0] && strtoul(v->v_port, NULL, 10) != m->via.port)
		return "Via port";
	if (!v->v_next != (m->via2.n == 0))
		return "second Via";
	return NULL;
}

static const char *
compare_rest(const sip_t *sip, const struct sip_msg *m)
{
	const unsigned long hops = sip->sip_max_forwards ? sip->sip_max_forwards->mf_count : 0;

	if (sip->sip_max_forwards &&
	    (m->max_forwards < 0 || hops != (unsigned long)m->max_forwards))
		return "Max-Forwards";
	if (sip->sip_content_length && m->has_length &&
	    sip->sip_content_length->l_length != m->content_length)
		return "Content-Length";
	return NULL;
}

const char *
scan_oracle_differs(const struct sip_msg *m)
{
	const char *differs = NULL;
	msg_t *msg = msg_make(sip_default_mclass(), 0, m->whole.p, (ssize_t)m->whole.n);
	const sip_t *sip = msg ? sip_object(msg) : NULL;

	if (sip && (sip->sip_request || sip->sip_status) && !sip->sip_error &&
	    !(sip->sip_flags & (MSG_FLG_ERROR | MSG_FLG_TRUNC | MSG_FLG_TIMEOUT)) && sip->sip_via &&
	    sip->sip_from && sip->sip_to && sip->sip_call_id && sip->sip_cseq) {
		differs = compare_start(sip, m);
		if (!differs)
			differs = compare_ids(sip, m);
		if (!differs)
			differs = compare_via(sip->sip_via, m);
		if (!differs)
			differs = compare_rest(sip, m);
	}
	msg_destroy(msg);
	return differs;
}
