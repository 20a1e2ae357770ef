/* build: a struct conf, made section by section and key by key.
 * Owns: defaults, which section is open, what was given twice, is missing or unknown.
 * Must not know: how lines are cut (read.c). */
#ifndef EVERTRUNK_CONF_BUILD_H
#define EVERTRUNK_CONF_BUILD_H

#include "conf/fault.h"

struct build {
	struct conf *conf;              /* all zero at first; the caller's */
	struct faults *faults;          /* the caller's */
	unsigned line;                  /* kept up by the caller */
	bool ignored;                   /* the open section has been refused as a whole */
	const char *section;            /* as in the key table; NULL before the first section */
	const struct conf_named *named; /* what [SECTION NAME] began; NULL in other sections */
	void *element;                  /* of those */
};

/* `%.*s` of a slice in an error line, not too much of it. */
#define BUILD_SHOWN(s) (int)((s).n < 80 ? (s).n : 80), ((s).n ? (s).p : "")

/* Gives every key its default, but those of the sections with a name. */
void build_begin(struct build *b);
/* A line that begins with "[". */
void build_section(struct build *b, struct slice line);
void build_key(struct build *b, const char *name, const char *value);
/* After the last line: what is missing, and what does not fit together. */
void build_end(struct build *b);

#endif
