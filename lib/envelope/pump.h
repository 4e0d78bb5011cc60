/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Moves a message between memory or files and the stream engine, one chunk at a time:
 * what file calls and rewrap share.
 */
#ifndef EVC_ENVELOPE_PUMP_H
#define EVC_ENVELOPE_PUMP_H

#include "base/infile.h"
#include "base/replace.h"
#include "envelope/progress.h"
#include "envelope/reader.h"
#include "envelope/writer.h"

/* Bytes that are read once, from the first to the last: of memory, or of a file. */
typedef struct evc_input {
    const evc_infile *file; /* NULL: memory */
    evc_view memory;
    uint64_t size;
    uint64_t at;
    uint8_t *chunk; /* of a file */
    size_t chunk_size;
} evc_input;

/* Where bytes go: memory that suffices, or a file in the making. */
typedef struct evc_output {
    evc_replace *file; /* NULL: memory */
    uint8_t *memory;   /* of a file: the chunk that is filled */
    size_t capacity;
    size_t made; /* bytes in memory */
} evc_output;

/* What moves, and for whom. All zero but for what is needed is legal. */
typedef struct evc_pump {
    evc_input in;
    evc_output out;
    uint8_t *plain; /* the chunk of plaintext between a reader and what takes it */
    size_t plain_size;
    evc_progress progress;
    evc_wait *wait;
} evc_pump;

/* Plaintext of a chunk, for messages with frames of this length; more for more threads.
 */
size_t evc_pump_chunk(uint32_t frame_length, size_t threads);
/* An upper bound of the plaintext in a framed body of so many bytes: exact without a
 * footer. */
uint64_t evc_pump_plain_size(uint32_t frame_length, uint64_t body_size);

void evc_pump_from_memory(evc_pump *p, evc_view bytes);
void evc_pump_to_memory(evc_pump *p, uint8_t *memory, size_t capacity);
/* file outlives the pump; at: where to begin. NOMEM. */
int evc_pump_from_file(evc_pump *p, const evc_infile *file, uint64_t at,
                       size_t chunk_size, evc_error **err) EVC_MUST_CHECK;
int evc_pump_to_file(evc_pump *p, evc_replace *file, size_t chunk_size,
                     evc_error **err) EVC_MUST_CHECK;
/* The chunk of plaintext, which decrypting needs. NOMEM. */
int evc_pump_make_plain(evc_pump *p, size_t size, evc_error **err) EVC_MUST_CHECK;
void evc_pump_end(evc_pump *p); /* wipes the chunks; files stay the caller's */

/* Seals plaintext into the output. */
int evc_pump_seal(evc_pump *p, evc_writer *writer, evc_view plain,
                  evc_error **err) EVC_MUST_CHECK;
/* The rest of the message, and everything that waits to the output's file. */
int evc_pump_seal_end(evc_pump *p, evc_writer *writer, evc_error **err) EVC_MUST_CHECK;

/* Seals the whole input. */
int evc_pump_encrypt(evc_pump *p, evc_writer *writer, evc_error **err) EVC_MUST_CHECK;

typedef int (*evc_pump_take)(void *user, evc_view plain, evc_error **err);
/* Opens the rest of the input; all authentic plaintext goes to take, chunk by chunk.
 * After 0 the end was proven. */
int evc_pump_decrypt(evc_pump *p, evc_reader *reader, evc_pump_take take, void *user,
                     evc_error **err) EVC_MUST_CHECK;

/*
 * The header of a message file, as bytes appended to an empty buffer, under the limits
 * of config. The errors of evc_header_scan_run, of evc_infile_read, TRUNCATED, NOMEM.
 */
int evc_pump_find_header(const evc_infile *file, const evc_config *config,
                         evc_buf *bytes, evc_error **err) EVC_MUST_CHECK;

#endif
