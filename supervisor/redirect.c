/* redirect: see redirect.h. */
#include "supervisor/redirect.h"

void
redirect_contact(struct buf *out, const struct sip_uri *uri, const struct door_spec *door,
		 uint16_t port, const struct trunk_conf *trunk)
{
	const bool nrs = trunk->contact_style == CONTACT_NRS;
	const bool sips = door->transport == TRANSPORT_TLS && slice_ieq(uri->scheme, SLICE("sips"));
	char host[ADDR_TEXT_MAX];
	struct slice value;

	addr_host_text(trunk->external_address.family ? &trunk->external_address : &door->local,
		       host);
	buf_str(out, sips ? "Contact: <sips:" : "Contact: <sip:");
	if (uri->user.n > 0) {
		buf_slice(out, uri->user);
		buf_str(out, "@");
	}
	if (!nrs)
		buf_str(out, host);
	else if (trunk->domain[0])
		buf_str(out, trunk->domain);
	else
		buf_slice(out, uri->host);
	buf_str(out, ":");
	buf_u64(out, port);
	if (nrs || scan_param(uri->params, "maddr", &value)) {
		buf_str(out, ";maddr=");
		buf_str(out, host);
	}
	buf_str(out, ";transport=");
	buf_str(out, transport_name(door->transport));
	if ((scan_param(uri->params, "user", &value) && slice_ieq(value, SLICE("phone"))) ||
	    slice_ieq(uri->scheme, SLICE("tel")))
		buf_str(out, ";user=phone");
	buf_str(out, ">\r\n");
}
