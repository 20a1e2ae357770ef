/* transfer: see transfer.h. */
#include "worker/transfer.h"

#include <string.h>

#include "worker/nameaddr.h"

/* What may stand in a phone-context without being escaped (RFC 3966 3: a domain or a number). */
static bool
is_context(struct slice s)
{
	for (size_t i = 0; i < s.n; i++) {
		const char c = s.p[i];
		const bool letter = (c | 0x20) >= 'a' && (c | 0x20) <= 'z';

		if (!letter && !(c >= '0' && c <= '9') && !memchr("+-._~!()", c, 8))
			return false;
	}
	return s.n > 0;
}

void
transfer_read(struct transfer *t, struct slice user, struct slice params)
{
	struct slice v;

	t->context[0] = '\0';
	if (nameaddr_param(user, "phone-context", &v) && is_context(v) && v.n < TRANSFER_CONTEXT) {
		memcpy(t->context, v.p, v.n);
		t->context[v.n] = '\0';
	}
	t->user_phone = nameaddr_param(params, "user", &v) && slice_ieq(v, SLICE("phone"));
}

const char *
transfer_refusal(const struct transfer *t, enum refer_use use)
{
	if (use == REFER_NO)
		return "its trunk has refer = no";
	if (use == REFER_AUTO && !t->takes_refer)
		return "its PBX does not allow REFER";
	return NULL;
}

static void
write_host(const struct transfer *t, const struct trunk_conf *trunk, struct buf *out)
{
	char text[ADDR_TEXT_MAX];

	if (trunk->refer_host[0] != '\0') {
		buf_str(out, trunk->refer_host);
	} else if (trunk->domain[0] != '\0') {
		buf_str(out, trunk->domain);
	} else if (trunk->address.family) {
		buf_str(out, addr_host_text(&trunk->address, text));
		if (trunk->address.port != 5060)
			buf_printf(out, ":%u", trunk->address.port);
	} else {
		buf_str(out, addr_host_text(&t->peer, text));
	}
}

void
transfer_target(const struct transfer *t, const struct trunk_conf *trunk, const char *operator,
		struct buf * out)
{
	buf_str(out, "<sip:");
	nameaddr_escape(operator, out);
	if (t->context[0] != '\0' && operator[0] != '+') /* a global number has none */
		buf_printf(out, ";phone-context=%s", t->context);
	buf_str(out, "@");
	write_host(t, trunk, out);
	buf_printf(out, "%s>", t->user_phone ? ";user=phone" : "");
}
