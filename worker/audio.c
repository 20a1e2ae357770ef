/* audio: see audio.h. */
#include "worker/audio.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sndfile.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "worker/bytes.h"

enum { CHANNELS_MAX = 8, RATE_MIN = 8000, RATE_MAX = 48000, CHUNK = 4096 };

static const struct {
	const char *name, *subtype, *suffix;
	int format;
	unsigned bytes_per_second; /* about, at 8 kHz: how much room to begin with */
} forms[AUDIO_FORMS] = {
    [AUDIO_G711] = {"g711", "wav", ".wav", SF_FORMAT_WAV | SF_FORMAT_ULAW, 8000},
    [AUDIO_GSM] = {"gsm", "gsm", ".wav", SF_FORMAT_WAV | SF_FORMAT_GSM610, 1650},
    [AUDIO_MP3] = {"mp3", "mp3", ".mp3", SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III, 3000},
};

const char *
audio_subtype(enum audio_form form)
{
	return forms[form].subtype;
}

const char *
audio_suffix(enum audio_form form)
{
	return forms[form].suffix;
}

/* ---- a file in memory, as libsndfile wants one ---- */

struct memory {
	uint8_t *p;
	size_t n, cap, at;
	bool failed; /* no memory */
};

static bool
reserve(struct memory *m, size_t want)
{
	if (want <= m->cap)
		return true;
	size_t cap = m->cap + m->cap / 2 > want ? m->cap + m->cap / 2 : want;
	uint8_t *p = realloc(m->p, cap);
	if (p == NULL) {
		m->failed = true;
		return false;
	}
	m->p = p;
	m->cap = cap;
	return true;
}

static sf_count_t
memory_length(void *user)
{
	const struct memory *m = user;
	return (sf_count_t)m->n;
}

static sf_count_t
memory_tell(void *user)
{
	const struct memory *m = user;
	return (sf_count_t)m->at;
}

/* Never behind the end: nothing here leaves holes. */
static sf_count_t
memory_seek(sf_count_t offset, int whence, void *user)
{
	struct memory *m = user;
	sf_count_t base = whence == SEEK_CUR   ? (sf_count_t)m->at
			  : whence == SEEK_END ? (sf_count_t)m->n
					       : 0;
	if (base + offset < 0 || base + offset > (sf_count_t)m->n)
		return -1;
	m->at = (size_t)(base + offset);
	return (sf_count_t)m->at;
}

static sf_count_t
memory_read(void *to, sf_count_t count, void *user)
{
	struct memory *m = user;
	size_t n = m->n - m->at;
	if (count < (sf_count_t)n)
		n = (size_t)count;
	memcpy(to, m->p + m->at, n);
	m->at += n;
	return (sf_count_t)n;
}

static sf_count_t
memory_write(const void *from, sf_count_t count, void *user)
{
	struct memory *m = user;
	if (count <= 0 || !reserve(m, m->at + (size_t)count))
		return 0;
	memcpy(m->p + m->at, from, (size_t)count);
	m->at += (size_t)count;
	if (m->at > m->n)
		m->n = m->at;
	return count;
}

/* ---- from one file to the other ---- */

struct transcode {
	SNDFILE *in, *out;
	SF_INFO info; /* of the source */
	sf_count_t frames;
	struct memory to;
};

/* The mean of the channels, in place. */
static void
mix(int16_t *samples, sf_count_t frames, int channels)
{
	for (sf_count_t i = 0; channels > 1 && i < frames; i++) {
		int sum = 0;
		for (int c = 0; c < channels; c++)
			sum += samples[i * channels + c];
		samples[i] = (int16_t)(sum / channels);
	}
}

/* False when the other file takes no more. */
static bool
copy_samples(struct transcode *t)
{
	int16_t samples[CHUNK * CHANNELS_MAX];
	sf_count_t got;
	while ((got = sf_readf_short(t->in, samples, CHUNK)) > 0) {
		mix(samples, got, t->info.channels);
		if (sf_writef_short(t->out, samples, got) != got)
			return false;
		t->frames += got;
	}
	return true;
}

static int
say(struct buf *why, const char *name, const char *what, int e)
{
	buf_printf(why, "%s: %s", name, what);
	return e;
}

