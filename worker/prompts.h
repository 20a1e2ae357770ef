/* prompts: what callers hear, in every configured language, loaded once for all calls.
 * Owns: the sets.  A file that is missing or wrong is found when they are loaded, never in a call.
 * Must not know: calls, when something is said. */
#ifndef EVERTRUNK_PROMPTS_H
#define EVERTRUNK_PROMPTS_H

#include "conf/conf.h"
#include "worker/manifest.h"
#include "worker/phrase.h"

struct prompts;
struct prompt_set; /* of one language */

/* Reads the manifest <prompt.directory>/<language>.conf of every language in prompt.languages,
 * and all that it names.  Without that key: beside the program, else where it is installed.  0
 * and *ret, or -errno with one line in `why` for the operator. */
int prompts_load(const struct conf *conf, struct prompts **ret, struct buf *why);
void prompts_free(struct prompts *p); /* NULL is fine */

/* The set of `language` ("nl-NL"): that language, else one with the same first part ("nl"), else
 * the first in prompt.languages. */
const struct prompt_set *prompts_in(const struct prompts *p, const char *language);
/* Adds a prompt to what is said. */
void prompts_add(const struct prompt_set *s, enum prompt_id id, struct phrase *to);
/* Adds the digits of `number`, whatever else is in it is passed over. */
void prompts_add_digits(const struct prompt_set *s, const char *number, struct phrase *to);
/* Adds the record tone; the time that a caller has for a key. */
void prompts_add_tone(const struct prompts *p, struct phrase *to);
void prompts_add_wait(const struct prompts *p, struct phrase *to);

#endif
