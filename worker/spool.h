/* spool: recordings on disk: `<GUID>.wav` and its header file `<GUID>.txt`, in the original's form.
 * Owns: file names, formats, and the order audio, fsync, rename, header, fsync, rename, folder.
 * Must not know: RTP, SIP, mail.  A recording in progress is `<GUID>.wav.part` beside
 * `<GUID>.txt.part`, so that what a killed worker left behind can be finished by the next one. */
#ifndef EVERTRUNK_SPOOL_H
#define EVERTRUNK_SPOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define SPOOL_GUID_MAX  37
#define SPOOL_FIELD_MAX 256

/* What the header file says; strings are cleaned of control characters when written, so that no
 * caller can add a line. */
struct spool_header {
	char guid[SPOOL_GUID_MAX];
	char caller_id[SPOOL_FIELD_MAX];
	char caller_number[SPOOL_FIELD_MAX];  /* what one dials from anywhere to call back; "" */
	char caller_name[SPOOL_FIELD_MAX];    /* of a caller who has a mailbox; "" */
	char caller_address[SPOOL_FIELD_MAX]; /* his mail; "" */
	char recipient_name[SPOOL_FIELD_MAX];
	char recipient_address[SPOOL_FIELD_MAX];
	char recipient_extension[SPOOL_FIELD_MAX]; /* "": there are no mailboxes */
	char dialplan[SPOOL_FIELD_MAX];
	char operator_address[SPOOL_FIELD_MAX]; /* who is told what is not delivered; "" */
	char culture[16];
	char call_id[SPOOL_FIELD_MAX];
	uint32_t generation;
	bool call_answering; /* diverted, not dialled */
	bool important, private_;
	bool sound_only; /* no message: sound without a header file, for spool_keep() alone */
};

struct spool_recording;

/* Fills header->guid with a new random GUID. */
void spool_guid(struct spool_header *header);
/* Opens the .part pair in folder `dir` (made when missing, mode 0750).  0 or -errno. */
int spool_begin(const char *dir, const struct spool_header *header, struct spool_recording **ret);
/* Appends 16-bit 8 kHz samples; meant for a pool thread.  0 or -errno (ENOSPC...). */
int spool_append(struct spool_recording *r, const int16_t *samples, size_t n);
/* Reads back samples that have been appended, from the first on; at most `n`.  How many, or
 * -errno.  Blocks on the disk: pool thread only. */
ssize_t spool_samples(const struct spool_recording *r, int16_t *samples, size_t n);
/* What the caller has marked his message as; also in GUID.txt.part, for spool_salvage().  Blocks on
 * the disk.  0; -errno: spool_commit() will write it nevertheless. */
int spool_mark(struct spool_recording *r, bool important, bool private_);
/* Milliseconds that have been written. */
uint32_t spool_ms(const struct spool_recording *r);
/* Finishes: true sizes in the WAV, fsync, rename, header file, fsync, rename, folder fsync; frees
 * `r`.  `interrupted` adds `Interrupted : True`.  Blocks on the disk: pool thread only.
 * 0 or -errno; on failure the .part files stay for spool_salvage(). */
int spool_commit(struct spool_recording *r, bool interrupted);
/* Finishes sound that is no message: it is the folder's file `name` when this returns, in the place
 * of what was there; a crash before that leaves the old one.  Frees `r`.  Blocks on the disk.  0 or
 * -errno; on failure its .part file is gone. */
int spool_keep(struct spool_recording *r, const char *name);
/* Drops the recording and its files; frees `r`. */
void spool_drop(struct spool_recording *r);
/* A missed call: a header file without sound, complete when this returns.  Blocks on the disk.
 * 0 or -errno. */
int spool_missed(const char *dir, const struct spool_header *header);
/* Finishes every .part pair that no living worker writes (flock tells), marked interrupted;
 * recordings shorter than min_ms are removed.  One log line for each.  Blocks on the disk.
 * Returns how many were finished, or -errno when the folder cannot be read (none yet: 0). */
int spool_salvage(const char *dir, uint32_t min_ms);

#endif
