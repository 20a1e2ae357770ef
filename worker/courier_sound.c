/* courier_sound: whose a sound is that more than one header file names: of the last that waits.
 * A person who copies a header file, to send a message to a second mailbox, makes such ones.
 * Part of the room courier; see courier_room.h. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "ipc/base/log.h"
#include "worker/courier_room.h"

/* Nearly every sound is called as its header file is: those alone that are not have to be known. */
static bool
is_own(const char *id, const char *attachment)
{
	const size_t n = strlen(id);
	return attachment[0] == '\0' || (strncmp(id, attachment, n) == 0 && attachment[n] == '.' &&
					 strchr(attachment + n + 1, '.') == NULL);
}

static void
take_notice(struct queue_item *i, const char *attachment)
{
	i->looked = true;
	i->borrows = !is_own(i->id, attachment);
}

/* Whether a waiting item names `attachment`, that of another. */
static bool
names(struct courier *c, struct queue_item *i, const char *attachment)
{
	struct letter l;
	const char *why;
	if (i->looked && !i->borrows)
		return is_own(i->id, attachment);
	if (courier_letter(c, QUEUE_HERE, i->id, &l, &why) != 0)
		return false; /* looked at again next time */
	take_notice(i, l.attachment);
	return strcmp(l.attachment, attachment) == 0;
}

/* All that wait are looked at only when there is one whose header file is not known yet, or that
 * names another's sound. */
static bool
is_shared(struct courier *c, const char *id, const char *attachment)
{
	const uint64_t added = queue_added(c->queue);
	struct queue_item *i;
	bool shared = false;
	if (is_own(id, attachment) && c->sounds.known == added && c->sounds.strange == 0)
		return false;
	c->sounds.known = added;
	c->sounds.strange = 0;
	for (size_t n = 0; (i = queue_each(c->queue, n)) != NULL; n++) {
		if (strcmp(i->id, id) == 0)
			take_notice(i, attachment);
		else
			shared = names(c, i, attachment) || shared;
		c->sounds.strange += !i->looked || i->borrows;
	}
	return shared;
}

const char *
courier_sound_going(struct courier *c, const char *id, const char *attachment, enum queue_place to)
{
	if (attachment[0] == '\0' || !is_shared(c, id, attachment))
		return attachment;
	log_notice(LOG_MAIL, "%s: its sound %s stays for another that names it", id, attachment);
	if (to != QUEUE_HERE &&
	    linkat(queue_folder(c->queue, QUEUE_HERE), attachment, queue_folder(c->queue, to),
		   attachment, 0) != 0 &&
	    errno != EEXIST && errno != ENOENT)
		log_warn(LOG_MAIL, "%s: goes without its sound %s: %s", id, attachment,
			 strerror(errno));
	return "";
}

void
courier_sound_edited(struct courier *c, struct queue_item *i)
{
	i->looked = false;
	c->sounds.strange++;
}
