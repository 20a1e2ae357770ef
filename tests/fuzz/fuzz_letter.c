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
	must((l.type == LETTER_MISSED) == (l.attachment[0] == '\0'));
	must(l.caller_address[0] == '\0' || mailaddr_ok(slice_str(l.caller_address), NULL));
	must(l.recipient_address[0] == '\0' || mailaddr_ok(slice_str(l.recipient_address), NULL));
	return 0;
}
