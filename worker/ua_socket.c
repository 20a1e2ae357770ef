/* ua_socket: see ua_socket.h.
 * A refusal by SIP would come too late: NUA ends a call on any BYE that fits, whatever it is
 * answered with, so a request from elsewhere must not reach it at all. */
#include "worker/ua_socket.h"

#include <errno.h>
#include <linux/filter.h>
#include <stdbool.h>

#define DESCRIPTORS_MAX 256 /* at start-up; far more than are open then */

static int
option(int fd, int name)
{
	int value = 0;
	socklen_t n = sizeof(value);

	return getsockopt(fd, SOL_SOCKET, name, &value, &n) == 0 ? value : 0;
}

static bool
is_bound_to(int fd, const struct addr *local)
{
	struct sockaddr_storage ss = {0};
	socklen_t n = sizeof(ss);
	struct addr bound;

	if (getsockname(fd, (struct sockaddr *)&ss, &n) < 0)
		return false;
	addr_from_sockaddr(&ss, &bound);
	return addr_eq(&bound, local);
}

static int
connect_to(int fd, const struct addr *peer)
{
	struct sockaddr_storage ss;
	const socklen_t n = addr_to_sockaddr(peer, &ss);

	return connect(fd, (struct sockaddr *)&ss, n) < 0 ? -errno : 0;
}

static uint32_t
word_at(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* The kernel drops every segment whose source address is another, word by word: IPv4 has it at
 * byte 12 of its header, IPv6 at byte 8.  Connections inherit the filter. */
static int
filter_source(int fd, const struct addr *peer)
{
	const unsigned words = peer->family == AF_INET ? 1 : 4;
	const unsigned at = peer->family == AF_INET ? 12 : 8;
	struct sock_filter code[2 * 4 + 2];
	unsigned n = 0;

	for (unsigned i = 0; i < words; i++) {
		const uint8_t refuse = (uint8_t)(2 * (words - i) - 1); /* instructions to skip */
		code[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
							 (uint32_t)SKF_NET_OFF + at + 4 * i);
		code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
							 word_at(peer->ip + 4 * i), 0, refuse);
	}
	code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, UINT32_MAX);
	code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, 0);
	const struct sock_fprog program = {(unsigned short)n, code};

	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) < 0)
		return -errno;
	return 0;
}

int
ua_socket_only_from(const struct addr *local, const struct addr *peer)
{
	int datagrams = -ENOENT, streams = -ENOENT;

	for (int fd = 0; fd < DESCRIPTORS_MAX; fd++) {
		if (!is_bound_to(fd, local))
			continue;
		if (option(fd, SO_TYPE) == SOCK_DGRAM)
			datagrams = connect_to(fd, peer);
		else if (option(fd, SO_ACCEPTCONN))
			streams = filter_source(fd, peer);
	}
	return datagrams ? datagrams : streams;
}
