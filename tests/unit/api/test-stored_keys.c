/* SPDX-License-Identifier: Apache-2.0 */
/* The same whether the build has Kubernetes or not. */
#include "envcrypt/envcrypt.h"
#include "evc-check.h"
#include "stored-vectors.h"

#define KEY_32 "a raw key of thirty-two bytes..."

static envcrypt_client *client;
static envcrypt_stored_keys *keys; /* NULL in a build that has none */

static void
begin(void)
{
    int rc;

    EVC_CHECK_OK(envcrypt_client_open(NULL, &client, NULL));
    rc = envcrypt_stored_keys_new(client, &keys, NULL);
    ck_assert(rc == 0 || rc == ENVCRYPT_E_NOT_BUILT);
}

static void
end(void)
{
    envcrypt_stored_keys_free(keys);
    envcrypt_client_unref(client);
}

START_TEST(opens_what_it_makes)
{
    envcrypt_buffer *made = NULL;
    envcrypt_buffer *plain = NULL;
    envcrypt_kms *kms;

    if (!keys)
        return;
    EVC_CHECK_OK(
        envcrypt_kms_open_raw_aes(client, "ns", "key", KEY_32, 32, &kms, NULL));
    EVC_CHECK_OK(envcrypt_stored_keys_add_kms(keys, "plugin", "edk", kms, NULL, NULL));
    EVC_CHECK_OK(envcrypt_stored_encrypt(keys, ENVCRYPT_STORED_KMS_V2, NULL,
                                         STORED_ETCD_KEY, "{}", 2, NULL, &made, NULL));
    EVC_CHECK_OK(
        envcrypt_stored_decrypt(keys, STORED_ETCD_KEY, envcrypt_buffer_data(made),
                                envcrypt_buffer_size(made), NULL, &plain, NULL));
    ck_assert_str_eq(envcrypt_buffer_data(plain), "{}");
    envcrypt_buffer_free(plain);
    EVC_CHECK_CODE(envcrypt_stored_decrypt(
                       keys, "/registry/secrets/default/s2", envcrypt_buffer_data(made),
                       envcrypt_buffer_size(made), NULL, &plain, NULL),
                   ENVCRYPT_E_STORED_AUTH);
    ck_assert_ptr_null(plain);
    envcrypt_buffer_free(made);
    envcrypt_kms_unref(kms);
}
END_TEST

START_TEST(keys_of_a_file_open_what_it_writes)
{
    envcrypt_buffer *made;
    envcrypt_buffer *plain;

    if (!keys)
        return;
    EVC_CHECK_OK(envcrypt_stored_keys_add_config(keys, ENCRYPTION_CONFIG,
                                                 sizeof(ENCRYPTION_CONFIG) - 1, NULL));
    EVC_CHECK_OK(envcrypt_stored_encrypt(keys, ENVCRYPT_STORED_SECRETBOX, "key", NULL,
                                         "", 0, NULL, &made, NULL));
    EVC_CHECK_OK(envcrypt_stored_decrypt(keys, NULL, envcrypt_buffer_data(made),
                                         envcrypt_buffer_size(made), NULL, &plain,
                                         NULL));
    ck_assert_uint_eq(envcrypt_buffer_size(plain), 0);
    envcrypt_buffer_free(plain);
    envcrypt_buffer_free(made);
}
END_TEST

START_TEST(what_has_no_key_is_told)
{
    static const char value[] = "k8s:enc:aesgcm:v1:key:0123456789abcdef0123456789ab";
    envcrypt_buffer *plain;

    if (!keys)
        return;
    EVC_CHECK_CODE(envcrypt_stored_decrypt(keys, STORED_ETCD_KEY, value,
                                           sizeof(value) - 1, NULL, &plain, NULL),
                   ENVCRYPT_E_STORED_NO_KEY);
    EVC_CHECK_CODE(envcrypt_stored_encrypt(keys, ENVCRYPT_STORED_AESGCM, NULL,
                                           STORED_ETCD_KEY, "{}", 2, NULL, &plain,
                                           NULL),
                   ENVCRYPT_E_STORED_NO_KEY);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {opens_what_it_makes,
                                  keys_of_a_file_open_what_it_writes,
                                  what_has_no_key_is_told, NULL};
    TCase *tcase = tcase_create("stored keys");

    tcase_add_checked_fixture(tcase, begin, end);
    for (const TTest *const *test = tests; *test; test++)
        tcase_add_test(tcase, *test);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("stored keys", add_tests)
