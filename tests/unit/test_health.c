/* test_health: real HTTP over loopback, with a snapshot that the tests fill. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ipc/base/log.h"
#include "supervisor/health.h"
#include "tests/unit/sample.h"
#include "tests/unit/turns.h"

static struct loop *loop;
static struct health *health;
static bool ready;
static int answer, asked;

static int
hook_snapshot(void *arg, bool with_calls, struct snapshot *ret)
{
	(void)arg;
	asked++;
	sample_snapshot(ret, with_calls);
	ret->ready = ready;
	ret->not_ready = "no worker is ready";
	return answer;
}

static const struct health_hooks hooks = {.snapshot = hook_snapshot};

static int
dial(void)
{
	struct sockaddr_storage ss;
	socklen_t len = addr_to_sockaddr(health_address(health), &ss);
	int fd = socket(ss.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (connect(fd, (struct sockaddr *)&ss, len) < 0)
		fail_msg("connect: %s", strerror(errno));
	return fd;
}

/* Everything up to the end of the connection, which must come within `ms`; closes `fd`. */
static const char *
hear(int fd, int64_t ms)
{
	static char text[200000];
	size_t n = 0;
	struct mono end = mono_add(clock_now(), ms);
	ssize_t r;

	do {
		turns(loop, 1);
		r = recv(fd, text + n, sizeof(text) - 1 - n, MSG_DONTWAIT);
		n += r > 0 ? (size_t)r : 0;
	} while ((r > 0 || (r < 0 && errno == EAGAIN)) && !mono_due(end, clock_now()));
	assert_false(r < 0 && errno == EAGAIN);
	text[n] = '\0';
	close(fd);
	return text;
}

