/* SPDX-License-Identifier: Apache-2.0 */
#include "kms/wrap_counts.h"

#include <pthread.h>

#include "evc-alloc.h"
#include "evc-check.h"
#include "evc-child.h"

#define THREADS 8
#define VERSIONS 2000u /* several in each bucket */

static const uint8_t store_id[EVC_STORE_ID] = {1};
static const uint8_t other_id[EVC_STORE_ID] = {2};

START_TEST(a_version_has_one_count)
{
    evc_wrap_count *count = evc_wrap_counts_find(store_id, "k", 1);

    ck_assert_ptr_nonnull(count);
    ck_assert_uint_eq(atomic_load(count), 0);
    atomic_store(count, 7);
    ck_assert_ptr_eq(evc_wrap_counts_find(store_id, "k", 1), count);
    ck_assert_uint_eq(atomic_load(count), 7);
}
END_TEST

START_TEST(other_versions_keys_and_stores_have_others)
{
    evc_wrap_count *count = evc_wrap_counts_find(store_id, "k", 1);

    ck_assert_ptr_ne(evc_wrap_counts_find(store_id, "k", 2), count);
    ck_assert_ptr_ne(evc_wrap_counts_find(store_id, "kk", 1), count);
    ck_assert_ptr_ne(evc_wrap_counts_find(other_id, "k", 1), count);
}
END_TEST

START_TEST(the_longest_name_has_a_count)
{
    char name[EVC_STORE_NAME_MAX + 1];
    evc_wrap_count *count;

    memset(name, 'n', EVC_STORE_NAME_MAX);
    name[EVC_STORE_NAME_MAX] = '\0';
    count = evc_wrap_counts_find(store_id, name, UINT32_MAX);
    ck_assert_ptr_nonnull(count);
    ck_assert_ptr_eq(evc_wrap_counts_find(store_id, name, UINT32_MAX), count);
    name[EVC_STORE_NAME_MAX - 1] = '\0';
    ck_assert_ptr_ne(evc_wrap_counts_find(store_id, name, UINT32_MAX), count);
}
END_TEST

static void *
count_each_version(void *user)
{
    (void)user;
    for (uint32_t i = 0; i < VERSIONS; i++)
        atomic_fetch_add(evc_wrap_counts_find(store_id, "threads", i), 1);
    return NULL;
}

START_TEST(threads_find_the_same_counts)
{
    pthread_t threads[THREADS];

    for (size_t i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, count_each_version, NULL),
                         0);
    for (size_t i = 0; i < THREADS; i++)
        (void)pthread_join(threads[i], NULL);
    for (uint32_t i = 0; i < VERSIONS; i++)
        ck_assert_uint_eq(atomic_load(evc_wrap_counts_find(store_id, "threads", i)),
                          THREADS);
}
END_TEST

static int
go_on_counting(void *user)
{
    (void)user;
    return atomic_load(evc_wrap_counts_find(store_id, "fork", 1)) == 5 ? 0 : 1;
}

START_TEST(a_child_of_fork_goes_on_counting)
{
    atomic_store(evc_wrap_counts_find(store_id, "fork", 1), 5);
    EVC_CHECK_CHILD(go_on_counting, NULL);
}
END_TEST

START_TEST(without_memory_there_is_no_count)
{
    evc_wrap_count *count;

    evc_alloc_fail(0, true);
    count = evc_wrap_counts_find(store_id, "memory", 1);
    (void)evc_alloc_stop();
    ck_assert_ptr_null(count);
    ck_assert_ptr_nonnull(evc_wrap_counts_find(store_id, "memory", 1));
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        a_version_has_one_count,
        other_versions_keys_and_stores_have_others,
        the_longest_name_has_a_count,
        threads_find_the_same_counts,
        a_child_of_fork_goes_on_counting,
        without_memory_there_is_no_count,
        NULL,
    };
    TCase *tcase = tcase_create("wrap_counts");

    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("wrap_counts", add_tests)
