/* ua_tag: every tag that this worker makes begins with its generation, "g7-" and a random token,
 * so that the supervisor finds the owner of a dialog by looking at a message (docs/design.md 3).
 * Part of sofia-sip's room: it replaces the library's nta_agent_newtag(). */
#ifndef EVERTRUNK_UA_TAG_H
#define EVERTRUNK_UA_TAG_H

#include <stdint.h>

#include "ipc/base/text.h"

/* From now on tags are of this generation.  Proves it with a tag made inside the library; `root`
 * is a su_root_t.  0, or -errno with one line in `why`. */
int ua_tag_start(uint32_t generation, void *root, struct buf *why);

#endif
