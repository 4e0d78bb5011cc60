/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/patch.h"

#include "evc-alloc.h"
#include "scripted-kube.h"

static const evc_kube_resource secrets = {"", "v1", "secrets", "Secret", true};
static const evc_kube_resource widgets = {"x.io", "v1beta1", "widgets", "Widget",
                                          false};
static const evc_kube_object s1 = {
    .ns = "default", .name = "s1", .uid = "u-1", .version = "17"};

#define REPLY_OF(ns, name, uid, version)                                           \
    "{\"kind\":\"PartialObjectMetadata\",\"metadata\":{" ns "\"name\":\"" name     \
    "\",\"uid\":\"" uid "\",\"resourceVersion\":\"" version                        \
    "\",\"annotations\":{\"x\":\"planted\",\"x.io/at\":\"2026-01-01T00:00:00Z\"}," \
    "\"creationTimestamp\":\"2025-01-01T00:00:00Z\"}}"
#define REPLY REPLY_OF("\"namespace\":\"default\",", "s1", "u-1", "18")

static evc_kube_patch patch;
static evc_kube_get get;
static evc_error *error;

static void
set_up(void)
{
    kube_set_up();
    patch = (evc_kube_patch){.resource = &secrets, .object = s1};
    get = (evc_kube_get){.resource = &secrets, .object = s1, .annotation = "x.io/at"};
    error = NULL;
}

static void
tear_down(void)
{
    evc_error_free(error);
    kube_tear_down();
}

static int
run_patch(void)
{
    return evc_kube_patch_run(k.kube, &patch, &k.wait, &error);
}

static int
run_get(void)
{
    return evc_kube_get_run(k.kube, &get, &k.wait, &error);
}

/* --- patch ------------------------------------------------------------------------ */

START_TEST(empty_patch_holds_to_uid_and_version_and_asks_for_metadata_only)
{
    const kube_request *r = &k.requests[0];

    KUBE_PLAY({.status = 200, .body = REPLY});
    EVC_CHECK_OK(run_patch());
    ck_assert_str_eq(r->method, "PATCH");
    ck_assert_str_eq(r->url, "https://kube.example/api/v1/namespaces/default/secrets/s1"
                             "?fieldManager=libenvcrypt");
    ck_assert_str_eq(r->accept,
                     "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1");
    ck_assert_str_eq(r->content, "application/merge-patch+json");
    ck_assert_str_eq(r->body,
                     "{\"metadata\":{\"uid\":\"u-1\",\"resourceVersion\":\"17\"}}");
    ck_assert_str_eq(patch.version, "18");
    ck_assert_uint_eq(r->cap, 16777216); /* it is read as it comes */
}
END_TEST

START_TEST(annotation_is_set_and_escaped)
{
    KUBE_PLAY({.status = 200, .body = REPLY});
    patch.annotation = "x.io/at";
    patch.value = "a\"\\\n";
    EVC_CHECK_OK(run_patch());
    ck_assert_str_eq(k.requests[0].body,
                     "{\"metadata\":{\"uid\":\"u-1\",\"resourceVersion\":\"17\","
                     "\"annotations\":{\"x.io/at\":\"a\\\"\\\\\\n\"}}}");
}
END_TEST

START_TEST(dry_run_is_said_to_the_server)
{
    KUBE_PLAY({.status = 200, .body = REPLY});
    patch.dry_run = true;
    EVC_CHECK_OK(run_patch());
    ck_assert(strstr(k.requests[0].url, "?fieldManager=libenvcrypt&dryRun=All") !=
              NULL);
}
END_TEST

START_TEST(object_of_a_group_and_no_namespace_has_its_path)
{
    KUBE_PLAY({.status = 200, .body = REPLY_OF("", "s1", "u-1", "18")});
    patch.resource = &widgets;
    patch.object.ns[0] = '\0';
    EVC_CHECK_OK(run_patch());
    ck_assert_str_eq(k.requests[0].url,
                     "https://kube.example/apis/x.io/v1beta1/widgets/s1"
                     "?fieldManager=libenvcrypt");
}
END_TEST

