/* callee: the answer of a telephone that takes every call: 200 to INVITE, BYE and the rest,
 * nothing to ACK.
 * Pure text work as little as will do: it must cost less than what is measured in front of it. */
#ifndef EVERTRUNK_BENCH_CALLEE_H
#define EVERTRUNK_BENCH_CALLEE_H

#include <stdbool.h>

#include "ipc/base/text.h"

enum callee_method { CALLEE_INVITE, CALLEE_BYE, CALLEE_ACK, CALLEE_OTHER };

enum { CALLEE_VIAS = 8 };

/* Header lines with their CRLF; they point into the request. */
struct callee_request {
	enum callee_method method;
	struct slice via[CALLEE_VIAS];
	unsigned nvia;
	struct slice from, to, call_id, cseq;
	bool in_dialog; /* To has a tag */
};

/* false: it is no request, or lacks a line that an answer needs. */
bool callee_read(struct slice message, struct callee_request *ret);
/* The value of a header line: without name, blanks and CRLF. */
struct slice callee_value(struct slice line);
/* Writes the 200 (with a session description when it answers an INVITE) and returns its length.
 * `tag` becomes the To tag of a request outside a dialog; `contact` is a URI. */
size_t callee_answer(const struct callee_request *r, struct slice tag, struct slice contact,
		     struct buf *out);

#endif
