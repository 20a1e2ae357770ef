/* rooms: what a worker is made of: its rooms, opened in the order in which they need each other and
 * closed in the opposite one.
 * Must not know: the supervisor's orders, when a worker leaves. */
#ifndef EVERTRUNK_ROOMS_H
#define EVERTRUNK_ROOMS_H

#include <stdbool.h>
#include <stdint.h>

#include "conf/conf.h"
#include "ipc/messages.h"

/* What is still being written or delivered when everything else is over gets this long. */
enum { ROOMS_LAST_MS = 2000 };

struct rooms {
	struct loop *loop;
	struct conf *conf;
	struct link *link;
	struct directory *directory;
	struct media *media;
	struct prompts *prompts;
	struct settings *settings;
	struct calls *calls;
	struct notices *notices;
	struct delivery *delivery;
	int table; /* descriptor of the mailboxes in force; -1: no mailbox file */
	struct ua *ua;
};

/* With loop, conf, link, directory and table set: makes the rest.  What cannot be made ends the
 * program with a line that says why. */
void rooms_open(struct rooms *r, const struct msg_start *start);
/* What a killed worker left behind is finished before the first call comes.  Returns how many
 * recordings that were. */
uint32_t rooms_salvage(const struct conf *conf);
/* False: the deadline came before the last call's end, and what still uses the loop stays. */
bool rooms_close(struct rooms *r);

#endif
