/* ua_read: see ua_read.h. */
#include "worker/ua_read.h"

#include <stdio.h>
#include <string.h>

#include <sofia-sip/msg_header.h>
#include <sofia-sip/sip.h>
#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_protos.h>

#include "conf/conf.h"
#include "worker/dtmf_info.h"
#include "worker/words.h"

static struct slice
text(const char *s)
{
	return s ? slice_str(s) : (struct slice){0};
}

/* The headers sofia-sip has no class for, by name.  CC-Diversion is what the drafts before RFC 5806
 * called Diversion, and IOS before 12.2 writes. */
static void
read_unknown(const sip_unknown_t *h, struct party_fields *p)
{
	struct slice name = text(h->un_name), value = text(h->un_value);

	if (slice_ieq(name, SLICE("Diversion")) || slice_ieq(name, SLICE("CC-Diversion"))) {
		party_add(&p->diversion, value);
	} else if (slice_ieq(name, SLICE("History-Info"))) {
		party_add(&p->history, value);
	} else if (slice_ieq(name, SLICE("P-Asserted-Identity"))) {
		party_add(&p->asserted, value);
	} else if (slice_ieq(name, SLICE("Remote-Party-ID"))) {
		party_add(&p->remote, value);
	} else if (slice_ieq(name, SLICE("x-nt-ocn-id"))) {
		p->original = value;
	}
}

static struct slice
read_privacy(const sip_privacy_t *h, struct ua_space *space)
{
	struct buf b = BUF(space->privacy);

	for (size_t i = 0; h && h->priv_values && h->priv_values[i]; i++) {
		if (b.n > 0)
			buf_str(&b, ";");
		buf_str(&b, h->priv_values[i]);
	}
	return (struct slice){b.p, b.n};
}

static struct slice
via_param(const sip_via_t *v, const char *name)
{
	return v ? text(msg_params_find(v->v_params, name)) : text(NULL);
}

/* The supervisor writes into its Via which door a request came in by (`d`), from which trunk (`k`)
 * and what that is (`p`), where the answers go (`a`) and whether it is its own test (`test`).
 * Nobody outside can: their Via is never the top one. */
static void
read_via(const sip_via_t *v, struct ua_invite *ret)
{
	uint64_t index;

	ret->door = -1;
	if (slice_u64(via_param(v, "d="), CONF_DOORS - 1, &index) == 0)
		ret->door = (int)index;
	ret->trunk = via_param(v, "k=");
	ret->profile = via_param(v, "p=");
	if (addr_parse_hex(via_param(v, "a="), &ret->peer) < 0)
		ret->peer.family = 0;
	ret->test = v && msg_params_find(v->v_params, "test") != NULL;
}

void
ua_read_invite(const void *message, struct ua_invite *ret, struct ua_space *space)
{
	const sip_t *sip = message;
	const url_t *request = sip->sip_request->rq_url;
	struct ua_invite in = {.call_id = text(sip->sip_call_id->i_id)};

	for (const sip_unknown_t *h = sip->sip_unknown; h; h = h->un_next)
		read_unknown(h, &in.party);
	in.party.privacy = read_privacy(sip->sip_privacy, space);
	in.party.from_user = text(sip->sip_from->a_url->url_user);
	in.party.from_host = text(sip->sip_from->a_url->url_host);
	in.party.request_user = text(request->url_user);
	in.party.request_params = text(request->url_params);
	in.sips = request->url_type == url_sips;
	in.takes_refer = sip->sip_allow && sip_is_allowed(sip->sip_allow, SIP_METHOD_REFER);
	read_via(sip->sip_via, &in);
	*ret = in;
}

/* A header field as it would be sent; n = 0: it is not there, or longer than anybody writes it. */
static struct slice
field(const void *header, char *space, size_t size)
{
	const issize_t n = header ? msg_header_field_e(space, (isize_t)size, header, 0) : 0;

	return n > 0 && (size_t)n < size ? (struct slice){space, (size_t)n} : text(NULL);
}

struct body
ua_read_body(const void *message, struct ua_space *space)
{
	const sip_t *sip = message;
	const sip_content_type_t *type = sip->sip_content_type;
	struct body body = {0};

	if (!sip->sip_payload || sip->sip_payload->pl_len == 0)
		return body;
	body.bytes.p = sip->sip_payload->pl_data;
	body.bytes.n = sip->sip_payload->pl_len;
	body.disposition =
	    field(sip->sip_content_disposition, space->disposition, sizeof(space->disposition));
	body.encoding = field(sip->sip_content_encoding, space->encoding, sizeof(space->encoding));
	if (!type || !type->c_type)
		return body;
	body.type = field(type, space->type, sizeof(space->type));
	if (body.type.n == 0)
		body.type = text(type->c_type);
	return body;
}

char
ua_read_digit(const void *message)
{
	const sip_t *sip = message;

	if (!sip->sip_payload || !sip->sip_content_type)
		return 0;
	return dtmf_info_key(text(sip->sip_content_type->c_type),
			     (struct slice){sip->sip_payload->pl_data, sip->sip_payload->pl_len});
}

bool
ua_read_has_package(const void *message)
{
	const sip_t *sip = message;

	for (const sip_unknown_t *h = sip->sip_unknown; h; h = h->un_next)
		if (slice_ieq(text(h->un_name), SLICE("Info-Package")))
			return true;
	return false;
}

/* Without a type it is taken for one: nothing else can stand there (RFC 3515 2.4.5). */
unsigned
ua_read_sipfrag(const void *message, struct slice *phrase)
{
	const sip_t *sip = message;
	const sip_content_type_t *type = sip->sip_content_type;
	struct slice body, line;
	uint64_t status;

	*phrase = (struct slice){NULL, 0};
	if (!sip->sip_payload || (type && !slice_ieq(text(type->c_type), SLICE("message/sipfrag"))))
		return 0;
	body = (struct slice){sip->sip_payload->pl_data, sip->sip_payload->pl_len};
	if (!words_line(&body, &line) || !slice_ieq(words_next(&line), SLICE("SIP/2.0")) ||
	    slice_u64(words_next(&line), 699, &status))
		return 0;
	*phrase = slice_trim(line);
	return (unsigned)status;
}

bool
ua_read_terminated(const void *message)
{
	const sip_t *sip = message;
	const sip_subscription_state_t *s = sip->sip_subscription_state;

	return s && slice_ieq(text(s->ss_substate), SLICE("terminated"));
}

bool
ua_read_allows_update(const void *message)
{
	const sip_t *sip = message;

	return sip->sip_allow && sip_is_allowed(sip->sip_allow, SIP_METHOD_UPDATE);
}

bool
ua_read_knows_timer(const void *message)
{
	const sip_t *sip = message;

	return sip->sip_session_expires || sip_has_feature(sip->sip_supported, "timer");
}
