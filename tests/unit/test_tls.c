/* test_tls: what is taken as our own certificate, what is refused and in which words, and
 * what is warned of. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <sys/stat.h>
#include <time.h>

#include "supervisor/tls.h"
#include "tests/unit/certificates.h"

#define DAY 86400

static struct conf conf;
static struct tls *tls;
static char why_text[512];

static int
set_up_group(void **state)
{
	(void)state;
	certificates_begin();
	make_root("ca");
	make_certificate("middle", "ca", "/CN=Middle", 90, "basicConstraints=critical,CA:TRUE\\n");
	make_certificate("um", "ca", "/CN=um.example.com", 60,
			 "subjectAltName=DNS:um.example.com,IP:192.0.2.20\\n");
	make_certificate("other", "ca", "/CN=other", 60, "subjectAltName=DNS:other.example.com\\n");
	return 0;
}

static int
tear_down_group(void **state)
{
	(void)state;
	certificates_end();
	return 0;
}

static int
set_up(void **state)
{
	(void)state;
	tls = tls_new();
	memset(&conf, 0, sizeof(conf));
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	tls_free(tls);
	return 0;
}

static void
put_path(char out[CONF_PATH_MAX], const char *file)
{
	if (file[0] == '/')
		snprintf(out, CONF_PATH_MAX, "%s", file);
	else if (file[0])
		snprintf(out, CONF_PATH_MAX, "%s/%s", certificates, file);
	else
		out[0] = '\0';
}

/* Loads these files of the folder ("": none), as if it were `days` from now. */
static int
load_at(const char *certificate, const char *key, const char *ca, int days)
{
	struct buf why = BUF(why_text);

	put_path(conf.tls.certificate, certificate);
	put_path(conf.tls.key, key);
	put_path(conf.tls.ca, ca);
	const int error = tls_load(tls, &conf, time(NULL) + days * DAY, &why);
	buf_cstr(&why);
	if (!error)
		assert_string_equal(why_text, "");
	return error;
}

static int
load(const char *certificate, const char *key, const char *ca)
{
	return load_at(certificate, key, ca, 0);
}

static void
host(const char *name)
{
	snprintf(conf.tls.host[conf.tls.nhost++], CONF_NAME_MAX, "%s", name);
}

/* Whether one of the warnings has these words. */
static bool
warned(const char *words)
{
	const struct tls_report *r = tls_report(tls);

	for (size_t i = 0; i < r->nwarning; i++)
		if (strstr(r->warning[i], words))
			return true;
	return false;
}

static void
refused(int error, const char *words)
{
	assert_int_not_equal(error, 0);
	if (!strstr(why_text, words))
		fail_msg("not said: %s; but: %s", words, why_text);
	assert_null(strchr(why_text, '\n'));
}

static void
test_a_good_one(void **state)
{
	const struct tls_report *r = tls_report(tls);

	(void)state;
	assert_false(r->on);
	host("um.example.com");
	host("192.0.2.20");
	assert_int_equal(load("um.pem", "um.key", "ca.pem"), 0);
	assert_true(r->on);
	assert_string_equal(r->subject, "CN = um.example.com");
	assert_string_equal(r->issuer, "CN = Root ca");
	assert_string_equal(r->names, "dns:um.example.com ip:192.0.2.20 subject:um.example.com");
	assert_in_range(r->not_after, time(NULL) + 59 * DAY, time(NULL) + 61 * DAY);
	assert_in_range(r->loaded, time(NULL) - 5, time(NULL));
	for (size_t i = 0; i < r->nwarning; i++)
		fail_msg("warned: %s", r->warning[i]);
}

static void
test_key_in_the_same_file(void **state)
{
	(void)state;
	in_certificates("cat um.key um.pem >both.pem");
	assert_int_equal(load("both.pem", "", ""), 0);
	assert_string_equal(tls_report(tls)->subject, "CN = um.example.com");
}

static void
test_what_is_refused(void **state)
{
	(void)state;
	refused(load("um.pem", "other.key", ""), "is not the key of the certificate in");
	refused(load("nowhere.pem", "um.key", ""), "nowhere.pem: No such file");
	refused(load("um.pem", "nowhere.key", ""), "tls.key");
	refused(load("um.key", "um.key", ""), "holds no certificate");
	refused(load("um.pem", "", ""), "holds no private key");
	refused(load("um.pem", "um.pem", ""), "holds no private key");
	refused(load("um.pem", "um.key", "um.key"), "tls.ca");
	refused(load("um.pem", "um.key", "nowhere.pem"), "nowhere.pem: No such file");
	refused(load("/dev/zero", "um.key", ""), "File too large");
	refused(load(".", "um.key", ""), "tls.certificate");
	in_certificates("openssl ec -aes128 -in um.key -out locked.key -passout pass:x 2>log");
	refused(load("um.pem", "locked.key", ""), "passphrase");
	in_certificates("openssl pkcs8 -topk8 -in um.key -out locked8.key -passout pass:x 2>log");
	refused(load("um.pem", "locked8.key", ""), "passphrase");
	in_certificates("head -c 300 um.pem >half.pem");
	refused(load("half.pem", "um.key", ""), "holds no certificate");
	in_certificates("openssl req -x509 -newkey rsa:1024 -nodes -keyout weak.key -out weak.pem "
			"-subj /CN=weak 2>log");
	refused(load("weak.pem", "weak.key", ""), "ee key too small");
	assert_false(tls_report(tls)->on);
}

