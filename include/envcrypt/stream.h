/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * Messages in pieces (client-apis/streaming.md of the specification): writers and readers that are
 * fed, and random access to the plaintext. Memory does not grow with the message; nothing is
 * allocated for a frame.
 *
 * Threads: each object here is for one thread at a time.
 */
#ifndef ENVCRYPT_STREAM_H
#define ENVCRYPT_STREAM_H

#include "envcrypt/envelope.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Encrypts what it is fed. */
typedef struct envcrypt_writer envcrypt_writer;
/** Decrypts what it is fed. */
typedef struct envcrypt_reader envcrypt_reader;
/** Random access to the plaintext of a message. */
typedef struct envcrypt_range envcrypt_range;

/**
 * Begins a message. The key services are called here, and nowhere later.
 * @param keyring   the recipients
 * @param config    settings, or NULL; copied
 * @param wait      deadline and cancel, or NULL
 * @param[out] out  the writer; freed by envcrypt_writer_free()
 * @param[out] err  the error, or NULL
 * @return as envcrypt_encrypt()
 */
ENVCRYPT_API int envcrypt_writer_open(envcrypt_keyring *keyring,
                                      const envcrypt_message_config *config, envcrypt_wait *wait,
                                      envcrypt_writer **out, envcrypt_error **err);

/**
 * Takes plaintext and gives message bytes. It takes as much as it can and gives as much as fits:
 * call it again with what it left. Any sizes are right; the most speed is had with whole frames of
 * input and room for whole frames.
 * @param writer     a writer
 * @param in         plaintext; must not overlap out
 * @param in_size    its bytes
 * @param[out] used  bytes taken
 * @param[out] out   room
 * @param capacity   bytes of room
 * @param[out] made  bytes given
 * @param[out] err   the error, or NULL
 * @return 0; ENVCRYPT_E_LIMIT_LENGTH (longer than announced, or than the format holds),
 *         ENVCRYPT_E_STATE (after finish), ENVCRYPT_E_NOMEM; these come again on every later call.
 *         ENVCRYPT_E_ARGUMENT, ENVCRYPT_E_FORKED
 */
ENVCRYPT_API int envcrypt_writer_process(envcrypt_writer *writer, const void *in, size_t in_size,
                                         size_t *used, void *out, size_t capacity, size_t *made,
                                         envcrypt_error **err);

/**
 * Ends the message. Call it until it is done.
 * @param writer     a writer
 * @param[out] out   room; any capacity above 0 makes progress
 * @param capacity   bytes of room
 * @param[out] made  bytes given
 * @param[out] done  1 when the message is complete
 * @param[out] err   the error, or NULL
 * @return 0; ENVCRYPT_E_NOMEM, the first error of envcrypt_writer_process() again,
 *         ENVCRYPT_E_ARGUMENT, ENVCRYPT_E_FORKED
 */
ENVCRYPT_API int envcrypt_writer_finish(envcrypt_writer *writer, void *out, size_t capacity,
                                        size_t *made, int32_t *done, envcrypt_error **err);

/**
 * Frees a writer. What an unfinished one wrote cannot be read. Legal in a child of fork.
 * @param writer  a writer, or NULL
 */
ENVCRYPT_API void envcrypt_writer_free(envcrypt_writer *writer);

/**
 * Makes a reader. Signed messages are refused unless the config allows them.
 * @param keyring   keys, any of which may open the message; may be NULL with a data key
 * @param config    settings, or NULL; copied, but for a data key, which must outlive the reader
 * @param[out] out  the reader; freed by envcrypt_reader_free()
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_DESTROYED (the data key of the config), ENVCRYPT_E_NOMEM,
 *         ENVCRYPT_E_ARGUMENT, ENVCRYPT_E_FORKED
 */
ENVCRYPT_API int envcrypt_reader_open(envcrypt_keyring *keyring,
                                      const envcrypt_message_config *config, envcrypt_reader **out,
                                      envcrypt_error **err);

/**
 * Takes message bytes and gives plaintext of frames that were authenticated; of a signed message
 * the last frame only once the signature held. Call it again with what it left.
 * @param reader     a reader
 * @param in         message bytes; must not overlap out
 * @param in_size    their number
 * @param[out] used  bytes taken
 * @param[out] out   room; zeroed on failure
 * @param capacity   bytes of room
 * @param[out] made  bytes given
 * @param wait       deadline and cancel for the key services, or NULL
 * @param[out] err   the error, or NULL
 * @return as envcrypt_decrypt(), but ENVCRYPT_E_TRUNCATED, which only finish tells;
 *         ENVCRYPT_E_STATE (after finish). The first error, ENVCRYPT_E_ARGUMENT aside, comes again
 *         on every later call
 */
