/* SPDX-License-Identifier: Apache-2.0 */
#include "kms/local_serve.h"

#include "base/mem.h"
#include "local-fixture.h"

static evc_edk_out wrapped;
static bool stale;

static void
begin(void)
{
    open_local_fixture();
    evc_edk_out_init(&wrapped);
}

static void
end(void)
{
    evc_edk_out_reset(&wrapped);
    close_local_fixture();
}

static int
wrap(void)
{
    evc_edk_out_reset(&wrapped);
    return wrap_by(kms, &wrapped);
}

static int
unwrap(void)
{
    return unwrap_by(kms, &wrapped, &stale);
}

static void
pass_a_second(void)
{
    clock_ms += EVC_LOCAL_LOOK_MS;
}

START_TEST(a_wrap_key_writes_raw_aes_of_name_and_version)
{
    EVC_CHECK_OK(wrap());
    ck_assert(evc_view_is_text(evc_buf_view(&wrapped.provider), "store"));
    ck_assert(evc_view_is_text(name_in(&wrapped), "k/1"));
    EVC_CHECK_OK(unwrap());
    ck_assert(!stale);
}
END_TEST

START_TEST(the_context_is_bound)
{
    evc_edk edk;
    evc_secret key;
    evc_kv context;

    evc_kv_init(&context);
    EVC_CHECK_OK(evc_kv_add(&context, evc_view_text("a"), evc_view_text("b"), NULL));
    EVC_CHECK_OK(evc_kms_wrap(kms, data_key(), &context, NULL, NULL, &wrapped, NULL));
    edk = evc_edk_view(&wrapped);
    EVC_CHECK_CODE(evc_kms_unwrap(kms, &edk, NULL, 32, NULL, NULL, &key, NULL, NULL),
                   ENVCRYPT_E_UNWRAP);
    EVC_CHECK_OK(evc_kms_unwrap(kms, &edk, &context, 32, NULL, NULL, &key, NULL, NULL));
    evc_secret_free(&key);
    evc_kv_reset(&context);
}
END_TEST

START_TEST(a_rotation_by_the_key_takes_effect_at_once)
{
    evc_edk_out old;

    EVC_CHECK_OK(wrap_by(kms, &old));
    EVC_CHECK_OK(evc_kms_rotate(kms, NULL, NULL));
    EVC_CHECK_OK(wrap());
    ck_assert(evc_view_is_text(name_in(&wrapped), "k/2"));
    EVC_CHECK_OK(unwrap_by(kms, &old, &stale));
    ck_assert(stale);
    EVC_CHECK_OK(unwrap());
    ck_assert(!stale);
    evc_edk_out_reset(&old);
}
END_TEST

START_TEST(a_rotation_waits_under_the_callers_wait)
{
    evc_store_txn txn;
    evc_wait wait;

    evc_wait_init(&wait, NULL, 0);
    EVC_CHECK_OK(evc_store_txn_begin(&txn, store->access, store->data, NULL, NULL));
    EVC_CHECK_CODE(evc_kms_rotate(kms, &wait, NULL), ENVCRYPT_E_FILE_BUSY);
    evc_store_txn_abort(&txn);
    EVC_CHECK_OK(evc_kms_rotate(kms, &wait, NULL));
    evc_wait_release(&wait);
}
END_TEST

START_TEST(a_rotation_by_others_takes_effect_within_a_second)
{
    EVC_CHECK_OK(wrap());
    EVC_CHECK_OK(rotate("k"));
    EVC_CHECK_OK(wrap());
    ck_assert(evc_view_is_text(name_in(&wrapped), "k/1"));
    pass_a_second();
    EVC_CHECK_OK(wrap());
    ck_assert(evc_view_is_text(name_in(&wrapped), "k/2"));
}
END_TEST

START_TEST(a_version_that_is_not_known_yet_is_looked_for)
{
    evc_kms *other = open_key("k");

    EVC_CHECK_OK(wrap());
    EVC_CHECK_OK(evc_kms_rotate(other, NULL, NULL));
    evc_edk_out_reset(&wrapped);
    EVC_CHECK_OK(wrap_by(other, &wrapped));
    EVC_CHECK_OK(unwrap());
    ck_assert(!stale);
    evc_kms_unref(other);
}
END_TEST

START_TEST(a_version_that_does_not_exist_is_not_found)
{
    EVC_CHECK_OK(wrap());
    wrapped.info.data[2] = '7'; /* k/7 */
    EVC_CHECK_CODE(unwrap(), ENVCRYPT_E_KEY_NOT_FOUND);
}
END_TEST

START_TEST(a_disabled_version_does_nothing)
{
    EVC_CHECK_OK(wrap());
    EVC_CHECK_OK(evc_keystore_set_enabled(store, "k", 1, false, NULL, NULL));
    pass_a_second();
    EVC_CHECK_CODE(unwrap(), ENVCRYPT_E_KEY_DISABLED);
    EVC_CHECK_CODE(wrap(), ENVCRYPT_E_KEY_DISABLED);
    EVC_CHECK_CODE(evc_kms_probe(kms, NULL, NULL), ENVCRYPT_E_KEY_DISABLED);
}
END_TEST

