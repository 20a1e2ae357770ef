/* test_link: the supervisor's end of a worker's channel: every message a worker may send has a
 * handler, the order is kept, and nonsense of every kind ends the link with words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ipc/channel.h"
#include "ipc/message.h"
#include "supervisor/link.h"

#define PID 4711

static struct loop *loop;
static struct link *k;
static int far;
static unsigned readies, beats, begins, ends, gones, notified;
static bool closed, free_on_ready;
static char why[128];

static void
on_ready(void *arg, const struct msg_ready *m)
{
	(void)arg;
	(void)m;
	readies++;
	if (free_on_ready) {
		link_free(k);
		k = NULL;
	}
}

static void
on_beat(void *arg, const struct msg_beat *m)
{
	(void)arg;
	(void)m;
	beats++;
}

static void
on_begin(void *arg, const struct msg_call_begin *m)
{
	(void)arg;
	(void)m;
	begins++;
}

static void
on_end(void *arg, const struct msg_call_end *m)
{
	(void)arg;
	(void)m;
	ends++;
}

static void
on_gone(void *arg, bool shut, const char *words)
{
	(void)arg;
	gones++;
	closed = shut;
	strncpy(why, words, sizeof(why) - 1);
}

static void
on_notified(void *arg, const struct msg_notified *m)
{
	(void)arg;
	notified = m->id;
}

static const struct link_events events = {.ready = on_ready,
					  .beat = on_beat,
					  .call_begin = on_begin,
					  .call_end = on_end,
					  .notified = on_notified,
					  .gone = on_gone};

static int
open_link(void **state)
{
	struct link_worker w = {.generation = 7, .slot = 1, .pid = PID};
	int pair[2];

	(void)state;
	readies = beats = begins = ends = gones = 0;
	free_on_ready = false;
	memset(why, 0, sizeof(why));
	loop = loop_new();
	assert_int_equal(channel_pair(pair), 0);
	far = pair[1];
	k = link_new(loop, pair[0], &w, &events);
	assert_non_null(k);
	loop_turn(loop);
	return 0;
}

static int
close_link(void **state)
{
	(void)state;
	link_free(k);
	if (far >= 0)
		close(far);
	loop_free(loop);
	return 0;
}

/* Says it as a worker does and lets the link hear it. */
static void
say(enum message_type type, const void *payload)
{
	_Alignas(8) char record[1024];

	message_write(record, type, payload);
	assert_true(send(far, record, message_record_size(type), 0) > 0);
	loop_turn(loop);
	loop_turn(loop);
}

static void
say_hello(uint32_t version, uint32_t pid)
{
	struct msg_hello m = {version, pid};

	say(MSG_HELLO, &m);
}

static void
say_ready(void)
{
	struct msg_ready m = {0};

	say(MSG_READY, &m);
}

static void
begin_well(void)
{
	say_hello(MESSAGE_VERSION, PID);
	say_ready();
	assert_true(readies == 1 && gones == 0);
}

static void
expect_end(const char *words)
{
	assert_int_equal(gones, 1);
	assert_false(closed);
	assert_string_equal(why, words);
	/* and nothing more is heard */
	readies = 0;
	loop_turn(loop);
	assert_int_equal(readies, 0);
	link_stop(k); /* nor said */
}

static void
notified_is_checked(void **state)
{
	struct msg_notified m = {.id = 9, .last = 1};

	(void)state;
	begin_well();
	notified = 0;
	say(MSG_NOTIFIED, &m);
	assert_int_equal(notified, 9);
	memset(m.words, 'x', sizeof(m.words));
	say(MSG_NOTIFIED, &m);
	expect_end("NOTIFIED with endless words");
}

static void
notified_comes_after_ready(void **state)
{
	struct msg_notified m = {.id = 9};

	(void)state;
	say_hello(MESSAGE_VERSION, PID);
	say(MSG_NOTIFIED, &m);
	expect_end("NOTIFIED before READY");
}

static void
every_row_has_a_handler(void **state)
{
	(void)state;
	for (unsigned t = 0; t <= MSG_COUNT; t++)
		assert_int_equal(link_handles(t),
				 message_check(t, TO_SUPERVISOR, message_size(t)) == 0);
}

static void
start_comes_first(void **state)
{
	_Alignas(8) char packet[1024];
	ssize_t n = recv(far, packet, sizeof(packet), MSG_DONTWAIT);
	struct message m;
	size_t at = 0;
	const struct msg_start *start;

	(void)state;
	assert_true(n > 0);
	assert_int_equal(message_next(packet, (size_t)n, &at, TO_WORKER, &m), 1);
	assert_int_equal(m.type, MSG_START);
	start = m.payload;
	assert_true(start->version == MESSAGE_VERSION && start->generation == 7 &&
		    start->slot == 1);
}

