/* test_sdp: the bodies of all vectors, the offers each kind of PBX makes, and our answers line by
 * line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "worker/sdp.h"

#define VECTORS "tests/vectors"

static const struct sdp_terms any = {.srtp = DEMAND_OPTIONAL};

/* What a vector's session description says; those that have none are not named. */
struct expected {
	const char *file, *rtp;
	enum sdp_codec codec;
	int dtmf_pt;
	unsigned ptime;
	enum sdp_direction direction;
};

static const struct expected vectors[] = {
    {"asterisk-invite.sip", "192.0.2.60:11424", SDP_PCMU, 101, 0, SDP_SENDRECV},
    {"asterisk-pjsip-invite.sip", "192.0.2.60:11530", SDP_PCMU, 101, 20, SDP_SENDRECV},
    {"asterisk-reinvite.sip", "192.0.2.61:16400", SDP_PCMU, 101, 0, SDP_SENDRECV},
    {"cs1000-invite.sip", "192.0.2.14:5208", SDP_PCMU, 101, 20, SDP_SENDRECV},
    {"cs1000-invite-loop.sip", "192.0.2.14:5208", SDP_PCMU, 101, 20, SDP_SENDRECV},
    {"cs1000-invite-sps.sip", "192.0.2.14:5212", SDP_PCMU, 101, 20, SDP_SENDRECV},
    {"cs1000-invite-udp-r5.sip", "192.0.2.14:5208", SDP_PCMU, 101, 20, SDP_SENDRECV},
    {"cs1000-reinvite.sip", "0.0.0.0:5208", SDP_PCMU, 101, 20, SDP_INACTIVE},
    {"cucm-ack.sip", "192.0.2.31:24586", SDP_PCMU, 101, 20, SDP_SENDRECV},
    {"cucm-invite-early-offer.sip", "192.0.2.31:24586", SDP_PCMU, 101, 20, SDP_SENDRECV},
    {"cucm-reinvite.sip", "0.0.0.0:24586", SDP_PCMU, 101, 20, SDP_INACTIVE},
};

static struct slice
load(const char *file, char *space, size_t cap)
{
	char path[256];
	snprintf(path, sizeof(path), VECTORS "/%s", file);
	FILE *f = fopen(path, "rb");
	if (f == NULL)
		fail_msg("%s: %s", path, strerror(errno));
	size_t n = fread(space, 1, cap, f);
	fclose(f);
	return (struct slice){space, n};
}

/* Splits a SIP message; the type is empty when the message has none. */
static void
split(struct slice message, struct slice *ret_type, struct slice *ret_body)
{
	ptrdiff_t end = slice_find(message, SLICE("\r\n\r\n"), false);
	ptrdiff_t at = slice_find(message, SLICE("\r\nContent-Type:"), true);
	assert_true(end > 0);
	*ret_body = (struct slice){message.p + end + 4, message.n - (size_t)end - 4};
	*ret_type = (struct slice){NULL, 0};
	if (at < 0 || at > end)
		return;
	struct slice rest = {message.p + at + 15, message.n - (size_t)at - 15};
	rest.n = (size_t)slice_find(rest, SLICE("\r\n"), false);
	*ret_type = slice_trim(rest);
}

static const struct expected *
find_expected(const char *file)
{
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++)
		if (strcmp(vectors[i].file, file) == 0)
			return &vectors[i];
	return NULL;
}

static void
check_vector(const char *file)
{
	char space[16384], text[ADDR_TEXT_MAX];
	struct body body = {0};
	struct slice sdp;
	struct sdp_remote r;
	const struct expected *want = find_expected(file);
	split(load(file, space, sizeof(space)), &body.type, &body.bytes);
	int e = sdp_from_body(&body, &sdp);
	if (want == NULL) {
		if (e == 0)
			fail_msg("%s: a session description where none was expected", file);
		return;
	}
	if (e == 0)
		e = sdp_read(sdp, &any, &r);
	if (e != 0)
		fail_msg("%s: %s", file, strerror(-e));
	assert_string_equal(addr_text(&r.rtp, text), want->rtp);
	assert_int_equal(r.rtcp.port, r.rtp.port + 1);
	assert_int_equal(r.codec, want->codec);
	assert_int_equal(r.codec_pt, 0);
	assert_int_equal(r.dtmf_pt, want->dtmf_pt);
	assert_int_equal(r.ptime, want->ptime);
	assert_int_equal(r.direction, want->direction);
	assert_int_equal(r.nmedia, 1);
}

