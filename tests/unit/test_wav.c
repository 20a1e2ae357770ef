/* test_wav: the header as libsndfile reads it, and sizes of files that were cut off. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "worker/prompt.h"
#include "worker/wav.h"

static void
write_wav(char *path, uint32_t said, const int16_t *samples, size_t n)
{
	uint8_t header[WAV_HEADER];
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	wav_header(said, header);
	assert_int_equal(write(fd, header, sizeof(header)), sizeof(header));
	assert_int_equal(write(fd, samples, n * 2), n * 2);
	close(fd);
}

static void
test_reads_back(void **state)
{
	char path[] = "/tmp/test_wav.XXXXXX", line[256];
	int16_t samples[800];
	struct prompt p;
	struct buf why = BUF(line);
	(void)state;
	for (int i = 0; i < 800; i++)
		samples[i] = (int16_t)(i * 37 - 9000);
	write_wav(path, sizeof(samples), samples, 800);
	if (prompt_load(path, &p, &why) != 0)
		fail_msg("%s", buf_cstr(&why));
	assert_int_equal(p.n, 800);
	assert_memory_equal(p.samples, samples, sizeof(samples));
	prompt_free(&p);
	unlink(path);
}

static void
test_sizes(void **state)
{
	(void)state;
	assert_int_equal(wav_data_bytes(0), 0);
	assert_int_equal(wav_data_bytes(43), 0);
	assert_int_equal(wav_data_bytes(44), 0);
	assert_int_equal(wav_data_bytes(45), 0); /* half a sample */
	assert_int_equal(wav_data_bytes(46), 2);
	assert_int_equal(wav_data_bytes(44 + 16001), 16000);
	assert_true(wav_data_bytes(1ULL << 40) <= UINT32_MAX - WAV_HEADER);
	assert_int_equal(wav_ms(16000), 1000);
}

/* An operator must be told what is wrong with the file, and what would be right. */
static void
test_wrong_prompts(void **state)
{
	char line[512], path[] = "/tmp/test_wav.XXXXXX", text[] = "/tmp/test_wav.XXXXXX";
	int16_t samples[10] = {0};
	struct prompt p;
	struct buf why = BUF(line);
	(void)state;
	assert_true(prompt_load("/nonexistent/x.wav", &p, &why) < 0);
	assert_string_equal(buf_cstr(&why), "/nonexistent/x.wav: No such file or directory");

	write_wav(path, 20, samples, 10);
	FILE *f = fopen(path, "r+b");
	fseek(f, 24, SEEK_SET);
	fwrite("\x40\x1f\x01\x00", 4, 1, f); /* 73536 Hz */
	fclose(f);
	why = BUF(line);
	assert_true(prompt_load(path, &p, &why) < 0);
	assert_non_null(strstr(buf_cstr(&why), "needed is WAV, 16-bit PCM, 8000 Hz, 1 channel"));
	assert_null(strchr(line, '\n'));
	unlink(path);

	int fd = mkstemp(text);
	assert_int_equal(write(fd, "hello", 5), 5);
	close(fd);
	why = BUF(line);
	assert_true(prompt_load(text, &p, &why) < 0);
	assert_true(why.n > strlen(text) + 4);
	unlink(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_reads_back),
	    cmocka_unit_test(test_sizes),
	    cmocka_unit_test(test_wrong_prompts),
	};
	return cmocka_run_group_tests_name("wav", tests, NULL, NULL);
}
