/* media_net: the datagrams of the media room.
 * RTP is fetched once per tick and call, several packets with one system call; no descriptor of a
 * call is ever watched.  Packets of strangers and nonsense are dropped here. */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "ipc/base/log.h"
#include "worker/media_room.h"

/* Packets are changed in place by their ciphers, which want them aligned. */
#define PACKET(name, size) _Alignas(uint64_t) uint8_t name[(size) + SECURE_TRAILER]

enum { BATCH = 8, BATCHES = 6, DATAGRAM = 2048, CONTROL = 64 };

struct media_net {
	struct mmsghdr msg[BATCH];
	struct iovec iov[BATCH];
	struct sockaddr_storage from[BATCH];
	uint8_t control[BATCH][CONTROL];
	_Alignas(uint64_t) uint8_t bytes[BATCH][DATAGRAM];
};

struct media_net *
media_net_new(void)
{
	struct media_net *net = calloc(1, sizeof(*net));
	for (int i = 0; net != NULL && i < BATCH; i++) {
		net->iov[i] = (struct iovec){net->bytes[i], DATAGRAM};
		net->msg[i].msg_hdr = (struct msghdr){
		    .msg_name = &net->from[i],
		    .msg_iov = &net->iov[i],
		    .msg_iovlen = 1,
		    .msg_control = net->control[i],
		};
	}
	return net;
}

void
media_net_free(struct media_net *net)
{
	free(net);
}

/* How many came into net->msg. */
static int
fetch(struct media_net *net, int fd)
{
	for (int i = 0; i < BATCH; i++) {
		net->msg[i].msg_hdr.msg_namelen = sizeof(net->from[i]);
		net->msg[i].msg_hdr.msg_controllen = CONTROL;
	}
	return recvmmsg(fd, net->msg, BATCH, MSG_DONTWAIT, NULL);
}

/* The kernel's time of arrival in 8 kHz ticks: our own would be a multiple of 20 ms. */
static uint32_t
arrival_of(struct msghdr *msg)
{
	struct timespec ts = {0};
	struct cmsghdr *c = CMSG_FIRSTHDR(msg);
	if (c != NULL && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SO_TIMESTAMPNS)
		memcpy(&ts, CMSG_DATA(c), sizeof(ts));
	return (uint32_t)((uint64_t)ts.tv_sec * RTP_CLOCK + (uint64_t)ts.tv_nsec / 125000);
}

/* ---- SRTP ---- */

static bool
is_secure(const struct media_call *c)
{
	return c->remote.crypto.suite != SDP_PLAIN;
}

void
media_net_secure(struct media_call *c)
{
	if (!is_secure(c)) {
		secure_free(c->secure);
		c->secure = NULL;
		return;
	}
	int e = secure_set(&c->secure, c->out.ssrc, &c->ours, &c->remote.crypto);
	if (e != 0)
		log_err(LOG_MEDIA, "SRTP: no keys for a call, which stays silent: %s",
			strerror(-e));
}

typedef int secure_fn(struct secure *s, uint8_t *p, size_t *n);

/* Deciphers what has come; false: it is not to be used.  STUN and other signs of life that come to
 * these ports (RFC 7983) are no RTP at all: they are not counted as refused. */
static bool
reveal(struct media_call *c, secure_fn *in, uint8_t *p, size_t *n)
{
	if (!is_secure(c))
		return true;
	if (*n == 0 || (p[0] & 0xc0) != 0x80)
		return false;
	if (c->secure != NULL && in(c->secure, p, n) == 0)
		return true;
	c->refused++;
	c->m->sum.srtp_refused++;
	return false;
}

/* Enciphers what is to leave; false: it must not. */
static bool
conceal(struct media_call *c, secure_fn *out, uint8_t *p, size_t *n)
{
	return !is_secure(c) || (c->secure != NULL && out(c->secure, p, n) == 0);
}

/* ---- RTP ---- */

/* A packet that is not of the call's key moves nothing: neither the latch nor the clock of
 * rtp.timeout. */
static void
take_one(struct media_call *c, struct mmsghdr *m, const struct sockaddr_storage *ss,
	 struct mono now)
{
	struct rtp_packet packet;
	struct addr from;
	uint8_t *bytes = m->msg_hdr.msg_iov->iov_base;
	size_t n = m->msg_len;
	addr_from_sockaddr(ss, &from);
	if ((m->msg_hdr.msg_flags & MSG_TRUNC) != 0 || !latch_fits(&c->latch, &from, now) ||
	    !reveal(c, secure_rtp_in, bytes, &n) || rtp_read(bytes, n, &packet) != 0)
		return;
	if (!latch_take(&c->latch, &from, now))
		return;
	c->heard = now;
	media_call_packet(c, &packet, arrival_of(&m->msg_hdr));
}

void
media_net_receive(struct media_call *c, struct mono now)
{
	struct media_net *net = c->m->net;
	int n = BATCH;
	for (int round = 0; round < BATCHES && n == BATCH; round++) {
		n = fetch(net, c->port.rtp);
		for (int i = 0; i < n; i++)
			take_one(c, &net->msg[i], &net->from[i], now);
	}
}

