/* test_burst: datagrams of many lengths arrive whole, in order and to whom they were meant for,
 * cut apart by the kernel or sent one by one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "supervisor/burst.h"

enum { MANY = 100 };

static int
bound(struct addr *ret)
{
	struct sockaddr_storage ss;
	socklen_t len;
	const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);

	assert_int_equal(addr_parse_ip(SLICE("127.0.0.1"), 0, ret), 0);
	len = addr_to_sockaddr(ret, &ss);
	assert_int_equal(bind(fd, (struct sockaddr *)&ss, len), 0);
	len = sizeof(ss);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&ss, &len), 0);
	addr_from_sockaddr(&ss, ret);
	return fd;
}

static void
assert_next(int fd, const char *p, size_t n)
{
	static char got[65536];

	assert_int_equal(recv(fd, got, sizeof(got), 0), n);
	assert_memory_equal(got, p, n);
}

/* Lengths that make runs, end runs, and stand alone; some to another peer in between. */
static size_t
length_of(unsigned i)
{
	return i % 7 == 0 ? 300 : i % 11 == 0 ? 40000 : i < MANY / 2 ? 500 : 100 + i;
}

static void
send_many(bool connected, bool no_runs)
{
	static char text[MANY][40000];
	struct door_out out[MANY];
	struct addr a, b, from;
	const int x = bound(&a), y = bound(&b), fd = bound(&from);
	const int room = 4 << 20;

	setsockopt(x, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	setsockopt(x, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
	for (unsigned i = 0; i < MANY; i++) {
		memset(text[i], (int)('a' + i % 26), sizeof(text[i]));
		out[i] = (struct door_out){connected || i % 5 ? &a : &b, text[i], length_of(i)};
	}
	if (connected) {
		struct sockaddr_storage ss;
		const socklen_t len = addr_to_sockaddr(&a, &ss);
		assert_int_equal(connect(fd, (struct sockaddr *)&ss, len), 0);
	}
	const bool before = no_runs;
	assert_int_equal(burst_send(fd, connected, &no_runs, out, MANY), 0);
	assert_int_equal(no_runs, before); /* loopback can cut */
	for (unsigned i = 0; i < MANY; i++)
		assert_next(out[i].to == &a ? x : y, text[i], out[i].n);
	close(x);
	close(y);
	close(fd);
}

static void
arrives_whole(void **state)
{
	(void)state;
	send_many(false, false);
	send_many(true, false);
	send_many(false, true);
	send_many(true, true);
}

/* What cannot be sent at all is counted; what follows it is not held up. */
static void
counts_what_it_drops(void **state)
{
	struct addr a, from, v6;
	const int x = bound(&a), fd = bound(&from);
	bool no_runs = false;

	(void)state;
	assert_int_equal(addr_parse(SLICE("[::1]:9"), &v6), 0);
	const struct door_out out[] = {{&a, "one", 3}, {&v6, "two", 3}, {&a, "three", 5}};
	assert_int_equal(burst_send(fd, false, &no_runs, out, 3), 1);
	assert_next(x, "one", 3);
	assert_next(x, "three", 5);
	close(x);
	close(fd);
}

/* The closed port of an earlier worker must not cost the message for the next one. */
static void
survives_a_closed_port(void **state)
{
	struct addr a, from;
	struct sockaddr_storage ss;
	const int x = bound(&a), fd = bound(&from);
	bool no_runs = false;

	(void)state;
	const socklen_t len = addr_to_sockaddr(&a, &ss);
	assert_int_equal(connect(fd, (struct sockaddr *)&ss, len), 0);
	close(x);
	const struct door_out lost = {&a, "lost", 4}, kept = {&a, "kept", 4};
	burst_send(fd, true, &no_runs, &lost, 1); /* its ICMP error waits in the socket */
	const int y = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	assert_int_equal(bind(y, (struct sockaddr *)&ss, len), 0);
	assert_int_equal(burst_send(fd, true, &no_runs, &kept, 1), 0);
	assert_next(y, "kept", 4);
	close(y);
	close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(arrives_whole),
	    cmocka_unit_test(counts_what_it_drops),
	    cmocka_unit_test(survives_a_closed_port),
	};

	return cmocka_run_group_tests_name("burst", tests, NULL, NULL);
}
