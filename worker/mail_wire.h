/* mail_wire: lines and bytes on a connection to a mail server that libcurl has opened
 * (CURLOPT_CONNECT_ONLY), each wait with its end.
 * Owns: what has been read and not yet taken.  Must not know: which protocol it is.  libcurl's
 * room, with submit and imap. */
#ifndef EVERTRUNK_MAIL_WIRE_H
#define EVERTRUNK_MAIL_WIRE_H

#include <curl/curl.h>

#include "ipc/base/clock.h"
#include "ipc/base/text.h"

struct mail_wire {
	CURL *curl; /* the caller's */
	curl_socket_t socket;
	int stop_fd; /* readable: stop */
	char *in;    /* the caller's; room for the longest line */
	size_t cap, from, to;
};

/* Whether nothing has come on a connection that has been left alone: an end, a farewell. */
bool mail_wire_quiet(struct mail_wire *w);
/* 0; -ETIMEDOUT at `until`; -ECANCELED: told to stop; -EPIPE: the connection is gone. */
int mail_wire_write(struct mail_wire *w, const char *p, size_t n, struct mono until);
/* The next line without its end, which stays valid until the next call.  The same, and -EBADMSG: it
 * is longer than `cap`. */
int mail_wire_line(struct mail_wire *w, struct mono until, struct slice *ret);

#endif
