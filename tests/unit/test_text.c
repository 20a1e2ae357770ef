/* test_text: slices, bounded appending, and that a duration or size which is printed reads back as
 * the same value. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ipc/base/text.h"

static void
test_compare(void **state)
{
	(void)state;
	assert_true(slice_eq(SLICE("Via"), slice_str("Via")));
	assert_false(slice_eq(SLICE("Via"), SLICE("via")));
	assert_true(slice_ieq(SLICE("VIA"), SLICE("via")));
	assert_false(slice_ieq(SLICE("via"), SLICE("vi")));
	assert_false(slice_ieq(SLICE("@"), SLICE("`"))); /* one bit apart, but no letters */
	assert_true(slice_eq((struct slice){NULL, 0}, SLICE("")));
	assert_true(slice_has_prefix(SLICE("z9hG4bK-1"), SLICE("z9hG4bK")));
	assert_false(slice_has_prefix(SLICE("z9hG"), SLICE("z9hG4bK")));
	assert_int_equal(slice_str(NULL).n, 0);
}

static void
test_find(void **state)
{
	struct slice hay = SLICE("From: A;tag=x;TAG=y");

	(void)state;
	assert_int_equal(slice_find(hay, SLICE("tag="), false), 8);
	assert_int_equal(slice_find(hay, SLICE("TAG="), false), 14);
	assert_int_equal(slice_find(hay, SLICE("TAG="), true), 8);
	assert_int_equal(slice_find(hay, SLICE("=y"), true), 17);
	assert_int_equal(slice_find(hay, SLICE("=z"), true), -1);
	assert_int_equal(slice_find(SLICE("ab"), SLICE("abc"), true), -1);
	assert_int_equal(slice_find(hay, SLICE(""), false), 0);
}

static void
test_trim(void **state)
{
	(void)state;
	assert_true(slice_eq(slice_trim(SLICE(" \t a b\r\n")), SLICE("a b")));
	assert_int_equal(slice_trim(SLICE(" \r\n\t")).n, 0);
	assert_int_equal(slice_trim((struct slice){NULL, 0}).n, 0);
}

static void
test_number(void **state)
{
	uint64_t v = 77;

	(void)state;
	assert_int_equal(slice_u64(SLICE("0"), 10, &v), 0);
	assert_int_equal(v, 0);
	assert_int_equal(slice_u64(SLICE("18446744073709551615"), UINT64_MAX, &v), 0);
	assert_true(v == UINT64_MAX);
	assert_int_equal(slice_u64(SLICE("18446744073709551616"), UINT64_MAX, &v), -ERANGE);
	assert_int_equal(slice_u64(SLICE("99999999999999999999999"), UINT64_MAX, &v), -ERANGE);
	assert_int_equal(slice_u64(SLICE("11"), 10, &v), -ERANGE);
	/* the form counts more than the range: this is no number at all */
	assert_int_equal(slice_u64(SLICE("99999999999999999999999x"), UINT64_MAX, &v), -EINVAL);
	assert_int_equal(slice_u64(SLICE(""), 10, &v), -EINVAL);
	assert_int_equal(slice_u64(SLICE("-1"), 10, &v), -EINVAL);
	assert_int_equal(slice_u64(SLICE("+1"), 10, &v), -EINVAL);
	assert_int_equal(slice_u64(SLICE("1 "), 10, &v), -EINVAL);
	assert_true(v == UINT64_MAX); /* untouched by all the failures */
}

static void
test_buf(void **state)
{
	char room[16];
	struct buf b = BUF(room);

	(void)state;
	buf_str(&b, "a=");
	buf_u64(&b, 0);
	buf_slice(&b, SLICE(";"));
	buf_hex(&b, 0xbeef1, 4);
	buf_printf(&b, "<%d>", -12);
	assert_false(b.full);
	assert_string_equal(buf_cstr(&b), "a=0;eef1<-12>");
	assert_int_equal(b.n, 13);
	buf_u64(&b, UINT64_MAX); /* a number is written whole or not at all */
	assert_true(b.full);
	assert_string_equal(buf_cstr(&b), "a=0;eef1<-12>");
	buf_hex(&b, 1, 16);
	assert_string_equal(buf_cstr(&b), "a=0;eef1<-12>");
}

static void
test_numbers(void **state)
{
	static const uint64_t v[] = {0,
				     9,
				     10,
				     99,
				     100,
				     12345,
				     UINT32_MAX,
				     9999999999999999999ull,
				     10000000000000000000ull,
				     UINT64_MAX};

	(void)state;
	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		char room[64], want[64];
		struct buf b = BUF(room);
		buf_u64(&b, v[i]);
		buf_str(&b, " ");
		buf_hex(&b, v[i], 16);
		snprintf(want, sizeof(want), "%llu %016llx", (unsigned long long)v[i],
			 (unsigned long long)v[i]);
		assert_string_equal(buf_cstr(&b), want);
	}
}

static void
test_buf_edges(void **state)
{
	char room[4 + 1] = {0, 0, 0, 0, 'G'};
	struct buf b = {room, 0, 4, false};
	struct buf none = {NULL, 0, 0, false};

	(void)state;
	buf_add(&b, "wxyz", 4);
	assert_false(b.full);
	buf_printf(&b, "%s", "");
	assert_false(b.full);
	buf_add(&b, "", 0);
	assert_false(b.full);
	buf_printf(&b, "%d", 1);
	assert_true(b.full);
	b = (struct buf){room, 0, 4, false};
	buf_printf(&b, "%s", "wxyz"); /* printf needs a fifth byte */
	assert_true(b.full);
	assert_string_equal(buf_cstr(&b), "wxy");
	assert_int_equal(room[4], 'G');
	buf_str(&none, "x");
	assert_true(none.full);
	assert_string_equal(buf_cstr(&none), "");
}

