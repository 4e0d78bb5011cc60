/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/dangerfile.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "evc-alloc.h"
#include "evc-folder.h"
#include "evc-io.h"
#include "record-fixture.h"

#define ID "crn:cluster"

static evc_dangerfile *file;
static evc_dangerfile *other;
static evc_danger danger;
static evc_danger got;
static evc_error *error;
static char path[PATH_MAX];

static void
set_up(void)
{
    evc_folder_make();
    record_set_up();
    evc_io_reset();
    file = NULL;
    other = NULL;
    error = NULL;
    evc_danger_init(&got);
    evc_danger_init(&danger);
    EVC_CHECK_OK(evc_text_set(&danger.uri, "iks://mine", NULL));
    EVC_CHECK_OK(evc_text_set(&danger.cluster, ID, NULL));
    EVC_CHECK_OK(evc_text_set(&danger.name, "mine", NULL));
    EVC_CHECK_OK(evc_text_set(&danger.key, "crn:key", NULL));
}

static void
tear_down(void)
{
    evc_dangerfile_close(file);
    evc_dangerfile_close(other);
    evc_danger_reset(&danger);
    evc_danger_reset(&got);
    evc_error_free(error);
    record_tear_down();
    evc_folder_remove();
}

static void
open_it(void)
{
    EVC_CHECK_OK(evc_dangerfile_open(crypto, evc_folder, "iks", ID, &file, &error));
    (void)snprintf(path, sizeof(path), "%s", evc_dangerfile_path(file));
}

static void
write_it(void)
{
    open_it();
    EVC_CHECK_OK(evc_dangerfile_write(file, &danger, &error));
}

/* As when its process was killed: nobody holds the lock. */
static void
leave_it(void)
{
    write_it();
    evc_dangerfile_close(file);
    file = NULL;
}

static int
take_it(void)
{
    return evc_dangerfile_take(crypto, path, &other, &got, &error);
}

static const char *
name_of(void)
{
    return strrchr(path, '/') + 1;
}

START_TEST(its_name_is_that_of_the_state_file_with_another_ending)
{
    open_it();
    ck_assert_int_eq(strncmp(name_of(), "iks-", 4), 0);
    ck_assert_str_eq(&name_of()[4 + 32], ".endangered");
}
END_TEST

START_TEST(nothing_stands_before_it_is_written)
{
    open_it();
    ck_assert_int_ne(access(path, F_OK), 0);
}
END_TEST

START_TEST(it_is_private_and_on_disk_with_its_folder)
{
    open_it();
    evc_io_reset();
    EVC_CHECK_OK(evc_dangerfile_write(file, &danger, &error));
    ck_assert_ptr_nonnull(strstr(evc_io_trace(), "fsync renameat fsync "));
    ck_assert_uint_eq(evc_folder_mode(name_of()), 0600);
}
END_TEST

START_TEST(what_cannot_be_put_on_disk_is_told)
{
    static const char *const calls[] = {"write", "fsync", "renameat"};

    open_it();
    for (size_t i = 0; i < 3; i++) {
        evc_io_fail(calls[i], 0, EIO);
        EVC_CHECK_CODE(evc_dangerfile_write(file, &danger, NULL), ENVCRYPT_E_IO);
        ck_assert_int_ne(access(path, F_OK), 0);
        evc_io_reset();
    }
    evc_io_fail("fsync", 1, EIO); /* that of the folder */
    EVC_CHECK_CODE(evc_dangerfile_write(file, &danger, NULL), ENVCRYPT_E_IO);
}
END_TEST

START_TEST(who_comes_later_takes_it)
{
    leave_it();
    EVC_CHECK_OK(take_it());
    ck_assert_str_eq(got.key, "crn:key");
    EVC_CHECK_OK(evc_dangerfile_remove(other, &error));
    ck_assert_int_ne(access(path, F_OK), 0);
}
END_TEST

