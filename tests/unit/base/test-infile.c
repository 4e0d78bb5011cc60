/* SPDX-License-Identifier: Apache-2.0 */
#include "base/infile.h"

#include <errno.h>
#include <fcntl.h>

#include "evc-check.h"
#include "evc-folder.h"
#include "evc-io.h"

static evc_infile file;

static void
begin(void)
{
    evc_folder_make();
    evc_folder_put("in", "0123456789", 0600);
    evc_io_reset();
    file.fd = -1;
}

static void
end(void)
{
    evc_infile_close(&file);
    evc_folder_remove();
}

static void
open_in(void)
{
    EVC_CHECK_OK(evc_infile_open(&file, evc_folder_path("in"), NULL));
}

static void
append(void)
{
    FILE *out = fopen(evc_folder_path("in"), "ae");

    ck_assert_ptr_nonnull(out);
    ck_assert_int_ge(fputs("more", out), 0);
    ck_assert_int_eq(fclose(out), 0);
}

static void
cut(void)
{
    ck_assert_int_eq(truncate(evc_folder_path("in"), 4), 0);
}

START_TEST(reads_at_any_place)
{
    char out[4] = {0};

    open_in();
    ck_assert_uint_eq(file.size, 10);
    EVC_CHECK_OK(evc_infile_read(&file, 6, out, 3, NULL));
    ck_assert_str_eq(out, "678");
    EVC_CHECK_OK(evc_infile_read(&file, 0, out, 3, NULL));
    ck_assert_str_eq(out, "012");
    EVC_CHECK_OK(evc_infile_read(&file, 10, out, 0, NULL));
}
END_TEST

START_TEST(reads_on_after_a_short_read)
{
    char out[11] = {0};

    open_in();
    evc_io_short(3);
    EVC_CHECK_OK(evc_infile_read(&file, 0, out, 10, NULL));
    ck_assert_str_eq(out, "0123456789");
}
END_TEST

START_TEST(reads_on_after_a_signal)
{
    char out[11] = {0};

    open_in();
    evc_io_fail("pread64", 0, EINTR);
    EVC_CHECK_OK(evc_infile_read(&file, 0, out, 10, NULL));
    ck_assert_str_eq(out, "0123456789");
}
END_TEST

START_TEST(tells_a_failed_read)
{
    char out[10];

    open_in();
    evc_io_fail("pread64", 0, EIO);
    EVC_CHECK_CODE(evc_infile_read(&file, 0, out, 10, NULL), ENVCRYPT_E_IO);
}
END_TEST

START_TEST(refuses_to_read_past_the_end)
{
    char out[11];

    open_in();
    EVC_CHECK_CODE(evc_infile_read(&file, 0, out, 11, NULL), ENVCRYPT_E_INTERNAL);
    EVC_CHECK_CODE(evc_infile_read(&file, 11, out, 0, NULL), ENVCRYPT_E_INTERNAL);
    EVC_CHECK_CODE(evc_infile_read(&file, UINT64_MAX, out, 2, NULL),
                   ENVCRYPT_E_INTERNAL);
}
END_TEST

START_TEST(a_missing_file_says_so)
{
    EVC_CHECK_CODE(evc_infile_open(&file, evc_folder_path("none"), NULL),
                   ENVCRYPT_E_FILE_NOT_FOUND);
    ck_assert_int_eq(file.fd, -1);
}
END_TEST

START_TEST(takes_regular_files_only)
{
    ck_assert_int_eq(mkfifo(evc_folder_path("fifo"), 0600), 0);
    EVC_CHECK_CODE(evc_infile_open(&file, evc_folder_path("fifo"), NULL),
                   ENVCRYPT_E_FILE_TYPE);
    EVC_CHECK_CODE(evc_infile_open(&file, evc_folder, NULL), ENVCRYPT_E_FILE_TYPE);
    EVC_CHECK_CODE(evc_infile_open(&file, "/dev/null", NULL), ENVCRYPT_E_FILE_TYPE);
    ck_assert_int_eq(file.fd, -1);
}
END_TEST

START_TEST(follows_a_link)
{
    ck_assert_int_eq(symlink(evc_folder_path("in"), evc_folder_path("link")), 0);
    EVC_CHECK_OK(evc_infile_open(&file, evc_folder_path("link"), NULL));
    ck_assert_uint_eq(file.size, 10);
    ck_assert(evc_infile_is(&file, evc_folder_path("in")));
}
END_TEST