static void
test_validity(void **state)
{
	(void)state;
	refused(load_at("um.pem", "um.key", "", 61), "expired on 20");
	refused(load_at("um.pem", "um.key", "", -1), "is not valid before 20");
	assert_int_equal(load_at("um.pem", "um.key", "", 59), 0);
}

/* What was good before stays in use when the next one is bad. */
static void
test_a_refused_one_changes_nothing(void **state)
{
	(void)state;
	assert_int_equal(load("um.pem", "um.key", "ca.pem"), 0);
	refused(load("other.pem", "um.key", "ca.pem"), "is not the key");
	assert_string_equal(tls_report(tls)->subject, "CN = um.example.com");
	assert_int_equal(load("other.pem", "other.key", "ca.pem"), 0);
	assert_string_equal(tls_report(tls)->subject, "CN = other");
}

/* The seed of this whole matter: calls in work, message waiting out does not. */
static void
test_wildcards_are_warned_of(void **state)
{
	(void)state;
	host("um.example.com");
	make_certificate("wild", "ca", "/CN=example", 60, "subjectAltName=DNS:*.example.com\\n");
	assert_int_equal(load("wild.pem", "wild.key", "ca.pem"), 0);
	assert_true(warned("the wildcard *.example.com in its subjectAltName"));
	assert_true(warned("message waiting"));
	assert_false(warned("does not name"));
	make_certificate("wildcn", "ca", "/CN=*.example.com", 60,
			 "subjectAltName=DNS:um.example.com\\n");
	assert_int_equal(load("wildcn.pem", "wildcn.key", "ca.pem"), 0);
	assert_true(warned("the wildcard *.example.com in its subject:") ||
		    warned("the wildcard *.example.com in its subject"));
}

static void
test_names_are_compared_with_hosts(void **state)
{
	(void)state;
	host("um.example.com");
	host("um2.example.com");
	host("192.0.2.99");
	assert_int_equal(load("um.pem", "um.key", "ca.pem"), 0);
	assert_true(warned("tls.host um2.example.com 192.0.2.99, only dns:um.example.com"));
	make_certificate("plain", "ca", "/CN=um.example.com", 60, "");
	conf.tls.nhost = 1;
	assert_int_equal(load("plain.pem", "plain.key", "ca.pem"), 0);
	assert_true(warned("no subjectAltName"));
	assert_false(warned("does not name"));
}

static void
test_chains(void **state)
{
	(void)state;
	make_certificate("deep", "middle", "/CN=deep", 60,
			 "subjectAltName=DNS:deep.example.com\\n");
	in_certificates(
	    "cat deep.pem middle.pem >full.pem; cat deep.pem ca.pem middle.pem >wrong.pem");
	assert_int_equal(load("full.pem", "deep.key", "ca.pem"), 0);
	assert_int_equal(tls_report(tls)->nwarning, 0);
	assert_int_equal(load("deep.pem", "deep.key", "ca.pem"), 0);
	assert_true(warned("its chain ends early: the certificate of CN = Middle"));
	assert_int_equal(load("full.pem", "deep.key", ""), 0);
	assert_true(warned("the certificate of CN = Root ca is not in the file"));
	assert_int_equal(load("wrong.pem", "deep.key", "ca.pem"), 0);
	assert_true(warned("not its chain in order"));
	assert_int_equal(load("ca.pem", "ca.key", ""), 0);
	assert_true(warned("self-signed"));
}

static void
test_usage_and_rights(void **state)
{
	(void)state;
	make_certificate("server", "ca", "/CN=s", 60,
			 "subjectAltName=DNS:s.example.com\\nextendedKeyUsage=serverAuth\\n");
	in_certificates("chmod 644 server.key");
	assert_int_equal(load("server.pem", "server.key", "ca.pem"), 0);
	assert_true(warned("no clientAuth"));
	assert_false(warned("no serverAuth"));
	assert_true(warned("everybody on this machine may read its key"));
	make_certificate("mail", "ca", "/CN=m", 60,
			 "subjectAltName=DNS:m.example.com\\nextendedKeyUsage=emailProtection\\n");
	assert_int_equal(load("mail.pem", "mail.key", "ca.pem"), 0);
	assert_true(warned("no serverAuth"));
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    TEST(test_a_good_one),
	    TEST(test_key_in_the_same_file),
	    TEST(test_what_is_refused),
	    TEST(test_validity),
	    TEST(test_a_refused_one_changes_nothing),
	    TEST(test_wildcards_are_warned_of),
	    TEST(test_names_are_compared_with_hosts),
	    TEST(test_chains),
	    TEST(test_usage_and_rights),
	};

	return cmocka_run_group_tests(tests, set_up_group, tear_down_group);
}
