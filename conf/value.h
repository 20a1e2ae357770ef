/* value: one configuration value, between the text an administrator writes and the field of a
 * struct.
 * Owns: the spelling of every value type of keys.h, both ways, and the words that say what would
 * be right.  Must not know: files, lines, sections, which key is which. */
#ifndef EVERTRUNK_CONF_VALUE_H
#define EVERTRUNK_CONF_VALUE_H

#include "conf/keys.h"

/* The longest printed value: CONF_SOURCES blocks. */
enum { VALUE_TEXT_MAX = CONF_VALUE_MAX };

/* Reads `text` into k's field of `base` (a struct conf, or for trunk keys a struct trunk_conf).
 * 0, or with the wrong part of the text in *ret_bad and the field untouched or without elements:
 * -EINVAL (form), -ERANGE (bounds), -E2BIG (too long or too many), -EEXIST (an element twice). */
int value_parse(const struct conf_key *k, struct slice text, void *base, struct slice *ret_bad);
/* Appends the canonical spelling, which value_parse() reads back to the same. */
void value_print(const struct conf_key *k, const void *base, struct buf *out);
/* Appends what would be right: "a whole number from 1 to 65535". */
void value_hint(const struct conf_key *k, struct buf *out);
/* A number, size or duration. */
int64_t value_number(const struct conf_key *k, const void *base);
/* The same, printed as k's values are, whether or not it is within bounds. */
void value_print_number(const struct conf_key *k, int64_t v, struct buf *out);
/* What a name (a trunk, a group, a domain) is made of. */
bool value_name_char(char c);
/* What a telephone number is made of; SIP knows numbers with letters too. */
bool value_number_char(char c);

#endif
