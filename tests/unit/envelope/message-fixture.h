/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the tests of whole messages, streams and ranges share: a keyring with one raw AES
 * key, a data key for messages of the builder, plaintext, and small keyrings for faults.
 */
#ifndef EVC_TESTS_MESSAGE_FIXTURE_H
#define EVC_TESTS_MESSAGE_FIXTURE_H

#include "base/fork.h"
#include "base/mem.h"
#include "envelope/config.h"
#include "envelope/dek.h"
#include "envelope/keyring.h"
#include "evc-builder.h"
#include "kms/keys.h"

static evc_env *env;
static evc_crypto *crypto;
static evc_keyring *keyring;
static evc_config config;      /* of writers, and of readers of what they write */
static evc_config data_config; /* of readers of the builder's messages: all suites */
static evc_dek data_key;
static evc_buf message;

#define PLAIN_MAX 70000u
static uint8_t plain_bytes[PLAIN_MAX];

static inline evc_view
plain_of(size_t size)
{
    ck_assert_uint_le(size, PLAIN_MAX);
    return evc_view_of(plain_bytes, size);
}

static inline evc_keyring *
open_keyring(const char *name)
{
    static const uint8_t key[32] = {7, 7, 7};
    struct envcrypt_keyring_config keys = {0};
    evc_keyring *opened;
    evc_kms *kms;

    EVC_CHECK_OK(evc_raw_aes_open(crypto, "test", name, evc_view_of(key, sizeof key),
                                  &kms, NULL));
    keys.generator = kms;
    EVC_CHECK_OK(evc_keyring_open(crypto, &keys, &opened, NULL));
    evc_kms_unref(kms);
    return opened;
}

static inline void
open_messages(void)
{
    EVC_CHECK_OK(evc_env_open(EVC_ARENA_LIMIT, false, NULL, NULL, &env, NULL));
    EVC_CHECK_OK(evc_crypto_open(env, &crypto, NULL));
    keyring = open_keyring("key");
    evc_config_init(&config);
    evc_config_init(&data_config);
    evc_buf_init(&message);
    for (size_t i = 0; i < PLAIN_MAX; i++)
        plain_bytes[i] = (uint8_t)(i * 7 + (i >> 8));
    data_key.crypto = crypto;
    data_key.generation = evc_fork_generation();
    data_config.policy = ENVCRYPT_POLICY_REQUIRE_ENCRYPT_ALLOW_DECRYPT;
    data_config.data_key = &data_key;
}

static inline void
close_messages(void)
{
    evc_secret_free(&data_key.key);
    evc_config_reset(&config);
    evc_config_reset(&data_config);
    evc_buf_reset(&message);
    evc_keyring_unref(keyring);
    evc_crypto_unref(crypto);
    evc_env_unref(env);
}

static inline void
add_pair(evc_kv *list, const char *name, const char *value)
{
    EVC_CHECK_OK(evc_kv_add(list, evc_view_text(name), evc_view_text(value), NULL));
}

/* A message of the builder in message; data_config reads it. */
static inline evc_view
build(const evc_builder *b, size_t plain_size)
{
    const evc_suite *suite = evc_suite_find(b->suite);

    evc_secret_free(&data_key.key);
    EVC_CHECK_OK(evc_secret_new(env->arena, suite->key_size, &data_key.key, NULL));
    memcpy(data_key.key.bytes, b->data_key, suite->key_size);
    evc_build(b, plain_of(plain_size), &message);
    return evc_buf_view(&message);
}

/* Suites of every kind of body and footer. */
static const uint16_t all_suites[] = {0x0014, 0x0046, 0x0078, 0x0114, 0x0146, 0x0178,
                                      0x0214, 0x0346, 0x0378, 0x0478, 0x0578};
#define ALL_SUITES 11

static inline void
add_messages(Suite *suite, const char *name, const TTest *const *tests)
{
    TCase *tcase = tcase_create(name);

    tcase_set_timeout(tcase, 120);
    tcase_add_checked_fixture(tcase, open_messages, close_messages);
    for (; *tests; tests++)
        tcase_add_test(tcase, *tests);
    suite_add_tcase(suite, tcase);
}

static inline void
add_message_loop(Suite *suite, const char *name, const TTest *test, int count)
{
    TCase *tcase = tcase_create(name);

    tcase_set_timeout(tcase, 120);
    tcase_add_checked_fixture(tcase, open_messages, close_messages);
    tcase_add_loop_test(tcase, test, 0, count);
    suite_add_tcase(suite, tcase);
}

#endif
