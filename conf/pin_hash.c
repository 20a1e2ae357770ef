/* pin_hash: see pin_hash.h.  The forms are crypt(5)'s: `$`, the method, its parameters, the salt,
 * the hash itself, whose length the method gives: a hash that was cut off would be a PIN that is
 * always wrong. */
#include "conf/pin_hash.h"

#include <errno.h>
#include <string.h>

enum {
	FIELDS_MAX = 5,
	ROUNDS_MIN = 1000,     /* of SHA; fewer are none of crypt(5) */
	ROUNDS_MAX = 500000,   /* 100 times their default: half a second */
	COST_MAX = 12,         /* of bcrypt: a second */
	YESCRYPT_COST_MAX = 14 /* binary logarithm: 64 MB, four times the default */
};

#define DIGITS "0123456789"
#define BASE64 "./" DIGITS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

static const char right[] = "not a hash of ours; one as mkpasswd makes it, which begins with $y$, "
			    "$gy$, $2b$, $6$ or $5$";
static const char clear[] = "a PIN in the clear; its hash, as mkpasswd makes it";
static const char dear[] = "a hash that takes too long to check; one of mkpasswd's usual cost";

/* A hash, taken apart at its dollar signs; field[0] is the method. */
struct parts {
	struct slice field[FIELDS_MAX];
	size_t n;
};

static bool
is_of(struct slice s, const char *alphabet)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] == '\0' || !strchr(alphabet, s.p[i]))
			return false;
	return true;
}

static bool
take_apart(struct slice text, struct parts *ret)
{
	ret->n = 0;
	while (text.n > 0 && text.p[0] == '$') {
		struct slice rest = {text.p + 1, text.n - 1};
		const char *end = memchr(rest.p, '$', rest.n);
		const size_t n = end ? (size_t)(end - rest.p) : rest.n;

		if (ret->n == FIELDS_MAX)
			return false;
		ret->field[ret->n++] = (struct slice){rest.p, n};
		text = (struct slice){rest.p + n, rest.n - n};
	}
	return ret->n > 0 && text.n == 0;
}

/* "j9T", salt, hash: flags, the logarithm of the memory, the size of a block; nothing behind. */
static const char *
check_yescrypt(const struct parts *p, size_t hash)
{
	const struct slice how = p->field[1];

	if (p->n != 4 || how.n != 3 || how.p[0] != 'j' || !is_of(how, BASE64))
		return right;
	if (p->field[2].n == 0 || p->field[2].n > 86 || !is_of(p->field[2], BASE64) ||
	    p->field[3].n != hash || !is_of(p->field[3], BASE64))
		return right;
	if (strchr(BASE64, how.p[1]) - BASE64 + 1 > YESCRYPT_COST_MAX || !strchr("5T", how.p[2]))
		return dear;
	return NULL;
}

/* Salt and hash, "rounds=5000" before them or not. */
static const char *
check_sha(const struct parts *p, size_t hash)
{
	static const struct slice rounds = {"rounds=", 7};
	const bool said = p->n == 4 && slice_has_prefix(p->field[1], rounds);
	const struct slice salt = p->field[said ? 2 : 1], last = p->field[p->n - 1];
	uint64_t n = ROUNDS_MIN;
	int err = 0;

	if (p->n != (said ? 4 : 3) || salt.n == 0 || salt.n > 16 || !is_of(salt, BASE64) ||
	    last.n != hash || !is_of(last, BASE64))
		return right;
	if (said)
		err = slice_u64((struct slice){p->field[1].p + rounds.n, p->field[1].n - rounds.n},
				ROUNDS_MAX, &n);
	return err == -ERANGE ? dear : err < 0 || n < ROUNDS_MIN ? right : NULL;
}

/* The cost; salt and hash in one. */
static const char *
check_bcrypt(const struct parts *p, size_t hash)
{
	const struct slice cost = p->field[1];

	if (p->n != 3 || cost.n != 2 || !is_of(cost, DIGITS) || p->field[2].n != hash ||
	    !is_of(p->field[2], BASE64))
		return right;
	return (cost.p[0] - '0') * 10 + (cost.p[1] - '0') > COST_MAX ? dear : NULL;
}

static const struct {
	struct slice name;
	size_t hash; /* characters */
	const char *(*check)(const struct parts *p, size_t hash);
} methods[] = {
    {{"y", 1}, 43, check_yescrypt}, {{"gy", 2}, 43, check_yescrypt}, {{"2b", 2}, 53, check_bcrypt},
    {{"6", 1}, 86, check_sha},      {{"5", 1}, 43, check_sha},
};

const char *
pin_hash_fault(struct slice text)
{
	struct parts p;

	if (text.n > 0 && is_of(text, DIGITS))
		return clear;
	if (text.n >= PIN_HASH_MAX || !take_apart(text, &p))
		return right;
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		if (p.n > 2 && slice_eq(p.field[0], methods[i].name))
			return methods[i].check(&p, methods[i].hash);
	return right;
}
