/* test_smtp: what is said to a mail server, and what its answers come to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "worker/smtp.h"

/* ---- answers ---- */

static void
test_reply(void **state)
{
	struct smtp_reply r = {0};

	(void)state;
	assert_int_equal(smtp_reply_line(&r, SLICE("250 2.1.0 Ok")), 1);
	assert_int_equal(r.code, 250);
	assert_string_equal(r.text, "250 2.1.0 Ok");
	assert_int_equal(smtp_reply_line(&r, SLICE("550-5.1.1 <a@b>:")), 0);
	assert_int_equal(smtp_reply_line(&r, SLICE("550-5.1.1  no\tsuch \x1b[2J\xc3\xa9")), 0);
	assert_int_equal(smtp_reply_line(&r, SLICE("550 5.1.1 user")), 1);
	assert_string_equal(r.text, "550 5.1.1 <a@b>: 5.1.1  no?such ?[2J?? 5.1.1 user");
	assert_int_equal(smtp_reply_line(&r, SLICE("354")), 1);
	assert_string_equal(r.text, "354");
}

static void
test_nonsense(void **state)
{
	static const char *const bad[] = {"",     "2",       "25",    "hello", "HTTP/1.1 200 OK",
					  "2500", "250_x",   "25x y", "-25 a", "100 no",
					  "600 ", "999 end", " 250 a"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct smtp_reply r = {0};
		if (smtp_reply_line(&r, slice_str(bad[i])) != -EBADMSG)
			fail_msg("taken: %s", bad[i]);
	}
	struct smtp_reply r = {0};
	assert_int_equal(smtp_reply_line(&r, SLICE("250-a")), 0);
	assert_int_equal(smtp_reply_line(&r, SLICE("251 b")), -EBADMSG);
}

/* However much a server says, what is kept is bounded, and a reply without an end is none. */
static void
test_endless(void **state)
{
	char line[SMTP_LINE_MAX] = "250-";
	struct smtp_reply r = {0};
	int rc = 0, n = 0;

	(void)state;
	memset(line + 4, 'x', sizeof(line) - 4);
	while (rc == 0 && n++ < 1000)
		rc = smtp_reply_line(&r, (struct slice){line, sizeof(line)});
	assert_int_equal(rc, -EBADMSG);
	assert_int_equal(n, SMTP_LINES_MAX + 1);
	assert_int_equal(strlen(r.text), SMTP_TEXT_MAX - 1);
}

static void
test_server(void **state)
{
	static const char *const lines[] = {
	    "250-mx.example.com DSN", "250-PIPELINING", "250-size 10240000",
	    "250-AUTH PLAIN LOGIN",   "250-SIZED",      "250 dsn"};
	struct smtp_server s = {.starttls = true};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		smtp_server_line(&s, slice_str(lines[i]), i == 0);
	assert_true(s.pipelining && s.dsn && s.auth && s.sizes);
	assert_false(s.starttls);
	assert_int_equal(s.size, 10240000);
	/* what was said before STARTTLS counts no more */
	smtp_server_line(&s, SLICE("250 mx.example.com"), true);
	assert_false(s.pipelining || s.dsn || s.auth || s.sizes);
	smtp_server_line(&s, SLICE("250-SIZE"), false);
	assert_true(s.sizes && s.size == 0);
	smtp_server_line(&s, SLICE("250-SIZE 99999999999999999999"), false);
	assert_int_equal(s.size, 0);
	smtp_server_line(&s, SLICE("250"), false);
}

