/* mail_host: see mail_host.h. */
#include "worker/mail_host.h"

#define SET(option, value)                                                           \
	do {                                                                         \
		CURLcode set_rc = curl_easy_setopt(curl, CURLOPT_##option, (value)); \
		if (set_rc != CURLE_OK)                                              \
			return set_rc;                                               \
	} while (0)

static CURLcode
set_tls(CURL *curl, const struct mail_host *h)
{
	static const long use[] = {[MAIL_TLS_REQUIRED] = CURLUSESSL_ALL,
				   [MAIL_TLS_OPTIONAL] = CURLUSESSL_TRY,
				   [MAIL_TLS_NEVER] = CURLUSESSL_NONE,
				   [MAIL_TLS_IMPLICIT] = CURLUSESSL_ALL};
	const bool verify = h->tls != MAIL_TLS_OPTIONAL;

	SET(USE_SSL, use[h->tls]);
	SET(SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	SET(SSL_VERIFYPEER, verify ? 1L : 0L);
	SET(SSL_VERIFYHOST, verify ? 2L : 0L);
	if (h->ca[0]) {
		SET(CAINFO, h->ca);
		SET(CAPATH, NULL);
	}
	return CURLE_OK;
}

CURLcode
mail_host_set(CURL *curl, const struct mail_host *h)
{
	SET(NOSIGNAL, 1L);
	SET(PROTOCOLS_STR, h->protocols);
	SET(PROXY, "");
	SET(NETRC, (long)CURL_NETRC_IGNORED);
	SET(FOLLOWLOCATION, 0L);
	SET(CONNECTTIMEOUT_MS, (long)h->timeout);
	SET(SERVER_RESPONSE_TIMEOUT, (long)(h->timeout + 999) / 1000);
	SET(TCP_KEEPALIVE, 1L);
	return set_tls(curl, h);
}

CURLcode
mail_host_login(CURL *curl, const char *user, const char *password)
{
	SET(USERNAME, user);
	SET(PASSWORD, password);
	SET(LOGIN_OPTIONS, "AUTH=PLAIN;AUTH=LOGIN");
	return CURLE_OK;
}
