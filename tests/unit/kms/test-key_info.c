/* SPDX-License-Identifier: Apache-2.0 */
#include "kms/key_info.h"

#include "evc-alloc.h"
#include "evc-check.h"

START_TEST(a_new_one_knows_the_id_alone)
{
    evc_key_info *info;

    EVC_CHECK_OK(evc_key_info_new(evc_view_of("key!", 3), &info, NULL));
    ck_assert_str_eq(info->id, "key");
    ck_assert_int_eq(info->state, 0);
    ck_assert_uint_eq(info->count, 0);
    ck_assert_uint_eq(info->current, SIZE_MAX);
    evc_key_info_free(info);
}
END_TEST

START_TEST(the_version_that_came_last_is_current)
{
    evc_key_info *info;

    EVC_CHECK_OK(evc_key_info_new(evc_view_text(""), &info, NULL));
    for (int i = 0; i < 9; i++) {
        char id[] = {(char)('a' + i), 0};

        EVC_CHECK_OK(evc_key_info_add(info, id, i, i * 10, NULL));
    }
    ck_assert_uint_eq(info->count, 9);
    ck_assert_uint_eq(info->current, 8);
    ck_assert_str_eq(info->versions[0].id, "a");
    ck_assert_str_eq(info->versions[8].id, "i");
    ck_assert_int_eq(info->versions[8].state, 8);
    ck_assert_int_eq(info->versions[8].created_ms, 80);
    evc_key_info_free(info);
}
END_TEST

START_TEST(freeing_null_is_fine)
{
    evc_key_info_free(NULL);
}
END_TEST

static int
fill(void *user)
{
    evc_key_info *info;
    int rc = evc_key_info_new(evc_view_text("key"), &info, NULL);

    (void)user;
    for (int i = 0; rc == 0 && i < 5; i++)
        rc = evc_key_info_add(info, "v", 0, -1, NULL);
    evc_key_info_free(info);
    return rc;
}

START_TEST(survives_memory_that_runs_out)
{
    evc_alloc_sweep(fill, NULL);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        a_new_one_knows_the_id_alone, the_version_that_came_last_is_current,
        freeing_null_is_fine, survives_memory_that_runs_out, NULL};

    evc_check_add(suite, "key_info", tests);
}

EVC_TEST_MAIN("key_info", add_tests)
