/* test_tls_name: which name of a certificate fits which name that is looked for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "supervisor/tls_name.h"

static void
add(struct tls_names *l, enum tls_name_kind kind, const char *name)
{
	tls_names_add(l, kind, slice_str(name));
}

/* Names of one certificate (NULL: none of this kind), what is looked for, and whether it fits. */
static const struct row {
	const char *dns, *ip, *uri, *subject, *wanted;
	bool fits;
} rows[] = {
    /* plain names, RFC 6125 6.4.1 */
    {"pbx.example.com", NULL, NULL, NULL, "pbx.example.com", true},
    {"PBX.Example.COM", NULL, NULL, NULL, "pbx.example.com", true},
    {"pbx.example.com", NULL, NULL, NULL, "pbx.example.com.", true},
    {"pbx.example.com.", NULL, NULL, NULL, "pbx.example.com", true},
    {"pbx.example.com", NULL, NULL, NULL, "pbx.example.org", false},
    {"pbx.example.com", NULL, NULL, NULL, "example.com", false},
    {"example.com", NULL, NULL, NULL, "pbx.example.com", false},
    {"pbx.example.com", NULL, NULL, NULL, "", false},
    /* wildcards, RFC 6125 6.4.3 */
    {"*.example.com", NULL, NULL, NULL, "pbx.example.com", true},
    {"*.EXAMPLE.com", NULL, NULL, NULL, "PBX.example.COM", true},
    {"*.example.com", NULL, NULL, NULL, "a.pbx.example.com", false},
    {"*.example.com", NULL, NULL, NULL, "example.com", false},
    {"*.example.com", NULL, NULL, NULL, ".example.com", false},
    {"p*.example.com", NULL, NULL, NULL, "pbx.example.com", false},
    {"*x.example.com", NULL, NULL, NULL, "pbx.example.com", false},
    {"pbx.*.com", NULL, NULL, NULL, "pbx.example.com", false},
    {"*.*.com", NULL, NULL, NULL, "pbx.example.com", false},
    {"*.com", NULL, NULL, NULL, "example.com", false},
    {"*", NULL, NULL, NULL, "localhost", false},
    {"*.", NULL, NULL, NULL, "localhost.", false},
    /* RFC 5922 7.1: sip URIs without a user */
    {NULL, NULL, "sip:example.com", NULL, "example.com", true},
    {NULL, NULL, "SIP:example.com:5061;transport=tls", NULL, "example.com", true},
    {NULL, NULL, "sip:um@example.com", NULL, "example.com", false},
    {NULL, NULL, "https://example.com", NULL, "example.com", false},
    {NULL, NULL, "sip:*.example.com", NULL, "pbx.example.com", false},
    {NULL, NULL, "sip:[2001:db8::1]", NULL, "2001:db8::1", true},
    {NULL, NULL, "sip:[2001:db8::1", NULL, "2001:db8::1", false},
    {NULL, NULL, "sip:", NULL, "sip:", false},
    /* the common name counts only when nothing better is there */
    {NULL, NULL, NULL, "pbx.example.com", "pbx.example.com", true},
    {NULL, NULL, NULL, " pbx.example.com ", "pbx.example.com", true},
    {NULL, NULL, NULL, "*.example.com", "pbx.example.com", false},
    {"other.example.com", NULL, NULL, "pbx.example.com", "pbx.example.com", false},
    {NULL, NULL, "sip:other.example.com", "pbx.example.com", "pbx.example.com", false},
    {NULL, "192.0.2.1", NULL, "pbx.example.com", "pbx.example.com", true},
    /* addresses */
    {NULL, "192.0.2.1", NULL, NULL, "192.0.2.1", true},
    {NULL, "192.0.2.1", NULL, NULL, "192.0.2.2", false},
    {NULL, "2001:db8::1", NULL, NULL, "2001:DB8:0:0::1", true},
    {"192.0.2.1", NULL, NULL, NULL, "192.0.2.1", false},
    {NULL, NULL, NULL, "192.0.2.1", "192.0.2.1", true},
    {NULL, "192.0.2.2", NULL, "192.0.2.1", "192.0.2.1", false},
    {"*.0.2.1", NULL, NULL, NULL, "192.0.2.1", false},
};

static void
test_which_name_fits(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *r = &rows[i];
		static struct tls_names l;

		l = (struct tls_names){0};
		if (r->dns)
			add(&l, TLS_NAME_DNS, r->dns);
		if (r->ip)
			add(&l, TLS_NAME_IP, r->ip);
		if (r->uri)
			add(&l, TLS_NAME_URI, r->uri);
		if (r->subject)
			add(&l, TLS_NAME_SUBJECT, r->subject);
		if (tls_names_match(&l, r->wanted) != r->fits)
			fail_msg("row %zu: %s should%s fit", i, r->wanted, r->fits ? "" : " not");
	}
}

/* A NUL in a name has been used to get a certificate for another's. */
static void
test_names_that_cannot_be(void **state)
{
	struct tls_names l = {0};

	(void)state;
	tls_names_add(&l, TLS_NAME_DNS, (struct slice){"pbx.example.com\0.evil.org", 25});
	add(&l, TLS_NAME_DNS, "pbx\nexample.com");
	add(&l, TLS_NAME_DNS, "pbx example.com");
	add(&l, TLS_NAME_DNS, "");
	tls_names_add(&l, TLS_NAME_URI, (struct slice){"sip:pbx.example.com\0x", 21});
	assert_int_equal(l.n, 0);
	assert_false(tls_names_match(&l, "pbx.example.com"));
}

/* A name that was left out for being no name still is no reason to fall back to the subject, but a
 * list that is full keeps what it has. */
static void
test_a_full_list(void **state)
{
	struct tls_names l = {0};
	char name[64], text[8192];
	struct buf b = BUF(text);

	(void)state;
	for (int i = 0; i < 200; i++) {
		struct buf n = BUF(name);
		buf_printf(&n, "host-%03d.department.example.com", i);
		add(&l, TLS_NAME_DNS, buf_cstr(&n));
	}
	assert_true(l.cut);
	assert_true(l.n <= sizeof(l.text));
	assert_true(tls_names_match(&l, "host-000.department.example.com"));
	assert_false(tls_names_match(&l, "host-199.department.example.com"));
	tls_names_print(&l, &b);
	assert_int_equal(slice_find((struct slice){b.p, b.n}, SLICE("and more"), false),
			 (ptrdiff_t)b.n - 8);
}

static void
test_printed(void **state)
{
	struct tls_names l = {0};
	char text[256];
	struct buf b = BUF(text);

	(void)state;
	tls_names_print(&l, &b);
	assert_string_equal(buf_cstr(&b), "nothing");
	add(&l, TLS_NAME_DNS, "*.example.com");
	add(&l, TLS_NAME_IP, "192.0.2.1");
	add(&l, TLS_NAME_URI, "sip:example.com");
	add(&l, TLS_NAME_SUBJECT, "pbx");
	b = BUF(text);
	tls_names_print(&l, &b);
	assert_string_equal(buf_cstr(&b),
			    "dns:*.example.com ip:192.0.2.1 uri:example.com subject:pbx");
	assert_true(tls_name_is_wildcard("*.example.com"));
	assert_false(tls_name_is_wildcard("example.com"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_which_name_fits),
	    cmocka_unit_test(test_names_that_cannot_be),
	    cmocka_unit_test(test_a_full_list),
	    cmocka_unit_test(test_printed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
