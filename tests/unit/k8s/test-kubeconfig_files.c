/* SPDX-License-Identifier: Apache-2.0 */
#include "evc-alloc.h"
#include "kubeconfig-fixture.h"

static evc_kubeconfig_place place;

static void
put_users(const char *file, const char *users)
{
    evc_folder_put(file, users, 0600);
}

/* The token of a user; NULL when there is no such user. */
static const char *
token_of(const char *name)
{
    EVC_CHECK_OK(evc_kubeconfig_files_find(&files, "user", name, &place, NULL));
    return place.element ? evc_yaml_text(evc_yaml_get(place.node, "token"), NULL)
                         : NULL;
}

static const char *
list_of(const char *first, const char *second)
{
    static char list[2 * PATH_MAX];

    (void)snprintf(list, sizeof(list), "%s:%s", evc_folder_path(first),
                   evc_folder_path(second));
    return list;
}

START_TEST(of_several_files_the_first_that_has_a_name_gives_all_of_it)
{
    put_users("a", "users: [{name: x, user: {token: a-x}}]");
    put_users("b", "users: [{name: x, user: {token: b-x, as: j}}, "
                   "{name: y2, user: {token: b-y}}]");
    EVC_CHECK_OK(kubeconfig_open(list_of("a", "b")));
    ck_assert_str_eq(token_of("x"), "a-x");
    ck_assert_ptr_null(evc_yaml_get(place.node, "as"));
    ck_assert_str_eq(token_of("y2"), "b-y");
    ck_assert_str_eq(place.path, evc_folder_path("b"));
    ck_assert_str_eq(place.folder, evc_folder);
    ck_assert_ptr_null(token_of("z"));
}
END_TEST

START_TEST(an_empty_one_hides_those_of_later_files)
{
    put_users("a", "users: [{name: x}]");
    put_users("b", "users: [{name: x, user: {token: b-x}}]");
    EVC_CHECK_OK(kubeconfig_open(list_of("a", "b")));
    ck_assert_ptr_null(token_of("x"));
    ck_assert_ptr_nonnull(place.element);
}
END_TEST

START_TEST(the_first_current_context_counts)
{
    const char *name;

    put_users("a", "current-context: ''");
    put_users("b", "current-context: b");
    EVC_CHECK_OK(kubeconfig_open(list_of("a", "b")));
    EVC_CHECK_OK(evc_kubeconfig_files_current(&files, &name, NULL));
    ck_assert_str_eq(name, "b");
}
END_TEST

START_TEST(missing_files_of_a_list_are_passed_over_unless_all_are)
{
    put_users("b", "users: [{name: x, user: {token: b-x}}]");
    EVC_CHECK_OK(kubeconfig_open(list_of("a", "b")));
    ck_assert_str_eq(token_of("x"), "b-x");
    EVC_CHECK_CODE(kubeconfig_open(list_of("a", "c")), ENVCRYPT_E_KUBECONFIG);
    ck_assert_ptr_nonnull(strstr(why, "/a"));
    ck_assert_ptr_nonnull(strstr(why, "/c"));
}
END_TEST

START_TEST(the_only_file_that_is_named_must_be_there)
{
    EVC_CHECK_CODE(kubeconfig_open(evc_folder_path("a")), ENVCRYPT_E_FILE_NOT_FOUND);
}
END_TEST

START_TEST(the_variable_goes_before_the_home_folder)
{
    ck_assert_int_eq(mkdir(evc_folder_path(".kube"), 0700), 0);
    put_users(".kube/config", "current-context: home");
    put_users("a", "current-context: variable");
    EVC_CHECK_OK(kubeconfig_open(NULL));
    ck_assert_str_eq(files.items[0].path, evc_folder_path(".kube/config"));
    set_variable("KUBECONFIG", evc_folder_path("a"));
    EVC_CHECK_OK(kubeconfig_open(NULL));
    ck_assert_str_eq(files.items[0].path, evc_folder_path("a"));
    ck_assert_int_eq(unlink(evc_folder_path(".kube/config")), 0);
}
END_TEST

