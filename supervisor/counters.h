/* counters: THE counter table.  One row is one Prometheus series; all exist from the start with 0.
 * Owns: the numbers.  They live in the supervisor, so a recycle does not touch them.
 * Must not know: who counts, who prints. */
#ifndef EVERTRUNK_COUNTERS_H
#define EVERTRUNK_COUNTERS_H

#include <stdint.h>

#include "ipc/messages.h"

/*	  id           family                      labels                          help */
#define COUNTERS(X)                                                                            \
	X(REQ_IN_INVITE, "um_sip_requests_total", "dir=\"in\",method=\"INVITE\"",              \
	  "SIP requests at the doors and from the workers")                                    \
	X(REQ_IN_ACK, "um_sip_requests_total", "dir=\"in\",method=\"ACK\"", "")                \
	X(REQ_IN_BYE, "um_sip_requests_total", "dir=\"in\",method=\"BYE\"", "")                \
	X(REQ_IN_CANCEL, "um_sip_requests_total", "dir=\"in\",method=\"CANCEL\"", "")          \
	X(REQ_IN_OPTIONS, "um_sip_requests_total", "dir=\"in\",method=\"OPTIONS\"", "")        \
	X(REQ_IN_OTHER, "um_sip_requests_total", "dir=\"in\",method=\"other\"", "")            \
	X(REQ_OUT_BYE, "um_sip_requests_total", "dir=\"out\",method=\"BYE\"", "")              \
	X(REQ_OUT_OTHER, "um_sip_requests_total", "dir=\"out\",method=\"other\"", "")          \
	X(RESP_OUT_1XX, "um_sip_responses_total", "dir=\"out\",code=\"1xx\"",                  \
	  "SIP responses sent to and received from trunks")                                    \
	X(RESP_OUT_2XX, "um_sip_responses_total", "dir=\"out\",code=\"2xx\"", "")              \
	X(RESP_OUT_3XX, "um_sip_responses_total", "dir=\"out\",code=\"3xx\"", "")              \
	X(RESP_OUT_4XX, "um_sip_responses_total", "dir=\"out\",code=\"4xx\"", "")              \
	X(RESP_OUT_5XX, "um_sip_responses_total", "dir=\"out\",code=\"5xx\"", "")              \
	X(RESP_OUT_6XX, "um_sip_responses_total", "dir=\"out\",code=\"6xx\"", "")              \
	X(RESP_IN, "um_sip_responses_total", "dir=\"in\",code=\"any\"", "")                    \
	X(CALLS_STARTED, "um_calls_started_total", "", "Calls that reached a worker")          \
	X(REDIRECTS, "um_redirects_total", "", "302 answers sent")                             \
	X(REDIRECTS_UNFOLLOWED, "um_redirects_unfollowed_total", "",                           \
	  "302 answers that no call followed in time, or that came back")                      \
	X(REDIRECTS_FOLLOWED, "um_redirects_followed_total", "",                               \
	  "302 answers whose call arrived at a worker's port")                                 \
	X(DIVERSIONS_RECALLED, "um_diversions_recalled_total", "",                             \
	  "INVITEs given what their redirected INVITE had said of the diversion")              \
	X(INVITES_HELD, "um_invites_held_total", "", "INVITEs held while no worker was ready") \
	X(INVITES_MOVED, "um_invites_moved_total", "",                                         \
	  "Unanswered INVITEs given to another worker")                                        \
	X(INVITES_RESENT, "um_invites_resent_total", "",                                       \
	  "INVITEs sent to a worker again for want of an answer")                              \
	X(HANGUPS, "um_hangups_total", "", "BYEs sent for calls of a dead worker")             \
	X(REFUSED_SOURCE, "um_refused_total", "why=\"source\"", "Requests refused by us")      \
	X(REFUSED_DRAIN, "um_refused_total", "why=\"drain\"", "")                              \
	X(REFUSED_OUTAGE, "um_refused_total", "why=\"outage\"", "")                            \
	X(REFUSED_LIMIT, "um_refused_total", "why=\"limit\"", "")                              \
	X(REFUSED_PRESSURE, "um_refused_total", "why=\"pressure\"", "")                        \
	X(REFUSED_MALFORMED, "um_refused_total", "why=\"malformed\"", "")                      \
	X(REFUSED_FORWARDS, "um_refused_total", "why=\"max-forwards\"", "")                    \
	X(REFUSED_SCHEME, "um_refused_total", "why=\"uri-scheme\"", "")                        \
	X(REFUSED_OTHER_TRUNK, "um_refused_total", "why=\"other-trunk\"", "")                  \
	X(REFUSED_MERGED, "um_refused_total", "why=\"merged\"", "")                            \
	X(REFUSED_TLS, "um_refused_total", "why=\"tls\"", "")                                  \
	X(REFUSED_UNKNOWN_CALL, "um_refused_total", "why=\"no-such-call\"", "")                \
	X(SILENT_OPTIONS, "um_outage_silence_total", "what=\"options\"",                       \
	  "What trunks with outage = silence got no answer to")                                \
	X(SILENT_CONNECTIONS, "um_outage_silence_total", "what=\"connection\"", "")            \
	X(DROPPED_MALFORMED, "um_dropped_total", "why=\"malformed\"",                          \
	  "Messages dropped without an answer")                                                \
	X(DROPPED_STRAY, "um_dropped_total", "why=\"stray\"", "")                              \
	X(DROPPED_FORGED, "um_dropped_total", "why=\"forged\"", "")                            \
	X(DROPPED_REPEAT, "um_dropped_total", "why=\"repeat\"", "")                            \
	X(DROPPED_SEND, "um_dropped_total", "why=\"send\"", "")                                \
	X(CONNECTIONS, "um_connections_total", "result=\"accepted\"", "Trunk connections")     \
	X(CONNECTIONS_OPENED, "um_connections_total", "result=\"opened\"", "")                 \
	X(CONNECTIONS_REFUSED, "um_connections_total", "result=\"refused\"", "")               \
	X(CONNECTIONS_IDLE, "um_connections_total", "result=\"idle\"", "")                     \
	X(CONNECTIONS_SLOW, "um_connections_total", "result=\"slow\"", "")                     \
	X(TLS_FULL, "um_tls_handshakes_total", "result=\"full\"",                              \
	  "TLS handshakes on the trunk side")                                                  \
	X(TLS_RESUMED, "um_tls_handshakes_total", "result=\"resumed\"", "")                    \
	X(TLS_FAILED, "um_tls_handshakes_total", "result=\"failed\"", "")                      \
	X(TLS_REFUSED, "um_tls_handshakes_total", "result=\"refused\"", "")                    \
	X(KEEPALIVES, "um_keepalives_total", "", "CRLF keep-alives answered")                  \
	X(CALLS_TABLE_FULL, "um_call_table_full_total", "",                                    \
	  "Times the call table had to forget its oldest ended entry early")

enum counter {
#define X(id, family, labels, help) COUNT_##id,
	COUNTERS(X)
#undef X
	    COUNTER_COUNT
};

/* Global: one supervisor, one thread; the hot path adds to an array cell and nothing more. */
extern uint64_t counters[COUNTER_COUNT];
extern uint64_t counters_calls_ended[CALL_CAUSE_COUNT]; /* um_calls_ended_total{cause} */

static inline void
count(enum counter c)
{
	counters[c]++;
}

#endif