START_TEST(takes_a_descriptor_of_the_caller)
{
    int fd = open(evc_folder_path("in"), O_RDONLY | O_CLOEXEC);
    evc_infile lent;

    EVC_CHECK_OK(evc_infile_of(&lent, fd, "in", NULL));
    ck_assert_uint_eq(lent.size, 10);
    ck_assert_int_eq(close(fd), 0);
}
END_TEST

START_TEST(nothing_changed)
{
    open_in();
    EVC_CHECK_OK(evc_infile_check(&file, NULL));
    EVC_CHECK_OK(evc_infile_check_path(&file, NULL));
}
END_TEST

START_TEST(tells_that_a_file_grew)
{
    open_in();
    append();
    EVC_CHECK_CODE(evc_infile_check(&file, NULL), ENVCRYPT_E_FILE_CHANGED);
    EVC_CHECK_CODE(evc_infile_check_path(&file, NULL), ENVCRYPT_E_FILE_CHANGED);
}
END_TEST

START_TEST(tells_that_a_file_was_cut)
{
    char out[10];

    open_in();
    cut();
    EVC_CHECK_CODE(evc_infile_read(&file, 0, out, 10, NULL), ENVCRYPT_E_FILE_CHANGED);
    EVC_CHECK_CODE(evc_infile_check(&file, NULL), ENVCRYPT_E_FILE_CHANGED);
}
END_TEST

START_TEST(tells_that_a_file_was_written_at_the_same_size)
{
    const struct timespec times[2] = {{.tv_sec = 1}, {.tv_sec = 1}};

    open_in();
    ck_assert_int_eq(utimensat(AT_FDCWD, evc_folder_path("in"), times, 0), 0);
    EVC_CHECK_CODE(evc_infile_check(&file, NULL), ENVCRYPT_E_FILE_CHANGED);
}
END_TEST

/* Its bytes are made when it is read, and its size is told as 0. */
START_TEST(tells_of_a_file_that_holds_more_than_its_size)
{
    evc_error *err = NULL;

    EVC_CHECK_OK(evc_infile_open(&file, "/proc/self/status", NULL));
    EVC_CHECK_CODE(evc_infile_check(&file, &err), ENVCRYPT_E_FILE_CHANGED);
    ck_assert_ptr_nonnull(strstr(evc_error_message(err), "pipe"));
    evc_error_free(err);
}
END_TEST

START_TEST(tells_that_the_name_went_to_another_file)
{
    char path[1024];

    (void)snprintf(path, sizeof(path), "%s", evc_folder_path("in"));
    EVC_CHECK_OK(evc_infile_open(&file, path, NULL));
    evc_folder_put("other", "0123456789", 0600);
    ck_assert_int_eq(rename(evc_folder_path("other"), path), 0);
    EVC_CHECK_OK(evc_infile_check(&file, NULL));
    EVC_CHECK_CODE(evc_infile_check_path(&file, NULL), ENVCRYPT_E_FILE_CHANGED);
    ck_assert_int_eq(remove(path), 0);
    EVC_CHECK_CODE(evc_infile_check_path(&file, NULL), ENVCRYPT_E_FILE_CHANGED);
}
END_TEST

START_TEST(knows_itself_by_another_name)
{
    open_in();
    evc_folder_put("other", "0123456789", 0600);
    ck_assert_int_eq(link(evc_folder_path("in"), evc_folder_path("hard")), 0);
    ck_assert(evc_infile_is(&file, evc_folder_path("hard")));
    ck_assert(!evc_infile_is(&file, evc_folder_path("other")));
    ck_assert(!evc_infile_is(&file, evc_folder_path("none")));
}
END_TEST

START_TEST(closing_twice_is_fine)
{
    open_in();
    evc_infile_close(&file);
    evc_infile_close(&file);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        reads_at_any_place,
        reads_on_after_a_short_read,
        reads_on_after_a_signal,
        tells_a_failed_read,
        refuses_to_read_past_the_end,
        a_missing_file_says_so,
        takes_regular_files_only,
        follows_a_link,
        takes_a_descriptor_of_the_caller,
        nothing_changed,
        tells_that_a_file_grew,
        tells_that_a_file_was_cut,
        tells_that_a_file_was_written_at_the_same_size,
        tells_of_a_file_that_holds_more_than_its_size,
        tells_that_the_name_went_to_another_file,
        knows_itself_by_another_name,
        closing_twice_is_fine,
        NULL,
    };
    TCase *tcase = tcase_create("infile");

    tcase_add_checked_fixture(tcase, begin, end);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("infile", add_tests)
