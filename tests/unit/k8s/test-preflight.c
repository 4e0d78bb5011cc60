/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/preflight.h"

#include <stdarg.h>

#include "toy-cluster.h"

static const char *denied_verb;
static const char *denied_ns;
static bool silent;
static int lease_status;
static char lease_body[4096];
static evc_error *error;
static bool may_patch;

static bool
at(const kube_request *r, kube_step *s)
{
    char verb[64];

    if (strstr(r->url, "selfsubjectaccessreviews")) {
        if (silent) {
            toy_status(s, 404, "NotFound");
            return true;
        }
        (void)snprintf(verb, sizeof(verb), "\"verb\":\"%s\"", denied_verb);
        if (!denied_verb || !strstr(r->body, verb) ||
            (denied_ns && !strstr(r->body, denied_ns)))
            return false;
        s->status = 201;
        toy_put(
            "{\"kind\":\"SelfSubjectAccessReview\",\"status\":{\"allowed\":false}}");
        return true;
    }
    if (strstr(r->url, "/leases")) {
        s->status = strcmp(r->method, "GET") == 0 ? 404 : lease_status;
        (void)snprintf(lease_body, sizeof(lease_body), "%s", r->body);
        return true;
    }
    return false;
}

static bool namespaced;

static int
review(bool writes)
{
    evc_task *task = toy_task();
    int rc;

    evc_err_drop(&error);
    task->resource.namespaced = namespaced;
    toy.at = at;
    rc = evc_preflight_rights(task, writes, &may_patch, &error);
    toy_close(task);
    return rc;
}

static void
set_up(void)
{
    toy_set_up();
    denied_verb = NULL;
    denied_ns = NULL;
    silent = false;
    namespaced = true;
    lease_status = 403;
    error = NULL;
}

static void
tear_down(void)
{
    evc_error_free(error);
    toy_tear_down();
}

static void
refused(const char *verb, const char *where)
{
    EVC_CHECK_CODE(review(true), ENVCRYPT_E_KUBE_PREFLIGHT);
    ck_assert_ptr_nonnull(strstr(evc_error_message(error), verb));
    ck_assert_ptr_nonnull(strstr(evc_error_message(error), where));
    ck_assert_ptr_nonnull(strstr(evc_error_message(error), "secrets"));
}

START_TEST(with_both_rights_it_goes_on)
{
    EVC_CHECK_OK(review(true));
    ck_assert(may_patch);
    ck_assert_uint_eq(toy.reviews, 2);
    ck_assert_uint_eq(toy_report->note_count, 0);
}
END_TEST

START_TEST(a_missing_right_is_named)
{
    denied_verb = "list";
    refused("list", "all namespaces");
    denied_verb = "patch";
    toy_set("mode", "rewrite");
    refused("patch", "all namespaces");
}
END_TEST

START_TEST(what_is_in_no_namespace_is_not_told_to_be_in_all)
{
    namespaced = false;
    denied_verb = "list";
    refused("list", "the right to list secrets is missing");
    ck_assert_ptr_null(strstr(evc_error_message(error), "namespace"));
}
END_TEST

START_TEST(each_namespace_is_asked_about)
{
    toy_set("namespaces", "a,b,c");
    denied_verb = "patch";
    denied_ns = "\"namespace\":\"b\"";
    refused("patch", "namespace b");
}
END_TEST

START_TEST(who_only_counts_needs_no_right_to_patch)
{
    denied_verb = "patch";
    EVC_CHECK_OK(review(false));
    ck_assert(!may_patch);
}
END_TEST

START_TEST(a_server_that_does_not_tell_is_a_note)
{
    silent = true;
    EVC_CHECK_OK(review(true));
    ck_assert(may_patch);
    ck_assert_uint_eq(toy_report->note_count, 1);
}
END_TEST

START_TEST(a_migration_of_a_part_is_refused)
{
    toy_set("mode", "migrate");
    toy_set("namespaces", "a");
    EVC_CHECK_CODE(review(true), ENVCRYPT_E_ARGUMENT);
}
END_TEST

START_TEST(a_migration_that_is_not_there_is_refused)
{
    toy_set("mode", "migrate");
    EVC_CHECK_CODE(review(true), ENVCRYPT_E_KUBE_PREFLIGHT);
    ck_assert_msg(strstr(evc_error_message(error), "storagemigration.k8s.io") != NULL,
                  "%s", evc_error_message(error));
}
END_TEST

static int
take_lease(const evc_kube_run *dead)
{
    evc_task *task = toy_task();
    int rc;

    toy.at = at;
    (void)snprintf(task->run.id, sizeof(task->run.id), "00112233445566aa");
    rc = evc_preflight_lease(task, dead, NULL);
    toy_close(task);
    return rc;
}

START_TEST(no_lease_to_be_had_is_a_note)
{
    toy_set("lease", "kube-system");
    EVC_CHECK_OK(take_lease(NULL));
    ck_assert_uint_eq(toy_report->note_count, 1);
    ck_assert_ptr_nonnull(strstr(lease_body, "run 00112233445566aa of "));
}
END_TEST

START_TEST(no_lease_wanted_is_none_asked_for)
{
    lease_body[0] = '\0';
    EVC_CHECK_OK(take_lease(NULL));
    ck_assert_str_eq(lease_body, "");
    ck_assert_uint_eq(toy_report->note_count, 0);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const all[] = {with_both_rights_it_goes_on,
                                a_missing_right_is_named,
                                what_is_in_no_namespace_is_not_told_to_be_in_all,
                                each_namespace_is_asked_about,
                                who_only_counts_needs_no_right_to_patch,
                                a_server_that_does_not_tell_is_a_note,
                                a_migration_of_a_part_is_refused,
                                a_migration_that_is_not_there_is_refused,
                                no_lease_to_be_had_is_a_note,
                                no_lease_wanted_is_none_asked_for};
    TCase *tcase = tcase_create("preflight");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        tcase_add_test(tcase, all[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("preflight", add_tests)
