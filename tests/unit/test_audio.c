/* test_audio: a recording becomes an attachment and is read back: the same tone, the same length;
 * and files that are no recording. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "worker/audio.h"
#include "worker/bytes.h"

enum { RATE = 8000, TONE = 440 };

static char dir[64], said[512];
static struct buf why;

static int
set_up(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/test_audio.XXXXXX");
	assert_non_null(mkdtemp(dir));
	why = (struct buf)BUF(said);
	return 0;
}

static int
tear_down(void **state)
{
	char command[128];
	(void)state;
	snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	return system(command) == 0 ? 0 : -1;
}

static const char *
path(const char *name)
{
	static char text[128];
	snprintf(text, sizeof(text), "%s/%s", dir, name);
	return text;
}

struct source {
	int format, rate, channels;
	uint32_t ms;
};

static void
make(const char *name, struct source s)
{
	SF_INFO info = {.samplerate = s.rate, .channels = s.channels, .format = s.format};
	SNDFILE *file = sf_open(path(name), SFM_WRITE, &info);
	assert_non_null(file);
	int16_t frame[8];
	for (uint32_t i = 0; i < s.ms * (uint32_t)s.rate / 1000; i++) {
		for (int c = 0; c < s.channels; c++)
			frame[c] = (int16_t)(8000 * sin(2 * M_PI * TONE * i / s.rate));
		assert_int_equal(sf_writef_short(file, frame, 1), 1);
	}
	assert_int_equal(sf_close(file), 0);
}

static const struct source plain = {SF_FORMAT_WAV | SF_FORMAT_PCM_16, RATE, 1, 5123};

/* The share of the tone in a piece, 0 to 1. */
static double
share_of_tone(const int16_t *samples, size_t n, int rate)
{
	double re = 0, im = 0, all = 1;
	for (size_t i = 0; i < n; i++) {
		double x = samples[i], at = 2 * M_PI * TONE * (double)i / rate;
		re += x * cos(at);
		im += x * sin(at);
		all += x * x;
	}
	return 2 * (re * re + im * im) / ((double)n * all);
}

/* Every tenth of a second but the first and the last has the tone. */
static void
check_tone(SNDFILE *file, const SF_INFO *info)
{
	int16_t *samples = calloc((size_t)info->frames, sizeof(*samples));
	assert_int_equal(sf_readf_short(file, samples, info->frames), info->frames);
	const size_t piece = (size_t)info->samplerate / 10;
	for (size_t at = piece; at + 2 * piece < (size_t)info->frames; at += piece) {
		double share = share_of_tone(samples + at, piece, info->samplerate);
		if (share < 0.9)
			fail_msg("at %zu only %.2f is tone", at, share);
	}
	free(samples);
}

static const int formats[AUDIO_FORMS] = {
    [AUDIO_G711] = SF_FORMAT_WAV | SF_FORMAT_ULAW,
    [AUDIO_GSM] = SF_FORMAT_WAV | SF_FORMAT_GSM610,
    [AUDIO_MP3] = SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III,
};

/* Whole blocks of 40 ms; the header says how many there are and how much of the last is meant.
 * libsndfile, when it reads, takes the odd byte behind them for one block more. */
static void
check_gsm(const struct audio *a, uint32_t ms, int64_t off)
{
	uint32_t samples = ms * RATE / 1000, blocks = (samples + 319) / 320;
	assert_in_range(off, 0, 79);
	assert_int_equal(bytes_get_le32(a->bytes + 48), samples);
	assert_memory_equal(a->bytes + 52, "data", 4);
	assert_int_equal(bytes_get_le32(a->bytes + 56), blocks * 65);
	assert_int_equal(a->n, 60 + (blocks * 65 + 1) / 2 * 2);
}

static void
check_sound(const struct audio *a, int format, uint32_t ms)
{
	FILE *f = fopen(path("out"), "w");
	assert_non_null(f);
	assert_int_equal(fwrite(a->bytes, 1, a->n, f), a->n);
	assert_int_equal(fclose(f), 0);
	SF_INFO info = {0};
	SNDFILE *file = sf_open(path("out"), SFM_READ, &info);
	assert_non_null(file);
	assert_int_equal(info.format & (SF_FORMAT_TYPEMASK | SF_FORMAT_SUBMASK), format);
	assert_int_equal(info.channels, 1);
	int64_t off = info.frames * 1000 / info.samplerate - (int64_t)ms;
	if (format == formats[AUDIO_GSM])
		check_gsm(a, ms, off);
	else
		assert_in_range(off + 20, 0, 40);
	check_tone(file, &info);
	sf_close(file);
}

static void
encode(const char *name, enum audio_form form, struct audio *a)
{
	int e = audio_encode(dir, name, form, a, &why);
	if (e != 0)
		fail_msg("%s: %d, %s", name, e, buf_cstr(&why));
}

