/* print: struct conf -> the canonical file, and what differs between two of them.
 * Two settings differ when they print differently, so that nothing can be printed and not
 * compared, or the other way round. */
#include "conf/conf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/value.h"

/* `given`: of a trunk's keys those that its section gives; the others are printed as comments, so
 * that one sees what the profile makes of them and the file reads back to the same. */
static void
print_keys(FILE *out, const char *section, const void *base, uint64_t given)
{
	for (size_t i = 0; i < conf_nkeys; i++) {
		const struct conf_key *k = &conf_keys[i];
		char text[VALUE_TEXT_MAX];
		struct buf value = BUF(text);

		if (strcmp(k->section, section) != 0)
			continue;
		value_print(k, base, &value);
		fprintf(out, "%s%s =%s%s\n",
			keys_is_trunk(k) && !(given & keys_trunk_bit(k)) ? "#" : "", k->key,
			value.n ? " " : "", buf_cstr(&value));
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
	for (size_t i = 0; i < conf_nkeys && !keys_is_trunk(&conf_keys[i]); i++) {
		if (!strcmp(conf_keys[i].section, section))
			continue;
		section = conf_keys[i].section;
		fprintf(out, "%s[%s]\n", i ? "\n" : "", section);
		print_keys(out, section, c, 0);
	}
	for (size_t t = 0; t < c->ntrunk; t++) {
		fprintf(out, "\n[trunk %s]\n", c->trunk[t].name);
		print_keys(out, "trunk", &c->trunk[t], c->trunk[t].given);
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

/* Trunks are compared by their place: another name there is another trunk.  Whether a value was
 * given matters too: a profile that is found out later fills in the others. */
static bool
trunks_alike(const struct conf_key *k, const struct conf *a, const struct conf *b)
{
	if (a->ntrunk != b->ntrunk)
		return false;
	for (size_t t = 0; t < a->ntrunk; t++)
		if (strcmp(a->trunk[t].name, b->trunk[t].name) != 0 ||
		    (a->trunk[t].given ^ b->trunk[t].given) & keys_trunk_bit(k) ||
		    !prints_alike(k, &a->trunk[t], &b->trunk[t]))
			return false;
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
		if (keys_is_trunk(k) ? trunks_alike(k, a, b) : prints_alike(k, a, b))
			continue;
		strongest = k->change;
		name = k->name;
	}
	*ret_key = name;
	return strongest;
}
