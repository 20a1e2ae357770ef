/* spool_file: the names and the text of a recording's two files; the inner half of the spool.
 * Pure: texts in, texts out.  Must not know: descriptors, threads. */
#ifndef EVERTRUNK_SPOOL_FILE_H
#define EVERTRUNK_SPOOL_FILE_H

#include <limits.h>

#include "ipc/base/text.h"
#include "worker/spool.h"

/* The files of a recording; the index of spool_names_of(). */
enum spool_file {
	SPOOL_WAV_PART, /* GUID.wav.part */
	SPOOL_WAV,      /* GUID.wav */
	SPOOL_TXT_PART, /* GUID.txt.part */
	SPOOL_TXT,      /* GUID.txt */
	SPOOL_FILES
};

#define SPOOL_NAME_MAX 64
#define SPOOL_TEXT_MAX (PATH_MAX + 12 * SPOOL_FIELD_MAX)

/* "<guid>.wav.part" and so on; returns out. */
const char *spool_file_name(enum spool_file which, const char *guid, char out[SPOOL_NAME_MAX]);
/* The GUID of a file called `name` when it is a `which`; 0 or -EINVAL. */
int spool_file_guid(enum spool_file which, const char *name, char ret[SPOOL_GUID_MAX]);

/* What the header file says beyond struct spool_header. */
struct spool_facts {
	const char *folder;   /* absolute */
	const char *received; /* "2026-01-31T23:59:59Z", when the recording began */
	uint32_t duration_ms;
	bool interrupted;
	bool missed; /* no message was left: no sound */
};

/* The lines of the header file (Name : Value, as the original wrote them), ours at the end.  A
 * longer duration and `interrupted` only ever make the text longer. */
void spool_file_text(struct buf *out, const struct spool_header *header,
		     const struct spool_facts *facts);
/* The same text made from the one a dead worker has left: duration and `Interrupted` renewed,
 * every other line kept.  0, or -EBADMSG when it is not one of ours. */
int spool_file_renew(struct buf *out, struct slice old, uint32_t duration_ms, bool interrupted);

#endif