static void
check_form(enum audio_form form, uint32_t ms)
{
	struct audio a;
	encode("a.wav", form, &a);
	assert_int_equal(a.ms, ms);
	check_sound(&a, formats[form], ms);
	audio_free(&a);
	assert_null(a.bytes);
}

static void
test_every_form(void **state)
{
	static const uint32_t lengths[] = {1000, 1040, 3001, 5123};
	(void)state;
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		struct source s = plain;
		s.ms = lengths[i];
		make("a.wav", s);
		for (unsigned form = 0; form < AUDIO_FORMS; form++)
			check_form((enum audio_form)form, s.ms);
	}
}

/* What another machine, or another program, has put into the folder. */
static void
test_other_sources(void **state)
{
	static const struct source rows[] = {
	    {SF_FORMAT_WAV | SF_FORMAT_GSM610, RATE, 1, 3040},
	    {SF_FORMAT_WAV | SF_FORMAT_ALAW, RATE, 1, 3000},
	    {SF_FORMAT_WAV | SF_FORMAT_PCM_16, 16000, 2, 3000},
	    {SF_FORMAT_WAV | SF_FORMAT_FLOAT, 48000, 8, 1000},
	    {SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III, RATE, 1, 3000},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		make("other", rows[i]);
		struct audio a;
		encode("other", AUDIO_G711, &a);
		check_sound(&a, formats[AUDIO_G711], rows[i].ms);
		audio_free(&a);
	}
}

static void
is_bad(const char *name, int e, const char *reason)
{
	struct audio a;
	why.n = 0;
	assert_int_equal(audio_encode(dir, name, AUDIO_G711, &a, &why), e);
	assert_null(a.bytes);
	if (strstr(buf_cstr(&why), reason) == NULL)
		fail_msg("%s: \"%s\"", name, why.p);
}

static void
test_cut_off(void **state)
{
	struct audio a;
	(void)state;
	make("a.wav", plain);
	assert_int_equal(truncate(path("a.wav"), 44 + 2 * RATE), 0); /* its header says 5 s */
	encode("a.wav", AUDIO_G711, &a);
	check_sound(&a, formats[AUDIO_G711], 1000);
	audio_free(&a);
	assert_int_equal(truncate(path("a.wav"), 44), 0);
	is_bad("a.wav", -EBADMSG, "no sound");
	assert_int_equal(truncate(path("a.wav"), 20), 0);
	is_bad("a.wav", -EBADMSG, "a.wav: ");
	assert_int_equal(truncate(path("a.wav"), 0), 0);
	is_bad("a.wav", -EBADMSG, "a.wav: ");
}

static void
test_no_recording(void **state)
{
	char up[160];
	(void)state;
	is_bad("none.wav", -EBADMSG, "No such file");
	is_bad("", -EBADMSG, "no file name");
	is_bad("..", -EBADMSG, "no file name");
	is_bad("../x.wav", -EBADMSG, "no file name");
	is_bad("/etc/passwd", -EBADMSG, "no file name");
	assert_int_equal(symlink("/usr/share/sounds", path("link.wav")), 0);
	is_bad("link.wav", -EBADMSG, "link.wav: ");
	assert_int_equal(mkfifo(path("pipe.wav"), 0600), 0);
	is_bad("pipe.wav", -EBADMSG, "no plain file");
	assert_int_equal(mkdir(path("folder.wav"), 0700), 0);
	is_bad("folder.wav", -EBADMSG, "no plain file");
	FILE *f = fopen(path("text.wav"), "w");
	assert_non_null(f);
	fputs("MessageType : VoiceMail\n", f);
	fclose(f);
	is_bad("text.wav", -EBADMSG, "text.wav: ");
	make("slow.wav", (struct source){SF_FORMAT_WAV | SF_FORMAT_PCM_16, 4000, 1, 100});
	is_bad("slow.wav", -EBADMSG, "of a kind");
	snprintf(up, sizeof(up), "%s/gone", dir);
	struct audio a;
	assert_int_equal(audio_encode(up, "a.wav", AUDIO_G711, &a, &why), -ENOENT);
}

static void
test_names(void **state)
{
	(void)state;
	assert_string_equal(audio_subtype(AUDIO_G711), "wav");
	assert_string_equal(audio_subtype(AUDIO_GSM), "gsm");
	assert_string_equal(audio_subtype(AUDIO_MP3), "mp3");
	assert_string_equal(audio_suffix(AUDIO_GSM), ".wav");
	assert_string_equal(audio_suffix(AUDIO_MP3), ".mp3");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_every_form, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_other_sources, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_cut_off, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_no_recording, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_names, set_up, tear_down),
	};
	return cmocka_run_group_tests_name("audio", tests, NULL, NULL);
}
