/* tls_pair: TLS connections over a socket pair, both ends ours, for the tests of TLS sessions. */
#ifndef EVERTRUNK_TESTS_TLS_PAIR_H
#define EVERTRUNK_TESTS_TLS_PAIR_H

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "supervisor/tls.h"
#include "tests/unit/certificates.h"

static struct tls *um; /* asks for certificates, trusts `ca` */

static inline struct tls *
load(const char *name, const char *ca)
{
	static struct conf conf;
	struct tls *t = tls_new();
	char text[256];
	struct buf why = BUF(text);

	snprintf(conf.tls.certificate, CONF_PATH_MAX, "%s/%s.pem", certificates, name);
	snprintf(conf.tls.key, CONF_PATH_MAX, "%s/%s.key", certificates, name);
	conf.tls.ca[0] = '\0';
	if (ca)
		snprintf(conf.tls.ca, CONF_PATH_MAX, "%s/%s.pem", certificates, ca);
	if (tls_load(t, &conf, time(NULL), &why))
		fail_msg("%s: %s", name, buf_cstr(&why));
	return t;
}

static inline int
set_up_group(void **state)
{
	(void)state;
	signal(SIGPIPE, SIG_IGN);
	certificates_begin();
	make_root("ca");
	make_root("stranger");
	make_certificate("um", "ca", "/CN=um", 60, "subjectAltName=DNS:um.example.com\\n");
	make_certificate("pbx", "ca", "/CN=pbx", 60,
			 "subjectAltName=DNS:pbx.example.com,URI:sip:example.com\\n");
	um = load("um", "ca");
	return 0;
}

static inline int
tear_down_group(void **state)
{
	(void)state;
	tls_free(um);
	certificates_end();
	return 0;
}

/* Two ends of one connection. */
struct pair {
	int fd[2];
	struct tls_session *server, *client;
};

static inline struct pair
make_pair(struct tls *server, struct tls *client)
{
	struct pair p;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, p.fd), 0);
	p.server = tls_accept(server, p.fd[0]);
	p.client = tls_connect(client, p.fd[1], "um.example.com");
	assert_non_null(p.server);
	assert_non_null(p.client);
	return p;
}

static inline void
end_pair(struct pair *p)
{
	tls_session_free(p->server);
	tls_session_free(p->client);
	close(p->fd[0]);
	close(p->fd[1]);
}

/* Steps both ends until both have finished; how many steps it took. */
static inline int
shake(struct pair *p)
{
	int s = -EAGAIN, c = -EAGAIN, steps = 0;

	while ((s == -EAGAIN || c == -EAGAIN) && steps < 100) {
		if (c == -EAGAIN)
			c = tls_handshake(p->client);
		if (s == -EAGAIN)
			s = tls_handshake(p->server);
		steps++;
	}
	assert_int_equal(s, 0);
	assert_int_equal(c, 0);
	return steps;
}

#endif
