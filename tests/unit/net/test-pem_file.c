/* SPDX-License-Identifier: Apache-2.0 */
#include "net/pem_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include "evc-check.h"
#include "evc-folder.h"

typedef int (*reader)(const char *path, evc_buf *out, evc_error **err);

static const struct {
    reader read;
    size_t most;
} kinds[] = {
    {evc_pem_file_read_key, EVC_PEM_CLIENT_MAX},
    {evc_pem_file_read_cert, EVC_PEM_CLIENT_MAX},
    {evc_pem_file_read_authorities, EVC_PEM_AUTHORITIES_MAX},
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static evc_buf text;

static void
begin(void)
{
    evc_folder_make();
    evc_folder_put("file", "pem\n", 0600);
    evc_buf_init(&text);
}

static void
end(void)
{
    evc_buf_reset(&text);
    evc_folder_remove();
}

static int
read_of(int kind, const char *name)
{
    evc_buf_reset(&text);
    return kinds[kind].read(evc_folder_path(name), &text, NULL);
}

static void
link_to(const char *target, const char *name)
{
    ck_assert_int_eq(symlink(target, evc_folder_path(name)), 0);
}

START_TEST(a_file_is_read)
{
    EVC_CHECK_OK(read_of(_i, "file"));
    ck_assert(evc_view_is_text(evc_buf_view(&text), "pem\n"));
}
END_TEST

/* As a volume of a Secret has it: tls.key -> ..data/tls.key, ..data -> a folder. */
START_TEST(links_are_followed_to_the_end)
{
    link_to(".", "..data");
    link_to("..data/file", "tls.key");
    EVC_CHECK_OK(read_of(_i, "tls.key"));
    ck_assert(evc_view_is_text(evc_buf_view(&text), "pem\n"));
}
END_TEST

START_TEST(a_link_to_nothing_is_not_found)
{
    link_to("none", "link");
    EVC_CHECK_CODE(read_of(_i, "link"), ENVCRYPT_E_FILE_NOT_FOUND);
}
END_TEST

START_TEST(what_a_link_leads_to_must_be_a_file)
{
    ck_assert_int_eq(mkfifo(evc_folder_path("pipe"), 0600), 0);
    link_to("pipe", "link");
    EVC_CHECK_CODE(read_of(_i, "link"), ENVCRYPT_E_FILE_TYPE);
    EVC_CHECK_CODE(read_of(_i, "."), ENVCRYPT_E_FILE_TYPE);
}
END_TEST

START_TEST(it_may_have_so_many_bytes_and_no_more)
{
    size_t most = kinds[_i].most;

    ck_assert_int_eq(truncate(evc_folder_path("file"), (off_t)most), 0);
    EVC_CHECK_OK(read_of(_i, "file"));
    ck_assert_uint_eq(text.size, most);
    ck_assert_int_eq(truncate(evc_folder_path("file"), (off_t)most + 1), 0);
    EVC_CHECK_CODE(read_of(_i, "file"), ENVCRYPT_E_FILE_TOO_LARGE);
    ck_assert_uint_eq(text.size, 0);
}
END_TEST

START_TEST(a_key_that_others_can_read_is_refused_also_behind_a_link)
{
    link_to("file", "link");
    ck_assert_int_eq(chmod(evc_folder_path("file"), 0640), 0);
    EVC_CHECK_CODE(read_of(0, "file"), ENVCRYPT_E_FILE_TOO_OPEN);
    EVC_CHECK_CODE(read_of(0, "link"), ENVCRYPT_E_FILE_TOO_OPEN);
    EVC_CHECK_OK(read_of(1, "link"));
    EVC_CHECK_OK(read_of(2, "link"));
}
END_TEST

static int
check_authorities(const char *name)
{
    return evc_pem_file_check_authorities(evc_folder_path(name), NULL);
}

START_TEST(authorities_for_libcurl_are_held_to_the_same)
{
    EVC_CHECK_CODE(check_authorities("none"), ENVCRYPT_E_FILE_NOT_FOUND);
    ck_assert_int_eq(mkfifo(evc_folder_path("pipe"), 0600), 0);
    link_to("pipe", "link");
    EVC_CHECK_CODE(check_authorities("link"), ENVCRYPT_E_FILE_TYPE);
    link_to("file", "good");
    EVC_CHECK_OK(check_authorities("good"));
    ck_assert_int_eq(truncate(evc_folder_path("file"), EVC_PEM_AUTHORITIES_MAX), 0);
    EVC_CHECK_OK(check_authorities("good"));
    ck_assert_int_eq(truncate(evc_folder_path("file"), EVC_PEM_AUTHORITIES_MAX + 1), 0);
    EVC_CHECK_CODE(check_authorities("good"), ENVCRYPT_E_FILE_TOO_LARGE);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const each[] = {
        a_file_is_read,
        links_are_followed_to_the_end,
        a_link_to_nothing_is_not_found,
        what_a_link_leads_to_must_be_a_file,
        it_may_have_so_many_bytes_and_no_more,
        NULL,
    };
    TCase *tcase = tcase_create("each kind");

    tcase_add_checked_fixture(tcase, begin, end);
    for (const TTest *const *test = each; *test; test++)
        tcase_add_loop_test(tcase, *test, 0, (int)KINDS);
    suite_add_tcase(suite, tcase);
    tcase = tcase_create("once");
    tcase_add_checked_fixture(tcase, begin, end);
    tcase_add_test(tcase, a_key_that_others_can_read_is_refused_also_behind_a_link);
    tcase_add_test(tcase, authorities_for_libcurl_are_held_to_the_same);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("pem_file", add_tests)