static void
test_hex(void **state)
{
	char room[40];
	struct buf b = BUF(room);

	(void)state;
	buf_hex(&b, 0x0123456789abcdefull, 16);
	buf_str(&b, " ");
	buf_hex(&b, 7, 18);
	assert_string_equal(buf_cstr(&b), "0123456789abcdef 000000000000000007");
}

struct number {
	const char *text;
	int rc;
	int64_t value;
	const char *canonical;
};

static const struct number durations[] = {
    {"0", 0, 0, "0"},
    {"0s", 0, 0, "0"},
    {"250ms", 0, 250, "250ms"},
    {"1000ms", 0, 1000, "1s"},
    {"5s", 0, 5000, "5s"},
    {"20m", 0, 1200000, "20m"},
    {"4h", 0, 14400000, "4h"},
    {"24h", 0, 86400000, "1d"},
    {"7d", 0, 604800000, "7d"},
    {"90m", 0, 5400000, "90m"},
    {"9223372036854775807ms", 0, INT64_MAX, "9223372036854775807ms"},
    {"9223372036854775808ms", -ERANGE, 0, NULL},
    {"106751991168d", -ERANGE, 0, NULL},
    {"5", -EINVAL, 0, NULL},
    {"", -EINVAL, 0, NULL},
    {"s", -EINVAL, 0, NULL},
    {"5 s", -EINVAL, 0, NULL},
    {"-5s", -EINVAL, 0, NULL},
    {"5S", -EINVAL, 0, NULL},
    {"5sec", -EINVAL, 0, NULL},
    {"1h30m", -EINVAL, 0, NULL},
    {"1.5h", -EINVAL, 0, NULL},
};

static void
test_duration(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(durations) / sizeof(durations[0]); i++) {
		const struct number *d = &durations[i];
		int64_t ms = -1;
		char out[24];

		if (text_duration(slice_str(d->text), &ms) != d->rc)
			fail_msg("\"%s\" read with another result than %d", d->text, d->rc);
		assert_int_equal(ms, d->rc ? -1 : d->value);
		if (d->rc == 0)
			assert_string_equal(text_duration_print(ms, out, sizeof(out)),
					    d->canonical);
	}
}

static void
test_duration_negative(void **state)
{
	char out[24];

	(void)state;
	assert_string_equal(text_duration_print(-1500, out, sizeof(out)), "-1500ms");
	assert_string_equal(text_duration_print(INT64_MIN, out, sizeof(out)),
			    "-9223372036854775808ms");
}

static const struct number sizes[] = {
    {"0", 0, 0, "0"},
    {"16384", 0, 16384, "16K"},
    {"16385", 0, 16385, "16385"},
    {"256K", 0, 262144, "256K"},
    {"512M", 0, 536870912, "512M"},
    {"2048M", 0, 2147483648, "2G"},
    {"2G", 0, 2147483648, "2G"},
    {"17179869184G", -ERANGE, 0, NULL},
    {"18446744073709551616", -ERANGE, 0, NULL},
    {"512m", -EINVAL, 0, NULL},
    {"512MB", -EINVAL, 0, NULL},
    {"M", -EINVAL, 0, NULL},
    {"", -EINVAL, 0, NULL},
    {"1.5G", -EINVAL, 0, NULL},
};

static void
test_size(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		const struct number *s = &sizes[i];
		uint64_t bytes = 77;
		char out[24];

		if (text_size(slice_str(s->text), &bytes) != s->rc)
			fail_msg("\"%s\" read with another result than %d", s->text, s->rc);
		assert_int_equal(bytes, s->rc ? 77 : s->value);
		if (s->rc == 0)
			assert_string_equal(text_size_print(bytes, out, sizeof(out)), s->canonical);
	}
}

/* Whatever is printed reads back as the same value, over values of every magnitude. */
static void
test_inverse(void **state)
{
	uint64_t x = 1;

	(void)state;
	for (int i = 0; i < 100000; i++) {
		uint64_t v = x >> (i % 64), bytes;
		int64_t ms = (int64_t)(v >> 1), again;
		char out[24];

		text_size_print(v, out, sizeof(out));
		assert_int_equal(text_size(slice_str(out), &bytes), 0);
		assert_true(bytes == v);
		text_duration_print(ms, out, sizeof(out));
		assert_int_equal(text_duration(slice_str(out), &again), 0);
		assert_true(again == ms);
		x = x * 6364136223846793005ull + 1442695040888963407ull;
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_compare),   cmocka_unit_test(test_find),
	    cmocka_unit_test(test_trim),      cmocka_unit_test(test_number),
	    cmocka_unit_test(test_buf),       cmocka_unit_test(test_numbers),
	    cmocka_unit_test(test_buf_edges), cmocka_unit_test(test_hex),
	    cmocka_unit_test(test_duration),  cmocka_unit_test(test_duration_negative),
	    cmocka_unit_test(test_size),      cmocka_unit_test(test_inverse),
	};

	return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
