/* test_imap: whose mailbox is meant, and what a server's answers come to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "worker/imap_name.h"
#include "worker/imap_reply.h"

/* ---- names ---- */

static const struct imap_who anna = {"anna@example.com", "2101"};

static void
test_fill(void **state)
{
	static const struct {
		const char *pattern, *address, *extension, *want; /* want NULL: it fails so: */
		int e;
	} rows[] = {
	    {"%n*master", "anna@example.com", "", "anna*master", 0},
	    {"EXAMPLE\\evt\\%n", "anna@example.com", "", "EXAMPLE\\evt\\anna", 0},
	    {"%u", "anna@example.com", "", "anna@example.com", 0},
	    {"%e-%d%%", "anna@example.com", "2101", "2101-example.com%", 0},
	    {"%n", "anna", "", "anna", 0},
	    {"%d", "anna", "", NULL, -ENOENT},
	    {"%e", "anna@example.com", "", NULL, -ENOENT},
	    {"%n", "", "", NULL, -ENOENT},
	    {"%n*m", "a*b@example.com", "", NULL, -EINVAL},
	    {"%n", "a\\b@example.com", "", NULL, -EINVAL},
	    {"%n", "a\r\nE1 LOGOUT@example.com", "", NULL, -EINVAL},
	    {"%x", "anna@example.com", "", NULL, -EINVAL},
	    {"%", "anna@example.com", "", NULL, -EINVAL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct imap_who who = {rows[i].address, rows[i].extension};
		char text[64];
		struct buf out = BUF(text);
		assert_int_equal(imap_name_fill(rows[i].pattern, &who, &out), rows[i].e);
		if (rows[i].want)
			assert_string_equal(buf_cstr(&out), rows[i].want);
	}
	char little[8];
	struct buf out = BUF(little);
	assert_int_equal(imap_name_fill("%u", &anna, &out), -ENAMETOOLONG);
	assert_true(imap_name_varies("a%%%n"));
	assert_false(imap_name_varies("a%%n"));
}

/* RFC 3501 5.1.3, with the examples that are there. */
static void
test_folder(void **state)
{
	static const char *const rows[][2] = {
	    {"INBOX", "\"INBOX\""},
	    {"a & b", "\"a &- b\""},
	    {"Gel\xc3\xb6schte", "\"Gel&APY-schte\""},
	    {"~peter/mail/\xe5\x8f\xb0\xe5\x8c\x97/\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e",
	     "\"~peter/mail/&U,BTFw-/&ZeVnLIqe-\""},
	    {"\xf0\x9f\x93\x9e", "\"&2D3c3g-\""},
	    {"a\"b\\c", "\"a\\\"b\\\\c\""},
	};
	char text[256];
	struct buf out = BUF(text);

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		out = BUF(text);
		assert_int_equal(imap_name_folder(rows[i][0], &out), 0);
		assert_string_equal(buf_cstr(&out), rows[i][1]);
	}
	assert_int_equal(imap_name_folder("a\r\nb", &out), -EINVAL);
	assert_int_equal(imap_name_folder("\xff\xfe", &out), -EINVAL);
	char long_one[2 * IMAP_NAME_MAX];
	memset(long_one, 'a', sizeof(long_one));
	long_one[sizeof(long_one) - 1] = '\0';
	assert_int_equal(imap_name_folder(long_one, &out), -ENAMETOOLONG);
}

/* ---- answers ---- */

static struct imap_server server;

/* What an answer of these lines comes to; the last return value. */
static int
answer(struct imap_reply *r, const char *lines)
{
	struct slice rest = slice_str(lines);
	int rc = 0;

	server = (struct imap_server){0};
	imap_reply_begin(r, "E1", &server);
	while (rc == 0 && rest.n > 0) {
		const ptrdiff_t at = slice_find(rest, SLICE("\n"), false);
		const size_t n = at < 0 ? rest.n : (size_t)at;
		rc = imap_reply_line(r, (struct slice){rest.p, n});
		rest = (struct slice){rest.p + n, rest.n - n};
		if (rest.n > 0)
			rest = (struct slice){rest.p + 1, rest.n - 1};
	}
	return rc;
}

static void
test_capability(void **state)
{
	struct imap_reply r;

	(void)state;
	assert_int_equal(answer(&r, "* CAPABILITY IMAP4rev1 AUTH=PLAIN ESEARCH\nE1 OK done"), 1);
	assert_int_equal(r.end, IMAP_END_OK);
	assert_true(server.known && server.imap4rev1 && server.esearch && server.sasl);
	assert_false(server.condstore);
	assert_int_equal(answer(&r, "E1 OK [CAPABILITY imap4REV1 CONDSTORE] Logged in"), 1);
	assert_true(server.imap4rev1 && server.condstore);
	assert_false(server.sasl || server.esearch);
	assert_int_equal(answer(&r, "* 3 EXISTS\nE1 OK x"), 1);
	assert_false(server.known);
}