START_TEST(one_that_is_at_work_is_left_alone)
{
    write_it();
    EVC_CHECK_CODE(take_it(), ENVCRYPT_E_FILE_BUSY);
    ck_assert_ptr_null(other);
    ck_assert_ptr_nonnull(strstr(evc_error_message(error), path));
    EVC_CHECK_OK(evc_dangerfile_peek(crypto, path, &got, NULL));
    ck_assert_str_eq(got.uri, "iks://mine");
    EVC_CHECK_CODE(evc_dangerfile_open(crypto, evc_folder, "iks", ID, &other, NULL),
                   ENVCRYPT_E_FILE_BUSY);
}
END_TEST

START_TEST(a_proof_begins_over_none_that_nobody_saw_to)
{
    leave_it();
    EVC_CHECK_CODE(evc_dangerfile_open(crypto, evc_folder, "iks", ID, &file, &error),
                   ENVCRYPT_E_CLUSTER_STATE);
    ck_assert_ptr_null(file);
    ck_assert_ptr_nonnull(strstr(evc_error_message(error), "see to it"));
    EVC_CHECK_OK(take_it());
}
END_TEST

START_TEST(one_that_is_gone_is_told_as_that)
{
    leave_it();
    ck_assert_int_eq(remove(path), 0);
    EVC_CHECK_CODE(take_it(), ENVCRYPT_E_FILE_NOT_FOUND);
}
END_TEST

START_TEST(one_that_others_may_write_is_refused)
{
    leave_it();
    ck_assert_int_eq(chmod(path, 0660), 0);
    EVC_CHECK_CODE(take_it(), ENVCRYPT_E_FILE_TOO_OPEN);
}
END_TEST

START_TEST(a_damaged_one_is_refused_with_what_to_do)
{
    leave_it();
    evc_folder_put(name_of(), "{}", 0600);
    EVC_CHECK_CODE(take_it(), ENVCRYPT_E_CLUSTER_STATE);
    ck_assert_ptr_nonnull(strstr(evc_error_message(error), path));
    ck_assert_ptr_nonnull(strstr(evc_error_message(error), "is enabled"));
}
END_TEST

static int
count(void *user, const char *each, evc_error **err)
{
    (void)err;
    ck_assert_str_eq(each, path);
    ++*(int *)user;
    return 0;
}

START_TEST(each_of_a_folder_is_told_and_nothing_else)
{
    int seen = 0;

    leave_it(); /* its lock stays */
    evc_folder_put("iks-00.json", "{}", 0600);
    EVC_CHECK_OK(evc_dangerfile_each(evc_folder, count, &seen, &error));
    ck_assert_int_eq(seen, 1);
    EVC_CHECK_OK(evc_dangerfile_each(evc_folder_path("none"), count, &seen, &error));
    ck_assert_int_eq(seen, 1);
}
END_TEST

static int
write_take_and_remove(void *user)
{
    int rc = evc_dangerfile_open(crypto, evc_folder, "iks", ID, &file, NULL);

    (void)user;
    if (rc == 0)
        rc = evc_dangerfile_write(file, &danger, NULL);
    evc_dangerfile_close(file);
    file = NULL;
    evc_danger_reset(&got);
    if (rc == 0)
        rc = evc_dangerfile_take(crypto, path, &other, &got, NULL);
    if (rc == 0)
        rc = evc_dangerfile_remove(other, NULL);
    evc_dangerfile_close(other);
    other = NULL;
    if (rc)
        (void)unlink(path);
    return rc;
}

START_TEST(every_failed_allocation_is_told)
{
    open_it();
    evc_dangerfile_close(file);
    file = NULL;
    ck_assert_uint_gt(evc_alloc_sweep(write_take_and_remove, NULL), 10);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        its_name_is_that_of_the_state_file_with_another_ending,
        nothing_stands_before_it_is_written,
        it_is_private_and_on_disk_with_its_folder,
        what_cannot_be_put_on_disk_is_told,
        who_comes_later_takes_it,
        one_that_is_at_work_is_left_alone,
        a_proof_begins_over_none_that_nobody_saw_to,
        one_that_is_gone_is_told_as_that,
        one_that_others_may_write_is_refused,
        a_damaged_one_is_refused_with_what_to_do,
        each_of_a_folder_is_told_and_nothing_else,
        every_failed_allocation_is_told,
        NULL};
    TCase *tcase = tcase_create("dangerfile");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("dangerfile", add_tests)