static void
test_vectors(void **state)
{
	(void)state;
	DIR *d = opendir(VECTORS);
	assert_non_null(d);
	size_t seen = 0;
	for (struct dirent *e; (e = readdir(d)) != NULL;) {
		const char *dot = strrchr(e->d_name, '.');
		if (dot == NULL || strcmp(dot, ".sip") != 0)
			continue;
		check_vector(e->d_name);
		seen += find_expected(e->d_name) != NULL;
	}
	closedir(d);
	assert_int_equal(seen, sizeof(vectors) / sizeof(vectors[0]));
}

/* ---- offers ---- */

#define HEAD "v=0\r\no=x 1 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\n"

static const struct {
	const char *what, *sdp;
	int result;
	enum sdp_codec codec;
	int pt, dtmf;
	const char *rtp;
	enum sdp_direction direction;
} offers[] = {
    {"Avaya: PT 120, ptime 60",
     HEAD "m=audio 2048 RTP/AVP 8 0 120\r\na=rtpmap:120 telephone-event/8000\r\na=ptime:60\r\n", 0,
     SDP_PCMA, 8, 120, "192.0.2.9:2048", SDP_SENDRECV},
    {"OXE: PT 97",
     HEAD "m=audio 32000 RTP/AVP 18 8 97\r\na=rtpmap:18 G729/8000\r\na=rtpmap:97 "
	  "telephone-event/8000\r\n",
     0, SDP_PCMA, 8, 97, "192.0.2.9:32000", SDP_SENDRECV},
    {"CM: PT 127",
     HEAD
     "m=audio 2052 RTP/AVP 0 127\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:127 telephone-event/8000\r\n",
     0, SDP_PCMU, 0, 127, "192.0.2.9:2052", SDP_SENDRECV},
    {"X-nt-inforeq is no DTMF",
     HEAD "m=audio 5208 RTP/AVP 0 111\r\na=rtpmap:111 X-nt-inforeq/8000\r\n", 0, SDP_PCMU, 0, -1,
     "192.0.2.9:5208", SDP_SENDRECV},
    {"wide-band events first",
     HEAD "m=audio 5208 RTP/AVP 9 100 0 101\r\na=rtpmap:100 telephone-event/16000\r\n"
	  "a=rtpmap:101 telephone-event/8000\r\n",
     0, SDP_PCMU, 0, 101, "192.0.2.9:5208", SDP_SENDRECV},
    {"dynamic type for G.711", HEAD "m=audio 5208 RTP/AVP 107\r\na=rtpmap:107 pcma/8000/1\r\n", 0,
     SDP_PCMA, 107, -1, "192.0.2.9:5208", SDP_SENDRECV},
    {"LF only, blanks, no c= in the session",
     "\nv=0\no=- 1 1 IN IP4 192.0.2.1\ns=-\nt=0 0\nm=audio 4000 RTP/AVP 8 \nc=IN IP4 192.0.2.9 \n"
     "a=sendonly\n",
     0, SDP_PCMA, 8, -1, "192.0.2.9:4000", SDP_SENDONLY},
    {"IPv6", "v=0\r\nc=IN IP6 2001:db8::9\r\nm=audio 4000 RTP/AVP 0\r\n", 0, SDP_PCMU, 0, -1,
     "[2001:db8::9]:4000", SDP_SENDRECV},
    {"hold of RFC 2543", "v=0\r\nc=IN IP4 0.0.0.0\r\nm=audio 4000 RTP/AVP 0\r\n", 0, SDP_PCMU, 0,
     -1, "0.0.0.0:4000", SDP_SENDONLY},
    {"direction of the session", HEAD "a=inactive\r\nm=audio 4000 RTP/AVP 0\r\n", 0, SDP_PCMU, 0,
     -1, "192.0.2.9:4000", SDP_INACTIVE},
    {"stream overrides session", HEAD "a=inactive\r\nm=audio 4000 RTP/AVP 0\r\na=recvonly\r\n", 0,
     SDP_PCMU, 0, -1, "192.0.2.9:4000", SDP_RECVONLY},
    {"best effort SRTP",
     HEAD "m=audio 4000 RTP/AVP 0\r\na=tcap:1 RTP/SAVP\r\na=pcfg:1 t=1\r\n"
	  "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:abc\r\n",
     0, SDP_PCMU, 0, -1, "192.0.2.9:4000", SDP_SENDRECV},
    {"secure first, plain second", HEAD "m=audio 4000 RTP/SAVP 0\r\nm=audio 4002 RTP/AVP 8\r\n", 0,
     SDP_PCMA, 8, -1, "192.0.2.9:4002", SDP_SENDRECV},
    {"secure, but no key", HEAD "m=audio 4000 RTP/SAVP 0 8\r\n", -ENOKEY, 0, 0, 0, NULL, 0},
    {"G.729 only", HEAD "m=audio 4000 RTP/AVP 18 101\r\na=rtpmap:101 telephone-event/8000\r\n",
     -ENOTSUP, 0, 0, 0, NULL, 0},
    {"PT 0 renamed", HEAD "m=audio 4000 RTP/AVP 0\r\na=rtpmap:0 L16/8000\r\n", -ENOTSUP, 0, 0, 0,
     NULL, 0},
    {"T.38 only", HEAD "m=image 4000 udptl t38\r\n", -ENOTSUP, 0, 0, 0, NULL, 0},
    {"T.38 with the audio switched off", HEAD "m=audio 0 RTP/AVP 0\r\nm=image 4000 udptl t38\r\n",
     -ENOTSUP, 0, 0, 0, NULL, 0},
    {"a name for an address", "v=0\r\nc=IN IP4 media.example\r\nm=audio 4000 RTP/AVP 0\r\n",
     -ENOTSUP, 0, 0, 0, NULL, 0},
    {"no stream at all", HEAD, -ENOTSUP, 0, 0, 0, NULL, 0},
    {"nine streams",
     HEAD
     "m=a 1 x 1\r\nm=a 1 x 1\r\nm=a 1 x 1\r\nm=a 1 x 1\r\nm=a 1 x 1\r\nm=a 1 x 1\r\nm=a 1 x 1\r\n"
     "m=a 1 x 1\r\nm=audio 4000 RTP/AVP 0\r\n",
     -ENOTSUP, 0, 0, 0, NULL, 0},
    {"no c= anywhere", "v=0\r\nm=audio 4000 RTP/AVP 0\r\n", -EINVAL, 0, 0, 0, NULL, 0},
    {"c= cut off", "v=0\r\nc=IN\r\nm=audio 4000 RTP/AVP 0\r\n", -EINVAL, 0, 0, 0, NULL, 0},
    {"the m= that kills sofia-sip", HEAD "m=audio 9 udp (\r\n", -ENOTSUP, 0, 0, 0, NULL, 0},
    {"m= without formats", HEAD "m=audio 9 RTP/AVP\r\n", -EINVAL, 0, 0, 0, NULL, 0},
    {"m= with a wild port", HEAD "m=audio 65536 RTP/AVP 0\r\n", -EINVAL, 0, 0, 0, NULL, 0},
    {"m= with a control character", HEAD "m=audio 9 RTP/AVP 0\1\r\n", -EINVAL, 0, 0, 0, NULL, 0},
    {"no SDP", "hello\r\n", -EINVAL, 0, 0, 0, NULL, 0},
    {"nothing", "", -EINVAL, 0, 0, 0, NULL, 0},
};

