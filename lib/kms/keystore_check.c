/* SPDX-License-Identifier: Apache-2.0 */
#include "kms/keystore_check.h"

#include "base/mem.h"
#include "kms/protector_types.h"
#include "kms/unlock.h"

void
evc_keystore_report_free(evc_keystore_report *report)
{
    if (!report)
        return;
    for (size_t i = 0; report->reasons && i < report->data->protector_count; i++)
        evc_mem_free(report->reasons[i]);
    evc_store_data_unref(report->data);
    evc_mem_free((void *)report->reasons);
    evc_mem_free(report->opens);
    evc_mem_free(report);
}

/* One protector, by what was presented. A key service that is away is a finding: the
 * reason, and EVC_NOT_AUTHENTIC. */
static int
try_one(evc_crypto *crypto, const evc_store_text *text, size_t at,
        const evc_protectors *presented, evc_wait *wait, evc_keystore_report *report,
        evc_store_keys *keys, bool *damaged, evc_error **err)
{
    const evc_protector_type *type =
        evc_protector_types_find(report->data->protectors[at].type);
    evc_error *error = NULL;
    int rc = evc_unlock_verified(crypto, text, report->data, at, presented, wait, keys,
                                 damaged, &error);

    if (rc < 0 && evc_unlock_goes_on(type, rc, wait)) {
        report->reasons[at] = evc_mem_strdup(evc_error_message(error));
        rc = EVC_NOT_AUTHENTIC;
    }
    if (rc < 0)
        evc_err_add_cause(err, error);
    else
        evc_error_free(error);
    return rc;
}

/* Fills in opens; keys gets those of the last protector that opened, if any. */
static int
try_protectors(evc_crypto *crypto, const evc_store_text *text,
               const evc_protectors *presented, evc_wait *wait,
               evc_keystore_report *report, evc_store_keys *keys, evc_error **err)
{
    bool damaged = false;
    bool opened = false;

    for (size_t i = 0; i < report->data->protector_count; i++) {
        evc_store_keys found = {0};
        int rc =
            try_one(crypto, text, i, presented, wait, report, &found, &damaged, err);

        if (rc == EVC_NOT_AUTHENTIC)
            continue;
        if (rc)
            return rc;
        evc_store_keys_reset(keys);
        *keys = found;
        report->opens[i] = true;
        opened = true;
    }
    return damaged && !opened ? evc_unlock_damaged(text->path, err) : 0;
}

/* Counts a version that is not destroyed as good or broken. */
static int
try_version(const evc_store_keys *keys, evc_keystore_report *report,
            const evc_store_key *key, const evc_store_version *version, evc_error **err)
{
    evc_secret material = {0};
    int rc;

    if (version->state == ENVCRYPT_KEY_DESTROYED)
        return 0;
    rc = evc_store_keys_unwrap(keys, report->data, key, version, &material, err);
    evc_secret_free(&material);
    if (rc && rc != EVC_NOT_AUTHENTIC)
        return rc;
    if (rc)
        report->broken++;
    else
        report->good++;
    return 0;
}

static int
try_versions(const evc_store_keys *keys, evc_keystore_report *report, evc_error **err)
{
    int rc = 0;

    for (size_t i = 0; !rc && i < report->data->key_count; i++) {
        const evc_store_key *key = &report->data->keys[i];

        for (size_t v = 0; !rc && v < key->count; v++)
            rc = try_version(keys, report, key, &key->versions[v], err);
    }
    return rc;
}

static int
check_text(evc_crypto *crypto, const evc_store_text *text,
           const evc_protectors *presented, const uint8_t *pin, evc_wait *wait,
           evc_keystore_report *report, evc_error **err)
{
    evc_store_keys keys = {0};
    int rc = evc_store_read_head(text, &report->data, err);

    if (rc)
        return rc;
    report->opens = evc_mem_new_array(report->data->protector_count, sizeof(bool));
    report->reasons =
        evc_mem_new_array(report->data->protector_count, sizeof(*report->reasons));
    if (!report->opens || !report->reasons)
        return evc_err_nomem(err);
    rc = try_protectors(crypto, text, presented, wait, report, &keys, err);
    if (!rc && pin && keys.secret.bytes)
        rc = evc_keystore_check_pin(&keys, text->path, pin, err);
    if (!rc)
        rc = evc_store_read_keys(text, report->data, err);
    if (!rc && keys.secret.bytes)
        rc = try_versions(&keys, report, err);
    evc_store_keys_reset(&keys);
    return rc;
}

static int
check_file(evc_crypto *crypto, const char *path, const evc_protectors *presented,
           const uint8_t *pin, evc_wait *wait, evc_keystore_report *report,
           evc_error **err)
{
    evc_store_text text = {0};
    evc_buf file;
    int rc;

    evc_buf_init(&file);
    rc = evc_store_file_read(path, &file, err);
    if (!rc)
        rc = evc_store_text_open(evc_buf_view(&file), path, &text, err);
    if (!rc)
        rc = check_text(crypto, &text, presented, pin, wait, report, err);
    evc_store_text_close(&text);
    evc_buf_reset(&file);
    return rc;
}

int
evc_keystore_check(evc_crypto *crypto, const char *path,
                   const evc_protectors *protectors, const char *fingerprint,
                   evc_wait *wait, evc_keystore_report **out, evc_error **err)
{
    uint8_t pin[EVC_STORE_FINGERPRINT];
    evc_keystore_report *report;
    int rc = 0;

    *out = NULL;
    if (fingerprint)
        rc = evc_keystore_parse_pin(fingerprint, pin, err);
    if (rc)
        return rc;
    report = evc_mem_new(sizeof *report);
    if (!report)
        return evc_err_nomem(err);
    rc = check_file(crypto, path, protectors, fingerprint ? pin : NULL, wait, report,
                    err);
    if (rc) {
        evc_keystore_report_free(report);
        return rc;
    }
    *out = report;
    return 0;
}
