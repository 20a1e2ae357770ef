/* tls_files: the PEM files of the configuration, read once each, checked, and never half believed.
 * See tls_room.h. */
#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "supervisor/tls_crl.h"
#include "supervisor/tls_room.h"

enum { FILE_MAX = 4 << 20 };

/* A file in memory; wiped when it is let go of, it may be a key. */
struct text {
	char *p;
	size_t n;
	mode_t mode;
};

const char *
tls_reason(void)
{
	const char *words = ERR_reason_error_string(ERR_peek_last_error());

	ERR_clear_error();
	return words ? words : "unknown reason";
}

static void
text_free(struct text *t)
{
	if (t->p)
		OPENSSL_cleanse(t->p, t->n);
	free(t->p);
	t->p = NULL;
}

static int
read_all(int fd, struct text *ret)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode) || st.st_size > FILE_MAX)
		return -EFBIG;
	ret->mode = st.st_mode;
	ret->p = malloc((size_t)st.st_size + 1);
	if (!ret->p)
		return -ENOMEM;
	while (ret->n < (size_t)st.st_size) {
		const ssize_t got = read(fd, ret->p + ret->n, (size_t)st.st_size - ret->n);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (got == 0) /* it has become shorter: what there is must do */
			break;
		ret->n += (size_t)got;
	}
	return 0;
}

static int
text_read(const char *key, const char *path, struct text *ret, struct buf *why)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	int error = fd < 0 ? -errno : read_all(fd, ret);

	if (fd >= 0)
		close(fd);
	if (error)
		buf_printf(why, "%s %s: %s", key, path, strerror(-error));
	return error;
}

static BIO *
text_bio(const struct text *t)
{
	return BIO_new_mem_buf(t->p, (int)t->n);
}

/* Nobody is there to be asked for a passphrase; that one was wanted is noted. */
static int
no_passphrase(char *out, int size, int writing, void *arg)
{
	(void)out;
	(void)size;
	(void)writing;
	*(bool *)arg = true;
	return -1;
}

/* Every certificate of a PEM text, the first one into *ret_first if that is not NULL. */
static STACK_OF(X509) * read_certificates(const struct text *t, X509 **ret_first)
{
	STACK_OF(X509) *all = sk_X509_new_null();
	BIO *bio = text_bio(t);
	X509 *x;

	if (ret_first)
		*ret_first = bio ? PEM_read_bio_X509_AUX(bio, NULL, NULL, NULL) : NULL;
	while (all && bio && (x = PEM_read_bio_X509(bio, NULL, NULL, NULL)))
		if (!sk_X509_push(all, x))
			X509_free(x);
	ERR_clear_error(); /* the end of the text is an error to it */
	BIO_free(bio);
	return all;
}

static int
read_own(const struct conf *conf, struct text *t, struct tls_files *ret, struct buf *why)
{
	const char *path = conf->tls.certificate;
	const int error = text_read("tls.certificate", path, t, why);

	if (error)
		return error;
	ret->own.chain = read_certificates(t, &ret->own.leaf);
	if (ret->own.leaf)
		return 0;
	buf_printf(why, "tls.certificate %s: holds no certificate in PEM form", path);
	return -EINVAL;
}

static int
parse_key(const char *path, const struct text *t, struct tls_files *ret, struct buf *why)
{
	bool passphrase = false;
	BIO *bio = text_bio(t);

	ret->own.key = bio ? PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, &passphrase) : NULL;
	BIO_free(bio);
	ERR_clear_error();
	ret->open_key = t->mode & S_IROTH;
	if (ret->own.key)
		return 0;
	buf_printf(why, "tls.key %s: %s", path,
		   passphrase ? "is protected by a passphrase, and nobody is there to be asked for "
				"it: store it without one (openssl pkey -in KEY -out PLAIN)"
			      : "holds no private key in PEM form");
	return -EINVAL;
}

static int
read_key(const struct conf *conf, const struct text *certificate, struct tls_files *ret,
	 struct buf *why)
{
	const char *path = conf->tls.key[0] ? conf->tls.key : conf->tls.certificate;
	struct text t = {0};
	int error = 0;

