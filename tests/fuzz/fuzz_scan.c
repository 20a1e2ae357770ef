/* fuzz_scan: the scanner on any bytes, and against sofia-sip's parser as an oracle: where both
 * accept a message, both must have read the same (scan_oracle.h).  What it lets through is edited
 * as flow edits it, and looked at by recognise. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "supervisor/recognise.h"
#include "supervisor/scan.h"
#include "supervisor/via.h"
#include "tests/oracle/scan_oracle.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The edits that flow makes on whatever the scanner lets through. */
static void
edit(const struct sip_msg *m)
{
	static char text[256 << 10], popped[256 << 10];
	static const struct hash_key key = {1, 2};
	const struct addr at = {.ip = {127, 0, 0, 64}, .port = 5064, .family = AF_INET};
	const struct way from = {.peer = at, .door = 1, .transport = TRANSPORT_UDP};
	const struct way back = via_reply_way(m, &from);
	const struct via_inner inner = {SLICE("127.0.0.64:5064"), ";k=pbx;p=cs1000", &from, &back};
	struct buf b = BUF(text);
	struct sip_msg again;
	const struct scan_limits limits = {256 << 10, 400};

	via_push_inner(&b, m, &key, &inner);
	if (scan_message(text, b.n, false, &limits, &again) != SCAN_OK)
		abort(); /* what we forward must be readable */
	struct way said;
	if (via_inner_way(&again.via, &said) || !addr_eq(&said.peer, &back.peer))
		abort(); /* and must lead back */
	const struct slice line = slice_trim(again.via.line), end = SLICE(";k=pbx;p=cs1000");
	if (again.via.more || line.n < end.n || memcmp(line.p + line.n - end.n, end.p, end.n) != 0)
		abort(); /* with no word of the peer's in our Via */
	struct buf p = BUF(popped);
	via_pop(&p, &again);
}

/* What the log and a file of lines are told of whatever the scanner lets through. */
static void
look(const struct sip_msg *m)
{
	char says[RECOGNISE_TEXT];

	memset(says, '\n', sizeof(says));
	const enum profile p = recognise(m, says);
	const size_t n = strnlen(says, sizeof(says));
	if (p >= PROFILE_COUNT || n == 0 || n == sizeof(says))
		abort();
	for (size_t i = 0; i < n; i++)
		if (says[i] < ' ' || says[i] > '~')
			abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct scan_limits limits = {65535, 256};
	struct sip_msg m;

	if (size > 65000)
		return 0;
	if (scan_message((const char *)data, size, false, &limits, &m) == SCAN_OK) {
		edit(&m);
		look(&m);
		const char *differs = scan_oracle_differs(&m);
		if (differs) {
			fprintf(stderr, "sofia-sip reads another %s\n", differs);
			abort();
		}
	}
	scan_message((const char *)data, size, true, &limits, &m);
	return 0;
}
