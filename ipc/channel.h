/* channel: typed messages over one end of a SOCK_SEQPACKET pair.
 * Owns: the descriptor, batching, the check of every record against the table.
 * Must not know: what a message means.
 * A packet (at most 64 KiB) carries one or more records of message.h. */
#ifndef EVERTRUNK_CHANNEL_H
#define EVERTRUNK_CHANNEL_H

#include "ipc/base/loop.h"
#include "ipc/messages.h"

struct channel;

/* `payload` is message_size(type) bytes, aligned to 8, valid during the call only. */
typedef void channel_message_fn(void *arg, enum message_type type, const void *payload);
/* The other side is gone (why = 0: closed; -errno: broken, or spoke nonsense: -EPROTO).  Called
 * once; the channel sends and delivers nothing afterwards and waits for channel_free(). */
typedef void channel_gone_fn(void *arg, int why);

/* Both ends, non-blocking, close-on-exec.  0 or -errno. */
int channel_pair(int ret[2]);
struct channel_hooks {
	channel_message_fn *message;
	channel_gone_fn *gone;
	void *arg;
};

/* Takes ownership of `fd`.  `receives` is the direction of the messages read here.
 * NULL when out of memory. */
struct channel *channel_new(struct loop *l, int fd, enum message_dir receives,
			    const struct channel_hooks *hooks);
/* Queues one message; it leaves at the end of this loop turn together with the others (or at
 * channel_flush()).  0, -EPIPE when gone, -ENOBUFS when the other side has not read for so long
 * that 256 KiB wait: the caller gives the peer up. */
int channel_send(struct channel *c, enum message_type type, const void *payload);
/* The same with a descriptor beside the message, which stays the caller's; from the supervisor to a
 * worker only.  -ENOBUFS also while the one before it has not left. */
int channel_send_fd(struct channel *c, enum message_type type, const void *payload, int fd);
/* The descriptor that came with the message being delivered, the caller's to close; -1: none. */
int channel_take_fd(struct channel *c);
int channel_flush(struct channel *c);
void channel_free(struct channel *c); /* NULL is fine; safe inside its own callbacks */

#endif
