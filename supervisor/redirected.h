/* redirected: the calls that were lately answered with a 302, and what became of them: to answer
 * retransmissions again, absorb their ACKs, and see who follows, who comes back and who stays
 * silent (docs/design.md 3, Redirect and Learning).
 * Owns: the last REDIRECTED_PLACES of them, in the order they came; a newer one takes the oldest
 * one's place: a 302 costs no entry of the call table, and what is forgotten too early is merely
 * redirected once more.
 * Pure: time is an argument.  Must not know: what a trunk learns, SIP text beyond a number. */
#ifndef EVERTRUNK_REDIRECTED_H
#define EVERTRUNK_REDIRECTED_H

#include "conf/conf.h"
#include "ipc/base/clock.h"
#include "ipc/base/text.h"

enum {
	REDIRECTED_PLACES = 4096, /* a power of two */
	/* chains; so many that most are empty, and a new call touches few old ones */
	REDIRECTED_HEADS = 4 * REDIRECTED_PLACES,
	REDIRECTED_MS = 32000,        /* known that long by Call-ID and From tag */
	REDIRECTED_FOLLOW_MS = 3000,  /* followed by then, or silence */
	REDIRECTED_RECALL_MS = 10000, /* known that long by its numbers */
	REDIRECTED_TURNS = 4, /* so many 302s for the same numbers that nobody follows: a circle */
	REDIRECTED_NUMBER = 32, /* the last characters of the called number that are kept */
};

/* An INVITE outside a dialog, by what is kept when it is sent a second time.  PBXs keep different
 * things: a user agent that recurses Call-ID and From tag, AudioCodes neither. */
struct redirected_invite {
	uint64_t key;        /* affinity_key() of the Call-ID */
	uint64_t caller;     /* redirected_mix() of the From user */
	uint64_t tag;        /* of From user and tag */
	uint64_t branch;     /* of the top Via's branch */
	struct slice called; /* user part of the Request-URI, without parameters */
	uint32_t cseq;
	uint16_t trunk; /* index */
};

/* What became of a 302. */
enum redirected_fate {
	REDIRECTED_OPEN,     /* nothing yet */
	REDIRECTED_FOLLOWED, /* its call arrived at a slot's door */
	REDIRECTED_LEFT,     /* its caller hung up, or its trunk was told to begin anew */
};

struct redirected_call {
	uint64_t key, caller, tag, branch;
	struct mono at;                     /* when the 302 went out */
	uint32_t serial;                    /* 0: free */
	uint32_t by_key, by_tag, by_caller; /* serials of the next older ones of its chains */
	uint32_t cseq;
	uint32_t recall; /* recall.h: what it said of a diversion; 0: nothing */
	uint16_t trunk;  /* TRUNK_NONE: gone by a reload */
	uint8_t fate;
	uint8_t number_n;
	bool judged; /* silence will be held against its trunk */
	char number[REDIRECTED_NUMBER];
};

struct redirected {
	uint32_t next;  /* serial of the next entry; 0 at the start stands for 1 */
	uint32_t judge; /* all before this one have been judged */
	/* serials of the newest of each chain */
	uint32_t key_head[REDIRECTED_HEADS], tag_head[REDIRECTED_HEADS];
	uint32_t caller_head[REDIRECTED_HEADS];
	struct redirected_call place[REDIRECTED_PLACES];
};

/* How a call that comes now resembles one that got a 302, the surest first. */
enum likeness {
	LIKE_NONE,
	LIKE_REPEAT,  /* the very INVITE: Call-ID, CSeq and branch */
	LIKE_CALL_ID, /* another INVITE of the same call */
	LIKE_TAG,     /* new Call-ID, but From tag and caller are the same */
	LIKE_NUMBERS, /* caller and called are the same, a prefix before the called apart; open */
	LIKE_CALLED,  /* the called alone; open, and there is time to follow */
};

/* A hash for the fields of struct redirected_invite, going on from `seed`.  It has no key: what a
 * trunk says is only compared with what the same trunk has said. */
uint64_t redirected_mix(uint64_t seed, struct slice s);
/* A 302 went out for `i`.  `judged`: when nobody follows, its trunk shall hear of it. */
struct redirected_call *redirected_add(struct redirected *r, const struct redirected_invite *i,
				       bool judged, struct mono now);
/* The newest entry of a Call-ID of that trunk; NULL: none that we know of. */
struct redirected_call *redirected_find(struct redirected *r, uint64_t key, uint16_t trunk,
					struct mono now);
/* Which of them `i` is again, down to the likeness `least`; of several with its numbers the oldest
 * open one, because calls follow in the order they were redirected.  NULL and LIKE_NONE: none. */
struct redirected_call *redirected_match(struct redirected *r, const struct redirected_invite *i,
					 enum likeness least, struct mono now, enum likeness *ret);
/* Whether calls like `i` by its numbers have got REDIRECTED_TURNS 302s in the last
 * REDIRECTED_RECALL_MS that nobody has followed: they go in circles (or so many people wait). */
bool redirected_circles(struct redirected *r, const struct redirected_invite *i, struct mono now);
/* Whether any call at all can be known still: if not, there is nothing to look for. */
bool redirected_idle(const struct redirected *r, struct mono now);
/* Whether the time to follow it has passed. */
bool redirected_late(const struct redirected_call *c, struct mono now);
/* The next judged one that nobody followed in time, once; NULL: no more.  *ret_waiting: some still
 * has time. */
struct redirected_call *redirected_overdue(struct redirected *r, struct mono now,
					   bool *ret_waiting);
/* Nothing that trunk `trunk` was told so far shall be held against it. */
void redirected_forget(struct redirected *r, uint16_t trunk);
/* After a reload: every trunk's new index (TRUNK_NONE in `map`: gone). */
void redirected_renumber(struct redirected *r, const uint16_t map[CONF_TRUNKS]);

#endif
