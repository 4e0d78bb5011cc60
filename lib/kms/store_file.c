/* SPDX-License-Identifier: Apache-2.0 */
#include "kms/store_file.h"

#include "base/mem.h"
#include "base/replace.h"
#include "kms/store_reader.h"
#include "kms/store_writer.h"

int
evc_store_access_new(evc_crypto *crypto, const char *path, evc_store_keys *keys,
                     evc_store_access **out, evc_error **err)
{
    evc_store_access *access = evc_mem_new(sizeof *access);
    char *copy = evc_mem_strdup(path);

    *out = NULL;
    if (!access || !copy) {
        evc_mem_free(access);
        evc_mem_free(copy);
        evc_store_keys_reset(keys);
        return evc_err_nomem(err);
    }
    atomic_init(&access->refs, 1);
    access->crypto = evc_crypto_ref(crypto);
    access->path = copy;
    access->keys = *keys;
    *keys = (evc_store_keys){0};
    *out = access;
    return 0;
}

evc_store_access *
evc_store_access_ref(evc_store_access *access)
{
    atomic_fetch_add_explicit(&access->refs, 1, memory_order_relaxed);
    return access;
}

void
evc_store_access_unref(evc_store_access *access)
{
    if (!access ||
        atomic_fetch_sub_explicit(&access->refs, 1, memory_order_acq_rel) != 1)
        return;
    evc_store_keys_reset(&access->keys);
    evc_mem_free(access->path);
    evc_crypto_unref(access->crypto);
    evc_mem_free(access);
}

int
evc_store_file_read(const char *path, evc_buf *out, evc_error **err)
{
    return evc_file_read(path, EVC_STORE_FILE_MAX, EVC_FILE_PRIVATE, out, err);
}

/* Whether a protector still wraps the store key by the bytes that it had: then the
 * store was not re-keyed. */
static bool
shares_protector(const evc_store_data *a, const evc_store_data *b)
{
    for (size_t i = 0; i < a->protector_count; i++) {
        size_t at = evc_store_data_find_protector(b, a->protectors[i].id);

        if (at != EVC_STORE_NONE &&
            evc_protector_equal(&a->protectors[i], &b->protectors[at]))
            return true;
    }
    return false;
}

static int
not_authentic(const evc_store_access *access, const evc_store_data *known,
              const evc_store_data *found, evc_error **err)
{
    if (!evc_view_equal(evc_view_of(known->id, sizeof known->id),
                        evc_view_of(found->id, sizeof found->id)))
        return evc_err(err, ENVCRYPT_E_STORE_CHANGED,
                       "another key store stands at %s now; open it again",
                       access->path);
    if (shares_protector(known, found))
        return evc_err(err, ENVCRYPT_E_STORE_MAC,
                       "the key store %s was changed outside of the library; restore a "
                       "good copy",
                       access->path);
    return evc_err(err, ENVCRYPT_E_STORE_CHANGED,
                   "the key store %s was re-keyed by another process; open it again",
                   access->path);
}

static int
load_text(const evc_store_access *access, const evc_store_data *known,
          const evc_store_text *text, evc_store_data **out, evc_error **err)
{
    int rc = evc_store_read_head(text, out, err);

    if (rc)
        return rc;
    rc = evc_store_keys_verify(&access->keys, text->covered, text->mac, err);
    if (rc == EVC_NOT_AUTHENTIC)
        rc = not_authentic(access, known, *out, err);
    if (!rc)
        rc = evc_store_read_keys(text, *out, err);
    if (rc) {
        evc_store_data_unref(*out);
        *out = NULL;
    }
    return rc;
}

int
evc_store_load(const evc_store_access *access, const evc_store_data *known,
               evc_store_data **out, evc_error **err)
{
    evc_store_text text = {0};
    evc_buf file;
    int rc;

    *out = NULL;
    evc_buf_init(&file);
    rc = evc_store_file_read(access->path, &file, err);
    if (!rc)
        rc = evc_store_text_open(evc_buf_view(&file), access->path, &text, err);
    if (!rc)
        rc = load_text(access, known, &text, out, err);
    evc_store_text_close(&text);
    evc_buf_reset(&file);
    return rc;
}

static int
replace_file(const char *path, evc_view bytes, bool exclusive, evc_error **err)
{
    evc_replace replace = {0};
    int rc = evc_replace_open(&replace, path, err);

    if (rc)
        return rc;
    rc = evc_replace_write(&replace, bytes, err);
    if (!rc)
        return evc_replace_commit(&replace, exclusive, !exclusive, err);
    evc_replace_abort(&replace);
    return rc;
}

int
evc_store_save(const evc_store_keys *keys, const evc_store_data *data, const char *path,
               bool exclusive, evc_error **err)
{
    uint8_t mac[EVC_STORE_MAC];
    evc_buf file;
    int rc;

    evc_buf_init(&file);
    rc = evc_store_write(data, &file, err);
    if (!rc)
        rc = evc_store_keys_mac(keys, evc_buf_view(&file), mac, err);
    if (rc)
        goto out;
    evc_store_write_mac(mac, &file);
    rc = evc_buf_check(&file, err);
    if (!rc && file.size > EVC_STORE_FILE_MAX)
        rc = evc_err(err, ENVCRYPT_E_FILE_TOO_LARGE,
                     "the key store %s would grow past %u bytes; use a second store",
                     path, EVC_STORE_FILE_MAX);
    if (!rc)
        rc = replace_file(path, evc_buf_view(&file), exclusive, err);
out:
    evc_buf_reset(&file);
    return rc;
}

int
evc_store_txn_begin(evc_store_txn *txn, const evc_store_access *access,
                    const evc_store_data *known, evc_wait *wait, evc_error **err)
{
    int rc;

    *txn = (evc_store_txn){.access = access, .lock = {.fd = -1}};
    rc = evc_file_lock_take(&txn->lock, access->path, wait, err);
    if (rc)
        return rc;
    rc = evc_store_load(access, known, &txn->data, err);
    if (rc)
        evc_store_txn_abort(txn);
    return rc;
}

int
evc_store_txn_commit(evc_store_txn *txn, const evc_store_keys *keys,
                     evc_store_data **data, evc_error **err)
{
    int rc = evc_store_save(keys ? keys : &txn->access->keys, txn->data,
                            txn->access->path, false, err);

    if (!rc) {
        evc_store_data_unref(*data);
        *data = txn->data;
        txn->data = NULL;
    }
    evc_store_txn_abort(txn);
    return rc;
}

void
evc_store_txn_abort(evc_store_txn *txn)
{
    evc_file_lock_drop(&txn->lock);
    evc_store_data_unref(txn->data);
    txn->data = NULL;
}