static void
test_offers(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(offers) / sizeof(offers[0]); i++) {
		struct sdp_remote r;
		char text[ADDR_TEXT_MAX];
		int e = sdp_read(slice_str(offers[i].sdp), &any, &r);
		if (e != offers[i].result)
			fail_msg("%s: got %d, not %d", offers[i].what, e, offers[i].result);
		if (e != 0)
			continue;
		if (r.codec != offers[i].codec || r.codec_pt != offers[i].pt ||
		    r.dtmf_pt != offers[i].dtmf || r.direction != offers[i].direction)
			fail_msg("%s: codec %d pt %u dtmf %d direction %d", offers[i].what, r.codec,
				 r.codec_pt, r.dtmf_pt, r.direction);
		assert_string_equal(addr_text(&r.rtp, text), offers[i].rtp);
	}
}

/* RFC 4091: the same audio at an address of each family; ours is taken, in whichever order. */
static void
test_the_family_of_our_media(void **state)
{
	static const char six[] = "m=audio 4000 RTP/AVP 0\r\nc=IN IP6 2001:db8::9\r\n";
	static const char four[] = "m=audio 4002 RTP/AVP 8\r\nc=IN IP4 192.0.2.9\r\n";
	static const char held[] = "m=audio 4004 RTP/AVP 0\r\nc=IN IP4 0.0.0.0\r\n";
	static const struct {
		const char *first, *second;
		int family, result, port;
	} rows[] = {
	    {six, four, AF_INET, 0, 4002},        {four, six, AF_INET, 0, 4002},
	    {six, four, AF_INET6, 0, 4000},       {six, four, AF_UNSPEC, 0, 4000},
	    {six, "", AF_INET, -EAFNOSUPPORT, 0}, {four, "", AF_INET6, -EAFNOSUPPORT, 0},
	    {held, "", AF_INET6, 0, 4004},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct sdp_terms terms = {DEMAND_OPTIONAL, rows[i].family};
		char text[512];
		struct sdp_remote r;

		snprintf(text, sizeof(text),
			 "v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nt=0 0\r\n%s%s", rows[i].first,
			 rows[i].second);
		assert_int_equal(sdp_read(slice_str(text), &terms, &r), rows[i].result);
		if (rows[i].result == 0)
			assert_int_equal(r.rtp.port, rows[i].port);
	}
}

