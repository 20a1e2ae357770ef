/* greeting: where the greetings are that people have recorded by telephone: one WAV file for each
 * mailbox.
 * Owns: the names of folder and files.  Must not know: calls, how one is recorded or played. */
#ifndef EVERTRUNK_GREETING_H
#define EVERTRUNK_GREETING_H

#include "conf/conf.h"

enum {
	GREETING_FOLDER_MAX = CONF_PATH_MAX + 16,
	GREETING_NAME_MAX = CONF_NAME_MAX + 80,
	GREETING_PATH_MAX = GREETING_FOLDER_MAX + GREETING_NAME_MAX
};

/* The folder below state.directory, into `ret`. */
void greeting_folder(const struct conf *conf, char ret[GREETING_FOLDER_MAX]);
/* What a mailbox's file is called in its folder: the dial plan and the extension, and `suffix`. */
void greeting_name(const char *dialplan, const char *extension, const char *suffix,
		   char ret[GREETING_NAME_MAX]);
/* Folder and name. */
void greeting_path(const char *folder, const char *dialplan, const char *extension,
		   char ret[GREETING_PATH_MAX]);
/* Removes a greeting for good; that there is none is fine.  Blocks on the disk.  0 or -errno. */
int greeting_remove(const char *folder, const char *dialplan, const char *extension);

#endif
