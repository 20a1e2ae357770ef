/* wav: the 44 bytes before 16-bit 8 kHz mono samples.
 * Pure.  Must not know: files. */
#ifndef EVERTRUNK_WAV_H
#define EVERTRUNK_WAV_H

#include <stddef.h>
#include <stdint.h>

enum { WAV_HEADER = 44, WAV_RATE = 8000, WAV_BYTES_PER_MS = 16 };

/* The header of a file with `data_bytes` of samples (even). */
void wav_header(uint32_t data_bytes, uint8_t out[WAV_HEADER]);
/* Whole samples in a file of `file_bytes`, in bytes: what a header should say of a file that was
 * cut off anywhere.  0 when not even the header is complete. */
uint32_t wav_data_bytes(uint64_t file_bytes);
/* Milliseconds of `data_bytes`. */
uint32_t wav_ms(uint32_t data_bytes);

#endif
