/* test_via: a request to a worker and its response, a worker's request and its response: what the
 * PBX gets back is byte for byte what it sent, and nobody can forge a door's Via. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "supervisor/via.h"
#include "tests/unit/given.h"

static const struct hash_key key = {11, 12};
static const struct scan_limits limits = {65535, 128};

static void
scan(const char *text, size_t n, struct sip_msg *m)
{
	assert_int_equal(scan_message(text, n, false, &limits, m), SCAN_OK);
}

#define BODY "Content-Type: application/sdp\r\nContent-Length: 3\r\n\r\nv=0"
#define HEAD                                                                                     \
	"From: <sip:a@b>;tag=1\r\nX-Nt-Odd:  kept  \r\nTo: <sip:c@d>\r\nCall-ID: id\r\nCSeq: 1 " \
	"INVITE\r\n"

struct push {
	const char *via;  /* the peer's Via lines */
	const char *back; /* what the peer must get back in their place */
	enum transport transport;
	const char *reply_to; /* where the response goes */
};

static const struct push pushes[] = {
    {"Via: SIP/2.0/UDP 192.0.2.1:5070;branch=z9hG4bKa\r\n",
     "Via: SIP/2.0/UDP 192.0.2.1:5070;branch=z9hG4bKa\r\n", TRANSPORT_UDP, "192.0.2.1:5070"},
    {"Via: SIP/2.0/UDP 192.0.2.1:5070;rport;branch=z9hG4bKa\r\n",
     "Via: SIP/2.0/UDP 192.0.2.1:5070;rport=6000;branch=z9hG4bKa;received=192.0.2.1\r\n",
     TRANSPORT_UDP, "192.0.2.1:6000"},
    {"Via: SIP/2.0/UDP pbx.example;branch=z9hG4bKa\r\n",
     "Via: SIP/2.0/UDP pbx.example;branch=z9hG4bKa;received=192.0.2.1\r\n", TRANSPORT_UDP,
     "192.0.2.1:5060"},
    {"Via: SIP/2.0/UDP h;maddr=192.0.2.9;branch=z9hG4bKa\r\n",
     "Via: SIP/2.0/UDP h;maddr=192.0.2.9;branch=z9hG4bKa;received=192.0.2.1\r\n", TRANSPORT_UDP,
     "192.0.2.9:5060"},
    {"v: SIP/2.0/TCP h:5080 ;branch=z9hG4bKa , SIP/2.0/UDP second\r\nVia: SIP/2.0/UDP third\r\n",
     "v: SIP/2.0/TCP h:5080 ;branch=z9hG4bKa;received=192.0.2.1 , SIP/2.0/UDP second\r\n"
     "Via: SIP/2.0/UDP third\r\n",
     TRANSPORT_TCP, "192.0.2.1:5080"},
};

/* There through the inner Via, back by popping it. */
static void
there_and_back(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(pushes) / sizeof(pushes[0]); i++) {
		const struct push *p = &pushes[i];
		const struct way from = {.peer = given_addr("192.0.2.1:6000"),
					 .conn = 77,
					 .door = 3,
					 .transport = (uint8_t)p->transport};
		char text[2048], pushed[4096], popped[4096], want[2048];
		struct buf b = BUF(pushed), c = BUF(popped);
		struct sip_msg m;
		struct way said;
		struct slice name;

		snprintf(text, sizeof(text), "INVITE sip:x@y SIP/2.0\r\n%s" HEAD BODY, p->via);
		snprintf(want, sizeof(want), "INVITE sip:x@y SIP/2.0\r\n%s" HEAD BODY, p->back);
		scan(text, strlen(text), &m);
		const struct way back = via_reply_way(&m, &from);
		const struct addr reply_to = given_addr(p->reply_to);
		assert_true(addr_eq(&back.peer, &reply_to));
		const struct via_inner inner = {SLICE("127.0.0.64:5064"), ";k=pbx-1.a_b;p=cucm",
						&from, &back};
		via_push_inner(&b, &m, &key, &inner);
		assert_false(b.full);
		scan(pushed, b.n, &m);
		assert_int_equal(via_inner_way(&m.via, &said), 0);
		assert_true(addr_eq(&said.peer, &back.peer));
		assert_int_equal(said.door, 3);
		assert_int_equal(said.conn, 77);
		assert_int_equal(said.transport, p->transport);
		assert_true(scan_param(m.via.params, "k", &name));
		assert_true(slice_eq(name, SLICE("pbx-1.a_b")));
		assert_true(scan_param(m.via.params, "p", &name));
		assert_true(slice_eq(name, SLICE("cucm")));
		via_pop(&c, &m);
		assert_string_equal(buf_cstr(&c), want);
	}
}

