/* test_conf: the key table against the reader, the printer and the comparison: what one says, the
 * others must understand.  The wording of errors is in tests/golden/conf. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/value.h"
#include "tests/unit/given.h"

#define LEAST "[listen]\naddress = 192.0.2.1\n[trunk pbx]\nsource = 10.0.0.0/8\n"

#define PLAN  "[dialplan main]\nextension_length = 4\n"

static char error_text[8192];

/* Reads a text that must be wrong, and returns the error lines. */
static const char *
must_fail(struct slice text)
{
	struct buf errors = BUF(error_text);
	struct conf *c = NULL;

	assert_int_equal(conf_read_text("test", text, &errors, &c), -EINVAL);
	assert_null(c);
	return buf_cstr(&errors);
}

/* A whole configuration in which `k` has the value `value`. */
static char *
with_key(const struct conf_key *k, const char *value)
{
	char *text;

	if (!strcmp(k->name, "listen.address"))
		assert_true(asprintf(&text,
				     "[listen]\naddress = %s\n[trunk pbx]\nsource = 10.0.0.0/8\n",
				     value) > 0);
	else if (!strcmp(k->name, "trunk.source"))
		assert_true(asprintf(&text,
				     "[listen]\naddress = 192.0.2.1\n[trunk pbx]\nsource = %s\n",
				     value) > 0);
	else if (keys_is_trunk(k))
		assert_true(asprintf(&text, LEAST "%s = %s\n", k->key, value) > 0);
	else if (!strcmp(k->name, "dialplan.extension_length"))
		assert_true(asprintf(&text, LEAST "[dialplan main]\n%s = %s\n", k->key, value) > 0);
	else if (keys_named(k))
		assert_true(asprintf(&text, LEAST PLAN "%s = %s\n", k->key, value) > 0);
	else
		assert_true(asprintf(&text, LEAST "[%s]\n%s = %s\n", k->section, k->key, value) >
			    0);
	return text;
}

/* A value for every key that is right and is not the default; one can only be changed together
 * with the key after it. */
