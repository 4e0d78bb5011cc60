/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/stored_open.h"

#include "evc-alloc.h"
#include "k8s/stored_seal.h"
#include "stored-fixture.h"

static evc_buf value;
static evc_buf out;
static turning service;
static turning other_service;

static void
begin(void)
{
    open_fixture();
    service = other_service = (turning){0};
}

static void
end(void)
{
    evc_buf_reset(&value);
    evc_buf_reset(&out);
    close_fixture();
}

static int
open_at(const char *etcd_key)
{
    evc_buf_clear(&out);
    return evc_stored_open(keys, evc_view_text(etcd_key), evc_buf_view(&value), NULL,
                           &out, NULL);
}

static int
open_value(void)
{
    return open_at(STORED_ETCD_KEY);
}

static void
check_opens(const char *text)
{
    EVC_CHECK_OK(open_value());
    ck_assert(evc_view_is_text(evc_buf_view(&out), text));
}

static void
seal(evc_stored_provider provider, const char *name, const char *text)
{
    evc_buf_clear(&value);
    EVC_CHECK_OK(evc_stored_seal(keys, provider, name, ETCD_KEY, evc_view_text(text),
                                 NULL, &value, NULL));
}

/* A service that unwraps the published names to the published keys. */
static void
serve_published(envcrypt_call *call, void *user)
{
    uint8_t first = *(const uint8_t *)user;
    uint8_t key[32];

    for (uint8_t i = 0; i < 32; i++)
        key[i] = (uint8_t)(first + i);
    EVC_CHECK_OK(envcrypt_call_set_key(call, key, sizeof(key), NULL));
    envcrypt_call_finish(call, 0, NULL, NULL);
}

static void
add_published(uint8_t *first)
{
    evc_kms *kms;

    EVC_CHECK_OK(evc_custom_open(crypto, "acme", "k", ENVCRYPT_OP_UNWRAP,
                                 serve_published, first, NULL, &kms, NULL));
    EVC_CHECK_OK(evc_stored_keys_add_kms(keys, "libenvcrypt", "raw", kms, NULL, NULL));
    evc_kms_unref(kms);
}

START_TEST(opens_the_published_value_of_kms_v2)
{
    uint8_t first = 0;

    add_published(&first);
    put_hex(&value, STORED_V2);
    EVC_CHECK_OK(open_value());
    ck_assert(evc_view_equal(evc_buf_view(&out), evc_view_of("k8s\0hello", 9)));
}
END_TEST

START_TEST(opens_the_published_value_of_kms_v1)
{
    uint8_t first = 0x60;

    add_published(&first);
    put_hex(&value, STORED_V1);
    EVC_CHECK_OK(open_value());
    ck_assert(evc_view_equal(evc_buf_view(&out), evc_view_of("k8s\0hello", 9)));
}
END_TEST

/* A key that is no seed, as servers before 1.29 could write. */
START_TEST(opens_kms_v2_under_a_plain_key)
{
    evc_encrypted_object object = {.key_id = evc_view_text("kek"),
                                   .dek_source = evc_view_text("wrapped")};
    evc_buf sealed = {0};
    uint8_t key[32];
    uint8_t first = 7;

    for (uint8_t i = 0; i < 32; i++)
        key[i] = (uint8_t)(first + i);
    add_published(&first);
    EVC_CHECK_OK(evc_stored_cipher_seal(crypto, EVC_LAYOUT_GCM, evc_view_of(key, 32),
                                        ETCD_KEY, evc_view_text("{}"), &sealed, NULL));
    object.data = evc_buf_view(&sealed);
    evc_buf_put_text(&value, "k8s:enc:kms:v2:libenvcrypt:");
    evc_encrypted_object_write(&object, NULL, 0, &value);
    check_opens("{}");
    evc_buf_reset(&sealed);
}
END_TEST

START_TEST(identity_is_opened_without_keys)
{
    evc_buf_put_text(&value, "{\"kind\":\"Secret\"}");
    EVC_CHECK_OK(open_at(""));
    ck_assert(evc_view_equal(evc_buf_view(&out), evc_buf_view(&value)));
}
END_TEST

static const evc_stored_provider local[] = {EVC_STORED_AESCBC, EVC_STORED_AESGCM,
                                            EVC_STORED_SECRETBOX};

