/* fuzz_text: addresses, blocks, durations and sizes.  Whatever is accepted is printed in a form
 * that reads back as the same value. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ipc/base/addr.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void
addresses(struct slice s)
{
	struct addr a, b;
	struct cidr c, d;
	char out[ADDR_TEXT_MAX];

	if (addr_parse_ip(s, 5060, &a) == 0) {
		if (addr_parse_ip(slice_str(addr_host_text(&a, out)), 5060, &b) || !addr_eq(&a, &b))
			abort();
		if (addr_parse(slice_str(addr_text(&a, out)), &b) || !addr_eq(&a, &b))
			abort();
	}
	if (addr_parse(s, &a) == 0 &&
	    (addr_parse(slice_str(addr_text(&a, out)), &b) || !addr_eq(&a, &b)))
		abort();
	if (cidr_parse(s, &c) == 0 &&
	    (cidr_parse(slice_str(cidr_text(&c, out)), &d) || c.bits != d.bits ||
	     !addr_ip_eq(&c.base, &d.base) || !cidr_has(&c, &d.base)))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct slice s = slice_trim((struct slice){(const char *)data, n});
	uint64_t size, size2;
	int64_t ms, ms2;
	char out[24];

	addresses(s);
	if (text_duration(s, &ms) == 0 &&
	    (text_duration(slice_str(text_duration_print(ms, out, sizeof(out))), &ms2) ||
	     ms != ms2))
		abort();
	if (text_size(s, &size) < 0)
		return 0;
	if (text_size(slice_str(text_size_print(size, out, sizeof(out))), &size2) || size != size2)
		abort();
	return 0;
}