static const struct {
	const char *name, *value;
} others[] = {
    {"listen.address", "192.0.2.2 2001:db8::1"},
    {"listen.port", "5070"},
    {"listen.slot_a_port", "5075"},
    {"listen.slot_b_port", "5077"},
    {"listen.transports", "tcp"},
    {"tls.certificate", "/etc/evertrunk/cert.pem"},
    {"tls.key", "/etc/evertrunk/key.pem"},
    {"tls.ca", "/etc/evertrunk/ca.pem"},
    {"tls.crl", "/etc/evertrunk/crl.pem\n[tls]\nca = /etc/evertrunk/ca.pem"},
    {"tls.host", "um.example.com um"},
    {"tls.expiry_warning", "7d"},
    {"inner.supervisor", "127.0.0.66:5074"},
    {"inner.worker", "127.0.0.67"},
    {"worker.program", "/opt/um-worker"},
    {"worker.start_timeout", "15s"},
    {"worker.heartbeat", "3s"},
    {"worker.probe_interval", "1500ms"},
    {"worker.probe_timeout", "200ms"},
    {"worker.stop_grace", "7s"},
    {"recycle.every", "0"},
    {"recycle.at", "Wed 23:59"},
    {"recycle.jitter", "5m"},
    {"recycle.when_calls", "3"},
    {"recycle.memory", "1G"},
    {"recycle.calls", "1000000000000"},
    {"recycle.drain", "40m"},
    {"recycle.backoff", "100ms"},
    {"recycle.backoff_max", "2h"},
    {"recycle.standby", "no"},
    {"call.max_duration", "1210s"},
    {"call.session_expires", "0"},
    {"call.min_se", "2m"},
    {"call.operator", "+49301234#*"},
    {"call.review", "no"},
    {"call.input_failures", "1"},
    {"call.logon_failures", "5"},
    {"call.logon_attempts", "20"},
    {"call.logon_lock", "30m"},
    {"call.greeting_max", "2m"},
    {"recording.idle_timeout", "4s"},
    {"recording.max_duration", "10m"},
    {"recording.min_duration", "0"},
    {"recording.silence_dbm0", "-50"},
    {"recording.spool", "/srv/a b/spool"},
    {"prompt.directory", "conf/prompts"},
    {"prompt.languages", "fr en"},
    {"prompt.greeting", "gr\xc3\xbc\xc3\x9f.wav"},
    {"prompt.tone", "0"},
    {"prompt.no_service", "nobody.wav"},
    {"mail.delivery", "off"},
    {"mail.maildir", "/srv/mail/%d/%n/Maildir"},
    {"mail.sender", "voice@example.com"},
    {"mail.sender_name", "Anrufbeantworter"},
    {"mail.operator", "operator@example.org"},
    {"mail.expire", "2d"},
    {"mail.shadow", "0"},
    {"mail.reports", "/srv/mail/voicemail\ndelivery = smtp\nsender = um@example.com\n[smtp]\nhosts "
		     "= mx.example.com\n[log]"},
    {"mail.audio", "mp3"},
    {"mail.note", "Fragen? <b>2000</b> anrufen: t\xc3\xa4glich"},
    {"smtp.hosts", "mail.example.com [2001:db8::1]:587 192.0.2.9:2525"},
    {"smtp.tls", "implicit"},
    {"smtp.ca", "/etc/evertrunk/mail-ca.pem"},
    {"smtp.user", "um@example.com\npassword_file = /p\n[log]"},
    {"smtp.password_file", "/etc/evertrunk/mail.password\nuser = um\n[log]"},
    {"smtp.helo", "um.example.com"},
    {"smtp.connect_timeout", "5s"},
    {"smtp.reply_timeout", "10s"},
    {"smtp.send_timeout", "1m"},
    {"imap.host", "imap.example.com:143\nuser = %n\npassword_file = /p\n[mail]\ndelivery = smtp\n"
		  "sender = um@example.com\n[smtp]\nhosts = mail.example.com\n[log]"},
    {"imap.tls", "implicit"},
    {"imap.ca", "/etc/evertrunk/mail-ca.pem"},
    {"imap.user", "EXAMPLE\\evertrunk\\%n"},
    {"imap.password_file", "/etc/evertrunk/imap.password"},
    {"imap.folder", "user/%n"},
    {"imap.interval", "30s"},
    {"imap.rate", "5"},
    {"imap.connect_timeout", "5s"},
    {"imap.reply_timeout", "5s"},
    {"mwi.refresh", "12h"},
    {"rtp.ports", "30000-30001"},
    {"rtp.jitter_max", "60ms"},
    {"rtp.dscp", "0"},
    {"rtp.transmit_silence", "yes"},
    {"rtp.timeout", "0"},
    {"limits.message_bytes", "64K"},
    {"limits.headers", "64"},
    {"limits.connections", "16000"},
    {"limits.connections_per_source", "1"},
    {"limits.connection_idle", "4h"},
    {"limits.message_time", "5s"},
    {"limits.stream_queue", "1M"},
    {"limits.calls", "8000"},
    {"limits.pending", "1000"},
    {"limits.hold", "0"},
    {"pressure.disk_medium", "1024G"},
    {"pressure.disk_high", "0"},
    {"pressure.queue_medium", "0"},
    {"pressure.queue_high", "10000000"},
    {"pressure.oldest_medium", "30d"},
    {"pressure.oldest_high", "4h"},
    {"pressure.memory_medium", "0"},
    {"pressure.memory_high", "1000"},
    {"pressure.calls_medium", "1"},
    {"pressure.calls_high", "100"},
    {"control.socket", "run/control.sock"},
    {"control.group", "telephony"},
    {"http.address", "[::1]:8060"},
    {"log.level", "debug"},
    {"state.directory", "run"},
    {"mailboxes.file", "/etc/evertrunk/mailboxes.csv\n" PLAN},
    {"dialplan.extension_length", "5"},
    {"dialplan.pilot", "3500 +493012343500 *98"},
    {"dialplan.attendant", "2000"},
    {"dialplan.operator", "+493012340"},
    {"dialplan.number_prefix", "+49301234 +4989777"},
    {"dialplan.country_code", "49"},
    {"dialplan.area_code", "30"},
    {"dialplan.international_prefix", "011"},
    {"dialplan.national_prefix", "0\ncountry_code = 49\n[log]"},
    {"dialplan.outside_line", "9"},
    {"dialplan.plain_number", "international"},
    {"dialplan.language", "nl-NL"},
    {"dialplan.unknown", "404"},
    {"trunk.dialplan", "main\n" PLAN},
    {"trunk.source", "10.1.1.1 2001:db8::/32"},
    {"trunk.profile", "cs1000"},
    {"trunk.tls_name",
     "pbx.example.com 2001:db8::7 192.0.2.7\n[tls]\nca = /ca.pem\ncertificate = /c.pem\n"
     "[listen]\ntransports = dual"},
    {"trunk.tls", "never"},
    {"trunk.mode", "proxy"},
    {"trunk.contact_style", "nrs"},
    {"trunk.refer_host", "voice.example.com"},
    {"trunk.address", "192.0.2.7:5060"},
    {"trunk.transport", "tcp"},
    {"trunk.outage", "silence"},
    {"trunk.busy_code", "500"},
    {"trunk.outage_code", "480"},
    {"trunk.diversion", "target diversion"},
    {"trunk.diverting", "last"},
    {"trunk.refer", "no"},
    {"trunk.mwi", "off"},
    {"trunk.srtp", "required"},
    {"trunk.external_address", "203.0.113.9"},
    {"trunk.domain", "voice.example.com"},
    {"trunk.reuse", "no"},
    {"trunk.nat", "yes"},
    {"trunk.max_calls", "200"},
    {"trunk.max_rate", "100000"},
};

