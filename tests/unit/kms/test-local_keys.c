/* SPDX-License-Identifier: Apache-2.0 */
#include "kms/local_keys.h"

#include "evc-alloc.h"
#include "keystore-fixture.h"

#define VERSIONS (EVC_LOCAL_KEYS + 2)

static evc_local_keys *kept;

static void
begin(void)
{
    open_keystore_fixture();
    EVC_CHECK_OK(add_key("k"));
    for (unsigned i = 1; i < VERSIONS; i++)
        EVC_CHECK_OK(rotate("k"));
    EVC_CHECK_OK(evc_local_keys_open(&kept, NULL));
}

static void
end(void)
{
    evc_local_keys_close(kept);
    close_keystore_fixture();
}

static size_t
used_slots(void)
{
    evc_arena_status status;

    evc_arena_get_status(env->arena, &status);
    return status.used_slots;
}

/* Gets a version; compares it with what unwrapping gives. */
static void
check_version(size_t version)
{
    const evc_store_key *key = &store->data->keys[0];
    evc_secret got;
    evc_secret wanted;

    EVC_CHECK_OK(evc_local_keys_get(kept, &store->access->keys, store->data, 0, version,
                                    &got, NULL));
    EVC_CHECK_OK(evc_store_keys_unwrap(&store->access->keys, store->data, key,
                                       &key->versions[version], &wanted, NULL));
    ck_assert_uint_eq(got.size, 32);
    ck_assert_mem_eq(got.bytes, wanted.bytes, 32);
    evc_secret_free(&got);
    evc_secret_free(&wanted);
}

START_TEST(gives_the_key_of_each_version)
{
    for (size_t round = 0; round < 2; round++) {
        for (size_t i = 0; i < VERSIONS; i++)
            check_version(i);
    }
}
END_TEST

START_TEST(keeps_a_few_versions_unwrapped)
{
    size_t before = used_slots();

    check_version(0);
    ck_assert_uint_eq(used_slots(), before + 1);
    check_version(0);
    ck_assert_uint_eq(used_slots(), before + 1);
    for (size_t i = 0; i < VERSIONS; i++)
        check_version(i);
    ck_assert_uint_eq(used_slots(), before + EVC_LOCAL_KEYS);
}
END_TEST

START_TEST(a_kept_version_is_not_unwrapped_again)
{
    evc_store_version *version = &store->data->keys[0].versions[0];
    evc_secret got;

    check_version(0);
    version->wrapped[0] ^= 1;
    EVC_CHECK_OK(
        evc_local_keys_get(kept, &store->access->keys, store->data, 0, 0, &got, NULL));
    evc_secret_free(&got);
    version->wrapped[0] ^= 1;
}
END_TEST

START_TEST(forgets_all_when_the_store_changed)
{
    size_t before = used_slots();

    for (size_t i = 0; i < 4; i++)
        check_version(i);
    EVC_CHECK_OK(rotate("k"));
    check_version(5);
    ck_assert_uint_eq(used_slots(), before + 1);
}
END_TEST

START_TEST(says_that_a_version_does_not_unwrap)
{
    evc_store_version *version = &store->data->keys[0].versions[0];
    evc_secret got;

    version->wrapped[0] ^= 1;
    EVC_CHECK_CODE(
        evc_local_keys_get(kept, &store->access->keys, store->data, 0, 0, &got, NULL),
        ENVCRYPT_E_STORE_MAC);
    version->wrapped[0] ^= 1;
}
END_TEST

static int
count_wrap(evc_local_keys *by, uint32_t version)
{
    return evc_local_keys_count_wrap(by, store->data, "k", version, NULL);
}

static void
set_count(uint32_t version, uint64_t count)
{
    atomic_store(evc_wrap_counts_find(store->data->id, "k", version), count);
}

START_TEST(a_version_wraps_2_to_the_32_times)
{
    set_count(2, EVC_WRAPS_MAX - 1);
    EVC_CHECK_OK(count_wrap(kept, 2));
    EVC_CHECK_CODE(count_wrap(kept, 2), ENVCRYPT_E_KEY_EXHAUSTED);
    EVC_CHECK_OK(count_wrap(kept, 3));
}
END_TEST

START_TEST(counts_outlive_a_change_of_the_store)
{
    check_version(0);
    set_count(2, EVC_WRAPS_MAX);
    EVC_CHECK_OK(rotate("k"));
    check_version(0);
    EVC_CHECK_CODE(count_wrap(kept, 2), ENVCRYPT_E_KEY_EXHAUSTED);
}
END_TEST

START_TEST(counts_belong_to_all_handles)
{
    evc_local_keys *other;

    set_count(2, EVC_WRAPS_MAX - 1);
    EVC_CHECK_OK(count_wrap(kept, 2));
    EVC_CHECK_OK(evc_local_keys_open(&other, NULL));
    EVC_CHECK_CODE(count_wrap(other, 2), ENVCRYPT_E_KEY_EXHAUSTED);
    evc_local_keys_close(other);
}
END_TEST

static int
open_and_use(void *user)
{
    evc_local_keys *fresh = NULL;
    evc_secret got = {0};
    int rc = evc_local_keys_open(&fresh, NULL);

    (void)user;
    if (!rc)
        rc = evc_local_keys_get(fresh, &store->access->keys, store->data, 0, 0, &got,
                                NULL);
    if (!rc)
        rc = count_wrap(fresh, 1);
    evc_secret_free(&got);
    evc_local_keys_close(fresh);
    return rc;
}

START_TEST(survives_memory_that_runs_out)
{
    ck_assert_uint_gt(evc_alloc_sweep(open_and_use, NULL), 0);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        gives_the_key_of_each_version,         keeps_a_few_versions_unwrapped,
        a_kept_version_is_not_unwrapped_again, forgets_all_when_the_store_changed,
        says_that_a_version_does_not_unwrap,   a_version_wraps_2_to_the_32_times,
        counts_outlive_a_change_of_the_store,  counts_belong_to_all_handles,
        survives_memory_that_runs_out,         NULL,
    };
    TCase *tcase = tcase_create("local_keys");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, begin, end);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("local_keys", add_tests)
