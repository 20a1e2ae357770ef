/* fuzz_sdp: a Content-Type line and a body.  Whatever is accepted can be answered: the answer fits,
 * has as many streams, and reads back as the codec, the events and the key that were taken; SRTP is
 * taken only where it may be.  The whole input is an a=crypto line besides: what is accepted reads
 * back when it is written. */
#include <stdlib.h>
#include <string.h>

#include "worker/sdp.h"
#include "worker/words.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void
check_answer(const struct sdp_remote *offer, enum demand srtp, size_t n)
{
	struct sdp_local local = {
	    .rtp = {{127, 0, 0, 1}, 20000, AF_INET}, .session_id = 1, .version = 1, .ptime = 20};
	struct buf out = {malloc(n + 1024), 0, n + 1024, false};
	struct sdp_remote again;
	bool secure = offer->crypto.suite != SDP_PLAIN;

	if (secure ? srtp == DEMAND_NEVER : srtp == DEMAND_REQUIRED)
		abort();
	local.ncrypto = secure ? 1 : 0;
	local.crypto[0] = offer->crypto;
	memset(local.crypto[0].key, 0xa5, sdp_suite_key_len(offer->crypto.suite));
	local.crypto[0].mki_len = 0;
	local.crypto[0].mki = 0;
	sdp_answer(&out, &local, offer);
	if (out.full ||
	    sdp_read((struct slice){out.p, out.n}, &(struct sdp_terms){srtp, AF_INET}, &again) != 0)
		abort();
	if (again.nmedia != offer->nmedia || again.audio != offer->audio ||
	    again.codec != offer->codec || again.codec_pt != offer->codec_pt ||
	    again.dtmf_pt != offer->dtmf_pt || !addr_eq(&again.rtp, &local.rtp))
		abort();
	if (again.crypto.tag != offer->crypto.tag ||
	    !sdp_crypto_same_key(&again.crypto, &local.crypto[0]))
		abort();
	free(out.p);
}

static void
check_line(struct slice line)
{
	char text[256];
	struct buf out = BUF(text);
	struct sdp_crypto c, again;

	if (sdp_crypto_read(line, &c) != 0)
		return;
	if (c.suite == SDP_PLAIN || c.suite >= SDP_SUITES || c.tag > 999999999 ||
	    c.mki_len > SDP_MKI_MAX)
		abort();
	sdp_crypto_write(&out, &c);
	c.mki_len = 0;
	c.mki = 0;
	if (out.full || sdp_crypto_read((struct slice){text + 9, out.n - 11}, &again) != 0 ||
	    again.tag != c.tag || !sdp_crypto_same_key(&again, &c))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	char *copy = malloc(n); /* its end is watched */
	struct slice rest = {copy, n}, sdp;
	struct body body = {0};
	struct sdp_remote offer;

	if (n > 0)
		memcpy(copy, data, n);
	check_line(rest);
	if (n > 0 && copy[0] == ';') /* the rest has been seen without one often enough */
		(void)words_line(&rest, &body.disposition);
	(void)words_line(&rest, &body.type);
	body.bytes = rest;
	if (sdp_from_body(&body, &sdp) == 0) {
		if (sdp.p < copy || sdp.p + sdp.n > copy + n)
			abort();
		for (unsigned d = DEMAND_NEVER; d <= DEMAND_REQUIRED; d++)
			if (sdp_read(sdp, &(struct sdp_terms){(enum demand)d, n % 2 ? AF_INET : 0},
				     &offer) == 0)
				check_answer(&offer, (enum demand)d, n);
	}
	free(copy);
	return 0;
}
