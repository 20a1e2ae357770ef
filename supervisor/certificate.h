/* certificate: when our certificate is read: at the start, on the operator's word, with another
 * configuration, and when its files change; and what came of it.
 * Owns: the contexts (tls.h), the timer that looks at the files.
 * Must not know: what is in a certificate (tls.c), connections. */
#ifndef EVERTRUNK_CERTIFICATE_H
#define EVERTRUNK_CERTIFICATE_H

#include "conf/conf.h"
#include "ipc/base/loop.h"
#include "supervisor/tls_report.h"

struct certificate;
struct tls;

/* Loads what conf->tls says, if listen.transports has tls; `conf` lives until certificate_conf()
 * names another.  0 and *ret, or -errno with one line for the operator in `why`. */
int certificate_new(struct loop *l, const struct conf *conf, struct certificate **ret,
		    struct buf *why);
/* For flow_tls(); NULL: there is no TLS. */
struct tls *certificate_tls(const struct certificate *c);
/* Reads the files again: 0, or -errno; the one in use stays then.  One line for the operator in
 * `say` in either case; the log has it too. */
int certificate_reload(struct certificate *c, struct buf *say);
/* Before another configuration is taken over: reads what it names, if that is something else.  0,
 * or -errno with the reason in `why` and nothing changed. */
int certificate_conf(struct certificate *c, const struct conf *conf, struct buf *why);
/* What is known now; on = false: there is no TLS. */
void certificate_report(const struct certificate *c, struct tls_report *ret);
void certificate_free(struct certificate *c); /* NULL is fine */

#endif
