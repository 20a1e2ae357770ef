/* flow_trunk: what trunks turn out to be, and what they see of us when nobody could take a call.
 * See flow_room.h. */
#include <stdio.h>
#include <time.h>

#include "ipc/base/log.h"
#include "supervisor/flow_room.h"
#include "supervisor/recognise.h"

_Static_assert((int)TRUNK_EVIDENCE >= (int)RECOGNISE_TEXT, "evidence is kept whole");

/* Not (yet) recognised: what it calls itself is kept for um-ctl, and said when we give up. */
static void
unclear(struct trunk *k, const char *evidence)
{
	snprintf(k->evidence, sizeof(k->evidence), "%s", evidence);
	if (k->looks_invite == 0)
		log_notice(LOG_TRUNK,
			   "trunk %s: not recognised by %d calls (%s); it stays generic: "
			   "trunk.profile can say what it is",
			   k->conf->name, TRUNK_LOOKS_INVITE, evidence);
}

void
flow_look(struct flow *f, struct trunk *k, const struct sip_msg *m)
{
	char evidence[RECOGNISE_TEXT], text[512];
	struct buf changes = BUF(text);
	const enum profile p = recognise(m, evidence);

	if (p == PROFILE_AUTO) {
		unclear(k, evidence);
		return;
	}
	if (!trunk_recognise(&f->trunks, k, p, slice_str(evidence), time(NULL)))
		return;
	trunk_changes(&f->trunks, k, &changes);
	log_notice(LOG_TRUNK, "trunk %s: recognised as %s: %s; %s%s", k->conf->name,
		   profile_name(p), evidence, changes.n ? buf_cstr(&changes) : "nothing changes",
		   changes.n ? " from now on" : "");
	trunk_file_save(f->learned, &f->trunks);
}

bool
flow_closed(void *arg, const struct addr *source)
{
	struct flow *f = arg;
	const struct trunk *k = trunks_find(&f->trunks, source);

	return k && route_closed(pool_view(f->pool), k->conf);
}
