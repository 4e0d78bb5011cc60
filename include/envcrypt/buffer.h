/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * Bytes that the library made and the caller owns.
 */
#ifndef ENVCRYPT_BUFFER_H
#define ENVCRYPT_BUFFER_H

#include "envcrypt/error.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Immutable bytes; any thread may read them, one frees them. */
typedef struct envcrypt_buffer envcrypt_buffer;

/**
 * The bytes. One NUL byte stands after them, so that text can be used as a C string.
 * @param buffer  a buffer, or NULL
 * @return a pointer that lives as long as the buffer; "" for NULL
 */
ENVCRYPT_API const void *envcrypt_buffer_data(const envcrypt_buffer *buffer);

/**
 * How many bytes, without the NUL.
 * @param buffer  a buffer, or NULL
 * @return bytes; 0 for NULL
 */
ENVCRYPT_API size_t envcrypt_buffer_size(const envcrypt_buffer *buffer);

/**
 * Wipes and frees.
 * @param buffer  a buffer, or NULL; ownership moves to the library
 */
ENVCRYPT_API void envcrypt_buffer_free(envcrypt_buffer *buffer);

#ifdef __cplusplus
}
#endif

#endif
