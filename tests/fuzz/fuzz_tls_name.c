/* fuzz_tls_name: names of certificates, one a line (the first byte: its kind), the last line what
 * is looked for.  A wildcard never stands for more than one label, an address never fits a DNS
 * name, and what fits has really been there. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ipc/base/addr.h"
#include "supervisor/tls_name.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static size_t
dots(const char *s)
{
	size_t count = 0;

	for (; *s; s++)
		count += *s == '.' && s[1] != '\0';
	return count;
}

/* Whether some name can be meant at all: the same length, or a wildcard with as many labels. */
static void
must_be_there(const struct tls_names *l, const char *wanted)
{
	enum tls_name_kind kind;
	const char *text;
	struct addr a;
	size_t at = 0, w = strlen(wanted);

	if (addr_parse_ip(slice_str(wanted), 0, &a) == 0)
		return;
	while (tls_names_next(l, &at, &kind, &text)) {
		const size_t length = strlen(text);
		if (length + 1 >= w && w + 1 >= length)
			return;
		if (text[0] == '*' && kind == TLS_NAME_DNS && dots(text) == dots(wanted))
			return;
	}
	abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct tls_names names;
	char wanted[256] = "", text[8192];
	struct buf b = BUF(text);
	struct slice s = {(const char *)data, n};

	names = (struct tls_names){0};
	while (s.n > 0) {
		const char *lf = memchr(s.p, '\n', s.n);
		const size_t line = lf ? (size_t)(lf - s.p) : s.n;
		if (lf && line > 0)
			tls_names_add(&names, (enum tls_name_kind)((unsigned char)*s.p % 4),
				      (struct slice){s.p + 1, line - 1});
		else if (!lf && line < sizeof(wanted))
			memcpy(wanted, s.p, line);
		s.p += line + (lf ? 1 : 0);
		s.n -= line + (lf ? 1 : 0);
	}
	if (tls_names_match(&names, wanted))
		must_be_there(&names, wanted);
	tls_names_print(&names, &b);
	if (b.full)
		abort();
	return 0;
}
