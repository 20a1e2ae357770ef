/* message: see message.h.  Everything here is generated from the rows of messages.h. */
#include "ipc/message.h"

#include <errno.h>
#include <string.h>

struct row {
	const char *name;
	enum message_dir dir;
	uint16_t size;
};

static const struct row rows[MSG_COUNT] = {
#define X(type, dir, payload) [MSG_##type] = {#type, dir, sizeof(payload)},
    MESSAGES(X)
#undef X
};

static const char *const cause_names[CALL_CAUSE_COUNT] = {
#define X(id, word) [CALL_CAUSE_##id] = word,
    CALL_CAUSES(X)
#undef X
};

struct head {
	uint16_t type;
	uint16_t length;
	uint32_t zero;
};

const char *
message_name(unsigned type)
{
	return type < MSG_COUNT ? rows[type].name : "?";
}

size_t
message_size(unsigned type)
{
	return type < MSG_COUNT ? rows[type].size : 0;
}

int
message_check(unsigned type, enum message_dir dir, size_t n)
{
	if (type >= MSG_COUNT)
		return -ENOMSG;
	if (rows[type].dir != dir)
		return -EPERM;
	return rows[type].size == n ? 0 : -EMSGSIZE;
}

const char *
call_cause_name(unsigned cause)
{
	return cause < CALL_CAUSE_COUNT ? cause_names[cause] : "?";
}

static size_t
padded(size_t n)
{
	return (n + 7) & ~(size_t)7;
}

size_t
message_record_size(unsigned type)
{
	return sizeof(struct head) + padded(message_size(type));
}

void
message_write(void *out, enum message_type type, const void *payload)
{
	struct head head = {(uint16_t)type, rows[type].size, 0};
	char *p = out;

	memset(p, 0, message_record_size(type));
	memcpy(p, &head, sizeof(head));
	memcpy(p + sizeof(head), payload, head.length);
}

int
message_next(const void *packet, size_t n, size_t *at, enum message_dir dir, struct message *ret)
{
	const char *p = (const char *)packet + *at;
	struct head head;
	int rc;

	if (*at == n)
		return 0;
	if (n - *at < sizeof(head))
		return -EBADMSG;
	memcpy(&head, p, sizeof(head));
	rc = message_check(head.type, dir, head.length);
	if (rc < 0)
		return rc;
	if (head.zero != 0 || n - *at < message_record_size(head.type))
		return -EBADMSG;
	*at += message_record_size(head.type);
	*ret = (struct message){(enum message_type)head.type, p + sizeof(head)};
	return 1;
}

size_t
message_fit(const void *records, size_t n, size_t max)
{
	const char *p = records;
	struct head head;
	size_t at = 0;

	while (at < n) {
		memcpy(&head, p + at, sizeof(head));
		if (at + message_record_size(head.type) > max)
			break;
		at += message_record_size(head.type);
	}
	return at;
}
