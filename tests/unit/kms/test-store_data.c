/* SPDX-License-Identifier: Apache-2.0 */
#include "kms/store_data.h"

#include "evc-alloc.h"
#include "evc-check.h"

static evc_store_data *data;

static void
begin(void)
{
    static const uint8_t id[EVC_STORE_ID] = {1, 2, 3};

    EVC_CHECK_OK(evc_store_data_new(id, "store", 1000, &data, NULL));
}

static void
end(void)
{
    evc_store_data_unref(data);
}

START_TEST(holds_what_it_is_made_of)
{
    ck_assert_uint_eq(data->id[2], 3);
    ck_assert_str_eq(data->name, "store");
    ck_assert_int_eq(data->created_ms, 1000);
}
END_TEST

START_TEST(lives_until_the_last_reference)
{
    ck_assert_ptr_eq(evc_store_data_ref(data), data);
    evc_store_data_unref(data);
    ck_assert_str_eq(data->name, "store");
}
END_TEST

START_TEST(keys_are_found_by_name)
{
    ck_assert_ptr_nonnull(evc_store_data_add_key(data, "a", ENVCRYPT_KIND_WRAP));
    ck_assert_ptr_nonnull(evc_store_data_add_key(data, "ab", ENVCRYPT_KIND_BRANCH));
    ck_assert_uint_eq(evc_store_data_find_key(data, evc_view_text("ab")), 1);
    ck_assert_uint_eq(evc_store_data_find_key(data, evc_view_text("a")), 0);
    ck_assert_uint_eq(evc_store_data_find_key(data, evc_view_text("b")),
                      EVC_STORE_NONE);
}
END_TEST

START_TEST(many_keys_and_versions_stay_in_order)
{
    char name[16];

    for (unsigned i = 0; i < 100; i++) {
        (void)snprintf(name, sizeof(name), "k%u", i);
        ck_assert_ptr_nonnull(evc_store_data_add_key(data, name, ENVCRYPT_KIND_WRAP));
        for (unsigned v = 0; v < i; v++)
            ck_assert_ptr_nonnull(evc_store_key_add_version(&data->keys[i]));
    }
    for (unsigned i = 0; i < 100; i++) {
        (void)snprintf(name, sizeof(name), "k%u", i);
        ck_assert_str_eq(data->keys[i].name, name);
        ck_assert_uint_eq(data->keys[i].count, i);
        for (unsigned v = 0; v < i; v++)
            ck_assert_uint_eq(data->keys[i].versions[v].number, v + 1);
    }
}
END_TEST

START_TEST(newest_enabled_version_is_current)
{
    evc_store_key *key = evc_store_data_add_key(data, "k", ENVCRYPT_KIND_WRAP);

    for (unsigned i = 0; i < 3; i++)
        ck_assert_ptr_nonnull(evc_store_key_add_version(key));
    ck_assert_uint_eq(evc_store_key_current(key), 2);
    key->versions[2].state = ENVCRYPT_KEY_DISABLED;
    ck_assert_uint_eq(evc_store_key_current(key), 1);
    key->versions[1].state = ENVCRYPT_KEY_DESTROYED;
    ck_assert_uint_eq(evc_store_key_current(key), 0);
    key->versions[0].state = ENVCRYPT_KEY_DISABLED;
    ck_assert_uint_eq(evc_store_key_current(key), EVC_STORE_NONE);
}
END_TEST

static void
add_protector(uint8_t fill)
{
    const uint8_t id[EVC_PROTECTOR_ID] = {fill};
    evc_protector *made =
        evc_store_data_add_protector(data, ENVCRYPT_PROTECTOR_RAW_KEY);

    ck_assert_ptr_nonnull(made);
    evc_protector_set_id(made, id);
    evc_buf_put_text(&made->wrapped, "bytes");
}

static size_t
find_protector(uint8_t fill)
{
    const uint8_t id[EVC_PROTECTOR_ID] = {fill};

    return evc_store_data_find_protector(data, id);
}

START_TEST(removing_a_protector_keeps_the_others)
{
    add_protector(1);
    add_protector(2);
    add_protector(3);
    evc_store_data_remove_protector(data, 1);
    ck_assert_uint_eq(find_protector(1), 0);
    ck_assert_uint_eq(find_protector(2), EVC_STORE_NONE);
    ck_assert_uint_eq(find_protector(3), 1);
    add_protector(4);
    ck_assert_uint_eq(find_protector(4), 2);
}
END_TEST

