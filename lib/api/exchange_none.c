/* SPDX-License-Identifier: Apache-2.0 */
/* A build without a network never hands an exchange out, so each one is NULL. */
#include "base/err.h"
#include "envcrypt/client.h"

const char *
envcrypt_exchange_method(const envcrypt_exchange *exchange)
{
    (void)exchange;
    return NULL;
}

const char *
envcrypt_exchange_url(const envcrypt_exchange *exchange)
{
    (void)exchange;
    return NULL;
}

size_t
envcrypt_exchange_header_count(const envcrypt_exchange *exchange)
{
    (void)exchange;
    return 0;
}

const char *
envcrypt_exchange_header_name(const envcrypt_exchange *exchange, size_t index)
{
    (void)exchange;
    (void)index;
    return NULL;
}

const char *
envcrypt_exchange_header_value(const envcrypt_exchange *exchange, size_t index)
{
    (void)exchange;
    (void)index;
    return NULL;
}

const void *
envcrypt_exchange_body(const envcrypt_exchange *exchange, size_t *size)
{
    (void)exchange;
    if (size)
        *size = 0;
    return "";
}

int64_t
envcrypt_exchange_timeout_ms(const envcrypt_exchange *exchange)
{
    (void)exchange;
    return 0;
}

int32_t
envcrypt_exchange_is_secret(const envcrypt_exchange *exchange)
{
    (void)exchange;
    return 0;
}

int32_t
envcrypt_exchange_is_abandoned(const envcrypt_exchange *exchange)
{
    (void)exchange;
    return 0;
}

static int
refuse(envcrypt_error **err)
{
    evc_err_clear(err);
    return evc_err(
        err, ENVCRYPT_E_ARGUMENT,
        "an exchange cannot be answered: this build of the library has none");
}

int
envcrypt_exchange_add_header(envcrypt_exchange *exchange, const char *name,
                             const char *value, envcrypt_error **err)
{
    (void)exchange;
    (void)name;
    (void)value;
    return refuse(err);
}

int
envcrypt_exchange_add_body(envcrypt_exchange *exchange, const void *bytes, size_t size,
                           envcrypt_error **err)
{
    (void)exchange;
    (void)bytes;
    (void)size;
    return refuse(err);
}

void
envcrypt_exchange_finish(envcrypt_exchange *exchange, int32_t code, int32_t status,
                         const char *message)
{
    (void)exchange;
    (void)code;
    (void)status;
    (void)message;
}