static const char *
other_value(const struct conf_key *k)
{
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (!strcmp(others[i].name, k->name))
			return others[i].value;
	fail_msg("test_conf.c: `others` lacks %s", k->name);
	return NULL;
}

static void
test_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < conf_nkeys; i++) {
		const struct conf_key *k = &conf_keys[i];
		char name[64], text[512];
		struct buf hint = BUF(text);

		snprintf(name, sizeof(name), "%s.%s", k->section, k->key);
		assert_string_equal(k->name, name);
		assert_ptr_equal(keys_find(k->section, k->key), k);
		assert_ptr_equal(keys_get(k->name), k);
		assert_true(k->change == CONF_LIVE || k->change == CONF_WORKER ||
			    k->change == CONF_RESTART);
		assert_true(strlen(k->help) > 10 && k->help[strlen(k->help) - 1] == '.');
		value_hint(k, &hint);
		assert_true(hint.n > 3 && !hint.full);
		assert_true(k->offset + k->size <=
			    (keys_named(k) ? keys_named(k)->size : sizeof(struct conf)));
	}
	assert_null(keys_find("listen", "nothing"));
	assert_null(keys_find("nothing", "port"));
	assert_null(keys_section(SLICE("trunk")));
}

/* The numbers that the documents promise. */
static void
test_defaults(void **state)
{
	struct conf *c = given_conf(LEAST);

	(void)state;
	assert_int_equal(c->listen.port, 5060);
	assert_int_equal(c->listen.slot_a_port, 5065);
	assert_int_equal(c->listen.slot_b_port, 5067);
	assert_true(c->listen.udp && c->listen.tcp);
	assert_int_equal(c->recycle.every, INT64_C(7) * 86400 * 1000);
	assert_false(c->recycle.at.set);
	assert_int_equal(c->recycle.when_calls, -1);
	assert_int_equal(c->recycle.memory, 512u << 20);
	assert_int_equal(c->recycle.drain, 35 * 60000);
	assert_true(c->recycle.standby);
	assert_int_equal(c->call.max_duration, 30 * 60000);
	assert_int_equal(c->recording.idle_timeout, 5000);
	assert_int_equal(c->recording.max_duration, 20 * 60000);
	assert_int_equal(c->recording.silence_dbm0, -45);
	assert_int_equal(c->rtp.port_first, 20000);
	assert_int_equal(c->rtp.port_last, 20999);
	assert_int_equal(c->rtp.dscp, 46);
	assert_int_equal(c->limits.hold, 3000);
	assert_int_equal(c->http.address.port, 8060);
	assert_int_equal(c->log.level, LOG_INFO_);
	assert_int_equal(c->ntrunk, 1);
	assert_string_equal(c->trunk[0].name, "pbx");
	assert_int_equal(c->trunk[0].mode, TRUNK_AUTO);
	assert_int_equal(c->trunk[0].profile, PROFILE_AUTO);
	assert_int_equal(c->trunk[0].reuse, REUSE_YES);
	assert_int_equal(c->trunk[0].outage_code, 503);
	assert_int_equal(c->trunk[0].ndiversion, DIVERSION_SOURCES);
	assert_int_equal(c->trunk[0].nsource, 1);
	free(c);
}

