/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the tests of lib/envelope share: an open evc_crypto for each test, a clock that
 * stands still unless a test moves it, and key services that count and obey.
 */
#ifndef EVC_TESTS_ENVELOPE_FIXTURE_H
#define EVC_TESTS_ENVELOPE_FIXTURE_H

#include <stdatomic.h>
#include <stdint.h>

#include "base/mem.h"
#include "crypto/crypto.h"
#include "envelope/keyring.h"
#include "evc-check.h"
#include "kms/call.h"
#include "kms/kms.h"

#define WALL_MS INT64_C(1700000000123)

static evc_env *env;
static evc_crypto *crypto;
static int64_t wall_ms;
static int64_t monotonic_ms;

static int64_t
tell_wall_ms(void *user)
{
    (void)user;
    return wall_ms;
}

static int64_t
tell_monotonic_ms(void *user)
{
    (void)user;
    return monotonic_ms;
}

static void
open_crypto(void)
{
    const evc_clock clock = {.wall_ms = tell_wall_ms,
                             .monotonic_ms = tell_monotonic_ms};

    wall_ms = WALL_MS;
    monotonic_ms = 1000;
    EVC_CHECK_OK(evc_env_open(EVC_ARENA_LIMIT, false, &clock, NULL, &env, NULL));
    EVC_CHECK_OK(evc_crypto_open(env, &crypto, NULL));
}

/* Every test gives back what it took from the arena. */
static void
close_crypto(void)
{
    evc_arena_status status;

    evc_arena_get_status(env->arena, &status);
    ck_assert_uint_eq(status.used_slots, 0);
    evc_crypto_unref(crypto);
    evc_env_unref(env);
}

/* As evc_check_add, with the fixture. */
static inline void
envelope_add(Suite *suite, const char *name, const TTest *const *tests)
{
    TCase *tcase = tcase_create(name);

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, open_crypto, close_crypto);
    for (; *tests; tests++)
        tcase_add_test(tcase, *tests);
    suite_add_tcase(suite, tcase);
}

static inline evc_view
text(const char *s)
{
    return evc_view_text(s);
}

static inline void
add_pair(evc_kv *pairs, const char *name, const char *value)
{
    EVC_CHECK_OK(evc_kv_add(pairs, text(name), text(value), NULL));
}

/*
 * A key service of a test. Its EDK: info = key id, "/", version; ciphertext = the bytes
 * of the key turned over, behind the context, so that another context does not open.
 */
typedef struct toy {
    const char *version; /* what is wrapped now; NULL = "1" */
    int wrap_code;       /* what wrapping fails with; 0 = it works */
    int unwrap_code;
    const char *names_key;  /* the key that the service says it used; NULL = right */
    int64_t retry_after_ms; /* of failures */
    bool ignores_versions;  /* whether an EDK is current is unknown */
    int64_t age_from_ms;    /* 0 = unknown */
    atomic_uint wraps;
    atomic_uint unwraps;
    int rewrap_code;
    atomic_uint rewraps;
    bool renews; /* an unwrap hands back the key wrapped under the current version */
    uint8_t seen[8][32]; /* data keys that were wrapped */
} toy;

static inline const char *
toy_version(const toy *t)
{
    return t->version ? t->version : "1";
}

static inline void
toy_write_info(const evc_kms *kms, const toy *t, evc_buf *out)
{
    evc_buf_put_format(out, "%s/%s", kms->key_id, toy_version(t));
}

static inline bool
toy_claims(const evc_kms *kms, const evc_edk *edk)
{
    evc_cursor c = evc_cursor_of_view(edk->info);
    size_t size = text(kms->key_id).size;

    if (!evc_view_is_text(edk->provider, kms->provider))
        return false;
    return kms->discovery ||
           (evc_view_is_text(evc_cursor_bytes(&c, size), kms->key_id) &&
            evc_cursor_u8(&c) == '/' && !c.failed);
}

static inline void
toy_turn(evc_view from, uint8_t *to)
{
    for (size_t i = 0; i < from.size; i++)
        to[i] = from.data[i] ^ 0xA5;
}

static inline int
toy_fail(const toy *t, int code, evc_error **err)
{
    evc_err(err, code, "the toy was told to fail");
    evc_err_set_retry(*err, code == ENVCRYPT_E_TIMEOUT, t->retry_after_ms);
    evc_err_set_provider(*err, "ToyFailure", "request-1", 400);
    evc_err_set_key_state(*err, "toy state");
    return code;
}

static inline int
toy_wrap(const evc_kms *kms, toy *t, evc_call *call, evc_error **err)
{
    unsigned index = atomic_fetch_add(&t->wraps, 1);
    uint8_t turned[64];

    if (t->wrap_code)
        return toy_fail(t, t->wrap_code, err);
    if (index < 8 && call->input.size <= 32)
        memcpy(t->seen[index], call->input.data, call->input.size);
    toy_turn(call->input, turned);
    evc_buf_put_text(&call->wrapped.provider, kms->provider);
    toy_write_info(kms, t, &call->wrapped.info);
    evc_context_write(call->context, &call->wrapped.ciphertext);
    evc_buf_put(&call->wrapped.ciphertext, turned, call->input.size);
    return evc_edk_out_check(&call->wrapped, err);
}

