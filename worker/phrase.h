/* phrase: what is said in one go: a row of sounds that stay their owners'.
 * Pure.  Must not know: who says it. */
#ifndef EVERTRUNK_PHRASE_H
#define EVERTRUNK_PHRASE_H

#include "worker/play.h"

enum { PHRASE_MAX = 64 };

struct phrase {
	const struct play *piece[PHRASE_MAX];
	size_t n;
};

/* Adds one sound; what is too much is left out. */
static inline void
phrase_add(struct phrase *p, const struct play *piece)
{
	if (p->n < PHRASE_MAX)
		p->piece[p->n++] = piece;
}

#endif
