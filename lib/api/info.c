/* SPDX-License-Identifier: Apache-2.0 */
#include "envelope/info.h"

#include "base/fork.h"
#include "base/mem.h"
#include "kms/current.h"

int
envcrypt_inspect(const void *data, size_t size, const envcrypt_message_config *config,
                 envcrypt_message_info **out, envcrypt_error **err)
{
    evc_err_clear(err);
    if (out)
        *out = NULL;
    if (!out || (!data && size))
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "a message cannot be inspected: data or out is NULL");
    return evc_info_inspect(evc_view_of(data, size), evc_config_or_default(config), out,
                            err);
}

void
envcrypt_message_info_free(envcrypt_message_info *info)
{
    evc_info_free(info);
}

int32_t
envcrypt_message_info_is_verified(const envcrypt_message_info *info)
{
    return info && info->verified;
}

int32_t
envcrypt_message_info_version(const envcrypt_message_info *info)
{
    return info && info->suite ? info->suite->format : 0;
}

int32_t
envcrypt_message_info_suite(const envcrypt_message_info *info)
{
    return info && info->suite ? info->suite->id : 0;
}

uint32_t
envcrypt_message_info_frame_length(const envcrypt_message_info *info)
{
    return info ? info->frame_length : 0;
}

size_t
envcrypt_message_info_header_size(const envcrypt_message_info *info)
{
    return info ? info->header_size : 0;
}

const void *
envcrypt_message_info_id(const envcrypt_message_info *info, size_t *size)
{
    if (size)
        *size = info && info->suite ? info->suite->id_size : 0;
    return info ? info->id : NULL;
}

const void *
envcrypt_message_info_commitment(const envcrypt_message_info *info, size_t *size)
{
    bool commits = info && info->suite && info->suite->commits;

    if (size)
        *size = commits ? sizeof(info->commitment) : 0;
    return commits ? info->commitment : NULL;
}

int32_t
envcrypt_message_info_purpose(const envcrypt_message_info *info)
{
    return info ? info->purpose : 0;
}

const envcrypt_context *
envcrypt_message_info_context(const envcrypt_message_info *info)
{
    return info ? &info->context : NULL;
}

size_t
envcrypt_message_info_edks(const envcrypt_message_info *info)
{
    return info ? info->edk_count : 0;
}

static const evc_info_edk *
edk_at(const envcrypt_message_info *info, size_t edk)
{
    return info && edk < info->edk_count ? &info->edks[edk] : NULL;
}

const char *
envcrypt_message_info_edk_provider(const envcrypt_message_info *info, size_t edk,
                                   size_t *size)
{
    const evc_info_edk *found = edk_at(info, edk);

    if (size)
        *size = found ? found->edk.provider.size : 0;
    return found ? found->provider : NULL;
}

const char *
envcrypt_message_info_edk_key_id(const envcrypt_message_info *info, size_t edk,
                                 size_t *size)
{
    const evc_info_edk *found = edk_at(info, edk);

    if (size)
        *size = found ? found->facts.key_id.size : 0;
    return found ? found->key_id : NULL;
}

/* The bytes have a NUL behind them, and are there when there are none. */
static const void *
bytes_of(evc_view view, size_t *size)
{
    if (size)
        *size = view.size;
    return view.data;
}

const void *
envcrypt_message_info_edk_info(const envcrypt_message_info *info, size_t edk,
                               size_t *size)
{
    const evc_info_edk *found = edk_at(info, edk);

    return bytes_of(found ? found->edk.info : evc_view_of(NULL, 0), size);
}

const void *
envcrypt_message_info_edk_ciphertext(const envcrypt_message_info *info, size_t edk,
                                     size_t *size)
{
    const evc_info_edk *found = edk_at(info, edk);

    return bytes_of(found ? found->edk.ciphertext : evc_view_of(NULL, 0), size);
}

