/* value_list: values of several parts: lists of addresses and blocks, transports, a range of
 * ports, a time of the week. */
#include <errno.h>
#include <string.h>

#include "conf/value_kind.h"

/* The next word of a list, which blanks or commas part; false at the end. */
static bool
next_word(struct slice *rest, struct slice *ret)
{
	struct slice word;

	while (rest->n > 0 && strchr(" \t,", rest->p[0]))
		*rest = (struct slice){rest->p + 1, rest->n - 1};
	word = (struct slice){rest->p, 0};
	while (word.n < rest->n && !strchr(" \t,", rest->p[word.n]))
		word.n++;
	*rest = (struct slice){rest->p + word.n, rest->n - word.n};
	*ret = word;
	return word.n > 0;
}

int
value_list_parse(struct value_in *in, void *field,
		 int (*add)(struct slice word, void *field, size_t n))
{
	size_t *count = (size_t *)(void *)((char *)in->base + in->k->count);
	struct slice rest = in->text;
	size_t n = 0;
	int rc = 0;

	memset(field, 0, in->k->size);
	*count = 0;
	while (rc == 0 && next_word(&rest, &in->bad))
		rc = n < (size_t)in->k->max ? add(in->bad, field, n++) : -E2BIG;
	if (rc == 0 && n == 0 && !in->k->zero)
		rc = -EINVAL;
	if (rc == 0)
		*count = n;
	return rc;
}

static int
ips_add(struct slice word, void *field, size_t n)
{
	struct addr *list = field;

	if (addr_parse_ip(word, 0, &list[n]) < 0)
		return -EINVAL;
	for (size_t i = 0; i < n; i++)
		if (addr_ip_eq(&list[i], &list[n]))
			return -EEXIST;
	return 0;
}

static int
cidrs_add(struct slice word, void *field, size_t n)
{
	struct cidr *list = field;

	if (cidr_parse(word, &list[n]) < 0)
		return -EINVAL;
	for (size_t i = 0; i < n; i++)
		if (list[i].bits == list[n].bits && addr_ip_eq(&list[i].base, &list[n].base))
			return -EEXIST;
	return 0;
}

static int
ips_parse(struct value_in *in, void *field)
{
	return value_list_parse(in, field, ips_add);
}

static int
cidrs_parse(struct value_in *in, void *field)
{
	return value_list_parse(in, field, cidrs_add);
}

int
value_list_text(struct slice word, void *field, size_t n, size_t size)
{
	char *list = field;

	if (word.n >= size)
		return -E2BIG;
	for (size_t i = 0; i < n; i++)
		if (slice_ieq(slice_str(list + i * size), word))
			return -EEXIST;
	memcpy(list + n * size, word.p, word.n);
	return 0;
}

static bool
made_of(struct slice word, bool (*allowed)(char c))
{
	for (size_t i = 0; i < word.n; i++)
		if (!allowed(word.p[i]))
			return false;
	return true;
}

static int
names_add(struct slice word, void *field, size_t n)
{
	return made_of(word, value_name_char) ? value_list_text(word, field, n, CONF_NAME_MAX)
					      : -EINVAL;
}

static int
numbers_add(struct slice word, void *field, size_t n)
{
	return made_of(word, value_number_char) ? value_list_text(word, field, n, CONF_NUMBER_MAX)
						: -EINVAL;
}

static int
numbers_parse(struct value_in *in, void *field)
{
	return value_list_parse(in, field, numbers_add);
}

static int
names_parse(struct value_in *in, void *field)
{
	return value_list_parse(in, field, names_add);
}

/* The words of an enum, each once, in the order that matters to its user; one byte each. */
static int
words_parse(struct value_in *in, void *field)
{
	size_t *count = (size_t *)(void *)((char *)in->base + in->k->count);
	uint8_t *list = field;
	struct slice rest = in->text;

	memset(field, 0, in->k->size);
	*count = 0;
	while (next_word(&rest, &in->bad)) {
		unsigned v = 0;
		while (in->k->word(v) && !slice_eq(in->bad, slice_str(in->k->word(v))))
			v++;
		if (!in->k->word(v))
			return -EINVAL;
		if (memchr(list, (int)v, *count))
			return -EEXIST;
		list[(*count)++] = (uint8_t)v;
	}
	return *count > 0 ? 0 : -EINVAL;
}

