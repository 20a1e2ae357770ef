/* print: struct conf -> the canonical file, and what differs between two of them.
 * Two settings differ when they print differently, so that nothing can be printed and not
 * compared, or the other way round. */
#include "conf/conf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/value.h"

static void
print_key(FILE *out, const struct conf_key *k, const void *base, const char *sign)
{
	char text[VALUE_TEXT_MAX];
	struct buf value = BUF(text);

	value_print(k, base, &value);
	fprintf(out, "%s%s =%s%s\n", sign, k->key, value.n ? " " : "", buf_cstr(&value));
}

static void
print_section(FILE *out, const char *section, const struct conf *c)
{
	fprintf(out, "%s[%s]\n", section == conf_keys[0].section ? "" : "\n", section);
	for (size_t i = 0; i < conf_nkeys; i++)
		if (!strcmp(conf_keys[i].section, section))
			print_key(out, &conf_keys[i], c, "");
}

/* What an element's section does not give follows from something else (a trunk's profile) and is
 * printed as a comment: one sees what that makes of it, and the file reads back to the same. */
static void
print_named(FILE *out, const struct conf_named *n, const struct conf *c)
{
	for (size_t e = 0; e < named_count(n, c); e++) {
		const void *element = named_at(n, c, e);

		fprintf(out, "\n[%s %s]\n", n->section, named_name(n, c, e));
		for (size_t i = 0; i < conf_nkeys; i++)
			if (keys_named(&conf_keys[i]) == n)
				print_key(out, &conf_keys[i], element,
					  named_gives(n, element, keys_bit(&conf_keys[i])) ? ""
											   : "#");
	}
}

char *
conf_print(const struct conf *c)
{
	const char *section = "";
	char *text = NULL;
	size_t n;
	FILE *out = open_memstream(&text, &n);

	if (!out)
		return NULL;
	for (size_t i = 0; i < conf_nkeys; i++) {
		const struct conf_named *named = keys_named(&conf_keys[i]);

		if (!strcmp(conf_keys[i].section, section))
			continue;
		section = conf_keys[i].section;
		if (named)
			print_named(out, named, c);
		else
			print_section(out, section, c);
	}
	if (fclose(out) != 0) {
		free(text);
		return NULL;
	}
	return text;
}

static bool
prints_alike(const struct conf_key *k, const void *a, const void *b)
{
	char a_text[VALUE_TEXT_MAX], b_text[VALUE_TEXT_MAX];
	struct buf ab = BUF(a_text), bb = BUF(b_text);

	value_print(k, a, &ab);
	value_print(k, b, &bb);
	return slice_eq((struct slice){ab.p, ab.n}, (struct slice){bb.p, bb.n});
}

/* Elements are compared by their place: another name there is another element.  Whether a value
 * was given matters too, where that is kept: a profile that is found out later fills in the
 * others. */
static bool
elements_alike(const struct conf_key *k, const struct conf *a, const struct conf *b)
{
	const struct conf_named *n = keys_named(k);
	const size_t count = named_count(n, a);

	if (count != named_count(n, b))
		return false;
	for (size_t i = 0; i < count; i++) {
		const void *one = named_at(n, a, i), *other = named_at(n, b, i);

		if (strcmp(named_name(n, a, i), named_name(n, b, i)) != 0 ||
		    named_gives(n, one, keys_bit(k)) != named_gives(n, other, keys_bit(k)) ||
		    !prints_alike(k, one, other))
			return false;
	}
	return true;
}

enum conf_change
conf_compare(const struct conf *a, const struct conf *b, const char **ret_key)
{
	enum conf_change strongest = CONF_SAME;
	const char *name = NULL;

	for (size_t i = 0; i < conf_nkeys; i++) {
		const struct conf_key *k = &conf_keys[i];

		if (k->change <= strongest)
			continue;
		if (keys_named(k) ? elements_alike(k, a, b) : prints_alike(k, a, b))
			continue;
		strongest = k->change;
		name = k->name;
	}
	*ret_key = name;
	return strongest;
}