const char *
envcrypt_message_info_edk_key_version(const envcrypt_message_info *info, size_t edk)
{
    const evc_info_edk *found = edk_at(info, edk);

    return found && found->facts.key_version[0] ? found->facts.key_version : NULL;
}

int64_t
envcrypt_message_info_edk_wrapped_ms(const envcrypt_message_info *info, size_t edk)
{
    const evc_info_edk *found = edk_at(info, edk);

    return found ? found->facts.wrapped_ms : -1;
}

int32_t
envcrypt_message_info_edk_is_current(const envcrypt_message_info *info, size_t edk,
                                     envcrypt_keyring *keyring)
{
    if (!info || !keyring || !evc_fork_is_current(keyring->generation))
        return ENVCRYPT_UNKNOWN;
    return evc_info_edk_is_current(info, edk, keyring);
}

/* Asks the key of the EDK, under the stored pairs and those of extra. */
static int
ask_current(const evc_info_edk *edk, const envcrypt_message_info *info,
            envcrypt_keyring *keyring, const envcrypt_context *extra,
            envcrypt_wait *wait, int32_t *answer, envcrypt_error **err)
{
    evc_kms *kms = NULL;
    evc_kv whole;
    int rc;

    for (size_t i = 0; i < keyring->count && !kms; i++) {
        if (evc_kms_claims(keyring->keys[i], &edk->edk))
            kms = keyring->keys[i];
    }
    if (!kms)
        return 0;
    evc_kv_init(&whole);
    rc = evc_kv_copy(&whole, &info->context.pairs, err);
    for (size_t i = 0; rc == 0 && extra && i < extra->pairs.count; i++)
        rc = evc_kv_add(&whole, extra->pairs.pairs[i].name, extra->pairs.pairs[i].value,
                        err);
    if (rc == 0)
        rc = evc_current_ask(kms, &edk->edk, &whole, wait, answer, err);
    evc_kv_reset(&whole);
    return rc;
}

int
envcrypt_message_info_ask_current(const envcrypt_message_info *info, size_t edk,
                                  envcrypt_keyring *keyring,
                                  const envcrypt_context *context, envcrypt_wait *wait,
                                  int32_t *answer, envcrypt_error **err)
{
    int rc;

    evc_err_clear(err);
    if (answer)
        *answer = ENVCRYPT_UNKNOWN;
    if (!edk_at(info, edk) || !keyring || !answer)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "a wrapped key cannot be judged: info, keyring or answer is "
                       "NULL, or there is no encrypted data key of this number");
    rc = evc_fork_check(keyring->generation, "keyring", err);
    if (rc != 0)
        return rc;
    return ask_current(edk_at(info, edk), info, keyring, context, wait, answer, err);
}

int
envcrypt_message_info_needs_rewrap(const envcrypt_message_info *info,
                                   envcrypt_keyring *keyring, int64_t max_age_ms,
                                   int32_t *answer, envcrypt_error **err)
{
    int64_t now_ms;
    int rc;

    evc_err_clear(err);
    if (answer)
        *answer = ENVCRYPT_UNKNOWN;
    if (!info || !keyring || !answer)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "a message cannot be judged: info, keyring or answer is NULL");
    rc = evc_fork_check(keyring->generation, "keyring", err);
    if (rc != 0)
        return rc;
    now_ms = evc_clock_wall_ms(&evc_crypto_env(keyring->crypto)->clock);
    *answer = evc_info_needs_rewrap(info, keyring, now_ms, max_age_ms);
    return 0;
}

int
envcrypt_message_info_to_json(const envcrypt_message_info *info, envcrypt_buffer **out,
                              envcrypt_error **err)
{
    evc_buf json;
    int rc;

    evc_err_clear(err);
    if (out)
        *out = NULL;
    if (!info || !out)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "JSON cannot be made of an info: info or out is NULL");
    evc_buf_init(&json);
    rc = evc_info_to_json(info, &json, err);
    if (rc == 0)
        rc = evc_buf_publish(&json, out, err);
    evc_buf_reset(&json);
    return rc;
}