START_TEST(a_variable_whose_file_is_missing_is_told)
{
    set_variable("KUBECONFIG", evc_folder_path("a"));
    EVC_CHECK_CODE(kubeconfig_open(NULL), ENVCRYPT_E_KUBECONFIG);
}
END_TEST

START_TEST(without_a_home_there_is_none)
{
    set_variable("HOME", NULL);
    EVC_CHECK_CODE(kubeconfig_open(NULL), ENVCRYPT_E_KUBECONFIG);
}
END_TEST

START_TEST(a_relative_path_is_made_absolute)
{
    put_users("a", "");
    EVC_CHECK_OK(kubeconfig_open("./a"));
    ck_assert_ptr_nonnull(strstr(files.items[0].path, "/./a"));
    ck_assert_int_eq(files.items[0].path[0], '/');
}
END_TEST

START_TEST(the_same_file_counts_once)
{
    put_users("a", "users: [{name: x, user: {}}]");
    EVC_CHECK_OK(kubeconfig_open(list_of("a", "a")));
    ck_assert_uint_eq(files.count, 1);
}
END_TEST

START_TEST(there_may_be_32_files_and_no_more)
{
    static char list[33 * PATH_MAX];
    size_t used = 0;

    for (unsigned i = 0; i < 33; i++) {
        char name[8];

        (void)snprintf(name, sizeof(name), "f%u", i);
        put_users(name, "");
        used += (size_t)snprintf(&list[used], sizeof(list) - used, "%s%s", i ? ":" : "",
                                 name);
        if (i == 31)
            EVC_CHECK_OK(kubeconfig_open(list));
    }
    EVC_CHECK_CODE(kubeconfig_open(list), ENVCRYPT_E_ARGUMENT);
}
END_TEST

static const struct {
    const char *content;
    int code;
    const char *says;
} bad[] = {
    {"a: [", ENVCRYPT_E_YAML, "/config"},
    {"- a", ENVCRYPT_E_KUBECONFIG, "no mapping"},
    {"text", ENVCRYPT_E_KUBECONFIG, "no mapping"},
    {"kind: Secret", ENVCRYPT_E_KUBECONFIG, "kind Config"},
    {"apiVersion: v2", ENVCRYPT_E_KUBECONFIG, "apiVersion v1"},
    {"kind: 5", ENVCRYPT_E_YAML, "/config"},
    {"a: b\n---\nc: d", ENVCRYPT_E_KUBECONFIG, "more than one document"},
    {"\xef\xbb\xbf"
     "a: b",
     ENVCRYPT_E_BAD_CREDENTIALS, "byte order mark"},
};

START_TEST(what_is_no_kubeconfig_is_refused_and_named)
{
    EVC_CHECK_CODE(kubeconfig_put(bad[_i].content), bad[_i].code);
    ck_assert_msg(strstr(why, bad[_i].says), "%s", why);
}
END_TEST

START_TEST(an_empty_file_is_an_empty_kubeconfig)
{
    EVC_CHECK_OK(kubeconfig_put(""));
    EVC_CHECK_OK(kubeconfig_put("# nothing\n"));
    EVC_CHECK_OK(kubeconfig_put("null"));
    ck_assert_ptr_null(token_of("x"));
}
END_TEST

START_TEST(json_is_read_too)
{
    EVC_CHECK_OK(kubeconfig_put("{\"apiVersion\":\"v1\",\"kind\":\"Config\",\"users\":"
                                "[{\"name\":\"x\",\"user\":{\"token\":\"t\"}}]}"));
    ck_assert_str_eq(token_of("x"), "t");
}
END_TEST

START_TEST(a_file_that_others_can_read_is_warned_of)
{
    evc_folder_put("config", "users: []", 0644);
    EVC_CHECK_OK(kubeconfig_open(evc_folder_path("config")));
    ck_assert_ptr_nonnull(strstr(served.log, "/config"));
}
END_TEST

static const struct {
    const char *content;
    const char *says;
} broken[] = {
    {"users:\n- {name: x}\n- {name: x}\n", "line 3 "},
    {"users: {name: x}\n", "line 1 "},
    {"users:\n- name: w\n- x\n", "line 3 "},
    {"users:\n- name: x\n  user: text\n", "\"user\" at line 3 "},
    {"users:\n- name: 5\n", "\"name\" at line 2 "},
};

