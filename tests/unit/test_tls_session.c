/* test_tls_session: TLS sessions over a socket pair, both ends ours: handshakes, who the peer is,
 * bytes in small pieces both ways, and an end at every possible moment. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "ipc/base/loop.h"
#include "supervisor/tls.h"
#include "tests/unit/certificates.h"

static struct tls *um; /* asks for certificates, trusts `ca` */

static struct tls *
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

static int
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

static int
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

static struct pair
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

static void
end_pair(struct pair *p)
{
	tls_session_free(p->server);
	tls_session_free(p->client);
	close(p->fd[0]);
	close(p->fd[1]);
}

/* Steps both ends until both have finished; how many steps it took. */
static int
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

static void
test_both_know_each_other(void **state)
{
	struct tls *pbx = load("pbx", "ca");
	struct pair p = make_pair(um, pbx);
	struct tls_peer peer;
	char text[96];

	(void)state;
	shake(&p);
	tls_peer(p.server, time(NULL), &peer);
	assert_true(peer.shown);
	assert_null(peer.bad);
	assert_true(tls_names_match(&peer.names, "pbx.example.com"));
	assert_true(tls_names_match(&peer.names, "example.com"));
	assert_false(tls_names_match(&peer.names, "pbx"));
	tls_peer(p.client, time(NULL), &peer);
	assert_null(peer.bad);
	assert_true(tls_names_match(&peer.names, "um.example.com"));
	assert_string_equal(tls_describe(p.server, text), "TLSv1.3 TLS_AES_256_GCM_SHA384");
	assert_false(tls_resumed(p.server));
	end_pair(&p);
	tls_free(pbx);
}

/* What the server says of a client with this certificate; the handshake ends in any case. */
static void
judged(const char *name, const char *words)
{
	struct tls *pbx = load(name, NULL);
	struct pair p = make_pair(um, pbx);
	struct tls_peer peer;

	shake(&p);
	tls_peer(p.server, time(NULL), &peer);
	assert_true(peer.shown);
	if (words && !peer.bad)
		fail_msg("%s was believed", name);
	if (words ? !strstr(peer.bad, words) : peer.bad != NULL)
		fail_msg("%s: %s", name, peer.bad);
	end_pair(&p);
	tls_free(pbx);
}

static void
test_who_is_believed(void **state)
{
	const char *san = "subjectAltName=DNS:pbx.example.com\\n";
	char extensions[256];

	(void)state;
	judged("pbx", NULL);
	make_certificate("unknown", "stranger", "/CN=pbx", 60, san);
	judged("unknown", "signed by nobody that tls.ca knows");
	judged("stranger", "self-signed");
	make_certificate("nosigner", "pbx", "/CN=pbx", 60,
			 san); /* signed by what is no authority */
	in_certificates("cat pbx.pem >>nosigner.pem");
	judged("nosigner", "invalid CA");
	static const struct {
		const char *usage, *words;
	} rows[] = {{"serverAuth", NULL},
		    {"clientAuth", NULL},
		    {"1.3.6.1.5.5.7.3.20", NULL},
		    {"emailProtection", "made for something else"}};
	for (size_t i = 0; i < 4; i++) {
		snprintf(extensions, sizeof(extensions), "%sextendedKeyUsage=%s\\n", san,
			 rows[i].usage);
		make_certificate("use", "ca", "/CN=pbx", 60, extensions);
		judged("use", rows[i].words);
	}
}

static void
test_expired_peers(void **state)
{
	struct tls *pbx = load("pbx", NULL), *lax = load("um", NULL);
	struct pair p = make_pair(um, pbx);
	struct tls_peer peer;

	(void)state;
	shake(&p);
	tls_peer(p.server, time(NULL) + 61 * 86400, &peer);
	assert_string_equal(peer.bad, "expired");
	end_pair(&p);
	p = make_pair(lax, pbx); /* without tls.ca nobody is asked */
	shake(&p);
	tls_peer(p.server, time(NULL), &peer);
	assert_false(peer.shown);
	assert_string_equal(peer.bad, "no certificate");
	tls_peer(p.client, time(NULL), &peer);
	assert_true(peer.shown);
	assert_string_equal(peer.bad, "tls.ca is not set");
	end_pair(&p);
	tls_free(lax);
	tls_free(pbx);
}