static void
tell(int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

static const char *
request(const char *method, const char *target)
{
	char text[512];
	int fd = dial();

	snprintf(text, sizeof(text), "%s %s HTTP/1.1\r\nHost: um\r\n\r\n", method, target);
	tell(fd, text);
	return hear(fd, 2000);
}

/* The answer to a GET: this status line, this type, this in its body. */
static void
expect(const char *target, const char *status, const char *type, const char *has)
{
	const char *text = request("GET", target), *body = strstr(text, "\r\n\r\n");

	if (strncmp(text, status, strlen(status)) != 0 || strstr(text, type) == NULL ||
	    body == NULL || strstr(body, has) == NULL)
		fail_msg("GET %s: %s", target, text);
	assert_non_null(strstr(text, "Connection: close\r\n"));
}

static int
setup(void **state)
{
	struct addr at;
	char say[256] = "";

	(void)state;
	loop = loop_new();
	ready = true;
	answer = asked = 0;
	if (addr_parse_ip(SLICE("127.0.0.1"), 0, &at) != 0)
		return -1;
	return health_new(loop, &at, &hooks, say, &health);
}

static int
teardown(void **state)
{
	(void)state;
	health_free(health);
	loop_free(loop);
	return 0;
}

static void
all_is_well(void **state)
{
	(void)state;
	expect("/livez", "HTTP/1.1 200 ", "Content-Type: text/plain", "\r\n\r\nlive\n");
	assert_int_equal(asked, 0); /* liveness asks nobody */
	expect("/readyz", "HTTP/1.1 200 ", "Content-Type: text/plain", "\r\n\r\nready\n");
	expect("/readyz?verbose", "HTTP/1.1 200 ", "text/plain", "\npass worker:probe 1.5 s\n");
	expect("/health", "HTTP/1.1 200 ", "Content-Type: application/health+json\r\n",
	       "\"status\": \"pass\"");
	expect("/metrics", "HTTP/1.1 200 ",
	       "Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n", "\num_ready 1\n");
	expect("/", "HTTP/1.1 200 ", "Content-Type: text/plain", "Sunday service");
}

static void
not_ready(void **state)
{
	(void)state;
	ready = false;
	expect("/livez", "HTTP/1.1 200 ", "text/plain", "live\n");
	expect("/readyz", "HTTP/1.1 503 ", "text/plain", "not ready: no worker is ready\n");
	expect("/health", "HTTP/1.1 503 ", "application/health+json", "\"status\": \"fail\"");
	expect("/metrics", "HTTP/1.1 200 ", "text/plain", "\num_ready 0\n");
	expect("/", "HTTP/1.1 200 ", "text/plain", "NOT READY: no worker is ready");
}

static void
what_is_not_there(void **state)
{
	const char *text;

	(void)state;
	expect("/nothing", "HTTP/1.1 404 ", "text/plain", "/readyz");
	expect("/metrics/", "HTTP/1.1 404 ", "text/plain", "/readyz");
	text = request("DELETE", "/");
	assert_memory_equal(text, "HTTP/1.1 405 ", 13);
	assert_non_null(strstr(text, "Allow: GET, HEAD\r\n"));
	answer = -ENOMEM;
	expect("/readyz", "HTTP/1.1 500 ", "text/plain", "out of memory");
}

static void
head(void **state)
{
	const char *text;

	(void)state;
	text = request("HEAD", "/readyz");
	assert_memory_equal(text, "HTTP/1.1 200 ", 13);
	assert_non_null(strstr(text, "Content-Length: 6\r\n"));
	assert_string_equal(strstr(text, "\r\n\r\n"), "\r\n\r\n");
}

static void
a_body_means_nothing(void **state)
{
	int fd = dial();

	(void)state;
	tell(fd, "GET /readyz HTTP/1.1\r\nHost: um\r\nContent-Length: 5\r\n\r\nhello");
	assert_memory_equal(hear(fd, 2000), "HTTP/1.1 200 ", 13);
	fd = dial();
	tell(fd, "POST /readyz HTTP/1.1\r\nHost: um\r\nContent-Length: 100000\r\n\r\n");
	assert_memory_equal(hear(fd, 2000), "HTTP/1.1 405 ", 13);
}

static void
headers_are_limited(void **state)
{
	static char big[40000];
	int fd = dial();

	(void)state;
	memset(big, 'x', sizeof(big) - 1);
	tell(fd, "GET / HTTP/1.1\r\nHost: um\r\nX: ");
	send(fd, big, sizeof(big) - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
	const char *text = hear(fd, 2000);
	assert_true(text[0] == '\0' || strncmp(text, "HTTP/1.1 4", 10) == 0);
	assert_int_equal(asked, 0);
}

static void
nonsense(void **state)
{
	int fd = dial();

	(void)state;
	tell(fd, "\x16\x03\x01\x02\r\n\r\n\r\n");
	assert_true(strncmp(hear(fd, 2000), "HTTP/1.1 2", 10) != 0);
	expect("/livez", "HTTP/1.1 200 ", "text/plain", "live");
}

/* Whoever sends a byte now and then is ended after the life of a connection; the others are
 * served meanwhile. */
static void
a_byte_at_a_time(void **state)
{
	struct mono began = clock_now();
	int fd = dial();
	ssize_t r = -1;
	char c;

	(void)state;
	tell(fd, "GET / HTTP/1.1\r\nX: ");
	while (r < 0 && mono_ms(began, clock_now()) < 8000) {
		send(fd, "x", 1, MSG_NOSIGNAL);
		turns(loop, 200);
		r = recv(fd, &c, 1, MSG_DONTWAIT);
		if (r < 0 && errno != EAGAIN)
			r = 0; /* reset: ended as well */
	}
	assert_int_equal(r, 0);
	assert_in_range(mono_ms(began, clock_now()), 4500, 7000);
	close(fd);
	expect("/livez", "HTTP/1.1 200 ", "text/plain", "live");
}

/* Beyond the limit connections wait, and are served when there is room again. */
static void
many_connections(void **state)
{
	int fd[40];

	(void)state;
	for (int i = 0; i < 40; i++) {
		fd[i] = dial();
		turns(loop, 2);
	}
	for (int i = 0; i < 40; i++)
		tell(fd[i], "GET /livez HTTP/1.1\r\nHost: um\r\n\r\n");
	for (int i = 0; i < 40; i++)
		assert_memory_equal(hear(fd[i], 3000), "HTTP/1.1 200 ", 13);
}

static void
idle_sleeps(void **state)
{
	(void)state;
	turns(loop, 20);
	assert_int_equal(loop_timeout(loop), -1);
	expect("/metrics", "HTTP/1.1 200 ", "text/plain", "um_ready");
	turns(loop, 700);
	assert_int_equal(loop_timeout(loop), -1);
}

static void
port_in_use(void **state)
{
	struct health *second = NULL;
	char say[256] = "";

	(void)state;
	assert_int_equal(health_new(loop, health_address(health), &hooks, say, &second),
			 -EADDRINUSE);
	assert_non_null(strstr(say, "http.address 127.0.0.1:"));
	assert_non_null(strstr(say, "another program listens there"));
	assert_null(second);
}

static void
freed_with_connections_open(void **state)
{
	int fd = dial();

	tell(fd, "GET / HTT");
	turns(loop, 20);
	teardown(state);
	setup(state);
	close(fd);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
	    T(all_is_well),
	    T(not_ready),
	    T(what_is_not_there),
	    T(head),
	    T(a_body_means_nothing),
	    T(headers_are_limited),
	    T(nonsense),
	    T(a_byte_at_a_time),
	    T(many_connections),
	    T(idle_sleeps),
	    T(port_in_use),
	    T(freed_with_connections_open),
	};

	setenv("TZ", "UTC", 1);
	log_set_level(LOG_ERR_, -1);
	return cmocka_run_group_tests_name("health", tests, NULL, NULL);
}
