/* beat_sums: THE table of what workers count since their start (ipc/messages.h) and what the sum
 * over all workers ever is called (snapshot.h).  Nothing else. */
#ifndef EVERTRUNK_BEAT_SUMS_H
#define EVERTRUNK_BEAT_SUMS_H

/*	  of struct msg_beat  of struct snapshot */
#define BEAT_SUMS(X)                           \
	X(rtp_received, rtp_received)          \
	X(rtp_sent, rtp_sent)                  \
	X(rtp_lost, rtp_lost)                  \
	X(rtp_late_ticks, rtp_late_ticks)      \
	X(digits, digits)                      \
	X(recordings, recordings)              \
	X(recording_errors, recording_errors)  \
	X(srtp_refused, srtp_refused)          \
	X(escapes_star, answered.escapes_star) \
	X(escapes_zero, answered.escapes_zero) \
	X(missed_calls, answered.missed_calls) \
	X(important, answered.important)       \
	X(private_, answered.private_)         \
	X(mail_delivered, mail.delivered)      \
	X(mail_failed, mail.failed)            \
	X(mail_confirmed, mail.confirmed)      \
	X(mail_again, mail.again)              \
	X(mail_unconfirmed, mail.unconfirmed)  \
	X(mail_bounced, mail.bounced)          \
	X(logons_right, logons.right)          \
	X(logons_wrong, logons.wrong)          \
	X(logons_locked, logons.locked)        \
	X(mwi_taken, mwi.taken)                \
	X(mwi_refused, mwi.refused)            \
	X(mwi_failed, mwi.failed)              \
	X(imap_seen, imap.seen)                \
	X(imap_refused, imap.refused)          \
	X(imap_failed, imap.failed)

#endif
