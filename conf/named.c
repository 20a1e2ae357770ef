/* named: see named.h. */
#include "conf/named.h"

#include <string.h>

/* A trunk's profile fills in what its section does not give. */
static void
finish_trunk(void *element)
{
	struct trunk_conf *trunk = element;
	const struct trunk_conf said = *trunk;

	conf_profile(&said, said.profile, trunk);
}

const struct conf_named conf_named[NAMED_KINDS] = {
    [NAMED_DIALPLAN] = {.section = "dialplan",
			.offset = offsetof(struct conf, dialplan),
			.count = offsetof(struct conf, ndialplan),
			.size = sizeof(struct dialplan_conf),
			.max = CONF_DIALPLANS},
    [NAMED_TRUNK] = {.section = "trunk",
		     .offset = offsetof(struct conf, trunk),
		     .count = offsetof(struct conf, ntrunk),
		     .size = sizeof(struct trunk_conf),
		     .max = CONF_TRUNKS,
		     .given = offsetof(struct trunk_conf, given),
		     .finish = finish_trunk},
};

_Static_assert(offsetof(struct trunk_conf, name) == 0 && offsetof(struct dialplan_conf, name) == 0,
	       "an element begins with its name");
_Static_assert((int)CONF_DIALPLANS <= (int)NAMED_MAX, "NAMED_MAX");

const struct conf_named *
named_find(struct slice section)
{
	for (size_t i = 0; i < NAMED_KINDS; i++)
		if (slice_eq(slice_str(conf_named[i].section), section))
			return &conf_named[i];
	return NULL;
}

size_t
named_count(const struct conf_named *n, const struct conf *c)
{
	return *(const size_t *)(const void *)((const char *)c + n->count);
}

const void *
named_at(const struct conf_named *n, const struct conf *c, size_t i)
{
	return (const char *)c + n->offset + i * n->size;
}

const char *
named_name(const struct conf_named *n, const struct conf *c, size_t i)
{
	return named_at(n, c, i);
}

void *
named_add(const struct conf_named *n, struct conf *c, struct slice name)
{
	size_t *count = (size_t *)(void *)((char *)c + n->count);
	char *element = (char *)c + n->offset + *count * n->size;

	if (*count == n->max)
		return NULL;
	memcpy(element, name.p, name.n);
	++*count;
	return element;
}

bool
named_gives(const struct conf_named *n, const void *element, uint64_t bit)
{
	const char *at = element;

	return !n->given || *(const uint64_t *)(const void *)(at + n->given) & bit;
}

void
named_give(const struct conf_named *n, void *element, uint64_t bit)
{
	if (n->given)
		*(uint64_t *)(void *)((char *)element + n->given) |= bit;
}
