/* SPDX-License-Identifier: Apache-2.0 */
#include "aws-fixture.h"
#include "evc-alloc.h"

static evc_service *service;
static evc_kv args;
static evc_table *table;
static evc_error *err;

static void
set_up(void)
{
    aws_set_up();
    service = NULL;
    table = NULL;
    err = NULL;
    evc_kv_init(&args);
    ck_assert_int_eq(setenv("AWS_REGION", "sa-east-1", 1), 0);
    ck_assert_int_eq(setenv("AWS_CONFIG_FILE", "/nonexistent/config", 1), 0);
    ck_assert_int_eq(
        setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent/credentials", 1), 0);
}

static void
tear_down(void)
{
    evc_service_unref(service);
    evc_table_free(table);
    evc_error_free(err);
    evc_kv_reset(&args);
    aws_tear_down();
}

static int
open_uri(const char *text)
{
    evc_uri uri;
    int rc;

    evc_service_unref(service);
    service = NULL;
    EVC_CHECK_OK(evc_uri_parse(text, &uri, NULL));
    rc = evc_service_open(a.crypto, a.net, &evc_service_aws, &uri, NULL, &a.wait,
                          &service, &err);
    evc_uri_reset(&uri);
    return rc;
}

static const char *
region(void)
{
    return evc_aws_account_of(service)->region;
}

START_TEST(a_service_is_opened_by_its_region)
{
    EVC_CHECK_OK(open_uri("aws-kms://eu-west-1"));
    ck_assert_str_eq(region(), "eu-west-1");
    EVC_CHECK_OK(open_uri("aws-kms:///"));
    ck_assert_str_eq(region(), "sa-east-1");
    EVC_CHECK_OK(open_uri("aws-kms:///" KEY_1));
    ck_assert_str_eq(region(), "eu-central-1");
    ck_assert_uint_eq(a.asked, 0);
}
END_TEST

START_TEST(refuses_what_is_no_region)
{
    EVC_CHECK_CODE(open_uri("aws-kms://host.example"), ENVCRYPT_E_REGION);
    ck_assert_ptr_null(service);
}
END_TEST

START_TEST(prints_a_policy_without_credentials_or_network)
{
    EVC_CHECK_OK(open_uri("aws-kms://eu-west-1"));
    EVC_CHECK_OK(evc_kv_add(&args, evc_view_text("account"),
                            evc_view_text("111122223333"), NULL));
    EVC_CHECK_OK(
        evc_service_run(service, "key-policy", &args, false, NULL, &table, &err));
    ck_assert_uint_eq(table->rows, 1);
    ck_assert_uint_eq(a.asked, 0);
}
END_TEST

START_TEST(the_account_of_a_key_that_is_named_counts)
{
    EVC_CHECK_OK(open_uri("aws-kms:///" KEY_1));
    EVC_CHECK_OK(
        evc_service_run(service, "key-policy", &args, false, NULL, &table, &err));
    ck_assert_ptr_nonnull(
        strstr(cell(table, 0, "policy"), "arn:aws:iam::111122223333:root"));
}
END_TEST

static const char *const guarded[] = {"disable-key", "schedule-deletion"};

START_TEST(what_can_cost_a_cluster_is_not_run_from_here)
{
    EVC_CHECK_OK(open_uri("aws-kms://eu-central-1"));
    EVC_CHECK_OK(evc_kv_add(&args, evc_view_text("key"), evc_view_text(KEY_1), NULL));
    EVC_CHECK_CODE(
        evc_service_run(service, guarded[_i], &args, false, &a.wait, &table, &err),
        ENVCRYPT_E_CONFIRMATION);
    ck_assert_uint_eq(a.asked, 0);
}
END_TEST

/* What the command and bindings show of each action. */
START_TEST(each_action_is_whole)
{
    for (const evc_action *const *at = evc_service_aws.actions; *at; at++) {
        const evc_action *one = *at;

        ck_assert(one->name && one->help && one->needs && one->takes && one->columns &&
                  one->permission && one->run);
        for (const evc_action *const *other = evc_service_aws.actions; other != at;
             other++)
            ck_assert_str_ne(one->name, (*other)->name);
    }
}
END_TEST

/* --- memory --- */

#define ROLE "arn:aws:iam::111122223333:role/app"
#define METADATA "{\"KeyMetadata\":{\"Arn\":\"" KEY_1 "\",\"KeyState\":\"Enabled\"}}"

static const struct row {
    const char *action;
    const char *args[9];
    const char *replies[3];
} rows[] = {
    {"describe-key", {"key", "alias/one"}, {METADATA, "{\"Aliases\":[]}"}},
    {"replicate-key",
     {"key", KEY_1, "to-region", "us-east-1"},
     {"{\"ReplicaKeyMetadata\":{\"Arn\":\"" MRK_US "\"}}"}},
    {"list-aliases",
     {"key", "alias/one"},
     {METADATA, "{\"Aliases\":[{\"AliasName\":\"x\"}]}"}},
    {"create-alias", {"key", KEY_1, "alias", "one"}, {""}},
    {"update-alias", {"key", KEY_1, "alias", "alias/one"}, {""}},
    {"key-policy", {"account", "111122223333", "allow", ROLE}, {""}},
    {"get-key-policy", {"key", KEY_1}, {"{\"Policy\":\"{}\"}"}},
    {"put-key-policy", {"key", "alias/one", "allow", ROLE}, {METADATA, ""}},
    {"create-grant", {"key", KEY_1, "grantee", ROLE}, {"{\"GrantId\":\"g\"}"}},
    {"list-grants",
     {"key", KEY_1},
     {"{\"Grants\":[{\"GrantId\":\"g\",\"Operations\":[\"Encrypt\",\"Decrypt\"]}],"
      "\"Truncated\":true,\"NextMarker\":\"m\"}",
      "{\"Grants\":[]}"}},
    {"enable-rotation", {"key", KEY_1, "days", "90"}, {""}},
    {"rotate-key", {"key", KEY_1}, {""}},
    {"list-versions", {"key", KEY_1}, {"{\"Rotations\":[{\"KeyMaterialId\":\"x\"}]}"}},
    {"rotation-status", {"key", KEY_1}, {"{\"RotationPeriodInDays\":90}"}},
    {"last-usage", {"key", KEY_1}, {"{\"TrackingStartDate\":5}"}},
    {"generate-wrapped-key",
     {"key", "alias/one", "context", "a=1"},
     {METADATA, "{\"CiphertextBlob\":\"d3JhcHBlZA==\",\"KeyId\":\"" KEY_1 "\"}"}},
    {"enable-key", {"key", KEY_1}, {"", METADATA}},
    {"schedule-deletion", {"key", KEY_1}, {"{\"KeyState\":\"PendingDeletion\"}"}},
};

static const evc_action *
find_action(const char *name)
{
    const evc_action *const *at = evc_service_aws.actions;

    while (*at && strcmp((*at)->name, name) != 0)
        at++;
    return *at;
}

static int
act_once(void *user)
{
    const struct row *row = user;
    evc_error *error = NULL;
    evc_table *one = NULL;
    int rc;

    a.asked = 0;
    rc = aws_act(find_action(row->action), &one, &error, row->args);
    evc_table_free(one);
    evc_error_free(error);
    return rc;
}

START_TEST(memory_may_run_out_in_an_action)
{
    struct row row = rows[_i];

    ck_assert_ptr_nonnull(find_action(row.action));
    for (size_t i = 0; i < 3; i++)
        a.replies[i] = (reply){200, row.replies[i] ? row.replies[i] : "{}"};
    a.count = 3;
    (void)evc_alloc_sweep(act_once, &row);
}
END_TEST

static void
add_tests(Suite *suite)
{
    TCase *tcase = tcase_create("service");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, a_service_is_opened_by_its_region);
    tcase_add_test(tcase, refuses_what_is_no_region);
    tcase_add_test(tcase, prints_a_policy_without_credentials_or_network);
    tcase_add_test(tcase, the_account_of_a_key_that_is_named_counts);
    tcase_add_test(tcase, each_action_is_whole);
    tcase_add_loop_test(tcase, what_can_cost_a_cluster_is_not_run_from_here, 0, 2);
    tcase_add_loop_test(tcase, memory_may_run_out_in_an_action, 0,
                        (int)(sizeof(rows) / sizeof(rows[0])));
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("aws_service", add_tests)