START_TEST(local_keys_are_found_by_their_name)
{
    for (size_t i = 0; i < 3; i++) {
        add_local(local[i], "other", "another key of thirty-two bytes!");
        add_local(local[i], "key", KEY_32);
        seal(local[i], "key", "{}");
        check_opens("{}");
    }
}
END_TEST

/* As PrefixTransformers of k8s.io/apiserver try all that match. */
START_TEST(every_key_of_a_name_is_tried)
{
    add_local(EVC_STORED_SECRETBOX, "key", KEY_32);
    seal(EVC_STORED_SECRETBOX, "key", "{}");
    evc_stored_keys_free(keys);
    EVC_CHECK_OK(evc_stored_keys_new(crypto, &keys, NULL));
    add_local(EVC_STORED_SECRETBOX, "key", "another key of thirty-two bytes!");
    add_local(EVC_STORED_SECRETBOX, "key", KEY_32);
    check_opens("{}");
}
END_TEST

/* "a" fits the beginning of what "a:b" wrote, and is the wrong one. */
START_TEST(names_may_hold_colons)
{
    static const evc_stored_provider providers[] = {
        EVC_STORED_AESCBC, EVC_STORED_AESGCM, EVC_STORED_SECRETBOX};

    for (size_t i = 0; i < 3; i++) {
        add_local(providers[i], "a", "another key of thirty-two bytes!");
        add_local(providers[i], "a:b", KEY_32);
        seal(providers[i], "a:b", "{}");
        check_opens("{}");
    }
    add_turning(&other_service, "a", "raw", "acme");
    add_turning(&service, "a:b", "raw", "acme");
    seal(EVC_STORED_KMS_V1, "a:b", "{}");
    check_opens("{}");
    ck_assert_int_eq(other_service.unwraps, 0);
}
END_TEST

START_TEST(a_plugin_without_a_name_opens_all)
{
    add_turning(&service, NULL, "raw", "acme");
    seal(EVC_STORED_KMS_V1, "some:name", "{}");
    check_opens("{}");
    seal(EVC_STORED_KMS_V2, "another", "[]");
    check_opens("[]");
}
END_TEST

START_TEST(the_key_must_be_given)
{
    add_local(EVC_STORED_AESGCM, "key", KEY_32);
    seal(EVC_STORED_AESGCM, "key", "{}");
    evc_stored_keys_free(keys);
    EVC_CHECK_OK(evc_stored_keys_new(crypto, &keys, NULL));
    EVC_CHECK_CODE(open_value(), ENVCRYPT_E_STORED_NO_KEY);
    add_local(EVC_STORED_AESGCM, "ke", KEY_32);
    add_local(EVC_STORED_SECRETBOX, "key", KEY_32);
    EVC_CHECK_CODE(open_value(), ENVCRYPT_E_STORED_NO_KEY);
    add_local(EVC_STORED_AESGCM, "key", "another key of thirty-two bytes!");
    EVC_CHECK_CODE(open_value(), ENVCRYPT_E_STORED_AUTH);
}
END_TEST

START_TEST(a_value_opens_at_its_place_only)
{
    add_local(EVC_STORED_AESGCM, "key", KEY_32);
    add_turning(&service, "p", "raw", "acme");
    for (int i = 0; i < 3; i++) {
        static const evc_stored_provider bound[] = {
            EVC_STORED_AESGCM, EVC_STORED_KMS_V1, EVC_STORED_KMS_V2};

        seal(bound[i], NULL, "{}");
        EVC_CHECK_CODE(open_at("/registry/secrets/default/s2"), ENVCRYPT_E_STORED_AUTH);
        EVC_CHECK_CODE(open_at(""), ENVCRYPT_E_ARGUMENT);
        check_opens("{}");
    }
}
END_TEST

START_TEST(aescbc_and_secretbox_open_anywhere)
{
    add_local(EVC_STORED_AESCBC, "key", KEY_32);
    add_local(EVC_STORED_SECRETBOX, "key", KEY_32);
    seal(EVC_STORED_AESCBC, NULL, "{}");
    EVC_CHECK_OK(open_at(""));
    seal(EVC_STORED_SECRETBOX, NULL, "{}");
    EVC_CHECK_OK(open_at(""));
}
END_TEST

