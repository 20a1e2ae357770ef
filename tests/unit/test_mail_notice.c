/* test_mail_notice: what the operator is told: every cell of every language, one message in full,
 * many as a list that ends, and the longest there can be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ipc/base/clean.h"
#include "worker/mail.h"
#include "worker/mail_text.h"
#include "worker/mail_words.h"

static struct letter l;
static struct mail_style style;
static struct mail mail;
static char said[512];
static struct buf why;

static int
set_up(void **state)
{
	(void)state;
	setenv("TZ", "UTC", 1);
	why = BUF(said);
	style =
	    (struct mail_style){.sender = "voicemail@example.com", .sender_name = "", .note = ""};
	l = (struct letter){.id = "n1",
			    .type = LETTER_NOTICE,
			    .notice = NOTICE_EXPIRED,
			    .recipient_address = "reception@example.com",
			    .mailbox = "reception",
			    .culture = "en-GB",
			    .received = 1769903999,
			    .important = true,
			    .count = 1,
			    .nabout = 1};
	l.about[0] = (struct letter_about){.id = "0f8fad5b",
					   .recipient = "Tony Smith (tony@example.com)",
					   .caller = "+31201234567",
					   .reason = "452 4.2.2 mailbox full",
					   .received = 1769471999,
					   .tried_s = 432000};
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	mail_free(&mail);
	return 0;
}

/* Lines that quoted-printable has broken, whole again. */
static void
join_lines(char *text)
{
	char *to = text;
	for (const char *p = text; *p != '\0';)
		if (strncmp(p, "=\r\n", 3) == 0)
			p += 3;
		else
			*to++ = *p++;
	*to = '\0';
}

static void
build(void)
{
	assert_int_equal(mail_build(&l, &style, "/var/spool/evertrunk", &mail, &why), 0);
	mail.bytes = realloc(mail.bytes, mail.n + 1);
	mail.bytes[mail.n] = '\0';
	join_lines(mail.bytes);
}

static void
says(const char *text)
{
	if (strstr(mail.bytes, text) == NULL)
		fail_msg("no \"%s\" in:\n%s", text, mail.bytes);
}

static const struct {
	enum mail_notice_cell cell;
	const char *must[2];
} wants[] = {
    {MAIL_NOTICE_EXPIRED, {"{recipient}"}},
    {MAIL_NOTICE_EXPIRED_MANY, {"{count}"}},
    {MAIL_NOTICE_EXPIRED_TEXT, {"{length}"}},
    {MAIL_NOTICE_EXPIRED_TEXT_MANY, {"{count}", "{length}"}},
    {MAIL_NOTICE_AGAIN, {"{recipient}"}},
    {MAIL_NOTICE_AGAIN_MANY, {"{count}"}},
    {MAIL_NOTICE_AGAIN_TEXT_MANY, {"{count}"}},
    {MAIL_NOTICE_MORE, {"{count}"}},
};

/* Its patterns have what they must have in braces, and nothing else. */
static void
check_cell(const struct mail_notice_words *w, enum mail_notice_cell cell)
{
	const char *text = w->cells[cell];
	char copy[MAIL_LINE_MAX];
	size_t n = 0, braces = 0;
	if (text == NULL || text[0] == '\0')
		fail_msg("%s: cell %d is empty", w->language, cell);
	clean_text(slice_str(text), copy, sizeof(copy));
	assert_string_equal(text, copy);
	for (const char *p = text; *p != '\0'; p++)
		braces += *p == '{';
	for (size_t i = 0; i < sizeof(wants) / sizeof(wants[0]); i++)
		for (; wants[i].cell == cell && n < 2 && wants[i].must[n] != NULL; n++)
			if (strstr(text, wants[i].must[n]) == NULL)
				fail_msg("%s: no %s in \"%s\"", w->language, wants[i].must[n],
					 text);
	assert_int_equal(braces, n);
}

