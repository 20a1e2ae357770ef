/* offer: see offer.h. */
#include "worker/offer.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "ipc/base/hash.h"

static bool
is_answerable(const struct sdp_remote *theirs)
{
	for (unsigned i = 0; i < theirs->nmedia && i < SDP_MEDIA_MAX; i++) {
		if (theirs->media_line[i].n > SDP_LINE_MAX)
			return false;
	}
	return true;
}

/* What an answer may be follows from our offer, not from the trunk. */
static enum demand
demand_of(const struct offer *o)
{
	if (!o->waiting)
		return o->srtp;
	return o->local.ncrypto > 0 ? DEMAND_REQUIRED : DEMAND_NEVER;
}

/* Which of our lines the answer takes (RFC 4568 5.1.3: same tag, same suite, and reports as we
 * offered them); -1: none of them. */
static int
line_taken(const struct offer *o, const struct sdp_crypto *theirs)
{
	for (unsigned i = 0; i < o->local.ncrypto; i++) {
		const struct sdp_crypto *ours = &o->local.crypto[i];
		if (ours->tag == theirs->tag && ours->suite == theirs->suite &&
		    ours->open_reports == theirs->open_reports)
			return (int)i;
	}
	return -1;
}

/* What `err` of sdp_read() means to the other side, and in words to the operator. */
static int
refuse(struct offer *o, int err)
{
	switch (err) {
	case -ENOTSUP: o->refusal = "no codec in common"; return 488;
	case -EPROTONOSUPPORT:
		o->refusal = demand_of(o) == DEMAND_NEVER ? "SRTP is not allowed (RTP/SAVP only)"
							  : "SRTP is required (RTP/SAVP)";
		return 488;
	case -EAFNOSUPPORT:
		o->refusal = o->family == AF_INET6 ? "no IPv6 address for the audio"
						   : "no IPv4 address for the audio";
		return 488;
	case -ENOKEY:
		o->refusal = "RTP/SAVP without an a=crypto line of a suite we speak";
		return 488;
	case -EMEDIUMTYPE: o->refusal = "a body that is no session description"; return 415;
	case -E2BIG: o->refusal = "a line that is too long to be repeated"; return 488;
	default: o->refusal = "a body we cannot read"; return 400;
	}
}

int
offer_read(struct offer *o, const struct body *body, struct sdp_remote *ret)
{
	struct slice sdp;
	int err;

	if (slice_trim(body->bytes).n == 0)
		return -ENOENT;
	err = sdp_from_body(body, &sdp);
	if (err == -ENOENT)
		return err;
	if (err == 0)
		err = sdp_read(sdp, &(struct sdp_terms){demand_of(o), o->family}, ret);
	if (err == 0 && !is_answerable(ret))
		err = -E2BIG;
	if (err == 0 && o->waiting && o->local.ncrypto > 0 && line_taken(o, &ret->crypto) < 0)
		err = -ENOKEY;
	return err < 0 ? refuse(o, err) : 0;
}

/* ---- our keys ---- */

static void
make_key(struct sdp_crypto *c, enum sdp_suite suite, uint32_t tag, const uint8_t *random)
{
	*c = (struct sdp_crypto){.suite = suite, .tag = tag};
	memcpy(c->key, random, sdp_suite_key_len(suite));
}

static void
keep_no_key(struct sdp_local *local)
{
	explicit_bzero(local->crypto, sizeof(local->crypto));
	local->ncrypto = 0;
}

static bool
makes_secure_offer(const struct offer *o)
{
	return o->srtp == DEMAND_REQUIRED || o->local.ncrypto > 0;
}

bool
offer_wants_key(const struct offer *o, const struct sdp_remote *theirs)
{
	const struct sdp_local *local = &o->local;

	if (theirs == NULL)
		return local->ncrypto == 0 && makes_secure_offer(o);
	if (theirs->crypto.suite == SDP_PLAIN)
		return false;
	return local->ncrypto != 1 || local->crypto[0].suite != theirs->crypto.suite ||
	       local->crypto[0].open_reports != theirs->crypto.open_reports;
}

static void
key_for_answer(struct offer *o, const struct sdp_remote *theirs, const uint8_t *random)
{
	struct sdp_local *local = &o->local;
	bool fresh = offer_wants_key(o, theirs);

	if (theirs->crypto.suite == SDP_PLAIN || fresh)
		keep_no_key(local);
	if (theirs->crypto.suite == SDP_PLAIN)
		return;
	if (fresh)
		make_key(&local->crypto[0], theirs->crypto.suite, 0, random);
	local->crypto[0].tag = theirs->crypto.tag;
	local->crypto[0].open_reports = theirs->crypto.open_reports;
	local->ncrypto = 1;
}

/* The suites that everybody has, each with a key of its own (RFC 4568 6.1). */
static void
keys_for_offer(struct offer *o, const uint8_t *random)
{
	static const enum sdp_suite ours[SDP_OFFER_CRYPTO] = {SDP_AES_128_80, SDP_AES_128_32};
	struct sdp_local *local = &o->local;

	if (!offer_wants_key(o, NULL))
		return;
	for (unsigned i = 0; i < SDP_OFFER_CRYPTO; i++)
		make_key(&local->crypto[i], ours[i], i + 1, random + (size_t)i * SDP_KEY_MAX);
	local->ncrypto = SDP_OFFER_CRYPTO;
}

/* ---- what is said ---- */

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
offer_answer(struct offer *o, const struct sdp_remote *theirs, const uint8_t *random,
	     struct buf *out)
{
	key_for_answer(o, theirs, random);
	say(o, theirs, out);
	o->remote = *theirs;
}

void
offer_make(struct offer *o, const uint8_t *random, struct buf *out)
{
	keys_for_offer(o, random);
	say(o, NULL, out);
	o->waiting = true;
}

void
offer_take(struct offer *o, const struct sdp_remote *theirs)
{
	int line = line_taken(o, &theirs->crypto);

	if (line >= 0) {
		o->local.crypto[0] = o->local.crypto[line];
		o->local.ncrypto = 1;
	}
	o->remote = *theirs;
	o->waiting = false;
}

bool
offer_is_held(const struct offer *o)
{
	return o->remote.direction != SDP_SENDRECV || o->remote.rtp.port == 0;
}
