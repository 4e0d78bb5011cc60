/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/statefile.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "evc-alloc.h"
#include "evc-child.h"
#include "evc-folder.h"
#include "evc-io.h"
#include "record-fixture.h"

#define NOBODY 65534

#define ID "arn:cluster/prod"

static evc_statefile *file;
static evc_cluster_record got;
static evc_error *error;
static bool found;

static void
set_up(void)
{
    evc_folder_make();
    record_set_up();
    evc_io_reset();
    file = NULL;
    error = NULL;
}

static void
tear_down(void)
{
    evc_statefile_close(file);
    evc_error_free(error);
    record_tear_down();
    evc_folder_remove();
}

static int
open_as(const char *folder, const char *id)
{
    evc_statefile_close(file);
    return evc_statefile_open(crypto, folder, "eks", id, &file, &got, &found, &error);
}

/* With a record in it. */
static void
write_it(void)
{
    EVC_CHECK_OK(open_as(evc_folder, ID));
    EVC_CHECK_OK(evc_statefile_write(file, &record, NULL));
}

/* The name of the state file within the folder. */
static const char *
name_of(void)
{
    return strrchr(evc_statefile_path(file), '/') + 1;
}

START_TEST(a_record_is_found_by_the_next_process)
{
    EVC_CHECK_OK(open_as(evc_folder, ID));
    ck_assert(!found);
    ck_assert_int_eq(got.began_ms, -1);
    EVC_CHECK_OK(evc_statefile_write(file, &record, NULL));
    EVC_CHECK_OK(open_as(evc_folder, ID));
    ck_assert(found);
    record_check_same(&got, &record);
}
END_TEST

START_TEST(its_name_is_of_provider_and_id)
{
    EVC_CHECK_OK(open_as(evc_folder, ID));
    ck_assert_int_eq(strncmp(name_of(), "eks-", 4), 0);
    ck_assert_uint_eq(strlen(name_of()), 4 + 32 + 5);
    ck_assert_ptr_nonnull(strstr(evc_statefile_journal(file), ".journal"));
}
END_TEST

START_TEST(clusters_have_files_of_their_own)
{
    static char first[PATH_MAX];

    write_it();
    (void)snprintf(first, sizeof(first), "%s", evc_statefile_path(file));
    EVC_CHECK_OK(open_as(evc_folder, "arn:cluster/other"));
    ck_assert(!found);
    ck_assert_str_ne(evc_statefile_path(file), first);
}
END_TEST

START_TEST(it_is_private)
{
    write_it();
    ck_assert_uint_eq(evc_folder_mode(name_of()), 0600);
    ck_assert_int_eq(chmod(evc_statefile_path(file), 0640), 0);
    EVC_CHECK_CODE(open_as(evc_folder, ID), ENVCRYPT_E_FILE_TOO_OPEN);
}
END_TEST

START_TEST(missing_folders_are_made_for_us_alone)
{
    static char lock[PATH_MAX + 8];

    EVC_CHECK_OK(open_as(evc_folder_path("a/b"), ID));
    ck_assert_uint_eq(evc_folder_mode("a"), 0700);
    ck_assert_uint_eq(evc_folder_mode("a/b"), 0700);
    (void)snprintf(lock, sizeof(lock), "%s.lock", evc_statefile_path(file));
    ck_assert_int_eq(remove(lock), 0);
    ck_assert_int_eq(remove(evc_folder_path("a/b")), 0);
}
END_TEST

START_TEST(a_folder_that_cannot_be_made_is_told)
{
    evc_folder_put("file", "", 0600);
    EVC_CHECK_CODE(open_as(evc_folder_path("file/a"), ID), ENVCRYPT_E_FILE_NOT_FOUND);
    ck_assert_ptr_nonnull(strstr(evc_error_message(error), "file/a"));
}
END_TEST

