/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * Errors: a code, a class to branch on, and a sentence that tells a person what to do.
 *
 * Every function of the library that can fail returns `int`: 0, or a negative
 * `ENVCRYPT_E_…` code. Its last parameter is `envcrypt_error **err`, which may be NULL: then
 * nothing is formatted or allocated. Otherwise `*err` is always written: NULL on success, on
 * failure an error object that the caller frees. What `*err` held before is not freed.
 *
 * The codes stand in error_codes.h with a line each. Programs branch on the class; codes are
 * for people, logs and tests. An error object is immutable: any thread may read it, one frees
 * it. No message holds a key, a token, a plaintext or a key service's reply.
 */
#ifndef ENVCRYPT_ERROR_H
#define ENVCRYPT_ERROR_H

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define ENVCRYPT_API __attribute__((visibility("default")))
#else
#define ENVCRYPT_API
#endif

#include "envcrypt/error_codes.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What went wrong in one call. Opaque; freed by envcrypt_error_free(). */
typedef struct envcrypt_error envcrypt_error;

/**
 * The code: one of `ENVCRYPT_E_…`; 0 for NULL.
 * @param error  an error, or NULL
 * @return a negative code, or 0
 */
ENVCRYPT_API int32_t envcrypt_error_code(const envcrypt_error *error);

/**
 * The class: one of `ENVCRYPT_CLASS_…`, the value that programs branch on.
 * @param error  an error, or NULL
 * @return the class; 0 for NULL
 */
ENVCRYPT_API int32_t envcrypt_error_class(const envcrypt_error *error);

/**
 * One sentence: what was done to what, why it failed, and the next step.
 * @param error  an error, or NULL
 * @return UTF-8 text that lives as long as the error; never NULL
 */
ENVCRYPT_API const char *envcrypt_error_message(const envcrypt_error *error);

/**
 * Whether the same call may succeed when it is made again.
 * @param error  an error, or NULL
 * @return 1 or 0
 */
ENVCRYPT_API int32_t envcrypt_error_is_retryable(const envcrypt_error *error);

/**
 * How long the service asked to wait before the next try.
 * @param error  an error, or NULL
 * @return milliseconds; -1 when it did not say
 */
ENVCRYPT_API int64_t envcrypt_error_retry_after_ms(const envcrypt_error *error);

/**
 * The HTTP status of a key service's answer.
 * @param error  an error, or NULL
 * @return the status; 0 when there was no answer
 */
ENVCRYPT_API int32_t envcrypt_error_http_status(const envcrypt_error *error);

/**
 * The key service's own name for the error ("ThrottlingException").
 * @param error  an error, or NULL
 * @return text that lives as long as the error, or NULL
 */
ENVCRYPT_API const char *envcrypt_error_provider_code(const envcrypt_error *error);

/**
 * The key service's id of the request, for its support.
 * @param error  an error, or NULL
 * @return text that lives as long as the error, or NULL
 */
ENVCRYPT_API const char *envcrypt_error_request_id(const envcrypt_error *error);

/**
 * The state of the key, in the key service's words, where that is the reason ("Disabled").
 * @param error  an error, or NULL
 * @return text that lives as long as the error, or NULL
 */
ENVCRYPT_API const char *envcrypt_error_key_state(const envcrypt_error *error);

/**
 * The error beneath this one. Where several keys were tried, each cause is one of them.
 * @param error  an error, or NULL
 * @return an error that lives as long as this one, or NULL
 */
ENVCRYPT_API const envcrypt_error *envcrypt_error_cause(const envcrypt_error *error);

/**
 * Frees an error and its causes.
 * @param error  an error, or NULL; ownership moves to the library
 */
ENVCRYPT_API void envcrypt_error_free(envcrypt_error *error);

/**
 * The name of a code: "ENVCRYPT_E_FORKED".
 * @param code  a code, or 0
 * @return static text; "ENVCRYPT_OK" for 0, "ENVCRYPT_E_?" for an unknown code
 */
ENVCRYPT_API const char *envcrypt_error_name(int32_t code);

/**
 * The sentence of a code, as in doc/errors.md.
 * @param code  a code, or 0
 * @return static text, never NULL
 */
ENVCRYPT_API const char *envcrypt_error_text(int32_t code);

/**
 * The class of a code.
 * @param code  a code, or 0
 * @return one of `ENVCRYPT_CLASS_…`; ENVCRYPT_CLASS_INTERNAL for an unknown code, 0 for 0
 */
ENVCRYPT_API int32_t envcrypt_error_class_of(int32_t code);

/**
 * The name of a class: "POLICY".
 * @param error_class  one of `ENVCRYPT_CLASS_…`
 * @return static text, never NULL; "?" for an unknown class
 */
ENVCRYPT_API const char *envcrypt_error_class_name(int32_t error_class);

#ifdef __cplusplus
}
#endif

#endif