enum { BULK = 1 << 20 };

/* Sends BULK bytes from one end to the other, as far as each lets it, in odd pieces. */
static void
carry(struct tls_session *from, struct tls_session *to)
{
	static char sent[BULK], got[BULK];
	static char room[64 << 10];
	size_t at = 0, n = 0, offered = 0, waits = 0;

	for (size_t i = 0; i < BULK; i++)
		sent[i] = (char)(i * 7 + i / 251);
	while (n < BULK) {
		/* a step that was not taken is tried again with what has come after it */
		offered = at + offered + 4001 > BULK ? BULK - at : offered + 4001;
		const ssize_t w = at < BULK ? tls_write(from, sent + at, offered) : 0;
		if (w > 0) {
			at += (size_t)w;
			offered -= (size_t)w;
			continue;
		}
		if (at < BULK) {
			assert_int_equal(w, -EAGAIN);
			assert_int_equal(tls_write_waits(from), LOOP_WRITE);
			waits++;
		}
		do {
			const ssize_t r = tls_read(to, room, sizeof(room));
			if (r <= 0) {
				assert_int_equal(r, -EAGAIN);
				assert_int_equal(tls_read_waits(to), LOOP_READ);
				break;
			}
			assert_true(n + (size_t)r <= BULK);
			memcpy(got + n, room, (size_t)r);
			n += (size_t)r;
		} while (tls_pending(to));
	}
	assert_memory_equal(sent, got, BULK);
	assert_true(waits > 10);
}

static void
test_bytes_both_ways(void **state)
{
	struct tls *pbx = load("pbx", "ca");
	struct pair p = make_pair(um, pbx);
	const int small = 4096;

	(void)state;
	shake(&p);
	for (int i = 0; i < 2; i++)
		setsockopt(p.fd[i], SOL_SOCKET, SO_SNDBUF, &small, sizeof(small));
	carry(p.client, p.server);
	carry(p.server, p.client);
	end_pair(&p);
	tls_free(pbx);
}

static void
test_sessions_outlive_a_reload(void **state)
{
	struct tls *server = load("um", "ca"), *pbx = load("pbx", "ca");
	struct pair p = make_pair(server, pbx);
	static struct conf conf;
	char text[256], room[64];
	struct buf why = BUF(text);

	(void)state;
	shake(&p);
	snprintf(conf.tls.certificate, CONF_PATH_MAX, "%s/pbx.pem", certificates);
	snprintf(conf.tls.key, CONF_PATH_MAX, "%s/pbx.key", certificates);
	for (int i = 0; i < 20; i++)
		assert_int_equal(tls_load(server, &conf, time(NULL), &why), 0);
	assert_int_equal(tls_write(p.client, "hello", 5), 5);
	assert_int_equal(tls_read(p.server, room, sizeof(room)), 5);
	assert_int_equal(tls_write(p.server, "there", 5), 5);
	assert_int_equal(tls_read(p.client, room, sizeof(room)), 5);
	end_pair(&p);
	tls_free(server);
	tls_free(pbx);
}

static void
test_good_bye(void **state)
{
	struct tls *pbx = load("pbx", "ca");
	struct pair p = make_pair(um, pbx);
	char room[64];

	(void)state;
	tls_bye(p.client); /* before anything was said: nothing happens */
	shake(&p);
	assert_int_equal(tls_write(p.client, "last", 4), 4);
	tls_bye(p.client);
	close(p.fd[1]);
	p.fd[1] = dup(p.fd[0]);
	assert_int_equal(tls_read(p.server, room, sizeof(room)), 4);
	assert_int_equal(tls_read(p.server, room, sizeof(room)), 0);
	tls_bye(p.server); /* to nobody */
	assert_true(tls_read(p.server, room, sizeof(room)) <= 0);
	end_pair(&p);
	tls_free(pbx);
}

