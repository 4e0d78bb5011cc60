/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/resource.h"

#include "evc-alloc.h"
#include "scripted-kube.h"

/* As kube-apiserver lists them, shortened (APIGroup, APIResourceList, APIGroupList). */
#define GROUP                                                                          \
    "{\"kind\":\"APIGroup\",\"apiVersion\":\"v1\",\"name\":\"x.io\",\"versions\":[{"   \
    "\"groupVersion\":\"x.io/v1\",\"version\":\"v1\"},{\"groupVersion\":\"x.io/"       \
    "v1beta1"                                                                          \
    "\",\"version\":\"v1beta1\"}],\"preferredVersion\":{\"groupVersion\":\"x.io/v1\"," \
    "\"version\":\"v1\"}}"
#define RESOURCES                                                                     \
    "{\"kind\":\"APIResourceList\",\"groupVersion\":\"x.io/v1\",\"resources\":[{"     \
    "\"name\":\"widgets\",\"singularName\":\"widget\",\"namespaced\":true,\"kind\":"  \
    "\"Widget\",\"verbs\":[\"delete\",\"get\",\"list\",\"patch\"],\"shortNames\":["   \
    "\"wi"                                                                            \
    "\"]},{\"name\":\"widgets/"                                                       \
    "status\",\"namespaced\":true,\"kind\":\"Widget\",\"verbs"                        \
    "\":[\"get\",\"patch\"]},{\"verbs\":[\"list\",\"patch\"],\"kind\":\"Gear\","      \
    "\"namespaced\":false,\"name\":\"gears\"},{\"name\":\"bindings\",\"namespaced\":" \
    "true,\"kind\":\"Binding\",\"verbs\":[\"create\"]}]}"
#define GROUPS                                                                       \
    "{\"kind\":\"APIGroupList\",\"groups\":[{\"name\":\"apps\"},{\"name\":\"x.io\"," \
    "\"versions\":[{\"version\":\"v1\"}]}]}"

static evc_kube_resource found;
static evc_error *error;

static void
set_up(void)
{
    kube_set_up();
    error = NULL;
}

static void
tear_down(void)
{
    evc_error_free(error);
    kube_tear_down();
}

static int
find(const char *text)
{
    return evc_kube_resource_find(k.kube, text, &k.wait, &found, &error);
}

static void
check_found(const char *group, const char *version, const char *plural,
            const char *kind, bool namespaced)
{
    ck_assert_str_eq(found.group, group);
    ck_assert_str_eq(found.version, version);
    ck_assert_str_eq(found.plural, plural);
    ck_assert_str_eq(found.kind, kind);
    ck_assert(found.namespaced == namespaced);
}

static void
check_says(const char *text)
{
    ck_assert_msg(strstr(evc_error_message(error), text) != NULL, "%s",
                  evc_error_message(error));
}

/* --- finding ---------------------------------------------------------------------- */

START_TEST(secrets_and_configmaps_are_known_without_asking)
{
    EVC_CHECK_OK(find("secrets"));
    check_found("", "v1", "secrets", "Secret", true);
    EVC_CHECK_OK(find("configmaps"));
    check_found("", "v1", "configmaps", "ConfigMap", true);
    ck_assert_uint_eq(k.asked, 0);
}
END_TEST

START_TEST(plain_name_is_looked_up_in_the_core)
{
    KUBE_PLAY({.status = 200, .body = RESOURCES});
    EVC_CHECK_OK(find("gears"));
    ck_assert_str_eq(k.requests[0].url, "https://kube.example/api/v1");
    check_found("", "v1", "gears", "Gear", false);
}
END_TEST

START_TEST(name_with_a_group_takes_the_version_that_is_preferred)
{
    KUBE_PLAY({.status = 200, .body = GROUP}, {.status = 200, .body = RESOURCES});
    EVC_CHECK_OK(find("widgets.x.io"));
    ck_assert_str_eq(k.requests[0].url, "https://kube.example/apis/x.io");
    ck_assert_str_eq(k.requests[1].url, "https://kube.example/apis/x.io/v1");
    check_found("x.io", "v1", "widgets", "Widget", true);
}
END_TEST

START_TEST(name_with_a_version_takes_that)
{
    KUBE_PLAY({.status = 200, .body = RESOURCES});
    EVC_CHECK_OK(find("widgets.v1beta1.x.io"));
    ck_assert_str_eq(k.requests[0].url, "https://kube.example/apis/x.io/v1beta1");
    check_found("x.io", "v1beta1", "widgets", "Widget", true);
}
END_TEST

START_TEST(unknown_resource_names_the_nearest)
{
    KUBE_PLAY({.status = 200, .body = RESOURCES});
    EVC_CHECK_CODE(find("widget.v1.x.io"), ENVCRYPT_E_KUBE_NOT_FOUND);
    check_says("no resource for \"widget.v1.x.io\"; did you mean \"widgets\"?");
    check_found("", "", "", "", false);
}
END_TEST

START_TEST(unknown_resource_that_looks_like_none_names_none)
{
    KUBE_PLAY({.status = 200, .body = RESOURCES});
    EVC_CHECK_CODE(find("zzzzzzzzzzzz"), ENVCRYPT_E_KUBE_NOT_FOUND);
    check_says("\"zzzzzzzzzzzz\"; those of other groups are PLURAL.GROUP");
}
END_TEST

START_TEST(part_of_a_resource_is_never_named)
{
    KUBE_PLAY({.status = 200, .body = RESOURCES});
    EVC_CHECK_CODE(find("widgetstatus.v1.x.io"), ENVCRYPT_E_KUBE_NOT_FOUND);
    ck_assert(!strstr(evc_error_message(error), "did you mean"));
}
END_TEST