/* The branch towards the worker: the same for an INVITE, its CANCEL, its failure's ACK and its
 * retransmission by way of another hop; another one for the next transaction. */
static void
one_branch_a_transaction(void **state)
{
	static const char *const same[] = {
	    "INVITE x:y SIP/2.0\r\nVia: SIP/2.0/UDP h:5070;branch=z9hG4bKa\r\n",
	    "CANCEL x:y SIP/2.0\r\nVia: SIP/2.0/UDP h:5070;branch=z9hG4bKa;received=1.2.3.4\r\n",
	    "ACK x:y SIP/2.0\r\nVia: SIP/2.0/UDP h:5070;rport=9;branch=z9hG4bKa\r\n",
	};
	static const char *const method[] = {"INVITE", "CANCEL", "ACK"};
	char first[64] = "";

	(void)state;
	for (int i = 0; i < 4; i++) {
		char text[1024], pushed[2048];
		struct buf b = BUF(pushed);
		struct sip_msg m;
		const struct way way = {.peer = given_addr("192.0.2.1:6000")};
		snprintf(text, sizeof(text),
			 "%sFrom: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\nCall-ID: id\r\nCSeq: %d "
			 "%s\r\n\r\n",
			 same[i % 3], i == 3 ? 2 : 1, method[i % 3]);
		scan(text, strlen(text), &m);
		const struct via_inner inner = {SLICE("127.0.0.64:5064"), "", &way, &way};
		via_push_inner(&b, &m, &key, &inner);
		scan(pushed, b.n, &m);
		if (i == 0)
			snprintf(first, sizeof(first), "%.*s", (int)m.via.branch.n, m.via.branch.p);
		assert_int_equal(strncmp(first, m.via.branch.p, m.via.branch.n) == 0, i < 3);
	}
}

/* A Record-Route without a value would cost the whole message its parser: it stays behind, wherever
 * it stands and however it is written; everything else goes as it came. */
static void
blank_record_routes(void **state)
{
	static const char text[] =
	    "INVITE x:y SIP/2.0\r\nRecord-Route:\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKa\r\n"
	    "record-route \t: \t\r\nFrom: <sip:a@b>;tag=1\r\nRecord-Route:\r\n <sip:p;lr>\r\n"
	    "To: <sip:c@d>\r\nRoute:\r\nCall-ID: id\r\nRECORD-ROUTE:   \r\nCSeq: 1 INVITE\r\n"
	    "Content-Length: 15\r\n\r\nRecord-Route:\r\n";
	static const char want[] = "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKa\r\n"
				   "From: <sip:a@b>;tag=1\r\nRecord-Route:\r\n <sip:p;lr>\r\n"
				   "To: <sip:c@d>\r\nRoute:\r\nCall-ID: id\r\nCSeq: 1 INVITE\r\n"
				   "Content-Length: 15\r\n\r\nRecord-Route:\r\n";
	const struct way way = {.peer = given_addr("192.0.2.1:5060")};
	const struct via_inner inner = {SLICE("127.0.0.64:5064"), "", &way, &way};
	char pushed[1024];
	struct buf b = BUF(pushed);
	struct sip_msg m;

	(void)state;
	scan(text, sizeof(text) - 1, &m);
	assert_true(m.blank_route);
	via_push_inner(&b, &m, &key, &inner);
	const char *second = strstr(strchr(buf_cstr(&b), '\n') + 1, "\r\n");
	assert_string_equal(second + 2, want);
}

