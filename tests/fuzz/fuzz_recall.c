/* fuzz_recall: whatever a redirected INVITE says of its diversion, the INVITE that it is added to
 * stays one that can be read, with those lines more and nothing else. */
#include <stdlib.h>
#include <string.h>

#include "supervisor/recall.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static const struct scan_limits limits = {65535, 1024};

#define FOLLOWER                                                         \
	"INVITE sip:3500@b SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1\r\n"    \
	"From: <sip:2101@a>;tag=1\r\nTo: <sip:3500@b>\r\nCall-ID: c\r\n" \
	"CSeq: 1 INVITE\r\nContent-Length: 4\r\n\r\nbody"

/* Lines that are not one of the three, counted as one too many. */
static unsigned
count_lines(struct slice lines)
{
	struct slice name, value;
	size_t pos = 0;
	unsigned n = 0;

	while (scan_line(lines, &pos, &name, &value)) {
		n++;
		if (!slice_ieq(name, SLICE("Diversion")) &&
		    !slice_ieq(name, SLICE("History-Info")) &&
		    !slice_ieq(name, SLICE("x-nt-ocn-id")))
			abort();
	}
	return n;
}

static void
add_to(struct slice lines)
{
	static char text[65536];
	struct buf b = BUF(text);
	struct sip_msg m, again;

	if (scan_message(FOLLOWER, sizeof(FOLLOWER) - 1, false, &limits, &m) != SCAN_OK)
		abort();
	recall_write(&b, &m, lines);
	if (b.full || b.n != m.whole.n + lines.n ||
	    scan_message(text, b.n, false, &limits, &again) != SCAN_OK)
		abort();
	if (again.headers != m.headers + count_lines(lines) || again.diverted.n < lines.n ||
	    !slice_eq(again.call_id, m.call_id) || !slice_eq(again.body, m.body))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct recall memory;
	static const struct trunk_conf trunk = {
	    .diversion = {DIVERSION_DIVERSION, DIVERSION_TARGET}, .ndiversion = 2};
	struct sip_msg m;
	struct sip_uri uri;

	if (scan_message((const char *)data, n, false, &limits, &m) != SCAN_OK || !m.request)
		return 0;
	recall_said(&m, SLICE("3500"));
	if (scan_uri(m.uri, &uri))
		return 0;
	const uint32_t number = recall_keep(&memory, &m, &uri, &trunk);
	if (number)
		add_to(recall_lines(&memory, number));
	return 0;
}