static size_t
list_count(const struct value_out *out)
{
	return *(const size_t *)(const void *)((const char *)out->base + out->k->count);
}

static void
ips_print(struct value_out *out, const void *field)
{
	const struct addr *list = field;
	char text[ADDR_TEXT_MAX];

	for (size_t i = 0; i < list_count(out); i++)
		buf_printf(out->to, "%s%s", i ? " " : "", addr_ip_text(&list[i], text));
}

/* A single address is printed without its mask, as one would write it. */
static void
cidrs_print(struct value_out *out, const void *field)
{
	const struct cidr *list = field;
	char text[ADDR_TEXT_MAX];

	for (size_t i = 0; i < list_count(out); i++) {
		bool single = list[i].bits == (list[i].base.family == AF_INET ? 32 : 128);

		buf_printf(out->to, "%s%s", i ? " " : "",
			   single ? addr_ip_text(&list[i].base, text) : cidr_text(&list[i], text));
	}
}

void
value_list_print_texts(struct value_out *out, const void *field)
{
	const size_t size = out->k->size / (size_t)out->k->max;

	for (size_t i = 0; i < list_count(out); i++)
		buf_printf(out->to, "%s%s", i ? " " : "", (const char *)field + i * size);
}

static void
words_print(struct value_out *out, const void *field)
{
	const uint8_t *list = field;

	for (size_t i = 0; i < list_count(out); i++)
		buf_printf(out->to, "%s%s", i ? " " : "", out->k->word(list[i]));
}

static void
words_bounds(const struct conf_key *k, struct buf *out)
{
	const char *word;

	for (unsigned v = 0; (word = k->word(v)); v++)
		buf_printf(out, "%s %s", v ? "," : "", word);
}

void
value_list_bounds(const struct conf_key *k, struct buf *out)
{
	buf_printf(out, " (1 to %lld of them, each once)", (long long)k->max);
}

/* The transports that a word stands for, as bits; 0: none. */
static unsigned
transports_of(struct slice word)
{
	if (slice_eq(word, SLICE("dual")))
		return 1u << TRANSPORT_TCP | 1u << TRANSPORT_TLS;
	for (enum transport t = TRANSPORT_UDP; t < TRANSPORT_COUNT; t++)
		if (slice_eq(word, slice_str(transport_name(t))))
			return 1u << t;
	return 0;
}

/* The field is listen.udp; listen.tcp and listen.tls follow it (keys.c asserts that). */
static int
transports_parse(struct value_in *in, void *field)
{
	bool *on = field;
	unsigned wanted = 0;
	struct slice rest = in->text;
	struct slice word;

	while (next_word(&rest, &word)) {
		const unsigned bits = transports_of(word);
		in->bad = word;
		if (!bits)
			return -EINVAL;
		if (wanted & bits)
			return -EEXIST;
		wanted |= bits;
	}
	if (!wanted)
		return -EINVAL;
	for (enum transport t = TRANSPORT_UDP; t < TRANSPORT_COUNT; t++)
		on[t] = wanted & 1u << t;
	return 0;
}

static void
transports_print(struct value_out *out, const void *field)
{
	const bool *on = field;
	const char *blank = "";

	for (enum transport t = TRANSPORT_UDP; t < TRANSPORT_COUNT; t++) {
		if (!on[t])
			continue;
		buf_printf(out->to, "%s%s", blank, transport_name(t));
		blank = " ";
	}
}

/* The field is rtp.port_first; rtp.port_last follows it (keys.c asserts that).  RTP takes even
 * ports and RTCP the odd one after it (RFC 3550 11), so a range begins with an even one. */
