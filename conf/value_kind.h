/* value_kind: what the three value*.c files share and nobody else needs to see: one row of
 * functions per value type. */
#ifndef EVERTRUNK_CONF_VALUE_KIND_H
#define EVERTRUNK_CONF_VALUE_KIND_H

#include "conf/value.h"

/* A value to be read. */
struct value_in {
	const struct conf_key *k;
	void *base; /* the struct that the field lies in */
	struct slice text;
	struct slice bad; /* set by a parser that knows which part of the text is wrong */
};

/* A value to be printed. */
struct value_out {
	const struct conf_key *k;
	const void *base;
	struct buf *to;
};

struct value_kind {
	const char *right; /* what would be right, in words */
	const char *zero;  /* how the value beside the bounds is written, for keys that have one */
	int (*parse)(struct value_in *in, void *field);
	void (*print)(struct value_out *out, const void *field);
	void (*number)(int64_t v, struct buf *out);                /* NULL: not a number */
	void (*bounds)(const struct conf_key *k, struct buf *out); /* NULL: said in `right` */
};

extern const struct value_kind value_bool, value_int, value_size, value_duration, value_ip,
    value_endpoint, value_enum, value_path, value_name, value_digits, value_dialled,
    value_text; /* value_scalar.c */
extern const struct value_kind value_ips, value_cidrs, value_transports, value_ports, value_weekly,
    value_names, value_words, value_numbers;                  /* value_list.c */
extern const struct value_kind value_hosts, value_identities; /* value_hosts.c */

/* Reads a list of equal-sized elements into `field`, and their number.  `add` stores one word as
 * element n and refuses it if it is among those before. */
int value_list_parse(struct value_in *in, void *field,
		     int (*add)(struct slice word, void *field, size_t n));
/* Stores `word` as element n of a list of texts of `size` bytes each: 0, -E2BIG when it is too
 * long, -EEXIST when it is among those before, in whatever case. */
int value_list_text(struct slice word, void *field, size_t n, size_t size);
/* Prints a list of texts, k->max of which fill the field. */
void value_list_print_texts(struct value_out *out, const void *field);
void value_list_bounds(const struct conf_key *k, struct buf *out);

/* Any number field, by its width; signed when its lower bound is negative. */
int64_t value_load(const struct conf_key *k, const void *field);

#endif
