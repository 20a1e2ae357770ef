/* spool_file: see spool_file.h. */
#include "worker/spool_file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "worker/words.h"

static const char *const suffixes[SPOOL_FILES] = {
    [SPOOL_WAV_PART] = ".wav.part",
    [SPOOL_WAV] = ".wav",
    [SPOOL_TXT_PART] = ".txt.part",
    [SPOOL_TXT] = ".txt",
};

#define DURATION    "Duration"
#define INTERRUPTED "Interrupted"

const char *
spool_file_name(enum spool_file which, const char *guid, char out[SPOOL_NAME_MAX])
{
	snprintf(out, SPOOL_NAME_MAX, "%s%s", guid, suffixes[which]);
	return out;
}

int
spool_file_guid(enum spool_file which, const char *name, char ret[SPOOL_GUID_MAX])
{
	const size_t want = SPOOL_GUID_MAX - 1;
	if (strlen(name) <= want || strcmp(name + want, suffixes[which]) != 0)
		return -EINVAL;
	if (strspn(name, "0123456789abcdef-") != want)
		return -EINVAL;
	memcpy(ret, name, want);
	ret[want] = '\0';
	return 0;
}

/* One line; control characters become blanks, so that no value can add a line of its own. */
static void
line(struct buf *out, const char *name, const char *value)
{
	buf_str(out, name);
	buf_str(out, " : ");
	for (; *value != '\0'; value++) {
		unsigned char c = (unsigned char)*value;
		char safe = c < 0x20 || c == 0x7f ? ' ' : *value;
		buf_add(out, &safe, 1);
	}
	buf_str(out, "\n");
}

/* A line only where there is something to say. */
static void
given_line(struct buf *out, const char *name, const char *value)
{
	if (value[0] != '\0')
		line(out, name, value);
}

static void
number_line(struct buf *out, const char *name, uint32_t value)
{
	buf_printf(out, "%s : %u\n", name, value);
}

static void
bool_line(struct buf *out, const char *name, bool value)
{
	line(out, name, value ? "True" : "False");
}

static uint32_t
seconds(uint32_t ms)
{
	return (ms + 500) / 1000;
}

/* What only a message with sound has. */
static void
sound_lines(struct buf *out, const struct spool_header *header, const struct spool_facts *facts)
{
	char wav[SPOOL_NAME_MAX];
	buf_printf(out, "AttachmentName : %s/%s\n", facts->folder,
		   spool_file_name(SPOOL_WAV, header->guid, wav));
	number_line(out, DURATION, seconds(facts->duration_ms));
}

void
spool_file_text(struct buf *out, const struct spool_header *header, const struct spool_facts *facts)
{
	line(out, "MessageType", facts->missed ? "MissedCall" : "VoiceMail");
	line(out, "CallerId", header->caller_id);
	given_line(out, "CallerName", header->caller_name);
	bool_line(out, "NDRRequired", false);
	line(out, "RecipientName", header->recipient_name);
	line(out, "RecipientAddress", header->recipient_address);
	line(out, "RecipientCulture", header->culture);
	line(out, "CallId", header->call_id);
	if (!facts->missed)
		sound_lines(out, header, facts);
	bool_line(out, "Important", header->important);
	if (header->private_)
		bool_line(out, "Private", true);
	bool_line(out, "CallAnswering", header->call_answering);
	if (!facts->missed)
		line(out, "Codec", "G711"); /* Exchange's word for 16-bit PCM of 8 kHz */
	line(out, "Received", facts->received);
	number_line(out, "Generation", header->generation);
	given_line(out, "CallerNumber", header->caller_number);
	given_line(out, "CallerAddress", header->caller_address);
	given_line(out, "RecipientExtension", header->recipient_extension);
	given_line(out, "DialPlan", header->dialplan);
	given_line(out, "OperatorAddress", header->operator_address);
	if (facts->interrupted)
		bool_line(out, INTERRUPTED, true);
}

int
spool_file_renew(struct buf *out, struct slice old, uint32_t duration_ms, bool interrupted)
{
	struct slice text;
	bool found = false;
	while (words_line(&old, &text)) {
		struct slice rest = text, name = slice_trim(words_until(&rest, ':'));
		if (text.n == 0 || slice_eq(name, SLICE(INTERRUPTED)))
			continue;
		if (slice_eq(name, SLICE(DURATION))) {
			number_line(out, DURATION, seconds(duration_ms));
			found = true;
			continue;
		}
		buf_slice(out, text);
		buf_str(out, "\n");
	}
	if (interrupted)
		bool_line(out, INTERRUPTED, true);
	return found && !out->full ? 0 : -EBADMSG;
}