static void
send_to(const struct media_call *c, int fd, const struct addr *to, const uint8_t *bytes, size_t n)
{
	struct sockaddr_storage ss;
	socklen_t len = addr_to_sockaddr(to, &ss);

	if (!latch_may_send(to, &c->port.local))
		return;
	/* A full queue or a missing route: the next one may get through. */
	(void)sendto(fd, bytes, n, MSG_DONTWAIT | MSG_NOSIGNAL, (struct sockaddr *)&ss, len);
}

void
media_net_send(struct media_call *c, const uint8_t *codes)
{
	PACKET(bytes, RTP_HEADER + RTP_TICK);
	size_t n = RTP_HEADER + RTP_TICK;
	struct media_out *out = &c->out;
	struct rtp_packet packet = {
	    .pt = c->remote.codec_pt,
	    .marker = !out->talking,
	    .seq = out->seq++,
	    .ts = out->ts,
	    .ssrc = out->ssrc,
	};
	rtp_write(&packet, bytes);
	memcpy(bytes + RTP_HEADER, codes, RTP_TICK);
	if (!conceal(c, secure_rtp_out, bytes, &n))
		return;
	send_to(c, c->port.rtp, latch_target(&c->latch), bytes, n);
	out->talking = true;
	out->packets++;
	out->octets += RTP_TICK;
	c->m->sum.rtp_sent++;
}

/* ---- RTCP ---- */

static uint64_t
ntp_now(void)
{
	struct timespec wall;
	clock_gettime(CLOCK_REALTIME, &wall);
	return rtcp_ntp(wall);
}

static void
take_report(struct media_call *c, const struct rtcp_in *in, struct mono now)
{
	struct media_reports *r = &c->reports;
	c->heard = now;
	if (in->sr) {
		r->lsr = rtcp_ntp_middle(in->ntp);
		r->lsr_at = now;
	}
	if (!in->has_block)
		return;
	int64_t us = rtcp_round_trip_us(ntp_now(), &in->block);
	if (us >= 0)
		r->round_trip_us = us;
	r->far_lost = in->block.lost;
}

void
media_net_receive_rtcp(struct media_call *c, struct mono now)
{
	struct media_net *net = c->m->net;
	struct rtcp_in in;
	struct addr from;
	int n = fetch(net, c->port.rtcp);
	for (int i = 0; i < n; i++) {
		addr_from_sockaddr(&net->from[i], &from);
		bool ours = addr_ip_eq(&from, &c->remote.rtcp) ||
			    addr_ip_eq(&from, latch_target(&c->latch));
		size_t len = net->msg[i].msg_len;
		if (ours && reveal(c, secure_rtcp_in, net->bytes[i], &len) &&
		    rtcp_read(net->bytes[i], len, c->out.ssrc, &in) == 0)
			take_report(c, &in, now);
	}
}

static struct rtcp_block
block_about(struct media_call *c, struct mono now)
{
	const struct media_reports *r = &c->reports;
	int64_t since_us = mono_set(r->lsr_at) ? (now.ns - r->lsr_at.ns) / 1000 : 0;
	return (struct rtcp_block){
	    .ssrc = c->source.ssrc,
	    .fraction = rtp_source_fraction(&c->source),
	    .lost = rtp_source_lost(&c->source),
	    .highest = rtp_source_highest(&c->source),
	    .jitter = rtp_source_jitter(&c->source),
	    .lsr = r->lsr,
	    .dlsr = (uint32_t)(since_us * 65536 / 1000000),
	};
}

/* Behind NAT the signalled RTCP address is as wrong as the signalled RTP address was. */
static struct addr
rtcp_target(const struct media_call *c)
{
	struct addr to = *latch_target(&c->latch);
	if (to.family == 0 || addr_ip_eq(&to, &c->latch.signalled))
		return c->remote.rtcp;
	to.port++;
	return to;
}

void
media_net_send_rtcp(struct media_call *c, struct mono now, bool bye)
{
	PACKET(bytes, RTCP_MAX);
	struct media_reports *r = &c->reports;
	struct addr to = rtcp_target(c);
	struct rtcp_out o = {
	    .ssrc = c->out.ssrc,
	    .sender = c->out.packets != r->packets_before,
	    .ntp = ntp_now(),
	    .rtp_ts = c->out.ts,
	    .packets = c->out.packets,
	    .octets = c->out.octets,
	    .has_block = c->source.heard,
	    .cname = r->cname,
	    .bye = bye,
	};
	if (c->latch.signalled.family == 0 || to.port == 0)
		return; /* held by c=0.0.0.0: RFC 3264 8.4 */
	if (o.has_block)
		o.block = block_about(c, now);
	r->packets_before = c->out.packets;
	size_t n = rtcp_write(bytes, &o);
	if (conceal(c, secure_rtcp_out, bytes, &n))
		send_to(c, c->port.rtcp, &to, bytes, n);
}
