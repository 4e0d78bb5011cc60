/* SPDX-License-Identifier: Apache-2.0 */
#include "envcrypt/error.h"

#include "base/err.h"

int32_t
envcrypt_error_code(const envcrypt_error *error)
{
    return evc_error_code(error);
}

int32_t
envcrypt_error_class(const envcrypt_error *error)
{
    return evc_error_class(error);
}

const char *
envcrypt_error_message(const envcrypt_error *error)
{
    return evc_error_message(error);
}

int32_t
envcrypt_error_is_retryable(const envcrypt_error *error)
{
    return evc_error_is_retryable(error);
}

int64_t
envcrypt_error_retry_after_ms(const envcrypt_error *error)
{
    return evc_error_retry_after_ms(error);
}

int32_t
envcrypt_error_http_status(const envcrypt_error *error)
{
    return evc_error_http_status(error);
}

const char *
envcrypt_error_provider_code(const envcrypt_error *error)
{
    return evc_error_provider_code(error);
}

const char *
envcrypt_error_request_id(const envcrypt_error *error)
{
    return evc_error_request_id(error);
}

const char *
envcrypt_error_key_state(const envcrypt_error *error)
{
    return evc_error_key_state(error);
}

const envcrypt_error *
envcrypt_error_cause(const envcrypt_error *error)
{
    return evc_error_cause(error);
}

void
envcrypt_error_free(envcrypt_error *error)
{
    evc_error_free(error);
}

const char *
envcrypt_error_name(int32_t code)
{
    return evc_error_name(code);
}

const char *
envcrypt_error_text(int32_t code)
{
    return evc_error_text(code);
}

int32_t
envcrypt_error_class_of(int32_t code)
{
    return evc_error_class_of(code);
}

const char *
envcrypt_error_class_name(int32_t error_class)
{
    return evc_error_class_name(error_class);
}
