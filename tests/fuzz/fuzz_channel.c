/* fuzz_channel: the records of a packet, from either side.  Whatever is accepted can be written
 * again and is the same record. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ipc/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void
check(const struct message *m, const uint8_t *record, size_t n, enum message_dir dir)
{
	char again[1024];

	if (n != message_record_size(m->type) || n > sizeof(again) || (uintptr_t)m->payload % 8)
		abort();
	if (message_check(m->type, dir, message_size(m->type)) != 0)
		abort();
	message_write(again, m->type, m->payload);
	if (memcmp(again, record, 8 + message_size(m->type)) != 0)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	enum message_dir dir = n % 2 ? TO_WORKER : TO_SUPERVISOR;
	uint8_t *packet = malloc(n + 1); /* aligned as the channel's is, with its end watched */
	size_t length = n & ~(size_t)1, at = 0, before = 0;
	struct message m;

	memcpy(packet, data, n);
	packet = realloc(packet, length ? length : 1);
	while (message_next(packet, length, &at, dir, &m) == 1) {
		check(&m, packet + before, at - before, dir);
		before = at;
	}
	if (at != before || at > length || message_fit(packet, before, before) != before)
		abort();
	free(packet);
	return 0;
}
