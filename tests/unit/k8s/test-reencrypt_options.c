/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/reencrypt_options.h"

#include "evc-alloc.h"
#include "evc-check.h"

static evc_reencrypt_options o;

static void
set_up(void)
{
    evc_reencrypt_options_init(&o);
}

static void
tear_down(void)
{
    evc_reencrypt_options_reset(&o);
}

static void
set(const char *name, const char *value)
{
    EVC_CHECK_OK(evc_reencrypt_options_set(&o, name, value, NULL));
}

static void
refused(const char *name, const char *value)
{
    evc_error *err = NULL;

    EVC_CHECK_CODE(evc_reencrypt_options_set(&o, name, value, &err),
                   ENVCRYPT_E_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(evc_error_message(err), name));
    evc_error_free(err);
}

START_TEST(defaults_are_those_of_the_header)
{
    ck_assert_str_eq(o.resource, "secrets");
    ck_assert_int_eq(o.mode, ENVCRYPT_REENCRYPT_AUTO);
    ck_assert_str_eq(o.annotation, "kms-encryption-timestamp");
    ck_assert_ptr_null(o.namespaces);
    ck_assert_ptr_null(o.labels);
    ck_assert_ptr_null(o.names_file);
    ck_assert_ptr_null(o.journal);
    ck_assert_str_eq(o.lease_ns, "kube-system");
    ck_assert_str_eq(o.etcd_prefix, "/registry");
    ck_assert_int_eq(o.since_ms, -1);
    ck_assert_int_eq(o.restarted_ms, -1);
    ck_assert_uint_eq(o.in_flight, 8);
    ck_assert_uint_eq(o.rate, 0);
    ck_assert_uint_eq(o.page, 500);
    ck_assert(o.second_pass && !o.dry_run);
}
END_TEST

START_TEST(options_are_copied_and_go_back_to_the_default)
{
    char value[] = "team-a,team-b";

    set("namespaces", value);
    memset(value, 'x', 4);
    ck_assert_str_eq(o.namespaces, "team-a,team-b");
    set("namespaces", "c");
    ck_assert_str_eq(o.namespaces, "c");
    set("namespaces", NULL);
    ck_assert_ptr_null(o.namespaces);
}
END_TEST

START_TEST(each_option_has_its_place)
{
    set("resource", "widgets.v1.example.com");
    set("mode", "annotate");
    set("annotation", "eksctl.io/kms-encryption-timestamp");
    set("selector", "app in (a, b)");
    set("names-file", "names");
    set("journal", "run.journal");
    set("journal-folder", "state");
    set("lease", "");
    set("since", "2026-01-31T12:00:00Z");
    set("restarted", "2026-01-31T12:30:00Z");
    set("second-pass", "no");
    set("dry-run", "yes");
    set("etcd-prefix", "/kubernetes.io");
    ck_assert_str_eq(o.resource, "widgets.v1.example.com");
    ck_assert_int_eq(o.mode, ENVCRYPT_REENCRYPT_ANNOTATE);
    ck_assert_str_eq(o.annotation, "eksctl.io/kms-encryption-timestamp");
    ck_assert_str_eq(o.labels, "app in (a, b)");
    ck_assert_str_eq(o.names_file, "names");
    ck_assert_str_eq(o.journal, "run.journal");
    ck_assert_str_eq(o.journal_folder, "state");
    ck_assert_str_eq(o.lease_ns, "");
    ck_assert_int_eq(o.since_ms, INT64_C(1769860800000));
    ck_assert_int_eq(o.restarted_ms, INT64_C(1769862600000));
    ck_assert(!o.second_pass && o.dry_run);
    ck_assert_str_eq(o.etcd_prefix, "/kubernetes.io");
}
END_TEST

