/* audio: the sound of a message as it is attached to a mail: G.711, GSM 6.10 or MP3, made from the
 * recording on disk; libsndfile's room, with prompt.
 * Must not know: mail, letters, who spoke. */
#ifndef EVERTRUNK_AUDIO_H
#define EVERTRUNK_AUDIO_H

#include <stddef.h>
#include <stdint.h>

#include "conf/conf.h"

struct audio {
	uint8_t *bytes; /* a whole file; malloced: give it to audio_free() */
	size_t n;
	uint32_t ms; /* what was heard, of the source */
};

/* "audio" / "wav" and ".wav" as MS-OXOUM and Exchange name them (exchange-um.md 5.3). */
const char *audio_subtype(enum audio_form form);
const char *audio_suffix(enum audio_form form);

/* Encodes file `name` of folder `dir`: any sound file of one or more channels (they are mixed) that
 * libsndfile reads; a file cut off in the middle is taken as far as it goes.  Never opens what is
 * no plain file, nor anything outside of `dir`.  Blocks on the disk and computes.
 * 0 and *ret; -EBADMSG when there is no such file or no sound in it; -ENOMEM; else -errno of the
 * disk.  `why` says it in one line. */
int audio_encode(const char *dir, const char *name, enum audio_form form, struct audio *ret,
		 struct buf *why);
void audio_free(struct audio *a);

#endif
