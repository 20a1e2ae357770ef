/* trunk_file: what trunks of mode or profile `auto` have taught us, kept over restarts.
 * Owns: the file `learned` in state.directory, replaced whole by rename; the one save under way and
 * the newest text that waits for it.
 * Must not know: how anything is learned. */
#ifndef EVERTRUNK_TRUNK_FILE_H
#define EVERTRUNK_TRUNK_FILE_H

#include "ipc/base/loop.h"
#include "supervisor/trunk.h"

struct trunk_file;

/* For the file in `directory`, which is copied; nothing is read or written yet.  NULL: out of
 * memory. */
struct trunk_file *trunk_file_new(struct loop *l, const char *directory);
/* Reads the file into `t`, on the caller's thread; one that is not there is fine.  0 or -errno. */
int trunk_file_load(const struct trunk_file *f, struct trunks *t);
/* Writes it when t->dirty (or the last save has failed), and clears that: on the loop's pool, since
 * an fsync may take as long as it likes and the doors do not wait.  `t` is copied here.  One save
 * at a time; of those asked for meanwhile only the newest is written.  A failure is logged. */
void trunk_file_save(struct trunk_file *f, struct trunks *t);
/* What is being written, or waits for that, still is: loop_free() waits for it.  NULL is fine. */
void trunk_file_free(struct trunk_file *f);

#endif
