/* SPDX-License-Identifier: Apache-2.0 */
#include "envcrypt/kms.h"

#include "evc-child.h"
#include "keystore-fixture.h"

START_TEST(tells_what_it_is)
{
    ck_assert_int_eq(envcrypt_keystore_is_verified(store), 1);
    ck_assert_int_eq(envcrypt_keystore_is_authenticated(store), 1);
    ck_assert_uint_eq(strlen(envcrypt_keystore_fingerprint(store)), 32);
    ck_assert_str_eq(envcrypt_keystore_name(store), "store");
}
END_TEST

START_TEST(tells_keys_and_versions)
{
    EVC_CHECK_OK(envcrypt_keystore_rotate(store, "k", NULL, NULL, NULL));
    ck_assert_uint_eq(envcrypt_keystore_keys(store), 1);
    ck_assert_str_eq(envcrypt_keystore_key_name(store, 0), "k");
    ck_assert_int_eq(envcrypt_keystore_key_kind(store, 0), ENVCRYPT_KIND_WRAP);
    ck_assert_uint_eq(envcrypt_keystore_versions(store, 0), 2);
    ck_assert_uint_eq(envcrypt_keystore_version_number(store, 0, 1), 2);
    ck_assert_int_eq(envcrypt_keystore_version_state(store, 0, 0),
                     ENVCRYPT_KEY_ENABLED);
    ck_assert_int_gt(envcrypt_keystore_version_created_ms(store, 0, 0), 0);
    ck_assert_int_eq(envcrypt_keystore_version_is_current(store, 0, 0), 0);
    ck_assert_int_eq(envcrypt_keystore_version_is_current(store, 0, 1), 1);
}
END_TEST

START_TEST(past_the_end_is_nothing)
{
    ck_assert_ptr_null(envcrypt_keystore_key_name(store, 1));
    ck_assert_int_eq(envcrypt_keystore_key_kind(store, 1), 0);
    ck_assert_uint_eq(envcrypt_keystore_versions(store, 1), 0);
    ck_assert_uint_eq(envcrypt_keystore_version_number(store, 0, 1), 0);
    ck_assert_int_eq(envcrypt_keystore_version_state(store, 0, 1),
                     ENVCRYPT_KEY_UNKNOWN);
    ck_assert_int_eq(envcrypt_keystore_version_created_ms(store, 1, 0), -1);
    ck_assert_int_eq(envcrypt_keystore_version_is_current(store, 0, SIZE_MAX), 0);
    ck_assert_ptr_null(envcrypt_keystore_protector_id(store, 1));
    ck_assert_int_eq(envcrypt_keystore_protector_type(store, 1), 0);
    ck_assert_int_eq(envcrypt_keystore_protector_opened(store, 1), 0);
}
END_TEST

START_TEST(no_version_is_current_when_all_are_disabled)
{
    EVC_CHECK_OK(envcrypt_keystore_set_enabled(store, "k", 1, 0, NULL, NULL));
    ck_assert_int_eq(envcrypt_keystore_version_is_current(store, 0, 0), 0);
    ck_assert_int_eq(envcrypt_keystore_version_is_current(store, 0, SIZE_MAX), 0);
}
END_TEST

START_TEST(tells_protectors_and_the_one_that_opened)
{
    envcrypt_keystore *opened;

    ck_assert_uint_eq(envcrypt_keystore_protectors(store), 1);
    ck_assert_uint_eq(strlen(envcrypt_keystore_protector_id(store, 0)), 16);
    ck_assert_int_eq(envcrypt_keystore_protector_type(store, 0),
                     ENVCRYPT_PROTECTOR_RAW_KEY);
    ck_assert_int_eq(envcrypt_keystore_protector_opened(store, 0), 0);
    EVC_CHECK_OK(open_store(raw, &opened));
    ck_assert_int_eq(envcrypt_keystore_protector_opened(opened, 0), 1);
    envcrypt_keystore_close(opened);
}
END_TEST

START_TEST(opens_unverified_to_be_listed)
{
    envcrypt_keystore *opened;
    envcrypt_kms *kms;

    EVC_CHECK_OK(open_store(NULL, &opened));
    ck_assert_int_eq(envcrypt_keystore_is_verified(opened), 0);
    ck_assert_int_eq(envcrypt_keystore_is_authenticated(opened), 0);
    ck_assert_ptr_null(envcrypt_keystore_fingerprint(opened));
    ck_assert_str_eq(envcrypt_keystore_key_name(opened, 0), "k");
    EVC_CHECK_CODE(envcrypt_keystore_open_key(opened, "k", &kms, NULL),
                   ENVCRYPT_E_STORE_UNVERIFIED);
    envcrypt_keystore_close(opened);
}
END_TEST

START_TEST(opens_pinned)
{
    envcrypt_keystore *opened;

    EVC_CHECK_OK(envcrypt_keystore_open(client, store_path(), raw,
                                        envcrypt_keystore_fingerprint(store), NULL,
                                        &opened, NULL));
    envcrypt_keystore_close(opened);
    EVC_CHECK_CODE(envcrypt_keystore_open(client, store_path(), raw,
                                          "00112233445566778899aabbccddeeff", NULL,
                                          &opened, NULL),
                   ENVCRYPT_E_STORE_FINGERPRINT);
    ck_assert_ptr_null(opened);
}
END_TEST

START_TEST(json_tells_the_same)
{
    envcrypt_buffer *json;
    const char *text;

    EVC_CHECK_OK(envcrypt_keystore_to_json(store, &json, NULL));
    text = envcrypt_buffer_data(json);
    ck_assert_uint_eq(strlen(text), envcrypt_buffer_size(json));
    ck_assert_ptr_nonnull(strstr(text, "\"verified\": true"));
    ck_assert_ptr_nonnull(strstr(text, envcrypt_keystore_fingerprint(store)));
    envcrypt_buffer_free(json);
}
END_TEST

