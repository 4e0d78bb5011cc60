/* SPDX-License-Identifier: Apache-2.0 */
#include "kms/protectors.h"

#include <string.h>

#include "base/file.h"
#include "base/fork.h"
#include "base/mem.h"
#include "crypto/argon2.h"
#include "kms/backend.h"

int
evc_protectors_new(evc_crypto *crypto, evc_protectors **out, evc_error **err)
{
    evc_protectors *list = evc_mem_new(sizeof *list);

    *out = NULL;
    if (!list)
        return evc_err_nomem(err);
    list->generation = evc_fork_generation();
    list->crypto = evc_crypto_ref(crypto);
    list->passes = EVC_ARGON2_PASSES;
    list->memory_kib = EVC_ARGON2_KIB;
    *out = list;
    return 0;
}

static void
release(evc_presented *item)
{
    evc_secret_free(&item->secret);
    evc_rsa_unref(item->rsa);
    evc_kms_unref(item->kms);
}

void
evc_protectors_free(evc_protectors *list)
{
    if (!list)
        return;
    for (size_t i = 0; i < list->count; i++)
        release(&list->items[i]);
    evc_mem_free(list->items);
    evc_crypto_unref(list->crypto);
    evc_mem_free(list);
}

int
evc_protectors_check(const evc_protectors *list, evc_error **err)
{
    return evc_fork_check(list->generation, "list of protectors", err);
}

/* Moves item to the list; frees it when that fails. */
static int
append(evc_protectors *list, evc_presented *item, evc_error **err)
{
    evc_presented *items =
        evc_mem_grow(list->items, list->count, list->count + 1, sizeof *items);

    if (!items) {
        release(item);
        return evc_err_nomem(err);
    }
    items[list->count] = *item;
    list->items = items;
    list->count++;
    return 0;
}

/* 32 bytes that may protect. */
static int
check_key(evc_view key, const char *what, evc_error **err)
{
    if (key.size != EVC_PROTECTOR_KEY)
        return evc_err(err, ENVCRYPT_E_KEY_SIZE,
                       "%s that protects a key store has exactly %u bytes, not %zu",
                       what, EVC_PROTECTOR_KEY, key.size);
    if (evc_mem_is_zero(key.data, key.size))
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "%s of zero bytes protects nothing; give %u random bytes", what,
                       EVC_PROTECTOR_KEY);
    return 0;
}

static int
add_secret(evc_protectors *list, int32_t type, evc_view bytes, evc_error **err)
{
    evc_presented item = {.type = type};
    int rc = evc_protectors_check(list, err);

    if (!rc)
        rc = evc_secret_copy(evc_crypto_env(list->crypto)->arena, bytes, &item.secret,
                             err);
    if (rc)
        return rc;
    return append(list, &item, err);
}

int
evc_protectors_add_passphrase(evc_protectors *list, evc_view passphrase,
                              evc_error **err)
{
    if (passphrase.size < 1 || passphrase.size > EVC_PASSPHRASE_MAX)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "a passphrase has 1 to %u bytes, not %zu; choose another one",
                       EVC_PASSPHRASE_MAX, passphrase.size);
    return add_secret(list, ENVCRYPT_PROTECTOR_PASSPHRASE, passphrase, err);
}

int
evc_protectors_add_raw_key(evc_protectors *list, evc_view key, evc_error **err)
{
    int rc = check_key(key, "a raw key", err);

    return rc ? rc : add_secret(list, ENVCRYPT_PROTECTOR_RAW_KEY, key, err);
}

int
evc_protectors_add_key_file(evc_protectors *list, const char *path, evc_error **err)
{
    evc_buf content;
    int rc;

    evc_buf_init(&content);
    rc = evc_file_read(path, EVC_PROTECTOR_KEY, EVC_FILE_PRIVATE, &content, err);
    if (rc == ENVCRYPT_E_FILE_TOO_LARGE)
        rc = evc_err(err, ENVCRYPT_E_KEY_SIZE,
                     "the key file %s holds more than %u bytes, so it is no key", path,
                     EVC_PROTECTOR_KEY);
    if (!rc)
        rc = check_key(evc_buf_view(&content), "a key file", err);
    if (!rc)
        rc = add_secret(list, ENVCRYPT_PROTECTOR_KEY_FILE, evc_buf_view(&content), err);
    evc_buf_reset(&content);
    return rc;
}

static int
add_rsa(evc_protectors *list, evc_rsa *key, evc_error **err)
{
    evc_presented item = {.type = ENVCRYPT_PROTECTOR_RSA, .rsa = key};

    if (evc_rsa_bits(key) < EVC_PROTECTOR_RSA_BITS) {
        int rc = evc_err(err, ENVCRYPT_E_ARGUMENT,
                         "an RSA recovery key has %u bits or more, this one has %u; "
                         "make a larger one",
                         EVC_PROTECTOR_RSA_BITS, evc_rsa_bits(key));
        evc_rsa_unref(key);
        return rc;
    }
    return append(list, &item, err);
}

int
evc_protectors_add_rsa_public(evc_protectors *list, const char *pem, evc_error **err)
{
    evc_rsa *key = NULL;
    int rc = evc_protectors_check(list, err);

    if (!rc)
        rc = evc_rsa_from_public_pem(list->crypto, evc_view_text(pem), &key, err);
    return rc ? rc : add_rsa(list, key, err);
}

int
evc_protectors_add_rsa_private(evc_protectors *list, const char *pem,
                               const char *passphrase, evc_error **err)
{
    evc_rsa *key = NULL;
    int rc = evc_protectors_check(list, err);

    if (!rc)
        rc = evc_rsa_from_private_pem(list->crypto, evc_view_text(pem),
                                      evc_view_text(passphrase), &key, err);
    return rc ? rc : add_rsa(list, key, err);
}

int
evc_protectors_add_kms(evc_protectors *list, struct envcrypt_kms *kms, evc_error **err)
{
    evc_presented item = {.type = ENVCRYPT_PROTECTOR_KMS};
    int rc = evc_protectors_check(list, err);

    if (rc)
        return rc;
    item.kms = evc_kms_ref(kms);
    return append(list, &item, err);
}

int
evc_protectors_set_argon2(evc_protectors *list, uint32_t passes, uint32_t memory_kib,
                          evc_error **err)
{
    int rc = evc_argon2_check(passes, memory_kib, err);

    if (rc)
        return rc;
    list->passes = passes;
    list->memory_kib = memory_kib;
    return 0;
}
