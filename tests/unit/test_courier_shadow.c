/* test_courier_shadow: what a mail server has taken: confirmed by a report or by a look into the
 * mailbox, bounced, sent again once, dropped; the delivery is the test's own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "worker/courier.h"

#define LONG_AGO "2020-01-01T00:00:00Z"

static atomic_int tries, asked, is_seen, outcome;
static atomic_bool reported;
static char root[64], spool[80], reports[80];
static struct courier *c;

static void
deliver(void *arg, const struct letter *l, bool again, struct courier_result *ret)
{
	(void)arg;
	(void)l;
	(void)again;
	tries++;
	*ret = (struct courier_result){.outcome = (enum outcome)outcome, .reported = reported};
	snprintf(ret->text, sizeof(ret->text), "mx.example:25: 250 2.0.0 Ok: queued as %d", tries);
}

static int
seen(void *arg, const struct letter *l)
{
	assert_ptr_equal(arg, &asked);
	assert_string_equal(l->recipient_address, "a@b.example");
	asked++;
	return is_seen;
}

static void
start(courier_seen_fn *look)
{
	struct courier_parts p = {.spool = spool,
				  .expire = 1000000,
				  .shadow = 3600000,
				  .deliver = deliver,
				  .reports = reports,
				  .seen = look,
				  .seen_arg = &asked};
	assert_int_equal(courier_new(&p, &c), 0);
	courier_own(c, true);
}

static void
stop(void)
{
	assert_true(courier_stop(c, 5000));
	courier_free(c);
}

/* A worker ends, another one takes over. */
static void
restart(courier_seen_fn *look)
{
	stop();
	start(look);
}

static int
set_up(void **state)
{
	char path[96];
	(void)state;
	strcpy(root, "/tmp/test_courier_shadow.XXXXXX");
	assert_non_null(mkdtemp(root));
	snprintf(spool, sizeof(spool), "%s/spool", root);
	snprintf(reports, sizeof(reports), "%s/reports", root);
	assert_int_equal(mkdir(spool, 0755) + mkdir(reports, 0755), 0);
	for (const char *const *sub = (const char *const[]){"new", "cur", "tmp", NULL}; *sub;
	     sub++) {
		snprintf(path, sizeof(path), "%s/%s", reports, *sub);
		assert_int_equal(mkdir(path, 0755), 0);
	}
	tries = asked = is_seen = 0;
	outcome = OUTCOME_DELIVERED;
	reported = true;
	start(NULL);
	return 0;
}

static int
tear_down(void **state)
{
	char command[128];
	(void)state;
	if (!courier_stop(c, 5000))
		return -1;
	courier_free(c);
	snprintf(command, sizeof(command), "rm -rf '%s'", root);
	return system(command) == 0 ? 0 : -1;
}