START_TEST(a_destroyed_version_does_nothing)
{
    EVC_CHECK_OK(wrap());
    EVC_CHECK_OK(evc_keystore_destroy_version(store, "k", 1, "k/1", NULL, NULL));
    pass_a_second();
    EVC_CHECK_CODE(unwrap(), ENVCRYPT_E_KEY_DESTROYED);
    EVC_CHECK_CODE(wrap(), ENVCRYPT_E_KEY_DESTROYED);
}
END_TEST

START_TEST(without_an_enabled_version_wrapping_says_what_to_do)
{
    evc_error *error = NULL;
    evc_edk_out none;

    EVC_CHECK_OK(evc_keystore_set_enabled(store, "k", 1, false, NULL, NULL));
    pass_a_second();
    EVC_CHECK_CODE(evc_kms_wrap(kms, data_key(), NULL, NULL, NULL, &none, &error),
                   ENVCRYPT_E_KEY_DISABLED);
    ck_assert_ptr_nonnull(
        strstr(evc_error_message(error), "enable version 1 or rotate the key"));
    evc_error_free(error);
}
END_TEST

START_TEST(an_older_version_wraps_when_the_newest_is_disabled)
{
    EVC_CHECK_OK(rotate("k"));
    EVC_CHECK_OK(evc_keystore_set_enabled(store, "k", 2, false, NULL, NULL));
    pass_a_second();
    EVC_CHECK_OK(wrap());
    ck_assert(evc_view_is_text(name_in(&wrapped), "k/1"));
    EVC_CHECK_OK(evc_kms_probe(kms, NULL, NULL));
}
END_TEST

START_TEST(changed_bytes_do_not_unwrap)
{
    EVC_CHECK_OK(wrap());
    wrapped.ciphertext.data[0] ^= 1;
    EVC_CHECK_CODE(unwrap(), ENVCRYPT_E_UNWRAP);
}
END_TEST

START_TEST(a_ciphertext_of_no_keys_length_does_not_unwrap)
{
    uint8_t long_key[65] = {0};

    EVC_CHECK_OK(wrap());
    evc_buf_truncate(&wrapped.ciphertext, 16);
    EVC_CHECK_CODE(unwrap(), ENVCRYPT_E_UNWRAP);
    evc_buf_put(&wrapped.ciphertext, long_key, sizeof(long_key));
    EVC_CHECK_CODE(unwrap(), ENVCRYPT_E_UNWRAP);
}
END_TEST

START_TEST(a_version_wraps_2_to_the_32_times)
{
    evc_wrap_count *count = evc_wrap_counts_find(store->data->id, "k", 1);

    EVC_CHECK_OK(wrap());
    ck_assert_uint_eq(atomic_load(count), 1);
    atomic_store(count, EVC_WRAPS_MAX);
    EVC_CHECK_CODE(wrap(), ENVCRYPT_E_KEY_EXHAUSTED);
    EVC_CHECK_OK(evc_kms_rotate(kms, NULL, NULL));
    EVC_CHECK_OK(wrap());
}
END_TEST

START_TEST(a_handle_that_is_opened_anew_goes_on_counting)
{
    evc_wrap_count *count = evc_wrap_counts_find(store->data->id, "k", 1);

    EVC_CHECK_OK(wrap());
    evc_kms_unref(kms);
    kms = open_key("k");
    evc_edk_out_reset(&wrapped);
    EVC_CHECK_OK(wrap());
    ck_assert_uint_eq(atomic_load(count), 2);
}
END_TEST

START_TEST(a_branch_key_writes_hierarchical_edks)
{
    evc_kms *branch;
    evc_edk edk;
    uint8_t uuid[EVC_UUID_SIZE];

    EVC_CHECK_OK(evc_keystore_add_key(store, "b", ENVCRYPT_KIND_BRANCH, NULL, NULL));
    branch = open_key("b");
    EVC_CHECK_OK(wrap_by(branch, &wrapped));
    edk = evc_edk_view(&wrapped);
    ck_assert(evc_view_is_text(edk.provider, EVC_EDK_HIERARCHY));
    ck_assert(evc_view_is_text(edk.info, "b"));
    ck_assert(evc_hierarchy_version(&edk, uuid));
    ck_assert_mem_eq(uuid, store->data->keys[1].versions[0].uuid, sizeof(uuid));
    EVC_CHECK_OK(evc_kms_rotate(branch, NULL, NULL));
    EVC_CHECK_OK(unwrap_by(branch, &wrapped, &stale));
    ck_assert(stale);
    evc_kms_unref(branch);
}
END_TEST

