/* keys: THE table of configuration keys.
 * Owns: every key's section, name, type, field, default, bounds, what a change of it needs, and its
 * help.  The reader, the printer, the checks, conf_compare() and the tests of the shipped example
 * and of docs/configuration.md all walk this one table.
 * Must not know: how a value is spelled (value.c), who uses a setting. */
#ifndef EVERTRUNK_CONF_KEYS_H
#define EVERTRUNK_CONF_KEYS_H

#include "conf/named.h"

/* How a value is written; value.c has one row of functions for each. */
enum value_type {
	VALUE_BOOL,
	VALUE_INT,
	VALUE_SIZE,
	VALUE_DURATION,
	VALUE_IP,
	VALUE_ENDPOINT,
	VALUE_IPS,
	VALUE_CIDRS,
	VALUE_ENUM,
	VALUE_TRANSPORTS,
	VALUE_PORTS,
	VALUE_WEEKLY,
	VALUE_PATH,
	VALUE_NAME,
	VALUE_NAMES,
	VALUE_WORDS,
	VALUE_DIGITS,
	VALUE_DIALLED,
	VALUE_NUMBERS,
	VALUE_TEXT,
	VALUE_HOSTS,
	VALUE_IDENTITIES,
	VALUE_TYPES
};

enum { CONF_KEYS_MAX = 160 };

struct conf_key {
	const char *section; /* one of conf_named[]: stands for every [SECTION NAME] */
	const char *key;
	const char *name;   /* "section.key" */
	const char *preset; /* the default as one writes it; NULL: must be given */
	const char *help;
	enum value_type type;
	enum conf_change change;
	bool zero;     /* "0", "off" or nothing is allowed beside min..max */
	size_t offset; /* of the field, in struct conf or in an element (named.h) */
	size_t size;   /* of the field */
	size_t count;  /* lists: offset of the number of elements (size_t) */
	int64_t min;   /* numbers: bounds in the field's unit */
	int64_t max;   /* lists: most elements; paths and names: most characters */
	const char *(*word)(unsigned value); /* enums, words: the word, NULL after the last */
};

extern const struct conf_key conf_keys[];
extern const size_t conf_nkeys;

/* The row of `key` in `section`, or NULL. */
const struct conf_key *keys_find(const char *section, const char *key);
/* The row of "section.key"; the name is one of ours: aborts when there is none. */
const struct conf_key *keys_get(const char *name);
/* The table's own text for a section that stands for one only, or NULL. */
const char *keys_section(struct slice name);
/* The kind of section with many elements that the key is in, or NULL. */
const struct conf_named *keys_named(const struct conf_key *k);
bool keys_is_trunk(const struct conf_key *k);
/* The bit of a key of a named section among named_given(). */
uint64_t keys_bit(const struct conf_key *k);

#endif
