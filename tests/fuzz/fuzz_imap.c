/* fuzz_imap: whatever a server answers, reading it ends, stays within bounds, and what is kept of
 * its words is one printable line; whatever an address is, the folder made of it is one quoted
 * string. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "worker/imap_name.h"
#include "worker/imap_reply.h"

static void
must(int truth)
{
	if (!truth)
		abort();
}

static void
check_reply(struct slice rest)
{
	struct imap_server server = {0};
	struct imap_reply r;
	int rc = 0;

	imap_reply_begin(&r, "E1", &server);
	while (rc == 0 && rest.n > 0) {
		const char *end = memchr(rest.p, '\n', rest.n);
		const size_t n = end ? (size_t)(end - rest.p) : rest.n;
		rc = imap_reply_line(&r, (struct slice){rest.p, n});
		rest = (struct slice){rest.p + n + (end != NULL), rest.n - n - (end != NULL)};
	}
	must((rc == 1) == (r.end != IMAP_OPEN));
	must(strnlen(r.text, sizeof(r.text)) < sizeof(r.text));
	for (const char *p = r.text; *p; p++)
		must(*p >= ' ' && *p <= '~');
	must(server.known || !(server.imap4rev1 || server.esearch || server.sasl));
}

/* No quote but the first and the last that is not escaped. */
static void
check_quoted(struct slice s)
{
	must(s.n >= 2 && s.p[0] == '"' && s.p[s.n - 1] == '"');
	for (size_t i = 1; i < s.n - 1; i++) {
		must(s.p[i] >= ' ' && s.p[i] <= '~' && s.p[i] != '"');
		if (s.p[i] == '\\')
			must(++i < s.n - 1);
	}
}

static void
check_name(struct slice in)
{
	char address[256], folder[IMAP_NAME_MAX], quoted[IMAP_NAME_MAX];
	const size_t n = in.n < sizeof(address) ? in.n : sizeof(address) - 1;
	struct buf filled = BUF(folder), out = BUF(quoted);
	const struct imap_who who = {address, address};

	memcpy(address, in.p, n);
	address[n] = '\0';
	if (imap_name_fill("a/%n.%d/%e", &who, &filled) < 0)
		return;
	must(imap_name_varies("a/%n.%d/%e"));
	if (imap_name_folder(buf_cstr(&filled), &out) == 0)
		check_quoted((struct slice){out.p, out.n});
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct slice in = {(const char *)data, size};

	check_reply(in);
	check_name(in);
	return 0;
}