static inline int
toy_unwrap(toy *t, evc_call *call, evc_error **err)
{
    evc_view cipher = call->edk.ciphertext;
    size_t head = evc_context_size(call->context);
    evc_cursor c = evc_cursor_of_view(cipher);
    evc_buf wanted;
    bool same;
    int rc;

    atomic_fetch_add(&t->unwraps, 1);
    if (t->unwrap_code)
        return toy_fail(t, t->unwrap_code, err);
    evc_buf_init(&wanted);
    evc_context_write(call->context, &wanted);
    same = evc_view_equal(evc_cursor_bytes(&c, head), evc_buf_view(&wanted));
    rc = evc_buf_check(&wanted, err);
    evc_buf_reset(&wanted);
    if (rc)
        return rc;
    if (!same || evc_cursor_left(&c) == 0 || evc_cursor_left(&c) > 64)
        return evc_err(err, ENVCRYPT_E_UNWRAP, "the toy has another context");
    rc = evc_secret_new(env->arena, evc_cursor_left(&c), &call->key, err);
    if (rc == 0)
        toy_turn(evc_cursor_bytes(&c, call->key.size), call->key.bytes);
    return rc;
}

/* The same wrapped key, under the version that wraps now. */
static inline int
toy_renew(const evc_kms *kms, const toy *t, const evc_edk *edk, evc_edk_out *out,
          evc_error **err)
{
    evc_buf_put_text(&out->provider, kms->provider);
    toy_write_info(kms, t, &out->info);
    evc_buf_put_view(&out->ciphertext, edk->ciphertext);
    return evc_edk_out_check(out, err);
}

static inline int
toy_answer(evc_kms *kms, toy *t, evc_call *call, evc_error **err)
{
    int rc;

    if (call->operation == ENVCRYPT_OP_WRAP)
        return toy_wrap(kms, t, call, err);
    if (call->operation == ENVCRYPT_OP_REWRAP) {
        atomic_fetch_add(&t->rewraps, 1);
        return t->rewrap_code ? toy_fail(t, t->rewrap_code, err)
                              : toy_renew(kms, t, &call->edk, &call->wrapped, err);
    }
    rc = toy_unwrap(t, call, err);
    return rc || !t->renews ? rc
                            : toy_renew(kms, t, &call->edk, &call->replacement, err);
}

static inline void
toy_start(evc_kms *kms, evc_call *call)
{
    toy *t = kms->state;
    evc_error *error = NULL;
    int rc = toy_answer(kms, t, call, &error);

    if (rc == 0 && t->names_key)
        evc_buf_put_text(&call->key_id, t->names_key);
    evc_call_finish(call, rc, error);
}

static inline void
toy_close(void *state)
{
    (void)state; /* the test's own */
}

static inline int32_t
toy_is_current(const evc_kms *kms, const evc_edk *edk)
{
    const toy *t = kms->state;
    evc_buf info;
    bool same;

    if (t->ignores_versions)
        return ENVCRYPT_UNKNOWN;
    evc_buf_init(&info);
    toy_write_info(kms, t, &info);
    same = evc_view_equal(evc_buf_view(&info), edk->info);
    evc_buf_reset(&info);
    return same ? ENVCRYPT_YES : ENVCRYPT_NO;
}

static inline int64_t
toy_age_from_ms(const evc_kms *kms, const evc_edk *edk)
{
    const toy *t = kms->state;

    (void)edk;
    return t->age_from_ms ? t->age_from_ms : -1;
}

static const evc_backend toy_backend = {
    .close = toy_close,
    .claims = toy_claims,
    .start = toy_start,
    .is_current = toy_is_current,
    .age_from_ms = toy_age_from_ms,
};

#define TOY_BOTH (ENVCRYPT_OP_WRAP | ENVCRYPT_OP_UNWRAP)

static inline evc_kms *
toy_open(toy *t, const char *key_id, uint32_t operations)
{
    evc_kms *kms;

    EVC_CHECK_OK(
        evc_kms_new(crypto, &toy_backend, t, "toy", key_id, operations, &kms, NULL));
    return kms;
}

/* A keyring of up to four keys, whose references it takes over. */
static inline evc_keyring *
open_keyring(evc_kms *generator, evc_kms *a, evc_kms *b, evc_kms *c)
{
    evc_kms *recipients[] = {a, b, c};
    struct envcrypt_keyring_config config = {.generator = generator,
                                             .recipients = recipients};
    evc_keyring *keyring;

    while (config.count < 3 && recipients[config.count])
        config.count++;
    EVC_CHECK_OK(evc_keyring_open(crypto, &config, &keyring, NULL));
    evc_kms_unref(generator);
    for (size_t i = 0; i < config.count; i++)
        evc_kms_unref(recipients[i]);
    return keyring;
}

#endif