/* A plain file of the folder itself: links and pipes could lead anywhere, or never end. */
static int
open_plain(const char *dir, const char *name, struct buf *why)
{
	if (strchr(name, '/') != NULL || name[0] == '.' || name[0] == '\0')
		return say(why, name, "no file name", -EBADMSG);
	int folder = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0) {
		int e = errno;
		return say(why, dir, strerror(e), -e);
	}
	struct stat st;
	int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	int e = fd < 0 ? errno : 0;
	close(folder);
	if (fd < 0)
		return say(why, name, strerror(e), e == ENOENT || e == ELOOP ? -EBADMSG : -e);
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		return fd;
	close(fd);
	return say(why, name, "no plain file", -EBADMSG);
}

/* Takes `fd`, whatever comes of it. */
static int
open_source(struct transcode *t, int fd, const char *name, struct buf *why)
{
	t->in = sf_open_fd(fd, SFM_READ, &t->info, SF_TRUE);
	if (t->in == NULL) /* libsndfile has closed it */
		return say(why, name, sf_strerror(NULL), -EBADMSG);
	if (t->info.channels > CHANNELS_MAX || t->info.samplerate < RATE_MIN ||
	    t->info.samplerate > RATE_MAX)
		return say(why, name, "sound of a kind that no recording of ours has", -EBADMSG);
	return 0;
}

static int
open_result(struct transcode *t, enum audio_form form, struct buf *why)
{
	static SF_VIRTUAL_IO io = {memory_length, memory_seek, memory_read, memory_write,
				   memory_tell};
	SF_INFO info = {
	    .samplerate = t->info.samplerate, .channels = 1, .format = forms[form].format};
	sf_count_t seconds = t->info.frames > 0 ? t->info.frames / t->info.samplerate : 0;
	if (seconds < 4 * 3600 &&
	    !reserve(&t->to, (size_t)(seconds + 2) * forms[form].bytes_per_second *
				 (size_t)t->info.samplerate / RATE_MIN))
		return say(why, forms[form].name, "out of memory", -ENOMEM);
	t->out = sf_open_virtual(&io, SFM_WRITE, &info, &t->to);
	if (t->out == NULL)
		return say(why, forms[form].name, sf_strerror(NULL), -EIO);
	return 0;
}

/* libsndfile 1.2 counts the byte that makes the data chunk even among its data (RIFF does not), and
 * readers then find one block of 40 ms more than there is. */
static void
mend_gsm(struct transcode *t)
{
	enum { FORMAT = 20, DATA = 52, BLOCK = 65, BLOCK_SAMPLES = 320, GSM610 = 0x31 };
	struct memory *m = &t->to;
	if (m->n <= DATA + 8 || memcmp(m->p + DATA, "data", 4) != 0 || m->p[FORMAT] != GSM610)
		return;
	size_t blocks = (size_t)(t->frames + BLOCK_SAMPLES - 1) / BLOCK_SAMPLES;
	bytes_put_le32(m->p + DATA + 4, (uint32_t)(blocks * BLOCK));
}

static int
run(struct transcode *t, enum audio_form form, const char *name, struct buf *why)
{
	int e = open_result(t, form, why);
	if (e != 0)
		return e;
	bool whole = copy_samples(t);
	if (sf_close(t->out) != 0)
		whole = false;
	t->out = NULL;
	mend_gsm(t);
	if (t->to.failed)
		return say(why, name, "out of memory", -ENOMEM);
	if (!whole)
		return say(why, name, "cannot be encoded", -EIO);
	if (t->frames == 0)
		return say(why, name, "has no sound", -EBADMSG);
	return 0;
}

int
audio_encode(const char *dir, const char *name, enum audio_form form, struct audio *ret,
	     struct buf *why)
{
	struct transcode t = {0};
	*ret = (struct audio){0};
	int fd = open_plain(dir, name, why);
	if (fd < 0)
		return fd;
	int e = open_source(&t, fd, name, why);
	if (e == 0)
		e = run(&t, form, name, why);
	if (e == 0)
		*ret =
		    (struct audio){t.to.p, t.to.n, (uint32_t)(t.frames * 1000 / t.info.samplerate)};
	else
		free(t.to.p);
	if (t.in != NULL)
		sf_close(t.in);
	return e;
}

void
audio_free(struct audio *a)
{
	free(a->bytes);
	*a = (struct audio){0};
}