static evc_kms *
import_and_open(bool writes)
{
    evc_store_import import = {.name = "i",
                               .name_space = "theirs",
                               .key_name = "x",
                               .material = evc_view_text("0123456789abcdef"),
                               .writes = writes};

    EVC_CHECK_OK(evc_keystore_import(store, &import, NULL, NULL));
    return open_key("i");
}

START_TEST(an_imported_key_keeps_its_names)
{
    evc_kms *imported = import_and_open(true);

    EVC_CHECK_OK(wrap_by(imported, &wrapped));
    ck_assert(evc_view_is_text(evc_buf_view(&wrapped.provider), "theirs"));
    ck_assert(evc_view_is_text(name_in(&wrapped), "x"));
    EVC_CHECK_OK(unwrap_by(imported, &wrapped, &stale));
    ck_assert(!stale);
    EVC_CHECK_CODE(evc_kms_rotate(imported, NULL, NULL), ENVCRYPT_E_UNSUPPORTED);
    evc_kms_unref(imported);
}
END_TEST

START_TEST(an_imported_key_only_opens_by_default)
{
    evc_kms *imported = import_and_open(false);

    EVC_CHECK_CODE(wrap_by(imported, &wrapped), ENVCRYPT_E_KEY_READ_ONLY);
    EVC_CHECK_OK(evc_kms_probe(imported, NULL, NULL));
    evc_kms_unref(imported);
}
END_TEST

START_TEST(describes_versions_and_the_current_one)
{
    evc_key_info *info;

    EVC_CHECK_OK(rotate("k"));
    EVC_CHECK_OK(rotate("k"));
    EVC_CHECK_OK(evc_keystore_set_enabled(store, "k", 3, false, NULL, NULL));
    EVC_CHECK_OK(evc_keystore_destroy_version(store, "k", 1, "k/1", NULL, NULL));
    EVC_CHECK_OK(evc_kms_describe(kms, NULL, &info, NULL));
    ck_assert_str_eq(info->id, "k");
    ck_assert_int_eq(info->state, ENVCRYPT_KEY_ENABLED);
    ck_assert_uint_eq(info->count, 3);
    ck_assert_uint_eq(info->current, 1);
    ck_assert_str_eq(info->versions[1].id, "2");
    ck_assert_int_eq(info->versions[0].state, ENVCRYPT_KEY_DESTROYED);
    ck_assert_int_eq(info->versions[2].state, ENVCRYPT_KEY_DISABLED);
    ck_assert_int_eq(info->versions[1].created_ms,
                     store->data->keys[0].versions[1].created_ms);
    evc_key_info_free(info);
}
END_TEST

START_TEST(describes_a_key_that_does_not_wrap)
{
    evc_key_info *info;

    EVC_CHECK_OK(evc_keystore_set_enabled(store, "k", 1, false, NULL, NULL));
    EVC_CHECK_OK(evc_kms_describe(kms, NULL, &info, NULL));
    ck_assert_int_eq(info->state, ENVCRYPT_KEY_DISABLED);
    ck_assert_uint_eq(info->current, SIZE_MAX);
    evc_key_info_free(info);
}
END_TEST

START_TEST(a_rekeyed_store_ends_the_handle)
{
    evc_keystore_unprotect_args args = {.drop = "", .present = raw};

    EVC_CHECK_OK(wrap());
    EVC_CHECK_OK(evc_keystore_unprotect(store, &args, NULL, NULL));
    pass_a_second();
    EVC_CHECK_CODE(unwrap(), ENVCRYPT_E_STORE_CHANGED);
    EVC_CHECK_CODE(wrap(), ENVCRYPT_E_STORE_CHANGED);
    evc_kms_unref(kms);
    kms = open_key("k");
    EVC_CHECK_OK(wrap());
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        a_wrap_key_writes_raw_aes_of_name_and_version,
        the_context_is_bound,
        a_rotation_by_the_key_takes_effect_at_once,
        a_rotation_waits_under_the_callers_wait,
        a_rotation_by_others_takes_effect_within_a_second,
        a_version_that_is_not_known_yet_is_looked_for,
        a_version_that_does_not_exist_is_not_found,
        a_disabled_version_does_nothing,
        a_destroyed_version_does_nothing,
        without_an_enabled_version_wrapping_says_what_to_do,
        an_older_version_wraps_when_the_newest_is_disabled,
        changed_bytes_do_not_unwrap,
        a_ciphertext_of_no_keys_length_does_not_unwrap,
        a_version_wraps_2_to_the_32_times,
        a_handle_that_is_opened_anew_goes_on_counting,
        a_branch_key_writes_hierarchical_edks,
        an_imported_key_keeps_its_names,
        an_imported_key_only_opens_by_default,
        describes_versions_and_the_current_one,
        describes_a_key_that_does_not_wrap,
        a_rekeyed_store_ends_the_handle,
        NULL,
    };
    TCase *tcase = tcase_create("local_serve");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, begin, end);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("local_serve", add_tests)
