/* SPDX-License-Identifier: Apache-2.0 */
#include "kms/store_edit.h"

#include "evc-alloc.h"
#include "store-fixture.h"

static const uint8_t store_id[EVC_STORE_ID] = {1, 2, 3};
static evc_store_data *data;
static evc_store_keys keys;

static void
begin(void)
{
    open_fixture();
    EVC_CHECK_OK(evc_store_data_new(store_id, "store", 0, &data, NULL));
    EVC_CHECK_OK(evc_store_keys_generate(crypto, store_id, &keys, NULL));
}

static void
end(void)
{
    evc_store_keys_reset(&keys);
    evc_store_data_unref(data);
    close_fixture();
}

static int
add(const char *name, int32_t kind)
{
    return evc_store_add_key(&keys, data, name, kind, NULL);
}

static int
add_wrap(const char *name)
{
    return add(name, ENVCRYPT_KIND_WRAP);
}

static int
import_bytes(const char *name, const char *name_space, const char *key_name,
             evc_view material)
{
    evc_store_import import = {.name = name,
                               .name_space = name_space,
                               .key_name = key_name,
                               .material = material};

    return evc_store_import_key(&keys, data, &import, NULL);
}

static int
import(const char *name, const char *name_space, const char *key_name)
{
    return import_bytes(name, name_space, key_name, evc_view_text("0123456789abcdef"));
}

static int
rotate(const char *name, uint32_t *version)
{
    return evc_store_rotate_key(&keys, data, name, version, NULL);
}

static int
unwraps(size_t key, size_t version)
{
    evc_secret material;
    int rc = evc_store_keys_unwrap(&keys, data, &data->keys[key],
                                   &data->keys[key].versions[version], &material, NULL);

    evc_secret_free(&material);
    return rc;
}

START_TEST(a_new_key_has_one_enabled_version)
{
    EVC_CHECK_OK(add_wrap("k"));
    ck_assert_uint_eq(data->keys[0].count, 1);
    ck_assert_int_eq(data->keys[0].kind, ENVCRYPT_KIND_WRAP);
    ck_assert_int_eq(data->keys[0].versions[0].state, ENVCRYPT_KEY_ENABLED);
    ck_assert_int_gt(data->keys[0].versions[0].created_ms, 0);
    EVC_CHECK_OK(unwraps(0, 0));
}
END_TEST

START_TEST(dates_are_whole_seconds)
{
    ck_assert_int_eq(evc_store_now_ms(crypto) % 1000, 0);
}
END_TEST

START_TEST(branch_versions_are_random_uuids)
{
    uint32_t version;

    EVC_CHECK_OK(add("b", ENVCRYPT_KIND_BRANCH));
    EVC_CHECK_OK(rotate("b", &version));
    ck_assert_mem_ne(data->keys[0].versions[0].uuid, data->keys[0].versions[1].uuid,
                     16);
    ck_assert_uint_eq(data->keys[0].versions[0].uuid[6] >> 4, 4);
    ck_assert_uint_eq(data->keys[0].versions[0].uuid[8] >> 6, 2);
}
END_TEST

START_TEST(refuses_a_name_twice)
{
    EVC_CHECK_OK(add_wrap("k"));
    EVC_CHECK_CODE(add_wrap("k"), ENVCRYPT_E_KEY_EXISTS);
    EVC_CHECK_CODE(add("k", ENVCRYPT_KIND_BRANCH), ENVCRYPT_E_KEY_EXISTS);
    EVC_CHECK_CODE(import("k", "n", "x"), ENVCRYPT_E_KEY_EXISTS);
}
END_TEST