START_TEST(a_seed_is_unwrapped_once_for_all_its_values)
{
    evc_buf values[20] = {0};

    add_turning(&service, "p", "edk", "acme");
    for (size_t i = 0; i < 20; i++)
        EVC_CHECK_OK(evc_stored_seal(keys, EVC_STORED_KMS_V2, "p", ETCD_KEY,
                                     evc_view_text("{}"), NULL, &values[i], NULL));
    ck_assert_int_eq(service.wraps, 1);
    for (size_t i = 0; i < 20; i++) {
        evc_buf_clear(&out);
        EVC_CHECK_OK(evc_stored_open(keys, ETCD_KEY, evc_buf_view(&values[i]), NULL,
                                     &out, NULL));
        evc_buf_reset(&values[i]);
    }
    ck_assert_int_eq(service.unwraps, 1);
}
END_TEST

START_TEST(a_seed_that_does_not_open_is_not_kept)
{
    add_turning(&service, "p", "raw", "acme");
    seal(EVC_STORED_KMS_V2, "p", "{}");
    EVC_CHECK_CODE(open_at("/elsewhere"), ENVCRYPT_E_STORED_AUTH);
    check_opens("{}");
    ck_assert_int_eq(service.unwraps, 2);
    EVC_CHECK_CODE(open_at("/elsewhere"), ENVCRYPT_E_STORED_AUTH);
    ck_assert_int_eq(service.unwraps, 2);
}
END_TEST

START_TEST(the_next_plugin_of_a_name_is_tried)
{
    add_turning(&other_service, "p", "raw", "acme");
    other_service.code = ENVCRYPT_E_UNWRAP;
    add_turning(&service, "p", "raw", "acme");
    evc_buf_put_text(&value, ""); /* sealed by the first, which only wraps */
    other_service.code = 0;
    seal(EVC_STORED_KMS_V2, "p", "{}");
    other_service.code = ENVCRYPT_E_UNWRAP;
    check_opens("{}");
    check_opens("{}");
    ck_assert_int_eq(other_service.unwraps, 1);
    ck_assert_int_eq(service.unwraps, 1);
}
END_TEST

START_TEST(what_a_service_says_is_told)
{
    evc_error *err = NULL;

    add_turning(&service, "p", "raw", "acme");
    seal(EVC_STORED_KMS_V2, "p", "{}");
    service.code = ENVCRYPT_E_SERVICE_DOWN;
    EVC_CHECK_CODE(
        evc_stored_open(keys, ETCD_KEY, evc_buf_view(&value), NULL, &out, &err),
        ENVCRYPT_E_SERVICE_DOWN);
    ck_assert_ptr_nonnull(evc_error_cause(err));
    ck_assert_ptr_nonnull(strstr(evc_error_message(err), "arn:k"));
    evc_error_free(err);
}
END_TEST

/* A key that is the wrong one is looked for elsewhere than a service that is away. */
START_TEST(a_key_that_could_not_be_used_is_not_called_a_wrong_one)
{
    evc_error *err = NULL;

    add_turning(&service, "p", "raw", "acme");
    seal(EVC_STORED_KMS_V2, "p", "{}");
    service.code = ENVCRYPT_E_SERVICE_DOWN;
    EVC_CHECK_CODE(
        evc_stored_open(keys, ETCD_KEY, evc_buf_view(&value), NULL, &out, &err),
        ENVCRYPT_E_SERVICE_DOWN);
    ck_assert_ptr_nonnull(strstr(evc_error_message(err), "could not be used"));
    evc_err_drop(&err);
    service.code = ENVCRYPT_E_UNWRAP;
    EVC_CHECK_CODE(
        evc_stored_open(keys, ETCD_KEY, evc_buf_view(&value), NULL, &out, &err),
        ENVCRYPT_E_UNWRAP);
    ck_assert_ptr_nonnull(strstr(evc_error_message(err), "check that key"));
    evc_error_free(err);
}
END_TEST

/* A service that is away says more than a key that is another one. */
START_TEST(the_failure_that_says_most_is_told)
{
    add_turning(&service, "p", "raw", "acme");
    add_turning(&other_service, "p", "raw", "acme");
    seal(EVC_STORED_KMS_V2, "p", "{}");
    service.code = ENVCRYPT_E_UNWRAP;
    other_service.code = ENVCRYPT_E_SERVICE_DOWN;
    EVC_CHECK_CODE(open_value(), ENVCRYPT_E_SERVICE_DOWN);
    other_service.code = ENVCRYPT_E_UNWRAP;
    EVC_CHECK_CODE(open_value(), ENVCRYPT_E_UNWRAP);
}
END_TEST

