/* test_errand: orders that a worker answers in pieces, late, or never. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "supervisor/errand.h"

static struct errands all;

static struct mono
at(int64_t ms)
{
	return mono_add((struct mono){1}, ms);
}

static void
say(uint32_t id, const char *text, bool last, int status)
{
	struct msg_said m = {.id = id, .status = status, .last = last};
	m.n = (uint16_t)strlen(text);
	memcpy(m.text, text, m.n);
	errand_said(&all, 7, &m);
}

static int
set_up(void **state)
{
	(void)state;
	all = (struct errands){0};
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	errand_free(&all);
	return 0;
}

static void
test_pieces(void **state)
{
	char *text;
	uint32_t id = errand_begin(&all, 7, at(0), ERRAND_LIMIT_MS)->id;
	(void)state;
	assert_int_equal(errand_worker(&all, id), 7);
	assert_int_equal(errand_state(&all, id, true, at(1), &text), 1);
	say(id, "one\n", false, 0);
	say(id + 1, "another's\n", true, 0);
	assert_int_equal(errand_state(&all, id, true, at(2), &text), 1);
	say(id, "two\n", true, -ENOENT);
	say(id, "three\n", true, 0); /* too much */
	assert_int_equal(errand_state(&all, id, false, at(3), &text), -ENOENT);
	assert_string_equal(text, "one\ntwo\n");
	free(text);
	assert_int_equal(errand_state(&all, id, true, at(4), &text), -ENOENT);
	assert_null(text);
}

/* Nobody else can answer, and a worker that is gone or silent is not waited for. */
static void
test_never(void **state)
{
	char *text;
	uint32_t a = errand_begin(&all, 7, at(0), ERRAND_LIMIT_MS)->id,
		 b = errand_begin(&all, 7, at(0), ERRAND_LIMIT_MS)->id;
	struct msg_said m = {.id = a, .last = 1};
	(void)state;
	errand_said(&all, 8, &m);
	assert_int_equal(errand_state(&all, a, true, at(1), &text), 1);
	assert_int_equal(errand_state(&all, a, false, at(2), &text), -EPIPE);
	assert_int_equal(errand_state(&all, b, true, at(ERRAND_LIMIT_MS - 1), &text), 1);
	assert_int_equal(errand_state(&all, b, true, at(ERRAND_LIMIT_MS), &text), -ETIMEDOUT);
	assert_null(text);
}

static void
test_many(void **state)
{
	char *text;
	(void)state;
	for (int i = 0; i < ERRANDS; i++)
		assert_non_null(errand_begin(&all, 7, at(0), ERRAND_LIMIT_MS));
	assert_null(errand_begin(&all, 7, at(0), ERRAND_LIMIT_MS));
	/* clients that never came back */
	struct errand *e = errand_begin(&all, 7, at(2 * ERRAND_LIMIT_MS), ERRAND_LIMIT_MS);
	assert_non_null(e);
	uint32_t id = e->id;
	char piece[MESSAGE_SAID_MAX];
	memset(piece, 'x', sizeof(piece) - 1);
	piece[sizeof(piece) - 1] = '\0';
	for (int i = 0; i < 1000; i++)
		say(id, piece, false, 0);
	say(id, "", true, 0);
	assert_int_equal(errand_state(&all, id, true, at(2 * ERRAND_LIMIT_MS), &text), 0);
	assert_true(strlen(text) < ERRAND_TEXT_MAX);
	free(text);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_pieces),
	    TEST(test_never),
	    TEST(test_many),
	};
	return cmocka_run_group_tests_name("errand", tests, NULL, NULL);
}