/* Names that sofia-sip would refuse come to it in quotes; those that are right go as they came. */
static void
bare_names(void **state)
{
	static const char text[] =
	    "INVITE x:y SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKa\r\n"
	    "To: M\xc3\xbcller (Sales), 2nd <sip:c@d>\r\n"
	    "Contact: A&B \"x\\y\"\r\n  C<sip:a@192.0.2.1>;q=1\r\nX: a (b) <c>\r\n"
	    "From: \"Anna\" B. <sip:a@b>;tag=1\r\nCall-ID: id\r\nCSeq: 1 INVITE\r\n\r\n";
	static const char want[] =
	    "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKa\r\n"
	    "To: \"M\xc3\xbcller (Sales), 2nd\" <sip:c@d>\r\n"
	    "Contact: \"A&B \\\"x\\\\y\\\"    C\"<sip:a@192.0.2.1>;q=1\r\nX: a (b) <c>\r\n"
	    "From: \"\\\"Anna\\\" B.\" <sip:a@b>;tag=1\r\nCall-ID: id\r\nCSeq: 1 INVITE\r\n\r\n";
	const struct way way = {.peer = given_addr("192.0.2.1:5060")};
	const struct via_inner inner = {SLICE("127.0.0.64:5064"), "", &way, &way};
	char pushed[1024];
	struct buf b = BUF(pushed);
	struct sip_msg m;

	(void)state;
	scan(text, sizeof(text) - 1, &m);
	via_push_inner(&b, &m, &key, &inner);
	const char *second = strstr(strchr(buf_cstr(&b), '\n') + 1, "\r\n");
	assert_string_equal(second + 2, want);
}

#define WORKER_BYE                                                                               \
	"BYE sip:a@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:5065;branch=z9hG4bKworker.1;" \
	"rport\r\nFrom: <sip:c@d>;tag=g7-x\r\nTo: <sip:a@b>;tag=1\r\nCall-ID: id\r\nCSeq: 9 "    \
	"BYE\r\n\r\n"

static void
a_workers_request(void **state)
{
	const struct door_spec door = {given_addr("192.0.2.20:5060"), TRANSPORT_TCP, DOOR_SERVICE};
	const struct addr worker = given_addr("127.0.0.65:5065");
	char out[2048], forged[2048], back[2048];
	struct buf b = BUF(out), r = BUF(back);
	struct sip_msg m;
	struct slice branch;
	uint32_t generation;

	(void)state;
	scan(WORKER_BYE, strlen(WORKER_BYE), &m);
	via_replace_door(&b, &m, &key, &door, 7);
	scan(out, b.n, &m);
	assert_int_equal(m.via2.n, 0);
	assert_true(slice_eq(m.via.host, SLICE("192.0.2.20")));
	assert_true(slice_eq(m.via.transport, SLICE("TCP")));

	/* the PBX's response brings it back */
	assert_int_equal(via_open_door(&m, &key, &generation, &branch), 0);
	assert_int_equal(generation, 7);
	assert_true(slice_eq(branch, SLICE("z9hG4bKworker.1")));
	via_restore_worker(&r, &m, &worker, branch);
	scan(back, r.n, &m);
	assert_true(slice_eq(m.via.branch, SLICE("z9hG4bKworker.1")));
	assert_true(slice_eq(m.via.host, SLICE("127.0.0.65")));

	/* any other generation, branch or Call-ID breaks the seal */
	for (size_t i = 0; i < b.n; i++) {
		memcpy(forged, out, b.n);
		forged[i] = forged[i] == '8' ? '9' : '8';
		if (scan_message(forged, b.n, false, &limits, &m) != SCAN_OK)
			continue;
		const char *at = forged + i;
		const bool sealed =
		    (at >= m.via.branch.p && at < m.via.branch.p + m.via.branch.n) ||
		    (at >= m.call_id.p && at < m.call_id.p + m.call_id.n);
		if (sealed)
			assert_int_not_equal(via_open_door(&m, &key, &generation, &branch), 0);
	}
}

static void
our_own_request(void **state)
{
	const struct door_spec door = {given_addr("192.0.2.20:5060"), TRANSPORT_UDP, DOOR_SERVICE};
	char out[2048];
	struct buf b = BUF(out);
	struct sip_msg m;
	struct slice branch;
	uint32_t generation = 99;

	(void)state;
	buf_str(&b, "SIP/2.0 200 OK\r\n");
	via_own_line(&b, &key, &door, SLICE("id"), 0x1234abcd);
	buf_str(&b, "From: <sip:c@d>;tag=g7-x\r\nTo: <sip:a@b>;tag=1\r\nCall-ID: id\r\nCSeq: 9 "
		    "BYE\r\n\r\n");
	scan(out, b.n, &m);
	assert_int_equal(via_open_door(&m, &key, &generation, &branch), 0);
	assert_int_equal(generation, 0);
	assert_true(slice_eq(branch, SLICE("1234abcd")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(there_and_back),      cmocka_unit_test(one_branch_a_transaction),
	    cmocka_unit_test(blank_record_routes), cmocka_unit_test(bare_names),
	    cmocka_unit_test(a_workers_request),   cmocka_unit_test(our_own_request),
	};

	return cmocka_run_group_tests_name("via", tests, NULL, NULL);
}
