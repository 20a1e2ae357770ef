/* pool_notify: the NOTIFYs that the operator has ordered: given to the active worker, and to its
 * successor when it leaves before there is an answer.  Part of the room pool; see pool_inner.h.
 * To tell a telephone system twice of the same messages does no harm; not to tell it does. */
#include <errno.h>
#include <stdio.h>

#include "supervisor/pool_inner.h"

static struct pool_notice *
find(struct pool *p, uint32_t ticket)
{
	for (size_t i = 0; i < POOL_NOTICES; i++)
		if (ticket && p->notice[i].order.id == ticket)
			return &p->notice[i];
	return NULL;
}

/* A place for one more: the one that has been over for the longest time. */
static struct pool_notice *
place(struct pool *p)
{
	struct pool_notice *best = NULL;

	for (size_t i = 0; i < POOL_NOTICES; i++) {
		struct pool_notice *n = &p->notice[i];
		if (n->generation == 0 && (!best || n->order.id < best->order.id))
			best = n;
	}
	return best;
}

static void
add_line(struct pool_notice *n, const char *line)
{
	struct buf b = {n->text, n->n, sizeof(n->text), false};

	buf_printf(&b, "%s%s", n->n > 0 ? "\n" : "", line);
	n->n = b.n < sizeof(n->text) ? b.n : sizeof(n->text) - 1;
}

static void
end(struct pool *p, struct pool_notice *n, int result)
{
	n->generation = 0;
	n->result = result;
	p->hooks.changed(p->hooks.changed_arg);
}

int
pool_notify(struct pool *p, const struct msg_notify *order, char say[256], uint32_t *ret_ticket)
{
	struct slot *s = pool_active(p);
	struct pool_notice *n = place(p);

	if (!s || !s->link) {
		snprintf(say, 256, "no worker serves: nobody can send it now");
		return -EAGAIN;
	}
	if (!n) {
		snprintf(say, 256, "%d others have no answer yet", POOL_NOTICES);
		return -EBUSY;
	}
	*n = (struct pool_notice){.order = *order, .generation = s->generation};
	n->order.id = *ret_ticket = ++p->last_notice;
	link_notify(s->link, &n->order);
	return 0;
}

int
pool_notify_state(const struct pool *p, uint32_t ticket, struct buf *say)
{
	for (size_t i = 0; i < POOL_NOTICES; i++) {
		const struct pool_notice *n = &p->notice[i];
		if (n->order.id != ticket)
			continue;
		buf_add(say, n->text, n->n);
		return n->generation ? 1 : n->result;
	}
	buf_str(say, "it is not remembered");
	return -EIO;
}

void
pool_notified(struct pool *p, const struct slot *s, const struct msg_notified *m)
{
	struct pool_notice *n = find(p, m->id);

	if (!n || n->generation != s->generation)
		return;
	add_line(n, m->words);
	if (m->last)
		end(p, n, m->status >= 200 && m->status < 300 ? 0 : -EIO);
}

void
pool_notify_move(struct pool *p)
{
	for (size_t i = 0; i < POOL_NOTICES; i++) {
		struct pool_notice *n = &p->notice[i];
		struct slot *s = pool_active(p);

		if (!n->generation || pool_reaches(p, n->generation))
			continue;
		if (!n->moved && s && s->link) {
			n->moved = true;
			n->generation = s->generation;
			link_notify(s->link, &n->order);
		} else if (n->moved || !p->view.expected) {
			add_line(n, "the worker has left before an answer came");
			end(p, n, -EIO);
		}
	}
}
