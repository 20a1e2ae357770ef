/* mail_words: what a message says, in every language it is said in: one row a language.
 * Pure.  Must not know: calls, MIME, how a text is laid out.  The texts are patterns; what stands
 * in braces is put in by mail_text:
 *   {caller}  name or number       {length}  "1 minute 5 seconds"
 *   {day} {month} {year} {hour} {minute}, {hour12} {half}: of the time
 *   {recipient}  whose message it is   {count}  of messages: in notices to the operator */
#ifndef EVERTRUNK_MAIL_WORDS_H
#define EVERTRUNK_MAIL_WORDS_H

#include <stdint.h>

enum mail_cell {
	MAIL_VOICE_SUBJECT,
	MAIL_VOICE_SUBJECT_UNKNOWN,
	MAIL_MISSED_SUBJECT,
	MAIL_MISSED_SUBJECT_UNKNOWN,
	MAIL_FILE,         /* of the sound; its suffix is added */
	MAIL_FILE_UNKNOWN, /* as long as the caller is */
	MAIL_VOICE,        /* the first sentence */
	MAIL_VOICE_UNKNOWN,
	MAIL_MISSED,
	MAIL_MISSED_UNKNOWN,
	MAIL_UNKNOWN, /* who called, in From */
	MAIL_LABEL_CALLER,
	MAIL_LABEL_NUMBER,
	MAIL_LABEL_FOR,
	MAIL_LABEL_TIME,
	MAIL_LABEL_LENGTH,
	MAIL_IMPORTANT,
	MAIL_PRIVATE,
	MAIL_INTERRUPTED,
	MAIL_TIME,
	MAIL_CELLS
};

enum mail_unit { MAIL_SECONDS, MAIL_MINUTES, MAIL_HOURS, MAIL_UNITS };

/* Forms of a counted noun: of 1; of 2 and the like where a language has it (else the same as the
 * last); of the rest. */
enum mail_plural { MAIL_ONE, MAIL_FEW, MAIL_MANY, MAIL_PLURALS };

struct mail_words {
	const char *language; /* "en": the first part of a culture */
	enum mail_plural (*plural)(uint32_t n);
	const char *units[MAIL_UNITS][MAIL_PLURALS];
	const char *months[12];
	const char *cells[MAIL_CELLS];
};

/* What a notice to the operator says; "many" is for two messages and more. */
enum mail_notice_cell {
	MAIL_NOTICE_FROM,    /* who sends it */
	MAIL_NOTICE_EXPIRED, /* the subject */
	MAIL_NOTICE_EXPIRED_MANY,
	MAIL_NOTICE_EXPIRED_TEXT, /* the first sentences */
	MAIL_NOTICE_EXPIRED_TEXT_MANY,
	MAIL_NOTICE_AGAIN,
	MAIL_NOTICE_AGAIN_MANY,
	MAIL_NOTICE_AGAIN_TEXT,
	MAIL_NOTICE_AGAIN_TEXT_MANY,
	MAIL_NOTICE_MORE, /* behind a list that ends before all are told */
	MAIL_NOTICE_LABEL_REASON,
	MAIL_NOTICE_LABEL_FILES,
	MAIL_NOTICE_LABEL_COMMAND,
	MAIL_NOTICE_CELLS
};
struct mail_notice_words {
	const char *language; /* the same rows as struct mail_words, in the same order */
	const char *cells[MAIL_NOTICE_CELLS];
};
/* As mail_words_of() and mail_words_row(). */
const struct mail_notice_words *mail_words_notice(const char *culture);
const struct mail_notice_words *mail_words_notice_row(unsigned i);

/* The row for a culture, "de-AT": by its language; English when we have none, or none is given. */
const struct mail_words *mail_words_of(const char *culture);
/* The pattern of a time in a culture: some differ from their language, "en-US". */
const char *mail_words_time(const char *culture);
/* The i-th row from 0; NULL behind the last. */
const struct mail_words *mail_words_row(unsigned i);

#endif
