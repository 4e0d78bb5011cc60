/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/stored_seal.h"

#include "evc-alloc.h"
#include "stored-fixture.h"

static evc_buf out;
static evc_stored stored;
static turning service;

static void
begin(void)
{
    open_fixture();
    service = (turning){0};
}

static void
end(void)
{
    evc_buf_reset(&out);
    close_fixture();
}

static int
seal_text(evc_stored_provider provider, const char *name, const char *etcd_key,
          const char *text)
{
    evc_buf_clear(&out);
    return evc_stored_seal(keys, provider, name, evc_view_text(etcd_key),
                           evc_view_text(text), NULL, &out, NULL);
}

static int
seal(evc_stored_provider provider, const char *name)
{
    return seal_text(provider, name, STORED_ETCD_KEY, "{}");
}

static void
read_out(void)
{
    EVC_CHECK_OK(evc_stored_read(crypto, evc_buf_view(&out), &stored, NULL));
}

START_TEST(writes_what_is_read_as_such)
{
    static const evc_stored_provider providers[] = {
        EVC_STORED_AESCBC, EVC_STORED_AESGCM, EVC_STORED_SECRETBOX, EVC_STORED_KMS_V1,
        EVC_STORED_KMS_V2};

    add_local(EVC_STORED_AESCBC, "name", KEY_16);
    add_local(EVC_STORED_AESGCM, "name", KEY_16);
    add_local(EVC_STORED_SECRETBOX, "name", KEY_32);
    add_turning(&service, "name", "raw", "acme");
    for (size_t i = 0; i < 5; i++) {
        EVC_CHECK_OK(seal(providers[i], "name"));
        read_out();
        ck_assert_int_eq(stored.provider, providers[i]);
        ck_assert(evc_view_is_text(stored.name, "name"));
    }
}
END_TEST

START_TEST(takes_the_first_key_of_the_provider)
{
    add_local(EVC_STORED_AESGCM, "first", KEY_32);
    add_local(EVC_STORED_AESGCM, "second", KEY_32);
    EVC_CHECK_OK(seal(EVC_STORED_AESGCM, NULL));
    read_out();
    ck_assert(evc_view_is_text(stored.name, "first"));
    EVC_CHECK_OK(seal(EVC_STORED_AESGCM, "second"));
    read_out();
    ck_assert(evc_view_is_text(stored.name, "second"));
}
END_TEST

START_TEST(values_of_kms_v2_name_the_key)
{
    add_turning(&service, "p", "edk", "acme");
    EVC_CHECK_OK(seal(EVC_STORED_KMS_V2, "p"));
    read_out();
    ck_assert(evc_view_is_text(stored.object.key_id, "arn:k"));
    ck_assert_int_eq(stored.object.type, EVC_DEK_SOURCE_SEED);
    ck_assert_uint_eq(stored.object.annotation_count, 0);
}
END_TEST

START_TEST(kms_v1_wraps_for_each_value_and_v2_once)
{
    add_turning(&service, "p", "raw", "acme");
    for (int i = 0; i < 3; i++)
        EVC_CHECK_OK(seal(EVC_STORED_KMS_V1, "p"));
    ck_assert_int_eq(service.wraps, 3);
    for (int i = 0; i < 3; i++)
        EVC_CHECK_OK(seal(EVC_STORED_KMS_V2, "p"));
    ck_assert_int_eq(service.wraps, 4);
}
END_TEST

START_TEST(identity_takes_no_key)
{
    EVC_CHECK_OK(seal(EVC_STORED_IDENTITY, NULL));
    ck_assert(evc_view_is_text(evc_buf_view(&out), "{}"));
    EVC_CHECK_CODE(seal_text(EVC_STORED_IDENTITY, NULL, "", "k8s:enc:x"),
                   ENVCRYPT_E_ARGUMENT);
}
END_TEST

START_TEST(the_key_must_be_given)
{
    EVC_CHECK_CODE(seal(EVC_STORED_AESGCM, NULL), ENVCRYPT_E_STORED_NO_KEY);
    add_local(EVC_STORED_AESGCM, "name", KEY_32);
    EVC_CHECK_CODE(seal(EVC_STORED_AESGCM, "nam"), ENVCRYPT_E_STORED_NO_KEY);
    EVC_CHECK_CODE(seal(EVC_STORED_AESCBC, "name"), ENVCRYPT_E_STORED_NO_KEY);
}
END_TEST

