/* fuzz_mailbox: any text as a mailbox file: refused with error lines, or made a table in which the
 * mailboxes can be found. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "conf/mailbox_file.h"
#include "conf/pin_hash.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
look(const struct mailbox_bytes *b)
{
	static const char *const numbers[] = {"2101", "21010", "+493055512", "", "anna"};
	struct mailboxes m;
	struct mailbox found;

	if (mailboxes_open(b->p, b->n, &m) != 0 || m.nboxes < b->count)
		abort();
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (mailboxes_find(&m, "berlin", numbers[i], &found) &&
		    (strlen(found.extension) != 4 || strlen(found.name) >= MAILBOX_TEXT_MAX ||
		     (found.pin[0] && (pin_hash_fault(slice_str(found.pin)) ||
				       !mailboxes_have_pins(&m, "berlin")))))
			abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct conf c = {
	    .recording.max_duration = 600000,
	    .dialplan = {{.name = "berlin",
			  .extension_length = 4,
			  .number_prefix = {"+49301234"},
			  .nnumber_prefix = 1},
			 {.name = "paris", .extension_length = 5}},
	};
	char lines[2048];
	struct buf errors = BUF(lines);
	struct mailbox_bytes got;
	int err;

	c.ndialplan = size > 0 && data[0] & 1 ? 1 : 2;
	err =
	    mailbox_file_text(&c, "fuzz", (struct slice){(const char *)data, size}, &errors, &got);
	if (err != 0 && err != -EINVAL)
		abort();
	if ((err == 0) != (errors.n == 0) || errors.full || (err == 0 && !got.p))
		abort();
	if (got.p)
		look(&got);
	free(got.p);
	return 0;
}
