/* test_book: the ring of ledgers forgets the oldest, counts each once, and speaks plainly. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "supervisor/book.h"

static struct book book;

static struct ledger
entry(enum recycle_reason reason, const char *text)
{
	struct ledger l = {.number = book_number(&book), .reason = reason};

	strcpy(l.text, text);
	book_enter(&book, &l);
	return l;
}

static void
the_ring_keeps_the_newest(void **state)
{
	(void)state;
	memset(&book, 0, sizeof(book));
	assert_null(book_newest(&book, 0));
	assert_null(book_find(&book, 0));
	for (unsigned i = 1; i <= LEDGER_KEPT + 3; i++) {
		assert_int_equal(entry(REASON_AGE, "").number, i);
		assert_int_equal(book_newest(&book, 0)->number, i);
	}
	assert_null(book_find(&book, 3));
	assert_int_equal(book_find(&book, 4)->number, 4);
	assert_int_equal(book_newest(&book, LEDGER_KEPT - 1)->number, 4);
	assert_null(book_newest(&book, LEDGER_KEPT));
	assert_null(book_look(&book, LEDGER_KEPT + 4));
}

static void
what_is_closed_is_counted(void **state)
{
	struct ledger l, *found;

	(void)state;
	memset(&book, 0, sizeof(book));
	l = entry(REASON_CRASH, "");
	found = book_find(&book, l.number);
	found->lost = 3;
	found->moved = 2;
	assert_int_equal(book.lost, 0);
	book_close(&book, found, LEDGER_DONE);
	assert_true(book.lost == 3 && book.moved == 2 && book.cut == 0 && book.drained == 0);
	assert_int_equal(book.results[REASON_CRASH][LEDGER_DONE], 1);
	assert_int_equal(book_look(&book, l.number)->result, LEDGER_DONE);
}

static void
says(const char *want, void (*line)(struct buf *out, const struct ledger *l),
     const struct ledger *l)
{
	char text[512];
	struct buf b = BUF(text);

	line(&b, l);
	assert_string_equal(buf_cstr(&b), want);
}

static void
lines_are_plain(void **state)
{
	struct ledger l = {.number = 4,
			   .reason = REASON_OPERATOR,
			   .old_generation = 7,
			   .new_generation = 8,
			   .result = LEDGER_DONE,
			   .moved = 1,
			   .drained = 12,
			   .switch_ms = 9,
			   .drain_ms = 252000,
			   .text = "new greeting"};
	char text[512];
	struct buf b = BUF(text);

	(void)state;
	says("4 (operator: new greeting)", book_name, &l);
	says("4 (operator: new greeting): generation 7 -> 8, done: 1 moved, 12 drained, 0 cut, "
	     "0 lost; switch 9 ms, drain 4m12s",
	     book_end_line, &l);
	book_switch_line(&b, &l, 12);
	assert_string_equal(buf_cstr(&b), "4 (operator: new greeting): generation 7 -> 8, "
					  "switched in 9 ms: 1 moved, 12 to finish");
	l.text[0] = '\0';
	l.old_generation = 0;
	l.drain_ms = 7384000;
	l.switch_ms = 4250;
	says("4 (operator): generation none -> 8, done: 1 moved, 12 drained, 0 cut, 0 lost; switch "
	     "4.2 s, drain 2h03m",
	     book_end_line, &l);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_ring_keeps_the_newest),
	    cmocka_unit_test(what_is_closed_is_counted),
	    cmocka_unit_test(lines_are_plain),
	};

	return cmocka_run_group_tests_name("book", tests, NULL, NULL);
}
