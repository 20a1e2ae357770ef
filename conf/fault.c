/* fault: see fault.h. */
#include "conf/fault.h"

#include <stdarg.h>
#include <stdio.h>

/* Kept free in the buffer for the line that says that there were more. */
enum { FAULT_LINE = 1024, FAULT_RESERVE = 48 };

void
fault_at(struct faults *f, unsigned line, const char *fmt, ...)
{
	char text[FAULT_LINE];
	struct buf b = BUF(text);
	char message[FAULT_LINE];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(message, sizeof(message), fmt, ap);
	va_end(ap);
	for (char *c = message; *c; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';
	if (line)
		buf_printf(&b, "%.400s:%u: %s", f->file, line, message);
	else
		buf_printf(&b, "%.400s: %s", f->file, message);
	f->count++;
	if (f->left_out || f->to->cap - f->to->n < b.n + 1 + FAULT_RESERVE) {
		f->left_out++;
		return;
	}
	buf_add(f->to, text, b.n);
	buf_str(f->to, "\n");
}

unsigned
fault_line_of(const struct faults *f, const struct conf_key *k)
{
	return f->line[k - conf_keys];
}

void
fault_close(struct faults *f)
{
	if (f->left_out)
		buf_printf(f->to, "(%u more errors, not shown)\n", f->left_out);
}
