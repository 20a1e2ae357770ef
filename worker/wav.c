/* wav: see wav.h. */
#include "worker/wav.h"

#include <string.h>

#include "worker/bytes.h"

enum { FORMAT_PCM = 1, CHANNELS = 1, SAMPLE_BYTES = 2, FMT_BYTES = 16 };

void
wav_header(uint32_t data_bytes, uint8_t out[WAV_HEADER])
{
	memcpy(out, "RIFF", 4);
	bytes_put_le32(out + 4, data_bytes + WAV_HEADER - 8);
	memcpy(out + 8, "WAVEfmt ", 8);
	bytes_put_le32(out + 16, FMT_BYTES);
	bytes_put_le16(out + 20, FORMAT_PCM);
	bytes_put_le16(out + 22, CHANNELS);
	bytes_put_le32(out + 24, WAV_RATE);
	bytes_put_le32(out + 28, WAV_RATE * SAMPLE_BYTES);
	bytes_put_le16(out + 32, SAMPLE_BYTES);
	bytes_put_le16(out + 34, SAMPLE_BYTES * 8);
	memcpy(out + 36, "data", 4);
	bytes_put_le32(out + 40, data_bytes);
}

uint32_t
wav_data_bytes(uint64_t file_bytes)
{
	if (file_bytes <= WAV_HEADER)
		return 0;
	uint64_t data = file_bytes - WAV_HEADER;
	if (data > UINT32_MAX - WAV_HEADER)
		data = UINT32_MAX - WAV_HEADER;
	return (uint32_t)(data / SAMPLE_BYTES * SAMPLE_BYTES);
}

uint32_t
wav_ms(uint32_t data_bytes)
{
	return data_bytes / WAV_BYTES_PER_MS;
}
