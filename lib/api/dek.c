/* SPDX-License-Identifier: Apache-2.0 */
#include "envelope/dek.h"

#include <string.h>

#include "api/client.h"
#include "base/mem.h"

/* Stores NULL where the result goes; the client is good, or says why not. */
static int
begin(const envcrypt_client *client, envcrypt_dek **out, evc_error **err)
{
    evc_err_clear(err);
    if (!out)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "a data key cannot be made: out is NULL");
    *out = NULL;
    return evc_client_check(client, err);
}

int
envcrypt_dek_generate(envcrypt_client *client, size_t size, envcrypt_dek **out,
                      envcrypt_error **err)
{
    int rc = begin(client, out, err);

    return rc ? rc : evc_dek_generate(client->crypto, size, out, err);
}

int
envcrypt_dek_import(envcrypt_client *client, const void *key, size_t size,
                    uint32_t flags, envcrypt_dek **out, envcrypt_error **err)
{
    bool read_only = flags & ENVCRYPT_DEK_READ_ONLY;
    int rc = begin(client, out, err);

    if (rc != 0)
        return rc;
    if (!key)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "a data key cannot be imported: key is NULL");
    if (flags & ~ENVCRYPT_DEK_READ_ONLY)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "a data key cannot be imported with unknown flags 0x%x", flags);
    return evc_dek_import(client->crypto, evc_view_of(key, size), read_only, out, err);
}

size_t
envcrypt_dek_size(const envcrypt_dek *dek)
{
    return dek && evc_dek_check(dek, NULL) == 0 ? dek->key.size : 0;
}

int
envcrypt_dek_export(const envcrypt_dek *dek, void *out, size_t capacity, size_t *size,
                    envcrypt_error **err)
{
    int rc;

    evc_err_clear(err);
    if (size)
        *size = 0;
    if (!dek || (!out && capacity) || !size)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "a data key cannot be exported: dek, out or size is NULL");
    rc = evc_dek_check(dek, err);
    if (rc != 0)
        return rc;
    *size = dek->key.size;
    if (!out || capacity < dek->key.size)
        return evc_err(err, ENVCRYPT_E_BUFFER_TOO_SMALL,
                       "the data key has %zu bytes and the buffer %zu", dek->key.size,
                       capacity);
    memcpy(out, dek->key.bytes, dek->key.size);
    return 0;
}

void
envcrypt_dek_destroy(envcrypt_dek *dek)
{
    if (dek)
        evc_dek_destroy(dek);
}

void
envcrypt_dek_free(envcrypt_dek *dek)
{
    evc_dek_free(dek);
}
