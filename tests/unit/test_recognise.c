/* test_recognise: every message of the vectors and of the shelf of peers is recognised, by its own
 * signs and by what is left of them; what is not clear stays unknown. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "supervisor/recognise.h"

#define VECTORS "tests/vectors"
#define PEERS   "tests/e2e/peers/messages"

static enum profile
recognise_text(const char *text, size_t n, char says[RECOGNISE_TEXT])
{
	const struct scan_limits limits = {65535, 256};
	struct sip_msg m;

	if (scan_message(text, n, false, &limits, &m) != SCAN_OK)
		fail_msg("cannot be scanned: %.*s", (int)n, text);
	return recognise(&m, says);
}

static size_t
read_file(const char *folder, const char *name, char *text, size_t cap)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	FILE *f = fopen(path, "rb");
	if (!f)
		fail_msg("%s", path);
	const size_t n = fread(text, 1, cap, f);
	fclose(f);
	return n;
}

/* The profile that the beginning of a file's name stands for. */
static const struct {
	const char *prefix;
	enum profile profile;
} names[] = {
    {"cs1000-", PROFILE_CS1000},         {"cucm-", PROFILE_CUCM},
    {"asterisk-", PROFILE_ASTERISK},     {"audiocodes-", PROFILE_AUDIOCODES},
    {"avaya-sm-", PROFILE_AVAYA},        {"dialogic-", PROFILE_DIALOGIC},
    {"freeswitch-", PROFILE_FREESWITCH}, {"ios-", PROFILE_CISCO_IOS},
    {"ip-office-", PROFILE_IP_OFFICE},   {"mx-one-", PROFILE_MX_ONE},
    {"sonus-", PROFILE_SONUS},
};

static enum profile
profile_of_file(const char *name)
{
	if (strstr(name, "-plain")) /* gives nothing away */
		return PROFILE_AUTO;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strncmp(name, names[i].prefix, strlen(names[i].prefix)) == 0)
			return names[i].profile;
	return PROFILE_AUTO;
}

static unsigned
check_folder(const char *folder)
{
	static char text[65536];
	char says[RECOGNISE_TEXT];
	unsigned seen = 0;
	struct dirent *e;
	DIR *d = opendir(folder);

	if (!d)
		fail_msg("%s", folder);
	while ((e = readdir(d))) {
		if (!strstr(e->d_name, "invite") && !strstr(e->d_name, "options"))
			continue;
		const size_t n = read_file(folder, e->d_name, text, sizeof(text));
		const enum profile got = recognise_text(text, n, says);
		if (got != profile_of_file(e->d_name))
			fail_msg("%s: %s by %s", e->d_name, profile_name(got), says);
		seen++;
	}
	closedir(d);
	return seen;
}

static void
knows_every_vector(void **state)
{
	(void)state;
	assert_true(check_folder(VECTORS) >= 14);
	assert_true(check_folder(PEERS) >= 10);
}

/* A message with these header lines, this user agent or none, and this body. */
#define HEAD                                                                   \
	"INVITE sip:3500@192.0.2.20 SIP/2.0\r\n"                               \
	"Via: SIP/2.0/UDP 192.0.2.9:5060;branch=z9hG4bK1\r\nTo: <sip:a@b>\r\n" \
	"CSeq: 1 INVITE\r\nMax-Forwards: 70\r\nContact: <sip:x@192.0.2.9>\r\n"
#define ANY   "From: <sip:c@d>;tag=1\r\nCall-ID: x\r\n"
#define CS_ID "b7c41d0-a0200c0-13c4-40030-2f1a3-6ac8f0e5-2f1a3"