	if (conf->tls.key[0])
		error = text_read("tls.key", path, &t, why);
	if (!error)
		error = parse_key(path, conf->tls.key[0] ? &t : certificate, ret, why);
	text_free(&t);
	if (!error && !X509_check_private_key(ret->own.leaf, ret->own.key)) {
		ERR_clear_error();
		buf_printf(why, "tls.key %s: is not the key of the certificate in %s", path,
			   conf->tls.certificate);
		error = -EINVAL;
	}
	return error;
}

static int
trust(struct tls_files *ret, STACK_OF(X509) * all)
{
	ret->trust = X509_STORE_new();
	ret->names = sk_X509_NAME_new_null();
	if (!ret->trust || !ret->names)
		return -ENOMEM;
	for (int i = 0; i < sk_X509_num(all); i++) {
		X509 *x = sk_X509_value(all, i);
		X509_NAME *name = X509_NAME_dup(X509_get_subject_name(x));
		if (!X509_STORE_add_cert(ret->trust, x))
			ERR_clear_error(); /* there twice */
		if (!name || !sk_X509_NAME_push(ret->names, name))
			X509_NAME_free(name);
	}
	return 0;
}

static int
read_trust(const char *path, struct tls_files *ret, struct buf *why)
{
	struct text t = {0};
	STACK_OF(X509) *all = NULL;
	int error = 0;

	if (path[0] != '\0')
		error = text_read("tls.ca", path, &t, why);
	if (!error && path[0] != '\0') {
		all = read_certificates(&t, NULL);
		error = sk_X509_num(all) > 0 ? trust(ret, all) : -EINVAL;
		if (error)
			buf_printf(why, "tls.ca %s: holds no certificate in PEM form", path);
	}
	EVP_Digest(t.p ? t.p : "", t.n, ret->trust_hash, NULL, EVP_sha256(), NULL);
	sk_X509_pop_free(all, X509_free);
	text_free(&t);
	return error;
}

/* The lists beside the authorities.  A session that was judged by other ones is not taken up again
 * (trust_hash). */
static int
read_revoked(const char *path, struct tls_files *ret, struct buf *why)
{
	unsigned char both[2][32];
	struct text t = {0};
	BIO *bio = NULL;

	if (path[0] == '\0' || !ret->trust)
		return 0;
	int error = text_read("tls.crl", path, &t, why);
	if (!error) {
		const size_t before = why->n;
		buf_printf(why, "tls.crl %s: ", path);
		bio = text_bio(&t);
		error = bio ? tls_crl_add(bio, ret->trust, why) : -ENOMEM;
		if (!error)
			why->n = before;
	}
	memcpy(both[0], ret->trust_hash, sizeof(both[0]));
	EVP_Digest(t.p ? t.p : "", t.n, both[1], NULL, EVP_sha256(), NULL);
	EVP_Digest(both, sizeof(both), ret->trust_hash, NULL, EVP_sha256(), NULL);
	BIO_free(bio);
	text_free(&t);
	return error;
}

int
tls_files_read(const struct conf *conf, time_t now, struct tls_files *ret, struct buf *why)
{
	struct text certificate = {0};

	*ret = (struct tls_files){0};
	int error = read_own(conf, &certificate, ret, why);
	if (!error)
		error = read_key(conf, &certificate, ret, why);
	text_free(&certificate);
	if (!error) {
		const size_t before = why->n;
		buf_printf(why, "tls.certificate %s: ", conf->tls.certificate);
		error = tls_cert_valid(ret->own.leaf, now, why);
		if (!error)
			why->n = before;
	}
	if (!error)
		error = read_trust(conf->tls.ca, ret, why);
	return error ? error : read_revoked(conf->tls.crl, ret, why);
}

void
tls_files_free(struct tls_files *f)
{
	X509_free(f->own.leaf);
	sk_X509_pop_free(f->own.chain, X509_free);
	EVP_PKEY_free(f->own.key);
	X509_STORE_free(f->trust);
	sk_X509_NAME_pop_free(f->names, X509_NAME_free);
	*f = (struct tls_files){0};
}
