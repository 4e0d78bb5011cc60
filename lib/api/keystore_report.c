/* SPDX-License-Identifier: Apache-2.0 */
#include "api/client.h"
#include "kms/keystore_check.h"

int
envcrypt_keystore_check(envcrypt_client *client, const char *path,
                        const envcrypt_protectors *protectors, const char *fingerprint,
                        envcrypt_wait *wait, envcrypt_keystore_report **out,
                        envcrypt_error **err)
{
    int rc;

    evc_err_clear(err);
    if (out)
        *out = NULL;
    rc = evc_client_check(client, err);
    if (rc == 0 && (!out || !path || !protectors))
        rc = evc_err(err, ENVCRYPT_E_ARGUMENT,
                     "a key store cannot be checked: path, protectors or out is NULL");
    if (rc != 0)
        return rc;
    return evc_keystore_check(client->crypto, path, protectors, fingerprint, wait, out,
                              err);
}

size_t
envcrypt_keystore_report_count(const envcrypt_keystore_report *report)
{
    return report ? report->data->protector_count : 0;
}

static const evc_protector *
protector_at(const envcrypt_keystore_report *report, size_t index)
{
    return report && index < report->data->protector_count
               ? &report->data->protectors[index]
               : NULL;
}

const char *
envcrypt_keystore_report_id(const envcrypt_keystore_report *report, size_t index)
{
    const evc_protector *of = protector_at(report, index);

    return of ? of->id_text : NULL;
}

int32_t
envcrypt_keystore_report_type(const envcrypt_keystore_report *report, size_t index)
{
    const evc_protector *of = protector_at(report, index);

    return of ? of->type : 0;
}

int32_t
envcrypt_keystore_report_opens(const envcrypt_keystore_report *report, size_t index)
{
    return protector_at(report, index) && report->opens[index];
}

const char *
envcrypt_keystore_report_reason(const envcrypt_keystore_report *report, size_t index)
{
    return protector_at(report, index) ? report->reasons[index] : NULL;
}

size_t
envcrypt_keystore_report_versions(const envcrypt_keystore_report *report,
                                  size_t *broken)
{
    if (broken)
        *broken = report ? report->broken : 0;
    return report ? report->good : 0;
}

void
envcrypt_keystore_report_free(envcrypt_keystore_report *report)
{
    evc_keystore_report_free(report);
}
