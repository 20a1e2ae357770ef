/* fuzz_mail_report: whatever a mail in the sender's mailbox consists of, what is read out of it is
 * bounded and clean, and names a message by an id that can be nothing but a file's name. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ipc/base/clean.h"
#include "worker/mail_report.h"

static void
must(int truth)
{
	if (!truth)
		abort();
}

/* Nothing is left to clean. */
static void
check_text(const char *text, size_t size)
{
	char again[MAIL_REPORT_TEXT_MAX];
	must(strnlen(text, size) < size && size <= sizeof(again));
	clean_text(slice_str(text), again, sizeof(again));
	must(strcmp(text, again) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mail_report r;
	bool found = mail_report_read((struct slice){(const char *)data, size}, &r);
	check_text(r.status, sizeof(r.status));
	check_text(r.by, sizeof(r.by));
	check_text(r.why, sizeof(r.why));
	if (!found)
		return 0;
	must(letter_id_ok(slice_str(r.id)));
	must(strlen(mail_action_name(r.action)) > 0);
	return 0;
}