START_TEST(what_cannot_be_looked_for_in_is_refused_with_its_line)
{
    evc_error *err = NULL;
    int rc;

    EVC_CHECK_OK(kubeconfig_put(broken[_i].content));
    rc = evc_kubeconfig_files_find(&files, "user", "x", &place, &err);
    rc = kubeconfig_told(rc, err);
    ck_assert(rc == ENVCRYPT_E_KUBECONFIG || rc == ENVCRYPT_E_YAML);
    ck_assert_msg(strstr(why, broken[_i].says), "%s", why);
    ck_assert_msg(strstr(why, "/config"), "%s", why);
}
END_TEST

START_TEST(names_are_listed_for_people_and_cut)
{
    static char content[20000];
    size_t used = (size_t)snprintf(content, sizeof(content), "users:\n");
    evc_buf names;

    evc_buf_init(&names);
    EVC_CHECK_OK(kubeconfig_put("users: [{name: a}, {name: \"b\\e[1m\"}, {user: {}}]"));
    evc_kubeconfig_files_names(&files, "user", &names);
    ck_assert_str_eq((const char *)names.data, "a, b\\x1b[1m");
    evc_buf_reset(&names);
    evc_kubeconfig_files_names(&files, "context", &names);
    ck_assert_str_eq((const char *)names.data, "none");
    evc_buf_reset(&names);
    for (unsigned i = 0; i < 500; i++)
        used += (size_t)snprintf(&content[used], sizeof(content) - used,
                                 "- name: user-%u\n", i);
    EVC_CHECK_OK(kubeconfig_put(content));
    evc_kubeconfig_files_names(&files, "user", &names);
    ck_assert_uint_lt(names.size, 450);
    ck_assert_ptr_nonnull(strstr((const char *)names.data, ", ..."));
    evc_buf_reset(&names);
}
END_TEST

static int
open_once(void *user)
{
    evc_kubeconfig_files made;
    evc_kubeconfig_place found;
    const char *name;
    int rc = evc_kubeconfig_files_open(user, NULL, &made, NULL);

    if (rc == 0)
        rc = evc_kubeconfig_files_current(&made, &name, NULL);
    if (rc == 0)
        rc = evc_kubeconfig_files_find(&made, "user", "x", &found, NULL);
    evc_kubeconfig_files_close(&made);
    return rc;
}

START_TEST(survives_memory_that_runs_out)
{
    static char list[2 * PATH_MAX];

    put_users("a", "current-context: c");
    put_users("b", "users: [{name: x, user: {token: t}}]");
    (void)snprintf(list, sizeof(list), "%s", list_of("a", "b"));
    ck_assert_uint_gt(evc_alloc_sweep(open_once, list), 10);
    ck_assert_uint_gt(evc_alloc_sweep(open_once, (void *)(uintptr_t) "a:b"), 10);
}
END_TEST

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        of_several_files_the_first_that_has_a_name_gives_all_of_it,
        an_empty_one_hides_those_of_later_files,
        the_first_current_context_counts,
        missing_files_of_a_list_are_passed_over_unless_all_are,
        the_only_file_that_is_named_must_be_there,
        the_variable_goes_before_the_home_folder,
        a_variable_whose_file_is_missing_is_told,
        without_a_home_there_is_none,
        a_relative_path_is_made_absolute,
        the_same_file_counts_once,
        there_may_be_32_files_and_no_more,
        an_empty_file_is_an_empty_kubeconfig,
        json_is_read_too,
        a_file_that_others_can_read_is_warned_of,
        names_are_listed_for_people_and_cut,
        survives_memory_that_runs_out,
        NULL};
    TCase *tcase = tcase_create("bad");

    kubeconfig_add(suite, "files", tests);
    tcase_add_checked_fixture(tcase, kubeconfig_set_up, kubeconfig_tear_down);
    tcase_add_loop_test(tcase, what_is_no_kubeconfig_is_refused_and_named, 0,
                        COUNT(bad));
    tcase_add_loop_test(tcase, what_cannot_be_looked_for_in_is_refused_with_its_line, 0,
                        COUNT(broken));
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("kubeconfig_files", add_tests)
