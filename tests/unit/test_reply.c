/* test_reply: our own answers, byte for byte: the 302's Contact in every style, Vias, To tags. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "supervisor/redirect.h"
#include "supervisor/reply.h"

struct contact_row {
	const char *uri;
	const char *door;
	enum transport transport;
	enum contact_style style;
	const char *want;
};

static const struct contact_row contacts[] = {
    {"sip:3500@um.example.com", "192.0.2.20:5060", TRANSPORT_UDP, CONTACT_IP,
     "Contact: <sip:3500@192.0.2.20:5067;transport=udp>\r\n"},
    {"sip:3500;phone-context=cdp.udp@um.example.com;maddr=um.example.com;transport=tcp;user=phone",
     "192.0.2.20:5060", TRANSPORT_TCP, CONTACT_IP,
     "Contact: <sip:3500;phone-context=cdp.udp@192.0.2.20:5067;maddr=192.0.2.20;transport=tcp;"
     "user=phone>\r\n"},
    {"sip:3500@[2001:db8::9]:5060", "[2001:db8::1]:5060", TRANSPORT_UDP, CONTACT_IP,
     "Contact: <sip:3500@[2001:db8::1]:5067;transport=udp>\r\n"},
    {"sip:3500@um.example.com", "192.0.2.20:5060", TRANSPORT_TCP, CONTACT_NRS,
     "Contact: <sip:3500@nrs.example:5067;maddr=192.0.2.20;transport=tcp>\r\n"},
    {"tel:+15551234", "192.0.2.20:5060", TRANSPORT_TCP, CONTACT_IP,
     "Contact: <sip:+15551234@192.0.2.20:5067;transport=tcp;user=phone>\r\n"},
    {"sip:um.example.com", "192.0.2.20:5060", TRANSPORT_TCP, CONTACT_IP,
     "Contact: <sip:192.0.2.20:5067;transport=tcp>\r\n"},
};

static void
contacts_of_the_302(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(contacts) / sizeof(contacts[0]); i++) {
		const struct trunk_conf trunk = {.contact_style = contacts[i].style,
						 .domain = "nrs.example"};
		struct door_spec door = {.transport = contacts[i].transport};
		char text[512];
		struct buf b = BUF(text);
		struct sip_uri uri;
		assert_int_equal(scan_uri(slice_str(contacts[i].uri), &uri), 0);
		assert_int_equal(addr_parse(slice_str(contacts[i].door), &door.local), 0);
		redirect_contact(&b, &uri, &door, 5067, &trunk);
		assert_string_equal(buf_cstr(&b), contacts[i].want);
	}
}

#define HEAD "INVITE sip:3500@um.example.com SIP/2.0\r\n"
#define VIAS                                                                                \
	"Via: SIP/2.0/UDP pbx.example;branch=z9hG4bKa;rport\r\nVia: SIP/2.0/TCP second\r\n" \
	"v: SIP/2.0/TCP third , SIP/2.0/TCP fourth\r\n"
#define IDS "From: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\nCall-ID: id\r\nCSeq: 1 INVITE\r\n"

static struct addr source;

static const char *
reply_to(const char *text, const struct reply *r, char *out, size_t cap)
{
	static const struct hash_key key = {3, 4};
	const struct scan_limits limits = {8192, 64};
	struct buf b = {out, 0, cap, false};
	struct sip_msg m;

	addr_parse(SLICE("192.0.2.1:6000"), &source);
	scan_message(text, strlen(text), false, &limits, &m);
	reply_write(&b, &m, &key, &source, r);
	return buf_cstr(&b);
}

static void
answers(void **state)
{
	char first[2048], second[2048];

	(void)state;
	reply_to(HEAD VIAS IDS "\r\n", &(struct reply){.status = 100}, first, sizeof(first));
	assert_string_equal(
	    first, "SIP/2.0 100 Trying\r\n"
		   "Via: SIP/2.0/UDP pbx.example;branch=z9hG4bKa;rport=6000;received=192.0.2.1\r\n"
		   "Via: SIP/2.0/TCP second\r\n"
		   "Via: SIP/2.0/TCP third , SIP/2.0/TCP fourth\r\n"
		   "From: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\nCall-ID: id\r\nCSeq: 1 INVITE\r\n"
		   "Server: Evertrunk\r\nContent-Length: 0\r\n\r\n");
	/* a retransmission gets the same tag, another call another one (RFC 3261 8.2.7) */
	const struct reply r = {.status = 302, .lines = SLICE("Contact: <sip:x>\r\n")};
	reply_to(HEAD VIAS IDS "\r\n", &r, first, sizeof(first));
	reply_to(HEAD VIAS IDS "\r\n", &r, second, sizeof(second));
	assert_non_null(strstr(first, "To: <sip:c@d>;tag="));
	assert_non_null(strstr(first, "\r\nContact: <sip:x>\r\n"));
	assert_string_equal(first, second);
	reply_to(
	    "INVITE sip:3500@um.example.com SIP/2.0\r\n" VIAS
	    "From: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\nCall-ID: other\r\nCSeq: 1 INVITE\r\n\r\n",
	    &r, second, sizeof(second));
	assert_string_not_equal(strstr(first, "To:"), strstr(second, "To:"));
	reply_to(HEAD VIAS "From: <sip:a@b>;tag=1\r\nTo: <sip:c@d>;tag=kept\r\nCall-ID: "
			   "id\r\nCSeq: 1 INVITE\r\n\r\n",
		 &(struct reply){.status = 481}, second, sizeof(second));
	assert_non_null(strstr(second, "To: <sip:c@d>;tag=kept\r\n"));
}

/* Nothing but a Via: it still gets its 400. */
static void
answers_what_is_broken(void **state)
{
	char text[2048];

	(void)state;
	reply_to(HEAD "Via: SIP/2.0/UDP h;branch=z9hG4bKa\r\n\r\n", &(struct reply){.status = 400},
		 text, sizeof(text));
	assert_string_equal(text, "SIP/2.0 400 Bad Request\r\n"
				  "Via: SIP/2.0/UDP h;branch=z9hG4bKa;received=192.0.2.1\r\n"
				  "Server: Evertrunk\r\nContent-Length: 0\r\n\r\n");
}

/* Whatever an administrator sets has words; those of a registered code are its own. */
static void
every_code_has_a_phrase(void **state)
{
	(void)state;
	for (unsigned code = 400; code < 700; code++)
		assert_true(strlen(reply_phrase(code)) > 3);
	assert_string_equal(reply_phrase(503), "Service Unavailable");
	assert_string_equal(reply_phrase(603), "Decline");
	assert_string_equal(reply_phrase(499), "Refused");
	assert_string_equal(reply_phrase(599), "Server Failure");
	assert_string_equal(reply_phrase(699), "Global Failure");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(contacts_of_the_302),
	    cmocka_unit_test(answers),
	    cmocka_unit_test(answers_what_is_broken),
	    cmocka_unit_test(every_code_has_a_phrase),
	};

	return cmocka_run_group_tests_name("reply", tests, NULL, NULL);
}