static int
ports_parse(struct value_in *in, void *field)
{
	ptrdiff_t dash = slice_find(in->text, SLICE("-"), false);
	uint16_t *port = field;
	struct slice last;
	uint64_t lo, hi;

	if (dash < 0)
		return -EINVAL;
	last = (struct slice){in->text.p + dash + 1, in->text.n - (size_t)dash - 1};
	if (slice_u64(slice_trim((struct slice){in->text.p, (size_t)dash}), UINT32_MAX, &lo) < 0 ||
	    slice_u64(slice_trim(last), UINT32_MAX, &hi) < 0)
		return -EINVAL;
	if (lo < (uint64_t)in->k->min || hi > (uint64_t)in->k->max)
		return -ERANGE;
	if (lo % 2 != 0 || hi <= lo)
		return -EINVAL;
	port[0] = (uint16_t)lo;
	port[1] = (uint16_t)hi;
	return 0;
}

static void
ports_print(struct value_out *out, const void *field)
{
	const uint16_t *port = field;

	buf_printf(out->to, "%u-%u", port[0], port[1]);
}

static void
ports_bounds(const struct conf_key *k, struct buf *out)
{
	buf_printf(out, ", within %lld-%lld", (long long)k->min, (long long)k->max);
}

static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "daily"};
enum { DAYS = sizeof(days) / sizeof(days[0]) };

/* "HH:MM". */
static int
clock_parse(struct slice s, struct weekly *w)
{
	uint64_t hour, minute;

	if (s.n != 5 || s.p[2] != ':' || slice_u64((struct slice){s.p, 2}, 23, &hour) < 0 ||
	    slice_u64((struct slice){s.p + 3, 2}, 59, &minute) < 0)
		return -EINVAL;
	w->hour = (uint8_t)hour;
	w->minute = (uint8_t)minute;
	return 0;
}

static int
weekly_parse(struct value_in *in, void *field)
{
	struct slice rest = in->text;
	struct slice day, at;
	struct weekly w = {.set = true};

	if (slice_eq(in->text, SLICE("off"))) {
		*(struct weekly *)field = (struct weekly){0};
		return 0;
	}
	if (!next_word(&rest, &day) || !next_word(&rest, &at) || slice_trim(rest).n > 0)
		return -EINVAL;
	while (w.weekday < DAYS && !slice_ieq(day, slice_str(days[w.weekday])))
		w.weekday++;
	if (w.weekday == DAYS || clock_parse(at, &w) < 0)
		return -EINVAL;
	*(struct weekly *)field = w;
	return 0;
}

static void
weekly_print(struct value_out *out, const void *field)
{
	const struct weekly *w = field;

	if (w->set)
		buf_printf(out->to, "%s %02u:%02u", days[w->weekday], w->hour, w->minute);
	else
		buf_str(out->to, "off");
}

const struct value_kind value_ips = {.right = "IP addresses, like 192.0.2.10 2001:db8::10",
				     .parse = ips_parse,
				     .print = ips_print,
				     .bounds = value_list_bounds};
const struct value_kind value_cidrs = {
    .right = "addresses or blocks with no bit set after the mask, like 192.0.2.7 10.1.0.0/16",
    .zero = "nothing",
    .parse = cidrs_parse,
    .print = cidrs_print,
    .bounds = value_list_bounds};
const struct value_kind value_transports = {.right = "one or more of udp, tcp, tls, dual",
					    .parse = transports_parse,
					    .print = transports_print};
const struct value_kind value_ports = {.right = "a range that begins with an even port and holds "
						"two or more, like 20000-20999",
				       .parse = ports_parse,
				       .print = ports_print,
				       .bounds = ports_bounds};
const struct value_kind value_weekly = {.right = "a day and a time like Sun 03:00 or daily 03:00, "
						 "or off",
					.parse = weekly_parse,
					.print = weekly_print};
const struct value_kind value_names = {.right = "names of letters, digits, '.', '-' and '_'",
				       .zero = "nothing",
				       .parse = names_parse,
				       .print = value_list_print_texts,
				       .bounds = value_list_bounds};
const struct value_kind value_words = {.right = "one or more, each once, of",
				       .parse = words_parse,
				       .print = words_print,
				       .bounds = words_bounds};
const struct value_kind value_numbers = {
    .right = "numbers of digits, '+', '*', '#' and what names have, like 3500 +493012343500",
    .zero = "nothing",
    .parse = numbers_parse,
    .print = value_list_print_texts,
    .bounds = value_list_bounds};