START_TEST(name_of_rbac_is_encoded)
{
    const evc_kube_resource roles = {"rbac.authorization.k8s.io", "v1", "clusterroles",
                                     "ClusterRole", false};

    KUBE_PLAY({.status = 200, .body = REPLY_OF("", "system:x", "u-1", "18")});
    patch.resource = &roles;
    patch.object.ns[0] = '\0';
    memcpy(patch.object.name, "system:x", sizeof("system:x"));
    EVC_CHECK_OK(run_patch());
    ck_assert(strstr(k.requests[0].url, "/v1/clusterroles/system%3Ax?") != NULL);
}
END_TEST

static const char *const about_others[] = {
    REPLY_OF("\"namespace\":\"default\",", "s2", "u-1", "18"),
    REPLY_OF("\"namespace\":\"other\",", "s1", "u-1", "18"),
    REPLY_OF("\"namespace\":\"default\",", "s1", "u-2", "18"),
    "{\"kind\":\"Secret\",\"metadata\":{\"name\":\"s1\"}}",
    "{\"kind\":\"Status\",\"status\":\"Success\"}",
    "{\"kind\":\"PartialObjectMetadata\",\"data\":{\"k\":\"cGxhbnRlZA==\"}}",
    "",
};

START_TEST(reply_about_another_object_is_refused)
{
    KUBE_PLAY({.status = 200, .body = about_others[_i]});
    EVC_CHECK_CODE(run_patch(), ENVCRYPT_E_PROTOCOL);
    ck_assert_str_eq(patch.version, "");
    ck_assert_uint_eq(k.asked, 1);
}
END_TEST

static const struct {
    const char *annotation;
    const char *value;
} bad_marks[] = {{"a b", "x"}, {"", "x"}, {"a/b/c", "x"}, {"a", NULL}, {"a\"", "x"}};

START_TEST(what_cannot_be_an_annotation_is_not_sent)
{
    patch.annotation = bad_marks[_i].annotation;
    patch.value = bad_marks[_i].value;
    EVC_CHECK_CODE(run_patch(), ENVCRYPT_E_ARGUMENT);
    ck_assert_uint_eq(k.asked, 0);
}
END_TEST

START_TEST(longest_value_is_sent_and_a_longer_one_is_not)
{
    char value[EVC_KUBE_VALUE_MAX + 2];

    KUBE_PLAY({.status = 200, .body = REPLY});
    memset(value, 'v', sizeof(value));
    value[EVC_KUBE_VALUE_MAX] = '\0';
    patch.annotation = "a";
    patch.value = value;
    EVC_CHECK_OK(run_patch());
    value[EVC_KUBE_VALUE_MAX] = 'v';
    value[EVC_KUBE_VALUE_MAX + 1] = '\0';
    EVC_CHECK_CODE(run_patch(), ENVCRYPT_E_ARGUMENT);
}
END_TEST

START_TEST(value_that_is_no_utf8_is_not_sent)
{
    patch.annotation = "a";
    patch.value = "\xff";
    EVC_CHECK_CODE(run_patch(), ENVCRYPT_E_UTF8);
    ck_assert_uint_eq(k.asked, 0);
}
END_TEST

START_TEST(object_without_uid_or_version_is_not_patched)
{
    patch.object.uid[0] = '\0';
    EVC_CHECK_CODE(run_patch(), ENVCRYPT_E_ARGUMENT);
    patch.object = s1;
    patch.object.version[0] = '\0';
    EVC_CHECK_CODE(run_patch(), ENVCRYPT_E_ARGUMENT);
    ck_assert_uint_eq(k.asked, 0);
}
END_TEST

START_TEST(name_that_would_leave_its_path_is_not_sent)
{
    memcpy(patch.object.name, "../x", sizeof("../x"));
    EVC_CHECK_CODE(run_patch(), ENVCRYPT_E_ARGUMENT);
    patch.object = s1;
    memcpy(patch.object.ns, "a/b", sizeof("a/b"));
    EVC_CHECK_CODE(run_patch(), ENVCRYPT_E_ARGUMENT);
    patch.object = s1;
    patch.object.ns[0] = '\0';
    EVC_CHECK_CODE(run_patch(), ENVCRYPT_E_ARGUMENT);
    ck_assert_uint_eq(k.asked, 0);
}
END_TEST

