/* via: the Via header fields that we push, take away, replace and put back, and what they carry.
 * Pure.  Must not know: sockets, workers, the call table.
 *
 * Three kinds of Via are ours:
 *   inner  pushed on a request for a worker; its parameters are the way back to the PBX, so that
 *          no state is needed for the response, and nobody outside ever sees it;
 *   door   replaces the worker's Via on a request that it starts; its branch holds generation and
 *          the worker's own branch, sealed with a keyed hash, so that a response can be given its
 *          old Via back and nobody can address a worker that is not his;
 *   own    a request of the supervisor itself towards a trunk (generation 0). */
#ifndef EVERTRUNK_VIA_H
#define EVERTRUNK_VIA_H

#include "ipc/base/hash.h"
#include "supervisor/scan.h"
#include "supervisor/way.h"

/* Where the response to `m`, received by way `from`, must go (RFC 3261 18.2.2, RFC 3581): same
 * door and connection; peer is the source, or for UDP what maddr, rport and sent-by say.  For a
 * stream peer is where to connect when the connection is gone. */
struct way via_reply_way(const struct sip_msg *m, const struct way *from);

/* The top Via line of a request as the peer must get it back: with received and rport filled in
 * (RFC 3261 18.2.1, RFC 3581 4).  `src` is the packet's source. */
void via_top_line(struct buf *out, const struct sip_via *via, const struct addr *src);

/* What names the transaction of a request (RFC 3261 17.2.3); INVITE, its CANCEL and the ACK of its
 * failure share it, however often they are sent and over which connection. */
uint64_t via_transaction(const struct sip_msg *m, const struct hash_key *key);

/* What an inner Via says. */
struct via_inner {
	struct slice self;      /* our inner socket as text */
	const char *trunk;      /* trunk.h: ";k=NAME;p=PROFILE"; "": of no trunk */
	const struct way *from; /* where the request came from */
	const struct way *back; /* the way of the response */
};
/* A whole request for a worker: `m` with an inner Via pushed and its own top Via completed, names
 * that need quotes in them, every other byte as it came. */
void via_push_inner(struct buf *out, const struct sip_msg *m, const struct hash_key *key,
		    const struct via_inner *v);
/* The way back out of the inner Via on top of a worker's response.  0 or -EINVAL. */
int via_inner_way(const struct sip_via *via, struct way *ret);
/* Whether the Via is one of our own requests to a worker; its number. */
bool via_own_number(const struct sip_via *via, uint32_t *ret);
/* A whole response without its top Via value. */
void via_pop(struct buf *out, const struct sip_msg *m);

/* A whole request of a worker with its Via replaced by one of the door. */
void via_replace_door(struct buf *out, const struct sip_msg *m, const struct hash_key *key,
		      const struct door_spec *door, uint32_t generation);
/* The Via line of a request of our own: number `n` in place of a worker's branch. */
void via_own_line(struct buf *out, const struct hash_key *key, const struct door_spec *door,
		  struct slice call_id, uint32_t n);
/* Opens a door Via that came back on a response: 0 with the generation and the worker's branch
 * (generation 0: branch is our number in hex); -EPERM when the seal is broken. */
int via_open_door(const struct sip_msg *m, const struct hash_key *key, uint32_t *ret_generation,
		  struct slice *ret_branch);
/* A whole response with its top Via replaced by the worker's: sent-by `worker`, `branch`. */
void via_restore_worker(struct buf *out, const struct sip_msg *m, const struct addr *worker,
			struct slice branch);

#endif
