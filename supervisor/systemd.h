/* systemd: the service manager's side of our life; libsystemd's room.
 * Owns: what is sent to NOTIFY_SOCKET.  Outside systemd every function does nothing.
 * Must not know: when we are ready, what the status is. */
#ifndef EVERTRUNK_SYSTEMD_H
#define EVERTRUNK_SYSTEMD_H

#include <stdint.h>

/* READY=1: a call would be answered, or a reload is over. */
void systemd_ready(void);
/* RELOADING=1 (systemd_ready() ends it) and STOPPING=1. */
void systemd_reloading(void);
void systemd_stopping(void);
/* STATUS=: the line that `systemctl status` shows; sent only when it differs from the last one. */
void systemd_status(const char *line);
/* How often systemd_feed() is to be called, in ms: half of WatchdogSec.  0: no watchdog. */
int64_t systemd_watchdog(void);
/* WATCHDOG=1. */
void systemd_feed(void);

#endif
