/* settings: the trunk settings that a call goes by: those of the trunk that the supervisor names in
 * its Via, as the kind of system that it has been recognised as.
 * Pure: names in, settings out; each pair is worked out once and kept.
 * Must not know: SIP, how a kind is recognised. */
#ifndef EVERTRUNK_SETTINGS_H
#define EVERTRUNK_SETTINGS_H

#include "conf/conf.h"

struct settings;

/* `conf` stays the caller's and must outlive it.  NULL: out of memory. */
struct settings *settings_new(const struct conf *conf);
/* What trunk `name` has when it is a `profile` (a word of profile_name()); a trunk that is not
 * configured (any more), or none: what a generic one has without a word of its own.  Never NULL,
 * valid as long as `s`. */
const struct trunk_conf *settings_of(struct settings *s, struct slice name, struct slice profile);
/* What the i-th trunk of the configuration has as what its last call said that it is; before there
 * was one, as it is configured. */
const struct trunk_conf *settings_known(const struct settings *s, size_t i);
void settings_free(struct settings *s); /* NULL is fine */

#endif
