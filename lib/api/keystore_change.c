/* SPDX-License-Identifier: Apache-2.0 */
#include "api/client.h"
#include "api/keystore.h"
#include "kms/keystore_ops.h"

/* Last in every call that writes a store: a line of the log when it did. Returns rc. */
static int
end(const envcrypt_keystore *store, int rc, const char *done, const char *name)
{
    if (rc == 0)
        evc_log_write(&evc_crypto_env(store->crypto)->log, ENVCRYPT_LOG_INFO,
                      "the key store %s: %s%s%s", store->path, done, name ? " " : "",
                      name ? name : "");
    return rc;
}

int
envcrypt_keystore_add_key(envcrypt_keystore *store, const char *name, int32_t kind,
                          envcrypt_wait *wait, envcrypt_error **err)
{
    int rc = evc_keystore_check_call(store, name != NULL, err);

    if (rc != 0)
        return rc;
    return end(store, evc_keystore_add_key(store, name, kind, wait, err),
               "made the key", name);
}

int
envcrypt_keystore_import_aes(envcrypt_keystore *store, const char *name,
                             const char *name_space, const char *key_name,
                             const void *key, size_t size, uint32_t flags,
                             envcrypt_wait *wait, envcrypt_error **err)
{
    evc_store_import import = {.name = name,
                               .name_space = name_space,
                               .key_name = key_name,
                               .material = evc_view_of(key, size),
                               .writes = flags & ENVCRYPT_IMPORT_WRITE};
    int rc = evc_keystore_check_call(store, name && name_space && key_name && key, err);

    if (rc == 0 && (flags & ~ENVCRYPT_IMPORT_WRITE))
        rc = evc_err(err, ENVCRYPT_E_ARGUMENT,
                     "a key cannot be imported: a flag of import is not known");
    if (rc != 0)
        return rc;
    return end(store, evc_keystore_import(store, &import, wait, err),
               "imported the key", name);
}

int
envcrypt_keystore_rotate(envcrypt_keystore *store, const char *name, uint32_t *version,
                         envcrypt_wait *wait, envcrypt_error **err)
{
    int rc = evc_keystore_check_call(store, name != NULL, err);

    if (rc != 0)
        return rc;
    return end(store, evc_keystore_rotate(store, name, version, wait, err),
               "rotated the key", name);
}

int
envcrypt_keystore_set_enabled(envcrypt_keystore *store, const char *name,
                              uint32_t version, int32_t enabled, envcrypt_wait *wait,
                              envcrypt_error **err)
{
    int rc = evc_keystore_check_call(store, name != NULL, err);

    if (rc == 0 && enabled != 0 && enabled != 1)
        rc = evc_err(err, ENVCRYPT_E_ARGUMENT,
                     "a version is enabled by 1 or disabled by 0");
    if (rc != 0)
        return rc;
    return end(
        store, evc_keystore_set_enabled(store, name, version, enabled, wait, err),
        enabled ? "enabled a version of the key" : "disabled a version of the key",
        name);
}

int
envcrypt_keystore_destroy_version(envcrypt_keystore *store, const char *name,
                                  uint32_t version, const char *confirm,
                                  envcrypt_wait *wait, envcrypt_error **err)
{
    int rc = evc_keystore_check_call(store, name != NULL, err);

    if (rc != 0)
        return rc;
    return end(store,
               evc_keystore_destroy_version(store, name, version, confirm, wait, err),
               "destroyed a version of the key", name);
}

int
envcrypt_keystore_protect(envcrypt_keystore *store, const envcrypt_protectors *add,
                          envcrypt_wait *wait, envcrypt_error **err)
{
    int rc = evc_keystore_check_call(store, add != NULL, err);

    if (rc != 0)
        return rc;
    return end(store, evc_keystore_protect(store, add, wait, err), "added protectors",
               NULL);
}

int
envcrypt_keystore_rewrap(envcrypt_keystore *store, const char *ids,
                         const envcrypt_protectors *present, size_t *count,
                         envcrypt_wait *wait, envcrypt_error **err)
{
    int rc = evc_keystore_check_call(store, ids && present, err);

    if (count)
        *count = 0;
    if (rc != 0)
        return rc;
    return end(store, evc_keystore_rewrap(store, ids, present, wait, count, err),
               "wrapped its key anew for key services", NULL);
}

int
envcrypt_keystore_unprotect(envcrypt_keystore *store, const char *drop,
                            const envcrypt_protectors *present,
                            const envcrypt_protectors *replace, uint32_t flags,
                            envcrypt_wait *wait, envcrypt_error **err)
{
    evc_keystore_unprotect_args args = {.drop = drop,
                                        .present = present,
                                        .replace = replace,
                                        .keep_store_key =
                                            flags & ENVCRYPT_UNPROTECT_KEEP_STORE_KEY};
    int rc = evc_keystore_check_call(store, drop != NULL, err);

    if (rc == 0 && (flags & ~ENVCRYPT_UNPROTECT_KEEP_STORE_KEY))
        rc = evc_err(err, ENVCRYPT_E_ARGUMENT,
                     "protectors cannot be removed: a flag of unprotect is not known");
    if (rc != 0)
        return rc;
    return end(store, evc_keystore_unprotect(store, &args, wait, err),
               args.keep_store_key ? "removed protectors" : "re-keyed", NULL);
}

int
envcrypt_keystore_recover(envcrypt_client *client, const char *path,
                          const envcrypt_protectors *recovery, const char *fingerprint,
                          const char *confirm, const envcrypt_protectors *replace,
                          envcrypt_wait *wait, envcrypt_keystore **out,
                          envcrypt_error **err)
{
    evc_keystore_recover_args args = {.recovery = recovery,
                                      .fingerprint = fingerprint,
                                      .confirm = confirm,
                                      .replace = replace};
    int rc;

    evc_err_clear(err);
    if (out)
        *out = NULL;
    rc = evc_client_check(client, err);
    if (rc == 0 && (!out || !path || !recovery || !replace))
        rc = evc_err(err, ENVCRYPT_E_ARGUMENT,
                     "a key store cannot be recovered: path, recovery, replace or out "
                     "is NULL");
    if (rc != 0)
        return rc;
    rc = evc_keystore_recover(client->crypto, path, &args, wait, out, err);
    return rc ? rc : end(*out, 0, "recovered and re-keyed", NULL);
}
