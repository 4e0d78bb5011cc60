/* SPDX-License-Identifier: Apache-2.0 */
#include "net/hosted.h"

#include "envcrypt/client.h"

const char *
envcrypt_exchange_method(const envcrypt_exchange *exchange)
{
    return exchange ? evc_hosted_method(exchange) : NULL;
}

const char *
envcrypt_exchange_url(const envcrypt_exchange *exchange)
{
    return exchange ? evc_hosted_url(exchange) : NULL;
}

size_t
envcrypt_exchange_header_count(const envcrypt_exchange *exchange)
{
    return exchange ? evc_hosted_header_count(exchange) : 0;
}

const char *
envcrypt_exchange_header_name(const envcrypt_exchange *exchange, size_t index)
{
    const evc_header *header = exchange ? evc_hosted_header(exchange, index) : NULL;

    return header ? header->name : NULL;
}

const char *
envcrypt_exchange_header_value(const envcrypt_exchange *exchange, size_t index)
{
    const evc_header *header = exchange ? evc_hosted_header(exchange, index) : NULL;

    return header ? header->value : NULL;
}

const void *
envcrypt_exchange_body(const envcrypt_exchange *exchange, size_t *size)
{
    evc_view body = exchange ? evc_hosted_body(exchange) : evc_view_of(NULL, 0);

    if (size)
        *size = body.size;
    return body.size ? (const void *)body.data : "";
}

int64_t
envcrypt_exchange_timeout_ms(const envcrypt_exchange *exchange)
{
    return exchange ? evc_hosted_timeout_ms(exchange) : 0;
}

int32_t
envcrypt_exchange_is_secret(const envcrypt_exchange *exchange)
{
    return exchange && evc_hosted_is_secret(exchange);
}

int32_t
envcrypt_exchange_is_abandoned(const envcrypt_exchange *exchange)
{
    return exchange && evc_hosted_is_abandoned(exchange);
}

static int
begin_add(const envcrypt_exchange *exchange, bool given, envcrypt_error **err)
{
    evc_err_clear(err);
    if (exchange && given)
        return 0;
    return evc_err(err, ENVCRYPT_E_ARGUMENT,
                   "an exchange cannot be answered: it or what is added is NULL");
}

int
envcrypt_exchange_add_header(envcrypt_exchange *exchange, const char *name,
                             const char *value, envcrypt_error **err)
{
    int rc = begin_add(exchange, name && value, err);

    return rc ? rc : evc_hosted_add_header(exchange, name, evc_view_text(value), err);
}

int
envcrypt_exchange_add_body(envcrypt_exchange *exchange, const void *bytes, size_t size,
                           envcrypt_error **err)
{
    int rc = begin_add(exchange, bytes != NULL, err);

    return rc ? rc : evc_hosted_add_body(exchange, evc_view_of(bytes, size), err);
}

void
envcrypt_exchange_finish(envcrypt_exchange *exchange, int32_t code, int32_t status,
                         const char *message)
{
    if (exchange)
        evc_hosted_finish(exchange, code, status, message);
}
