/* secure: see secure.h.
 * The library checks a packet before it changes it: one that an older key of the call fits is still
 * whole when the newer one has refused it. */
#include "worker/secure.h"

#include <errno.h>
#include <srtp2/srtp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "ipc/base/log.h"
#include "worker/bytes.h"
#include "worker/secure_aes.h"
#include "worker/secure_hmac.h"

enum {
	WINDOW = 128, /* packets: 2.5 s of one source */
	RTP_SSRC = 8, /* where it stands */
	RTCP_SSRC = 4,
	SSRC_BYTES = 4
};

/* One direction of one key. */
struct half {
	srtp_t session; /* NULL: none */
	struct sdp_crypto crypto;
	unsigned sources; /* SSRCs heard with it */
	uint32_t last;    /* the latest of them */
};

struct secure {
	struct half out;
	struct half in;
	struct half before; /* until `in` has been heard */
};

_Static_assert(SECURE_TRAILER >= SRTP_MAX_TRAILER_LEN + 4, "SRTCP has an index besides");

/* ---- the library ---- */

static bool started;

int
secure_start(void)
{
	if (started)
		return 0;
	if (srtp_init() != srtp_err_status_ok) {
		log_err(LOG_MEDIA, "SRTP: libsrtp does not start");
		return -ENOSYS;
	}
	if (secure_aes_install() != 0 || secure_hmac_install() != 0)
		log_warn(LOG_MEDIA, "SRTP: libsrtp keeps to its own ciphers, which are slow");
	started = true;
	return 0;
}

void
secure_stop(void)
{
	if (started)
		(void)srtp_shutdown();
	started = false;
}

void
secure_random(void *p, size_t n)
{
	if (getrandom(p, n, 0) != (ssize_t)n)
		log_fatal(LOG_MEDIA, "getrandom: %s", strerror(errno));
}

/* ---- keys ---- */

/* RFC 4568 6.2 and RFC 6188: the short tag is for RTP only. */
static void
set_policy(const struct sdp_crypto *c, srtp_policy_t *p)
{
	switch (c->suite) {
	case SDP_AES_128_80: srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&p->rtp); break;
	case SDP_AES_128_32: srtp_crypto_policy_set_aes_cm_128_hmac_sha1_32(&p->rtp); break;
	case SDP_AES_256_80: srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80(&p->rtp); break;
	default: srtp_crypto_policy_set_aes_cm_256_hmac_sha1_32(&p->rtp); break;
	}
	if (c->suite == SDP_AES_128_80 || c->suite == SDP_AES_128_32)
		srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&p->rtcp);
	else
		srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80(&p->rtcp);
	if (c->open_reports)
		p->rtcp.sec_serv = sec_serv_auth;
}

/* The number in as many bytes as were said, the highest first. */
static void
write_mki(const struct sdp_crypto *c, uint8_t out[SDP_MKI_MAX])
{
	memset(out, 0, SDP_MKI_MAX);
	for (unsigned i = 0; i < c->mki_len && i < sizeof(c->mki); i++)
		out[c->mki_len - 1 - i] = (uint8_t)(c->mki >> (8 * i));
}

/* `ssrc` NULL: whatever source comes. */
static int
open_half(struct half *h, const struct sdp_crypto *c, const uint32_t *ssrc)
{
	uint8_t mki[SDP_MKI_MAX];
	struct half made = {.crypto = *c};
	srtp_master_key_t key = {made.crypto.key, mki, c->mki_len};
	srtp_master_key_t *keys[] = {&key};
	srtp_policy_t p = {.window_size = WINDOW};

	if (c->suite == SDP_PLAIN || c->suite >= SDP_SUITES)
		return -EINVAL;
	set_policy(c, &p);
	p.ssrc.type = ssrc != NULL ? ssrc_specific : ssrc_any_inbound;
	p.ssrc.value = ssrc != NULL ? *ssrc : 0;
	if (c->mki_len > 0) {
		write_mki(c, mki);
		p.keys = keys;
		p.num_master_keys = 1;
	} else {
		p.key = made.crypto.key;
	}
	if (srtp_create(&made.session, &p) != srtp_err_status_ok)
		return -ENOMEM;
	*h = made;
	return 0;
}

