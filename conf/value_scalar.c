/* value_scalar: values that are one word: switches, numbers, addresses, words, paths, names. */
#include <errno.h>
#include <string.h>

#include "conf/value_kind.h"
#include "ipc/base/clean.h"

static int
bool_parse(struct value_in *in, void *field)
{
	bool yes = slice_eq(in->text, SLICE("yes"));

	if (!yes && !slice_eq(in->text, SLICE("no")))
		return -EINVAL;
	*(bool *)field = yes;
	return 0;
}

static void
bool_print(struct value_out *out, const void *field)
{
	buf_str(out->to, *(const bool *)field ? "yes" : "no");
}

int64_t
value_load(const struct conf_key *k, const void *field)
{
	uint32_t u32;
	int64_t i64;

	switch (k->size) {
	case sizeof(uint8_t): return *(const uint8_t *)field;
	case sizeof(uint16_t): return *(const uint16_t *)field;
	case sizeof(u32):
		memcpy(&u32, field, sizeof(u32));
		return k->min < 0 ? (int64_t)(int32_t)u32 : (int64_t)u32;
	default: memcpy(&i64, field, sizeof(i64)); return i64;
	}
}

/* Stores v in k's field if it is within bounds. */
static int
number_store(const struct conf_key *k, int64_t v, void *field)
{
	if ((v < k->min || v > k->max) && !(k->zero && v == 0))
		return -ERANGE;
	switch (k->size) {
	case sizeof(uint8_t): *(uint8_t *)field = (uint8_t)v; break;
	case sizeof(uint16_t): *(uint16_t *)field = (uint16_t)v; break;
	case sizeof(uint32_t): memcpy(field, &(uint32_t){(uint32_t)v}, sizeof(uint32_t)); break;
	default: memcpy(field, &v, sizeof(v)); break;
	}
	return 0;
}

static int
int_parse(struct value_in *in, void *field)
{
	bool negative = slice_has_prefix(in->text, SLICE("-"));
	struct slice digits = in->text;
	uint64_t v;
	int rc;

	if (negative)
		digits = (struct slice){digits.p + 1, digits.n - 1};
	rc = slice_u64(digits, INT64_MAX, &v);
	if (rc < 0)
		return rc;
	return number_store(in->k, negative ? -(int64_t)v : (int64_t)v, field);
}

static void
int_number(int64_t v, struct buf *out)
{
	buf_printf(out, "%lld", (long long)v);
}

static int
size_parse(struct value_in *in, void *field)
{
	uint64_t v;
	int rc = text_size(in->text, &v);

	if (rc < 0)
		return rc;
	return v > INT64_MAX ? -ERANGE : number_store(in->k, (int64_t)v, field);
}

static void
size_number(int64_t v, struct buf *out)
{
	char text[32];

	buf_str(out, text_size_print((uint64_t)v, text, sizeof(text)));
}

static int
duration_parse(struct value_in *in, void *field)
{
	int64_t ms;
	int rc = text_duration(in->text, &ms);

	return rc < 0 ? rc : number_store(in->k, ms, field);
}

static void
duration_number(int64_t v, struct buf *out)
{
	char text[32];

	buf_str(out, text_duration_print(v, text, sizeof(text)));
}

static int
ip_parse(struct value_in *in, void *field)
{
	if (in->k->zero && slice_eq(in->text, SLICE("off"))) {
		*(struct addr *)field = (struct addr){0};
		return 0;
	}
	return addr_parse_ip(in->text, 0, field);
}

static void
ip_print(struct value_out *out, const void *field)
{
	const struct addr *a = field;
	char text[ADDR_TEXT_MAX];

	buf_str(out->to, a->family ? addr_ip_text(a, text) : "off");
}

static int
endpoint_parse(struct value_in *in, void *field)
{
	if (in->k->zero && slice_eq(in->text, SLICE("off"))) {
		*(struct addr *)field = (struct addr){0};
		return 0;
	}
	return addr_parse(in->text, field);
}

static void
endpoint_print(struct value_out *out, const void *field)
{
	const struct addr *a = field;
	char text[ADDR_TEXT_MAX];

	buf_str(out->to, a->family ? addr_text(a, text) : "off");
}

static int
enum_parse(struct value_in *in, void *field)
{
	const char *word;

	for (unsigned v = 0; (word = in->k->word(v)); v++) {
		if (slice_eq(in->text, slice_str(word))) {
			memcpy(field, &v, sizeof(v));
			return 0;
		}
	}
	return -EINVAL;
}

static void
enum_print(struct value_out *out, const void *field)
{
	unsigned v;

	memcpy(&v, field, sizeof(v));
	buf_str(out->to, out->k->word(v));
}