/* Every key takes a value that is not its default, prints it, reads that back, and conf_compare()
 * sees it and nothing else. */
static void
test_each_key(void **state)
{
	struct conf *least = given_conf(LEAST), *with_plan = given_conf(LEAST PLAN);
	const char *name;

	(void)state;
	assert_int_equal(conf_compare(least, least, &name), CONF_SAME);
	assert_null(name);
	for (size_t i = 0; i < conf_nkeys; i++) {
		const struct conf_key *k = &conf_keys[i];
		const bool planned = keys_named(k) == &conf_named[NAMED_DIALPLAN];
		const struct conf *plain = planned ? with_plan : least;
		char *text = with_key(k, other_value(k));
		struct conf *c = given_conf(text), *again;
		char *printed = conf_print(c);

		again = given_conf(printed);
		assert_int_equal(conf_compare(c, again, &name), CONF_SAME);
		if (!strstr(other_value(k), "\n[")) { /* else other keys had to change with it */
			assert_int_equal(conf_compare(plain, c, &name), k->change);
			assert_string_equal(name, k->name);
			assert_int_equal(conf_compare(c, plain, &name), k->change);
		}
		free(again);
		free(printed);
		free(c);
		free(text);
	}
	free(least);
	free(with_plan);
}

/* The longest that every limit allows is read and printed whole. */
static void
test_most(void **state)
{
	struct buf b = {malloc(1 << 20), 0, 1 << 20, false};
	struct conf *c, *again;
	const char *name;
	char *printed;

	(void)state;
	buf_printf(&b, "[recording]\nspool = /%0510d\n[listen]\naddress =", 0);
	for (int i = 0; i < CONF_ADDRESSES; i++)
		buf_printf(&b, " 2001:db8:1111:2222:3333:4444:5555:%d", 6660 + i);
	for (int t = 0; t < CONF_TRUNKS; t++) {
		buf_printf(&b, "\n[trunk %063d]\nsource =", t);
		for (int i = 0; i < CONF_SOURCES; i++)
			buf_printf(&b, " 2001:db8:1111:2222:3333:4444:%d:%d/127", 1000 + t,
				   6000 + 2 * i);
	}
	c = given_conf(buf_cstr(&b));
	assert_false(b.full);
	assert_int_equal(c->listen.naddress, CONF_ADDRESSES);
	assert_int_equal(c->ntrunk, CONF_TRUNKS);
	assert_int_equal(c->trunk[CONF_TRUNKS - 1].nsource, CONF_SOURCES);
	assert_int_equal(strlen(c->trunk[CONF_TRUNKS - 1].name), CONF_NAME_MAX - 1);
	assert_int_equal(strlen(c->recording.spool), CONF_PATH_MAX - 1);
	printed = conf_print(c);
	again = given_conf(printed);
	assert_int_equal(conf_compare(c, again, &name), CONF_SAME);
	free(again);
	free(printed);
	free(c);
	buf_str(&b, "\n[trunk one-more]\nsource = 10.0.0.1\n");
	assert_non_null(
	    strstr(must_fail((struct slice){b.p, b.n}), "[trunk one-more]: is one too many"));
	free(b.p);
}

