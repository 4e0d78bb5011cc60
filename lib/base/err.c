/* SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"

/* Here they are the functions that they call. */
#undef evc_err
#undef evc_err_wrap
#undef evc_err_nomem
#undef evc_err_errno

struct envcrypt_error {
    int32_t code;
    int32_t http_status;
    int64_t retry_after_ms;
    bool retryable;
    char *provider_code;
    char *request_id;
    char *key_state;
    struct envcrypt_error *cause;
    const char *message; /* room, or static text */
    char room[];
};

/* Never written and never freed, so that any thread may hold it. */
static struct envcrypt_error out_of_memory = {
    .code = ENVCRYPT_E_NOMEM,
    .retry_after_ms = -1,
    .message = "out of memory",
};

typedef struct entry {
    const char *name;
    const char *text;
    int32_t error_class;
} entry;

/* By number; gaps and retired numbers are empty. */
static const entry errors[] = {
#define EVC_ERROR(name, number, error_class, sentence) \
    [number] = {"ENVCRYPT_E_" #name, sentence, ENVCRYPT_CLASS_##error_class},
#include "base/errors.def"
};

static const char *const classes[] = {
#define EVC_CLASS(name, number, meaning) [number] = #name,
#include "base/errors.def"
};

static const entry *
find(int32_t code)
{
    size_t number = code < 0 ? (size_t) - (int64_t)code : 0;

    if (number >= sizeof(errors) / sizeof(errors[0]) || !errors[number].name)
        return NULL;
    return &errors[number];
}

const char *
evc_error_name(int32_t code)
{
    const entry *found = find(code);

    if (code == 0)
        return "ENVCRYPT_OK";
    return found ? found->name : "ENVCRYPT_E_?";
}

const char *
evc_error_text(int32_t code)
{
    const entry *found = find(code);

    if (code == 0)
        return "success";
    return found ? found->text : "this version of the library has no such code";
}

int32_t
evc_error_class_of(int32_t code)
{
    const entry *found = find(code);

    if (code == 0)
        return 0;
    return found ? found->error_class : ENVCRYPT_CLASS_INTERNAL;
}

const char *
evc_error_class_name(int32_t error_class)
{
    size_t index = error_class > 0 ? (size_t)error_class : 0;

    if (index >= sizeof(classes) / sizeof(classes[0]) || !classes[index])
        return "?";
    return classes[index];
}

bool
evc_error_ends_call(int32_t code)
{
    return code == ENVCRYPT_E_CANCELED || code == ENVCRYPT_E_TIMEOUT ||
           code == ENVCRYPT_E_NOMEM || code == ENVCRYPT_E_FORKED;
}

bool
evc_error_passes(int32_t code)
{
    int32_t of = evc_error_class_of(code);

    return (of == ENVCRYPT_CLASS_UNAVAILABLE || of == ENVCRYPT_CLASS_THROTTLED) &&
           code != ENVCRYPT_E_CLUSTER_FAILED && code != ENVCRYPT_E_MIGRATION;
}

static evc_error *make(int code, const char *format, va_list args) EVC_PRINTF(2, 0);

/* NULL when memory is out. */
static evc_error *
make(int code, const char *format, va_list args)
{
    int32_t error_class = evc_error_class_of(code);
    va_list again;
    evc_error *error = NULL;
    int size;

    va_copy(again, args);
    size = vsnprintf(NULL, 0, format, args);
    if (size < 0)
        goto out;
    error = evc_mem_new(sizeof(*error) + (size_t)size + 1);
    if (!error)
        goto out;
    (void)vsnprintf(error->room, (size_t)size + 1, format, again);
    evc_utf8_clean(error->room); /* paths and names of others may hold anything */
    error->message = error->room;
    error->code = code;
    error->retry_after_ms = -1;
    error->retryable = error_class == ENVCRYPT_CLASS_THROTTLED ||
                       error_class == ENVCRYPT_CLASS_UNAVAILABLE;
out:
    va_end(again);
    return error;
}

int
evc_err(evc_error **err, int code, const char *format, ...)
{
    va_list args;
    evc_error *error;

    if (!err)
        return code;
    va_start(args, format);
    error = make(code, format, args);
    va_end(args);
    evc_error_free(*err);
    *err = error ? error : &out_of_memory;
    return code;
}

int
evc_err_wrap(evc_error **err, int code, const char *format, ...)
{
    va_list args;
    evc_error *error;

    if (!err)
        return code;
    va_start(args, format);
    error = make(code, format, args);
    va_end(args);
    if (error) {
        error->cause = *err;
        *err = error;
    } else {
        evc_error_free(*err);
        *err = &out_of_memory;
    }
    return code;
}

int
evc_err_nomem(evc_error **err)
{
    if (err) {
        evc_error_free(*err);
        *err = &out_of_memory;
    }
    return ENVCRYPT_E_NOMEM;
}

static int
code_of_errno(int errnum)
{
    switch (errnum) {
    case ENOENT:
    case ENOTDIR:
        return ENVCRYPT_E_FILE_NOT_FOUND;
    case EEXIST:
        return ENVCRYPT_E_FILE_EXISTS;
    case EACCES:
    case EPERM:
    case EROFS:
        return ENVCRYPT_E_FILE_DENIED;
    case ELOOP:
    case EISDIR:
        return ENVCRYPT_E_FILE_TYPE;
    case ENOSPC:
    case EDQUOT:
        return ENVCRYPT_E_NO_SPACE;
    case EPIPE:
        return ENVCRYPT_E_PIPE_CLOSED;
    case ENOMEM:
        return ENVCRYPT_E_NOMEM;
    default:
        return ENVCRYPT_E_IO;
    }
}

int
evc_err_errno(evc_error **err, int errnum, const char *what, const char *path)
{
    char reason[128];

    if (!err)
        return code_of_errno(errnum);
    if (errnum == ELOOP) /* the system's words do not tell what is wrong */
        return evc_err(err, code_of_errno(errnum),
                       "cannot %s %s: it is a symbolic link; name the file that it "
                       "points to",
                       what, path);
    if (strerror_r(errnum, reason, sizeof(reason)) != 0)
        (void)snprintf(reason, sizeof(reason), "system error %d", errnum);
    return evc_err(err, code_of_errno(errnum), "cannot %s %s: %s", what, path, reason);
}

void
evc_err_add_cause(evc_error **err, evc_error *other)
{
    evc_error **end = err;

    while (end && *end && *end != &out_of_memory)
        end = &(*end)->cause;
    if (end && !*end)
        *end = other;
    else
        evc_error_free(other);
}

void
evc_err_set_retry(evc_error *err, int retryable, int64_t retry_after_ms)
{
    if (!err || err == &out_of_memory)
        return;
    err->retryable = retryable != 0;
    err->retry_after_ms = retry_after_ms < 0 ? -1 : retry_after_ms;
}

static void
replace(char **text, const char *by)
{
    evc_mem_free(*text);
    *text = by ? evc_mem_strdup(by) : NULL;
    if (*text)
        evc_utf8_clean(*text);
}

void
evc_err_set_provider(evc_error *err, const char *provider_code, const char *request_id,
                     int http_status)
{
    if (!err || err == &out_of_memory)
        return;
    replace(&err->provider_code, provider_code);
    replace(&err->request_id, request_id);
    err->http_status = http_status;
}

void
evc_err_set_key_state(evc_error *err, const char *key_state)
{
    if (!err || err == &out_of_memory)
        return;
    replace(&err->key_state, key_state);
}

void
evc_err_set_facts_of(evc_error *err, const evc_error *of)
{
    evc_err_set_retry(err, evc_error_is_retryable(of), evc_error_retry_after_ms(of));
    evc_err_set_provider(err, evc_error_provider_code(of), evc_error_request_id(of),
                         evc_error_http_status(of));
    evc_err_set_key_state(err, evc_error_key_state(of));
}

void
evc_err_clear(evc_error **err)
{
    if (err)
        *err = NULL;
}

void
evc_err_drop(evc_error **err)
{
    if (!err)
        return;
    evc_error_free(*err);
    *err = NULL;
}

int32_t
evc_error_code(const evc_error *error)
{
    return error ? error->code : 0;
}

int32_t
evc_error_class(const evc_error *error)
{
    return evc_error_class_of(evc_error_code(error));
}

const char *
evc_error_message(const evc_error *error)
{
    return error ? error->message : "";
}

int32_t
evc_error_is_retryable(const evc_error *error)
{
    return error && error->retryable;
}

int64_t
evc_error_retry_after_ms(const evc_error *error)
{
    return error ? error->retry_after_ms : -1;
}

int32_t
evc_error_http_status(const evc_error *error)
{
    return error ? error->http_status : 0;
}

const char *
evc_error_provider_code(const evc_error *error)
{
    return error ? error->provider_code : NULL;
}

const char *
evc_error_request_id(const evc_error *error)
{
    return error ? error->request_id : NULL;
}

const char *
evc_error_key_state(const evc_error *error)
{
    return error ? error->key_state : NULL;
}

const evc_error *
evc_error_cause(const evc_error *error)
{
    return error ? error->cause : NULL;
}

void
evc_error_free(evc_error *error)
{
    while (error && error != &out_of_memory) {
        evc_error *cause = error->cause;

        evc_mem_free(error->provider_code);
        evc_mem_free(error->request_id);
        evc_mem_free(error->key_state);
        evc_mem_free(error);
        error = cause;
    }
}
