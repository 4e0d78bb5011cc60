/* SPDX-License-Identifier: Apache-2.0 */
#include "kms/current.h"

static int
compare(evc_kms *kms, evc_view used, evc_wait *wait, int32_t *answer, evc_error **err)
{
    evc_key_info *info = NULL;
    int rc;

    if (used.size == 0 || !evc_kms_can(kms, ENVCRYPT_OP_DESCRIBE))
        return 0;
    rc = evc_kms_describe(kms, wait, &info, err);
    if (rc)
        return rc;
    if (info->current < info->count)
        *answer = evc_view_is_text(used, info->versions[info->current].id)
                      ? ENVCRYPT_YES
                      : ENVCRYPT_NO;
    evc_key_info_free(info);
    return 0;
}

int
evc_current_ask(evc_kms *kms, const evc_edk *edk, const evc_kv *context, evc_wait *wait,
                int32_t *answer, evc_error **err)
{
    evc_unwrapped about;
    evc_secret key;
    int rc;

    *answer = evc_kms_is_current(kms, edk);
    if (*answer != ENVCRYPT_UNKNOWN)
        return 0;
    rc = evc_kms_unwrap_about(kms, edk, context, 0, wait, NULL, &key, &about, err);
    evc_secret_free(&key);
    if (!rc && (about.stale || about.replacement.ciphertext.size > 0))
        *answer = ENVCRYPT_NO;
    else if (!rc)
        rc = compare(kms, evc_buf_view(&about.version), wait, answer, err);
    evc_unwrapped_reset(&about);
    return rc;
}