/* The strongest need wins; trunks that come, go or change their name are a change. */
static void
test_compare(void **state)
{
	struct conf *plain = given_conf(LEAST), *c;
	const char *name;

	(void)state;
	c = given_conf(LEAST "[recycle]\nevery = 1d\n[rtp]\ndscp = 0\n[log]\nlevel = debug\n");
	assert_int_equal(conf_compare(plain, c, &name), CONF_WORKER);
	assert_string_equal(name, "rtp.dscp");
	free(c);
	c = given_conf(LEAST "[recycle]\nevery = 1d\n[rtp]\ndscp = 0\n"
			     "[control]\ngroup = telephony\n");
	assert_int_equal(conf_compare(plain, c, &name), CONF_RESTART);
	assert_string_equal(name, "control.group");
	free(c);
	c = given_conf(LEAST "[trunk more]\nsource = 10.1.1.1\n");
	assert_int_equal(conf_compare(plain, c, &name), CONF_WORKER);
	assert_string_equal(name, "trunk.profile");
	free(c);
	c = given_conf("[listen]\naddress = 192.0.2.1\n[trunk other]\nsource = 10.0.0.0/8\n");
	assert_int_equal(conf_compare(plain, c, &name), CONF_WORKER);
	free(c);
	free(plain);
}

/* Lines that inih alone would read wrongly. */
static void
test_lines(void **state)
{
	static const char nul[] = LEAST "[log]\nlevel\0 = info\n";
	char longest[5000], text[6000];
	struct conf *c;

	(void)state;
	memset(longest, 'x', sizeof(longest));
	longest[4000 - strlen("; ")] = '\0';
	snprintf(text, sizeof(text), LEAST "; %s\n", longest);
	free(given_conf(text));
	snprintf(text, sizeof(text), LEAST "; %sx\n", longest);
	assert_non_null(strstr(must_fail(slice_str(text)), "test:5: a line of 4001 characters"));
	assert_non_null(
	    strstr(must_fail((struct slice){nul, sizeof(nul) - 1}), "test:6: a NUL byte"));
	free(given_conf("\xef\xbb\xbf" LEAST));
	c = given_conf("[listen]\r\n  address = 192.0.2.1 ; ours\r\n\tport : 5070\r\n"
		       "[trunk pbx] # them\r\nsource = 10.0.0.0/8"); /* no line end at the end */
	assert_int_equal(c->listen.naddress, 1);
	assert_int_equal(c->listen.port, 5070);
	assert_int_equal(c->trunk[0].nsource, 1);
	free(c);
	must_fail((struct slice){NULL, 0});
}

/* An error list that is full says so; a text with many errors does not run over. */
static void
test_many_errors(void **state)
{
	char small[256], text[8192] = "";
	struct buf errors = BUF(small), b = BUF(text);
	struct conf *c;

	(void)state;
	for (int i = 0; i < 100; i++)
		buf_printf(&b, "[nonsense%d]\n", i);
	assert_int_equal(conf_read_text("test", (struct slice){b.p, b.n}, &errors, &c), -EINVAL);
	assert_false(errors.full);
	assert_non_null(strstr(buf_cstr(&errors), "more errors, not shown)\n"));
}

static void
test_no_file(void **state)
{
	struct buf errors = BUF(error_text);
	struct conf *c;

	(void)state;
	assert_int_equal(conf_read("/nowhere/evertrunk.conf", &errors, &c), -ENOENT);
	assert_string_equal(buf_cstr(&errors),
			    "/nowhere/evertrunk.conf: cannot be read: No such file or directory\n");
	errors = BUF(error_text);
	assert_int_equal(conf_read("/", &errors, &c), -EISDIR);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_table),       cmocka_unit_test(test_defaults),
	    cmocka_unit_test(test_each_key),    cmocka_unit_test(test_most),
	    cmocka_unit_test(test_compare),     cmocka_unit_test(test_lines),
	    cmocka_unit_test(test_many_errors), cmocka_unit_test(test_no_file),
	};

	return cmocka_run_group_tests_name("conf", tests, NULL, NULL);
}
