/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Errors inside the library: the public error object, made here.
 *
 * A fallible function returns 0 or a code ENVCRYPT_E_… and takes an
 * evc_error ** last. With that pointer NULL nothing is formatted or allocated.
 */
#ifndef EVC_BASE_ERR_H
#define EVC_BASE_ERR_H

#include <stdbool.h>
#include <stdint.h>

#include "envcrypt/error.h"

typedef struct envcrypt_error evc_error;

#define EVC_MUST_CHECK __attribute__((warn_unused_result))
#define EVC_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

/*
 * Stores a new error with a message and returns code. Frees what *err held, after
 * formatting, so its message may be quoted.
 * The message must say what was done to what, in one sentence, without any
 * secret, token, plaintext or reply body. Returns code even when err is NULL or
 * memory is out (then *err is the static out-of-memory error). Control characters and
 * what is not UTF-8 become '?'. It is retryable from the start when its class is
 * THROTTLED or UNAVAILABLE.
 */
int evc_err(evc_error **err, int code, const char *format, ...) EVC_PRINTF(3, 4);

/* Same; the error that *err holds now becomes the cause of the new one. */
int evc_err_wrap(evc_error **err, int code, const char *format, ...) EVC_PRINTF(3, 4);

/* Out of memory: stores the static error, returns ENVCRYPT_E_NOMEM. */
int evc_err_nomem(evc_error **err);

/*
 * Maps errno of a failed system call on a file to the code that fits (FILE_NOT_FOUND,
 * FILE_DENIED, NO_SPACE, PIPE_CLOSED, FILE_EXISTS, FILE_TYPE for ELOOP, NOMEM, IO) and
 * stores "cannot <what> <path>: <system's reason>". Returns that code.
 */
int evc_err_errno(evc_error **err, int errnum, const char *what, const char *path);

/*
 * The four above return no success, and everybody who reads a call of them knows it: the
 * compiler and the analyzers would otherwise follow paths on which a failed call gave 0.
 */
static inline int
evc_err_negative(int code)
{
    if (code >= 0)
        __builtin_unreachable();
    return code;
}
#define evc_err(...) evc_err_negative(evc_err(__VA_ARGS__))
#define evc_err_wrap(...) evc_err_negative(evc_err_wrap(__VA_ARGS__))
#define evc_err_nomem(...) evc_err_negative(evc_err_nomem(__VA_ARGS__))
#define evc_err_errno(...) evc_err_negative(evc_err_errno(__VA_ARGS__))

/*
 * Appends other (ownership moves; NULL is fine) to the end of the cause chain of *err,
 * or makes it the first of one when *err is NULL. With err NULL, and behind the static
 * out-of-memory error, other is freed.
 */
void evc_err_add_cause(evc_error **err, evc_error *other);

/*
 * Facts for the getters; nothing happens when err is NULL or the static error. Texts
 * are copied, may be NULL, and are left out when memory is out.
 */
void evc_err_set_retry(evc_error *err, int retryable, int64_t retry_after_ms);
void evc_err_set_provider(evc_error *err, const char *provider_code,
                          const char *request_id, int http_status);
void evc_err_set_key_state(evc_error *err, const char *key_state);
/* All of these as another error has them, for one that quotes it; of may be NULL. */
void evc_err_set_facts_of(evc_error *err, const evc_error *of);

/* Entry of each public function: stores NULL where a result of an earlier call was. */
void evc_err_clear(evc_error **err);
/* Elsewhere: frees what *err holds, because the failure does not matter after all. */
void evc_err_drop(evc_error **err);

/* What the public getters of envcrypt/error.h give; error may be NULL in each. */
int32_t evc_error_code(const evc_error *error);
int32_t evc_error_class(const evc_error *error);
const char *evc_error_message(const evc_error *error);
int32_t evc_error_is_retryable(const evc_error *error);
int64_t evc_error_retry_after_ms(const evc_error *error);
int32_t evc_error_http_status(const evc_error *error);
const char *evc_error_provider_code(const evc_error *error);
const char *evc_error_request_id(const evc_error *error);
const char *evc_error_key_state(const evc_error *error);
const evc_error *evc_error_cause(const evc_error *error);
void evc_error_free(evc_error *error); /* with its causes */

/* What errors.def says of a code or class. */
const char *evc_error_name(int32_t code);
const char *evc_error_text(int32_t code);
int32_t evc_error_class_of(int32_t code);
const char *evc_error_class_name(int32_t error_class);
/* CANCELED, TIMEOUT, NOMEM, FORKED: about the call itself and not about what was asked, so
 * that nothing goes on after it. */
bool evc_error_ends_call(int32_t code);
/* Trouble of a service, or of the way to it, that may be over when it is asked again; not a
 * change that a provider began and ended badly. */
bool evc_error_passes(int32_t code);

#endif