static void
a_good_life(void **state)
{
	struct msg_beat beat = {0};
	struct msg_call_begin begin = {.call_id_len = 1, .call_id = "x"};
	struct msg_call_end end = {.call_id_len = 1, .call_id = "x"};

	(void)state;
	begin_well();
	say(MSG_BEAT, &beat);
	say(MSG_CALL_BEGIN, &begin);
	say(MSG_CALL_END, &end);
	begin.test = end.test = 1; /* ours: nobody's business */
	say(MSG_CALL_BEGIN, &begin);
	say(MSG_CALL_END, &end);
	assert_true(beats == 1 && begins == 1 && ends == 1 && gones == 0);
	close(far);
	far = -1;
	loop_turn(loop);
	loop_turn(loop);
	assert_true(gones == 1 && closed);
	assert_string_equal(why, "closed its channel");
}

static void
the_order_is_kept(void **state)
{
	struct msg_beat beat = {0};

	(void)state;
	say_ready();
	expect_end("READY before HELLO");
	close_link(NULL);
	open_link(NULL);
	say(MSG_BEAT, &beat);
	expect_end("BEAT before HELLO");
	close_link(NULL);
	open_link(NULL);
	begin_well();
	say_ready();
	expect_end("READY twice");
	close_link(NULL);
	open_link(NULL);
	begin_well();
	say_hello(MESSAGE_VERSION, PID);
	expect_end("HELLO twice");
}

static void
strangers_are_sent_away(void **state)
{
	(void)state;
	say_hello(MESSAGE_VERSION + 1, PID);
	assert_non_null(strstr(why, "it speaks version"));
	close_link(NULL);
	open_link(NULL);
	say_hello(MESSAGE_VERSION, PID + 1);
	expect_end("HELLO of process 4712, not of 4711");
}

static void
calls_must_make_sense(void **state)
{
	struct msg_call_begin begin = {.call_id_len = 1, .call_id = "x"};
	struct msg_call_end end = {.call_id_len = 1, .call_id = "x", .cause = CALL_CAUSE_COUNT};

	(void)state;
	say_hello(MESSAGE_VERSION, PID);
	say(MSG_CALL_BEGIN, &begin);
	expect_end("CALL_BEGIN before READY");
	close_link(NULL);
	open_link(NULL);
	begin_well();
	begin.call_id_len = MESSAGE_CALL_ID_MAX + 1;
	say(MSG_CALL_BEGIN, &begin);
	expect_end("CALL_BEGIN with an impossible Call-ID");
	close_link(NULL);
	open_link(NULL);
	begin_well();
	begin.call_id_len = 1;
	memset(begin.called, 'x', sizeof(begin.called));
	say(MSG_CALL_BEGIN, &begin);
	expect_end("CALL_BEGIN with an endless name");
	close_link(NULL);
	open_link(NULL);
	begin_well();
	say(MSG_CALL_END, &end);
	expect_end("CALL_END with an unknown cause");
	assert_int_equal(begins + ends, 0);
}

static void
garbage_and_orders_of_our_own(void **state)
{
	struct msg_stop stop = {{0}};

	(void)state;
	assert_true(send(far, "nonsense", 8, 0) == 8);
	loop_turn(loop);
	loop_turn(loop);
	expect_end("spoke nonsense on its channel");
	close_link(NULL);
	open_link(NULL);
	say(MSG_STOP, &stop); /* a worker gives no orders */
	expect_end("spoke nonsense on its channel");
}

static void
it_may_be_freed_in_its_own_event(void **state)
{
	(void)state;
	free_on_ready = true;
	say_hello(MESSAGE_VERSION, PID);
	say_ready();
	assert_true(readies == 1 && gones == 0);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(every_row_has_a_handler, open_link, close_link),
	    cmocka_unit_test_setup_teardown(notified_is_checked, open_link, close_link),
	    cmocka_unit_test_setup_teardown(notified_comes_after_ready, open_link, close_link),
	    cmocka_unit_test_setup_teardown(start_comes_first, open_link, close_link),
	    cmocka_unit_test_setup_teardown(a_good_life, open_link, close_link),
	    cmocka_unit_test_setup_teardown(the_order_is_kept, open_link, close_link),
	    cmocka_unit_test_setup_teardown(strangers_are_sent_away, open_link, close_link),
	    cmocka_unit_test_setup_teardown(calls_must_make_sense, open_link, close_link),
	    cmocka_unit_test_setup_teardown(garbage_and_orders_of_our_own, open_link, close_link),
	    cmocka_unit_test_setup_teardown(it_may_be_freed_in_its_own_event, open_link,
					    close_link),
	};

	return cmocka_run_group_tests_name("link", tests, NULL, NULL);
}
