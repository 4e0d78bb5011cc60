/* SPDX-License-Identifier: Apache-2.0 */
#include "envelope/dek.h"

#include <string.h>

#include "base/fork.h"
#include "base/mem.h"
#include "crypto/random.h"

static int
check_size(size_t size, evc_error **err)
{
    if (size == 16 || size == 24 || size == 32)
        return 0;
    return evc_err(err, ENVCRYPT_E_ARGUMENT,
                   "a data key has 16, 24 or 32 bytes, not %zu", size);
}

static int
make(evc_crypto *crypto, size_t size, evc_dek **out, evc_error **err)
{
    evc_dek *dek;
    int rc = check_size(size, err);

    *out = NULL;
    if (rc)
        return rc;
    dek = evc_mem_new(sizeof(*dek));
    if (!dek)
        return evc_err_nomem(err);
    dek->generation = evc_fork_generation();
    dek->crypto = evc_crypto_ref(crypto);
    rc = evc_secret_new(evc_crypto_env(crypto)->arena, size, &dek->key, err);
    if (rc)
        evc_dek_free(dek);
    else
        *out = dek;
    return rc;
}

int
evc_dek_generate(evc_crypto *crypto, size_t size, evc_dek **out, evc_error **err)
{
    int rc = make(crypto, size, out, err);

    if (rc == 0)
        rc = evc_random_key(crypto, (*out)->key.bytes, size, err);
    if (rc) {
        evc_dek_free(*out);
        *out = NULL;
    }
    return rc;
}

int
evc_dek_import(evc_crypto *crypto, evc_view key, bool read_only, evc_dek **out,
               evc_error **err)
{
    int rc = make(crypto, key.size, out, err);

    if (rc)
        return rc;
    if (!read_only && evc_mem_is_zero(key.data, key.size)) {
        evc_dek_free(*out);
        *out = NULL;
        return evc_err(err, ENVCRYPT_E_BAD_DEK,
                       "a data key of zero bytes only is refused: it is what wiped "
                       "memory looks like");
    }
    memcpy((*out)->key.bytes, key.data, key.size);
    (*out)->read_only = read_only;
    return 0;
}

int
evc_dek_adopt(evc_crypto *crypto, evc_secret *key, evc_dek **out, evc_error **err)
{
    evc_dek *dek = evc_mem_new(sizeof(*dek));

    *out = NULL;
    if (!dek) {
        evc_secret_free(key);
        return evc_err_nomem(err);
    }
    dek->generation = evc_fork_generation();
    dek->crypto = evc_crypto_ref(crypto);
    dek->key = *key;
    *key = (evc_secret){0};
    *out = dek;
    return 0;
}

int
evc_dek_check(const evc_dek *dek, evc_error **err)
{
    int rc = evc_fork_check(dek->generation, "data key", err);

    if (rc == 0 && !dek->key.bytes)
        rc = evc_err(err, ENVCRYPT_E_DESTROYED,
                     "this data key was destroyed; unwrap its record again to use it");
    return rc;
}

/* A key that was taken for reading only may be any bytes, zeros as well. */
int
evc_dek_check_writable(const evc_dek *dek, evc_error **err)
{
    int rc;

    if (!dek)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "a data key cannot be wrapped: dek is NULL");
    rc = evc_dek_check(dek, err);
    if (rc == 0 && dek->read_only)
        rc = evc_err(err, ENVCRYPT_E_KEY_READ_ONLY,
                     "this data key was imported for reading only, so it is not "
                     "wrapped");
    return rc;
}

void
evc_dek_destroy(evc_dek *dek)
{
    evc_secret_free(&dek->key);
}

void
evc_dek_free(evc_dek *dek)
{
    if (!dek)
        return;
    evc_secret_free(&dek->key);
    evc_crypto_unref(dek->crypto);
    evc_mem_free(dek);
}