START_TEST(numbers_have_their_limits)
{
    set("in-flight", "1");
    set("in-flight", "256");
    ck_assert_uint_eq(o.in_flight, 256);
    refused("in-flight", "0");
    refused("in-flight", "257");
    set("page", "1");
    set("page", "500");
    refused("page", "0");
    refused("page", "501");
    set("rate", "0");
    set("rate", "1000000");
    ck_assert_uint_eq(o.rate, 1000000);
    refused("rate", "1000001");
    refused("rate", "1e3");
    refused("rate", "-1");
    refused("rate", "");
    refused("rate", "4294967297");
}
END_TEST

START_TEST(a_refused_value_leaves_the_option_as_it_was)
{
    set("mode", "rewrite");
    refused("mode", "replace");
    ck_assert_int_eq(o.mode, ENVCRYPT_REENCRYPT_REWRITE);
    set("since", "2026-01-31T12:00:00Z");
    refused("since", "yesterday");
    ck_assert_int_eq(o.since_ms, INT64_C(1769860800000));
}
END_TEST

START_TEST(what_no_server_would_take_is_refused)
{
    refused("resource", "secrets/status");
    refused("resource", "");
    refused("annotation", "");
    refused("annotation", "/name");
    refused("annotation", "Domain.io/name");
    refused("annotation", "-name");
    refused("annotation", "a/b/c");
    refused("annotation", "kubectl.kubernetes.io/last-applied-configuration");
    refused("annotation",
            "0123456789012345678901234567890123456789012345678901234567890123");
    refused("namespaces", "Team");
    refused("namespaces", "");
    refused("lease", "a/b");
    refused("selector", "");
    refused("journal", "");
    refused("names-file", "");
    refused("second-pass", "maybe");
    refused("dry-run", "true");
    refused("etcd-prefix", "a b");
}
END_TEST

START_TEST(an_annotation_of_sixty_three_characters_is_one)
{
    set("annotation",
        "012345678901234567890123456789012345678901234567890123456789012");
}
END_TEST

START_TEST(an_unknown_option_is_refused_and_the_nearest_named)
{
    evc_error *err = NULL;

    EVC_CHECK_CODE(evc_reencrypt_options_set(&o, "namespace", "a", &err),
                   ENVCRYPT_E_UNKNOWN_OPTION);
    ck_assert_ptr_nonnull(
        strstr(evc_error_message(err), "did you mean \"namespaces\"?"));
    evc_error_free(err);
}
END_TEST

START_TEST(modes_have_names)
{
    ck_assert_str_eq(evc_reencrypt_mode_name(ENVCRYPT_REENCRYPT_MIGRATE), "migrate");
    ck_assert_str_eq(evc_reencrypt_mode_name(0), "?");
    ck_assert_str_eq(evc_reencrypt_mode_name(5), "?");
    ck_assert_int_eq(evc_reencrypt_mode_of("auto"), ENVCRYPT_REENCRYPT_AUTO);
    ck_assert_int_eq(evc_reencrypt_mode_of("?"), 0);
}
END_TEST

static int
set_all(void *unused)
{
    evc_reencrypt_options made;
    int rc;

    (void)unused;
    evc_reencrypt_options_init(&made);
    rc = evc_reencrypt_options_set(&made, "namespaces", "a", NULL);
    if (!rc)
        rc = evc_reencrypt_options_set(&made, "journal", "j", NULL);
    if (!rc)
        rc = evc_reencrypt_options_set(&made, "namespaces", "b", NULL);
    evc_reencrypt_options_reset(&made);
    return rc;
}

START_TEST(survives_any_failed_allocation)
{
    ck_assert_uint_gt(evc_alloc_sweep(set_all, NULL), 2);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const all[] = {defaults_are_those_of_the_header,
                                options_are_copied_and_go_back_to_the_default,
                                each_option_has_its_place,
                                numbers_have_their_limits,
                                a_refused_value_leaves_the_option_as_it_was,
                                what_no_server_would_take_is_refused,
                                an_annotation_of_sixty_three_characters_is_one,
                                an_unknown_option_is_refused_and_the_nearest_named,
                                modes_have_names,
                                survives_any_failed_allocation};
    TCase *tcase = tcase_create("options");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        tcase_add_test(tcase, all[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("reencrypt_options", add_tests)
