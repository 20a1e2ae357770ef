/* snapshot: see snapshot.h. */
#include "supervisor/snapshot.h"

#include <stdlib.h>
#include <string.h>

const struct snapshot_trunk *
snapshot_trunk_find(const struct snapshot *s, const char *name)
{
	for (size_t i = 0; i < s->ntrunk; i++)
		if (strcmp(s->trunk[i].conf->name, name) == 0)
			return &s->trunk[i];
	return NULL;
}

void
snapshot_free(struct snapshot *s)
{
	free(s->trunk);
	free(s->call);
	s->trunk = NULL;
	s->call = NULL;
	s->ntrunk = s->ncall = 0;
}