static const struct {
	const char *message;
	enum profile profile;
	const char *says;
} rows[] = {
    /* what it calls itself */
    {HEAD ANY "User-Agent: SIP GW\r\n\r\n", PROFILE_CS1000, "User-Agent \"SIP GW\""},
    {HEAD ANY "User-Agent: Avaya CS1000 SIP GW release_7.0\r\n\r\n", PROFILE_CS1000, "CS1000"},
    {HEAD ANY "Server: cisco-cucm12.5\r\n\r\n", PROFILE_CUCM, "\"cisco-cucm12.5\""},
    {HEAD ANY "User-Agent: FPBX-16.0(18.9)\r\n\r\n", PROFILE_ASTERISK, "FPBX"},
    {HEAD ANY "User-Agent: SIP GWX\r\n\r\n", PROFILE_AUTO, "User-Agent \"SIP GWX\""},
    {HEAD ANY "User-Agent: OmniPCX Enterprise R11.2.2 l2.300.40\r\n\r\n", PROFILE_AUTO, "OmniPCX"},
    {HEAD ANY "\r\n", PROFILE_AUTO, "no User-Agent"},
    /* the last hop is the trunk's end, whatever stands behind it */
    {HEAD ANY "User-Agent: Nortel CS1000 SIP GW\r\nAv-Global-Session-ID: 1\r\n\r\n", PROFILE_AVAYA,
     "header \"Av-Global-Session-ID\""},
    {HEAD ANY "P-Location: SM;x\r\n\r\n", PROFILE_AUTO, "no User-Agent"},
    {HEAD ANY "P-Location: SM;x\r\nRecord-Route: <sip:a;lr>, <sip:b;ibmsid=l;lr>\r\n\r\n",
     PROFILE_AVAYA, "header \"P-Location\" and Record-Route \";ibmsid=l;lr>\""},
    {HEAD ANY "P-Location: SM;x\r\nUser-Agent: Asterisk PBX\r\n\r\n", PROFILE_ASTERISK,
     "User-Agent"},
    /* header sets */
    {HEAD ANY "x-NT-ocn-id: 1\r\n\r\n", PROFILE_CS1000, "header \"x-NT-ocn-id\""},
    {HEAD ANY "Supported: 100rel\r\nk: timer,x-nortel-sipvc\r\n\r\n", PROFILE_CS1000,
     "Supported \"x-nortel-sipvc\""},
    {HEAD ANY "Supported: X-cisco-srtp-fallback\r\nCisco-Guid: 1\r\n\r\n", PROFILE_CUCM,
     "Supported \"X-cisco-srtp-fallback\" and header \"Cisco-Guid\""},
    {HEAD ANY "Supported: X-cisco-srtp-fallback\r\n\r\n", PROFILE_AUTO, NULL},
    {HEAD ANY "Cisco-Guid: 1\r\n\r\n", PROFILE_AUTO, NULL},
    {HEAD ANY "Cisco-Guid: 1\r\nTimestamp: 1\r\n\r\n", PROFILE_CISCO_IOS, "Timestamp"},
    /* identifiers */
    {HEAD "From: <sip:c@d>;tag=" CS_ID "\r\nCall-ID: " CS_ID "\r\n\r\n", PROFILE_CS1000,
     "From tag"},
    {HEAD "From: <sip:c@d>;tag=1\r\nCall-ID: " CS_ID "\r\n\r\n", PROFILE_AUTO, NULL},
    {HEAD "From: <sip:c@d>;tag=1\r\nCall-ID: 2e7b9d04-51c6-4f3a-b8d2-7e6f5a4b3c21\r\n\r\n",
     PROFILE_AUTO, NULL},
    {HEAD "From: <sip:c@d>;tag=sipcontrol_2617534104-7668808\r\nCall-ID: x\r\n\r\n",
     PROFILE_DIALOGIC, "From tag"},
    {HEAD "From: <sip:c@d>;tag=1c123456\r\nCall-ID: x\r\n\r\n", PROFILE_AUTO, NULL},
    {HEAD "From: <sip:c@d>;tag=1c123a56\r\nCall-ID: x\r\n\r\n", PROFILE_AUTO, NULL},
    /* SDP */
    {HEAD ANY "User-Agent: Our own\r\n\r\nv=0\r\no=CiscoSystemsCCM-SIP 1 1 IN IP4 192.0.2.1\r\n",
     PROFILE_CUCM, "body line \"o=CiscoSystemsCCM-SIP"},
    {HEAD ANY "\r\nv=0\r\ns=Asterisk PBX 13\r\n", PROFILE_ASTERISK, "s=Asterisk"},
    {HEAD ANY "User-Agent: Some PBX 7\r\n\r\nv=0\r\ns=Asterisk PBX 13\r\n", PROFILE_AUTO,
     "Some PBX"},
    {HEAD ANY "X-Note: s=Asterisk\r\n\r\nv=0\r\ns=-\r\n", PROFILE_AUTO, NULL},
    {HEAD ANY "\r\nv=0\na=rtpmap:111 X-nt-inforeq/8000", PROFILE_CS1000, "X-nt-inforeq"},
};

static void
knows_by_what_is_there(void **state)
{
	char says[RECOGNISE_TEXT];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *m = rows[i].message;
		const enum profile got = recognise_text(m, strlen(m), says);
		if (got != rows[i].profile || (rows[i].says && !strstr(says, rows[i].says)))
			fail_msg("row %zu: %s by %s:\n%s", i, profile_name(got), says, m);
	}
}

/* A URI says it by two signs, and both are shown. */
static void
knows_by_the_uri(void **state)
{
	static const char rest[] =
	    " SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK1;alias\r\nTo: <sip:a@b>\r\n" ANY
	    "CSeq: 1 INVITE\r\n\r\n";
	char text[1024], says[RECOGNISE_TEXT];

	(void)state;
	int n = snprintf(text, sizeof(text),
			 "INVITE sip:3;phone-context=cdp.udp@um;maddr=1.2.3.4%s", rest);
	assert_int_equal(recognise_text(text, (size_t)n, says), PROFILE_CS1000);
	assert_string_equal(says, "Request-URI \";phone-context=cdp.udp@um;maddr=1.2.3.4\" and "
				  "Request-URI \";maddr=1.2.3.4\"");
	n = snprintf(text, sizeof(text), "INVITE sip:3@um;maddr=1.2.3.4%s", rest);
	assert_int_equal(recognise_text(text, (size_t)n, says), PROFILE_AUTO);
	n = snprintf(text, sizeof(text), "INVITE sip:3@um;phone-context=a%s", rest);
	assert_int_equal(recognise_text(text, (size_t)n, says), PROFILE_AUTO);
}

/* What is shown goes to the log and into a file of lines. */
static void
shows_nothing_that_hurts(void **state)
{
	static const char odd[] = HEAD ANY
	    "User-Agent: CS1000 \"x\"\r\n \x1b[2J\x9b and much more than fits into a line\r\n\r\n";
	char says[RECOGNISE_TEXT];

	(void)state;
	assert_int_equal(recognise_text(odd, sizeof(odd) - 1, says), PROFILE_CS1000);
	assert_string_equal(says, "User-Agent \"CS1000 ?x??? ?[2J? and much more than fi...\"");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(knows_every_vector),
	    cmocka_unit_test(knows_by_what_is_there),
	    cmocka_unit_test(knows_by_the_uri),
	    cmocka_unit_test(shows_nothing_that_hurts),
	};

	return cmocka_run_group_tests_name("recognise", tests, NULL, NULL);
}
