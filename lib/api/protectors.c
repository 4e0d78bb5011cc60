/* SPDX-License-Identifier: Apache-2.0 */
#include "kms/protectors.h"

#include "api/client.h"

int
envcrypt_protectors_new(envcrypt_client *client, envcrypt_protectors **out,
                        envcrypt_error **err)
{
    int rc;

    evc_err_clear(err);
    if (!out)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "a list of protectors cannot be made: out is NULL");
    *out = NULL;
    rc = evc_client_check(client, err);
    return rc == 0 ? evc_protectors_new(client->crypto, out, err) : rc;
}

void
envcrypt_protectors_free(envcrypt_protectors *protectors)
{
    evc_protectors_free(protectors);
}

/* First in every function that adds; given says whether no argument is missing. */
static int
begin_add(const envcrypt_protectors *protectors, bool given, envcrypt_error **err)
{
    evc_err_clear(err);
    if (!protectors || !given)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "a protector cannot be added: the list, or what is added, is "
                       "NULL");
    return evc_protectors_check(protectors, err);
}

int
envcrypt_protectors_add_passphrase(envcrypt_protectors *protectors,
                                   const void *passphrase, size_t size,
                                   envcrypt_error **err)
{
    int rc = begin_add(protectors, passphrase != NULL, err);

    if (rc != 0)
        return rc;
    return evc_protectors_add_passphrase(protectors, evc_view_of(passphrase, size),
                                         err);
}

int
envcrypt_protectors_add_key_file(envcrypt_protectors *protectors, const char *path,
                                 envcrypt_error **err)
{
    int rc = begin_add(protectors, path != NULL, err);

    return rc == 0 ? evc_protectors_add_key_file(protectors, path, err) : rc;
}

int
envcrypt_protectors_add_raw_key(envcrypt_protectors *protectors, const void *key,
                                size_t size, envcrypt_error **err)
{
    int rc = begin_add(protectors, key != NULL, err);

    if (rc != 0)
        return rc;
    return evc_protectors_add_raw_key(protectors, evc_view_of(key, size), err);
}

int
envcrypt_protectors_add_rsa_public(envcrypt_protectors *protectors, const char *pem,
                                   envcrypt_error **err)
{
    int rc = begin_add(protectors, pem != NULL, err);

    return rc == 0 ? evc_protectors_add_rsa_public(protectors, pem, err) : rc;
}

int
envcrypt_protectors_add_rsa_private(envcrypt_protectors *protectors, const char *pem,
                                    const char *passphrase, envcrypt_error **err)
{
    int rc = begin_add(protectors, pem != NULL, err);

    if (rc != 0)
        return rc;
    return evc_protectors_add_rsa_private(protectors, pem, passphrase, err);
}

int
envcrypt_protectors_add_kms(envcrypt_protectors *protectors, envcrypt_kms *kms,
                            envcrypt_error **err)
{
    int rc = begin_add(protectors, kms != NULL, err);

    return rc == 0 ? evc_protectors_add_kms(protectors, kms, err) : rc;
}

int
envcrypt_protectors_set_argon2(envcrypt_protectors *protectors, uint32_t passes,
                               uint32_t memory_kib, envcrypt_error **err)
{
    int rc;

    evc_err_clear(err);
    if (!protectors)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "the cost of Argon2id cannot be set: the list is NULL");
    rc = evc_protectors_check(protectors, err);
    return rc ? rc : evc_protectors_set_argon2(protectors, passes, memory_kib, err);
}