static void
test_every_cell(void **state)
{
	unsigned i = 0;
	(void)state;
	for (; mail_words_row(i) != NULL; i++) {
		const struct mail_notice_words *w = mail_words_notice_row(i);
		assert_non_null(w);
		assert_string_equal(w->language, mail_words_row(i)->language);
		assert_ptr_equal(mail_words_notice(w->language), w);
		for (int c = 0; c < MAIL_NOTICE_CELLS; c++)
			check_cell(w, (enum mail_notice_cell)c);
	}
	assert_null(mail_words_notice_row(i));
	assert_string_equal(mail_words_notice("xx-YY")->language, "en");
}

static void
test_one(void **state)
{
	(void)state;
	build();
	says("\r\nFrom: Voice Mail <voicemail@example.com>\r\n");
	says("\r\nTo: reception@example.com\r\n");
	says("\r\nSubject: Message for Tony Smith (tony@example.com) could not be delivered\r\n");
	says("\r\nMessage-Id: <n1@example.com>\r\n");
	says("\r\nAuto-Submitted: auto-generated\r\n");
	says("\r\nImportance: high\r\n");
	says("It was tried for 120 hours");
	says("\r\nFor: Tony Smith (tony@example.com)\r\nCaller: +31201234567\r\n"
	     "Time: 26 January 2026, 23:59 UTC\r\nReason: 452 4.2.2 mailbox full\r\n"
	     "Files: /var/spool/evertrunk/bad\r\n"
	     "To deliver it: um-ctl queue release 0f8fad5b\r\n");
	assert_null(strstr(mail.bytes, "Content-Class"));
	assert_null(strstr(mail.bytes, "Message-Context"));
	assert_null(strstr(mail.bytes, "audio/"));
	assert_string_equal(mail.to, "reception@example.com");
}

static void
test_sent_again(void **state)
{
	(void)state;
	l.notice = NOTICE_UNCONFIRMED;
	l.important = false;
	build();
	says("\r\nSubject: Message for Tony Smith (tony@example.com) was sent again\r\n");
	says("\r\nReason: 452 4.2.2 mailbox full\r\n");
	assert_null(strstr(mail.bytes, "queue release"));
	assert_null(strstr(mail.bytes, "Importance"));
}

static void
test_many(void **state)
{
	(void)state;
	l.count = 10000;
	l.nabout = 3;
	l.about[1] = l.about[2] = l.about[0];
	strcpy(l.about[1].id, "second");
	strcpy(l.about[1].caller, "");
	strcpy(l.about[2].id, "third");
	strcpy(l.about[2].reason, "No space left on device");
	build();
	says("\r\nSubject: 10000 messages could not be delivered\r\n");
	says("Reason: 452 4.2.2 mailbox full\r\n");
	says("release GUID\r\n");
	says("* 0f8fad5b; For: Tony Smith (tony@example.com); Caller: +31201234567;");
	says("* second; For: Tony Smith (tony@example.com); Time: 26 January 2026,");
	says("UTC; Reason: No space left on device");
	says("\r\nand 9997 more\r\n");
	says("<li>second; For");
}

/* Nothing is too long, and no text of a caller's becomes markup or a header. */
static void
test_longest(void **state)
{
	(void)state;
	l.count = UINT32_MAX;
	l.nabout = LETTER_ABOUT_MAX;
	for (size_t i = 0; i < LETTER_ABOUT_MAX; i++) {
		struct letter_about *a = &l.about[i];
		memset(a->id, 'i', sizeof(a->id) - 1);
		memset(a->recipient, '"', sizeof(a->recipient) - 1);
		memset(a->caller, '"', sizeof(a->caller) - 1);
		memset(a->reason, '"', sizeof(a->reason) - 1);
		a->reason[0] = (char)('A' + i % 26);
		memcpy(a->caller, "\r\nBcc: x@y ", 11);
		memcpy(a->recipient, "<b>", 3);
	}
	build();
	says("4294967245 more");
	says("&lt;b&gt;");
	assert_null(strstr(mail.bytes, "\nBcc"));
	assert_null(strstr(mail.bytes, "<b>\"\"\"\"</"));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_every_cell), TEST(test_one),     TEST(test_sent_again),
	    TEST(test_many),       TEST(test_longest),
	};
	return cmocka_run_group_tests_name("mail_notice", tests, NULL, NULL);
}