START_TEST(a_cancel_ends_the_search)
{
    add_turning(&service, "p", "raw", "acme");
    add_turning(&other_service, "p", "raw", "acme");
    seal(EVC_STORED_KMS_V2, "p", "{}");
    service.code = ENVCRYPT_E_CANCELED;
    EVC_CHECK_CODE(open_value(), ENVCRYPT_E_CANCELED);
    ck_assert_int_eq(other_service.unwraps, 0);
}
END_TEST

START_TEST(unknown_providers_are_refused)
{
    evc_buf_put_text(&value, "k8s:enc:kms:v3:p:body");
    EVC_CHECK_CODE(open_value(), ENVCRYPT_E_STORED);
}
END_TEST

START_TEST(forms_of_clouds_are_unwrapped)
{
    static const char *const forms[][2] = {{"aws", "aws-kms"},
                                           {"alibaba", "envcrypt-alibaba-kms"}};

    for (size_t i = 0; i < 2; i++) {
        evc_stored_keys_free(keys);
        EVC_CHECK_OK(evc_stored_keys_new(crypto, &keys, NULL));
        add_turning(&service, "p", forms[i][0], forms[i][1]);
        seal(EVC_STORED_KMS_V1, "p", "{}");
        check_opens("{}");
        seal(EVC_STORED_KMS_V2, "p", "{}");
        check_opens("{}");
    }
}
END_TEST

static int
open_both(void *user)
{
    evc_buf *values = user;
    evc_error *err = NULL;
    evc_buf got = {0};
    evc_stored_keys *set = NULL;
    evc_kms *kms = NULL;
    int rc = evc_stored_keys_new(crypto, &set, &err);

    if (!rc)
        rc = evc_kms_new(crypto, &turning_backend, &service, "acme", "arn:k",
                         ENVCRYPT_OP_UNWRAP, &kms, &err);
    if (!rc)
        rc = evc_stored_keys_add_kms(set, "p", "raw", kms, NULL, &err);
    for (size_t i = 0; !rc && i < 2; i++)
        rc = evc_stored_open(set, ETCD_KEY, evc_buf_view(&values[i]), NULL, &got, &err);
    evc_kms_unref(kms);
    evc_stored_keys_free(set);
    evc_buf_reset(&got);
    evc_error_free(err);
    return rc;
}

START_TEST(survives_any_lack_of_memory)
{
    evc_buf values[2] = {0};

    add_turning(&service, "p", "raw", "acme");
    EVC_CHECK_OK(evc_stored_seal(keys, EVC_STORED_KMS_V1, "p", ETCD_KEY,
                                 evc_view_text("{}"), NULL, &values[0], NULL));
    EVC_CHECK_OK(evc_stored_seal(keys, EVC_STORED_KMS_V2, "p", ETCD_KEY,
                                 evc_view_text("{}"), NULL, &values[1], NULL));
    EVC_CHECK_OK(open_both(values));
    ck_assert_uint_gt(evc_alloc_sweep(open_both, values), 10);
    evc_buf_reset(&values[0]);
    evc_buf_reset(&values[1]);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        opens_the_published_value_of_kms_v2,
        opens_the_published_value_of_kms_v1,
        opens_kms_v2_under_a_plain_key,
        identity_is_opened_without_keys,
        local_keys_are_found_by_their_name,
        every_key_of_a_name_is_tried,
        names_may_hold_colons,
        a_plugin_without_a_name_opens_all,
        the_key_must_be_given,
        a_value_opens_at_its_place_only,
        aescbc_and_secretbox_open_anywhere,
        a_seed_is_unwrapped_once_for_all_its_values,
        a_seed_that_does_not_open_is_not_kept,
        the_next_plugin_of_a_name_is_tried,
        what_a_service_says_is_told,
        a_key_that_could_not_be_used_is_not_called_a_wrong_one,
        the_failure_that_says_most_is_told,
        a_cancel_ends_the_search,
        unknown_providers_are_refused,
        forms_of_clouds_are_unwrapped,
        survives_any_lack_of_memory,
        NULL,
    };
    TCase *tcase = tcase_create("stored open");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, begin, end);
    for (const TTest *const *test = tests; *test; test++)
        tcase_add_test(tcase, *test);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("stored open", add_tests)