START_TEST(what_kubernetes_could_not_read_is_not_written)
{
    add_turning(&service, NULL, "raw", "acme");
    EVC_CHECK_CODE(seal(EVC_STORED_KMS_V2, NULL), ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(seal(EVC_STORED_KMS_V2, "a:b"), ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(seal(EVC_STORED_KMS_V2, ""), ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_OK(seal(EVC_STORED_KMS_V1, "a:b"));
    EVC_CHECK_CODE(seal_text(EVC_STORED_KMS_V2, "p", "", "{}"), ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(seal((evc_stored_provider)0, "p"), ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(seal(EVC_STORED_UNKNOWN, "p"), ENVCRYPT_E_ARGUMENT);
    ck_assert_uint_eq(out.size, 0);
}
END_TEST

START_TEST(wrapped_keys_are_short_enough)
{
    add_turning(&service, "p", "raw", "acme");
    service.grow = EVC_KUBE_DEK_SOURCE_MAX - 32;
    EVC_CHECK_OK(seal(EVC_STORED_KMS_V2, "p"));
    evc_stored_keys_free(keys);
    EVC_CHECK_OK(evc_stored_keys_new(crypto, &keys, NULL));
    add_turning(&service, "p", "raw", "acme");
    service.grow++;
    EVC_CHECK_CODE(seal(EVC_STORED_KMS_V2, "p"), ENVCRYPT_E_ARGUMENT);
    service.grow = UINT16_MAX - 32;
    EVC_CHECK_OK(seal(EVC_STORED_KMS_V1, "p"));
    service.grow++;
    EVC_CHECK_CODE(seal(EVC_STORED_KMS_V1, "p"), ENVCRYPT_E_ARGUMENT);
}
END_TEST

START_TEST(values_are_sealed_up_to_the_limit)
{
    evc_buf plain = {0};

    add_local(EVC_STORED_AESGCM, "name", KEY_32);
    (void)evc_buf_extend(&plain, EVC_STORED_PLAIN_MAX);
    EVC_CHECK_OK(evc_stored_seal(keys, EVC_STORED_AESGCM, NULL, ETCD_KEY,
                                 evc_buf_view(&plain), NULL, &out, NULL));
    read_out();
    evc_buf_put_u8(&plain, 0);
    EVC_CHECK_CODE(evc_stored_seal(keys, EVC_STORED_AESGCM, NULL, ETCD_KEY,
                                   evc_buf_view(&plain), NULL, &out, NULL),
                   ENVCRYPT_E_ARGUMENT);
    evc_buf_reset(&plain);
}
END_TEST

START_TEST(a_failing_service_is_told)
{
    add_turning(&service, "p", "raw", "acme");
    service.code = ENVCRYPT_E_SERVICE_DOWN;
    EVC_CHECK_CODE(seal(EVC_STORED_KMS_V1, "p"), ENVCRYPT_E_SERVICE_DOWN);
    EVC_CHECK_CODE(seal(EVC_STORED_KMS_V2, "p"), ENVCRYPT_E_SERVICE_DOWN);
    ck_assert_uint_eq(out.size, 0);
}
END_TEST

static int
seal_each(void *user)
{
    evc_stored_provider provider = *(evc_stored_provider *)user;
    evc_buf made = {0};
    int rc;

    rc = evc_stored_seal(keys, provider, "p", ETCD_KEY, evc_view_text("{}"), NULL,
                         &made, NULL);
    evc_buf_reset(&made);
    return rc;
}

START_TEST(survives_any_lack_of_memory)
{
    evc_stored_provider providers[] = {EVC_STORED_KMS_V2, EVC_STORED_KMS_V1};

    add_turning(&service, "p", "raw", "acme");
    EVC_CHECK_OK(seal(EVC_STORED_KMS_V1, "p"));
    for (int i = 0; i < 2; i++)
        ck_assert_uint_gt(evc_alloc_sweep(seal_each, &providers[i]), 1);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        writes_what_is_read_as_such,
        takes_the_first_key_of_the_provider,
        values_of_kms_v2_name_the_key,
        kms_v1_wraps_for_each_value_and_v2_once,
        identity_takes_no_key,
        the_key_must_be_given,
        what_kubernetes_could_not_read_is_not_written,
        wrapped_keys_are_short_enough,
        values_are_sealed_up_to_the_limit,
        a_failing_service_is_told,
        survives_any_lack_of_memory,
        NULL,
    };
    TCase *tcase = tcase_create("stored seal");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, begin, end);
    for (const TTest *const *test = tests; *test; test++)
        tcase_add_test(tcase, *test);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("stored seal", add_tests)