START_TEST(without_a_folder_nothing_is_kept)
{
    EVC_CHECK_OK(open_as(NULL, ID));
    EVC_CHECK_OK(evc_statefile_write(file, &record, NULL));
    EVC_CHECK_OK(evc_statefile_report(file, evc_view_text("{}"), NULL));
    ck_assert_str_eq(evc_statefile_path(file), "");
    ck_assert_ptr_null(evc_statefile_journal(file));
    EVC_CHECK_OK(open_as("", ID));
    ck_assert(!found);
}
END_TEST

START_TEST(a_second_process_is_turned_away)
{
    evc_statefile *other = NULL;

    write_it();
    EVC_CHECK_CODE(
        evc_statefile_open(crypto, evc_folder, "eks", ID, &other, &got, &found, &error),
        ENVCRYPT_E_FILE_BUSY);
    ck_assert_ptr_null(other);
    ck_assert_ptr_nonnull(strstr(evc_error_message(error), evc_statefile_path(file)));
    EVC_CHECK_OK(
        evc_statefile_open(crypto, evc_folder, "eks", "x", &other, &got, &found, NULL));
    evc_statefile_close(other);
}
END_TEST

START_TEST(one_may_look_while_another_has_it)
{
    write_it();
    EVC_CHECK_OK(evc_statefile_peek(crypto, evc_folder, "eks", ID, &got, &found, NULL));
    ck_assert(found);
    record_check_same(&got, &record);
    EVC_CHECK_OK(
        evc_statefile_peek(crypto, evc_folder, "eks", "x", &got, &found, NULL));
    ck_assert(!found);
    EVC_CHECK_OK(evc_statefile_peek(crypto, NULL, "eks", ID, &got, &found, NULL));
    ck_assert(!found);
    EVC_CHECK_OK(evc_statefile_peek(crypto, evc_folder_path("none"), "eks", ID, &got,
                                    &found, NULL));
    ck_assert_uint_eq(evc_folder_mode("none"), 0);
}
END_TEST

START_TEST(a_damaged_file_is_refused_with_what_to_do)
{
    write_it();
    evc_folder_put(name_of(), "{\"format\":\"envcrypt-cluster-1\"}", 0600);
    EVC_CHECK_CODE(open_as(evc_folder, ID), ENVCRYPT_E_CLUSTER_STATE);
    ck_assert_ptr_nonnull(strstr(evc_error_message(error), "cluster status"));
    ck_assert(!found);
}
END_TEST

START_TEST(a_file_of_another_cluster_is_refused)
{
    (void)snprintf(record.cluster, sizeof(record.cluster), "arn:cluster/other");
    write_it();
    EVC_CHECK_CODE(open_as(evc_folder, ID), ENVCRYPT_E_CLUSTER_STATE);
    ck_assert_ptr_nonnull(strstr(evc_error_message(error), "another cluster"));
    ck_assert_int_eq(got.began_ms, -1);
}
END_TEST

/* It could say that all is done, or name a key to be enabled. Only root can make one here. */
START_TEST(a_file_of_another_user_is_refused)
{
    write_it();
    if (geteuid() != 0)
        return;
    ck_assert_int_eq(chown(evc_folder_path(name_of()), NOBODY, NOBODY), 0);
    EVC_CHECK_CODE(open_as(evc_folder, ID), ENVCRYPT_E_FILE_TOO_OPEN);
    ck_assert(!found);
}
END_TEST

START_TEST(a_report_is_kept_beside_it)
{
    write_it();
    EVC_CHECK_OK(evc_statefile_report(file, evc_view_text("{\"a\":1}"), NULL));
    EVC_CHECK_OK(evc_statefile_report(file, evc_view_text("{\"a\":2}"), NULL));
    ck_assert_uint_eq(evc_folder_count(), 3); /* with the lock */
}
END_TEST