/* Of a line with very many formats one is repeated: what the others were does not count any more.
 */
static void
test_a_long_line_is_cut(void **state)
{
	struct sdp_local local = {
	    .rtp = {{192, 0, 2, 20}, 20000, AF_INET}, .session_id = 1, .version = 1, .ptime = 20};
	char text[2048], said[2048];
	struct buf b = BUF(text), out = BUF(said);
	struct sdp_remote r;

	(void)state;
	buf_str(&b, HEAD "m=video 4000 RTP/AVP 35");
	for (int pt = 36; pt < 128; pt++)
		buf_printf(&b, " %d", pt);
	buf_str(&b, "\r\nm=audio 4002 RTP/AVP 18");
	for (int pt = 96; pt < 128; pt++)
		buf_printf(&b, " %d", pt);
	buf_str(&b, " 8\r\n");
	assert_int_equal(sdp_read((struct slice){text, b.n}, &any, &r), 0);
	sdp_answer(&out, &local, &r);
	assert_non_null(
	    strstr(buf_cstr(&out), "\r\nm=video 0 RTP/AVP 35\r\nm=audio 20000 RTP/AVP 8\r\n"));
}

static void
test_rtcp_address(void **state)
{
	struct sdp_remote r;
	char text[ADDR_TEXT_MAX];
	(void)state;
	assert_int_equal(
	    sdp_read(SLICE(HEAD "m=audio 4000 RTP/AVP 0\r\na=rtcp:53020\r\n"), &any, &r), 0);
	assert_string_equal(addr_text(&r.rtcp, text), "192.0.2.9:53020");
	assert_int_equal(
	    sdp_read(SLICE(HEAD "m=audio 4000 RTP/AVP 0\r\na=rtcp:53020 IN IP4 192.0.2.8\r\n"),
		     &any, &r),
	    0);
	assert_string_equal(addr_text(&r.rtcp, text), "192.0.2.8:53020");
}

/* ---- what we write ---- */

static struct sdp_local
local(const char *rtp)
{
	struct sdp_local l = {.session_id = 7, .version = 3, .ptime = 20};
	assert_int_equal(addr_parse(slice_str(rtp), &l.rtp), 0);
	return l;
}

static void
check_answer(const char *offer, const char *rtp, const char *want)
{
	char text[2048];
	struct buf out = BUF(text);
	struct sdp_local l = local(rtp);
	struct sdp_remote r;
	assert_int_equal(sdp_read(slice_str(offer), &any, &r), 0);
	sdp_answer(&out, &l, &r);
	assert_false(out.full);
	assert_string_equal(buf_cstr(&out), want);
}

