/* SPDX-License-Identifier: Apache-2.0 */
#include "kms/backend.h"

#include "base/mem.h"

static evc_kms *
make(evc_crypto *crypto, const evc_backend *backend)
{
    evc_kms *kms = evc_mem_new(sizeof(*kms));

    if (!kms)
        return NULL;
    atomic_init(&kms->refs, 1);
    kms->generation = evc_crypto_env(crypto)->generation;
    kms->crypto = evc_crypto_ref(crypto);
    kms->backend = backend;
    kms->authenticated = true;
    return kms;
}

static int
watch_repeats(evc_kms *kms, evc_error **err)
{
    if (!(kms->operations & ENVCRYPT_OP_GENERATE))
        return 0;
    return evc_repeats_open(kms->crypto, &kms->repeats, err);
}

int
evc_kms_new(evc_crypto *crypto, const evc_backend *backend, void *state,
            const char *provider, const char *key_id, uint32_t operations,
            evc_kms **out, evc_error **err)
{
    evc_kms *kms = make(crypto, backend);
    int rc;

    *out = NULL;
    if (!kms)
        return evc_err_nomem(err);
    kms->operations = operations;
    kms->provider = evc_mem_strdup(provider);
    kms->key_id = evc_mem_strdup(key_id);
    if (kms->provider && kms->key_id)
        rc = watch_repeats(kms, err);
    else
        rc = evc_err_nomem(err);
    if (rc) {
        evc_kms_unref(kms);
        return rc;
    }
    kms->state = state;
    *out = kms;
    return 0;
}

int
evc_kms_new_by_uri(evc_crypto *crypto, struct evc_net *net, const evc_backend *backend,
                   const evc_uri *uri, const struct envcrypt_kms_config *config,
                   evc_wait *wait, evc_kms **out, evc_error **err)
{
    evc_kms *kms = make(crypto, backend);
    int rc;

    *out = NULL;
    if (!kms)
        return evc_err_nomem(err);
    kms->net = net;
    rc = backend->open(kms, uri, config, wait, err);
    kms->net = NULL;
    if (!rc)
        rc = watch_repeats(kms, err);
    if (rc) {
        evc_kms_unref(kms);
        return rc;
    }
    *out = kms;
    return 0;
}

evc_kms *
evc_kms_ref(evc_kms *kms)
{
    if (kms)
        atomic_fetch_add_explicit(&kms->refs, 1, memory_order_relaxed);
    return kms;
}

void
evc_kms_unref(evc_kms *kms)
{
    if (!kms || atomic_fetch_sub_explicit(&kms->refs, 1, memory_order_acq_rel) != 1)
        return;
    if (kms->state)
        kms->backend->close(kms->state);
    evc_repeats_close(kms->repeats);
    evc_mem_free(kms->provider);
    evc_mem_free(kms->key_id);
    evc_crypto_unref(kms->crypto);
    evc_mem_free(kms);
}

const char *
evc_backend_option(const evc_uri *uri, const struct envcrypt_kms_config *config,
                   const char *name)
{
    const evc_pair *pair = evc_kv_find(&uri->query, evc_view_text(name));

    if (!pair && config)
        pair = evc_kv_find(&config->options, evc_view_text(name));
    return pair ? (const char *)pair->value.data : NULL;
}
