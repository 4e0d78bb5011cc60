/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/credential_file.h"

#include "evc-alloc.h"
#include "evc-check.h"
#include "evc-folder.h"

static char line[512];
static evc_buf out;

static void
note(void *user, int32_t level, const char *text)
{
    (void)user;
    (void)level;
    (void)snprintf(line, sizeof line, "%s", text);
}

static const evc_log log_of_test = {.sink = note, .level = ENVCRYPT_LOG_WARNING};

static void
set_up(void)
{
    evc_folder_make();
    evc_buf_init(&out);
    line[0] = 0;
}

static void
tear_down(void)
{
    evc_buf_reset(&out);
    evc_folder_remove();
}

static int
read_it(void)
{
    return evc_credential_file_read(evc_folder_path("file"), &log_of_test, &out, NULL);
}

static int
read_token(void)
{
    return evc_token_file_read(evc_folder_path("file"), &out, NULL);
}

START_TEST(reads_a_private_file_without_a_word)
{
    evc_folder_put("file", "text\n", 0600);
    EVC_CHECK_OK(read_it());
    ck_assert(evc_view_is_text(evc_buf_view(&out), "text\n"));
    ck_assert_str_eq(line, "");
}
END_TEST

START_TEST(warns_of_a_file_that_others_can_read)
{
    evc_folder_put("file", "text\n", 0644);
    EVC_CHECK_OK(read_it());
    ck_assert_ptr_nonnull(strstr(line, "0600"));
    ck_assert_ptr_nonnull(strstr(line, evc_folder_path("file")));
}
END_TEST

START_TEST(follows_a_link)
{
    evc_folder_put("real", "text\n", 0600);
    ck_assert_int_eq(symlink(evc_folder_path("real"), evc_folder_path("file")), 0);
    EVC_CHECK_OK(read_it());
    ck_assert(evc_view_is_text(evc_buf_view(&out), "text\n"));
}
END_TEST

START_TEST(warns_of_a_link_to_a_file_that_others_can_read)
{
    evc_folder_put("real", "text\n", 0644);
    ck_assert_int_eq(symlink(evc_folder_path("real"), evc_folder_path("file")), 0);
    EVC_CHECK_OK(read_it());
    ck_assert_ptr_nonnull(strstr(line, "0600"));
}
END_TEST

START_TEST(a_folder_is_no_file_of_credentials)
{
    ck_assert_int_eq(mkdir(evc_folder_path("file"), 0700), 0);
    EVC_CHECK_CODE(read_it(), ENVCRYPT_E_BAD_CREDENTIALS);
}
END_TEST

START_TEST(tells_a_missing_file_from_a_bad_one)
{
    EVC_CHECK_CODE(read_it(), ENVCRYPT_E_FILE_NOT_FOUND);
    ck_assert_int_eq(mkdir(evc_folder_path("file"), 0700), 0);
    EVC_CHECK_CODE(read_it(), ENVCRYPT_E_BAD_CREDENTIALS);
}
END_TEST

START_TEST(refuses_a_byte_order_mark)
{
    evc_folder_put("file", "\xef\xbb\xbftext", 0600);
    EVC_CHECK_CODE(read_it(), ENVCRYPT_E_BAD_CREDENTIALS);
    ck_assert_uint_eq(out.size, 0);
}
END_TEST

START_TEST(refuses_a_nul)
{
    FILE *file = fopen(evc_folder_path("file"), "we");

    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite("a\0b", 1, 3, file), 3);
    ck_assert_int_eq(fclose(file), 0);
    EVC_CHECK_CODE(read_it(), ENVCRYPT_E_BAD_CREDENTIALS);
}
END_TEST

static void
put_bytes(size_t size)
{
    FILE *file = fopen(evc_folder_path("file"), "we");

    ck_assert_ptr_nonnull(file);
    for (size_t i = 0; i < size; i++)
        ck_assert_int_eq(fputc('x', file), 'x');
    ck_assert_int_eq(fclose(file), 0);
}

START_TEST(reads_a_file_of_the_largest_size)
{
    put_bytes(EVC_CREDENTIAL_FILE_MAX);
    EVC_CHECK_OK(read_it());
}
END_TEST

START_TEST(refuses_one_byte_more)
{
    put_bytes(EVC_CREDENTIAL_FILE_MAX + 1);
    EVC_CHECK_CODE(read_it(), ENVCRYPT_E_BAD_CREDENTIALS);
}
END_TEST

START_TEST(refuses_a_gigabyte_without_reading_it)
{
    evc_folder_put("file", "", 0600);
    ck_assert_int_eq(truncate(evc_folder_path("file"), (off_t)1 << 30), 0);
    EVC_CHECK_CODE(read_it(), ENVCRYPT_E_BAD_CREDENTIALS);
    ck_assert_uint_eq(out.capacity, 0);
}
END_TEST

START_TEST(takes_white_space_off_a_token)
{
    evc_folder_put("file", " \tthe.token\r\n", 0644);
    EVC_CHECK_OK(read_token());
    ck_assert(evc_view_is_text(evc_buf_view(&out), "the.token"));
}
END_TEST

START_TEST(refuses_a_file_without_a_token)
{
    evc_folder_put("file", " \n", 0600);
    EVC_CHECK_CODE(read_token(), ENVCRYPT_E_BAD_CREDENTIALS);
}
END_TEST

START_TEST(tells_a_missing_token_file)
{
    EVC_CHECK_CODE(read_token(), ENVCRYPT_E_FILE_NOT_FOUND);
}
END_TEST

START_TEST(reads_a_token_file_of_the_largest_size)
{
    put_bytes(EVC_TOKEN_FILE_MAX);
    EVC_CHECK_OK(read_token());
}
END_TEST

START_TEST(refuses_a_token_file_of_one_byte_more)
{
    put_bytes(EVC_TOKEN_FILE_MAX + 1);
    EVC_CHECK_CODE(read_token(), ENVCRYPT_E_BAD_CREDENTIALS);
}
END_TEST

static int
read_both(void *user)
{
    int rc = read_it();

    (void)user;
    if (!rc)
        rc = read_token();
    evc_buf_reset(&out);
    return rc;
}

START_TEST(survives_memory_that_runs_out)
{
    evc_folder_put("file", "text\n", 0644);
    ck_assert_uint_ge(evc_alloc_sweep(read_both, NULL), 2);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        reads_a_private_file_without_a_word,
        warns_of_a_file_that_others_can_read,
        follows_a_link,
        warns_of_a_link_to_a_file_that_others_can_read,
        a_folder_is_no_file_of_credentials,
        tells_a_missing_file_from_a_bad_one,
        refuses_a_byte_order_mark,
        refuses_a_nul,
        reads_a_file_of_the_largest_size,
        refuses_one_byte_more,
        refuses_a_gigabyte_without_reading_it,
        takes_white_space_off_a_token,
        refuses_a_file_without_a_token,
        tells_a_missing_token_file,
        reads_a_token_file_of_the_largest_size,
        refuses_a_token_file_of_one_byte_more,
        survives_memory_that_runs_out,
        NULL,
    };
    TCase *tcase = tcase_create("credential_file");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("credential_file", add_tests)