static void
test_status(void **state)
{
	static const char *const same[] = {
	    "* STATUS INBOX (MESSAGES 231 UNSEEN 7 UIDNEXT 44292 UIDVALIDITY 5 HIGHESTMODSEQ "
	    "9999999999)\n"
	    "E1 OK",
	    "* STATUS \"a (b) (MESSAGES 1)\" (uidvalidity 5 uidnext 44292 unseen 7 messages 231 "
	    "highestmodseq 9999999999 FUTURE 9)\nE1 OK",
	    "* 4 EXISTS\n* status {5}\nINBOX (MESSAGES 231 UIDNEXT 44292 UNSEEN 7 UIDVALIDITY 5 "
	    "HIGHESTMODSEQ 9999999999)\nE1 OK",
	};
	struct imap_reply r;

	(void)state;
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		assert_int_equal(answer(&r, same[i]), 1);
		assert_true(r.has_status);
		assert_int_equal(r.status.messages, 231);
		assert_int_equal(r.status.unseen, 7);
		assert_int_equal(r.status.uidnext, 44292);
		assert_int_equal(r.status.uidvalidity, 5);
		assert_true(r.status.modseq == 9999999999);
	}
	assert_int_equal(answer(&r, "* STATUS INBOX\n* STATUS )\n* STATUS\nE1 OK"), 1);
	assert_false(r.has_status);
	/* numbers that are none count as not said */
	assert_int_equal(answer(&r, "* STATUS a (MESSAGES 4294967296 UNSEEN -1 UIDNEXT)\nE1 OK"),
			 1);
	assert_int_equal(r.status.messages + r.status.unseen + r.status.uidnext, 0);
}

static void
test_search(void **state)
{
	struct imap_reply r;

	(void)state;
	assert_int_equal(answer(&r, "* SEARCH 2 84 882\n* SEARCH 883 (MODSEQ 917)\nE1 OK"), 1);
	assert_int_equal(r.found, 4);
	assert_int_equal(answer(&r, "* SEARCH\nE1 OK"), 1);
	assert_true(r.has_found && r.found == 0);
	assert_int_equal(answer(&r, "* ESEARCH (TAG \"E1\") COUNT 17\nE1 OK"), 1);
	assert_int_equal(r.found, 17);
	assert_int_equal(answer(&r, "* ESEARCH (TAG \"E1\")\nE1 OK"), 1);
	assert_false(r.has_found);
	assert_int_equal(answer(&r, "* SEARCH 2 x\nE1 OK"), -EBADMSG);
	assert_int_equal(answer(&r, "* ESEARCH COUNT -1\nE1 OK"), -EBADMSG);
}

static void
test_ends(void **state)
{
	struct imap_reply r;

	(void)state;
	assert_int_equal(answer(&r, "* OK still here\nE1 NO [NONEXISTENT] no\x1b such folder"), 1);
	assert_int_equal(r.end, IMAP_END_NO);
	assert_string_equal(r.text, "NO [NONEXISTENT] no? such folder");
	assert_int_equal(answer(&r, "e1 BAD"), -EBADMSG); /* a tag is ours to the letter */
	assert_int_equal(answer(&r, "E1 BAD what"), 1);
	assert_int_equal(r.end, IMAP_END_BAD);
	assert_int_equal(answer(&r, "* BYE too long idle"), 1);
	assert_int_equal(r.end, IMAP_END_BYE);
	assert_true(imap_text_of_all("NO [unavailable] later"));
	assert_false(imap_text_of_all("NO [AUTHENTICATIONFAILED] no"));
	/* in a literal there is nobody's tag */
	assert_int_equal(answer(&r, "* LIST () \"/\" {2}\nE1 OK\nE1 NO x"), 1);
	assert_int_equal(r.end, IMAP_END_NO);
}

static void
test_nonsense(void **state)
{
	static const char *const bad[] = {"",       "hello", "+ go on",         "E2 OK", "E1",
					  "E1 YES", "*OK",   "HTTP/1.1 200 OK", "250 x"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct imap_reply r;
		imap_reply_begin(&r, "E1", &server);
		if (imap_reply_line(&r, slice_str(bad[i])) != -EBADMSG)
			fail_msg("taken: %s", bad[i]);
	}
}

/* However much a server says, an answer has an end. */
static void
test_bounds(void **state)
{
	static char line[IMAP_BYTES_MAX / 2];
	struct imap_reply r;
	int n = 0;

	(void)state;
	imap_reply_begin(&r, "E1", &server);
	while (n < 2 * IMAP_LINES_MAX && imap_reply_line(&r, SLICE("* 1 EXISTS")) == 0)
		n++;
	assert_int_equal(n, IMAP_LINES_MAX);
	memset(line, 'x', sizeof(line));
	line[0] = '*';
	line[1] = ' ';
	imap_reply_begin(&r, "E1", &server);
	assert_int_equal(imap_reply_line(&r, (struct slice){line, sizeof(line)}), 0);
	assert_int_equal(imap_reply_line(&r, (struct slice){line, sizeof(line)}), 0);
	assert_int_equal(imap_reply_line(&r, SLICE("* 1 EXISTS")), -EBADMSG);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_fill),       cmocka_unit_test(test_folder),
	    cmocka_unit_test(test_capability), cmocka_unit_test(test_status),
	    cmocka_unit_test(test_search),     cmocka_unit_test(test_ends),
	    cmocka_unit_test(test_nonsense),   cmocka_unit_test(test_bounds),
	};

	return cmocka_run_group_tests_name("imap", tests, NULL, NULL);
}