static const struct {
    int status;
    int code;
} faults[] = {{409, ENVCRYPT_E_KUBE_CONFLICT},
              {422, ENVCRYPT_E_KUBE_INVALID},
              {403, ENVCRYPT_E_DENIED},
              {415, ENVCRYPT_E_REQUEST_REFUSED}};

START_TEST(what_the_server_refuses_is_told_by_its_code)
{
    KUBE_PLAY({.status = faults[_i].status, .body = "{\"kind\":\"Status\"}"});
    EVC_CHECK_CODE(run_patch(), faults[_i].code);
    ck_assert_str_eq(patch.version, "");
    ck_assert_uint_eq(k.asked, 1);
}
END_TEST

#define NOT_FOUND "{\"kind\":\"Status\",\"reason\":\"NotFound\"}"

START_TEST(object_that_is_gone_is_not_found)
{
    KUBE_PLAY({.status = 404, .body = NOT_FOUND});
    EVC_CHECK_CODE(run_patch(), ENVCRYPT_E_KUBE_NOT_FOUND);
    ck_assert_str_eq(patch.version, "");
}
END_TEST

/* Of a proxy's own 404 nobody may conclude that the object needs no key any more. */
START_TEST(not_found_of_something_else_says_nothing_of_the_object)
{
    KUBE_PLAY({.status = 404, .body = "default backend - 404", .type = "text/plain"},
              {.status = 404, .body = "{\"kind\":\"Status\"}"},
              {.status = 404, .body = "404 page not found", .type = "text/plain"});
    EVC_CHECK_CODE(run_patch(), ENVCRYPT_E_PROTOCOL);
    EVC_CHECK_CODE(run_patch(), ENVCRYPT_E_PROTOCOL);
    EVC_CHECK_CODE(run_get(), ENVCRYPT_E_PROTOCOL);
}
END_TEST

START_TEST(server_without_metadata_only_replies_is_called_too_old)
{
    KUBE_PLAY({.status = 406, .body = "{\"kind\":\"Status\"}"});
    EVC_CHECK_CODE(run_patch(), ENVCRYPT_E_REQUEST_REFUSED);
    ck_assert(strstr(evc_error_message(error), "from 1.15 on") != NULL);
}
END_TEST

START_TEST(throttled_and_cut_attempts_begin_anew)
{
    KUBE_PLAY({.status = 429, .body = "busy", .type = "text/plain", .retry_after = "1"},
              {.code = ENVCRYPT_E_NET_BROKEN}, {.status = 200, .body = REPLY});
    EVC_CHECK_OK(run_patch());
    ck_assert_uint_eq(k.asked, 3);
    ck_assert_str_eq(k.requests[2].body, k.requests[0].body);
    ck_assert_str_eq(patch.version, "18");
}
END_TEST

START_TEST(one_patch_serves_object_after_object)
{
    KUBE_PLAY({.status = 200, .body = REPLY},
              {.status = 200,
               .body = REPLY_OF("\"namespace\":\"default\",", "s2", "u-2", "21")});
    EVC_CHECK_OK(run_patch());
    memcpy(patch.object.name, "s2", sizeof("s2"));
    memcpy(patch.object.uid, "u-2", sizeof("u-2"));
    EVC_CHECK_OK(run_patch());
    ck_assert_str_eq(patch.version, "21");
}
END_TEST

START_TEST(nothing_of_the_reply_stays_in_the_patch)
{
    KUBE_PLAY({.status = 200, .body = REPLY});
    EVC_CHECK_OK(run_patch());
    for (size_t i = 0; i + 7 <= sizeof(patch); i++)
        ck_assert(memcmp(&((const char *)&patch)[i], "planted", 7) != 0);
}
END_TEST

START_TEST(nothing_of_a_reply_that_broke_off_stays_either)
{
    KUBE_PLAY({.status = 200,
               .body = "{\"kind\":\"PartialObjectMetadata\",\"metadata\":{\"uid\":"
                       "\"planted\",\"planted"});
    EVC_CHECK_CODE(run_patch(), ENVCRYPT_E_PROTOCOL);
    for (size_t i = 0; i + 7 <= sizeof(patch); i++)
        ck_assert(memcmp(&((const char *)&patch)[i], "planted", 7) != 0);
}
END_TEST

