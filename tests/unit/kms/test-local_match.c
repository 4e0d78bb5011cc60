/* SPDX-License-Identifier: Apache-2.0 */
#include "kms/local_match.h"

#include "base/mem.h"
#include "evc-check.h"
#include "kms/wrap_aes.h"

static evc_store_data *data;
static evc_buf info;
static evc_local_match found;
static uint8_t ciphertext[16 + 12 + EVC_UUID_SIZE + 32 + 16];

enum { WRAP, BRANCH, IMPORTED };

static void
begin(void)
{
    static const uint8_t id[EVC_STORE_ID];
    evc_store_key *key;

    evc_buf_init(&info);
    EVC_CHECK_OK(evc_store_data_new(id, "store", 0, &data, NULL));
    key = evc_store_data_add_key(data, "k", ENVCRYPT_KIND_WRAP);
    for (unsigned i = 0; i < 3; i++)
        ck_assert_ptr_nonnull(evc_store_key_add_version(key));
    key = evc_store_data_add_key(data, "b", ENVCRYPT_KIND_BRANCH);
    for (unsigned i = 0; i < 3; i++)
        evc_store_key_add_version(key)->uuid[0] = (uint8_t)(i + 1);
    key = evc_store_data_add_key(data, "i", ENVCRYPT_KIND_IMPORTED);
    ck_assert_ptr_nonnull(evc_store_key_add_version(key));
    key->name_space = evc_mem_strdup("theirs");
    key->key_name = evc_mem_strdup("x/1");
}

static void
end(void)
{
    evc_buf_reset(&info);
    evc_store_data_unref(data);
}

static evc_edk
raw_aes(const char *provider, const char *name)
{
    static const uint8_t iv[12];

    evc_buf_clear(&info);
    evc_edk_raw_aes_info(&info, evc_view_text(name), iv);
    return (evc_edk){.provider = evc_view_text(provider),
                     .info = evc_buf_view(&info),
                     .ciphertext = evc_view_of(ciphertext, 48)};
}

static evc_edk
hierarchy(const char *name, uint8_t version)
{
    ciphertext[16 + 12] = version;
    return (evc_edk){.provider = evc_view_text(EVC_EDK_HIERARCHY),
                     .info = evc_view_text(name),
                     .ciphertext = evc_view_of(ciphertext, sizeof(ciphertext))};
}

static bool
is_of(size_t key, evc_edk edk)
{
    return evc_local_match_key(data, key, &edk, &found);
}

START_TEST(wrap_keys_are_named_with_their_version)
{
    ck_assert(is_of(WRAP, raw_aes("store", "k/1")));
    ck_assert_uint_eq(found.version, 0);
    ck_assert(is_of(WRAP, raw_aes("store", "k/3")));
    ck_assert_uint_eq(found.version, 2);
}
END_TEST

START_TEST(versions_to_come_are_claimed_too)
{
    ck_assert(is_of(WRAP, raw_aes("store", "k/4")));
    ck_assert_uint_eq(found.version, EVC_STORE_NONE);
    ck_assert(is_of(WRAP, raw_aes("store", "k/4294967295")));
    ck_assert_uint_eq(found.version, EVC_STORE_NONE);
    ck_assert(is_of(BRANCH, hierarchy("b", 9)));
    ck_assert_uint_eq(found.version, EVC_STORE_NONE);
}
END_TEST

START_TEST(other_names_are_not_of_a_wrap_key)
{
    static const char *const names[] = {
        "k",   "k/",   "k/0", "k/01", "k/4294967296", "k/1 ", "k/-1",         "k/1a",
        "l/1", "kk/1", "",    "K/1",  "k/1/",         "/1",   "k/99999999999"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        ck_assert_msg(!is_of(WRAP, raw_aes("store", names[i])), "%s", names[i]);
    ck_assert(!is_of(WRAP, raw_aes("other", "k/1")));
}
END_TEST

START_TEST(an_info_that_is_not_raw_aes_is_of_no_key)
{
    evc_edk edk = raw_aes("store", "k/1");

    edk.info = evc_view_text("k/1");
    ck_assert(!is_of(WRAP, edk));
    edk.provider = evc_view_text("theirs");
    edk.info = evc_view_text("x/1");
    ck_assert(!is_of(IMPORTED, edk));
}
END_TEST

START_TEST(imported_keys_are_named_as_they_were)
{
    ck_assert(is_of(IMPORTED, raw_aes("theirs", "x/1")));
    ck_assert_uint_eq(found.version, 0);
    ck_assert(!is_of(IMPORTED, raw_aes("theirs", "x/2")));
    ck_assert(!is_of(IMPORTED, raw_aes("theirs", "i")));
    ck_assert(!is_of(IMPORTED, raw_aes("store", "x/1")));
}
END_TEST

START_TEST(branch_versions_are_named_by_their_uuids)
{
    ck_assert(is_of(BRANCH, hierarchy("b", 2)));
    ck_assert_uint_eq(found.version, 1);
    ck_assert(!is_of(BRANCH, hierarchy("c", 2)));
    ck_assert(!is_of(BRANCH, raw_aes("store", "b/1")));
}
END_TEST

START_TEST(a_kind_is_not_taken_for_another)
{
    ck_assert(!is_of(WRAP, hierarchy("k", 1)));
    ck_assert(!is_of(BRANCH, raw_aes(EVC_EDK_HIERARCHY, "b")));
}
END_TEST

START_TEST(a_short_hierarchy_ciphertext_is_of_no_key)
{
    evc_edk edk = hierarchy("b", 1);

    edk.ciphertext.size = 16 + 12 + EVC_UUID_SIZE - 1;
    ck_assert(!is_of(BRANCH, edk));
}
END_TEST

START_TEST(any_key_of_a_store_is_found)
{
    evc_edk edk = raw_aes("theirs", "x/1");

    ck_assert(evc_local_match_any(data, &edk, &found));
    ck_assert_uint_eq(found.key, IMPORTED);
    edk = hierarchy("b", 3);
    ck_assert(evc_local_match_any(data, &edk, &found));
    ck_assert_uint_eq(found.key, BRANCH);
    ck_assert_uint_eq(found.version, 2);
    edk = raw_aes("store", "z/1");
    ck_assert(!evc_local_match_any(data, &edk, &found));
}
END_TEST

START_TEST(versions_have_texts)
{
    char text[EVC_UUID_TEXT];

    evc_local_version_text(&data->keys[WRAP], 2, text);
    ck_assert_str_eq(text, "3");
    evc_local_version_text(&data->keys[BRANCH], 1, text);
    ck_assert_str_eq(text, "02000000-0000-0000-0000-000000000000");
    data->keys[WRAP].versions[0].number = UINT32_MAX;
    evc_local_version_text(&data->keys[WRAP], 0, text);
    ck_assert_str_eq(text, "4294967295");
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        wrap_keys_are_named_with_their_version,
        versions_to_come_are_claimed_too,
        other_names_are_not_of_a_wrap_key,
        an_info_that_is_not_raw_aes_is_of_no_key,
        imported_keys_are_named_as_they_were,
        branch_versions_are_named_by_their_uuids,
        a_kind_is_not_taken_for_another,
        a_short_hierarchy_ciphertext_is_of_no_key,
        any_key_of_a_store_is_found,
        versions_have_texts,
        NULL,
    };
    TCase *tcase = tcase_create("local_match");

    tcase_add_checked_fixture(tcase, begin, end);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("local_match", add_tests)
