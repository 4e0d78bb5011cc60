/* SPDX-License-Identifier: Apache-2.0 */
#include "api-fixture.h"
#include "envelope/keyring.h"
#include "evc-child.h"

static envcrypt_keyring_config *config;

static void
open_config(void)
{
    open_client();
    EVC_CHECK_OK(envcrypt_keyring_config_new(&config, NULL));
}

static void
close_config(void)
{
    envcrypt_keyring_config_free(config);
    close_client();
}

static void
set_generator(const char *name)
{
    envcrypt_kms *kms = open_key(name);

    EVC_CHECK_OK(envcrypt_keyring_config_set_generator(config, kms, NULL));
    evc_kms_unref(kms);
}

static void
add_recipient(const char *name)
{
    envcrypt_kms *kms = open_key(name);

    EVC_CHECK_OK(envcrypt_keyring_config_add_recipient(config, kms, NULL));
    evc_kms_unref(kms);
}

START_TEST(opens_with_generator_and_recipients)
{
    envcrypt_keyring *keyring;

    add_recipient("b");
    set_generator("a");
    add_recipient("c");
    EVC_CHECK_OK(envcrypt_keyring_open(client, config, &keyring, NULL));
    ck_assert_uint_eq(keyring->count, 3);
    ck_assert_str_eq(keyring->keys[0]->key_id, "a");
    ck_assert_str_eq(keyring->keys[1]->key_id, "b");
    ck_assert_str_eq(keyring->keys[2]->key_id, "c");
    envcrypt_keyring_unref(keyring);
}
END_TEST

START_TEST(a_second_generator_takes_the_place_of_the_first)
{
    envcrypt_keyring *keyring;

    set_generator("a");
    set_generator("b");
    EVC_CHECK_OK(envcrypt_keyring_open(client, config, &keyring, NULL));
    ck_assert_uint_eq(keyring->count, 1);
    ck_assert_str_eq(keyring->keys[0]->key_id, "b");
    envcrypt_keyring_unref(keyring);
}
END_TEST

START_TEST(outlives_its_config_and_handles)
{
    envcrypt_keyring *keyring;

    set_generator("a");
    EVC_CHECK_OK(envcrypt_keyring_open(client, config, &keyring, NULL));
    envcrypt_keyring_config_free(config);
    config = NULL;
    ck_assert_str_eq(keyring->keys[0]->key_id, "a");
    envcrypt_keyring_unref(keyring);
}
END_TEST

START_TEST(demands_a_recipient)
{
    envcrypt_keyring *keyring;

    set_generator("a");
    EVC_CHECK_OK(envcrypt_keyring_config_require(config, "test", "a", NULL));
    EVC_CHECK_OK(envcrypt_keyring_config_require(config, "test", "a", NULL));
    EVC_CHECK_OK(envcrypt_keyring_open(client, config, &keyring, NULL));
    envcrypt_keyring_unref(keyring);
    EVC_CHECK_OK(envcrypt_keyring_config_require(config, "test", "b", NULL));
    EVC_CHECK_CODE(envcrypt_keyring_open(client, config, &keyring, NULL),
                   ENVCRYPT_E_POLICY_RECIPIENT);
    ck_assert_ptr_null(keyring);
}
END_TEST

START_TEST(discovery_is_on_or_off)
{
    EVC_CHECK_OK(envcrypt_keyring_config_set_discovery(config, 1, NULL));
    ck_assert(config->discovery);
    EVC_CHECK_OK(envcrypt_keyring_config_set_discovery(config, 0, NULL));
    ck_assert(!config->discovery);
    EVC_CHECK_CODE(envcrypt_keyring_config_set_discovery(config, 2, NULL),
                   ENVCRYPT_E_ARGUMENT);
}
END_TEST

START_TEST(null_is_an_argument_error)
{
    envcrypt_kms *kms = open_key("a");
    envcrypt_keyring *keyring;

    EVC_CHECK_CODE(envcrypt_keyring_config_new(NULL, NULL), ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_keyring_config_set_generator(NULL, kms, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_keyring_config_set_generator(config, NULL, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_keyring_config_add_recipient(NULL, kms, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_keyring_config_add_recipient(config, NULL, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_keyring_config_require(NULL, "a", "b", NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_keyring_config_require(config, NULL, "b", NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_keyring_config_require(config, "a", NULL, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_keyring_config_set_discovery(NULL, 1, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_keyring_open(NULL, config, &keyring, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_keyring_open(client, NULL, &keyring, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_keyring_open(client, config, NULL, NULL),
                   ENVCRYPT_E_ARGUMENT);
    envcrypt_keyring_config_free(NULL);
    envcrypt_keyring_unref(NULL);
    ck_assert_ptr_null(envcrypt_keyring_ref(NULL));
    evc_kms_unref(kms);
}
END_TEST

START_TEST(counts_its_references)
{
    envcrypt_keyring *keyring;

    set_generator("a");
    EVC_CHECK_OK(envcrypt_keyring_open(client, config, &keyring, NULL));
    ck_assert_ptr_eq(envcrypt_keyring_ref(keyring), keyring);
    envcrypt_keyring_unref(keyring);
    ck_assert_str_eq(keyring->keys[0]->key_id, "a");
    envcrypt_keyring_unref(keyring);
}
END_TEST

static int
use_in_child(void *user)
{
    envcrypt_keyring *keyring;

    if (envcrypt_keyring_open(client, config, &keyring, NULL) != ENVCRYPT_E_FORKED)
        return 1;
    envcrypt_keyring_unref(user);
    return 0;
}

START_TEST(a_child_of_fork_may_only_free_it)
{
    envcrypt_keyring *keyring;

    set_generator("a");
    EVC_CHECK_OK(envcrypt_keyring_open(client, config, &keyring, NULL));
    EVC_CHECK_CHILD(use_in_child, keyring);
    envcrypt_keyring_unref(keyring);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        opens_with_generator_and_recipients,
        a_second_generator_takes_the_place_of_the_first,
        outlives_its_config_and_handles,
        demands_a_recipient,
        discovery_is_on_or_off,
        null_is_an_argument_error,
        counts_its_references,
        a_child_of_fork_may_only_free_it,
        NULL,
    };
    TCase *tcase = tcase_create("keyring");

    tcase_add_checked_fixture(tcase, open_config, close_config);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("keyring", add_tests)
