/* burst: see burst.h. */
#include "supervisor/burst.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <string.h>

enum {
	BATCH = 32,        /* datagrams a system call; more gains nothing (performance.md) */
	RUN_OUTER = 1432,  /* longest datagram of a run: an Ethernet frame, and a tunnel */
	RUN_OUTER6 = 1232, /* over IPv6: what DOOR_MTU6 (door.c) leaves for UDP */
	RUN_INNER = 16384, /* loopback has no such frames */
	RUN_BYTES = 60000, /* of a whole run: one IP datagram until it is cut */
};

/* What one system call takes: each head carries one datagram, or a run of them that the kernel cuts
 * apart below the socket (UDP_SEGMENT, since Linux 4.18).  A run goes through the stack once: on
 * loopback its datagrams cost a fifth. */
struct burst {
	struct mmsghdr head[BATCH];
	unsigned carries[BATCH]; /* datagrams of each head */
	struct iovec iov[BATCH];
	struct sockaddr_storage name[BATCH];
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(uint16_t))];
	} control[BATCH];
};

/* Datagrams from out[0] on that may leave as one run: the same peer and the same length; the last
 * may be shorter. */
static unsigned
run_of(size_t most, const struct door_out *out, unsigned n)
{
	size_t bytes = out[0].n;
	unsigned k = 1;

	if (out[0].n > most)
		return 1;
	while (k < n && out[k].n <= out[0].n && bytes + out[k].n <= RUN_BYTES &&
	       addr_eq(out[k].to, out[0].to)) {
		bytes += out[k].n;
		if (out[k++].n < out[0].n)
			break;
	}
	return k;
}

/* Tells the kernel where to cut. */
static void
segment(struct burst *b, unsigned i, size_t length)
{
	struct msghdr *h = &b->head[i].msg_hdr;
	const uint16_t size = (uint16_t)length;

	h->msg_control = &b->control[i];
	h->msg_controllen = sizeof(b->control[i].bytes);
	struct cmsghdr *c = CMSG_FIRSTHDR(h);
	c->cmsg_level = SOL_UDP;
	c->cmsg_type = UDP_SEGMENT;
	c->cmsg_len = CMSG_LEN(sizeof(size));
	memcpy(CMSG_DATA(c), &size, sizeof(size));
}

/* Lays out up to BATCH datagrams; a connected socket needs no address, and the kernel no route.
 * Returns how many heads that makes. */
static unsigned
lay_out(struct burst *b, bool connected, size_t most, const struct door_out *out, unsigned n)
{
	const unsigned batch = n < BATCH ? n : BATCH;
	unsigned heads = 0;

	for (unsigned i = 0; i < batch; i += b->carries[heads++]) {
		const unsigned run = run_of(most, &out[i], batch - i);
		struct msghdr *h = &b->head[heads].msg_hdr;
		for (unsigned k = i; k < i + run; k++)
			b->iov[k] = (struct iovec){(void *)(uintptr_t)out[k].p, out[k].n};
		*h = (struct msghdr){.msg_iov = &b->iov[i], .msg_iovlen = run};
		if (!connected) {
			h->msg_name = &b->name[heads];
			h->msg_namelen = addr_to_sockaddr(out[i].to, &b->name[heads]);
		}
		if (run > 1)
			segment(b, heads, out[i].n);
		b->carries[heads] = run;
	}
	return heads;
}

/* How many datagrams the first n heads carry. */
static unsigned
carried(const struct burst *b, int n)
{
	unsigned sum = 0;

	for (int i = 0; i < n; i++)
		sum += b->carries[i];
	return sum;
}

/* The longest datagram that may be part of a run; 0: none may. */
static size_t
longest(bool connected, const struct addr *to)
{
	if (connected)
		return RUN_INNER;
	return to->family == AF_INET6 ? RUN_OUTER6 : RUN_OUTER;
}

unsigned
burst_send(int fd, bool connected, bool *no_runs, const struct door_out *out, unsigned n)
{
	static struct burst b;
	unsigned dropped = 0;
	bool again = true, runs = !*no_runs;

	while (n > 0) {
		const size_t most = runs ? longest(connected, out[0].to) : 0;
		const unsigned heads = lay_out(&b, connected, most, out, n);
		const int sent = sendmmsg(fd, b.head, heads, MSG_DONTWAIT | MSG_NOSIGNAL);
		unsigned gone = carried(&b, sent);
		if (sent < 0 && errno == ECONNREFUSED && again) {
			again =
			    false; /* the closed port of an earlier worker is no reason to drop */
			continue;
		}
		if (sent < 0 && b.carries[0] > 1 &&
		    (errno == EMSGSIZE || errno == EINVAL || errno == EIO)) {
			runs = false;
			/* too long for the path to this peer; or a device that cannot (older
			 * kernels say EINVAL to both) */
			*no_runs = errno != EMSGSIZE;
			continue;
		}
		if (sent <= 0) { /* the first one failed: drop it, go on with the others */
			gone = b.carries[0];
			dropped += gone;
		}
		out += gone;
		n -= gone;
	}
	return dropped;
}
