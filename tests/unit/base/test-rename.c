/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>

#include "base/rename.h"
#include "evc-check.h"
#include "evc-folder.h"

static int folder;

static void
begin(void)
{
    evc_folder_make();
    folder = open(evc_folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    ck_assert_int_ge(folder, 0);
    evc_folder_put("from", "content", 0600);
}

static void
end(void)
{
    (void)close(folder);
    evc_folder_remove();
}

START_TEST(renames)
{
    ck_assert_int_eq(evc_rename_exclusive(folder, "from", "to"), 0);
    ck_assert(evc_folder_holds("to", "content"));
    ck_assert_uint_eq(evc_folder_count(), 1);
}
END_TEST

START_TEST(existing_name_is_an_error)
{
    evc_folder_put("to", "other", 0600);
    ck_assert_int_eq(evc_rename_exclusive(folder, "from", "to"), -1);
    ck_assert_int_eq(errno, EEXIST);
}
END_TEST

START_TEST(existing_name_stays)
{
    evc_folder_put("to", "other", 0600);
    (void)evc_rename_exclusive(folder, "from", "to");
    ck_assert(evc_folder_holds("from", "content"));
    ck_assert(evc_folder_holds("to", "other"));
}
END_TEST

START_TEST(dangling_link_counts_as_existing)
{
    ck_assert_int_eq(symlink("nowhere", evc_folder_path("to")), 0);
    ck_assert_int_eq(evc_rename_exclusive(folder, "from", "to"), -1);
    ck_assert_int_eq(errno, EEXIST);
}
END_TEST

START_TEST(missing_name_is_an_error)
{
    ck_assert_int_eq(evc_rename_exclusive(folder, "nothing", "to"), -1);
    ck_assert_int_eq(errno, ENOENT);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        renames,
        existing_name_is_an_error,
        existing_name_stays,
        dangling_link_counts_as_existing,
        missing_name_is_an_error,
        NULL,
    };
    TCase *tcase = tcase_create("rename");

    tcase_add_checked_fixture(tcase, begin, end);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("rename", add_tests)
