/* test_accounts: who has a lamp, by the mailbox file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "conf/mailbox_file.h"
#include "worker/accounts.h"

#define CONF                                                                    \
	"[listen]\naddress = 10.1.0.1\n[dialplan main]\nextension_length = 4\n" \
	"[trunk a]\nsource = 10.0.0.1\n"
#define PEOPLE                              \
	"extension,dialplan,name,address\n" \
	"2101,main,Anna,anna@example.com\n" \
	"2102,main,Bob,\n"                  \
	"2103,main,Chris,chris@example.com\n"

static struct conf *conf;
static struct mailbox_bytes table;
static struct mailboxes boxes;
static struct accounts *a;

static int
set_up(void **state)
{
	static char said[2048];
	struct buf errors = BUF(said);

	(void)state;
	if (conf_read_text("test", SLICE(CONF), &errors, &conf) != 0 ||
	    mailbox_file_text(conf, "m.csv", SLICE(PEOPLE), &errors, &table) != 0 ||
	    mailboxes_open(table.p, table.n, &boxes) != 0)
		fail_msg("%s", buf_cstr(&errors));
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	accounts_free(a);
	free(table.p);
	free(conf);
	return 0;
}

static void
is(uint32_t i, const char *number, const char *folder, const char *address)
{
	const struct account one = accounts_get(a, i);

	assert_string_equal(one.number, number);
	assert_string_equal(one.plan, "main");
	assert_string_equal(one.folder, folder);
	assert_string_equal(one.address, address);
	assert_int_equal(accounts_find(a, "main", number), i);
}

static void
maildirs(void **state)
{
	(void)state;
	a = accounts_new("/m/%d/%n");
	assert_int_equal(accounts_take(a, &boxes), 0);
	assert_int_equal(accounts_count(a), 3);
	is(0, "2101", "/m/example.com/anna", "anna@example.com");
	is(1, "2102", "/m/local/2102", "");
	is(2, "2103", "/m/example.com/chris", "chris@example.com");
}

/* On another server nobody has a mailbox without an address. */
static void
elsewhere(void **state)
{
	(void)state;
	a = accounts_new("");
	assert_int_equal(accounts_take(a, &boxes), 0);
	assert_int_equal(accounts_count(a), 2);
	is(0, "2101", "", "anna@example.com");
	is(1, "2103", "", "chris@example.com");
	const struct account gone = accounts_get(a, 1);
	assert_int_equal(accounts_leave(a, &gone), 0);
	assert_string_equal(accounts_get(a, 2).number, "2103");
	assert_string_equal(accounts_get(a, 2).address, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(maildirs, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(elsewhere, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("accounts", tests, NULL, NULL);
}