static void
enum_bounds(const struct conf_key *k, struct buf *out)
{
	const char *word;

	for (unsigned v = 0; (word = k->word(v)); v++)
		buf_printf(out, "%s %s", v ? "," : "", word);
}

/* Paths and names are texts that differ in what they may contain. */
static int
text_store(struct value_in *in, char *field, bool (*allowed)(char c))
{
	if (in->text.n == 0 && !in->k->zero)
		return -EINVAL;
	if (in->text.n > (size_t)in->k->max)
		return -E2BIG;
	for (size_t i = 0; i < in->text.n; i++)
		if (!allowed(in->text.p[i]))
			return -EINVAL;
	memset(field, 0, in->k->size);
	if (in->text.n > 0)
		memcpy(field, in->text.p, in->text.n);
	return 0;
}

static bool
path_char(char c)
{
	return (unsigned char)c >= ' ' && c != 0x7f;
}

static int
path_parse(struct value_in *in, void *field)
{
	return text_store(in, field, path_char);
}

static int
name_parse(struct value_in *in, void *field)
{
	return text_store(in, field, value_name_char);
}

static int
dialled_parse(struct value_in *in, void *field)
{
	return text_store(in, field, value_number_char);
}

static bool
digit_char(char c)
{
	return c >= '0' && c <= '9';
}

static int
digits_parse(struct value_in *in, void *field)
{
	return text_store(in, field, digit_char);
}

/* Words for people: UTF-8 on one line, counted in characters. */
static int
words_parse(struct value_in *in, void *field)
{
	size_t characters = 0;

	if (in->text.n == 0 && !in->k->zero)
		return -EINVAL;
	if (in->text.n >= in->k->size)
		return -E2BIG;
	for (size_t i = 0, n; i < in->text.n; i += n, characters++) {
		n = clean_character((struct slice){in->text.p + i, in->text.n - i});
		if (n == 0 || !path_char(in->text.p[i]))
			return -EINVAL;
	}
	if (characters > (size_t)in->k->max)
		return -E2BIG;
	memset(field, 0, in->k->size);
	if (in->text.n > 0)
		memcpy(field, in->text.p, in->text.n);
	return 0;
}

static void
text_print(struct value_out *out, const void *field)
{
	buf_str(out->to, field);
}

static void
text_bounds(const struct conf_key *k, struct buf *out)
{
	buf_printf(out, " of at most %lld characters", (long long)k->max);
}

bool
value_name_char(char c)
{
	bool letter = (c | 0x20) >= 'a' && (c | 0x20) <= 'z';

	return letter || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
}

bool
value_number_char(char c)
{
	return value_name_char(c) || c == '+' || c == '*' || c == '#';
}

const struct value_kind value_bool = {
    .right = "yes or no", .parse = bool_parse, .print = bool_print};
const struct value_kind value_int = {
    .right = "a whole number", .zero = "0", .parse = int_parse, .number = int_number};
const struct value_kind value_size = {.right = "bytes, or a number with K, M or G,",
				      .zero = "0",
				      .parse = size_parse,
				      .number = size_number};
const struct value_kind value_duration = {.right = "a number with ms, s, m, h or d,",
					  .zero = "0",
					  .parse = duration_parse,
					  .number = duration_number};
const struct value_kind value_ip = {.right = "one IP address, like 127.0.0.65",
				    .zero = "off",
				    .parse = ip_parse,
				    .print = ip_print};
const struct value_kind value_endpoint = {
    .right = "one IP address and port, like 127.0.0.1:8060 or [::1]:8060",
    .zero = "off",
    .parse = endpoint_parse,
    .print = endpoint_print};
const struct value_kind value_enum = {
    .right = "one of", .parse = enum_parse, .print = enum_print, .bounds = enum_bounds};
const struct value_kind value_path = {.right = "a path",
				      .zero = "nothing",
				      .parse = path_parse,
				      .print = text_print,
				      .bounds = text_bounds};
const struct value_kind value_name = {.right = "a name of letters, digits, '.', '-' and '_',",
				      .zero = "nothing",
				      .parse = name_parse,
				      .print = text_print,
				      .bounds = text_bounds};
const struct value_kind value_dialled = {.right = "a number of digits, '+', '*', '#' and what "
						  "names have,",
					 .zero = "nothing",
					 .parse = dialled_parse,
					 .print = text_print,
					 .bounds = text_bounds};
const struct value_kind value_digits = {.right = "digits,",
					.zero = "nothing",
					.parse = digits_parse,
					.print = text_print,
					.bounds = text_bounds};
const struct value_kind value_text = {.right = "a text in UTF-8",
				      .zero = "nothing",
				      .parse = words_parse,
				      .print = text_print,
				      .bounds = text_bounds};