static void
test_answer(void **state)
{
	(void)state;
	check_answer(HEAD "m=audio 5208 RTP/AVP 18 8 0 101 111\r\n"
			  "a=rtpmap:101 telephone-event/8000\r\na=ptime:60\r\n",
		     "192.0.2.20:20000",
		     "v=0\r\no=- 7 3 IN IP4 192.0.2.20\r\ns=-\r\nc=IN IP4 192.0.2.20\r\nt=0 0\r\n"
		     "m=audio 20000 RTP/AVP 8 101\r\na=rtpmap:8 PCMA/8000\r\n"
		     "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:20\r\n"
		     "a=sendrecv\r\n");
}

/* RFC 3264 6: as many m= lines as the offer, in its order. */
static void
test_answer_rejects_the_rest(void **state)
{
	(void)state;
	check_answer(
	    HEAD "m=video 5000 RTP/AVP 34\r\nm=audio 5208/2 RTP/AVPF 0\r\na=sendonly\r\n"
		 "m=image 5010 udptl t38\r\nm=audio 6000 RTP/AVP 8\r\n",
	    "[2001:db8::20]:20002",
	    "v=0\r\no=- 7 3 IN IP6 2001:db8::20\r\ns=-\r\nc=IN IP6 2001:db8::20\r\nt=0 0\r\n"
	    "m=video 0 RTP/AVP 34\r\n"
	    "m=audio 20002 RTP/AVPF 0\r\na=rtpmap:0 PCMU/8000\r\na=ptime:20\r\n"
	    "a=recvonly\r\n"
	    "m=image 0 udptl t38\r\n"
	    "m=audio 0 RTP/AVP 8\r\n");
}

static void
test_answer_directions(void **state)
{
	static const char *const pairs[][2] = {{"sendrecv", "sendrecv"},
					       {"sendonly", "recvonly"},
					       {"recvonly", "sendonly"},
					       {"inactive", "inactive"}};
	(void)state;
	for (size_t i = 0; i < 4; i++) {
		char offer[256], text[1024], want[32];
		struct buf out = BUF(text);
		struct sdp_local l = local("192.0.2.20:20000");
		struct sdp_remote r;
		snprintf(offer, sizeof(offer), HEAD "m=audio 5208 RTP/AVP 0\r\na=%s\r\n",
			 pairs[i][0]);
		snprintf(want, sizeof(want), "a=%s\r\n", pairs[i][1]);
		assert_int_equal(sdp_read(slice_str(offer), &any, &r), 0);
		sdp_answer(&out, &l, &r);
		struct slice all = {text, out.n};
		assert_true(slice_find(all, slice_str(want), false) > 0);
	}
}

/* Our own offer must read back as what we speak. */
static void
test_offer(void **state)
{
	char text[1024], rtp[ADDR_TEXT_MAX];
	struct buf out = BUF(text);
	struct sdp_local l = local("192.0.2.20:20000");
	struct sdp_remote r;
	(void)state;
	sdp_offer(&out, &l);
	assert_int_equal(sdp_read((struct slice){text, out.n}, &any, &r), 0);
	assert_string_equal(addr_text(&r.rtp, rtp), "192.0.2.20:20000");
	assert_int_equal(r.codec, SDP_PCMU);
	assert_int_equal(r.dtmf_pt, SDP_OFFER_EVENT_PT);
	assert_int_equal(r.ptime, 20);
	assert_true(slice_find((struct slice){text, out.n},
			       SLICE("m=audio 20000 RTP/AVP 0 8 101\r\n"), false) > 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_vectors),
	    cmocka_unit_test(test_offers),
	    cmocka_unit_test(test_the_family_of_our_media),
	    cmocka_unit_test(test_a_long_line_is_cut),
	    cmocka_unit_test(test_rtcp_address),
	    cmocka_unit_test(test_answer),
	    cmocka_unit_test(test_answer_rejects_the_rest),
	    cmocka_unit_test(test_answer_directions),
	    cmocka_unit_test(test_offer),
	};
	return cmocka_run_group_tests_name("sdp", tests, NULL, NULL);
}
