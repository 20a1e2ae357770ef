/* test_shadow: what a copy's header file says of it, and what becomes of the copy. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "worker/letter.h"
#include "worker/shadow.h"

#define HEADER "MessageType : MissedCall\r\nRecipientAddress : a@b.example\r\nCallerName :\r\n"

static struct slice
written(struct slice text, const struct shadow *s, char space[4096])
{
	struct buf out = {space, 0, 4096, false};
	shadow_write(text, s, &out);
	assert_false(out.full);
	return (struct slice){space, out.n};
}

static void
test_lines(void **state)
{
	const struct shadow s = {.sent = 1795334400,
				 .again = 1795420800,
				 .reported = true,
				 .to = "mx.example:25: 250 2.0.0 Ok: queued as 4F"};
	char space[4096], again[4096];
	struct shadow back;
	struct letter l;
	const char *why;
	(void)state;
	struct slice text = written(SLICE(HEADER), &s, space);
	assert_non_null(strstr(space, "SentAt : 2026-11-22T08:00:00Z\n"));
	shadow_read(text, &back);
	assert_int_equal(back.sent, s.sent);
	assert_int_equal(back.again, s.again);
	assert_true(back.reported);
	assert_string_equal(back.to, s.to);
	/* the message is the same one: a name that stands alone takes none of ours for its value */
	assert_int_equal(letter_read(SLICE("x"), text, &l, &why), 0);
	assert_string_equal(l.caller_name, "");
	assert_string_equal(l.recipient_address, "a@b.example");
	/* once more: not twice */
	back.again = 0;
	text = written(text, &back, again);
	shadow_read(text, &back);
	assert_int_equal(back.again, 0);
	assert_true(text.n < strlen(HEADER) + SHADOW_LINES_MAX);
	struct buf out = {space, 0, sizeof(space), false};
	shadow_strip(text, &out);
	assert_int_equal(out.n, strlen(HEADER));
	assert_memory_equal(space, HEADER, out.n);
}

static void
test_by_hand(void **state)
{
	static const char text[] = "\xef\xbb\xbf sentat:2026-11-22T08:00:00Z \r\nCallerId : 1\n"
				   "ReportExpected : maybe\nSentAgainAt : yesterday\nsentto : a\x01"
				   "b\nlast";
	char space[4096];
	struct shadow s;
	(void)state;
	shadow_read(slice_str(text), &s);
	assert_int_equal(s.sent, 1795334400);
	assert_int_equal(s.again, 0);
	assert_false(s.reported);
	assert_string_equal(s.to, "a b");
	struct slice out = written(SLICE("\xef\xbb\xbf" HEADER), &s, space);
	assert_true(slice_has_prefix(out, SLICE("\xef\xbb\xbf"
						"SentAt : 2026-")));
	shadow_read(out, &s);
	assert_int_equal(s.sent, 1795334400);
	shadow_read((struct slice){NULL, 0}, &s);
	assert_int_equal(s.sent, 0);
}

#define HOUR 3600

static void
test_fates(void **state)
{
	static const struct {
		const char *what;
		int64_t sent, again;
		bool reported;
		struct shadow_view v;
		enum shadow_fate want;
	} rows[] = {
	    {"young", 5, 0, true, {HOUR, 2 * HOUR, true, false, SHADOW_NOT_ASKED}, SHADOW_KEEP},
	    {"seen", 5, 0, false, {1, 2 * HOUR, false, false, SHADOW_SEEN}, SHADOW_CONFIRMED},
	    {"not seen yet", 5, 0, true, {1, HOUR, true, false, SHADOW_UNSEEN}, SHADOW_KEEP},
	    {"no report", 5, 0, true, {HOUR, HOUR, true, false, SHADOW_NOT_ASKED}, SHADOW_SECOND},
	    {"never seen", 5, 0, false, {HOUR, HOUR, false, false, SHADOW_UNSEEN}, SHADOW_SECOND},
	    {"cannot tell", 5, 0, false, {HOUR, HOUR, false, false, SHADOW_UNKNOWN}, SHADOW_KEEP},
	    {"cannot tell for too long",
	     5,
	     0,
	     false,
	     {2 * HOUR, HOUR, false, false, SHADOW_UNKNOWN},
	     SHADOW_UNCONFIRMED},
	    {"no report promised", 5, 0, false, {HOUR, HOUR, true, false, 0}, SHADOW_OVER},
	    {"nobody reads", 5, 0, true, {HOUR, HOUR, false, false, 0}, SHADOW_OVER},
	    {"nobody can read", 5, 0, true, {HOUR, HOUR, true, true, 0}, SHADOW_KEEP},
	    {"for too long", 5, 0, true, {2 * HOUR, HOUR, true, true, 0}, SHADOW_UNCONFIRMED},
	    {"twice", 9, 5, true, {HOUR, HOUR, true, false, SHADOW_UNSEEN}, SHADOW_UNCONFIRMED},
	    {"twice, young", 9, 5, true, {1, HOUR, true, false, SHADOW_UNSEEN}, SHADOW_KEEP},
	    {"twice, in one second", 5, 5, true, {1, HOUR, true, false, 0}, SHADOW_KEEP},
	    {"twice, then reported",
	     9,
	     5,
	     true,
	     {1, HOUR, true, false, SHADOW_SEEN},
	     SHADOW_CONFIRMED},
	    {"killed in between", 5, 9, true, {1, HOUR, true, false, 0}, SHADOW_SECOND},
	    {"an old one's", 0, 0, false, {HOUR, HOUR, true, false, 0}, SHADOW_OVER},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct shadow s = {
		    .sent = rows[i].sent, .again = rows[i].again, .reported = rows[i].reported};
		if (shadow_fate(&s, &rows[i].v) != rows[i].want)
			fail_msg("%s: %d", rows[i].what, (int)shadow_fate(&s, &rows[i].v));
	}
}

/* However often there is an opportunity, it is asked a few times. */
static void
test_asks(void **state)
{
	const struct shadow_looks looks = {60, 2 * 24 * HOUR}, hour = {60, HOUR},
				  soon = {5, 2 * 24 * HOUR};
	(void)state;
	for (int64_t step = 1; step <= 60; step += 59) {
		int asked = 0;
		for (int64_t age = 0; age < 2 * 24 * HOUR; age += step)
			asked += shadow_asks(age, step, &looks);
		assert_int_equal(asked, 12); /* 1, 2, 4 ... 2048 minutes */
	}
	assert_true(shadow_asks(HOUR, 1, &hour));
	assert_false(shadow_asks(0, 600, &hour));
	assert_true(shadow_asks(90, INT32_MAX, &hour)); /* the first look of an owner */
	assert_false(shadow_asks(4, 4, &soon));
	assert_true(shadow_asks(5, 1, &soon));
	assert_false(shadow_asks(9, 1, &soon));
	assert_true(shadow_asks(10, 1, &soon));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_lines),
	    cmocka_unit_test(test_by_hand),
	    cmocka_unit_test(test_fates),
	    cmocka_unit_test(test_asks),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