START_TEST(unknown_group_names_the_nearest)
{
    KUBE_PLAY({.status = 404, .body = "404 page not found", .type = "text/plain"},
              {.status = 200, .body = GROUPS});
    EVC_CHECK_CODE(find("widgets.y.io"), ENVCRYPT_E_KUBE_NOT_FOUND);
    ck_assert_str_eq(k.requests[1].url, "https://kube.example/apis");
    check_says("no group of resources for \"widgets.y.io\"; did you mean \"x.io\"?");
}
END_TEST

START_TEST(unknown_group_is_told_without_a_list_of_groups_too)
{
    KUBE_PLAY({.status = 404, .body = "{}"}, {.status = 403, .body = "{}"});
    EVC_CHECK_CODE(find("widgets.y.io"), ENVCRYPT_E_KUBE_NOT_FOUND);
    check_says("no group of resources");
}
END_TEST

START_TEST(unknown_version_is_told)
{
    KUBE_PLAY({.status = 404, .body = "{}"});
    EVC_CHECK_CODE(find("widgets.v9.x.io"), ENVCRYPT_E_KUBE_NOT_FOUND);
    check_says("no such version");
}
END_TEST

START_TEST(resource_that_cannot_be_listed_and_patched_is_refused)
{
    KUBE_PLAY({.status = 200, .body = RESOURCES});
    EVC_CHECK_CODE(find("bindings"), ENVCRYPT_E_ARGUMENT);
    check_says("does not both list and patch");
}
END_TEST

static const char *const no_names[] = {
    "", ".", "Secrets", "a/b", "secrets.", ".x.io", "a..b", "a b", "secrets/status"};

START_TEST(what_cannot_be_a_resource_is_not_asked_for)
{
    EVC_CHECK_CODE(find(no_names[_i]), ENVCRYPT_E_ARGUMENT);
    ck_assert_uint_eq(k.asked, 0);
}
END_TEST

START_TEST(denied_discovery_is_told)
{
    KUBE_PLAY({.status = 403, .body = "{}"});
    EVC_CHECK_CODE(find("gears"), ENVCRYPT_E_DENIED);
}
END_TEST

START_TEST(group_without_a_version_is_refused)
{
    KUBE_PLAY({.status = 200, .body = "{\"kind\":\"APIGroup\"}"});
    EVC_CHECK_CODE(find("widgets.x.io"), ENVCRYPT_E_PROTOCOL);
    KUBE_PLAY(
        {.status = 200, .body = "{\"preferredVersion\":{\"version\":\"../v1\"}}"});
    EVC_CHECK_CODE(find("widgets.x.io"), ENVCRYPT_E_PROTOCOL);
    ck_assert_uint_eq(k.asked, 1);
}
END_TEST

static int
sweep(void *user)
{
    evc_kube_resource own;

    (void)user;
    k.asked = 0;
    return evc_kube_resource_find(k.kube, "widgets.x.io", &k.wait, &own, NULL);
}

START_TEST(memory_that_runs_out_is_named)
{
    KUBE_PLAY({.status = 200, .body = GROUP}, {.status = 200, .body = RESOURCES});
    (void)evc_alloc_sweep(sweep, NULL);
}
END_TEST

/* --- paths ------------------------------------------------------------------------ */

static void
check_path(const evc_kube_resource *resource, const char *ns, const char *name,
           const char *expected)
{
    evc_buf path;

    evc_buf_init(&path);
    evc_kube_resource_path(resource, ns, name, &path);
    ck_assert_msg(evc_view_is_text(evc_buf_view(&path), expected), "%.*s",
                  (int)path.size, (const char *)path.data);
    evc_buf_reset(&path);
}

START_TEST(paths_are_of_all_of_a_namespace_or_of_one)
{
    const evc_kube_resource secrets = {"", "v1", "secrets", "Secret", true};
    const evc_kube_resource gears = {"x.io", "v1", "gears", "Gear", false};

    check_path(&secrets, NULL, NULL, "/api/v1/secrets");
    check_path(&secrets, "", "", "/api/v1/secrets");
    check_path(&secrets, "a", NULL, "/api/v1/namespaces/a/secrets");
    check_path(&secrets, "a", "b.c", "/api/v1/namespaces/a/secrets/b.c");
    check_path(&secrets, "a/..", "b?c", "/api/v1/namespaces/a%2F../secrets/b%3Fc");
    check_path(&gears, NULL, "g", "/apis/x.io/v1/gears/g");
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        secrets_and_configmaps_are_known_without_asking,
        plain_name_is_looked_up_in_the_core,
        name_with_a_group_takes_the_version_that_is_preferred,
        name_with_a_version_takes_that,
        unknown_resource_names_the_nearest,
        unknown_resource_that_looks_like_none_names_none,
        part_of_a_resource_is_never_named,
        unknown_group_names_the_nearest,
        unknown_group_is_told_without_a_list_of_groups_too,
        unknown_version_is_told,
        resource_that_cannot_be_listed_and_patched_is_refused,
        denied_discovery_is_told,
        group_without_a_version_is_refused,
        memory_that_runs_out_is_named,
        paths_are_of_all_of_a_namespace_or_of_one,
        NULL,
    };
    TCase *tcase = tcase_create("resource");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    tcase_add_loop_test(tcase, what_cannot_be_a_resource_is_not_asked_for, 0,
                        (int)(sizeof(no_names) / sizeof(no_names[0])));
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("resource", add_tests)
