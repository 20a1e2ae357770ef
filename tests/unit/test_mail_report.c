/* test_mail_report: reports of several mail systems, and mails that are none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "worker/mail_report.h"

#define GUID "0f8fad5b-d9cb-469f-a165-70867728950e"
#define HEAD(type)                                         \
	"From: MAILER-DAEMON@mx.example.com\r\n"           \
	"To: voicemail@example.com\r\n"                    \
	"Subject: Mail System Report\r\n"                  \
	"MIME-Version: 1.0\r\n"                            \
	"Content-Type: " type "; boundary=\"b/1\"\r\n\r\n" \
	"This is a MIME message.\r\n"
#define REPORT HEAD("multipart/report; report-type=delivery-status")
#define WORDS  "--b/1\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n\r\n"
#define STATUS "--b/1\r\nContent-Type: message/delivery-status\r\n\r\n"
#define ABOUT  "Reporting-MTA: dns; mx.example.com\r\nOriginal-Envelope-Id: " GUID "\r\n"
#define TO(action, status, more)                                                             \
	"\r\nOriginal-Recipient: rfc822;anna@example.com\r\n"                                \
	"Final-Recipient: rfc822; anna@example.com\r\nAction: " action "\r\nStatus: " status \
	"\r\n" more
#define END "--b/1--\r\n"

static bool
read_text(const char *text, struct mail_report *r)
{
	return mail_report_read(slice_str(text), r);
}

static void
test_delivered(void **state)
{
	struct mail_report r;
	(void)state;
	assert_true(read_text(REPORT WORDS STATUS ABOUT TO("delivered", "2.0.0",
							   "Diagnostic-Code: x-postfix; delivered "
							   "to maildir\r\n") "\r\n" END,
			      &r));
	assert_int_equal(r.action, MAIL_DELIVERED);
	assert_string_equal(r.id, GUID);
	assert_string_equal(r.status, "2.0.0");
	assert_string_equal(r.by, "mx.example.com");
	assert_string_equal(r.why, "delivered to maildir");
}

/* Folded, with other words behind the action, LF alone, names in another case. */
static void
test_failed(void **state)
{
	static const char text[] =
	    "Content-Type: multipart/report;\n\treport-type=Delivery-Status;\n boundary=xx\n\n"
	    "--xx\n\nwords\n--xx\nContent-Type: message/delivery-status\n\n"
	    "reporting-mta:dns;relay\noriginal-envelope-ID:  {" GUID "}  \n\n\n"
	    "FINAL-RECIPIENT: rfc822;a@b\naction: FAILED (after a while)\nstatus: 5.1.1 (no user)\n"
	    "diagnostic-code: smtp; 550 5.1.1 <a@b>:\n    User \x1b[31munknown\n\n--xx--\n";
	struct mail_report r;
	(void)state;
	assert_true(read_text(text, &r));
	assert_int_equal(r.action, MAIL_FAILED);
	assert_string_equal(r.id, "{" GUID "}");
	assert_string_equal(r.status, "5.1.1");
	assert_string_equal(r.by, "relay");
	assert_string_equal(r.why, "550 5.1.1 <a@b>: User [31munknown");
}

/* Whoever does not say the envelope's id returns at least the message's own. */
static void
test_by_message_id(void **state)
{
	static const char *const parts[] = {
	    "--b/1\r\nContent-Type: text/rfc822-headers\r\n\r\nSubject: x\r\nMessage-ID: <" GUID
	    "@example.com>\r\n\r\n" END,
	    "--b/1\r\nContent-Type: message/rfc822\r\n\r\nMessage-Id:\r\n <" GUID
	    "@example.com>\r\nSubject: x\r\n\r\nbody\r\n" END,
	};
	char text[4096];
	struct mail_report r;
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		snprintf(text, sizeof(text), "%s%s",
			 REPORT WORDS STATUS
			 "Reporting-MTA: x\r\n" TO("relayed", "2.0.0", "") "\r\n",
			 parts[i]);
		assert_true(read_text(text, &r));
		assert_string_equal(r.id, GUID);
		assert_string_equal(r.by, "x");
		assert_int_equal(r.action, MAIL_RELAYED);
	}
}

static void
test_several(void **state)
{
	struct mail_report r;
	(void)state;
	assert_true(read_text(REPORT WORDS STATUS ABOUT TO("failed", "5.2.2", "")
				  TO("expanded", "2.0.0", "") TO("delayed", "4.0.0", "") "\r\n" END,
			      &r));
	assert_int_equal(r.action, MAIL_EXPANDED);
	assert_string_equal(r.status, "2.0.0");
}

static void
test_none(void **state)
{
	static const char *const texts[] = {
	    "",
	    "Subject: hello\r\n\r\nhow are you\r\n",
	    HEAD("multipart/mixed") WORDS STATUS ABOUT TO("failed", "5.0.0", "") END,
	    HEAD("multipart/report; report-type=disposition-notification")
		WORDS STATUS ABOUT TO("failed", "5.0.0", "") END,
	    REPORT WORDS "--b/1\r\nContent-Type: text/plain\r\n\r\n" ABOUT TO("failed", "5.0.0", "")
		END,
	    REPORT WORDS STATUS ABOUT END,
	    REPORT WORDS STATUS ABOUT TO("lost", "5.0.0", "") END,
	    REPORT WORDS STATUS
	    "Original-Envelope-Id: ../../etc/passwd\r\n" TO("failed", "5.0.0", "") END,
	    REPORT WORDS STATUS "Reporting-MTA: dns; x\r\n" TO("failed", "5.0.0", "") END,
	    "Content-Type: multipart/report; report-type=delivery-status\r\n\r\n" ABOUT,
	};
	struct mail_report r;
	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (read_text(texts[i], &r))
			fail_msg("text %zu is taken for a report", i);
}

/* A mail that returns all that it is about is cut off somewhere behind the status; one that nests
 * parts as deep as its size lets it ends the same way as any other. */
static void
test_large(void **state)
{
	enum { ROOM = 2 * MAIL_REPORT_MAX };
	char *text = malloc(ROOM);
	struct mail_report r;
	(void)state;
	assert_non_null(text);
	memset(text, 'A', ROOM);
	int n = snprintf(text, ROOM, "%s",
			 REPORT WORDS STATUS ABOUT TO("delivered", "2.0.0", "") "\r\n--b/1\r\n");
	text[n] = '\n';
	assert_true(mail_report_read((struct slice){text, ROOM}, &r));
	assert_string_equal(r.id, GUID);

	struct buf out = {text, 0, ROOM, false};
	buf_str(&out, REPORT);
	for (int i = 0; out.n < MAIL_REPORT_MAX; i++)
		buf_printf(&out, "--b%s%d\nContent-Type: multipart/mixed; boundary=b/%d\n\n",
			   i > 0 ? "/" : "/1", i > 0 ? i - 1 : 0, i);
	assert_false(mail_report_read((struct slice){text, out.n}, &r));
	out.n = 0;
	buf_str(&out, REPORT WORDS "--b/1\r\nContent-Type: message/rfc822\r\n\r\n");
	while (out.n < MAIL_REPORT_MAX)
		buf_str(&out, "Content-Type: message/rfc822\n\n");
	assert_false(mail_report_read((struct slice){text, out.n}, &r));
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_delivered),     cmocka_unit_test(test_failed),
	    cmocka_unit_test(test_by_message_id), cmocka_unit_test(test_several),
	    cmocka_unit_test(test_none),          cmocka_unit_test(test_large),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
