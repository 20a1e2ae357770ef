/* test_tls_session: TLS sessions over a socket pair: bytes in small pieces both ways, a reload
 * below them, and an end at every possible moment. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "ipc/base/loop.h"
#include "tests/unit/tls_pair.h"

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
	static const struct {
		const char *bytes;
		size_t n;
		const char *why;
	} said[] = {
	    {"OPTIONS sip:um SIP/2.0\r\n\r\n", 26, "it does not speak TLS"},
	    {"GET / HTTP/1.0\r\n\r\n", 18, "it does not speak TLS"},
	    {"\r\n\r\n\r\n\r\n\r\n", 10, "it does not speak TLS"},
	    {"\x16\x03\x01\xff\xff\x01", 6, "packet length too long"},
	    {"\x15\x03\x01\x00\x02\x02\x28", 7, "unexpected message"},
	    {"\x16\x03\x01", 3, "closed"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(said) / sizeof(said[0]); i++) {
		struct pair p = make_pair(um, um);

		assert_int_equal(write(p.fd[1], said[i].bytes, said[i].n), (ssize_t)said[i].n);
		shutdown(p.fd[1], SHUT_WR);
		assert_int_equal(tls_handshake(p.server), -ECONNABORTED);
		assert_string_equal(tls_why(p.server), said[i].why);
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
	    cmocka_unit_test(test_bytes_both_ways),
	    cmocka_unit_test(test_sessions_outlive_a_reload),
	    cmocka_unit_test(test_good_bye),
	    cmocka_unit_test(test_an_end_at_every_moment),
	    cmocka_unit_test(test_who_speaks_no_tls),
	    cmocka_unit_test(test_nothing_is_loaded),
	};

	return cmocka_run_group_tests(tests, set_up_group, tear_down_group);
}
