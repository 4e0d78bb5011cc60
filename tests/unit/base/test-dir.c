/* SPDX-License-Identifier: Apache-2.0 */
#include "base/dir.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "evc-alloc.h"
#include "evc-check.h"
#include "evc-folder.h"

static char seen[4096];
static int stop_at;
static evc_error *error;

static void
set_up(void)
{
    evc_folder_make();
    seen[0] = '\0';
    stop_at = -1;
    error = NULL;
}

static void
tear_down(void)
{
    evc_error_free(error);
    evc_folder_remove();
}

static int
see(void *user, const char *path, evc_error **err)
{
    size_t used = strlen(seen);

    ck_assert_ptr_eq(user, &stop_at);
    if (stop_at-- == 0)
        return evc_err(err, ENVCRYPT_E_STATE, "stop");
    (void)snprintf(&seen[used], sizeof(seen) - used, "%s ", strrchr(path, '/') + 1);
    ck_assert_int_eq(access(path, F_OK), 0);
    return 0;
}

static int
look(const char *folder)
{
    return evc_dir_each(folder, ".end", see, &stop_at, &error);
}

static int
make_where(mode_t mode)
{
    const char *path = evc_folder_path("shared");

    ck_assert_int_eq(mkdir(path, 0700), 0);
    ck_assert_int_eq(chmod(path, mode), 0);
    return evc_dir_make(path, &error);
}

START_TEST(a_folder_that_its_group_may_write_to_is_refused)
{
    EVC_CHECK_CODE(make_where(0720), ENVCRYPT_E_FILE_TOO_OPEN);
    ck_assert_ptr_nonnull(strstr(evc_error_message(error), "0720"));
}
END_TEST

START_TEST(a_folder_that_others_may_write_to_is_refused)
{
    EVC_CHECK_CODE(make_where(0702), ENVCRYPT_E_FILE_TOO_OPEN);
}
END_TEST

START_TEST(a_folder_where_nobody_takes_away_what_is_ours_is_taken)
{
    EVC_CHECK_OK(make_where(01777));
}
END_TEST

START_TEST(names_are_told_sorted_by_their_ending)
{
    evc_folder_put("b.end", "", 0600);
    evc_folder_put("a.end", "", 0600);
    evc_folder_put("a.end.lock", "", 0600);
    evc_folder_put(".c.end", "", 0600);
    evc_folder_put("end", "", 0600);
    EVC_CHECK_OK(look(evc_folder));
    ck_assert_str_eq(seen, "a.end b.end ");
}
END_TEST

START_TEST(many_names_are_told)
{
    char name[16];

    for (int i = 0; i < 40; i++) {
        (void)snprintf(name, sizeof(name), "%02d.end", i);
        evc_folder_put(name, "", 0600);
    }
    EVC_CHECK_OK(look(evc_folder));
    ck_assert_uint_eq(strlen(seen), 40 * 7);
    ck_assert_int_eq(strncmp(seen, "00.end 01.end ", 14), 0);
}
END_TEST

START_TEST(who_hears_ends_it)
{
    evc_folder_put("a.end", "", 0600);
    evc_folder_put("b.end", "", 0600);
    stop_at = 1;
    EVC_CHECK_CODE(look(evc_folder), ENVCRYPT_E_STATE);
    ck_assert_str_eq(seen, "a.end ");
}
END_TEST

START_TEST(a_missing_folder_has_none)
{
    EVC_CHECK_OK(look(evc_folder_path("missing")));
    ck_assert_str_eq(seen, "");
}
END_TEST

START_TEST(a_file_is_no_folder)
{
    evc_folder_put("file", "", 0600);
    EVC_CHECK_CODE(look(evc_folder_path("file")), ENVCRYPT_E_FILE_NOT_FOUND);
    ck_assert_ptr_nonnull(strstr(evc_error_message(error), "file"));
}
END_TEST

START_TEST(folders_are_made_for_us_alone)
{
    EVC_CHECK_OK(evc_dir_make(evc_folder_path("a/b"), NULL));
    EVC_CHECK_OK(evc_dir_make(evc_folder_path("a/b"), NULL));
    ck_assert_uint_eq(evc_folder_mode("a"), 0700);
    ck_assert_uint_eq(evc_folder_mode("a/b"), 0700);
    ck_assert_int_eq(remove(evc_folder_path("a/b")), 0);
}
END_TEST

/* No assertion while allocations fail. */
static int
count(void *user, const char *path, evc_error **err)
{
    (void)path;
    (void)err;
    ++*(int *)user;
    return 0;
}

static int
look_and_make(void *user)
{
    int rc = evc_dir_make(evc_folder, NULL);

    *(int *)user = 0;
    return rc ? rc : evc_dir_each(evc_folder, ".end", count, user, NULL);
}

START_TEST(every_failed_allocation_is_told)
{
    int names = 0;

    evc_folder_put("a.end", "", 0600);
    evc_folder_put("b.end", "", 0600);
    ck_assert_uint_gt(evc_alloc_sweep(look_and_make, &names), 2);
    ck_assert_int_eq(names, 2);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        names_are_told_sorted_by_their_ending,
        many_names_are_told,
        who_hears_ends_it,
        a_missing_folder_has_none,
        a_file_is_no_folder,
        folders_are_made_for_us_alone,
        a_folder_that_its_group_may_write_to_is_refused,
        a_folder_that_others_may_write_to_is_refused,
        a_folder_where_nobody_takes_away_what_is_ours_is_taken,
        every_failed_allocation_is_told,
        NULL};
    TCase *tcase = tcase_create("dir");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("dir", add_tests)
