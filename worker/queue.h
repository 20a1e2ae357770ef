/* queue: what waits in the spool to be delivered: which, since when, due when; and the two folders
 * beside it, bad/ and shadow/.
 * Owns: the items in memory (small: 100,000 fit), the moves of their files.  One thread.
 * Must not know: how a message is delivered, clocks (time is an argument), what a letter says. */
#ifndef EVERTRUNK_QUEUE_H
#define EVERTRUNK_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ipc/base/clock.h"
#include "worker/letter.h"

/* Where an item's files are. */
enum queue_place { QUEUE_HERE, QUEUE_BAD, QUEUE_SHADOW };

/* Why an item waits; shared by all that wait for the same. */
struct queue_reason {
	uint32_t users;
	char text[];
};

struct queue_item {
	struct mono due;
	int64_t since; /* wall seconds: when its header file came into the folder */
	struct queue_reason *reason;
	size_t at[2]; /* in both heaps */
	uint32_t tries;
	uint32_t seen;        /* the scan that saw it last */
	bool found;           /* lay there when we came: it may have been delivered already */
	bool done, confirmed; /* delivered; only its files could not be moved yet */
	bool reported;        /* the next host has promised a report of it */
	bool outage;          /* its last try failed for a reason of everybody's */
	bool looked, borrows; /* its header file is known, and names a sound called otherwise */
	char id[LETTER_ID_MAX];
};

struct queue;

/* Opens `dir` (made when missing, with bad/ and shadow/).  0 and *ret, or -errno. */
int queue_new(const char *dir, struct queue **ret);
void queue_free(struct queue *q); /* NULL is fine */
/* Descriptor of the folder (which = QUEUE_HERE) or of one of the two beside it. */
int queue_folder(const struct queue *q, enum queue_place which);

/* Reads the folder: adds what is not known yet, forgets what has gone; counts bad/ and shadow/.
 * `found`: somebody else may have begun to deliver what is new to us.  How many were added, or
 * -errno. */
int queue_scan(struct queue *q, bool found, struct mono now);
/* A file called `name` has come: an item of ours, if it is a header file that is there.  Returns
 * it, also when it was known; NULL: it is none. */
struct queue_item *queue_add(struct queue *q, const char *name, struct mono now);

size_t queue_count(const struct queue *q);
/* How many have ever been added. */
uint64_t queue_added(const struct queue *q);
/* When the first came, wall seconds; 0: there is none. */
int64_t queue_oldest(const struct queue *q);
/* How many lie in bad/ or shadow/. */
size_t queue_aside(const struct queue *q, enum queue_place which);
/* The item that is due first, or NULL. */
struct queue_item *queue_first(const struct queue *q);
/* By turns that one and the newest that was never tried: so nobody who leaves a message now waits
 * until a backlog is gone, and the backlog goes on. */
struct queue_item *queue_next(struct queue *q);
struct queue_item *queue_find(const struct queue *q, const char *id);
/* Every item, from 0 in no particular order; NULL at the end. */
struct queue_item *queue_each(const struct queue *q, size_t i);

/* Puts off until `due`, because of `why`. */
void queue_later(struct queue *q, struct queue_item *i, struct mono due, const char *why);
/* What waits for the end of an outage, or (`all`) everything, is due now.  How many. */
size_t queue_wake(struct queue *q, bool all, struct mono now);
/* Forgets it; its files stay where they are. */
void queue_forget(struct queue *q, struct queue_item *i);

/* Files.  The text of ID.txt, malloced.  -errno; -EFBIG above LETTER_TEXT_MAX. */
int queue_read(const struct queue *q, enum queue_place where, const char *id, char **ret,
	       size_t *ret_n);
/* Moves ID.txt, and its sound `attachment` ("": it has none), which may be missing.  0 or -errno;
 * what is moved is on the disk when this returns. */
int queue_move(struct queue *q, const char *id, const char *attachment, enum queue_place from,
	       enum queue_place to);
/* The same to bad/, with ID.reason saying `why`. */
int queue_move_bad(struct queue *q, const char *id, const char *attachment, enum queue_place from,
		   const char *why);
/* Writes ID.txt, which is there, anew: the old text or the new one is on the disk, whatever
 * happens.  0 or -errno. */
int queue_write(struct queue *q, enum queue_place where, const char *id, struct slice text);
/* Removes the files for good. */
int queue_remove(struct queue *q, const char *id, const char *attachment, enum queue_place where);

#endif
