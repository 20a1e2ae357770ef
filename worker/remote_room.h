/* remote_room: what the files of the room "remote" share.  Nobody else includes it. */
#ifndef EVERTRUNK_REMOTE_ROOM_H
#define EVERTRUNK_REMOTE_ROOM_H

#include "worker/imap.h"
#include "worker/remote.h"

struct remote_box {
	char *address;         /* with the extension behind its NUL: one allocation */
	const char *extension; /* in it */
	uint32_t tag;
	struct imap_status known;
	struct tally tally;
	bool counted;    /* `tally` says something */
	bool fresh;      /* it has not been taken; the mutex's */
	bool unreadable; /* when it was looked into last */
};

struct remote_list {
	struct remote_box *box;
	uint32_t n, room;
	uint32_t *order; /* by address and extension; NULL before remote_list_sort() */
	uint32_t round;
	uint32_t nfresh; /* the mutex's */
};

/* Before it is looked into by address.  0 or -ENOMEM. */
int remote_list_sort(struct remote_list *l);
/* Takes what `from` knows of the same mailboxes; both are sorted. */
void remote_list_remember(struct remote_list *l, const struct remote_list *from);
/* The first place in `order` of a mailbox with this address, whatever case; `n`: none. */
uint32_t remote_list_find(const struct remote_list *l, const char *address);

#endif
