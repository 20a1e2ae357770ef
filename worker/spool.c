/* spool: one recording from its first sample to its commit; see spool.h.
 * The header file is written at the beginning too, as GUID.txt.part: who called whom must outlive
 * the worker as the sound does. */
#include "worker/spool.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "worker/bytes.h"
#include "worker/spool_disk.h"
#include "worker/wav.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "samples are written as they are");

struct spool_recording {
	int folder; /* descriptors */
	int wav;
	char *path; /* of the folder, absolute */
	char received[32];
	uint32_t data_bytes;
	size_t text_bytes; /* of GUID.txt.part, at most */
	struct spool_header header;
};

void
spool_guid(struct spool_header *header)
{
	uint8_t r[16];
	struct buf out = BUF(header->guid);
	if (getrandom(r, sizeof(r), 0) != (ssize_t)sizeof(r))
		abort();                        /* never for 16 bytes, getrandom(2) */
	r[6] = (uint8_t)((r[6] & 0x0f) | 0x40); /* RFC 4122 4.4 */
	r[8] = (uint8_t)((r[8] & 0x3f) | 0x80);
	buf_hex(&out, bytes_get32(r), 8);
	for (size_t i = 4; i < 10; i += 2) {
		buf_str(&out, "-");
		buf_hex(&out, bytes_get16(r + i), 4);
	}
	buf_str(&out, "-");
	buf_hex(&out, (uint64_t)bytes_get16(r + 10) << 32 | bytes_get32(r + 12), 12);
	buf_cstr(&out);
}

/* What is shorter than the text before it gets empty lines: a kill between its writing and the cut
 * (spool_disk_text()) leaves nothing of the old one behind. */
static int
write_text(struct spool_recording *r, bool last, bool interrupted)
{
	char text[SPOOL_TEXT_MAX];
	struct buf out = BUF(text);
	struct spool_facts facts = {
	    .folder = r->path,
	    .received = r->received,
	    .duration_ms = wav_ms(r->data_bytes),
	    .interrupted = interrupted,
	};
	spool_file_text(&out, &r->header, &facts);
	while (!last && out.n < r->text_bytes)
		buf_str(&out, "\n");
	if (out.full)
		return -ENAMETOOLONG;
	r->text_bytes = out.n > r->text_bytes ? out.n : r->text_bytes;
	struct slice all = {text, out.n};
	return last ? spool_disk_seal_text(r->folder, r->header.guid, all)
		    : spool_disk_text(r->folder, r->header.guid, all, false);
}

static void
free_recording(struct spool_recording *r)
{
	if (r->wav >= 0)
		close(r->wav); /* and the lock is gone */
	if (r->folder >= 0)
		close(r->folder);
	free(r->path);
	free(r);
}

static int
open_files(struct spool_recording *r, const char *dir)
{
	uint8_t header[WAV_HEADER];
	size_t done;
	r->folder = spool_disk_folder(dir);
	if (r->folder < 0)
		return r->folder;
	r->path = realpath(dir, NULL);
	if (r->path == NULL)
		return -errno;
	r->wav = spool_disk_create(r->folder, r->header.guid);
	if (r->wav < 0)
		return r->wav;
	wav_header(0, header);
	int e = spool_disk_write(r->wav, (struct slice){(const char *)header, sizeof(header)}, 0,
				 &done);
	return e == 0 && !r->header.sound_only ? write_text(r, false, false) : e;
}

static void
print_now(char out[32])
{
	struct tm tm;
	time_t now = time(NULL);
	strftime(out, 32, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &tm));
}

int
spool_begin(const char *dir, const struct spool_header *header, struct spool_recording **ret)
{
	struct spool_recording *r = calloc(1, sizeof(*r));
	if (r == NULL)
		return -ENOMEM;
	r->folder = r->wav = -1;
	r->header = *header;
	print_now(r->received);
	int e = open_files(r, dir);
	if (e == 0)
		*ret = r;
	else if (r->wav >= 0)
		spool_drop(r);
	else
		free_recording(r);
	return e;
}

int
spool_append(struct spool_recording *r, const int16_t *samples, size_t n)
{
	size_t done;
	struct slice bytes = {(const char *)samples, n * sizeof(*samples)};
	int e = spool_disk_write(r->wav, bytes, (off_t)WAV_HEADER + r->data_bytes, &done);
	r->data_bytes += (uint32_t)(done / sizeof(*samples) * sizeof(*samples));
	return e;
}

ssize_t
spool_samples(const struct spool_recording *r, int16_t *samples, size_t n)
{
	const size_t all = r->data_bytes / sizeof(*samples);
	size_t done = 0, want = (n < all ? n : all) * sizeof(*samples);

	while (done < want) {
		ssize_t got =
		    pread(r->wav, (char *)samples + done, want - done, (off_t)(WAV_HEADER + done));
		if (got == 0 || (got < 0 && errno != EINTR))
			return got < 0 ? -errno : -EIO;
		done += got > 0 ? (size_t)got : 0;
	}
	return (ssize_t)(want / sizeof(*samples));
}

int
spool_mark(struct spool_recording *r, bool important, bool private_)
{
	r->header.important = important;
	r->header.private_ = private_;
	return r->header.sound_only ? 0 : write_text(r, false, false);
}

uint32_t
spool_ms(const struct spool_recording *r)
{
	return wav_ms(r->data_bytes);
}

int
spool_commit(struct spool_recording *r, bool interrupted)
{
	int e = spool_disk_seal_audio(r->folder, r->wav, r->header.guid, r->data_bytes);
	if (e == 0)
		e = write_text(r, true, interrupted);
	free_recording(r);
	return e;
}

int
spool_keep(struct spool_recording *r, const char *name)
{
	int e = spool_disk_seal_as(r->folder, r->wav, r->header.guid, r->data_bytes, name);
	if (e == 0)
		free_recording(r);
	else
		spool_drop(r);
	return e;
}

void
spool_drop(struct spool_recording *r)
{
	/* In this order, so that whoever finds the text finds the sound too. */
	spool_disk_remove(r->folder, r->header.guid, SPOOL_TXT_PART);
	spool_disk_remove(r->folder, r->header.guid, SPOOL_WAV_PART);
	free_recording(r);
}

int
spool_missed(const char *dir, const struct spool_header *header)
{
	char text[SPOOL_TEXT_MAX], received[32];
	struct buf out = BUF(text);
	struct spool_facts facts = {.folder = dir, .received = received, .missed = true};
	int folder = spool_disk_folder(dir);
	if (folder < 0)
		return folder;
	print_now(received);
	spool_file_text(&out, header, &facts);
	int e = out.full ? -ENAMETOOLONG
			 : spool_disk_seal_text(folder, header->guid, (struct slice){text, out.n});
	if (e != 0)
		spool_disk_remove(folder, header->guid, SPOOL_TXT_PART);
	close(folder);
	return e;
}
