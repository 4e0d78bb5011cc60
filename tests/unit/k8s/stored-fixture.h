/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the tests of opening and sealing share: a set of keys, and a key service that "wraps"
 * by turning bits round and counts its calls. It is custom, or stands for a cloud's.
 */
#ifndef EVC_TESTS_STORED_FIXTURE_H
#define EVC_TESTS_STORED_FIXTURE_H

#include "base/encode.h"
#include "evc-check.h"
#include "k8s/stored_keys.h"
#include "kms/keys.h"
#include "kms/kms.h"
#include "stored-vectors.h"

#define ETCD_KEY evc_view_text(STORED_ETCD_KEY)
#define KEY_16 "a key of 16 byte"
#define KEY_32 "a raw key of thirty-two bytes..."

static evc_env *env;
static evc_crypto *crypto;
static evc_stored_keys *keys;

/* What a service does. */
typedef struct turning {
    int code;           /* of its failure; 0 = it works */
    int wraps, unwraps; /* calls */
    size_t grow;        /* bytes of no meaning behind what it wraps */
} turning;

static inline void
turn(evc_kms *kms, evc_call *call)
{
    turning *t = kms->state;
    bool unwraps = call->operation == ENVCRYPT_OP_UNWRAP;
    evc_view in = unwraps ? call->edk.ciphertext : call->input;
    evc_error *failure = NULL;
    int rc = t->code;

    (*(unwraps ? &t->unwraps : &t->wraps))++;
    if (unwraps)
        in.size -= t->grow;
    if (!rc && unwraps)
        rc = evc_secret_new(env->arena, in.size, &call->key, NULL);
    for (size_t i = 0; !rc && unwraps && i < in.size; i++)
        call->key.bytes[i] = (uint8_t)~in.data[i];
    for (size_t i = 0; !rc && !unwraps && i < in.size; i++)
        evc_buf_put_u8(&call->wrapped.ciphertext, (uint8_t)~in.data[i]);
    if (!rc && !unwraps) {
        (void)evc_buf_extend(&call->wrapped.ciphertext, t->grow);
        evc_buf_put_text(&call->wrapped.provider, kms->provider);
        evc_buf_put_text(&call->wrapped.info, kms->key_id);
    }
    if (rc)
        rc = evc_err(&failure, rc, "the service fails, as it was told");
    evc_call_finish(call, rc, failure);
}

static inline bool
turn_claims(const evc_kms *kms, const evc_edk *edk)
{
    evc_edk_service info;

    if (!evc_view_is_text(edk->provider, kms->provider))
        return false;
    return evc_view_is_text(edk->info, kms->key_id) ||
           (evc_edk_service_parse(edk->info, &info) &&
            evc_view_is_text(info.key_id, kms->key_id));
}

static inline void
turn_close(void *state)
{
    (void)state;
}

static const evc_backend turning_backend = {
    .close = turn_close,
    .claims = turn_claims,
    .start = turn,
    .at_once = true,
};

static inline evc_kms *
open_turning(turning *t, const char *provider, const char *key_id)
{
    evc_kms *kms;

    EVC_CHECK_OK(evc_kms_new(crypto, &turning_backend, t, provider, key_id,
                             ENVCRYPT_OP_WRAP | ENVCRYPT_OP_UNWRAP, &kms, NULL));
    return kms;
}

static inline void
add_turning(turning *t, const char *name, const char *form, const char *provider)
{
    evc_kms *kms = open_turning(t, provider, "arn:k");

    EVC_CHECK_OK(evc_stored_keys_add_kms(keys, name, form, kms, NULL, NULL));
    evc_kms_unref(kms);
}

static inline void
add_local(evc_stored_provider provider, const char *name, const char *bytes)
{
    EVC_CHECK_OK(evc_stored_keys_add(keys, provider, name, evc_view_text(bytes), NULL));
}

static void
open_fixture(void)
{
    EVC_CHECK_OK(evc_env_open(EVC_ARENA_LIMIT, false, NULL, NULL, &env, NULL));
    EVC_CHECK_OK(evc_crypto_open(env, &crypto, NULL));
    EVC_CHECK_OK(evc_stored_keys_new(crypto, &keys, NULL));
}

static void
close_fixture(void)
{
    evc_stored_keys_free(keys);
    evc_crypto_unref(crypto);
    evc_env_unref(env);
}

static inline void
stored_add(Suite *suite, const char *name, const TTest *const *tests)
{
    TCase *tcase = tcase_create(name);

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, open_fixture, close_fixture);
    for (; *tests; tests++)
        tcase_add_test(tcase, *tests);
    suite_add_tcase(suite, tcase);
}

static inline void
put_hex(evc_buf *out, const char *text)
{
    size_t size = strlen(text) / 2;

    EVC_CHECK_OK(
        evc_decode_hex(evc_view_text(text), evc_buf_extend(out, size), size, NULL));
}

#endif
