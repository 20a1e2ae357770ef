/* letter_notice: the fields that only a notice to the operator has.
 * Part of the room letter; see letter.h. */
#include <string.h>

#include "ipc/base/clean.h"
#include "worker/letter_room.h"
#include "worker/words.h"

static const char *const names[NOTICE_KINDS] = {
    [NOTICE_EXPIRED] = "Expired", [NOTICE_UNCONFIRMED] = "Unconfirmed"};

const char *
letter_notice_name(enum notice_kind kind)
{
	return names[kind];
}

bool
letter_notice_kind(struct slice name, enum notice_kind *ret)
{
	for (int i = 0; i < NOTICE_KINDS; i++)
		if (slice_ieq(name, slice_str(names[i]))) {
			*ret = (enum notice_kind)i;
			return true;
		}
	return false;
}

/* ---- a message that it is about ---- */

/* What parts the fields is no part of a field. */
static void
put_field(const char *text, struct buf *out)
{
	for (; *text != '\0'; text++)
		buf_add(out, *text == '|' ? "/" : text, 1);
	buf_str(out, " | ");
}

void
letter_about_write(const struct letter_about *a, struct buf *out)
{
	char when[LETTER_TIME_MAX];
	letter_time_write(a->received, when);
	put_field(a->id, out);
	put_field(when, out);
	buf_printf(out, "%u | ", a->tried_s);
	put_field(a->recipient, out);
	put_field(a->caller, out);
	buf_str(out, a->reason);
}

static struct slice
field(struct slice *rest)
{
	return slice_trim(words_until(rest, '|'));
}

bool
letter_about_read(struct slice line, struct letter_about *ret)
{
	struct slice rest = line, id = field(&rest);
	uint64_t n;
	memset(ret, 0, sizeof(*ret));
	if (!letter_id_ok(id))
		return false;
	memcpy(ret->id, id.p, id.n);
	letter_time_read(field(&rest), &ret->received);
	if (slice_u64(field(&rest), UINT32_MAX, &n) == 0)
		ret->tried_s = (uint32_t)n;
	clean_text(field(&rest), ret->recipient, sizeof(ret->recipient));
	clean_text(field(&rest), ret->caller, sizeof(ret->caller));
	clean_text(slice_trim(rest), ret->reason, sizeof(ret->reason));
	return true;
}

/* ---- the header file ---- */

void
letter_notice_write(const struct letter *l, struct buf *out)
{
	char when[LETTER_TIME_MAX];
	letter_time_write(l->received, when);
	buf_printf(out, "MessageType : Notice\nNotice : %s\n", names[l->notice]);
	if (l->recipient_address[0] != '\0')
		buf_printf(out, "RecipientAddress : %s\n", l->recipient_address);
	else
		buf_printf(out, "RecipientName : %s\n", l->mailbox);
	buf_printf(out, "RecipientCulture : %s\n", l->culture);
	buf_printf(out, "Important : %s\n", l->important ? "True" : "False");
	buf_printf(out, "Received : %s\nCount : %u\n", when, l->count);
	for (uint32_t i = 0; i < l->nabout; i++) {
		buf_str(out, "Message : ");
		letter_about_write(&l->about[i], out);
		buf_str(out, "\n");
	}
}
