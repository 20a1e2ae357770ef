/* fuzz_sdp: a Content-Type line and a body.  Whatever is accepted can be answered: the answer fits,
 * has as many streams, and reads back as the codec and the events that were taken. */
#include <stdlib.h>
#include <string.h>

#include "worker/sdp.h"
#include "worker/words.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void
check_answer(const struct sdp_remote *offer, size_t n)
{
	struct sdp_local local = {
	    .rtp = {{127, 0, 0, 1}, 20000, AF_INET}, .session_id = 1, .version = 1, .ptime = 20};
	struct buf out = {malloc(n + 1024), 0, n + 1024, false};
	struct sdp_remote again;

	sdp_answer(&out, &local, offer);
	if (out.full || sdp_read((struct slice){out.p, out.n}, &again) != 0)
		abort();
	if (again.nmedia != offer->nmedia || again.audio != offer->audio ||
	    again.codec != offer->codec || again.codec_pt != offer->codec_pt ||
	    again.dtmf_pt != offer->dtmf_pt || !addr_eq(&again.rtp, &local.rtp))
		abort();
	free(out.p);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	char *copy = malloc(n); /* its end is watched */
	struct slice body = {copy, n}, type, sdp;
	struct sdp_remote offer;

	if (n > 0)
		memcpy(copy, data, n);
	if (words_line(&body, &type) && sdp_from_body(type, body, &sdp) == 0) {
		if (sdp.p < copy || sdp.p + sdp.n > copy + n)
			abort();
		if (sdp_read(sdp, &offer) == 0)
			check_answer(&offer, n);
	}
	free(copy);
	return 0;
}