/* A wire between two socket pairs that breaks after so many bytes from the client. */
static bool
carry_some(int from, int to, size_t *left)
{
	char room[512];
	const size_t most = *left < sizeof(room) ? *left : sizeof(room);
	const ssize_t n = most ? read(from, room, most) : 0;

	if (n > 0) {
		*left -= (size_t)n;
		if (write(to, room, (size_t)n) != n)
			return false;
	}
	return *left > 0;
}

/* Hand-shakes over a wire that breaks after `client` bytes one way or `server` bytes the other way;
 * whether the server finished before. */
static bool
broken_wire(struct tls *pbx, size_t client, size_t server)
{
	int a[2], b[2], s = -EAGAIN, c = -EAGAIN;
	bool whole = true;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, a), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, b), 0);
	struct tls_session *in = tls_accept(um, a[0]), *out = tls_connect(pbx, b[0], NULL);

	for (int i = 0; i < 200 && (s == -EAGAIN || c == -EAGAIN); i++) {
		if (c == -EAGAIN)
			c = tls_handshake(out);
		if (whole)
			whole = carry_some(b[1], a[1], &client) && carry_some(a[1], b[1], &server);
		if (!whole) {
			shutdown(a[1], SHUT_RDWR);
			shutdown(b[1], SHUT_RDWR);
		}
		if (s == -EAGAIN)
			s = tls_handshake(in);
	}
	assert_int_not_equal(s, -EAGAIN);
	if (s)
		assert_true(strlen(tls_why(in)) > 0);
	tls_bye(in);
	tls_session_free(in);
	tls_session_free(out);
	for (int i = 0; i < 2; i++) {
		close(a[i]);
		close(b[i]);
	}
	return s == 0;
}

static void
test_an_end_at_every_moment(void **state)
{
	struct tls *pbx = load("pbx", "ca");
	unsigned done = 0, broken = 0;

	(void)state;
	for (size_t n = 0; n < 3000; n += n < 16 ? 1 : 61) {
		*(broken_wire(pbx, n, SIZE_MAX) ? &done : &broken) += 1;
		*(broken_wire(pbx, SIZE_MAX, n) ? &done : &broken) += 1;
	}
	assert_true(done > 10);
	assert_true(broken > 30);
	tls_free(pbx);
}

static void
test_who_speaks_no_tls(void **state)
{
	static const char *const said[] = {"OPTIONS sip:um SIP/2.0\r\n\r\n",
					   "GET / HTTP/1.0\r\n\r\n",
					   "\r\n\r\n\r\n\r\n\r\n",
					   "\x16\x03\x01\xff\xff\x01",
					   "\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00",
					   "\x15\x03\x01\x00\x02\x02\x28"};

	(void)state;
	for (size_t i = 0; i < sizeof(said) / sizeof(said[0]); i++) {
		struct pair p = make_pair(um, um);
		const size_t n = i < 3 ? strlen(said[i]) : i == 3 ? 6 : i == 4 ? 10 : 7;

		assert_int_equal(write(p.fd[1], said[i], n), (ssize_t)n);
		shutdown(p.fd[1], SHUT_WR);
		assert_int_equal(tls_handshake(p.server), -ECONNABORTED);
		assert_true(strlen(tls_why(p.server)) > 0);
		assert_false(tls_pending(p.server));
		end_pair(&p);
	}
}

static void
test_nothing_is_loaded(void **state)
{
	struct tls *none = tls_new();

	(void)state;
	assert_null(tls_accept(none, 0));
	assert_null(tls_connect(none, 0, NULL));
	tls_free(none);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_both_know_each_other),
	    cmocka_unit_test(test_who_is_believed),
	    cmocka_unit_test(test_expired_peers),
	    cmocka_unit_test(test_bytes_both_ways),
	    cmocka_unit_test(test_sessions_outlive_a_reload),
	    cmocka_unit_test(test_good_bye),
	    cmocka_unit_test(test_an_end_at_every_moment),
	    cmocka_unit_test(test_who_speaks_no_tls),
	    cmocka_unit_test(test_nothing_is_loaded),
	};

	return cmocka_run_group_tests(tests, set_up_group, tear_down_group);
}
