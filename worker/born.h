/* born: what the supervisor has given this process at its birth: the channel as descriptor 3, the
 * configuration as 4, the mailboxes as 5 when there is a mailbox file.
 * Must not know: what a worker does with it.  What is missing or wrong ends the program. */
#ifndef EVERTRUNK_BORN_H
#define EVERTRUNK_BORN_H

#include <stdbool.h>

struct conf;
struct directory;

/* Whether descriptor 3 is a record socket and 4 a file: else a person has started us. */
bool born_of_supervisor(void);
/* The caller's to free(). */
struct conf *born_conf(void);
/* The caller's; an empty one without a mailbox file. */
struct directory *born_directory(const struct conf *conf);
/* Two sockets and a file for each call: as many descriptors as the system allows. */
void born_raise_descriptors(void);

#endif