static bool
is_name(const char *name)
{
    return evc_store_is_name(evc_view_text(name));
}

#define TEN "0123456789"
#define SIXTY TEN TEN TEN TEN TEN TEN

START_TEST(names_have_1_to_64_characters)
{
    ck_assert(!is_name(""));
    ck_assert(is_name("a"));
    ck_assert(is_name(SIXTY "abcd"));
    ck_assert(!is_name(SIXTY "abcde"));
}
END_TEST

START_TEST(names_have_few_kinds_of_characters)
{
    ck_assert(is_name("a-z.0_9"));
    ck_assert(!is_name("A"));
    ck_assert(!is_name("a/1"));
    ck_assert(!is_name("a b"));
    ck_assert(!is_name("\xc3\xa4"));
    ck_assert(!evc_store_is_name(evc_view_of("a\0b", 3)));
}
END_TEST

START_TEST(reserved_provider_ids_name_no_store)
{
    ck_assert(evc_store_is_store_name(evc_view_text("aws")));
    ck_assert(!evc_store_is_store_name(evc_view_text("aws-kms")));
    ck_assert(!evc_store_is_store_name(evc_view_text("aws-kms-of-mine")));
    ck_assert(!evc_store_is_store_name(evc_view_text("envcrypt-ibm-kp")));
    ck_assert(is_name("aws-kms"));
}
END_TEST

/* Whether a key can be imported under a namespace and a name of n letters each. */
static bool
is_foreign(size_t name_space, size_t key_name)
{
    static char letters[EVC_STORE_FOREIGN_MAX + 1];

    for (size_t i = 0; i < sizeof(letters); i++)
        letters[i] = 'x';
    return evc_store_is_foreign(evc_view_of(letters, name_space),
                                evc_view_of(letters, key_name));
}

START_TEST(foreign_names_have_limits)
{
    ck_assert(is_foreign(1, 1));
    ck_assert(is_foreign(EVC_STORE_NAMESPACE_MAX, EVC_STORE_FOREIGN_MAX));
    ck_assert(!is_foreign(EVC_STORE_NAMESPACE_MAX + 1, 1));
    ck_assert(!is_foreign(1, EVC_STORE_FOREIGN_MAX + 1));
    ck_assert(!is_foreign(0, 1));
    ck_assert(!is_foreign(1, 0));
}
END_TEST

START_TEST(foreign_names_are_utf8_and_not_ours)
{
    ck_assert(evc_store_is_foreign(evc_view_text("Ä B"), evc_view_text("ö/1")));
    ck_assert(!evc_store_is_foreign(evc_view_text("\xff"), evc_view_text("k")));
    ck_assert(!evc_store_is_foreign(evc_view_text("n"), evc_view_text("\xff")));
    ck_assert(!evc_store_is_foreign(evc_view_text("aws-kms"), evc_view_text("k")));
    ck_assert(!evc_store_is_foreign(evc_view_text("envcrypt-x"), evc_view_text("k")));
}
END_TEST

static int
build(void *user)
{
    static const uint8_t id[EVC_STORE_ID];
    evc_store_data *made = NULL;
    evc_store_key *key = NULL;
    int rc = evc_store_data_new(id, "store", 0, &made, NULL);

    (void)user;
    if (!rc && (!evc_store_data_add_protector(made, ENVCRYPT_PROTECTOR_RSA) ||
                !(key = evc_store_data_add_key(made, "k", ENVCRYPT_KIND_WRAP)) ||
                !evc_store_key_add_version(key) || !evc_store_key_add_version(key)))
        rc = ENVCRYPT_E_NOMEM;
    evc_store_data_unref(made);
    return rc;
}

START_TEST(survives_memory_that_runs_out)
{
    ck_assert_uint_gt(evc_alloc_sweep(build, NULL), 0);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        holds_what_it_is_made_of,
        lives_until_the_last_reference,
        keys_are_found_by_name,
        many_keys_and_versions_stay_in_order,
        newest_enabled_version_is_current,
        removing_a_protector_keeps_the_others,
        names_have_1_to_64_characters,
        names_have_few_kinds_of_characters,
        reserved_provider_ids_name_no_store,
        foreign_names_have_limits,
        foreign_names_are_utf8_and_not_ours,
        survives_memory_that_runs_out,
        NULL,
    };
    TCase *tcase = tcase_create("store_data");

    tcase_add_checked_fixture(tcase, begin, end);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("store_data", add_tests)