START_TEST(refuses_what_cannot_name_a_key)
{
    EVC_CHECK_CODE(add_wrap(""), ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(add_wrap("a/1"), ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(import("A", "n", "x"), ENVCRYPT_E_ARGUMENT);
}
END_TEST

START_TEST(refuses_kinds_that_are_not_made_here)
{
    EVC_CHECK_CODE(add("k", ENVCRYPT_KIND_IMPORTED), ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(add("k", 0), ENVCRYPT_E_ARGUMENT);
}
END_TEST

START_TEST(imports_keys_of_each_size)
{
    static const char bytes[] = "0123456789abcdef0123456789abcdef0";

    EVC_CHECK_OK(import_bytes("a", "n", "a", evc_view_of(bytes, 16)));
    EVC_CHECK_OK(import_bytes("b", "n", "b", evc_view_of(bytes, 24)));
    EVC_CHECK_OK(import_bytes("c", "n", "c", evc_view_of(bytes, 32)));
    EVC_CHECK_CODE(import_bytes("d", "n", "d", evc_view_of(bytes, 0)),
                   ENVCRYPT_E_KEY_SIZE);
    EVC_CHECK_CODE(import_bytes("d", "n", "d", evc_view_of(bytes, 15)),
                   ENVCRYPT_E_KEY_SIZE);
    EVC_CHECK_CODE(import_bytes("d", "n", "d", evc_view_of(bytes, 33)),
                   ENVCRYPT_E_KEY_SIZE);
    EVC_CHECK_OK(unwraps(1, 0));
    ck_assert_uint_eq(data->keys[1].versions[0].wrapped_size, 24 + EVC_STORE_TAG);
}
END_TEST

START_TEST(refuses_to_import_zeros)
{
    static const char zeros[16];

    EVC_CHECK_CODE(import_bytes("a", "n", "a", evc_view_of(zeros, 16)),
                   ENVCRYPT_E_ARGUMENT);
}
END_TEST

START_TEST(refuses_to_import_under_names_of_ours)
{
    EVC_CHECK_CODE(import("a", "aws-kms-x", "a"), ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(import("a", "envcrypt-ibm-kp", "a"), ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(import("a", "n", ""), ENVCRYPT_E_ARGUMENT);
}
END_TEST

START_TEST(refuses_an_imported_identity_twice)
{
    EVC_CHECK_OK(import("a", "n", "x"));
    EVC_CHECK_CODE(import("b", "n", "x"), ENVCRYPT_E_KEY_EXISTS);
    EVC_CHECK_OK(import("c", "n", "y"));
    EVC_CHECK_OK(import("d", "m", "x"));
}
END_TEST

START_TEST(refuses_to_import_the_identity_of_an_own_version)
{
    EVC_CHECK_OK(add_wrap("k"));
    EVC_CHECK_CODE(import("a", "store", "k/1"), ENVCRYPT_E_KEY_EXISTS);
    EVC_CHECK_CODE(import("a", "store", "k/2"), ENVCRYPT_E_KEY_EXISTS);
    EVC_CHECK_OK(import("b", "store", "kk/1"));
    EVC_CHECK_OK(import("c", "store", "k"));
    EVC_CHECK_OK(import("d", "other", "k/1"));
}
END_TEST

START_TEST(refuses_to_add_a_key_of_an_imported_identity)
{
    EVC_CHECK_OK(import("a", "store", "k/7"));
    EVC_CHECK_CODE(add_wrap("k"), ENVCRYPT_E_KEY_EXISTS);
    EVC_CHECK_OK(add("k", ENVCRYPT_KIND_BRANCH));
}
END_TEST

START_TEST(rotating_adds_an_enabled_version)
{
    uint32_t version = 0;

    EVC_CHECK_OK(add_wrap("k"));
    EVC_CHECK_OK(rotate("k", &version));
    ck_assert_uint_eq(version, 2);
    ck_assert_uint_eq(evc_store_key_current(&data->keys[0]), 1);
    EVC_CHECK_OK(unwraps(0, 0));
    EVC_CHECK_OK(unwraps(0, 1));
}
END_TEST

START_TEST(imported_keys_are_not_rotated)
{
    uint32_t version;

    EVC_CHECK_OK(import("a", "n", "x"));
    EVC_CHECK_CODE(rotate("a", &version), ENVCRYPT_E_KEY_KIND);
}
END_TEST

START_TEST(names_what_is_missing)
{
    uint32_t version;

    EVC_CHECK_OK(add_wrap("k"));
    EVC_CHECK_CODE(rotate("x", &version), ENVCRYPT_E_KEY_NOT_FOUND);
    EVC_CHECK_CODE(evc_store_set_enabled(data, "x", 1, false, NULL),
                   ENVCRYPT_E_KEY_NOT_FOUND);
    EVC_CHECK_CODE(evc_store_set_enabled(data, "k", 0, false, NULL),
                   ENVCRYPT_E_KEY_NOT_FOUND);
    EVC_CHECK_CODE(evc_store_set_enabled(data, "k", 2, false, NULL),
                   ENVCRYPT_E_KEY_NOT_FOUND);
    EVC_CHECK_CODE(evc_store_destroy_version(data, "k", 2, NULL),
                   ENVCRYPT_E_KEY_NOT_FOUND);
}
END_TEST

START_TEST(versions_are_disabled_and_enabled)
{
    EVC_CHECK_OK(add_wrap("k"));
    EVC_CHECK_OK(evc_store_set_enabled(data, "k", 1, false, NULL));
    ck_assert_int_eq(data->keys[0].versions[0].state, ENVCRYPT_KEY_DISABLED);
    EVC_CHECK_OK(evc_store_set_enabled(data, "k", 1, true, NULL));
    ck_assert_int_eq(data->keys[0].versions[0].state, ENVCRYPT_KEY_ENABLED);
    EVC_CHECK_OK(unwraps(0, 0));
}
END_TEST

START_TEST(destroying_removes_the_material)
{
    static const uint8_t zeros[sizeof(((evc_store_version *)0)->wrapped)];

    EVC_CHECK_OK(add_wrap("k"));
    EVC_CHECK_OK(evc_store_destroy_version(data, "k", 1, NULL));
    ck_assert_int_eq(data->keys[0].versions[0].state, ENVCRYPT_KEY_DESTROYED);
    ck_assert_uint_eq(data->keys[0].versions[0].wrapped_size, 0);
    ck_assert_mem_eq(data->keys[0].versions[0].wrapped, zeros, sizeof(zeros));
}
END_TEST

START_TEST(destroyed_versions_stay_destroyed)
{
    EVC_CHECK_OK(add_wrap("k"));
    EVC_CHECK_OK(evc_store_destroy_version(data, "k", 1, NULL));
    EVC_CHECK_CODE(evc_store_set_enabled(data, "k", 1, true, NULL),
                   ENVCRYPT_E_KEY_DESTROYED);
    EVC_CHECK_CODE(evc_store_destroy_version(data, "k", 1, NULL),
                   ENVCRYPT_E_KEY_DESTROYED);
}
END_TEST

static int
build(void *user)
{
    evc_store_data *saved = data;
    evc_store_data *fresh = NULL;
    uint32_t version;
    int rc = evc_store_data_new(store_id, "store", 0, &fresh, NULL);

    (void)user;
    data = fresh;
    if (!rc)
        rc = add_wrap("k");
    if (!rc)
        rc = rotate("k", &version);
    if (!rc)
        rc = import("i", "n", "x");
    evc_store_data_unref(fresh);
    data = saved;
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
        a_new_key_has_one_enabled_version,
        dates_are_whole_seconds,
        branch_versions_are_random_uuids,
        refuses_a_name_twice,
        refuses_what_cannot_name_a_key,
        refuses_kinds_that_are_not_made_here,
        imports_keys_of_each_size,
        refuses_to_import_zeros,
        refuses_to_import_under_names_of_ours,
        refuses_an_imported_identity_twice,
        refuses_to_import_the_identity_of_an_own_version,
        refuses_to_add_a_key_of_an_imported_identity,
        rotating_adds_an_enabled_version,
        imported_keys_are_not_rotated,
        names_what_is_missing,
        versions_are_disabled_and_enabled,
        destroying_removes_the_material,
        destroyed_versions_stay_destroyed,
        survives_memory_that_runs_out,
        NULL,
    };
    TCase *tcase = tcase_create("store_edit");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, begin, end);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("store_edit", add_tests)
