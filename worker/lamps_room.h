/* lamps_room: what the files of the room "lamps" share.  Nobody else includes it. */
#ifndef EVERTRUNK_LAMPS_ROOM_H
#define EVERTRUNK_LAMPS_ROOM_H

#include <pthread.h>
#include <stdatomic.h>

#include "conf/mailbox_folder.h"
#include "worker/accounts.h"
#include "worker/lamp.h"
#include "worker/lamps.h"
#include "worker/remote.h"
#include "worker/watch.h"

enum { LAMPS_RING = 8 * LAMP_FLYING };

/* To be sent. */
struct lamps_ask {
	uint64_t tag; /* the round and the lamp */
	char number[MESSAGE_PARTY_MAX];
	char plan[CONF_NAME_MAX];
	struct tally tally;
};

/* What became of it. */
struct lamps_answer {
	uint64_t tag;
	enum lamp_answer answer;
};

/* What a list of mailboxes leaves to the next one. */
struct lamps_list {
	struct accounts *accounts;
	struct lamps_known *known;
	uint32_t n;
};

struct lamps {
	struct lamps_parts with;
	char pattern[MAILBOX_PATTERN_MAX];
	char lock_path[CONF_PATH_MAX + 8];
	struct remote *remote; /* where mailboxes are looked into; NULL: they are Maildirs */
	bool on;               /* there is a thread */
	pthread_t thread;
	bool stopped;
	struct loop_io *io;
	int wake; /* eventfd: the thread has something to look at */
	int out;  /* eventfd: there is something to send */
	atomic_bool want, stop, owner;
	atomic_uint count, waiting;

	/* Between the threads; the mutex is held for a copy's time only. */
	pthread_mutex_t mutex;
	struct lamps_ask ask[LAMPS_RING];
	struct lamps_answer answer[LAMPS_RING];
	unsigned nask, nanswer;
	int table; /* new mailboxes; -1: none are new */
	bool resync;

	/* The thread's own. */
	int lock;         /* descriptor; -1 */
	int lock_error;   /* said once */
	int boxes;        /* descriptor of the mailbox table; -1: there is none */
	uint32_t round;   /* which list of lamps a tag belongs to */
	uint32_t watched; /* accounts that have a lamp */
	uint32_t unknown; /* of which the list before knew nothing */
	struct accounts *accounts;
	struct watch *watch; /* NULL: there is a `remote` */
	struct lamps_known *known;
};

void *lamps_run(void *lamps);
void lamps_poke(int fd);

#endif