static void
put(const char *folder, const char *name, const char *text)
{
	char part[192], path[192];
	snprintf(part, sizeof(part), "%s/.part", root);
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	FILE *f = fopen(part, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	assert_int_equal(rename(part, path), 0);
}

static void
put_message(const char *id)
{
	char name[96], text[256];
	snprintf(name, sizeof(name), "%s.wav", id);
	put(spool, name, "sound");
	snprintf(text, sizeof(text),
		 "MessageType : VoiceMail\nRecipientAddress : a@b.example\nAttachmentName : %s\n",
		 name);
	snprintf(name, sizeof(name), "%s.txt", id);
	put(spool, name, text);
}

static void
put_report(const char *sub, const char *name, const char *id, const char *action)
{
	char folder[96], text[1024];
	snprintf(folder, sizeof(folder), "%s/%s", reports, sub);
	snprintf(text, sizeof(text),
		 "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n"
		 "--b\n\nwords\n--b\nContent-Type: message/delivery-status\n\n"
		 "Reporting-MTA: dns; mx2.example\nOriginal-Envelope-Id: %s\n\n"
		 "Final-Recipient: rfc822; a@b.example\nAction: %s\nStatus: 5.2.2\n"
		 "Diagnostic-Code: smtp; 552 mailbox full\n\n--b--\n",
		 id, action);
	put(folder, name, text);
}

static bool
is_there(const char *folder, const char *name)
{
	char path[192];
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return access(path, F_OK) == 0;
}

/* Waits until `what` holds, for 5 s. */
#define until(what)                                                   \
	do {                                                          \
		int left = 5000;                                      \
		while (!(what) && left-- > 0)                         \
			usleep(1000);                                 \
		if (left <= 0)                                        \
			fail_msg("line %d: not %s", __LINE__, #what); \
	} while (0)

static struct courier_report
report(void)
{
	struct courier_report r;
	courier_report(c, &r);
	return r;
}

static void
ask(const char *order, char *text, size_t size)
{
	struct pollfd p = {.fd = courier_answer_fd(c), .events = POLLIN};
	assert_int_equal(courier_order(c, 1, order), 0);
	assert_int_equal(poll(&p, 1, 5000), 1);
	struct courier_answer *a = courier_answer(c);
	assert_non_null(a);
	snprintf(text, size, "%s", a->text);
	free(a);
}

static bool
says(const char *order, const char *words)
{
	char text[4096];
	ask(order, text, sizeof(text));
	return strstr(text, words) != NULL;
}

/* A message in shadow/. */
static void
handed_over(const char *id)
{
	char name[96];
	int before = tries;
	put_message(id);
	snprintf(name, sizeof(name), "shadow/%s.txt", id);
	until(tries == before + 1 && is_there(spool, name));
	snprintf(name, sizeof(name), "shadow/%s.wav", id);
	until(is_there(spool, name));
	until(report().shadow > 0);
}

/* By hand, as an administrator could, between two workers: it was sent `sent`, and again at
 * `again`. */
static void
edit(const char *id, const char *sent, const char *again, courier_seen_fn *look)
{
	char text[512], path[192];
	snprintf(text, sizeof(text),
		 "SentAt : %s\nSentTo : mx\nReportExpected : True\n%s%s%sMessageType : VoiceMail\n"
		 "RecipientAddress : a@b.example\nAttachmentName : %s.wav\n",
		 sent, again ? "SentAgainAt : " : "", again ? again : "", again ? "\n" : "", id);
	snprintf(path, sizeof(path), "shadow/%s.txt", id);
	stop();
	put(spool, path, text);
	start(look);
}

static void
test_delivered(void **state)
{
	static const char *const actions[] = {"delivered", "relayed", "expanded (to a list)"};
	(void)state;
	for (size_t i = 0; i < 3; i++) {
		handed_over("m");
		put_report(i == 1 ? "cur" : "new", i == 1 ? "r:2,S" : "r", "m", actions[i]);
		until(!is_there(spool, "shadow/m.txt") && !is_there(spool, "shadow/m.wav"));
		until(!is_there(reports, "new/r") && !is_there(reports, "cur/r:2,S"));
		until(report().confirmed == i + 1 && report().shadow == 0);
	}
	assert_int_equal(tries, 3);
}

/* What is about nobody's message, or is no report, stays; so does a report that came too early. */
static void
test_other_mail(void **state)
{
	char folder[96];
	(void)state;
	snprintf(folder, sizeof(folder), "%s/new", reports);
	put(folder, "hello", "Subject: hello\n\nm delivered\n");
	put_report("new", "stranger", "n", "delivered");
	put_report("new", "delayed", "m", "delayed");
	handed_over("m");
	put_report("new", "r", "m", "delivered");
	until(!is_there(reports, "new/r"));
	assert_true(is_there(reports, "new/hello") && is_there(reports, "new/stranger"));
	assert_int_equal(report().confirmed, 1);
}

static void
test_failed(void **state)
{
	(void)state;
	handed_over("m");
	put_report("new", "r", "m", "failed");
	until(is_there(spool, "bad/m.txt") && is_there(spool, "bad/m.wav"));
	until(!is_there(reports, "new/r") && report().bounced == 1 && report().bad == 1);
	assert_true(
	    says("queue show m", "because: mx2.example says failed 5.2.2: 552 mailbox full\n"));
	/* the administrator has mended it: it begins anew */
	assert_true(says("queue release m", "in the queue again"));
	until(tries == 2 && is_there(spool, "shadow/m.txt"));
	put_report("new", "r", "m", "delayed");
	until(!is_there(reports, "new/r"));
	assert_true(is_there(spool, "shadow/m.txt"));
}

static void
test_second(void **state)
{
	(void)state;
	handed_over("m");
	assert_true(says("queue", "shadow: 1 expect a report, 0 do not, 0 were sent again\n"));
	assert_true(says("queue show m", "mx.example:25: 250 2.0.0 Ok: queued as 1"));
	edit("m", LONG_AGO, NULL, NULL);
	until(tries == 2 && is_there(spool, "shadow/m.txt") && is_there(spool, "shadow/m.wav"));
	until(report().again == 1);
	assert_true(says("queue show m", "because nobody had confirmed it\n"));
	restart(NULL); /* it is young again, and never sent a third time */
	assert_true(says("queue", "1 were sent again"));
	edit("m", LONG_AGO, LONG_AGO, NULL);
	until(!is_there(spool, "shadow/m.txt") && !is_there(spool, "shadow/m.wav"));
	until(report().unconfirmed == 1);
	assert_int_equal(tries, 2);
	assert_int_equal(report().again, 0);
}

/* Killed between the decision and the move; and a report that comes while it waits. */
static void
test_second_waits(void **state)
{
	(void)state;
	handed_over("m");
	outcome = OUTCOME_LATER;
	edit("m", LONG_AGO, "2020-01-02T00:00:00Z", NULL);
	until(tries == 2 && is_there(spool, "m.txt") && !is_there(spool, "shadow/m.txt"));
	put_report("new", "r", "m", "failed"); /* of the first one: no reason to give up */
	until(!is_there(reports, "new/r"));
	assert_true(is_there(spool, "m.txt"));
	put_report("new", "r", "m", "delivered");
	until(!is_there(reports, "new/r") && !is_there(spool, "m.txt") &&
	      !is_there(spool, "m.wav"));
	until(report().queued == 0 && report().confirmed == 1);
}

static void
test_no_dsn(void **state)
{
	(void)state;
	reported = false;
	handed_over("m");
	assert_true(says("queue show m", "the server promised no report (DSN)"));
	char text[] = "SentAt : " LONG_AGO "\nMessageType : MissedCall\n"
		      "RecipientAddress : a@b.example\n";
	put(spool, "shadow/m.txt", text);
	restart(NULL);
	until(!is_there(spool, "shadow/m.txt"));
	until(report().owner && report().shadow == 0);
	assert_int_equal(tries, 1);
	assert_int_equal(report().unconfirmed, 0);
}

/* Reports that cannot be read confirm nothing: that is no reason to send everything again. */
static void
test_deaf(void **state)
{
	char away[96], now[32];
	const time_t hour_ago = time(NULL) - 3700;
	struct tm tm;
	(void)state;
	handed_over("m");
	snprintf(away, sizeof(away), "%s.away", reports);
	assert_int_equal(rename(reports, away), 0);
	strftime(now, sizeof(now), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&hour_ago, &tm));
	edit("m", now, NULL, NULL);
	until(report().deaf && report().shadow == 1);
	assert_true(says("queue show m", "which cannot be read now"));
	edit("n", LONG_AGO, NULL, NULL);
	until(!is_there(spool, "shadow/n.txt") && report().unconfirmed == 1);
	assert_true(is_there(spool, "shadow/m.txt"));
	assert_int_equal(rename(away, reports), 0);
	restart(NULL);
	until(!report().deaf && tries == 2);
}

static void
test_seen(void **state)
{
	(void)state;
	restart(seen);
	reported = false;
	handed_over("m");
	is_seen = -EAGAIN; /* nobody can tell: kept, and when its time is over dropped */
	edit("m", LONG_AGO, LONG_AGO, seen);
	until(asked == 1 && report().unconfirmed == 1);
	is_seen = 0;
	handed_over("k");
	edit("k", LONG_AGO, NULL, seen);
	until(asked == 2 && tries == 3 && is_there(spool, "shadow/k.txt"));
	until(report().again == 1);
	is_seen = 1;
	edit("k", LONG_AGO, LONG_AGO, seen);
	until(!is_there(spool, "shadow/k.txt") && report().confirmed == 1);
	assert_int_equal(tries, 3);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_delivered),    TEST(test_other_mail), TEST(test_failed), TEST(test_second),
	    TEST(test_second_waits), TEST(test_no_dsn),     TEST(test_deaf),   TEST(test_seen),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