START_TEST(opens_keys)
{
    envcrypt_kms *kms;

    EVC_CHECK_OK(envcrypt_keystore_open_key(store, "k", &kms, NULL));
    ck_assert_str_eq(envcrypt_kms_provider_id(kms), "store");
    ck_assert_str_eq(envcrypt_kms_key_id(kms), "k");
    ck_assert_int_eq(envcrypt_kms_is_authenticated(kms), 1);
    EVC_CHECK_OK(envcrypt_kms_rotate(kms, NULL, NULL));
    envcrypt_kms_unref(kms);
    EVC_CHECK_OK(envcrypt_keystore_open_key(store, NULL, &kms, NULL));
    ck_assert_str_eq(envcrypt_kms_key_id(kms), "");
    envcrypt_kms_unref(kms);
    EVC_CHECK_CODE(envcrypt_keystore_open_key(store, "l", &kms, NULL),
                   ENVCRYPT_E_KEY_NOT_FOUND);
    ck_assert_ptr_null(kms);
}
END_TEST

START_TEST(opens_keys_by_uri)
{
    envcrypt_kms_config *config;
    envcrypt_kms *kms;
    static char uri[2 * PATH_MAX];

    (void)snprintf(uri, sizeof(uri), "local://%s#k", store_path());
    EVC_CHECK_OK(envcrypt_kms_config_new(&config, NULL));
    EVC_CHECK_OK(envcrypt_kms_config_set_protectors(config, raw, NULL));
    EVC_CHECK_OK(envcrypt_kms_config_set(config, "fingerprint",
                                         envcrypt_keystore_fingerprint(store), NULL));
    EVC_CHECK_OK(envcrypt_kms_open(client, uri, config, NULL, &kms, NULL));
    ck_assert_str_eq(envcrypt_kms_key_id(kms), "k");
    envcrypt_kms_unref(kms);
    envcrypt_kms_config_free(config);
    EVC_CHECK_CODE(envcrypt_kms_open(client, uri, NULL, NULL, &kms, NULL),
                   ENVCRYPT_E_STORE_LOCKED);
}
END_TEST

START_TEST(null_arguments_are_named)
{
    envcrypt_keystore *none;
    envcrypt_kms *kms;
    envcrypt_buffer *json;

    EVC_CHECK_CODE(envcrypt_keystore_create(NULL, "f", "s", raw, NULL, &none, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_keystore_create(client, NULL, "s", raw, NULL, &none, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_keystore_create(client, "f", NULL, raw, NULL, &none, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_keystore_create(client, "f", "s", NULL, NULL, &none, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_keystore_create(client, "f", "s", raw, NULL, NULL, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_keystore_open(client, NULL, raw, NULL, NULL, &none, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_keystore_open_key(NULL, "k", &kms, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_keystore_open_key(store, "k", NULL, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_keystore_to_json(NULL, &json, NULL), ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_keystore_to_json(store, NULL, NULL), ENVCRYPT_E_ARGUMENT);
}
END_TEST

START_TEST(null_is_an_empty_store)
{
    ck_assert_int_eq(envcrypt_keystore_is_verified(NULL), 0);
    ck_assert_int_eq(envcrypt_keystore_is_authenticated(NULL), 0);
    ck_assert_ptr_null(envcrypt_keystore_fingerprint(NULL));
    ck_assert_ptr_null(envcrypt_keystore_name(NULL));
    ck_assert_uint_eq(envcrypt_keystore_keys(NULL), 0);
    ck_assert_uint_eq(envcrypt_keystore_versions(NULL, 0), 0);
    ck_assert_uint_eq(envcrypt_keystore_protectors(NULL), 0);
    ck_assert_ptr_null(envcrypt_keystore_protector_id(NULL, 0));
    envcrypt_keystore_close(NULL);
}
END_TEST

static int
use_in_child(void *user)
{
    envcrypt_keystore *opened = NULL;
    envcrypt_client *mine = NULL;
    envcrypt_kms *kms;

    (void)user;
    if (envcrypt_keystore_rotate(store, "k", NULL, NULL, NULL) != ENVCRYPT_E_FORKED)
        return 1;
    if (envcrypt_keystore_open_key(store, "k", &kms, NULL) != ENVCRYPT_E_FORKED)
        return 2;
    envcrypt_keystore_close(store);
    if (envcrypt_client_open(NULL, &mine, NULL))
        return 3;
    /* The secrets of an older list are zeros by now: they must not protect anything. */
    if (envcrypt_keystore_open(mine, store_path(), raw, NULL, NULL, &opened, NULL) !=
        ENVCRYPT_E_FORKED)
        return 4;
    if (envcrypt_keystore_create(mine, evc_folder_path("new.json"), "s", raw, NULL,
                                 &opened, NULL) != ENVCRYPT_E_FORKED)
        return 5;
    envcrypt_client_unref(mine);
    return 0;
}

START_TEST(child_of_fork_gets_an_error_and_may_close)
{
    EVC_CHECK_CHILD(use_in_child, NULL);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        tells_what_it_is,
        tells_keys_and_versions,
        past_the_end_is_nothing,
        no_version_is_current_when_all_are_disabled,
        tells_protectors_and_the_one_that_opened,
        opens_unverified_to_be_listed,
        opens_pinned,
        json_tells_the_same,
        opens_keys,
        opens_keys_by_uri,
        null_arguments_are_named,
        null_is_an_empty_store,
        child_of_fork_gets_an_error_and_may_close,
        NULL,
    };

    store_add(suite, "keystore", tests);
}

EVC_TEST_MAIN("keystore", add_tests)
