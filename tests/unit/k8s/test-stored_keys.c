/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/stored_keys.h"

#include "base/mem.h"
#include "evc-alloc.h"
#include "evc-child.h"
#include "stored-fixture.h"

static int
add(evc_stored_provider provider, const char *name, size_t size)
{
    static const uint8_t bytes[64];

    return evc_stored_keys_add(keys, provider, name, evc_view_of(bytes, size), NULL);
}

START_TEST(takes_the_sizes_of_each_provider)
{
    static const size_t sizes[] = {0, 15, 16, 24, 31, 32, 33};

    for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
        bool aes = sizes[i] == 16 || sizes[i] == 24 || sizes[i] == 32;
        int wanted = aes ? 0 : ENVCRYPT_E_KEY_SIZE;

        EVC_CHECK_CODE(add(EVC_STORED_AESCBC, "k", sizes[i]), wanted);
        EVC_CHECK_CODE(add(EVC_STORED_AESGCM, "k", sizes[i]), wanted);
        EVC_CHECK_CODE(add(EVC_STORED_SECRETBOX, "k", sizes[i]),
                       sizes[i] == 32 ? 0 : ENVCRYPT_E_KEY_SIZE);
    }
}
END_TEST

START_TEST(takes_bytes_for_three_providers_only)
{
    EVC_CHECK_CODE(add(EVC_STORED_IDENTITY, "k", 32), ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(add(EVC_STORED_KMS_V2, "k", 32), ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(add((evc_stored_provider)0, "k", 32), ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(add((evc_stored_provider)99, "k", 32), ENVCRYPT_E_ARGUMENT);
}
END_TEST

START_TEST(takes_names_up_to_the_limit)
{
    char name[EVC_STORED_NAME_MAX + 2] = {0};

    EVC_CHECK_CODE(add(EVC_STORED_AESGCM, name, 32), ENVCRYPT_E_ARGUMENT);
    memset(name, 'n', EVC_STORED_NAME_MAX);
    EVC_CHECK_OK(add(EVC_STORED_AESGCM, name, 32));
    name[EVC_STORED_NAME_MAX] = 'n';
    EVC_CHECK_CODE(add(EVC_STORED_AESGCM, name, 32), ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(add(EVC_STORED_AESGCM, "\xff", 32), ENVCRYPT_E_ARGUMENT);
}
END_TEST

START_TEST(holds_many_keys)
{
    for (int i = 0; i < 100; i++)
        EVC_CHECK_OK(add(EVC_STORED_AESGCM, "the same name", 32));
    ck_assert_uint_eq(keys->count, 100);
}
END_TEST

START_TEST(refuses_keys_of_another_client)
{
    static turning service;
    evc_crypto *other;
    evc_kms *kms;

    EVC_CHECK_OK(evc_crypto_open(env, &other, NULL));
    EVC_CHECK_OK(evc_kms_new(other, &turning_backend, &service, "acme", "k",
                             ENVCRYPT_OP_UNWRAP, &kms, NULL));
    EVC_CHECK_CODE(evc_stored_keys_add_kms(keys, NULL, "raw", kms, NULL, NULL),
                   ENVCRYPT_E_ARGUMENT);
    evc_kms_unref(kms);
    evc_crypto_unref(other);
}
END_TEST

START_TEST(refuses_plugins_with_bad_names_and_forms)
{
    static turning service;
    evc_kms *kms = open_turning(&service, "acme", "k");

    EVC_CHECK_CODE(evc_stored_keys_add_kms(keys, "", "raw", kms, NULL, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(evc_stored_keys_add_kms(keys, "p", "cooked", kms, NULL, NULL),
                   ENVCRYPT_E_ARGUMENT);
    ck_assert_uint_eq(keys->count, 0);
    evc_kms_unref(kms);
}
END_TEST

START_TEST(wipes_its_keys)
{
    evc_arena_status before;
    evc_arena_status after;

    evc_arena_get_status(env->arena, &before);
    EVC_CHECK_OK(add(EVC_STORED_SECRETBOX, "k", 32));
    evc_stored_keys_free(keys);
    keys = NULL;
    evc_arena_get_status(env->arena, &after);
    ck_assert_uint_eq(after.used_slots, before.used_slots);
}
END_TEST

static evc_kms *shared;

static int
fill_set(const evc_kv *context)
{
    evc_stored_keys *made;
    int rc = evc_stored_keys_new(crypto, &made, NULL);

    if (!rc)
        rc = evc_stored_keys_add(made, EVC_STORED_AESGCM, "k", evc_view_text(KEY_32),
                                 NULL);
    if (!rc)
        rc = evc_stored_keys_add_kms(made, "p", "raw", shared, context, NULL);
    evc_stored_keys_free(made);
    return rc;
}

static int
fill(void *user)
{
    evc_kv context;
    int rc;

    (void)user;
    evc_kv_init(&context);
    rc = evc_kv_add(&context, evc_view_text("n"), evc_view_text("v"), NULL);
    if (!rc)
        rc = fill_set(&context);
    evc_kv_reset(&context);
    return rc;
}

START_TEST(survives_any_lack_of_memory)
{
    static turning service;

    shared = open_turning(&service, "acme", "k");
    ck_assert_uint_gt(evc_alloc_sweep(fill, NULL), 5);
    evc_kms_unref(shared);
}
END_TEST

static int
free_in_child(void *user)
{
    (void)user;
    evc_stored_keys_free(keys);
    return 0;
}

START_TEST(may_be_freed_in_a_child_of_fork)
{
    EVC_CHECK_OK(add(EVC_STORED_SECRETBOX, "k", 32));
    ck_assert_int_eq(evc_child_status(free_in_child, NULL), 0);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        takes_the_sizes_of_each_provider,
        takes_bytes_for_three_providers_only,
        takes_names_up_to_the_limit,
        holds_many_keys,
        refuses_keys_of_another_client,
        refuses_plugins_with_bad_names_and_forms,
        wipes_its_keys,
        survives_any_lack_of_memory,
        may_be_freed_in_a_child_of_fork,
        NULL,
    };

    stored_add(suite, "stored keys", tests);
}

EVC_TEST_MAIN("stored keys", add_tests)
