/* mail_host: how libcurl is to treat a mail server: TLS and whose certificate counts, how it logs
 * in, what it must leave alone.
 * Must not know: what is said there.  libcurl's room, with submit. */
#ifndef EVERTRUNK_MAIL_HOST_H
#define EVERTRUNK_MAIL_HOST_H

#include <curl/curl.h>

#include "conf/conf.h"

struct mail_host {
	const char *protocols; /* "smtp,smtps": no other is ever spoken */
	enum mail_tls tls;
	const char *ca;  /* file of those whom we trust to name a server; "": the system's */
	int64_t timeout; /* ms, until it is connected, and then to each answer of the opening */
};

CURLcode mail_host_set(CURL *curl, const struct mail_host *h);
/* By PLAIN or LOGIN: no mechanism whose password could be taken for another's. */
CURLcode mail_host_login(CURL *curl, const char *user, const char *password);

#endif
