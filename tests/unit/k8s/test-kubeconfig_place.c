/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/kubeconfig_place.h"

#include "evc-alloc.h"
#include "kubeconfig-fixture.h"

static evc_buf data;
static bool found;

static void
set_up(void)
{
    kubeconfig_set_up();
    evc_buf_init(&data);
}

static void
tear_down(void)
{
    evc_buf_reset(&data);
    kubeconfig_tear_down();
}

static int
read_data(const char *members)
{
    const evc_kubeconfig_place place = kubeconfig_user(members);
    evc_error *err = NULL;
    int rc;

    evc_buf_clear(&data);
    rc = evc_kubeconfig_data(&place, "d", &data, &found, &err);
    return kubeconfig_told(rc, err);
}

/* "-----BEGIN X-----\n" */
#define PEM "LS0tLS1CRUdJTiBYLS0tLS0K"

START_TEST(data_is_base64_of_pem)
{
    EVC_CHECK_OK(read_data("d: " PEM));
    ck_assert(found);
    ck_assert(evc_view_is_text(evc_buf_view(&data), "-----BEGIN X-----\n"));
}
END_TEST

START_TEST(line_ends_in_data_are_passed_over)
{
    EVC_CHECK_OK(read_data("d: |\n      LS0tLS1CRUdJTi\n      BYLS0tLS0K"));
    ck_assert(evc_view_is_text(evc_buf_view(&data), "-----BEGIN X-----\n"));
}
END_TEST

START_TEST(data_that_is_absent_or_empty_is_none)
{
    EVC_CHECK_OK(read_data("x: z"));
    ck_assert(!found);
    EVC_CHECK_OK(read_data("d: ''"));
    ck_assert(!found);
    EVC_CHECK_OK(read_data("d:"));
    ck_assert(!found);
}
END_TEST

static const char *const bad[] = {
    "d: planted", "d: " PEM "=", "d: LS0t LS1C", "d: cGxhbnRlZA==", "d: AA==",
};

START_TEST(data_that_is_none_is_refused_and_not_shown)
{
    EVC_CHECK_CODE(read_data(bad[_i]), ENVCRYPT_E_KUBECONFIG);
    ck_assert_ptr_nonnull(strstr(why, "line 4 of the kubeconfig"));
    ck_assert_ptr_nonnull(strstr(why, "user \"u\": d is no base64"));
    ck_assert_ptr_null(strstr(why, "planted"));
    ck_assert_ptr_null(strstr(why, "LS0t"));
}
END_TEST

START_TEST(a_path_is_relative_to_its_file)
{
    const evc_kubeconfig_place place = kubeconfig_user("{a: b/c.pem, d: /e.pem}");
    char *path = NULL;

    EVC_CHECK_OK(evc_kubeconfig_path(&place, "a", &path, NULL));
    ck_assert_str_eq(path, evc_folder_path("b/c.pem"));
    EVC_CHECK_OK(evc_kubeconfig_path(&place, "d", &path, NULL));
    ck_assert_str_eq(path, "/e.pem");
    EVC_CHECK_OK(evc_kubeconfig_path(&place, "none", &path, NULL));
    ck_assert_str_eq(path, "/e.pem");
    evc_mem_free(path);
}
END_TEST

START_TEST(an_empty_text_is_absent)
{
    const evc_kubeconfig_place place = kubeconfig_user("{a: '', b: null, c: x}");
    const char *text = "before";

    EVC_CHECK_OK(evc_kubeconfig_text(&place, place.node, "a", &text, NULL));
    EVC_CHECK_OK(evc_kubeconfig_text(&place, place.node, "b", &text, NULL));
    ck_assert_str_eq(text, "before");
    EVC_CHECK_OK(evc_kubeconfig_text(&place, place.node, "c", &text, NULL));
    ck_assert_str_eq(text, "x");
}
END_TEST

START_TEST(a_member_of_another_kind_is_refused_with_file_line_and_name)
{
    const evc_kubeconfig_place place = kubeconfig_user("{a: [planted]}");
    const char *text = NULL;
    evc_error *err = NULL;
    int rc = evc_kubeconfig_text(&place, place.node, "a", &text, &err);

    EVC_CHECK_CODE(kubeconfig_told(rc, err), ENVCRYPT_E_YAML);
    ck_assert_ptr_nonnull(strstr(why, "/config, user \"u\": member \"a\" at line 4 "));
    ck_assert_ptr_null(strstr(why, "planted"));
}
END_TEST

START_TEST(an_element_that_is_no_text_is_refused)
{
    const evc_kubeconfig_place place = kubeconfig_user("{a: [x, [planted]]}");
    const evc_yaml *list = NULL;
    const char *text = NULL;
    evc_error *err = NULL;
    int rc;

    EVC_CHECK_OK(evc_kubeconfig_list(&place, place.node, "a", &list, NULL));
    EVC_CHECK_OK(evc_kubeconfig_item(&place, list, 0, &text, NULL));
    ck_assert_str_eq(text, "x");
    rc = evc_kubeconfig_item(&place, list, 1, &text, &err);
    EVC_CHECK_CODE(kubeconfig_told(rc, err), ENVCRYPT_E_KUBECONFIG);
    ck_assert_ptr_nonnull(strstr(why, "/config, user \"u\": "));
    ck_assert_ptr_null(strstr(why, "planted"));
}
END_TEST

static evc_kubeconfig_place swept;

static int
read_once(void *user)
{
    char *text = NULL;
    char *path = NULL;
    int rc;

    (void)user;
    evc_buf_reset(&data);
    rc = evc_kubeconfig_data(&swept, "d", &data, &found, NULL);
    if (rc == 0)
        rc = evc_kubeconfig_copy(&swept, swept.node, "a", &text, NULL);
    if (rc == 0)
        rc = evc_kubeconfig_path(&swept, "a", &path, NULL);
    evc_mem_free(text);
    evc_mem_free(path);
    return rc;
}

START_TEST(survives_memory_that_runs_out)
{
    swept = kubeconfig_user("{d: " PEM ", a: x}");
    ck_assert_uint_gt(evc_alloc_sweep(read_once, NULL), 4);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        data_is_base64_of_pem,
        line_ends_in_data_are_passed_over,
        data_that_is_absent_or_empty_is_none,
        a_path_is_relative_to_its_file,
        an_empty_text_is_absent,
        a_member_of_another_kind_is_refused_with_file_line_and_name,
        an_element_that_is_no_text_is_refused,
        survives_memory_that_runs_out,
        NULL};
    TCase *tcase = tcase_create("place");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    tcase_add_loop_test(tcase, data_that_is_none_is_refused_and_not_shown, 0,
                        sizeof(bad) / sizeof(bad[0]));
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("kubeconfig_place", add_tests)
