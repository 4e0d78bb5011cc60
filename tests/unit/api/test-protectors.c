/* SPDX-License-Identifier: Apache-2.0 */
#include "envcrypt/kms.h"

#include "evc-child.h"
#include "keystore-fixture.h"

static envcrypt_protectors *list;

static void
begin(void)
{
    EVC_CHECK_OK(envcrypt_client_open(NULL, &client, NULL));
    EVC_CHECK_OK(envcrypt_protectors_new(client, &list, NULL));
}

static void
end(void)
{
    envcrypt_protectors_free(list);
    envcrypt_client_unref(client);
}

START_TEST(secrets_live_in_the_arena_of_the_client)
{
    EVC_CHECK_OK(envcrypt_protectors_add_passphrase(list, "p", 1, NULL));
    EVC_CHECK_OK(envcrypt_protectors_add_raw_key(list, RAW_KEY, 32, NULL));
    ck_assert_uint_gt(envcrypt_client_arena_used(client), 0);
}
END_TEST

START_TEST(lists_outlive_their_client)
{
    envcrypt_client *saved = client;

    EVC_CHECK_OK(envcrypt_client_open(NULL, &client, NULL));
    envcrypt_client_unref(saved);
    EVC_CHECK_OK(envcrypt_protectors_add_passphrase(list, "p", 1, NULL));
}
END_TEST

START_TEST(null_arguments_are_named)
{
    envcrypt_protectors *none;

    EVC_CHECK_CODE(envcrypt_protectors_new(NULL, &none, NULL), ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_protectors_new(client, NULL, NULL), ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_protectors_add_passphrase(list, NULL, 1, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_protectors_add_passphrase(NULL, "p", 1, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_protectors_add_raw_key(list, NULL, 32, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_protectors_add_key_file(list, NULL, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_protectors_add_rsa_public(list, NULL, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_protectors_add_rsa_private(list, NULL, NULL, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_protectors_set_argon2(NULL, 1, 8192, NULL),
                   ENVCRYPT_E_ARGUMENT);
    envcrypt_protectors_free(NULL);
}
END_TEST

START_TEST(mistakes_are_told_with_their_codes)
{
    EVC_CHECK_CODE(envcrypt_protectors_add_raw_key(list, RAW_KEY, 31, NULL),
                   ENVCRYPT_E_KEY_SIZE);
    EVC_CHECK_CODE(envcrypt_protectors_add_key_file(list, "/nowhere/key", NULL),
                   ENVCRYPT_E_FILE_NOT_FOUND);
    EVC_CHECK_CODE(envcrypt_protectors_add_rsa_public(list, "x", NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_protectors_add_rsa_private(list, "x", "p", NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_protectors_set_argon2(list, 17, 8192, NULL),
                   ENVCRYPT_E_STORE_KDF);
    EVC_CHECK_OK(envcrypt_protectors_set_argon2(list, 16, 8192, NULL));
}
END_TEST

START_TEST(an_error_that_is_there_is_replaced)
{
    envcrypt_error *error = (envcrypt_error *)list; /* not freed, not looked at */

    EVC_CHECK_OK(envcrypt_protectors_add_passphrase(list, "p", 1, &error));
    ck_assert_ptr_null(error);
    EVC_CHECK_CODE(envcrypt_protectors_add_raw_key(list, RAW_KEY, 31, &error),
                   ENVCRYPT_E_KEY_SIZE);
    ck_assert_int_eq(envcrypt_error_code(error), ENVCRYPT_E_KEY_SIZE);
    envcrypt_error_free(error);
}
END_TEST

static int
use_in_child(void *user)
{
    int rc = envcrypt_protectors_add_passphrase(list, "p", 1, NULL);

    (void)user;
    envcrypt_protectors_free(list);
    return rc != ENVCRYPT_E_FORKED;
}

START_TEST(child_of_fork_gets_an_error_and_may_free)
{
    EVC_CHECK_OK(envcrypt_protectors_add_raw_key(list, RAW_KEY, 32, NULL));
    EVC_CHECK_CHILD(use_in_child, NULL);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        secrets_live_in_the_arena_of_the_client,
        lists_outlive_their_client,
        null_arguments_are_named,
        mistakes_are_told_with_their_codes,
        an_error_that_is_there_is_replaced,
        child_of_fork_gets_an_error_and_may_free,
        NULL,
    };
    TCase *tcase = tcase_create("protectors");

    tcase_add_checked_fixture(tcase, begin, end);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("protectors", add_tests)
