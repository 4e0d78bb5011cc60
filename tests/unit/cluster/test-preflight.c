/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/preflight.h"

#include "toy-cloud.h"

static evc_scene *scene;

static void
open_for(evc_cluster_verb verb)
{
    EVC_CHECK_OK(evc_scene_open(cluster, verb, &change, NULL, &k.wait, &scene, NULL));
    EVC_CHECK_OK(evc_scene_read(scene, NULL));
}

static int
check(void)
{
    return evc_preflight_check(scene, false, &error);
}

static void
close_it(void)
{
    report = evc_scene_close(scene, 0);
}

START_TEST(the_provider_is_asked_and_then_the_api_server)
{
    open_for(EVC_VERB_ENABLE);
    EVC_CHECK_OK(check());
    close_it();
    ck_assert_int_eq(cloud->checks, 1);
    ck_assert_str_eq(cloud_rule(report->checks, "R03"), "ok");
    ck_assert_str_eq(cloud_rule(report->checks, "R08"), "ok");
    ck_assert_str_eq(cloud_rule(report->checks, "R33"), "ok");
}
END_TEST

START_TEST(a_key_that_cannot_be_taken_is_a_refusal)
{
    static const int codes[] = {ENVCRYPT_E_ARGUMENT, ENVCRYPT_E_KEY_NOT_FOUND,
                                ENVCRYPT_E_DENIED};

    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
        cloud->find_code = codes[i];
        open_for(EVC_VERB_ENABLE);
        EVC_CHECK_OK(check());
        EVC_CHECK_CODE(evc_checks_conclude(&scene->checks, NULL), codes[i]);
        evc_cluster_report_free(report);
        close_it();
        ck_assert_str_eq(cloud_rule(report->checks, "R04"), "refused");
    }
    ck_assert_int_eq(cloud->checks, 0);
}
END_TEST

START_TEST(r05_a_key_of_another_region)
{
    cloud->find_code = ENVCRYPT_E_KEY_REGION;
    open_for(EVC_VERB_ENABLE);
    EVC_CHECK_OK(check());
    close_it();
    ck_assert_str_eq(cloud_rule(report->checks, "R05"), "refused");
}
END_TEST

START_TEST(a_provider_that_is_away_ends_it)
{
    cloud->find_code = ENVCRYPT_E_SERVICE_DOWN;
    open_for(EVC_VERB_ENABLE);
    EVC_CHECK_CODE(check(), ENVCRYPT_E_SERVICE_DOWN);
    close_it();
    ck_assert_ptr_nonnull(report->checks);
}
END_TEST

START_TEST(the_errors_of_asking_end_it)
{
    cloud->check_code = ENVCRYPT_E_NO_CREDENTIALS;
    open_for(EVC_VERB_ENABLE);
    EVC_CHECK_CODE(check(), ENVCRYPT_E_NO_CREDENTIALS);
    close_it();
}
END_TEST

START_TEST(secrets_that_stay_as_they_are_are_warned_of)
{
    cloud_set("encrypt-existing-secrets", "no");
    open_for(EVC_VERB_ENABLE);
    EVC_CHECK_OK(check());
    ck_assert(!evc_preflight_rewrites(scene));
    close_it();
    ck_assert_int_eq(cloud->accesses, 0);
    ck_assert_str_eq(evc_table_cell(report->checks, report->checks->rows - 1, 1),
                     "warning");
}
END_TEST

START_TEST(a_provider_that_rewrites_itself_is_no_reason_to_warn)
{
    cloud_driver.abilities |= EVC_CLUSTER_REWRITES_ITSELF;
    open_for(EVC_VERB_ENABLE);
    EVC_CHECK_OK(check());
    ck_assert(!evc_preflight_rewrites(scene));
    close_it();
    ck_assert_int_eq(cloud->accesses, 0);
    ck_assert_str_eq(evc_table_cell(report->checks, report->checks->rows - 1, 1), "ok");
}
END_TEST

/* --- plan ------------------------------------------------------------------------- */

static void
plan(evc_cluster_verb verb)
{
    open_for(verb);
    EVC_CHECK_OK(check());
    EVC_CHECK_OK(evc_preflight_plan(scene, NULL));
    close_it();
}

static const char *
cell(size_t row, size_t column)
{
    const char *text = evc_table_cell(report->steps, row, column);

    return text ? text : "";
}

START_TEST(a_needless_change_has_no_request)
{
    cloud_encrypt(KEY_A);
    plan(EVC_VERB_ENABLE);
    ck_assert_str_eq(cell(0, 0), "enable");
    ck_assert_str_eq(cell(0, 1), "");
    ck_assert_int_eq(cloud->plans, 0);
}
END_TEST

START_TEST(a_mode_that_annotates_nothing_has_no_warning)
{
    cloud_set("secrets-mode", "rewrite");
    plan(EVC_VERB_ENABLE);
    ck_assert_str_eq(cell(2, 0), "re-encrypt");
    ck_assert_str_eq(cell(2, 3), "");
}
END_TEST

START_TEST(what_the_provider_does_itself_is_counted_and_not_sent)
{
    cloud_driver.abilities |= EVC_CLUSTER_REWRITES_ITSELF;
    plan(EVC_VERB_ENABLE);
    ck_assert_uint_eq(report->steps->rows, 3);
    ck_assert_str_eq(cell(1, 0), "Secrets");
    ck_assert_str_eq(cell(1, 1), "");
    ck_assert_ptr_nonnull(strstr(cell(1, 2), "6 Secrets are stored anew by the "));
    ck_assert_ptr_nonnull(strstr(cell(1, 2), "about 24 KiB for each watcher"));
    ck_assert_str_eq(cell(2, 0), "verify");
    ck_assert_uint_eq(toy.patches, 0);
}
END_TEST

START_TEST(what_cannot_be_counted_is_told_and_refuses_nothing)
{
    cloud_driver.abilities |= EVC_CLUSTER_REWRITES_ITSELF;
    cloud->access_code = ENVCRYPT_E_DENIED;
    plan(EVC_VERB_ENABLE);
    ck_assert_ptr_nonnull(strstr(cell(1, 2), "all Secrets"));
    ck_assert_ptr_nonnull(strstr(cell(1, 2), "could not be counted: "));
}
END_TEST

START_TEST(a_plan_without_a_key_has_what_is_left)
{
    cloud->find_code = ENVCRYPT_E_KEY_NOT_FOUND;
    plan(EVC_VERB_ENABLE);
    ck_assert_int_eq(cloud->plans, 0);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const all[] = {the_provider_is_asked_and_then_the_api_server,
                                a_key_that_cannot_be_taken_is_a_refusal,
                                r05_a_key_of_another_region,
                                a_provider_that_is_away_ends_it,
                                the_errors_of_asking_end_it,
                                secrets_that_stay_as_they_are_are_warned_of,
                                a_provider_that_rewrites_itself_is_no_reason_to_warn,
                                a_needless_change_has_no_request,
                                a_mode_that_annotates_nothing_has_no_warning,
                                what_the_provider_does_itself_is_counted_and_not_sent,
                                what_cannot_be_counted_is_told_and_refuses_nothing,
                                a_plan_without_a_key_has_what_is_left,
                                NULL};

    cloud_case(suite, "preflight", all);
}

EVC_TEST_MAIN("preflight", add_tests)