START_TEST(a_write_that_fails_leaves_the_record_before)
{
    static const struct {
        const char *call;
        int errnum, code;
    } faults[] = {{"write", ENOSPC, ENVCRYPT_E_NO_SPACE},
                  {"fsync", EIO, ENVCRYPT_E_IO},
                  {"renameat", EIO, ENVCRYPT_E_IO}};
    evc_cluster_record later = record;

    write_it();
    later.update.phase = EVC_UPDATE_DONE;
    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
        evc_io_fail(faults[i].call, 0, faults[i].errnum);
        EVC_CHECK_CODE(evc_statefile_write(file, &later, NULL), faults[i].code);
        evc_io_reset();
        EVC_CHECK_OK(
            evc_statefile_peek(crypto, evc_folder, "eks", ID, &got, &found, NULL));
        ck_assert_int_eq(got.update.phase, EVC_UPDATE_RUNNING);
    }
}
END_TEST

/* --- kill -9 ---------------------------------------------------------------------- */

static void
die(void)
{
    (void)raise(SIGKILL);
}

typedef struct moment {
    const char *call;
    size_t number;
} moment;

/* Opens all anew, as a child must, and is killed in the midst of a write. */
static int
write_and_die(void *user)
{
    const moment *at = user;
    evc_env *my_env = NULL;
    evc_statefile *mine = NULL;

    if (evc_env_open(65536, false, NULL, NULL, &my_env, NULL) ||
        evc_crypto_open(my_env, &crypto, NULL) ||
        evc_statefile_open(crypto, evc_folder, "eks", ID, &mine, &got, &found, NULL))
        return 1;
    got.update.phase = EVC_UPDATE_DONE;
    evc_io_reset();
    evc_io_before(at->call, at->number, die);
    return evc_statefile_write(mine, &got, NULL) ? 2 : 3;
}

START_TEST(a_killed_writer_leaves_the_old_record_or_the_new_one)
{
    moment moments[] = {
        {"write", 0}, {"fsync", 0}, {"fchmod", 0}, {"renameat", 0}, {"fsync", 1}};
    size_t written = 0;

    for (size_t i = 0; i < sizeof(moments) / sizeof(moments[0]); i++) {
        evc_io_reset();
        write_it();
        evc_statefile_close(file);
        file = NULL;
        EVC_CHECK_CHILD_SIGNAL(write_and_die, &moments[i], SIGKILL);
        EVC_CHECK_OK(open_as(evc_folder, ID));
        ck_assert(found);
        written += got.update.phase == EVC_UPDATE_DONE;
    }
    ck_assert_uint_eq(written, 1); /* killed after the rename only */
    write_it();
    ck_assert_uint_eq(evc_folder_count(), 2); /* what they left behind is gone */
}
END_TEST

static int
open_and_write(void *user)
{
    evc_statefile *mine = NULL;
    evc_cluster_record r;
    bool there;
    int rc = evc_statefile_open(crypto, evc_folder, "eks", ID, &mine, &r, &there, NULL);

    (void)user;
    if (rc == 0)
        rc = evc_statefile_write(mine, &record, NULL);
    evc_statefile_close(mine);
    /* Memory that runs out inside of jansson may show as bad JSON. */
    return rc == ENVCRYPT_E_CLUSTER_STATE ? ENVCRYPT_E_NOMEM : rc;
}

START_TEST(survives_any_failed_allocation)
{
    write_it();
    evc_statefile_close(file);
    file = NULL;
    ck_assert_uint_gt(evc_alloc_sweep(open_and_write, NULL), 5);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const all[] = {a_record_is_found_by_the_next_process,
                                its_name_is_of_provider_and_id,
                                clusters_have_files_of_their_own,
                                it_is_private,
                                missing_folders_are_made_for_us_alone,
                                a_folder_that_cannot_be_made_is_told,
                                without_a_folder_nothing_is_kept,
                                a_second_process_is_turned_away,
                                one_may_look_while_another_has_it,
                                a_damaged_file_is_refused_with_what_to_do,
                                a_file_of_another_cluster_is_refused,
                                a_file_of_another_user_is_refused,
                                a_report_is_kept_beside_it,
                                a_write_that_fails_leaves_the_record_before,
                                a_killed_writer_leaves_the_old_record_or_the_new_one,
                                survives_any_failed_allocation};
    TCase *tcase = tcase_create("statefile");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        tcase_add_test(tcase, all[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("statefile", add_tests)