static void
close_half(struct half *h)
{
	if (h->session != NULL)
		(void)srtp_dealloc(h->session);
	explicit_bzero(h, sizeof(*h));
}

static int
renew(struct half *h, const struct sdp_crypto *c, const uint32_t *ssrc, struct half *ret_old)
{
	struct half made;
	if (h->session != NULL && sdp_crypto_same_key(&h->crypto, c))
		return 0;
	int e = open_half(&made, c, ssrc);
	if (e != 0)
		return e;
	*ret_old = *h;
	*h = made;
	return 0;
}

int
secure_set(struct secure **s, uint32_t ssrc, const struct sdp_crypto *ours,
	   const struct sdp_crypto *theirs)
{
	struct half before = {0};
	int e = secure_start();
	if (e == 0 && *s == NULL && (*s = calloc(1, sizeof(**s))) == NULL)
		e = -ENOMEM;
	if (e == 0)
		e = renew(&(*s)->out, ours, &ssrc, &before);
	close_half(&before);
	if (e == 0)
		e = renew(&(*s)->in, theirs, NULL, &before);
	if (e == 0 && before.session != NULL) {
		close_half(&(*s)->before);
		(*s)->before = before;
	}
	if (e != 0) {
		secure_free(*s);
		*s = NULL;
	}
	return e;
}

void
secure_free(struct secure *s)
{
	if (s == NULL)
		return;
	close_half(&s->out);
	close_half(&s->in);
	close_half(&s->before);
	free(s);
}

/* ---- packets ---- */

typedef srtp_err_status_t unprotect_fn(srtp_t session, void *p, int *n, unsigned use_mki);

static bool
is_known(const struct half *h, uint32_t ssrc)
{
	uint32_t roc;
	return (h->sources > 0 && h->last == ssrc) ||
	       srtp_get_stream_roc(h->session, ssrc, &roc) == srtp_err_status_ok;
}

/* The library keeps a window for every source it has heard: their number is bounded here. */
static int
take(struct half *h, unprotect_fn *unprotect, uint32_t ssrc, uint8_t *p, size_t *n)
{
	int len = (int)*n;
	bool known = is_known(h, ssrc);
	if (!known && h->sources == SECURE_SOURCES_MAX)
		return -ENOSPC;
	switch (unprotect(h->session, p, &len, h->crypto.mki_len > 0)) {
	case srtp_err_status_ok: break;
	case srtp_err_status_replay_fail:
	case srtp_err_status_replay_old: return -EALREADY;
	default: return -EBADMSG;
	}
	h->sources += known ? 0 : 1;
	h->last = ssrc;
	*n = (size_t)len;
	return 0;
}

static int
take_with_either(struct secure *s, unprotect_fn *unprotect, uint32_t ssrc, uint8_t *p, size_t *n)
{
	int e = take(&s->in, unprotect, ssrc, p, n);
	if (s->before.session == NULL)
		return e;
	if (e == 0)
		close_half(&s->before);
	else if (e == -EBADMSG)
		e = take(&s->before, unprotect, ssrc, p, n);
	return e;
}

int
secure_rtp_in(struct secure *s, uint8_t *p, size_t *n)
{
	if (*n < RTP_SSRC + SSRC_BYTES)
		return -EBADMSG;
	return take_with_either(s, srtp_unprotect_mki, bytes_get32(p + RTP_SSRC), p, n);
}

int
secure_rtcp_in(struct secure *s, uint8_t *p, size_t *n)
{
	if (*n < RTCP_SSRC + SSRC_BYTES)
		return -EBADMSG;
	return take_with_either(s, srtp_unprotect_rtcp_mki, bytes_get32(p + RTCP_SSRC), p, n);
}

static int
sent(srtp_err_status_t status, int len, size_t *n)
{
	if (status != srtp_err_status_ok)
		return -EIO;
	*n = (size_t)len;
	return 0;
}

int
secure_rtp_out(struct secure *s, uint8_t *p, size_t *n)
{
	int len = (int)*n;
	srtp_err_status_t status = srtp_protect(s->out.session, p, &len);
	return sent(status, len, n);
}

int
secure_rtcp_out(struct secure *s, uint8_t *p, size_t *n)
{
	int len = (int)*n;
	srtp_err_status_t status = srtp_protect_rtcp(s->out.session, p, &len);
	return sent(status, len, n);
}
