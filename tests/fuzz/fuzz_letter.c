/* fuzz_letter: any header file; what is taken is clean, and its strings end. */
#include <stdint.h>
#include <stdlib.h>

#include "ipc/base/mailaddr.h"
#include "worker/letter.h"

static void
must(int truth)
{
	if (!truth)
		abort();
}

static void
is_clean(const char *s, size_t size)
{
	size_t n = strnlen(s, size);
	must(n < size);
	for (size_t i = 0; i < n; i++)
		must((unsigned char)s[i] >= 0x20 && s[i] != 0x7f);
}

/* What a notice lists is clean, and what is written of it is read back. */
static void
check_notice(const struct letter *l)
{
	static struct letter back;
	static char text[LETTER_TEXT_MAX];
	struct buf out = BUF(text);
	const char *why;
	must((l->type == LETTER_NOTICE) == (l->nabout > 0));
	must(l->nabout <= LETTER_ABOUT_MAX && l->nabout <= l->count);
	for (uint32_t i = 0; i < l->nabout; i++) {
		is_clean(l->about[i].recipient, sizeof(l->about[i].recipient));
		is_clean(l->about[i].caller, sizeof(l->about[i].caller));
		is_clean(l->about[i].reason, sizeof(l->about[i].reason));
		must(letter_id_ok(slice_str(l->about[i].id)));
	}
	if (l->type != LETTER_NOTICE)
		return;
	letter_notice_write(l, &out);
	must(!out.full && letter_read(SLICE("id"), (struct slice){text, out.n}, &back, &why) == 0);
	must(back.nabout == l->nabout && back.count == l->count && back.notice == l->notice &&
	     strcmp(back.recipient_address, l->recipient_address) == 0);
	for (uint32_t i = 0; i < l->nabout; i++)
		must(strcmp(back.about[i].id, l->about[i].id) == 0 &&
		     back.about[i].received == l->about[i].received &&
		     back.about[i].tried_s == l->about[i].tried_s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct letter l;
	const char *why;
	int e = letter_read(SLICE("id"), (struct slice){(const char *)data, size}, &l, &why);
	must((e == 0) == (why == NULL));
	if (e != 0)
		return 0;
	is_clean(l.caller_id, sizeof(l.caller_id));
	is_clean(l.caller_name, sizeof(l.caller_name));
	is_clean(l.recipient_name, sizeof(l.recipient_name));
	is_clean(l.recipient_address, sizeof(l.recipient_address));
	is_clean(l.mailbox, sizeof(l.mailbox));
	is_clean(l.culture, sizeof(l.culture));
	is_clean(l.call_id, sizeof(l.call_id));
	is_clean(l.attachment, sizeof(l.attachment));
	must(l.mailbox[0] != '\0' && strchr(l.attachment, '/') == NULL);
	must((l.type != LETTER_VOICE) == (l.attachment[0] == '\0'));
	must(l.operator_[0] == '\0' || mailaddr_ok(slice_str(l.operator_), NULL) ||
	     mailaddr_local_ok(slice_str(l.operator_)));
	check_notice(&l);
	must(l.caller_address[0] == '\0' || mailaddr_ok(slice_str(l.caller_address), NULL));
	must(l.recipient_address[0] == '\0' || mailaddr_ok(slice_str(l.recipient_address), NULL));
	return 0;
}