ENVCRYPT_API int envcrypt_reader_process(envcrypt_reader *reader, const void *in, size_t in_size,
                                         size_t *used, void *out, size_t capacity, size_t *made,
                                         envcrypt_wait *wait, envcrypt_error **err);

/**
 * Says that no input follows. Only after this returned 0 with done = 1 was the message whole. Call
 * it until it is done.
 * @param reader     a reader
 * @param[out] out   room; zeroed on failure
 * @param capacity   bytes of room
 * @param[out] made  bytes given
 * @param[out] done  1 when all plaintext was given and the end was proven
 * @param[out] err   the error, or NULL
 * @return 0; ENVCRYPT_E_TRUNCATED, the first error of envcrypt_reader_process() again,
 *         ENVCRYPT_E_ARGUMENT, ENVCRYPT_E_FORKED
 */
ENVCRYPT_API int envcrypt_reader_finish(envcrypt_reader *reader, void *out, size_t capacity,
                                        size_t *made, int32_t *done, envcrypt_error **err);

/**
 * What the header says, once it was authenticated.
 * @param reader  a reader
 * @return an info that lives as long as the reader; NULL before
 */
ENVCRYPT_API const envcrypt_message_info *envcrypt_reader_info(const envcrypt_reader *reader);

/**
 * Frees a reader. Legal in a child of fork.
 * @param reader  a reader, or NULL
 */
ENVCRYPT_API void envcrypt_reader_free(envcrypt_reader *reader);

/**
 * Reads message bytes at an offset, on the thread of the call that needs them.
 * @param user    as given to envcrypt_range_open()
 * @param offset  bytes from the beginning of the message
 * @param out     room
 * @param size    how many bytes are wanted; fewer is a failure
 * @return 0, or any other value on failure
 */
typedef int32_t (*envcrypt_read_at_fn)(void *user, uint64_t offset, void *out, size_t size);

/** How to open a range. */
#define ENVCRYPT_RANGE_FRAMES_ONLY 1u /**< a signed message, its signature unchecked */

/**
 * Opens a framed message for random access: authenticates the header and the final frame, so that
 * the size is proven.
 * @param keyring   keys, any of which may open it; may be NULL with a data key
 * @param config    settings, or NULL; not used after the call
 * @param size      bytes of the whole message
 * @param read_at   reads message bytes
 * @param user      passed to read_at
 * @param destroy   called once with user when the range is freed, also when this call fails; may be
 *                  NULL
 * @param flags     ENVCRYPT_RANGE_FRAMES_ONLY or 0
 * @param wait      deadline and cancel, or NULL
 * @param[out] out  the range; freed by envcrypt_range_free()
 * @param[out] err  the error, or NULL
 * @return as envcrypt_decrypt(), but ENVCRYPT_E_SIGNATURE; ENVCRYPT_E_POLICY_UNFRAMED,
 *         ENVCRYPT_E_CALLBACK (read_at failed)
 */
ENVCRYPT_API int envcrypt_range_open(envcrypt_keyring *keyring,
                                     const envcrypt_message_config *config, uint64_t size,
                                     envcrypt_read_at_fn read_at, void *user,
                                     envcrypt_destroy_fn destroy, uint32_t flags,
                                     envcrypt_wait *wait, envcrypt_range **out,
                                     envcrypt_error **err);

/**
 * The bytes of the plaintext.
 * @param range  a range
 * @return bytes
 */
ENVCRYPT_API uint64_t envcrypt_range_size(const envcrypt_range *range);

/**
 * What the header says.
 * @param range  a range
 * @return an info that lives as long as the range
 */
ENVCRYPT_API const envcrypt_message_info *envcrypt_range_info(const envcrypt_range *range);

/**
 * Reads plaintext; only the frames that it touches are read and authenticated.
 * @param range      a range
 * @param offset     bytes from the beginning of the plaintext
 * @param[out] out   room; zeroed on failure
 * @param size       bytes wanted
 * @param[out] made  bytes given: size, or what is left before the end
 * @param[out] err   the error, or NULL
 * @return 0; ENVCRYPT_E_RANGE (offset past the end; at the end 0 bytes are read), ENVCRYPT_E_FRAME,
 *         ENVCRYPT_E_FRAME_AUTH, ENVCRYPT_E_CALLBACK (read_at failed), ENVCRYPT_E_ARGUMENT,
 *         ENVCRYPT_E_FORKED. A range that failed once may be read again
 */
ENVCRYPT_API int envcrypt_range_read(envcrypt_range *range, uint64_t offset, void *out, size_t size,
                                     size_t *made, envcrypt_error **err);

/**
 * Frees a range. Legal in a child of fork.
 * @param range  a range, or NULL
 */
ENVCRYPT_API void envcrypt_range_free(envcrypt_range *range);

#ifdef __cplusplus
}
#endif

#endif
