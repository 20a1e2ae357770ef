/* named: the sections that stand for many, each with a name of its own: [trunk NAME],
 * [dialplan NAME].
 * Owns: the table of them, and how one finds their elements in a struct conf.
 * Must not know: their keys (keys.c), what is in an element beside its name. */
#ifndef EVERTRUNK_CONF_NAMED_H
#define EVERTRUNK_CONF_NAMED_H

#include "conf/conf.h"

enum named { NAMED_DIALPLAN, NAMED_TRUNK, NAMED_KINDS };
enum { NAMED_MAX = CONF_TRUNKS }; /* the most elements that any of them has */

struct conf_named {
	const char *section;
	size_t offset; /* of the array in struct conf; an element begins with its name */
	size_t count;  /* offset of its number of elements (size_t) */
	size_t size;   /* of an element */
	size_t max;    /* elements */
	size_t given;  /* offset, in an element, of one bit for each key (uint64_t) that says that
			  its section gives it; 0: it has none */
	void (*finish)(void *element); /* after its last key; NULL: nothing to do */
};

extern const struct conf_named conf_named[NAMED_KINDS];

/* The row of a section called `section`; NULL: that stands for one only. */
const struct conf_named *named_find(struct slice section);
size_t named_count(const struct conf_named *n, const struct conf *c);
/* The i-th element, and its name. */
const void *named_at(const struct conf_named *n, const struct conf *c, size_t i);
const char *named_name(const struct conf_named *n, const struct conf *c, size_t i);
/* One more element, all zero but its name; NULL: there is no room. */
void *named_add(const struct conf_named *n, struct conf *c, struct slice name);
/* Whether the element's section gives the key with this bit (keys_bit()); yes where that is not
 * kept. */
bool named_gives(const struct conf_named *n, const void *element, uint64_t bit);
void named_give(const struct conf_named *n, void *element, uint64_t bit);

#endif
