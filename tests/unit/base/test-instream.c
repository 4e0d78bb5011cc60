/* SPDX-License-Identifier: Apache-2.0 */
#include "base/instream.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "evc-check.h"
#include "evc-folder.h"
#include "evc-io.h"

static evc_instream in;
static char all[64];
static size_t size;

static void
begin(void)
{
    evc_folder_make();
    evc_folder_put("in", "0123456789", 0600);
    evc_io_reset();
    in.fd = -1;
    size = 0;
    memset(all, 0, sizeof(all));
}

static void
end(void)
{
    evc_instream_close(&in);
    evc_folder_remove();
}

static int
read_all(size_t piece, evc_wait *wait)
{
    size_t got = 0;
    int rc = evc_instream_begin(&in, NULL);

    size = 0;
    do {
        if (rc == 0)
            rc = evc_instream_read(&in, &all[size], piece, wait, &got, NULL);
        size += got;
    } while (rc == 0 && got > 0);
    return rc;
}

/* A pipe in the place of the standard input, with these bytes in it. */
static int
pipe_in(const char *text)
{
    int ends[2];

    ck_assert_int_eq(pipe(ends), 0);
    ck_assert_int_eq(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
    (void)close(ends[0]);
    ck_assert_int_eq(write(ends[1], text, strlen(text)), (ssize_t)strlen(text));
    return ends[1];
}

START_TEST(reads_a_file_to_its_end)
{
    EVC_CHECK_OK(evc_instream_open(&in, evc_folder_path("in"), NULL));
    EVC_CHECK_OK(read_all(4, NULL));
    ck_assert_str_eq(all, "0123456789");
}
END_TEST

START_TEST(reads_a_file_again)
{
    EVC_CHECK_OK(evc_instream_open(&in, evc_folder_path("in"), NULL));
    EVC_CHECK_OK(read_all(4, NULL));
    memset(all, 0, sizeof(all));
    EVC_CHECK_OK(read_all(3, NULL));
    ck_assert_str_eq(all, "0123456789");
}
END_TEST

START_TEST(reads_an_empty_file)
{
    evc_folder_put("empty", "", 0600);
    EVC_CHECK_OK(evc_instream_open(&in, evc_folder_path("empty"), NULL));
    EVC_CHECK_OK(read_all(4, NULL));
    ck_assert_uint_eq(size, 0);
}
END_TEST

START_TEST(tells_that_a_file_grew_meanwhile)
{
    FILE *out;

    EVC_CHECK_OK(evc_instream_open(&in, evc_folder_path("in"), NULL));
    out = fopen(evc_folder_path("in"), "ae");
    ck_assert_ptr_nonnull(out);
    ck_assert_int_ge(fputs("more", out), 0);
    ck_assert_int_eq(fclose(out), 0);
    EVC_CHECK_CODE(read_all(32, NULL), ENVCRYPT_E_FILE_CHANGED);
}
END_TEST

START_TEST(reads_a_pipe_at_the_standard_input)
{
    (void)close(pipe_in("0123456789"));
    EVC_CHECK_OK(evc_instream_open(&in, "-", NULL));
    EVC_CHECK_OK(read_all(4, NULL));
    ck_assert_str_eq(all, "0123456789");
}
END_TEST

START_TEST(reads_a_file_at_the_standard_input)
{
    int fd = open(evc_folder_path("in"), O_RDONLY | O_CLOEXEC);

    ck_assert_int_eq(dup2(fd, STDIN_FILENO), STDIN_FILENO);
    (void)close(fd);
    EVC_CHECK_OK(evc_instream_open(&in, "-", NULL));
    ck_assert(in.is_regular);
    EVC_CHECK_OK(read_all(4, NULL));
    ck_assert_str_eq(all, "0123456789");
}
END_TEST

START_TEST(leaves_the_standard_input_open)
{
    (void)close(pipe_in(""));
    EVC_CHECK_OK(evc_instream_open(&in, "-", NULL));
    evc_instream_close(&in);
    ck_assert_int_ge(fcntl(STDIN_FILENO, F_GETFD), 0);
}
END_TEST

START_TEST(reads_a_pipe_once_only)
{
    (void)close(pipe_in("0123456789"));
    EVC_CHECK_OK(evc_instream_open(&in, "-", NULL));
    EVC_CHECK_OK(read_all(4, NULL));
    EVC_CHECK_CODE(read_all(4, NULL), ENVCRYPT_E_STATE);
}
END_TEST

START_TEST(a_deadline_ends_the_wait_for_a_pipe)
{
    int writer = pipe_in("0");
    evc_wait wait;

    evc_wait_init(&wait, NULL, 120);
    EVC_CHECK_OK(evc_instream_open(&in, "-", NULL));
    EVC_CHECK_CODE(read_all(4, &wait), ENVCRYPT_E_TIMEOUT);
    evc_wait_release(&wait);
    (void)close(writer);
}
END_TEST

START_TEST(a_cancel_ends_the_wait_for_a_pipe)
{
    int writer = pipe_in("");
    evc_wait wait;

    evc_wait_init(&wait, NULL, -1);
    evc_wait_cancel(&wait);
    EVC_CHECK_OK(evc_instream_open(&in, "-", NULL));
    EVC_CHECK_CODE(read_all(4, &wait), ENVCRYPT_E_CANCELED);
    evc_wait_release(&wait);
    (void)close(writer);
}
END_TEST

START_TEST(reads_on_after_short_and_interrupted_reads_of_a_pipe)
{
    (void)close(pipe_in("0123456789"));
    evc_io_short(3);
    evc_io_fail("read", 1, EINTR);
    EVC_CHECK_OK(evc_instream_open(&in, "-", NULL));
    EVC_CHECK_OK(read_all(8, NULL));
    ck_assert_str_eq(all, "0123456789");
}
END_TEST

START_TEST(tells_that_a_pipe_cannot_be_read)
{
    (void)close(pipe_in("0123456789"));
    evc_io_fail("read", 0, EIO);
    EVC_CHECK_OK(evc_instream_open(&in, "-", NULL));
    EVC_CHECK_CODE(read_all(8, NULL), ENVCRYPT_E_IO);
}
END_TEST

START_TEST(refuses_a_missing_file)
{
    EVC_CHECK_CODE(evc_instream_open(&in, evc_folder_path("none"), NULL),
                   ENVCRYPT_E_FILE_NOT_FOUND);
}
END_TEST

START_TEST(refuses_a_folder)
{
    EVC_CHECK_CODE(evc_instream_open(&in, evc_folder_path(""), NULL),
                   ENVCRYPT_E_FILE_TYPE);
}
END_TEST

static void
add_tests(Suite *suite)
{
    TCase *tcase = tcase_create("instream");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, begin, end);
    tcase_add_test(tcase, reads_a_file_to_its_end);
    tcase_add_test(tcase, reads_a_file_again);
    tcase_add_test(tcase, reads_an_empty_file);
    tcase_add_test(tcase, tells_that_a_file_grew_meanwhile);
    tcase_add_test(tcase, reads_a_pipe_at_the_standard_input);
    tcase_add_test(tcase, reads_a_file_at_the_standard_input);
    tcase_add_test(tcase, leaves_the_standard_input_open);
    tcase_add_test(tcase, reads_a_pipe_once_only);
    tcase_add_test(tcase, a_deadline_ends_the_wait_for_a_pipe);
    tcase_add_test(tcase, a_cancel_ends_the_wait_for_a_pipe);
    tcase_add_test(tcase, reads_on_after_short_and_interrupted_reads_of_a_pipe);
    tcase_add_test(tcase, tells_that_a_pipe_cannot_be_read);
    tcase_add_test(tcase, refuses_a_missing_file);
    tcase_add_test(tcase, refuses_a_folder);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("instream", add_tests)
