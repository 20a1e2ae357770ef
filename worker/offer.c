/* offer: see offer.h. */
#include "worker/offer.h"

#include <errno.h>

#include "ipc/base/hash.h"

static bool
is_answerable(const struct sdp_remote *theirs)
{
	for (unsigned i = 0; i < theirs->nmedia && i < SDP_MEDIA_MAX; i++) {
		if (theirs->media_line[i].n > OFFER_LINE_MAX)
			return false;
	}
	return true;
}

int
offer_read(struct slice type, struct slice body, struct sdp_remote *ret)
{
	struct slice sdp;
	int err;

	if (slice_trim(body).n == 0)
		return -ENOENT;
	err = sdp_from_body(type, body, &sdp);
	if (err == -ENOENT)
		return err;
	if (err == 0)
		err = sdp_read(sdp, ret);
	if (err == -ENOTSUP || (err == 0 && !is_answerable(ret)))
		return 488;
	return err < 0 ? 400 : 0;
}

/* Of all but the lines v= and o=, where the version stands. */
static uint64_t
sum_of(struct slice text)
{
	static const struct hash_key key = {0x65766572, 0x7472756e};
	ptrdiff_t rest = slice_find(text, SLICE("\r\ns="), false);

	return rest < 0 ? 0 : hash64(&key, text.p + rest, text.n - (size_t)rest);
}

static void
write_text(struct offer *o, const struct sdp_remote *theirs, struct buf *out)
{
	out->n = 0;
	if (theirs)
		sdp_answer(out, &o->local, theirs);
	else
		sdp_offer(out, &o->local);
}

/* RFC 3264 8: the version goes up by one when, and only when, we say something else. */
static void
say(struct offer *o, const struct sdp_remote *theirs, struct buf *out)
{
	uint64_t sum;

	write_text(o, theirs, out);
	sum = sum_of((struct slice){out->p, out->n});
	if (o->said && sum != o->sum) {
		o->local.version++;
		write_text(o, theirs, out);
	}
	o->said = true;
	o->sum = sum;
}

void
offer_answer(struct offer *o, const struct sdp_remote *theirs, struct buf *out)
{
	say(o, theirs, out);
	o->remote = *theirs;
}

void
offer_make(struct offer *o, struct buf *out)
{
	say(o, NULL, out);
	o->waiting = true;
}

void
offer_take(struct offer *o, const struct sdp_remote *theirs)
{
	o->remote = *theirs;
	o->waiting = false;
}

bool
offer_is_held(const struct offer *o)
{
	return o->remote.direction != SDP_SENDRECV || o->remote.rtp.port == 0;
}
