/* spool_disk: the steps on the disk that a finished and a salvaged recording have in common.
 * A recording belongs to whoever holds the flock on its audio file; the lock goes along with the
 * file through its renaming and ends with the process, however that ends.
 * Must not know: what a recording is worth, who delivers it. */
#ifndef EVERTRUNK_SPOOL_DISK_H
#define EVERTRUNK_SPOOL_DISK_H

#include <stdbool.h>
#include <sys/types.h>

#include "worker/spool_file.h"

/* Opens the folder, made with its parents when missing.  A descriptor or -errno. */
int spool_disk_folder(const char *path);
/* Makes a locked, empty GUID.wav.part.  A descriptor or -errno. */
int spool_disk_create(int folder, const char *guid);
/* Opens GUID's `which` and locks it.  A descriptor; -ENOENT; -EBUSY when a living worker has it. */
int spool_disk_lock(int folder, const char *guid, enum spool_file which);
/* Writes all of it; *ret_done says how much it was on failure.  0 or -errno. */
int spool_disk_write(int fd, struct slice bytes, off_t at, size_t *ret_done);
/* Removes one of GUID's files; that there is none is fine. */
void spool_disk_remove(int folder, const char *guid, enum spool_file which);
/* Writes the text of GUID.txt.part; without `sync` (more will follow) with room on the disk for the
 * last one.  0 or -errno. */
int spool_disk_text(int folder, const char *guid, struct slice text, bool sync);
/* True sizes, fsync, GUID.wav.part -> GUID.wav.  0 or -errno. */
int spool_disk_seal_audio(int folder, int fd, const char *guid, uint32_t data_bytes);
/* The same for sound that is no message: the name is the folder's file `name`, and the folder is
 * on the disk too. */
int spool_disk_seal_as(int folder, int fd, const char *guid, uint32_t data_bytes, const char *name);
/* Last: the text, fsync, GUID.txt.part -> GUID.txt, fsync of the folder.  0 or -errno. */
int spool_disk_seal_text(int folder, const char *guid, struct slice text);

#endif
