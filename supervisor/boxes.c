/* boxes: see boxes.h. */
#include "supervisor/boxes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf/mailbox_file.h"
#include "ipc/base/hash.h"
#include "supervisor/sealed.h"

/* The key hides nothing: it tells one reading from the next. */
static const struct hash_key same = {0x6d61696c626f7865, 0x732e6576657274};

static int
seal(const struct mailbox_bytes *table, struct boxes *ret)
{
	ret->bytes = table->n;
	ret->count = table->count;
	ret->digest = hash64(&same, table->p, table->n);
	return sealed_file("evertrunk.mailboxes", (struct slice){table->p, table->n}, &ret->fd);
}

int
boxes_load(const struct conf *c, enum boxes_faults how, struct buf *errors, struct boxes *ret)
{
	struct boxes fresh = {.fd = -1};
	struct mailbox_bytes table = {0};
	int err;

	if (!c->mailboxes.file[0]) {
		*ret = fresh;
		return 0;
	}
	err = mailbox_file_read(c, errors, &table);
	if (err == 0 || (err == -EINVAL && how == BOXES_START && table.count > 0)) {
		err = seal(&table, &fresh);
		if (err < 0)
			buf_printf(errors, "%s: the table of it: %s\n", c->mailboxes.file,
				   strerror(-err));
	}
	free(table.p);
	if (err == 0)
		*ret = fresh;
	return err;
}

bool
boxes_eq(const struct boxes *a, const struct boxes *b)
{
	return (a->fd < 0) == (b->fd < 0) && a->bytes == b->bytes && a->digest == b->digest;
}

void
boxes_close(struct boxes *b)
{
	if (b->fd >= 0)
		close(b->fd);
	b->fd = -1;
}
