/* trial: see trial.h.
 * Pure. */
#include "worker/trial.h"

#include <stdio.h>

void
trial_id(struct timespec now, char ret[TRIAL_ID_MAX])
{
	snprintf(ret, TRIAL_ID_MAX, "test-%llx-%lx", (unsigned long long)now.tv_sec,
		 (unsigned long)now.tv_nsec);
}

void
trial_text(const char *sender, struct slice to, const char *id, time_t now, struct buf *out)
{
	const char *at = strrchr(sender, '@');
	char date[64];
	struct tm utc;

	gmtime_r(&now, &utc);
	strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S +0000", &utc);
	buf_printf(out, "From: Voice Mail <%s>\r\n", sender);
	buf_printf(out, "To: <%.*s>\r\n", (int)to.n, to.p);
	buf_printf(out, "Subject: Test of voice mail delivery\r\nDate: %s\r\n", date);
	buf_printf(out, "Message-ID: <%s%s>\r\n", id, at ? at : "@localhost");
	buf_str(out, "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n"
		     "Content-Type: text/plain; charset=us-ascii\r\n\r\n"
		     "An administrator has sent this message by um-ctl test-mail: what callers\r\n"
		     "leave takes the same way.\r\n");
}
