/* uas: the callee behind the raw relay and behind Kamailio: answers everything with 200 at once.
 *   uas LISTEN         both over UDP and over TCP (at most 8 connections)
 * Serves until it is killed. */
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "tests/bench/lib/callee.h"
#include "tests/bench/lib/wire.h"

enum { CONNECTIONS = 8 };

static struct slice contact[2]; /* for UDP, for TCP */
static unsigned long calls;

struct line {
	struct wire *wire;
	bool stream;
};

static void
take(void *arg, struct slice message, const struct sockaddr_in *from)
{
	struct line *l = arg;
	struct callee_request r;
	struct buf out = {wire_room(l->wire), 0, WIRE_MSG, false};
	char text[24];
	struct buf tag = BUF(text);

	if (!callee_read(message, &r) || r.method == CALLEE_ACK)
		return;
	buf_str(&tag, "uas-");
	buf_u64(&tag, ++calls);
	callee_answer(&r, (struct slice){tag.p, tag.n}, contact[l->stream], &out);
	wire_put(l->wire, out.n, l->stream ? NULL : from);
}

static void
serve(int listener, struct line *lines)
{
	struct pollfd p[CONNECTIONS + 2];
	nfds_t n = 0;

	p[n++] = (struct pollfd){listener, POLLIN, 0};
	for (; lines[n - 1].wire; n++)
		p[n] = (struct pollfd){wire_fd(lines[n - 1].wire), POLLIN, 0};
	if (poll(p, n, -1) <= 0)
		return;
	for (nfds_t i = n - 1; i > 0; i--) {
		struct line *l = &lines[i - 1];

		if (p[i].revents && wire_receive(l->wire, take, l)) {
			wire_flush(l->wire);
		} else if (p[i].revents) {
			wire_free(l->wire);
			memmove(l, l + 1, (size_t)(n - 1 - i + 1) * sizeof *l);
			n--;
		}
	}
	if (p[0].revents && n < CONNECTIONS + 2) {
		int fd = accept(listener, NULL, NULL);

		if (fd >= 0)
			lines[n - 1] = (struct line){wire_accepted(fd), true};
	}
}

int
main(int argc, char **argv)
{
	struct line lines[CONNECTIONS + 2] = {0};
	struct sockaddr_in a;
	char uri[2][64];
	int listener;

	if (argc != 2) {
		fprintf(stderr, "usage: uas LISTEN\n");
		return 2;
	}
	a = wire_address(argv[1]);
	for (int i = 0; i < 2; i++) {
		snprintf(uri[i], sizeof uri[i], "sip:7000@%s;transport=%s", argv[1],
			 i ? "tcp" : "udp");
		contact[i] = slice_str(uri[i]);
	}
	lines[0] = (struct line){wire_udp(&a, NULL), false};
	listener = wire_socket(SOCK_STREAM, &a);
	if (listen(listener, CONNECTIONS) < 0)
		wire_die("listen");
	for (;;)
		serve(listener, lines);
}
