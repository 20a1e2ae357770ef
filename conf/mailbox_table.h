/* mailbox_table: what the bytes of a mailbox table are; for mailbox.c and mailbox_build.c alone.
 *   head | plans | boxes | keys, sorted by plan and number | texts, NUL-terminated
 * All of it in the byte order of the machine; a text is an offset from the table's beginning. */
#ifndef EVERTRUNK_CONF_MAILBOX_TABLE_H
#define EVERTRUNK_CONF_MAILBOX_TABLE_H

#include <stdint.h>

#define MAILBOX_MAGIC UINT64_C(0x3378626d74726576) /* "vertmbx3" */

struct mailbox_head {
	uint64_t magic;
	uint32_t bytes;
	uint32_t nplans, nboxes, nkeys;
	uint32_t plans, boxes, keys; /* offsets of the arrays */
	uint32_t texts;              /* from here to the end; the last byte is NUL */
};

struct mailbox_plan {
	uint32_t name; /* text */
	uint32_t pins; /* how many of its mailboxes have one */
};

struct mailbox_box {
	uint32_t extension, name, address, language, greeting, pin; /* texts */
	uint32_t max_recording;
};

struct mailbox_key {
	uint32_t number; /* text */
	uint32_t plan;   /* index */
	uint32_t box;    /* index */
};

#endif
