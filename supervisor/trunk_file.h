/* trunk_file: what trunks of mode or profile `auto` have taught us, kept over restarts.
 * Owns: the file `learned` in state.directory, replaced whole by rename.
 * Must not know: how anything is learned. */
#ifndef EVERTRUNK_TRUNK_FILE_H
#define EVERTRUNK_TRUNK_FILE_H

#include "supervisor/trunk.h"

/* Reads the file into `t`; one that is not there is fine.  0 or -errno. */
int trunk_file_load(const char *directory, struct trunks *t);
/* Writes it when t->dirty, and clears that.  0 or -errno. */
int trunk_file_save(const char *directory, struct trunks *t);

#endif
