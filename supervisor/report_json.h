/* report_json: what the JSON printers share.  Private to report*.c. */
#ifndef EVERTRUNK_REPORT_JSON_H
#define EVERTRUNK_REPORT_JSON_H

#include <jansson.h>
#include <time.h>

/* A value that the caller owns; NULL and "": null.  Unprintable bytes become '?'. */
json_t *text_json(const char *s);
/* ISO 8601 in UTC; 0: null. */
json_t *time_json(time_t t);
/* Sets a key; takes over `value`.  Out of memory the key is missing, and nothing else happens. */
void put(json_t *object, const char *key, json_t *value);
/* As text with a LF at its end, malloced; takes over `j`.  NULL: out of memory. */
char *dump(json_t *j);

#endif
