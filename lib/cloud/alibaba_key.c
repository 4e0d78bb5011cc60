/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/alibaba_key.h"

#include <string.h>

#include "base/fork.h"
#include "base/mem.h"

#define SECOND_MS 1000 /* EDKs tell whole ones */

int
evc_alibaba_key_new(evc_crypto *crypto, evc_alibaba_key **out, evc_error **err)
{
    evc_alibaba_key *key = evc_mem_new(sizeof(*key));

    *out = NULL;
    if (!key)
        return evc_err_nomem(err);
    if (pthread_mutex_init(&key->mutex, NULL) != 0) {
        evc_mem_free(key);
        return evc_err_nomem(err);
    }
    key->crypto = crypto;
    key->generation = evc_crypto_env(crypto)->generation;
    key->arena = evc_crypto_env(crypto)->arena;
    *out = key;
    return 0;
}

void
evc_alibaba_key_free(void *state)
{
    evc_alibaba_key *key = state;

    evc_peer_unref(key->cloud.peer);
    evc_alibaba_caller_reset(&key->caller);
    if (evc_fork_is_current(key->generation))
        (void)pthread_mutex_destroy(&key->mutex);
    evc_mem_free(key->arn);
    evc_mem_free(key);
}

int
evc_alibaba_key_pin(evc_alibaba_key *key, evc_view arn, evc_error **err)
{
    char text[EVC_ALIBABA_ARN_MAX + 1];
    evc_buf b;
    int rc;

    evc_buf_init_fixed(&b, text, sizeof(text));
    evc_buf_put_view(&b, arn);
    evc_buf_put_u8(&b, 0);
    rc = evc_buf_check(&b, err);
    if (rc)
        return rc;
    key->arn = evc_mem_strdup(text);
    if (!key->arn)
        return evc_err_nomem(err);
    if (evc_alibaba_arn_parse(evc_view_text(key->arn), &key->parts))
        return 0;
    return evc_err(err, ENVCRYPT_E_INTERNAL, "\"%s\" was pinned and is no ARN of a key",
                   key->arn);
}

bool
evc_alibaba_key_claims(const evc_alibaba_key *key, const evc_edk *edk,
                       evc_edk_service *info)
{
    return evc_view_is_text(edk->provider, EVC_ALIBABA_PROVIDER) &&
           evc_edk_service_parse(edk->info, info) &&
           evc_view_is_text(info->key_id, key->arn);
}

/* --- versions --- */

bool
evc_alibaba_is_version(const char *text)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
    size_t size = strlen(text);

    return size > 0 && size <= EVC_EDK_VERSION_MAX && strspn(text, letters) == size;
}

void
evc_alibaba_key_learn(evc_alibaba_key *key, const char *version, int64_t now_ms)
{
    if (!version || !evc_alibaba_is_version(version))
        return;
    (void)pthread_mutex_lock(&key->mutex);
    memcpy(key->version, version, strlen(version) + 1);
    key->seen_ms = now_ms;
    (void)pthread_mutex_unlock(&key->mutex);
}

bool
evc_alibaba_key_is_old(evc_alibaba_key *key, const char *version, int64_t wrapped_ms)
{
    bool old;

    (void)pthread_mutex_lock(&key->mutex);
    old = version[0] && key->version[0] && strcmp(key->version, version) != 0 &&
          wrapped_ms + SECOND_MS < key->seen_ms;
    (void)pthread_mutex_unlock(&key->mutex);
    return old;
}
