/* snapshot: see snapshot.h. */
#include "supervisor/snapshot.h"

#include <stdlib.h>

void
snapshot_free(struct snapshot *s)
{
	free(s->trunk);
	free(s->call);
	s->trunk = NULL;
	s->call = NULL;
	s->ntrunk = s->ncall = 0;
}
