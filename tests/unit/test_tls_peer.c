/* test_tls_peer: who the other end of a TLS session is, and whether it is to be believed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/tls_pair.h"

static void
test_both_know_each_other(void **state)
{
	struct tls *pbx = load("pbx", "ca");
	struct pair p = make_pair(um, pbx);
	struct tls_peer peer;
	char text[96];

	(void)state;
	shake(&p);
	tls_peer(p.server, time(NULL), &peer);
	assert_true(peer.shown);
	assert_null(peer.bad);
	assert_true(tls_names_match(&peer.names, "pbx.example.com"));
	assert_true(tls_names_match(&peer.names, "example.com"));
	assert_false(tls_names_match(&peer.names, "pbx"));
	tls_peer(p.client, time(NULL), &peer);
	assert_null(peer.bad);
	assert_true(tls_names_match(&peer.names, "um.example.com"));
	assert_string_equal(tls_describe(p.server, text), "TLSv1.3 TLS_AES_256_GCM_SHA384");
	assert_false(tls_resumed(p.server));
	end_pair(&p);
	tls_free(pbx);
}

/* What the server says of a client with this certificate; the handshake ends in any case. */
static void
judged(const char *name, const char *words)
{
	struct tls *pbx = load(name, NULL);
	struct pair p = make_pair(um, pbx);
	struct tls_peer peer;

	shake(&p);
	tls_peer(p.server, time(NULL), &peer);
	assert_true(peer.shown);
	if (words && !peer.bad)
		fail_msg("%s was believed", name);
	if (words ? !strstr(peer.bad, words) : peer.bad != NULL)
		fail_msg("%s: %s", name, peer.bad);
	end_pair(&p);
	tls_free(pbx);
}

static void
test_who_is_believed(void **state)
{
	const char *san = "subjectAltName=DNS:pbx.example.com\\n";
	char extensions[256];

	(void)state;
	judged("pbx", NULL);
	make_certificate("unknown", "stranger", "/CN=pbx", 60, san);
	judged("unknown", "signed by nobody that tls.ca knows");
	judged("stranger", "self-signed");
	make_certificate("nosigner", "pbx", "/CN=pbx", 60,
			 san); /* signed by what is no authority */
	in_certificates("cat pbx.pem >>nosigner.pem");
	judged("nosigner", "invalid CA");
	static const struct {
		const char *usage, *words;
	} rows[] = {{"serverAuth", NULL},
		    {"clientAuth", NULL},
		    {"1.3.6.1.5.5.7.3.20", NULL},
		    {"emailProtection", "made for something else"}};
	for (size_t i = 0; i < 4; i++) {
		snprintf(extensions, sizeof(extensions), "%sextendedKeyUsage=%s\\n", san,
			 rows[i].usage);
		make_certificate("use", "ca", "/CN=pbx", 60, extensions);
		judged("use", rows[i].words);
	}
}

static void
test_expired_peers(void **state)
{
	struct tls *pbx = load("pbx", NULL), *lax = load("um", NULL);
	struct pair p = make_pair(um, pbx);
	struct tls_peer peer;

	(void)state;
	shake(&p);
	tls_peer(p.server, time(NULL) + 61 * 86400, &peer);
	assert_string_equal(peer.bad, "expired");
	end_pair(&p);
	p = make_pair(lax, pbx); /* without tls.ca nobody is asked */
	shake(&p);
	tls_peer(p.server, time(NULL), &peer);
	assert_false(peer.shown);
	assert_string_equal(peer.bad, "no certificate");
	tls_peer(p.client, time(NULL), &peer);
	assert_true(peer.shown);
	assert_string_equal(peer.bad, "tls.ca is not set");
	end_pair(&p);
	tls_free(lax);
	tls_free(pbx);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_both_know_each_other),
	    cmocka_unit_test(test_who_is_believed),
	    cmocka_unit_test(test_expired_peers),
	};

	return cmocka_run_group_tests(tests, set_up_group, tear_down_group);
}
