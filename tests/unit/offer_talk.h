/* offer_talk: what the tests of offer and answer say: descriptions, and our side of a call. */
#ifndef EVERTRUNK_TESTS_OFFER_TALK_H
#define EVERTRUNK_TESTS_OFFER_TALK_H

#include <stdio.h>
#include <string.h>

#include "worker/offer.h"

#define HEAD    "v=0\r\no=- 1 1 IN IP4 192.0.2.10\r\ns=-\r\nc=IN IP4 192.0.2.14\r\nt=0 0\r\n"
#define AUDIO   HEAD "m=audio 5208 RTP/AVP 0 8 101\r\na=rtpmap:101 telephone-event/8000\r\n"

/* What the other side encrypts with, and what ours would be made of. */
#define KEY_A   "inline:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNk"
#define KEY_B   "inline:NDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNk"
#define SECURE  HEAD "m=audio 5208 RTP/SAVP 0 8\r\n"
#define SUITE80 " AES_CM_128_HMAC_SHA1_80 "
#define SUITE32 " AES_CM_128_HMAC_SHA1_32 "
#define LINE_A  "a=crypto:1" SUITE80 KEY_A "\r\n"
#define LINE_B  "a=crypto:1" SUITE80 KEY_B "\r\n"

static inline struct offer
fresh_for(enum demand srtp)
{
	struct offer o = {.srtp = srtp, .local = {.session_id = 7, .version = 1, .ptime = 20}};

	assert_int_equal(addr_parse(SLICE("192.0.2.20:20000"), &o.local.rtp), 0);
	return o;
}

static inline struct offer
fresh(void)
{
	return fresh_for(DEMAND_OPTIONAL);
}

static inline int
read_sdp(struct offer *o, const char *text, struct sdp_remote *ret)
{
	const struct body body = {.type = SLICE("application/sdp"), .bytes = slice_str(text)};

	return offer_read(o, &body, ret);
}

static inline struct sdp_remote
read_ok(struct offer *o, const char *text)
{
	struct sdp_remote r;

	assert_int_equal(read_sdp(o, text, &r), 0);
	return r;
}

/* Never the same twice, as from the kernel. */
static inline const uint8_t *
some_random(void)
{
	static uint8_t bytes[OFFER_RANDOM];

	bytes[0]++;
	bytes[SDP_KEY_MAX]--;
	return bytes;
}

/* The version in the o= line of what was written. */
static inline unsigned
version_of(const char *text)
{
	unsigned long long id;
	unsigned version;
	const char *o = strstr(text, "o=- ");

	assert_non_null(o);
	assert_int_equal(sscanf(o, "o=- %llu %u", &id, &version), 2);
	assert_int_equal(id, 7);
	return version;
}

static inline unsigned
answered(struct offer *o, const char *theirs)
{
	char text[OFFER_TEXT_MAX];
	struct buf out = BUF(text);
	struct sdp_remote r = read_ok(o, theirs);

	offer_answer(o, &r, some_random(), &out);
	assert_false(out.full);
	return version_of(buf_cstr(&out));
}

#endif
