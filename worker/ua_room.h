/* ua_room: what the files of ua share; nobody else includes it.
 * ua.c        the agent: how it comes and goes, and who takes what NUA tells
 * ua_call.c   what NUA tells of calls, and the verbs for them
 * ua_refer.c  a call's transfer: REFER and the NOTIFYs about it
 * ua_notice.c NOTIFYs that belong to no call */
#ifndef EVERTRUNK_UA_ROOM_H
#define EVERTRUNK_UA_ROOM_H

#include "worker/ua.h"

#define NUA_MAGIC_T  struct ua
#define NUA_HMAGIC_T struct ua_handle

#include <sofia-sip/nua.h>
#include <sofia-sip/nua_tag.h>
#include <sofia-sip/sip_status.h>

#include "worker/ua_root.h"

/* What a handle of NUA stands for; the first member of the two below. */
struct ua_handle {
	enum { UA_HANDLE_CALL, UA_HANDLE_NOTICE } kind;
};

struct ua {
	struct ua_conf conf;
	struct ua_root *root;
	nua_t *nua;
	bool down;
};

enum reply { REPLY_NONE, REPLY_RESPONSE, REPLY_ACK };

struct ua_call {
	struct ua_handle is;
	struct ua *ua;
	nua_handle_t *nh;
	void *owner;
	enum reply reply; /* how the request at hand is to be answered */
	bool no_update;   /* it does not take UPDATE: refresh by re-INVITE */
	bool no_timer;    /* it could neither refresh nor be asked: promise no session timer */
	struct loop_timer *again; /* until the refresh that met a re-INVITE is tried again */
	unsigned long refer_id;   /* of our last REFER: its CSeq (RFC 3515 2.4.6); 0: none */
	bool hung_up;
	bool gone;
};

/* One NOTIFY on its way. */
struct ua_notice {
	struct ua_handle is;
	struct ua *ua;
	nua_handle_t *nh;
	void *owner;
};

/* One event of NUA. */
struct heard {
	struct ua *ua;
	nua_handle_t *nh;
	struct ua_call *call;     /* NULL: outside of any call */
	struct ua_notice *notice; /* NULL: not of one */
	int status;
	const char *phrase;
	const sip_t *sip;
	tagi_t *tags;
};
typedef void heard_fn(struct heard *h);

/* ua_call.c */
heard_fn ua_on_invite, ua_on_update, ua_on_ack, ua_on_cancel, ua_on_bye, ua_on_info, ua_on_error,
    ua_on_state, ua_on_refreshed;
/* A request outside of any call: says `status` and forgets the handle NUA made for it. */
void ua_dismiss(const struct heard *h, int status);
/* Tells the owner of the calls. */
void ua_tell(const struct heard *h, const struct ua_event *event);

/* ua_refer.c */
heard_fn ua_on_referred, ua_on_notify;

/* ua_notice.c */
heard_fn ua_on_noticed;

#endif
