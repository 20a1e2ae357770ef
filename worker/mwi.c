/* mwi: see mwi.h.  What telephone systems want to read, and what they answer when something is set
 * wrong over there, stands in docs/pbx/. */
#include "worker/mwi.h"

#include <string.h>

#include "worker/nameaddr.h"

const char *
mwi_refusal(const char *number)
{
	for (const char *p = number; *p; p++) {
		const bool letter = (*p | 0x20) >= 'a' && (*p | 0x20) <= 'z';

		if (!letter && !(*p >= '0' && *p <= '9') && !strchr("+*#.-_", *p))
			return "a number has letters, digits and + * # . - _ only";
	}
	return number[0] ? NULL : "there is no number";
}

const char *
mwi_unfit(const struct trunk_conf *trunk)
{
	if (!trunk->address.family)
		return "it has no trunk.address";
	if (trunk->mwi == MWI_OFF)
		return "its trunk.mwi is off";
	return NULL;
}

static uint16_t
usual_port(enum transport t)
{
	return t == TRANSPORT_TLS ? 5061 : 5060;
}

/* "10.1.1.1", or with a port that is not the usual one. */
static void
write_address(struct buf *out, const struct addr *a, enum transport t)
{
	char text[ADDR_TEXT_MAX];

	buf_str(out, addr_host_text(a, text));
	if (a->port != usual_port(t))
		buf_printf(out, ":%u", a->port);
}

static void
write_transport(struct buf *out, enum transport t)
{
	if (t != TRANSPORT_UDP) /* what a URI means without it (RFC 3263 4.1) */
		buf_printf(out, ";transport=%s", transport_name(t));
}

/* "sip:2101@pbx.example": the mailbox as the telephone system knows it. */
static void
write_account(struct buf *out, const struct msg_notify *order, const struct trunk_conf *trunk)
{
	buf_str(out, "sip:");
	nameaddr_escape(order->number, out);
	buf_str(out, "@");
	if (trunk->domain[0] != '\0')
		buf_str(out, trunk->domain);
	else
		write_address(out, &trunk->address, trunk->transport);
}

/* A domain is not looked up: the way to it stands in a Route, as behind an outbound proxy. */
static void
write_way(struct mwi_texts *t, const struct msg_notify *order, const struct trunk_conf *trunk)
{
	struct buf uri = BUF(t->uri), route = BUF(t->route), to = BUF(t->to);

	write_account(&uri, order, trunk);
	if (trunk->domain[0] != '\0') {
		buf_str(&route, "<sip:");
		write_address(&route, &trunk->address, trunk->transport);
		write_transport(&route, trunk->transport);
		buf_str(&route, ";lr>");
	} else {
		write_transport(&uri, trunk->transport);
	}
	buf_str(&to, "<");
	write_account(&to, order, trunk);
	buf_str(&to, ">");
	buf_cstr(&uri);
	buf_cstr(&route);
	buf_cstr(&to);
}

static void
write_us(struct mwi_texts *t, const struct trunk_conf *trunk, const struct addr *door)
{
	struct buf from = BUF(t->from), contact = BUF(t->contact);

	buf_str(&from, "<sip:voicemail@");
	write_address(&from, door, trunk->transport);
	buf_str(&from, ">");
	buf_str(&contact, "<sip:");
	write_address(&contact, door, trunk->transport);
	write_transport(&contact, trunk->transport);
	buf_str(&contact, ">");
	buf_cstr(&from);
	buf_cstr(&contact);
}

/* RFC 3842 5.2.  One blank behind each colon: FreeSWITCH looks for "Messages-Waiting: ". */
static void
write_body(struct mwi_texts *t, const struct msg_notify *order, const struct trunk_conf *trunk)
{
	struct buf b = BUF(t->body);

	buf_printf(&b, "Messages-Waiting: %s\r\n", order->fresh > 0 ? "yes" : "no");
	if (trunk->mwi == MWI_FULL) {
		buf_str(&b, "Message-Account: ");
		write_account(&b, order, trunk);
		buf_str(&b, "\r\n");
	}
	buf_printf(&b, "Voice-Message: %u/%u", order->fresh, order->old);
	if (trunk->mwi == MWI_FULL)
		buf_printf(&b, " (%u/%u)", order->urgent, order->old_urgent);
	buf_str(&b, "\r\n");
	buf_cstr(&b);
}

void
mwi_write(const struct msg_notify *order, const struct trunk_conf *trunk, const struct addr *door,
	  struct mwi_texts *ret)
{
	write_way(ret, order, trunk);
	write_us(ret, trunk, door);
	write_body(ret, order, trunk);
}

bool
mwi_failed(unsigned status)
{
	return status < 200 || status >= 300;
}

enum mwi_verdict
mwi_verdict(unsigned status)
{
	switch (status) {
	case 405:
	case 481:
	case 489:
	case 501: return MWI_UNABLE;
	case 401:
	case 403:
	case 404:
	case 407:
	case 410:
	case 484:
	case 485:
	case 604: return MWI_REFUSED;
	default: return mwi_failed(status) ? MWI_LATER : MWI_TAKEN;
	}
}

/* What the usual refusals come from; a profile of PROFILE_COUNT is any. */
static const struct {
	unsigned status;
	enum profile profile;
	const char *hint;
} hints[] = {
    {401, PROFILE_COUNT, "it asks for a password; let it trust our address instead"},
    {403, PROFILE_CUCM,
     "CUCM needs \"Accept unsolicited notification\" in the trunk's SIP security profile"},
    {403, PROFILE_COUNT, "it does not take unsolicited NOTIFYs from our address"},
    {404, PROFILE_COUNT, "it does not know the number"},
    {405, PROFILE_COUNT, "it takes no NOTIFY: trunk.mwi = off spares it"},
    {407, PROFILE_COUNT, "it asks for a password; let it trust our address instead"},
    {481, PROFILE_COUNT,
     "it takes only NOTIFYs that it has subscribed to: trunk.mwi = off spares it"},
    {489, PROFILE_ASTERISK,
     "Asterisk needs unsolicited_mailbox (chan_sip) or incoming_mwi_mailbox (pjsip) for our "
     "address"},
    {489, PROFILE_COUNT, "it does not take message-summary: trunk.mwi = off spares it"},
    {501, PROFILE_COUNT, "it takes no NOTIFY: trunk.mwi = off spares it"},
    {0, PROFILE_COUNT, "is trunk.address right, and does it take our transport?"},
};

static const char *
hint_for(enum profile p, unsigned status)
{
	for (size_t i = 0; i < sizeof(hints) / sizeof(hints[0]); i++)
		if (hints[i].status == status &&
		    (hints[i].profile == p || hints[i].profile == PROFILE_COUNT))
			return hints[i].hint;
	return NULL;
}

void
mwi_words(const struct trunk_conf *trunk, unsigned status, const char *phrase, uint32_t ms,
	  struct buf *out)
{
	const char *hint = mwi_failed(status) ? hint_for(trunk->profile, status) : NULL;
	char text[ADDR_TEXT_MAX];

	if (status)
		buf_printf(out, "%u %.40s by", status, phrase);
	else
		buf_str(out, "no answer by");
	buf_printf(out, " trunk %s at %s/%s after %u ms", trunk->name,
		   addr_text(&trunk->address, text), transport_name(trunk->transport), ms);
	if (hint)
		buf_printf(out, ": %s", hint);
}