static int
sweep_patch(void *user)
{
    (void)user;
    k.asked = 0;
    patch.annotation = "x.io/at";
    patch.value = "now";
    return evc_kube_patch_run(k.kube, &patch, &k.wait, NULL);
}

START_TEST(memory_that_runs_out_in_a_patch_is_named)
{
    KUBE_PLAY({.status = 200, .body = REPLY});
    (void)evc_alloc_sweep(sweep_patch, NULL);
}
END_TEST

/* --- get -------------------------------------------------------------------------- */

START_TEST(get_reads_metadata_of_one_object)
{
    const kube_request *r = &k.requests[0];

    KUBE_PLAY({.status = 200, .body = REPLY});
    EVC_CHECK_OK(run_get());
    ck_assert_str_eq(r->method, "GET");
    ck_assert_str_eq(r->url,
                     "https://kube.example/api/v1/namespaces/default/secrets/s1");
    ck_assert_str_eq(r->accept,
                     "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1");
    ck_assert_str_eq(get.object.version, "18");
    ck_assert_int_eq(get.object.mark_ms, INT64_C(1767225600000));
    ck_assert_int_eq(get.object.written_ms, INT64_C(1735689600000));
}
END_TEST

START_TEST(get_tells_that_the_object_is_another_one_now)
{
    KUBE_PLAY({.status = 200,
               .body = REPLY_OF("\"namespace\":\"default\",", "s1", "u-9", "30")});
    EVC_CHECK_OK(run_get());
    ck_assert_str_eq(get.object.uid, "u-9");
}
END_TEST

START_TEST(failed_get_leaves_the_object_alone)
{
    KUBE_PLAY({.status = 404, .body = NOT_FOUND});
    EVC_CHECK_CODE(run_get(), ENVCRYPT_E_KUBE_NOT_FOUND);
    ck_assert_str_eq(get.object.version, "17");
    KUBE_PLAY({.status = 200,
               .body = REPLY_OF("\"namespace\":\"default\",", "s2", "u-1", "30")});
    EVC_CHECK_CODE(run_get(), ENVCRYPT_E_PROTOCOL);
    ck_assert_str_eq(get.object.version, "17");
}
END_TEST

static int
sweep_get(void *user)
{
    (void)user;
    k.asked = 0;
    return evc_kube_get_run(k.kube, &get, &k.wait, NULL);
}

START_TEST(memory_that_runs_out_in_a_get_is_named)
{
    KUBE_PLAY({.status = 200, .body = REPLY});
    (void)evc_alloc_sweep(sweep_get, NULL);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        empty_patch_holds_to_uid_and_version_and_asks_for_metadata_only,
        annotation_is_set_and_escaped,
        dry_run_is_said_to_the_server,
        object_of_a_group_and_no_namespace_has_its_path,
        name_of_rbac_is_encoded,
        longest_value_is_sent_and_a_longer_one_is_not,
        value_that_is_no_utf8_is_not_sent,
        object_without_uid_or_version_is_not_patched,
        name_that_would_leave_its_path_is_not_sent,
        object_that_is_gone_is_not_found,
        not_found_of_something_else_says_nothing_of_the_object,
        server_without_metadata_only_replies_is_called_too_old,
        throttled_and_cut_attempts_begin_anew,
        one_patch_serves_object_after_object,
        nothing_of_the_reply_stays_in_the_patch,
        nothing_of_a_reply_that_broke_off_stays_either,
        memory_that_runs_out_in_a_patch_is_named,
        get_reads_metadata_of_one_object,
        get_tells_that_the_object_is_another_one_now,
        failed_get_leaves_the_object_alone,
        memory_that_runs_out_in_a_get_is_named,
        NULL,
    };
    TCase *tcase = tcase_create("patch");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_set_timeout(tcase, 60);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    tcase_add_loop_test(tcase, reply_about_another_object_is_refused, 0,
                        (int)(sizeof(about_others) / sizeof(about_others[0])));
    tcase_add_loop_test(tcase, what_cannot_be_an_annotation_is_not_sent, 0,
                        (int)(sizeof(bad_marks) / sizeof(bad_marks[0])));
    tcase_add_loop_test(tcase, what_the_server_refuses_is_told_by_its_code, 0,
                        (int)(sizeof(faults) / sizeof(faults[0])));
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("patch", add_tests)
