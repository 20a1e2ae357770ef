/* submit_curl: a connection as submit_open makes it and submit_conn uses it.  Nobody else includes
 * it. */
#ifndef EVERTRUNK_SUBMIT_CURL_H
#define EVERTRUNK_SUBMIT_CURL_H

#include <curl/curl.h>

#include "worker/mail_wire.h"
#include "worker/submit_conn.h"

struct submit_conn {
	struct submit_world *world;
	CURL *curl;
	struct smtp_server server;

	/* While libcurl opens the connection. */
	enum smtp_step step;
	struct smtp_reply reply; /* the last one */
	size_t heard;
	bool secret;   /* what we say is a password */
	bool nonsense; /* what it says is no SMTP */
	char error[CURL_ERROR_SIZE];

	/* From then on. */
	struct mail_wire wire;
	char in[SMTP_LINE_MAX];
};

#endif