static void
test_outcomes(void **state)
{
	static const struct {
		enum smtp_step step;
		int code;
		enum outcome outcome;
	} rows[] = {
	    {SMTP_END, 250, OUTCOME_DELIVERED}, {SMTP_END, 451, OUTCOME_LATER},
	    {SMTP_END, 554, OUTCOME_NEVER},     {SMTP_END, 421, OUTCOME_OUTAGE},
	    {SMTP_END, 354, OUTCOME_LATER},     {SMTP_RCPT, 450, OUTCOME_LATER},
	    {SMTP_RCPT, 550, OUTCOME_NEVER},    {SMTP_RCPT, 354, OUTCOME_LATER},
	    {SMTP_RCPT, 530, OUTCOME_OUTAGE},   {SMTP_MAIL, 452, OUTCOME_OUTAGE},
	    {SMTP_MAIL, 501, OUTCOME_NEVER},    {SMTP_MAIL, 552, OUTCOME_NEVER},
	    {SMTP_MAIL, 530, OUTCOME_OUTAGE},   {SMTP_DATA, 554, OUTCOME_NEVER},
	    {SMTP_DATA, 250, OUTCOME_LATER},    {SMTP_CONNECT, 554, OUTCOME_OUTAGE},
	    {SMTP_LOGIN, 535, OUTCOME_OUTAGE},  {SMTP_HELLO, 550, OUTCOME_OUTAGE},
	    {SMTP_TLS, 454, OUTCOME_OUTAGE},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (smtp_outcome(rows[i].step, rows[i].code) != rows[i].outcome)
			fail_msg("%d at %s", rows[i].code, smtp_step_name(rows[i].step));
	assert_true(smtp_goes_on(SMTP_MAIL, 250) && smtp_goes_on(SMTP_RCPT, 251));
	assert_true(smtp_goes_on(SMTP_DATA, 354) && smtp_goes_on(SMTP_END, 250));
	assert_false(smtp_goes_on(SMTP_DATA, 250) || smtp_goes_on(SMTP_END, 354));
	assert_false(smtp_goes_on(SMTP_RCPT, 354) || smtp_goes_on(SMTP_RCPT, 450));
}

/* ---- commands ---- */

static const struct envelope good = {"um@example.com", "\"a b\"@example.org", "G-1+2=3 x", true};

static const char *
commands(const struct envelope *e, const struct smtp_server *s)
{
	static char text[SMTP_COMMANDS_MAX];
	struct buf out = BUF(text);

	smtp_mail(e, s, 1234, &out);
	smtp_rcpt(e, s, &out);
	assert_false(out.full);
	return buf_cstr(&out);
}

static void
test_commands(void **state)
{
	const struct smtp_server plain = {0}, able = {.dsn = true, .sizes = true};
	struct envelope e = good;

	(void)state;
	assert_null(smtp_envelope_wrong(&e));
	assert_string_equal(commands(&e, &plain), "MAIL FROM:<um@example.com>\r\n"
						  "RCPT TO:<\"a b\"@example.org>\r\n");
	assert_string_equal(commands(&e, &able),
			    "MAIL FROM:<um@example.com> SIZE=1234 RET=HDRS "
			    "ENVID=G-1+2B2+3D3+20x\r\n"
			    "RCPT TO:<\"a b\"@example.org> NOTIFY=SUCCESS,FAILURE "
			    "ORCPT=rfc822;\"a+20b\"@example.org\r\n");
	e.confirm = false;
	e.id = "";
	assert_string_equal(commands(&e, &able), "MAIL FROM:<um@example.com> SIZE=1234 RET=HDRS\r\n"
						 "RCPT TO:<\"a b\"@example.org> NOTIFY=FAILURE "
						 "ORCPT=rfc822;\"a+20b\"@example.org\r\n");
}

static void
test_hostile_envelopes(void **state)
{
	static const char *const bad[] = {"",
					  "<>",
					  "a@b>\r\nRCPT TO:<x@y",
					  "a@b\r\nDATA",
					  "a@b\n",
					  "a@b> SIZE=1",
					  "a@b NOTIFY=NEVER",
					  "a>@b",
					  "\"a\r\nQUIT\"@b",
					  "@relay:a@b",
					  "a@b,c@d",
					  "postmaster",
					  "\xc3\xa9@b"};
	char id[102];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct envelope from = good, to = good;
		from.from = bad[i];
		to.to = bad[i];
		if (!smtp_envelope_wrong(&from) || !smtp_envelope_wrong(&to))
			fail_msg("taken: %s", bad[i]);
	}
	struct envelope e = good;
	e.id = "a\r\nb";
	assert_non_null(smtp_envelope_wrong(&e));
	memset(id, 'x', sizeof(id) - 1);
	id[sizeof(id) - 1] = 0;
	e.id = id;
	assert_non_null(smtp_envelope_wrong(&e));
	id[100] = 0;
	assert_null(smtp_envelope_wrong(&e));
}

/* The longest of everything, each byte of it three in xtext, fits. */
static void
test_longest(void **state)
{
	const struct smtp_server able = {.dsn = true, .sizes = true};
	char address[255], id[101];

	(void)state;
	memset(address, '+', 64);
	memset(id, '=', 100);
	id[100] = 0;
	address[64] = '@';
	for (int i = 65; i < 254; i++)
		address[i] = i % 60 == 0 ? '.' : 'a';
	address[254] = 0;
	const struct envelope e = {address, address, id, true};
	assert_null(smtp_envelope_wrong(&e));
	assert_true(strlen(commands(&e, &able)) > 1000);
}

/* ---- the message ---- */

/* What goes over the wire, given in parts of at most `cap`. */
static const char *
wire(const char *mail, size_t cap)
{
	static char text[4096];
	struct smtp_body b = {.left = slice_str(mail), .begins = true};
	size_t all = 0, n;
	char part[64];

	while ((n = smtp_body(&b, part, cap)) > 0) {
		assert_true(n <= cap && all + n < sizeof(text));
		memcpy(text + all, part, n);
		all += n;
	}
	text[all] = 0;
	return text;
}

static void
test_body(void **state)
{
	static const struct {
		const char *mail, *wire;
	} rows[] = {
	    {"", ".\r\n"},
	    {"a\r\n", "a\r\n.\r\n"},
	    {"a", "a\r\n.\r\n"},
	    {".", "..\r\n.\r\n"},
	    {".\r\n", "..\r\n.\r\n"},
	    {"..\r\nb.c\r\n", "...\r\nb.c\r\n.\r\n"},
	    {"a\r\n.\r\nQUIT\r\n", "a\r\n..\r\nQUIT\r\n.\r\n"},
	    /* no other line end gets through: what a server takes for one must not differ */
	    {"a\n.\nMAIL", "a\r\n..\r\nMAIL\r\n.\r\n"},
	    {"a\r.\rMAIL\r\r\n", "a\r\n..\r\nMAIL\r\n\r\n.\r\n"},
	    {"a\n\r.\r\n", "a\r\n\r\n..\r\n.\r\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (size_t cap = 8; cap <= 64; cap++)
			assert_string_equal(wire(rows[i].mail, cap), rows[i].wire);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_reply),    cmocka_unit_test(test_nonsense),
	    cmocka_unit_test(test_endless),  cmocka_unit_test(test_server),
	    cmocka_unit_test(test_outcomes), cmocka_unit_test(test_commands),
	    cmocka_unit_test(test_longest),  cmocka_unit_test(test_hostile_envelopes),
	    cmocka_unit_test(test_body),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
