/* test_message: every row of the table may travel one way in one size, and a packet is read back
 * record by record or refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "ipc/message.h"

static _Alignas(8) char packet[4096];

static void
test_rows(void **state)
{
	(void)state;
	for (unsigned type = 0; type < MSG_COUNT; type++) {
		size_t n = message_size(type);
		int down = message_check(type, TO_WORKER, n);
		int up = message_check(type, TO_SUPERVISOR, n);

		assert_true(n > 0 && n <= 1024);
		assert_true(strlen(message_name(type)) > 1);
		assert_true((down == 0 && up == -EPERM) || (down == -EPERM && up == 0));
		assert_int_equal(message_check(type, down ? TO_SUPERVISOR : TO_WORKER, n - 1),
				 -EMSGSIZE);
		assert_int_equal(message_check(type, down ? TO_SUPERVISOR : TO_WORKER, n + 1),
				 -EMSGSIZE);
		assert_int_equal(message_record_size(type) % 8, 0);
		assert_true(message_record_size(type) >= n + 8);
	}
	assert_string_equal(message_name(MSG_CALL_BEGIN), "CALL_BEGIN");
	assert_int_equal(message_size(MSG_HELLO), sizeof(struct msg_hello));
	assert_int_equal(message_check(MSG_HELLO, TO_SUPERVISOR, sizeof(struct msg_hello)), 0);
	assert_int_equal(message_check(MSG_STOP, TO_WORKER, sizeof(struct msg_stop)), 0);
}

static void
test_unknown(void **state)
{
	(void)state;
	assert_string_equal(message_name(MSG_COUNT), "?");
	assert_int_equal(message_size(MSG_COUNT), 0);
	assert_int_equal(message_check(MSG_COUNT, TO_WORKER, 0), -ENOMSG);
	assert_int_equal(message_check(65535, TO_SUPERVISOR, 8), -ENOMSG);
}

static void
test_causes(void **state)
{
	(void)state;
	assert_string_equal(call_cause_name(CALL_CAUSE_HANGUP), "hangup");
	assert_string_equal(call_cause_name(CALL_CAUSE_FAILED), "failed");
	for (unsigned i = 0; i < CALL_CAUSE_COUNT; i++)
		assert_string_not_equal(call_cause_name(i), "?");
	assert_string_equal(call_cause_name(CALL_CAUSE_COUNT), "?");
}

/* HELLO and READY in one packet; returns its length. */
static size_t
two_records(void)
{
	struct msg_hello hello = {MESSAGE_VERSION, 4711};
	struct msg_ready ready = {3, 0};
	size_t n = message_record_size(MSG_HELLO);

	memset(packet, 0xff, sizeof(packet));
	message_write(packet, MSG_HELLO, &hello);
	message_write(packet + n, MSG_READY, &ready);
	return n + message_record_size(MSG_READY);
}

static void
test_packet(void **state)
{
	size_t n = two_records();
	struct message m;
	size_t at = 0;

	(void)state;
	assert_int_equal(message_next(packet, n, &at, TO_SUPERVISOR, &m), 1);
	assert_int_equal(m.type, MSG_HELLO);
	assert_int_equal(((const struct msg_hello *)m.payload)->pid, 4711);
	assert_int_equal((uintptr_t)m.payload % 8, 0);
	assert_int_equal(message_next(packet, n, &at, TO_SUPERVISOR, &m), 1);
	assert_int_equal(m.type, MSG_READY);
	assert_int_equal(((const struct msg_ready *)m.payload)->salvaged, 3);
	assert_int_equal((uintptr_t)m.payload % 8, 0);
	assert_int_equal(message_next(packet, n, &at, TO_SUPERVISOR, &m), 0);
	assert_int_equal(at, n);
}

/* Every shorter packet ends in an error at the record that was cut, never behind its end. */
static void
test_cut(void **state)
{
	size_t first = message_record_size(MSG_HELLO);
	size_t whole = two_records();

	(void)state;
	for (size_t n = 1; n < whole; n++) {
		struct message m;
		size_t at = 0;
		int rc;

		while ((rc = message_next(packet, n, &at, TO_SUPERVISOR, &m)) == 1)
			;
		assert_int_equal(rc, n == first ? 0 : -EBADMSG);
		assert_int_equal(at, n < first ? 0 : first);
	}
}

static int
read_altered(size_t at, char byte, enum message_dir dir)
{
	size_t n = two_records(), pos = 0;
	struct message m;

	packet[at] = byte;
	return message_next(packet, n, &pos, dir, &m);
}

static void
test_nonsense(void **state)
{
	(void)state;
	assert_int_equal(read_altered(0, MSG_HELLO, TO_SUPERVISOR), 1);
	assert_int_equal(read_altered(0, MSG_HELLO, TO_WORKER), -EPERM);
	assert_int_equal(read_altered(0, MSG_COUNT, TO_SUPERVISOR), -ENOMSG);
	assert_int_equal(read_altered(1, 1, TO_SUPERVISOR), -ENOMSG);
	assert_int_equal(read_altered(2, 9, TO_SUPERVISOR), -EMSGSIZE);
	assert_int_equal(read_altered(7, 1, TO_SUPERVISOR), -EBADMSG);
}

static void
test_fit(void **state)
{
	size_t first = message_record_size(MSG_HELLO);
	size_t n = two_records();

	(void)state;
	assert_int_equal(message_fit(packet, n, n), n);
	assert_int_equal(message_fit(packet, n, 4096), n);
	assert_int_equal(message_fit(packet, n, n - 1), first);
	assert_int_equal(message_fit(packet, n, first - 1), 0);
	assert_int_equal(message_fit(packet, 0, 4096), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_rows),   cmocka_unit_test(test_unknown),
	    cmocka_unit_test(test_causes), cmocka_unit_test(test_packet),
	    cmocka_unit_test(test_cut),    cmocka_unit_test(test_nonsense),
	    cmocka_unit_test(test_fit),
	};

	return cmocka_run_group_tests_name("message", tests, NULL, NULL);
}
